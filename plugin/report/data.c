/* data.c
 * What the tap "wsus" tells of a verdict.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/to_str.h>

/* Of an outcome: the client of its connection, and its name as what a fault would be called. */
static void
fill_connection(const verdict *v, report_data *data)
{
    const wu_connection_outcome *o = v->connection;
    char text[WU_ADDRESS_TEXT];

    data->operation = v->operation;
    data->client = wmem_strdup(v->pinfo->pool, wu_address_text(&o->client.address, text));
    data->agent = data->computer = "";
    data->status = o->status;
    data->error_code = o->outcome ? wu_outcome_name(o->outcome) : "";
    data->code = v->main;
}

/* Each request counts once. Where the answer did not wait for its end it counts with that: the end may never come, which nobody
 * knows before the capture ends. */
static bool
counts_request(const http_message *m, const wsus_exchange *x)
{
    return m->request ? !x->request_ends : x->request_frame && (x->incomplete || x->request_ends);
}

static void
fill_message(const verdict *v, report_data *data)
{
    wmem_allocator_t *scope = v->pinfo->pool;
    const http_message *m = v->m;
    wu_slice version = m->have_head && m->request ? agent_version(m->head.header[WU_HEADER_USER_AGENT])
                                                  : wu_slice_of(NULL, 0);

    data->asked = counts_request(m, v->x);
    data->operation = *v->operation ? v->operation : "unknown";
    data->client = address_to_str(scope, report_by_client(v) ? &v->pinfo->src : &v->pinfo->dst);
    data->agent = version.n ? wmem_strndup(scope, (const char *)version.p, version.n)
                            : verdict_field(v, WU_F_CLIENT_VERSION);
    data->computer = m->request ? verdict_field(v, WU_F_COMPUTER_NAME) : "";
    data->status = m->have_head ? m->head.status : 0;
    data->error_code = v->fault && m->message->fault.error_code.text.p
                           ? message_line(scope, m->message, &m->message->fault.error_code, 128) : "";
    data->code = v->outcome == OUTCOME_FAULT || v->outcome == OUTCOME_HTTP_ERROR ? v->main : NULL;
    data->body = m->message && export_wanted() ? traffic_text(m) : NULL;
}

const report_data *
report_data_of(const verdict *v)
{
    report_data *data = wmem_new0(v->pinfo->pool, report_data);

    data->v = v;
    if (v->connection)
        fill_connection(v, data);
    else
        fill_message(v, data);
    return data;
}
