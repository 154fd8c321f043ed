/* test_http2.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "http2_frames.h"
#include "http2_head.h"
#include "unit.h"

/* A literal with its length, NULs inside included. */
#define COUNTED(text) text, sizeof(text) - 1

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

/* ---- frames ---- */

/* Everything that a reader says of some bytes, as text: one line for each event, BODY pieces joined. */
typedef struct {
    wu_http2_reader reader;
    GString *text;
    size_t body;
} walk;

static void
flush_body(walk *w)
{
    if (w->body)
        g_string_append_printf(w->text, "body %zu\n", w->body);
    w->body = 0;
}

static void
tell(walk *w, const wu_http2_event *e)
{
    if (e->kind == WU_HTTP2_BODY) {
        w->body += e->body.n;
        return;
    }
    flush_body(w);
    if (e->kind == WU_HTTP2_GREETING) {
        g_string_append(w->text, "greeting\n");
        return;
    }
    g_string_append_printf(w->text, "frame %u flags %u stream %u length %u", e->frame.type, e->frame.flags, e->frame.stream,
                           e->frame.length);
    if (e->have_block)
        g_string_append_printf(w->text, " block of %u flags %u stream %u", e->block.type, e->block.flags, e->block.stream);
    if (e->promised)
        g_string_append_printf(w->text, " promised %u", e->promised);
    if (e->frame.type == WU_HTTP2_RST_STREAM || e->frame.type == WU_HTTP2_GOAWAY)
        g_string_append_printf(w->text, " error %u last %u", e->error, e->last_stream);
    g_string_append_c(w->text, '\n');
}

static void
feed(walk *w, wu_slice bytes)
{
    wu_http2_event e;
    size_t at = 0;

    wu_http2_reader frames_only = w->reader;
    unsigned frames = 0, others = 0;

    while (wu_http2_read(&w->reader, bytes, &at, &e)) {
        tell(w, &e);
        frames += e.kind != WU_HTTP2_BODY;
    }
    CHECK(w->reader.broken || at == bytes.n);
    for (at = 0; at < bytes.n && wu_http2_read_frame(&frames_only, bytes, &at, &e); others++)
        CHECK(e.kind != WU_HTTP2_BODY);
    CHECK_EQ(others, frames);
    CHECK(!memcmp(&frames_only, &w->reader, sizeof frames_only));
}

/* The same whether the bytes come at once, one by one or in pieces of seven. */
static void
check_walk(wu_slice bytes, const char *expected)
{
    static const size_t sizes[] = { 0, 1, 7 };

    for (unsigned i = 0; i < 3; i++) {
        walk w = { .text = g_string_new(NULL) };
        size_t step = sizes[i] ? sizes[i] : bytes.n;
        for (size_t at = 0; at < bytes.n; at += step)
            feed(&w, wu_slice_of(bytes.p + at, bytes.n - at < step ? bytes.n - at : step));
        flush_body(&w);
        if (w.reader.broken)
            g_string_append(w.text, "broken\n");
        CHECK_TEXT(w.text->str, expected);
        g_string_free(w.text, TRUE);
    }
}

static void
reads_client(void)
{
    check_walk(BYTES(PREFACE
                     "\0\0\6\4\0\0\0\0\0" "\0\3\0\0\0\x64"
                     "\0\0\3\1\4\0\0\0\1" "abc"
                     "\0\0\4\0\1\0\0\0\1" "body"),
               "greeting\n"
               "frame 4 flags 0 stream 0 length 6\n"
               "frame 1 flags 4 stream 1 length 3 block of 1 flags 4 stream 1\n"
               "body 4\n"
               "frame 0 flags 1 stream 1 length 4\n");
}

static void
reads_blocks(void)
{
    check_walk(BYTES("\0\0\2\1\1\0\0\0\5" "ab"
                     "\0\0\1\x09\0\0\0\0\5" "c"
                     "\0\0\1\x09\4\0\0\0\5" "d"
                     "\0\0\x0a\1\x2d\0\0\0\7" "\3\0\0\0\1\x10" "x" "\0\0\0"
                     "\0\0\7\5\x0c\0\0\0\1" "\1\0\0\0\2" "y" "\0"
                     "\0\0\5\5\0\0\0\0\1" "\0\0\0\4" "y"
                     "\0\0\0\x09\4\0\0\0\1"),
               "frame 1 flags 1 stream 5 length 2\n"
               "frame 9 flags 0 stream 5 length 1\n"
               "frame 9 flags 4 stream 5 length 1 block of 1 flags 1 stream 5\n"
               "frame 1 flags 45 stream 7 length 10 block of 1 flags 45 stream 7\n"
               "frame 5 flags 12 stream 1 length 7 block of 5 flags 12 stream 1 promised 2\n"
               "frame 5 flags 0 stream 1 length 5\n"
               "frame 9 flags 4 stream 1 length 0 block of 5 flags 0 stream 1 promised 4\n");
}

static void
reads_ends(void)
{
    check_walk(BYTES("\0\0\4\3\0\0\0\0\3" "\0\0\0\7"
                     "\0\0\x0b\7\0\0\0\0\0" "\x80\0\0\1" "\0\0\0\2" "bye"
                     "\0\0\4\x08\0\x80\0\0\0" "\0\0\1\0"
                     "\0\0\x08\6\1\0\0\0\0" "12345678"
                     "\0\0\5\2\0\0\0\0\3" "\0\0\0\1\2"
                     "\0\0\2\x0c\0\0\0\0\0" "xx"),
               "frame 3 flags 0 stream 3 length 4 error 7 last 0\n"
               "frame 7 flags 0 stream 0 length 11 error 2 last 1\n"
               "frame 8 flags 0 stream 0 length 4\n"
               "frame 6 flags 1 stream 0 length 8\n"
               "frame 2 flags 0 stream 3 length 5\n"
               "frame 12 flags 0 stream 0 length 2\n");
}

static void
leaves_padding_out(void)
{
    check_walk(BYTES("\0\0\x0a\0\x09\0\0\0\1" "\4" "hello" "\0\0\0\0"
                     "\0\0\5\0\x08\0\0\0\1" "\4" "\0\0\0\0"
                     "\0\0\0\0\1\0\0\0\1"),
               "body 5\n"
               "frame 0 flags 9 stream 1 length 10\n"
               "frame 0 flags 8 stream 1 length 5\n"
               "frame 0 flags 1 stream 1 length 0\n");
}

/* A frame that claims 16 MB is read as far as it is there, and keeps nothing. */
static void
reads_long_frames_as_far_as_they_go(void)
{
    walk w = { .text = g_string_new(NULL) };
    uint8_t piece[4096] = { 0 };
    size_t given = 0;

    feed(&w, BYTES("\xff\xff\xff\0\0\0\0\0\1"));
    for (; given + sizeof piece <= 0xffffff; given += sizeof piece)
        feed(&w, wu_slice_of(piece, sizeof piece));
    CHECK_EQ(w.body, given);
    CHECK(!wu_http2_at_boundary(&w.reader));
    CHECK_EQ(wu_http2_frame_read(&w.reader), 9 + given);
    CHECK_TEXT(w.text->str, "");
    feed(&w, wu_slice_of(piece, 0xffffff - given));
    CHECK_TEXT(w.text->str, "body 16777215\nframe 0 flags 0 stream 1 length 16777215\n");
    CHECK(wu_http2_at_boundary(&w.reader));
    g_string_free(w.text, TRUE);
}

static void
gives_up_what_cannot_be(void)
{
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {
        { COUNTED("PRI * HTTP/1.1\r\n") },                 /* no preface */
        { COUNTED("POST / HTTP/1.1\r\n\r\n") },            /* HTTP/1: a frame of type 0x54 */
        { COUNTED("\0\0\1\0\0\0\0\0\0" "x") },             /* DATA of no stream */
        { COUNTED("\0\0\0\1\4\0\0\0\0") },                 /* HEADERS of no stream */
        { COUNTED("\0\0\6\4\0\0\0\0\1" "123456") },        /* SETTINGS of a stream */
        { COUNTED("\0\0\5\4\0\0\0\0\0" "12345") },         /* SETTINGS of another length */
        { COUNTED("\0\0\6\4\1\0\0\0\0" "123456") },        /* an acknowledgment with content */
        { COUNTED("\0\0\3\3\0\0\0\0\1" "123") },           /* RST_STREAM too short */
        { COUNTED("\0\0\7\7\0\0\0\0\0" "1234567") },       /* GOAWAY too short */
        { COUNTED("\0\0\7\6\0\0\0\0\0" "1234567") },       /* PING too short */
        { COUNTED("\0\0\4\2\0\0\0\0\1" "1234") },          /* PRIORITY too short */
        { COUNTED("\0\0\5\x08\0\0\0\0\1" "12345") },       /* WINDOW_UPDATE too long */
        { COUNTED("\0\0\4\5\x0c\0\0\0\1" "1234") },        /* PUSH_PROMISE too short for its padding */
        { COUNTED("\0\0\4\1\x24\0\0\0\1" "1234") },        /* HEADERS too short for its priority */
        { COUNTED("\0\0\2\0\x08\0\0\0\1" "\2" "x") },      /* padding as long as the frame */
        { COUNTED("\0\0\0\0\x08\0\0\0\1") },               /* no room for the length of the padding */
        { COUNTED("\0\0\0\x09\4\0\0\0\1") },               /* CONTINUATION of nothing */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        check_walk(wu_slice_of(bad[i].text, bad[i].n), "broken\n");
    /* a block that is broken off: by another frame, by a CONTINUATION of another stream */
    check_walk(BYTES("\0\0\1\1\0\0\0\0\1" "a" "\0\0\0\0\0\0\0\0\1"), "frame 1 flags 0 stream 1 length 1\nbroken\n");
    check_walk(BYTES("\0\0\1\1\0\0\0\0\1" "a" "\0\0\0\x09\4\0\0\0\3"), "frame 1 flags 0 stream 1 length 1\nbroken\n");
}

static void
knows_the_start(void)
{
    static const struct {
        const char *text;
        size_t n;
        bool from_start;
    } cases[] = {
        { COUNTED(PREFACE), true },
        { COUNTED("\0\0\0\4\0\0\0\0\0"), true },  /* settings of a server */
        { COUNTED("\0\0\0\4\1\0\0\0\0"), false }, /* their acknowledgment */
        { COUNTED("\0\0\0\0\1\0\0\0\1"), false },
        { COUNTED("\0\0\0\0\1\0\0\0\1" "\0\0\0\4\0\0\0\0\0"), false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        wu_http2_reader reader = { .n = 0 };
        wu_http2_event e;
        size_t at = 0;
        while (wu_http2_read(&reader, wu_slice_of(cases[i].text, cases[i].n), &at, &e))
            ;
        CHECK_EQ(reader.from_start, cases[i].from_start);
        CHECK(!reader.broken);
    }
}

static void
names_errors(void)
{
    CHECK_TEXT(wu_http2_error_name(0), "NO_ERROR");
    CHECK_TEXT(wu_http2_error_name(7), "REFUSED_STREAM");
    CHECK_TEXT(wu_http2_error_name(13), "HTTP_1_1_REQUIRED");
    CHECK_TEXT(wu_http2_error_name(14), "");
    CHECK_TEXT(wu_http2_error_name(0xffffffffu), "");
}

/* ---- heads ---- */

/* A block of texts that take turns as name and value, up to a NULL. */
static wu_slice
block_of(GByteArray *bytes, ...)
{
    va_list list;
    const char *text;

    g_byte_array_set_size(bytes, 0);
    va_start(list, bytes);
    while ((text = va_arg(list, const char *)) != NULL) {
        size_t n = strlen(text);
        uint8_t length[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
        g_byte_array_append(bytes, length, 4);
        g_byte_array_append(bytes, (const guint8 *)text, (guint)n);
    }
    va_end(list);
    return wu_slice_of(bytes->data, bytes->len);
}

static void
reads_a_request_head(void)
{
    GByteArray *bytes = g_byte_array_new();
    wu_http2_head h;

    wu_slice block = block_of(bytes, ":method", "POST", ":path", "/ClientWebService/client.asmx", ":scheme", "https", ":authority",
                              "wsus.corp.example:8531", "user-agent", " Windows-Update-Agent ", "soapaction", "\"x/SyncUpdates\"",
                              "host", "other", "content-length", "12", NULL);
    wu_http2_read_head(block, &h);
    CHECK_EQ(h.kind, WU_HTTP2_REQUEST);
    CHECK(h.head.request);
    CHECK_SLICE(h.head.method, "POST");
    CHECK_SLICE(h.head.target, "/ClientWebService/client.asmx");
    CHECK_SLICE(h.head.start_line, "/ClientWebService/client.asmx");
    CHECK_SLICE(h.scheme, "https");
    CHECK_SLICE(h.head.header[WU_HEADER_HOST], "wsus.corp.example:8531");
    CHECK_SLICE(h.head.header[WU_HEADER_USER_AGENT], "Windows-Update-Agent");
    CHECK_SLICE(h.head.header[WU_HEADER_SOAPACTION], "\"x/SyncUpdates\"");
    CHECK_EQ(h.head.body, WU_BODY_LENGTH);
    CHECK_EQ(h.head.body_length, 12);
    CHECK_EQ(h.head.length, block.n);
    CHECK_EQ(h.unknown, 0);
    g_byte_array_free(bytes, TRUE);
}

static void
reads_a_response_head(void)
{
    GByteArray *bytes = g_byte_array_new();
    wu_http2_head h;

    wu_http2_read_head(block_of(bytes, ":status", "401", "www-authenticate", "Negotiate", "www-authenticate", "NTLM", NULL), &h);
    CHECK_EQ(h.kind, WU_HTTP2_RESPONSE);
    CHECK(!h.head.request);
    CHECK_EQ(h.head.status, 401);
    CHECK_SLICE(h.head.start_line, "401");
    CHECK_EQ(h.head.challenges, 2);
    CHECK_SLICE(h.head.challenge[1], "NTLM");
    CHECK_EQ(h.head.body, WU_BODY_CLOSE);
    wu_http2_read_head(block_of(bytes, ":status", "204", "content-length", "5", NULL), &h);
    CHECK_EQ(h.head.body, WU_BODY_NONE);
    wu_http2_read_head(block_of(bytes, ":status", "103", NULL), &h);
    CHECK_EQ(h.kind, WU_HTTP2_RESPONSE);
    CHECK_EQ(h.head.body, WU_BODY_NONE);
    wu_http2_read_head(block_of(bytes, ":status", "200", "content-length", "0", NULL), &h);
    CHECK_EQ(h.head.body, WU_BODY_NONE);
    g_byte_array_free(bytes, TRUE);
}

static void
tells_trailers_from_what_nobody_saw(void)
{
    GByteArray *bytes = g_byte_array_new();
    wu_http2_head h;

    wu_http2_read_head(block_of(bytes, "x-checksum", "80244022", NULL), &h);
    CHECK_EQ(h.kind, WU_HTTP2_TRAILERS);
    wu_http2_read_head(block_of(bytes, "<unknown>", "", "date", "today", NULL), &h);
    CHECK_EQ(h.kind, WU_HTTP2_UNCERTAIN);
    CHECK_EQ(h.unknown, 1);
    wu_http2_read_head(block_of(bytes, ":method", "POST", "<unknown>", "", "<unknown>", "", NULL), &h);
    CHECK_EQ(h.kind, WU_HTTP2_REQUEST);
    CHECK_EQ(h.unknown, 2);
    CHECK_EQ(h.head.target.n, 0);
    wu_http2_read_head(block_of(bytes, ":status", "20", NULL), &h);
    CHECK_EQ(h.kind, WU_HTTP2_TRAILERS);
    wu_http2_read_head(block_of(bytes, ":status", "099", NULL), &h);
    CHECK_EQ(h.kind, WU_HTTP2_TRAILERS);
    g_byte_array_free(bytes, TRUE);
}

static void
refuses_lying_lengths(void)
{
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {
        { COUNTED("") },
        { COUNTED("\0\0\0") },
        { COUNTED("\0\0\0\7:status") },
        { COUNTED("\0\0\0\7:status\0\0\0") },
        { COUNTED("\0\0\0\7:status\0\0\0\3" "20") },
        { COUNTED("\0\0\0\7:status\0\0\0\3" "200" "\0") },
        { COUNTED("\0\0\0\7:status\0\0\0\3" "200" "\xff\xff\xff\xff" "abcd") },
        { COUNTED("\xff\xff\xff\xff" ":status") },
    };
    wu_http2_head h;

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        wu_http2_read_head(wu_slice_of(bad[i].text, bad[i].n), &h);
        CHECK_EQ(h.kind, WU_HTTP2_NO_BLOCK);
        CHECK_EQ(h.head.status, 0);
        CHECK(!wu_http2_is_block(wu_slice_of(bad[i].text, bad[i].n)));
    }
    CHECK(!wu_http2_is_block(BYTES("\0\0\0\0" "\0\0\0\3" "200"))); /* a header without a name */
    CHECK(wu_http2_is_block(BYTES("\0\0\0\7:status\0\0\0\3" "200" "\0\0\0\1a\0\0\0\0")));
    wu_http2_read_head(wu_slice_of(NULL, 0), &h);
    CHECK_EQ(h.kind, WU_HTTP2_NO_BLOCK);
}

/* What is beyond the limits is not read. */
static void
reads_so_many_headers(void)
{
    GByteArray *bytes = g_byte_array_new(), *one = g_byte_array_new();
    wu_http2_head h;

    for (unsigned i = 0; i < WU_HTTP_MAX_HEADERS; i++) {
        wu_slice header = block_of(one, "a", "b", NULL);
        g_byte_array_append(bytes, header.p, (guint)header.n);
    }
    wu_slice status = block_of(one, ":status", "200", NULL);
    g_byte_array_append(bytes, status.p, (guint)status.n);
    wu_http2_read_head(wu_slice_of(bytes->data, bytes->len), &h);
    CHECK_EQ(h.kind, WU_HTTP2_TRAILERS);
    wu_http2_read_head(wu_slice_of(bytes->data + 10, bytes->len - 10), &h);
    CHECK_EQ(h.kind, WU_HTTP2_RESPONSE);
    g_byte_array_free(bytes, TRUE);
    g_byte_array_free(one, TRUE);
}

const unit_case unit_http2_cases[] = {
    { "http2: reads client", reads_client },
    { "http2: reads blocks", reads_blocks },
    { "http2: reads ends", reads_ends },
    { "http2: leaves padding out", leaves_padding_out },
    { "http2: reads long frames as far as they go", reads_long_frames_as_far_as_they_go },
    { "http2: gives up what cannot be", gives_up_what_cannot_be },
    { "http2: knows the start", knows_the_start },
    { "http2: names errors", names_errors },
    { "http2: reads a request head", reads_a_request_head },
    { "http2: reads a response head", reads_a_response_head },
    { "http2: tells trailers from what nobody saw", tells_trailers_from_what_nobody_saw },
    { "http2: refuses lying lengths", refuses_lying_lengths },
    { "http2: reads so many headers", reads_so_many_headers },
    { NULL, NULL },
};
