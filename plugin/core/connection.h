/* connection.h
 * What became of the names, connections and tunnels of a capture: failures that leave no HTTP message.
 *
 * A watch is fed the packets of a capture in their order: messages of DNS, segments of TCP, errors of ICMP, and what a host
 * program could decrypt. It keeps a bounded number of live connections and look-ups, and tells outcomes: what failed, in which
 * frame that began and in which it was known, for which server, and why that server is one of Windows Update. Failures of
 * servers that are not known to be one are remembered, a bounded number of them, and told when an exchange later in the
 * capture shows that the server is one. It knows nothing of Wireshark.
 *
 * Times are nanoseconds since 1970 UTC; frames are numbers from 1 on. Nothing is claimed that the packets do not show: of
 * bytes that are missing, of the side that was not captured, nothing is told.
 *
 * Sources: RFC 9293, RFC 1035, RFC 792, RFC 4443, RFC 8446, RFC 9110; which outcome makes a client report what:
 * tables/transport_to_code.tsv.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_CONNECTION_H
#define WU_CORE_CONNECTION_H

#include <glib.h>

#include "address.h"
#include "tables.h"

#define WU_WATCH_CONNECTIONS 4096u /* live connections that are kept; the one that was quiet for longest goes first */
#define WU_WATCH_LOOKUPS     1024u /* look-ups of names, and 4 times as many addresses that names stand for */
#define WU_WATCH_WAITING (1u << 20) /* bytes of messages about names of others that are kept unread */
#define WU_WATCH_ATTEMPTS    1024u /* failures of servers that are not known, the latest ones */
#define WU_WATCH_OUTCOMES  100000u /* outcomes of Windows Update that are told */
#define WU_WATCH_HELD (4u << 20)   /* bytes of segments out of order that are kept at a time, for all connections */

/* The numbers are values of wsus.connection.outcome: never change one. */
enum wu_outcome {
    WU_CONNECTION_OK, /* told of TLS connections only, when they end: see wu_connection_outcome.sealed */
    WU_CONNECTION_NAME_NOT_RESOLVED,
    WU_CONNECTION_DNS_FAILED,
    WU_CONNECTION_DNS_NO_ANSWER,
    WU_CONNECTION_REFUSED,
    WU_CONNECTION_NO_ANSWER,
    WU_CONNECTION_UNREACHABLE,
    WU_CONNECTION_RESET,
    WU_CONNECTION_CLOSED_EARLY,
    WU_CONNECTION_IDLE,
    WU_CONNECTION_TLS_ALERT,
    WU_CONNECTION_TLS_CLOSED,
    WU_CONNECTION_CERTIFICATE_REJECTED,
    WU_CONNECTION_CLIENT_CERTIFICATE,
    WU_CONNECTION_TUNNEL_REFUSED,
    WU_CONNECTION_NOT_HTTP,
    WU_CONNECTION_NOT_SOAP,
    WU_CONNECTION_REDIRECT_LOOP
};

/* What was going on: values of wsus.operation. */
enum wu_phase { WU_PHASE_RESOLVE, WU_PHASE_CONNECT, WU_PHASE_SECURE, WU_PHASE_TUNNEL, WU_PHASE_EXCHANGE };

/* Why a server is one of Windows Update: values of wsus.connection.known_by. */
enum wu_known_by { WU_KNOWN_NOT, WU_KNOWN_BY_NAME, WU_KNOWN_BY_PORT, WU_KNOWN_BY_EXCHANGE, WU_KNOWN_BY_PREFERENCE };

/* Who ended a connection. */
enum wu_side { WU_SIDE_CLIENT, WU_SIDE_SERVER };

/* The programs that report codes of their own: the agent that calls a service, the agent that fetches a file by itself, BITS
 * and Delivery Optimization. */
enum wu_reporter { WU_REPORTS_SERVICE, WU_REPORTS_FILE, WU_REPORTS_BITS, WU_REPORTS_DO, WU_REPORTERS };

#define WU_REPORTS_NOTHING 0x80u /* among the bits of reporters: another program asked, of which nothing is derived */

typedef struct {
    wu_address address;
    uint16_t port;
} wu_endpoint;

/* What a certificate of the server says, at the time of the capture. Texts are "" when unknown. */
typedef struct {
    bool seen;
    const char *subject, *issuer, *names; /* names: alternative names, separated by commas */
    int64_t not_before, not_after;        /* seconds since 1970, INT64_MIN when unknown */
    bool self_issued, expired, not_yet_valid, other_name;
} wu_certificate_facts;

/* One outcome. Belongs to the watch, and stays as it is once it has been told, but for recovered_frame. */
typedef struct {
    enum wu_outcome outcome;
    enum wu_phase phase;
    enum wu_transport_event event; /* the rows of tables/transport_to_code.tsv */
    enum wu_known_by known_by;
    uint8_t reporters;             /* programs that may have asked, as far as request, name and port tell: bits 1 << enum
                                      wu_reporter */
    wu_endpoint client, server;    /* server: of DNS failures the resolver; of tunnels the proxy */
    const char *name;              /* of the update server: by DNS, SNI, Host or CONNECT; "" when no name was seen */
    uint16_t port;                 /* of the update server; 0 for a look-up */
    uint32_t first_frame;          /* in which it began: the query, the SYN, ClientHello, the request */
    uint32_t request_frame;        /* of the HTTP request that has no good answer, 0: none */
    uint32_t frame;                /* in which it became known */
    uint32_t told_frame;           /* in which it was told: later than frame when the server was not known, or another address
                                      was still to be tried */
    uint32_t recovered_frame;      /* in which it turned out to be no failure, 0: it is one */
    int64_t first_time, time;      /* of first_frame and frame */
    enum wu_side by;               /* who ended it, who sent the alert */
    unsigned tries;                /* queries or SYNs that were sent */
    uint8_t rcode, alert, icmp_type, icmp_code; /* alert: where has_alert */
    bool has_alert;
    bool in_answer;                /* a part of the answer was there */
    bool through_tunnel;           /* inside a tunnel of a proxy */
    bool tls;                      /* the client speaks TLS on it */
    bool sealed;                   /* TLS that could not be read: whether requests failed inside it is not known */
    unsigned status;               /* of the answer, 0: none */
    uint32_t stream;               /* of HTTP/2, 0: none */
    uint64_t missing;              /* bytes of the body that did not come, where the length is known */
    uint16_t tls_version;          /* 0: not known */
    wu_certificate_facts certificate;
    const char *detail;            /* a phrase that says more, never NULL */
} wu_connection_outcome;

typedef struct wu_watch wu_watch;

/* servers: names and addresses of own update servers, with or without port, separated by commas. ports: ranges ("8530-8531,80"),
 * of which connections are Windows Update's. Both are copied; may be NULL. */
wu_watch *wu_watch_new(const char *servers, const char *ports);
void wu_watch_free(wu_watch *watch);

/* One packet. Valid for the call. */
typedef struct {
    uint32_t frame;
    int64_t time;
    wu_address source, destination;
    wu_slice bytes; /* from the header of TCP, UDP or ICMP on, as far as captured */
    size_t length;  /* as it was sent */
} wu_packet;

/* What a look at a segment says. */
enum wu_glance {
    WU_GLANCE_READ,   /* it has to be fed */
    WU_GLANCE_ENOUGH, /* it tells nothing, and need not be fed */
    WU_GLANCE_BARE,   /* so, and it has no payload */
    WU_GLANCE_SEALED  /* so, and it is of TLS: without what was decrypted of it, no message is in it */
};

/* Looks at an IP packet that may hold a segment of TCP. Most segments tell nothing: nothing more is read of their connection, or
 * they hold nothing but a part of what nobody can read, and neither end it nor begin another one. So this is cheap. */
enum wu_glance wu_watch_glance(wu_watch *watch, wu_slice ip, int64_t time);

/* A place where the host program may keep a pointer of its own, for the connection of the segment that was looked at last: NULL in it at
 * first. It goes with the connection; where no place is there (NULL), or nothing in it any more, it has to ask elsewhere. */
void **wu_watch_place(wu_watch *watch);

/* Nothing is told of the connection of the segment that was looked at last, and fed where it had to be. It is read no longer than it
 * takes to know that it leads to no tunnel: who is a proxy of update clients is known to all. */
void wu_watch_untold(wu_watch *watch);

/* Returns whether the segment may tell more: what was decrypted of it is to be fed, and wu_watch_settle() called. */
bool wu_watch_tcp(wu_watch *watch, const wu_packet *packet);
/* Looks at an IP packet that may hold a message of DNS over UDP. Most are about names of others: they are put aside as they are.
 * Returns whether that was done, or there is nothing to do; else the packet has to be fed. */
bool wu_watch_glance_names(wu_watch *watch, wu_slice ip, uint32_t frame, int64_t time);
/* Does nothing but for port 53. Returns whether it is a message of DNS. */
bool wu_watch_udp(wu_watch *watch, const wu_packet *packet);
void wu_watch_icmp(wu_watch *watch, const wu_packet *packet); /* both versions, told apart by the addresses */

/* Whether decrypted data of a segment's connection is wanted, which was fed before. */
bool wu_watch_wants_decrypted(const wu_watch *watch, const wu_packet *packet);

/* What a host program decrypted of the segment: the body of one record, of whatever type. */
void wu_watch_decrypted(wu_watch *watch, const wu_packet *packet, wu_slice data);

/* All of the segment was fed: what depends on decrypted data is told now, and with the next packet at the latest. */
void wu_watch_settle(wu_watch *watch);

/* An exchange of Windows Update was seen on the connection of a segment: its server is one from now on, and was one
 * before. host may be empty; `request`: the segment completes the request; http1: in HTTP/1. */
void wu_watch_exchange(wu_watch *watch, const wu_packet *packet, wu_slice host, bool request, bool http1);

/* The capture has been read once: what was put off is told now, without a frame of its own. */
void wu_watch_end(wu_watch *watch);

/* The last frame in which an outcome was told while the capture was read for the first time, 0: none was. */
uint32_t wu_watch_told(const wu_watch *watch);

/* The outcomes that were told in a frame while it was read for the first time, or (`again`) those that belong to it, without
 * those that turned out to be none. Returns how many there are; the array belongs to the watch. */
unsigned wu_watch_outcomes(wu_watch *watch, uint32_t frame, bool again, const wu_connection_outcome *const **outcomes);

/* All outcomes that were told, in the order of telling. */
unsigned wu_watch_all(const wu_watch *watch, const wu_connection_outcome *const **outcomes);

/* "Name not resolved", as wsus.connection.outcome names it; "Resolve", as wsus.operation does. */
const char *wu_outcome_name(enum wu_outcome outcome);
const char *wu_phase_name(enum wu_phase phase);

/* ---- what the client reports ---- */

#define WU_TRANSPORT_MAX_CODES 24u

typedef struct {
    uint32_t value;
    bool hresult;        /* else a Win32 number: Winsock, WinHTTP, DNS */
    uint8_t basis;       /* enum wu_basis */
    bool main;           /* what the client reports in the end, the likeliest where it is one of a set */
    bool one_of_a_set;   /* the facts name other codes for the same event and program */
    uint8_t reporter;    /* bits: 1 << enum wu_reporter; all of them for steps that every program takes */
    const char *because; /* a phrase; constant */
} wu_transport_code;

/* The chain of codes for an outcome, Winsock and WinHTTP first; then those of the programs that may have asked, what the likeliest
 * one reports in the end at the end. Returns how many. */
unsigned wu_transport_codes(const wu_connection_outcome *outcome, wu_transport_code codes[WU_TRANSPORT_MAX_CODES]);

#endif
