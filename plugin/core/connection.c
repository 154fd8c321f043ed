/* connection.c
 * The watch itself, and what is asked of it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#include <stdlib.h>


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
    w->by_id = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, watch_free_outcome);
    w->by_told_frame = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_array);
    w->by_frame = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_array);
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

void
wu_watch_end(wu_watch *w)
{
    wu_watch_settle(w);
    watch_tell_deferred(w, INT64_MAX, false);
    for (connection *c = w->oldest; c; c = c->newer)
        if (c->challenge && c->challenge->o.known_by) {
            g_hash_table_insert(w->by_id, GUINT_TO_POINTER(c->challenge->id), c->challenge);
            watch_tell(w, c->challenge, false);
            c->challenge = NULL;
        }
}

bool
wu_watch_udp(wu_watch *w, const wu_packet *packet)
{
    wu_slice s = packet->bytes;

    if (s.n < 8)
        return false;
    unsigned source = (unsigned)s.p[0] << 8 | s.p[1], destination = (unsigned)s.p[2] << 8 | s.p[3];
    if (source != WATCH_DNS_PORT && destination != WATCH_DNS_PORT)
        return false;
    if (w->unsettled)
        wu_watch_settle(w);
    w->frame = packet->frame;
    w->time = packet->time;
    watch_expire_deferred(w);
    return watch_dns(w, packet, wu_slice_from(s, 8));
}

void
wu_watch_untold(wu_watch *w)
{
    connection *c = w->seen;

    if (c && c->mode == MODE_HTTP && c->http && c->http->n && !c->http->pending[0].connect && !c->challenge && !c->over)
        watch_stop_reading(w, c);
}

/* ---- what is asked ---- */

uint32_t
wu_watch_told(const wu_watch *w)
{
    return w->told;
}

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
