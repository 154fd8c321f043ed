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

#define MAX_PARTS 1024u

static const char *pref_part = ""; /* "2/4": the second of four */
static guint32 part, parts;
static int proto_part = -1;
static dissector_handle_t stock_tcp; /* NULL until a part is asked for */

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

static void
take_over_tcp(void)
{
    dissector_table_t table = find_dissector_table("ip.proto");

    stock_tcp = table ? dissector_get_uint_handle(table, IP_TCP) : NULL;
    if (stock_tcp)
        dissector_add_uint("ip.proto", IP_TCP, create_dissector_handle(dissect_tcp, proto_part));
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
    if (parts > 1 && !stock_tcp && proto_part >= 0)
        take_over_tcp();
}

void
part_preferences(module_t *module)
{
    prefs_register_string_preference(module, "part", "Part of the connections",
                                     "For batches: 2/4 reads the second of four parts of the TCP connections and steps over "
                                     "the others. Empty: all of them", &pref_part);
    int tcp = proto_get_id_by_filter_name("tcp");
    if (tcp >= 0)
        proto_part = proto_register_protocol_in_name_only("Windows Update part of the connections", "WSUS part", "wsus_part", tcp,
                                                          FT_PROTOCOL);
    register_init_routine(begin_file);
}
