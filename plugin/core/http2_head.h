/* http2_head.h
 * The headers of an HTTP/2 message from a decompressed header block, as what the head of an HTTP/1 message says.
 *
 * The block is in the form that Wireshark decompresses it to: for each header the length of its name (4 bytes, big endian),
 * the name, the length of its value, the value. Where the capture began in the middle of a connection, a header may have
 * been sent as a reference to one that nobody saw: Wireshark gives it the name "<unknown>".
 *
 * Source: RFC 9113 section 8.3 (pseudo headers); the form of the block was seen in Wireshark 4.0, 4.4 and 4.6.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_HTTP2_HEAD_H
#define WU_CORE_HTTP2_HEAD_H

#include "http_head.h"

enum wu_http2_block_kind {
    WU_HTTP2_NO_BLOCK,  /* a length lies, or nothing is there: nothing of it is used */
    WU_HTTP2_REQUEST,
    WU_HTTP2_RESPONSE,
    WU_HTTP2_TRAILERS,
    WU_HTTP2_UNCERTAIN  /* whether it is a request, a response or trailers is among the headers that nobody saw */
};

typedef struct {
    enum wu_http2_block_kind kind;
    wu_http_head head;  /* Host is :authority, the target :path; start_line is the value of :path or :status. Its body
                           is WU_BODY_LENGTH or WU_BODY_CLOSE where a body is possible: the frames tell its end */
    wu_slice scheme;    /* "https" */
    unsigned unknown;   /* headers that nobody saw */
} wu_http2_head;

/* Whether bytes have the form of a block: names and values, and nothing else. */
bool wu_http2_is_block(wu_slice bytes);

/* Reads a block; at most WU_HTTP_MAX_HEAD bytes and WU_HTTP_MAX_HEADERS headers of it. */
void wu_http2_read_head(wu_slice block, wu_http2_head *head);

#endif
