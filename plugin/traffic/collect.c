/* collect.c
 * From a frame to its messages: which frames are looked at, and in which order their data sources are read.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

static int proto_http = -1;
static int proto_http2 = -1;
static int proto_tls = -1;

static bool
has_layer(const packet_info *pinfo, int proto)
{
    return wmem_map_lookup(pinfo->proto_layers, GINT_TO_POINTER(proto)) != NULL;
}

bool
traffic_begin(packet_info *pinfo, message_list *list)
{
    bool have_bodies = media_begin(pinfo);

    list->n = list->reassembled = 0;
    list->http1 = has_layer(pinfo, proto_http);
    list->http2 = has_layer(pinfo, proto_http2);
    if (!(have_bodies || list->http1 || list->http2 || unfinished_concerns(pinfo)) || (!traffic_wsus_enabled() && !traffic_wws_enabled()))
        return false;
    list->secure = has_layer(pinfo, proto_tls);
    return true;
}

static bool
is_hooked(tvbuff_t *tvb)
{
    for (unsigned i = 0; i < media_bodies(); i++)
        if (media_body(i)->tvb == tvb)
            return true;
    return false;
}

bool
traffic_collect(packet_info *pinfo, message_list *list, bool known)
{
    compat_source sources[MAX_SOURCES];
    unsigned n = compat_data_sources(pinfo, sources, MAX_SOURCES);

    for (unsigned i = 0; (list->http1 || (media_bodies() && !list->http2)) && i < n; i++)
        if (!is_hooked(sources[i].tvb))
            http1_collect(pinfo, list, &sources[i], i, known || media_bodies() > 0);
    if (list->http2)
        http2_collect(pinfo, list);
    return list->n || media_bodies() || unfinished_concerns(pinfo);
}

void
traffic_preferences(module_t *module)
{
    part_preferences(module);
    media_preferences(module);
    body_preferences(module);
    connections_preferences(module);
}

void
traffic_handoff(void)
{
    proto_http = proto_get_id_by_filter_name("http");
    proto_http2 = proto_get_id_by_filter_name("http2");
    proto_tls = proto_get_id_by_filter_name("tls");
    messages_handoff();
    media_handoff();
    unfinished_handoff();
    http2_handoff();
    askers_register();
    connections_handoff();
}
