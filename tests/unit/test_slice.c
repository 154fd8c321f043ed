/* test_slice.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "unit.h"

static const wu_slice nothing = { NULL, 0 };

static void
compares(void)
{
    CHECK(wu_slice_is(BYTES("abc"), "abc"));
    CHECK(!wu_slice_is(BYTES("abc"), "abC"));
    CHECK(!wu_slice_is(BYTES("abc"), "ab"));
    CHECK(!wu_slice_is(BYTES("ab"), "abc"));
    CHECK(wu_slice_is(BYTES(""), ""));
    CHECK(!wu_slice_is(BYTES("ab\0c"), "ab"));
    CHECK(wu_slice_is(nothing, ""));
    CHECK(!wu_slice_is(nothing, "a"));
}

static void
compares_in_either_case(void)
{
    CHECK(wu_slice_is_nocase(BYTES("AbC-1"), "aBc-1"));
    CHECK(!wu_slice_is_nocase(BYTES("AbC-1"), "aBc-2"));
    CHECK(!wu_slice_is_nocase(BYTES("AbC"), "aB"));
    /* '@' and '`', '[' and '{' differ by the bit that letters differ by */
    CHECK(!wu_slice_is_nocase(BYTES("@["), "`{"));
    CHECK(!wu_slice_is_nocase(BYTES("\xC4"), "\xE4"));
    CHECK(wu_slice_is_nocase(nothing, ""));
}

static void
compares_ends(void)
{
    CHECK(wu_slice_begins_nocase(BYTES("Content-Type"), "CONTENT"));
    CHECK(wu_slice_begins_nocase(BYTES("Content"), "CONTENT"));
    CHECK(!wu_slice_begins_nocase(BYTES("Conten"), "CONTENT"));
    CHECK(wu_slice_begins_nocase(BYTES("x"), ""));
    CHECK(!wu_slice_begins_nocase(nothing, "x"));
    CHECK(wu_slice_ends_nocase(BYTES("GetConfigResponse"), "RESPONSE"));
    CHECK(wu_slice_ends_nocase(BYTES("Response"), "RESPONSE"));
    CHECK(!wu_slice_ends_nocase(BYTES("esponse"), "RESPONSE"));
    CHECK(!wu_slice_ends_nocase(BYTES("Responses"), "RESPONSE"));
    CHECK(wu_slice_ends_nocase(BYTES("x"), ""));
    CHECK(!wu_slice_ends_nocase(nothing, "x"));
}

static void
cuts(void)
{
    wu_slice text = BYTES("0123456789");

    CHECK_SLICE(wu_slice_from(text, 0), "0123456789");
    CHECK_SLICE(wu_slice_from(text, 9), "9");
    CHECK_SLICE(wu_slice_from(text, 10), "");
    CHECK_SLICE(wu_slice_from(text, 11), "");
    CHECK_EQ(wu_slice_from(text, SIZE_MAX).n, 0);
    CHECK(wu_slice_from(text, 10).p == text.p + 10);
    CHECK_SLICE(wu_slice_text("abc"), "abc");
}

/* A slice without bytes may be without a pointer too; sanitizers complain where one is calculated from it. */
static void
cuts_nothing(void)
{
    CHECK_EQ(wu_slice_from(nothing, 0).n, 0);
    CHECK_EQ(wu_slice_from(nothing, 3).n, 0);
    CHECK(wu_slice_ends_nocase(nothing, ""));
    CHECK(wu_slice_begins_nocase(nothing, ""));
}

static void
trims(void)
{
    CHECK_SLICE(wu_slice_trim(BYTES(" \t\r\n a b \n\r\t ")), "a b");
    CHECK_SLICE(wu_slice_trim(BYTES("a")), "a");
    CHECK_SLICE(wu_slice_trim(BYTES(" \t ")), "");
    CHECK_SLICE(wu_slice_trim(BYTES("")), "");
    CHECK_SLICE(wu_slice_trim(BYTES("\va\f")), "\va\f");
    CHECK_EQ(wu_slice_trim(nothing).n, 0);
}

static void
finds(void)
{
    wu_slice text = BYTES("abababc");

    CHECK_EQ(wu_slice_find(text, 0, "ab"), 0);
    CHECK_EQ(wu_slice_find(text, 1, "ab"), 2);
    CHECK_EQ(wu_slice_find(text, 0, "abc"), 4);
    CHECK_EQ(wu_slice_find(text, 4, "abc"), 4);
    CHECK_EQ(wu_slice_find(text, 5, "abc"), 7);
    CHECK_EQ(wu_slice_find(text, 0, "abcd"), 7);
    CHECK_EQ(wu_slice_find(text, 0, "ABC"), 7);
    CHECK_EQ(wu_slice_find(text, 7, "a"), 7);
    CHECK_EQ(wu_slice_find(text, 100, "a"), 7);
    CHECK_EQ(wu_slice_find(nothing, 0, "a"), 0);
    CHECK_EQ(wu_slice_find(BYTES("\0\0x\0"), 0, "x"), 2);
}

static void
finds_in_either_case(void)
{
    wu_slice text = BYTES("-Xpress-XPRESS");

    CHECK_EQ(wu_slice_find_nocase(text, 0, "xpress"), 1);
    CHECK_EQ(wu_slice_find_nocase(text, 2, "xpress"), 8);
    CHECK_EQ(wu_slice_find_nocase(text, 9, "xpress"), 14);
    CHECK_EQ(wu_slice_find_nocase(text, 0, "xpresso"), 14);
    CHECK_EQ(wu_slice_find_nocase(text, 100, "x"), 14);
    CHECK_EQ(wu_slice_find_nocase(nothing, 0, "x"), 0);
}

static void
finds_bytes(void)
{
    CHECK_EQ(wu_slice_find_byte(BYTES("a;b;c"), 0, ';'), 1);
    CHECK_EQ(wu_slice_find_byte(BYTES("a;b;c"), 1, ';'), 1);
    CHECK_EQ(wu_slice_find_byte(BYTES("a;b;c"), 2, ';'), 3);
    CHECK_EQ(wu_slice_find_byte(BYTES("a;b;c"), 4, ';'), 5);
    CHECK_EQ(wu_slice_find_byte(BYTES("a;b;c"), 99, ';'), 5);
    CHECK_EQ(wu_slice_find_byte(BYTES("a\0b"), 0, 0), 1);
    CHECK_EQ(wu_slice_find_byte(nothing, 0, 0), 0);
}

static void
knows_characters(void)
{
    static const char hex[] = "0123456789abcdefABCDEF", blanks[] = " \t\r\n";

    for (int c = 0; c < 256; c++) {
        const char *digit = c ? strchr(hex, c) : NULL;
        int value = digit ? (int)(digit - hex < 16 ? digit - hex : digit - hex - 6) : -1;
        CHECK_EQ(wu_hex_digit((uint8_t)c), value);
        CHECK_EQ(wu_is_digit((uint8_t)c), c >= '0' && c <= '9');
        CHECK_EQ(wu_is_space((uint8_t)c), c && strchr(blanks, c));
        CHECK_EQ(wu_is_alnum((uint8_t)c),
                 (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
        CHECK_EQ(wu_lower((uint8_t)c), c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
}

static void
check_number(const char *text, bool valid, int64_t expected)
{
    int64_t value = 4711;
    bool got = wu_slice_int64(wu_slice_text(text), &value);

    if (got != valid || (valid && value != expected))
        printf("the number is \"%s\"\n", text);
    CHECK_EQ(got, valid);
    if (valid)
        CHECK_EQ(value, expected);
}

static void
check_code(const char *text, bool valid, uint32_t expected)
{
    uint32_t value = 4711;
    bool got = wu_slice_code(wu_slice_text(text), &value);

    if (got != valid || (valid && value != expected))
        printf("the code is \"%s\"\n", text);
    CHECK_EQ(got, valid);
    if (valid)
        CHECK_EQ(value, expected);
}

static void
reads_numbers(void)
{
    check_number("0", true, 0);
    check_number("-0", true, 0);
    check_number("+17", true, 17);
    check_number(" \t-17\r\n", true, -17);
    check_number("007", true, 7);
    check_number("9223372036854775807", true, INT64_MAX);
    check_number("-9223372036854775807", true, -INT64_MAX);
}

static void
reads_the_smallest_number(void)
{
    check_number("-9223372036854775808", true, INT64_MIN);
}

static void
reads_leading_zeros(void)
{
    check_number("00000000000000000000000042", true, 42);
    check_code("0x0000000080244022", true, 0x80244022);
}

static void
refuses_numbers(void)
{
    static const char *const bad[] = { "",    " ",    "-",    "+",   "--1", "1 2", "1.0",
                                       "0x1", "1e3",  "12a",  "a12", "- 1", "1-",  "9223372036854775808",
                                       "-9223372036854775809", "99999999999999999999", "18446744073709551617" };
    int64_t value;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_number(bad[i], false, 0);
    CHECK(!wu_slice_int64(nothing, &value));
    CHECK(!wu_slice_int64(BYTES("1\0"), &value));
}

static void
reads_codes(void)
{
    check_code("0x80244022", true, 0x80244022);
    check_code("0X8024402c", true, 0x8024402c);
    check_code("0x0", true, 0);
    check_code(" 0xffffffff ", true, 0xffffffff);
    check_code("-2145107924", true, 0x8024402c);
    check_code("2149859372", true, 0x8024402c);
    check_code("12002", true, 12002);
    check_code("4294967295", true, 0xffffffff);
    check_code("-2147483648", true, 0x80000000);
    check_code("-1", true, 0xffffffff);
}

static void
refuses_codes(void)
{
    static const char *const bad[] = {
        "",           "0x",          "x80244022",   "80244022h",   "0x8024402g", "0x1ffffffff",
        "4294967296", "-2147483649", "-0x80244022", "0x 80244022", "8024402C"
    };
    uint32_t value;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_code(bad[i], false, 0);
    CHECK(!wu_slice_code(nothing, &value));
}

const unit_case unit_slice_cases[] = {
    { "slice: compares", compares },
    { "slice: compares in either case", compares_in_either_case },
    { "slice: compares beginnings and ends", compares_ends },
    { "slice: cuts", cuts },
    { "slice: cuts nothing", cuts_nothing },
    { "slice: trims", trims },
    { "slice: finds", finds },
    { "slice: finds in either case", finds_in_either_case },
    { "slice: finds bytes", finds_bytes },
    { "slice: knows characters", knows_characters },
    { "slice: reads numbers", reads_numbers },
    { "slice: reads the smallest number", reads_the_smallest_number },
    { "slice: reads leading zeros", reads_leading_zeros },
    { "slice: refuses numbers", refuses_numbers },
    { "slice: reads codes", reads_codes },
    { "slice: refuses codes", refuses_codes },
    { NULL, NULL }
};
