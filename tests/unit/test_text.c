/* test_text.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "text.h"
#include "unit.h"

static const wu_slice nothing = { NULL, 0 };

/* ---- character sets ---- */

static void
charset_by_first_bytes(void)
{
    CHECK_EQ(wu_text_charset(BYTES("\xFF\xFE<\0?\0")), WU_UTF16_LE);
    CHECK_EQ(wu_text_charset(BYTES("\xFE\xFF\0<\0?")), WU_UTF16_BE);
    CHECK_EQ(wu_text_charset(BYTES("<\0?\0x\0")), WU_UTF16_LE);
    CHECK_EQ(wu_text_charset(BYTES("\0<\0?\0x")), WU_UTF16_BE);
    CHECK_EQ(wu_text_charset(BYTES("\xEF\xBB\xBF<?xml encoding='iso-8859-1'?>")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("<")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("\xFF")), WU_UTF8);
    CHECK_EQ(wu_text_charset(nothing), WU_UTF8);
}

static void
charset_by_declaration(void)
{
    CHECK_EQ(wu_text_charset(BYTES("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>")), WU_LATIN1);
    CHECK_EQ(wu_text_charset(BYTES("<?xml version='1.0' encoding='iso-8859-1'?><a/>")), WU_LATIN1);
    CHECK_EQ(wu_text_charset(BYTES("<?xml version=\"1.0\" encoding = \"windows-1252\" standalone=\"yes\"?>")),
             WU_LATIN1);
    CHECK_EQ(wu_text_charset(BYTES(" \r\n<?xml version='1.0' encoding='iso-8859-1'?><a/>")), WU_LATIN1);
    CHECK_EQ(wu_text_charset(BYTES("<?xml version=\"1.0\" encoding=\"utf-8\"?>")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("<?xml version=\"1.0\" encoding=\"koi8-r\"?>")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("<?xml version=\"1.0\"?><a encoding=\"iso-8859-1\"/>")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("<a encoding=\"iso-8859-1\"/>")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("<?xml encoding=")), WU_UTF8);
    CHECK_EQ(wu_text_charset(BYTES("<?xml encoding")), WU_UTF8);
}

static void
check_utf16(wu_slice text, bool big_endian, const char *expected)
{
    char out[64] = "";
    size_t need = wu_text_from_utf16(text, big_endian, NULL, 0);
    size_t n = wu_text_from_utf16(text, big_endian, (uint8_t *)out, sizeof out - 1);

    CHECK_EQ(n, need);
    CHECK_EQ(n, strlen(expected));
    CHECK_TEXT(out, expected);
    CHECK(need <= text.n * 3 / 2);
}

static void
turns_utf16_into_utf8(void)
{
    check_utf16(BYTES("a\0b\0"), false, "ab");
    check_utf16(BYTES("\0a\0b"), true, "ab");
    check_utf16(BYTES("\xE9\0\xAC\x20"), false, "\xC3\xA9\xE2\x82\xAC");
    check_utf16(BYTES("\0\xE9\x20\xAC"), true, "\xC3\xA9\xE2\x82\xAC");
    check_utf16(BYTES("\x3D\xD8\x00\xDE"), false, "\xF0\x9F\x98\x80");
    check_utf16(BYTES("\xD8\x3D\xDE\x00"), true, "\xF0\x9F\x98\x80");
    check_utf16(BYTES("\x7F\0\x80\0\xFF\x07\x00\x08\xFF\xFF"), false, "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
    check_utf16(BYTES(""), false, "");
    check_utf16(nothing, true, "");
}

static void
leaves_out_the_byte_order_mark(void)
{
    check_utf16(BYTES("\xFF\xFE" "a\0"), false, "a");
    check_utf16(BYTES("\xFE\xFF\0a"), true, "a");
    check_utf16(BYTES("a\0\xFF\xFE"), false, "a\xEF\xBB\xBF");
}

static void
mends_broken_utf16(void)
{
    check_utf16(BYTES("\x3D\xD8" "a\0"), false, "\xEF\xBF\xBD" "a");
    check_utf16(BYTES("\x00\xDE" "a\0"), false, "\xEF\xBF\xBD" "a");
    check_utf16(BYTES("\x3D\xD8"), false, "\xEF\xBF\xBD");
    check_utf16(BYTES("\x3D\xD8\x3D\xD8\x00\xDE"), false, "\xEF\xBF\xBD\xF0\x9F\x98\x80");
    check_utf16(BYTES("a\0b"), false, "a");
    check_utf16(BYTES("a"), true, "");
}

static void
writes_no_more_utf8_than_there_is_room(void)
{
    wu_slice text = BYTES("a\0\xAC\x20" "b\0");
    uint8_t out[8];

    for (size_t max = 0; max <= 5; max++) {
        memset(out, 0xAA, sizeof out);
        CHECK_EQ(wu_text_from_utf16(text, false, out, max), 5);
        for (size_t i = max; i < sizeof out; i++)
            CHECK_EQ(out[i], 0xAA);
    }
    CHECK(!memcmp(out, "a\xE2\x82\xAC" "b", 5));
}

/* ---- decoding ---- */

static void
check_decoded(wu_slice value, enum wu_text_form form, enum wu_charset charset, const char *expected)
{
    char out[128];
    size_t n = wu_text_decode(value, form, charset, out, sizeof out);

    CHECK_EQ(n, strlen(expected));
    CHECK_TEXT(out, expected);
}

#define CHECK_ESCAPED(text, expected) check_decoded(BYTES(text), WU_TEXT_ESCAPED, WU_UTF8, expected)

static void
resolves_entities(void)
{
    CHECK_ESCAPED("a&lt;b&gt;c&amp;d&quot;e&apos;f", "a<b>c&d\"e'f");
    CHECK_ESCAPED("&#65;&#x42;&#x63;&#100;", "ABcd");
    CHECK_ESCAPED("&#233;&#xe9;&#xE9;&#8364;&#x1F600;", "\xC3\xA9\xC3\xA9\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK_ESCAPED("&#9;&#xA;", "\t\n");
    CHECK_ESCAPED("&#x10FFFF;", "\xF4\x8F\xBF\xBF");
    CHECK_ESCAPED("&amp;lt;", "&lt;");
    CHECK_ESCAPED("", "");
    check_decoded(nothing, WU_TEXT_ESCAPED, WU_UTF8, "");
}

static void
leaves_what_is_no_entity(void)
{
    CHECK_ESCAPED("a & b", "a & b");
    CHECK_ESCAPED("&", "&");
    CHECK_ESCAPED("&lt", "&lt");
    CHECK_ESCAPED("&LT;", "&LT;");
    CHECK_ESCAPED("&nbsp;&lt2;", "&nbsp;&lt2;");
}

static void
leaves_what_is_no_character_reference(void)
{
    CHECK_ESCAPED("&#;&#x;&#xg;&#1a;", "&#;&#x;&#xg;&#1a;");
    CHECK_ESCAPED("&#65", "&#65");
    CHECK_ESCAPED("&#x41", "&#x41");
    check_decoded(BYTES("&#233 &#xE9"), WU_TEXT_ESCAPED, WU_LATIN1, "&#233 &#xE9");
}

static void
replaces_what_is_no_character(void)
{
    CHECK_ESCAPED("&#0;&#xD800;&#xdfff;&#x110000;&#99999999;",
                  "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK_ESCAPED("a\0b", "a\xEF\xBF\xBD" "b");
    CHECK_ESCAPED("\xFF\x80z", "\xEF\xBF\xBD\xEF\xBF\xBDz");
    CHECK_ESCAPED("\xC3", "\xEF\xBF\xBD");
    CHECK_ESCAPED("\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD");                     /* overlong */
    CHECK_ESCAPED("\xE0\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");     /* overlong */
    CHECK_ESCAPED("\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");     /* surrogate */
    CHECK_ESCAPED("\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* beyond U+10FFFF */
    CHECK_ESCAPED("\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA9", "\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA9");
}

static void
takes_plain_text_literally(void)
{
    check_decoded(BYTES("a&lt;b&#65;"), WU_TEXT_PLAIN, WU_UTF8, "a&lt;b&#65;");
    check_decoded(BYTES("\0\xFF"), WU_TEXT_PLAIN, WU_UTF8, "\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void
decodes_latin1(void)
{
    check_decoded(BYTES("\xE9t\xE9 &amp; \xC3\xA9"), WU_TEXT_ESCAPED, WU_LATIN1,
                  "\xC3\xA9t\xC3\xA9 & \xC3\x83\xC2\xA9");
    check_decoded(BYTES("\xE9&amp;\0"), WU_TEXT_PLAIN, WU_LATIN1, "\xC3\xA9&amp;\xEF\xBF\xBD");
}

static void
cuts_at_a_character(void)
{
    static const char *const expected[] = { "", "a", "a", "a", "a\xE2\x82\xAC", "a\xE2\x82\xAC<" };
    char out[16];

    for (size_t max = 1; max <= 6; max++) {
        memset(out, 'x', sizeof out);
        CHECK_EQ(wu_text_decode(BYTES("a\xE2\x82\xAC&lt;"), WU_TEXT_ESCAPED, WU_UTF8, out, max),
                 strlen(expected[max - 1]));
        CHECK_TEXT(out, expected[max - 1]);
        CHECK_EQ(out[max], 'x');
    }
}

static void
unescapes(void)
{
    static const char text[] = "&lt;a b=&quot;1&quot;&gt;x &amp;amp; y&#x20AC;\xFF&nope; &#0;&lt;/a&gt;&";
    uint8_t out[sizeof text - 1];
    size_t n = wu_text_unescape(BYTES(text), out);

    CHECK_SLICE(wu_slice_of(out, n), "<a b=\"1\">x &amp; y\xE2\x82\xAC\xFF&nope; \xEF\xBF\xBD</a>&");
    CHECK_EQ(wu_text_unescape(BYTES(""), out), 0);
    CHECK_EQ(wu_text_unescape(nothing, out), 0);
}

static void
unescaping_never_makes_longer(void)
{
    static const char *const entities[] = { "&#0;",    "&#9;",     "&#x9;",     "&#128;",     "&#x80;", "&#2048;",
                                            "&#x800;", "&#65536;", "&#x10000;", "&#x110000;", "&lt;" };
    uint8_t out[16];

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        size_t n = strlen(entities[i]);
        memset(out, 0xAA, sizeof out);
        CHECK(wu_text_unescape(wu_slice_of(entities[i], n), out) <= n);
        CHECK_EQ(out[n], 0xAA);
    }
}

/* ---- values ---- */

static void
check_base64(const char *text, wu_slice expected)
{
    uint8_t out[32];
    size_t n = wu_text_base64(wu_slice_text(text), out, sizeof out);

    CHECK_EQ(wu_text_base64_length(wu_slice_text(text)), expected.n);
    CHECK_EQ(n, expected.n);
    CHECK(!memcmp(out, expected.p, n));
}

static void
reads_base64(void)
{
    check_base64("", BYTES(""));
    check_base64("Zg==", BYTES("f"));
    check_base64("Zm8=", BYTES("fo"));
    check_base64("Zm9v", BYTES("foo"));
    check_base64("Zm9vYmFy", BYTES("foobar"));
    check_base64("+/+/", BYTES("\xFB\xFF\xBF"));
    check_base64(" Zm\r\n9v\tYg = = ", BYTES("foob"));
    check_base64("AAECAwQFBgc=", BYTES("\0\1\2\3\4\5\6\7"));
}

static void
refuses_base64(void)
{
    static const char *const bad[] = { "Zm9v!", "Zm9v-_", "Z=m9", "Zg===", "{3DA21691}", "\xC3\xA9" };
    uint8_t out[32];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_EQ(wu_text_base64(wu_slice_text(bad[i]), out, sizeof out), 0);
        CHECK_EQ(wu_text_base64_length(wu_slice_text(bad[i])), strlen(bad[i]));
    }
    CHECK_EQ(wu_text_base64_length(nothing), 0);
}

static void
base64_fits_the_room(void)
{
    uint8_t out[8];

    for (size_t max = 0; max <= 6; max++) {
        memset(out, 0xAA, sizeof out);
        CHECK_EQ(wu_text_base64(BYTES("Zm9vYmFy"), out, max), max);
        CHECK(!memcmp(out, "foobar", max));
        CHECK_EQ(out[max], 0xAA);
    }
}

static void
reads_guids(void)
{
    static const uint8_t expected[16] = { 0x3D, 0xA2, 0x16, 0x91, 0xE3, 0x9D, 0x4D, 0xA6,
                                          0x8A, 0x4B, 0xB4, 0x38, 0x77, 0xBC, 0xB1, 0xB7 };
    static const char *const good[] = { "3DA21691-E39D-4DA6-8A4B-B43877BCB1B7", "3da21691-e39d-4da6-8a4b-b43877bcb1b7",
                                        "{3DA21691-e39d-4DA6-8a4b-B43877BCB1B7}",
                                        " 3da21691-e39d-4da6-8a4b-b43877bcb1b7\r\n" };
    uint8_t guid[16];

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        memset(guid, 0, sizeof guid);
        CHECK(wu_text_guid(wu_slice_text(good[i]), guid));
        CHECK(!memcmp(guid, expected, sizeof guid));
    }
}

static void
refuses_guids(void)
{
    static const char *const bad[] = { "",
                                       "3DA21691-E39D-4DA6-8A4B-B43877BCB1B",
                                       "3DA21691-E39D-4DA6-8A4B-B43877BCB1B77",
                                       "3DA21691E39D4DA68A4BB43877BCB1B7",
                                       "3DA2169-1E39D-4DA6-8A4B-B43877BCB1B7",
                                       "3DA21691-E39D-4DA6-8A4B-B43877BCB1BG",
                                       "{3DA21691-E39D-4DA6-8A4B-B43877BCB1B7",
                                       "(3DA21691-E39D-4DA6-8A4B-B43877BCB1B7)",
                                       "3DA21691-E39D-4DA6-8A4B_B43877BCB1B7" };
    uint8_t guid[16];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!wu_text_guid(wu_slice_text(bad[i]), guid));
    CHECK(!wu_text_guid(nothing, guid));
}

static void
check_time(const char *text, int64_t expected_seconds, int32_t expected_nanoseconds)
{
    int64_t seconds = -4711;
    int32_t nanoseconds = -4711;
    bool valid = wu_text_time(wu_slice_text(text), &seconds, &nanoseconds);

    if (!valid || seconds != expected_seconds || nanoseconds != expected_nanoseconds)
        printf("the time is \"%s\"\n", text);
    CHECK(valid);
    CHECK_EQ(seconds, expected_seconds);
    CHECK_EQ(nanoseconds, expected_nanoseconds);
}

static void
reads_times(void)
{
    check_time("1970-01-01T00:00:00Z", 0, 0);
    check_time("2026-10-04T16:33:26Z", 1791131606, 0);
    check_time("2026-10-04T16:33:26", 1791131606, 0);
    check_time(" 2026-10-04T16:33:26Z\r\n", 1791131606, 0);
    check_time("2000-02-29T23:59:59Z", 951868799, 0);
    check_time("1969-12-31T23:59:59Z", -1, 0);
    check_time("1601-01-01T00:00:00Z", -11644473600, 0);
    check_time("0001-01-01T00:00:00Z", -62135596800, 0);
    check_time("9999-12-31T23:59:59.9999999Z", 253402300799, 999999900);
    check_time("2038-01-19T03:14:08Z", 2147483648, 0);
}

static void
reads_fractions(void)
{
    check_time("1970-01-01T00:00:01.5Z", 1, 500000000);
    check_time("1970-01-01T00:00:01.05Z", 1, 50000000);
    check_time("1970-01-01T00:00:01.1234567Z", 1, 123456700);
    check_time("1970-01-01T00:00:01.123", 1, 123000000);
    check_time("1970-01-01T00:00:01.0000001Z", 1, 100);
    check_time("1970-01-01T00:00:01.1234567891234Z", 1, 123456789);
    check_time("1969-12-31T23:59:59.5Z", -1, 500000000);
}

static void
reads_zones(void)
{
    check_time("1970-01-01T02:00:00+02:00", 0, 0);
    check_time("1969-12-31T19:00:00-05:00", 0, 0);
    check_time("1970-01-01T05:30:00.25+05:30", 0, 250000000);
    check_time("1970-01-01T14:00:00+14:00", 0, 0);
    check_time("1970-01-01T00:00:00-00:00", 0, 0);
}

static void
reads_dates(void)
{
    check_time("1970-01-02", 86400, 0);
    check_time("2026-10-04", 1791072000, 0);
    check_time("2026-10-04Z", 1791072000, 0);
    check_time("2026-10-04+02:00", 1791064800, 0);
}

static void
refuses_times(void)
{
    static const char *const bad[] = { "",
                                       "2026",
                                       "2026-10",
                                       "2026-10-4",
                                       "26-10-04",
                                       "2026/10/04",
                                       "0000-01-01",
                                       "2026-00-01",
                                       "2026-13-01",
                                       "2026-10-00",
                                       "2026-10-32",
                                       "-2026-10-04",
                                       "2026-10-04T",
                                       "2026-10-04T16",
                                       "2026-10-04T16:33",
                                       "2026-10-04T16:33:2",
                                       "2026-10-04T25:33:26Z",
                                       "2026-10-04T16:60:26Z",
                                       "2026-10-04T16:33:61Z",
                                       "2026-10-04T16-33-26Z",
                                       "2026-10-04 16:33:26",
                                       "2026-10-04T16:33:26X",
                                       "2026-10-04T16:33:26ZZ",
                                       "2026-10-04T16:33:26+2",
                                       "2026-10-04T16:33:26+02:60",
                                       "2026-10-04T16:33:26+15:00",
                                       "2026-10-04T16:33:26+0200",
                                       "2026-10-04T16:33:26,5Z",
                                       "12/31/2026 1:00:00 AM" };
    int64_t seconds;
    int32_t nanoseconds;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wu_text_time(wu_slice_text(bad[i]), &seconds, &nanoseconds)) {
            printf("taken as a time: %s\n", bad[i]);
            unit_failures++;
        }
    CHECK(!wu_text_time(nothing, &seconds, &nanoseconds));
}

/* xsd:dateTime has the days that the month has, and 24:00:00 as its only time beyond 23. */
static void
refuses_days_that_are_not(void)
{
    static const char *const bad[] = { "2026-02-29", "2026-02-30", "2026-04-31", "1900-02-29", "2026-10-04T24:00:01Z" };
    int64_t seconds;
    int32_t nanoseconds;

    check_time("2024-02-29", 1709164800, 0);
    check_time("1970-01-01T24:00:00Z", 86400, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wu_text_time(wu_slice_text(bad[i]), &seconds, &nanoseconds)) {
            printf("taken as a time: %s\n", bad[i]);
            unit_failures++;
        }
}

static void
reads_booleans(void)
{
    bool value = false;

    CHECK(wu_text_bool(BYTES("true"), &value) && value);
    CHECK(wu_text_bool(BYTES("false"), &value) && !value);
    CHECK(wu_text_bool(BYTES("1"), &value) && value);
    CHECK(wu_text_bool(BYTES("0"), &value) && !value);
    CHECK(wu_text_bool(BYTES(" true\n"), &value) && value);
    CHECK(!wu_text_bool(BYTES(""), &value));
    CHECK(!wu_text_bool(BYTES("yes"), &value));
    CHECK(!wu_text_bool(BYTES("2"), &value));
    CHECK(!wu_text_bool(BYTES("10"), &value));
    CHECK(!wu_text_bool(BYTES("trues"), &value));
    CHECK(!wu_text_bool(BYTES("fals"), &value));
    CHECK(!wu_text_bool(nothing, &value));
}

static void
writes_times(void)
{
    static const struct {
        int64_t seconds;
        int32_t nanoseconds;
        const char *text;
    } times[] = {
        { 0, 0, "Jan  1, 1970 00:00:00.000000000 UTC" },
        { -1, 999999900, "Dec 31, 1969 23:59:59.999999900 UTC" },
        { 951782400, 5, "Feb 29, 2000 00:00:00.000000005 UTC" },
        { -11644473600, 0, "Jan  1, 1601 00:00:00.000000000 UTC" },
        { -6847804800, 0, "Jan  1, 1753 00:00:00.000000000 UTC" },
        { -62135596800, 0, "Jan  1, 1 00:00:00.000000000 UTC" },
        { -62135596801, 0, "Dec 31, 0 23:59:59.000000000 UTC" },
        { 32535215999, 0, "Dec 31, 3000 23:59:59.000000000 UTC" },
        { 64060588800, 0, "Jan  1, 4000 00:00:00.000000000 UTC" },
        { 253402300799, 999999900, "Dec 31, 9999 23:59:59.999999900 UTC" },
    };
    char text[WU_TIME_TEXT];

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        wu_text_from_time(times[i].seconds, times[i].nanoseconds, text);
        CHECK_TEXT(text, times[i].text);
    }
    wu_text_from_time(INT64_MAX, INT32_MAX, text);
    wu_text_from_time(INT64_MIN, INT32_MIN, text);
}

/* As in records: from the year 1 to 9999, and "" beyond. */
static void
writes_utc(void)
{
    char text[WU_UTC_TEXT];

    CHECK_TEXT(wu_text_utc(1772442002, 161000, text), "2026-03-02T09:00:02.161000Z");
    CHECK_TEXT(wu_text_utc(-1, 1, text), "1969-12-31T23:59:59.000001Z");
    CHECK_TEXT(wu_text_utc(-62135596800, 0, text), "0001-01-01T00:00:00.000000Z");
    CHECK_TEXT(wu_text_utc(253402300799, 999999, text), "9999-12-31T23:59:59.999999Z");
    CHECK_TEXT(wu_text_utc(-62135596801, 0, text), "");
    CHECK_TEXT(wu_text_utc(253402300800, 0, text), "");
    CHECK_TEXT(wu_text_utc(0, -1, text), "");
    CHECK_TEXT(wu_text_utc(0, 1000000, text), "");
    CHECK_TEXT(wu_text_utc(INT64_MIN, 0, text), "");
}

/* Every day of three periods of 400 years, beside what reads them. */
static void
writes_every_day_that_it_reads(void)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[WU_TIME_TEXT], iso[32];
    int day, month, year, faults = 0;
    int64_t seconds;
    int32_t nanoseconds;

    for (int64_t days = -719162; days < -719162 + 3 * 146097; days++) {
        wu_text_from_time(days * 86400 + 43200, 0, text);
        CHECK_EQ(sscanf(text + 4, "%d, %d 12:00:00.000000000 UTC", &day, &year), 2);
        for (month = 0; month < 12 && strncmp(months + month * 3, text, 3); month++)
            ;
        snprintf(iso, sizeof iso, "%04d-%02d-%02dT12:00:00Z", year, month + 1, day);
        faults += !wu_text_time(wu_slice_text(iso), &seconds, &nanoseconds) || seconds != days * 86400 + 43200;
    }
    CHECK_EQ(faults, 0);
}

static void
check_calm(const char *text, const char *expected)
{
    char *copy = g_strdup(text);

    wu_text_calm(copy);
    CHECK_TEXT(copy, expected);
    CHECK(g_utf8_validate(copy, -1, NULL));
    g_free(copy);
}

static void
calms_what_steers_a_screen(void)
{
    static const gunichar ranges[][2] = { { 0x01, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
                                          { 0x2060, 0x206f }, { 0xfeff, 0xfeff } };

    check_calm("", "");
    check_calm("plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 text", "plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 text");
    check_calm("\x1b[31m\r\n\tx\x7f", " [31m   x ");
    check_calm("a\xc2\x9b" "b\xd8\x9c" "c\xe2\x80\xae" "d\xe2\x81\xa0\xef\xbb\xbf", "a b c\xef\xbf\xbd" "d\xef\xbf\xbd\xef\xbf\xbd");
    for (gunichar c = 1; c < 0x10000; c++) { /* these, and no others */
        char one[7] = "";
        bool steers = false;
        for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
            steers |= c >= ranges[i][0] && c <= ranges[i][1];
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        int n = g_unichar_to_utf8(c, one);
        CHECK_EQ(wu_text_steering(one), steers ? (size_t)n : 0);
    }
    CHECK_EQ(wu_text_steering("\xc2"), 0); /* cut short */
    CHECK_EQ(wu_text_steering("\xe2\x80"), 0);
    CHECK_EQ(wu_text_steering(""), 0);
}

const unit_case unit_text_cases[] = {
    { "text: charset by the first bytes", charset_by_first_bytes },
    { "text: charset by the declaration", charset_by_declaration },
    { "text: turns UTF-16 into UTF-8", turns_utf16_into_utf8 },
    { "text: leaves out the byte order mark", leaves_out_the_byte_order_mark },
    { "text: mends broken UTF-16", mends_broken_utf16 },
    { "text: writes no more UTF-8 than there is room", writes_no_more_utf8_than_there_is_room },
    { "text: resolves entities", resolves_entities },
    { "text: leaves what is no entity", leaves_what_is_no_entity },
    { "text: leaves what is no character reference", leaves_what_is_no_character_reference },
    { "text: replaces what is no character", replaces_what_is_no_character },
    { "text: takes plain text literally", takes_plain_text_literally },
    { "text: decodes Latin 1", decodes_latin1 },
    { "text: cuts at a character", cuts_at_a_character },
    { "text: unescapes", unescapes },
    { "text: unescaping never makes longer", unescaping_never_makes_longer },
    { "text: reads base64", reads_base64 },
    { "text: refuses what is no base64", refuses_base64 },
    { "text: base64 fits the room", base64_fits_the_room },
    { "text: reads GUIDs", reads_guids },
    { "text: refuses what is no GUID", refuses_guids },
    { "text: reads times", reads_times },
    { "text: reads fractions of seconds", reads_fractions },
    { "text: reads time zones", reads_zones },
    { "text: reads dates", reads_dates },
    { "text: refuses what is no time", refuses_times },
    { "text: refuses days that are not", refuses_days_that_are_not },
    { "text: writes times", writes_times },
    { "text: writes every day that it reads", writes_every_day_that_it_reads },
    { "text: writes a time in UTC", writes_utc },
    { "text: reads booleans", reads_booleans },
    { "text: calms what steers a screen", calms_what_steers_a_screen },
    { NULL, NULL }
};
