/* http_stream.h
 * One direction of an HTTP/1 connection, as its bytes come: where heads are, and where messages end. Keeps nothing but a head
 * that is not complete yet.
 *
 * Source: RFC 9112.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_HTTP_STREAM_H
#define WU_CORE_HTTP_STREAM_H

#include <glib.h>

#include "http_head.h"

enum wu_stream_event {
    WU_STREAM_MORE,  /* all bytes were used: nothing more to tell */
    WU_STREAM_HEAD,  /* a head is complete */
    WU_STREAM_BODY,  /* bytes of a body, as sent: wu_http_stream.part */
    WU_STREAM_END,   /* the message is complete */
    WU_STREAM_ALIEN  /* what stands where a start line should is none; nothing of this direction is read any more */
};

typedef struct {
    bool response;
    uint8_t state;
    bool begun;          /* bytes of a message came whose end did not */
    GByteArray *head_bytes; /* of a head that is not complete; NULL: none */
    GByteArray *line;    /* of a chunk size that is not complete; NULL: none */
    uint64_t left;       /* bytes of the body or chunk that are missing */
    wu_slice part;
    wu_http_head head;   /* of the last WU_STREAM_HEAD; its slices are valid until the next call */
} wu_http_stream;

void wu_http_stream_start(wu_http_stream *stream, bool response);
void wu_http_stream_finish(wu_http_stream *stream);

/* Takes bytes off the beginning of *bytes up to the next event. To be called again until WU_STREAM_MORE. */
enum wu_stream_event wu_http_stream_next(wu_http_stream *stream, wu_slice *bytes);

/* To be called after a head: the message has no body, whatever the head says (the answer to HEAD). */
void wu_http_stream_no_body(wu_http_stream *stream);

/* n bytes are missing in the capture. True when they were of a body whose end is known all the same; otherwise nothing is told
 * of this direction until a segment begins with a start line. *end: the message is complete with them. */
bool wu_http_stream_gap(wu_http_stream *stream, uint64_t n, bool *end);

/* The connection ends in this direction: true when that completes the message that is being read. */
bool wu_http_stream_close(wu_http_stream *stream);

/* Nothing can be told of the message that is being read, because bytes are missing. */
bool wu_http_stream_lost(const wu_http_stream *stream);

#endif
