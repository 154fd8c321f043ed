/* parts.h
 * What the files of this room share among themselves. Other rooms include show.h.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_SHOW_PARTS_H
#define WU_SHOW_PARTS_H

#include <epan/expert.h>

#include "show.h"

/* Where a message is being drawn. */
typedef struct {
    proto_tree *tree;
    packet_info *pinfo;
    const verdict *v;
    const http_message *m;
    tvbuff_t *tvb;          /* of the head, or of the body where there is no head */
    tvbuff_t *fragments;    /* unescaped update metadata, or NULL */
} canvas;

/* How a field shows up in labels and in the Info column: the column `show` of tables/fields.tsv, taken apart. */
typedef struct {
    bool label;
    const char *info_before, *info_after; /* around the value; info_before is NULL when the field is not in Info */
    const char *info_after_one;           /* behind the value 1 */
    bool info_value;                /* the value itself is shown, not only that it is true */
    const char *info_false;         /* what Info says when a boolean is false, or NULL */
    int delta;                      /* field that shows the difference to the capture time, or -1 */
} field_show;

extern int hf_wsus[WU_N_FIELDS];
extern int ett_wsus_group;
extern field_show shows[WU_N_FIELDS];

/* ---- fields.c ---- */

void register_fields(int proto_wsus);
void register_values(expert_module_t *experts);

/* The tvb that the offsets of an item count in. */
tvbuff_t *item_tvb(const canvas *c, const wu_item *item);

/* Draws a value and what it implies. NULL when it is not of the type of its field: then that is said. */
proto_item *draw_value(const canvas *c, proto_tree *tree, const wu_item *item);

/* ---- items.c ---- */

void register_items(expert_module_t *experts, module_t *module);
void draw_message_findings(const canvas *c);
const char *finding_name(unsigned kind);
void draw_items(const canvas *c);

/* ---- head.c ---- */

void register_head(expert_module_t *experts);
void draw_frame_link(const canvas *c, unsigned field, guint32 frame);

/* A header or part of the start line; NULL when it is empty. */
proto_item *draw_head_text(const canvas *c, unsigned field, wu_slice part);

void draw_request_head(const canvas *c);
void draw_status(const canvas *c);
void draw_loose_codes(const canvas *c);

/* The other half of the exchange. */
void draw_pairing(const canvas *c);

/* ---- download.c ---- */

void register_download(expert_module_t *experts);
void draw_download(const canvas *c);

/* ---- body.c ---- */

void register_body(expert_module_t *experts);
void draw_body_state(const canvas *c);

/* ---- connection.c ---- */

void register_connection(expert_module_t *experts, int proto_wsus);

/* ---- summary.c ---- */

void register_summary(expert_module_t *experts);

/* Outcome and main code; item is the line of the message. */
void draw_summary(const canvas *c, proto_item *item);
void draw_connection_summary(const verdict *v, tvbuff_t *tvb, proto_tree *tree);

/* "; the client is expected to report 0x80244022 WU_E_...", or "". Packet scope. */
const char *expected_code(const verdict *v);

/* ---- info.c ---- */

/* What failed, for labels: "InvalidCookie, 0x8024400D WU_E_..."; "" where nothing did. Packet scope. */
const char *failure_of(const canvas *c);

/* What the Info column says behind operation and kind. Packet scope. */
const char *info_of(const canvas *c);

/* ---- packet-wws.c ---- */

/* Draws the fault of a message at the root of tree: version, code, reason, detail, and the codes in it and derived from it.
 * Returns the tree it made. */
proto_tree *wws_draw_fault(proto_tree *tree, const verdict *v);

/* Draws a binary body that holds no fault and is not Windows Update: its envelope in a line or two. Returns the tree. */
proto_tree *wws_draw_binary(proto_tree *tree, const verdict *v);

/* Expert items for what a reader had to say of a document (remarks of events.h and message.h). cut: it was said already
 * that the capture lacks the rest. */
void wws_draw_remarks(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, unsigned remarks, bool cut);

/* ---- packet-winerr.c ---- */

/* Draws one Windows error code: the only place that does. Does nothing while the protocol winerr is disabled. */
void winerr_draw(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const verdict_code *code);

#endif
