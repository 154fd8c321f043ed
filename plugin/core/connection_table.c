/* connection_table.c
 * The live connections.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

static uint32_t
bucket_between(const wu_endpoint *a, const wu_endpoint *b)
{
    return watch_bucket(watch_mix_ipv6(a->address.bytes) ^ watch_mix_ipv6(b->address.bytes), a->port, b->port);
}

connection *
watch_find_connection(const wu_watch *w, const wu_endpoint *a, const wu_endpoint *b)
{
    for (connection *c = w->bucket[bucket_between(a, b)]; c; c = c->in_bucket)
        if ((watch_is_endpoint(&c->client, a) && watch_is_endpoint(&c->server, b)) ||
            (watch_is_endpoint(&c->client, b) && watch_is_endpoint(&c->server, a)))
            return c;
    return NULL;
}

/* What the headers of a packet have that goes from one end to the other. */
static void
set_raw(connection *c, unsigned i, const wu_endpoint *from, const wu_endpoint *to)
{
    uint8_t addresses[8], ports[4] = { (uint8_t)(from->port >> 8), (uint8_t)from->port, (uint8_t)(to->port >> 8), (uint8_t)to->port };

    c->raw[i].ports = UINT64_MAX;
    if (from->address.n != 4 || to->address.n != 4)
        return;
    memcpy(addresses, from->address.bytes, 4);
    memcpy(addresses + 4, to->address.bytes, 4);
    memcpy(&c->raw[i].addresses, addresses, sizeof addresses);
    c->raw[i].ports = watch_word(ports);
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
    connection **place = &w->bucket[bucket_between(&c->client, &c->server)];

    while (*place != c)
        place = &(*place)->in_bucket;
    *place = c->in_bucket;
    if (w->unsettled == c)
        w->unsettled = NULL;
    if (w->seen == c)
        w->seen = NULL;
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
    connection **place = &w->bucket[bucket_between(client, server)];
    const char *name = watch_name_of(w, &server->address);

    c->client = *client;
    c->server = *server;
    set_raw(c, WU_SIDE_CLIENT, client, server);
    set_raw(c, WU_SIDE_SERVER, server, client);
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
watch_make_newest(wu_watch *w, connection *c)
{
    unlink_age(w, c);
    link_newest(w, c);
}
