/* diagnosis_security.c
 * What deserves a look for security and no single message shows: authorization cookies that nobody issued, the order of the calls
 * of public exploits, several marks of public tools that inject updates. What the wire shows is said, and no more.
 *
 * Sources: public proofs of concept of CVE-2025-59287 and Code White's analysis of it; PyWSUS, WSUSpect.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis_state.h"

#include <stdio.h>

#define TOOL_COOKIE 47u /* bytes of the random cookies of PyWSUS; those of WSUS have hundreds */

/* ---- authorization ---- */

static void
issue_cookie(wu_diagnosis *d, const wu_fact *fact)
{
    gint64 *key = g_new(gint64, 1);

    *key = (gint64)fact->auth_cookie;
    d->issued_least = !d->issued_least || fact->auth_cookie_length < d->issued_least ? fact->auth_cookie_length
                                                                                   : d->issued_least;
    d->issued_most = fact->auth_cookie_length > d->issued_most ? fact->auth_cookie_length : d->issued_most;
    if (g_hash_table_size(d->cookies) < WU_MAX_KNOWN_FILES)
        g_hash_table_add(d->cookies, key);
    else
        g_free(key);
}

static void
look_at_authorization(wu_diagnosis *d, wu_diagnosed *client, const wu_fact *fact)
{
    char detail[96];

    if (!fact->auth_cookie || !fact->auth_cookie_length)
        return;
    if (wu_is_answer(fact)) {
        issue_cookie(d, fact);
        return;
    }
    gint64 key = (gint64)fact->auth_cookie;
    unsigned n = fact->auth_cookie_length;
    if (fact->kind != WU_FACT_REQUEST || g_strcmp0(fact->operation, "GetCookie") ||
        g_hash_table_contains(d->cookies, &key))
        return;
    if (d->issued_most ? n <= 2 * d->issued_most && 2 * n >= d->issued_least
                       : n < wu_pattern(WU_DIAGNOSIS_AUTH_COOKIE)->limit)
        return;
    if (d->issued_most && d->issued_least == d->issued_most)
        snprintf(detail, sizeof detail, "%u bytes; those issued have %u", n, d->issued_most);
    else if (d->issued_most)
        snprintf(detail, sizeof detail, "%u bytes; those issued have %u to %u", n, d->issued_least, d->issued_most);
    else
        snprintf(detail, sizeof detail, "%u bytes; no server issued one here, 496 are usual", n);
    wu_note_pattern(d, client, WU_DIAGNOSIS_AUTH_COOKIE, fact, detail);
}

static const identity *
find_identity(GHashTable *table, const char *id)
{
    char *safe = wu_diagnosis_copy(id), *lower = g_ascii_strdown(safe, -1);
    const identity *found = g_hash_table_lookup(table, lower);

    g_free(safe);
    g_free(lower);
    return found;
}

/* GetRollupConfiguration told `asked` the id of the server, under which `used` asked for an authorization. */
static void
note_order(wu_diagnosis *d, const identity *asked, const identity *used, const char *id, const wu_fact *seen)
{
    wu_diagnosed *client = g_hash_table_lookup(d->by_address, used->address);
    wu_fact fact = *seen;

    fact.frame = used->frame;
    fact.request_frame = 0;
    fact.service = WU_SERVICE_SIMPLEAUTHWEBSERVICE;
    fact.operation = "GetAuthorizationCookie";
    wu_cause *cause = client ? wu_note_pattern(d, client, WU_DIAGNOSIS_EXPLOIT_ORDER, &fact, id) : NULL;
    if (!cause)
        return;
    client->state->order = cause;
    wu_add_proof(cause, asked->frame);
}

/* The id of a server is no secret, and no client's: whose calls use it, in whatever order and from whatever address, is no agent. */
static void
look_at_order(wu_diagnosis *d, const wu_diagnosed *client, const wu_fact *fact)
{
    if (fact->kind == WU_FACT_REQUEST && client->state->order &&
        (!g_strcmp0(fact->operation, "GetCookie") || !g_strcmp0(fact->operation, "ReportEventBatch")))
        wu_add_proof(client->state->order, fact->frame); /* what follows in the exploits */
    if (wu_is_answer(fact) && fact->server_id && wu_is_operation(fact, WU_SERVICE_REPORTINGWEBSERVICE, "GetRollupConfiguration")) {
        bool known = find_identity(d->server_ids, fact->server_id) != NULL;
        const identity *asked = wu_remember(d->server_ids, fact->server_id, fact), *used = find_identity(d->signed_on, fact->server_id);
        if (asked && used && !known)
            note_order(d, asked, used, fact->server_id, fact);
    }
    if (fact->kind == WU_FACT_REQUEST && fact->client_id &&
        wu_is_operation(fact, WU_SERVICE_SIMPLEAUTHWEBSERVICE, "GetAuthorizationCookie")) {
        const identity *asked = find_identity(d->server_ids, fact->client_id);
        const identity now = { .address = client->address, .frame = fact->frame };
        wu_remember(d->signed_on, fact->client_id, fact);
        if (asked)
            note_order(d, asked, &now, fact->client_id, fact);
    }
}

/* A server is named by the plug-in that GetConfig or GetAuthConfig names, and so is the cookie that it wants to see. */
static void
look_at_plugin(wu_diagnosis *d, wu_diagnosed *client, const server_state *server, const wu_fact *fact)
{
    char detail[WU_FACT_TEXT];

    if (fact->kind != WU_FACT_REQUEST || g_strcmp0(fact->operation, "GetCookie") || !fact->auth_plugin || !*fact->auth_plugin ||
        !server->plugins.n || server->plugins.more)
        return;
    char *safe = wu_diagnosis_copy(fact->auth_plugin);
    bool named = false;
    for (unsigned i = 0; i < server->plugins.n; i++)
        named |= !g_ascii_strcasecmp(server->plugins.names[i], safe);
    snprintf(detail, sizeof detail, "%.60s; the server names %.60s", safe, server->plugins.names[0]);
    g_free(safe);
    if (named)
        return;
    wu_cause *cause = wu_note_pattern(d, client, WU_DIAGNOSIS_AUTH_PLUGIN, fact, detail);
    if (cause)
        wu_add_proof(cause, server->plugin_frame);
}

static void
learn_plugin(server_state *server, const wu_fact *fact)
{
    if (!wu_is_answer(fact) || !fact->auth_plugin || g_strcmp0(fact->operation, "GetCookie") == 0 ||
        g_strcmp0(fact->operation, "GetAuthorizationCookie") == 0)
        return;
    if (wu_add_name(&server->plugins, fact->auth_plugin) && server->plugins.n == 1)
        server->plugin_frame = fact->frame;
}

/* A server that gives its catalogue away to servers without knowing who they are. */
static void
look_at_upstream(wu_diagnosis *d, const wu_fact *fact)
{
    if (!wu_is_answer(fact) || !fact->anonymous || fact->public_service || fact->service != WU_SERVICE_SERVERSYNCWEBSERVICE ||
        (g_strcmp0(fact->operation, "GetRevisionIdList") && g_strcmp0(fact->operation, "GetUpdateData")))
        return;
    wu_fact plain = *fact;
    plain.operation = NULL;
    plain.service = WU_SERVICE_NONE;
    wu_note_pattern(d, NULL, WU_DIAGNOSIS_ANONYMOUS_SYNC, &plain, "");
}

/* ---- injected updates ---- */

/* Marks of tools. The strong ones are about the updates themselves; each may be innocent. */
enum mark {
    MARK_IDS, MARK_PATH, MARK_HOST, MARK_DIGEST, MARK_PROGRAM, MARK_ARGUMENTS, /* strong */
    MARK_PLUGIN, MARK_ENCODING, MARK_PRETTY, MARK_RANGES, MARK_COOKIE
};

static const char *const mark_words[WU_TOOL_MARKS] = {
    "revision ids of the tools", "files where WSUS has none", "files on a foreign host", "a digest that differs",
    "a program that runs others", "arguments of Sysinternals tools", "plug-in Anonymous", "a changed Accept-Encoding", "indented answers", "no ranges",
    "cookies of 47 bytes"
};

static void
mark(server_state *server, enum mark what, uint32_t frame)
{
    if (!server->marks[what])
        server->marks[what] = frame;
}

static void
mark_findings(server_state *server, const wu_fact *fact)
{
    static const struct { enum wu_finding_kind kind; enum mark mark; } finds[] = {
        { WU_FINDING_TOOL_IDS, MARK_IDS }, { WU_FINDING_PATH, MARK_PATH }, { WU_FINDING_FOREIGN_HOST, MARK_HOST },
        { WU_FINDING_DIGEST, MARK_DIGEST }, { WU_FINDING_PROGRAM, MARK_PROGRAM }, { WU_FINDING_ARGUMENTS, MARK_ARGUMENTS }, { WU_FINDING_ANONYMOUS, MARK_PLUGIN },
        { WU_FINDING_ACCEPT_ENCODING, MARK_ENCODING }
    };

    for (unsigned i = 0; i < fact->n_findings; i++)
        for (unsigned k = 0; k < G_N_ELEMENTS(finds); k++)
            if (fact->findings[i] == (uint32_t)finds[k].kind && !fact->digest) /* a download repeats what its metadata was found to be */
                mark(server, finds[k].mark, fact->frame);
}

static void
look_at_tools(server_state *server, const wu_fact *fact)
{
    mark_findings(server, fact);
    if (!wu_is_answer(fact))
        return;
    if (fact->pretty)
        mark(server, MARK_PRETTY, fact->frame);
    if (fact->ranges_ignored)
        mark(server, MARK_RANGES, fact->frame);
    if (fact->auth_cookie_length == TOOL_COOKIE || fact->cookie_length == TOOL_COOKIE)
        mark(server, MARK_COOKIE, fact->frame);
}

/* Several marks, of which one is about the updates. */
static void
judge_tools(wu_diagnosis *d, const server_state *server)
{
    GString *text = g_string_new(NULL);
    wu_fact fact = { .client = "", .kind = WU_FACT_RESPONSE, .host = server->name, .time = d->last_time };
    unsigned n = 0, strong = 0;

    for (unsigned i = 0; i < WU_TOOL_MARKS; i++) {
        if (!server->marks[i])
            continue;
        n++;
        strong += i <= MARK_ARGUMENTS;
        fact.frame = fact.frame ? fact.frame : server->marks[i];
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", mark_words[i]);
    }
    wu_cause *cause = strong && n >= wu_pattern(WU_DIAGNOSIS_INJECTED)->limit
                          ? wu_note_pattern(d, NULL, WU_DIAGNOSIS_INJECTED, &fact, text->str) : NULL;
    for (unsigned i = 0; cause && i < WU_TOOL_MARKS; i++)
        wu_add_proof(cause, server->marks[i]);
    g_string_free(text, TRUE);
}

void
wu_security_add(wu_diagnosis *d, wu_diagnosed *client, server_state *server, const wu_fact *fact)
{
    look_at_authorization(d, client, fact);
    look_at_order(d, client, fact);
    look_at_upstream(d, fact);
    if (!server || fact->public_service)
        return;
    learn_plugin(server, fact);
    look_at_plugin(d, client, server, fact);
    look_at_tools(server, fact);
}

void
wu_security_end(wu_diagnosis *d)
{
    GHashTableIter i;
    gpointer server;

    g_hash_table_iter_init(&i, d->servers);
    while (g_hash_table_iter_next(&i, NULL, &server))
        judge_tools(d, server);
}
