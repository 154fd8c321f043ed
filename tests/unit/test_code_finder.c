/* test_code_finder.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <time.h>

#include "code_finder.h"
#include "unit.h"

static const char *const form_names[] = { [WU_FORM_HEX] = "hex",           [WU_FORM_BARE_HEX] = "bare",
                                          [WU_FORM_SIGNED] = "signed",     [WU_FORM_UNSIGNED] = "unsigned",
                                          [WU_FORM_NUMBER] = "number",     [WU_FORM_SYMBOL] = "symbol" };

/* The codes of a text, "hex 80070005 6+10", separated by "; ". Win32 numbers are decimal. */
static char *
codes_text(wu_slice text)
{
    GString *out = g_string_new(NULL);
    uint8_t *copy = g_malloc(text.n ? text.n : 1);
    wu_finder finder;
    wu_found found;

    if (text.n)
        memcpy(copy, text.p, text.n);
    wu_finder_start(&finder, wu_slice_of(copy, text.n));
    while (wu_finder_next(&finder, &found)) {
        g_string_append_printf(out, "%s%s ", out->len ? "; " : "", form_names[found.form]);
        g_string_append_printf(out, found.space == WU_AS_HRESULT ? "%08X" : "%u", found.code);
        g_string_append_printf(out, " %zu+%zu", found.offset, found.length);
    }
    CHECK(!wu_finder_next(&finder, &found));
    CHECK(!finder.n_seen || wu_may_hold_code(text));
    g_free(copy);
    return g_string_free(out, FALSE);
}

#define CHECK_CODES_IN(slice, expected)       \
    do {                                      \
        char *codes_ = codes_text(slice);     \
        CHECK_TEXT(codes_, (expected));       \
        g_free(codes_);                       \
    } while (0)

#define CHECK_CODES(text, expected) CHECK_CODES_IN(BYTES(text), expected)

/* ---- the forms ---- */

static void
finds_hex(void)
{
    CHECK_CODES("0x80244022", "hex 80244022 0+10");
    CHECK_CODES("0X8024402C", "hex 8024402C 0+10");
    CHECK_CODES("got 0x8024402c.", "hex 8024402C 4+10");
    CHECK_CODES("(0x80070005)", "hex 80070005 1+10");
    CHECK_CODES("[0x80070005]", "hex 80070005 1+10");
    CHECK_CODES("\"0x80070005\"", "hex 80070005 1+10");
    CHECK_CODES("a=0x80070005;b", "hex 80070005 2+10");
    CHECK_CODES("a:0x80070005,b", "hex 80070005 2+10");
    CHECK_CODES("0xC1900101-0x20017", "hex C1900101 0+10");
    CHECK_CODES("0xC1900101 - 0x20017", "hex C1900101 0+10");
}

/* Known, or a failure of a facility that has a name, or introduced. */
static void
finds_hex_that_means_something(void)
{
    CHECK_CODES("0x00240006", "hex 00240006 0+10");
    CHECK_CODES("0x8024ffee", "hex 8024FFEE 0+10");
    CHECK_CODES("0x0024ffee", "");
    CHECK_CODES("0x8fff0001", "");
    CHECK_CODES("0xaaaabbbb", "");
    CHECK_CODES("0x12345678", "");
    CHECK_CODES("error 0x12345678", "hex 12345678 6+10");
    CHECK_CODES("error 0xaaaabbbb", "hex AAAABBBB 6+10");
    CHECK_CODES("hr=0x00000001", "hex 00000001 3+10");
}

/* The table has a reading for every number with the N bit, but knows none of them. */
static void
the_n_bit_makes_nothing_known(void)
{
    CHECK_CODES("0xd0000022", "hex D0000022 0+10"); /* facility 0 has a name */
    CHECK_CODES("0xdeadbeef", "");
    CHECK_CODES("0xffffffff", "");
    CHECK_CODES("a loss of -1200000000", "");
    CHECK_CODES("result code b1c2d3e4", "");
    CHECK_CODES("error 4000000000", "");
}

static void
refuses_hex_inside_others(void)
{
    CHECK_CODES("x0x80244022", "");
    CHECK_CODES("_0x80244022", "");
    CHECK_CODES("10x80244022", "");
    CHECK_CODES("0x80244022a", "");
    CHECK_CODES("0x80244022_", "");
    CHECK_CODES("0x802440221", "");
    CHECK_CODES("0x80244022g", "");
    CHECK_CODES("0x80244022/x", "");
    CHECK_CODES("0x80244022+x", "");
    CHECK_CODES("/0x80244022", "");
    CHECK_CODES("\\0x80244022", "");
    CHECK_CODES("0x8024402", "");
    CHECK_CODES("0x", "");
    CHECK_CODES("0x8024402g", "");
}

static void
finds_short_hex(void)
{
    CHECK_CODES("error 0x240006", "hex 00240006 6+8");
    CHECK_CODES("hresult: 0x0240006", "hex 00240006 9+9");
    CHECK_CODES("0x240006", "");          /* not introduced */
    CHECK_CODES("error 0x24ffee", "");    /* not known */
    CHECK_CODES("error 0x2ee2", "hex 00002EE2 6+6");
    CHECK_CODES("error 0x2ffe", "");      /* not known */
    CHECK_CODES("0x2ee2", "");
    CHECK_CODES("result WU:0x00248002", "hex 00248002 10+10");
}

static void
finds_bare_hex(void)
{
    CHECK_CODES("error 80244022", "bare 80244022 6+8");
    CHECK_CODES("error code: 8024402C", "bare 8024402C 12+8");
    CHECK_CODES("HRESULT=c1900101", "bare C1900101 8+8");
    CHECK_CODES("80244022", "");              /* not introduced */
    CHECK_CODES("error 8024ffee", "bare 8024FFEE 6+8"); /* unknown, but directly behind the word */
    CHECK_CODES("error in file 8024ffee", "");
    CHECK_CODES("error 00240006", "");        /* no failure */
    CHECK_CODES("error 8024402", "");
    CHECK_CODES("error 802440220", "");
    CHECK_CODES("error 80244022x", "");
    CHECK_CODES("error a80244022", "");
}

static void
finds_signed(void)
{
    CHECK_CODES("-2145107924", "signed 8024402C 0+11");
    CHECK_CODES("Code=\"-2147024894\"", "signed 80070002 6+11");
    CHECK_CODES("F=-2145099769", "signed 80246007 2+11");
    CHECK_CODES("(-2147024891)", "signed 80070005 1+11");
    CHECK_CODES("-2145058834", "signed 8024FFEE 0+11"); /* unknown, but of a named facility */
    CHECK_CODES("-1", "");
    CHECK_CODES("-1000000000", "");
    CHECK_CODES("-2147483649", "");
    CHECK_CODES("-21451079240", "");
    CHECK_CODES("x-2145107924", "");
    CHECK_CODES("5-2145107924", "");
    CHECK_CODES("-2145107924.5", "");
    CHECK_CODES("--2145107924", "");
    CHECK_CODES("-2145107924a", "");
}

static void
finds_unsigned(void)
{
    CHECK_CODES("error 2149859372", "unsigned 8024402C 6+10");
    CHECK_CODES("failed with 2147942405.", "unsigned 80070005 12+10");
    CHECK_CODES("2149859372", "");          /* not introduced */
    CHECK_CODES("error 2149908462", "unsigned 8024FFEE 6+10"); /* unknown, but directly behind the word */
    CHECK_CODES("error in file 2149908462", "");
    CHECK_CODES("error 4294967296", "");
    CHECK_CODES("error 21498593720", "");
    CHECK_CODES("error 2149859372.5", "");
    CHECK_CODES("error 2149859372x", "");
    CHECK_CODES("error x2149859372", "");
}

static void
finds_numbers(void)
{
    CHECK_CODES("error 12007", "number 12007 6+5");
    CHECK_CODES("WinHTTP error 12029 (cannot connect)", "number 12029 14+5");
    CHECK_CODES("socket failed: 10060", "number 10060 15+5");
    CHECK_CODES("winsock 11001", "number 11001 8+5");
    CHECK_CODES("12007", "");
    CHECK_CODES("12007 files", "");
    CHECK_CODES("error 12011.5", "");
    CHECK_CODES("error 12003a", "");
    CHECK_CODES("error 12199", "");  /* in the range but not known */
    CHECK_CODES("error 10003", "");  /* not in the range */
    CHECK_CODES("error 5", "");
    CHECK_CODES("error 12.007", "");
    CHECK_CODES("error 012007", "");
}

static void
finds_symbols(void)
{
    CHECK_CODES("WU_E_NO_SERVICE", "symbol 80240001 0+15");
    CHECK_CODES("it was E_ACCESSDENIED, again", "symbol 80070005 7+14");
    CHECK_CODES("(ERROR_ACCESS_DENIED)", "symbol 5 1+19");
    CHECK_CODES("WSAETIMEDOUT", "symbol 10060 0+12");
    CHECK_CODES("SEC_E_UNTRUSTED_ROOT", "symbol 80090325 0+20");
    CHECK_CODES("NTE_BAD_KEYSET", "symbol 80090016 0+14");
    CHECK_CODES("CERT_E_UNTRUSTEDROOT.", "symbol 800B0109 0+20");
    CHECK_CODES("ERROR_WINHTTP_TIMEOUT", "symbol 12002 0+21");
}

static void
refuses_other_symbols(void)
{
    CHECK_CODES("WU_E_NO_SERVICES", "");
    CHECK_CODES("XWU_E_NO_SERVICE", "");
    CHECK_CODES("/WU_E_NO_SERVICE", "");
    CHECK_CODES("WU_E_NO_SERVICE/x", "");
    CHECK_CODES("WU_E_NO_SUCH_THING", "");
    CHECK_CODES("WU_S_ALREADY_INSTALLED", "");
    CHECK_CODES("HTTP_STATUS_SERVICE_UNAVAIL", "");
    CHECK_CODES("FACILITY_WINDOWSUPDATE", "");
    CHECK_CODES("ERROR_", "");
    CHECK_CODES("_E_", "");
}

static bool
has_error_prefix(const char *symbol)
{
    static const char *const prefixes[] = { "E_", "ERROR_", "WSAE", "WSA_", "SEC_E_", "NTE_" };
    bool prefixed = strstr(symbol, "_E_");

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        prefixed |= !strncmp(symbol, prefixes[i], strlen(prefixes[i]));
    return prefixed;
}

static bool
has_small_letters(const char *symbol)
{
    return strpbrk(symbol, "abcdefghijklmnopqrstuvwxyz");
}

static void
check_symbol_in_text(const char *symbol)
{
    char text[160];
    size_t first;
    wu_finder finder;
    wu_found found = { .code = 0 };

    wu_code_by_name(wu_slice_text(symbol), &first);
    const wu_code_row *row = wu_code_symbol_row(first);
    snprintf(text, sizeof text, "symbol %s symbol", symbol);
    wu_finder_start(&finder, wu_slice_text(text));
    bool hit = wu_finder_next(&finder, &found);
    if (!hit || found.code != row->value || found.space != wu_code_row_space(row) || found.offset != 7 ||
        found.length != strlen(symbol)) {
        printf("not found in a text: %s\n", symbol);
        unit_failures++;
    }
}

static void
check_symbols_in_text(bool small_letters)
{
    for (size_t i = 0; i < WU_N_CODES; i++) {
        const char *symbol = wu_text(wu_code_rows[i].symbol);
        if (has_error_prefix(symbol) && has_small_letters(symbol) == small_letters)
            check_symbol_in_text(symbol);
    }
}

static void
finds_every_error_symbol(void)
{
    check_symbols_in_text(false);
}

static void
finds_symbols_with_small_letters(void)
{
    check_symbols_in_text(true);
}

/* Names such as WSASYSNOTREADY begin with the prefix of the family and have no underscore. */
static void
finds_winsock_names_without_e(void)
{
    CHECK_CODES("WSAStartup: WSASYSNOTREADY", "symbol 10091 12+14");
    CHECK_CODES("WSAHOST_NOT_FOUND", "symbol 11001 0+17");
}

/* ---- what introduces a number ---- */

static void
words_introduce(void)
{
    CHECK_CODES("error 12007", "number 12007 6+5");
    CHECK_CODES("ERROR=12007", "number 12007 6+5");
    CHECK_CODES("ErrorCode>12007<", "number 12007 10+5");
    CHECK_CODES("code 12007", "number 12007 5+5");
    CHECK_CODES("HRESULT 12007", "number 12007 8+5");
    CHECK_CODES("failed: 12007", "number 12007 8+5");
    CHECK_CODES("failure 12007", "number 12007 8+5");
    CHECK_CODES("hr 12007", "number 12007 3+5");
    CHECK_CODES("hr=12007", "number 12007 3+5");
}

static void
other_words_do_not(void)
{
    CHECK_CODES("thrice 12007", "");
    CHECK_CODES("three hours, 12007 files", "");
    CHECK_CODES("port 12007", "");
    CHECK_CODES("er ror 12007", "");
}

/* "code" inside of another word is no word for an error. */
static void
parts_of_words_do_not(void)
{
    CHECK_CODES("decoded 12002 bytes", "");
    CHECK_CODES("encoder wrote 10060 bytes", "");
    CHECK_CODES("unicode 12007", "");
}

static void
introductions_are_near(void)
{
    /* the word begins 32, then 33 bytes before the number */
    CHECK_CODES("error                           12007", "number 12007 32+5");
    CHECK_CODES("error                            12007", "");
    CHECK_CODES("                                         error 12007", "number 12007 47+5");
}

static void
introductions_are_on_the_line(void)
{
    CHECK_CODES("error\n12007", "");
    CHECK_CODES("error\r\n12007", "");
    CHECK_CODES("x\nerror 12007", "number 12007 8+5");
    CHECK_CODES("12007 is an error", "");
}

/* ---- what is no code ---- */

static void
refuses_guids(void)
{
    CHECK_CODES("error {80070005-8024-4022-8024-402280244022}", "");
    CHECK_CODES("error 80244022-e39d-4da6-8a4b-b43877bcb1b7", "");
    CHECK_CODES("error e39d8024-4022-4da6-8a4b-80244022b1b7", "");
    CHECK_CODES("error 80244022e39d4da68a4bb43877bcb1b7", "");
}

static void
refuses_digests(void)
{
    CHECK_CODES("error 80244022da39a3ee5e6b4b0d3255bfef95601890", "");
    CHECK_CODES("error da39a3ee5e6b4b0d3255bfef9560189080244022", "");
    CHECK_CODES("error 0x80244022da39a3ee5e6b4b0d3255bfef95601890", "");
}

static void
refuses_base64(void)
{
    CHECK_CODES("error code AAEAAAD/////80244022/AQAAAAAA+80244022+E_FAIL/0x80244022=", "");
    CHECK_CODES("error lZ0x80244022WU_E_NO_SERVICE12007", "");
    CHECK_CODES("error 12007+abc 12007/abc abc/12007 abc+12007", "");
}

static void
refuses_urls_and_paths(void)
{
    CHECK_CODES("error http://host/80244022/0x80244022/12007", "");
    CHECK_CODES("error http://host:12007/", "");
    CHECK_CODES("error C:\\80244022\\E_FAIL\\12007", "");
    CHECK_CODES("error %80244022 $80244022 @80244022 ~80244022 &12007", "");
}

static void
refuses_versions_and_ids(void)
{
    CHECK_CODES("error 10.0.10011.16384", "");
    CHECK_CODES("error 7.9.12007.2", "");
    CHECK_CODES("error Windows-Update-Agent/1507.2601.10060.0", "");
    CHECK_CODES("error KB12007", "");
    CHECK_CODES("error id_12007", "");
    CHECK_CODES("error 12007-4", "");
    CHECK_CODES("UpdateID 2149859372 revision 80244022", "");
}

/* ---- texts as they occur ---- */

static void
finds_in_dotnet_texts(void)
{
    CHECK_CODES("Exception from HRESULT: 0x80070005 (E_ACCESSDENIED)", "hex 80070005 24+10");
    CHECK_CODES("System.Runtime.InteropServices.COMException (0x80070005): Access is denied. (Exception from HRESULT: "
                "0x80070005 (E_ACCESSDENIED))",
                "hex 80070005 45+10");
    CHECK_CODES("System.Data.SqlClient.SqlException (0x80131904): Timeout expired.", "hex 80131904 36+10");
    CHECK_CODES("Exception from HRESULT: 0x80040154 (REGDB_E_CLASSNOTREG)", "hex 80040154 24+10");
}

static void
finds_in_agent_texts(void)
{
    CHECK_CODES("AADDeviceTokenState=WU:0x00248002", "hex 00248002 23+10");
    CHECK_CODES("SyncUpdates failed, error = 0x80244022, 0x8024402C", "hex 80244022 28+10; hex 8024402C 40+10");
    CHECK_CODES("WARNING: WinHttp: SendRequestToServerForFileInformation failed with 0x80190194",
                "hex 80190194 68+10");
    CHECK_CODES("Nws error 0x803d0013 mapped to 0x80244007 (WU_E_PT_SOAPCLIENT_SOAPFAULT)",
                "hex 803D0013 10+10; hex 80244007 31+10");
}

/* Chinese and Japanese texts put a number between wide punctuation, without blanks. */
static void
finds_between_wide_punctuation(void)
{
    CHECK_CODES("\xE9\x94\x99\xE8\xAF\xAF\xEF\xBC\x9A" "0x80070005", "hex 80070005 9+10");
    CHECK_CODES("0x80070005\xE3\x80\x82", "hex 80070005 0+10");
    CHECK_CODES("\xEF\xBC\x88" "0x80070005" "\xEF\xBC\x89", "hex 80070005 3+10");
    CHECK_CODES("\xC2\xA0" "0x80070005" "\xC2\xA0", "hex 80070005 2+10");
}

static void
refuses_letters_of_other_alphabets(void)
{
    CHECK_CODES("\xC3\xA9" "0x80070005", "");
    CHECK_CODES("0x80070005" "\xD0\xB6", "");
}

static void
finds_at_both_ends(void)
{
    CHECK_CODES("0x80244022 in between 0x8024402C", "hex 80244022 0+10; hex 8024402C 22+10");
    CHECK_CODES("-2145107924 E_FAIL", "signed 8024402C 0+11; symbol 80004005 12+6");
    CHECK_CODES_IN(BYTES(""), "");
    CHECK_CODES_IN(((wu_slice){ NULL, 0 }), "");
}

static void
finds_beside_nul(void)
{
    CHECK_CODES("0x80244022\0", "hex 80244022 0+10");
    CHECK_CODES("\0" "0x80244022", "hex 80244022 1+10");
}

static void
finds_adjacent_codes(void)
{
    CHECK_CODES("0x80244022,0x80244023;0x80244024|0x80244025",
                "hex 80244022 0+10; hex 80244023 11+10; hex 80244024 22+10; hex 80244025 33+10");
}

/* ---- repetitions ---- */

static void
reports_a_code_once(void)
{
    CHECK_CODES("0x80244022 0x80244022 0x80244022", "hex 80244022 0+10");
    CHECK_CODES("0x8024402c -2145107924 error 2149859372 8024402C WU_E_PT_WINHTTP_NAME_NOT_RESOLVED",
                "hex 8024402C 0+10");
    CHECK_CODES("0x80244022 0x80244023 0x80244022", "hex 80244022 0+10; hex 80244023 11+10");
}

static unsigned
count_codes(const GString *text)
{
    wu_finder finder;
    wu_found found;
    unsigned n = 0;

    wu_finder_start(&finder, wu_slice_of(text->str, text->len));
    while (wu_finder_next(&finder, &found))
        n++;
    return n;
}

/* `different` codes, and all of them again. */
static unsigned
count_after_repetition(unsigned different)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < 2 * different; i++)
        g_string_append_printf(text, "0x8024%04x ", 0x4000 + i % different);
    unsigned n = count_codes(text);
    g_string_free(text, TRUE);
    return n;
}

static void
remembers_the_last_codes(void)
{
    CHECK_EQ(count_after_repetition(WU_FINDER_MEMORY - 1), WU_FINDER_MEMORY - 1);
    CHECK_EQ(count_after_repetition(WU_FINDER_MEMORY), WU_FINDER_MEMORY);
    CHECK_EQ(count_after_repetition(WU_FINDER_MEMORY + 1), 2 * (WU_FINDER_MEMORY + 1));
}

/* ---- work ---- */

static GString *
many_codes(unsigned count)
{
    static const unsigned facilities[] = { 0x8024, 0x8020, 0x800b, 0x803d };
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "error 0x%04x%04x ", facilities[i / 30000], i % 30000);
    return text;
}

static double
seconds_for(const GString *text, unsigned *found)
{
    clock_t start = clock();

    *found = count_codes(text);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void
work_is_linear(void)
{
    GString *small = many_codes(10000), *large = many_codes(100000);
    unsigned found;
    double one = seconds_for(small, &found);

    CHECK_EQ(found, 10000);
    double ten = seconds_for(large, &found);
    CHECK_EQ(found, 100000);
    CHECK(ten < 40 * one + 0.5);
    g_string_free(small, TRUE);
    g_string_free(large, TRUE);
}

static void
long_words_are_linear(void)
{
    static const char *const words[] = { "A",  "0",     "f",      "0x",    "-",        "-1", "_E_",
                                         "E_", "error", "error ", "12007", "\xC3\xA9", "+/" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        GString *text = g_string_new(NULL);
        unsigned found;
        while (text->len < 2 * 1024 * 1024)
            g_string_append(text, words[i]);
        CHECK(seconds_for(text, &found) < 5);
        CHECK_EQ(found, 0);
        g_string_free(text, TRUE);
    }
}

static void
a_quick_look_rules_texts_out(void)
{
    static const char *const none[] = { "", "true", "Evaluate", "0", "000", "0:0", "x0", "-0", "SW", "Detectoid", "cafe babe", "deadbee",
                                        "e-f-a", "W S A" };
    static const char *const some[] = { "1", "-5", "0x", "0X0", "E_FAIL", "WSAEINTR", "deadbeef", "C0000000", "a 80240022" };

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(!wu_may_hold_code(wu_slice_text(none[i])));
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        CHECK(wu_may_hold_code(wu_slice_text(some[i])));
}

const unit_case unit_code_finder_cases[] = {
    { "code_finder: a quick look rules texts out", a_quick_look_rules_texts_out },
    { "code_finder: finds hex", finds_hex },
    { "code_finder: finds hex that means something", finds_hex_that_means_something },
    { "code_finder: the N bit makes nothing known", the_n_bit_makes_nothing_known },
    { "code_finder: refuses hex inside others", refuses_hex_inside_others },
    { "code_finder: finds short hex", finds_short_hex },
    { "code_finder: finds bare hex", finds_bare_hex },
    { "code_finder: finds signed numbers", finds_signed },
    { "code_finder: finds unsigned numbers", finds_unsigned },
    { "code_finder: finds WinHTTP and Winsock numbers", finds_numbers },
    { "code_finder: finds symbols", finds_symbols },
    { "code_finder: refuses other symbols", refuses_other_symbols },
    { "code_finder: finds every error symbol", finds_every_error_symbol },
    { "code_finder: finds symbols with small letters", finds_symbols_with_small_letters },
    { "code_finder: finds Winsock names without E", finds_winsock_names_without_e },
    { "code_finder: words introduce numbers", words_introduce },
    { "code_finder: other words do not", other_words_do_not },
    { "code_finder: parts of words do not", parts_of_words_do_not },
    { "code_finder: introductions are near", introductions_are_near },
    { "code_finder: introductions are on the line", introductions_are_on_the_line },
    { "code_finder: refuses GUIDs", refuses_guids },
    { "code_finder: refuses digests", refuses_digests },
    { "code_finder: refuses base64", refuses_base64 },
    { "code_finder: refuses URLs and paths", refuses_urls_and_paths },
    { "code_finder: refuses versions and ids", refuses_versions_and_ids },
    { "code_finder: finds codes in .NET texts", finds_in_dotnet_texts },
    { "code_finder: finds codes in texts of the agent", finds_in_agent_texts },
    { "code_finder: finds codes between wide punctuation", finds_between_wide_punctuation },
    { "code_finder: refuses letters of other alphabets", refuses_letters_of_other_alphabets },
    { "code_finder: finds codes at both ends", finds_at_both_ends },
    { "code_finder: finds codes beside NUL", finds_beside_nul },
    { "code_finder: finds adjacent codes", finds_adjacent_codes },
    { "code_finder: reports a code once", reports_a_code_once },
    { "code_finder: remembers the last codes", remembers_the_last_codes },
    { "code_finder: work is linear", work_is_linear },
    { "code_finder: long words are linear", long_words_are_linear },
    { NULL, NULL }
};
