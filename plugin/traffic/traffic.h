/* traffic.h
 * How Wireshark's traffic becomes messages: the one header of this room. It knows tvbs, data sources and layers, and
 * neither exchanges nor fields.
 *
 * Two hooks, so that every message is seen whole, in every mode and at almost no cost for other traffic. The media type
 * hook (media.c) is called with bodies as stock Wireshark decodes them. The frame hook (../frame.c) comes when the rest of
 * a frame is dissected; then heads are read from the data sources of the frame (http1.c), which exist with and without a
 * tree and in every pass, and bodies that stock Wireshark does not decode are decoded (body.c).
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TRAFFIC_H
#define WU_TRAFFIC_H

#include "compat.h"
#include "core/connection.h"
#include "core/http_head.h"
#include "core/message.h"
#include "core/tcp_segment.h"
#include "core/wusp.h"
#include "core/xpress.h"

#define TRAFFIC_MAX_MESSAGES   256               /* messages of one frame that are looked at */
#define TRAFFIC_MAX_UNFINISHED (16u << 20)       /* bytes that are kept of one message that goes on: two of a connection */
#define TRAFFIC_MAX_MEMORY     ((size_t)64 << 20) /* and of all of them at a time; the oldest are only counted then */
#define TRAFFIC_MAX_GOING      20000u            /* messages that go on at a time; more of them are not followed */

/* The form of a body. The numbers are those of the field wws.encoding. */
enum body_encoding { BODY_TEXT = 1, BODY_BINARY, BODY_MTOM };

/* A message that went on in later frames, put together here because stock Wireshark did not. File scope. */
typedef struct {
    bool request;
    bool complete;        /* all of it came */
    bool coded;           /* its body is compressed or binary: it can be read up to the first gap only */
    guint32 frame;        /* in which it began */
    const char *sender;   /* address */
    nstime_t time;        /* of that frame */
    guint8 *bytes;        /* head and body, gaps blank */
    guint length, blank;  /* blank: bytes of gaps in it */
    size_t head_length;   /* 0: the head is not complete */
    guint64 missing;      /* bytes of it that did not come, as far as its length is known */
} joined_message;

enum message_part {
    MESSAGE_WHOLE,
    MESSAGE_BEGUN, /* HTTP/2: its head, as long as its end is not there; the message follows. First pass only */
    MESSAGE_LOST,  /* HTTP/2: whether there is an answer on a stream cannot be known any more. First pass only */
    MESSAGE_CUT    /* HTTP/2: what there is of an answer whose stream was ended before its time, maybe nothing */
};

/* What ended a stream of HTTP/2 before its time. */
enum stream_cut {
    CUT_BY_RESET,      /* RST_STREAM */
    CUT_BY_GOAWAY,     /* the server says that it did not look at the request */
    CUT_BY_RST,        /* of TCP */
    CUT_BY_FIN,        /* of TCP; by the client: it did not wait for the answer */
    CUT_BY_SILENCE     /* the client closes the connection; the server had not answered for long */
};

/* A message of a frame: HTTP head and body as found. Packet scope. */
typedef struct {
    tvbuff_t *tvb;         /* holds the head; NULL when the message has none here (HTTP/2, multipart) */
    int offset;            /* of the head in tvb */
    size_t length;         /* of head and body as sent, as far as they are there */
    bool whole;            /* all of it is there */
    bool have_head;
    wu_http_head head;
    bool request;          /* by its head, or by its body where there is no head */
    bool secure;           /* over TLS */
    tvbuff_t *raw;         /* the body as sent, without transfer coding; NULL when there is none */
    tvbuff_t *body;        /* the body decoded, NULL when there is none or it cannot be decoded */
    uint64_t missing;      /* bytes of the body that the capture lacks */
    bool xpress;
    bool mislabelled;      /* the head says xpress, but the body is not compressed */
    GArray *blocks;        /* wu_xpress_block */
    const char *media;     /* media type in lower case, "" when unknown */
    bool stock_drew;       /* the stock dissector showed the body already */
    enum body_encoding encoding;
    wu_message *message;   /* what the body says; NULL when it is no SOAP envelope */
    wu_slice body_bytes;
    const joined_message *joined; /* what the message was taken from when stock Wireshark did not put it together, else NULL */
    guint32 began;         /* frame in which it began, where another was said to begin it; else 0 */
    enum message_part part;
    guint32 stream;        /* of HTTP/2, 0 for HTTP/1 */
    guint32 stream_error;  /* MESSAGE_CUT: code of RST_STREAM or GOAWAY */
    bool cut_by_client;    /* MESSAGE_CUT: it is the client that ended the stream */
    bool cut_sent_by_client; /* MESSAGE_CUT: the frame that tells is one of the client */
    enum stream_cut cut;   /* MESSAGE_CUT */
    bool too_long;         /* HTTP/2: the body is longer than what is kept */
    bool given_up;         /* HTTP/2: streams of the connection were given up before, because too many were open */
    const struct http2_kept *kept; /* for http2.c */
    unsigned index;        /* tells the messages of a frame apart, the same in every pass */
} http_message;

/* The messages of a frame, in their order. Packet scope. */
typedef struct {
    http_message *message[TRAFFIC_MAX_MESSAGES];
    unsigned n;
    unsigned reassembled; /* messages of reassembled sources at the front of the list */
    bool http1, http2;    /* layers of the frame, or such that may have looked at it */
    bool sure_http2;      /* it has a layer of HTTP/2 */
    bool secure;          /* the frame has a layer of TLS */
} message_list;

/* ---- collecting, in this order ---- */

/* False for most frames, at little cost: nothing of HTTP is in the frame, or wsus and wws are disabled. Else the list is
 * empty and begun. To be called once for each frame, before all that follows. */
bool traffic_begin(packet_info *pinfo, message_list *list);

/* Fills the list with the messages that the data sources of the frame hold heads of; without `known` (Windows Update was seen
 * on the connection), answers whose bodies cannot be of interest are left out. False when there are none, no body
 * without a head either, and no message that goes on: most frames are segments of a longer message. */
bool traffic_collect(packet_info *pinfo, message_list *list, bool known);

/* What kind of program asked for what this frame answers, where it is not Windows Update: WU_CLIENT_SOAP unless its User-Agent
 * speaks against Windows Web Services. */
enum wu_client traffic_asker(const packet_info *pinfo);

/* What the frame says of messages that began in earlier ones: they go on, stock Wireshark has put them together (began is
 * set), or they are at their end, because they are complete or because their rest is certainly lost: a later message of the
 * same direction came, the other side acknowledged all of them, or the connection ended. */
void traffic_follow(tvbuff_t *frame, packet_info *pinfo, message_list *list);

/* Whether a message may go on in later frames. */
bool traffic_unfinished(const http_message *message);

/* True when it does, and is left for later. `ours`: it is followed, so that it comes to an end in any case. The same in every
 * pass. The caller takes it off the list. */
bool traffic_put_off(tvbuff_t *frame, packet_info *pinfo, const http_message *message, bool ours);

void traffic_remove(message_list *list, unsigned at);

/* The body of a message that was taken off the list is not one by itself. */
void traffic_forget_body(const http_message *message);

/* Puts messages that came to their end in this frame, and that only this plugin has put together, in front of the list. */
void traffic_add_joined(tvbuff_t *frame, packet_info *pinfo, message_list *list);

/* Finds, decodes and reads the bodies; adds the messages that have a body but no head here. With `known`, codings that other
 * programs use too are decoded. all: everything is read, for drawing. told: what taps tell is read in
 * every pass. */
void traffic_read_bodies(packet_info *pinfo, message_list *list, bool known, bool all, bool told, bool whole_lists);

/* Where a part of the head stands in the tvb of the message; 0 where there is no head. */
int traffic_head_offset(const http_message *message, wu_slice part);

/* ---- bodies for people ---- */

/* The body of a message that was read: itself when it is text, or the text that stands for a binary one. Lives as long
 * as the body. */
tvbuff_t *traffic_text(const http_message *message);

/* Shows the stock XML tree of a body that the stock dissector was not called for: of a decompressed one, or of the text
 * that stands for a binary one, which becomes a data source. Does nothing when no tree is there to show it in. */
void traffic_show_xml(const http_message *message, packet_info *pinfo, proto_tree *tree);

/* A part of a message as text, allocated in scope; at most max - 1 bytes. */
const char *message_text(wmem_allocator_t *scope, const wu_message *message, const wu_part *part, size_t max);

/* Its first line for labels and columns, allocated in scope; at most max - 1 bytes and a mark for what was left out. */
const char *message_line(wmem_allocator_t *scope, const wu_message *message, const wu_part *part, size_t max);

/* The same as message_text() for a code, whose prefix ("soap:") is dropped. */
const char *message_code_text(wmem_allocator_t *scope, const wu_message *message, const wu_part *part);

/* One line on a fault: its ErrorCode; where there is none, code (innermost subcode) and reason: "Client: Fault occurred".
 * Allocated in scope. */
const char *message_fault_label(wmem_allocator_t *scope, const wu_message *message);

/* The TCP segment of a frame. False when the frame holds none that can be read, as in fragments or inside of tunnels that
 * were put together. */
bool traffic_segment(tvbuff_t *frame, const packet_info *pinfo, wu_tcp_segment *segment);

/* ---- connections ---- */

/* Shows the watch over connections the segment of TCP, or the message of DNS, that a frame holds. To be called before everything else.
 * Returns true when it is clear by then that nothing of a message of HTTP is in the frame, and no outcome is told in it. */
bool traffic_watch(tvbuff_t *frame, const packet_info *pinfo);

/* A message of Windows Update was seen on the connection of this frame: its server is one. host: as the request names it,
 * or NULL. http1: the message is one of HTTP/1. First pass only, and before the outcomes of the frame are asked for. */
void traffic_exchange_seen(packet_info *pinfo, const char *host, bool request, bool http1);

/* The outcomes of connections that are shown in this frame: the first time those that became known in it, afterwards those
 * that belong to it. They live as long as the capture file; the array until the next call. Returns how many there are. */
unsigned traffic_outcomes(packet_info *pinfo, const wu_connection_outcome *const **outcomes);

/* The outcomes that the end of the capture tells, when no frame comes any more that could: of a program that reads it once, and
 * asks when it has. The same each time. They live as long as the capture file; the array until the next call. Returns how many
 * there are. */
unsigned traffic_outcomes_at_end(const wu_connection_outcome *const **outcomes);

/* Whether an outcome is of a connection in the part of the capture that is read (preference wsus.part). */
bool traffic_in_part(const wu_connection_outcome *outcome);

/* ---- the room ---- */

/* Registers a helper protocol for a dissector of the plugin that shall not be among the layers of a frame, nor among the
 * Enabled Protocols. -1 when that cannot be done. To be called when protocols are registered. */
int traffic_register_hook(const char *name, const char *filter);

/* True while a protocol of ours is enabled. */
bool traffic_wsus_enabled(void);
bool traffic_wws_enabled(void);

/* Adds the preferences of this room to those of wsus. */
void traffic_preferences(module_t *module);

/* Takes over the media types of SOAP. To be called in the hand-off. */
void traffic_handoff(void);

#endif
