/* connection_dns.c
 * Look-ups of names: which ones fail, and which addresses stand for which names.
 *
 * A look-up is one name as one client asks for it, A and AAAA together. It fails when the name does not exist or has no
 * address, when the resolver says that it failed, or when a query that was repeated to the same resolver has no answer. A name that
 * a search list makes of a name that failed belongs to that failure. Messages about names of others wait until somebody asks
 * (connection_waiting.c).
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#define AGAIN (20 * SECOND)  /* a query that comes later than this after the last one begins a new look-up */
#define SEARCH (60 * SECOND) /* a search list is tried for that long after a failure */
#define REPEATED (SECOND * 9 / 10)

/* ---- names ---- */

static shared_name *
new_name(const wu_dns_message *m)
{
    shared_name *name = (shared_name *)g_malloc(sizeof *name + m->n_labels);

    name->users = 1;
    name->hash = m->hash;
    name->n = m->n_labels;
    name->text = NULL;
    memcpy(name->labels, m->labels, m->n_labels);
    return name;
}

static void
release_name(shared_name *name)
{
    if (!name || --name->users)
        return;
    g_free(name->text);
    g_free(name);
}

static const char *
text_of(shared_name *name)
{
    if (!name->text) {
        name->text = (char *)g_malloc(name->n + 1);
        wu_dns_name(name->labels, name->n, name->text);
    }
    return name->text;
}

static bool
is_same_name(const shared_name *a, const shared_name *b)
{
    return a == b || (a->hash == b->hash && a->n == b->n && !memcmp(a->labels, b->labels, a->n));
}

/* ---- addresses of names ---- */

static named_address **
address_set(wu_watch *w, const wu_address *address)
{
    return &w->addresses[wu_address_hash(address) % ADDRESS_SETS];
}

/* The name that an address was given for last. */
const char *
watch_name_of(wu_watch *w, const wu_address *address)
{
    const named_address *set = *address_set(w, address);

    for (unsigned i = 0; set && i < ADDRESS_WAYS && set[i].name; i++)
        if (wu_address_equal(&set[i].address, address))
            return text_of(set[i].name);
    return NULL;
}

static void
remember_address(wu_watch *w, const wu_address *address, shared_name *name)
{
    named_address **set = address_set(w, address), *slot;

    if (!*set)
        *set = g_new0(named_address, ADDRESS_WAYS);
    slot = *set;
    for (named_address *a = *set; a < *set + ADDRESS_WAYS; a++) {
        if (!a->name || wu_address_equal(&a->address, address)) { /* those behind it are unused, too */
            slot = a;
            break;
        }
        if (a->frame < slot->frame)
            slot = a;
    }
    if (!slot->name || !is_same_name(slot->name, name)) {
        release_name(slot->name);
        slot->name = name;
        name->users++;
    }
    slot->address = *address;
    slot->frame = w->frame;
}

/* ---- look-ups ---- */

void
watch_free_lookups(wu_watch *w)
{
    for (unsigned i = 0; i < w->n_lookups; i++)
        release_name(w->lookups[i].name);
    for (unsigned i = 0; i < ADDRESS_SETS; i++) {
        for (unsigned k = 0; w->addresses[i] && k < ADDRESS_WAYS; k++)
            release_name(w->addresses[i][k].name);
        g_free(w->addresses[i]);
    }
    g_free(w->lookups);
    g_free(w->waiting.bytes);
}

static lookup **
bucket_of(wu_watch *w, uint64_t hash, const wu_address *client)
{
    return &w->lookup_bucket[((uint32_t)hash ^ wu_address_hash(client)) % LOOKUP_BUCKETS];
}

bool
watch_has_ipv4(const wu_watch *w, const char *name)
{
    for (unsigned i = 0; i < w->n_lookups; i++)
        if (w->lookups[i].a.found && !strcmp(text_of(w->lookups[i].name), name))
            return true;
    return false;
}

/* It is none of the look-ups that failed any more. */
static void
unlink_failed(wu_watch *w, lookup *l)
{
    if (l->failed_before)
        l->failed_before->failed_after = l->failed_after;
    if (l->failed_after)
        l->failed_after->failed_before = l->failed_before;
    else if (w->last_failed == l)
        w->last_failed = l->failed_before;
    l->failed_before = l->failed_after = NULL;
}

static void
link_failed(wu_watch *w, lookup *l)
{
    unlink_failed(w, l);
    l->failed = w->time;
    l->failed_before = w->last_failed;
    if (w->last_failed)
        w->last_failed->failed_after = l;
    w->last_failed = l;
}

/* Begins a look-up anew; what tells it from others stays. */
static void
clear_lookup(wu_watch *w, lookup *l)
{
    unlink_failed(w, l);
    l->resolver = (wu_address){ 0 };
    l->a = l->aaaa = (question){ 0 };
    l->failure = l->parent = 0;
    l->failed = l->time = 0;
}

/* A new look-up takes the place of the oldest. */
static lookup *
new_lookup(wu_watch *w, const wu_address *client, const wu_dns_message *m)
{
    lookup *l = &w->lookups[w->next_lookup], **place;

    w->next_lookup = (w->next_lookup + 1) % WU_WATCH_LOOKUPS;
    if (!l->name) {
        w->n_lookups++;
    } else {
        place = bucket_of(w, l->name->hash, &l->client);
        while (*place != l)
            place = &(*place)->in_bucket;
        *place = l->in_bucket;
        release_name(l->name);
        clear_lookup(w, l);
    }
    l->name = new_name(m);
    l->client = *client;
    place = bucket_of(w, m->hash, client);
    l->in_bucket = *place;
    *place = l;
    return l;
}

/* The look-up of a client that a message belongs to. */
static lookup *
lookup_for(wu_watch *w, const wu_address *client, const wu_dns_message *m, bool create)
{
    lookup *l = *bucket_of(w, m->hash, client);

    while (l && (l->name->hash != m->hash || !wu_address_equal(&l->client, client) || l->name->n != m->n_labels ||
                 memcmp(l->name->labels, m->labels, m->n_labels) != 0))
        l = l->in_bucket;
    if (!create)
        return l;
    if (!l)
        return new_lookup(w, client, m);
    if (w->time - l->time > AGAIN)
        clear_lookup(w, l);
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

bool
watch_is_searching(const wu_watch *w)
{
    return w->last_failed && w->time - w->last_failed->failed <= SEARCH;
}

/* The failure that a search list goes on from. */
static uint32_t
searched_from(const wu_watch *w, const lookup *l)
{
    for (const lookup *other = w->last_failed; other && w->time - other->failed <= SEARCH; other = other->failed_before) {
        if (other == l || !wu_address_equal(&other->client, &l->client))
            continue;
        if (other->failure && is_searched(text_of(l->name), text_of(other->name)))
            return other->failure;
        if (other->parent && is_searched(text_of(l->name), text_of(other->name)))
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
    x->o.known_by = watch_known(w, NULL, text_of(l->name), true);
    x->named = true;
    watch_set_text(x, OWNED_NAME, text_of(l->name));
    x->o.detail = detail;
    x->o.rcode = rcode;
    x->o.tries = l->a.tries + l->aaaa.tries;
    if (first->tries) {
        x->o.first_frame = first->frame;
        x->o.first_time = first->time;
    }
    link_failed(w, l);
    l->failure = watch_publish(w, x, put_off);
}

/* ---- messages ---- */

static void
query(wu_watch *w, const wu_packet *packet, const wu_dns_message *m)
{
    lookup *l = lookup_for(w, &packet->source, m, true);
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
response(wu_watch *w, const wu_packet *packet, const wu_dns_message *m)
{
    lookup *l = lookup_for(w, &packet->destination, m, false);

    if (!l && (m->addresses || m->rcode || m->whole)) /* the query is not in the capture */
        l = lookup_for(w, &packet->destination, m, true);
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
watch_dns_message(wu_watch *w, const wu_packet *packet, const wu_dns_message *m)
{
    if (!w->lookups)
        w->lookups = g_new0(lookup, WU_WATCH_LOOKUPS);
    if (m->response)
        response(w, packet, m);
    else
        query(w, packet, m);
}
