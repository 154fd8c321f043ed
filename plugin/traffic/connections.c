/* connections.c
 * Feeds the watch over connections (core/connection.h) with what Wireshark dissects, and keeps it for the capture file.
 *
 * Segments of TCP and messages of DNS are found in the frame at its end, when what was decrypted is there, too. For ICMP own
 * handles stand in front of the stock ones of IP protocols 1 and 58: they see each packet once, with and without a tree, whatever
 * is above it. (In front of TCP and UDP handles would cost more than looking for the bytes.) They hang on helper protocols,
 * which do not show among the layers of a frame and are disabled with the protocol that they help, so nothing else changes. The
 * watch is fed when a frame is dissected for the first time, in order; afterwards it is only asked, so every pass and random
 * access give the same.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/prefs.h>

#define PORT_DNS 53

static wu_watch *watch;
static bool fed; /* since it was told that the capture was read */
static unsigned untold_from = UINT_MAX; /* outcomes from here on were told when no frame came any more; UINT_MAX: none */
static const char *pref_servers = "";
static range_t *pref_ports;
static guint32 seen_frame; /* whose segment the watch looked at last */

/* The segment of the frame that is dissected. */
static struct {
    guint32 frame;
    wu_packet packet;
} current;

/* ---- the hooks ---- */

typedef void (*feed_function)(wu_watch *watch, const wu_packet *packet);

/* A protocol of IP whose handle is taken over. */
typedef struct {
    const char *name;
    guint32 number;
    feed_function feed;
    int proto; /* the helper protocol */
    dissector_handle_t stock;
} ip_hook;

static ip_hook hooks[] = {
    { "icmp", 1, wu_watch_icmp, -1, NULL },
    { "icmpv6", 58, wu_watch_icmp, -1, NULL },
};

enum { HOOK_ICMP, HOOK_ICMPV6 };

static int64_t
time_of(const packet_info *pinfo)
{
    return pinfo->abs_ts.secs * INT64_C(1000000000) + pinfo->abs_ts.nsecs;
}

/* Everything but the bytes. */
static bool
make_packet(const packet_info *pinfo, wu_packet *packet)
{
    const address *source = &pinfo->net_src, *destination = &pinfo->net_dst;

    if (pinfo->flags.in_error_pkt || (source->type != AT_IPv4 && source->type != AT_IPv6))
        return false;
    packet->frame = pinfo->num;
    packet->time = time_of(pinfo);
    wu_address_set(&packet->source, source->data, (size_t)source->len);
    wu_address_set(&packet->destination, destination->data, (size_t)destination->len);
    return true;
}

/* What was decrypted in this frame, then what had to wait for that. */
static void
feed_decrypted(const packet_info *pinfo, const wu_packet *packet)
{
    compat_source sources[MAX_SOURCES];

    if (pinfo->data_src->next && wu_watch_wants_decrypted(watch, packet)) {
        unsigned n = compat_data_sources(pinfo, sources, MAX_SOURCES);
        for (unsigned i = 1; i < n; i++)
            if (compat_source_sort(&sources[i]) == COMPAT_DECRYPTED_TLS)
                wu_watch_decrypted(watch, packet, bytes_of(sources[i].tvb));
    }
    wu_watch_settle(watch);
}

static int
dissect_hooked(unsigned which, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const ip_hook *hook = &hooks[which];
    wu_packet packet;
    bool feed = !PINFO_FD_VISITED(pinfo) && watch && make_packet(pinfo, &packet);

    /* before the stock dissector: it may leave by an exception, as with packets that were cut off */
    if (feed) {
        fed = true;
        packet.bytes = bytes_of(tvb);
        packet.length = tvb_reported_length(tvb);
        hook->feed(watch, &packet);
    }
    return call_dissector_only(hook->stock, tvb, pinfo, tree, data);
}

/* A message of DNS that a glance does not do for. */
static G_GNUC_NO_INLINE bool
feed_names(const packet_info *pinfo, wu_slice ip)
{
    wu_packet packet;
    size_t at, end;

    if (!make_packet(pinfo, &packet) || !wu_ip_find(ip, IP_UDP, &at, &end) || end < at)
        return false;
    packet.length = end - at;
    packet.bytes = wu_slice_from(wu_slice_of(ip.p, ip.n < end ? ip.n : end), at);
    fed = true;
    return wu_watch_udp(watch, &packet);
}

/* Makes the segment that lies in an IP packet the one of the frame. */
static bool
take_segment(const packet_info *pinfo, wu_slice ip)
{
    wu_packet *packet = &current.packet;
    size_t at, end;

    if (!make_packet(pinfo, packet) || !wu_ip_find(ip, IP_TCP, &at, &end) || end < at)
        return false;
    packet->bytes = wu_slice_from(wu_slice_of(ip.p, ip.n < end ? ip.n : end), at);
    packet->length = end - at;
    fed = true;
    current.frame = pinfo->num;
    return true;
}

static G_GNUC_NO_INLINE void
feed_segment(const packet_info *pinfo, wu_slice ip)
{
    if (take_segment(pinfo, ip) && wu_watch_tcp(watch, &current.packet))
        feed_decrypted(pinfo, &current.packet);
}

static bool
tells_nothing(const packet_info *pinfo)
{
    return wu_watch_told(watch) != pinfo->num && !media_bodies();
}

static bool
watch_names(tvbuff_t *frame, const packet_info *pinfo)
{
    wu_slice ip = ip_packet(frame, pinfo);

    if (wu_watch_glance_names(watch, ip, pinfo->num, time_of(pinfo)))
        fed = true;
    else if (!feed_names(pinfo, ip))
        return false;
    return tells_nothing(pinfo);
}

static inline bool
watch_segment(tvbuff_t *frame, const packet_info *pinfo)
{
    wu_slice ip = ip_packet(frame, pinfo);
    enum wu_glance seen = wu_watch_glance(watch, ip, time_of(pinfo));

    seen_frame = pinfo->num;
    if (seen == WU_GLANCE_READ)
        feed_segment(pinfo, ip);
    if (seen < WU_GLANCE_BARE || (seen == WU_GLANCE_SEALED && pinfo->data_src->next))
        return false;
    return !unfinished_concerns(pinfo) && tells_nothing(pinfo);
}

/* A segment of another part of the capture: no messages are read of it. */
static G_GNUC_NO_INLINE bool
watch_other_part(tvbuff_t *frame, const packet_info *pinfo)
{
    watch_segment(frame, pinfo);
    wu_watch_untold(watch);
    return tells_nothing(pinfo);
}

bool
traffic_watch(tvbuff_t *frame, const packet_info *pinfo)
{
    if (PINFO_FD_VISITED(pinfo) || !watch || pinfo->flags.in_error_pkt)
        return false;
    if (pinfo->ptype != PT_TCP) {
        if (pinfo->ptype == PT_UDP && (pinfo->srcport == PORT_DNS || pinfo->destport == PORT_DNS))
            return watch_names(frame, pinfo);
        return part_is_other(pinfo) && watch_other_part(frame, pinfo); /* stock TCP is not called for it */
    }
    return watch_segment(frame, pinfo);
}

void **
connections_place(const packet_info *pinfo)
{
    return watch && seen_frame == pinfo->num && !PINFO_FD_VISITED(pinfo) ? wu_watch_place(watch) : NULL;
}

/* A dissector is not told which entry of the table it was called for. */
#define IP_HOOK(name, which)                                                              \
    static int dissect_##name(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data) \
    {                                                                                     \
        return dissect_hooked(which, tvb, pinfo, tree, data);                             \
    }

IP_HOOK(icmp, HOOK_ICMP)
IP_HOOK(icmpv6, HOOK_ICMPV6)

/* ---- what is asked ---- */

void
traffic_exchange_seen(packet_info *pinfo, const char *host, bool request, bool http1)
{
    compat_source frame;

    if (!watch || PINFO_FD_VISITED(pinfo) || seen_frame != pinfo->num || !compat_data_sources(pinfo, &frame, 1))
        return;
    /* a segment that told the watch nothing at a glance was not fed */
    if (current.frame == pinfo->num || take_segment(pinfo, ip_packet(frame.tvb, pinfo)))
        wu_watch_exchange(watch, &current.packet, wu_slice_text(host ? host : ""), request, http1);
}

unsigned
traffic_outcomes(packet_info *pinfo, const wu_connection_outcome *const **outcomes)
{
    if (!watch || (!PINFO_FD_VISITED(pinfo) && wu_watch_told(watch) != pinfo->num))
        return 0;
    if (PINFO_FD_VISITED(pinfo) && fed) {
        wu_watch_end(watch);
        fed = false;
    }
    return wu_watch_outcomes(watch, pinfo->num, PINFO_FD_VISITED(pinfo), outcomes);
}

unsigned
traffic_outcomes_at_end(const wu_connection_outcome *const **outcomes)
{
    if (!watch)
        return 0;
    if (fed) {
        untold_from = wu_watch_all(watch, outcomes);
        wu_watch_end(watch);
        fed = false;
    }
    unsigned n = wu_watch_all(watch, outcomes), from = MIN(untold_from, n);
    *outcomes += from;
    return n - from;
}

/* ---- the room ---- */

static void
end_file(void)
{
    wu_watch_free(watch);
    watch = NULL;
}

static void
begin_file(void)
{
    char *ports = range_convert_range(NULL, pref_ports);

    end_file();
    if (traffic_wsus_enabled()) /* a file is read anew when that changes */
        watch = wu_watch_new(pref_servers, ports);
    fed = false;
    untold_from = UINT_MAX;
    current.frame = seen_frame = 0;
    wmem_free(NULL, ports);
}

void
connections_preferences(module_t *module)
{
    range_convert_str(wmem_epan_scope(), &pref_ports, "8530-8531", 65535);
    prefs_register_string_preference(module, "servers", "Own update servers",
                                     "Names and addresses of update servers, with or without a port, separated by commas. "
                                     "Ports of WSUS, the public hosts and names with \"wsus\" in them are known without it",
                                     &pref_servers);
    prefs_register_range_preference(module, "ports", "Ports of update servers",
                                    "TCP ports whose connections are taken for those of Windows Update", &pref_ports, 65535);
    register_init_routine(begin_file);
    register_cleanup_routine(end_file);
    for (size_t i = 0; i < array_length(hooks); i++) {
        const char *name = wmem_strdup_printf(wmem_epan_scope(), "Windows Update connections over %s", hooks[i].name);
        const char *filter = wmem_strdup_printf(wmem_epan_scope(), "wsus_connections_%s", hooks[i].name);
        hooks[i].proto = traffic_register_hook(name, filter);
    }
}

void
connections_handoff(void)
{
    static const dissector_t dissectors[] = { dissect_icmp, dissect_icmpv6 };
    dissector_table_t table = find_dissector_table("ip.proto");

    for (size_t i = 0; table && i < array_length(hooks); i++) {
        hooks[i].stock = dissector_get_uint_handle(table, hooks[i].number);
        if (hooks[i].stock && hooks[i].proto >= 0)
            dissector_add_uint("ip.proto", hooks[i].number, create_dissector_handle(dissectors[i], hooks[i].proto));
    }
}
