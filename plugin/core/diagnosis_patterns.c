/* diagnosis_patterns.c
 * What no single message shows: identities, searches that go round in circles, clocks and cookies, the order of calls.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis_state.h"

#include <math.h>
#include <stdio.h>

#include "text.h"

#define SEARCH_PAUSE   600.0           /* seconds without SyncUpdates, after which the next one begins another search */
#define END_OF_TIME    253000000000.0  /* expiry times from here on (year 9987) stand for "never" */

/* ---- who is who ---- */

identity *
wu_remember(GHashTable *table, const char *key, const wu_fact *fact)
{
    char *safe = wu_diagnosis_copy(key), *lower = g_ascii_strdown(safe, -1);
    identity *who = g_hash_table_lookup(table, lower);

    g_free(safe);
    if (who || g_hash_table_size(table) >= WU_MAX_DIAGNOSED) {
        g_free(lower);
        return who;
    }
    who = g_new0(identity, 1);
    who->address = wu_diagnosis_copy(fact->client);
    who->computer = wu_diagnosis_copy(fact->computer);
    who->id = wu_diagnosis_copy(fact->client_id);
    who->frame = fact->frame;
    g_hash_table_insert(table, lower, who);
    return who;
}

/* Computers of one short name at different addresses may be two. */
static bool
is_that_computer(const identity *computer, const wu_fact *fact)
{
    return strchr(fact->computer, '.') || !strcmp(computer->address, fact->client);
}

/* "pc1" and "PC1.example.com" are one name. */
static bool
same_computer(const char *a, const char *b)
{
    size_t n = strcspn(a, ".");

    return n == strcspn(b, ".") && !g_ascii_strncasecmp(a, b, n);
}

static void
look_at_identity(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    char detail[3 * WU_FACT_TEXT];
    uint8_t guid[16];

    if (!fact->client_id || !fact->computer || !*fact->computer || !wu_text_guid(wu_slice_text(fact->client_id), guid))
        return; /* reports may have a SID in its place */
    const identity *user = wu_remember(d->ids, fact->client_id, fact);
    if (user && !same_computer(user->computer, fact->computer) && strcmp(user->address, fact->client)) {
        snprintf(detail, sizeof detail, "%.60s: %.40s at %.40s, %.40s at %.40s", fact->client_id, user->computer,
                 user->address, fact->computer, fact->client);
        wu_cause *cause = wu_note_plain(d, NULL, WU_DIAGNOSIS_CLONED_ID, fact, detail);
        if (cause)
            wu_add_proof(cause, user->frame);
    }
    identity *computer = wu_remember(d->computers, fact->computer, fact);
    if (computer && is_that_computer(computer, fact) && g_ascii_strcasecmp(computer->id, fact->client_id)) {
        snprintf(detail, sizeof detail, "%.60s: %.60s, %.60s", fact->computer, computer->id, fact->client_id);
        wu_cause *cause = wu_note_plain(d, client, WU_DIAGNOSIS_SEVERAL_IDS, fact, detail);
        if (cause)
            wu_add_proof(cause, computer->frame);
    }
}

static void
look_at_sources(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    wu_client_state *s = client->state;
    uint32_t *mine = fact->public_service ? &s->public_service : &s->own_service;

    if (fact->service != WU_SERVICE_CLIENTWEBSERVICE || fact->kind != WU_FACT_REQUEST || *mine)
        return;
    *mine = fact->frame;
    if (s->own_service && s->public_service) {
        wu_cause *cause = wu_note_plain(d, client, WU_DIAGNOSIS_DUAL_SCAN, fact, "");
        if (cause) {
            wu_add_proof(cause, s->own_service);
            wu_add_proof(cause, s->public_service);
        }
    }
}

/* ---- searches ---- */

static void
close_search(wu_diagnosis *d, wu_diagnosed *client)
{
    wu_client_state *s = client->state;
    const wu_diagnosis_row *near_limit = wu_pattern(WU_DIAGNOSIS_TRIPS_NEAR), *over = wu_pattern(WU_DIAGNOSIS_TRIPS_OVER);

    if (s->trips >= near_limit->limit) {
        char detail[48];
        wu_fact fact = { .client = client->address, .frame = s->trips_to, .request_frame = s->trips_from,
                         .time = s->trip_time, .service = WU_SERVICE_CLIENTWEBSERVICE, .operation = "SyncUpdates" };
        bool ended = s->trips >= over->limit;
        if (ended) { /* the code that the agent reports for it */
            fact.code = 0x80244010;
            fact.basis = WU_BASIS_DOCUMENTED;
        }
        snprintf(detail, sizeof detail, "%u rounds", s->trips);
        wu_note_cause(d, client, ended ? over : near_limit, &fact, detail);
    }
    s->trips = 0;
}

static void
look_at_rounds(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    wu_client_state *s = client->state;

    if (fact->kind != WU_FACT_REQUEST)
        return;
    if (wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates")) {
        if (s->trips && (fact->driver_pass != s->driver_pass || fact->time - s->trip_time > SEARCH_PAUSE))
            close_search(d, client);
        if (!s->trips)
            s->trips_from = fact->frame;
        s->trips++;
        client->rounds++;
        s->trips_to = fact->frame;
        s->trip_time = fact->time;
        s->driver_pass = fact->driver_pass;
        s->truncated = 0;
    } else if (wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "StartCategoryScan") ||
               wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig") ||
               wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig2")) {
        if (!s->loops[WU_LOOP_CONFIG].count && !s->loops[WU_LOOP_COOKIE].count)
            close_search(d, client);
    }
}

void
wu_search_reported(wu_diagnosis *d, wu_diagnosed *client)
{
    if (client->state->trips >= wu_pattern(WU_DIAGNOSIS_TRIPS_OVER)->limit)
        close_search(d, client);
}

/* Errors, what is got anew after them, and what goes well when that helped. By names of operations: a downstream server goes the same
 * way. */
typedef struct {
    enum wu_diagnosis_name name;
    const char *errors[3], *anew[2], *over[3];
} loop_kind;

static const loop_kind loop_kinds[WU_LOOPS] = {
    [WU_LOOP_CONFIG] = { WU_DIAGNOSIS_LOOP_CONFIG, { "ConfigChanged" }, { "GetConfig", "GetConfig2" }, { "SyncUpdates" } },
    [WU_LOOP_COOKIE] = { WU_DIAGNOSIS_LOOP_COOKIE, { "InvalidCookie", "ServerChanged", "CookieExpired" }, { "GetCookie" },
                         { "SyncUpdates", "GetRevisionIdList", "GetUpdateData" } },
    [WU_LOOP_AUTHORIZATION] = { WU_DIAGNOSIS_LOOP_AUTHORIZATION, { "InvalidAuthorizationCookie" }, { "GetAuthorizationCookie" },
                                { "GetCookie" } },
    [WU_LOOP_REGISTRATION] = { WU_DIAGNOSIS_LOOP_REGISTRATION, { "RegistrationRequired" }, { "RegisterComputer" }, { "SyncUpdates" } },
    [WU_LOOP_LOCATIONS] = { WU_DIAGNOSIS_LOOP_LOCATIONS, { "FileLocationChanged", "FileLocationsChanged" }, { "GetFileLocations" },
                            { "GetExtendedUpdateInfo", "GetExtendedUpdateInfo2" } },
};

static bool
is_one_of(const char *name, const char *const *names, unsigned n)
{
    for (unsigned i = 0; name && i < n && names[i]; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static void
turn(wu_diagnosis *d, wu_diagnosed *client, loop_state *loop, enum wu_diagnosis_name name, const wu_fact *fact)
{
    const wu_diagnosis_row *row = wu_pattern(name);

    if (loop->count && !loop->anew) /* what is rejected is not what was given anew */
        return;
    loop->anew = false;
    if (!loop->count)
        g_strlcpy(loop->error_code, fact->error_code, sizeof loop->error_code);
    loop->frames[loop->count % WU_MAX_PROOF] = fact->frame;
    if (++loop->count < row->limit)
        return;
    wu_cause *cause = wu_note_cause(d, client, row, fact, loop->error_code);
    if (!cause)
        return;
    for (unsigned i = 0; i < loop->count && i < WU_MAX_PROOF; i++)
        wu_add_proof(cause, loop->frames[i]);
    cause->count += loop->count == row->limit ? row->limit - 1 : 0; /* those that led to it */
}

static void
look_at_loops(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    for (unsigned i = 0; i < WU_LOOPS && fact->kind == WU_FACT_RESPONSE; i++) {
        const loop_kind *kind = &loop_kinds[i];
        loop_state *loop = &client->state->loops[i];
        if (fact->outcome == WU_FACT_OK && is_one_of(fact->operation, kind->over, G_N_ELEMENTS(kind->over)))
            loop->count = 0;
        if (wu_is_answer(fact) && is_one_of(fact->operation, kind->anew, G_N_ELEMENTS(kind->anew)))
            loop->anew = true;
        if (fact->fault && is_one_of(fact->error_code, kind->errors, G_N_ELEMENTS(kind->errors)))
            turn(d, client, loop, kind->name, fact);
    }
}

static void
look_at_progress(wu_client_state *s, const wu_fact *fact)
{
    bool metadata = wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo") ||
                    wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo2");

    if (metadata || fact->digest)
        s->offered = 0;
    if (!wu_is_answer(fact) || !wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"))
        return;
    if (fact->installs)
        s->offered = fact->frame;
    s->truncated = fact->truncated ? fact->frame : 0;
}

static void
look_at_config(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    if (!wu_is_answer(fact) || fact->incomplete || fact->public_service || (fact->config_plugin && fact->config_limit) ||
        (!wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig") &&
         !wu_is_operation(fact, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig2")))
        return;
    wu_note_pattern(d, client, WU_DIAGNOSIS_CONFIG_INCOMPLETE, fact,
         fact->config_plugin  ? "no MaxExtendedUpdatesPerRequest"
         : fact->config_limit ? "no authorization plug-in"
                              : "no authorization plug-in, no MaxExtendedUpdatesPerRequest");
}

/* ---- clocks and cookies ---- */

static void
look_at_clocks(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    wu_client_state *s = client->state;

    if (fact->kind == WU_FACT_REQUEST && fact->client_clock > 0) {
        s->have_clock = true;
        s->clock_ahead = fact->client_clock - fact->time;
        s->clock_frame = fact->frame;
    }
    if (fact->kind != WU_FACT_RESPONSE || fact->server_clock <= 0 || !s->have_clock)
        return;
    double apart = s->clock_ahead - (fact->server_clock - fact->time);
    if (fabs(apart) < wu_pattern(WU_DIAGNOSIS_CLOCK_SKEW)->limit)
        return;
    s->have_clock = false;
    if (!s->skew) { /* seconds change from call to call, the cause does not */
        snprintf(s->skew_text, sizeof s->skew_text, fabs(apart) < 172800 ? "the client is %.0f minutes %s" : "the client is %.0f days %s",
                 fabs(apart) / (fabs(apart) < 172800 ? 60 : 86400), apart > 0 ? "ahead" : "behind");
        s->skew = true;
    }
    wu_cause *cause = wu_note_plain(d, client, WU_DIAGNOSIS_CLOCK_SKEW, fact, s->skew_text);
    if (cause)
        wu_add_proof(cause, s->clock_frame);
}

static void
look_at_cookies(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    bool born = fact->kind == WU_FACT_RESPONSE;
    enum wu_diagnosis_name name = born ? WU_DIAGNOSIS_COOKIE_BORN_EXPIRED : WU_DIAGNOSIS_COOKIE_EXPIRED;
    double late = fact->time - fact->cookie_expires;

    if (fact->cookie_expires <= 0 || fact->cookie_expires > END_OF_TIME || fact->kind > WU_FACT_RESPONSE ||
        late < wu_pattern(name)->limit)
        return;
    wu_note_plain(d, client, name, fact, "");
}

/* ---- files and reports ---- */

static void
learn_files(wu_diagnosis *d, const wu_fact *fact)
{
    for (unsigned i = 0; i < fact->n_files; i++) {
        const wu_fact_file *file = &fact->files[i];
        uint64_t *size = file->digest ? g_hash_table_lookup(d->files, file->digest) : NULL;
        if (size) {
            *size = file->size ? file->size : *size;
        } else if (file->digest && g_hash_table_size(d->files) < WU_MAX_KNOWN_FILES) {
            size = g_new(uint64_t, 1);
            *size = file->size;
            g_hash_table_insert(d->files, g_strndup(file->digest, WU_FACT_TEXT), size);
        }
    }
}

static void
look_at_file(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    const uint64_t *size = fact->digest ? g_hash_table_lookup(d->files, fact->digest) : NULL;
    char detail[WU_FACT_TEXT];

    if (fact->digest && fact->etag_digest && wu_is_answer(fact) && g_ascii_strcasecmp(fact->digest, fact->etag_digest)) {
        snprintf(detail, sizeof detail, "%.80s: ETag %.40s", wu_said_text(fact->file), fact->etag_digest);
        wu_note_pattern(d, client, WU_DIAGNOSIS_FILE_DIGEST, fact, detail);
    }
    if (!size || !*size || !fact->file_size || !wu_is_answer(fact) || *size == fact->file_size)
        return;
    snprintf(detail, sizeof detail, "%.80s: %" G_GUINT64_FORMAT " bytes, the metadata says %" G_GUINT64_FORMAT,
             wu_said_text(fact->file), (guint64)fact->file_size, (guint64)*size);
    wu_note_pattern(d, client, WU_DIAGNOSIS_FILE_SIZE, fact, detail);
}

/* ---- ---- */

void
wu_patterns_add(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    look_at_identity(d, client, fact);
    look_at_sources(d, client, fact);
    look_at_rounds(d, client, fact);
    look_at_loops(d, client, fact);
    look_at_progress(client->state, fact);
    look_at_config(d, client, fact);
    look_at_clocks(d, client, fact);
    look_at_cookies(d, client, fact);
    learn_files(d, fact);
    look_at_file(d, client, fact);
    if (fact->accepted == WU_SAID_NO)
        wu_note_pattern(d, client, WU_DIAGNOSIS_REPORT_REFUSED, fact, "");
}

/* Whether the connection to the server had failed before, and nothing went well after it: what is missing then has its cause. */
static bool
is_cut_off(const wu_diagnosed *client, const open_request *request)
{
    for (guint i = 0; i < client->causes->len; i++) {
        const wu_cause *cause = g_ptr_array_index(client->causes, i);
        if (cause->row->on == WU_ON_CONNECTION && wu_cause_stops(cause) && cause->last_frame < request->frame &&
            !strcmp(cause->server, request->server))
            return true;
    }
    return false;
}

/* What waits for an answer at the end. */
static void
note_unanswered(wu_diagnosis *d, wu_diagnosed *client)
{
    for (unsigned i = 0; i < client->state->n_open; i++) {
        const open_request *request = &client->state->open[i];
        wu_fact fact = { .client = client->address, .frame = request->frame, .time = request->time,
                         .host = request->server, .operation = request->operation };
        wu_cause *cause = is_cut_off(client, request)
                              ? NULL : wu_note_pattern(d, client, WU_DIAGNOSIS_UNANSWERED, &fact, "");
        if (cause) {
            cause->task = request->task;
            cause->step = request->step;
        }
    }
}

static bool
is_stopped(const wu_diagnosed *client)
{
    for (guint i = 0; i < client->causes->len; i++)
        if (wu_cause_stops(g_ptr_array_index(client->causes, i)))
            return true;
    return false;
}

static void
note_end(wu_diagnosis *d, wu_diagnosed *client)
{
    wu_client_state *s = client->state;
    wu_fact fact = { .client = client->address, .time = client->last, .service = WU_SERVICE_CLIENTWEBSERVICE,
                     .operation = "SyncUpdates" };

    close_search(d, client);
    note_unanswered(d, client);
    if (is_stopped(client))
        return;
    fact.frame = s->truncated ? s->truncated : s->offered;
    if (s->truncated)
        wu_note_pattern(d, client, WU_DIAGNOSIS_NO_MORE_ROUNDS, &fact, "");
    else if (s->offered)
        wu_note_pattern(d, client, WU_DIAGNOSIS_NO_METADATA, &fact, "");
}

void
wu_patterns_end(wu_diagnosis *d)
{
    for (guint c = 0; c < d->clients->len; c++)
        note_end(d, g_ptr_array_index(d->clients, c));
}
