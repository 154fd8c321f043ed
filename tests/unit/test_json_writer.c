/* test_json_writer.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "json_writer.h"
#include "unit.h"

static void
nests(void)
{
    GString *out = g_string_new(NULL);

    for (int line = 0; line < 2; line++) {
        wu_json_begin(out, NULL, '{');
        wu_json_number(out, "line", (uint64_t)line);
        wu_json_bool(out, "error", line == 0);
        wu_json_begin(out, "readings", '[');
        wu_json_begin(out, NULL, '{');
        wu_json_end(out, '}');
        wu_json_begin(out, NULL, '{');
        wu_json_string(out, "text", "{");
        wu_json_string(out, "more", "[");
        wu_json_end(out, '}');
        wu_json_number(out, NULL, UINT64_MAX);
        wu_json_end(out, ']');
        wu_json_end(out, '}');
        g_string_append_c(out, '\n');
    }
    CHECK_TEXT(out->str, "{\"line\":0,\"error\":true,\"readings\":[{},{\"text\":\"{\",\"more\":\"[\"},18446744073709551615]}\n"
                         "{\"line\":1,\"error\":false,\"readings\":[{},{\"text\":\"{\",\"more\":\"[\"},18446744073709551615]}\n");
    g_string_free(out, TRUE);
}

static void
escapes(void)
{
    GString *out = g_string_new(NULL);

    wu_json_string(out, NULL, "a\"b\\c\b\f\n\r\t\x01\x1f\x7f</script> / \xC3\xA4");
    CHECK_TEXT(out->str, "\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0001\\u001f\x7f<\\/script> / \xC3\xA4\"");
    g_string_truncate(out, 0);
    wu_json_string(out, NULL, "");
    CHECK_TEXT(out->str, "\"\"");
    g_string_free(out, TRUE);
}

const unit_case unit_json_writer_cases[] = {
    { "json_writer nests", nests },
    { "json_writer escapes", escapes },
    { NULL, NULL },
};
