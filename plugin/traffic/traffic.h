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
#include "core/http_head.h"
#include "core/message.h"
#include "core/xpress.h"

#define TRAFFIC_MAX_MESSAGES 64 /* messages of one frame that are looked at */

/* The form of a body. The numbers are those of the field wws.encoding. */
enum body_encoding { BODY_TEXT = 1, BODY_BINARY, BODY_MTOM };

/* A message that began in one frame and was to go on in later ones, but whose rest the capture lacks. File scope. */
typedef struct {
    bool request;
    guint32 frame;        /* in which it began */
    const char *sender;   /* address */
    nstime_t time;
    guint8 *bytes;        /* what that frame holds of it */
    guint length;
    bool have_end;
    guint32 end;          /* sequence number behind the whole message */
} begun_message;

enum message_part {
    MESSAGE_WHOLE,
    MESSAGE_BEGUN, /* HTTP/2: its head, as long as its end is not there; the message follows. First pass only */
    MESSAGE_CUT    /* HTTP/2: what there is of an answer whose stream was ended before its time, maybe nothing */
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
    const begun_message *begun; /* what the message was taken from when its rest is lost, else NULL */
    enum message_part part;
    guint32 stream;        /* of HTTP/2, 0 for HTTP/1 */
    guint32 stream_error;  /* MESSAGE_CUT: code of RST_STREAM or GOAWAY */
    bool cut_by_client;    /* MESSAGE_CUT: it is the client that ended the stream */
    bool cut_refused;      /* MESSAGE_CUT: by GOAWAY; the server says that it did not look at the request */
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
    bool http1, http2;    /* layers of the frame */
    bool secure;          /* the frame has a layer of TLS */
} message_list;

/* ---- collecting, in this order ---- */

/* False for most frames, at little cost: nothing of HTTP is in the frame, or wsus and wws are disabled. Else the list is
 * empty and begun. To be called once for each frame, before all that follows. */
bool traffic_begin(packet_info *pinfo, message_list *list);

/* Fills the list with the messages that the data sources of the frame hold heads of. False when there are none and no
 * body without a head either: most frames are segments of a longer message. */
bool traffic_collect(packet_info *pinfo, message_list *list);

/* Whether a message of the list is not, or may not be, complete here because Wireshark keeps it for a later frame. */
bool traffic_goes_on(packet_info *pinfo, const http_message *message);

void traffic_remove(message_list *list, unsigned at);

/* Puts a message of an earlier frame, whose rest is lost, in front of the list; n tells those of one frame apart. */
void traffic_add_lost(tvbuff_t *frame, packet_info *pinfo, message_list *list, const begun_message *begun, unsigned n);

/* Finds, decodes and reads the bodies; adds the messages that have a body but no head here. `known`: Windows Update was
 * seen on the connection, so codings that other programs use too are decoded. all: everything is read, for drawing. told: what taps tell is read in
 * every pass. */
void traffic_read_bodies(packet_info *pinfo, message_list *list, bool known, bool all, bool told);

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

/* ---- the room ---- */

/* True while a protocol of ours is enabled. */
bool traffic_wsus_enabled(void);
bool traffic_wws_enabled(void);

/* Adds the preferences of this room to those of wsus. */
void traffic_preferences(module_t *module);

/* Takes over the media types of SOAP. To be called in the hand-off. */
void traffic_handoff(void);

#endif
