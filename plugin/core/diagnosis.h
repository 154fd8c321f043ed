/* diagnosis.h
 * Why Windows Update failed: facts in, causes out. What a capture shows is told as facts, in the order of its frames; out
 * comes, for each client, what it tried, how far it got, what stopped it, and the frames that prove it.
 *
 * One cause a failure: a request whose connection failed is no failure of its own, a code that a client reports for a
 * failure seen before belongs to that failure, and what happens again is counted. What the protocol recovers from by
 * itself is none, unless it does so again and again. Causes, advice and thresholds are rows of tables/diagnoses.tsv, what
 * an operation belongs to is a row of tables/steps.tsv. Nothing is said that the facts do not hold.
 *
 * Memory is bounded whatever the capture holds: the limits below; what goes beyond is counted and said. Texts are copied,
 * at most WU_FACT_TEXT bytes of each, control characters and broken UTF-8 replaced.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_DIAGNOSIS_H
#define WU_CORE_DIAGNOSIS_H

#include <glib.h>

#include "code_table.h"

#define WU_MAX_DIAGNOSED     5000u  /* clients; further ones are counted only */
#define WU_MAX_SERVERS       500u   /* update servers; others are not watched for trouble */
#define WU_MAX_FAILURES      100u   /* different failures of one client, and of the capture as a whole */
#define WU_MAX_PROOF         8u     /* frames that are named for one failure */
#define WU_MAX_OPEN_REQUESTS 64u    /* of one client; the oldest is given up */
#define WU_MAX_KNOWN_FILES   20000u /* files that metadata offered, and cookies that servers issued */
#define WU_MAX_NAMES         8u     /* names, client ids and servers that are kept of one client */
#define WU_FACT_TEXT         200u
#define WU_FACT_CODES        6u

enum wu_fact_kind {
    WU_FACT_REQUEST,
    WU_FACT_RESPONSE,
    WU_FACT_CONNECTION, /* one that failed */
    WU_FACT_EVENT       /* a failure that a client reports */
};

enum wu_fact_outcome { WU_FACT_OK, WU_FACT_RECOVERY, WU_FACT_FAILED };

enum wu_said { WU_SAID_NOTHING, WU_SAID_NO, WU_SAID_YES };

/* A file that metadata offers. */
typedef struct {
    const char *digest; /* hexadecimal */
    const char *name;   /* NULL: unknown */
    uint64_t size;      /* 0: unknown */
} wu_fact_file;

/* One fact. Texts may be NULL where nothing is known; they have to last for the call only. Numbers are 0 where nothing is
 * known. */
typedef struct {
    enum wu_fact_kind kind;
    uint32_t frame;
    uint32_t request_frame;     /* of a response, and of a connection that failed behind a request */
    double time;                /* seconds since 1970 */
    double elapsed;             /* of a response: seconds since the request; below zero: unknown */

    const char *client, *server; /* addresses; client is never NULL */
    const char *client_id, *computer, *agent;
    const char *host;           /* as the client names the server, without port */
    unsigned port;
    bool secure;                /* over TLS, or TLS was tried */
    bool plain;                 /* of a connection: HTTP was spoken on it, without TLS */
    bool public_service;        /* the server is one of Microsoft's */
    enum wu_client program;     /* what kind of program asks */
    enum wu_service service;    /* WU_SERVICE_NONE for connections */
    const char *operation;      /* of connections: Resolve, Connect, Secure, Tunnel, Exchange */

    enum wu_fact_outcome outcome;
    bool answered;              /* of a request and of its answer: the answer came before the end of the request, and was told.
                                   The request counts with it: its end may not be in the capture */
    bool credentials;           /* of a request: it carries some */
    bool challenge;             /* of a response: the client is asked to log on, and may go on with that; failed: for a password */
    bool no_message;            /* of a response to a SOAP request: a redirect, or a success without a message in it */
    bool incomplete;            /* the capture lacks part of the message: what it does not say, it may have said */
    unsigned status;
    bool fault;
    const char *error_code, *parameter; /* of a fault: ErrorCode, and Message */
    const char *connection;     /* outcome of a connection, as wsus.connection.outcome names it */
    const char *seen;           /* a phrase on it: "the answer has no body" */
    uint32_t code;              /* that the client shows for it, or that it reports; 0: none */
    enum wu_space space;
    enum wu_basis basis;        /* of a code that is derived; WU_BASIS_NONE: it stands on the wire */
    uint32_t codes[WU_FACT_CODES]; /* others that the client may report for the same thing */
    unsigned n_codes;

    const char *server_header, *via, *certificate_issuer;
    bool page;                  /* of a response to a SOAP request: HTML with a status of success */

    uint64_t auth_cookie;       /* digest of an authorization cookie: sent with GetCookie, or issued */
    unsigned auth_cookie_length;
    unsigned cookie_length;     /* of the cookie that is issued */
    const char *auth_plugin;    /* that GetConfig or GetAuthConfig names, or that an authorization cookie is of */
    bool anonymous;             /* of a response: its request was seen and carried no credentials */
    bool pretty;                /* of a response: line breaks between its elements */
    bool ranges_ignored;        /* of a response: a range was asked for, and all of the file came */
    double cookie_expires;      /* of the cookie that is sent or issued */
    double client_clock, server_clock; /* in the request; Date of the response */
    const char *server_id;      /* that GetRollupConfiguration answers */
    bool config_plugin, config_limit; /* of an answer to GetConfig: an authorization plug-in, MaxExtendedUpdatesPerRequest */

    bool driver_pass;           /* of a SyncUpdates request: that search is one of its own */
    unsigned installs;          /* of a SyncUpdates response: updates that are to be installed */
    bool truncated;             /* there is more to come */
    const wu_fact_file *files;
    unsigned n_files;
    const char *digest, *file;  /* of a download */
    uint64_t file_size;         /* whole size, as the response gives it */
    const char *etag_digest;    /* SHA-1 in hexadecimal that the ETag of the delivery network is */

    unsigned event;             /* id */
    const char *event_name;     /* "installation failed" */
    const char *event_class;    /* detect, download, install, ... as tables/report_events.tsv has them */
    const char *subject;        /* title or id of the update that a report is about */
    uint32_t extend;            /* extension code of setup, 0: none */
    enum wu_said accepted;      /* answer to a report */
    const uint32_t *findings;   /* numbers of wsus.finding */
    unsigned n_findings;
} wu_fact;

/* A cause, with what proves it. */
typedef struct {
    const wu_diagnosis_row *row;
    enum wu_task task;
    enum wu_step step;
    char *operation, *server;   /* "" where it is not of one */
    char *detail;               /* ErrorCode and parameter, outcome, update, ...; "" for none */
    char *seen;                 /* what was seen of a connection, the first time; "" for none */
    uint32_t code;
    enum wu_space space;
    enum wu_basis basis;
    uint32_t codes[WU_FACT_CODES];
    unsigned n_codes;
    uint32_t extend;
    unsigned count;             /* how often */
    uint32_t frame[WU_MAX_PROOF];
    unsigned frames;
    uint32_t last_frame;
    double first, last;
    uint32_t went_well;         /* frame in which the same went well later, 0: it did not */
    uint32_t reported;          /* frame in which the client reports it, 0: it does not */
} wu_cause;

typedef struct {
    char *names[WU_MAX_NAMES];
    unsigned n;
    bool more;
} wu_names;

/* A client, by its address. */
typedef struct wu_diagnosed wu_diagnosed;
struct wu_diagnosed {
    char *address;
    wu_names computers, ids, servers;
    char *agent;
    unsigned tasks, reached;    /* bits: 1 << enum wu_task, 1 << enum wu_step */
    unsigned requests, responses, rounds; /* rounds of SyncUpdates */
    unsigned reported;          /* failures that it reports */
    uint32_t first_frame, last_frame;
    double first, last;
    GPtrArray *causes;          /* wu_cause, in the order of the capture */
    unsigned more_causes;       /* beyond WU_MAX_FAILURES */
    struct wu_client_state *state;
};

typedef struct wu_diagnosis wu_diagnosis;

wu_diagnosis *wu_diagnosis_new(void);
void wu_diagnosis_free(wu_diagnosis *diagnosis);

/* Takes a fact. Constant work, but for the files and findings of the fact and the names of one client. */
void wu_diagnosis_add(wu_diagnosis *diagnosis, const wu_fact *fact);

/* No further facts: what can only be said at the end is said. */
void wu_diagnosis_end(wu_diagnosis *diagnosis);

/* After the end: clients, those that failed first, each kind in the order of the capture. */
GPtrArray *wu_diagnosis_clients(const wu_diagnosis *diagnosis);

/* What is not of one client: wu_cause. */
GPtrArray *wu_diagnosis_general(const wu_diagnosis *diagnosis);

typedef struct {
    unsigned clients, failed, more_clients; /* more_clients: beyond WU_MAX_DIAGNOSED */
    unsigned requests, responses;
    unsigned failures, warnings, notes;     /* different causes; failures that went well later are among them */
    uint32_t first_frame, last_frame;
} wu_diagnosis_totals;

wu_diagnosis_totals wu_diagnosis_count(const wu_diagnosis *diagnosis);

/* A failure that nothing undid later. */
bool wu_cause_stops(const wu_cause *cause);

/* The furthest step that a client got to. */
enum wu_step wu_diagnosed_step(const wu_diagnosed *client);

const char *wu_task_name(enum wu_task task);
const char *wu_step_name(enum wu_step step);
const char *wu_weight_name(enum wu_weight weight);
const char *wu_proof_name(enum wu_proof proof);

/* The diagnosis as text for people, in lines of at most `width` columns where words allow. End with g_string_free(). */
GString *wu_diagnosis_text(const wu_diagnosis *diagnosis, unsigned width);

/* "InvalidParameters (parameters.InstalledNonLeafUpdateIDs)" with operation and code: a cause in one line. */
char *wu_cause_line(const wu_cause *cause);

/* What to check for a cause: on the network and the server, and for its code, as the tables know it. End with g_free(). */
char *wu_cause_check(const wu_cause *cause);

/* A filter of Wireshark for the frames that prove a cause, or for all of a client or the whole diagnosis (failures only).
 * At most `max` frames. NULL when there are none. */
char *wu_cause_filter(const wu_cause *cause);
char *wu_diagnosis_filter(const wu_diagnosis *diagnosis, unsigned max);

#endif
