/* unfinished.c
 * Messages of HTTP/1 that go on in later frames. Stock Wireshark puts most of them together; where it does not (a segment is
 * lost or comes again at other boundaries, reassembly is switched off), this does, from the segments as they pass by.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/proto_data.h>
#include <epan/to_str.h>

#include "core/assembly.h"
#include "core/tcp_segment.h"

#define MAX_ALIKE    512  /* bytes at its beginning that a message is recognised by where its place is not known */
#define KEY_PART     0xffffffffu /* of what is kept of a frame: bytes that belong to a message of an earlier one */
#define KEEP_OF_FILE 4096 /* bytes that are kept of what is no text: head and a little more */

/* A message that goes on: one for each direction of a connection. */
typedef struct {
    joined_message j;    /* what becomes of it */
    bool tracked;        /* its place in the stream is known, so that later segments can be added */
    guint32 seq;         /* of its first byte */
    wu_http_head head;   /* as far as it is complete; its slices are not valid any more */
    bool have_end;
    guint64 end;         /* its length with its head, from Content-Length */
    wu_assembly pieces;
    size_t memory;       /* bytes that they take */
    bool closed;         /* the sender has closed its direction */
} going_message;

typedef struct {
    going_message *side[2];
} going_connection;

/* What became known of such messages in one frame. */
typedef struct {
    const joined_message *message[2];
    unsigned n;
} frame_messages;

static int proto_key;          /* connections keep their data under it */
wmem_map_t *unfinished_frames; /* frame number -> frame_messages */
GQueue unfinished_all = G_QUEUE_INIT; /* going_message, oldest first */
static size_t memory;          /* bytes that all of them take */

static void
forget(going_message **slot)
{
    going_message *g = *slot;

    if (!g)
        return;
    g_queue_remove(&unfinished_all, g);
    memory -= g->memory;
    wu_assembly_free(&g->pieces);
    g_free(g);
    *slot = NULL;
}

/* Connections are gone by then. */
static void
end_file(void)
{
    going_message *g;

    while ((g = (going_message *)g_queue_peek_head(&unfinished_all)))
        forget(&g);
}

static void
begin_file(void)
{
    unfinished_frames = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
}

void
unfinished_handoff(void)
{
    proto_key = proto_get_id_by_filter_name("wws"); /* the exchanges have wsus */
    register_init_routine(begin_file);
    register_cleanup_routine(end_file);
}

/* ---- where bytes stand ---- */

/* The sequence number of the first byte of a message that goes on: it lies in the segment, or in what Wireshark made of segments
 * up to the end of this one. False when neither is so. */
static bool
place_of(tvbuff_t *frame, const packet_info *pinfo, const http_message *m, guint32 *seq)
{
    compat_source sources[MAX_SOURCES];
    wu_tcp_segment s;

    if (!m->tvb || !traffic_segment(frame, pinfo, &s) || s.missing)
        return false;
    if (m->tvb == frame) {
        *seq = s.seq + (guint32)(tvb_get_ptr(frame, m->offset, 1) - s.payload.p);
        return true;
    }
    unsigned n = compat_data_sources(pinfo, sources, MAX_SOURCES);
    for (unsigned i = 1; i < n; i++)
        if (sources[i].tvb == m->tvb && compat_source_sort(&sources[i]) == COMPAT_REASSEMBLED_TCP) {
            *seq = s.seq + (guint32)s.payload.n - (tvb_captured_length(m->tvb) - (guint)m->offset);
            return true;
        }
    return false;
}

/* ---- one message that goes on ---- */

/* Files are only counted. */
static size_t
worth_keeping(const wu_http_head *head)
{
    wu_slice type = head->header[WU_HEADER_CONTENT_TYPE], coding = head->header[WU_HEADER_CONTENT_ENCODING];
    bool text = !type.n || wu_slice_begins_nocase(type, "text/") || wu_slice_begins_nocase(type, "multipart/") ||
                wu_slice_find_nocase(type, 0, "xml") < type.n || wu_slice_find_nocase(type, 0, "soap") < type.n ||
                wu_slice_is_nocase(coding, "xpress");

    return text ? TRAFFIC_MAX_UNFINISHED : KEEP_OF_FILE;
}

/* Takes what the head says as soon as it is there. */
static void
read_going_head(going_message *g)
{
    wu_http_head head;

    if (g->head.length || !wu_http_read_head(wu_slice_of(g->pieces.bytes, wu_assembly_prefix(&g->pieces)), &head) ||
        !head.length)
        return;
    g->head = head;
    g->pieces.limit = worth_keeping(&head) + head.length;
    if (g->pieces.limit < g->pieces.length)
        wu_assembly_stop(&g->pieces);
    g->j.head_length = head.length;
    g->j.coded = head.header[WU_HEADER_CONTENT_ENCODING].n || wu_slice_find_nocase(head.header[WU_HEADER_CONTENT_TYPE], 0,
                 "msbin") < head.header[WU_HEADER_CONTENT_TYPE].n;
    g->have_end = head.body == WU_BODY_LENGTH || head.body == WU_BODY_NONE;
    g->end = head.length + (head.body == WU_BODY_LENGTH ? head.body_length : 0);
}

static void
add_piece(going_message *g, guint64 offset, wu_slice piece)
{
    memory -= g->memory;
    g->memory = wu_assembly_add(&g->pieces, offset, piece);
    memory += g->memory;
    read_going_head(g);
    for (GList *old = unfinished_all.head; memory > TRAFFIC_MAX_MEMORY && old; old = old->next)
        if (old->data != g && ((going_message *)old->data)->memory > KEEP_OF_FILE) {
            going_message *other = (going_message *)old->data; /* is only counted from now on, and shows what it has */
            wu_assembly_stop(&other->pieces);
            memory -= other->memory;
            other->memory = 0;
        }
}

/* All of it is there. Of a chunked body that is so when its last chunk is; of one without a length when the connection is
 * closed behind it. */
static bool
is_complete(const going_message *g)
{
    size_t prefix = wu_assembly_prefix(&g->pieces), data;

    if (!g->head.length)
        return false;
    if (g->have_end)
        return wu_assembly_covered(&g->pieces, g->end) == g->end;
    if (g->head.body == WU_BODY_CLOSE)
        return g->closed && g->pieces.ranges == 1 && !g->pieces.range[0].from;
    return prefix >= 5 && !memcmp(g->pieces.bytes + prefix - 5, "0\r\n\r\n", 5) &&
           wu_http_chunks(wu_slice_of(g->pieces.bytes + g->head.length, prefix - g->head.length), NULL, &data) > 0;
}

/* What is kept of it for all passes. */
static const joined_message *
keep_joined(going_message *g)
{
    joined_message *j = (joined_message *)wmem_memdup(wmem_file_scope(), &g->j, sizeof g->j);
    guint64 last = g->pieces.ranges ? g->pieces.range[g->pieces.ranges - 1].to : 0, end = g->have_end ? g->end : last;
    wu_slice bytes = j->coded ? wu_slice_of(g->pieces.bytes, wu_assembly_prefix(&g->pieces))
                              : wu_assembly_text(&g->pieces, g->head.length);

    j->complete = is_complete(g);
    j->missing = end - wu_assembly_covered(&g->pieces, end);
    j->length = (guint)(bytes.n < end ? bytes.n : end);
    j->blank = j->length - (guint)wu_assembly_covered(&g->pieces, j->length);
    j->bytes = (guint8 *)wmem_memdup(wmem_file_scope(), bytes.p, j->length);
    return j;
}

/* ---- a frame ---- */

static bool
begins_like(const http_message *m, const going_message *g)
{
    size_t n = wu_assembly_prefix(&g->pieces);

    n = n < MAX_ALIKE ? n : MAX_ALIKE;
    return m->tvb && m->length >= n && tvb_memeql(m->tvb, m->offset, g->pieces.bytes, n) == 0;
}

enum find { FIND_OTHER, FIND_SAME, FIND_INSIDE, FIND_BEHIND };

/* What a message of the same direction is to one that goes on. */
static enum find
compare(tvbuff_t *frame, const packet_info *pinfo, const http_message *m, const going_message *g)
{
    guint32 seq;

    if (!g->tracked || m->tvb != frame || !place_of(frame, pinfo, m, &seq)) /* what was put together begins with it */
        return m->offset == 0 && begins_like(m, g) ? FIND_SAME : FIND_BEHIND;
    guint32 distance = seq - g->seq;
    if (!distance)
        return FIND_SAME;
    return distance < 0x80000000u && g->have_end && distance < g->end ? FIND_INSIDE : FIND_BEHIND;
}

/* Looks for the message itself, put together by stock Wireshark, and for others behind it. Finds inside of it are none.
 * Returns what it came to: FIND_OTHER when nothing of the direction is there. */
static enum find
look_through(tvbuff_t *frame, packet_info *pinfo, message_list *list, const going_message *g)
{
    enum find result = FIND_OTHER;

    for (unsigned i = 0; i < list->n; i++) {
        http_message *m = list->message[i];
        if (m->request != g->j.request || m->stream || !m->have_head)
            continue;
        enum find find = compare(frame, pinfo, m, g);
        if (find == FIND_INSIDE || (find == FIND_SAME && !m->whole && g->tracked)) {
            traffic_remove(list, i--); /* a retransmission, or text that looks like a head */
            continue;
        }
        if (find == FIND_SAME) {
            m->began = g->j.frame;
            return FIND_SAME;
        }
        result = FIND_BEHIND;
    }
    return result;
}

/* The other side has acknowledged all of it, and goes on. */
static bool
is_acknowledged(const wu_tcp_segment *s, const message_list *list, const going_message *g)
{
    return g->tracked && g->have_end && (s->flags & WU_TCP_ACK) && (list->n || (s->flags & (WU_TCP_FIN | WU_TCP_RST))) &&
           (gint32)(s->ack - (g->seq + (guint32)g->end)) >= 0;
}

static void
add_segment(going_message *g, const wu_tcp_segment *s)
{
    guint32 offset = s->seq - g->seq;
    guint64 at = offset, skip = 0;

    if (!g->tracked)
        return;
    if (offset >= 0x80000000u) { /* it begins in front of the message */
        skip = (guint32)(g->seq - s->seq);
        at = 0;
    }
    if (skip < s->payload.n && !(g->have_end && at >= g->end))
        add_piece(g, at, wu_slice_from(s->payload, (size_t)skip));
    g->closed = g->closed || (s->flags & WU_TCP_FIN && !s->missing);
}

/* Stock Wireshark takes what goes on for a message where it does not wait for it: bodies in the first n bytes of the payload
 * are none by themselves. */
static void
forget_parts(tvbuff_t *frame, packet_info *pinfo, guint32 n)
{
    wu_tcp_segment s;

    if (n && traffic_segment(frame, pinfo, &s))
        media_forget_in(wu_slice_of(s.payload.p, n < s.payload.n ? n : s.payload.n));
}

static void
note_part(packet_info *pinfo, const going_message *g, const wu_tcp_segment *s)
{
    guint64 n = g->have_end ? g->seq + g->end - s->seq : s->payload.n;

    if (!g->tracked || !media_bodies() || !s->payload.n)
        return;
    n = (guint32)n; /* sequence numbers wrap around */
    if (n <= s->payload.n && n)
        p_add_proto_data(wmem_file_scope(), pinfo, proto_key, KEY_PART, GUINT_TO_POINTER((guint)n));
    else if (n < 0x80000000u && n)
        p_add_proto_data(wmem_file_scope(), pinfo, proto_key, KEY_PART, GUINT_TO_POINTER((guint)s->payload.n));
}

/* What a frame does to the message that goes on in one direction. True when it is at its end. */
static bool
ends(tvbuff_t *frame, packet_info *pinfo, message_list *list, going_message **slot, bool same_side, const wu_tcp_segment *s)
{
    going_message *g = *slot;

    if (!g || g->j.frame == pinfo->num)
        return false;
    if (!same_side)
        return is_acknowledged(s, list, g);
    add_segment(g, s);
    note_part(pinfo, g, s);
    switch (look_through(frame, pinfo, list, g)) {
    case FIND_SAME:
        forget(slot); /* stock Wireshark has put it together */
        return false;
    case FIND_BEHIND:
        return true;
    default:
        return g->tracked && (is_complete(g) || (s->flags & (WU_TCP_FIN | WU_TCP_RST)));
    }
}

static frame_messages *
messages_of(packet_info *pinfo, bool create)
{
    frame_messages *f = (frame_messages *)wmem_map_lookup(unfinished_frames, GUINT_TO_POINTER(pinfo->num));

    if (!f && create) {
        f = wmem_new0(wmem_file_scope(), frame_messages);
        wmem_map_insert(unfinished_frames, GUINT_TO_POINTER(pinfo->num), f);
    }
    return f;
}

static void
follow(tvbuff_t *frame, packet_info *pinfo, message_list *list)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    going_connection *c = conversation ? (going_connection *)conversation_get_proto_data(conversation, proto_key) : NULL;
    int side = c ? compat_tcp_side(conversation, pinfo) : -1;
    wu_tcp_segment s = { 0 };

    if (side < 0)
        return;
    traffic_segment(frame, pinfo, &s);
    for (int i = 0; i < 2; i++) {
        if (!ends(frame, pinfo, list, &c->side[i], i == side, &s))
            continue;
        frame_messages *f = messages_of(pinfo, true);
        f->message[f->n++] = keep_joined(c->side[i]);
        forget(&c->side[i]);
    }
}

void
traffic_follow(tvbuff_t *frame, packet_info *pinfo, message_list *list)
{
    if (!PINFO_FD_VISITED(pinfo) && unfinished_all.length)
        follow(frame, pinfo, list);
    if (media_bodies())
        forget_parts(frame, pinfo, GPOINTER_TO_UINT(p_get_proto_data(wmem_file_scope(), pinfo, proto_key, KEY_PART)));
}

void
traffic_add_joined(tvbuff_t *frame, packet_info *pinfo, message_list *list)
{
    const frame_messages *f = wmem_map_size(unfinished_frames) ? messages_of(pinfo, false) : NULL;

    for (unsigned i = f ? f->n : 0; i > 0; i--)
        http1_add_joined(frame, pinfo, list, f->message[i - 1], i);
}

/* ---- messages that begin ---- */

/* What becomes of a message that is not, or may not be, complete. */
enum rest { REST_NONE, REST_WAITED_FOR, REST_FOLLOWED };

/* Over TLS stock Wireshark always waits for the rest of a message that is not complete. In the packet itself it may not: then
 * what may be SOAP is followed, whoever sent it. */
static enum rest
rest_of(tvbuff_t *frame, packet_info *pinfo, const http_message *m, bool ours)
{
    wu_slice type = m->head.header[WU_HEADER_CONTENT_TYPE];
    wu_tcp_segment s;

    if (m->tvb != frame)
        return m->whole ? REST_NONE : ours ? REST_FOLLOWED : REST_WAITED_FOR;
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    bool waits = conversation && compat_tcp_waits(conversation, pinfo);
    bool soap = wu_slice_find_nocase(type, 0, "xml") < type.n || wu_slice_find_nocase(type, 0, "soap") < type.n;
    if ((ours || (soap && !waits)) && traffic_segment(frame, pinfo, &s) && !(s.flags & (WU_TCP_FIN | WU_TCP_RST)))
        return REST_FOLLOWED;
    return waits ? REST_WAITED_FOR : REST_NONE;
}

static void
begin(tvbuff_t *frame, packet_info *pinfo, const http_message *m)
{
    conversation_t *conversation = find_or_create_conversation(pinfo);
    going_connection *c = (going_connection *)conversation_get_proto_data(conversation, proto_key);
    int side = compat_tcp_side(conversation, pinfo);

    if (side < 0)
        return;
    if (!c) {
        c = wmem_new0(wmem_file_scope(), going_connection);
        conversation_add_proto_data(conversation, proto_key, c);
    }
    forget(&c->side[side]);
    if (unfinished_all.length >= TRAFFIC_MAX_GOING)
        return;
    going_message *g = g_new0(going_message, 1);
    g->j.request = m->request;
    g->j.frame = pinfo->num;
    g->j.time = pinfo->abs_ts;
    g->j.sender = address_to_str(wmem_file_scope(), &pinfo->src);
    wu_assembly_start(&g->pieces, TRAFFIC_MAX_UNFINISHED);
    g->tracked = place_of(frame, pinfo, m, &g->seq);
    g_queue_push_tail(&unfinished_all, g);
    c->side[side] = g;
    add_piece(g, 0, wu_slice_of(tvb_get_ptr(m->tvb, m->offset, (int)m->length), m->length));
}

bool
traffic_unfinished(const http_message *m)
{
    return m->tvb && !m->stream && m->have_head && !m->joined && (!m->whole || m->head.body == WU_BODY_CLOSE) &&
           tvb_captured_length(m->tvb) == tvb_reported_length(m->tvb); /* when the snap length cut it, nobody waits for more */
}

bool
traffic_put_off(tvbuff_t *frame, packet_info *pinfo, const http_message *m, bool ours)
{
    guint32 key = m->index;

    if (PINFO_FD_VISITED(pinfo))
        return p_get_proto_data(wmem_file_scope(), pinfo, proto_key, key) != NULL;
    enum rest rest = rest_of(frame, pinfo, m, ours);
    if (rest == REST_NONE)
        return false;
    p_add_proto_data(wmem_file_scope(), pinfo, proto_key, key, GINT_TO_POINTER(TRUE));
    if (rest == REST_FOLLOWED)
        begin(frame, pinfo, m);
    return true;
}
