/* connection_waiting.c
 * Messages of DNS that wait. Most names are of others, and nobody ever asks what became of them: their messages are kept as they
 * came and read when a connection or an exchange is to be told something of, in their order, so that all is as if they had been read
 * at once. Where there are more than the ring has room for, the oldest are forgotten, as look-ups are.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

static size_t
room_of(size_t n)
{
    return (sizeof(waiting_message) + n + 7) / 8 * 8;
}

/* Whether a name is known to be of others. Hashes of 64 bits that are equal by chance would only make a message wait. */
static bool
is_foreign(wu_watch *w, const wu_dns_question *q)
{
    uint64_t *seen = &w->waiting.foreign[q->hash % 256];
    char name[WU_DNS_MAX_NAME + 1];

    if (*seen == q->hash)
        return true;
    wu_dns_name(q->name.p, q->name.n, name);
    if (watch_known(w, NULL, name, true))
        return false;
    *seen = q->hash;
    return true;
}

/* The message at a place, and its bytes. */
static waiting_message
message_at(const waiting_names *q, size_t at, wu_slice *bytes)
{
    waiting_message m;

    memcpy(&m, q->bytes + at, sizeof m);
    *bytes = wu_slice_of(q->bytes + at + sizeof m, m.n);
    return m;
}

static void
drop_first(waiting_names *q)
{
    wu_slice bytes;

    q->first += room_of(message_at(q, q->first, &bytes).n);
    q->n--;
    if (q->first == q->wrap) {
        q->first = 0;
        q->wrap = SIZE_MAX;
    }
}

/* Finds a place for a message at q->end. The oldest ones have to go for it when the ring is full. */
static void
make_room(waiting_names *q, size_t room)
{
    while (q->n) {
        if (q->wrap == SIZE_MAX) {
            if (q->end + room <= WU_WATCH_WAITING)
                return;
            q->wrap = q->end;
            q->end = 0;
        } else {
            if (q->end + room <= q->first)
                return;
            drop_first(q);
        }
    }
    q->first = q->end = 0;
    q->wrap = SIZE_MAX;
}

/* A message is left for later when the name is of others as far as is known, and nothing waits for it. */
bool
watch_leave(wu_watch *w, wu_slice message, const wu_dns_question *q, waiting_message **left)
{
    waiting_names *ring = &w->waiting;
    size_t room = room_of(message.n);

    *left = NULL;
    if ((q->type != WU_DNS_A && q->type != WU_DNS_AAAA) || !q->name.n)
        return true;
    if (room > WU_WATCH_WAITING / 16 || watch_is_searching(w) || !is_foreign(w, q))
        return false;
    if (!ring->bytes)
        ring->bytes = (uint8_t *)g_malloc(WU_WATCH_WAITING);
    make_room(ring, room);
    *left = (waiting_message *)(void *)(ring->bytes + ring->end); /* rooms are multiples of 8 bytes */
    (*left)->frame = w->frame;
    (*left)->n = (uint32_t)message.n;
    (*left)->time = w->time;
    memcpy(*left + 1, message.p, message.n);
    ring->end += room;
    ring->n++;
    return true;
}

void
watch_read_waiting(wu_watch *w)
{
    waiting_names *q = &w->waiting;
    uint32_t frame = w->frame;
    int64_t time = w->time;
    wu_dns_message m;
    wu_slice bytes;

    while (q->n) {
        waiting_message header = message_at(q, q->first, &bytes);
        wu_packet packet = { .frame = header.frame, .time = header.time, .source = header.source, .destination = header.destination };
        w->frame = header.frame;
        w->time = header.time;
        if (wu_dns_read(bytes, &m))
            watch_dns_message(w, &packet, &m);
        drop_first(q);
    }
    w->frame = frame;
    w->time = time;
}

bool
watch_dns(wu_watch *w, const wu_packet *packet, wu_slice bytes)
{
    waiting_message *left;
    wu_dns_question q;
    wu_dns_message m;

    if (!wu_dns_find_question(bytes, &q))
        return false;
    if (watch_leave(w, bytes, &q, &left)) {
        if (left) {
            left->source = packet->source;
            left->destination = packet->destination;
        }
        return true;
    }
    watch_names(w);
    if (wu_dns_read(bytes, &m))
        watch_dns_message(w, packet, &m);
    return true;
}
