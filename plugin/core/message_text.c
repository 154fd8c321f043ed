/* message_text.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "message_text.h"

#define CDATA_BRACKET 9u /* bytes of <![CDATA[ */

wu_slice
wu_message_keep(wu_message *m, wu_slice text)
{
    if (!m->pool)
        m->pool = g_string_chunk_new(1024);
    return wu_slice_of(g_string_chunk_insert_len(m->pool, (const char *)text.p, (gssize)text.n), text.n);
}

void
wu_gathered_forget(wu_gathered *g)
{
    g->part = (wu_part){ .text = { NULL, 0 } };
    g->raw = 0;
    if (g->pieces)
        g_string_free(g->pieces, TRUE);
    g->pieces = NULL;
}

/* Appends a piece to those before it. Where some are escaped and some are not, all of them become plain. */
static void
append_piece(wu_gathered *g, wu_slice piece, enum wu_text_form form)
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

void
wu_gathered_add(wu_gathered *g, wu_message *m, const wu_event *event)
{
    bool copy = m->binary; /* the values of a binary document are gone with the next event */

    g->raw += event->raw.n;
    if (!g->part.text.p) {
        g->part = (wu_part){ copy ? wu_message_keep(m, event->value) : event->value, event->form, event->offset,
                             event->length };
        if (!copy && event->form == WU_TEXT_PLAIN) { /* a CDATA section: its value without the brackets */
            g->part.offset += CDATA_BRACKET;
            g->part.length = event->value.n;
        }
        return;
    }
    append_piece(g, event->value, event->form);
    g->part.length = event->offset + event->length - g->part.offset;
}

wu_part
wu_gathered_take(wu_gathered *g, wu_message *m)
{
    wu_part part = g->part;

    if (g->pieces)
        part.text = wu_message_keep(m, wu_slice_of(g->pieces->str, g->pieces->len));
    wu_gathered_forget(g);
    return part;
}

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

wu_slice
wu_text_to_scan(wu_slice text)
{
    if (text.n > WU_MAX_SCAN)
        text.n = WU_MAX_SCAN;
    return is_opaque(text) ? (wu_slice){ NULL, 0 } : text;
}

bool
wu_names_code(wu_slice name)
{
    return wu_slice_ends_nocase(name, "hresult") || wu_slice_is_nocase(name, "hr");
}
