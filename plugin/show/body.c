/* body.c
 * The state of a body: how long it is, what is missing, its blocks where it was compressed.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

static expert_field ei_wsus_missing_body = EI_INIT;
static expert_field ei_wsus_xpress = EI_INIT;
static expert_field ei_wsus_limit = EI_INIT;

static void
draw_block(const canvas *c, unsigned number, const wu_xpress_block *block)
{
    int offset = (int)block->offset, length = (int)(8 + block->present);
    proto_item *item;

    if (block->fault == WU_XPRESS_HEADER || block->fault == WU_XPRESS_ZERO || block->fault == WU_XPRESS_SIZE) {
        proto_tree_add_expert_format(c->tree, c->pinfo, &ei_wsus_xpress, c->m->raw, offset, -1, "%s",
                                     wu_xpress_fault_text(block->fault));
        return;
    }
    item = proto_tree_add_item(c->tree, hf_wsus[WU_F_XPRESS_BLOCK], c->m->raw, offset, length, ENC_NA);
    proto_item_append_text(item, " %u: %u -> %u bytes%s", number, block->compressed, block->original,
                           block->stored ? ", stored" : "");
    proto_tree *tree = proto_item_add_subtree(item, ett_wsus_group);
    proto_tree_add_uint(tree, hf_wsus[WU_F_XPRESS_BLOCK_ORIGINAL_LENGTH], c->m->raw, offset, 4, block->original);
    proto_tree_add_uint(tree, hf_wsus[WU_F_XPRESS_BLOCK_COMPRESSED_LENGTH], c->m->raw, offset + 4, 4, block->compressed);
    proto_item_set_generated(proto_tree_add_boolean(tree, hf_wsus[WU_F_XPRESS_BLOCK_STORED], c->m->raw, offset, 8,
                                                    block->stored));
    if (block->fault && !c->m->missing) /* where the capture lacks bytes, that is said once */
        expert_add_info_format(c->pinfo, item, &ei_wsus_xpress, "%s (%u of %u bytes decoded)",
                               wu_xpress_fault_text(block->fault), block->decoded, block->original);
}

static void
draw_xpress(const canvas *c)
{
    const GArray *blocks = c->m->blocks;
    guint32 compressed = 0, good = 0;
    int length = (int)tvb_captured_length(c->m->raw);

    for (guint i = 0; i < blocks->len; i++) {
        const wu_xpress_block *block = &g_array_index(blocks, wu_xpress_block, i);
        compressed += block->present;
        good += block->present > 0;
    }
    proto_tree_add_uint(c->tree, hf_wsus[WU_F_XPRESS_COMPRESSED_LENGTH], c->m->raw, 0, length, compressed);
    proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wsus[WU_F_XPRESS_ORIGINAL_LENGTH], c->m->raw, 0, length,
                                                 tvb_captured_length(c->m->body)));
    proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_XPRESS_BLOCKS], c->m->raw, 0, length, good);
    proto_item_set_generated(item);
    canvas sub = *c;
    sub.tree = proto_item_add_subtree(item, ett_wsus_group);
    for (guint i = 0; i < blocks->len; i++)
        draw_block(&sub, i + 1, &g_array_index(blocks, wu_xpress_block, i));
}

void
draw_body_state(const canvas *c)
{
    if (c->m->raw) {
        guint length = tvb_captured_length(c->m->raw), blank = c->m->joined ? c->m->joined->blank : 0;
        proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_BODY_LENGTH], c->m->raw, 0, (int)length,
                                               length - (blank < length ? blank : length));
        proto_item_set_generated(item);
    }
    if (c->m->missing && c->v->incomplete) {
        guint32 missing = c->m->missing > G_MAXUINT32 ? G_MAXUINT32 : (guint32)c->m->missing;
        proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_BODY_MISSING], c->tvb, 0, 0, missing);
        proto_item_set_generated(item);
        expert_add_info(c->pinfo, item, &ei_wsus_missing_body);
    }
    if (c->m->too_long)
        proto_tree_add_expert_format(c->tree, c->pinfo, &ei_wsus_limit, c->tvb, 0, 0, "The body is too long to be read");
    if (c->m->given_up)
        proto_tree_add_expert_format(c->tree, c->pinfo, &ei_wsus_limit, c->tvb, 0, 0,
                                     "Too many streams of this connection are open: older ones were given up");
    if (c->m->xpress)
        draw_xpress(c);
    if (c->m->mislabelled)
        proto_tree_add_expert_format(c->tree, c->pinfo, &ei_wsus_xpress, c->m->raw, 0, -1,
                                     "The head says xpress, but the body is not compressed");
}

void
register_body(expert_module_t *experts)
{
    static ei_register_info ei[] = {
        { &ei_wsus_missing_body, { "wsus.body.incomplete", PI_REASSEMBLE, PI_NOTE,
                                   "Part of the body is not in the capture", EXPFILL } },
        { &ei_wsus_limit, { "wsus.http2.limit", PI_UNDECODED, PI_NOTE, "More than is kept of a connection", EXPFILL } },
        { &ei_wsus_xpress, { "wsus.xpress.fault", PI_MALFORMED, PI_WARN, "Compressed body is damaged", EXPFILL } },
    };

    expert_register_field_array(experts, ei, array_length(ei));
}
