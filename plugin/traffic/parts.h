/* parts.h
 * What the files of this room share among themselves. Other rooms include traffic.h.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TRAFFIC_PARTS_H
#define WU_TRAFFIC_PARTS_H

#include "traffic.h"

#define MAX_SOURCES 64 /* data sources of a frame that are looked at */

/* ---- messages.c: the list ---- */

/* All captured bytes of a tvb. */
static inline wu_slice
bytes_of(tvbuff_t *tvb)
{
    guint n = tvb_captured_length(tvb);
    return n ? wu_slice_of(tvb_get_ptr(tvb, 0, (int)n), n) : wu_slice_of(NULL, 0);
}

/* The number of a message is made of its place in its data source: the same in every pass, whatever is left out. */
unsigned message_index(unsigned source, unsigned place);

http_message *new_message(packet_info *pinfo, unsigned index);
void insert_message(message_list *list, http_message *m, unsigned at);

/* Adds a message in its order, unless it is one that the list has already from another data source. */
void add_message(message_list *list, http_message *m, bool reassembled);

void messages_handoff(void);

/* The offset of the source address in the frame, with the destination address behind it, by a look for both, first where
 * Ethernet has them. SIZE_MAX when they are not there. */
size_t search_addresses(wu_slice frame, const address *source, const address *destination);

/* The innermost IP packet of a frame, with what follows it there; empty when it does not lie in the frame. */
static inline wu_slice
ip_packet(tvbuff_t *frame, const packet_info *pinfo)
{
    wu_slice bytes = bytes_of(frame);
    int type = pinfo->net_src.type;
    size_t before = type == AT_IPv4 ? 12 : 8;

    if (type != AT_IPv4 && type != AT_IPv6)
        return wu_slice_of(NULL, 0);
    /* Wireshark's copy points into the frame most of the time */
    size_t at = (uintptr_t)pinfo->net_src.data - (uintptr_t)bytes.p;
    if (at >= bytes.n)
        at = search_addresses(bytes, &pinfo->net_src, &pinfo->net_dst);
    return at >= bytes.n || at < before ? wu_slice_of(NULL, 0) : wu_slice_of(bytes.p + (at - before), bytes.n - (at - before));
}

/* ---- part.c ---- */

void part_preferences(module_t *module);

/* Whether a packet of TCP is none of the part of the connections that is read. */
bool part_is_other(const packet_info *pinfo);

/* ---- http1.c ---- */

/* Adds the messages of a data source, the n-th of the frame; with `all`, every one. */
void http1_collect(packet_info *pinfo, message_list *list, const compat_source *source, unsigned n, bool all);

/* Adds a message that was put together here, in front of the list; n tells those of one frame apart. */
void http1_add_joined(tvbuff_t *frame, packet_info *pinfo, message_list *list, const joined_message *joined, unsigned n);

/* ---- unfinished.c ---- */

/* Messages that go on, and frames that have one put together here. */
extern GQueue unfinished_all;
extern wmem_map_t *unfinished_frames;

/* Whether a frame may say anything of messages that began in earlier ones. Cheap. */
static inline bool
unfinished_concerns(const packet_info *pinfo)
{
    if (PINFO_FD_VISITED(pinfo))
        return wmem_map_size(unfinished_frames) && wmem_map_lookup(unfinished_frames, GUINT_TO_POINTER(pinfo->num));
    return unfinished_all.length && pinfo->ptype == PT_TCP;
}

void unfinished_handoff(void);

/* ---- http2.c ---- */

/* Adds the messages that end in the frame, and in the first pass those that begin in it. */
void http2_collect(packet_info *pinfo, message_list *list);

/* Whether there may be HTTP/2 that a frame without a layer of it belongs to. Cheap. */
bool http2_is_there(const packet_info *pinfo);

/* Whether a frame without a layer of HTTP/2 is to be collected from: one that holds a part of a frame of HTTP/2 (looked_at: stock
 * Wireshark has tried), or one that ends a connection on which streams are open. */
bool http2_concerns(packet_info *pinfo, bool looked_at);

/* Whether nothing of HTTP/1 can be in a frame any more, because an earlier one in its direction was HTTP/2. */
bool http2_took_over(packet_info *pinfo);

/* The body of a message as it was sent, as far as it was kept: its bytes, and as a tvb that lies in a data source. */
wu_slice http2_sent(const http_message *m);
tvbuff_t *http2_body(packet_info *pinfo, const http_message *m);

void http2_handoff(void);

/* ---- media.c ---- */

/* A media type that was taken over. */
typedef struct {
    const char *name;
    bool binary, part; /* part: of a multipart message (MTOM) */
    dissector_handle_t stock;
} media_type;

/* A body that the media type hook was called with. Packet scope. */
typedef struct {
    tvbuff_t *tvb;
    const media_type *type;
    bool stock_drew, taken;
} hooked_body;

/* Tells which frame is collected now: false when the hook was not called in it with anything worth keeping. */
bool media_begin(packet_info *pinfo);
/* Its bodies are not needed any more. */
void media_end(void);

unsigned media_bodies(void);
hooked_body *media_body(unsigned i);

/* Bodies that lie in these bytes are taken. */
void media_forget_in(wu_slice bytes);

/* Whether bytes lie in others. */
bool contains(wu_slice outer, wu_slice inner);

/* Calls the stock XML dissector if its tree is wanted. */
void media_call_xml(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

void media_handoff(void);
void media_preferences(module_t *module);

/* ---- askers.c ---- */

/* A request with a body that the media type hook was called for. First pass only. */
void askers_note(packet_info *pinfo, const compat_media_info *info);
/* An answer whose body was kept. First pass only. */
void askers_answer(packet_info *pinfo);
void askers_register(void);

/* ---- connections.c ---- */

/* A place for a pointer that goes with the connection of a frame, NULL at first; or NULL. First pass only. Cheaper than a conversation
 * of Wireshark, and less certain: when it is empty, the conversation has to be asked. */
void **connections_place(const packet_info *pinfo);

void connections_preferences(module_t *module);
void connections_handoff(void);

/* ---- body.c ---- */

void body_preferences(module_t *module);

#endif
