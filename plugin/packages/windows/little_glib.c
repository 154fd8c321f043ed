/* little_glib.c
 * The few functions of glib that wuerr uses, so that wuerr.exe is one file. They do what glib documents; what wuerr does not
 * need is not here, and the linker tells when it comes to need more. Memory that cannot be had ends the program, as in glib.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

/* Names in parentheses: some are macros as well. */

/* ---- memory ---- */

static void *
existing(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

gpointer
(g_malloc)(gsize n)
{
    return n ? existing(malloc(n)) : NULL;
}

gpointer
(g_malloc0)(gsize n)
{
    return n ? existing(calloc(1, n)) : NULL;
}

gpointer
(g_malloc0_n)(gsize count, gsize size)
{
    if (size && count > G_MAXSIZE / size)
        abort();
    return g_malloc0(count * size);
}

gpointer
(g_realloc)(gpointer memory, gsize n)
{
    if (n)
        return existing(realloc(memory, n));
    free(memory);
    return NULL;
}

void
(g_free)(gpointer memory)
{
    free(memory);
}

/* ---- texts ---- */

gboolean
(g_str_has_prefix)(const gchar *text, const gchar *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const gchar *
g_strerror(gint number)
{
    return strerror(number);
}

gchar *
g_strdup_vprintf(const gchar *format, va_list arguments)
{
    va_list again;
    int n;
    gchar *text;

    va_copy(again, arguments);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        abort();
    text = (gchar *)g_malloc((gsize)n + 1);
    vsnprintf(text, (gsize)n + 1, format, arguments);
    return text;
}

gchar *
g_strdup_printf(const gchar *format, ...)
{
    va_list arguments;
    gchar *text;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return text;
}

/* ---- UTF-8 ---- */

/* The bytes of a character, by its first; 1 for one that begins none. */
static const gchar skip_table[256] = {
    [0 ... 0xbf] = 1, [0xc0 ... 0xdf] = 2, [0xe0 ... 0xef] = 3, [0xf0 ... 0xf7] = 4, [0xf8 ... 0xfb] = 5, [0xfc ... 0xfd] = 6,
    [0xfe ... 0xff] = 1,
};
const gchar *const g_utf8_skip = skip_table;

/* The character that a text begins with: (gunichar)-1 where there is none, (gunichar)-2 where the text ends within it. As in
 * glib, NUL within a text of a known length counts as its end, and sequences of five and six bytes are read before they are
 * refused. */
gunichar
g_utf8_get_char_validated(const gchar *text, gssize max)
{
    static const gunichar least[] = { 0, 0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000 };
    const guchar *p = (const guchar *)text;
    gunichar c;
    int n;

    if (!max)
        return (gunichar)-2;
    if (*p < 0x80)
        return *p || max < 0 ? *p : (gunichar)-2;
    if (*p < 0xc0 || *p > 0xfd)
        return (gunichar)-1;
    n = skip_table[*p];
    c = *p & (0x7fu >> n);
    for (int i = 1; i < n; i++) {
        if (max >= 0 && i >= max)
            return (gunichar)-2;
        if ((p[i] & 0xc0) != 0x80)
            return p[i] || (max >= 0 && max < n) ? (gunichar)-1 : (gunichar)-2;
        c = c << 6 | (p[i] & 0x3fu);
    }
    return c < least[n] || c > 0x10ffff || (c & 0xfffff800) == 0xd800 ? (gunichar)-1 : c;
}

/* ---- GString ---- */

/* Room for n more bytes and the NUL. */
static void
make_room(GString *string, gsize n)
{
    gsize needed = string->len + n + 1;

    if (needed <= string->len)
        abort();
    if (needed <= string->allocated_len)
        return;
    string->allocated_len = needed > G_MAXSIZE / 2 ? needed : needed * 2;
    string->str = (gchar *)g_realloc(string->str, string->allocated_len);
}

GString *
g_string_sized_new(gsize n)
{
    GString *string = (GString *)g_malloc(sizeof *string);

    string->str = NULL;
    string->len = string->allocated_len = 0;
    make_room(string, n > 63 ? n : 63);
    string->str[0] = '\0';
    return string;
}

GString *
g_string_new(const gchar *text)
{
    return (g_string_append)(g_string_sized_new(0), text ? text : "");
}

gchar *
(g_string_free)(GString *string, gboolean with_text)
{
    gchar *text = string->str;

    free(string);
    if (!with_text)
        return text;
    free(text);
    return NULL;
}

GString *
g_string_insert_len(GString *string, gssize position, const gchar *text, gssize n)
{
    gsize at = position < 0 ? string->len : (gsize)position, length = n < 0 ? strlen(text) : (gsize)n;

    make_room(string, length);
    memmove(string->str + at + length, string->str + at, string->len - at);
    memcpy(string->str + at, text, length);
    string->len += length;
    string->str[string->len] = '\0';
    return string;
}

GString *
g_string_insert_c(GString *string, gssize position, gchar c)
{
    return g_string_insert_len(string, position, &c, 1);
}

GString *
(g_string_append)(GString *string, const gchar *text)
{
    return g_string_insert_len(string, -1, text, -1);
}

GString *
(g_string_append_len)(GString *string, const gchar *text, gssize n)
{
    return g_string_insert_len(string, -1, text, n);
}

GString *
(g_string_append_c)(GString *string, gchar c)
{
    return g_string_insert_len(string, -1, &c, 1);
}

void
g_string_append_printf(GString *string, const gchar *format, ...)
{
    va_list arguments;
    gchar *text;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_string_insert_len(string, -1, text, -1);
    free(text);
}

GString *
g_string_set_size(GString *string, gsize n)
{
    if (n > string->len)
        make_room(string, n - string->len);
    string->len = n;
    string->str[n] = '\0';
    return string;
}

GString *
(g_string_truncate)(GString *string, gsize n)
{
    return n < string->len ? g_string_set_size(string, n) : string;
}
