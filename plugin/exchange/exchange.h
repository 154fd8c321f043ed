/* exchange.h
 * Which messages are Windows Update, which answer belongs to which request, and what earlier messages of the capture said
 * that later ones refer to. All of it lives in file scope: it is built when a frame is dissected for the first time, in
 * order, and only looked up afterwards, so that every pass and random access give the same answer.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_EXCHANGE_H
#define WU_EXCHANGE_H

#include "traffic/traffic.h"

#define EXCHANGE_MAX_PENDING 64 /* requests of one connection that wait for an answer; older ones are given up */

/* One request with its response. */
typedef struct {
    guint32 request_frame, response_frame; /* 0: not seen */
    guint32 request_ends;                  /* frame of the end of a request that the response did not wait for; else 0 */
    nstime_t request_time, response_time;
    bool ours;                             /* Windows Update */
    bool head;                             /* HEAD: the response has no body */
    bool ranged;                           /* the request asks for a range */
    enum wu_client client;                 /* what kind of program asked */
    bool anonymous;                        /* the request was seen and carried no credentials */
    guint32 continued_frame;               /* a later request that goes on with the authentication, 0: none */
    enum wu_service service;
    const char *operation;                 /* file scope, never NULL */
    const char *target, *host;             /* file scope, may be NULL */
    const char *user_agent;                /* file scope, "" when the request was not seen or has none */
    const char *message_id;                /* WS-Addressing, file scope, may be NULL */
    const char *scan;                      /* first part of the correlation vector of the request, file scope; NULL: has none */
    const char *digest;                    /* upper case hexadecimal, from the target; NULL when it has none */
    bool have_ack, given_up;
    guint32 ack;                           /* last acknowledgment of the client when it asked */
    unsigned status;                       /* of the response */
    guint32 stream;                        /* of HTTP/2; 0: HTTP/1 */
    bool incomplete;                       /* the end of the request was not seen so far */
    guint32 began;                         /* frame in which a request began that ends, or should end, in a later one; else 0 */
    const wu_connection_outcome *cut;      /* HTTP/2: what ended the stream before its time, file scope; NULL: nothing */
    bool answer_lost;                      /* HTTP/2: what followed on the connection cannot be read */
    guint32 begun_frame;                   /* in which a response began whose end was not seen, 0: none */
} wsus_exchange;

/* What is known of an update. */
typedef struct {
    const char *title, *kb, *update_id; /* NULL: not known */
    guint32 revision_number;
    guint32 title_frame, frame;         /* frames that said so */
    unsigned finding;                   /* a warning of enum wu_finding_kind on it, 0: none */
} known_update;

/* A file of an update. */
typedef struct {
    const char *name;
    guint32 frame;
    known_update *update; /* may be NULL */
    unsigned finding;     /* a warning of enum wu_finding_kind on it, 0: none */
} known_file;

/* The exchange that a message belongs to, or NULL when the message is not Windows Update's and its connection has none.
 * In the first pass the message is paired: a request is remembered, a response answers the oldest request it can answer
 * (by operation where the body names one). */
wsus_exchange *exchange_of(packet_info *pinfo, const http_message *message);

/* Whether a message that begins in this frame is worth following: Windows Update was seen on its connection, or its head
 * tells. First pass only. */
bool exchange_expected(packet_info *pinfo, const http_message *message);

/* A message begins in this frame and ends in a later one: its head tells already what it is, and an answer may come before the
 * end of its request. Or whether there is an answer cannot be known any more. First pass only. */
void exchange_announce(packet_info *pinfo, const http_message *message);

/* What became of the stream of a message that was cut: an outcome as connections have them. NULL when it carried nothing of
 * Windows Update. */
const wu_connection_outcome *exchange_cut(packet_info *pinfo, const http_message *message);

/* True when anything of Windows Update was seen on the connection of the packet. */
bool exchange_known_connection(packet_info *pinfo);

/* The last exchange that has a message in the frame of a packet that was dissected before, or NULL. */
const wsus_exchange *exchange_in_frame(const packet_info *pinfo);

/* The part of a correlation vector that all requests of a session have in common; empty when there is none. */
wu_slice exchange_scan_of(wu_slice vector);

/* Remembers what a response says of updates and files, and what deserves a look in it. First pass only. */
void exchange_learn(packet_info *pinfo, const wsus_exchange *x, const http_message *message);

/* A file by its digest (upper case hexadecimal) or by the last component of its URL, if an earlier frame described it. */
const known_file *exchange_file(const packet_info *pinfo, const char *key);

/* The file that an exchange fetches, by its digest or by its URL, or NULL. */
const known_file *exchange_file_of(packet_info *pinfo, const wsus_exchange *x);

/* Calls `take` for each update that the capture has told of so far, in no order: with the address of its server and its revision id
 * there, which stay as long as the file. */
typedef void update_function(const char *server, const char *revision, const known_update *update, void *user);
void exchange_each_update(update_function *take, void *user);

/* The digest of base64 or hexadecimal text as upper case hexadecimal, allocated in scope; NULL when it is neither. */
char *exchange_digest(wmem_allocator_t *scope, wu_slice text);

/* To be called when protocol wsus is registered: connections keep their data under it. */
void exchange_register(void);

/* Parts of it. The exchange of a stream that was cut, which waits no longer; NULL when it is none of Windows Update. */
wsus_exchange *exchange_take_stream(packet_info *pinfo, const http_message *message);
void knowledge_register(void);

#endif
