/* connection.c
 * The watch itself: which servers are Windows Update's, and the outcomes that are told, put off or kept.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#include <stdlib.h>

#include "wusp.h"

#define MAX_KNOWN 65536u /* endpoints and names that exchanges showed to be servers */
#define MAX_DEFERRED 64u

/* ---- the watch ---- */

static guint
hash_endpoint(gconstpointer p)
{
    const wu_endpoint *e = (const wu_endpoint *)p;
    return wu_address_hash(&e->address) ^ e->port * 0x9E37u;
}

static gboolean
equal_endpoint(gconstpointer a, gconstpointer b)
{
    const wu_endpoint *x = (const wu_endpoint *)a, *y = (const wu_endpoint *)b;
    return x->port == y->port && wu_address_equal(&x->address, &y->address);
}

static void
free_outcome(gpointer p)
{
    outcome *x = (outcome *)p;

    for (unsigned i = 0; i < 5; i++)
        g_free(x->owned[i]);
    g_free(x);
}

static void
free_array(gpointer p)
{
    g_ptr_array_free((GPtrArray *)p, TRUE);
}

static void
read_servers(wu_watch *w, const char *servers)
{
    char **list = g_strsplit(servers, ",", 256);

    for (char **s = list; *s; s++) {
        char *server = g_ascii_strdown(g_strstrip(*s), -1);
        if (*server)
            g_ptr_array_add(w->servers, server);
        else
            g_free(server);
    }
    g_strfreev(list);
}

static void
read_ports(wu_watch *w, const char *ports)
{
    char **list = g_strsplit(ports, ",", 32);

    for (char **s = list; *s && w->n_ports < 32; s++) {
        char *end;
        unsigned long first = strtoul(*s, &end, 10), last = first;
        while (*end == ' ')
            end++;
        if (*end == '-')
            last = strtoul(end + 1, NULL, 10);
        if (!first || first > 65535 || last > 65535 || last < first)
            continue;
        w->ports[w->n_ports][0] = (uint16_t)first;
        w->ports[w->n_ports++][1] = (uint16_t)last;
    }
    g_strfreev(list);
}

wu_watch *
wu_watch_new(const char *servers, const char *ports)
{
    wu_watch *w = g_new0(wu_watch, 1);

    w->servers = g_ptr_array_new_with_free_func(g_free);
    w->known_endpoints = g_hash_table_new_full(hash_endpoint, equal_endpoint, g_free, NULL);
    w->known_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w->by_id = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_outcome);
    w->by_told_frame = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_array);
    w->by_frame = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_array);
    w->lookup_of = watch_new_lookups();
    w->all = g_ptr_array_new();
    w->answer = g_ptr_array_new();
    g_queue_init(&w->attempts);
    g_queue_init(&w->deferred);
    if (servers)
        read_servers(w, servers);
    if (ports)
        read_ports(w, ports);
    return w;
}

void
wu_watch_free(wu_watch *w)
{
    if (!w)
        return;
    watch_free_connections(w);
    watch_free_lookups(w);
    g_ptr_array_free(w->servers, TRUE);
    g_hash_table_destroy(w->known_endpoints);
    g_hash_table_destroy(w->known_names);
    g_hash_table_destroy(w->by_told_frame);
    g_hash_table_destroy(w->by_frame);
    g_hash_table_destroy(w->by_id);
    g_ptr_array_free(w->all, TRUE);
    g_ptr_array_free(w->answer, TRUE);
    g_queue_clear(&w->attempts);
    g_queue_clear(&w->deferred);
    g_free(w);
}

/* ---- which servers are Windows Update's ---- */

/* "host" or "host:port" of the preference. */
static bool
server_is(const char *wanted, const char *host, uint16_t port)
{
    size_t n = strlen(host);
    char *end;

    if (!n || strncmp(wanted, host, n))
        return false;
    if (!wanted[n])
        return true;
    return wanted[n] == ':' && strtoul(wanted + n + 1, &end, 10) == port && !*end;
}

static bool
is_preferred(const wu_watch *w, const wu_endpoint *server, const char *name)
{
    char address[WU_ADDRESS_TEXT] = "";

    if (!w->servers->len)
        return false;
    if (server)
        wu_address_text(&server->address, address);
    for (guint i = 0; i < w->servers->len; i++) {
        const char *wanted = (const char *)g_ptr_array_index(w->servers, i);
        if (server_is(wanted, name, server ? server->port : 0) || server_is(wanted, address, server ? server->port : 0))
            return true;
    }
    return false;
}

static bool
is_update_port(const wu_watch *w, uint16_t port)
{
    for (unsigned i = 0; i < w->n_ports; i++)
        if (port >= w->ports[i][0] && port <= w->ports[i][1])
            return true;
    return false;
}

enum wu_known_by
watch_known(const wu_watch *w, const wu_endpoint *server, const char *name, bool named)
{
    if (!name)
        name = "";
    if (is_preferred(w, server, name))
        return WU_KNOWN_BY_PREFERENCE;
    /* a name that only DNS gives to the address says nothing of its other services */
    if (*name && (named || !server || server->port == 80 || server->port == 443 || is_update_port(w, server->port)) &&
        wu_recognise_host(wu_slice_text(name)))
        return WU_KNOWN_BY_NAME;
    if (server && is_update_port(w, server->port))
        return WU_KNOWN_BY_PORT;
    if (*name && g_hash_table_contains(w->known_names, name))
        return WU_KNOWN_BY_EXCHANGE;
    /* many names may share an address: one that the client named is not known by the others */
    if (server && !(named && *name) && g_hash_table_contains(w->known_endpoints, server))
        return WU_KNOWN_BY_EXCHANGE;
    return WU_KNOWN_NOT;
}

uint8_t
watch_reporters(const char *name, uint16_t port)
{
    const uint8_t files = 1 << WU_REPORTS_FILE | 1 << WU_REPORTS_BITS | 1 << WU_REPORTS_DO;
    wu_slice none = { NULL, 0 };

    if (name && *name) {
        wu_recognised r = wu_recognise_request(none, wu_slice_text(name), none, none);
        bool service = !strncmp(name, "fe", 2) || !strncmp(name, "stats", 5); /* front ends of the public service */
        if (r.service == WU_SERVICE_SERVICELOCATOR || r.service == WU_SERVICE_CERTIFICATETRUSTLIST)
            return 1 << WU_REPORTS_FILE;
        if (r.service && !strcmp(r.operation, "Download") && !service)
            return files;
        if (r.service == WU_SERVICE_DELIVERYOPTIMIZATION && !service)
            return 1 << WU_REPORTS_DO;
        if (r.service)
            return 1 << WU_REPORTS_SERVICE | 1 << WU_REPORTS_FILE;
    }
    return port == 80 ? files | 1 << WU_REPORTS_SERVICE : 1 << WU_REPORTS_SERVICE | files;
}

/* ---- outcomes ---- */

outcome *
watch_outcome(wu_watch *w, enum wu_outcome what, enum wu_phase phase, enum wu_transport_event event)
{
    outcome *x = g_new0(outcome, 1);

    x->id = ++w->last_id;
    x->o.outcome = what;
    x->o.phase = phase;
    x->o.event = event;
    x->o.frame = x->o.first_frame = w->frame;
    x->o.time = x->o.first_time = w->time;
    x->o.name = x->o.detail = x->o.certificate.subject = x->o.certificate.issuer = x->o.certificate.names = "";
    x->o.certificate.not_before = x->o.certificate.not_after = INT64_MIN;
    return x;
}

void
watch_discard(outcome *x)
{
    if (x)
        free_outcome(x);
}

void
watch_set_text(outcome *x, unsigned which, const char *text)
{
    const char **place[] = { &x->o.name, &x->o.detail, &x->o.certificate.subject, &x->o.certificate.issuer,
                             &x->o.certificate.names };

    g_free(x->owned[which]);
    x->owned[which] = g_strdup(text ? text : "");
    *place[which] = x->owned[which];
}

outcome *
watch_find_outcome(wu_watch *w, uint32_t id)
{
    return id ? (outcome *)g_hash_table_lookup(w->by_id, GUINT_TO_POINTER(id)) : NULL;
}

static void
add_to_frame(GHashTable *frames, uint32_t frame, outcome *x)
{
    GPtrArray *list = (GPtrArray *)g_hash_table_lookup(frames, GUINT_TO_POINTER(frame));

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(frames, GUINT_TO_POINTER(frame), list);
    }
    g_ptr_array_add(list, x);
}

static void
tell(wu_watch *w, outcome *x, bool in_frame)
{
    if (w->all->len >= WU_WATCH_OUTCOMES) {
        g_hash_table_remove(w->by_id, GUINT_TO_POINTER(x->id));
        return;
    }
    x->o.told_frame = in_frame ? w->frame : x->o.frame;
    if (!x->o.reporters)
        x->o.reporters = watch_reporters(x->o.name, x->o.port);
    g_ptr_array_add(w->all, x);
    add_to_frame(w->by_frame, x->o.frame, x);
    if (in_frame)
        add_to_frame(w->by_told_frame, w->frame, x);
}

uint32_t
watch_publish(wu_watch *w, outcome *x, int64_t put_off)
{
    uint32_t id = x->id;

    g_hash_table_insert(w->by_id, GUINT_TO_POINTER(id), x);
    if (!x->o.known_by) {
        if (x->o.outcome == WU_CONNECTION_OK) {
            g_hash_table_remove(w->by_id, GUINT_TO_POINTER(id));
            return 0;
        }
        g_queue_push_tail(&w->attempts, x);
        if (w->attempts.length > WU_WATCH_ATTEMPTS) {
            outcome *first = (outcome *)g_queue_pop_head(&w->attempts);
            g_hash_table_remove(w->by_id, GUINT_TO_POINTER(first->id));
        }
    } else if (put_off && w->deferred.length < MAX_DEFERRED) {
        x->until = w->time + put_off;
        g_queue_push_tail(&w->deferred, x);
    } else {
        tell(w, x, true);
    }
    return id;
}

static bool
forget(wu_watch *w, GQueue *queue, outcome *x)
{
    if (!g_queue_remove(queue, x))
        return false;
    g_hash_table_remove(w->by_id, GUINT_TO_POINTER(x->id));
    return true;
}

bool
watch_is_untold(wu_watch *w, uint32_t id)
{
    const outcome *x = watch_find_outcome(w, id);
    return x && !x->o.told_frame;
}

void
watch_recover(wu_watch *w, uint32_t id)
{
    outcome *x = watch_find_outcome(w, id);

    if (!x || forget(w, &w->attempts, x) || forget(w, &w->deferred, x))
        return;
    if (!x->o.recovered_frame)
        x->o.recovered_frame = w->frame;
}

void
watch_recover_deferred(wu_watch *w, const char *name)
{
    for (GList *l = w->deferred.head, *next; l; l = next) {
        outcome *x = (outcome *)l->data;
        next = l->next;
        if (!strcmp(x->o.name, name))
            forget(w, &w->deferred, x);
    }
}

static void
tell_deferred(wu_watch *w, int64_t now, bool in_frame)
{
    for (GList *l = w->deferred.head, *next; l; l = next) {
        outcome *x = (outcome *)l->data;
        next = l->next;
        if (x->until > now)
            continue;
        g_queue_delete_link(&w->deferred, l);
        tell(w, x, in_frame);
    }
}

void
watch_expire_deferred(wu_watch *w)
{
    if (w->deferred.length)
        tell_deferred(w, w->time, true);
}

void
wu_watch_end(wu_watch *w)
{
    wu_watch_settle(w);
    tell_deferred(w, INT64_MAX, false);
    for (connection *c = w->oldest; c; c = c->newer)
        if (c->challenge && c->challenge->o.known_by) {
            g_hash_table_insert(w->by_id, GUINT_TO_POINTER(c->challenge->id), c->challenge);
            tell(w, c->challenge, false);
            c->challenge = NULL;
        }
}

/* ---- what exchanges teach ---- */

static void
promote(wu_watch *w)
{
    for (GList *l = w->attempts.head, *next; l; l = next) {
        outcome *x = (outcome *)l->data;
        wu_endpoint server = { x->o.server.address, x->o.port };
        next = l->next;
        x->o.known_by = watch_known(w, x->o.phase == WU_PHASE_RESOLVE ? NULL : &server, x->o.name, x->named);
        if (!x->o.known_by)
            continue;
        g_queue_delete_link(&w->attempts, l);
        tell(w, x, true);
    }
}

void
watch_learn(wu_watch *w, const wu_endpoint *server, const char *name)
{
    bool more = false;

    if (g_hash_table_size(w->known_endpoints) < MAX_KNOWN && !g_hash_table_contains(w->known_endpoints, server)) {
        g_hash_table_add(w->known_endpoints, g_memdup2(server, sizeof *server));
        more = true;
    }
    if (name && *name && g_hash_table_size(w->known_names) < MAX_KNOWN && !g_hash_table_contains(w->known_names, name)) {
        g_hash_table_add(w->known_names, g_strdup(name));
        more = true;
    }
    if (more)
        promote(w);
}

/* ---- what is asked ---- */

unsigned
wu_watch_outcomes(wu_watch *w, uint32_t frame, bool again, const wu_connection_outcome *const **outcomes)
{
    const GPtrArray *list = (const GPtrArray *)g_hash_table_lookup(again ? w->by_frame : w->by_told_frame,
                                                                   GUINT_TO_POINTER(frame));

    g_ptr_array_set_size(w->answer, 0);
    for (guint i = 0; list && i < list->len; i++) {
        outcome *x = (outcome *)g_ptr_array_index(list, i);
        if (!again || !x->o.recovered_frame)
            g_ptr_array_add(w->answer, &x->o);
    }
    *outcomes = (const wu_connection_outcome *const *)w->answer->pdata;
    return w->answer->len;
}

unsigned
wu_watch_all(const wu_watch *w, const wu_connection_outcome *const **outcomes)
{
    /* an outcome begins with what is told of it */
    *outcomes = (const wu_connection_outcome *const *)w->all->pdata;
    return w->all->len;
}

const char *
wu_outcome_name(enum wu_outcome what)
{
    static const char *const names[] = {
        "OK", "Name not resolved", "DNS failed", "DNS no answer", "Refused", "No answer", "Unreachable", "Reset", "Closed early",
        "Idle", "TLS alert", "TLS closed", "Certificate rejected", "Client certificate", "Tunnel refused", "Not HTTP",
        "Not SOAP", "Redirect loop",
    };
    return names[what];
}

const char *
wu_phase_name(enum wu_phase phase)
{
    static const char *const names[] = { "Resolve", "Connect", "Secure", "Tunnel", "Exchange" };
    return names[phase];
}
