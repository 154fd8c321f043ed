/* wws.h
 * Drawing SOAP faults, and what is said of a SOAP body as a whole.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_WWS_H
#define WU_WWS_H

#include <epan/packet.h>

#include "core/client_code.h"
#include "core/message.h"

/* The numbers of the field wws.encoding. */
enum wws_encoding { WWS_TEXT = 1, WWS_BINARY, WWS_MTOM };

/* True while the protocol is enabled. */
bool wws_is_enabled(void);

/* What is made of a fault. */
typedef struct {
    enum wws_encoding encoding;
    const wu_derived *derived; /* codes that the client derives from it */
    size_t n_derived;
    bool recovery;             /* the protocol foresees the fault, so nothing in it is an error */
    const char *next_step;     /* what the protocol wants the client to do, "" when nothing is known */
} wws_verdict;

/* Draws the fault of a message at the root of tree: version, code, reason, detail, the codes in it and, after them, those
 * that the client derives from it. tvb is the body that the message was read from. Returns the tree it made. */
proto_tree *wws_draw_fault(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const wu_message *message,
                           const wws_verdict *verdict);

/* Draws a binary body that holds no fault and is not Windows Update: its envelope in a line or two. Returns the tree. */
proto_tree *wws_draw_binary(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const wu_message *message);

/* Expert items for what a reader had to say of a document (remarks of events.h and message.h). cut: it was said already
 * that the capture lacks the rest. */
void wws_draw_remarks(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, unsigned remarks, bool cut);

/* The first line of a part of a message for labels and columns, allocated in scope; at most max - 1 bytes and a mark for
 * what was left out. */
const char *wws_line(wmem_allocator_t *scope, const wu_message *message, const wu_part *part, size_t max);

/* One line on a fault: its ErrorCode; where there is none, code (innermost subcode) and reason: "Client: Fault occurred".
 * Allocated in scope. */
const char *wws_fault_label(wmem_allocator_t *scope, const wu_message *message);

/* A part of a message as text, allocated in scope; at most max - 1 bytes. */
const char *wws_text(wmem_allocator_t *scope, const wu_message *message, const wu_part *part, size_t max);

/* The same for a code, whose prefix ("soap:") is dropped. */
const char *wws_code_text(wmem_allocator_t *scope, const wu_message *message, const wu_part *part);

void proto_register_wws(void);

#endif
