/* http2.h
 * What the files of HTTP/2 share: connections with their streams (http2_streams.c) and the bytes of a frame (http2.c).
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TRAFFIC_HTTP2_H
#define WU_TRAFFIC_HTTP2_H

#include "parts.h"

#include "core/http2_frames.h"

#define HTTP2_MAX_SOURCES 256u                /* data sources of a frame that are looked at */
#define HTTP2_MAX_STREAMS 1000u               /* open at a time on one connection; older ones are given up */
#define HTTP2_MAX_BODY    (64u * 1024 * 1024)  /* bytes of a body that are kept */
#define HTTP2_MAX_BODIES  (128u * 1024 * 1024) /* bytes of the unfinished bodies of a connection */
#define HTTP2_MAX_BLOCK   (256u * 1024)        /* bytes of a decompressed header block that several frames share */

/* What a frame yielded of a message. File scope. */
typedef struct http2_kept {
    struct http2_kept *next;
    guint32 stream;
    enum message_part part;
    bool request, whole;
    guint8 *head;      /* decompressed header block, may be NULL */
    guint head_length;
    guint8 *body;      /* as sent, NULL when it was not kept */
    guint body_length;
    guint64 length;    /* of the body, kept or not */
    bool too_long;     /* the body is longer than what is kept */
    bool given_up;     /* streams of this connection were given up before */
    guint32 error;     /* MESSAGE_CUT: of RST_STREAM or GOAWAY */
    bool by_client;    /* it is the client that ended the stream */
    bool sent_by_client; /* MESSAGE_CUT: the frame that tells is one of the client */
    enum stream_cut cut;
} http2_kept;

/* One direction of a connection. */
typedef struct {
    wu_http2_reader reader;
    guint8 *block;       /* what is decompressed so far of a header block that goes on in other frames */
    guint block_length;
    bool have_seq;
    guint32 seq;         /* of the next byte that the reader gets; in clear only */
    guint32 since;       /* frame from which on it is HTTP/2, 0: not known */
} http2_direction;

/* A connection. File scope. */
typedef struct {
    http2_direction direction[2];
    guint16 port;        /* that direction 0 comes from; 0: both ends have the same */
    int client;          /* the direction of requests, -1: not known */
    bool ours;           /* Windows Update was seen on it */
    bool secure;         /* it is over TLS */
    bool given_up;       /* streams, because there were too many */
    bool client_left;    /* it closed its direction */
    wmem_map_t *streams;
    void *recent;        /* the stream recent_id, that was asked for last; NULL: there is none of that id */
    guint32 recent_id;
    wmem_list_t *order;  /* of the streams, oldest first */
    guint bodies;        /* bytes of unfinished bodies */
} http2_connection;

/* What is new of one direction in a frame. */
typedef struct {
    wu_slice inputs[HTTP2_MAX_SOURCES]; /* its bytes, in order */
    unsigned n_inputs;
    tvbuff_t *parts[HTTP2_MAX_SOURCES]; /* decompressed header blocks or parts of them, in order: made of pieces by Wireshark, so that
                                           to read one is not cheap */
    unsigned n_parts;
    bool by_form;                       /* they are thought to be such: to be looked at before they are used */
    struct {
        unsigned parts, whole; /* frames with parts of header blocks in the inputs, and header blocks that end */
        unsigned wanted;       /* of the parts: those that somebody needs */
    } blocks;
    bool fin, rst;                      /* TCP ends this direction, or the connection, behind them */
} http2_news;

http2_connection *http2_new_connection(void);

/* Counts the header blocks in what is new of a direction. */
void http2_count_parts(http2_connection *c, unsigned side, http2_news *news);

/* Reads what is new of a direction at a time. Returns what it yields, in order, or NULL. */
http2_kept *http2_read_news(http2_connection *c, unsigned side, const nstime_t *now, const http2_news *news);

/* Whether a stream of Windows Update is open on a connection. */
bool http2_waits(const http2_connection *c);

#endif
