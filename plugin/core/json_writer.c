/* json_writer.c
 * Writes JSON.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "json_writer.h"

#include "slice.h"

/* Makes the text longer and returns where it goes on. */
static char *
room(GString *out, size_t n)
{
    gsize at = out->len;

    g_string_set_size(out, at + n);
    return out->str + at;
}

static void
put_text(GString *out, const char *text)
{
    static const char plain_escapes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

    g_string_append_c(out, '"');
    for (const char *p = text; *p; p++) {
        size_t plain = 0;
        while ((unsigned char)p[plain] >= 0x20 && p[plain] != '"' && p[plain] != '\\' && p[plain] != '/')
            plain++;
        g_string_append_len(out, p, (gssize)plain);
        p += plain;
        if (!*p)
            break;
        const char *escape = strchr(plain_escapes, *p);
        if (escape) {
            g_string_append_c(out, '\\');
            g_string_append_c(out, letters[escape - plain_escapes]);
        } else if ((unsigned char)*p < 0x20) {
            g_string_append_printf(out, "\\u%04x", (unsigned)*p);
        } else {
            if (*p == '/' && p > text && p[-1] == '<')
                g_string_append_c(out, '\\');
            g_string_append_c(out, *p);
        }
    }
    g_string_append_c(out, '"');
}

/* What stands before a value: a comma behind another one, and the name. */
static void
put_name(GString *out, const char *name)
{
    char last = '\n';

    if (out->len)
        last = out->str[out->len - 1];

    wu_slice key = wu_slice_text(name ? name : "");
    size_t comma = last != '{' && last != '[' && last != '\n';
    char *p = room(out, comma + (name ? key.n + 3 : 0));
    if (comma)
        *p++ = ',';
    if (!name)
        return;
    *p++ = '"';
    memcpy(p, key.p, key.n);
    p[key.n] = '"';
    p[key.n + 1] = ':';
}

void
wu_json_begin(GString *out, const char *name, char bracket)
{
    put_name(out, name);
    g_string_append_c(out, bracket);
}

void
wu_json_end(GString *out, char bracket)
{
    g_string_append_c(out, bracket == '{' ? '}' : bracket == '[' ? ']' : bracket);
}

void
wu_json_string(GString *out, const char *name, const char *text)
{
    put_name(out, name);
    put_text(out, text);
}

/* A character beyond ASCII, or a byte that belongs to none. Returns how many bytes of the text it took. */
static size_t
put_character(GString *out, const char *text, size_t n)
{
    gunichar c = g_utf8_get_char_validated(text, (gssize)n);

    if (c >= 0x110000) { /* not UTF-8, or cut short */
        g_string_append(out, "\\ufffd");
        return 1;
    }
    if (c >= 0x10000)
        g_string_append_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
    else
        g_string_append_printf(out, "\\u%04x", c);
    return (size_t)(g_utf8_skip[(unsigned char)*text]);
}

/* How many bytes at the start stand for themselves. */
static size_t
plain_start(const char *text, size_t n)
{
    size_t i = 0;

    while (i < n && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
        i++;
    return i;
}

void
wu_json_ascii(GString *out, const char *name, const char *text, size_t n)
{
    size_t start = 0, i = plain_start(text, n);

    put_name(out, name);
    if (i == n) { /* most of them */
        char *p = room(out, n + 2);
        *p = '"';
        if (n)
            memcpy(p + 1, text, n);
        p[n + 1] = '"';
        return;
    }
    g_string_append_c(out, '"');
    while (i < n) {
        unsigned char c = (unsigned char)text[i];
        g_string_append_len(out, text + start, (gssize)(i - start));
        if (c >= 0x80) {
            i += put_character(out, text + i, n - i);
        } else {
            if (c == '"' || c == '\\')
                g_string_append_printf(out, "\\%c", c);
            else
                g_string_append_printf(out, "\\u%04x", c);
            i++;
        }
        start = i;
        i += plain_start(text + i, n - i);
    }
    g_string_append_len(out, text + start, (gssize)(n - start));
    g_string_append_c(out, '"');
}

void
wu_json_raw(GString *out, const char *name, const char *json, size_t n)
{
    put_name(out, name);
    g_string_append_len(out, json, (gssize)n);
}

void
wu_json_digits(GString *out, uint64_t number)
{
    char digits[20];
    size_t n = 0;

    do
        digits[sizeof digits - ++n] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    g_string_append_len(out, digits + sizeof digits - n, (gssize)n);
}

void
wu_json_number(GString *out, const char *name, uint64_t number)
{
    put_name(out, name);
    wu_json_digits(out, number);
}

void
wu_json_bool(GString *out, const char *name, bool value)
{
    put_name(out, name);
    g_string_append(out, value ? "true" : "false");
}
