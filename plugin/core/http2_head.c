/* http2_head.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http2_head.h"

/* A length and as many bytes: false when they are not there. */
static inline bool
read_text(wu_slice block, size_t *at, wu_slice *text)
{
    if (block.n - *at < 4)
        return false;
    const uint8_t *p = block.p + *at;
    size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (block.n - *at - 4 < n)
        return false;
    *text = wu_slice_of(p + 4, n);
    *at += 4 + n;
    return true;
}

static bool
read_status(wu_slice value, wu_http_head *head)
{
    int64_t status;

    if (value.n != 3 || !wu_slice_int64(value, &status) || status < 100)
        return false;
    head->status = (unsigned)status;
    head->start_line = head->status_text = value;
    return true;
}

static void
keep_pseudo(wu_http2_head *h, wu_slice name, wu_slice value)
{
    if (wu_slice_is(name, ":method")) {
        h->head.method = value;
    } else if (wu_slice_is(name, ":path")) {
        h->head.target = value;
    } else if (wu_slice_is(name, ":authority")) {
        h->head.header[WU_HEADER_HOST] = value;
    } else if (wu_slice_is(name, ":scheme")) {
        h->scheme = value;
    } else if (wu_slice_is(name, ":status")) {
        read_status(value, &h->head);
    }
}

static enum wu_http2_block_kind
kind_of(const wu_http2_head *h)
{
    if (h->head.status)
        return WU_HTTP2_RESPONSE;
    if (h->head.method.n)
        return WU_HTTP2_REQUEST;
    return h->unknown ? WU_HTTP2_UNCERTAIN : WU_HTTP2_TRAILERS;
}

/* Whether a body is possible, and how long it is said to be. */
static void
find_body(wu_http_head *head)
{
    int64_t length;

    head->body = WU_BODY_CLOSE;
    if (!head->request && (head->status < 200 || head->status == 204 || head->status == 304)) {
        head->body = WU_BODY_NONE;
    } else if (wu_slice_int64(head->header[WU_HEADER_CONTENT_LENGTH], &length) && length >= 0) {
        head->body = length ? WU_BODY_LENGTH : WU_BODY_NONE;
        head->body_length = (uint64_t)length;
    }
}

bool
wu_http2_is_block(wu_slice bytes)
{
    wu_slice name, value;
    size_t at = 0;

    while (at < bytes.n)
        if (!read_text(bytes, &at, &name) || !name.n || !read_text(bytes, &at, &value))
            return false;
    return at > 0;
}

void
wu_http2_read_head(wu_slice block, wu_http2_head *h)
{
    wu_slice name, value;
    size_t at = 0;

    *h = (wu_http2_head){ .kind = WU_HTTP2_NO_BLOCK };
    for (unsigned n = 0; at < block.n && at < WU_HTTP_MAX_HEAD && n < WU_HTTP_MAX_HEADERS; n++) {
        if (!read_text(block, &at, &name) || !read_text(block, &at, &value)) {
            *h = (wu_http2_head){ .kind = WU_HTTP2_NO_BLOCK };
            return;
        }
        if (wu_slice_is(name, "<unknown>"))
            h->unknown++;
        else if (name.n && name.p[0] == ':')
            keep_pseudo(h, name, value);
        else
            wu_http_keep_header(&h->head, name, wu_slice_trim(value));
    }
    if (!at)
        return;
    h->kind = kind_of(h);
    h->head.request = h->kind == WU_HTTP2_REQUEST;
    if (h->head.request)
        h->head.start_line = h->head.target;
    h->head.length = at;
    find_body(&h->head);
}
