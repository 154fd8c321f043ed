/* hresult.h
 * The parts of a 32-bit Windows code.
 *
 * Layout (winerror.h): bit 31 severity, bit 30 reserved (the second severity bit of an NTSTATUS), bit 29 customer,
 * bit 28 N (an NTSTATUS turned into an HRESULT by HRESULT_FROM_NT), bit 27 reserved, then the facility and, in the
 * low 16 bits, the code. Facility numbers beyond 2047 exist (FACILITY_DXGI is 2170, so its codes begin with 0x887A):
 * they reach into bit 27, which is why the mask for names is 0xFFF after N is taken away.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_HRESULT_H
#define WU_CORE_HRESULT_H

#include <stdbool.h>
#include <stdint.h>

#define WU_HRESULT_N_BIT 0x10000000u

typedef struct {
    bool failure;      /* bit 31 */
    bool reserved;     /* bit 30 */
    bool customer;     /* bit 29: not a Microsoft code */
    bool ntstatus;     /* bit 28 */
    uint16_t facility; /* with N taken away */
    uint16_t low_word;
    bool is_win32;     /* 0x8007nnnn: the low word is a Win32 error */
} wu_hresult;

/* Takes a code apart. Total: every 32-bit number has parts, whether it is an HRESULT or not. */
wu_hresult wu_hresult_parts(uint32_t code);

/* HRESULT_FROM_WIN32 of winerror.h: 0 stays 0, anything else becomes 0x8007nnnn. */
uint32_t wu_hresult_from_win32(uint32_t win32);

/* The name of a facility without FACILITY_, or "" when it has none or is unknown. Where several names share a number
 * the first of the table is taken. */
const char *wu_facility_name(uint16_t facility);

/* One phrase on what owns the facility, or "". */
const char *wu_facility_text(uint16_t facility);

#endif
