/* summary.c
 * What became of a message: its outcome and main code as fields, and the one expert item of an HTTP error.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/tap.h>

#include "core/wusp.h"

/* The numbers of the field wsus.outcome. */
enum { SHOWN_REQUEST = 1, SHOWN_SUCCESS, SHOWN_RECOVERY, SHOWN_HTTP_ERROR, SHOWN_FAULT, SHOWN_REPORTED, SHOWN_REFUSED,
       SHOWN_PARTLY, SHOWN_CONNECTION };

static expert_field ei_wsus_http_error = EI_INIT;

/* What an answer says beside faults and statuses: it was not accepted, or in part. */
static unsigned
said_in_body(const wu_message *message)
{
    bool truth;

    for (guint i = 0; message && i < message->items->len; i++) {
        const wu_item *item = &g_array_index(message->items, wu_item, i);
        if (item->field == WU_F_REPORT_ACCEPTED && wu_text_bool(item->text, &truth) && !truth)
            return SHOWN_REFUSED;
        if (item->field == WU_F_CATEGORY_ERROR_COUNT && item->number)
            return SHOWN_PARTLY;
    }
    return SHOWN_SUCCESS;
}

static unsigned
shown_outcome(const verdict *v)
{
    if (v->n_failed)
        return SHOWN_REPORTED;
    switch (v->outcome) {
    case OUTCOME_REQUEST:
        return SHOWN_REQUEST;
    case OUTCOME_RECOVERY:
        return SHOWN_RECOVERY;
    case OUTCOME_HTTP_ERROR:
        return SHOWN_HTTP_ERROR;
    case OUTCOME_FAULT:
        return SHOWN_FAULT;
    default:
        return said_in_body(v->m->message);
    }
}

/* The number of an operation is its row in the table of response times: that of the tables, behind them one a service. */
static guint32
operation_number(const verdict *v)
{
    for (unsigned i = 0; i < WU_N_OPERATIONS; i++)
        if (wu_operations[i].service == v->x->service && !strcmp(wu_text(wu_operations[i].name), v->operation))
            return i;
    return (guint32)WU_N_OPERATIONS + v->x->service;
}

static void
add_symbol(wmem_allocator_t *scope, proto_tree *tree, uint32_t code, enum wu_space space, tvbuff_t *tvb, int offset, int length)
{
    wu_reading reading;
    const char *number = code_number(scope, code, space);
    bool named = wu_code_readings(code, space, &reading, 1) > 0 && *reading.symbol;

    proto_item_set_generated(proto_tree_add_uint_format_value(tree, hf_wsus[WU_F_CODE], tvb, offset, length, code, "%s", number));
    proto_item_set_generated(proto_tree_add_string(tree, hf_wsus[WU_F_CODE_SYMBOL], tvb, offset, length,
                                                   named ? wmem_strdup(scope, reading.symbol) : number));
}

void
draw_connection_summary(const verdict *v, tvbuff_t *tvb, proto_tree *tree)
{
    proto_item_set_generated(proto_tree_add_uint(tree, hf_wsus[WU_F_OUTCOME], tvb, 0, 0, SHOWN_CONNECTION));
    if (v->main)
        add_symbol(v->pinfo->pool, tree, v->main->code, v->main->space, tvb, 0, 0);
}

static void
draw_main_code(const canvas *c)
{
    const verdict_code *code = c->v->main;

    if (code && code->tvb)
        add_symbol(c->pinfo->pool, c->tree, code->code, code->space, code->tvb, code->offset, code->length);
    else if (code)
        add_symbol(c->pinfo->pool, c->tree, code->code, code->space, c->tvb, 0, 0);
    else if (c->v->n_failed && c->v->failed[0].code)
        add_symbol(c->pinfo->pool, c->tree, c->v->failed[0].code, WU_AS_HRESULT, c->tvb, 0, 0);
}

const char *
expected_code(const verdict *v)
{
    if (!v->main || v->main->space == WU_AS_HTTP_STATUS)
        return "";
    return wmem_strdup_printf(v->pinfo->pool, "%s%s", v->main->derived ? "; the client is expected to report " : "; ",
                              code_label(v->pinfo->pool, v->main->code, v->main->space));
}

void
draw_summary(const canvas *c, proto_item *item)
{
    const verdict *v = c->v;

    proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wsus[WU_F_OUTCOME], c->tvb, 0, 0, shown_outcome(v)));
    draw_main_code(c);
    proto_item *number = proto_tree_add_uint(c->tree, hf_wsus[WU_F_OPERATION_NUMBER], c->tvb, 0, 0, operation_number(v));
    proto_item_set_generated(number);
    proto_item_set_hidden(number);
    if (v->outcome == OUTCOME_HTTP_ERROR)
        expert_add_info_format(c->pinfo, item, &ei_wsus_http_error, "%s answered %s%s",
                               *v->operation ? v->operation : v->service,
                               code_label(c->pinfo->pool, c->m->head.status, WU_AS_HTTP_STATUS), expected_code(v));
}

bool
show_wanted(void)
{
    static int expert_tap = -1;

    if (expert_tap < 0)
        expert_tap = find_tap_id("expert");
    return have_tap_listener(expert_tap);
}

void
register_summary(expert_module_t *experts)
{
    static ei_register_info ei[] = {
        { &ei_wsus_http_error, { "wsus.http_error", PI_RESPONSE_CODE, PI_WARN, "The answer is an HTTP error", EXPFILL } },
    };

    expert_register_field_array(experts, ei, array_length(ei));
}
