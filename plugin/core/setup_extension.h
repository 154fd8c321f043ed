/* setup_extension.h
 * The number that Windows Setup puts behind a code, "0xC1900101 - 0x20017": in which phase and operation it failed. Its
 * upper 16 bits count the phase, the lower ones the operation.
 *
 * Source: Microsoft Learn, Windows upgrade result codes; the names are in tables/setup_extensions.tsv.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_SETUP_EXTENSION_H
#define WU_CORE_SETUP_EXTENSION_H

#include "slice.h"
#include "tables.h"

/* The extension of a code that ends at `end` of a text: behind a dash, or behind the word extend. False when there is none
 * that the tables know: nothing is set then. *at and *length tell where its number stands. Looks at no more than 64 bytes. */
bool wu_setup_extension_behind(wu_slice text, size_t end, uint32_t *extension, size_t *at, size_t *length);

/* The names of phase and operation of an extension, without the prefix of Microsoft's names: SAFE_OS, BOOT. "" where the
 * tables have none of that number. */
const char *wu_setup_phase(uint32_t extension);
const char *wu_setup_operation(uint32_t extension);

/* What they mean, as a phrase, or "". */
const char *wu_setup_phase_text(uint32_t extension);
const char *wu_setup_operation_text(uint32_t extension);

#endif
