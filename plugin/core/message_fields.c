/* message_fields.c
 * Long because the kinds of rules of tables/elements.tsv share the state of one walk over the document.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "message_fields.h"

#include <stdio.h>

#include "code_finder.h"
#include "message_text.h"
#include "wusp.h"
#include "xml_reader.h"

#define MAX_OPEN   64u /* element levels whose rules are kept */
#define MAX_PARTS  6u  /* numbers of one version */
#define MAX_JOINED 4u  /* versions that are put together at a time */
#define MAX_NAMES  16u /* names of elements around others that are told apart by number */
#define MAX_KNOWN  32u /* elements that are known when they come again */
#define MAX_TEXTS  4u  /* that such an element has in turn */
#define MAX_RUNS   4u  /* of such elements, that begin with the same */

/* An open element. */
typedef struct {
    wu_slice name;
    const wu_rule *rule;
    unsigned children;     /* element children */
    guint item;            /* of a group or count, else G_MAXUINT */
    uint8_t item_depth;    /* of items below it */
    bool skip;
    unsigned listed;
    unsigned number;       /* of the name, see number_of_name() */
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

/* Elements one behind the other that hold nothing but text, and what they were made into. They may come again as they are. */
typedef struct {
    wu_slice text;
    unsigned leaves, last; /* how many they are, and which of those known is the last */
    guint item, items;     /* the first item, and how many */
    uint8_t item_depth;
} leaf_run;

/* An element whose start tag has no attributes. Documents repeat themselves: what came behind it will do so again. */
typedef struct {
    wu_xml_plain plain; /* as it was read first */
    unsigned parent;    /* number of the name of the element around it */
    unsigned number;    /* of its own name, 0: not known */
    unsigned next;      /* the one that began behind it the last time */
    const wu_rule *rule;
    unsigned texts;            /* beyond MAX_TEXTS: it varies too much to be in a run */
    unsigned runs;             /* MAX_RUNS of them are kept */
    wu_slice text[MAX_TEXTS];
    leaf_run run[MAX_RUNS];    /* that begin with it */
} known_element;

typedef struct {
    wu_message *m;
    const wu_message_options *options;
    enum wu_item_source source;
    size_t base;              /* added to the offsets of the reader */
    uint8_t root_depth;       /* of items that no open element groups */
    bool root_rule;           /* the tables may name the outermost element too; an operation they do not */
    wu_gathered text;
    unsigned level;           /* open elements; those beyond MAX_OPEN have no entry */
    unsigned n_joined;
    bool in_event;            /* inside a ReportingEvent: */
    unsigned event_level;
    bool have_event_id, have_result;
    uint32_t event_id, event_result;
    unsigned names, unnumbered;
    unsigned n_known, last_known, oldest_known; /* in known, of which the first begins empty */
    known_element *run_first; /* with which the run begins that is being read, NULL: none */
    leaf_run run;
    known_element known[MAX_KNOWN];
    wu_slice name[MAX_NAMES];
    joined joined[MAX_JOINED];
    open_element open[MAX_OPEN];
} walk; /* from known on nothing is read before it is written: a walk begins without clearing it */

static void
begin_walk(walk *w, wu_message *m, const wu_message_options *options, bool root_rule)
{
    memset(w, 0, offsetof(walk, known));
    memset(&w->known[0], 0, offsetof(known_element, text));
    w->m = m;
    w->options = options;
    w->root_rule = root_rule;
}

/* ---- items ---- */

/* The array may be longer than it says: that saves a call for each item. */
static void
grow_items(wu_message *m, guint least)
{
    m->items_room = m->items_room ? m->items_room * 2 : 32;
    if (m->items_room < least)
        m->items_room = least;
    g_array_set_size(m->items, m->items_room);
}

static wu_item *
add_item(walk *w, unsigned field, uint8_t depth, size_t offset, size_t length)
{
    wu_message *m = w->m;
    guint n = m->items->len;

    if (n >= WU_MAX_ITEMS) {
        m->remarks |= WU_MESSAGE_ITEMS;
        return NULL;
    }
    if (n == m->items_room)
        grow_items(m, n + 1);
    m->items->len = n + 1;
    if (field < WU_N_FIELDS)
        wu_message_note(m, field, n);
    else
        m->has_codes = true;
    wu_item *item = &g_array_index(m->items, wu_item, n);
    *item = (wu_item){ .field = (uint16_t)field, .depth = depth, .source = (uint8_t)w->source,
                       .offset = (uint32_t)(w->base + offset), .length = (uint32_t)length };
    return item;
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

static void
scan_text(walk *w, uint8_t depth, wu_slice owner, wu_slice name, const wu_part *value)
{
    enum wu_code_source source = w->in_event ? WU_FOUND_REPORT : WU_FOUND_TEXT;
    wu_value_finder finder;
    wu_found hit;

    if (!wu_may_hold_code(value->text))
        return;
    wu_value_finder_start(&finder, owner, name, value->text);
    while (wu_value_finder_next(&finder, &hit)) {
        wu_code_found found = { hit.code, hit.space, source, value->offset, value->length };
        if (value->length == value->text.n && !w->m->binary) { /* the text stands in the document: point into it */
            found.offset += hit.offset;
            found.length = hit.length;
        }
        add_code(w, depth, &found);
    }
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
        w->joined[i].part[rule->extra] = w->m->binary ? wu_message_keep(w->m, wu_slice_trim(value->text))
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
        const joined *j = &w->joined[i];
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
            item->text = wu_message_keep(w->m, wu_slice_of(text, n < sizeof text ? n : sizeof text - 1));
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
    wu_slice kept = wu_message_keep(w->m, wu_slice_of(out->str, out->len));
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
    scan_text(w, depth, (wu_slice){ NULL, 0 }, wu_slice_of(pair.p, equals), &value);
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

/* The rule of an element that begins below `parent`, or NULL. */
static const wu_rule *
element_rule(const walk *w, wu_slice name, const open_element *parent)
{
    if (parent ? parent->skip : !w->root_rule)
        return NULL;
    return wu_rule_find(WU_SORT_ELEMENT, name, parent ? parent->name : wu_slice_text("#fragment"), (wu_slice){ NULL, 0 });
}

static open_element *
innermost(walk *w)
{
    return w->level && w->level <= MAX_OPEN ? &w->open[w->level - 1] : NULL;
}

/* A number from 1 on that only elements of this name have; beyond MAX_NAMES no other element has it. */
static unsigned
number_of_name(walk *w, wu_slice name)
{
    for (unsigned i = 0; i < w->names; i++)
        if (w->name[i].n == name.n && !memcmp(w->name[i].p, name.p, name.n))
            return i + 1;
    if (w->names == MAX_NAMES)
        return MAX_NAMES + ++w->unnumbered;
    w->name[w->names++] = name;
    return w->names;
}

/* False where so many are open that nothing is done with it. */
static bool
push_element(walk *w, wu_slice name)
{
    open_element *parent = innermost(w);
    uint8_t depth = depth_below(w);

    if (parent)
        parent->children++;
    wu_gathered_forget(&w->text);
    if (w->level++ >= MAX_OPEN)
        return false;
    w->open[w->level - 1] = (open_element){ .name = name, .item = G_MAXUINT, .item_depth = depth, .skip = parent && parent->skip };
    return true;
}

/* What the rule of the innermost element, whose start tag is there, asks for. */
static void
apply_rule(walk *w, size_t offset, size_t length)
{
    open_element *e = &w->open[w->level - 1];
    uint8_t depth = e->item_depth;

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
        if (depth < UINT8_MAX && add_item(w, e->rule->field, depth, offset, length)) {
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
start_element(walk *w, const wu_event *event)
{
    const open_element *parent = innermost(w);

    if (!push_element(w, event->name))
        return;
    open_element *e = &w->open[w->level - 1];
    if (!w->m->binary) /* its names are gone with the event */
        e->number = number_of_name(w, event->name);
    e->rule = element_rule(w, event->name, parent);
    apply_rule(w, event->offset, event->length);
}

static void
attribute(walk *w, const wu_event *event)
{
    if (!w->level || w->level > MAX_OPEN)
        return;
    const open_element *e = &w->open[w->level - 1];
    if (e->skip)
        return;
    wu_slice parent = w->level > 1 ? w->open[w->level - 2].name : wu_slice_text("#fragment");
    const wu_rule *rule = wu_rule_find(WU_SORT_ATTRIBUTE, event->name, parent, e->name);
    if (!rule && w->source != WU_IN_BODY) /* update metadata has many, and no codes */
        return;
    wu_part value = { .text = w->m->binary ? wu_message_keep(w->m, event->value) : event->value, .form = event->form,
                      .offset = event->offset, .length = event->length };
    if (!rule)
        scan_text(w, e->item_depth, e->name, event->name, &value);
    else if (rule->kind == WU_RULE_PART)
        add_part(w, rule, &value, w->level);
    else
        add_value(w, rule->field, e->item_depth, &value);
}

/* False when the element holds no number that is a code. */
static bool
add_element_code(walk *w, const open_element *e, uint8_t depth)
{
    wu_code_found found = { .space = WU_AS_HRESULT, .offset = e->text.offset, .length = e->text.length,
                            .source = w->in_event ? WU_FOUND_REPORT : WU_FOUND_ELEMENT };

    if (!wu_code_of_element(e->name, e->text.text, &found.code))
        return false;
    if (w->in_event) {
        w->have_result = true;
        w->event_result = found.code;
    }
    add_code(w, depth, &found);
    return true;
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
add_opaque(walk *w, const open_element *e, size_t end, uint8_t depth)
{
    wu_item *item = add_item(w, e->rule->field, depth, e->text.length ? e->text.offset : end, e->text.length);

    if (item)
        item->number = (uint32_t)(e->raw ? e->raw : wu_text_base64_length(e->text.text));
}

/* An element of a list that is only counted: its value is listed up to the limit. */
static void
add_listed(walk *w, const open_element *e)
{
    open_element *list = w->level >= 2 ? &w->open[w->level - 2] : NULL;

    if (!list || !list->rule || list->rule->kind != WU_RULE_COUNT || !list->rule->extra) {
        scan_text(w, e->item_depth, (wu_slice){ NULL, 0 }, e->name, &e->text);
        return;
    }
    if (e->text.text.n && list->listed++ < w->options->list_limit)
        add_value(w, list->rule->extra - 1, e->item_depth, &e->text);
}

/* An element without others in it, whose end tag is at `end`. */
static void
end_leaf(walk *w, open_element *e, size_t end)
{
    uint8_t depth = e->item_depth;

    if (!e->rule) {
        if (!add_element_code(w, e, depth))
            add_listed(w, e);
        return;
    }
    switch (e->rule->kind) {
    case WU_RULE_DRAWN:
        if (e->text.text.n && w->options->drawn)
            add_value(w, e->rule->field, depth, &e->text);
        break;
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
        scan_text(w, (uint8_t)(depth + 1), (wu_slice){ NULL, 0 }, e->name, &e->text);
        break;
    case WU_RULE_CODE:
        add_element_code(w, e, depth);
        break;
    case WU_RULE_PART:
        add_part(w, e->rule, &e->text, w->level - 1);
        break;
    case WU_RULE_OPAQUE:
        add_opaque(w, e, end, depth);
        break;
    case WU_RULE_PAIRS:
        add_pairs(w, depth, e);
        break;
    case WU_RULE_FRAGMENT:
        w->m->has_metadata |= e->text.text.n > 0;
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
            e->text = wu_gathered_take(&w->text, w->m);
            end_leaf(w, e, event->offset);
        }
        wu_gathered_forget(&w->text);
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
            wu_gathered_add(&w->text, w->m, event);
        break;
    case WU_EVENT_END:
        end_element(w, event);
        break;
    case WU_EVENT_DONE:
        break;
    }
}

static bool
opens_something(const wu_rule *rule)
{
    return rule->kind == WU_RULE_EVENT || rule->kind == WU_RULE_GROUP || rule->kind == WU_RULE_COUNT || rule->kind == WU_RULE_SKIP;
}

static void
walk_leaf_by_events(walk *w, const wu_xml_plain *leaf)
{
    size_t at = leaf->offset + leaf->tag.n;
    wu_event event = { .type = WU_EVENT_START, .name = leaf->name, .offset = leaf->offset, .length = leaf->tag.n };

    start_element(w, &event);
    event = (wu_event){ .type = WU_EVENT_TEXT, .value = leaf->text, .offset = at, .length = leaf->text.n };
    if (leaf->text.n)
        wu_gathered_add(&w->text, w->m, &event);
    event = (wu_event){ .type = WU_EVENT_END, .name = leaf->name, .offset = at + leaf->text.n, .length = leaf->tag.n + 1 };
    end_element(w, &event);
}

/* Does what walk_event() does with the events of such an element: most of a document consists of them. */
static void
walk_leaf(walk *w, const wu_xml_plain *leaf, open_element *parent, const wu_rule *rule)
{
    size_t at = leaf->offset + leaf->tag.n;

    if (w->level < MAX_OPEN && rule && opens_something(rule)) {
        walk_leaf_by_events(w, leaf);
        return;
    }
    wu_gathered_forget(&w->text);
    if (parent) {
        parent->children++;
        if (parent->skip)
            return;
    }
    if (w->level >= MAX_OPEN) /* too deep to have an entry: nothing is done with it */
        return;
    if (rule && rule->kind == WU_RULE_DRAWN && !w->options->drawn)
        return;
    wu_part text = { .text = { NULL, 0 } };
    if (leaf->text.n)
        text = (wu_part){ .text = leaf->text, .form = WU_TEXT_ESCAPED, .offset = at, .length = leaf->text.n };
    if (rule && rule->kind == WU_RULE_VALUE && rule->field != WU_F_EVENT_ID) {
        if (text.text.n)
            add_value(w, rule->field, depth_below(w), &text);
        return;
    }
    open_element *e = &w->open[w->level];
    *e = (open_element){ .name = leaf->name, .rule = rule, .item = G_MAXUINT, .item_depth = depth_below(w), .text = text };
    w->level++;
    end_leaf(w, e, at + leaf->text.n);
    w->level--;
}

/* Looks up what is to be done with an element that was not expected, and expects it the next time behind the last one. */
static known_element *
know_element(walk *w, const wu_xml_plain *plain, const open_element *parent)
{
    unsigned place = 0, number = parent ? parent->number : 0;

    for (; place < w->n_known; place++) {
        const known_element *known = &w->known[place];
        if (known->parent == number && wu_slice_equal(known->plain.tag, plain->tag))
            break;
    }
    if (place == w->n_known) { /* the oldest makes room */
        place = w->n_known < MAX_KNOWN ? w->n_known++ : w->oldest_known++ % MAX_KNOWN;
        known_element *known = &w->known[place];
        if (w->run_first == known)
            w->run_first = NULL;
        known->plain = *plain;
        known->parent = number;
        known->number = 0;
        known->next = place;
        known->rule = element_rule(w, plain->name, parent);
        known->texts = known->runs = 0;
    }
    w->known[w->last_known].next = place;
    return &w->known[place];
}

/* Whether the element has one of a few texts. */
static bool
has_known_text(known_element *known, wu_slice text)
{
    for (unsigned i = 0; i < known->texts && i < MAX_TEXTS; i++)
        if (wu_slice_equal(known->text[i], text))
            return true;
    if (known->texts++ == MAX_TEXTS) { /* runs that begin with it will not come again */
        known->runs = 0;
        return false;
    }
    known->text[known->texts - 1] = text;
    return true;
}

/* Whether an element with the same text is made into the same wherever it stands below a parent of that name. */
static bool
can_repeat(known_element *known, wu_slice text, const open_element *parent, bool has_items)
{
    if (known->texts > MAX_TEXTS)
        return false;
    if (known->rule)
        return (known->rule->kind == WU_RULE_DRAWN || (known->rule->kind == WU_RULE_VALUE && known->rule->field != WU_F_EVENT_ID)) &&
               has_known_text(known, text);
    /* members of a list are counted */
    return !has_items && !(parent->rule && parent->rule->kind == WU_RULE_COUNT) && has_known_text(known, text);
}

/* Remembers the run that is over. */
static void
end_run(walk *w)
{
    if (w->run_first)
        w->run_first->run[w->run_first->runs++ % MAX_RUNS] = w->run;
    w->run_first = NULL;
}

/* Takes a leaf that was walked into the run, or ends the run before it. `item`: items there were before the leaf. */
static void
add_to_run(walk *w, known_element *known, const wu_xml_plain *leaf, const open_element *parent, guint item)
{
    guint items = w->m->items->len - item;

    if (!can_repeat(known, leaf->text, parent, items > 0)) {
        end_run(w);
        return;
    }
    if (!w->run_first) {
        w->run_first = known;
        w->run = (leaf_run){ .text = wu_slice_of(leaf->tag.p, 0), .item = item, .item_depth = depth_below(w) };
    }
    w->run.text.n += leaf->text.n + 2 * leaf->tag.n + 1;
    w->run.leaves++;
    w->run.last = w->last_known;
    w->run.items += items;
}

static void
repeat_items(walk *w, const leaf_run *run, size_t further)
{
    wu_message *m = w->m;
    guint n = m->items->len;

    if (!run->items) /* there may be no array yet */
        return;
    if (n + run->items > m->items_room)
        grow_items(m, n + run->items);
    const wu_item *from = &g_array_index(m->items, wu_item, run->item);
    wu_item *to = &g_array_index(m->items, wu_item, n);
    for (guint i = 0; i < run->items; i++) {
        to[i] = from[i];
        to[i].offset += (uint32_t)further;
        to[i].text.p += further;
        m->last[to[i].field] = n + i; /* there is one before */
    }
    m->items->len = n + run->items;
}

/* Does what walk_leaf() did with a run of elements, if it stands here again, byte by byte. */
static bool
repeat_run(walk *w, wu_xml_reader *document, const leaf_run *run, open_element *parent)
{
    if (run->item_depth != depth_below(w) || w->m->items->len + run->items > WU_MAX_ITEMS || !wu_xml_skip(document, run->text))
        return false;
    wu_gathered_forget(&w->text);
    repeat_items(w, run, (size_t)(document->text.p + document->position - run->text.n - run->text.p));
    parent->children += run->leaves;
    w->last_known = run->last;
    if (w->run_first) { /* both are one */
        w->run.text.n += run->text.n;
        w->run.leaves += run->leaves;
        w->run.last = run->last;
        w->run.items += run->items;
    }
    return true;
}

static bool
repeat_a_run(walk *w, wu_xml_reader *document, const known_element *known, open_element *parent)
{
    if (known->parent == parent->number)
        for (unsigned i = 0; i < known->runs && i < MAX_RUNS; i++)
            if (repeat_run(w, document, &known->run[i], parent))
                return true;
    return false;
}

/* Does what start_element() does. */
static void
open_known(walk *w, known_element *known, const wu_xml_plain *plain)
{
    if (!push_element(w, plain->name))
        return;
    if (!known->number)
        known->number = number_of_name(w, plain->name);
    w->open[w->level - 1].number = known->number;
    w->open[w->level - 1].rule = known->rule;
    apply_rule(w, plain->offset, plain->tag.n);
}

/* Walks leaves below the same element up to the next that is none, and into or out of that, if it is plain. */
static enum wu_xml_plain_kind
walk_siblings(walk *w, wu_xml_reader *document)
{
    open_element *parent = innermost(w);
    unsigned number = parent ? parent->number : 0;
    bool repeats = parent && !parent->skip && w->level < MAX_OPEN;
    enum wu_xml_plain_kind kind;
    wu_xml_plain plain;

    for (;;) {
        known_element *known = &w->known[w->known[w->last_known].next];
        if (repeats && known->runs && repeat_a_run(w, document, known, parent))
            continue;
        kind = wu_xml_next_plain(document, &known->plain, &plain);
        if (kind == WU_XML_OTHER || kind == WU_XML_CLOSED)
            break;
        if (!plain.alike || known->parent != number)
            known = know_element(w, &plain, parent);
        w->last_known = (unsigned)(known - w->known);
        if (kind == WU_XML_OPENED) {
            end_run(w);
            open_known(w, known, &plain);
            return kind;
        }
        guint item = w->m->items->len;
        walk_leaf(w, &plain, parent, known->rule);
        if (repeats)
            add_to_run(w, known, &plain, parent, item);
    }
    end_run(w);
    if (kind == WU_XML_CLOSED) {
        wu_event event = { .type = WU_EVENT_END, .offset = plain.offset, .length = plain.tag.n };
        end_element(w, &event);
    }
    return kind;
}

/* Walks as far as there are plain elements, or to the end of the outermost. */
static void
walk_plain(walk *w, wu_xml_reader *document)
{
    while (walk_siblings(w, document) != WU_XML_OTHER && w->level)
        ;
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
    wu_gathered_forget(&w->text);
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

    walk inner;
    begin_walk(&inner, m, w->options, true);
    inner.source = WU_IN_FRAGMENTS;
    inner.base = start;
    inner.root_depth = depth;
    wu_xml_start(&reader, plain);
    do {
        walk_plain(&inner, &reader);
        wu_xml_next(&reader, &event);
        walk_event(&inner, &event);
    } while (event.type != WU_EVENT_DONE);
    end_walk(&inner);
    m->remarks |= reader.scope.remarks;
}

/* ---- from outside ---- */

struct wu_fields_reader {
    walk walk;
};

wu_fields_reader *
wu_fields_start(wu_message *m, const wu_message_options *options, bool root_rule)
{
    wu_fields_reader *reader = g_new(wu_fields_reader, 1);

    begin_walk(&reader->walk, m, options, root_rule);
    return reader;
}

bool
wu_fields_event(wu_fields_reader *reader, const wu_event *event)
{
    walk_event(&reader->walk, event);
    return reader->walk.level > 0;
}

bool
wu_fields_plain(wu_fields_reader *reader, wu_xml_reader *document)
{
    walk_plain(&reader->walk, document);
    return reader->walk.level > 0;
}

void
wu_fields_finish(wu_fields_reader *reader)
{
    end_walk(&reader->walk);
    g_free(reader);
}
