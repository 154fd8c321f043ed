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

static void
check_ascii(const char *text, size_t n, const char *expected)
{
    GString *out = g_string_new(NULL);

    wu_json_ascii(out, NULL, text, n);
    CHECK_TEXT(out->str, expected);
    g_string_free(out, TRUE);
}

/* Only printable ASCII comes out, whatever goes in: quotes, control characters of both kinds, the one that turns the direction
 * of writing, characters beyond the first 65536, bytes that are no UTF-8, a character cut short, a NUL. */
static void
writes_ascii(void)
{
    check_ascii("", 0, "\"\"");
    check_ascii("plain", 5, "\"plain\"");
    check_ascii("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    check_ascii("\x1b[2J\n\x7f", 6, "\"\\u001b[2J\\u000a\\u007f\"");
    check_ascii("\xC2\x9B" "31m", 5, "\"\\u009b31m\"");
    check_ascii("\xE2\x80\xAE" "exe", 6, "\"\\u202eexe\"");
    check_ascii("\xC3\xA4\xE2\x82\xAC", 5, "\"\\u00e4\\u20ac\"");
    check_ascii("\xF0\x9F\x98\x80.", 5, "\"\\ud83d\\ude00.\"");
    check_ascii("\xF4\x8F\xBF\xBF", 4, "\"\\udbff\\udfff\"");
    check_ascii("a\xFF\xC0\x80z", 5, "\"a\\ufffd\\ufffd\\ufffdz\"");
    check_ascii("\xE2\x82", 2, "\"\\ufffd\\ufffd\"");
    check_ascii("\xED\xA0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
    check_ascii("a\0b", 3, "\"a\\u0000b\"");
}

static void
takes_written_values(void)
{
    GString *out = g_string_new(NULL);

    wu_json_begin(out, NULL, '{');
    wu_json_raw(out, "a", "[1,2]", 5);
    wu_json_raw(out, NULL, "\"b\":3,", 5);
    wu_json_ascii(out, "c", "xyz", 2);
    wu_json_end(out, '}');
    CHECK_TEXT(out->str, "{\"a\":[1,2],\"b\":3,\"c\":\"xy\"}");
    g_string_free(out, TRUE);
}

const unit_case unit_json_writer_cases[] = {
    { "json_writer nests", nests },
    { "json_writer escapes", escapes },
    { "json_writer writes ascii", writes_ascii },
    { "json_writer takes written values", takes_written_values },
    { NULL, NULL },
};
