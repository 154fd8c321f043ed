/* fuzz_http2.c
 * Frames of an HTTP/2 connection, read at once and in pieces, decompressed header blocks, and the TCP segments that carry
 * frames in clear.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "http2_frames.h"
#include "http2_head.h"
#include "tcp_segment.h"

typedef struct {
    wu_http2_reader reader;
    uint64_t digest;
    uint64_t body; /* of the DATA frame that is being read: its pieces are as large as what is fed */
} walk;

static void
check_frame(walk *w, const wu_http2_event *e)
{
    HOLDS(e->frame.length <= 0xffffffu && e->frame.stream <= 0x7fffffffu);
    HOLDS(e->frame.type == WU_HTTP2_DATA || !w->body);
    HOLDS(w->body <= e->frame.length);
    if (e->have_block) {
        HOLDS(e->block.type == WU_HTTP2_HEADERS || e->block.type == WU_HTTP2_PUSH_PROMISE);
        HOLDS(e->block.stream == e->frame.stream && e->frame.flags & WU_HTTP2_END_HEADERS);
    }
    HOLDS(wu_http2_at_boundary(&w->reader));
    w->digest = mix(mix(w->digest, e->frame.type), e->frame.flags);
    w->digest = mix(mix(w->digest, e->frame.stream), e->frame.length);
    w->digest = mix(mix(w->digest, e->error), e->last_stream);
    w->digest = mix(mix(w->digest, e->promised), w->body);
    w->body = 0;
}

static void
feed(walk *w, wu_slice bytes)
{
    wu_http2_event e;
    size_t at = 0, before = 0;

    while (wu_http2_read(&w->reader, bytes, &at, &e)) {
        HOLDS(at <= bytes.n && (at > before || e.kind == WU_HTTP2_FRAME)); /* the end of a frame may follow its last byte */
        before = at;
        if (e.kind == WU_HTTP2_BODY) {
            HOLDS(e.body.n && is_within(e.body, bytes) && e.frame.type == WU_HTTP2_DATA);
            w->body += e.body.n;
        } else if (e.kind == WU_HTTP2_GREETING) {
            w->digest = mix(w->digest, 1);
        } else {
            check_frame(w, &e);
        }
    }
    HOLDS(w->reader.broken || at == bytes.n);
}

/* A digest of what the reader says when it gets the bytes in pieces of this size. */
static uint64_t
walk_in(wu_slice bytes, size_t size)
{
    walk w = { .digest = 0 };

    for (size_t at = 0; at < bytes.n; at += size)
        feed(&w, wu_slice_of(bytes.p + at, bytes.n - at < size ? bytes.n - at : size));
    return mix(mix(w.digest, w.reader.broken), w.reader.from_start);
}

static void
read_head(wu_slice bytes)
{
    wu_http2_head h;

    wu_http2_read_head(bytes, &h);
    HOLDS(h.unknown <= WU_HTTP_MAX_HEADERS && h.head.challenges <= WU_HTTP_MAX_CHALLENGES);
    HOLDS(is_within(h.head.method, bytes) && is_within(h.head.target, bytes) && is_within(h.scheme, bytes));
    HOLDS(h.head.request == (h.kind == WU_HTTP2_REQUEST));
    HOLDS((h.head.status != 0) == (h.kind == WU_HTTP2_RESPONSE));
    HOLDS(h.head.status == 0 || (h.head.status >= 100 && h.head.status <= 999));
    for (unsigned i = 0; i < WU_HEADER_MAX; i++)
        HOLDS(is_within(h.head.header[i], bytes));
    for (unsigned i = 0; i < h.head.challenges; i++)
        HOLDS(is_within(h.head.challenge[i], bytes));
}

static void
read_segment(wu_slice bytes)
{
    wu_tcp_segment s;

    if (!wu_tcp_read_segment(bytes, &s))
        return;
    HOLDS(is_within(s.payload, bytes));
    HOLDS(!s.missing || !s.payload.n || s.payload.p + s.payload.n == bytes.p + bytes.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice bytes = wu_slice_of(data, size);

    if (size) {
        uint64_t whole = walk_in(bytes, size);
        HOLDS(walk_in(bytes, 1) == whole);
        HOLDS(walk_in(bytes, 13) == whole);
    }
    read_head(bytes);
    read_segment(bytes);
    return 0;
}
