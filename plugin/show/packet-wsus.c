/* packet-wsus.c
 * Protocol wsus: Windows Update exchanges. Draws what core read and verdict.c made of it; parses nothing.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/prefs.h>


#include "core/wusp.h"

#define MAX_TEXT 4096 /* bytes of a value that are shown */

static int proto_wsus = -1;
static int ett_wsus = -1;

static expert_field ei_wsus_unknown_operation = EI_INIT;
static expert_field ei_wsus_no_soap = EI_INIT;

static void
draw_addressing(const canvas *c)
{
    const wu_message *message = c->m->message;
    const struct { unsigned field; const wu_part *part; } parts[] = {
        { WU_F_SOAP_ACTION, &message->action },
        { WU_F_MESSAGE_ID, &message->message_id },
        { WU_F_RELATES_TO, &message->relates_to },
    };

    for (size_t i = 0; i < array_length(parts); i++)
        if (parts[i].part->text.p)
            proto_tree_add_string(c->tree, hf_wsus[parts[i].field], c->m->body, (int)parts[i].part->offset,
                                  (int)parts[i].part->length,
                                  message_text(c->pinfo->pool, message, parts[i].part, MAX_TEXT));
}

static void
draw_operation(const canvas *c)
{
    const verdict *v = c->v;
    const wu_message *message = c->m->message;
    bool in_body = message && message->operation.p && !message->is_fault;
    proto_item *item;

    item = proto_tree_add_string(c->tree, hf_wsus[WU_F_SERVICE], c->tvb, 0, 0, v->service);
    proto_item_set_generated(item);
    if (*v->operation) {
        item = in_body ? proto_tree_add_string(c->tree, hf_wsus[WU_F_OPERATION], c->m->body,
                                               (int)message->operation_offset, (int)message->operation_length,
                                               v->operation)
                       : proto_tree_add_string(c->tree, hf_wsus[WU_F_OPERATION], c->tvb, 0, 0, v->operation);
        if (!in_body)
            proto_item_set_generated(item);
        if (!wu_services[v->x->service].http && in_body &&
            !wu_operation_known(v->x->service, wu_slice_text(v->operation))) {
            proto_item *unknown = proto_tree_add_boolean(c->tree, hf_wsus[WU_F_OPERATION_UNKNOWN], c->m->body,
                                                         (int)message->operation_offset,
                                                         (int)message->operation_length, true);
            proto_item_set_generated(unknown);
            expert_add_info(c->pinfo, item, &ei_wsus_unknown_operation);
        }
    }
    item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_MESSAGE], c->tvb, 0, 0, v->kind);
    proto_item_set_generated(item);
}

static const char *
kind_name(const verdict *v)
{
    static const char *const names[] = { "", "Request", "Response", "Fault" };
    return names[v->kind];
}

/* Whether a file of an update is fetched, by whatever program. */
static bool
is_download(const wsus_exchange *x)
{
    return x->digest || x->client == WU_CLIENT_DOWNLOAD || x->client == WU_CLIENT_DELIVERY ||
           x->client == WU_CLIENT_DELIVERY_LITE ||
           wu_client_of(x->service, wu_slice_text(x->operation)) == WU_CLIENT_DOWNLOAD;
}

static proto_item *
draw_message(canvas *c, proto_tree *root, const char *info)
{
    const verdict *v = c->v;
    const http_message *m = c->m;
    tvbuff_t *tvb = m->body ? m->body : m->tvb;
    const char *failure = failure_of(c);
    proto_item *item = proto_tree_add_protocol_format(root, proto_wsus, tvb, m->body ? 0 : m->offset,
                                                      m->body ? -1 : (int)m->head.length, "Windows Update, %s, %s %s%s%s",
                                                      v->service, *v->operation ? v->operation : "unknown operation",
                                                      kind_name(v), *failure ? ": " : "", failure);

    c->tree = proto_item_add_subtree(item, ett_wsus);
    draw_operation(c);
    draw_summary(c, item);
    if (*info)
        proto_item_set_generated(proto_tree_add_string(c->tree, hf_wsus[WU_F_INFO], c->tvb, 0, 0,
                                                       info + strspn(info, ",; ")));
    draw_pairing(c);
    if (m->have_head && m->request)
        draw_request_head(c);
    else if (m->have_head)
        draw_status(c);
    if (m->have_head)
        draw_loose_codes(c);
    if (m->have_head && is_download(v->x))
        draw_download(c);
    draw_message_findings(c);
    draw_body_state(c);
    if (!m->message) {
        if (m->body && m->whole && !wu_services[v->x->service].http && m->have_head && m->head.status < 300)
            proto_tree_add_expert(c->tree, c->pinfo, &ei_wsus_no_soap, m->body, 0, -1);
        return item;
    }
    draw_addressing(c);
    draw_items(c);
    wws_draw_remarks(c->tree, m->body, c->pinfo, m->message->remarks, m->missing > 0);
    return item;
}

/* Ours stands above the tree of stock XML, which may have hundreds of lines. */
static void
put_above_xml(proto_tree *tree, proto_item *item)
{
    int xml = proto_get_id_by_filter_name("xml");
    proto_item *before = NULL;

    for (proto_item *i = tree ? tree->first_child : NULL; i && item; before = i, i = i->next)
        if (i != item && i->finfo && i->finfo->hfinfo->id == xml && before) {
            proto_tree_move_item(tree, before, item);
            return;
        }
}

/* Unescaped update metadata becomes a data source. */
static tvbuff_t *
fragments_tvb(const http_message *m, packet_info *pinfo)
{
    const GByteArray *bytes = m->message ? m->message->fragments : NULL;

    if (!bytes || !bytes->len)
        return m->body;
    tvbuff_t *tvb = tvb_new_child_real_data(m->body, bytes->data, bytes->len, (gint)bytes->len);
    add_new_data_source(pinfo, tvb, "Update metadata");
    return tvb;
}

const char *
show_info(const verdict *v)
{
    canvas c = { .pinfo = v->pinfo, .v = v, .m = v->m };

    return info_of(&c);
}

void
show_windows_update(const verdict *v, proto_tree *tree, bool first)
{
    canvas c = { .pinfo = v->pinfo, .v = v, .m = v->m, .tvb = v->m->tvb ? v->m->tvb : v->m->raw };
    column_info *columns = v->pinfo->cinfo;
    const char *info = tree || columns ? info_of(&c) : "";

    col_set_str(columns, COL_PROTOCOL, "WSUS");
    if (first) { /* in place of what the stock dissector says of the start line */
        col_clear_fence(columns, COL_INFO);
        col_clear(columns, COL_INFO);
    }
    col_append_sep_fstr(columns, COL_INFO, first ? "" : " | ", "%s %s%s", *v->operation ? v->operation : v->service,
                        kind_name(v), info);
    if (!tree && !show_wanted())
        return;
    if (tree && first) /* Follow > WSUS Stream asks for it; frame.protocols is written by now */
        wmem_list_append(v->pinfo->layers, GINT_TO_POINTER(proto_wsus));
    const char *protocol = v->pinfo->current_proto; /* expert items are listed under it */
    v->pinfo->current_proto = "WSUS";
    traffic_show_xml(v->m, v->pinfo, tree);
    c.fragments = fragments_tvb(v->m, v->pinfo);
    put_above_xml(tree, draw_message(&c, tree, info));
    if (v->fault && traffic_wws_enabled())
        put_above_xml(tree, proto_tree_get_parent(wws_draw_fault(tree, v)));
    v->pinfo->current_proto = protocol;
}

/* ", 0x80070070 ERROR_DISK_FULL": the first error that stands in the fault. */
static const char *
code_in_fault(const verdict *v)
{
    if (!v->main || v->main->derived || !v->main->fault)
        return "";
    return wmem_strdup_printf(v->pinfo->pool, ", %s", code_label(v->pinfo->pool, v->main->code, v->main->space));
}

void
show_other(const verdict *v, proto_tree *tree)
{
    const wu_message *message = v->m->message;

    if (message->is_fault) { /* what the stock dissector says of a status may end with a blank */
        const char *before = v->pinfo->cinfo ? col_get_text(v->pinfo->cinfo, COL_INFO) : NULL;
        col_append_fstr(v->pinfo->cinfo, COL_INFO, "%s[SOAP fault %s%s]",
                        !before || !*before || g_str_has_suffix(before, " ") ? "" : ", ",
                        message_fault_label(v->pinfo->pool, message), code_in_fault(v));
    }
    if (!tree && !show_wanted())
        return;
    const char *protocol = v->pinfo->current_proto;
    v->pinfo->current_proto = "WWS";
    traffic_show_xml(v->m, v->pinfo, tree);
    proto_tree *ours = message->is_fault ? wws_draw_fault(tree, v) : wws_draw_binary(tree, v);
    put_above_xml(tree, proto_tree_get_parent(ours));
    wws_draw_remarks(ours, v->m->body, v->pinfo, message->remarks, v->m->missing > 0);
    v->pinfo->current_proto = protocol;
}

static void
register_experts(module_t *module)
{
    static ei_register_info ei[] = {
        { &ei_wsus_unknown_operation, { "wsus.operation.not_documented", PI_UNDECODED, PI_NOTE,
                                        "Operation that the protocol documents do not name", EXPFILL } },
        { &ei_wsus_no_soap, { "wsus.no_soap", PI_UNDECODED, PI_NOTE, "The body is no SOAP message", EXPFILL } },
    };
    expert_module_t *experts = expert_register_protocol(proto_wsus);

    expert_register_field_array(experts, ei, array_length(ei));
    register_values(experts);
    register_summary(experts);
    register_head(experts);
    register_download(experts);
    register_body(experts);
    register_connection(experts, proto_wsus);
    register_items(experts, module);
}

void
proto_register_wsus(void)
{
    static int *ett[] = { &ett_wsus, &ett_wsus_group };

    proto_wsus = proto_register_protocol("Windows Update", "WSUS", "wsus");
    register_fields(proto_wsus);
    proto_register_subtree_array(ett, array_length(ett));
    module_t *module = prefs_register_protocol(proto_wsus, NULL);
    verdict_preferences(module);
    traffic_preferences(module);
    register_experts(module);
}
