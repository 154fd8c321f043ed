/* show.h
 * Drawing: what other rooms may ask of this one. It draws verdicts and never parses.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_SHOW_H
#define WU_SHOW_H

#include "verdict.h"

/* True when what is drawn matters without a tree, too: somebody gathers expert information. */
bool show_wanted(void);

/* True when a filter, a column or an output asks for the entries of a list, or did when Wireshark last went through the packets
 * and this is the one whose details are shown: then none of them may be left out. */
bool show_lists_whole(const packet_info *pinfo, const proto_tree *tree);

/* A message of Windows Update: columns, and below tree, which may be NULL, the protocols wsus and wws. `first`: it is the
 * first one of its frame, whose Info takes the place of what the stock dissector says. */
void show_windows_update(const verdict *v, proto_tree *tree, bool first);

/* What the Info column says of a message of Windows Update behind operation and kind. Packet scope. */
const char *show_info(const verdict *v);

/* A SOAP fault of another service, or a binary body. */
void show_other(const verdict *v, proto_tree *tree);

/* An outcome of a connection: the Info column, behind what it has, and the protocol wsus below tree, which may be NULL. tvb: the
 * frame. Nothing for one that ended well. */
void show_connection(const verdict *v, tvbuff_t *tvb, proto_tree *tree);

/* To be called in this order. */
void proto_register_winerr(void);
void proto_register_wws(void);
void proto_register_wsus(void);

#endif
