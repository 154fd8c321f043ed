/* http_head.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http_head.h"

#include <stdio.h>

#include "text.h"

/* The headers that are kept, each with its first letter. */
#define HEADERS                                                       \
    HEADER(WU_HEADER_HOST, 'h', "Host")                               \
    HEADER(WU_HEADER_USER_AGENT, 'u', "User-Agent")                   \
    HEADER(WU_HEADER_SOAPACTION, 's', "SOAPAction")                   \
    HEADER(WU_HEADER_CONTENT_TYPE, 'c', "Content-Type")               \
    HEADER(WU_HEADER_CONTENT_ENCODING, 'c', "Content-Encoding")       \
    HEADER(WU_HEADER_TRANSFER_ENCODING, 't', "Transfer-Encoding")     \
    HEADER(WU_HEADER_CONTENT_LENGTH, 'c', "Content-Length")           \
    HEADER(WU_HEADER_CONTENT_RANGE, 'c', "Content-Range")             \
    HEADER(WU_HEADER_RANGE, 'r', "Range")                             \
    HEADER(WU_HEADER_ACCEPT_ENCODING, 'a', "Accept-Encoding")         \
    HEADER(WU_HEADER_MS_CV, 'm', "MS-CV")                             \
    HEADER(WU_HEADER_VIA, 'v', "Via")                                 \
    HEADER(WU_HEADER_AUTHORIZATION, 'a', "Authorization")             \
    HEADER(WU_HEADER_PROXY_AUTHORIZATION, 'p', "Proxy-Authorization") \
    HEADER(WU_HEADER_SERVER, 's', "Server")                           \
    HEADER(WU_HEADER_DATE, 'd', "Date")                               \
    HEADER(WU_HEADER_UPGRADE, 'u', "Upgrade")                         \
    HEADER(WU_HEADER_LOCATION, 'l', "Location")                       \
    HEADER(WU_HEADER_BITS_ERROR_CODE, 'b', "BITS-Error-Code")         \
    HEADER(WU_HEADER_ETAG, 'e', "ETag")

/* What tells the names of headers apart: every header of every HTTP message is looked up. */
#define KEY(first, length) ((unsigned)(first) << 8 | (unsigned)(length))

/* Methods that a start line is looked for with; a head may have any other. */
static const char *const methods[] = { "GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT", "DELETE" };

/* A line without its end; *next is where the following one begins. False when the line has no end. */
static bool
read_line(wu_slice bytes, size_t from, wu_slice *line, size_t *next)
{
    size_t end = wu_slice_find_byte(bytes, from, '\n');

    if (end == bytes.n)
        return false;
    *next = end + 1;
    if (end > from && bytes.p[end - 1] == '\r')
        end--;
    *line = wu_slice_of(bytes.p + from, end - from);
    return true;
}

static bool
is_version(wu_slice s)
{
    return s.n >= 8 && !memcmp(s.p, "HTTP/1.", 7) && wu_is_digit(s.p[7]);
}

static bool
read_start_line(wu_slice line, wu_http_head *head)
{
    head->start_line = line;
    if (is_version(line)) {
        if (line.n < 12 || line.p[8] != ' ' || !wu_is_digit(line.p[9]) || !wu_is_digit(line.p[10]) ||
            !wu_is_digit(line.p[11]) || (line.n > 12 && line.p[12] != ' '))
            return false;
        head->status = (unsigned)((line.p[9] - '0') * 100 + (line.p[10] - '0') * 10 + (line.p[11] - '0'));
        head->status_text = wu_slice_of(line.p + 9, 3);
        head->phrase = wu_slice_trim(wu_slice_from(line, 12));
        return head->status >= 100;
    }
    size_t first = wu_slice_find_byte(line, 0, ' ');
    if (!first || first > 32 || line.n < first + 10 || line.p[line.n - 9] != ' ' ||
        !is_version(wu_slice_from(line, line.n - 8)))
        return false;
    for (size_t i = 0; i < first; i++)
        if (!((line.p[i] >= 'A' && line.p[i] <= 'Z') || line.p[i] == '_' || line.p[i] == '-'))
            return false;
    head->request = true;
    head->method = wu_slice_of(line.p, first);
    if (line.n - 9 <= first)
        return false;
    head->target = wu_slice_trim(wu_slice_of(line.p + first + 1, line.n - 9 - first - 1));
    return head->target.n > 0;
}

/* The header that may have that name, with the name in *text; WU_HEADER_MAX: none. */
static unsigned
header_of(wu_slice name, const char **text)
{
    switch (name.n < 256 ? KEY(wu_lower(name.p[0]), name.n) : 0) {
#define HEADER(number, first, name_text)    \
    case KEY(first, sizeof(name_text) - 1): \
        *text = name_text;                  \
        return number;
        HEADERS
#undef HEADER
    default:
        return WU_HEADER_MAX;
    }
}

/* The server, or the proxy, wants the client to log on. */
static bool
is_challenge(const wu_http_head *head, wu_slice name)
{
    return head->status == 407 ? wu_slice_is_nocase(name, "Proxy-Authenticate") : wu_slice_is_nocase(name, "WWW-Authenticate");
}

void
wu_http_keep_header(wu_http_head *head, wu_slice name, wu_slice value)
{
    const char *text = NULL;

    if (!name.n)
        return;
    unsigned i = header_of(name, &text);
    if (i < WU_HEADER_MAX) {
        if (!head->header[i].p && wu_nocase_equal(name.p, (const uint8_t *)text, name.n))
            head->header[i] = value;
    } else if (is_challenge(head, name) && head->challenges < WU_HTTP_MAX_CHALLENGES) {
        head->challenge[head->challenges++] = value;
    }
}

/* RFC 9112 section 6.3. */
static void
find_body(wu_http_head *head)
{
    int64_t length;

    head->body = head->request ? WU_BODY_NONE : WU_BODY_CLOSE;
    if (!head->request && (head->status < 200 || head->status == 204 || head->status == 304)) {
        head->body = WU_BODY_NONE;
        return;
    }
    if (wu_slice_ends_nocase(head->header[WU_HEADER_TRANSFER_ENCODING], "chunked")) {
        head->body = WU_BODY_CHUNKED;
    } else if (wu_slice_int64(head->header[WU_HEADER_CONTENT_LENGTH], &length) && length >= 0) {
        head->body = length ? WU_BODY_LENGTH : WU_BODY_NONE;
        head->body_length = (uint64_t)length;
    }
}

bool
wu_http_read_head(wu_slice bytes, wu_http_head *head)
{
    size_t at = 0, limit = bytes.n < WU_HTTP_MAX_HEAD ? bytes.n : WU_HTTP_MAX_HEAD;
    wu_slice line;
    bool ended = false;

    *head = (wu_http_head){ .request = false };
    bytes.n = limit;
    while (at < bytes.n && (bytes.p[at] == '\n' || (bytes.p[at] == '\r' && at + 1 < bytes.n && bytes.p[at + 1] == '\n')))
        at += bytes.p[at] == '\r' ? 2 : 1;
    if (!read_line(bytes, at, &line, &at))
        return false;
    if (!read_start_line(line, head))
        return false;
    for (unsigned n = 0; !ended && read_line(bytes, at, &line, &at); n++) {
        ended = !line.n;
        if (ended || n == WU_HTTP_MAX_HEADERS)
            break;
        size_t colon = wu_slice_find_byte(line, 0, ':');
        if (colon < line.n)
            wu_http_keep_header(head, wu_slice_trim(wu_slice_of(line.p, colon)),
                                wu_slice_trim(wu_slice_from(line, colon + 1)));
    }
    head->length = ended ? at : 0;
    find_body(head);
    return true;
}

/* Where the method of a request line begins whose " HTTP/1.x" is at `version`: the longest known method in front of
 * the blank that ends it. bytes.n when there is none. */
static size_t
find_method(wu_slice bytes, size_t from, size_t version)
{
    size_t i = version;

    while (i > from && bytes.p[i - 1] > ' ' && bytes.p[i - 1] < 0x7f)
        i--;
    if (i == version || i <= from || bytes.p[i - 1] != ' ')
        return bytes.n;
    wu_slice before = wu_slice_of(bytes.p + from, i - 1 - from);
    for (unsigned k = 0; k < sizeof methods / sizeof *methods; k++) {
        size_t n = strlen(methods[k]);
        if (before.n >= n && !memcmp(before.p + before.n - n, methods[k], n))
            return from + before.n - n;
    }
    return bytes.n;
}

size_t
wu_http_find(wu_slice bytes, size_t from)
{
    size_t low = from;

    for (;;) {
        size_t at = wu_slice_find(bytes, from, "HTTP/1.");
        if (at + 8 > bytes.n)
            return bytes.n;
        if (at > low && bytes.p[at - 1] == ' ') {
            size_t method = find_method(bytes, low, at - 1);
            if (method < bytes.n)
                return method;
        }
        /* the blank may as well be the last byte of a header below, in front of a status line */
        if (at + 12 <= bytes.n && bytes.p[at + 8] == ' ' && wu_is_digit(bytes.p[at + 9]))
            return at;
        from = at + 7;
    }
}

size_t
wu_http_chunks(wu_slice bytes, uint8_t *out, size_t *data)
{
    size_t at = 0;
    wu_slice line;

    *data = 0;
    while (read_line(bytes, at, &line, &at)) {
        uint64_t size = 0;
        size_t digits = 0;

        while (digits < line.n && digits < 9 && wu_hex_digit(line.p[digits]) >= 0)
            size = size << 4 | (uint64_t)wu_hex_digit(line.p[digits++]);
        if (!digits || digits > 8)
            return 0;
        if (!size) { /* trailer fields up to a blank line */
            while (read_line(bytes, at, &line, &at))
                if (!line.n)
                    return at;
            return 0;
        }
        size_t there = bytes.n - at < size ? bytes.n - at : (size_t)size;
        if (out)
            memcpy(out + *data, bytes.p + at, there);
        *data += there;
        at += there;
        if (there < size || !read_line(bytes, at, &line, &at))
            return 0;
    }
    return 0;
}

wu_slice
wu_http_parameter(wu_slice value, const char *name)
{
    size_t at = wu_slice_find_byte(value, 0, ';');

    while (at < value.n) {
        size_t equals, end;
        at++;
        end = wu_slice_find_byte(value, at, ';');
        equals = wu_slice_find_byte(value, at, '=');
        if (equals > end || equals == value.n) { /* a parameter without a value */
            at = end;
            continue;
        }
        wu_slice key = wu_slice_trim(wu_slice_of(value.p + at, equals - at)), text;
        if (equals + 1 < value.n && value.p[equals + 1] == '"') {
            end = wu_slice_find_byte(value, equals + 2, '"');
            text = wu_slice_of(value.p + equals + 2, end - equals - 2);
            end = wu_slice_find_byte(value, end, ';');
        } else {
            end = wu_slice_find_byte(value, equals, ';');
            text = wu_slice_trim(wu_slice_of(value.p + equals + 1, end - equals - 1));
        }
        if (wu_slice_is_nocase(key, name))
            return text;
        at = end;
    }
    return wu_slice_of(value.p, 0);
}

wu_slice
wu_http_scheme(wu_slice challenge)
{
    return wu_slice_of(challenge.p, wu_slice_find_byte(challenge, 0, ' '));
}

static bool
read_decimal(wu_slice s, size_t *at, uint64_t *value)
{
    size_t start = *at;

    for (*value = 0; *at < s.n && wu_is_digit(s.p[*at]); (*at)++) {
        if (*at - start >= 19)
            return false;
        *value = *value * 10 + (uint64_t)(s.p[*at] - '0');
    }
    return *at > start;
}

bool
wu_http_date(wu_slice value, int64_t *seconds)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[32];
    int32_t nanoseconds;

    if (value.n != 29 || memcmp(value.p + 3, ", ", 2) || memcmp(value.p + 25, " GMT", 4))
        return false;
    for (int month = 0; month < 12; month++)
        if (!memcmp(months + 3 * month, value.p + 8, 3)) {
            snprintf(iso, sizeof iso, "%.4s-%02d-%.2sT%.8sZ", (const char *)value.p + 12, month + 1,
                     (const char *)value.p + 5, (const char *)value.p + 17);
            return wu_text_time(wu_slice_text(iso), seconds, &nanoseconds);
        }
    return false;
}

bool
wu_http_range(wu_slice value, uint64_t *first, uint64_t *last, uint64_t *total)
{
    size_t at = 5;

    *last = *total = UINT64_MAX;
    if (!wu_slice_begins_nocase(value, "bytes") || value.n < 7 || (value.p[at] != '=' && value.p[at] != ' '))
        return false;
    at++;
    if (!read_decimal(value, &at, first) || at >= value.n || value.p[at] != '-')
        return false;
    at++;
    if (at < value.n && wu_is_digit(value.p[at]) && !read_decimal(value, &at, last))
        return false;
    if (at < value.n && value.p[at] == '/') {
        at++;
        if (at < value.n && value.p[at] == '*')
            return at + 1 == value.n;
        if (!read_decimal(value, &at, total))
            return false;
    }
    return at == value.n; /* several ranges are another form */
}

bool
wu_http_next_range(wu_slice value, size_t *at, uint64_t *first, uint64_t *last)
{
    size_t i = *at;

    if (!i) {
        if (!wu_slice_begins_nocase(value, "bytes="))
            return false;
        i = strlen("bytes=");
    }
    while (i < value.n && (value.p[i] == ',' || value.p[i] == ' '))
        i++;
    *last = UINT64_MAX;
    if (!read_decimal(value, &i, first) || i >= value.n || value.p[i] != '-')
        return false;
    i++;
    if (i < value.n && wu_is_digit(value.p[i]) && !read_decimal(value, &i, last))
        return false;
    *at = i;
    return i == value.n || value.p[i] == ',' || value.p[i] == ' ';
}

/* Whether "--boundary" stands at `at`, at the start of a line. */
static bool
is_boundary(wu_slice body, size_t at, wu_slice boundary)
{
    return at + 2 + boundary.n <= body.n && body.p[at] == '-' && body.p[at + 1] == '-' &&
           !memcmp(body.p + at + 2, boundary.p, boundary.n) && (!at || body.p[at - 1] == '\n');
}

/* The head of a part; *at moves behind it. */
static bool
read_part_head(wu_slice body, size_t *at, wu_slice *content_range)
{
    static const char name[] = "Content-Range:";
    wu_slice line;

    *content_range = (wu_slice){ NULL, 0 };
    while (read_line(body, *at, &line, at)) {
        if (!line.n)
            return content_range->n > 0;
        if (wu_slice_begins_nocase(line, name))
            *content_range = wu_slice_trim(wu_slice_from(line, strlen(name)));
    }
    *at = body.n;
    return content_range->n > 0;
}

bool
wu_http_next_part(wu_slice body, wu_slice boundary, size_t *at, wu_slice *content_range)
{
    uint64_t first, last, total;

    if (!boundary.n)
        return false;
    for (size_t i = *at; i < body.n; i++) {
        i = wu_slice_find_bytes(body, i, boundary);
        if (i >= body.n)
            break;
        if (i < 2 || !is_boundary(body, i - 2, boundary))
            continue;
        wu_slice rest;
        if (!read_line(body, i, &rest, &i))
            break;
        if (!read_part_head(body, &i, content_range)) {
            i--; /* it went on behind the head */
            continue;
        }
        bool known = wu_http_range(*content_range, &first, &last, &total) && last != UINT64_MAX && last >= first;
        *at = known && last - first < body.n - i ? i + (size_t)(last - first) + 1 : known ? body.n : i;
        return true;
    }
    *at = body.n;
    return false;
}
