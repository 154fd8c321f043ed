/* follow.c
 * Follow > WSUS Stream: heads and decoded bodies of a connection, in their order. Files that are fetched are left out.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/addr_resolv.h>
#include <epan/tap.h>
#include <epan/to_str.h>

static int follow_tap = -1;

bool
follow_wanted(void)
{
    return have_tap_listener(follow_tap);
}

/* Head as sent and body as text, in one buffer. */
static tvbuff_t *
stream_text(const verdict *v)
{
    const http_message *m = v->m;
    tvbuff_t *parent = m->tvb ? m->tvb : m->body ? m->body : m->raw, *body = m->message ? traffic_text(m) : NULL;
    wmem_array_t *bytes = wmem_array_new(v->pinfo->pool, 1);

    if (!parent)
        return NULL;
    if (m->have_head && m->tvb)
        wmem_array_append(bytes, tvb_get_ptr(m->tvb, m->offset, (gint)m->head.length), (guint)m->head.length);
    if (body) {
        guint n = tvb_captured_length(body);
        if (n)
            wmem_array_append(bytes, tvb_get_ptr(body, 0, (gint)n), n);
    } else if (m->raw && tvb_captured_length(m->raw)) {
        const char *note = wmem_strdup_printf(v->pinfo->pool, "[%u bytes]", tvb_captured_length(m->raw));
        wmem_array_append(bytes, note, (guint)strlen(note));
    }
    wmem_array_append(bytes, "\n\n", 2);
    guint n = wmem_array_get_count(bytes);
    return tvb_new_child_real_data(parent, (const guint8 *)wmem_array_get_raw(bytes), n, (gint)n);
}

void
follow_offer(const verdict *v)
{
    tvbuff_t *text = stream_text(v);

    if (text)
        tap_queue_packet(follow_tap, v->pinfo, text);
}

static gchar *
filter_of_stream(guint stream, guint sub_stream _U_)
{
    return g_strdup_printf("tcp.stream eq %u", stream);
}

static gchar *
filter_of_packet(epan_dissect_t *edt _U_, packet_info *pinfo, guint *stream, guint *sub_stream)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    struct tcp_analysis *tcp = conversation && pinfo->ptype == PT_TCP ? get_tcp_conversation_data(conversation, pinfo) : NULL;

    if (!tcp)
        return NULL;
    *stream = tcp->stream;
    return filter_of_stream(tcp->stream, *sub_stream);
}

static gchar *
filter_of_addresses(address *a, address *b, int port_a, int port_b)
{
    const char *ip = a->type == AT_IPv6 ? "ipv6" : "ip";
    char *first = address_to_str(NULL, a), *second = address_to_str(NULL, b);
    gchar *filter = g_strdup_printf("((%s.src eq %s and tcp.srcport eq %d) and (%s.dst eq %s and tcp.dstport eq %d)) or "
                                    "((%s.src eq %s and tcp.srcport eq %d) and (%s.dst eq %s and tcp.dstport eq %d))",
                                    ip, first, port_a, ip, second, port_b, ip, second, port_b, ip, first, port_a);

    wmem_free(NULL, first);
    wmem_free(NULL, second);
    return filter;
}

static gchar *
port_name(wmem_allocator_t *scope, guint port)
{
    return tcp_port_to_display(scope, port);
}

void
follow_register(int proto_wsus)
{
    follow_tap = register_tap("wsus_follow");
    compat_register_follow(proto_wsus, "wsus_follow", filter_of_packet, filter_of_stream, filter_of_addresses, port_name);
}
