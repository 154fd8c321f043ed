/* diagnosis_totals.c
 * What a diagnosis sums up to: counts, and filters of Wireshark for the frames that prove it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis_state.h"

/* ---- counts ---- */

static bool
count_causes(const GPtrArray *causes, wu_diagnosis_totals *totals)
{
    bool failed = false;

    for (guint i = 0; i < causes->len; i++) {
        const wu_cause *cause = g_ptr_array_index(causes, i);
        totals->failures += cause->row->weight == WU_WEIGHT_FAILURE;
        totals->warnings += cause->row->weight == WU_WEIGHT_WARNING;
        totals->notes += cause->row->weight == WU_WEIGHT_NOTE;
        failed |= wu_cause_stops(cause);
    }
    return failed;
}

wu_diagnosis_totals
wu_diagnosis_count(const wu_diagnosis *d)
{
    wu_diagnosis_totals totals = { .clients = d->clients->len, .more_clients = d->more_clients,
                                   .requests = d->requests, .responses = d->responses,
                                   .first_frame = d->first_frame, .last_frame = d->last_frame };

    for (guint i = 0; i < d->clients->len; i++)
        totals.failed += count_causes(((wu_diagnosed *)g_ptr_array_index(d->clients, i))->causes, &totals);
    count_causes(d->general, &totals);
    return totals;
}

/* ---- filters ---- */

static void
filter_frames(GString *out, const wu_cause *cause, unsigned *room)
{
    for (unsigned i = 0; i < cause->frames && *room; i++, (*room)--)
        g_string_append_printf(out, "%s%u", out->len ? ", " : "", cause->frame[i]);
}

static char *
end_filter(GString *frames)
{
    char *filter = frames->len ? g_strdup_printf("frame.number in {%s}", frames->str) : NULL;

    g_string_free(frames, TRUE);
    return filter;
}

char *
wu_cause_filter(const wu_cause *cause)
{
    GString *frames = g_string_new(NULL);
    unsigned room = WU_MAX_PROOF;

    filter_frames(frames, cause, &room);
    return end_filter(frames);
}

char *
wu_diagnosis_filter(const wu_diagnosis *d, unsigned max)
{
    GString *frames = g_string_new(NULL);

    for (guint k = 0; k <= d->clients->len; k++) {
        const GPtrArray *causes = k ? ((wu_diagnosed *)g_ptr_array_index(d->clients, k - 1))->causes : d->general;
        for (guint i = 0; i < causes->len; i++) {
            const wu_cause *cause = g_ptr_array_index(causes, i);
            if (cause->row->weight >= WU_WEIGHT_WARNING)
                filter_frames(frames, cause, &max);
        }
    }
    return end_filter(frames);
}
