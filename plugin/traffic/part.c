/* part.c
 * One capture on several processors: as many programs read it, each dissects its part of the TCP connections and steps over
 * the others, so that frame numbers and all that is not TCP (DNS, ICMP) are the same for all. Connections between the same two
 * addresses are in the same part. Nothing is hooked unless the preference wsus.part asks for it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <stdlib.h>

#include <epan/ipproto.h>
#include <epan/prefs.h>

static int proto_part = -1;
static dissector_handle_t tcp; /* the stock dissector, once it was taken over */

static const char *pref_part = ""; /* "2/4": the second of four */
static guint part, parts;

static int
dissect_part(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    guint32 key = add_address_to_hash(0, &pinfo->net_src) + add_address_to_hash(0, &pinfo->net_dst);

    key *= 2654435761u; /* the lower bits of such sums are all alike; the upper ones are not, then */
    if (parts > 1 && (key >> 16) % parts != part)
        return (int)tvb_captured_length(tvb);
    return call_dissector_only(tcp, tvb, pinfo, tree, data);
}

/* When a file is opened: preferences have their values by then. */
static void
begin_file(void)
{
    char *rest = NULL;
    unsigned long number = strtoul(pref_part, &rest, 10), of = *rest == '/' ? strtoul(rest + 1, NULL, 10) : 0;
    bool good = number >= 1 && number <= of && of <= 1024;

    part = good ? (guint)number - 1 : 0;
    parts = good ? (guint)of : 1;
    if (parts < 2 || tcp || proto_part < 0)
        return;
    tcp = dissector_get_uint_handle(find_dissector_table("ip.proto"), IP_PROTO_TCP);
    if (tcp)
        dissector_add_uint("ip.proto", IP_PROTO_TCP, create_dissector_handle(dissect_part, proto_part));
}

void
part_preferences(module_t *module)
{
    int proto_tcp = proto_get_id_by_filter_name("tcp");

    if (proto_tcp >= 0)
        proto_part = proto_register_protocol_in_name_only("A part of the TCP connections", "TCP part", "wsus_part", proto_tcp,
                                                          FT_PROTOCOL);
    prefs_register_string_preference(module, "part", "Part of the connections",
                                     "For batches: 2/4 reads the second of four parts of the TCP connections and steps over "
                                     "the others. Empty: all of them", &pref_part);
    register_init_routine(begin_file);
}
