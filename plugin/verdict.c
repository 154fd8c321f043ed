/* verdict.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict.h"

#include <epan/prefs.h>

#include "core/wusp.h"

static compat_bool pref_guesses = FALSE;
static compat_bool pref_findings = TRUE;

/* ---- codes ---- */

/* The codes of a verdict while they are gathered. */
typedef struct {
    verdict *v;
    unsigned room;
} gathering;

static verdict_code *
add_code(gathering *g, uint32_t code, enum wu_space space, enum wu_code_source source)
{
    verdict *v = g->v;

    if (v->n_codes == g->room) {
        g->room = g->room ? g->room * 2 : 8;
        v->codes = (verdict_code *)wmem_realloc(v->pinfo->pool, v->codes, g->room * sizeof *v->codes);
    }
    verdict_code *c = &v->codes[v->n_codes++];
    memset(c, 0, sizeof *c);
    c->code = code;
    c->space = space;
    c->source = source;
    c->item = WU_NO_ITEM;
    c->error = wu_code_is_error(code, space);
    return c;
}

static void
add_derived(gathering *g, const wu_derived *derived, size_t n, enum wu_code_source source, tvbuff_t *tvb, int offset,
            int length)
{
    for (size_t i = 0; i < n; i++) {
        verdict_code *c = add_code(g, derived[i].code, WU_AS_HRESULT, source);
        c->derived = true;
        c->basis = derived[i].basis;
        c->because = derived[i].because;
        c->error = c->error && !g->v->step;
        c->fault = source == WU_FOUND_SOAP_FAULT;
        c->tvb = tvb;
        c->offset = offset;
        c->length = length;
    }
}

static void
add_head_codes(gathering *g, const wu_derived *derived, size_t n)
{
    const http_message *m = g->v->m;
    int offset = traffic_head_offset(m, m->head.status_text);

    if (m->head.status >= 400) {
        verdict_code *c = add_code(g, m->head.status, WU_AS_HTTP_STATUS, WU_FOUND_HTTP_STATUS);
        c->error = c->error && !g->v->step;
        c->tvb = m->tvb;
        c->offset = offset;
        c->length = 3;
    }
    if (!g->v->fault)
        add_derived(g, derived, n, WU_FOUND_HTTP_STATUS, m->tvb, offset, 3);
}

static void
add_item_codes(gathering *g, const wu_message *message)
{
    for (guint i = 0; message->has_codes && i < message->items->len; i++) {
        const wu_item *item = &g_array_index(message->items, wu_item, i);
        if (item->field != WU_ITEM_CODE)
            continue;
        verdict_code *c = add_code(g, item->number, (enum wu_space)item->space, (enum wu_code_source)item->found);
        c->item = i;
        c->offset = (int)item->offset;
        c->length = (int)item->length;
    }
}

static void
add_fault_codes(gathering *g, const wu_derived *derived, size_t n)
{
    const wu_fault *f = &g->v->m->message->fault;
    const wu_part *from = f->error_code.text.p ? &f->error_code : &f->code;

    for (unsigned i = 0; i < f->codes; i++) {
        verdict_code *c = add_code(g, f->found[i].code, f->found[i].space, f->found[i].source);
        c->fault = true;
        c->tvb = g->v->m->body;
        c->offset = (int)f->found[i].offset;
        c->length = (int)f->found[i].length;
    }
    add_derived(g, derived, n, WU_FOUND_SOAP_FAULT, g->v->m->body, (int)from->offset, (int)from->length);
}

/* A code that stands in the head, or in a body that is no SOAP. */
static void
add_loose_code(gathering *g, uint32_t code, enum wu_space space, tvbuff_t *tvb, int offset, int length)
{
    verdict_code *c = add_code(g, code, space, WU_FOUND_TEXT);

    c->error = c->error && !g->v->step;
    c->tvb = tvb;
    c->offset = offset;
    c->length = length;
}

/* What BITS says failed, and what the agent tells Watson. */
static void
add_codes_of_head(gathering *g)
{
    const http_message *m = g->v->m;
    wu_slice bits = m->head.header[WU_HEADER_BITS_ERROR_CODE], where;
    uint32_t code;

    if (wu_slice_code(bits, &code) && code > 0xffff)
        add_loose_code(g, code, WU_AS_HRESULT, m->tvb, traffic_head_offset(m, bits), (int)bits.n);
    if (m->request && wu_watson_code(m->head.target, &code, &where))
        add_loose_code(g, code, WU_AS_HRESULT, m->tvb, traffic_head_offset(m, where), (int)where.n);
}

/* The page of an answer with an error status. */
static void
add_codes_of_page(gathering *g)
{
    verdict *v = g->v;
    const http_message *m = v->m;
    tvbuff_t *body = m->body ? m->body : m->raw;

    if (m->request || m->message || m->head.status < 400 || !body)
        return;
    guint length = tvb_captured_length(body);
    if (!length)
        return;
    wu_error_page *page = wmem_new(v->pinfo->pool, wu_error_page);
    wu_error_page_read(wu_slice_of(tvb_get_ptr(body, 0, (int)length), length), m->head.status, page);
    if (page->substatus || page->exception.n || page->codes)
        v->page = page;
    for (unsigned i = 0; i < page->codes; i++)
        add_loose_code(g, page->code[i].code, page->code[i].space, body, (int)page->code[i].offset, (int)page->code[i].length);
}

/* The code that matters most: the first error in the fault, then the one that the client reports last, then the status. */
static const verdict_code *
main_code(const verdict *v)
{
    const verdict_code *derived = NULL, *status = NULL;

    if (v->step)
        return NULL;
    for (unsigned i = 0; i < v->n_codes; i++) {
        const verdict_code *c = &v->codes[i];
        if (c->fault && !c->derived && c->error)
            return c;
        if (c->derived)
            derived = c;
        else if (c->source == WU_FOUND_HTTP_STATUS)
            status = c;
    }
    return derived ? derived : status;
}

/* ---- events ---- */

/* One event of a report, as its items go by. */
typedef struct {
    const wu_item *id;
    uint32_t code;
} event_state;

static void
note_event_item(event_state *event, const wu_item *item)
{
    if (item->field == WU_F_EVENT)
        memset(event, 0, sizeof *event);
    else if (item->field == WU_F_EVENT_ID)
        event->id = item;
    else if (item->field == WU_ITEM_CODE && !event->code && (item->number & 0x80000000u))
        event->code = item->number;
}

static const char *
event_label(const verdict *v, const event_state *event)
{
    const char *what = event->id ? verdict_value(v, event->id) : "event failed";

    if (g_ascii_isdigit(*what)) /* an event that the tables do not know */
        what = wmem_strdup_printf(v->pinfo->pool, "event %s failed", what);
    if (!event->code)
        return what;
    return wmem_strdup_printf(v->pinfo->pool, "%s, %s", what, code_label(v->pinfo->pool, event->code, WU_AS_HRESULT));
}

static void
find_failed_events(verdict *v, const wu_message *message)
{
    wmem_array_t *failed = NULL;
    event_state event = { 0 };
    guint n = wu_message_has(message, WU_F_EVENT_OUTCOME) ? message->items->len : 0;

    for (guint i = 0; i < n; i++) {
        const wu_item *item = &g_array_index(message->items, wu_item, i);
        note_event_item(&event, item);
        if (item->field != WU_F_EVENT_OUTCOME || item->number != WU_OUTCOME_FAIL)
            continue;
        verdict_event e = { i, event.code, event_label(v, &event) };
        if (!failed)
            failed = wmem_array_new(v->pinfo->pool, sizeof e);
        wmem_array_append_one(failed, e);
    }
    v->n_failed = failed ? wmem_array_get_count(failed) : 0;
    v->failed = failed ? (const verdict_event *)wmem_array_get_raw(failed) : NULL;
}

/* ---- the verdict ---- */

/* What is to follow a fault. The operation tells who has to do it, whatever program it is. */
static const char *
next_step(const wu_fault *fault, const wsus_exchange *x)
{
    const wu_fault_row *row = fault->error_code.text.p ? wu_fault_by_name(fault->error_code.text) : NULL;
    bool server = x && wu_client_of(x->service, wu_slice_text(x->operation)) == WU_CLIENT_SERVER;

    if (!row)
        return "";
    return wu_text(server ? row->server_next_step : row->next_step);
}

/* The operation that a fault names, if it is another one than that of the exchange. */
static const char *
other_operation(const verdict *v)
{
    wu_slice operation = { NULL, 0 };

    if (v->x && *v->operation && v->m->message->fault.method.text.p)
        wu_service_of_action(wu_slice_trim(v->m->message->fault.method.text), &operation);
    if (!operation.n || wu_slice_is(operation, v->operation))
        return NULL;
    return wmem_strndup(v->pinfo->pool, (const char *)operation.p, operation.n);
}

/* What the answer leads to; returns how many codes are derived from it. */
static size_t
judge_answer(verdict *v, wu_derived derived[WU_MAX_DERIVED])
{
    const http_message *m = v->m;
    wu_answer answer = { .client = traffic_asker(v->pinfo) };

    if (v->x) {
        answer.client = v->x->client;
        answer.service = v->x->service;
        answer.anonymous = v->x->anonymous;
        answer.head_request = v->x->head;
    }
    if (v->fault)
        v->next_step = next_step(&m->message->fault, v->x);
    v->other_operation = v->fault ? other_operation(v) : NULL;
    if (m->request)
        return 0;
    answer.status = m->have_head ? m->head.status : 0;
    answer.head = m->have_head ? &m->head : NULL;
    answer.fault = v->fault ? &m->message->fault : NULL;
    v->recovery = v->fault && wu_is_recovery(&m->message->fault);
    v->challenge = wu_challenge_of(&answer);
    size_t n = wu_client_codes(&answer, pref_guesses, derived, WU_MAX_DERIVED);
    if (!v->x) { /* only Windows Update recovers from its faults, and nothing is derived from them for others */
        n = v->recovery ? 0 : n;
        v->recovery = false;
    }
    /* that a tunnel is refused is an outcome of its connection: it is told there, and counted once */
    bool tunnel = v->x && v->x->service == WU_SERVICE_CONNECTION && answer.status >= 400;
    v->step = tunnel || v->recovery || v->challenge == WU_CHALLENGE_ASKED || v->challenge == WU_CHALLENGE_CONTINUED ||
              (v->challenge == WU_CHALLENGE_PASSWORD && v->x && v->x->continued_frame);
    return n;
}

static enum verdict_outcome
outcome_of(const verdict *v)
{
    if (v->m->request)
        return OUTCOME_REQUEST;
    if (v->step)
        return OUTCOME_RECOVERY;
    if (v->fault)
        return OUTCOME_FAULT;
    return v->m->have_head && v->m->head.status >= 400 ? OUTCOME_HTTP_ERROR : OUTCOME_SUCCESS;
}

static void
look_for_findings(verdict *v)
{
    wu_finding_context context = { .request = v->m->request, .secure = v->m->secure,
                                   .head = v->m->have_head ? &v->m->head : NULL, .body = v->m->body_bytes };

    if (v->x->host)
        context.host = wu_slice_text(v->x->host);
    v->n_findings = wu_find_findings(v->m->message, &context, v->findings, WU_MAX_FINDINGS);
    const known_file *file = wu_services[v->x->service].http ? exchange_file_of(v->pinfo, v->x) : NULL;
    unsigned before = !file ? 0 : file->finding ? file->finding : file->update ? file->update->finding : 0;
    if (before && v->n_findings < WU_MAX_FINDINGS) /* what its metadata was found to be goes on to the download */
        v->findings[v->n_findings++] = (wu_finding){ (enum wu_finding_kind)before, WU_NO_ITEM };
}

void
verdict_judge(packet_info *pinfo, const http_message *m, const wsus_exchange *x, bool findings, verdict *v)
{
    wu_derived derived[WU_MAX_DERIVED];
    gathering g = { v, 0 };

    memset(v, 0, sizeof *v);
    v->pinfo = pinfo;
    v->m = m;
    v->x = x;
    v->fault = m->message && m->message->is_fault;
    v->service = x ? wu_service_name(x->service) : "";
    v->operation = x ? x->operation : "";
    v->kind = m->request ? VERDICT_REQUEST : v->fault ? VERDICT_FAULT : VERDICT_RESPONSE;
    v->next_step = "";
    v->incomplete = (m->joined && !m->joined->complete) || (m->missing && (m->request || !x || !x->head)); /* no body answers a HEAD, whatever is said */
    size_t n = judge_answer(v, derived);
    v->outcome = outcome_of(v);
    if (x && m->have_head && !m->request)
        add_head_codes(&g, derived, n);
    if (x && m->have_head) {
        add_codes_of_head(&g);
        add_codes_of_page(&g);
    }
    if (x && m->message) {
        add_item_codes(&g, m->message);
        find_failed_events(v, m->message);
    }
    if (v->fault && traffic_wws_enabled())
        add_fault_codes(&g, derived, n);
    v->main = main_code(v);
    for (unsigned i = 0; i < v->n_codes; i++)
        v->codes[i].told = v->codes[i].fault || v->codes[i].source == WU_FOUND_HTTP_STATUS || v->n_failed;
    if (x && findings && pref_findings)
        look_for_findings(v);
}

void
verdict_preferences(module_t *module)
{
    prefs_register_bool_preference(module, "guesses", "Show guessed client codes",
                                   "Show derived codes that are neither documented nor inferred from equal names",
                                   &pref_guesses);
    prefs_register_bool_preference(module, "findings", "Show security findings",
                                   "Show what deserves a look for security: serialized objects in reports, foreign "
                                   "download hosts, update metadata over clear text, and so on", &pref_findings);
}
