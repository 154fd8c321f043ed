/* connection_watch.h
 * What the files of connection.h share. For them alone.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_CONNECTION_WATCH_H
#define WU_CORE_CONNECTION_WATCH_H

#include "connection.h"
#include "dns_message.h"
#include "http_stream.h"
#include "tls_record.h"

#define SECOND INT64_C(1000000000)
#define WATCH_DNS_PORT 53u
#define BUCKET_BITS 12
#define BUCKETS (1u << BUCKET_BITS)
#define PATIENCE (30 * SECOND) /* how long another address may make up for one that failed */
#define LINGER SECOND /* how long an answer may be late, of a side that was silent through all repetitions */
#define QUIET (2 * SECOND) /* a side that is silent for that long before the client goes away has not answered in time */

/* An outcome with what it owns. */
typedef struct {
    wu_connection_outcome o;
    uint32_t id;
    bool named; /* the client itself named the server */
    int64_t until; /* of one that is put off: when it is told */
    char *owned[5]; /* name, detail, subject, issuer, names */
} outcome;

enum { OWNED_NAME, OWNED_DETAIL, OWNED_SUBJECT, OWNED_ISSUER, OWNED_NAMES };

/* ---- live connections ---- */

/* A segment of TCP. */
typedef struct {
    wu_endpoint source, destination;
    uint32_t seq, ack;
    uint8_t flags;
    wu_slice payload;  /* as captured */
    size_t length;     /* as sent */
} segment;

typedef struct held_segment {
    struct held_segment *next;
    uint32_t seq;
    size_t n, length;
    uint8_t bytes[];
} held_segment;

typedef struct {
    bool valid;        /* next is known */
    bool seen;         /* a packet of this side is in the capture */
    bool fin;          /* it has closed its direction */
    uint32_t next;     /* sequence number behind what was read */
    int64_t data_time; /* of its last payload, 0: none */
    held_segment *held; /* out of order, by number */
    unsigned n_held;
} flow;

#define MAX_PENDING 16u

/* A request that waits for its answer. */
typedef struct {
    uint32_t frame;
    int64_t time;
    bool head, connect, soap, file, anonymous, whole;
    uint32_t url;  /* hash */
    uint8_t reporters;
    char last[48]; /* the beginning of the last component of its path */
} pending_request;

typedef struct {
    wu_http_stream stream[2];
    pending_request pending[MAX_PENDING];
    unsigned n;
    bool answered;    /* bytes of the answer to pending[0] came */
    unsigned status;  /* of that answer, 0: its head did not come yet */
    bool html, encoded, offers_handshake, token;
    bool portal;      /* it redirects to a place that is no server of Windows Update */
    uint8_t prefix[64];
    unsigned n_prefix;
    uint64_t body;    /* bytes of its body that came */
} http_state;

typedef struct {
    GByteArray *record[2];    /* a record that is not complete, header included; NULL: none */
    GByteArray *handshake[2]; /* a handshake message that is not complete; NULL: none */
    size_t skip[2];           /* bytes of a record that nobody reads */
    bool sealed[2];           /* records of this side are encrypted */
    bool lost;
    uint32_t hello_frame;
    int64_t hello_time;
    uint16_t offered, version;
    bool answered;            /* the server sent a record */
    bool hello_done;          /* ServerHello came */
    bool finished[2];         /* sent an encrypted record */
    unsigned data[2];         /* records of application data that are no alerts and no handshake, as far as can be told */
    bool replied;             /* the server sent such a record after the client did */
    bool certificate_asked, sealed_alert; /* sealed_alert: of the client, which nobody could read yet */
    bool keys, readable;      /* decrypted data came; data of the client, too */
    uint8_t warning[2];       /* last warning of each side, 0: none */
    wu_certificate_facts facts;
    char *subject, *issuer, *names;
} tls_state;

enum mode { MODE_UNKNOWN, MODE_HTTP, MODE_TLS, MODE_OTHER };

typedef struct connection {
    struct connection *in_bucket, *older, *newer;
    wu_endpoint client, server;
    uint32_t syn_frame, isn;
    int64_t syn_time;
    unsigned syns;
    bool established;
    bool over;              /* nothing more is told of it */
    enum wu_known_by known_by;
    bool named, tunnel;
    char *name;             /* NULL: unknown */
    uint16_t port;          /* of the update server, where a tunnel leads to another one than the proxy's */
    uint32_t unreachable;   /* id of the outcome that a refused or unanswered SYN became, 0: none */
    flow flow[2];
    enum mode mode;
    bool server_first;      /* the server spoke before the client did */
    bool sealed;            /* it is one of TLS that nothing more is read of */
    struct {
        uint64_t addresses, ports;
    } raw[2];               /* what packets of each side have in their headers, by IPv4; else no packet has those ports */
    outcome *challenge;     /* a tunnel that is refused unless the client goes on with a handshake; NULL: none */
    http_state *http;
    tls_state *tls;
    void *place;            /* of the host program */
} connection;

/* ---- look-ups ---- */

typedef struct {
    unsigned tries, same; /* queries; of these, to the resolver that was asked last */
    wu_address resolver;
    uint32_t frame;       /* of the first one */
    int64_t time;
    bool answered, found, denied;
} question;

/* A name that look-ups and addresses share. */
typedef struct {
    unsigned users;
    uint64_t hash;
    size_t n;
    char *text; /* NULL: nobody asked for it yet */
    uint8_t labels[];
} shared_name;

typedef struct lookup {
    shared_name *name; /* NULL: unused */
    struct lookup *in_bucket;
    wu_address client, resolver;
    question a, aaaa;
    uint32_t failure;         /* id of the outcome, 0: none */
    uint32_t parent;          /* id of the outcome of the name that a search list made this one of, 0: none */
    int64_t failed, time;     /* when it failed; when it was asked last */
    struct lookup *failed_before, *failed_after; /* look-ups that failed, by that time */
} lookup;

/* What a name stands for. */
typedef struct {
    wu_address address;
    shared_name *name; /* NULL: unused */
    uint32_t frame;
} named_address;

/* A client that is sent on and on. */
typedef struct {
    wu_address client;
    uint32_t expected, url[12];
    unsigned n;
    uint32_t first_frame;
    int64_t first_time;
    bool told;
} redirect_chain;

#define CHAINS 64u
/* In front of the bytes of a message of DNS that waits. */
typedef struct {
    uint32_t frame, n;
    int64_t time;
    wu_address source, destination;
} waiting_message;

/* Messages of DNS that nobody asked about yet, oldest first: in a ring of bytes. */
typedef struct {
    uint8_t *bytes;          /* NULL until there is one */
    size_t first, end, wrap; /* where the first one is, where the next one goes to, where those at the end of the ring end */
    unsigned n;
    uint64_t foreign[256];   /* hashes of names that are of others, by their lowest bits */
} waiting_names;

#define LOOKUP_BUCKETS 2048u /* a power of 2 */
#define ADDRESS_SETS WU_WATCH_LOOKUPS
#define ADDRESS_WAYS 4u

struct wu_watch {
    GPtrArray *servers;      /* of the preference: lower case, "name" or "name:port" */
    uint16_t ports[32][2];
    unsigned n_ports;
    uint32_t frame;          /* of the packet that is read */
    int64_t time;
    connection *bucket[BUCKETS], *oldest, *newest;
    unsigned connections;
    size_t held;
    connection *seen;        /* that of the segment that was looked at last; NULL: none */
    connection *unsettled;   /* a TLS connection of the last packet whose decrypted data may still come */
    bool ends, end_reset;    /* it ends, by */
    enum wu_side end_side;
    lookup *lookups; /* NULL until there are names */
    unsigned n_lookups;
    unsigned next_lookup;
    lookup *last_failed;     /* the look-up that failed last */
    lookup *lookup_bucket[LOOKUP_BUCKETS]; /* by name and client */
    named_address *addresses[ADDRESS_SETS]; /* sets of ADDRESS_WAYS; NULL: unused */
    waiting_names waiting;
    redirect_chain chains[CHAINS];
    unsigned next_chain;
    GHashTable *known_endpoints, *known_names;
    GHashTable *by_id;       /* id -> outcome */
    uint32_t last_id;
    GQueue attempts;         /* outcomes of servers that are not known */
    GQueue deferred;         /* outcomes that another address may make up for */
    GPtrArray *all;          /* outcomes that were told */
    GHashTable *by_told_frame, *by_frame; /* frame -> GPtrArray */
    uint32_t told;           /* frame in which an outcome was told last */
    GPtrArray *answer;       /* what wu_watch_outcomes() returned last */
};

/* connection_outcomes.c */
outcome *watch_outcome(wu_watch *w, enum wu_outcome what, enum wu_phase phase, enum wu_transport_event event);
void watch_set_text(outcome *x, unsigned which, const char *text);
void watch_discard(outcome *x);
void watch_free_outcome(void *x);
/* Tells an outcome of Windows Update: in the frame that is read, or only in its own. */
void watch_tell(wu_watch *w, outcome *x, bool in_frame);
/* Tells the outcomes that are put off until then at the latest. */
void watch_tell_deferred(wu_watch *w, int64_t now, bool in_frame);
/* Takes the outcome over: tells it, puts it off, or keeps it as an attempt. Returns its id. */
uint32_t watch_publish(wu_watch *w, outcome *x, int64_t put_off); /* put_off: nanoseconds, 0: not at all */
outcome *watch_find_outcome(wu_watch *w, uint32_t id);
/* True when it is put off, or kept as an attempt: nobody was told. */
bool watch_is_untold(wu_watch *w, uint32_t id);
/* It was no failure after all. */
void watch_recover(wu_watch *w, uint32_t id);
void watch_recover_deferred(wu_watch *w, const char *name);
/* Tells the outcomes whose time has come. */
static inline void
watch_expire_deferred(wu_watch *w)
{
    if (w->deferred.length)
        watch_tell_deferred(w, w->time, true);
}
enum wu_known_by watch_known(const wu_watch *w, const wu_endpoint *server, const char *name, bool named);
/* The server is one of Windows Update from now on. name may be NULL. */
void watch_learn(wu_watch *w, const wu_endpoint *server, const char *name);
/* Which programs ask a server of that name and port for something. */
uint8_t watch_reporters(const char *name);

outcome *watch_connection_outcome(wu_watch *w, const connection *c, enum wu_outcome what, enum wu_phase phase,
                                  enum wu_transport_event event);
/* Publishes an outcome after which nothing more is told of the connection. */
void watch_fail(wu_watch *w, connection *c, outcome *x);
/* The client named the server: host may have a port. */
void watch_name_connection(wu_watch *w, connection *c, wu_slice host, bool tunnel);

/* connection_dns.c */
const char *watch_name_of(wu_watch *w, const wu_address *address);
/* Whether a name has an address of IPv4. */
bool watch_has_ipv4(const wu_watch *w, const char *name);
/* Whether a look-up failed so lately that a name may be one that a search list made of it. */
bool watch_is_searching(const wu_watch *w);
void watch_dns_message(wu_watch *w, const wu_packet *packet, const wu_dns_message *m);
void watch_free_lookups(wu_watch *w);

/* connection_waiting.c */
/* The question of a message of DNS: whether nothing is to be done about the message now, as it asks for no address, or is left for
 * later, with addresses that the caller puts in (*left, else NULL). */
bool watch_leave(wu_watch *w, wu_slice message, const wu_dns_question *q, waiting_message **left);
/* Reads a message of DNS now or later. Returns whether it is one. */
bool watch_dns(wu_watch *w, const wu_packet *packet, wu_slice message);
/* Reads the messages that wait: to be called before anybody asks for names, or learns which are of Windows Update. */
void watch_read_waiting(wu_watch *w);

static inline void
watch_names(wu_watch *w)
{
    if (w->waiting.n)
        watch_read_waiting(w);
}

/* connection_table.c */
connection *watch_new_connection(wu_watch *w, const wu_endpoint *client, const wu_endpoint *server);
connection *watch_find_connection(const wu_watch *w, const wu_endpoint *a, const wu_endpoint *b);

/* Four bytes of a packet as they stand there. */
static inline uint32_t
watch_word(const uint8_t *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof value);
    return value;
}

static inline uint32_t
watch_mix_ipv6(const uint8_t *p)
{
    return watch_word(p) ^ watch_word(p + 4) ^ watch_word(p + 8) ^ watch_word(p + 12);
}

/* The bucket of a connection, the same for both directions. mixed: the words of both addresses. */
static inline uint32_t
watch_bucket(uint32_t mixed, uint32_t port, uint32_t other_port)
{
    return ((mixed + (port ^ other_port)) * 0x9E3779B1u) >> (32 - BUCKET_BITS);
}

static inline bool
watch_is_endpoint(const wu_endpoint *a, const wu_endpoint *b)
{
    return a->port == b->port && wu_address_equal(&a->address, &b->address);
}

void watch_make_newest(wu_watch *w, connection *c);

/* It is the last one to be given up now. */
static inline void
watch_renew(wu_watch *w, connection *c)
{
    if (c != w->newest)
        watch_make_newest(w, c);
}

/* Nothing more is read of the connection; it stays so that its further packets are not taken for others. */
void watch_stop_reading(wu_watch *w, connection *c);
void watch_remove_connection(wu_watch *w, connection *c);
void watch_free_connections(wu_watch *w);

/* connection_flow.c */
/* The payload of a segment; a segment that comes too early is held back. */
void watch_payload(wu_watch *w, connection *c, enum wu_side side, const segment *s);
/* A side has everything up to a number: what was not seen of it is missing in the capture. */
void watch_acknowledge(wu_watch *w, connection *c, enum wu_side side, uint32_t ack);
/* Reads what was held back, holes in it notwithstanding. */
void watch_take_held(wu_watch *w, connection *c, enum wu_side side);
void watch_drop_held(wu_watch *w, flow *f);

/* connection_http.c */
void watch_http_start(connection *c);
void watch_http_free(connection *c);
void watch_http_bytes(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes);
void watch_http_gap(wu_watch *w, connection *c, enum wu_side side, uint64_t n);
/* A side ends the connection, by FIN or RST. */
void watch_http_end(wu_watch *w, connection *c, enum wu_side side, bool reset);
bool watch_looks_like_request(wu_slice bytes);
bool watch_http_waits(const connection *c);
/* A tunnel that was refused: the client did not go on. */
void watch_tell_challenge(wu_watch *w, connection *c);
/* A request was seen whole by others: its answer is watched for. */
void watch_http_resume(const wu_watch *w, connection *c);

/* connection_tls.c */
void watch_tls_start(const wu_watch *w, connection *c);
void watch_tls_free(connection *c);
void watch_tls_bytes(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes);
void watch_tls_gap(connection *c, enum wu_side side, uint64_t n);
/* An alert that was not decrypted: the client leaves. */
void watch_tls_settle(wu_watch *w, connection *c);
void watch_tls_end(wu_watch *w, connection *c, enum wu_side side, bool reset);
void watch_tls_decrypted(wu_watch *w, connection *c, enum wu_side side, wu_slice data);

#endif
