/* download.c
 * What is fetched: file, update, range, signed link.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include "core/wusp.h"

#define MAX_RANGES 200u /* of one request or answer; BITS asks for some dozens */

static expert_field ei_wsus_link_expired = EI_INIT;

static void
draw_generated_text(const canvas *c, unsigned field, wu_slice where, const char *text)
{
    if (text && *text)
        proto_item_set_generated(proto_tree_add_string(c->tree, hf_wsus[field], c->m->tvb, traffic_head_offset(c->m, where),
                                                       (int)where.n, text));
}


static void
draw_file(const canvas *c, const wsus_exchange *x)
{
    wu_slice where = c->m->request ? c->m->head.target : c->m->head.start_line;
    const known_file *file = exchange_file_of(c->pinfo, x);

    draw_generated_text(c, WU_F_FILE_DIGEST, where, x->digest);
    if (!file)
        return;
    draw_generated_text(c, WU_F_FILE_NAME, where, file->name);
    if (file->update && file->update->title && file->update->title_frame < c->pinfo->num)
        draw_generated_text(c, WU_F_UPDATE_TITLE, where, file->update->title);
    if (file->update)
        draw_generated_text(c, WU_F_UPDATE_KB, where, file->update->kb);
    proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wsus[WU_F_METADATA_IN], c->m->tvb, traffic_head_offset(c->m, where),
                                                 (int)where.n, file->frame));
}

static void
draw_range_at(const canvas *c, tvbuff_t *tvb, int offset, int length, uint64_t first, uint64_t last, uint64_t total)
{
    proto_tree_add_uint64(c->tree, hf_wsus[WU_F_RANGE_FIRST], tvb, offset, length, first);
    if (last != UINT64_MAX)
        proto_tree_add_uint64(c->tree, hf_wsus[WU_F_RANGE_LAST], tvb, offset, length, last);
    if (total != UINT64_MAX)
        proto_tree_add_uint64(c->tree, hf_wsus[WU_F_RANGE_TOTAL], tvb, offset, length, total);
}

/* The parts of an answer to a request of several ranges. */
static void
draw_parts(const canvas *c, wu_slice type)
{
    wu_slice boundary = wu_http_parameter(type, "boundary"), body, value;
    uint64_t first, last, total;
    size_t at = 0;

    if (!c->m->raw)
        return;
    body = wu_slice_of(tvb_get_ptr(c->m->raw, 0, -1), tvb_captured_length(c->m->raw));
    for (unsigned n = 0; n < MAX_RANGES && wu_http_next_part(body, boundary, &at, &value); n++)
        if (wu_http_range(value, &first, &last, &total))
            draw_range_at(c, c->m->raw, (int)(value.p - body.p), (int)value.n, first, last, total);
}

static void
draw_range(const canvas *c)
{
    wu_slice value = c->m->head.header[c->m->request ? WU_HEADER_RANGE : WU_HEADER_CONTENT_RANGE];
    wu_slice type = c->m->head.header[WU_HEADER_CONTENT_TYPE];
    uint64_t first, last, total;
    int offset = traffic_head_offset(c->m, value);
    size_t at = 0;

    if (value.n && wu_http_range(value, &first, &last, &total))
        draw_range_at(c, c->m->tvb, offset, (int)value.n, first, last, total);
    else if (value.n && c->m->request)
        for (unsigned n = 0; n < MAX_RANGES && wu_http_next_range(value, &at, &first, &last); n++)
            draw_range_at(c, c->m->tvb, offset, (int)value.n, first, last, UINT64_MAX);
    else if (!c->m->request && wu_slice_begins_nocase(type, "multipart/byteranges"))
        draw_parts(c, type);
}

/* A signed link of the delivery network has its expiry time in P1. */
static void
draw_link(const canvas *c)
{
    wu_slice target = c->m->head.target, p1 = wu_query_parameter(target, "P1"), host = wu_cached_host(target);
    int64_t seconds;
    nstime_t when, delta;

    draw_head_text(c, WU_F_CACHE_HOST, host);
    if (wu_slice_find_nocase(target, 0, "/filestreamingservice/") == target.n || !wu_slice_int64(p1, &seconds))
        return;
    when.secs = (time_t)seconds;
    when.nsecs = 0;
    compat_add_time(c->tree, hf_wsus[WU_F_LINK_EXPIRES], c->m->tvb, traffic_head_offset(c->m, p1), (int)p1.n, &when);
    nstime_delta(&delta, &when, &c->pinfo->abs_ts);
    proto_item *item = proto_tree_add_time(c->tree, hf_wsus[WU_F_LINK_EXPIRES_IN], c->m->tvb, traffic_head_offset(c->m, p1),
                                           (int)p1.n, &delta);
    proto_item_set_generated(item);
    if (delta.secs < 0)
        expert_add_info(c->pinfo, item, &ei_wsus_link_expired);
}

void
draw_download(const canvas *c)
{
    draw_range(c);
    if (c->m->request)
        draw_link(c);
    draw_file(c, c->v->x);
}

void
register_download(expert_module_t *experts)
{
    static ei_register_info ei[] = {
        { &ei_wsus_link_expired, { "wsus.link.expired", PI_PROTOCOL, PI_NOTE,
                                   "The signed link had expired when it was used", EXPFILL } },
    };

    expert_register_field_array(experts, ei, array_length(ei));
}
