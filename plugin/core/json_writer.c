/* json_writer.c
 * Writes JSON.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>
#include <string.h>

#include "json_writer.h"

static void
put_text(GString *out, const char *text)
{
    static const char plain_escapes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

    g_string_append_c(out, '"');
    for (const char *p = text; *p; p++) {
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
    char last = out->len ? out->str[out->len - 1] : '\n';

    if (last != '{' && last != '[' && last != '\n')
        g_string_append_c(out, ',');
    if (!name)
        return;
    put_text(out, name);
    g_string_append_c(out, ':');
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
    g_string_append_c(out, bracket);
}

void
wu_json_string(GString *out, const char *name, const char *text)
{
    put_name(out, name);
    put_text(out, text);
}

void
wu_json_number(GString *out, const char *name, uint64_t number)
{
    put_name(out, name);
    g_string_append_printf(out, "%" PRIu64, number);
}

void
wu_json_bool(GString *out, const char *name, bool value)
{
    put_name(out, name);
    g_string_append(out, value ? "true" : "false");
}
