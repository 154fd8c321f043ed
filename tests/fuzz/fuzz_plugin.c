/* fuzz_plugin.c
 * The whole plugin within the installed libwireshark: one TCP connection to port 80 as packets, dissected three times.
 *
 * The first byte holds options, as bits: 1 a tree in the first pass, 2 a visible one, 4 columns, 8 packets are cut as a
 * capture with a snapshot length has them, 16 to 64 the number of a packet that the capture lacks. What follows is what both
 * sides send: FF FE and '>' begin a packet of the client, FF FE and '<' one of the server.
 *
 * The second pass goes forward and the third backward, as when somebody clicks about: both have to draw the same,
 * unless the stock dissectors do not: that of HTTP goes by the last request that it saw, in whatever order. Leaves out
 * inputs with so many tags that the stock XML dissector gives up by itself (500 levels).
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <sanitizer/lsan_interface.h>

#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/stats_tree_priv.h>
#include <epan/tap.h>
#include <epan/timestamp.h>
#include <wiretap/wtap.h>
#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#include "../bytes.h"
#include "fuzz.h"
#include "report/report.h"

#define MAX_PACKETS 16
#define MAX_TAGS    400
#define HEADERS     40    /* IPv4 and TCP */
#define SESSION     20000 /* inputs of one session: each session costs 10 MB that libwireshark never gives back */

enum { OPTION_TREE = 1, OPTION_VISIBLE = 2, OPTION_COLUMNS = 4, OPTION_CUT = 8, OPTION_LOST_SHIFT = 4 };

/* Digests of a tree. */
typedef struct {
    uint64_t own, stock;
} drawing;

typedef struct {
    bool client;
    uint8_t bytes[HEADERS + 8192];
    guint length, captured;
    frame_data fd;
    drawing drawn;
} packet;

int LLVMFuzzerInitialize(int *argc, char ***argv);
void plugin_register(void);

static epan_t *session;
static column_info columns;
static packet packets[MAX_PACKETS];
static unsigned n_packets;
static guint32 last_frame, inputs;

/* ---- setting up -------------------------------------------------------------------------------------------------- */

static const nstime_t *
frame_time(struct packet_provider_data *provider _U_, guint32 frame)
{
    static nstime_t time;

    time.secs = frame;
    return &time;
}

/* A statistic that counts along, as tshark -z sets it up; begins anew when it is there already. */
static void
count(stats_tree **tree, char *statistic)
{
    if (*tree) {
        remove_tap_listener(*tree);
        stats_tree_free(*tree);
    }
    stats_tree_cfg *cfg = stats_tree_get_cfg_by_abbr(statistic);
    HOLDS(cfg);
    __lsan_disable(); /* stats_tree_free() of 4.0 forgets the root's name and counters */
    *tree = stats_tree_new(cfg, NULL, NULL);
    __lsan_enable();
    HOLDS(!register_tap_listener(cfg->tapname, *tree, NULL, cfg->flags, stats_tree_reset, stats_tree_packet, NULL, NULL));
    cfg->init(*tree);
}

static void
new_session(void)
{
    static const struct packet_provider_funcs functions = { frame_time, NULL, NULL, NULL };
    static stats_tree *outcomes, *errors;

    if (session)
        epan_free(session);
    session = epan_new(NULL, &functions);
    last_frame = 0;
    count(&outcomes, (char[]){ "wsus" });
    count(&errors, (char[]){ "wsus_errors" });
}

/* Everything that a listener is promised is there. */
static tap_packet_status
tapped(void *listener _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    const report_data *data = (const report_data *)p;
    const verdict *v = data->v;

    HOLDS(v->service && data->operation && data->client && data->computer && data->agent && data->error_code);
    HOLDS(strlen(v->service) && v->x && (size_t)v->x->service < WU_N_SERVICES);
    for (unsigned i = 0; i < v->n_failed; i++)
        HOLDS(v->failed[i].label);
    return TAP_PACKET_REDRAW;
}

int
LLVMFuzzerInitialize(int *argc _U_, char ***argv _U_)
{
    static int listener;
    char guesses[] = "wsus.guesses:TRUE", *error = NULL;

    g_setenv("WIRESHARK_ABORT_ON_DISSECTOR_BUG", "1", TRUE);
    ws_log_init("fuzz", NULL);
    init_process_policies();
    wtap_init(FALSE);
    plugin_register();
    HOLDS(epan_init(NULL, NULL, FALSE));
    e_prefs *preferences = epan_load_settings();
    HOLDS(prefs_set_pref(guesses, &error) == PREFS_SET_OK);
    prefs_apply_all();
    timestamp_set_type(TS_RELATIVE); /* from 4.4 on the column of the time wants to be told */
    timestamp_set_precision(TS_PREC_FIXED_NSEC);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    build_column_format_array(&columns, preferences->num_cols, TRUE);
    HOLDS(!register_tap_listener("wsus", &listener, NULL, TL_REQUIRES_NOTHING, NULL, tapped, NULL, NULL));
    new_session();
    return 0;
}

/* ---- packets ----------------------------------------------------------------------------------------------------- */

/* Headers before the payload. Every input has a client address of its own: its connection is a new one. */
static void
put_headers(packet *p, const uint32_t sent[2])
{
    uint8_t *ip = p->bytes, *tcp = p->bytes + 20;
    uint32_t client = 0x0a000000u | (inputs & 0xffffff), server = 0xc0000201u;

    memset(p->bytes, 0, HEADERS);
    ip[0] = 0x45;
    put16(ip + 2, p->length);
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, p->client ? client : server);
    put32(ip + 16, p->client ? server : client);
    put16(tcp, p->client ? 50000 : 80);
    put16(tcp + 2, p->client ? 80 : 50000);
    put32(tcp + 4, sent[p->client]);
    put32(tcp + 8, sent[!p->client]);
    tcp[12] = 5 << 4;
    tcp[13] = 0x18;
    put16(tcp + 14, 65535);
}

static bool
at_mark(wu_slice s, size_t i)
{
    return i + 3 <= s.n && s.p[i] == 0xff && s.p[i + 1] == 0xfe && (s.p[i + 2] == '>' || s.p[i + 2] == '<');
}

static size_t
next_mark(wu_slice s, size_t from)
{
    while (from < s.n && !at_mark(s, from))
        from++;
    return from;
}

static void
make_packet(wu_slice payload, bool client, bool cut, uint32_t sent[2])
{
    packet *p = &packets[n_packets++];
    size_t n = payload.n < sizeof p->bytes - HEADERS ? payload.n : sizeof p->bytes - HEADERS;

    p->client = client;
    p->length = HEADERS + (guint)n;
    p->captured = cut ? HEADERS + (guint)n / 2 : p->length;
    put_headers(p, sent);
    if (n)
        memcpy(p->bytes + HEADERS, payload.p, n);
    sent[client] += (uint32_t)n;
}

static void
make_packets(wu_slice in, uint8_t options)
{
    uint32_t sent[2] = { 1, 1 };
    unsigned lost = options >> OPTION_LOST_SHIFT & 7, made = 0;

    n_packets = 0;
    for (size_t i = next_mark(in, 0); i < in.n && n_packets < MAX_PACKETS;) {
        size_t end = next_mark(in, i + 3);
        make_packet(wu_slice_of(in.p + i + 3, end - i - 3), in.p[i + 2] == '>', options & OPTION_CUT, sent);
        if (++made == lost)
            n_packets--;
        i = end;
    }
}

/* ---- dissecting -------------------------------------------------------------------------------------------------- */

static void
draw(proto_node *node, gpointer data)
{
    uint64_t *digest = (uint64_t *)data;
    const field_info *field = PNODE_FINFO(node);

    if (field) {
        char label[ITEM_LABEL_LENGTH];
        if (field->rep)
            g_strlcpy(label, field->rep->representation, sizeof label);
        else
            proto_item_fill_label((field_info *)field, label);
        *digest = mix(mix(mix_bytes(*digest, wu_slice_text(label)), (uint64_t)field->start), (uint64_t)field->length);
    }
    proto_tree_children_foreach(node, draw, data);
    *digest = mix(*digest, 1);
}

/* What stands at the root of the tree: the plugin's own items, or what the others drew. */
static void
draw_root(proto_node *node, gpointer data)
{
    drawing *drawn = (drawing *)data;
    const field_info *field = PNODE_FINFO(node);
    bool own = field && (g_str_has_prefix(field->hfinfo->abbrev, "wsus") ||
                         g_str_has_prefix(field->hfinfo->abbrev, "wws") ||
                         g_str_has_prefix(field->hfinfo->abbrev, "winerr"));

    draw(node, own ? &drawn->own : &drawn->stock);
}

static void
dissect(packet *p, bool tree, bool visible, column_info *cinfo)
{
    wtap_rec record = { .rec_type = REC_TYPE_PACKET, .presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN };
    record.rec_header.packet_header.caplen = p->captured;
    record.rec_header.packet_header.len = p->length;
    record.rec_header.packet_header.pkt_encap = WTAP_ENCAP_RAW_IP4;

    if (!p->fd.visited) {
        frame_data_init(&p->fd, ++last_frame, &record, 0, 0);
        p->fd.abs_ts.secs = last_frame;
    }
    epan_dissect_t *edt = epan_dissect_new(session, tree, visible);
    /* of exactly the size that is captured, so that AddressSanitizer sees a byte too many */
    uint8_t *bytes = (uint8_t *)g_memdup2(p->bytes, p->captured);
    tvbuff_t *tvb = tvb_new_real_data(bytes, p->captured, (gint)p->length);
    tvb_set_free_cb(tvb, g_free);
    epan_dissect_run_with_taps(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &record, tvb, &p->fd, cinfo);
    if (visible && edt->tree) {
        p->drawn = (drawing){ 0, 0 };
        proto_tree_children_foreach(edt->tree, draw_root, &p->drawn);
    }
    epan_dissect_free(edt);
    if (!p->fd.visited) {
        guint32 bytes_before = 0;
        frame_data_set_after_dissect(&p->fd, &bytes_before);
    }
}

static bool
too_many_tags(wu_slice in)
{
    unsigned tags = 0;

    for (size_t i = 0; i < in.n; i++)
        tags += in.p[i] == '<';
    return tags > MAX_TAGS;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice in = wu_slice_of(data, size);
    drawing drawn[MAX_PACKETS];

    if (size < 4 || too_many_tags(in))
        return 0;
    if (++inputs % SESSION == 0)
        new_session();
    make_packets(wu_slice_from(in, 1), data[0]);
    for (unsigned i = 0; i < n_packets; i++) {
        memset(&packets[i].fd, 0, sizeof packets[i].fd);
        dissect(&packets[i], data[0] & OPTION_TREE, data[0] & OPTION_VISIBLE,
                data[0] & OPTION_COLUMNS ? &columns : NULL);
    }
    for (unsigned i = 0; i < n_packets; i++) {
        dissect(&packets[i], true, true, NULL);
        drawn[i] = packets[i].drawn;
    }
    for (unsigned i = n_packets; i-- > 0;) {
        dissect(&packets[i], true, true, NULL);
        HOLDS(packets[i].drawn.own == drawn[i].own || packets[i].drawn.stock != drawn[i].stock);
    }
    for (unsigned i = 0; i < n_packets; i++)
        frame_data_destroy(&packets[i].fd);
    return 0;
}
