/* http_head.h
 * The head of an HTTP/1 message, read from its bytes: start line, the headers that matter here, and where the body is.
 *
 * Source: RFC 9112. Tolerant like the clients and servers it meets: bare line feeds, blank lines before the start line,
 * obsolete line folding is not joined.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_HTTP_HEAD_H
#define WU_CORE_HTTP_HEAD_H

#include "slice.h"

#define WU_HTTP_MAX_HEAD    (64u * 1024u) /* bytes of a head that are read */
#define WU_HTTP_MAX_HEADERS 200u          /* header lines that are read */
#define WU_HTTP_MAX_CHALLENGES 8u

/* Headers that are kept. */
enum wu_header {
    WU_HEADER_HOST,
    WU_HEADER_USER_AGENT,
    WU_HEADER_SOAPACTION,
    WU_HEADER_CONTENT_TYPE,
    WU_HEADER_CONTENT_ENCODING,
    WU_HEADER_TRANSFER_ENCODING,
    WU_HEADER_CONTENT_LENGTH,
    WU_HEADER_CONTENT_RANGE,
    WU_HEADER_RANGE,
    WU_HEADER_ACCEPT_ENCODING,
    WU_HEADER_MS_CV,
    WU_HEADER_VIA,
    WU_HEADER_AUTHORIZATION,
    WU_HEADER_PROXY_AUTHORIZATION,
    WU_HEADER_SERVER,
    WU_HEADER_DATE,
    WU_HEADER_UPGRADE,
    WU_HEADER_LOCATION,
    WU_HEADER_BITS_ERROR_CODE,
    WU_HEADER_ETAG,
    WU_HEADER_MAX
};

enum wu_body_end {
    WU_BODY_NONE,    /* there is no body */
    WU_BODY_LENGTH,  /* Content-Length says how long it is */
    WU_BODY_CHUNKED, /* its last chunk ends it */
    WU_BODY_CLOSE    /* the end of the connection ends it */
};

typedef struct {
    bool request;
    wu_slice method, target; /* request */
    unsigned status;         /* response */
    wu_slice status_text;    /* its three digits */
    wu_slice phrase;
    wu_slice start_line;
    wu_slice header[WU_HEADER_MAX]; /* the first of each name, trimmed; p is NULL where there is none */
    wu_slice challenge[WU_HTTP_MAX_CHALLENGES]; /* values of WWW-Authenticate, or of Proxy-Authenticate for a 407 */
    unsigned challenges;
    size_t length;           /* of the head with its blank line; 0: the head is not complete */
    enum wu_body_end body;
    uint64_t body_length;    /* for WU_BODY_LENGTH */
} wu_http_head;

/* Reads the head at the beginning of `bytes`. False when that is no start line of HTTP/1. A head that ends too early is
 * read as far as it goes; head->length is 0 then. */
bool wu_http_read_head(wu_slice bytes, wu_http_head *head);

/* Keeps a header (name in either case, value without blanks around it) if it is one of those above and the first of its
 * name; a challenge by the status that the head has so far. */
void wu_http_keep_header(wu_http_head *head, wu_slice name, wu_slice value);

/* The offset of the next place at or after `from` where an HTTP/1 start line begins, or bytes.n. A start line is found
 * behind anything that is not a letter of its method, so that it is also found behind lower protocol headers. */
size_t wu_http_find(wu_slice bytes, size_t from);

/* Walks over a chunked body that begins at bytes. Returns the number of bytes up to its end, last chunk and trailer
 * included, or 0 when the end is not there. Appends the data of the chunks to `out` when it is not NULL; out has room for
 * bytes.n bytes. *data is the number of data bytes either way. */
size_t wu_http_chunks(wu_slice bytes, uint8_t *out, size_t *data);

/* The value of a parameter of a header value, as in `text/xml; charset=utf-8; action="x"`, without quotes; empty when
 * there is none. */
wu_slice wu_http_parameter(wu_slice value, const char *name);

/* The scheme of a challenge (its first word). */
wu_slice wu_http_scheme(wu_slice challenge);

/* "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since 1970; false when it is of another form (RFC 9110 section 5.6.7; the
 * two older forms are not read). */
bool wu_http_date(wu_slice value, int64_t *seconds);

/* first-last/total of Content-Range or first-last of Range ("bytes=..."): false when it is of another form. An open end
 * is last = UINT64_MAX; an unknown total is UINT64_MAX. */
bool wu_http_range(wu_slice value, uint64_t *first, uint64_t *last, uint64_t *total);

/* The ranges of "bytes=0-99,200-299", one at a time: *at begins as 0. An open end is last = UINT64_MAX. False at the end, and
 * where the value is of another form. */
bool wu_http_next_range(wu_slice value, size_t *at, uint64_t *first, uint64_t *last);

/* The Content-Range of the next part of a multipart/byteranges body, which may be cut anywhere: *at begins as 0. The bytes of a
 * part are passed over by their number. False where there are no more. */
bool wu_http_next_part(wu_slice body, wu_slice boundary, size_t *at, wu_slice *content_range);

#endif
