/* taps.c
 * Tells listeners what became of a message.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/tap.h>

static int wsus_tap = -1;
static int winerr_tap = -1;
static int proto_winerr = -1;

bool
report_wanted(void)
{
    return have_tap_listener(wsus_tap) || have_tap_listener(winerr_tap) || export_wanted() || follow_wanted() ||
           records_wanted();
}

bool
report_wants_info(void)
{
    return records_wanted();
}

static void
tell_message(const verdict *v)
{
    const report_data *data = report_data_of(v);

    if (have_tap_listener(wsus_tap))
        tap_queue_packet(wsus_tap, v->pinfo, data);
    if (export_wanted())
        export_offer(v->pinfo, data);
    if (follow_wanted())
        follow_offer(v);
}

static void
tell_codes(const verdict *v)
{
    for (unsigned i = 0; i < v->n_codes; i++) {
        report_code *data = wmem_new(v->pinfo->pool, report_code);
        wu_reading reading;
        bool known = wu_code_readings(v->codes[i].code, v->codes[i].space, &reading, 1) > 0;
        data->code = &v->codes[i];
        data->family = known ? reading.family : WU_FAMILY_UNKNOWN;
        data->symbol = known ? wmem_strdup(v->pinfo->pool, reading.symbol) : "";
        tap_queue_packet(winerr_tap, v->pinfo, data);
    }
}

/* Taps are run when the packet is dissected in full, so they get a copy that lives as long as the packet. */
void
report_message(const verdict *v, const char *info)
{
    const verdict *kept = (const verdict *)wmem_memdup(v->pinfo->pool, v, sizeof *v);

    if (v->x && (have_tap_listener(wsus_tap) || export_wanted() || follow_wanted()))
        tell_message(kept);
    if (have_tap_listener(winerr_tap) && proto_is_protocol_enabled(find_protocol_by_id(proto_winerr)))
        tell_codes(kept);
    if (records_wanted())
        records_offer(kept, info);
}

void
report_register(void)
{
    int proto_wsus = proto_get_id_by_filter_name("wsus");

    proto_winerr = proto_get_id_by_filter_name("winerr");
    wsus_tap = register_tap("wsus");
    winerr_tap = register_tap("winerr");
    stats_register(proto_wsus);
    export_register(proto_wsus);
    diagnosis_register();
    updates_register();
    fact_lines_register();
    records_register();
    clients_register();
    follow_register(proto_wsus);
    menus_register(proto_wsus);
}
