/* message_text.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "message_text.h"

#include "introduction.h"

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
    if (!g->part.text.p && !g->raw)
        return;
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

/* Eight hexadecimal digits that make a failure. Where all are decimal, only a known one, and none that is known as a decimal
 * number. */
static bool
is_eight_hex_digits(wu_slice text, uint32_t *code)
{
    wu_reading reading;
    uint32_t decimal, hex = 0;

    if (text.n != 8)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (wu_hex_digit(text.p[i]) < 0)
            return false;
        hex = hex << 4 | (uint32_t)wu_hex_digit(text.p[i]);
    }
    if ((hex & 0xb0000000u) != 0x80000000u) /* severity, without the bits of customers and NTSTATUS */
        return false;
    *code = hex;
    return !wu_slice_code(text, &decimal) || (wu_code_readings(hex, WU_AS_HRESULT, &reading, 1) &&
                                              !wu_code_readings(decimal, WU_AS_HRESULT, &reading, 1));
}

bool
wu_code_of_element(wu_slice name, wu_slice text, uint32_t *code)
{
    if (!wu_slice_ends_nocase(name, "hresult") && !wu_slice_is_nocase(name, "hr"))
        return false;
    return is_eight_hex_digits(wu_slice_trim(text), code) || wu_slice_code(text, code);
}

/* One word that may be a number, and no version, date or GUID: the name of an element does not introduce what stands in a
 * sentence. */
static bool
is_number(wu_slice value)
{
    bool digit = false, hexadecimal = true;
    unsigned divided = 0;

    value = wu_slice_trim(value);
    if (value.n > 40)
        return false;
    for (size_t i = 0; i < value.n; i++) {
        if (wu_is_space(value.p[i]))
            return false;
        divided += i > 0 && (value.p[i] == '.' || value.p[i] == '-');
        digit |= wu_is_digit(value.p[i]);
        hexadecimal &= g_ascii_isxdigit(value.p[i]);
    }
    return divided < 2 && (digit || hexadecimal);
}

void
wu_value_finder_start(wu_value_finder *finder, wu_slice owner, wu_slice name, wu_slice value)
{
    static const unsigned names_code = WU_INTRO_ERROR | WU_INTRO_CODE | WU_INTRO_WIN32;
    size_t n = 0;

    value = wu_text_to_scan(value);
    finder->before = 0;
    if (owner.n + name.n + value.n + 3 > sizeof finder->text || !is_number(value) ||
        !(wu_introductions_in(name) & names_code)) {
        wu_finder_start(&finder->finder, value);
        return;
    }
    const wu_slice parts[] = { owner, wu_slice_text(" "), name, wu_slice_text(": "), value };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].n)
            memcpy(finder->text + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    finder->before = n - value.n;
    wu_finder_start(&finder->finder, wu_slice_of(finder->text, n));
}

bool
wu_value_finder_next(wu_value_finder *finder, wu_found *found)
{
    while (wu_finder_next(&finder->finder, found))
        if (found->offset >= finder->before) {
            found->offset -= finder->before;
            return true;
        }
    return false;
}
