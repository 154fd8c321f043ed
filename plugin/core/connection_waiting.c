/* connection_waiting.c
 * Messages of DNS that wait. Most names are of others, and nobody ever asks what became of them: their messages are kept as they
 * came and read when a connection or an exchange is to be told something of, in their order, so that all is as if they had been read
 * at once. Where there are more than the ring has room for, the oldest are forgotten, as look-ups are.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

/* In front of the bytes of a message. */
typedef struct {
    uint32_t frame, n;
    int64_t time;
    wu_address source, destination;
} waiting_message;

static size_t
room_of(size_t n)
{
    return (sizeof(waiting_message) + n + 7) / 8 * 8;
}

/* Whether a name is known to be of others. Hashes of 64 bits that are equal by chance would only make a message wait. */
static bool
is_foreign(wu_watch *w, const wu_dns_message *m)
{
    uint64_t *seen = &w->waiting.foreign[m->hash % 256];
    char name[WU_DNS_MAX_NAME + 1];

    if (*seen == m->hash)
        return true;
    wu_dns_name(m->labels, m->n_labels, name);
    if (watch_known(w, NULL, name, true))
        return false;
    *seen = m->hash;
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

/* Whether a message is left for later: the name is of others as far as is known, and nothing waits for it. */
static bool
leave_for_later(wu_watch *w, const wu_packet *packet, wu_slice message, const wu_dns_message *m)
{
    waiting_names *q = &w->waiting;
    size_t room = room_of(message.n);
    waiting_message header = { w->frame, (uint32_t)message.n, w->time, packet->source, packet->destination };

    if (room > WU_WATCH_WAITING / 16 || watch_is_searching(w) || !is_foreign(w, m))
        return false;
    if (!q->bytes)
        q->bytes = (uint8_t *)g_malloc(WU_WATCH_WAITING);
    make_room(q, room);
    memcpy(q->bytes + q->end, &header, sizeof header);
    memcpy(q->bytes + q->end + sizeof header, message.p, message.n);
    q->end += room;
    q->n++;
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
    wu_dns_message m;
    size_t end;

    if (!wu_dns_read_question(bytes, &m, &end))
        return false;
    if ((m.type != WU_DNS_A && m.type != WU_DNS_AAAA) || !m.n_labels || leave_for_later(w, packet, bytes, &m))
        return true;
    watch_names(w);
    wu_dns_read_answers(bytes, &m, end);
    watch_dns_message(w, packet, &m);
    return true;
}
