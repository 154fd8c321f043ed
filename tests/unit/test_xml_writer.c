/* test_xml_writer.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "events_text.h"
#include "xml_writer.h"

static void
check_written(const char *notation, bool session, const char *expected)
{
    GByteArray *body = bytes_of(notation);
    GString *out = g_string_new(NULL);

    wu_write_binary(out, wu_slice_of(body->data, body->len), session);
    CHECK_TEXT(out->str, expected);
    g_string_free(out, TRUE);
    g_byte_array_free(body, TRUE);
}

static void
writes_elements(void)
{
    check_written("40 01 'a' 01", false, "<a/>\n");
    check_written("40 01 'a' 40 01 'b' 01 41 01 'p' 01 'c' 01 01", false, "<a>\n  <b/>\n  <p:c/>\n</a>\n");
    check_written("40 01 'a' 40 01 'b' 40 01 'c' 01 01 01", false, "<a>\n  <b>\n    <c/>\n  </b>\n</a>\n");
    check_written("", false, "\n");
}

static void
writes_values_with_their_types(void)
{
    check_written("40 01 'a' 8D 2C 40 24 80", false, "<a>-2145107924<!-- Int32 --></a>\n");
    check_written("40 01 'a' 40 01 'b' 87 40 01 'c' 99 01 'x' 01", false,
                  "<a>\n  <b>true<!-- True --></b>\n  <c>x<!-- Chars8 --></c>\n</a>\n");
    check_written("40 01 'a' 04 01 'b' 82 01", false, "<a b=\"1\"/>\n");
    check_written("03 40 01 'a' 01 8B 02 01 00 02 00", false, "<a>1<!-- Int16 --></a>\n<a>2<!-- Int16 --></a>\n");
}

static void
writes_namespaces(void)
{
    check_written("56 02 0B 01 's' 04 08 01 'u' 04 01 'b' 82 01", false,
                  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns=\"u\" b=\"1\"/>\n");
    check_written("40 01 'a' 08 01 'u' 40 01 'b' 01 40 01 'c' 08 01 'v' 01 01", false,
                  "<a xmlns=\"u\">\n  <b/>\n  <c xmlns=\"v\"/>\n</a>\n");
}

static void
escapes(void)
{
    check_written("40 01 'a' 04 01 'b' 98 05 '<\"&>x' 99 04 '<&>x'", false,
                  "<a b=\"&lt;&quot;&amp;&gt;x\">&lt;&amp;&gt;x<!-- Chars8 --></a>\n");
    check_written("40 01 'a' 99 02 FF 00", false, "<a>\xEF\xBF\xBD\xEF\xBF\xBD<!-- Chars8 --></a>\n");
    check_written("40 01 'a' 99 03 E2 82 AC", false, "<a>\xE2\x82\xAC<!-- Chars8 --></a>\n");
}

/* Characters of every length at every place, so that one of them is where the writer cuts its pieces. */
static void
keeps_characters_whole(void)
{
    for (unsigned before = 0; before < 140; before++) {
        GByteArray *body = bytes_of("40 01 'a' 9D 00 00 00 00");
        GString *text = g_string_new(NULL), *out = g_string_new(NULL);
        for (unsigned i = 0; i < before; i++)
            g_string_append_c(text, 'x');
        g_string_append(text, "\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA9yz");
        body->data[4] = (uint8_t)text->len;
        g_byte_array_append(body, (const guint8 *)text->str, (guint)text->len);
        wu_write_binary(out, wu_slice_of(body->data, body->len), false);
        g_string_prepend(text, "<a>");
        g_string_append(text, "<!-- Chars32 --></a>\n");
        CHECK_TEXT(out->str, text->str);
        g_byte_array_free(body, TRUE);
        g_string_free(text, TRUE);
        g_string_free(out, TRUE);
    }
}

static void
writes_what_is_there(void)
{
    check_written("40 01 'a' 04 01 'b' 82 40 01 'c'", false, "<a b=\"1\">\n  <c>\n");
    check_written("40 01 'a' 99 05 'x'", false, "<a>\n");
    check_written("08 03 'foo' 03 'bar' 42 01 01", true, "<[session 1]/>\n");
}

static void
appends(void)
{
    GByteArray *body = bytes_of("40 01 'a' 01");
    GString *out = g_string_new("before");

    wu_write_binary(out, wu_slice_of(body->data, body->len), false);
    CHECK_TEXT(out->str, "before\n<a/>\n");
    g_string_free(out, TRUE);
    g_byte_array_free(body, TRUE);
}

/* `count` times a record inside one element. */
static GString *
written_often(const char *record, unsigned count)
{
    GByteArray *body = bytes_of("40 01 'a'"), *part = bytes_of(record);
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < count; i++)
        g_byte_array_append(body, part->data, part->len);
    wu_write_binary(out, wu_slice_of(body->data, body->len), false);
    g_byte_array_free(body, TRUE);
    g_byte_array_free(part, TRUE);
    return out;
}

static void
output_is_limited(void)
{
    GString *out = written_often("40 01 'b' 81", 400000);

    CHECK(out->len <= WU_WRITER_MAX + 100);
    CHECK(g_str_has_suffix(out->str, "<!-- the rest is left out -->\n"));
    g_string_free(out, TRUE);
    out = written_often("40 01 'b' 81", 100000);
    CHECK(!strstr(out->str, "left out"));
    CHECK(g_str_has_suffix(out->str, "</b>\n"));
    g_string_free(out, TRUE);
}

/* One long value is not written in full either. */
static void
long_values_are_limited(void)
{
    GByteArray *body = bytes_of("40 01 'a' 9D 00 00 30 00");
    GString *out = g_string_new(NULL);

    g_byte_array_set_size(body, body->len + 0x300000);
    memset(body->data + body->len - 0x300000, '&', 0x300000);
    wu_write_binary(out, wu_slice_of(body->data, body->len), false);
    CHECK(out->len <= WU_WRITER_MAX + 100);
    g_string_free(out, TRUE);
    g_byte_array_free(body, TRUE);
}

const unit_case unit_xml_writer_cases[] = {
    { "xml_writer: writes elements", writes_elements },
    { "xml_writer: writes values with their types", writes_values_with_their_types },
    { "xml_writer: writes namespaces", writes_namespaces },
    { "xml_writer: escapes", escapes },
    { "xml_writer: keeps characters whole", keeps_characters_whole },
    { "xml_writer: writes what is there", writes_what_is_there },
    { "xml_writer: appends", appends },
    { "xml_writer: output is limited", output_is_limited },
    { "xml_writer: long values are limited", long_values_are_limited },
    { NULL, NULL }
};
