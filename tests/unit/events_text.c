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

/* What wu_xml_next() would have told of it. */
static void
write_plain(writer *w, enum wu_xml_plain_kind kind, const wu_xml_plain *plain, unsigned depth, unsigned flags)
{
    size_t slash = kind == WU_XML_CLOSED, prefix = (size_t)(plain->name.p - plain->tag.p) - 1 - slash, at = plain->offset + plain->tag.n;
    wu_event event = { .type = WU_EVENT_START, .prefix = wu_slice_of(plain->tag.p + 1 + slash, prefix ? prefix - 1 : 0),
                       .name = plain->name, .depth = depth, .offset = plain->offset, .length = plain->tag.n };

    if (kind != WU_XML_CLOSED)
        write_event(w, &event, flags);
    if (kind == WU_XML_OPENED)
        return;
    wu_event text = { .type = WU_EVENT_TEXT, .value = plain->text, .depth = depth, .offset = at, .length = plain->text.n };
    event.type = WU_EVENT_END;
    if (kind == WU_XML_LEAF) {
        if (plain->text.n)
            write_event(w, &text, flags);
        event.offset = at + plain->text.n;
        event.length = plain->tag.n + 1;
    }
    write_event(w, &event, flags);
}

/* The same of a text document where plain tags and leaves are read as such, wherever there is one; each is expected to be like
 * the one that came `back` before it. Leaves that come twice, one behind the other, are passed the second time. */
static char *
plain_text(wu_slice document, unsigned flags, unsigned back, unsigned *remarks)
{
    writer w = { .text = g_string_new(NULL), .size = document.n };
    wu_xml_plain last[4] = { { .offset = 0 } }, plain;
    enum wu_xml_plain_kind kind;
    unsigned n = 0;
    wu_xml_reader reader;
    wu_event event;

    wu_xml_start(&reader, document);
    do {
        while ((kind = wu_xml_next_plain(&reader, &last[(n + 4 - back) % 4], &plain)) != WU_XML_OTHER) {
            unsigned depth = reader.scope.depth + (kind != WU_XML_OPENED);
            write_plain(&w, kind, &plain, depth, flags);
            if (kind == WU_XML_CLOSED)
                continue;
            last[n++ % 4] = plain;
            size_t whole = plain.text.n + 2 * plain.tag.n + 1;
            while (kind == WU_XML_LEAF && wu_xml_skip(&reader, wu_slice_of(plain.tag.p, whole))) {
                plain.offset += whole;
                write_plain(&w, kind, &plain, depth, flags);
            }
        }
        wu_xml_next(&reader, &event);
        write_event(&w, &event, flags);
    } while (event.type != WU_EVENT_DONE);
    *remarks = reader.scope.remarks;
    return g_string_free(w.text, FALSE);
}

/* Both ways to read a text document have to tell the same. */
static void
compare_plain(GString *text, wu_slice document, unsigned flags, unsigned remarks)
{
    for (unsigned back = 1; back <= 4; back++) {
        unsigned others;
        char *other = plain_text(document, flags, back, &others);
        if (strcmp(other, text->str) != 0 || others != remarks)
            g_string_append_printf(text, "!plain %u: %s", others, other);
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
        compare_plain(w.text, wu_slice_of(copy, document.n), flags, *remarks);
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
