/* http_stream.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http_stream.h"

#define MAX_LINE 256u /* bytes of the line before a chunk, or of a trailer */

enum { START, BODY_LENGTH, BODY_CLOSE, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, BODY_END, LOST, ALIEN };

void
wu_http_stream_start(wu_http_stream *s, bool response)
{
    memset(s, 0, sizeof *s);
    s->response = response;
}

static void
drop(GByteArray **bytes)
{
    if (*bytes)
        g_byte_array_free(*bytes, TRUE);
    *bytes = NULL;
}

void
wu_http_stream_finish(wu_http_stream *s)
{
    drop(&s->head_bytes);
    drop(&s->line);
}

/* Whether bytes may be the beginning of a start line. */
static bool
may_begin(const wu_http_stream *s, wu_slice bytes)
{
    static const char version[] = "HTTP/1.";

    if (s->response)
        return !memcmp(bytes.p, version, bytes.n < 7 ? bytes.n : 7);
    for (size_t i = 0; i < bytes.n && i < 20; i++) {
        uint8_t c = bytes.p[i];
        if (c == ' ')
            return i > 0;
        if ((c < 'A' || c > 'Z') && c != '_' && c != '-')
            return false;
    }
    return bytes.n < 20;
}

static void
begin_body(wu_http_stream *s)
{
    s->left = s->head.body == WU_BODY_LENGTH ? s->head.body_length : 0;
    switch (s->head.body) {
    case WU_BODY_LENGTH:
        s->state = s->left ? BODY_LENGTH : BODY_END;
        break;
    case WU_BODY_CHUNKED:
        s->state = CHUNK_SIZE;
        break;
    case WU_BODY_CLOSE:
        s->state = BODY_CLOSE;
        break;
    default:
        s->state = BODY_END;
        break;
    }
}

static enum wu_stream_event
alien(wu_http_stream *s)
{
    s->state = ALIEN;
    return WU_STREAM_ALIEN;
}

static enum wu_stream_event
read_head(wu_http_stream *s, wu_slice *bytes)
{
    size_t before = s->head_bytes ? s->head_bytes->len : 0;

    if (!before) {
        while (bytes->n && (bytes->p[0] == '\r' || bytes->p[0] == '\n'))
            *bytes = wu_slice_from(*bytes, 1);
        if (!bytes->n)
            return WU_STREAM_MORE;
        s->begun = true;
    }
    wu_slice all = *bytes;
    if (before) {
        g_byte_array_append(s->head_bytes, bytes->p, (guint)bytes->n);
        all = wu_slice_of(s->head_bytes->data, s->head_bytes->len);
    }
    if (!may_begin(s, all))
        return alien(s);
    bool is_head = wu_http_read_head(all, &s->head);
    if (is_head && s->head.request == s->response)
        return alien(s);
    if (!is_head || !s->head.length) {
        size_t line = wu_slice_find_byte(all, 0, '\n');
        if ((!is_head && line < all.n) || all.n > WU_HTTP_MAX_HEAD)
            return alien(s);
        if (!before) {
            s->head_bytes = g_byte_array_new();
            g_byte_array_append(s->head_bytes, bytes->p, (guint)bytes->n);
        }
        *bytes = wu_slice_from(*bytes, bytes->n);
        return WU_STREAM_MORE;
    }
    *bytes = wu_slice_from(*bytes, s->head.length - before);
    begin_body(s);
    return WU_STREAM_HEAD;
}

static enum wu_stream_event
read_body(wu_http_stream *s, wu_slice *bytes, uint8_t then)
{
    size_t n = s->left < bytes->n ? (size_t)s->left : bytes->n;

    s->part = wu_slice_of(bytes->p, n);
    s->left -= n;
    *bytes = wu_slice_from(*bytes, n);
    if (!s->left)
        s->state = then;
    return WU_STREAM_BODY;
}

/* A line that may have begun in earlier bytes. False when its end is not there. */
static bool
take_line(wu_http_stream *s, wu_slice *bytes, char line[MAX_LINE + 1])
{
    size_t end = wu_slice_find_byte(*bytes, 0, '\n');
    size_t n = end < bytes->n ? end + 1 : bytes->n;

    if (!s->line)
        s->line = g_byte_array_new();
    g_byte_array_append(s->line, bytes->p, (guint)(n < MAX_LINE ? n : MAX_LINE));
    if (s->line->len > MAX_LINE)
        g_byte_array_set_size(s->line, MAX_LINE);
    bool whole = end < bytes->n;
    *bytes = wu_slice_from(*bytes, n);
    if (!whole)
        return false;
    memcpy(line, s->line->data, s->line->len);
    size_t length = s->line->len;
    while (length && wu_is_space((uint8_t)line[length - 1]))
        length--;
    line[length] = '\0';
    g_byte_array_set_size(s->line, 0);
    return true;
}

static void
begin_chunk(wu_http_stream *s, const char *line)
{
    unsigned digits = 0;

    s->left = 0;
    for (; digits < 16 && wu_hex_digit((uint8_t)line[digits]) >= 0; digits++)
        s->left = s->left << 4 | (unsigned)wu_hex_digit((uint8_t)line[digits]);
    if (!digits || digits == 16)
        s->state = LOST;
    else
        s->state = s->left ? CHUNK_DATA : TRAILER;
}

static void
read_line(wu_http_stream *s, wu_slice *bytes)
{
    char line[MAX_LINE + 1];

    if (!take_line(s, bytes, line))
        return;
    if (s->state == CHUNK_SIZE)
        begin_chunk(s, line);
    else if (s->state == CHUNK_END)
        s->state = CHUNK_SIZE;
    else if (!*line)
        s->state = BODY_END;
}

static void
begin_again(wu_http_stream *s)
{
    drop(&s->head_bytes);
    drop(&s->line);
    s->state = START;
    s->begun = false;
}

/* After a loss: a segment that begins with a start line. */
static bool
resumes(const wu_http_stream *s, wu_slice bytes)
{
    wu_http_head head;
    return bytes.n > 12 && may_begin(s, bytes) && wu_http_read_head(bytes, &head) && head.request != s->response;
}

enum wu_stream_event
wu_http_stream_next(wu_http_stream *s, wu_slice *bytes)
{
    for (;;) {
        if (s->state == BODY_END) {
            begin_again(s);
            return WU_STREAM_END;
        }
        if (s->state == LOST && bytes->n && resumes(s, *bytes))
            begin_again(s);
        if (!bytes->n || s->state == LOST || s->state == ALIEN)
            return WU_STREAM_MORE;
        switch (s->state) {
        case START:
            return read_head(s, bytes);
        case BODY_LENGTH:
            return read_body(s, bytes, BODY_END);
        case CHUNK_DATA:
            return read_body(s, bytes, CHUNK_END);
        case BODY_CLOSE:
            s->part = *bytes;
            *bytes = wu_slice_from(*bytes, bytes->n);
            return WU_STREAM_BODY;
        default:
            read_line(s, bytes);
            if (s->state == LOST) /* the rest of this segment is nothing to go on with */
                *bytes = wu_slice_from(*bytes, bytes->n);
            break;
        }
    }
}

void
wu_http_stream_no_body(wu_http_stream *s)
{
    s->state = BODY_END;
}

bool
wu_http_stream_gap(wu_http_stream *s, uint64_t n, bool *end)
{
    *end = false;
    if (s->state == BODY_CLOSE)
        return true;
    if (s->state == BODY_LENGTH && n <= s->left) {
        s->left -= n;
        if (!s->left) {
            begin_again(s);
            *end = true;
        }
        return true;
    }
    if (s->state == CHUNK_DATA && n < s->left) {
        s->left -= n;
        return true;
    }
    if (s->state != ALIEN)
        s->state = LOST;
    return false;
}

bool
wu_http_stream_close(wu_http_stream *s)
{
    bool ends = s->state == BODY_CLOSE;

    if (ends)
        begin_again(s);
    return ends;
}

bool
wu_http_stream_lost(const wu_http_stream *s)
{
    return s->state == LOST;
}
