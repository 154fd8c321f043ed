/* http_messages.h
 * How HTTP messages and their bodies reach the plugin, in every mode of Wireshark.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_HTTP_MESSAGES_H
#define WU_HTTP_MESSAGES_H

#include "compat.h"
#include "exchange.h"

#define HTTP_MAX_MESSAGES 64 /* messages of one frame that are looked at */

/* Registers the protocol that the frame hook hangs on. */
void http_messages_register(void);

/* Takes over the media types of SOAP and registers the frame hook. To be called in the hand-off. */
void http_messages_handoff(void);

/* True when the stock XML tree of a recognised body is to be left out always (a preference). */
extern compat_bool http_messages_no_stock_xml;

/* Ids of one list that are shown (a preference); all of them are counted. */
extern guint http_messages_list_limit;

/* True while the protocol wsus is enabled; implemented by packet-wsus.c. */
bool wsus_is_enabled(void);

/* What is done with the messages of a frame, all of them in order; implemented by packet-wsus.c. */
void wsus_dissect_messages(packet_info *pinfo, proto_tree *tree, http_message *const *messages, unsigned n);

/* The body of a message that was read: itself when it is text, or the text that stands for a binary one. Lives as long
 * as the body. */
tvbuff_t *http_messages_text(const http_message *message);

/* Shows the stock XML tree of a body that the stock dissector was not called for: of a decompressed one, or of the text
 * that stands for a binary one, which becomes a data source. Does nothing when no tree is there to show it in. */
void http_messages_show_xml(const http_message *message, packet_info *pinfo, proto_tree *tree);

#endif
