/* frame.c
 * The conductor: collect the messages of a frame, read their bodies, pair, judge, show, tell the taps. Everything below is
 * called from here, and nothing below calls up.
 *
 * The frame hook is a postdissector on a helper protocol, which Wireshark does not put among the layers of a frame:
 * that makes it cheap.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "frame.h"

#include "exchange/exchange.h"
#include "report/report.h"
#include "show/show.h"
#include "traffic/traffic.h"
#include "verdict.h"

static int proto_frame_hook = -1;

/* Messages that go on in later frames are left for later; those that are at their end now come first. Returns the one of ours
 * that begins in this frame, or NULL: in the first pass only. */
static const http_message *
sort_unfinished(tvbuff_t *frame, packet_info *pinfo, message_list *list)
{
    const http_message *begun = NULL;

    traffic_follow(frame, pinfo, list);
    for (unsigned i = list->n; i > 0; i--) {
        const http_message *m = list->message[i - 1];
        if (!traffic_unfinished(m))
            continue;
        bool ours = !PINFO_FD_VISITED(pinfo) && exchange_expected(pinfo, m);
        if (!traffic_put_off(frame, pinfo, m, ours))
            continue;
        if (ours)
            begun = m;
        traffic_forget_body(m);
        traffic_remove(list, i - 1);
    }
    traffic_add_joined(frame, pinfo, list);
    return begun;
}

/* One message. `first`: it is the first one of Windows Update in its frame. Returns whether it is one. */
static bool
do_message(const http_message *m, packet_info *pinfo, proto_tree *tree, bool first)
{
    const wsus_exchange *x = traffic_wsus_enabled() ? exchange_of(pinfo, m) : NULL;
    bool told = report_wanted(), shown = tree || show_wanted();
    verdict v;

    if (!x && (!m->message || !traffic_wws_enabled() || (!m->message->is_fault && m->encoding != BODY_BINARY)))
        return false;
    if (x && !PINFO_FD_VISITED(pinfo) && !m->request && m->message)
        exchange_learn(pinfo, x, m);
    if (x)
        traffic_exchange_seen(pinfo, x->host, m->request, !m->stream);
    verdict_judge(pinfo, m, x, shown || told || pinfo->cinfo, &v);
    if (x)
        show_windows_update(&v, tree, first);
    else
        show_other(&v, tree);
    if (told)
        report_message(&v, x && report_wants_info() ? show_info(&v) : "");
    return x != NULL;
}

static void
do_outcome(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const wu_connection_outcome *outcome)
{
    verdict v;

    verdict_judge_connection(pinfo, outcome, &v);
    show_connection(&v, tvb, tree);
    if (report_wanted())
        report_message(&v, report_wants_info() ? verdict_connection_line(&v) : "");
}

/* A stream that was ended before its time is an outcome, too. */
static void
do_cut(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const http_message *m)
{
    const wu_connection_outcome *outcome = traffic_wsus_enabled() ? exchange_cut(pinfo, m) : NULL;

    if (outcome)
        do_outcome(tvb, pinfo, tree, outcome);
}

static void
do_messages(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    message_list list;
    bool first = true;

    if (!traffic_begin(pinfo, &list))
        return;
    bool known = list.http1 && exchange_known_connection(pinfo);
    if (!traffic_collect(pinfo, &list, known))
        return;
    known = known || (!list.http1 && exchange_known_connection(pinfo));
    const http_message *begun = sort_unfinished(tvb, pinfo, &list);
    traffic_read_bodies(pinfo, &list, known, tree || show_wanted(), report_wanted() || pinfo->cinfo,
                        show_lists_whole(pinfo, tree));
    for (unsigned i = 0; i < list.n; i++)
        if (list.message[i]->part == MESSAGE_BEGUN || list.message[i]->part == MESSAGE_LOST)
            exchange_announce(pinfo, list.message[i]);
        else if (list.message[i]->part == MESSAGE_CUT)
            do_cut(tvb, pinfo, tree, list.message[i]);
        else if (do_message(list.message[i], pinfo, tree, first))
            first = false;
    if (begun) /* behind those that are whole in this frame */
        exchange_announce(pinfo, begun);
}

/* What became of connections, as far as it is known with this frame. */
static void
do_outcomes(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const wu_connection_outcome *const *outcomes;
    unsigned n = traffic_outcomes(pinfo, &outcomes);

    for (unsigned i = 0; i < n; i++)
        if (traffic_in_part(outcomes[i]))
            do_outcome(tvb, pinfo, tree, outcomes[i]);
}

static int
dissect_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    if (traffic_watch(tvb, pinfo))
        return 0;
    do_messages(tvb, pinfo, tree);
    do_outcomes(tvb, pinfo, tree);
    return 0;
}

void
frame_register(void)
{
    proto_frame_hook = traffic_register_hook("Windows Update messages", "wsus_messages");
}

void
frame_handoff(void)
{
    if (proto_frame_hook >= 0)
        register_postdissector(create_dissector_handle(dissect_frame, proto_frame_hook));
}
