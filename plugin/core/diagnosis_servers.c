/* diagnosis_servers.c
 * What the answers of one server show together: trouble for many clients, growing response times, something in the path.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis_state.h"

#include <stdio.h>

#define AT_ONCE     300.0 /* seconds within which a server fails for many clients at once */
#define SLOW_ENOUGH 1.0   /* seconds: times that grow are of no interest below */

void
wu_server_free(gpointer p)
{
    server_state *server = p;

    for (unsigned i = 0; i < server->n_times; i++)
        g_free(server->times[i].name);
    for (unsigned i = 0; i < server->n_troubled; i++)
        g_free(server->troubled[i]);
    g_free(server->name);
    for (unsigned i = 0; i < server->plugins.n; i++)
        g_free(server->plugins.names[i]);
    g_free(server->header);
    g_free(server->issuer);
    g_free(server);
}

static server_state *
server_of(wu_diagnosis *d, const wu_fact *fact)
{
    char *name = wu_diagnosis_server(fact);
    server_state *server = g_hash_table_lookup(d->servers, name);

    if (server || !*name || g_hash_table_size(d->servers) >= WU_MAX_SERVERS) {
        g_free(name);
        return server;
    }
    server = g_new0(server_state, 1);
    server->name = name;
    g_hash_table_insert(d->servers, server->name, server);
    return server;
}

static bool
is_trouble(const wu_fact *fact)
{
    static const char *const outcomes[] = { "No answer", "Refused", "Reset", "Closed early", "Unreachable" };

    if (fact->kind == WU_FACT_RESPONSE && fact->outcome == WU_FACT_FAILED)
        return fact->fault ? !g_strcmp0(fact->error_code, "ServerBusy") || !g_strcmp0(fact->error_code, "InternalServerError")
                           : fact->status >= 500;
    for (unsigned i = 0; i < G_N_ELEMENTS(outcomes) && fact->kind == WU_FACT_CONNECTION; i++)
        if (!g_strcmp0(fact->connection, outcomes[i]))
            return true;
    return false;
}

static void
look_at_trouble(wu_diagnosis *d, server_state *server, const wu_fact *fact)
{
    char detail[64];

    if (!is_trouble(fact) || server->n_troubled == TROUBLED_CLIENTS)
        return;
    if (server->n_troubled && fact->time - server->trouble_to > AT_ONCE) /* that was another time */
        while (server->n_troubled)
            g_free(server->troubled[--server->n_troubled]);
    for (unsigned i = 0; i < server->n_troubled; i++)
        if (!strcmp(server->troubled[i], fact->client))
            return;
    server->trouble_frame[server->n_troubled] = fact->frame;
    server->troubled[server->n_troubled++] = g_strdup(fact->client);
    server->trouble_to = fact->time;
    if (server->n_troubled != wu_pattern(WU_DIAGNOSIS_SERVER_TROUBLE)->limit)
        return;
    snprintf(detail, sizeof detail, "at least %u clients within %.0f s", server->n_troubled, AT_ONCE);
    wu_fact plain = *fact;
    plain.operation = NULL;
    plain.service = WU_SERVICE_NONE;
    wu_cause *cause = wu_note_pattern(d, NULL, WU_DIAGNOSIS_SERVER_TROUBLE, &plain, detail);
    for (unsigned i = 0; cause && i < server->n_troubled; i++)
        wu_add_proof(cause, server->trouble_frame[i]);
}

static void
take_time(server_state *server, const wu_fact *fact)
{
    operation_times *t = NULL;

    if (fact->kind != WU_FACT_RESPONSE || fact->elapsed < 0 || !fact->operation || fact->digest)
        return;
    for (unsigned i = 0; i < server->n_times && !t; i++)
        if (!strcmp(server->times[i].name, fact->operation))
            t = &server->times[i];
    if (!t && server->n_times == OPERATIONS_TIMED)
        return;
    if (!t) {
        t = &server->times[server->n_times++];
        t->name = wu_diagnosis_copy(fact->operation);
        t->first_frame = fact->frame;
    }
    if (t->n < TIMES_KEPT)
        t->first[t->n] = fact->elapsed;
    t->last[t->n++ % TIMES_KEPT] = fact->elapsed;
    t->sum += fact->elapsed;
    t->last_frame = fact->frame;
    if (fact->elapsed > t->slowest) {
        t->slowest = fact->elapsed;
        t->slowest_frame = fact->frame;
    }
}

/* "Microsoft-IIS/10.0" and "Microsoft-HTTPAPI/2.0" answer for one server. */
static bool
same_program(const char *a, const char *b)
{
    size_t n = strcspn(a, "/ ");

    if (g_str_has_prefix(a, "Microsoft-") && g_str_has_prefix(b, "Microsoft-"))
        return true;
    return n == strcspn(b, "/ ") && !g_ascii_strncasecmp(a, b, n);
}

static void
look_at_path(wu_diagnosis *d, wu_diagnosed *client, server_state *server, const wu_fact *fact)
{
    char detail[WU_FACT_TEXT];

    if (fact->kind == WU_FACT_RESPONSE && fact->page)
        wu_note_pattern(d, client, WU_DIAGNOSIS_PAGE, fact, fact->server_header);
    if (fact->kind == WU_FACT_RESPONSE && fact->via && *fact->via) /* one proxy, whatever servers are asked through it */
        wu_note_plain(d, client, WU_DIAGNOSIS_VIA, fact, fact->via);
    if (!server || fact->public_service)
        return;
    if (fact->server_header && *fact->server_header && !server->header) {
        server->header = wu_diagnosis_copy(fact->server_header);
        server->header_frame = fact->frame;
    } else if (fact->server_header && *fact->server_header && !same_program(server->header, fact->server_header)) {
        snprintf(detail, sizeof detail, "%.90s, %.90s", server->header, fact->server_header);
        wu_fact plain = *fact;
        plain.operation = NULL;
        plain.service = WU_SERVICE_NONE;
        wu_cause *cause = wu_note_pattern(d, NULL, WU_DIAGNOSIS_OTHER_SERVER, &plain, detail);
        if (cause)
            wu_add_proof(cause, server->header_frame);
    }
    if (fact->certificate_issuer && *fact->certificate_issuer && !server->issuer) {
        server->issuer = wu_diagnosis_copy(fact->certificate_issuer);
        server->issuer_frame = fact->frame;
    } else if (fact->certificate_issuer && *fact->certificate_issuer && strcmp(server->issuer, fact->certificate_issuer)) {
        snprintf(detail, sizeof detail, "%.90s, %.90s", server->issuer, fact->certificate_issuer);
        wu_fact plain = *fact;
        plain.operation = NULL;
        plain.service = WU_SERVICE_NONE;
        wu_cause *cause = wu_note_pattern(d, NULL, WU_DIAGNOSIS_FOREIGN_CERTIFICATE, &plain, detail);
        if (cause)
            wu_add_proof(cause, server->issuer_frame);
    }
}

static double
mean(const double *times)
{
    double sum = 0;

    for (unsigned i = 0; i < TIMES_KEPT; i++)
        sum += times[i];
    return sum / TIMES_KEPT;
}

static void
judge_times(wu_diagnosis *d, const server_state *server, const operation_times *t)
{
    const wu_diagnosis_row *slow = wu_pattern(WU_DIAGNOSIS_SERVER_SLOW), *slowing = wu_pattern(WU_DIAGNOSIS_SERVER_SLOWING);
    wu_fact fact = { .client = "", .kind = WU_FACT_RESPONSE, .host = server->name, .operation = t->name,
                     .frame = t->slowest_frame };
    char detail[96];
    double before = mean(t->first), now = mean(t->last);

    if (t->n >= 2 * TIMES_KEPT && now >= SLOW_ENOUGH && now >= slowing->limit * before) {
        snprintf(detail, sizeof detail, "%.1f s on average at first, %.1f s in the end", before, now);
        wu_cause *cause = wu_note_pattern(d, NULL, WU_DIAGNOSIS_SERVER_SLOWING, &fact, detail);
        if (cause) {
            wu_add_proof(cause, t->first_frame);
            wu_add_proof(cause, t->last_frame);
        }
    } else if (t->n >= 3 && t->sum / t->n >= slow->limit) {
        snprintf(detail, sizeof detail, "%.1f s on average of %u, %.1f s at most", t->sum / t->n, t->n, t->slowest);
        wu_note_pattern(d, NULL, WU_DIAGNOSIS_SERVER_SLOW, &fact, detail);
    }
}

void
wu_servers_add(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    server_state *server = fact->kind == WU_FACT_EVENT ? NULL : server_of(d, fact);

    look_at_path(d, client, server, fact);
    if (client)
        wu_security_add(d, client, server, fact);
    if (server) {
        take_time(server, fact);
        look_at_trouble(d, server, fact);
    }
}

void
wu_servers_end(wu_diagnosis *d)
{
    GHashTableIter i;
    gpointer value;

    g_hash_table_iter_init(&i, d->servers);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const server_state *server = value;
        for (unsigned k = 0; k < server->n_times; k++)
            judge_times(d, server, &server->times[k]);
    }
}
