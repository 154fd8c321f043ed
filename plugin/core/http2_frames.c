/* http2_frames.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http2_frames.h"

#define MAX_UNKNOWN 16384u /* payload of a frame whose type is not known: more is taken for something else than HTTP/2 */
#define PRIORITY    0x20u  /* flag of HEADERS */

static const uint8_t preface[WU_HTTP2_PREFACE_LENGTH + 1] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static uint32_t
number(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool
give_up(wu_http2_reader *r)
{
    r->broken = true;
    return false;
}

/* The preface of a client: true when it is complete. */
static bool
read_preface(wu_http2_reader *r, wu_slice bytes, size_t *at)
{
    while (*at < bytes.n && r->n < WU_HTTP2_PREFACE_LENGTH && bytes.p[*at] == preface[r->n]) {
        r->n++;
        (*at)++;
    }
    if (r->n == WU_HTTP2_PREFACE_LENGTH) {
        r->begun = r->from_start = true;
        r->n = 0;
        return true;
    }
    if (*at == bytes.n)
        return false;
    if (r->n)
        return give_up(r); /* as a frame it would have five million bytes */
    r->begun = true;
    return false;
}

/* Bytes at the beginning of a payload that are looked at. */
static uint32_t
prefix_of(const wu_http2_frame *f)
{
    uint32_t padding = f->flags & WU_HTTP2_PADDED ? 1 : 0;

    switch (f->type) {
    case WU_HTTP2_DATA:
    case WU_HTTP2_HEADERS:
        return padding;
    case WU_HTTP2_PUSH_PROMISE:
        return padding + 4;
    case WU_HTTP2_RST_STREAM:
        return 4;
    case WU_HTTP2_GOAWAY:
        return 8;
    default:
        return 0;
    }
}

/* Whether a frame of its type can have this length and be of this stream. */
static bool
is_possible(const wu_http2_frame *f)
{
    switch (f->type) {
    case WU_HTTP2_DATA:
    case WU_HTTP2_HEADERS:
    case WU_HTTP2_PUSH_PROMISE:
        return f->stream && f->length >= prefix_of(f) + (f->type == WU_HTTP2_HEADERS && f->flags & PRIORITY ? 5 : 0);
    case WU_HTTP2_CONTINUATION:
        return f->stream != 0;
    case WU_HTTP2_PRIORITY:
        return f->stream && f->length == 5;
    case WU_HTTP2_RST_STREAM:
        return f->stream && f->length == 4;
    case WU_HTTP2_SETTINGS:
        return !f->stream && f->length % 6 == 0 && !(f->flags & WU_HTTP2_ACK && f->length);
    case WU_HTTP2_PING:
        return !f->stream && f->length == 8;
    case WU_HTTP2_GOAWAY:
        return !f->stream && f->length >= 8;
    case WU_HTTP2_WINDOW_UPDATE:
        return f->length == 4;
    default:
        return f->length <= MAX_UNKNOWN;
    }
}

static bool
read_header(wu_http2_reader *r)
{
    wu_http2_frame *f = &r->frame;
    bool goes_on;

    f->length = number(r->gathered) >> 8;
    f->type = r->gathered[3];
    f->flags = r->gathered[4];
    f->stream = number(r->gathered + 5) & 0x7fffffffu;
    r->done = 0;
    goes_on = f->type == WU_HTTP2_CONTINUATION && r->in_block && f->stream == r->block.stream;
    if (!is_possible(f) || ((r->in_block || f->type == WU_HTTP2_CONTINUATION) && !goes_on))
        return give_up(r);
    if (!r->past_first) { /* a server begins with its settings */
        r->from_start = r->from_start || (f->type == WU_HTTP2_SETTINGS && !(f->flags & WU_HTTP2_ACK));
        r->past_first = true;
    }
    return true;
}

/* Gathers bytes up to `want`: true when they are there. */
static bool
gather(wu_http2_reader *r, wu_slice bytes, size_t *at, size_t want)
{
    if (!r->n && want == WU_HTTP2_HEADER_LENGTH && bytes.n - *at >= WU_HTTP2_HEADER_LENGTH) { /* most of the time */
        memcpy(r->gathered, bytes.p + *at, WU_HTTP2_HEADER_LENGTH);
        r->n = WU_HTTP2_HEADER_LENGTH;
        *at += WU_HTTP2_HEADER_LENGTH;
        return true;
    }
    while (r->n < want && *at < bytes.n)
        r->gathered[r->n++] = bytes.p[(*at)++];
    return r->n == want;
}

static uint32_t
padding_of(const wu_http2_reader *r)
{
    bool may = r->frame.type == WU_HTTP2_DATA || r->frame.type == WU_HTTP2_HEADERS || r->frame.type == WU_HTTP2_PUSH_PROMISE;
    return may && r->frame.flags & WU_HTTP2_PADDED ? r->gathered[WU_HTTP2_HEADER_LENGTH] : 0;
}

/* The next bytes of the body in a DATA frame: false when there are none. */
static bool
read_body(wu_http2_reader *r, wu_slice bytes, size_t *at, wu_slice *body)
{
    uint32_t end = r->frame.length - padding_of(r);
    size_t n = end > r->done ? end - r->done : 0;

    if (r->frame.type != WU_HTTP2_DATA || !n || *at == bytes.n)
        return false;
    if (n > bytes.n - *at)
        n = bytes.n - *at;
    *body = wu_slice_of(bytes.p + *at, n);
    *at += n;
    r->done += (uint32_t)n;
    return true;
}

static void
skip_payload(wu_http2_reader *r, wu_slice bytes, size_t *at)
{
    size_t n = r->frame.length - r->done;

    if (n > bytes.n - *at)
        n = bytes.n - *at;
    *at += n;
    r->done += (uint32_t)n;
}

/* What a complete frame says. */
static void
end_frame(wu_http2_reader *r, wu_http2_event *e)
{
    const uint8_t *payload = r->gathered + WU_HTTP2_HEADER_LENGTH;

    e->kind = WU_HTTP2_FRAME;
    switch (r->frame.type) {
    case WU_HTTP2_HEADERS:
    case WU_HTTP2_PUSH_PROMISE:
        r->block = r->frame;
        r->promised = r->frame.type == WU_HTTP2_HEADERS
                          ? 0 : number(payload + (r->frame.flags & WU_HTTP2_PADDED ? 1 : 0)) & 0x7fffffffu;
        r->in_block = true;
        break;
    case WU_HTTP2_RST_STREAM:
        e->error = number(payload);
        break;
    case WU_HTTP2_GOAWAY:
        e->last_stream = number(payload) & 0x7fffffffu;
        e->error = number(payload + 4);
        break;
    default:
        break;
    }
    if (r->in_block && r->frame.flags & WU_HTTP2_END_HEADERS) {
        e->have_block = true;
        e->block = r->block;
        e->promised = r->promised;
        r->in_block = false;
    }
    r->n = 0;
}

static inline bool
read_event(wu_http2_reader *r, wu_slice bytes, size_t *at, wu_http2_event *e, bool bodies)
{
    *e = (wu_http2_event){ .kind = WU_HTTP2_FRAME };
    if (r->broken)
        return false;
    if (!r->begun) {
        if (read_preface(r, bytes, at)) {
            e->kind = WU_HTTP2_GREETING;
            return true;
        }
        if (!r->begun)
            return false;
    }
    if (r->n < WU_HTTP2_HEADER_LENGTH && (!gather(r, bytes, at, WU_HTTP2_HEADER_LENGTH) || !read_header(r)))
        return false;
    e->frame = r->frame;
    uint32_t prefix = prefix_of(&r->frame);
    if (r->done < prefix) {
        bool whole = gather(r, bytes, at, WU_HTTP2_HEADER_LENGTH + prefix);
        r->done = r->n - WU_HTTP2_HEADER_LENGTH;
        if (!whole)
            return false;
        if (prefix + padding_of(r) > r->frame.length)
            return give_up(r);
    }
    if (bodies && read_body(r, bytes, at, &e->body)) {
        e->kind = WU_HTTP2_BODY;
        return true;
    }
    skip_payload(r, bytes, at);
    if (r->done < r->frame.length)
        return false;
    end_frame(r, e);
    return true;
}

bool
wu_http2_read(wu_http2_reader *r, wu_slice bytes, size_t *at, wu_http2_event *e)
{
    return read_event(r, bytes, at, e, true);
}

bool
wu_http2_read_frame(wu_http2_reader *r, wu_slice bytes, size_t *at, wu_http2_event *e)
{
    return read_event(r, bytes, at, e, false);
}

bool
wu_http2_begins(wu_slice bytes)
{
    static const uint8_t rest[] = { WU_HTTP2_SETTINGS, 0, 0, 0, 0, 0 }; /* type, flags, stream */

    return bytes.n >= WU_HTTP2_HEADER_LENGTH && !bytes.p[0] && (bytes.p[1] << 8 | bytes.p[2]) % 6 == 0 &&
           !memcmp(bytes.p + 3, rest, sizeof rest);
}

const char *
wu_http2_error_name(uint32_t error)
{
    static const char *const names[] = { "NO_ERROR",           "PROTOCOL_ERROR",    "INTERNAL_ERROR",      "FLOW_CONTROL_ERROR",
                                         "SETTINGS_TIMEOUT",   "STREAM_CLOSED",     "FRAME_SIZE_ERROR",    "REFUSED_STREAM",
                                         "CANCEL",             "COMPRESSION_ERROR", "CONNECT_ERROR",       "ENHANCE_YOUR_CALM",
                                         "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED" };
    return error < sizeof names / sizeof *names ? names[error] : "";
}
