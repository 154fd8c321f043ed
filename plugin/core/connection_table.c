/* connection_table.c
 * The live connections, and the outcomes that they become.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#define MAX_NAME 253u /* characters of a name */

static uint32_t
bucket_of(const wu_endpoint *a, const wu_endpoint *b)
{
    uint32_t x = wu_address_hash(&a->address) + a->port * 0x9E3779B1u, y = wu_address_hash(&b->address) + b->port * 0x9E3779B1u;
    uint32_t h = x + y;
    return (h ^ h >> 12 ^ h >> 20) & (BUCKETS - 1);
}

bool
watch_is_endpoint(const wu_endpoint *a, const wu_endpoint *b)
{
    return a->port == b->port && wu_address_equal(&a->address, &b->address);
}

connection *
watch_find_connection(const wu_watch *w, const wu_endpoint *a, const wu_endpoint *b)
{
    for (connection *c = w->bucket[bucket_of(a, b)]; c; c = c->in_bucket)
        if ((watch_is_endpoint(&c->client, a) && watch_is_endpoint(&c->server, b)) ||
            (watch_is_endpoint(&c->client, b) && watch_is_endpoint(&c->server, a)))
            return c;
    return NULL;
}

static void
unlink_age(wu_watch *w, connection *c)
{
    *(c->older ? &c->older->newer : &w->oldest) = c->newer;
    *(c->newer ? &c->newer->older : &w->newest) = c->older;
    c->older = c->newer = NULL;
}

static void
link_newest(wu_watch *w, connection *c)
{
    c->older = w->newest;
    *(w->newest ? &w->newest->newer : &w->oldest) = c;
    w->newest = c;
}

void
watch_stop_reading(wu_watch *w, connection *c)
{
    c->mode = MODE_OTHER;
    watch_http_free(c);
    watch_tls_free(c);
    watch_drop_held(w, &c->flow[0]);
    watch_drop_held(w, &c->flow[1]);
}

void
watch_remove_connection(wu_watch *w, connection *c)
{
    connection **place = &w->bucket[bucket_of(&c->client, &c->server)];

    while (*place != c)
        place = &(*place)->in_bucket;
    *place = c->in_bucket;
    if (w->unsettled == c)
        w->unsettled = NULL;
    unlink_age(w, c);
    watch_stop_reading(w, c);
    watch_discard(c->challenge);
    g_free(c->name);
    g_free(c);
    w->connections--;
}

void
watch_free_connections(wu_watch *w)
{
    while (w->oldest)
        watch_remove_connection(w, w->oldest);
}

connection *
watch_new_connection(wu_watch *w, const wu_endpoint *client, const wu_endpoint *server)
{
    if (w->connections >= WU_WATCH_CONNECTIONS)
        watch_remove_connection(w, w->oldest);
    connection *c = g_new0(connection, 1);
    connection **place = &w->bucket[bucket_of(client, server)];
    const char *name = watch_name_of(w, &server->address);

    c->client = *client;
    c->server = *server;
    c->port = server->port;
    c->name = g_strdup(name);
    c->known_by = watch_known(w, server, name, false);
    c->in_bucket = *place;
    *place = c;
    link_newest(w, c);
    w->connections++;
    return c;
}

void
watch_renew(wu_watch *w, connection *c)
{
    if (c == w->newest)
        return;
    unlink_age(w, c);
    link_newest(w, c);
}

/* ---- outcomes ---- */

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
