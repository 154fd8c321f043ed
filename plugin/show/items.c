/* items.c
 * What a body says, drawn in the order of the document: groups, values, codes, events, findings.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/prefs.h>

#define MAX_DEPTH 64 /* levels of groups that are drawn; deeper ones go into the last */

static expert_field ei_wsus_event_failed = EI_INIT;
static expert_field ei_wsus_finding = EI_INIT;
static expert_field ei_wsus_finding_note = EI_INIT;

static compat_bool pref_brief = FALSE;

/* ---- findings ---- */

const char *
finding_name(unsigned kind)
{
    for (size_t i = 0; i < WU_N_ENUM_VALUES; i++)
        if (wu_enum_values[i].names == wu_fields[WU_F_FINDING].names && wu_enum_values[i].value == kind)
            return wu_text(wu_enum_values[i].name);
    return "Finding";
}

static void
draw_finding(const canvas *c, proto_tree *tree, tvbuff_t *tvb, int offset, int length, const wu_finding *finding)
{
    proto_item *item = proto_tree_add_uint(tree, hf_wsus[WU_F_FINDING], tvb, offset, length, finding->kind);

    proto_item_set_generated(item);
    expert_add_info_format(c->pinfo, item, wu_finding_is_warning(finding->kind) ? &ei_wsus_finding : &ei_wsus_finding_note,
                           "%s", finding_name(finding->kind));
}

static void
draw_item_findings(const canvas *c, proto_tree *tree, guint index, const wu_item *item)
{
    for (size_t i = 0; i < c->v->n_findings; i++)
        if (c->v->findings[i].item == index)
            draw_finding(c, tree, item_tvb(c, item), (int)item->offset, (int)item->length, &c->v->findings[i]);
}

void
draw_message_findings(const canvas *c)
{
    for (size_t i = 0; i < c->v->n_findings; i++)
        if (c->v->findings[i].item == WU_NO_ITEM)
            draw_finding(c, c->tree, c->tvb, c->m->have_head ? c->m->offset : 0, 0, &c->v->findings[i]);
}


/* ---- items ---- */

/* The code that is an item. They stand in the order of the items; *at goes on from one to the next. */
static const verdict_code *
code_of_item(const verdict *v, guint index, unsigned *at)
{
    while (*at < v->n_codes && v->codes[*at].item != index)
        ++*at;
    return *at < v->n_codes ? &v->codes[*at] : NULL;
}

/* The failed event whose outcome an item is, or NULL. */
static const verdict_event *
failed_event(const verdict *v, guint index, unsigned *at)
{
    while (*at < v->n_failed && v->failed[*at].item < index)
        ++*at;
    return *at < v->n_failed && v->failed[*at].item == index ? &v->failed[*at] : NULL;
}

static void
draw_code(const canvas *c, proto_tree *tree, proto_item *group, const wu_item *item, const verdict_code *code)
{
    winerr_draw(tree, item_tvb(c, item), c->pinfo, code);
    if (group && code->error)
        proto_item_append_text(group, ", %s", code_label(c->pinfo->pool, code->code, code->space));
}

/* What is drawn even when brief output is asked for: codes, events and what the Info column has. */
static bool
is_essential(const wu_item *item)
{
    return item->field == WU_ITEM_CODE || item->field == WU_F_EVENT || item->field == WU_F_EVENT_ID ||
           item->field == WU_F_EVENT_OUTCOME || shows[item->field].info_before;
}

/* ---- lists ---- */

/* Fields whose value is an entry of a list: by the field that counts the list. */
static int entry_of[WU_N_FIELDS];
static int list_entries[WU_N_FIELDS]; /* those fields, one behind the other */
static unsigned n_list_entries;

static void
find_lists(void)
{
    n_list_entries = 0;
    for (unsigned i = 0; i < WU_N_FIELDS; i++)
        entry_of[i] = -1;
    for (size_t i = 0; i < WU_N_RULES; i++)
        if (wu_rules[i].kind == WU_RULE_COUNT && wu_rules[i].extra && wu_rules[i].field < WU_N_FIELDS)
            entry_of[wu_rules[i].field] = wu_rules[i].extra - 1;
    for (unsigned i = 0; i < WU_N_FIELDS; i++)
        if (entry_of[i] >= 0)
            list_entries[n_list_entries++] = entry_of[i];
}

static bool
entries_wanted(void)
{
    for (unsigned i = 0; i < n_list_entries; i++)
        if (proto_registrar_get_nth((guint)hf_wsus[list_entries[i]])->ref_type != HF_REF_TYPE_NONE)
            return true;
    return false;
}

/* The details of Wireshark are drawn without a word of the filter in effect: what it asked for is kept from the run that it
 * selected packets in, which draws neither columns nor anything that is seen. */
bool
show_lists_whole(const packet_info *pinfo, const proto_tree *tree)
{
    static bool by_filter = false;
    bool wanted = entries_wanted(), seen = tree && PTREE_DATA(tree)->visible;

    if (!seen && !pinfo->cinfo)
        by_filter = wanted;
    return wanted || (seen && by_filter);
}

/* Behind the last entry that is shown: how many are not. `count` is the item that counts the list, at index i - 1. */
static void
draw_left_out(const canvas *c, proto_tree *tree, const wu_item *count, guint i)
{
    const GArray *items = c->m->message->items;
    guint32 shown = 0;

    while (i + shown < items->len && g_array_index(items, wu_item, i + shown).field == (uint16_t)entry_of[count->field])
        shown++;
    if (!shown || shown >= count->number)
        return;
    proto_item *item = proto_tree_add_uint_format(tree, hf_wsus[WU_F_LIST_LEFT_OUT], item_tvb(c, count), (int)count->offset,
                                                  (int)count->length, count->number - shown,
                                                  "%u more not shown (preference wsus.list_limit; a filter on them finds all)",
                                                  count->number - shown);
    proto_item_set_generated(item);
}

void
draw_items(const canvas *c)
{
    const GArray *items = c->m->message->items;
    proto_tree *trees[MAX_DEPTH + 1] = { c->tree };
    proto_item *groups[MAX_DEPTH + 1] = { NULL };
    unsigned deepest = 0, code = 0, event = 0;

    for (guint i = 0; i < items->len; i++) {
        const wu_item *item = &g_array_index(items, wu_item, i);
        unsigned depth = item->depth < deepest ? item->depth : deepest;
        proto_item *drawn;

        if (pref_brief && !is_essential(item))
            continue;
        if (item->field == WU_ITEM_CODE) {
            draw_code(c, trees[depth], groups[depth], item, code_of_item(c->v, i, &code));
            continue;
        }
        bool group = wu_fields[item->field].type == WU_TYPE_NONE;
        drawn = group ? proto_tree_add_item(trees[depth], hf_wsus[item->field], item_tvb(c, item), (int)item->offset,
                                            (int)item->length, ENC_NA)
                      : draw_value(c, trees[depth], item);
        draw_item_findings(c, trees[depth], i, item);
        if (entry_of[item->field] >= 0)
            draw_left_out(c, trees[depth], item, i + 1);
        if (shows[item->field].label && groups[depth])
            proto_item_append_text(groups[depth], ", %s", verdict_value(c->v, item));
        const verdict_event *failed = failed_event(c->v, i, &event);
        if (failed)
            expert_add_info_format(c->pinfo, groups[depth] ? groups[depth] : drawn, &ei_wsus_event_failed,
                                   "Client reports: %s", failed->label);
        bool parent = i + 1 < items->len && g_array_index(items, wu_item, i + 1).depth > item->depth;
        if (parent && depth < MAX_DEPTH) {
            deepest = depth + 1;
            trees[deepest] = proto_item_add_subtree(drawn, ett_wsus_group);
            groups[deepest] = group ? drawn : NULL;
        }
    }
}

void
register_items(expert_module_t *experts, module_t *module)
{
    static ei_register_info ei[] = {
        { &ei_wsus_event_failed, { "wsus.event.failed", PI_RESPONSE_CODE, PI_WARN, "Client reports a failure", EXPFILL } },
        { &ei_wsus_finding, { "wsus.finding.warning", PI_SECURITY, PI_WARN, "Something that deserves a look", EXPFILL } },
        { &ei_wsus_finding_note, { "wsus.finding.note", PI_SECURITY, PI_NOTE, "Worth knowing for security", EXPFILL } },
    };

    find_lists();
    expert_register_field_array(experts, ei, array_length(ei));
    prefs_register_bool_preference(module, "brief", "Leave out details",
                                   "Show only what a message is, who sent it, and its codes and events: for batch output "
                                   "of many captures", &pref_brief);
}
