/* test_http.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <time.h>

#include "http_head.h"
#include "unit.h"

static const wu_slice nothing = { NULL, 0 };

#define READ_HEAD(text, head) wu_http_read_head(BYTES(text), (head))

/* ---- start lines ---- */

static void
reads_requests(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: a\r\n\r\nbody", &head));
    CHECK(head.request);
    CHECK_SLICE(head.method, "POST");
    CHECK_SLICE(head.target, "/ClientWebService/client.asmx");
    CHECK_SLICE(head.start_line, "POST /ClientWebService/client.asmx HTTP/1.1");
    CHECK_EQ(head.status, 0);
    CHECK_EQ(head.length, 56);
    CHECK(READ_HEAD("GET http://a/b?c=d HTTP/1.0\r\n\r\n", &head));
    CHECK_SLICE(head.target, "http://a/b?c=d");
    CHECK(READ_HEAD("BITS_POST / HTTP/1.1\r\n\r\n", &head));
    CHECK_SLICE(head.method, "BITS_POST");
    CHECK(READ_HEAD("M-SEARCH * HTTP/1.1\r\n\r\n", &head));
    CHECK_SLICE(head.target, "*");
    CHECK(READ_HEAD("GET /a b HTTP/1.1\r\n\r\n", &head));
    CHECK_SLICE(head.target, "/a b");
}

static void
reads_responses(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("HTTP/1.1 200 OK\r\n\r\n", &head));
    CHECK(!head.request);
    CHECK_EQ(head.status, 200);
    CHECK_SLICE(head.phrase, "OK");
    CHECK_SLICE(head.start_line, "HTTP/1.1 200 OK");
    CHECK_EQ(head.length, 19);
    CHECK(READ_HEAD("HTTP/1.0 503 Service Unavailable\r\n\r\n", &head));
    CHECK_EQ(head.status, 503);
    CHECK_SLICE(head.phrase, "Service Unavailable");
    CHECK(READ_HEAD("HTTP/1.1 500\r\n\r\n", &head));
    CHECK_EQ(head.status, 500);
    CHECK_SLICE(head.phrase, "");
    CHECK(READ_HEAD("HTTP/1.1 404 \r\n\r\n", &head));
    CHECK_SLICE(head.phrase, "");
    CHECK(READ_HEAD("HTTP/1.1 999 x\r\n\r\n", &head));
    CHECK_EQ(head.status, 999);
}

static void
refuses_other_start_lines(void)
{
    static const char *const bad[] = { "",
                                       "\r\n",
                                       "\r\n\r\n",
                                       "GET / HTTP/2.0\r\n\r\n",
                                       "GET / HTTP/1\r\n\r\n",
                                       "GET / HTTP/1.x\r\n\r\n",
                                       "get / HTTP/1.1\r\n\r\n",
                                       "GET /\r\n\r\n",
                                       "GET HTTP/1.1\r\n\r\n",
                                       "GET  HTTP/1.1\r\n\r\n",
                                       " / HTTP/1.1\r\n\r\n",
                                       "G\x01T / HTTP/1.1\r\n\r\n",
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n\r\n",
                                       "HTTP/1.1\r\n\r\n",
                                       "HTTP/1.1 20\r\n\r\n",
                                       "HTTP/1.1 20x OK\r\n\r\n",
                                       "HTTP/1.1 2000 OK\r\n\r\n",
                                       "HTTP/1.1 099 OK\r\n\r\n",
                                       "HTTP/1.1  200 OK\r\n\r\n",
                                       "HTTP/2 200\r\n\r\n",
                                       "http/1.1 200 OK\r\n\r\n",
                                       "<html>\r\n\r\n" };
    wu_http_head head;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wu_http_read_head(wu_slice_text(bad[i]), &head)) {
            printf("taken as a head: %s", bad[i]);
            unit_failures++;
        }
    CHECK(!wu_http_read_head(nothing, &head));
}

static void
reads_bare_line_feeds(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("GET / HTTP/1.1\nHost: a\nUser-Agent: b\n\nbody", &head));
    CHECK_EQ(head.length, 38);
    CHECK_SLICE(head.header[WU_HEADER_HOST], "a");
    CHECK_SLICE(head.header[WU_HEADER_USER_AGENT], "b");
    CHECK(READ_HEAD("HTTP/1.1 200 OK\nHost: a\r\n\nx", &head));
    CHECK_EQ(head.length, 26);
    CHECK_SLICE(head.phrase, "OK");
}

static void
skips_leading_blank_lines(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("\r\n\r\nGET / HTTP/1.1\r\n\r\n", &head));
    CHECK_EQ(head.length, 22);
    CHECK_SLICE(head.start_line, "GET / HTTP/1.1");
    CHECK(!READ_HEAD(" \r\nGET / HTTP/1.1\r\n\r\n", &head));
}

static void
skips_leading_bare_line_feeds(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("\nGET / HTTP/1.1\n\n", &head));
    CHECK_EQ(head.length, 17);
    CHECK(READ_HEAD("\r\n\nHTTP/1.1 200 OK\r\n\r\n", &head));
    CHECK_EQ(head.status, 200);
}

/* ---- headers ---- */

static void
keeps_headers(void)
{
    static const char text[] = "POST / HTTP/1.1\r\n"
                               "host: a:8530\r\n"
                               "USER-AGENT:Windows-Update-Agent/1 \r\n"
                               "SOAPAction: \"http://x/GetConfig\"\r\n"
                               "Content-Type:\ttext/xml; charset=utf-8\r\n"
                               "Content-Encoding: xpress\r\n"
                               "Transfer-Encoding: chunked\r\n"
                               "content-length: 5\r\n"
                               "Content-Range: bytes 0-1/2\r\n"
                               "Range: bytes=0-1\r\n"
                               "Accept-Encoding: xpress\r\n"
                               "MS-CV: abc.1\r\n"
                               "Via: 1.1 proxy\r\n"
                               "authorization: NTLM TlRM\r\n"
                               "Proxy-Authorization: Basic eDp5\r\n"
                               "SERVER: Microsoft-IIS/10.0\r\n"
                               "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                               "Upgrade: h2c\r\n"
                               "Location: http://b/\r\n"
                               "BITS-Error-Code: 0x80070005\r\n"
                               "ETag: \"x\"\r\n"
                               "X-Other: y\r\n\r\n";
    static const char *const expected[WU_HEADER_MAX] = {
        [WU_HEADER_HOST] = "a:8530",
        [WU_HEADER_USER_AGENT] = "Windows-Update-Agent/1",
        [WU_HEADER_SOAPACTION] = "\"http://x/GetConfig\"",
        [WU_HEADER_CONTENT_TYPE] = "text/xml; charset=utf-8",
        [WU_HEADER_CONTENT_ENCODING] = "xpress",
        [WU_HEADER_TRANSFER_ENCODING] = "chunked",
        [WU_HEADER_CONTENT_LENGTH] = "5",
        [WU_HEADER_CONTENT_RANGE] = "bytes 0-1/2",
        [WU_HEADER_RANGE] = "bytes=0-1",
        [WU_HEADER_ACCEPT_ENCODING] = "xpress",
        [WU_HEADER_MS_CV] = "abc.1",
        [WU_HEADER_VIA] = "1.1 proxy",
        [WU_HEADER_AUTHORIZATION] = "NTLM TlRM",
        [WU_HEADER_PROXY_AUTHORIZATION] = "Basic eDp5",
        [WU_HEADER_SERVER] = "Microsoft-IIS/10.0",
        [WU_HEADER_DATE] = "Sun, 06 Nov 1994 08:49:37 GMT",
        [WU_HEADER_UPGRADE] = "h2c",
        [WU_HEADER_LOCATION] = "http://b/",
        [WU_HEADER_BITS_ERROR_CODE] = "0x80070005",
        [WU_HEADER_ETAG] = "\"x\"",
    };
    wu_http_head head;

    CHECK(READ_HEAD(text, &head));
    CHECK_EQ(head.length, sizeof text - 1);
    for (unsigned i = 0; i < WU_HEADER_MAX; i++) {
        CHECK_SLICE(head.header[i], expected[i]);
        CHECK(head.header[i].p > (const uint8_t *)text && head.header[i].p < (const uint8_t *)text + sizeof text);
    }
}

static void
keeps_the_first_of_each(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("GET / HTTP/1.1\r\nHost: a\r\nHOST: b\r\nVia:\r\nVia: c\r\n\r\n", &head));
    CHECK_SLICE(head.header[WU_HEADER_HOST], "a");
    CHECK_SLICE(head.header[WU_HEADER_VIA], "");
    CHECK(head.header[WU_HEADER_VIA].p);
    CHECK(!head.header[WU_HEADER_RANGE].p);
}

static void
ignores_what_is_no_header(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("GET / HTTP/1.1\r\nHost a\r\nHosts: b\r\nXHost: c\r\n: d\r\nHost: e\r\n\r\n", &head));
    CHECK_SLICE(head.header[WU_HEADER_HOST], "e");
    /* folding is not joined */
    CHECK(READ_HEAD("GET / HTTP/1.1\r\nUser-Agent: a\r\n b\r\nHost: c:d\r\n\r\n", &head));
    CHECK_SLICE(head.header[WU_HEADER_USER_AGENT], "a");
    CHECK_SLICE(head.header[WU_HEADER_HOST], "c:d");
}

static void
reads_incomplete_heads(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: b", &head));
    CHECK_EQ(head.length, 0);
    CHECK_SLICE(head.header[WU_HEADER_HOST], "a");
    CHECK(!head.header[WU_HEADER_USER_AGENT].p);
    CHECK(READ_HEAD("GET / HTTP/1.1\r\nHost: a\r\n", &head));
    CHECK_EQ(head.length, 0);
    CHECK_SLICE(head.header[WU_HEADER_HOST], "a");
    CHECK(READ_HEAD("GET / HTTP/1.1\r\n", &head));
    CHECK_EQ(head.length, 0);
    CHECK(READ_HEAD("GET / HTTP/1.1\r\n\r", &head));
    CHECK_EQ(head.length, 0);
}

/* A head of `lines` header lines, the last of which is Host. */
static GString *
long_head(unsigned lines)
{
    GString *text = g_string_new("GET / HTTP/1.1\r\n");

    for (unsigned i = 1; i < lines; i++)
        g_string_append_printf(text, "X-%u: y\r\n", i);
    g_string_append(text, "Host: last\r\n\r\n");
    return text;
}

static void
check_lines(unsigned lines, bool complete, const char *host)
{
    GString *text = long_head(lines);
    wu_http_head head;

    CHECK(wu_http_read_head(wu_slice_of(text->str, text->len), &head));
    CHECK_EQ(head.length, complete ? text->len : 0);
    CHECK_SLICE(head.header[WU_HEADER_HOST], host);
    g_string_free(text, TRUE);
}

static void
header_lines_are_limited(void)
{
    check_lines(WU_HTTP_MAX_HEADERS - 1, true, "last");
    check_lines(WU_HTTP_MAX_HEADERS + 1, false, "");
}

/* As many as are read, and the blank line, which is no header. */
static void
all_header_lines_are_read(void)
{
    check_lines(WU_HTTP_MAX_HEADERS, true, "last");
}

static void
bytes_of_a_head_are_limited(void)
{
    GString *text = g_string_new("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    wu_http_head head;

    while (text->len < WU_HTTP_MAX_HEAD - 4)
        g_string_append_c(text, 'x');
    g_string_append(text, "\r\n\r\n");
    CHECK_EQ(text->len, WU_HTTP_MAX_HEAD);
    CHECK(wu_http_read_head(wu_slice_of(text->str, text->len), &head));
    CHECK_EQ(head.length, WU_HTTP_MAX_HEAD);
    g_string_insert_c(text, 30, 'x');
    CHECK(wu_http_read_head(wu_slice_of(text->str, text->len), &head));
    CHECK_EQ(head.length, 0);
    CHECK_SLICE(head.header[WU_HEADER_HOST], "a");
    g_string_free(text, TRUE);
}

/* ---- challenges ---- */

static void
keeps_challenges(void)
{
    wu_http_head head;

    CHECK(READ_HEAD("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nwww-authenticate:  NTLM TlRM \r\n"
                    "Proxy-Authenticate: Basic\r\n\r\n", &head));
    CHECK_EQ(head.challenges, 2);
    CHECK_SLICE(head.challenge[0], "Negotiate");
    CHECK_SLICE(head.challenge[1], "NTLM TlRM");
    CHECK_SLICE(wu_http_scheme(head.challenge[0]), "Negotiate");
    CHECK_SLICE(wu_http_scheme(head.challenge[1]), "NTLM");
    CHECK(
        READ_HEAD("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: NTLM\r\n\r\n", &head));
    CHECK_EQ(head.challenges, 1);
    CHECK_SLICE(head.challenge[0], "Basic realm=\"x\"");
    CHECK_SLICE(wu_http_scheme(head.challenge[0]), "Basic");
    CHECK_SLICE(wu_http_scheme(nothing), "");
    CHECK(READ_HEAD("HTTP/1.1 200 OK\r\n\r\n", &head));
    CHECK_EQ(head.challenges, 0);
}

static void
challenges_are_limited(void)
{
    GString *text = g_string_new("HTTP/1.1 401 x\r\n");
    wu_http_head head;

    for (unsigned i = 0; i < WU_HTTP_MAX_CHALLENGES + 3; i++)
        g_string_append_printf(text, "WWW-Authenticate: S%u\r\n", i);
    g_string_append(text, "\r\n");
    CHECK(wu_http_read_head(wu_slice_of(text->str, text->len), &head));
    CHECK_EQ(head.challenges, WU_HTTP_MAX_CHALLENGES);
    CHECK_SLICE(head.challenge[WU_HTTP_MAX_CHALLENGES - 1], "S7");
    CHECK_EQ(head.length, text->len);
    g_string_free(text, TRUE);
}

/* ---- where the body is ---- */

static void
check_body(const char *text, enum wu_body_end body, uint64_t length)
{
    wu_http_head head;

    CHECK(wu_http_read_head(wu_slice_text(text), &head));
    if (head.body != body)
        printf("the head is %s", text);
    CHECK_EQ(head.body, body);
    if (body == WU_BODY_LENGTH)
        CHECK_EQ(head.body_length, length);
}

static void
finds_bodies_of_requests(void)
{
    check_body("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", WU_BODY_LENGTH, 5);
    check_body("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", WU_BODY_NONE, 0);
    check_body("POST / HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", WU_BODY_LENGTH, 9999999999);
    check_body("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", WU_BODY_CHUNKED, 0);
    check_body("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 5\r\n\r\n", WU_BODY_CHUNKED, 0);
    check_body("GET / HTTP/1.1\r\n\r\n", WU_BODY_NONE, 0);
    check_body("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", WU_BODY_NONE, 0);
    check_body("POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", WU_BODY_NONE, 0);
}

static void
finds_bodies_of_responses(void)
{
    check_body("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", WU_BODY_LENGTH, 5);
    check_body("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", WU_BODY_NONE, 0);
    check_body("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n", WU_BODY_CHUNKED, 0);
    check_body("HTTP/1.1 200 OK\r\n\r\n", WU_BODY_CLOSE, 0);
    check_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", WU_BODY_CLOSE, 0);
    check_body("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", WU_BODY_CLOSE, 0);
    check_body("HTTP/1.1 100 Continue\r\n\r\n", WU_BODY_NONE, 0);
    check_body("HTTP/1.1 101 x\r\nContent-Length: 5\r\n\r\n", WU_BODY_NONE, 0);
    check_body("HTTP/1.1 204 No Content\r\n\r\n", WU_BODY_NONE, 0);
    check_body("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", WU_BODY_NONE, 0);
    check_body("HTTP/1.1 206 x\r\nContent-Length: 5\r\n\r\n", WU_BODY_LENGTH, 5);
}

/* ---- start lines among other bytes ---- */

static void
finds_start_lines(void)
{
    CHECK_EQ(wu_http_find(BYTES("GET / HTTP/1.1\r\n"), 0), 0);
    CHECK_EQ(wu_http_find(BYTES("HTTP/1.1 200 OK\r\n"), 0), 0);
    CHECK_EQ(wu_http_find(BYTES("\x45\x00\x00\x80\xFF" "POST /a HTTP/1.1\r\n"), 0), 5);
    CHECK_EQ(wu_http_find(BYTES("\x01\x02HTTP/1.1 404 x\r\n"), 0), 2);
    CHECK_EQ(wu_http_find(BYTES("xyHEAD /a HTTP/1.0\r\n"), 0), 2);
    CHECK_EQ(wu_http_find(BYTES("\0\0OPTIONS * HTTP/1.1\r\n"), 0), 2);
    CHECK_EQ(wu_http_find(BYTES("\0PUT /x HTTP/1.1"), 0), 1);
    CHECK_EQ(wu_http_find(BYTES("\0CONNECT a:1 HTTP/1.1"), 0), 1);
    CHECK_EQ(wu_http_find(BYTES("\0DELETE a HTTP/1.1"), 0), 1);
    CHECK_EQ(wu_http_find(BYTES("GET http://a/HTTP/1.1 HTTP/1.1\r\n"), 0), 0);
}

static void
finds_the_next_start_line(void)
{
    static const char text[] = "HTTP/1.1 200 OK\r\n\r\nGET /a HTTP/1.1\r\n\r\nHTTP/1.1 404 x\r\n";

    CHECK_EQ(wu_http_find(BYTES(text), 0), 0);
    CHECK_EQ(wu_http_find(BYTES(text), 1), 19);
    CHECK_EQ(wu_http_find(BYTES(text), 19), 19);
    CHECK_EQ(wu_http_find(BYTES(text), 20), 38);
    CHECK_EQ(wu_http_find(BYTES(text), 38), 38);
    CHECK_EQ(wu_http_find(BYTES(text), 39), sizeof text - 1);
    CHECK_EQ(wu_http_find(BYTES(text), sizeof text - 1), sizeof text - 1);
    CHECK_EQ(wu_http_find(BYTES(text), sizeof text + 9), sizeof text - 1);
}

static void
finds_no_other_lines(void)
{
    static const char *const texts[] = { "",
                                         "GET /",
                                         "GET / HTTP/1.",
                                         "GET / HTTP/2.0\r\n",
                                         "HTTP/1.1 OK\r\n",
                                         "HTTP/1.1",
                                         "HTTP/1.1 2",
                                         "GET HTTP/1.1",
                                         "FETCH / HTTP/1.1",
                                         "GET / x HTTP/1.1",
                                         "get / HTTP/1.1" };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t n = strlen(texts[i]);
        if (wu_http_find(wu_slice_of(texts[i], n), 0) != n)
            printf("found in %s\n", texts[i]);
        CHECK_EQ(wu_http_find(wu_slice_of(texts[i], n), 0), n);
    }
    CHECK_EQ(wu_http_find(nothing, 0), 0);
}

/* Lower protocol headers end in any byte, in a blank as well: one TCP timestamp out of 256 does. */
static void
finds_responses_behind_a_blank(void)
{
    CHECK_EQ(wu_http_find(BYTES("\x01\x02 HTTP/1.1 200 OK\r\n"), 0), 3);
    CHECK_EQ(wu_http_find(BYTES(" HTTP/1.1 200 OK\r\n"), 0), 1);
}

static void
finding_is_linear(void)
{
    static const char *const parts[] = { "HTTP/1.", "HTTP/1.1 ", " HTTP/1.1",     "x HTTP/1.1 ",
                                         "a",       "GET ",      "GET a HTTP/1.", "aHTTP/1.1" };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        GString *text = g_string_new(NULL);
        while (text->len < 1024 * 1024)
            g_string_append(text, parts[i]);
        clock_t start = clock();
        size_t at = wu_http_find(wu_slice_of(text->str, text->len), 0);
        CHECK(at <= text->len);
        CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 4);
        g_string_free(text, TRUE);
    }
}

/* ---- chunks ---- */

static void
check_chunks(const char *text, size_t expected_length, const char *expected_data)
{
    wu_slice bytes = wu_slice_text(text);
    uint8_t *out = g_malloc(bytes.n + 1);
    size_t data = 4711, counted = 4711;

    out[bytes.n] = 0xEE;
    CHECK_EQ(wu_http_chunks(bytes, out, &data), expected_length);
    CHECK_SLICE(wu_slice_of(out, data), expected_data);
    CHECK_EQ(out[bytes.n], 0xEE);
    CHECK_EQ(wu_http_chunks(bytes, NULL, &counted), expected_length);
    CHECK_EQ(counted, data);
    g_free(out);
}

static void
walks_chunks(void)
{
    check_chunks("3\r\nabc\r\n0\r\n\r\n", 13, "abc");
    check_chunks("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nHTTP/1.1", 28, "abc0123456789");
    check_chunks("0\r\n\r\n", 5, "");
    check_chunks("0a\r\n0123456789\r\n00\r\n\r\n", 22, "0123456789");
    check_chunks("3\nabc\n0\n\n", 9, "abc");
    check_chunks("5\r\na\r\nb\n\r\n0\r\n\r\n", 15, "a\r\nb\n");
}

static void
walks_over_extensions_and_trailers(void)
{
    check_chunks("3;a=b\r\nabc\r\n0;x\r\n\r\n", 19, "abc");
    check_chunks("3 ; a=\"b\"\r\nabc\r\n0\r\nX: y\r\nZ: 1\r\n\r\nnext", 33, "abc");
}

static void
notices_missing_ends(void)
{
    check_chunks("", 0, "");
    check_chunks("3", 0, "");
    check_chunks("3\r\n", 0, "");
    check_chunks("3\r\nab", 0, "ab");
    check_chunks("3\r\nabc", 0, "abc");
    check_chunks("3\r\nabc\r\n", 0, "abc");
    check_chunks("3\r\nabc\r\n0\r\n", 0, "abc");
    check_chunks("3\r\nabc\r\n0\r\nX: y\r\n", 0, "abc");
    check_chunks("ffffffff\r\nabc", 0, "abc");
}

static void
refuses_other_chunks(void)
{
    check_chunks("\r\nabc\r\n0\r\n\r\n", 0, "");
    check_chunks("x\r\nabc\r\n0\r\n\r\n", 0, "");
    check_chunks("-3\r\nabc\r\n0\r\n\r\n", 0, "");
    check_chunks("3\r\nabc\r\n<html>\r\n", 0, "abc");
    check_chunks("100000003\r\nabc\r\n0\r\n\r\n", 0, "");
    check_chunks("fffffffffffffffff\r\nabc\r\n", 0, "");
}

/* ---- parameters ---- */

static void
reads_parameters(void)
{
    CHECK_SLICE(wu_http_parameter(BYTES("text/xml; charset=utf-8"), "charset"), "utf-8");
    CHECK_SLICE(wu_http_parameter(BYTES("text/xml;charset=\"utf-8\""), "charset"), "utf-8");
    CHECK_SLICE(wu_http_parameter(BYTES("text/xml; Charset = utf-8 ; a=b"), "charset"), "utf-8");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; charset=utf-8; action=\"http://x/y;z\"; c=d"), "action"), "http://x/y;z");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; action=\"x; charset=no\"; charset=yes"), "charset"), "yes");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; charset=one; charset=two"), "charset"), "one");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; x=; charset=y"), "x"), "");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; x=; charset=y"), "charset"), "y");
}

static void
finds_no_other_parameters(void)
{
    CHECK_SLICE(wu_http_parameter(BYTES("text/xml"), "charset"), "");
    CHECK_SLICE(wu_http_parameter(BYTES("charset=utf-8"), "charset"), "");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; xcharset=utf-8; charsets=c"), "charset"), "");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; charset"), "charset"), "");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b;"), "charset"), "");
    CHECK_SLICE(wu_http_parameter(BYTES(""), "charset"), "");
    CHECK_SLICE(wu_http_parameter(nothing, "charset"), "");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; charset=\"open"), "charset"), "open");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; charset=\""), "charset"), "");
}

static void
skips_parameters_without_value(void)
{
    CHECK_SLICE(wu_http_parameter(BYTES("a/b; flag; charset=utf-8"), "charset"), "utf-8");
    CHECK_SLICE(wu_http_parameter(BYTES("a/b;; charset=utf-8"), "charset"), "utf-8");
}

/* ---- ranges ---- */

static void
check_range(const char *text, uint64_t first, uint64_t last, uint64_t total)
{
    uint64_t f = 4711, l = 4711, t = 4711;
    bool valid = wu_http_range(wu_slice_text(text), &f, &l, &t);

    if (!valid)
        printf("no range: %s\n", text);
    CHECK(valid);
    CHECK_EQ(f, first);
    CHECK_EQ(l, last);
    CHECK_EQ(t, total);
}

static void
reads_ranges(void)
{
    check_range("bytes=0-499", 0, 499, UINT64_MAX);
    check_range("bytes=500-", 500, UINT64_MAX, UINT64_MAX);
    check_range("bytes 0-1048575/2097153", 0, 1048575, 2097153);
    check_range("bytes 0-1048575/*", 0, 1048575, UINT64_MAX);
    check_range("Bytes 9999999999-10000000000/10000000001", 9999999999, 10000000000, 10000000001);
    check_range("bytes=0-0", 0, 0, UINT64_MAX);
}

static void
refuses_other_ranges(void)
{
    static const char *const bad[] = { "",
                                       "bytes",
                                       "bytes=",
                                       "bytes=-500",
                                       "bytes=-",
                                       "bytes=a-b",
                                       "bytes=0",
                                       "bytes=0-1,3-4",
                                       "bytes=0-1 ",
                                       "bytes */1234",
                                       "bytes 0-1/",
                                       "bytes 0-1/x",
                                       "items=0-1",
                                       "bytes:0-1",
                                       "bytes=0-1/2x",
                                       "bytes=0 - 1",
                                       "bytes=99999999999999999999-",
                                       "bytes 0-1/**" };
    uint64_t first, last, total;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wu_http_range(wu_slice_text(bad[i]), &first, &last, &total)) {
            printf("taken as a range: %s\n", bad[i]);
            unit_failures++;
        }
    CHECK(!wu_http_range(nothing, &first, &last, &total));
}

static void
reads_dates(void)
{
    int64_t seconds = 0;

    CHECK(wu_http_date(BYTES("Sun, 06 Nov 1994 08:49:37 GMT"), &seconds));
    CHECK_EQ(seconds, 784111777);
    CHECK(!wu_http_date(BYTES("Sun, 06 Now 1994 08:49:37 GMT"), &seconds));
    CHECK(!wu_http_date(BYTES("Sun, 36 Nov 1994 08:49:37 GMT"), &seconds));
    CHECK(!wu_http_date(BYTES("Sunday, 06-Nov-94 08:49:37 GMT"), &seconds));
    CHECK(!wu_http_date(BYTES(""), &seconds));
}

/* The ranges of a value, "0-99 200- ". */
static void
check_ranges(const char *value, const char *expected)
{
    GString *got = g_string_new(NULL);
    uint64_t first, last;
    size_t at = 0;

    while (wu_http_next_range(wu_slice_text(value), &at, &first, &last)) {
        g_string_append_printf(got, "%" PRIu64 "-", first);
        if (last != UINT64_MAX)
            g_string_append_printf(got, "%" PRIu64, last);
        g_string_append_c(got, ' ');
    }
    CHECK_TEXT(got->str, expected);
    g_string_free(got, TRUE);
}

static void
reads_several_ranges(void)
{
    check_ranges("bytes=0-99,200-299", "0-99 200-299 ");
    check_ranges("bytes=0-99, 200-", "0-99 200- ");
    check_ranges("bytes=5-5", "5-5 ");
    check_ranges("bytes=0-99,x", "0-99 ");
    check_ranges("bytes=0-99x,5-6", "");
    check_ranges("bytes=-5", "");
    check_ranges("bytes=", "");
    check_ranges("", "");
    check_ranges("items=0-9", "");
}

static void
check_parts(wu_slice body, const char *expected)
{
    GString *got = g_string_new(NULL);
    wu_slice range;
    size_t at = 0;

    while (wu_http_next_part(body, wu_slice_text("B"), &at, &range))
        g_string_append_printf(got, "[%.*s]", (int)range.n, (const char *)range.p);
    CHECK_TEXT(got->str, expected);
    CHECK(at <= body.n);
    g_string_free(got, TRUE);
}

static void
reads_parts(void)
{
    static const char body[] = "--B\r\nContent-Type: a\r\nContent-Range: bytes 0-8/99\r\n\r\n--B\r\nxxxx"
                               "\r\n--B\r\ncontent-range: bytes 20-21/99\r\n\r\nyy\r\n--B--\r\n";

    check_parts(BYTES(body), "[bytes 0-8/99][bytes 20-21/99]");
    for (size_t n = 0; n < sizeof body; n++) { /* cut anywhere */
        wu_slice range;
        size_t at = 0;
        char *copy = g_memdup2(body, n);
        while (wu_http_next_part(wu_slice_of(copy, n), wu_slice_text("B"), &at, &range))
            CHECK(at <= n);
        g_free(copy);
    }
    check_parts(BYTES("--B\r\nContent-Type: a\r\n\r\nx\r\n--B\r\nContent-Range: bytes 1-2/3\r\n\r\nxx"), "[bytes 1-2/3]");
    check_parts(BYTES("x--B\r\nContent-Range: bytes 1-2/3\r\n\r\nxx"), "");
    check_parts(BYTES("--B\r\nContent-Range: bytes 2-1/3\r\n\r\nxx"), "[bytes 2-1/3]");
    check_parts(BYTES("--B\r\nContent-Range: bytes 0-18446744073709551615/3\r\n\r\nxx"), "[bytes 0-18446744073709551615/3]");
    check_parts(BYTES("B"), "");
    size_t at = 0;
    wu_slice range;
    CHECK(!wu_http_next_part(BYTES(body), wu_slice_text(""), &at, &range));
}

const unit_case unit_http_cases[] = {
    { "http: reads several ranges", reads_several_ranges },
    { "http: reads the parts of several ranges", reads_parts },
    { "http: reads dates", reads_dates },
    { "http: reads requests", reads_requests },
    { "http: reads responses", reads_responses },
    { "http: refuses other start lines", refuses_other_start_lines },
    { "http: reads bare line feeds", reads_bare_line_feeds },
    { "http: skips leading blank lines", skips_leading_blank_lines },
    { "http: skips leading bare line feeds", skips_leading_bare_line_feeds },
    { "http: keeps headers", keeps_headers },
    { "http: keeps the first of each", keeps_the_first_of_each },
    { "http: ignores what is no header", ignores_what_is_no_header },
    { "http: reads incomplete heads", reads_incomplete_heads },
    { "http: header lines are limited", header_lines_are_limited },
    { "http: all header lines are read", all_header_lines_are_read },
    { "http: bytes of a head are limited", bytes_of_a_head_are_limited },
    { "http: keeps challenges", keeps_challenges },
    { "http: challenges are limited", challenges_are_limited },
    { "http: finds bodies of requests", finds_bodies_of_requests },
    { "http: finds bodies of responses", finds_bodies_of_responses },
    { "http: finds start lines", finds_start_lines },
    { "http: finds the next start line", finds_the_next_start_line },
    { "http: finds no other lines", finds_no_other_lines },
    { "http: finds responses behind a blank", finds_responses_behind_a_blank },
    { "http: finding is linear", finding_is_linear },
    { "http: walks chunks", walks_chunks },
    { "http: walks over extensions and trailers", walks_over_extensions_and_trailers },
    { "http: notices missing ends of chunks", notices_missing_ends },
    { "http: refuses other chunks", refuses_other_chunks },
    { "http: reads parameters", reads_parameters },
    { "http: finds no other parameters", finds_no_other_parameters },
    { "http: skips parameters without value", skips_parameters_without_value },
    { "http: reads ranges", reads_ranges },
    { "http: refuses other ranges", refuses_other_ranges },
    { NULL, NULL }
};
