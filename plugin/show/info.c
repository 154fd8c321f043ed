/* info.c
 * What the Info column says behind operation and kind.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include "core/wusp.h"

#define MAX_INFO_EVENTS 3
#define MAX_INFO_DEPTH  2 /* levels of groups whose fields go into the Info column */

/* What an item says in Info, in three pieces; `before` is NULL where it says nothing. */
typedef struct {
    guint item;
    const char *before, *value, *after;
} said_item;

static said_item
info_of_item(const canvas *c, guint index, const wu_item *item)
{
    said_item said = { index, NULL, "", "" };
    bool truth;

    if (shows[item->field].info_false) {
        if (wu_text_bool(item->text, &truth) && !truth)
            said.before = shows[item->field].info_false;
    } else if (!shows[item->field].info_before) {
        return said;
    } else if (!shows[item->field].info_value) {
        if (wu_text_bool(item->text, &truth) && truth)
            said.before = shows[item->field].info_before;
    } else {
        said.before = shows[item->field].info_before;
        said.value = verdict_value(c->v, item);
        said.after = strcmp(said.value, "1") ? shows[item->field].info_after : shows[item->field].info_after_one;
    }
    return said;
}

/* What says who rather than what comes last. */
static bool
is_late(unsigned field)
{
    return field == WU_F_CLIENT_ID || field == WU_F_ACCOUNT_NAME || field == WU_F_PROTOCOL_VERSION;
}

/* Fields of a message that may have something to say in Info. */
static unsigned
fields_to_say(const wu_message *message, bool late, uint16_t *fields)
{
    unsigned n = 0;

    for (unsigned i = 0; i < array_length(message->fields); i++)
        for (uint32_t left = message->fields[i]; left; left &= left - 1) {
            unsigned field = i * 32 + g_bit_storage(left & (0 - left)) - 1;
            if (is_late(field) == late && (shows[field].info_false || shows[field].info_before))
                fields[n++] = (uint16_t)field;
        }
    return n;
}

/* The first item of a field that has something to say. */
static said_item
item_to_say(const canvas *c, unsigned field)
{
    const wu_message *message = c->m->message;
    said_item said = { 0, NULL, "", "" };

    for (guint i = message->first[field]; i <= message->last[field] && !said.before; i++) {
        const wu_item *item = &g_array_index(message->items, wu_item, i);
        if (item->field == field && item->depth <= MAX_INFO_DEPTH)
            said = info_of_item(c, i, item);
    }
    return said;
}

/* Each field once, in the order of the message. */
static void
append_items(wmem_strbuf_t *info, const canvas *c, bool late)
{
    uint16_t fields[WU_N_FIELDS];
    said_item said[WU_N_FIELDS];
    unsigned n = fields_to_say(c->m->message, late, fields), found = 0;

    for (unsigned i = 0; i < n; i++) {
        said_item one = item_to_say(c, fields[i]);
        unsigned place = found;
        if (!one.before)
            continue;
        for (; place > 0 && said[place - 1].item > one.item; place--)
            said[place] = said[place - 1];
        said[place] = one;
        found++;
    }
    for (unsigned i = 0; i < found; i++) {
        wmem_strbuf_append(info, ", ");
        wmem_strbuf_append(info, said[i].before);
        wmem_strbuf_append(info, said[i].value);
        wmem_strbuf_append(info, said[i].after);
    }
}

/* ---- what failed, and what was found ---- */

/* The message of InvalidParameters names one; all are members of "parameters". */
static void
append_fault(wmem_strbuf_t *info, const canvas *c)
{
    static const char member[] = "parameters.";
    const wu_message *message = c->m->message;

    wmem_strbuf_append(info, message_fault_label(c->pinfo->pool, message));
    if (!message->fault.message.text.n)
        return;
    const char *line = message_line(c->pinfo->pool, message, &message->fault.message, 128);
    wmem_strbuf_append_printf(info, " (%s)", g_str_has_prefix(line, member) ? line + strlen(member) : line);
}

/* Whether a code has the name of a status in its own: WU_E_PT_HTTP_STATUS_NOT_FOUND that of HTTP_STATUS_NOT_FOUND. */
static bool
has_name_of(const verdict_code *code, const char *symbol)
{
    const char *name = strstr(symbol, "STATUS_"), *at;
    wu_reading reading;

    if (!code || !name || !wu_code_readings(code->code, code->space, &reading, 1))
        return false;
    at = strstr(reading.symbol, "STATUS_");
    return at && !strcmp(at, name);
}

/* With its name, unless the code that follows says it. */
static void
append_status(wmem_strbuf_t *info, const canvas *c, const verdict_code *follows)
{
    const wu_code_row *row = wu_http_status_row(c->m->head.status);
    const char *symbol = row ? wu_text(row->symbol) : "";

    if (has_name_of(follows, symbol))
        symbol = "";
    wmem_strbuf_append_printf(info, "%u%s%s", c->m->head.status, *symbol ? " " : "", symbol);
}

static void
append_failed_events(wmem_strbuf_t *info, const verdict *v)
{
    for (unsigned i = 0; i < v->n_failed && i < MAX_INFO_EVENTS; i++)
        wmem_strbuf_append_printf(info, "%s%s", i ? "; " : "", v->failed[i].label);
    if (v->n_failed > MAX_INFO_EVENTS)
        wmem_strbuf_append_printf(info, "; %u more failed", v->n_failed - MAX_INFO_EVENTS);
}

const char *
failure_of(const canvas *c)
{
    const verdict *v = c->v;
    wmem_strbuf_t *text = wmem_strbuf_new(c->pinfo->pool, "");
    bool coded = v->main && v->main->space != WU_AS_HTTP_STATUS && v->challenge != WU_CHALLENGE_PASSWORD;

    if (v->fault)
        append_fault(text, c);
    else if (!c->m->request && c->m->have_head && (c->m->head.status >= 300 || c->m->head.status < 200))
        append_status(text, c, coded ? v->main : NULL);
    append_failed_events(text, v);
    if (coded)
        wmem_strbuf_append_printf(text, "%s%s", wmem_strbuf_get_len(text) ? ", " : "",
                                  code_label(c->pinfo->pool, v->main->code, v->main->space));
    return wmem_strbuf_get_str(text);
}

/* Each warning once: what was found, in front of everything else. */
static void
append_findings(wmem_strbuf_t *info, const verdict *v)
{
    for (size_t i = 0; i < v->n_findings; i++) {
        bool said = !wu_finding_is_warning(v->findings[i].kind);
        for (size_t k = 0; k < i && !said; k++)
            said = v->findings[k].kind == v->findings[i].kind;
        if (!said)
            wmem_strbuf_append_printf(info, " [%s]", finding_name(v->findings[i].kind));
    }
}

/* ---- downloads ---- */

static void
append_download(wmem_strbuf_t *info, const canvas *c)
{
    const verdict *v = c->v;
    wu_slice range = c->m->head.header[c->m->request ? WU_HEADER_RANGE : WU_HEADER_CONTENT_RANGE];
    const known_file *file = exchange_file_of(c->pinfo, v->x);

    if (file && file->update && file->update->title && file->update->title_frame < c->pinfo->num)
        wmem_strbuf_append_printf(info, ", %s", file->update->title);
    if (file && file->name && v->x->digest) /* else the target ends with it */
        wmem_strbuf_append_printf(info, ", %s", file->name);
    if (range.n && c->m->have_head)
        wmem_strbuf_append_printf(info, ", %.*s", (int)(range.n < 64 ? range.n : 64), (const char *)range.p);
    if (v->x->target) {
        wu_slice name = wu_content_name(wu_slice_text(v->x->target));
        if (name.n)
            wmem_strbuf_append_printf(info, ", %.*s", (int)(name.n < 80 ? name.n : 80), (const char *)name.p);
    }
}

/* The failure first, then what it is about, who it is last. */
const char *
info_of(const canvas *c)
{
    const verdict *v = c->v;
    const http_message *m = c->m;
    wmem_strbuf_t *info = wmem_strbuf_new(c->pinfo->pool, "");
    const char *failure = failure_of(c);

    append_findings(info, v);
    if (*failure)
        wmem_strbuf_append_printf(info, " %s", failure);
    if (v->fault && v->recovery && *v->next_step)
        wmem_strbuf_append_printf(info, ", next: %s", v->next_step);
    if (v->challenge == WU_CHALLENGE_ASKED)
        wmem_strbuf_append(info, ", asks for authentication");
    else if (v->challenge == WU_CHALLENGE_CONTINUED)
        wmem_strbuf_append(info, ", authentication goes on");
    else if (v->challenge == WU_CHALLENGE_PASSWORD) /* whether it is an error, later frames tell: one text for every pass */
        wmem_strbuf_append(info, ", asks for a password");
    if (v->incomplete)
        wmem_strbuf_append(info, ", incomplete");
    if (wu_services[v->x->service].http)
        append_download(info, c);
    if (m->message && !v->fault) {
        append_items(info, c, false);
        append_items(info, c, true);
    }
    return wmem_strbuf_get_str(info);
}
