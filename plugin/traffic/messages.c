/* messages.c
 * The list of the messages of a frame: their order, and which finds are one message.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#define TAIL        32 /* bytes that the end of a message is recognised by */
#define MAX_HEADERS 512 /* bytes of a frame in which the header of IP is looked for */
#define ETHERNET_IPV6 22 /* where the addresses stand most of the time */
#define MAX_TRAILER 8  /* bytes behind the packet in a frame: padding, check sequence */

static protocol_t *wsus, *wws;

/* ---- the list ---- */

unsigned
message_index(unsigned source, unsigned place)
{
    return source * TRAFFIC_MAX_MESSAGES + place;
}

http_message *
new_message(packet_info *pinfo, unsigned index)
{
    http_message *m = wmem_new0(pinfo->pool, http_message);

    m->index = index;
    m->media = "";
    return m;
}

void
insert_message(message_list *list, http_message *m, unsigned at)
{
    if (list->n == TRAFFIC_MAX_MESSAGES)
        return;
    for (unsigned i = list->n++; i > at; i--)
        list->message[i] = list->message[i - 1];
    list->message[at] = m;
}

void
traffic_remove(message_list *list, unsigned at)
{
    list->n--;
    for (unsigned i = at; i < list->n; i++)
        list->message[i] = list->message[i + 1];
    if (at < list->reassembled)
        list->reassembled--;
}

/* The bytes of a message in its data source. */
static wu_slice
message_bytes(const http_message *m)
{
    return wu_slice_of(tvb_get_ptr(m->tvb, m->offset, (int)m->length), m->length);
}

/* Whether two finds are one message: one of them in the data source that the other was reassembled from. They end at the
 * same distance from the ends of their sources, but for a trailer of the frame; or the first one is not complete. */
static bool
same_message(const http_message *earlier, const http_message *later)
{
    wu_slice a = message_bytes(earlier), b = message_bytes(later);

    if (earlier->whole) {
        size_t behind_a = tvb_captured_length(earlier->tvb) - (guint)earlier->offset - a.n;
        size_t behind_b = tvb_captured_length(later->tvb) - (guint)later->offset - b.n;
        return a.n == b.n && behind_a >= behind_b && behind_a - behind_b <= MAX_TRAILER && !memcmp(a.p, b.p, a.n);
    }
    if (b.n <= a.n || memcmp(a.p, b.p, a.n))
        return false;
    /* many messages begin alike: when the later find ends in front of the earlier one, that is the next message */
    wu_slice before = wu_slice_of(tvb_get_ptr(earlier->tvb, 0, earlier->offset), (size_t)earlier->offset);
    return wu_slice_find_bytes(before, 0, wu_slice_from(b, b.n > TAIL ? b.n - TAIL : 0)) == before.n;
}

/* Adds a message in its order. One of a reassembled source began in an earlier frame, so it comes before those that are
 * in this frame alone, unless it takes the place of an incomplete find. */
void
add_message(message_list *list, http_message *m, bool reassembled)
{
    unsigned at = reassembled ? list->reassembled : list->n;

    for (unsigned i = 0; i < list->n; i++)
        if (list->message[i]->tvb != m->tvb && same_message(list->message[i], m)) {
            if (!list->message[i]->whole)
                at = i;
            traffic_remove(list, i);
            if (at > list->n)
                at = list->n;
            break;
        }
    insert_message(list, m, at);
    if (reassembled && at <= list->reassembled)
        list->reassembled = at + 1;
}

/* ---- protocols that messages are looked at for ---- */

bool
traffic_wsus_enabled(void)
{
    return proto_is_protocol_enabled(wsus);
}

bool
traffic_wws_enabled(void)
{
    return proto_is_protocol_enabled(wws);
}

void
messages_handoff(void)
{
    wsus = find_protocol_by_id(proto_get_id_by_filter_name("wsus"));
    wws = find_protocol_by_id(proto_get_id_by_filter_name("wws"));
}

/* ---- the segment of a frame ---- */

size_t
search_addresses(wu_slice frame, const address *source, const address *destination)
{
    size_t n = (size_t)source->len, last = frame.n < MAX_HEADERS ? frame.n : MAX_HEADERS;

    if (!n || !frame.p || destination->len != source->len)
        return SIZE_MAX;
    for (size_t start = ETHERNET_IPV6; ; start = 0) {
        for (size_t at = start; at + 2 * n <= last && (!start || at == start); at++)
            if (!memcmp(frame.p + at, source->data, n) && !memcmp(frame.p + at + n, destination->data, n))
                return at;
        if (!start)
            return SIZE_MAX;
    }
}

bool
traffic_segment(tvbuff_t *frame, const packet_info *pinfo, wu_tcp_segment *segment)
{
    return wu_tcp_read_segment(ip_packet(frame, pinfo), segment) && segment->source_port == pinfo->srcport &&
           segment->destination_port == pinfo->destport;
}
