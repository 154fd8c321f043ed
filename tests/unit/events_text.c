/* events_text.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "events_text.h"

typedef struct {
    GString *text;
    size_t size;    /* of the document */
    unsigned depth; /* elements that began and did not end */
    bool start_tag; /* attributes may follow */
} writer;

static void
put_name(GString *text, const wu_event *event)
{
    if (event->prefix.n)
        g_string_append_printf(text, "%.*s:", (int)event->prefix.n, (const char *)event->prefix.p);
    g_string_append_len(text, (const char *)event->name.p, (gssize)event->name.n);
}

static void
put_value(GString *text, const wu_event *event)
{
    for (size_t i = 0; i < event->value.n; i++)
        if (event->value.p[i])
            g_string_append_c(text, (char)event->value.p[i]);
        else
            g_string_append(text, "\\0");
}

static void
put_event(GString *text, const wu_event *event)
{
    switch (event->type) {
    case WU_EVENT_START:
        g_string_append_c(text, '(');
        put_name(text, event);
        break;
    case WU_EVENT_ATTRIBUTE:
        g_string_append_c(text, '@');
        put_name(text, event);
        g_string_append_c(text, '=');
        put_value(text, event);
        break;
    case WU_EVENT_TEXT:
        g_string_append_c(text, event->form == WU_TEXT_PLAIN ? '\'' : '"');
        put_value(text, event);
        g_string_append_c(text, event->form == WU_TEXT_PLAIN ? '\'' : '"');
        break;
    case WU_EVENT_END:
        g_string_append_c(text, ')');
        put_name(text, event);
        break;
    case WU_EVENT_DONE:
        g_string_append_c(text, '.');
        break;
    }
    if (event->record)
        g_string_append_printf(text, ":%s", event->record);
}

/* The depth that an event has to have, by the events before it. */
static unsigned
expected_depth(writer *w, enum wu_event_type type)
{
    if (type == WU_EVENT_START)
        return ++w->depth;
    if (type == WU_EVENT_DONE)
        return 0;
    return type == WU_EVENT_END ? w->depth-- : w->depth;
}

static void
write_event(writer *w, const wu_event *event, unsigned flags)
{
    if (w->text->len)
        g_string_append_c(w->text, ' ');
    put_event(w->text, event);
    if (flags & WITH_PLACES)
        g_string_append_printf(w->text, "[%zu+%zu]", event->offset, event->length);
    if (event->type == WU_EVENT_END && !w->depth)
        g_string_append(w->text, "!unopened");
    else if (event->depth != expected_depth(w, event->type))
        g_string_append_printf(w->text, "!depth%u", event->depth);
    if (event->type == WU_EVENT_ATTRIBUTE && !w->start_tag)
        g_string_append(w->text, "!attribute");
    if (event->offset > w->size || event->length > w->size - event->offset)
        g_string_append(w->text, "!outside");
    w->start_tag = event->type == WU_EVENT_START || event->type == WU_EVENT_ATTRIBUTE;
}

/* The same of a text document where elements that hold nothing but text are read as a whole, wherever there is one; each is
 * expected to be like the one that came `back` leaves before it. */
static char *
leaves_text(wu_slice document, unsigned flags, unsigned back, unsigned *remarks)
{
    writer w = { .text = g_string_new(NULL), .size = document.n };
    wu_xml_leaf last[4] = { { .offset = 0 } }, leaf;
    unsigned n = 0;
    wu_xml_reader reader;
    wu_event event;

    wu_xml_start(&reader, document);
    do {
        while (wu_xml_next_leaf(&reader, &last[(n + 4 - back) % 4], &leaf)) {
            unsigned depth = reader.scope.depth + 1;
            size_t prefix = (size_t)(leaf.name.p - leaf.tag.p) - 1, at = leaf.offset + leaf.tag.n;
            event = (wu_event){ .type = WU_EVENT_START, .prefix = wu_slice_of(leaf.tag.p + 1, prefix ? prefix - 1 : 0),
                                .name = leaf.name, .depth = depth, .offset = leaf.offset, .length = leaf.tag.n };
            write_event(&w, &event, flags);
            wu_event text = { .type = WU_EVENT_TEXT, .value = leaf.text, .depth = depth, .offset = at, .length = leaf.text.n };
            if (leaf.text.n)
                write_event(&w, &text, flags);
            event.type = WU_EVENT_END;
            event.offset = at + leaf.text.n;
            event.length = leaf.tag.n + 1;
            write_event(&w, &event, flags);
            last[n++ % 4] = leaf;
        }
        wu_xml_next(&reader, &event);
        write_event(&w, &event, flags);
    } while (event.type != WU_EVENT_DONE);
    *remarks = reader.scope.remarks;
    return g_string_free(w.text, FALSE);
}

/* Both ways to read a text document have to tell the same. */
static void
compare_leaves(GString *text, wu_slice document, unsigned flags, unsigned remarks)
{
    for (unsigned back = 1; back <= 4; back++) {
        unsigned others;
        char *other = leaves_text(document, flags, back, &others);
        if (strcmp(other, text->str) != 0 || others != remarks)
            g_string_append_printf(text, "!leaves %u: %s", others, other);
        g_free(other);
    }
}

char *
events_text(wu_slice document, unsigned flags, unsigned *remarks)
{
    uint8_t *copy = g_malloc(document.n ? document.n : 1);
    writer w = { .text = g_string_new(NULL), .size = document.n };
    wu_reader reader;
    wu_event event;

    if (document.n)
        memcpy(copy, document.p, document.n);
    wu_reader_start(&reader, wu_slice_of(copy, document.n), flags & OF_NBFX, flags & OF_SESSION);
    do {
        wu_reader_next(&reader, &event);
        write_event(&w, &event, flags);
    } while (event.type != WU_EVENT_DONE);
    wu_reader_next(&reader, &event);
    if (event.type != WU_EVENT_DONE)
        g_string_append(w.text, "!goes on");
    *remarks = wu_reader_scope(&reader)->remarks;
    wu_reader_finish(&reader);
    if (!(flags & OF_NBFX))
        compare_leaves(w.text, wu_slice_of(copy, document.n), flags, *remarks);
    g_free(copy);
    return g_string_free(w.text, FALSE);
}

GByteArray *
bytes_of(const char *notation)
{
    GByteArray *bytes = g_byte_array_new();

    for (const char *p = notation; *p; p++) {
        uint8_t byte;
        if (*p == ' ')
            continue;
        if (*p == '\'') {
            const char *end = strchr(p + 1, '\'');
            g_byte_array_append(bytes, (const guint8 *)p + 1, (guint)(end - p - 1));
            p = end;
            continue;
        }
        byte = (uint8_t)(g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]));
        g_byte_array_append(bytes, &byte, 1);
        p++;
    }
    return bytes;
}
