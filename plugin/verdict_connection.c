/* verdict_connection.c
 * The verdict on an outcome of a connection: no message, but the same form, so that everybody counts it alike.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict.h"

#include "core/wusp.h"

/* The codes: a status that the proxy sent, then what the client makes of the outcome. */
static void
add_codes(verdict *v)
{
    const wu_connection_outcome *o = v->connection;
    wu_transport_code chain[WU_TRANSPORT_MAX_CODES];
    unsigned n = wu_transport_codes(o, chain);
    bool status = o->outcome == WU_CONNECTION_TUNNEL_REFUSED && o->status;
    wu_derived derived[WU_MAX_DERIVED];
    wu_answer answer = { .client = (o->reporters & (1 << WU_REPORTS_SERVICE | 1 << WU_REPORTS_FILE)) ? WU_CLIENT_AGENT : WU_CLIENT_DOWNLOAD, .status = o->status };
    size_t n_status = status && o->event == WU_EVENT_TUNNEL && !(o->reporters & WU_REPORTS_NOTHING) ? wu_client_codes(&answer, false, derived, WU_MAX_DERIVED) : 0;

    v->codes = wmem_alloc0_array(v->pinfo->pool, verdict_code, n + n_status + 1);
    if (status)
        v->codes[v->n_codes++] = (verdict_code){ .code = o->status, .space = WU_AS_HTTP_STATUS };
    for (size_t i = 0; i < n_status; i++)
        v->codes[v->n_codes++] = (verdict_code){ .code = derived[i].code, .space = WU_AS_HRESULT, .derived = true,
                                                 .basis = derived[i].basis == WU_BASIS_DOCUMENTED ? WU_BASIS_INFERRED
                                                                                                  : derived[i].basis,
                                                 .because = "the status of the proxy, as of a server" };
    if (v->n_codes)
        v->main = &v->codes[v->n_codes - 1];
    for (unsigned i = 0; i < n; i++) {
        verdict_code *c = &v->codes[v->n_codes++];
        *c = (verdict_code){ .code = chain[i].value, .space = chain[i].hresult ? WU_AS_HRESULT : WU_AS_WIN32, .derived = true,
                             .basis = (enum wu_basis)chain[i].basis, .because = chain[i].because };
        if (chain[i].one_of_a_set)
            c->because = wmem_strdup_printf(v->pinfo->pool, "%s; one of several codes for this", chain[i].because);
        if (chain[i].main)
            v->main = c;
    }
    for (unsigned i = 0; i < v->n_codes; i++) {
        v->codes[i].source = v->codes[i].space == WU_AS_HTTP_STATUS ? WU_FOUND_HTTP_STATUS : WU_FOUND_CONNECTION;
        v->codes[i].item = WU_NO_ITEM;
        v->codes[i].error = true;
        v->codes[i].told = true; /* by the entry of the connection: one entry a failure */
    }
}

void
verdict_judge_connection(packet_info *pinfo, const wu_connection_outcome *o, verdict *v)
{
    wsus_exchange *x = wmem_new0(pinfo->pool, wsus_exchange);
    http_message *m = wmem_new0(pinfo->pool, http_message);

    memset(v, 0, sizeof *v);
    v->pinfo = pinfo;
    v->connection = o;
    x->ours = true;
    x->service = WU_SERVICE_CONNECTION;
    x->operation = wu_phase_name(o->phase);
    x->host = o->name;
    x->client = WU_CLIENT_AGENT;
    m->media = "";
    v->x = x;
    v->m = m;
    v->service = wu_service_name(WU_SERVICE_CONNECTION);
    v->operation = x->operation;
    v->kind = VERDICT_RESPONSE;
    v->next_step = "";
    v->outcome = o->outcome ? OUTCOME_CONNECTION : OUTCOME_SUCCESS;
    if (o->outcome)
        add_codes(v);
}

const char *
verdict_connection_line(const verdict *v)
{
    const wu_connection_outcome *o = v->connection;
    wmem_allocator_t *scope = v->pinfo->pool;
    const char *server = o->port ? wmem_strdup_printf(scope, strchr(o->name, ':') ? "[%s]:%u" : "%s:%u", o->name, o->port) : o->name;

    return wmem_strdup_printf(scope, "%s, %s%s%s", wu_outcome_name(o->outcome), server, v->main ? ", " : "",
                              v->main ? code_label(scope, v->main->code, v->main->space) : "");
}
