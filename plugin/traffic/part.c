/* part.c
 * One capture on several processors: as many programs read it, each dissects its part of the TCP connections and steps over
 * the others, so that frame numbers, times and all that is not TCP (DNS, ICMP) are the same for all. Connections between the
 * same two addresses are in the same part. The preference wsus.part asks for it; else everything is in the part.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <stdlib.h>

#include <epan/prefs.h>
#include <wiretap/wtap.h>

#define MAX_PARTS 1024u

static const char *pref_part = ""; /* "2/4": the second of four */
static guint32 part, parts;
static int proto_part = -1;
static dissector_handle_t stock_tcp, stock_ethernet; /* NULL until a part is asked for */

static guint32
address_key(const void *data, size_t n)
{
    const uint8_t *bytes = (const uint8_t *)data;
    guint32 key = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < n; i++)
        key = (key ^ bytes[i]) * 16777619u;
    return key;
}

static bool
is_other(guint32 key)
{
    return ((key * 2654435761u) >> 16) % parts != part; /* the lower bits of sums are all alike */
}

bool
part_is_other(const packet_info *pinfo)
{
    const address *from = &pinfo->net_src, *to = &pinfo->net_dst;

    return parts > 1 && !pinfo->flags.in_error_pkt && from->len > 0 && to->len > 0 &&
           is_other(address_key(from->data, (size_t)from->len) + address_key(to->data, (size_t)to->len));
}

bool
traffic_in_part(const wu_connection_outcome *outcome)
{
    const wu_address *client = &outcome->client.address, *server = &outcome->server.address;

    return parts < 2 || !is_other(address_key(client->bytes, client->n) + address_key(server->bytes, server->n));
}

/* Stands in front of the stock handle of TCP as soon as a part is asked for. It hangs on a helper protocol, which does not show
 * among the layers of a frame. */
static int
dissect_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (part_is_other(pinfo))
        return (int)tvb_captured_length(tvb);
    return call_dissector_only(stock_tcp, tvb, pinfo, tree, data);
}

/* Where IP begins in an Ethernet frame, behind tags of VLANs; 0 where something else does. */
static size_t
ip_in_ethernet(wu_slice frame)
{
    size_t at = 12;

    while (at + 4 <= frame.n && ((frame.p[at] == 0x81 && !frame.p[at + 1]) || (frame.p[at] == 0x88 && frame.p[at + 1] == 0xa8)))
        at += 4;
    bool ip = at + 2 <= frame.n && ((frame.p[at] == 0x08 && !frame.p[at + 1]) || (frame.p[at] == 0x86 && frame.p[at + 1] == 0xdd));
    return ip ? at + 2 : 0;
}

/* In front of the stock dissector of Ethernet: frames with a segment of another part stay undissected from there on, which is
 * most of what the other parts cost. Their addresses are told: connections are watched in all parts. */
static int
dissect_ethernet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    wu_slice frame = bytes_of(tvb);
    size_t start = ip_in_ethernet(frame), at, end;

    if (start && wu_ip_find(wu_slice_from(frame, start), IP_TCP, &at, &end)) {
        bool version6 = frame.p[start] >> 4 == 6;
        int type = version6 ? AT_IPv6 : AT_IPv4, length = version6 ? 16 : 4, from = (int)start + (version6 ? 8 : 12);
        set_address_tvb(&pinfo->net_src, type, length, tvb, from);
        set_address_tvb(&pinfo->net_dst, type, length, tvb, from + length);
        copy_address_shallow(&pinfo->src, &pinfo->net_src);
        copy_address_shallow(&pinfo->dst, &pinfo->net_dst);
        if (part_is_other(pinfo))
            return (int)tvb_captured_length(tvb);
    }
    return call_dissector_only(stock_ethernet, tvb, pinfo, tree, data);
}

static dissector_handle_t
stand_before(const char *name, guint32 value, dissector_t dissector)
{
    dissector_table_t table = find_dissector_table(name);
    dissector_handle_t stock = table ? dissector_get_uint_handle(table, value) : NULL;

    if (stock)
        dissector_add_uint(name, value, create_dissector_handle(dissector, proto_part));
    return stock;
}

/* When a file is opened: preferences have their values by then. */
static void
begin_file(void)
{
    char *rest = NULL;
    unsigned long number = strtoul(pref_part, &rest, 10), of = *rest == '/' ? strtoul(rest + 1, NULL, 10) : 0;
    bool good = number >= 1 && number <= of && of <= MAX_PARTS;

    part = good ? (guint32)number - 1 : 0;
    parts = good ? (guint32)of : 1;
    if (parts > 1 && !stock_tcp && proto_part >= 0) {
        stock_tcp = stand_before("ip.proto", IP_TCP, dissect_tcp);
        stock_ethernet = stand_before("wtap_encap", WTAP_ENCAP_ETHERNET, dissect_ethernet);
    }
}

void
part_preferences(module_t *module)
{
    prefs_register_string_preference(module, "part", "Part of the connections",
                                     "For batches: 2/4 reads the second of four parts of the TCP connections and steps over "
                                     "the others. Empty: all of them", &pref_part);
    proto_part = traffic_register_hook("Windows Update part of the connections", "wsus_part");
    register_init_routine(begin_file);
}
