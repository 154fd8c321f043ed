/* packet-wsus.c
 * Protocol wsus: Windows Update exchanges. Draws what core read and exchange.c paired; parses nothing.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wsus.h"

#include <epan/expert.h>
#include <epan/prefs.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#include "compat.h"
#include "core/client_code.h"
#include "core/findings.h"
#include "http_messages.h"
#include "winerr.h"

#define MAX_LABEL 512  /* bytes of a value in labels and the Info column */
#define MAX_TEXT  4096 /* bytes of a value that are shown */
#define MAX_DEPTH 64   /* levels of groups that are drawn; deeper ones go into the last */
#define MAX_INFO_EVENTS 3
#define MAX_INFO_DEPTH  2 /* levels of groups whose fields go into the Info column */

static int proto_wsus = -1;
static int wsus_tap = -1;

static int proto_tls = -1;
static const value_string *finding_names;

static int hf_wsus[WU_N_FIELDS];
static int ett_wsus = -1;
static int ett_wsus_group = -1;

static expert_field ei_wsus_event_failed = EI_INIT;
static expert_field ei_wsus_unknown_operation = EI_INIT;
static expert_field ei_wsus_no_response = EI_INIT;
static expert_field ei_wsus_missing_body = EI_INIT;
static expert_field ei_wsus_xpress = EI_INIT;
static expert_field ei_wsus_value = EI_INIT;
static expert_field ei_wsus_link_expired = EI_INIT;
static expert_field ei_wsus_cookie_expired = EI_INIT;
static expert_field ei_wsus_authentication = EI_INIT;
static expert_field ei_wsus_not_authenticated = EI_INIT;
static expert_field ei_wsus_no_soap = EI_INIT;
static expert_field ei_wsus_finding = EI_INIT;
static expert_field ei_wsus_finding_note = EI_INIT;

static compat_bool pref_guesses = FALSE;
static compat_bool pref_findings = TRUE;
static compat_bool pref_brief = FALSE;

/* How a field shows up in labels and in the Info column: the column `show` of tables/fields.tsv, taken apart. */
static struct {
    bool label;
    const char *info_before, *info_after; /* around the value; info_before is NULL when the field is not in Info */
    const char *info_after_one;           /* behind the value 1 */
    bool info_value;                /* the value itself is shown, not only that it is true */
    const char *info_false;         /* what Info says when a boolean is false, or NULL */
    int delta;                      /* field that shows the difference to the capture time, or -1 */
} shows[WU_N_FIELDS];

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
    if (i == WU_F_FINDING)
        finding_names = (const value_string *)info->strings;
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

static void
register_fields(void)
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

/* Where a message is being drawn. */
typedef struct {
    proto_tree *tree;
    packet_info *pinfo;
    const http_message *m;
    tvbuff_t *tvb;          /* of the head, or of the body where there is no head */
    tvbuff_t *fragments;    /* unescaped update metadata, or NULL */
    wu_finding findings[WU_MAX_FINDINGS];
    size_t n_findings;
} canvas;

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
    return wws_text(c->pinfo->pool, c->m->message, &part, max);
}

static const char *
item_line(const canvas *c, const wu_item *item)
{
    wu_part part = item_part(item);
    return wws_line(c->pinfo->pool, c->m->message, &part, MAX_LABEL);
}

static tvbuff_t *
item_tvb(const canvas *c, const wu_item *item)
{
    return item->source == WU_IN_FRAGMENTS ? c->fragments : c->m->body;
}

/* Four 16-bit numbers in one of 64 bits: the form that drivers have their versions in. */
static const char *
version64(wmem_allocator_t *scope, int64_t v)
{
    return wmem_strdup_printf(scope, "%u.%u.%u.%u", (unsigned)(v >> 48 & 0xffff), (unsigned)(v >> 32 & 0xffff),
                              (unsigned)(v >> 16 & 0xffff), (unsigned)(v & 0xffff));
}

/* A value as it goes into labels and the Info column. */
static const char *
short_value(const canvas *c, const wu_item *item)
{
    const wu_field_row *row = &wu_fields[item->field];
    int64_t number;

    if (!item->text.p)
        return wmem_strdup_printf(c->pinfo->pool, "%u", item->number);
    if (row->names && wu_slice_int64(item->text, &number))
        for (size_t i = 0; i < WU_N_ENUM_VALUES; i++)
            if (wu_enum_values[i].names == row->names && wu_enum_values[i].value == (uint32_t)number)
                return wu_text(wu_enum_values[i].name);
    if (row->type == WU_TYPE_VERSION64 && wu_slice_int64(item->text, &number))
        return version64(c->pinfo->pool, number);
    return item_line(c, item);
}

static proto_item *
draw_time(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, wu_slice text)
{
    int64_t seconds;
    int32_t nanoseconds;
    nstime_t when;

    if (!wu_text_time(text, &seconds, &nanoseconds))
        return NULL;
    when.secs = (time_t)seconds;
    when.nsecs = nanoseconds;
    return proto_tree_add_time(tree, hf, tvb, offset, length, &when);
}

static proto_item *
draw_guid(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, int length, wu_slice text)
{
    uint8_t bytes[16];
    e_guid_t guid;

    if (!wu_text_guid(text, bytes))
        return NULL;
    guid.data1 = (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
    guid.data2 = (guint16)(bytes[4] << 8 | bytes[5]);
    guid.data3 = (guint16)(bytes[6] << 8 | bytes[7]);
    memcpy(guid.data4, bytes + 8, 8);
    return proto_tree_add_guid(tree, hf, tvb, offset, length, &guid);
}

/* Draws a value by the type of its field. NULL when the text is not of that type. */
static proto_item *
draw_typed(const canvas *c, proto_tree *tree, const wu_item *item, tvbuff_t *tvb)
{
    int hf = hf_wsus[item->field], offset = (int)item->offset, length = (int)item->length;
    int64_t number;
    bool truth;
    char *digest;

    switch (wu_fields[item->field].type) {
    case WU_TYPE_UINT32:
    case WU_TYPE_LENGTH:
    case WU_TYPE_HEX32:
        if (!item->text.p)
            return proto_tree_add_uint(tree, hf, tvb, offset, length, item->number);
        if (!wu_slice_int64(item->text, &number) || number < 0 || number > UINT32_MAX)
            return NULL;
        return proto_tree_add_uint(tree, hf, tvb, offset, length, (guint32)number);
    case WU_TYPE_UINT64:
        if (!wu_slice_int64(item->text, &number) || number < 0)
            return NULL;
        return proto_tree_add_uint64(tree, hf, tvb, offset, length, (guint64)number);
    case WU_TYPE_INT32:
        if (!wu_slice_int64(item->text, &number) || number < INT32_MIN || number > INT32_MAX)
            return NULL;
        return proto_tree_add_int(tree, hf, tvb, offset, length, (gint32)number);
    case WU_TYPE_BOOL:
        if (!wu_text_bool(item->text, &truth))
            return NULL;
        return proto_tree_add_boolean(tree, hf, tvb, offset, length, truth);
    case WU_TYPE_GUID:
        return draw_guid(tree, hf, tvb, offset, length, item->text);
    case WU_TYPE_TIME:
        return draw_time(tree, hf, tvb, offset, length, item->text);
    case WU_TYPE_VERSION64:
        if (!wu_slice_int64(item->text, &number))
            return NULL;
        return proto_tree_add_string(tree, hf, tvb, offset, length, version64(c->pinfo->pool, number));
    case WU_TYPE_DIGEST:
        digest = exchange_digest(c->pinfo->pool, item->text);
        return digest ? proto_tree_add_string(tree, hf, tvb, offset, length, digest) : NULL;
    default:
        return proto_tree_add_string(tree, hf, tvb, offset, length, item_text(c, item, MAX_TEXT));
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

static proto_item *
draw_value(const canvas *c, proto_tree *tree, const wu_item *item)
{
    tvbuff_t *tvb = item_tvb(c, item);
    proto_item *drawn = draw_typed(c, tree, item, tvb);

    if (!drawn && item->text.n) {
        expert_add_info_format(c->pinfo, proto_tree_get_parent(tree), &ei_wsus_value,
                               "%s is not of the expected form: %s", wu_text(wu_fields[item->field].label),
                               item_line(c, item));
        return NULL;
    }
    if (item->made)
        proto_item_set_generated(drawn);
    if (tree)
        draw_implied(c, tree, item, tvb);
    return drawn;
}

/* ---- findings ---- */

static void
draw_finding(const canvas *c, proto_tree *tree, tvbuff_t *tvb, int offset, int length, const wu_finding *finding)
{
    proto_item *item = proto_tree_add_uint(tree, hf_wsus[WU_F_FINDING], tvb, offset, length, finding->kind);

    proto_item_set_generated(item);
    expert_add_info_format(c->pinfo, item, wu_finding_is_warning(finding->kind) ? &ei_wsus_finding : &ei_wsus_finding_note,
                           "%s", val_to_str_const(finding->kind, finding_names, "Finding"));
}

static void
draw_item_findings(const canvas *c, proto_tree *tree, guint index, const wu_item *item)
{
    for (size_t i = 0; i < c->n_findings; i++)
        if (c->findings[i].item == index)
            draw_finding(c, tree, item_tvb(c, item), (int)item->offset, (int)item->length, &c->findings[i]);
}

static void
draw_message_findings(const canvas *c)
{
    for (size_t i = 0; i < c->n_findings; i++)
        if (c->findings[i].item == WU_NO_ITEM)
            draw_finding(c, c->tree, c->tvb, c->m->have_head ? c->m->offset : 0, 0, &c->findings[i]);
}

static void
look_for_findings(canvas *c, const wsus_exchange *x)
{
    wu_finding_context context = { .request = c->m->request, .head = c->m->have_head ? &c->m->head : NULL };

    if (!pref_findings)
        return;
    context.secure = wmem_map_lookup(c->pinfo->proto_layers, GINT_TO_POINTER(proto_tls)) != NULL;
    if (x->host)
        context.host = wu_slice_text(x->host);
    c->n_findings = wu_find_findings(c->m->message, &context, c->findings, WU_MAX_FINDINGS);
}

/* ---- items ---- */

static void
draw_code(const canvas *c, proto_tree *tree, const wu_item *item)
{
    winerr_code code = { .code = item->number, .space = (enum wu_space)item->space,
                         .source = (enum wu_code_source)item->found, .offset = (int)item->offset,
                         .length = (int)item->length };
    winerr_draw(tree, item_tvb(c, item), c->pinfo, &code);
}

/* One event of a report, as its items go by. */
typedef struct {
    const wu_item *id;
    uint32_t code;
    bool have_code;
} event_state;

static void
note_event_item(event_state *event, const wu_item *item)
{
    if (item->field == WU_F_EVENT)
        memset(event, 0, sizeof *event);
    else if (item->field == WU_F_EVENT_ID)
        event->id = item;
    else if (item->field == WU_ITEM_CODE && !event->have_code && (item->number & 0x80000000u)) {
        event->code = item->number;
        event->have_code = true;
    }
}

/* "installation failed, 0x80246007 WU_E_DM_NOTDOWNLOADED" */
static const char *
event_label(const canvas *c, const event_state *event)
{
    const char *what = event->id ? short_value(c, event->id) : "event failed";

    if (g_ascii_isdigit(*what)) /* an event that the tables do not know */
        what = wmem_strdup_printf(c->pinfo->pool, "event %s failed", what);

    if (!event->have_code)
        return what;
    return wmem_strdup_printf(c->pinfo->pool, "%s, %s", what, winerr_label(c->pinfo->pool, event->code, WU_AS_HRESULT));
}

/* What is drawn even when brief output is asked for: codes, events and what the Info column has. */
static bool
is_essential(const wu_item *item)
{
    return item->field == WU_ITEM_CODE || item->field == WU_F_EVENT || item->field == WU_F_EVENT_ID ||
           item->field == WU_F_EVENT_OUTCOME || shows[item->field].info_before;
}

static void
draw_items(const canvas *c)
{
    const GArray *items = c->m->message->items;
    proto_tree *trees[MAX_DEPTH + 1] = { c->tree };
    proto_item *groups[MAX_DEPTH + 1] = { NULL };
    event_state event = { 0 };
    unsigned deepest = 0;

    for (guint i = 0; i < items->len; i++) {
        const wu_item *item = &g_array_index(items, wu_item, i);
        unsigned depth = item->depth < deepest ? item->depth : deepest;
        proto_item *drawn;

        note_event_item(&event, item);
        if (pref_brief && !is_essential(item))
            continue;
        if (item->field == WU_ITEM_CODE) {
            draw_code(c, trees[depth], item);
            if (groups[depth] && wu_code_is_error(item->number, (enum wu_space)item->space))
                proto_item_append_text(groups[depth], ", %s",
                                       winerr_label(c->pinfo->pool, item->number, (enum wu_space)item->space));
            continue;
        }
        bool group = wu_fields[item->field].type == WU_TYPE_NONE;
        drawn = group ? proto_tree_add_item(trees[depth], hf_wsus[item->field], item_tvb(c, item), (int)item->offset,
                                            (int)item->length, ENC_NA)
                      : draw_value(c, trees[depth], item);
        draw_item_findings(c, trees[depth], i, item);
        if (shows[item->field].label && groups[depth])
            proto_item_append_text(groups[depth], ", %s", short_value(c, item));
        if (item->field == WU_F_EVENT_OUTCOME && item->number == WU_OUTCOME_FAIL)
            expert_add_info_format(c->pinfo, groups[depth] ? groups[depth] : drawn, &ei_wsus_event_failed,
                                   "Client reports: %s", event_label(c, &event));
        bool parent = i + 1 < items->len && g_array_index(items, wu_item, i + 1).depth > item->depth;
        if (parent && depth < MAX_DEPTH) {
            deepest = depth + 1;
            trees[deepest] = proto_item_add_subtree(drawn, ett_wsus_group);
            groups[deepest] = group ? drawn : NULL;
        }
    }
}

/* ---- what is made of a message ---- */

/* What is made of a message before it is drawn. */
typedef struct {
    const wsus_exchange *x;
    const char *service, *operation;
    unsigned kind;               /* of wsus.message */
    wu_derived derived[WU_MAX_DERIVED];
    size_t n_derived;
    enum wu_challenge challenge; /* of a 401 or 407 */
    bool recovery, fault;
    const char *next_step;       /* after a fault, "" when nothing is known */
} verdict;

/* An answer that is no error: the protocol goes on from it. */
static bool
is_step(const verdict *v)
{
    return v->recovery || v->challenge == WU_CHALLENGE_ASKED || v->challenge == WU_CHALLENGE_CONTINUED;
}

static const char *
next_step(const wu_fault *fault, enum wu_client client)
{
    const wu_fault_row *row = fault->error_code.text.p ? wu_fault_by_name(fault->error_code.text) : NULL;

    if (!row)
        return "";
    return wu_text(client == WU_CLIENT_SERVER ? row->server_next_step : row->next_step);
}

static void
judge(const http_message *m, const wsus_exchange *x, verdict *v)
{
    wu_answer answer = { .client = x ? x->client : WU_CLIENT_SOAP, .anonymous = x && x->anonymous };

    memset(v, 0, sizeof *v);
    v->x = x;
    v->fault = m->message && m->message->is_fault;
    v->service = x ? wu_service_name(x->service) : "";
    v->operation = x ? x->operation : "";
    v->kind = m->request ? 1 : v->fault ? 3 : 2;
    v->next_step = v->fault ? next_step(&m->message->fault, answer.client) : "";
    if (m->request)
        return;
    answer.status = m->have_head ? m->head.status : 0;
    answer.head = m->have_head ? &m->head : NULL;
    answer.fault = v->fault ? &m->message->fault : NULL;
    v->recovery = v->fault && wu_is_recovery(&m->message->fault);
    v->challenge = wu_challenge_of(&answer);
    v->n_derived = wu_client_codes(&answer, pref_guesses, v->derived, WU_MAX_DERIVED);
}

/* Whether the capture lacks part of a message. The answer to HEAD has no body, whatever its headers say. */
static bool
is_incomplete(const http_message *m, const wsus_exchange *x)
{
    return m->begun || (m->missing && (m->request || !x->head));
}

/* ---- head ---- */

static void
draw_frame_link(const canvas *c, unsigned field, guint32 frame)
{
    proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wsus[field], c->tvb, 0, 0, frame));
}

static int
head_offset(const canvas *c, wu_slice part)
{
    return part.p && c->m->have_head ? (int)(part.p - tvb_get_ptr(c->m->tvb, 0, -1)) : 0;
}

/* A header or part of the start line. */
static proto_item *
draw_head_text(const canvas *c, unsigned field, wu_slice part)
{
    if (!part.n)
        return NULL;
    wu_item item = { .text = part, .form = WU_TEXT_PLAIN };
    char *text = (char *)wmem_alloc(c->pinfo->pool, MAX_TEXT);
    wu_text_decode(item.text, WU_TEXT_PLAIN, WU_LATIN1, text, MAX_TEXT);
    return proto_tree_add_string(c->tree, hf_wsus[field], c->m->tvb, head_offset(c, part), (int)part.n, text);
}

static void
draw_correlation(const canvas *c, wu_slice vector)
{
    draw_head_text(c, WU_F_CORRELATION_VECTOR, vector);
    wu_slice base = wu_slice_of(vector.p, wu_slice_find_byte(vector, 0, '.'));
    if (base.n && base.n < vector.n) {
        proto_item *item = draw_head_text(c, WU_F_CORRELATION_BASE, base);
        proto_item_set_generated(item);
    }
}

/* Windows-Update-Agent/1507.2601.30012.0 Client-Protocol/2.90 */
static wu_slice
agent_version(wu_slice user_agent)
{
    if (!user_agent.p || !wu_slice_begins_nocase(user_agent, "Windows-Update-Agent/"))
        return wu_slice_of(NULL, 0);
    wu_slice version = wu_slice_of(user_agent.p + 21, user_agent.n - 21);
    version.n = wu_slice_find_byte(version, 0, ' ');
    return version;
}

static void
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

static void
draw_status(const canvas *c, const verdict *v)
{
    const wu_http_head *head = &c->m->head;
    int offset = head_offset(c, head->start_line);

    proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_STATUS_CODE], c->m->tvb, offset + 9, 3, head->status);
    if (v->challenge == WU_CHALLENGE_ASKED)
        draw_challenge(c, item, v->x);
    draw_head_text(c, WU_F_STATUS_PHRASE, head->phrase);
    if (head->status >= 400) {
        winerr_code code = { .code = head->status, .space = WU_AS_HTTP_STATUS, .source = WU_FOUND_HTTP_STATUS,
                             .quiet = is_step(v), .offset = offset + 9, .length = 3 };
        winerr_draw(c->tree, c->m->tvb, c->pinfo, &code);
    }
}

static void
draw_derived(const canvas *c, const wu_derived *derived, size_t n, bool quiet)
{
    int offset = head_offset(c, c->m->head.start_line);

    for (size_t i = 0; i < n; i++) {
        winerr_code code = { .code = derived[i].code, .space = WU_AS_HRESULT, .source = WU_FOUND_HTTP_STATUS,
                             .derived = true, .basis = derived[i].basis, .because = derived[i].because, .quiet = quiet,
                             .offset = offset + 9, .length = 3 };
        winerr_draw(c->tree, c->m->tvb, c->pinfo, &code);
    }
}

/* ---- xpress ---- */

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

/* ---- downloads ---- */

static void
draw_generated_text(const canvas *c, unsigned field, wu_slice where, const char *text)
{
    if (text && *text)
        proto_item_set_generated(proto_tree_add_string(c->tree, hf_wsus[field], c->m->tvb, head_offset(c, where),
                                                       (int)where.n, text));
}

static const known_file *
file_of_exchange(packet_info *pinfo, const wsus_exchange *x)
{
    if (!x || !x->target)
        return NULL;
    if (x->digest)
        return exchange_file(pinfo, x->digest);
    wu_slice name = wu_content_name(wu_slice_text(x->target));
    return name.n ? exchange_file(pinfo, wmem_strndup(pinfo->pool, (const char *)name.p, name.n)) : NULL;
}

static void
draw_file(const canvas *c, const wsus_exchange *x)
{
    wu_slice where = c->m->request ? c->m->head.target : c->m->head.start_line;
    const known_file *file = file_of_exchange(c->pinfo, x);

    draw_generated_text(c, WU_F_FILE_DIGEST, where, x->digest);
    if (!file)
        return;
    draw_generated_text(c, WU_F_FILE_NAME, where, file->name);
    if (file->update && file->update->title && file->update->title_frame < c->pinfo->num)
        draw_generated_text(c, WU_F_UPDATE_TITLE, where, file->update->title);
    if (file->update)
        draw_generated_text(c, WU_F_UPDATE_KB, where, file->update->kb);
    proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wsus[WU_F_METADATA_IN], c->m->tvb, head_offset(c, where),
                                                 (int)where.n, file->frame));
}

static void
draw_range(const canvas *c)
{
    wu_slice value = c->m->head.header[c->m->request ? WU_HEADER_RANGE : WU_HEADER_CONTENT_RANGE];
    uint64_t first, last, total;
    int offset = head_offset(c, value);

    if (!value.n || !wu_http_range(value, &first, &last, &total))
        return;
    proto_tree_add_uint64(c->tree, hf_wsus[WU_F_RANGE_FIRST], c->m->tvb, offset, (int)value.n, first);
    if (last != UINT64_MAX)
        proto_tree_add_uint64(c->tree, hf_wsus[WU_F_RANGE_LAST], c->m->tvb, offset, (int)value.n, last);
    if (total != UINT64_MAX)
        proto_tree_add_uint64(c->tree, hf_wsus[WU_F_RANGE_TOTAL], c->m->tvb, offset, (int)value.n, total);
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
    proto_tree_add_time(c->tree, hf_wsus[WU_F_LINK_EXPIRES], c->m->tvb, head_offset(c, p1), (int)p1.n, &when);
    nstime_delta(&delta, &when, &c->pinfo->abs_ts);
    proto_item *item = proto_tree_add_time(c->tree, hf_wsus[WU_F_LINK_EXPIRES_IN], c->m->tvb, head_offset(c, p1),
                                           (int)p1.n, &delta);
    proto_item_set_generated(item);
    if (delta.secs < 0)
        expert_add_info(c->pinfo, item, &ei_wsus_link_expired);
}

/* ---- one message ---- */

static void
draw_pairing(const canvas *c, const verdict *v)
{
    const wsus_exchange *x = v->x;
    proto_item *item;

    if (c->m->begun)
        draw_frame_link(c, WU_F_BEGINS_IN, c->m->begun->frame);
    if (c->m->request) {
        if (x->response_frame) {
            draw_frame_link(c, WU_F_RESPONSE_IN, x->response_frame);
        } else if (x->begun_frame) {
            draw_frame_link(c, WU_F_RESPONSE_BEGINS_IN, x->begun_frame);
        } else if (PINFO_FD_VISITED(c->pinfo)) {
            item = proto_tree_add_boolean(c->tree, hf_wsus[WU_F_NO_RESPONSE], c->tvb, 0, 0, true);
            proto_item_set_generated(item);
            expert_add_info(c->pinfo, item, &ei_wsus_no_response);
        }
        return;
    }
    if (x->request_frame) {
        nstime_t time;
        draw_frame_link(c, WU_F_REQUEST_IN, x->request_frame);
        nstime_delta(&time, &x->response_time, &x->request_time);
        item = proto_tree_add_time(c->tree, hf_wsus[WU_F_TIME], c->tvb, 0, 0, &time);
        proto_item_set_generated(item);
    }
}

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
                                  wws_text(c->pinfo->pool, message, parts[i].part, MAX_TEXT));
}

static void
draw_operation(const canvas *c, const verdict *v)
{
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

static void
draw_body_state(const canvas *c, const verdict *v)
{
    if (c->m->raw) {
        guint length = tvb_captured_length(c->m->raw);
        proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_BODY_LENGTH], c->m->raw, 0, (int)length, length);
        proto_item_set_generated(item);
    }
    if (c->m->missing && is_incomplete(c->m, v->x)) {
        guint32 missing = c->m->missing > G_MAXUINT32 ? G_MAXUINT32 : (guint32)c->m->missing;
        proto_item *item = proto_tree_add_uint(c->tree, hf_wsus[WU_F_BODY_MISSING], c->tvb, 0, 0, missing);
        proto_item_set_generated(item);
        expert_add_info(c->pinfo, item, &ei_wsus_missing_body);
    }
    if (c->m->xpress)
        draw_xpress(c);
    if (c->m->mislabelled)
        proto_tree_add_expert_format(c->tree, c->pinfo, &ei_wsus_xpress, c->m->raw, 0, -1,
                                     "The head says xpress, but the body is not compressed");
}

static const char *
kind_name(const verdict *v)
{
    static const char *const names[] = { "", "Request", "Response", "Fault" };
    return names[v->kind];
}

static void
draw_message(canvas *c, const verdict *v, proto_tree *root, const char *info)
{
    const http_message *m = c->m;
    tvbuff_t *tvb = m->body ? m->body : m->tvb;
    proto_item *item = proto_tree_add_protocol_format(root, proto_wsus, tvb, m->body ? 0 : m->offset, m->body ? -1 :
                                                      (int)(m->head.length ? m->head.length : 0),
                                                      "Windows Update, %s, %s %s", v->service,
                                                      *v->operation ? v->operation : "unknown operation", kind_name(v));

    c->tree = proto_item_add_subtree(item, ett_wsus);
    draw_operation(c, v);
    if (*info)
        proto_item_set_generated(proto_tree_add_string(c->tree, hf_wsus[WU_F_INFO], c->tvb, 0, 0,
                                                       info + strspn(info, ",; ")));
    draw_pairing(c, v);
    if (m->have_head && m->request)
        draw_request_head(c);
    else if (m->have_head)
        draw_status(c, v);
    if (m->have_head && !v->fault)
        draw_derived(c, v->derived, v->n_derived, is_step(v));
    if (v->x->client == WU_CLIENT_DOWNLOAD || v->x->digest) {
        if (m->have_head) {
            draw_range(c);
            if (m->request)
                draw_link(c);
            draw_file(c, v->x);
        }
    }
    look_for_findings(c, v->x);
    draw_message_findings(c);
    draw_body_state(c, v);
    if (!m->message) {
        if (m->body && m->whole && !wu_services[v->x->service].http && m->have_head && m->head.status < 300)
            proto_tree_add_expert(c->tree, c->pinfo, &ei_wsus_no_soap, m->body, 0, -1);
        return;
    }
    draw_addressing(c);
    draw_items(c);
    wws_draw_remarks(c->tree, m->body, c->pinfo, m->message->remarks, m->missing > 0);
}

/* ---- columns ---- */

/* The first error among the codes in a fault. */
static const wu_code_found *
error_in_fault(const wu_message *message)
{
    for (unsigned i = 0; i < message->fault.codes; i++)
        if (wu_code_is_error(message->fault.found[i].code, message->fault.found[i].space))
            return &message->fault.found[i];
    return NULL;
}

/* The code that matters most: one in the fault text, then the one the client reports, then the status. */
static bool
main_code(const http_message *m, const verdict *v, uint32_t *code, enum wu_space *space)
{
    const wu_code_found *found = v->fault ? error_in_fault(m->message) : NULL;

    *space = WU_AS_HRESULT;
    if (found) {
        *code = found->code;
        *space = found->space;
        return true;
    }
    if (v->n_derived) {
        *code = v->derived[v->n_derived - 1].code;
        return true;
    }
    if (!m->request && m->have_head && m->head.status >= 400) {
        *code = m->head.status;
        *space = WU_AS_HTTP_STATUS;
        return true;
    }
    return false;
}

/* ", 0x80070070 ERROR_DISK_FULL" for the Info column. */
static const char *
code_in_fault(packet_info *pinfo, const wu_message *message)
{
    const wu_code_found *found = error_in_fault(message);

    if (!found)
        return "";
    return wmem_strdup_printf(pinfo->pool, ", %s", winerr_label(pinfo->pool, found->code, found->space));
}

/* What a field says in Info, or NULL. */
static const char *
info_of_item(const canvas *c, const wu_item *item)
{
    const char *value;
    bool truth;

    if (shows[item->field].info_false)
        return wu_text_bool(item->text, &truth) && !truth ? shows[item->field].info_false : NULL;
    if (!shows[item->field].info_before)
        return NULL;
    if (!shows[item->field].info_value)
        return wu_text_bool(item->text, &truth) && truth ? shows[item->field].info_before : NULL;
    value = short_value(c, item);
    return wmem_strdup_printf(c->pinfo->pool, "%s%s%s", shows[item->field].info_before, value,
                              strcmp(value, "1") ? shows[item->field].info_after : shows[item->field].info_after_one);
}

/* Each field once, as the message says it first, then the events that failed. */
static void
append_items(wmem_strbuf_t *info, const canvas *c, unsigned *failed)
{
    const GArray *items = c->m->message->items;
    wmem_strbuf_t *failures = wmem_strbuf_new(c->pinfo->pool, "");
    bool shown[WU_N_FIELDS] = { false };
    event_state event = { 0 };

    *failed = 0;
    for (guint i = 0; i < items->len; i++) {
        const wu_item *item = &g_array_index(items, wu_item, i);
        note_event_item(&event, item);
        if (item->field == WU_ITEM_CODE)
            continue;
        if (item->field == WU_F_EVENT_OUTCOME && item->number == WU_OUTCOME_FAIL && (*failed)++ < MAX_INFO_EVENTS)
            wmem_strbuf_append_printf(failures, "; %s", event_label(c, &event));
        if (shown[item->field] || item->depth > MAX_INFO_DEPTH)
            continue;
        const char *text = info_of_item(c, item);
        shown[item->field] = text != NULL;
        if (text)
            wmem_strbuf_append_printf(info, ", %s", text);
    }
    wmem_strbuf_append(info, wmem_strbuf_get_str(failures));
    if (*failed > MAX_INFO_EVENTS)
        wmem_strbuf_append_printf(info, "; %u more failed", *failed - MAX_INFO_EVENTS);
}

static void
append_fault(wmem_strbuf_t *info, const canvas *c, const verdict *v)
{
    const wu_message *message = c->m->message;

    wmem_strbuf_append_printf(info, " %s", wws_fault_label(c->pinfo->pool, message));
    if (message->fault.message.text.n)
        wmem_strbuf_append_printf(info, " (%s)", wws_line(c->pinfo->pool, message, &message->fault.message, 128));
    if (v->recovery && *v->next_step)
        wmem_strbuf_append_printf(info, ", next: %s", v->next_step);
}

static void
append_download(wmem_strbuf_t *info, const canvas *c, const verdict *v)
{
    wu_slice range = c->m->head.header[c->m->request ? WU_HEADER_RANGE : WU_HEADER_CONTENT_RANGE];
    const known_file *file = file_of_exchange(c->pinfo, v->x);

    if (v->x->target) {
        wu_slice name = wu_content_name(wu_slice_text(v->x->target));
        if (name.n)
            wmem_strbuf_append_printf(info, " %.*s", (int)(name.n < 80 ? name.n : 80), (const char *)name.p);
    }
    if (range.n && c->m->have_head)
        wmem_strbuf_append_printf(info, ", %.*s", (int)(range.n < 64 ? range.n : 64), (const char *)range.p);
    if (file && file->update && file->update->title && file->update->title_frame < c->pinfo->num)
        wmem_strbuf_append_printf(info, ", %s", file->update->title);
}

/* What the Info column says behind operation and kind. */
static const char *
info_of(const canvas *c, const verdict *v, unsigned *failed)
{
    const http_message *m = c->m;
    wmem_strbuf_t *info = wmem_strbuf_new(c->pinfo->pool, "");
    uint32_t code;
    enum wu_space space;

    *failed = 0;
    if (v->fault) {
        append_fault(info, c, v);
    } else if (!m->request && m->have_head && (m->head.status >= 300 || m->head.status < 200)) {
        const wu_code_row *row = wu_http_status_row(m->head.status);
        const char *symbol = row ? wu_text(row->symbol) : "";
        wmem_strbuf_append_printf(info, " %u%s%s", m->head.status, *symbol ? " " : "", symbol);
    }
    if (wu_services[v->x->service].http)
        append_download(info, c, v);
    if (m->message && !v->fault)
        append_items(info, c, failed);
    if (is_incomplete(m, v->x))
        wmem_strbuf_append(info, ", incomplete");
    if (v->challenge == WU_CHALLENGE_ASKED)
        wmem_strbuf_append(info, ", asks for authentication");
    else if (v->challenge == WU_CHALLENGE_CONTINUED)
        wmem_strbuf_append(info, ", authentication goes on");
    if (!is_step(v) && main_code(m, v, &code, &space) && space != WU_AS_HTTP_STATUS)
        wmem_strbuf_append_printf(info, ", %s", winerr_label(c->pinfo->pool, code, space));
    return wmem_strbuf_get_str(info);
}

/* ---- the tap ---- */

static const char *
item_value(const canvas *c, unsigned field)
{
    const GArray *items = c->m->message ? c->m->message->items : NULL;

    for (guint i = 0; items && i < items->len; i++)
        if (g_array_index(items, wu_item, i).field == field)
            return short_value(c, &g_array_index(items, wu_item, i));
    return "";
}

static const char *const *
failed_event_labels(const canvas *c, unsigned failed)
{
    const char **labels = wmem_alloc_array(c->pinfo->pool, const char *, failed);
    const GArray *items = c->m->message->items;
    event_state event = { 0 };
    unsigned n = 0;

    for (guint i = 0; i < items->len && n < failed; i++) {
        const wu_item *item = &g_array_index(items, wu_item, i);
        note_event_item(&event, item);
        if (item->field == WU_F_EVENT_OUTCOME && item->number == WU_OUTCOME_FAIL)
            labels[n++] = event_label(c, &event);
    }
    return labels;
}

static void
tell_tap(const canvas *c, const verdict *v, unsigned failed)
{
    const http_message *m = c->m;

    if (!have_tap_listener(wsus_tap) && !wsus_export_wanted())
        return;
    wsus_tap_data *data = wmem_new0(c->pinfo->pool, wsus_tap_data);
    wu_slice version = m->have_head && m->request ? agent_version(m->head.header[WU_HEADER_USER_AGENT])
                                                  : wu_slice_of(NULL, 0);
    data->service_number = v->x->service;
    data->service = v->service;
    data->operation = *v->operation ? v->operation : "unknown";
    data->client = address_to_str(c->pinfo->pool, m->request ? &c->pinfo->src : &c->pinfo->dst);
    data->agent = version.n ? wmem_strndup(c->pinfo->pool, (const char *)version.p, version.n)
                            : item_value(c, WU_F_CLIENT_VERSION);
    data->computer = m->request ? item_value(c, WU_F_COMPUTER_NAME) : "";
    data->response = !m->request;
    data->status = m->have_head ? m->head.status : 0;
    data->error_code = v->fault && m->message->fault.error_code.text.p
                           ? wws_text(c->pinfo->pool, m->message, &m->message->fault.error_code, 128) : "";
    data->outcome = m->request                                  ? WSUS_REQUEST
                    : is_step(v)                                ? WSUS_RECOVERY
                    : v->fault                                  ? WSUS_FAULT
                    : m->have_head && m->head.status >= 400     ? WSUS_HTTP_ERROR
                                                                : WSUS_SUCCESS;
    if (!m->request && v->x->request_frame) {
        data->have_time = true;
        data->request_time = v->x->request_time;
    }
    if (data->outcome == WSUS_FAULT || data->outcome == WSUS_HTTP_ERROR)
        main_code(m, v, &data->code, &data->space);
    data->failed_events = failed;
    data->failed_event = failed ? failed_event_labels(c, failed) : NULL;
    data->body = m->message && wsus_export_wanted() ? http_messages_text(m) : NULL;
    data->host = v->x->host ? v->x->host : "";
    data->target = v->x->target ? v->x->target : "";
    if (have_tap_listener(wsus_tap))
        tap_queue_packet(wsus_tap, c->pinfo, data);
    if (wsus_export_wanted())
        wsus_export(c->pinfo, data);
}

/* ---- all messages of a frame ---- */

static tvbuff_t *
fragments_tvb(const http_message *m, packet_info *pinfo, proto_tree *tree)
{
    const GByteArray *bytes = m->message ? m->message->fragments : NULL;

    if (!bytes || !bytes->len)
        return m->body;
    tvbuff_t *tvb = tvb_new_child_real_data(m->body, bytes->data, bytes->len, (gint)bytes->len);
    if (tree)
        add_new_data_source(pinfo, tvb, "Update metadata");
    return tvb;
}

static proto_tree *
draw_fault(proto_tree *tree, packet_info *pinfo, const http_message *m, const verdict *v)
{
    wws_verdict fault = { m->encoding, v->derived, v->n_derived, v->recovery, v->next_step };
    return wws_draw_fault(tree, m->body, pinfo, m->message, &fault);
}

static void
dissect_ours(const http_message *m, packet_info *pinfo, proto_tree *tree, bool first)
{
    verdict v;
    unsigned failed;
    canvas c;

    c.tree = NULL;
    c.pinfo = pinfo;
    c.m = m;
    c.tvb = m->tvb ? m->tvb : m->raw;
    c.fragments = NULL;
    c.n_findings = 0;
    judge(m, m->exchange, &v);
    const char *info = info_of(&c, &v, &failed);
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "WSUS");
    if (first) { /* in place of what the stock dissector says of the start line */
        col_clear_fence(pinfo->cinfo, COL_INFO);
        col_clear(pinfo->cinfo, COL_INFO);
    }
    col_append_sep_fstr(pinfo->cinfo, COL_INFO, first ? "" : " | ", "%s %s%s", *v.operation ? v.operation : v.service,
                        kind_name(&v), info);
    if (tree || have_tap_listener(wsus_tap) || winerr_has_listener()) {
        http_messages_show_xml(m, pinfo, tree);
        c.fragments = fragments_tvb(m, pinfo, tree);
        draw_message(&c, &v, tree, info);
        if (v.fault && wws_is_enabled())
            draw_fault(tree, pinfo, m, &v);
    }
    tell_tap(&c, &v, failed);
}

/* A SOAP fault of another service, or a binary body. */
static void
dissect_other(const http_message *m, packet_info *pinfo, proto_tree *tree)
{
    verdict v;

    if (!m->message || !wws_is_enabled() || (!m->message->is_fault && m->encoding != WWS_BINARY))
        return;
    http_messages_show_xml(m, pinfo, tree);
    if (m->message->is_fault) {
        judge(m, NULL, &v);
        v.n_derived = v.recovery ? 0 : v.n_derived; /* only Windows Update knows such faults */
        v.recovery = false;
        col_append_sep_fstr(pinfo->cinfo, COL_INFO, NULL, "[SOAP fault %s%s]", wws_fault_label(pinfo->pool, m->message),
                            code_in_fault(pinfo, m->message));
        tree = draw_fault(tree, pinfo, m, &v);
    } else {
        tree = wws_draw_binary(tree, m->body, pinfo, m->message);
    }
    wws_draw_remarks(tree, m->body, pinfo, m->message->remarks, m->missing > 0);
}

bool
wsus_is_enabled(void)
{
    return proto_is_protocol_enabled(find_protocol_by_id(proto_wsus));
}

void
wsus_dissect_messages(packet_info *pinfo, proto_tree *tree, http_message *const *messages, unsigned n)
{
    bool enabled = wsus_is_enabled(), first = true;

    for (unsigned i = 0; i < n; i++) {
        http_message *m = messages[i];
        m->exchange = enabled ? exchange_of(pinfo, m) : NULL;
        if (!m->exchange) {
            dissect_other(m, pinfo, tree);
            continue;
        }
        if (!PINFO_FD_VISITED(pinfo) && !m->request && m->message)
            exchange_learn(pinfo, m);
        dissect_ours(m, pinfo, tree, first);
        first = false;
    }
}

/* ---- registration ---- */

void
proto_register_wsus(void)
{
    static ei_register_info ei[] = {
        { &ei_wsus_event_failed, { "wsus.event.failed", PI_RESPONSE_CODE, PI_WARN, "Client reports a failure", EXPFILL } },
        { &ei_wsus_unknown_operation, { "wsus.operation.not_documented", PI_UNDECODED, PI_NOTE,
                                        "Operation that the protocol documents do not name", EXPFILL } },
        { &ei_wsus_no_response, { "wsus.no_response.seen", PI_SEQUENCE, PI_NOTE,
                                  "The capture holds no response to this request", EXPFILL } },
        { &ei_wsus_missing_body, { "wsus.body.incomplete", PI_REASSEMBLE, PI_NOTE,
                                   "Part of the body is not in the capture", EXPFILL } },
        { &ei_wsus_xpress, { "wsus.xpress.fault", PI_MALFORMED, PI_WARN, "Compressed body is damaged", EXPFILL } },
        { &ei_wsus_value, { "wsus.value", PI_MALFORMED, PI_NOTE, "Value is not of the expected form", EXPFILL } },
        { &ei_wsus_authentication, { "wsus.authentication.asked", PI_RESPONSE_CODE, PI_NOTE,
                                     "The server asks for authentication: an error only if the client does not go on with it",
                                     EXPFILL } },
        { &ei_wsus_not_authenticated, { "wsus.authentication.not_continued", PI_RESPONSE_CODE, PI_WARN,
                                        "The capture shows no further attempt to authenticate on this connection", EXPFILL } },
        { &ei_wsus_no_soap, { "wsus.no_soap", PI_UNDECODED, PI_NOTE, "The body is no SOAP message", EXPFILL } },
        { &ei_wsus_link_expired, { "wsus.link.expired", PI_PROTOCOL, PI_NOTE,
                                   "The signed link had expired when it was used", EXPFILL } },
        { &ei_wsus_cookie_expired, { "wsus.cookie.expired", PI_SEQUENCE, PI_CHAT,
                                     "The cookie had expired when it was sent", EXPFILL } },
        { &ei_wsus_finding, { "wsus.finding.warning", PI_SECURITY, PI_WARN, "Something that deserves a look", EXPFILL } },
        { &ei_wsus_finding_note, { "wsus.finding.note", PI_SECURITY, PI_NOTE, "Worth knowing for security", EXPFILL } },
    };
    static int *ett[] = { &ett_wsus, &ett_wsus_group };

    proto_wsus = proto_register_protocol("Windows Update", "WSUS", "wsus");
    register_fields();
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto_wsus), ei, array_length(ei));
    wsus_tap = register_tap("wsus");
    exchange_register(proto_wsus);
    http_messages_register();
    wsus_register_statistics(proto_wsus);

    module_t *module = prefs_register_protocol(proto_wsus, NULL);
    prefs_register_bool_preference(module, "guesses", "Show guessed client codes",
                                   "Show derived codes that are neither documented nor inferred from equal names",
                                   &pref_guesses);
    prefs_register_bool_preference(module, "no_stock_xml", "Leave out the XML tree of recognised bodies",
                                   "Do not show the tree of the XML protocol for bodies that are shown as Windows Update. "
                                   "Saves much time; fields of the XML protocol are missing then",
                                   &http_messages_no_stock_xml);
    prefs_register_bool_preference(module, "findings", "Show security findings",
                                   "Show what deserves a look for security: serialized objects in reports, foreign "
                                   "download hosts, update metadata over clear text, and so on", &pref_findings);
    prefs_register_bool_preference(module, "brief", "Leave out details",
                                   "Show only what a message is, who sent it, and its codes and events: for batch output "
                                   "of many captures", &pref_brief);
    prefs_register_uint_preference(module, "list_limit", "Ids shown of one list",
                                   "How many ids of a long list (installed updates, cached updates, ...) are shown. All "
                                   "of them are counted", 10, &http_messages_list_limit);
}

void
proto_reg_handoff_wsus(void)
{
    proto_tls = proto_get_id_by_filter_name("tls");
    http_messages_handoff();
}
