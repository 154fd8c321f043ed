/* head.c
 * Start line and headers, and the other half of an exchange.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include "core/log_line.h"

#define MAX_TEXT 4096 /* bytes of a header that are shown */

static expert_field ei_wsus_no_response = EI_INIT;
static expert_field ei_wsus_response_lost = EI_INIT;
static expert_field ei_wsus_authentication = EI_INIT;
static expert_field ei_wsus_not_authenticated = EI_INIT;

void
draw_frame_link(const canvas *c, unsigned field, guint32 frame)
{
    proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wsus[field], c->tvb, 0, 0, frame));
}


/* A header or part of the start line. */
proto_item *
draw_head_text(const canvas *c, unsigned field, wu_slice part)
{
    if (!part.n)
        return NULL;
    char *text = (char *)wmem_alloc(c->pinfo->pool, MAX_TEXT);
    wu_text_decode(part, WU_TEXT_PLAIN, WU_LATIN1, text, MAX_TEXT);
    return proto_tree_add_string(c->tree, hf_wsus[field], c->m->tvb, traffic_head_offset(c->m, part), (int)part.n, text);
}

static void
draw_correlation(const canvas *c, wu_slice vector)
{
    draw_head_text(c, WU_F_CORRELATION_VECTOR, vector);
    wu_slice base = exchange_scan_of(vector);
    if (base.n)
        proto_item_set_generated(draw_head_text(c, WU_F_CORRELATION_BASE, base));
}


void
draw_request_head(const canvas *c)
{
    const wu_http_head *head = &c->m->head;

    draw_head_text(c, WU_F_METHOD, head->method);
    draw_head_text(c, WU_F_URI, head->target);
    draw_head_text(c, WU_F_HOST, head->header[WU_HEADER_HOST]);
    draw_head_text(c, WU_F_USER_AGENT, head->header[WU_HEADER_USER_AGENT]);
    draw_head_text(c, WU_F_CLIENT_VERSION, agent_version(head->header[WU_HEADER_USER_AGENT]));
    draw_head_text(c, WU_F_SOAP_ACTION, head->header[WU_HEADER_SOAPACTION]);
    draw_correlation(c, head->header[WU_HEADER_MS_CV]);
}

/* The server asks for authentication. Only a later request can tell whether the client goes on with it. */
static void
draw_challenge(const canvas *c, proto_item *status, const wsus_exchange *x)
{
    expert_add_info(c->pinfo, status, &ei_wsus_authentication);
    if (x->continued_frame)
        draw_frame_link(c, WU_F_AUTHENTICATION_CONTINUED_IN, x->continued_frame);
    else if (PINFO_FD_VISITED(c->pinfo))
        expert_add_info(c->pinfo, status, &ei_wsus_not_authenticated);
}

void
draw_status(const canvas *c)
{
    const wu_http_head *head = &c->m->head;
    int offset = traffic_head_offset(c->m, head->status_text);

    proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_STATUS_CODE], c->m->tvb, offset, 3, head->status);
    if (c->v->challenge == WU_CHALLENGE_ASKED || (c->v->challenge == WU_CHALLENGE_PASSWORD && c->v->step))
        draw_challenge(c, item, c->v->x);
    draw_head_text(c, WU_F_STATUS_PHRASE, head->phrase);
    for (unsigned i = 0; i < c->v->n_codes; i++) /* of the status, and derived from it */
        if (c->v->codes[i].source == WU_FOUND_HTTP_STATUS)
            winerr_draw(c->tree, c->m->tvb, c->pinfo, &c->v->codes[i]);
}


/* Codes that stand in the head or in a page, and what else the page says. */
void
draw_loose_codes(const canvas *c)
{
    const wu_error_page *page = c->v->page;
    tvbuff_t *body = c->m->body ? c->m->body : c->m->raw;

    if (page && page->substatus) {
        proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_SUBSTATUS], body, (int)page->substatus_offset,
                                               (int)page->substatus_length, page->substatus);
        const char *text = wu_substatus_text(c->m->head.status, page->substatus);
        if (*text)
            proto_item_append_text(item, " (%s)", text);
    }
    if (page && page->exception.n) {
        char *text = (char *)wmem_alloc(c->pinfo->pool, MAX_TEXT);
        wu_text_decode(page->exception, WU_TEXT_ESCAPED, WU_UTF8, text, MAX_TEXT);
        proto_tree_add_string(c->tree, hf_wsus[WU_F_EXCEPTION], body, (int)(page->exception.p - tvb_get_ptr(body, 0, -1)),
                              (int)page->exception.n, text);
    }
    for (unsigned i = 0; i < c->v->n_codes; i++)
        if (c->v->codes[i].source == WU_FOUND_TEXT && c->v->codes[i].item == WU_NO_ITEM && !c->v->codes[i].fault)
            winerr_draw(c->tree, c->v->codes[i].tvb, c->pinfo, &c->v->codes[i]);
}

void
draw_pairing(const canvas *c)
{
    const nstime_t zero = NSTIME_INIT_ZERO;
    const wsus_exchange *x = c->v->x;
    proto_item *item;

    if (c->m->stream)
        proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wsus[WU_F_HTTP2_STREAM], c->tvb, 0, 0, c->m->stream));
    if (c->m->joined)
        draw_frame_link(c, WU_F_BEGINS_IN, c->m->joined->frame);
    if (c->m->request) {
        if (x->response_frame) {
            draw_frame_link(c, WU_F_RESPONSE_IN, x->response_frame);
        } else if (x->begun_frame) {
            draw_frame_link(c, WU_F_RESPONSE_BEGINS_IN, x->begun_frame);
        } else if (x->answer_lost) {
            proto_tree_add_expert(c->tree, c->pinfo, &ei_wsus_response_lost, c->tvb, 0, 0);
        } else if (PINFO_FD_VISITED(c->pinfo)) {
            item = proto_tree_add_boolean(c->tree, hf_wsus[WU_F_NO_RESPONSE], c->tvb, 0, 0, true);
            proto_item_set_generated(item);
            expert_add_info(c->pinfo, item, &ei_wsus_no_response);
        }
        return;
    }
    if (x->scan) /* as of the request, so that a filter finds both */
        proto_item_set_generated(proto_tree_add_string(c->tree, hf_wsus[WU_F_CORRELATION_BASE], c->tvb, 0, 0, x->scan));
    if (x->request_frame) {
        nstime_t time;
        draw_frame_link(c, WU_F_REQUEST_IN, x->request_ends ? x->request_ends : x->request_frame);
        nstime_delta(&time, &x->response_time, &x->request_time);
        if (nstime_cmp(&time, &zero) < 0)
            return; /* it did not wait for the end of the request */
        item = proto_tree_add_time(c->tree, hf_wsus[WU_F_TIME], c->tvb, 0, 0, &time);
        proto_item_set_generated(item);
    }
}


void
register_head(expert_module_t *experts)
{
    static ei_register_info ei[] = {
        { &ei_wsus_no_response, { "wsus.no_response.seen", PI_SEQUENCE, PI_NOTE,
                                  "The capture holds no response to this request", EXPFILL } },
        { &ei_wsus_response_lost, { "wsus.response.lost", PI_SEQUENCE, PI_NOTE,
                                    "The capture lacks parts of the connection behind this request: whether there was a "
                                    "response is not known", EXPFILL } },
        { &ei_wsus_authentication, { "wsus.authentication.asked", PI_RESPONSE_CODE, PI_NOTE,
                                     "The server asks for authentication: an error only if the client does not go on with it",
                                     EXPFILL } },
        { &ei_wsus_not_authenticated, { "wsus.authentication.not_continued", PI_RESPONSE_CODE, PI_WARN,
                                        "The capture shows no further attempt to authenticate on this connection", EXPFILL } },
    };

    expert_register_field_array(experts, ei, array_length(ei));
}
