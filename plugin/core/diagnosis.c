/* diagnosis.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis_state.h"

#include <stdio.h>

#include "text.h"

/* ---- clients ---- */

static void
free_names(wu_names *names)
{
    for (unsigned i = 0; i < names->n; i++)
        g_free(names->names[i]);
}

static void
close_request(open_request *request)
{
    g_free(request->operation);
    g_free(request->server);
    memset(request, 0, sizeof *request);
}

static void
free_client(gpointer p)
{
    wu_diagnosed *client = p;

    for (unsigned i = 0; i < client->state->n_open; i++)
        close_request(&client->state->open[i]);
    free_names(&client->computers);
    free_names(&client->ids);
    free_names(&client->servers);
    g_free(client->address);
    g_free(client->agent);
    g_free(client->state->challenger);
    g_free(client->state);
    g_ptr_array_free(client->causes, TRUE);
    g_free(client);
}

static wu_diagnosed *
client_of(wu_diagnosis *d, const wu_fact *fact)
{
    wu_diagnosed *client = g_hash_table_lookup(d->by_address, fact->client);

    if (client)
        return client;
    if (d->clients->len == WU_MAX_DIAGNOSED) {
        d->more_clients++; /* counts facts: who they are of is not kept */
        return NULL;
    }
    client = g_new0(wu_diagnosed, 1);
    client->address = wu_diagnosis_copy(fact->client);
    client->agent = g_strdup("");
    client->state = g_new0(wu_client_state, 1);
    client->causes = g_ptr_array_new_with_free_func(wu_cause_free);
    client->first_frame = fact->request_frame ? fact->request_frame : fact->frame;
    client->first = fact->time;
    g_ptr_array_add(d->clients, client);
    g_hash_table_insert(d->by_address, g_strdup(fact->client), client);
    return client;
}

static void
learn_client(wu_diagnosed *client, const wu_fact *fact)
{
    uint8_t guid[16];

    wu_add_name(&client->computers, fact->computer);
    if (fact->client_id && wu_text_guid(wu_slice_text(fact->client_id), guid)) /* reports may have a SID in its place */
        wu_add_name(&client->ids, fact->client_id);
    if (fact->agent && *fact->agent && !*client->agent) {
        g_free(client->agent);
        client->agent = wu_diagnosis_copy(fact->agent);
    }
    if (fact->kind != WU_FACT_EVENT) {
        char *server = wu_diagnosis_server(fact);
        wu_add_name(&client->servers, server);
        g_free(server);
    }
    client->tasks |= 1u << wu_fact_task(fact);
    client->last_frame = fact->frame > client->last_frame ? fact->frame : client->last_frame;
    client->last = fact->time;
}

/* ---- requests and their answers ---- */

static void
drop_request(wu_client_state *state, unsigned i)
{
    close_request(&state->open[i]);
    memmove(&state->open[i], &state->open[i + 1], (state->n_open - i - 1) * sizeof *state->open);
    state->n_open--;
}

/* The client logs on, where it was asked to: that it had to was no failure. */
static void
go_on(wu_diagnosed *client, const wu_fact *fact)
{
    wu_client_state *state = client->state;
    wu_fact asked = { .frame = state->challenge, .request_frame = state->challenged };
    char *server = wu_diagnosis_server(fact);

    if (!g_strcmp0(server, state->challenger)) {
        wu_forget_cause(client, state->challenge_row, &asked);
        state->challenge = 0;
    }
    g_free(server);
}

static void
take_request(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    wu_client_state *state = client->state;

    client->requests += !fact->answered;
    d->requests += !fact->answered;
    if (fact->credentials && state->challenge)
        go_on(client, fact);
    if (fact->answered || fact->service == WU_SERVICE_CONNECTION) /* what becomes of a tunnel its connection tells */
        return;
    if (state->n_open == WU_MAX_OPEN_REQUESTS) {
        drop_request(state, 0);
        state->given_up++;
    }
    open_request *request = &state->open[state->n_open++];
    request->frame = fact->frame;
    request->time = fact->time;
    request->task = wu_fact_task(fact);
    request->step = wu_fact_step(fact);
    request->operation = wu_diagnosis_copy(fact->operation);
    request->server = wu_diagnosis_server(fact);
}

/* An answer may know the operation better than the request did. */
static void
answer_request(wu_client_state *state, const wu_fact *fact)
{
    unsigned at = state->n_open;

    for (unsigned i = state->n_open; i-- > 0;)
        if (state->open[i].frame == fact->request_frame &&
            (at == state->n_open || !g_strcmp0(state->open[i].operation, fact->operation)))
            at = i;
    if (at < state->n_open)
        drop_request(state, at);
}

/* Whether an answer shows that a cause is over. */
static bool
goes_well(const wu_cause *cause, const wu_fact *fact, const char *server)
{
    if (cause->went_well || wu_is_reported(cause->row) ||
        (cause->row->on >= WU_ON_FINDING && cause->row != wu_pattern(WU_DIAGNOSIS_NOT_AUTHENTICATED)))
        return false;
    if (cause->row->on == WU_ON_CONNECTION)
        return server && !strcmp(cause->server, server);
    return server && strcmp(cause->operation, "unknown") && !strcmp(cause->operation, wu_said_text(fact->operation)) && !strcmp(cause->server, server) &&
           (cause->step != WU_STEP_DOWNLOAD || cause->row->on == WU_ON_PATTERN ||
            g_str_has_suffix(cause->detail, wu_said_text(fact->file)));
}

static void
take_success(wu_diagnosed *client, const wu_fact *fact)
{
    char *server = client->causes->len ? wu_diagnosis_server(fact) : NULL;

    for (guint i = 0; i < client->causes->len; i++) {
        wu_cause *cause = g_ptr_array_index(client->causes, i);
        if (goes_well(cause, fact, server))
            cause->went_well = fact->frame;
    }
    g_free(server);
    client->reached |= 1u << wu_fact_step(fact);
}

static void
fault_detail(const wu_fact *fact, char *out, size_t room)
{
    if (fact->error_code && *fact->error_code)
        snprintf(out, room, fact->parameter && *fact->parameter ? "%.100s (%.100s)" : "%.100s", fact->error_code,
                 wu_said_text(fact->parameter));
}

/* Somebody asks the client to log on: what was noted for it is forgotten when it goes on. */
static void
remember_challenge(wu_diagnosed *client, const wu_fact *fact, const wu_diagnosis_row *row)
{
    client->state->challenge = fact->frame;
    client->state->challenged = fact->request_frame;
    client->state->challenge_row = row;
    g_free(client->state->challenger);
    client->state->challenger = wu_diagnosis_server(fact);
}

static void
take_failure(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    char detail[WU_FACT_TEXT + 32] = "";
    const wu_diagnosis_row *row;

    if (fact->fault) {
        fault_detail(fact, detail, sizeof detail);
        row = wu_find_row(d, WU_ON_FAULT, wu_said_text(fact->error_code), fact);
    } else {
        char key[16];
        snprintf(key, sizeof key, "%u", fact->status);
        bool file = wu_fact_step(fact) == WU_STEP_DOWNLOAD && fact->file && *fact->file;
        snprintf(detail, sizeof detail, "HTTP %u%s%.160s", fact->status, file ? ", " : "", file ? fact->file : "");
        row = wu_find_row(d, WU_ON_STATUS, key, fact);
    }
    if (row)
        wu_note_cause(d, client, row, fact, detail);
    if (row && fact->challenge)
        remember_challenge(client, fact, row);
}

/* A failure, unless the client goes on. */
static void
take_challenge(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    char detail[16];

    snprintf(detail, sizeof detail, "HTTP %u", fact->status);
    wu_note_cause(d, client, wu_pattern(WU_DIAGNOSIS_NOT_AUTHENTICATED), fact, detail);
    remember_challenge(client, fact, wu_pattern(WU_DIAGNOSIS_NOT_AUTHENTICATED));
}

static void
take_response(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    client->responses++;
    d->responses++;
    client->requests += fact->answered;
    d->requests += fact->answered;
    answer_request(client->state, fact);
    client->reached |= 1u << WU_STEP_CONNECT | (fact->secure ? 1u << WU_STEP_SECURE : 0);
    if (fact->outcome == WU_FACT_FAILED)
        take_failure(d, client, fact);
    else if (fact->challenge)
        take_challenge(d, client, fact);
    else if (wu_is_answer(fact))
        take_success(client, fact);
}

/* ---- connections and reports ---- */

/* What was asked on a connection that failed has no failure of its own. A request is known by the frame in which it ends, and the
 * connection tells of the one in which it begins. */
static void
explain_requests(wu_client_state *state, const wu_fact *fact, const char *server)
{
    unsigned later = state->n_open;

    for (unsigned i = state->n_open; i-- > 0;) {
        const open_request *request = &state->open[i];
        if (fact->request_frame ? request->frame == fact->request_frame : !strcmp(request->server, server)) {
            drop_request(state, i);
            if (fact->request_frame)
                return;
        } else if (request->frame > fact->request_frame && request->frame <= fact->frame && !strcmp(request->server, server)) {
            later = i;
        }
    }
    if (fact->request_frame && later < state->n_open)
        drop_request(state, later);
}

static void
take_connection(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    const wu_diagnosis_row *row = wu_find_row(d, WU_ON_CONNECTION, wu_said_text(fact->connection), fact);
    char *server = wu_diagnosis_server(fact);
    enum wu_step step = wu_connection_step(fact->operation);

    if (step >= WU_STEP_SECURE || !g_strcmp0(fact->operation, "Exchange") || !g_strcmp0(fact->operation, "Tunnel"))
        client->reached |= 1u << WU_STEP_CONNECT;
    explain_requests(client->state, fact, server);
    g_free(server);
    wu_forget_cause(client, wu_pattern(WU_DIAGNOSIS_PAGE), fact); /* the same, told once */
    wu_forget_cause(client, wu_pattern(WU_DIAGNOSIS_NOT_AUTHENTICATED), fact);
    if (row)
        wu_note_cause(d, client, row, fact, fact->connection);
}

static bool
has_code(const wu_cause *cause, uint32_t code)
{
    bool found = cause->code == code;

    for (unsigned i = 0; i < cause->n_codes; i++)
        found |= cause->codes[i] == code;
    return found;
}

/* A code that the client reports for what was seen before is no failure of its own. */
static bool
is_explained(wu_diagnosed *client, const wu_fact *fact)
{
    for (guint i = client->causes->len; fact->code && i-- > 0;) {
        wu_cause *cause = g_ptr_array_index(client->causes, i);
        if (cause->row->weight == WU_WEIGHT_FAILURE && !wu_is_reported(cause->row) && has_code(cause, fact->code)) {
            cause->reported = cause->reported ? cause->reported : fact->frame;
            return true;
        }
    }
    return false;
}

static void
take_event(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    char key[16], detail[WU_FACT_TEXT];
    const wu_diagnosis_row *row;

    client->reported++;
    if (!g_strcmp0(fact->event_class, "detect"))
        wu_search_reported(d, client);
    if (is_explained(client, fact))
        return;
    snprintf(key, sizeof key, "0x%08X", fact->code);
    row = fact->code ? wu_find_row(d, WU_ON_CODE, key, fact) : NULL;
    if (!row)
        row = wu_find_row(d, WU_ON_EVENT, wu_said_text(fact->event_class), fact);
    snprintf(detail, sizeof detail, "%.80s%s%.110s", wu_said_text(fact->event_name),
             fact->event_name && fact->subject && *fact->subject ? ": " : "", wu_said_text(fact->subject));
    if (row)
        wu_note_cause(d, client, row, fact, detail);
}

static void
take_findings(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    char key[16];

    for (unsigned i = 0; i < fact->n_findings; i++) {
        snprintf(key, sizeof key, "%u", fact->findings[i]);
        const wu_diagnosis_row *row = wu_find_row(d, WU_ON_FINDING, key, fact);
        wu_fact plain = *fact;
        plain.code = 0;
        plain.n_codes = 0;
        if (fact->findings[i] == WU_FINDING_ACCEPT_ENCODING) { /* of all that the client asks, not of one call */
            plain.operation = NULL;
            plain.service = WU_SERVICE_NONE;
        }
        if (row && row->weight != WU_WEIGHT_QUIET)
            wu_note_cause(d, client, row, &plain, fact->file);
    }
}

/* ---- the whole ---- */

static void
free_identity(gpointer p)
{
    identity *who = p;

    g_free(who->address);
    g_free(who->computer);
    g_free(who->id);
    g_free(who);
}

wu_diagnosis *
wu_diagnosis_new(void)
{
    wu_diagnosis *d = g_new0(wu_diagnosis, 1);

    d->by_address = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    d->clients = g_ptr_array_new_with_free_func(free_client);
    d->general = g_ptr_array_new_with_free_func(wu_cause_free);
    d->servers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, wu_server_free);
    d->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    d->cookies = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    d->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_identity);
    d->computers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_identity);
    d->server_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_identity);
    d->signed_on = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_identity);
    return d;
}

void
wu_diagnosis_free(wu_diagnosis *d)
{
    if (!d)
        return;
    g_hash_table_destroy(d->by_address);
    g_ptr_array_free(d->clients, TRUE);
    g_ptr_array_free(d->general, TRUE);
    g_hash_table_destroy(d->servers);
    g_hash_table_destroy(d->files);
    g_hash_table_destroy(d->cookies);
    g_hash_table_destroy(d->ids);
    g_hash_table_destroy(d->computers);
    g_hash_table_destroy(d->server_ids);
    g_hash_table_destroy(d->signed_on);
    g_free(d);
}

void
wu_diagnosis_add(wu_diagnosis *d, const wu_fact *fact)
{
    if (fact->kind == WU_FACT_CONNECTION && fact->outcome == WU_FACT_OK) { /* nothing was read of it but the certificate */
        wu_servers_add(d, NULL, fact);
        return;
    }

    wu_diagnosed *client = client_of(d, fact);

    if (!d->first_frame)
        d->first_frame = fact->frame;
    d->last_frame = fact->frame;
    d->last_time = fact->time;
    if (!client)
        return;
    learn_client(client, fact);
    switch (fact->kind) {
    case WU_FACT_REQUEST:
        take_request(d, client, fact);
        break;
    case WU_FACT_RESPONSE:
        take_response(d, client, fact);
        break;
    case WU_FACT_CONNECTION:
        take_connection(d, client, fact);
        break;
    default:
        take_event(d, client, fact);
        break;
    }
    take_findings(d, client, fact);
    wu_patterns_add(d, client, fact);
    wu_servers_add(d, client, fact);
}

static int
severity(const wu_diagnosed *client)
{
    int worst = 0;

    for (guint i = 0; i < client->causes->len; i++) {
        const wu_cause *cause = g_ptr_array_index(client->causes, i);
        int weight = wu_cause_stops(cause) ? 10 : cause->row->weight == WU_WEIGHT_FAILURE ? 3 : cause->row->weight;
        worst = weight > worst ? weight : worst;
    }
    return worst;
}

static gint
by_severity(gconstpointer a, gconstpointer b)
{
    const wu_diagnosed *x = *(wu_diagnosed *const *)a, *y = *(wu_diagnosed *const *)b;
    int sx = severity(x), sy = severity(y);

    return sx != sy ? sy - sx : x->first_frame < y->first_frame ? -1 : x->first_frame > y->first_frame;
}

void
wu_diagnosis_end(wu_diagnosis *d)
{
    if (d->ended)
        return;
    d->ended = true;
    wu_patterns_end(d);
    wu_servers_end(d);
    wu_security_end(d);
    g_ptr_array_sort(d->clients, by_severity);
}

GPtrArray *
wu_diagnosis_clients(const wu_diagnosis *d)
{
    return d->clients;
}

GPtrArray *
wu_diagnosis_general(const wu_diagnosis *d)
{
    return d->general;
}

enum wu_step
wu_diagnosed_step(const wu_diagnosed *client)
{
    for (unsigned step = WU_STEP_MAX; step-- > 1;)
        if (client->reached & 1u << step)
            return (enum wu_step)step;
    return WU_STEP_NONE;
}
