/* message.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "message.h"

#include <stdio.h>

#include "code_finder.h"
#include "reader.h"
#include "wusp.h"

#define MAX_OPEN   64u           /* element levels whose rules are kept */
#define MAX_PARTS  6u            /* numbers of one version */
#define MAX_JOINED 4u            /* versions that are put together at a time */
#define CDATA_BRACKET 9u         /* bytes of <![CDATA[ */
#define MAX_SCAN   (256u * 1024) /* bytes of one text that are searched for codes */

/* The character data of the innermost open element. Comments and CDATA sections may divide it: its pieces are joined
 * here. The text between child elements is dropped, so the work is linear in the length of the document. */
typedef struct {
    wu_part part;
    GString *pieces; /* NULL as long as there is one piece only */
    size_t raw;      /* bytes of a byte array, whose base64 in part may be cut */
} gathered;

/* An open element. */
typedef struct {
    wu_slice name;
    const wu_rule *rule;
    unsigned children;     /* element children */
    guint item;            /* of a group or count, else G_MAXUINT */
    uint8_t item_depth;    /* of items below it */
    bool skip;
    unsigned listed;
    wu_part text;          /* its character data, once it is complete */
    size_t raw;            /* bytes of byte arrays in it */
} open_element;

/* A version that stands in several elements: OSMajorVersion, OSMinorVersion, ... */
typedef struct {
    uint16_t field;
    unsigned level; /* of the element around its parts */
    wu_slice part[MAX_PARTS];
    size_t from, to;
} joined;

typedef struct {
    wu_message *m;
    const wu_message_options *options;
    enum wu_item_source source;
    size_t base;              /* added to the offsets of the reader */
    uint8_t root_depth;       /* of items that no open element groups */
    bool root_rule;           /* the tables may name the outermost element too; an operation they do not */
    gathered text;
    open_element open[MAX_OPEN];
    unsigned level;           /* open elements; those beyond MAX_OPEN have no entry */
    joined joined[MAX_JOINED];
    unsigned n_joined;
    bool in_event;            /* inside a ReportingEvent: */
    unsigned event_level;
    bool have_event_id, have_result;
    uint32_t event_id, event_result;
} walk;

/* ---- items ---- */

static wu_item *
add_item(walk *w, unsigned field, uint8_t depth, size_t offset, size_t length)
{
    wu_item item = { .field = (uint16_t)field, .depth = depth, .source = (uint8_t)w->source,
                     .offset = (uint32_t)(w->base + offset), .length = (uint32_t)length };

    if (w->m->items->len >= WU_MAX_ITEMS) {
        w->m->remarks |= WU_MESSAGE_ITEMS;
        return NULL;
    }
    g_array_append_val(w->m->items, item);
    return &g_array_index(w->m->items, wu_item, w->m->items->len - 1);
}

static void
add_code(walk *w, uint8_t depth, const wu_code_found *found)
{
    wu_item *item = add_item(w, WU_ITEM_CODE, depth, found->offset, found->length);

    if (item) {
        item->number = found->code;
        item->space = (uint8_t)found->space;
        item->found = (uint8_t)found->source;
    }
}

/* A copy of a text that lives as long as the message. */
static wu_slice
keep(wu_message *m, wu_slice text)
{
    if (!m->pool)
        m->pool = g_string_chunk_new(1024);
    return wu_slice_of(g_string_chunk_insert_len(m->pool, (const char *)text.p, (gssize)text.n), text.n);
}

static void
text_forget(gathered *g)
{
    g->part = (wu_part){ .text = { NULL, 0 } };
    g->raw = 0;
    if (g->pieces)
        g_string_free(g->pieces, TRUE);
    g->pieces = NULL;
}

/* Appends a piece to those before it. Where some are escaped and some are not, all of them become plain. */
static void
append_piece(gathered *g, wu_slice piece, enum wu_text_form form)
{
    if (!g->pieces)
        g->pieces = g_string_new_len((const char *)g->part.text.p, (gssize)g->part.text.n);
    if (g->part.form == WU_TEXT_ESCAPED && form == WU_TEXT_PLAIN) {
        wu_slice before = wu_slice_of(g->pieces->str, g->pieces->len);
        g_string_set_size(g->pieces, wu_text_unescape(before, (uint8_t *)g->pieces->str));
        g->part.form = WU_TEXT_PLAIN;
    }
    gsize at = g->pieces->len;
    g_string_append_len(g->pieces, (const char *)piece.p, (gssize)piece.n);
    if (g->part.form == WU_TEXT_PLAIN && form == WU_TEXT_ESCAPED) {
        wu_slice added = wu_slice_of(g->pieces->str + at, piece.n);
        g_string_set_size(g->pieces, at + wu_text_unescape(added, (uint8_t *)g->pieces->str + at));
    }
}

static void
text_add(wu_message *m, gathered *g, const wu_event *event)
{
    bool copy = m->binary; /* the values of a binary document are gone with the next event */

    g->raw += event->raw.n;
    if (!g->part.text.p) {
        g->part = (wu_part){ copy ? keep(m, event->value) : event->value, event->form, event->offset, event->length };
        if (!copy && event->form == WU_TEXT_PLAIN) { /* a CDATA section: its value without the brackets */
            g->part.offset += CDATA_BRACKET;
            g->part.length = event->value.n;
        }
        return;
    }
    append_piece(g, event->value, event->form);
    g->part.length = event->offset + event->length - g->part.offset;
}

/* The text of an element that ends. */
static wu_part
text_take(wu_message *m, gathered *g)
{
    wu_part part = g->part;

    if (g->pieces)
        part.text = keep(m, wu_slice_of(g->pieces->str, g->pieces->len));
    text_forget(g);
    return part;
}

static void
add_value(walk *w, unsigned field, uint8_t depth, const wu_part *value)
{
    wu_item *item = add_item(w, field, depth, value->offset, value->length);

    if (item) {
        item->text = wu_slice_trim(value->text);
        item->form = (uint8_t)value->form;
    }
}

/* ---- codes in texts ---- */

/* A long word without blanks is base64 or the like: nothing is looked for in it. */
static bool
is_opaque(wu_slice text)
{
    size_t run = 0;

    if (text.n < 80)
        return false;
    for (size_t i = 0; i < text.n && i < 256; i++) {
        run = wu_is_space(text.p[i]) ? 0 : run + 1;
        if (run >= 80)
            return true;
    }
    return false;
}

static void
scan_text(walk *w, uint8_t depth, const wu_part *value, enum wu_code_source source)
{
    wu_finder finder;
    wu_found hit;
    wu_slice text = value->text;

    if (text.n > MAX_SCAN)
        text.n = MAX_SCAN;
    if (is_opaque(text))
        return;
    wu_finder_start(&finder, text);
    while (wu_finder_next(&finder, &hit)) {
        wu_code_found found = { hit.code, hit.space, source, value->offset, value->length };
        if (value->length == value->text.n && !w->m->binary) { /* the text stands in the document: point into it */
            found.offset += hit.offset;
            found.length = hit.length;
        }
        add_code(w, depth, &found);
    }
}

/* Elements that hold a code whatever message they stand in. */
static bool
names_code(wu_slice name)
{
    return wu_slice_ends_nocase(name, "hresult") || wu_slice_is_nocase(name, "hr");
}

/* ---- versions in parts ---- */

/* level: of the element around the parts. */
static void
add_part(walk *w, const wu_rule *rule, const wu_part *value, unsigned level)
{
    unsigned i;

    for (i = 0; i < w->n_joined; i++)
        if (w->joined[i].field == rule->field && w->joined[i].level == level)
            break;
    if (i == w->n_joined) {
        if (i == MAX_JOINED)
            return;
        w->joined[w->n_joined++] = (joined){ .field = rule->field, .level = level };
    }
    if (rule->extra < MAX_PARTS)
        w->joined[i].part[rule->extra] = w->m->binary ? keep(w->m, wu_slice_trim(value->text))
                                                      : wu_slice_trim(value->text);
    if (!value->length) /* an empty part has no place */
        return;
    if (!w->joined[i].to)
        w->joined[i].from = value->offset;
    w->joined[i].to = value->offset + value->length;
}

/* Puts the versions together whose elements end at this level. */
static void
end_parts(walk *w, unsigned level, uint8_t depth)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < w->n_joined; i++) {
        joined *j = &w->joined[i];
        char text[96];
        size_t n = 0;

        if (j->level != level) {
            w->joined[kept++] = *j;
            continue;
        }
        for (unsigned k = 0; k < MAX_PARTS && j->part[k].p && n < sizeof text; k++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", k ? "." : "",
                                  (int)(j->part[k].n < 16 ? j->part[k].n : 16), (const char *)j->part[k].p);
        wu_item *item = add_item(w, j->field, depth, j->from, j->to - j->from);
        if (item) {
            item->text = keep(w->m, wu_slice_of(text, n < sizeof text ? n : sizeof text - 1));
            item->form = WU_TEXT_ESCAPED;
            item->made = true;
        }
    }
    w->n_joined = kept;
}

/* ---- attribute lists: K=V;K=V ---- */

/* %XX stands for a byte. A slice without any stays as it is. */
static wu_slice
decode_percent(walk *w, wu_slice text)
{
    if (wu_slice_find_byte(text, 0, '%') == text.n)
        return text;
    GString *out = g_string_sized_new(text.n);
    for (size_t i = 0; i < text.n; i++) {
        int high = -1, low = -1;
        if (text.p[i] == '%' && i + 2 < text.n) {
            high = wu_hex_digit(text.p[i + 1]);
            low = wu_hex_digit(text.p[i + 2]);
        }
        bool coded = high >= 0 && low >= 0;
        g_string_append_c(out, coded ? (char)(high << 4 | low) : (char)text.p[i]);
        i += coded ? 2 : 0;
    }
    wu_slice kept = keep(w->m, wu_slice_of(out->str, out->len));
    g_string_free(out, TRUE);
    return kept;
}

static void
add_pair(walk *w, uint8_t depth, const open_element *e, wu_slice pair, size_t at)
{
    size_t equals = wu_slice_find_byte(pair, 0, '=');
    wu_part value = { .text = wu_slice_from(pair, equals + 1), .form = e->text.form };
    const wu_rule *rule = wu_rule_find(WU_SORT_KEY, wu_slice_of(pair.p, equals), (wu_slice){ NULL, 0 }, e->name);
    bool in_document = e->text.length == e->text.text.n && !w->m->binary;
    wu_part whole = { .text = pair, .form = e->text.form, .offset = e->text.offset + (in_document ? at : 0),
                      .length = in_document ? pair.n : e->text.length };

    value.offset = whole.offset;
    value.length = whole.length;
    if (wu_slice_begins_nocase(e->text.text, "E:")) { /* the cloud's form: values are percent-encoded */
        value.text = decode_percent(w, value.text);
        whole.text = decode_percent(w, whole.text);
    }
    if (rule && value.text.n)
        add_value(w, rule->field, depth, &value);
    else if (e->rule->extra)
        add_value(w, e->rule->extra - 1, depth, &whole);
    scan_text(w, depth, &value, WU_FOUND_TEXT);
}

/* The end of the pair that begins at `at`; *next is where the following one begins. WSUS separates with semicolons, the
 * cloud with ampersands, which stand as &amp; in the document. Other entities belong to the value. */
static size_t
pair_end(wu_slice text, size_t at, enum wu_text_form form, size_t *next)
{
    size_t i = at;

    while (i < text.n && text.p[i] != ';') {
        if (text.p[i] == '&') {
            size_t end = i + 1;
            while (end < text.n && end - i < 10 && text.p[end] != ';' && text.p[end] != '&' && text.p[end] != '=')
                end++;
            bool entity = form == WU_TEXT_ESCAPED && end < text.n && text.p[end] == ';';
            if (!entity || wu_slice_is(wu_slice_of(text.p + i, end - i), "&amp")) {
                *next = entity ? end + 1 : i + 1;
                return i;
            }
            i = end;
        }
        i++;
    }
    *next = i + 1;
    return i;
}

static void
add_pairs(walk *w, uint8_t depth, const open_element *e)
{
    wu_slice text = e->text.text;

    if (!text.n || !add_item(w, e->rule->field, depth, e->text.offset, e->text.length))
        return;
    for (size_t at = 0, end, next; at < text.n; at = next) {
        end = pair_end(text, at, e->text.form, &next);
        wu_slice pair = wu_slice_of(text.p + at, end - at);
        size_t skip = wu_slice_begins_nocase(pair, "E:") ? 2 : 0;
        if (wu_slice_find_byte(pair, 0, '=') < pair.n)
            add_pair(w, (uint8_t)(depth + 1), e, wu_slice_from(pair, skip), at + skip);
    }
}

/* ---- events ---- */

static void
end_event(walk *w, uint8_t depth, const wu_event *event)
{
    const wu_event_row *row = w->have_event_id ? wu_report_event(w->event_id) : NULL;
    wu_item *item = add_item(w, WU_F_EVENT_OUTCOME, depth, event->offset, event->length);

    if (item) {
        item->number = wu_report_outcome(row, w->have_result, w->event_result);
        item->made = true;
    }
    if (row && *wu_text(row->event_class) && (item = add_item(w, WU_F_EVENT_CLASS, depth, event->offset, event->length))) {
        item->text = wu_slice_text(wu_text(row->event_class));
        item->form = WU_TEXT_PLAIN;
        item->made = true;
    }
    w->in_event = false;
}

/* ---- elements below the operation ---- */

static void walk_fragment(walk *w, const wu_part *text, uint8_t depth);

/* Titles and files, which later messages refer to, are in the answers of GetExtendedUpdateInfo and its relatives. */
static bool
wants_fragments(const walk *w)
{
    return w->options->fragments == WU_FRAGMENTS_ALL ||
           (w->options->fragments == WU_FRAGMENTS_TITLES && wu_slice_begins_nocase(w->m->operation, "GetExtended"));
}

static uint8_t
depth_below(const walk *w)
{
    unsigned level = w->level < MAX_OPEN ? w->level : MAX_OPEN;
    return level ? w->open[level - 1].item_depth : w->root_depth;
}

static void
start_element(walk *w, const wu_event *event)
{
    open_element *parent = w->level && w->level <= MAX_OPEN ? &w->open[w->level - 1] : NULL;
    uint8_t depth = depth_below(w);

    if (parent)
        parent->children++;
    text_forget(&w->text);
    if (w->level++ >= MAX_OPEN)
        return;
    open_element *e = &w->open[w->level - 1];
    *e = (open_element){ .name = event->name, .item = G_MAXUINT, .item_depth = depth,
                         .skip = parent && parent->skip };
    if (e->skip)
        return;
    if (parent || w->root_rule)
        e->rule = wu_rule_find(WU_SORT_ELEMENT, event->name, parent ? parent->name : wu_slice_text("#fragment"),
                               (wu_slice){ NULL, 0 });
    if (!e->rule)
        return;
    switch (e->rule->kind) {
    case WU_RULE_EVENT:
        w->in_event = true;
        w->event_level = w->level;
        w->have_event_id = w->have_result = false;
        /* fall through */
    case WU_RULE_GROUP:
    case WU_RULE_COUNT:
        if (depth < UINT8_MAX && add_item(w, e->rule->field, depth, event->offset, event->length)) {
            e->item = w->m->items->len - 1;
            e->item_depth = (uint8_t)(depth + 1);
        }
        break;
    case WU_RULE_SKIP:
        e->skip = true;
        break;
    default:
        break;
    }
}

static void
attribute(walk *w, const wu_event *event)
{
    if (!w->level || w->level > MAX_OPEN)
        return;
    open_element *e = &w->open[w->level - 1];
    if (e->skip)
        return;
    wu_slice parent = w->level > 1 ? w->open[w->level - 2].name : wu_slice_text("#fragment");
    const wu_rule *rule = wu_rule_find(WU_SORT_ATTRIBUTE, event->name, parent, e->name);
    if (!rule)
        return;
    wu_part value = { .text = w->m->binary ? keep(w->m, event->value) : event->value, .form = event->form,
                      .offset = event->offset, .length = event->length };
    if (rule->kind == WU_RULE_PART)
        add_part(w, rule, &value, w->level);
    else
        add_value(w, rule->field, e->item_depth, &value);
}

static void
add_element_code(walk *w, const open_element *e, uint8_t depth)
{
    wu_code_found found = { .space = WU_AS_HRESULT, .offset = e->text.offset, .length = e->text.length,
                            .source = w->in_event ? WU_FOUND_REPORT : WU_FOUND_ELEMENT };

    if (!wu_slice_code(e->text.text, &found.code))
        return;
    if (w->in_event) {
        w->have_result = true;
        w->event_result = found.code;
    }
    add_code(w, depth, &found);
}

/* Text with a letter of meaning in front: MiscData "B=918944". */
static void
add_misc_meaning(walk *w, const open_element *e, uint8_t depth)
{
    const char *meaning = wu_misc_meaning(e->text.text);

    if (!*meaning)
        return;
    wu_item *item = add_item(w, e->rule->extra - 1, depth, e->text.offset, e->text.length);
    if (item) {
        item->text = wu_slice_text(meaning);
        item->form = WU_TEXT_PLAIN;
        item->made = true;
    }
}

static void
add_opaque(walk *w, const open_element *e, const wu_event *event, uint8_t depth)
{
    wu_item *item = add_item(w, e->rule->field, depth, e->text.length ? e->text.offset : event->offset, e->text.length);

    if (item)
        item->number = (uint32_t)(e->raw ? e->raw : wu_text_base64_length(e->text.text));
}

/* An element of a list that is only counted: its value is listed up to the limit. */
static void
add_listed(walk *w, const open_element *e)
{
    open_element *list = w->level >= 2 ? &w->open[w->level - 2] : NULL;

    if (!list || !list->rule || list->rule->kind != WU_RULE_COUNT || !list->rule->extra) {
        scan_text(w, e->item_depth, &e->text, w->in_event ? WU_FOUND_REPORT : WU_FOUND_TEXT);
        return;
    }
    if (e->text.text.n && list->listed++ < w->options->list_limit)
        add_value(w, list->rule->extra - 1, e->item_depth, &e->text);
}

static void
end_leaf(walk *w, open_element *e, const wu_event *event)
{
    uint8_t depth = e->item_depth;

    if (!e->rule) {
        if (names_code(e->name))
            add_element_code(w, e, depth);
        else
            add_listed(w, e);
        return;
    }
    switch (e->rule->kind) {
    case WU_RULE_VALUE:
        if (e->text.text.n)
            add_value(w, e->rule->field, depth, &e->text);
        if (e->rule->field == WU_F_EVENT_ID && w->in_event)
            w->have_event_id = wu_slice_code(e->text.text, &w->event_id);
        break;
    case WU_RULE_TEXT:
        if (!e->text.text.n)
            break;
        add_value(w, e->rule->field, depth, &e->text);
        if (e->rule->extra)
            add_misc_meaning(w, e, (uint8_t)(depth + 1));
        scan_text(w, (uint8_t)(depth + 1), &e->text, w->in_event ? WU_FOUND_REPORT : WU_FOUND_TEXT);
        break;
    case WU_RULE_CODE:
        add_element_code(w, e, depth);
        break;
    case WU_RULE_PART:
        add_part(w, e->rule, &e->text, w->level - 1);
        break;
    case WU_RULE_OPAQUE:
        add_opaque(w, e, event, depth);
        break;
    case WU_RULE_PAIRS:
        add_pairs(w, depth, e);
        break;
    case WU_RULE_FRAGMENT:
        if (w->source == WU_IN_BODY && wants_fragments(w))
            walk_fragment(w, &e->text, depth);
        break;
    default:
        break;
    }
}

static void
end_element(walk *w, const wu_event *event)
{
    if (!w->level)
        return;
    if (w->level <= MAX_OPEN) {
        open_element *e = &w->open[w->level - 1];
        if (!e->skip && !e->children) {
            e->raw = w->text.raw;
            e->text = text_take(w->m, &w->text);
            end_leaf(w, e, event);
        }
        text_forget(&w->text);
        if (e->item != G_MAXUINT && e->rule->kind == WU_RULE_COUNT)
            g_array_index(w->m->items, wu_item, e->item).number = e->children;
        if (e->item != G_MAXUINT) { /* the group covers its end tag as well */
            wu_item *item = &g_array_index(w->m->items, wu_item, e->item);
            item->length = (uint32_t)(w->base + event->offset + event->length - item->offset);
        }
        end_parts(w, w->level, e->item_depth);
        if (w->in_event && w->level == w->event_level)
            end_event(w, e->item_depth, event);
    }
    w->level--;
}

static void
walk_event(walk *w, const wu_event *event)
{
    switch (event->type) {
    case WU_EVENT_START:
        start_element(w, event);
        break;
    case WU_EVENT_ATTRIBUTE:
        attribute(w, event);
        break;
    case WU_EVENT_TEXT:
        if (w->level <= MAX_OPEN)
            text_add(w->m, &w->text, event);
        break;
    case WU_EVENT_END:
        end_element(w, event);
        break;
    case WU_EVENT_DONE:
        break;
    }
}

/* A document may end with elements open: their lists have counts nevertheless. */
static void
end_walk(walk *w)
{
    for (unsigned level = w->level < MAX_OPEN ? w->level : MAX_OPEN; level > 0; level--) {
        open_element *e = &w->open[level - 1];
        if (e->item != G_MAXUINT && e->rule->kind == WU_RULE_COUNT)
            g_array_index(w->m->items, wu_item, e->item).number = e->children;
        end_parts(w, level, e->item_depth);
    }
    text_forget(&w->text);
}

/* Update metadata: an XML text inside the XML text, escaped, with several roots. */
static void
walk_fragment(walk *w, const wu_part *text, uint8_t depth)
{
    wu_message *m = w->m;
    wu_xml_reader reader;
    wu_event event;

    if (!text->text.n || m->fragments->len + text->text.n + 1 > m->fragments_room)
        return; /* the room was made for all texts of the body: what does not fit is no text of it */
    if (!m->fragments->len) { /* all at once: items point into the buffer */
        g_byte_array_free(m->fragments, TRUE);
        m->fragments = g_byte_array_sized_new((guint)m->fragments_room);
    }
    guint start = m->fragments->len;
    wu_slice plain = wu_slice_of(m->fragments->data + start, text->text.n);
    if (text->form == WU_TEXT_ESCAPED)
        plain.n = wu_text_unescape(text->text, m->fragments->data + start);
    else
        memcpy(m->fragments->data + start, text->text.p, text->text.n);
    m->fragments->data[start + plain.n] = '\n';
    g_byte_array_set_size(m->fragments, start + (guint)plain.n + 1);

    walk inner = { .m = m, .options = w->options, .source = WU_IN_FRAGMENTS, .base = start, .root_depth = depth,
                   .root_rule = true };
    wu_xml_start(&reader, plain);
    for (wu_xml_next(&reader, &event); event.type != WU_EVENT_DONE; wu_xml_next(&reader, &event))
        walk_event(&inner, &event);
    end_walk(&inner);
    m->remarks |= reader.scope.remarks;
}

/* ---- envelope and fault ---- */

/* Where the texts of a fault go. Names are unique enough to be told apart by parent and element. */
enum fault_part {
    PART_CODE, PART_SUBCODE, PART_REASON, PART_ACTOR, PART_NODE, PART_ERROR_CODE, PART_MESSAGE, PART_ID, PART_METHOD,
    PART_EXCEPTION_TYPE, PART_EXCEPTION_MESSAGE, PART_EXCEPTION_STACK
};

static const struct {
    const char *parent, *name;
    enum fault_part part;
} fault_parts[] = {
    { "Fault", "faultcode", PART_CODE },
    { "Code", "Value", PART_CODE },
    { "Subcode", "Value", PART_SUBCODE },
    { "Fault", "faultstring", PART_REASON },
    { "Reason", "Text", PART_REASON },
    { "Fault", "faultactor", PART_ACTOR },
    { "Fault", "Role", PART_ACTOR },
    { "Fault", "Node", PART_NODE },
    { "detail", "ErrorCode", PART_ERROR_CODE },
    { "detail", "Message", PART_MESSAGE },
    { "detail", "ID", PART_ID },
    { "detail", "Method", PART_METHOD },
    { "ExceptionDetail", "Type", PART_EXCEPTION_TYPE },
    { "ExceptionDetail", "Message", PART_EXCEPTION_MESSAGE },
    { "ExceptionDetail", "StackTrace", PART_EXCEPTION_STACK },
    { "InnerException", "Type", PART_EXCEPTION_TYPE },
    { "InnerException", "Message", PART_EXCEPTION_MESSAGE },
    { "InnerException", "StackTrace", PART_EXCEPTION_STACK },
};

/* An open element of the envelope. */
typedef struct {
    wu_slice name;
    wu_part text, language;
    unsigned children, exception;
    bool counted; /* it began the exception of that number */
} envelope_element;

#define MAX_ENVELOPE 32u /* levels of envelope and fault that are told apart */

typedef struct {
    wu_message *m;
    wu_reader *reader;
    gathered text;
    envelope_element open[MAX_ENVELOPE];
    unsigned level;
    bool in_header, in_body, in_fault;
} envelope;

static enum wu_soap_version
soap_version(wu_slice name_space)
{
    if (wu_slice_is(name_space, "http://schemas.xmlsoap.org/soap/envelope/"))
        return WU_SOAP_1_1;
    if (wu_slice_is(name_space, "http://www.w3.org/2003/05/soap-envelope"))
        return WU_SOAP_1_2;
    return WU_SOAP_NONE;
}

/* The detail element is spelt in both cases: "detail" by SOAP 1.1, "Detail" by 1.2 and by [MS-WSUSSS]. */
static bool
parent_is(const envelope *v, const char *parent)
{
    wu_slice name = v->open[v->level - 2].name;
    return wu_slice_is(name, parent) || (!strcmp(parent, "detail") && wu_slice_is(name, "Detail"));
}

static void
fault_code(wu_message *m, const wu_code_found *found)
{
    wu_fault *f = &m->fault;

    for (unsigned i = 0; i < f->codes; i++)
        if (f->found[i].code == found->code && f->found[i].space == found->space)
            return;
    if (f->codes < WU_MAX_FAULT_CODES)
        f->found[f->codes++] = *found;
    else
        m->remarks |= WU_MESSAGE_CODES;
}

static void
scan_fault_text(wu_message *m, const wu_part *value, bool is_code)
{
    wu_code_found found = { .space = WU_AS_HRESULT, .source = WU_FOUND_SOAP_FAULT, .offset = value->offset,
                            .length = value->length };
    wu_finder finder;
    wu_found hit;

    if (is_code) {
        if (wu_slice_code(value->text, &found.code))
            fault_code(m, &found);
        return;
    }
    if (is_opaque(value->text))
        return;
    wu_finder_start(&finder, wu_slice_of(value->text.p, value->text.n < MAX_SCAN ? value->text.n : MAX_SCAN));
    while (wu_finder_next(&finder, &hit)) {
        bool in_document = !m->binary && value->length == value->text.n;
        found = (wu_code_found){ hit.code, hit.space, WU_FOUND_SOAP_FAULT, value->offset, value->length };
        if (in_document) {
            found.offset += hit.offset;
            found.length = hit.length;
        }
        fault_code(m, &found);
    }
}

static void
store_part(envelope *v, enum fault_part part, const envelope_element *e)
{
    wu_fault *f = &v->m->fault;
    unsigned exception = v->open[v->level - 2].exception;

    switch (part) {
    case PART_CODE:
        f->code = e->text;
        break;
    case PART_SUBCODE:
        if (f->subcodes < WU_MAX_SUBCODES)
            f->subcode[f->subcodes++] = e->text;
        break;
    case PART_REASON:
        if (f->reasons < WU_MAX_REASONS) {
            f->language[f->reasons] = e->language;
            f->reason[f->reasons++] = e->text;
        }
        break;
    case PART_ACTOR:
        f->actor = e->text;
        break;
    case PART_NODE:
        f->node = e->text;
        break;
    case PART_ERROR_CODE:
        f->error_code = e->text;
        break;
    case PART_MESSAGE:
        f->message = e->text;
        break;
    case PART_ID:
        f->id = e->text;
        break;
    case PART_METHOD:
        f->method = e->text;
        break;
    case PART_EXCEPTION_TYPE:
        f->exception[exception].type = e->text;
        break;
    case PART_EXCEPTION_MESSAGE:
        f->exception[exception].message = e->text;
        break;
    case PART_EXCEPTION_STACK:
        f->exception[exception].stack = e->text;
        break;
    }
}

static void
end_fault_element(envelope *v)
{
    const envelope_element *e = &v->open[v->level - 1];
    wu_fault *f = &v->m->fault;
    bool stored = false;

    if (!e->children && !e->text.text.p && e->counted && f->exceptions == e->exception + 1 &&
        !f->exception[e->exception].type.text.p && !f->exception[e->exception].message.text.p)
        f->exceptions--; /* an empty one says that there is none */
    if (e->children || !e->text.text.p)
        return;
    for (unsigned i = 0; i < sizeof fault_parts / sizeof *fault_parts; i++)
        if (wu_slice_is(e->name, fault_parts[i].name) && parent_is(v, fault_parts[i].parent)) {
            store_part(v, fault_parts[i].part, e);
            stored = true;
            if (fault_parts[i].part == PART_ID || fault_parts[i].part == PART_METHOD)
                return; /* identifiers hold no codes */
            break;
        }
    scan_fault_text(v->m, &e->text, !stored && names_code(e->name));
}

/* A reason that the end of the document cuts off is worth showing, and codes in its whole words too. */
static void
end_cut_text(envelope *v)
{
    envelope_element *e = v->level && v->level <= MAX_ENVELOPE ? &v->open[v->level - 1] : NULL;

    if (!e || e->children || v->level < 4 || !v->text.part.text.p)
        return;
    e->text = text_take(v->m, &v->text);
    if (!(wu_slice_is(e->name, "faultstring") && parent_is(v, "Fault")) &&
        !(wu_slice_is(e->name, "Text") && parent_is(v, "Reason")))
        return;
    store_part(v, PART_REASON, e);
    wu_part whole = e->text;
    while (whole.text.n && !wu_is_space(whole.text.p[whole.text.n - 1]))
        whole.text.n--;
    if (e->text.length == e->text.text.n)
        whole.length = whole.text.n;
    scan_fault_text(v->m, &whole, false);
}

/* Exceptions are numbered from the outermost to the innermost; the innermost beyond the limit overwrite each other. */
static void
start_exception(envelope *v, envelope_element *e)
{
    wu_fault *f = &v->m->fault;

    e->exception = v->open[v->level - 2].exception;
    if (wu_slice_is(e->name, "ExceptionDetail") || wu_slice_is(e->name, "InnerException") ||
        (wu_slice_is(e->name, "Exception") && parent_is(v, "detail"))) {
        e->counted = f->exceptions < WU_MAX_EXCEPTIONS;
        f->exceptions += e->counted;
        e->exception = f->exceptions - 1;
    }
}

static void
end_header_element(envelope *v)
{
    const envelope_element *e = &v->open[v->level - 1];
    wu_message *m = v->m;

    if (e->children || !e->text.text.p || v->level != 3)
        return;
    if (wu_slice_is(e->name, "Action"))
        m->action = e->text;
    else if (wu_slice_is(e->name, "MessageID"))
        m->message_id = e->text;
    else if (wu_slice_is(e->name, "RelatesTo"))
        m->relates_to = e->text;
    else if (wu_slice_is(e->name, "To"))
        m->to = e->text;
}

/* The first element of the body: the operation, or a fault. */
static void
start_body_child(envelope *v, const wu_event *event)
{
    wu_message *m = v->m;
    wu_slice name_space = wu_scope_namespace(wu_reader_scope(v->reader), event->prefix);

    if (m->operation.p)
        return;
    m->operation = m->binary ? keep(m, event->name) : event->name;
    m->operation_namespace = m->binary && name_space.n ? keep(m, name_space) : name_space;
    m->operation_offset = event->offset;
    m->operation_length = event->length;
    if (wu_slice_is(event->name, "Fault") && (soap_version(name_space) != WU_SOAP_NONE || !name_space.n)) {
        m->is_fault = true;
        m->fault.offset = event->offset;
        m->fault.length = event->length;
        v->in_fault = true;
    }
}

/* Elements of the envelope itself and of faults. False when the document is no SOAP envelope. */
static bool
start_envelope_element(envelope *v, const wu_event *event)
{
    if (v->level && v->level <= MAX_ENVELOPE)
        v->open[v->level - 1].children++;
    text_forget(&v->text);
    if (v->level++ >= MAX_ENVELOPE)
        return true;
    envelope_element *e = &v->open[v->level - 1];
    *e = (envelope_element){ .name = event->name };

    if (v->level == 1) {
        v->m->version = soap_version(wu_scope_namespace(wu_reader_scope(v->reader), event->prefix));
        return wu_slice_is(event->name, "Envelope") && v->m->version != WU_SOAP_NONE;
    }
    if (v->level == 2) {
        v->in_header = wu_slice_is(event->name, "Header");
        v->in_body = wu_slice_is(event->name, "Body");
    } else if (v->in_fault && v->level > 3) {
        start_exception(v, e);
    }
    return true;
}

static void
envelope_attribute(envelope *v, const wu_event *event)
{
    envelope_element *e = v->level && v->level <= MAX_ENVELOPE ? &v->open[v->level - 1] : NULL;
    wu_part value = { .form = event->form, .offset = event->offset, .length = event->length };

    if (!e || !v->in_fault)
        return;
    value.text = v->m->binary ? keep(v->m, event->value) : event->value;
    if (wu_slice_is(event->name, "lang"))
        e->language = value;
    if (!wu_slice_is(e->name, "Exception") || v->level < 5 || !parent_is(v, "detail"))
        return;
    if (wu_slice_is(event->name, "Type"))
        v->m->fault.exception[e->exception].type = value;
    else if (wu_slice_is(event->name, "Message"))
        v->m->fault.exception[e->exception].message = value;
    else
        return;
    scan_fault_text(v->m, &value, false);
}

static void
end_envelope_element(envelope *v, const wu_event *event)
{
    if (v->level <= MAX_ENVELOPE) {
        v->open[v->level - 1].text = text_take(v->m, &v->text);
        if (v->in_fault && v->level > 3)
            end_fault_element(v);
        else if (v->in_header)
            end_header_element(v);
        if (v->level == 3 && v->in_fault) {
            v->m->fault.length = event->offset + event->length - v->m->fault.offset;
            v->in_fault = false;
        }
    }
    v->level--;
}

static void
envelope_event(envelope *v, const wu_event *event)
{
    switch (event->type) {
    case WU_EVENT_ATTRIBUTE:
        envelope_attribute(v, event);
        break;
    case WU_EVENT_TEXT:
        if (v->level && v->level <= MAX_ENVELOPE && (v->in_fault || v->in_header))
            text_add(v->m, &v->text, event);
        break;
    case WU_EVENT_END:
        end_envelope_element(v, event);
        break;
    default:
        break;
    }
}

/* What the tables describe: the operation, and in headers the tickets of users and devices. */
static bool
is_described(const envelope *v, const wu_event *event, bool fields, bool *root_rule)
{
    *root_rule = fields && v->in_header && wu_slice_is(event->name, "TicketType");
    return *root_rule || (v->in_body && v->level == 2 && !v->m->is_fault);
}

static void
read_envelope(envelope *v, const wu_message_options *options)
{
    wu_message *m = v->m;
    walk *fields = NULL; /* while inside something that the tables describe */
    wu_event event;
    bool root_rule;

    for (wu_reader_next(v->reader, &event); event.type != WU_EVENT_DONE; wu_reader_next(v->reader, &event)) {
        if (fields) {
            walk_event(fields, &event);
            if (!fields->level) {
                g_free(fields);
                fields = NULL;
            }
            continue;
        }
        if (event.type != WU_EVENT_START) {
            envelope_event(v, &event);
            if (event.type == WU_EVENT_END && !v->level)
                break; /* nothing behind the envelope belongs to it */
            continue;
        }
        if (v->in_body && v->level == 2)
            start_body_child(v, &event);
        if (is_described(v, &event, options->fields, &root_rule)) {
            if (!options->fields && v->in_body)
                break; /* the operation is known, and nothing else is wanted */
            fields = g_new0(walk, 1);
            fields->m = m;
            fields->options = options;
            fields->root_rule = root_rule;
            walk_event(fields, &event);
        } else if (!start_envelope_element(v, &event)) {
            m->version = WU_SOAP_NONE;
            break;
        }
    }
    if (fields) {
        end_walk(fields);
        g_free(fields);
    }
    if (v->in_fault) { /* cut off inside the fault */
        m->fault.length = event.offset - m->fault.offset;
        end_cut_text(v);
    }
    text_forget(&v->text);
}

void
wu_message_read(wu_message *m, wu_slice body, const wu_message_options *options)
{
    wu_reader reader;
    envelope v = { .m = m, .reader = &reader };

    memset(m, 0, sizeof *m);
    m->binary = options->binary;
    m->items = g_array_new(FALSE, FALSE, sizeof(wu_item));
    if (!m->binary)
        m->charset = wu_text_charset(body);
    if (options->fields && options->fragments != WU_FRAGMENTS_NONE) {
        /* a fragment is never longer than its escaped form, and each has tags around it for the line feed behind it;
         * a binary document may hold it in UTF-16, whose UTF-8 form is at most three halves as long */
        m->fragments_room = m->binary ? body.n * 2 : body.n;
        m->fragments = g_byte_array_new();
    }
    wu_reader_start(&reader, body, options->binary, options->session);
    read_envelope(&v, options);
    m->remarks |= wu_reader_scope(&reader)->remarks;
    wu_reader_finish(&reader);
}

void
wu_message_free(wu_message *m)
{
    if (m->items)
        g_array_free(m->items, TRUE);
    if (m->fragments)
        g_byte_array_free(m->fragments, TRUE);
    if (m->pool)
        g_string_chunk_free(m->pool);
    m->items = NULL;
    m->fragments = NULL;
    m->pool = NULL;
}

wu_slice
wu_message_operation(wu_slice element, bool *response)
{
    *response = element.n > 8 && wu_slice_ends_nocase(element, "Response");
    return *response ? wu_slice_of(element.p, element.n - 8) : element;
}

/* By the reader itself, so that both agree on what the root element is. */
static bool
root_is_envelope(wu_slice body)
{
    wu_xml_reader reader;
    wu_event event;

    wu_xml_start(&reader, body);
    do
        wu_xml_next(&reader, &event);
    while (event.type != WU_EVENT_START && event.type != WU_EVENT_DONE);
    return event.type == WU_EVENT_START && wu_slice_is(event.name, "Envelope");
}

bool
wu_message_worth_reading(wu_slice body)
{
    return root_is_envelope(body) &&
           (wu_slice_find(body, 0, "/SoftwareDistribution") < body.n || wu_slice_find(body, 0, "Fault") < body.n);
}
