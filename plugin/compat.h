/* compat.h
 * Every difference between the Wireshark versions that the plugin is built for (4.0, 4.2, 4.4, 4.6), and nothing else.
 * No other file looks at the version.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_COMPAT_H
#define WU_COMPAT_H

#include <glib.h>
#include <ws_version.h>

#include <epan/conversation.h>
#include <epan/conversation_filter.h>
#include <epan/dissectors/packet-http.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/follow.h>
#include <epan/funnel.h>
#include <epan/packet.h>
#include <epan/stats_tree.h>

#include "core/text.h"

#define COMPAT_AT_LEAST(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) || (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Entry symbols of a module. */
#if defined(_WIN32)
#define COMPAT_EXPORT __declspec(dllexport)
#else
#define COMPAT_EXPORT __attribute__((visibility("default")))
#endif

#if COMPAT_AT_LEAST(4, 4)
#include <wsutil/plugins.h>
#define COMPAT_PLUGIN_DESCRIBE WS_PLUGIN_DESC_DISSECTOR
#endif

/* Variables of boolean preferences, results of UAT callbacks. A wrong type would corrupt its neighbour silently. */
#if COMPAT_AT_LEAST(4, 4)
#include <stdbool.h>
typedef bool compat_bool;
#else
typedef gboolean compat_bool;
#endif

/* Data that a media type dissector gets. */
#if COMPAT_AT_LEAST(4, 4)
#include <epan/dissectors/packet-media-type.h>
typedef media_content_info_t compat_media_info;
#else
typedef http_message_info_t compat_media_info;
#endif

/* Whether a media type dissector was called for the body of a request of HTTP/1. */
static inline bool
compat_media_is_request(const compat_media_info *info)
{
#if COMPAT_AT_LEAST(4, 4)
    return info && info->type == MEDIA_CONTAINER_HTTP_REQUEST;
#else
    return info && info->type == HTTP_REQUEST;
#endif
}

/* The value of a header of an HTTP/1 message that a media type dissector was called for, or NULL. The map exists for
 * requests and responses of HTTP/1 only; its keys are spelt as on the wire, or in lower case, by version. In 4.6 it is
 * empty when a frame is dissected again. */
static inline const char *
compat_media_header(const compat_media_info *info, const char *name)
{
#if COMPAT_AT_LEAST(4, 4)
    if (!info || !info->data ||
        (info->type != MEDIA_CONTAINER_HTTP_REQUEST && info->type != MEDIA_CONTAINER_HTTP_RESPONSE))
        return NULL;
#else
    if (!info || !info->data || (info->type != HTTP_REQUEST && info->type != HTTP_RESPONSE))
        return NULL;
#endif
    const char *value = (const char *)wmem_map_lookup((wmem_map_t *)info->data, name);
    if (!value) {
        char *lower = g_ascii_strdown(name, -1);
        value = (const char *)wmem_map_lookup((wmem_map_t *)info->data, lower);
        g_free(lower);
    }
    return value;
}

/* zlib, gzip and raw deflate. */
static inline tvbuff_t *
compat_child_uncompress(tvbuff_t *parent, tvbuff_t *tvb, int length)
{
#if COMPAT_AT_LEAST(4, 4)
    return tvb_child_uncompress_zlib(parent, tvb, 0, length);
#else
    return tvb_child_uncompress(parent, tvb, 0, length);
#endif
}

/* A data source of a frame. */
typedef struct {
    tvbuff_t *tvb;
    const struct data_source *source; /* NULL: the frame itself */
} compat_source;

/* Whether it was put together of several segments, fragments or records, by its name. */
static inline gboolean
compat_is_reassembled(const compat_source *s)
{
    if (!s->source)
        return FALSE;
#if COMPAT_AT_LEAST(4, 6)
    char *name = get_data_source_description(s->source);
#else
    char *name = get_data_source_name(s->source);
#endif
    gboolean is = name && g_str_has_prefix(name, "Reassembled");
    wmem_free(NULL, name);
    return is;
}

enum compat_source_sort {
    COMPAT_OTHER_SOURCE,
    COMPAT_DECOMPRESSED_HEADER, /* of HTTP/2 */
    COMPAT_DECRYPTED_TLS,
    COMPAT_REASSEMBLED_TCP
};

/* What a data source is, by its name. */
static inline enum compat_source_sort
compat_source_sort(const compat_source *s)
{
#if COMPAT_AT_LEAST(4, 6)
    char *name = get_data_source_description(s->source);
#else
    char *name = get_data_source_name(s->source);
#endif
    enum compat_source_sort sort = COMPAT_OTHER_SOURCE;
    if (g_str_has_prefix(name, "Decompressed Header"))
        sort = COMPAT_DECOMPRESSED_HEADER;
    else if (g_str_has_prefix(name, "Decrypted TLS"))
        sort = COMPAT_DECRYPTED_TLS;
    else if (g_str_has_prefix(name, "Reassembled TCP"))
        sort = COMPAT_REASSEMBLED_TCP;
    wmem_free(NULL, name);
    return sort;
}

/* The data sources of a frame, in the order in which they were added. */
static inline unsigned
compat_data_sources(const packet_info *pinfo, compat_source *sources, unsigned max)
{
    unsigned n = 0;

    for (const GSList *item = pinfo->data_src; item && n < max; item = item->next, n++) {
        const struct data_source *source = (const struct data_source *)item->data;
        sources[n].tvb = get_data_source_tvb(source);
        sources[n].source = n > 0 ? source : NULL;
    }
    return n;
}

/* What TCP knows of the direction of this packet, or NULL. To be asked while the packet is dissected for the first time. */
static inline tcp_flow_t *
compat_tcp_flow(conversation_t *conversation, packet_info *pinfo)
{
    struct tcp_analysis *tcpd = pinfo->ptype == PT_TCP ? get_tcp_conversation_data(conversation, pinfo) : NULL;
    return tcpd ? tcpd->fwd : NULL;
}

/* Which of the two directions of its TCP connection a packet has: 0, 1, or -1 when it has none. */
static inline int
compat_tcp_side(conversation_t *conversation, packet_info *pinfo)
{
    struct tcp_analysis *tcpd = pinfo->ptype == PT_TCP ? get_tcp_conversation_data(conversation, pinfo) : NULL;
    return tcpd ? tcpd->fwd != &tcpd->flow1 : -1;
}

/* The last acknowledgment number in the direction of this packet: false when there is none. */
static inline gboolean
compat_tcp_last_ack(conversation_t *conversation, packet_info *pinfo, guint32 *ack)
{
    const tcp_flow_t *flow = compat_tcp_flow(conversation, pinfo);

    if (!flow || !flow->tcp_analyze_seq_info)
        return FALSE;
    *ack = flow->tcp_analyze_seq_info->lastack;
    return TRUE;
}

/* The sequence number behind this segment, or behind the highest one seen in its direction: false when there is none. */
static inline gboolean
compat_tcp_next_seq(conversation_t *conversation, packet_info *pinfo, guint32 *seq)
{
    const tcp_flow_t *flow = compat_tcp_flow(conversation, pinfo);

    if (!flow || !flow->tcp_analyze_seq_info)
        return FALSE;
    *seq = flow->tcp_analyze_seq_info->nextseq;
    return TRUE;
}

/* Whether TCP keeps the end of this segment for a message that goes on in later ones: TCP notes it by the sequence number at
 * which the message begins, and the highest one seen in this direction is the end of the segment unless it came late. */
static inline gboolean
compat_tcp_waits(conversation_t *conversation, packet_info *pinfo)
{
    const tcp_flow_t *flow = compat_tcp_flow(conversation, pinfo);
    const struct tcp_multisegment_pdu *msp;
    guint32 next = 0;

    if (!flow || !flow->multisegment_pdus)
        return FALSE;
    compat_tcp_next_seq(conversation, pinfo, &next);
    msp = (struct tcp_multisegment_pdu *)wmem_tree_lookup32_le(flow->multisegment_pdus, next - 1);
    return msp && msp->first_frame == pinfo->num;
}

/* An absolute time, of any year. Wireshark writes what gmtime() makes of it, which on Windows knows 1970 to 3000 only and else
 * says "Not representable". Columns and -T fields ask Wireshark all the same. */
static inline proto_item *
compat_add_time(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, nstime_t *when)
{
#if defined(_WIN32)
    if (when->secs < 0 || when->secs > G_GINT64_CONSTANT(32535215999)) {
        char text[WU_TIME_TEXT];
        wu_text_from_time(when->secs, when->nsecs, text);
        return proto_tree_add_time_format_value(tree, hf, tvb, offset, length, when, "%s", text);
    }
#endif
    return proto_tree_add_time(tree, hf, tvb, offset, length, when);
}

/* A searchable list of value names that lives as long as the program. */
static inline value_string_ext *
compat_value_string_ext(const value_string *names, guint count, const char *name)
{
#if COMPAT_AT_LEAST(4, 6)
    return value_string_ext_new(wmem_epan_scope(), names, count, name);
#else
    return value_string_ext_new(names, count, name);
#endif
}

/* What starting a statistic returns: since 4.6 it can fail; before that, those of stock Wireshark end the program. */
#if COMPAT_AT_LEAST(4, 6)
typedef bool compat_stat_result;
#define COMPAT_STAT_STARTED(good) return (good)
#else
typedef void compat_stat_result;
#define COMPAT_STAT_STARTED(good) \
    do {                          \
        if (!(good))              \
            exit(1);              \
    } while (0)
#endif

/* Streams to follow: 4.4 wants to know how many there are. */
static inline void
compat_register_follow(int proto, const char *tap, follow_conv_filter_func of_packet, follow_index_filter_func of_index,
                       follow_address_filter_func of_addresses, follow_port_to_display_func port)
{
#if COMPAT_AT_LEAST(4, 4)
    register_follow_stream(proto, tap, of_packet, of_index, of_addresses, port, follow_tvb_tap_listener,
                           get_tcp_stream_count, NULL);
#else
    register_follow_stream(proto, tap, of_packet, of_index, of_addresses, port, follow_tvb_tap_listener);
#endif
}

/* Callbacks of conversation filters have a parameter more in 4.4. */
#if COMPAT_AT_LEAST(4, 4)
#define COMPAT_FILTER_PARAMETERS packet_info *pinfo, void *user _U_
#define COMPAT_REGISTER_FILTER(protocol, label, valid, build) register_conversation_filter(protocol, label, valid, build, NULL)
#else
#define COMPAT_FILTER_PARAMETERS packet_info *pinfo
#define COMPAT_REGISTER_FILTER(protocol, label, valid, build) register_conversation_filter(protocol, label, valid, build)
#endif

/* An entry of the menu of a right click on a packet that has the fields, which are handed to it: since 4.4. */
static inline void
compat_register_packet_menu(const char *label, const char *fields, void (*show)(void *user, GPtrArray *fields))
{
#if COMPAT_AT_LEAST(4, 4)
    funnel_register_packet_menu(label, fields, show, NULL, false);
#else
    (void)label, (void)fields, (void)show;
#endif
}

/* The value of a field. */
static inline fvalue_t *
compat_value(field_info *field)
{
#if COMPAT_AT_LEAST(4, 4)
    return field->value;
#else
    return &field->value;
#endif
}

/* Submenus in the names of statistics. */
#ifdef STATS_TREE_MENU_SEPARATOR
#define COMPAT_MENU STATS_TREE_MENU_SEPARATOR
#else
#define COMPAT_MENU "/"
#endif

#endif
