/* collect.c
 * From a frame to its messages: which frames are looked at, and in which order their data sources are read.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

static int proto_http = -1;
static int proto_http2 = -1;
static int proto_tcp = -1;
static int proto_tls = -1;
static int proto_udp = -1;

static bool
was_tried(const packet_info *pinfo, int proto)
{
    return wmem_map_lookup(pinfo->proto_layers, GINT_TO_POINTER(proto)) != NULL;
}

/* The layers of a frame above its last one of TCP or UDP. A dissector that waits for more of a message may have none: where
 * nothing stands above TCP or TLS, those tell that looked at it, even if they refused. Returns whether HTTP/2 did, where there is any. */
static bool
note_layers(const packet_info *pinfo, message_list *list)
{
    wmem_list_frame_t *tail = wmem_list_tail(pinfo->layers);
    int top = tail ? GPOINTER_TO_INT(wmem_list_frame_data(tail)) : -1;

    list->http1 = list->http2 = list->secure = false;
    for (wmem_list_frame_t *f = tail; f; f = wmem_list_frame_prev(f)) {
        int proto = GPOINTER_TO_INT(wmem_list_frame_data(f));
        if (proto == proto_tcp || proto == proto_udp)
            break;
        list->http1 = list->http1 || proto == proto_http;
        list->http2 = list->http2 || proto == proto_http2;
        list->secure = list->secure || proto == proto_tls;
    }
    /* TLS calls none for what it did not decrypt: that is a data source */
    list->sure_http2 = list->http2;
    if (top == proto_tcp || (top == proto_tls && pinfo->data_src && pinfo->data_src->next)) {
        list->http1 = list->http1 || was_tried(pinfo, proto_http);
        list->http2 = list->http2 || was_tried(pinfo, proto_http2);
        return list->http2;
    }
    return list->http2 || (http2_is_there(pinfo) && was_tried(pinfo, proto_http2));
}

bool
traffic_begin(packet_info *pinfo, message_list *list)
{
    bool have_bodies = media_begin(pinfo);

    list->n = list->reassembled = 0;
    bool looked_at = note_layers(pinfo, list);
    list->http2 = list->http2 || (http2_is_there(pinfo) && http2_concerns(pinfo, looked_at));
    if (list->http1 && list->http2 && http2_took_over(pinfo)) /* on its port, HTTP/1 is a layer below HTTP/2 in clear */
        list->http1 = false;
    return (have_bodies || list->http1 || list->http2 || unfinished_concerns(pinfo)) &&
           (traffic_wsus_enabled() || traffic_wws_enabled());
}

static bool
is_hooked(const tvbuff_t *tvb)
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
    proto_tcp = proto_get_id_by_filter_name("tcp");
    proto_tls = proto_get_id_by_filter_name("tls");
    proto_udp = proto_get_id_by_filter_name("udp");
    messages_handoff();
    media_handoff();
    unfinished_handoff();
    http2_handoff();
    askers_register();
    connections_handoff();
}
