/* http2_frames.h
 * The frames of one direction of an HTTP/2 connection, read from its bytes as they come: in pieces of any size, each byte
 * once. Of DATA the body is handed out where it lies; header blocks are compressed and only their ends are told.
 *
 * Source: RFC 9113 (frames, sections 4 and 6; preface, section 3.4). Keeps nothing but its own fixed state, whatever lengths
 * the frames claim. What cannot be HTTP/2 is not read on: a wrong stream or length for its type, padding that is longer than
 * its frame, a header block that another frame breaks off.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_HTTP2_FRAMES_H
#define WU_CORE_HTTP2_FRAMES_H

#include "slice.h"

#define WU_HTTP2_PREFACE_LENGTH 24u
#define WU_HTTP2_HEADER_LENGTH  9u
#define WU_HTTP2_MAX_PREFIX     9u /* bytes in front of a payload that are looked at */

enum wu_http2_type {
    WU_HTTP2_DATA = 0,
    WU_HTTP2_HEADERS = 1,
    WU_HTTP2_PRIORITY = 2,
    WU_HTTP2_RST_STREAM = 3,
    WU_HTTP2_SETTINGS = 4,
    WU_HTTP2_PUSH_PROMISE = 5,
    WU_HTTP2_PING = 6,
    WU_HTTP2_GOAWAY = 7,
    WU_HTTP2_WINDOW_UPDATE = 8,
    WU_HTTP2_CONTINUATION = 9
};

#define WU_HTTP2_END_STREAM  0x01u /* DATA, HEADERS */
#define WU_HTTP2_ACK         0x01u /* SETTINGS, PING */
#define WU_HTTP2_END_HEADERS 0x04u
#define WU_HTTP2_PADDED      0x08u

typedef struct {
    uint32_t length; /* of the payload, 24 bits */
    uint8_t type, flags;
    uint32_t stream;
} wu_http2_frame;

enum wu_http2_event_kind {
    WU_HTTP2_GREETING, /* the preface of a client is complete */
    WU_HTTP2_BODY,     /* bytes of a DATA frame, without padding */
    WU_HTTP2_FRAME     /* a frame is complete */
};

/* What wu_http2_read() found. */
typedef struct {
    enum wu_http2_event_kind kind;
    wu_http2_frame frame;
    wu_slice body;        /* WU_HTTP2_BODY: lies in the bytes that were given */
    bool have_block;      /* the frame ends a header block, and `block` is the frame that began it */
    wu_http2_frame block;
    uint32_t promised;    /* stream that a PUSH_PROMISE opens, told where its block ends */
    uint32_t last_stream; /* GOAWAY: requests on later streams were not looked at */
    uint32_t error;       /* RST_STREAM, GOAWAY */
} wu_http2_event;

/* The state of one direction; all zero at its beginning. */
typedef struct {
    uint8_t gathered[WU_HTTP2_PREFACE_LENGTH]; /* preface, or frame header and prefix of the payload */
    unsigned n;           /* bytes in it */
    bool begun;           /* past the place where a preface may be */
    bool past_first;      /* past the header of the first frame */
    bool from_start;      /* the first bytes were those that a direction begins with: nothing in front of them is missing */
    bool broken;          /* this is no HTTP/2, or bytes of it were lost */
    uint32_t done;        /* bytes of the payload that were read */
    wu_http2_frame frame; /* valid when n >= WU_HTTP2_HEADER_LENGTH */
    bool in_block;
    wu_http2_frame block;
    uint32_t promised;
} wu_http2_reader;

/* Reads on in `bytes` from *at, which moves behind what was read. False when all bytes are read and no event is left, or
 * when the reader is broken. */
bool wu_http2_read(wu_http2_reader *reader, wu_slice bytes, size_t *at, wu_http2_event *event);

/* The same without events for bodies. Where it returns true and all bytes are read, no event is left. */
bool wu_http2_read_frame(wu_http2_reader *reader, wu_slice bytes, size_t *at, wu_http2_event *event);

/* True when there is no event without more bytes, where all are read. */
static inline bool
wu_http2_is_done(const wu_http2_reader *reader)
{
    return reader->begun && (!reader->n || (reader->n >= WU_HTTP2_HEADER_LENGTH && reader->done < reader->frame.length));
}

/* True between frames: the next byte begins one. */
static inline bool
wu_http2_at_boundary(const wu_http2_reader *reader)
{
    return !reader->n;
}

/* Bytes of the frame that is being read which were given so far, its header included. */
static inline size_t
wu_http2_frame_read(const wu_http2_reader *reader)
{
    return reader->n < WU_HTTP2_HEADER_LENGTH ? reader->n : WU_HTTP2_HEADER_LENGTH + (size_t)reader->done;
}

/* True when the bytes begin with SETTINGS, as each side of HTTP/2 does (RFC 9113 section 3.4): a whole number of settings, no
 * flags, stream 0. False for fewer bytes than the header of a frame. */
bool wu_http2_begins(wu_slice bytes);

/* The name of an error code ("REFUSED_STREAM"), or "" for one that RFC 9113 does not name. */
const char *wu_http2_error_name(uint32_t error);

#endif
