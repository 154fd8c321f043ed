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
    size_t end = wu_slice_find(segment->payload, 0, "\r\n\r\n");

    if (d->have_seq || !wu_slice_begins_nocase(segment->payload, "HTTP/1.1 101") || end == segment->payload.n)
        return;
    segment->payload = wu_slice_from(segment->payload, end + 4);
    segment->seq += (guint32)end + 4;
}

/* Bytes in clear that were not read yet: the rest of a frame of HTTP/2 that went on in packets which were not looked at, and
 * what this segment holds. */
static void
find_news_in_clear(packet_info *pinfo, http2_direction *d, tvbuff_t *frame, wu_slice reassembled, http2_news *news)
{
    size_t read = wu_http2_frame_read(&d->reader);
    wu_tcp_segment s;

    if (!traffic_segment(frame, pinfo, &s))
        return;
    skip_upgrade(d, &s);
    if (!d->have_seq)
        d->seq = s.seq;
    d->have_seq = true;
    if ((gint32)(s.seq - d->seq) > 0) { /* a gap, unless those bytes were kept by TCP */
        guint32 end = d->seq - (guint32)read + (guint32)reassembled.n;
        if (reassembled.n <= read || (gint32)(end - s.seq) < 0) {
            d->reader.broken = true;
            return;
        }
        news->inputs[news->n_inputs++] = wu_slice_from(reassembled, read);
        d->seq = end;
    }
    if ((gint32)(d->seq - s.seq) >= (gint32)s.payload.n)
        return;
    news->inputs[news->n_inputs++] = wu_slice_from(s.payload, d->seq - s.seq);
    d->seq = s.seq + (guint32)s.payload.n; /* where bytes were cut off, the next segment shows a gap */
}

/* Sorts the data sources of a frame. In clear, *reassembled is what TCP put together. */
static void
sort_sources(packet_info *pinfo, http2_news *news, wu_slice *reassembled)
{
    compat_source sources[HTTP2_MAX_SOURCES];
    unsigned n = compat_data_sources(pinfo, sources, HTTP2_MAX_SOURCES);

    for (unsigned i = 1; i < n; i++) {
        wu_slice bytes = bytes_of(sources[i].tvb);
        switch (compat_source_sort(&sources[i])) {
        case COMPAT_DECOMPRESSED_HEADER:
            news->parts[news->n_parts++] = bytes;
            break;
        case COMPAT_DECRYPTED_TLS:
            if (!is_tls_own(bytes))
                news->inputs[news->n_inputs++] = bytes;
            break;
        case COMPAT_REASSEMBLED_TCP:
            *reassembled = bytes;
            break;
        default:
            break;
        }
    }
}

/* Reads what is new in a frame. */
static void
read_packet(packet_info *pinfo, bool secure)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    int side = conversation ? compat_tcp_side(conversation, pinfo) : -1;
    wu_slice reassembled = { NULL, 0 };
    wu_tcp_segment segment;
    compat_source frame;
    http2_news news;

    if (side < 0)
        return;
    http2_connection *c = (http2_connection *)conversation_get_proto_data(conversation, proto_messages);
    if (!c) {
        is_there = true;
        c = http2_new_connection();
        conversation_add_proto_data(conversation, proto_messages, c);
    }
    if (c->direction[side].reader.broken)
        return;
    c->secure = c->secure || secure;
    news.n_inputs = news.n_parts = 0;
    news.fin = news.rst = false;
    sort_sources(pinfo, &news, &reassembled);
    if (!compat_data_sources(pinfo, &frame, 1))
        return;
    if (!c->secure)
        find_news_in_clear(pinfo, &c->direction[side], frame.tvb, reassembled, &news);
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
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    const http2_connection *c = conversation ? (const http2_connection *)conversation_get_proto_data(conversation, proto_messages)
                                             : NULL;
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
        if (there.n == block.n && !memcmp(there.p, block.p, block.n))
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
        read_packet(pinfo, list->secure);
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
