/* winerr.h
 * Drawing one Windows error code: the only place that does.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_WINERR_H
#define WU_WINERR_H

#include <epan/packet.h>

#include "core/code_table.h"
#include "core/message.h"

/* A code to be drawn. */
typedef struct {
    uint32_t code;
    enum wu_space space;
    enum wu_code_source source;
    bool derived;          /* not on the wire: what the client is expected to report */
    enum wu_basis basis;   /* of a derived code */
    const char *because;   /* what it is derived from; NULL when not derived */
    bool quiet;            /* named, but no error here: a step that the protocol foresees */
    int offset, length;    /* bytes to highlight, or what a derived code comes from */
} winerr_code;

/* What a tap listener of "winerr" gets; valid for the packet. */
typedef struct {
    uint32_t code;
    enum wu_space space;
    enum wu_family family;
    const char *symbol;
    enum wu_code_source source;
    bool derived, error;
} winerr_tap_data;

/* Adds a code to tree, with its expert information, and tells the tap. The tree may be NULL. Does nothing while the
 * protocol winerr is disabled. */
void winerr_draw(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const winerr_code *code);

/* "0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", or "503 HTTP_STATUS_SERVICE_UNAVAIL" for a status: one line for the
 * Info column, allocated in scope. */
const char *winerr_label(wmem_allocator_t *scope, uint32_t code, enum wu_space space);

/* True when the code is drawn as an error. */
bool winerr_is_error(const winerr_code *code);

/* True while somebody listens to the tap "winerr". */
bool winerr_has_listener(void);

void proto_register_winerr(void);

#endif
