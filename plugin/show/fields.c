/* fields.c
 * The fields wsus.*: their registration by tables/fields.tsv, and how a value is drawn by the type of its field.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include "core/wusp.h"

#define MAX_TEXT 4096 /* bytes of a value that are shown */

int hf_wsus[WU_N_FIELDS];
int ett_wsus_group = -1;
field_show shows[WU_N_FIELDS];

static expert_field ei_wsus_value = EI_INIT;
static expert_field ei_wsus_cookie_expired = EI_INIT;

/* ---- registration of fields ---- */

static const value_string *
enum_names(enum wu_enum names)
{
    wmem_array_t *values = wmem_array_new(wmem_epan_scope(), sizeof(value_string));

    for (size_t i = 0; i < WU_N_ENUM_VALUES; i++)
        if (wu_enum_values[i].names == names) {
            value_string v = { wu_enum_values[i].value, wu_text(wu_enum_values[i].name) };
            wmem_array_append_one(values, v);
        }
    wmem_array_set_null_terminator(values);
    return (const value_string *)wmem_array_get_raw(values);
}

static const value_string *
status_names(void)
{
    wmem_array_t *values = wmem_array_new(wmem_epan_scope(), sizeof(value_string));

    for (size_t i = WU_FIRST_HTTP; i < WU_N_CODES; i++)
        if (*wu_text(wu_code_rows[i].symbol)) {
            value_string v = { wu_code_rows[i].value, wu_text(wu_code_rows[i].symbol) };
            wmem_array_append_one(values, v);
        }
    wmem_array_set_null_terminator(values);
    return (const value_string *)wmem_array_get_raw(values);
}

static void
describe_field(unsigned i, header_field_info *info)
{
    static const struct { enum ftenum type; int display; } types[] = {
        [WU_TYPE_NONE] = { FT_NONE, BASE_NONE },
        [WU_TYPE_STRING] = { FT_STRING, BASE_NONE },
        [WU_TYPE_UINT32] = { FT_UINT32, BASE_DEC },
        [WU_TYPE_UINT64] = { FT_UINT64, BASE_DEC },
        [WU_TYPE_INT32] = { FT_INT32, BASE_DEC },
        [WU_TYPE_BOOL] = { FT_BOOLEAN, BASE_NONE },
        [WU_TYPE_GUID] = { FT_GUID, BASE_NONE },
        [WU_TYPE_TIME] = { FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC },
        [WU_TYPE_LENGTH] = { FT_UINT32, BASE_DEC },
        [WU_TYPE_DIGEST] = { FT_STRING, BASE_NONE },
        [WU_TYPE_HEX32] = { FT_UINT32, BASE_HEX },
        [WU_TYPE_DURATION] = { FT_RELATIVE_TIME, BASE_NONE },
        [WU_TYPE_VERSION64] = { FT_STRING, BASE_NONE },
        [WU_TYPE_FRAME_REQUEST] = { FT_FRAMENUM, BASE_NONE },
        [WU_TYPE_FRAME_RESPONSE] = { FT_FRAMENUM, BASE_NONE },
        [WU_TYPE_FRAME] = { FT_FRAMENUM, BASE_NONE },
    };
    const wu_field_row *row = &wu_fields[i];
    header_field_info field = { wu_text(row->label), wu_text(row->name), types[row->type].type, types[row->type].display,
                                NULL, 0, wu_text(row->help), HFILL };

    *info = field;
    if (row->names)
        info->strings = VALS(enum_names((enum wu_enum)row->names));
    if (i == WU_F_STATUS_CODE)
        info->strings = VALS(status_names());
    else if (row->type == WU_TYPE_FRAME_REQUEST)
        info->strings = FRAMENUM_TYPE(FT_FRAMENUM_REQUEST);
    else if (row->type == WU_TYPE_FRAME_RESPONSE)
        info->strings = FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE);
}

static int
field_by_name(const char *name)
{
    for (unsigned i = 0; i < WU_N_FIELDS; i++)
        if (!strcmp(wu_text(wu_fields[i].name), name))
            return (int)i;
    return -1;
}

/* "label", "info=protocol %", "info=% update|% updates" (one, more), "unless=not accepted" (when a boolean is false),
 * "delta=wsus.cookie.expires_in" */
static void
read_show(unsigned i)
{
    const char *show = wu_text(wu_fields[i].show);

    shows[i].delta = -1;
    if (!strcmp(show, "label")) {
        shows[i].label = true;
    } else if (g_str_has_prefix(show, "delta=")) {
        shows[i].delta = field_by_name(show + 6);
    } else if (g_str_has_prefix(show, "unless=")) {
        shows[i].info_false = show + 7;
    } else if (g_str_has_prefix(show, "info=")) {
        const char *bar = strchr(show, '|'), *text = bar ? bar + 1 : show + 5, *percent = strchr(text, '%');
        shows[i].info_value = percent != NULL;
        shows[i].info_before = percent ? wmem_strndup(wmem_epan_scope(), text, (gsize)(percent - text)) : text;
        shows[i].info_after = shows[i].info_after_one = percent ? percent + 1 : "";
        if (bar)
            shows[i].info_after_one = wmem_strndup(wmem_epan_scope(), show + 6, (gsize)(bar - show - 6));
    }
}

void
register_fields(int proto_wsus)
{
    hf_register_info *hf = wmem_alloc_array(wmem_epan_scope(), hf_register_info, WU_N_FIELDS);

    for (unsigned i = 0; i < WU_N_FIELDS; i++) {
        hf_wsus[i] = -1;
        hf[i].p_id = &hf_wsus[i];
        describe_field(i, &hf[i].hfinfo);
        read_show(i);
    }
    proto_register_field_array(proto_wsus, hf, WU_N_FIELDS);
}

/* ---- values ---- */

static wu_part
item_part(const wu_item *item)
{
    wu_part part = { .text = item->text, .form = (enum wu_text_form)item->form };
    return part;
}

static const char *
item_text(const canvas *c, const wu_item *item, size_t max)
{
    wu_part part = item_part(item);
    return message_text(c->pinfo->pool, c->m->message, &part, max);
}

tvbuff_t *
item_tvb(const canvas *c, const wu_item *item)
{
    return item->source == WU_IN_FRAGMENTS ? c->fragments : c->m->body;
}

static bool
draw_time(proto_item **drawn, proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, wu_slice text)
{
    int64_t seconds;
    int32_t nanoseconds;
    nstime_t when;

    if (!wu_text_time(text, &seconds, &nanoseconds))
        return false;
    when.secs = (time_t)seconds;
    when.nsecs = nanoseconds;
    *drawn = compat_add_time(tree, hf, tvb, offset, length, &when);
    return true;
}

static bool
draw_guid(proto_item **drawn, proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, wu_slice text)
{
    uint8_t bytes[16];
    e_guid_t guid;

    if (!wu_text_guid(text, bytes))
        return false;
    guid.data1 = (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
    guid.data2 = (guint16)(bytes[4] << 8 | bytes[5]);
    guid.data3 = (guint16)(bytes[6] << 8 | bytes[7]);
    memcpy(guid.data4, bytes + 8, 8);
    *drawn = proto_tree_add_guid(tree, hf, tvb, offset, length, &guid);
    return true;
}

/* Draws a value by the type of its field. False when the text is not of that type; *drawn alone does not tell, because
 * without a tree (-z expert) nothing is drawn. */
static bool
draw_typed(const canvas *c, proto_item **drawn, proto_tree *tree, const wu_item *item, tvbuff_t *tvb)
{
    int hf = hf_wsus[item->field], offset = (int)item->offset, length = (int)item->length;
    int64_t number;
    bool truth;
    const char *text;

    switch (wu_fields[item->field].type) {
    case WU_TYPE_UINT32:
    case WU_TYPE_LENGTH:
    case WU_TYPE_HEX32:
        number = item->number;
        if (item->text.p && (!wu_slice_int64(item->text, &number) || number < 0 || number > UINT32_MAX))
            return false;
        *drawn = proto_tree_add_uint(tree, hf, tvb, offset, length, (guint32)number);
        return true;
    case WU_TYPE_UINT64:
        if (!wu_slice_int64(item->text, &number) || number < 0)
            return false;
        *drawn = proto_tree_add_uint64(tree, hf, tvb, offset, length, (guint64)number);
        return true;
    case WU_TYPE_INT32:
        if (!wu_slice_int64(item->text, &number) || number < INT32_MIN || number > INT32_MAX)
            return false;
        *drawn = proto_tree_add_int(tree, hf, tvb, offset, length, (gint32)number);
        return true;
    case WU_TYPE_BOOL:
        if (!wu_text_bool(item->text, &truth))
            return false;
        *drawn = proto_tree_add_boolean(tree, hf, tvb, offset, length, truth);
        return true;
    case WU_TYPE_GUID:
        return draw_guid(drawn, tree, hf, tvb, offset, length, item->text);
    case WU_TYPE_TIME:
        return draw_time(drawn, tree, hf, tvb, offset, length, item->text);
    case WU_TYPE_VERSION64:
        if (!wu_slice_int64(item->text, &number))
            return false;
        *drawn = proto_tree_add_string(tree, hf, tvb, offset, length, version64(c->pinfo->pool, number));
        return true;
    default:
        text = wu_fields[item->field].type == WU_TYPE_DIGEST ? exchange_digest(c->pinfo->pool, item->text)
                                                             : item_text(c, item, MAX_TEXT);
        if (text)
            *drawn = proto_tree_add_string(tree, hf, tvb, offset, length, text);
        return text != NULL;
    }
}

/* The difference between a time in the message and the time of its capture. */
static void
draw_delta(const canvas *c, proto_tree *tree, const wu_item *item, tvbuff_t *tvb)
{
    int field = shows[item->field].delta;
    int64_t seconds;
    int32_t nanoseconds;
    nstime_t when, delta;

    if (!wu_text_time(item->text, &seconds, &nanoseconds) || seconds > 253402300799 - 86400)
        return; /* the end of time stands for "never" */
    when.secs = (time_t)seconds;
    when.nsecs = nanoseconds;
    nstime_delta(&delta, &when, &c->pinfo->abs_ts);
    proto_item *generated = proto_tree_add_time(tree, hf_wsus[field], tvb, (int)item->offset, (int)item->length, &delta);
    proto_item_set_generated(generated);
    if (delta.secs < 0 && field == WU_F_COOKIE_EXPIRES_IN)
        expert_add_info(c->pinfo, generated, &ei_wsus_cookie_expired);
}

/* What a value implies beyond itself. */
static void
draw_implied(const canvas *c, proto_tree *tree, const wu_item *item, tvbuff_t *tvb)
{
    uint8_t guid[16];

    if (shows[item->field].delta >= 0)
        draw_delta(c, tree, item, tvb);
    if (item->field == WU_F_UPDATE_PREREQUISITE_ID && wu_text_guid(item->text, guid) && *wu_classification(guid))
        proto_item_set_generated(proto_tree_add_string(tree, hf_wsus[WU_F_UPDATE_CLASSIFICATION], tvb,
                                                       (int)item->offset, (int)item->length, wu_classification(guid)));
}

proto_item *
draw_value(const canvas *c, proto_tree *tree, const wu_item *item)
{
    tvbuff_t *tvb = item_tvb(c, item);
    proto_item *drawn = NULL;

    if (!draw_typed(c, &drawn, tree, item, tvb)) {
        if (!item->text.n)
            return NULL;
        expert_add_info_format(c->pinfo, proto_tree_get_parent(tree), &ei_wsus_value,
                               "%s is not of the expected form: %s", wu_text(wu_fields[item->field].label),
                               verdict_value(c->v, item));
        return NULL;
    }
    if (item->made)
        proto_item_set_generated(drawn);
    draw_implied(c, tree, item, tvb);
    return drawn;
}

void
register_values(expert_module_t *experts)
{
    static ei_register_info ei[] = {
        { &ei_wsus_value, { "wsus.value", PI_MALFORMED, PI_NOTE, "Value is not of the expected form", EXPFILL } },
        { &ei_wsus_cookie_expired, { "wsus.cookie.expired", PI_SEQUENCE, PI_CHAT,
                                     "The cookie had expired when it was sent", EXPFILL } },
    };

    expert_register_field_array(experts, ei, array_length(ei));
}
