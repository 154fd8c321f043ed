/* tcp_segment.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp_segment.h"

#define MAX_EXTENSIONS 8

static unsigned
get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* The headers of IP: *at is where TCP begins, *end where the packet says that it ends. */
static bool
read_ipv4(wu_slice packet, uint8_t protocol, size_t *at, size_t *end)
{
    if (packet.n < 20)
        return false;
    *at = (size_t)(packet.p[0] & 0x0f) * 4;
    *end = get16(packet.p + 2);
    if (!*end) /* the network adapter splits the packet later */
        *end = packet.n;
    return *at >= 20 && packet.p[9] == protocol && !(get16(packet.p + 6) & 0x3fff);
}

static bool
read_ipv6(wu_slice packet, uint8_t protocol, size_t *at, size_t *end)
{
    if (packet.n < 40)
        return false;
    uint8_t next = packet.p[6];
    *at = 40;
    *end = get16(packet.p + 4) ? 40 + get16(packet.p + 4) : packet.n;
    for (unsigned i = 0; next != protocol; i++) {
        bool known = next == 0 || next == 43 || next == 60; /* hop by hop, routing, destination options */
        if (!known || i == MAX_EXTENSIONS || packet.n < *at + 8)
            return false;
        next = packet.p[*at];
        *at += 8 + (size_t)packet.p[*at + 1] * 8;
    }
    return true;
}

bool
wu_ip_find(wu_slice packet, uint8_t protocol, size_t *at, size_t *end)
{
    unsigned version = packet.n ? packet.p[0] >> 4 : 0;

    return version == 4 ? read_ipv4(packet, protocol, at, end) : version == 6 ? read_ipv6(packet, protocol, at, end) : false;
}

bool
wu_tcp_read_segment(wu_slice packet, wu_tcp_segment *s)
{
    size_t at, end;

    if (!wu_ip_find(packet, IP_TCP, &at, &end))
        return false;
    if (end < at || end - at < 20 || packet.n < at + 20)
        return false;
    const uint8_t *tcp = packet.p + at;
    size_t header = (size_t)(tcp[12] >> 4) * 4;
    if (header < 20 || end - at < header)
        return false;
    s->source_port = (uint16_t)get16(tcp);
    s->destination_port = (uint16_t)get16(tcp + 2);
    s->flags = tcp[13];
    s->ack = get32(tcp + 8);
    s->seq = get32(tcp + 4) + (s->flags & WU_TCP_SYN ? 1 : 0);
    at += header;
    s->missing = (uint32_t)(end > packet.n ? end - (packet.n > at ? packet.n : at) : 0);
    s->payload = wu_slice_from(wu_slice_of(packet.p, packet.n < end ? packet.n : end), at);
    return true;
}
