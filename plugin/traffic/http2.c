/* http2.c
 * Messages of HTTP/2. Wireshark decrypts and decompresses: header blocks and decrypted records are data sources of a frame,
 * with and without a tree. Which stream they belong to and how bodies go on is read from the frames of HTTP/2
 * (http2_streams.c), in the first pass and in order; what a frame yielded is kept in file scope and is the same in every
 * pass, also where stock Wireshark loses bodies in the second one.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http2.h"

#include "core/http2_head.h"
#include "core/tcp_segment.h"

#define WSUS_PORT 8530 /* in clear */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static int proto_wsus = -1;
static int proto_messages = -1; /* connections keep their data under it */
static dissector_handle_t http2_handle;
static wmem_map_t *frames;      /* frame number -> http2_kept */
static bool is_there;           /* a connection of HTTP/2 was seen */
static bool waited;             /* a stream of Windows Update was open at the end of a frame */

/* The connection that was looked up last: several ask about each frame. */
static struct {
    guint32 frame;
    int side;
    http2_connection *connection;
} current;

/* ---- the bytes of HTTP/2 in a frame ---- */

/* A session ticket, an alert or a change of keys: TLS sends them between records of data. */
static bool
is_tls_own(wu_slice bytes)
{
    if (bytes.n == 2)
        return (bytes.p[0] == 1 || bytes.p[0] == 2) && bytes.p[1] != 0x50;
    return bytes.n > 4 && (bytes.p[0] == 4 || bytes.p[0] == 24) &&
           bytes.n - 4 == ((size_t)bytes.p[1] << 16 | (size_t)bytes.p[2] << 8 | bytes.p[3]);
}

/* The answer to a request to go over to HTTP/2 stands in front of its first frame. */
static void
skip_upgrade(http2_direction *d, wu_tcp_segment *segment)
{
    if (d->have_seq || !wu_slice_begins_nocase(segment->payload, "HTTP/1.1 101"))
        return;
    size_t end = wu_slice_find(segment->payload, 0, "\r\n\r\n");
    if (end == segment->payload.n)
        return;
    segment->payload = wu_slice_from(segment->payload, end + 4);
    segment->seq += (guint32)end + 4;
}

/* Sorts the data sources of a frame by their names, which Wireshark has to put together for that: not cheap. */
static void
sort_sources(packet_info *pinfo, bool secure, http2_news *news)
{
    compat_source sources[HTTP2_MAX_SOURCES];
    unsigned n = compat_data_sources(pinfo, sources, HTTP2_MAX_SOURCES);

    news->n_parts = 0;
    for (unsigned i = 1; i < n; i++) {
        enum compat_source_sort sort = compat_source_sort(&sources[i]);
        if (sort == COMPAT_DECOMPRESSED_HEADER)
            news->parts[news->n_parts++] = sources[i].tvb;
        else if (sort == COMPAT_DECRYPTED_TLS && secure && !is_tls_own(bytes_of(sources[i].tvb)))
            news->inputs[news->n_inputs++] = bytes_of(sources[i].tvb);
    }
}

/* Whether bytes hold those of a segment at a place, as far as they go. */
static bool
holds_segment(wu_slice bytes, size_t at, wu_slice payload)
{
    size_t n = at < bytes.n ? MIN(bytes.n - at, payload.n) : 0;
    return n && !memcmp(bytes.p + at, payload.p, n);
}

/* What TCP put together in a frame: its first source, if the segment is at its place there, or the one of that name. */
static wu_slice
reassembled_bytes(packet_info *pinfo, size_t at, wu_slice payload)
{
    compat_source sources[HTTP2_MAX_SOURCES];
    unsigned n = compat_data_sources(pinfo, sources, HTTP2_MAX_SOURCES);
    wu_slice first = n > 1 ? bytes_of(sources[1].tvb) : wu_slice_of(NULL, 0);

    if (holds_segment(first, at, payload))
        return first;

    for (unsigned i = 1; i < n; i++)
        if (compat_source_sort(&sources[i]) == COMPAT_REASSEMBLED_TCP)
            return bytes_of(sources[i].tvb);
    return wu_slice_of(NULL, 0);
}

/* Bytes in clear that were not read yet: the rest of a frame of HTTP/2 that went on in packets which were not looked at, and
 * what this segment holds. Returns how many data sources the bytes are from. */
static unsigned
find_news_in_clear(packet_info *pinfo, http2_direction *d, tvbuff_t *frame, http2_news *news)
{
    size_t read = wu_http2_frame_read(&d->reader);
    unsigned sources = 1;
    wu_tcp_segment s;

    if (!traffic_segment(frame, pinfo, &s))
        return sources;
    skip_upgrade(d, &s);
    if (!d->have_seq)
        d->seq = s.seq;
    d->have_seq = true;
    if ((gint32)(s.seq - d->seq) > 0) { /* a gap, unless those bytes were kept by TCP */
        wu_slice reassembled = reassembled_bytes(pinfo, read + (s.seq - d->seq), s.payload);
        guint32 end = d->seq - (guint32)read + (guint32)reassembled.n;
        if (reassembled.n <= read || (gint32)(end - s.seq) < 0) {
            d->reader.broken = true;
            return sources;
        }
        news->inputs[news->n_inputs++] = wu_slice_from(reassembled, read);
        d->seq = end;
        sources++;
    }
    if ((gint32)(d->seq - s.seq) >= (gint32)s.payload.n)
        return sources;
    news->inputs[news->n_inputs++] = wu_slice_from(s.payload, d->seq - s.seq);
    d->seq = s.seq + (guint32)s.payload.n; /* where bytes were cut off, the next segment shows a gap */
    return sources;
}

/* Whether a data source may be a header block, by the length of its first name: bodies in pieces would be copied to look at more. */
static bool
may_be_block(tvbuff_t *tvb)
{
    guint n = tvb_captured_length(tvb);
    guint32 first = n > 8 ? tvb_get_ntohl(tvb, 0) : 0;

    return first && first <= n - 8;
}

/* Finds the decompressed header blocks among the data sources, behind `from` others. Where there are as many as header blocks, or parts
 * of them, in the frames, it is these; else their names have to tell. */
static void
find_parts(packet_info *pinfo, http2_connection *c, unsigned side, http2_news *news, unsigned from)
{
    compat_source sources[HTTP2_MAX_SOURCES];

    if (!pinfo->data_src || !pinfo->data_src->next)
        return;
    http2_count_parts(c, side, news);
    if (!news->blocks.wanted)
        return;
    unsigned n = compat_data_sources(pinfo, sources, HTTP2_MAX_SOURCES);
    bool all = n - from == news->blocks.parts;
    for (unsigned i = from; i < n; i++)
        if (all || may_be_block(sources[i].tvb))
            news->parts[news->n_parts++] = sources[i].tvb;
    news->by_form = news->n_parts == news->blocks.parts || news->n_parts == news->blocks.whole;
    if (!news->by_form)
        sort_sources(pinfo, false, news);
}

static void
look_up_connection(packet_info *pinfo)
{
    void **place = connections_place(pinfo);

    current.frame = pinfo->num;
    current.connection = place ? (http2_connection *)*place : NULL;
    if (current.connection) {
        current.side = current.connection->port != pinfo->srcport;
        return;
    }
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    current.side = conversation ? compat_tcp_side(conversation, pinfo) : -1;
    if (current.side >= 0)
        current.connection = (http2_connection *)conversation_get_proto_data(conversation, proto_messages);
    if (current.connection && current.connection->port && place)
        *place = current.connection;
}

/* The connection of HTTP/2 that a packet belongs to, and its side; NULL when it is none. */
static http2_connection *
connection_of(packet_info *pinfo, int *side)
{
    if (current.frame != pinfo->num)
        look_up_connection(pinfo);
    *side = current.side;
    return current.connection;
}

static http2_connection *
new_connection(packet_info *pinfo)
{
    http2_connection *c = http2_new_connection();

    is_there = true;
    if (pinfo->srcport != pinfo->destport)
        c->port = (guint16)(current.side ? pinfo->destport : pinfo->srcport);
    conversation_add_proto_data(find_conversation_pinfo(pinfo, 0), proto_messages, c);
    current.connection = c;
    return c;
}

bool
http2_took_over(packet_info *pinfo)
{
    int side;
    const http2_connection *c = connection_of(pinfo, &side);

    return c && c->direction[side].since && c->direction[side].since < pinfo->num;
}

/* Reads what is new in a frame. */
static void
read_packet(packet_info *pinfo, const message_list *list)
{
    wu_tcp_segment segment;
    compat_source frame;
    http2_news news;
    int side;
    http2_connection *c = connection_of(pinfo, &side);

    if (side < 0)
        return;
    if (!c)
        c = new_connection(pinfo);
    if (list->sure_http2 && !c->direction[side].since)
        c->direction[side].since = pinfo->num;
    if (c->direction[side].reader.broken || !compat_data_sources(pinfo, &frame, 1))
        return;
    c->secure = c->secure || list->secure;
    news.n_inputs = news.n_parts = news.blocks.parts = news.blocks.whole = news.blocks.wanted = 0;
    news.fin = news.rst = news.by_form = false;
    if (c->secure) {
        sort_sources(pinfo, true, &news);
        http2_count_parts(c, (unsigned)side, &news);
    } else {
        unsigned from = find_news_in_clear(pinfo, &c->direction[side], frame.tvb, &news);
        find_parts(pinfo, c, (unsigned)side, &news, from);
    }
    if (c->ours && traffic_segment(frame.tvb, pinfo, &segment)) {
        news.fin = segment.flags & WU_TCP_FIN;
        news.rst = segment.flags & WU_TCP_RST;
    }
    http2_kept *kept = http2_read_news(c, (unsigned)side, &pinfo->abs_ts, &news);
    if (kept)
        wmem_map_insert(frames, GUINT_TO_POINTER(pinfo->num), kept);
    waited = waited || http2_waits(c);
}

bool
http2_is_there(const packet_info *pinfo)
{
    return is_there && pinfo->ptype == PT_TCP;
}

bool
http2_concerns(packet_info *pinfo, bool looked_at)
{
    wu_tcp_segment segment;
    compat_source frame;

    if (!(looked_at || waited))
        return false;
    if (PINFO_FD_VISITED(pinfo))
        return wmem_map_lookup(frames, GUINT_TO_POINTER(pinfo->num)) != NULL;
    if (!looked_at && (!compat_data_sources(pinfo, &frame, 1) || !traffic_segment(frame.tvb, pinfo, &segment) ||
                       !(segment.flags & (WU_TCP_FIN | WU_TCP_RST))))
        return false;
    int side;
    const http2_connection *c = connection_of(pinfo, &side);
    return c && (looked_at || http2_waits(c));
}

/* ---- messages ---- */

static tvbuff_t *
new_source(packet_info *pinfo, tvbuff_t *frame, wu_slice bytes, const char *name, guint32 id)
{
    tvbuff_t *tvb = tvb_new_child_real_data(frame, bytes.p, (guint)bytes.n, (gint)bytes.n);
    add_new_data_source(pinfo, tvb, wmem_strdup_printf(pinfo->pool, "%s %u", name, id));
    return tvb;
}

/* The data source that holds a header block and nothing else; where that is one of an earlier frame, one of its own. */
static tvbuff_t *
head_tvb(packet_info *pinfo, wu_slice block, guint32 id)
{
    compat_source sources[HTTP2_MAX_SOURCES] = { { NULL, NULL } };
    unsigned n = compat_data_sources(pinfo, sources, HTTP2_MAX_SOURCES);

    for (unsigned i = 1; i < n; i++) {
        wu_slice there = bytes_of(sources[i].tvb);
        if (there.p && block.p && there.n == block.n && !memcmp(there.p, block.p, block.n))
            return sources[i].tvb;
    }
    return new_source(pinfo, sources[0].tvb, block, "Headers of stream", id);
}

wu_slice
http2_sent(const http_message *m)
{
    return m->kept ? wu_slice_of(m->kept->body, m->kept->body_length) : wu_slice_of(NULL, 0);
}

tvbuff_t *
http2_body(packet_info *pinfo, const http_message *m)
{
    wu_slice body = http2_sent(m);
    compat_source sources[HTTP2_MAX_SOURCES];
    unsigned n = compat_data_sources(pinfo, sources, HTTP2_MAX_SOURCES);

    if (!body.n)
        return NULL;
    for (unsigned i = 0; i < n; i++) {
        wu_slice there = bytes_of(sources[i].tvb);
        size_t at = wu_slice_find_bytes(there, 0, body);
        if (at < there.n)
            return tvb_new_subset_length(sources[i].tvb, (int)at, (int)body.n);
    }
    return new_source(pinfo, sources[0].tvb, body, "Body of stream", m->stream);
}

static http_message *
message_of(packet_info *pinfo, const http2_kept *k, unsigned index)
{
    http_message *m = new_message(pinfo, index);
    wu_http2_head head;

    m->kept = k;
    m->stream = k->stream;
    m->part = k->part;
    m->request = k->request;
    m->whole = k->whole;
    m->stream_error = k->error;
    m->cut_by_client = k->by_client;
    m->cut = k->cut;
    m->cut_sent_by_client = k->sent_by_client;
    m->too_long = k->too_long;
    m->given_up = k->given_up;
    if (!k->head)
        return m;
    m->tvb = head_tvb(pinfo, wu_slice_of(k->head, k->head_length), k->stream);
    wu_http2_read_head(bytes_of(m->tvb), &head);
    m->head = head.head;
    m->have_head = head.kind == (k->request ? WU_HTTP2_REQUEST : WU_HTTP2_RESPONSE);
    m->length = head.head.length;
    if (!k->whole && head.head.body == WU_BODY_LENGTH && head.head.body_length > k->length)
        m->missing = head.head.body_length - k->length;
    return m;
}

void
http2_collect(packet_info *pinfo, message_list *list)
{
    if (!PINFO_FD_VISITED(pinfo))
        read_packet(pinfo, list);
    const http2_kept *k = (const http2_kept *)wmem_map_lookup(frames, GUINT_TO_POINTER(pinfo->num));
    for (unsigned i = 0; k; k = k->next, i++)
        if ((k->part != MESSAGE_BEGUN && k->part != MESSAGE_LOST) || !PINFO_FD_VISITED(pinfo))
            insert_message(list, message_of(pinfo, k, message_index(MAX_SOURCES + 2, 0) + i), list->n);
}

/* ---- HTTP/2 in clear on the port of WSUS, which Wireshark does not look for it on ---- */

/* What is no greeting is left to others, as if the port were not taken. A heuristic dissector would be asked about every segment of
 * every protocol that nobody knows. */
static int
look_for_greeting(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    if (pinfo->destport != WSUS_PORT || tvb_captured_length(tvb) < sizeof preface - 1 ||
        tvb_memeql(tvb, 0, (const guint8 *)preface, sizeof preface - 1) != 0)
        return 0;
    conversation_set_dissector(find_or_create_conversation(pinfo), http2_handle);
    call_dissector_only(http2_handle, tvb, pinfo, tree, NULL);
    return (int)tvb_captured_length(tvb);
}

static void
begin_file(void)
{
    frames = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    is_there = waited = false;
    current.frame = 0;
}

void
http2_handoff(void)
{
    proto_wsus = proto_get_id_by_filter_name("wsus");
    proto_messages = proto_get_id_by_filter_name("wsus_messages");
    http2_handle = find_dissector("http2");
    if (http2_handle)
        dissector_add_uint("tcp.port", WSUS_PORT, create_dissector_handle(look_for_greeting, proto_wsus));
    register_init_routine(begin_file);
}
