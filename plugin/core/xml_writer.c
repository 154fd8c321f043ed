/* xml_writer.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "xml_writer.h"

#include "nbfx_reader.h"
#include "text.h"

#define MAX_INDENT 40 /* levels that are indented */

typedef struct {
    GString *out;
    const wu_scope *scope;
    bool tag_open;   /* the start tag still lacks its > */
    bool has_text;   /* of the innermost element: its end tag follows on the same line */
    bool has_child;
} writer;

static void
indent(writer *w, unsigned depth)
{
    unsigned levels = depth < MAX_INDENT ? depth : MAX_INDENT;

    if (w->out->len)
        g_string_append_c(w->out, '\n');
    for (unsigned i = 1; i < levels; i++)
        g_string_append(w->out, "  ");
}

/* A text with the characters escaped that markup is made of; bytes that are no UTF-8 replaced. Ends at the limit. */
static void
append_escaped(GString *out, wu_slice text)
{
    char chunk[256];

    while (text.n && out->len <= WU_WRITER_MAX) {
        size_t n = text.n < 64 ? text.n : 64;
        while (n < text.n && n < 68 && (text.p[n] & 0xc0) == 0x80) /* not in the middle of a character */
            n++;
        wu_text_decode(wu_slice_of(text.p, n), WU_TEXT_PLAIN, WU_UTF8, chunk, sizeof chunk);
        for (const char *p = chunk; *p && out->len <= WU_WRITER_MAX; p++) {
            if (*p == '<')
                g_string_append(out, "&lt;");
            else if (*p == '>')
                g_string_append(out, "&gt;");
            else if (*p == '&')
                g_string_append(out, "&amp;");
            else if (*p == '"')
                g_string_append(out, "&quot;");
            else
                g_string_append_c(out, *p);
        }
        text = wu_slice_from(text, n);
    }
}

static void
append_name(GString *out, wu_slice prefix, wu_slice name)
{
    append_escaped(out, prefix);
    if (prefix.n)
        g_string_append_c(out, ':');
    append_escaped(out, name);
}

static void
close_tag(writer *w)
{
    if (w->tag_open)
        g_string_append_c(w->out, '>');
    w->tag_open = false;
}

static void
write_bindings(writer *w, unsigned depth)
{
    if (depth > WU_XML_MAX_DEPTH)
        return;
    for (unsigned i = w->scope->open[depth - 1].bindings; i < w->scope->bindings; i++) {
        g_string_append(w->out, w->scope->binding[i].prefix.n ? " xmlns:" : " xmlns");
        append_escaped(w->out, w->scope->binding[i].prefix);
        g_string_append(w->out, "=\"");
        append_escaped(w->out, w->scope->binding[i].uri);
        g_string_append_c(w->out, '"');
    }
}

static void
write_event(writer *w, const wu_event *event)
{
    switch (event->type) {
    case WU_EVENT_START:
        close_tag(w);
        indent(w, event->depth);
        g_string_append_c(w->out, '<');
        append_name(w->out, event->prefix, event->name);
        write_bindings(w, event->depth);
        w->tag_open = true;
        w->has_text = w->has_child = false;
        break;
    case WU_EVENT_ATTRIBUTE:
        g_string_append_c(w->out, ' ');
        append_name(w->out, event->prefix, event->name);
        g_string_append(w->out, "=\"");
        append_escaped(w->out, event->value);
        g_string_append_c(w->out, '"');
        break;
    case WU_EVENT_TEXT:
        close_tag(w);
        append_escaped(w->out, event->value);
        g_string_append_printf(w->out, "<!-- %s -->", event->record);
        w->has_text = true;
        break;
    case WU_EVENT_END:
        if (w->tag_open) {
            g_string_append(w->out, "/>");
        } else {
            if (w->has_child || !w->has_text)
                indent(w, event->depth);
            g_string_append(w->out, "</");
            append_name(w->out, event->prefix, event->name);
            g_string_append_c(w->out, '>');
        }
        w->tag_open = false;
        w->has_child = true; /* of the element around it */
        w->has_text = false;
        break;
    case WU_EVENT_DONE:
        break;
    }
}

void
wu_write_binary(GString *out, wu_slice body, bool session)
{
    wu_nbfx_reader reader;
    wu_event event;
    writer w = { .out = out, .scope = &reader.scope };

    wu_nbfx_start(&reader, body, session);
    for (wu_nbfx_next(&reader, &event); event.type != WU_EVENT_DONE; wu_nbfx_next(&reader, &event)) {
        if (out->len > WU_WRITER_MAX) {
            close_tag(&w);
            g_string_append(out, "<!-- the rest is left out -->");
            break;
        }
        write_event(&w, &event);
    }
    close_tag(&w);
    g_string_append_c(out, '\n');
    wu_nbfx_finish(&reader);
}
