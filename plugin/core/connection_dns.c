/* connection_dns.c
 * Look-ups of names: which ones fail, and which addresses stand for which names.
 *
 * A look-up is one name as one client asks for it, A and AAAA together. It fails when the name does not exist or has no
 * address, when the resolver says that it failed, or when a query that was repeated to the same resolver has no answer. A name that
 * a search list makes of a name that failed belongs to that failure.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#define AGAIN (20 * SECOND)  /* a query that comes later than this after the last one begins a new look-up */
#define SEARCH (60 * SECOND) /* a search list is tried for that long after a failure */
#define REPEATED (SECOND * 9 / 10)

/* ---- addresses of names ---- */

static named_address *
address_set(const wu_watch *w, const wu_address *address)
{
    return &w->addresses[wu_address_hash(address) % ADDRESS_SETS * 4];
}

/* The name that an address was given for last. */
const char *
watch_name_of(const wu_watch *w, const wu_address *address)
{
    if (!w->addresses)
        return NULL;
    named_address *set = address_set(w, address);
    for (unsigned i = 0; i < 4; i++)
        if (set[i].name && wu_address_equal(&set[i].address, address))
            return set[i].name;
    return NULL;
}

static void
remember_address(wu_watch *w, const wu_address *address, const char *name)
{
    named_address *set = address_set(w, address), *slot = &set[0];

    for (unsigned i = 0; i < 4; i++) {
        if (set[i].name && wu_address_equal(&set[i].address, address)) {
            slot = &set[i];
            break;
        }
        if (!set[i].name || (slot->name && set[i].frame < slot->frame))
            slot = &set[i];
    }
    if (!slot->name || strcmp(slot->name, name)) {
        g_free(slot->name);
        slot->name = g_strdup(name);
    }
    slot->address = *address;
    slot->frame = w->frame;
}

/* ---- look-ups ---- */

void
watch_free_lookups(wu_watch *w)
{
    for (unsigned i = 0; w->lookups && i < WU_WATCH_LOOKUPS; i++)
        g_free(w->lookups[i].name);
    for (unsigned i = 0; w->addresses && i < ADDRESS_SETS * 4; i++)
        g_free(w->addresses[i].name);
    g_hash_table_destroy(w->lookup_of);
    g_free(w->lookups);
    g_free(w->addresses);
}

static guint
hash_lookup(gconstpointer p)
{
    const lookup *l = (const lookup *)p;
    return g_str_hash(l->name) ^ wu_address_hash(&l->client);
}

static gboolean
equal_lookup(gconstpointer a, gconstpointer b)
{
    const lookup *x = (const lookup *)a, *y = (const lookup *)b;
    return wu_address_equal(&x->client, &y->client) && !strcmp(x->name, y->name);
}

GHashTable *
watch_new_lookups(void)
{
    return g_hash_table_new(hash_lookup, equal_lookup);
}

bool
watch_has_ipv4(const wu_watch *w, const char *name)
{
    for (unsigned i = 0; w->lookups && i < WU_WATCH_LOOKUPS && w->lookups[i].name; i++)
        if (w->lookups[i].a.found && !strcmp(w->lookups[i].name, name))
            return true;
    return false;
}

/* The look-up of a client that a message belongs to; a new one takes the place of the oldest. */
static lookup *
lookup_for(wu_watch *w, const wu_address *client, char *name, bool create)
{
    lookup key = { .name = name, .client = *client };
    lookup *l = (lookup *)g_hash_table_lookup(w->lookup_of, &key);

    if (l && !(create && w->time - l->time > AGAIN))
        return l;
    if (!create)
        return NULL;
    if (!l) {
        l = &w->lookups[w->next_lookup];
        w->next_lookup = (w->next_lookup + 1) % WU_WATCH_LOOKUPS;
        if (l->name)
            g_hash_table_remove(w->lookup_of, l);
        g_free(l->name);
        key.name = g_strdup(name);
        *l = key;
        g_hash_table_add(w->lookup_of, l);
    } else {
        key.name = l->name;
        *l = key; /* what tells it from others stays */
    }
    return l;
}

/* Whether a name is what a search list makes of another one: with a suffix behind it, or with the same first label and less
 * behind it, as when a domain is cut off label by label. */
static bool
is_searched(const char *name, const char *first)
{
    size_t n = strlen(first);

    if (!strncmp(name, first, n) && name[n] == '.')
        return true;
    const char *rest = strchr(first, '.'), *less = strchr(name, '.');
    size_t label = rest ? (size_t)(rest - first) : n;
    if (!rest || !less || (size_t)(less - name) != label || strncmp(name, first, label))
        return false;
    size_t n_rest = strlen(rest), n_less = strlen(less);
    return n_less < n_rest && !strcmp(rest + n_rest - n_less, less);
}

/* The failure that a search list goes on from. */
static uint32_t
searched_from(const wu_watch *w, const lookup *l)
{
    if (w->time - w->lookup_failed > SEARCH)
        return 0;
    for (unsigned i = 0; i < WU_WATCH_LOOKUPS && w->lookups[i].name; i++) {
        const lookup *other = &w->lookups[i];
        if (other == l || w->time - other->failed > SEARCH || !wu_address_equal(&other->client, &l->client))
            continue;
        if (other->failure && is_searched(l->name, other->name))
            return other->failure;
        if (other->parent && is_searched(l->name, other->name))
            return other->parent;
    }
    return 0;
}

static void
fail(wu_watch *w, lookup *l, enum wu_outcome what, enum wu_transport_event event, uint8_t rcode, const char *detail,
     int64_t put_off)
{
    if (l->failure || l->parent)
        return;
    const question *first = l->a.tries && (!l->aaaa.tries || l->a.frame <= l->aaaa.frame) ? &l->a : &l->aaaa;
    outcome *x = watch_outcome(w, what, WU_PHASE_RESOLVE, event);

    x->o.client.address = l->client;
    x->o.server.address = l->resolver;
    x->o.server.port = WATCH_DNS_PORT;
    x->o.known_by = watch_known(w, NULL, l->name, true);
    x->named = true;
    watch_set_text(x, OWNED_NAME, l->name);
    x->o.detail = detail;
    x->o.rcode = rcode;
    x->o.tries = l->a.tries + l->aaaa.tries;
    if (first->tries) {
        x->o.first_frame = first->frame;
        x->o.first_time = first->time;
    }
    l->failed = w->lookup_failed = w->time;
    l->failure = watch_publish(w, x, put_off);
}

/* ---- messages ---- */

static void
query(wu_watch *w, const wu_packet *packet, wu_dns_message *m)
{
    lookup *l = lookup_for(w, &packet->source, m->name, true);
    question *q = m->type == WU_DNS_A ? &l->a : &l->aaaa;
    bool same = wu_address_equal(&q->resolver, &packet->destination);

    if (!l->a.tries && !l->aaaa.tries)
        l->parent = searched_from(w, l);
    if (q->answered) { /* asked anew, or again after a failure of the resolver */
        bool denied = q->denied;
        memset(q, 0, sizeof *q);
        q->denied = denied;
    }
    if (!q->tries) {
        q->frame = w->frame;
        q->time = w->time;
    }
    q->tries++;
    q->same = same ? q->same + 1 : 1;
    q->resolver = l->resolver = packet->destination;
    l->time = w->time;
    if (q->same > 1 && w->time - q->time >= REPEATED && !l->a.answered && !l->aaaa.answered)
        fail(w, l, WU_CONNECTION_DNS_NO_ANSWER, WU_EVENT_DNS_NO_ANSWER, 0, "the query was repeated and has no answer",
             LINGER);
}

/* The name has addresses: what failed before was none. */
static void
found(wu_watch *w, lookup *l, const wu_dns_message *m)
{
    for (unsigned i = 0; i < m->kept; i++)
        remember_address(w, &m->address[i], l->name);
    watch_recover(w, l->failure);
    watch_recover(w, l->parent);
    l->failure = l->parent = 0;
}

static void
not_found(wu_watch *w, lookup *l, question *q, const wu_dns_message *m)
{
    const question *other = q == &l->a ? &l->aaaa : &l->a;

    q->denied = true;
    if (other->found)
        return;
    /* the answer for IPv4 tells; one for IPv6 only where IPv4 is not asked for, or was denied too */
    if (q == &l->aaaa && !l->a.denied && (l->a.tries || m->rcode == WU_DNS_NOERROR))
        return;
    switch (m->rcode) {
    case WU_DNS_NOERROR:
        if (!other->tries || other->denied)
            fail(w, l, WU_CONNECTION_NAME_NOT_RESOLVED, WU_EVENT_NO_ADDRESS, m->rcode,
                 "the name exists and has no address of the kind that was asked for", 0);
        break;
    case WU_DNS_NXDOMAIN:
        fail(w, l, WU_CONNECTION_NAME_NOT_RESOLVED, WU_EVENT_NAME_NOT_FOUND, m->rcode,
             m->alias ? "the name is an alias of one that does not exist" : "the name does not exist", 0);
        break;
    case WU_DNS_SERVFAIL:
        fail(w, l, WU_CONNECTION_DNS_FAILED, WU_EVENT_DNS_SERVER_FAILURE, m->rcode, "the resolver could not find out", 0);
        break;
    case WU_DNS_REFUSED:
        fail(w, l, WU_CONNECTION_DNS_FAILED, WU_EVENT_DNS_REFUSED, m->rcode, "the resolver refuses to answer", 0);
        break;
    default:
        fail(w, l, WU_CONNECTION_DNS_FAILED, WU_EVENT_DNS_OTHER, m->rcode, "the resolver answers with an error", 0);
        break;
    }
}

static void
response(wu_watch *w, const wu_packet *packet, wu_dns_message *m)
{
    lookup *l = lookup_for(w, &packet->destination, m->name, false);

    if (!l && (m->addresses || m->rcode || m->whole)) /* the query is not in the capture */
        l = lookup_for(w, &packet->destination, m->name, true);
    if (!l || (m->truncated && !m->addresses))
        return;
    question *q = m->type == WU_DNS_A ? &l->a : &l->aaaa;
    bool already = q->answered;
    if (!l->resolver.n)
        l->resolver = packet->source;
    l->time = w->time;
    q->answered = true;
    if (m->addresses) {
        q->found = true;
        found(w, l, m);
    } else if (m->whole && !m->truncated && !already) {
        not_found(w, l, q, m);
    }
}

void
watch_dns(wu_watch *w, const wu_packet *packet, wu_slice bytes)
{
    wu_dns_message m;

    if (!wu_dns_read(bytes, &m) || (m.type != WU_DNS_A && m.type != WU_DNS_AAAA) || !*m.name)
        return;
    if (!w->lookups) {
        w->lookups = g_new0(lookup, WU_WATCH_LOOKUPS);
        w->addresses = g_new0(named_address, ADDRESS_SETS * 4);
    }
    if (m.response)
        response(w, packet, &m);
    else
        query(w, packet, &m);
}
