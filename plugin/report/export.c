/* export.c
 * The export of decoded bodies: File > Export Objects.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/export_object.h>
#include <epan/tap.h>

static int export_tap = -1;

static tap_packet_status
export_body(void *pointer, packet_info *pinfo, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    const report_data *data = (const report_data *)p;
    export_object_list_t *list = (export_object_list_t *)pointer;
    guint length = tvb_captured_length(data->body);
    export_object_entry_t *entry = g_new0(export_object_entry_t, 1);

    entry->pkt_num = pinfo->num;
    entry->hostname = g_strdup(data->v->x->host ? data->v->x->host : "");
    entry->content_type = g_strdup("text/plain"); /* the one kind of text that the button Preview shows */
    entry->filename = g_strdup_printf("%s-%s-%u.xml", data->operation,
                                      data->v->outcome == OUTCOME_REQUEST ? "request"
                                      : *data->error_code           ? "fault" : "response", pinfo->num);
    entry->payload_len = length;
    entry->payload_data = (guint8 *)tvb_memdup(NULL, data->body, 0, length);
    list->add_entry(list->gui_data, entry);
    return TAP_PACKET_REDRAW;
}

bool
export_wanted(void)
{
    return have_tap_listener(export_tap);
}

void
export_offer(packet_info *pinfo, const report_data *data)
{
    if (data->body)
        tap_queue_packet(export_tap, pinfo, data);
}

void
export_register(int proto_wsus)
{
    export_tap = register_export_object(proto_wsus, export_body, NULL);
}
