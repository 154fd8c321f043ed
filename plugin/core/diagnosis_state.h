/* diagnosis_state.h
 * What the files of the diagnosis share: its state, and how a cause is noted.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_DIAGNOSIS_STATE_H
#define WU_CORE_DIAGNOSIS_STATE_H

#include "diagnosis.h"
#include "findings.h"

#define OPERATIONS_TIMED 32u /* operations of one server whose response times are kept */
#define TIMES_KEPT       8u  /* first and last response times of an operation */
#define WU_TOOL_MARKS    11u /* marks of tools that inject updates */
#define TROUBLED_CLIENTS 64u /* clients that a server failed for */

/* A request that has no answer yet. */
typedef struct {
    uint32_t frame;
    double time;
    enum wu_task task;
    enum wu_step step;
    char *operation, *server;
} open_request;

/* What may go round in circles. */
enum wu_loop { WU_LOOP_CONFIG, WU_LOOP_COOKIE, WU_LOOP_AUTHORIZATION, WU_LOOP_REGISTRATION, WU_LOOP_LOCATIONS, WU_LOOPS };

/* What goes on again and again without the search getting on. */
typedef struct {
    unsigned count;
    bool anew;                   /* the client got a new one since */
    char error_code[64];         /* the first of them */
    uint32_t frames[WU_MAX_PROOF];
} loop_state;

typedef struct wu_client_state {
    open_request open[WU_MAX_OPEN_REQUESTS];
    unsigned n_open, given_up;
    loop_state loops[WU_LOOPS];
    unsigned trips;              /* of the search that is under way */
    uint32_t trips_from, trips_to;
    double trip_time;
    bool driver_pass;
    uint32_t challenge, challenged; /* frames of an answer that the client has not logged on after, and of its request */
    char *challenger;            /* the server that it was asked at */
    const wu_diagnosis_row *challenge_row; /* that was noted for it */
    uint32_t offered, truncated; /* frames of answers that the client has not gone on from */
    uint32_t own_service, public_service;
    wu_cause *order;             /* the order of calls of an exploit; one of the causes */
    bool have_clock;
    double clock_ahead;          /* of the client, against the capture */
    uint32_t clock_frame;
    bool skew;
    char skew_text[64];
} wu_client_state;

typedef struct {
    char *name;
    unsigned n;
    double sum, first[TIMES_KEPT], last[TIMES_KEPT], slowest;
    uint32_t slowest_frame, first_frame, last_frame;
} operation_times;

/* A server by the name that clients give it. */
typedef struct {
    char *name;
    operation_times times[OPERATIONS_TIMED];
    unsigned n_times;
    char *header, *issuer;       /* the first that was seen */
    uint32_t header_frame, issuer_frame;
    char *troubled[TROUBLED_CLIENTS];
    uint32_t trouble_frame[TROUBLED_CLIENTS];
    unsigned n_troubled;
    double trouble_to;
    wu_names plugins;            /* authorization plug-ins that it names */
    uint32_t plugin_frame;
    uint32_t marks[WU_TOOL_MARKS]; /* frames, 0: not seen */
} server_state;

/* Who uses a client id, or which id a computer uses. */
typedef struct {
    char *address, *computer, *id;
    uint32_t frame;
} identity;

struct wu_diagnosis {
    GHashTable *by_address;      /* wu_diagnosed; owned by `clients` */
    GPtrArray *clients, *general;
    GHashTable *servers;         /* server_state by name */
    GHashTable *files;           /* wu_fact_file sizes by digest in upper case: uint64_t */
    GHashTable *cookies;         /* digests of authorization cookies that servers issued */
    unsigned issued_least, issued_most;
    GHashTable *ids, *computers; /* identity by client id, and by computer name */
    GHashTable *server_ids;      /* identity by server id: who asked for it */
    GHashTable *signed_on;       /* identity by client id: who asked for an authorization under it */
    unsigned more_clients, more_general;
    unsigned requests, responses;
    uint32_t first_frame, last_frame;
    double last_time;
    bool ended;
};

static inline const char *
wu_said_text(const char *text)
{
    return text ? text : "";
}

/* A copy that is safe to show: at most WU_FACT_TEXT bytes of valid UTF-8 without control and direction characters. */
char *wu_diagnosis_copy(const char *text);

/* "wsus.example:8530": how a fact's server is called. */
char *wu_diagnosis_server(const wu_fact *fact);

/* Notes a cause: of a client, or of the capture where client is NULL. One that is there is counted. NULL when there are
 * too many. */
wu_cause *wu_note_cause(wu_diagnosis *d, wu_diagnosed *client, const wu_diagnosis_row *row, const wu_fact *fact,
                        const char *detail);

/* Takes back what was noted last of a row, if that was in the frames of the fact: it turned out to be part of something else. */
void wu_forget_cause(wu_diagnosed *client, const wu_diagnosis_row *row, const wu_fact *fact);

/* A further frame that proves a cause. */
void wu_add_proof(wu_cause *cause, uint32_t frame);

/* Adds a text to names when it is not there; false when it was there, is empty, or does not fit. */
bool wu_add_name(wu_names *names, const char *text);

static inline const wu_diagnosis_row *
wu_pattern(enum wu_diagnosis_name name)
{
    return &wu_diagnoses[name];
}

/* What a fact belongs to; WU_STEP_NONE and WU_TASK_NONE where nothing is known. */
enum wu_step wu_fact_step(const wu_fact *fact);
enum wu_task wu_fact_task(const wu_fact *fact);
enum wu_step wu_connection_step(const char *operation);

/* The row of the table that a fact is diagnosed by, or NULL. */
const wu_diagnosis_row *wu_find_row(const wu_diagnosis *d, enum wu_diagnosis_on on, const char *key, const wu_fact *fact);

/* A cause that clients report themselves. */
bool wu_is_reported(const wu_diagnosis_row *row);

void wu_cause_free(gpointer cause);

/* An answer that says what was asked for. */
bool wu_is_answer(const wu_fact *fact);

/* Notes a pattern: at the place and time of a fact, without the code of its message. */
wu_cause *wu_note_pattern(wu_diagnosis *d, wu_diagnosed *client, enum wu_diagnosis_name name, const wu_fact *fact,
                          const char *detail);

/* The same for what is of no operation and no server. */
wu_cause *wu_note_plain(wu_diagnosis *d, wu_diagnosed *client, enum wu_diagnosis_name name, const wu_fact *fact,
                        const char *detail);

/* What many facts show together. Called for each fact, and at the end. */
void wu_patterns_add(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact);
void wu_patterns_end(wu_diagnosis *d);

/* Whether a fact is of an operation of a service. */
bool wu_is_operation(const wu_fact *fact, enum wu_service service, const char *operation);

/* Who used a key first; remembers it, unless there are too many. */
identity *wu_remember(GHashTable *table, const char *key, const wu_fact *fact);

/* A client reports how its search ended: what is to be said of its rounds is said before that. */
void wu_search_reported(wu_diagnosis *d, wu_diagnosed *client);

/* The part of it that is about security. server may be NULL. */
void wu_security_add(wu_diagnosis *d, wu_diagnosed *client, server_state *server, const wu_fact *fact);
void wu_security_end(wu_diagnosis *d);

/* The part of it that is of servers. */
void wu_servers_add(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact);
void wu_servers_end(wu_diagnosis *d);
void wu_server_free(gpointer server);

#endif
