/* rest.c
 * What only the end of a capture tells: connections that wait for their answer until then. A program that reads the capture twice
 * shows them in their frames; one that reads it once has none left, and tells its listeners before they draw.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <limits.h>

/* As if a packet came: taken by what takes the outcomes of packets. */
static void
tell_outcome(const wu_connection_outcome *outcome, guint32 number, verdict_taker take, void *user)
{
    packet_info *pinfo = g_new0(packet_info, 1);
    verdict v;

    pinfo->pool = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    pinfo->num = number;
    pinfo->abs_ts.secs = (time_t)(outcome->time / 1000000000);
    pinfo->abs_ts.nsecs = (int)(outcome->time % 1000000000);
    verdict_judge_connection(pinfo, outcome, &v);
    take(&v, user);
    wmem_destroy_allocator(pinfo->pool);
    g_free(pinfo);
}

void
report_rest(verdict_taker take, void *user)
{
    const wu_connection_outcome *const *outcomes;
    unsigned n = window_is_there() ? 0 : traffic_outcomes_at_end(&outcomes);

    /* behind all frames, and in the same place in each part of a capture */
    for (unsigned i = 0; i < n; i++)
        if (traffic_in_part(outcomes[i]))
            tell_outcome(outcomes[i], G_MAXUINT32 - n + i, take, user);
}
