/* connection_outcomes.c
 * Which servers are Windows Update's, and the outcomes that are told, put off or kept.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#include <stdlib.h>

#include "wusp.h"

#define MAX_KNOWN 65536u /* endpoints and names that exchanges showed to be servers */
#define MAX_DEFERRED 64u
#define MAX_NAME 253u /* characters of a name */

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
watch_reporters(const char *name)
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
    return 1 << WU_REPORTS_SERVICE | files;
}

/* ---- outcomes ---- */

void
watch_free_outcome(void *p)
{
    outcome *x = (outcome *)p;

    for (unsigned i = 0; i < 5; i++)
        g_free(x->owned[i]);
    g_free(x);
}

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
        watch_free_outcome(x);
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

void
watch_tell(wu_watch *w, outcome *x, bool in_frame)
{
    if (w->all->len >= WU_WATCH_OUTCOMES) {
        g_hash_table_remove(w->by_id, GUINT_TO_POINTER(x->id));
        return;
    }
    x->o.told_frame = in_frame ? w->frame : x->o.frame;
    if (!x->o.reporters)
        x->o.reporters = watch_reporters(x->o.name);
    g_ptr_array_add(w->all, x);
    add_to_frame(w->by_frame, x->o.frame, x);
    if (in_frame) {
        add_to_frame(w->by_told_frame, w->frame, x);
        w->told = w->frame;
    }
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
        watch_tell(w, x, true);
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

void
watch_tell_deferred(wu_watch *w, int64_t now, bool in_frame)
{
    for (GList *l = w->deferred.head, *next; l; l = next) {
        outcome *x = (outcome *)l->data;
        next = l->next;
        if (x->until > now)
            continue;
        g_queue_delete_link(&w->deferred, l);
        watch_tell(w, x, in_frame);
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
        watch_tell(w, x, true);
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
        memset(w->waiting.foreign, 0, sizeof w->waiting.foreign);
        more = true;
    }
    if (more)
        promote(w);
}

/* ---- of connections ---- */

outcome *
watch_connection_outcome(wu_watch *w, const connection *c, enum wu_outcome what, enum wu_phase phase,
                         enum wu_transport_event event)
{
    outcome *x = watch_outcome(w, what, phase, event);
    char address[WU_ADDRESS_TEXT];

    x->o.client = c->client;
    x->o.server = c->server;
    x->o.port = c->port;
    x->o.known_by = c->known_by;
    x->o.through_tunnel = c->tunnel;
    x->o.tls = c->mode == MODE_TLS;
    x->named = c->named;
    watch_set_text(x, OWNED_NAME, c->name ? c->name : wu_address_text(&c->server.address, address));
    if (c->syn_frame) {
        x->o.first_frame = c->syn_frame;
        x->o.first_time = c->syn_time;
    }
    x->o.tries = c->syns;
    return x;
}

void
watch_fail(wu_watch *w, connection *c, outcome *x)
{
    watch_publish(w, x, 0);
    c->over = true;
}

void
watch_name_connection(wu_watch *w, connection *c, wu_slice host, bool tunnel)
{
    size_t colon = host.n && host.p[0] == '[' ? wu_slice_find_byte(host, wu_slice_find_byte(host, 0, ']'), ':')
                                              : wu_slice_find_byte(host, 0, ':');
    int64_t port;
    wu_address address;

    if (colon < host.n && wu_slice_int64(wu_slice_from(host, colon + 1), &port) && port > 0 && port < 65536 && tunnel)
        c->port = (uint16_t)port;
    host.n = colon;
    while (host.n && host.p[host.n - 1] == '.')
        host.n--;
    if (!host.n || host.n > MAX_NAME)
        return;
    if (tunnel || !wu_address_read(host, &address)) {
        g_free(c->name);
        c->name = g_ascii_strdown((const char *)host.p, (gssize)host.n);
    }
    c->named = true;
    wu_endpoint target = { .port = c->port };
    c->known_by = watch_known(w, tunnel ? &target : &c->server, c->name, true);
    if (c->known_by && tunnel)
        watch_learn(w, &c->server, NULL); /* the proxy of an update client */
}
