/* test_code_table.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "code_table.h"
#include "unit.h"

#define READINGS(code, space) wu_code_readings((code), (space), reading, WU_MAX_READINGS)

static enum wu_space
space_of(size_t row)
{
    return wu_code_row_space(&wu_code_rows[row]);
}

static bool
is_first_name(const wu_code_row *row)
{
    return row->kind == WU_CODE_PRIMARY || row->kind == WU_CODE_SUCCESS;
}

static void
complain(const char *what, const wu_code_row *row)
{
    printf("%s: 0x%08X %s\n", what, row->value, wu_text(row->symbol));
    unit_failures++;
}

/* ---- the tables as a whole ---- */

static void
rows_are_sorted(void)
{
    for (size_t i = 1; i < WU_N_CODES; i++) {
        const wu_code_row *a = &wu_code_rows[i - 1], *b = &wu_code_rows[i];
        if (space_of(i) != space_of(i - 1))
            continue;
        if (a->value > b->value)
            complain("not sorted by number", b);
        if (a->value != b->value)
            continue;
        if (!is_first_name(a) && is_first_name(b))
            complain("a first name behind an alias", b);
        if (is_first_name(a) == is_first_name(b) && wu_family_rank[a->family] > wu_family_rank[b->family])
            complain("not in the order of families.tsv", b);
    }
}

static void
parts_hold_what_they_say(void)
{
    CHECK_EQ(space_of(0), WU_AS_HRESULT);
    CHECK_EQ(space_of(WU_FIRST_WIN32 - 1), WU_AS_HRESULT);
    CHECK_EQ(space_of(WU_FIRST_WIN32), WU_AS_WIN32);
    CHECK_EQ(space_of(WU_FIRST_HTTP - 1), WU_AS_WIN32);
    CHECK_EQ(space_of(WU_FIRST_HTTP), WU_AS_HTTP_STATUS);
    CHECK_EQ(space_of(WU_N_CODES - 1), WU_AS_HTTP_STATUS);
    for (size_t i = 0; i < WU_N_CODES; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        bool fits = space_of(i) == WU_AS_HRESULT || row->value <= 0xffff;
        if (!fits || row->family > WU_FAMILY_MAX || row->kind > WU_CODE_MISPRINT)
            complain("impossible row", row);
        if ((space_of(i) == WU_AS_HTTP_STATUS) != (row->family == WU_FAMILY_HTTP && row->value < 1000))
            complain("HTTP status among others", row);
    }
}

static void
first_names_are_unique(void)
{
    for (size_t i = 0; i < WU_N_CODES; i++)
        for (size_t k = i + 1; k < WU_N_CODES && wu_code_rows[k].value == wu_code_rows[i].value; k++) {
            const wu_code_row *a = &wu_code_rows[i], *b = &wu_code_rows[k];
            if (space_of(i) != space_of(k) || a->family != b->family)
                continue;
            if (is_first_name(a) && is_first_name(b))
                complain("second first name", b);
            if (a->symbol == b->symbol)
                complain("the same row twice", b);
        }
}

/* tables/families.tsv promises a text for every code, but for the two largest families. */
static void
texts_are_there(void)
{
    for (size_t i = 0; i < WU_N_CODES; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        const char *text = wu_text(row->text);
        if (!*text && row->family != WU_FAMILY_COM && row->family != WU_FAMILY_WIN32)
            complain("no text", row);
        if (*text && text[strlen(text) - 1] != '.')
            complain("a text that is no sentence", row);
        /* some numbers have no published name; then the meaning has to be there */
        if (!*wu_text(row->symbol) && (space_of(i) == WU_AS_WIN32 || !*text))
            complain("no symbol", row);
    }
}

static void
families_have_names(void)
{
    static const char *const names[] = {
        "Unknown", "WUA",   "WWS",      "WinHTTP",     "WinINet",  "Winsock", "HTTP",   "BITS", "DeliveryOptimization",
        "CBS",     "Setup", "SetupAPI", "Certificate", "Security", "COM",     "DotNet", "XML",  "MSI",
        "Win32",   "NTSTATUS", "ConfigMgr",  "ESENT",      "Defender", "MDM",    "WMI",    "AppX", "DISM",
        "Identity", "Script"
    };

    CHECK_EQ(sizeof names / sizeof *names, WU_FAMILY_MAX + 1);
    for (unsigned i = 0; i < WU_FAMILY_MAX + 1; i++) {
        CHECK_TEXT(wu_family_names[i], names[i]);
        CHECK_EQ(wu_family_by_name(wu_slice_text(names[i])), i);
    }
    CHECK_EQ(wu_family_by_name(BYTES("WinHTTP")), WU_FAMILY_WINHTTP);
}

/* The number that tells of an unknown name must be no family's. */
static void
unknown_families_are_none(void)
{
    static const char *const unknown[] = { "", "winhttp", "WinHTT", "WinHTTPS", "Wua" };

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        unsigned family = wu_family_by_name(wu_slice_text(unknown[i]));
        CHECK(family > WU_FAMILY_WIN32);
    }
}

/* Sorted, one name for each number, and the one that a look-up shows first. */
static void
names_are_those_of_readings(void)
{
    wu_reading reading[WU_MAX_READINGS];

    for (size_t i = 0; i < WU_N_CODE_NAMES; i++) {
        const wu_name_row *row = &wu_code_names[i];
        if (i && row->value <= wu_code_names[i - 1].value)
            printf("not sorted: 0x%08X\n", row->value), unit_failures++;
        CHECK(*wu_text(row->name));
        if (row->value > 0xffff && READINGS(row->value, WU_AS_HRESULT))
            CHECK_TEXT(wu_text(row->name), reading[0].symbol);
    }
}

/* ---- from numbers to names and back ---- */

static bool
has_symbol(const wu_reading *reading, size_t n, const char *symbol, uint32_t true_code)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(reading[i].symbol, symbol) && reading[i].true_code == true_code)
            return true;
    return false;
}

static uint32_t
true_code_of(const wu_code_row *row)
{
    size_t first;

    if (row->kind != WU_CODE_MISPRINT || !wu_code_by_name(wu_slice_text(wu_text(row->symbol)), &first))
        return row->value;
    return wu_code_symbol_row(first)->value;
}

static void
every_number_has_its_names(void)
{
    wu_reading reading[WU_MAX_READINGS];

    for (size_t i = 0; i < WU_N_CODES; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        size_t n = READINGS(row->value, space_of(i));
        if (!has_symbol(reading, n, wu_text(row->symbol), true_code_of(row)))
            complain("no such reading", row);
    }
}

static void
every_win32_error_is_read_as_hresult(void)
{
    wu_reading reading[WU_MAX_READINGS];

    for (size_t i = WU_FIRST_WIN32; i < WU_FIRST_HTTP; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        size_t n = READINGS(0x80070000u | row->value, WU_AS_HRESULT);
        bool found = false;
        for (size_t k = 0; k < n; k++)
            found |= !strcmp(reading[k].symbol, wu_text(row->symbol)) &&
                     (reading[k].how == WU_READ_TABLE || reading[k].true_code == row->value);
        if (!found)
            complain("no reading as 0x8007nnnn", row);
        if (!has_symbol(reading, READINGS(row->value, WU_AS_HRESULT), wu_text(row->symbol), row->value))
            complain("no reading as a small HRESULT", row);
    }
}

static void
every_name_has_its_number(void)
{
    for (size_t i = 0; i < WU_N_CODES; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        wu_slice symbol = wu_slice_text(wu_text(row->symbol));
        size_t first = 0, n = symbol.n ? wu_code_by_name(symbol, &first) : 0;
        bool found = !symbol.n;
        for (size_t k = 0; k < n; k++)
            found |= wu_code_symbol_row(first + k) == row;
        if (!found)
            complain("not found by name", row);
        if (n && wu_code_symbol_row(first)->kind == WU_CODE_MISPRINT)
            complain("the misprint comes first", row);
    }
}

static void
names_are_found_in_either_case(void)
{
    size_t first = 0;

    CHECK_EQ(wu_code_by_name(BYTES("WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL"), &first), 1);
    CHECK_EQ(wu_code_symbol_row(first)->value, 0x80244022u);
    CHECK_EQ(wu_code_by_name(BYTES("wu_e_pt_Http_status_service_unavail"), &first), 1);
    CHECK_EQ(wu_code_symbol_row(first)->value, 0x80244022u);
    CHECK_EQ(wu_code_by_name(BYTES("WS_E_INVALID_FORMAT"), &first), 2);
    CHECK_EQ(wu_code_symbol_row(first)->value, 0x803d0000u);
    CHECK_EQ(wu_code_symbol_row(first + 1)->value, 0x804d0000u);
    CHECK_EQ(wu_code_by_name(BYTES("XML_E_INVALID_UNICODE"), &first), 2); /* xmllite.h and xmlparser.h differ */
    CHECK_EQ(wu_code_by_name(BYTES("ERROR_ACCESS_DENIED"), NULL), 1);
}

static void
meanings_are_had_in_french(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK(wu_set_language(BYTES("FR")));
    CHECK(READINGS(0x80244022, WU_AS_HRESULT) == 1);
    CHECK_TEXT(reading[0].text, "Le serveur a r\u00e9pondu 503 : le service est surcharg\u00e9 ou indisponible pour l'instant.");
    CHECK_TEXT(reading[0].symbol, "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL");
    CHECK(READINGS(0x80072ee7, WU_AS_HRESULT) >= 1); /* of the plain number */
    CHECK_TEXT(reading[0].text, "Le nom du serveur ou du proxy n'a pas pu \u00eatre r\u00e9solu.");
    CHECK(READINGS(404, WU_AS_HTTP_STATUS) == 1);
    CHECK_TEXT(reading[0].text, "Le serveur n'a rien \u00e0 cette adresse.");
    CHECK(READINGS(0x804d0010, WU_AS_HRESULT) == 1); /* a misprinted number */
    CHECK(!strncmp(reading[0].text, "Le point de terminaison distant n'a pas pu ", 43));
    CHECK(READINGS(0x87d00692, WU_AS_HRESULT) == 1); /* no page of the founding ones */
    CHECK_TEXT(reading[0].text, "A group policy of the domain sets another update server than ConfigMgr did.");
    CHECK(!wu_set_language(BYTES("de")));
    CHECK(!wu_set_language(BYTES("")));
    CHECK(READINGS(404, WU_AS_HTTP_STATUS) == 1);
    CHECK_TEXT(reading[0].text, "Le serveur n'a rien \u00e0 cette adresse.");
    CHECK(wu_set_language(BYTES("en")));
    CHECK(READINGS(404, WU_AS_HTTP_STATUS) == 1);
    CHECK_TEXT(reading[0].text, "The server has nothing at this address.");
}

static void
translations_are_sorted_utf8(void)
{
    for (size_t i = 1; i < WU_N_LANGUAGES; i++) {
        const wu_language_row *language = &wu_languages[i];
        CHECK(language->n >= 252);
        for (size_t k = 0; k < language->n; k++) {
            const wu_translation_row *row = &wu_translations[language->first + k];
            CHECK(!k || row->code > wu_translations[language->first + k - 1].code);
            CHECK(g_utf8_validate(wu_text(row->text), -1, NULL));
            CHECK(*wu_text(row->text) && row->code < WU_N_CODES);
        }
    }
}

static void
older_prefixes_are_known(void)
{
    size_t first = 0;

    CHECK_EQ(wu_code_by_name(BYTES("SUS_E_PT_SOAPCLIENT_SOAPFAULT"), &first), 1);
    CHECK_EQ(wu_code_symbol_row(first)->value, 0x80244007u);
    CHECK_EQ(wu_code_by_name(BYTES("sus_s_already_installed"), &first), 1);
    CHECK_EQ(wu_code_symbol_row(first)->value, 0x00240006u);
    CHECK_EQ(wu_code_by_name(BYTES("SUS_E_"), &first), 0);
    CHECK_EQ(wu_code_by_name(BYTES("SUS_E_NO_SUCH_NAME"), &first), 0);
    CHECK_EQ(wu_code_by_name(BYTES("XUS_E_NO_SERVICE"), &first), 0);
}

static void
unknown_names_are_not_found(void)
{
    static const char *const unknown[] = { "", "W", "WU_E_", "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAI",
                                           "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAILX", "ZZZZ", "0", "~" };
    size_t first;

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CHECK_EQ(wu_code_by_name(wu_slice_text(unknown[i]), &first), 0);
    CHECK_EQ(wu_code_by_name((wu_slice){ NULL, 0 }, &first), 0);
    CHECK_EQ(wu_code_by_name(BYTES("E_FAIL\0"), &first), 0);
}

/* Numbers that Microsoft's headers and pages give, typed in here anew: what the tables are measured by. */
static void
numbers_are_those_of_the_headers(void)
{
    static const struct {
        const char *symbol;
        uint32_t value;
    } known[] = {
        { "WU_E_NO_SERVICE", 0x80240001 },
        { "WU_E_WINHTTP_INVALID_FILE", 0x80240038 },
        { "WU_E_PT_SOAPCLIENT_SOAPFAULT", 0x80244007 },
        { "WU_E_PT_SOAP_SERVER", 0x8024400e },
        { "WU_E_PT_EXCEEDED_MAX_SERVER_TRIPS", 0x80244010 },
        { "WU_E_PT_HTTP_STATUS_CONFLICT", 0x8024401d },
        { "WU_E_PT_WINHTTP_NAME_NOT_RESOLVED", 0x8024402c },
        { "WU_E_PT_CLIENT_ENFORCED_LOAD_SHEDDING", 0x8024402e },
        { "WU_E_PT_ENDPOINT_UNREACHABLE", 0x80240438 },
        { "WU_E_PT_SAME_REDIR_ID", 0x8024502d },
        { "WU_E_DM_DOWNLOADTYPE_CONFLICT", 0x8024601f },
        { "WU_S_ALREADY_INSTALLED", 0x00240006 },
        { "WU_S_AAD_DEVICE_TICKET_NOT_NEEDED", 0x00248002 },
        { "ERROR_WINHTTP_NAME_NOT_RESOLVED", 12007 },
        { "ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED", 12044 },
        { "ERROR_WINHTTP_SECURE_FAILURE", 12175 },
        { "ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY", 12185 },
        { "ERROR_WINHTTP_FAST_FORWARDING_NOT_SUPPORTED", 12193 },
        { "ERROR_INTERNET_FORCE_RETRY", 12032 },
        { "WSAEINTR", 10004 },
        { "WSAETIMEDOUT", 10060 },
        { "WSAECONNREFUSED", 10061 },
        { "WSAHOST_NOT_FOUND", 11001 },
        { "HTTP_STATUS_WEBDAV_MULTI_STATUS", 207 },
        { "HTTP_STATUS_RETRY_WITH", 449 },
        { "HTTP_STATUS_SERVICE_UNAVAIL", 503 },
        { "HTTP_E_STATUS_NOT_FOUND", 0x80190194 },
        { "BG_E_VALIDATION_FAILED", 0x80200053 },
        { "BG_E_INSUFFICIENT_RANGE_SUPPORT", 0x80200013 },
        { "DO_E_DOWNLOAD_NO_PROGRESS", 0x80d02002 },
        { "CBS_E_CANNOT_UNINSTALL", 0x800f0825 },
        { "CERT_E_UNTRUSTEDROOT", 0x800b0109 },
        { "CRYPT_E_REVOCATION_OFFLINE", 0x80092013 },
        { "TRUST_E_NOSIGNATURE", 0x800b0100 },
        { "SEC_E_UNTRUSTED_ROOT", 0x80090325 },
        { "E_ACCESSDENIED", 0x80070005 },
        { "E_INVALIDARG", 0x80070057 },
        { "E_OUTOFMEMORY", 0x8007000e },
        { "REGDB_E_CLASSNOTREG", 0x80040154 },
        { "COR_E_INVALIDOPERATION", 0x80131509 },
        { "ERROR_ACCESS_DENIED", 5 },
        { "ERROR_SXS_COMPONENT_STORE_CORRUPT", 14098 },
        { "ERROR_SUCCESS_REBOOT_REQUIRED", 3010 },
        { "STATUS_ACCESS_DENIED", 0xc0000022 },
        { "STATUS_SXS_COMPONENT_STORE_CORRUPT", 0xc015001a },
        { "CBS_E_INVALID_WINDOWS_UPDATE_COUNT_WSUS", 0x800f0954 },
        { "DISMAPI_E_NEEDS_REMOUNT", 0xc1510114 },
        { "WBEM_E_INVALID_CLASS", 0x80041010 },
        { "hrDatabaseCorrupted", 0xc80004b6 },
        { "MENROLL_E_USERLICENSE", 0x80180018 },
        { "ERROR_ADAL_INTERNET_TIMEOUT", 0xcaa82ee2 },
        { "ERROR_MP_BADDB_OPEN", 0x8050a001 },
        { "ERROR_INSTALL_DRIVE_NOT_FOUND", 15679 },
    };
    size_t first;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!wu_code_by_name(wu_slice_text(known[i].symbol), &first)) {
            printf("there is no %s\n", known[i].symbol);
            unit_failures++;
        } else {
            CHECK_EQ(wu_code_symbol_row(first)->value, known[i].value);
        }
}

/* ---- readings that are worth a look each ---- */

static void
check_reading(const wu_reading *got, const char *symbol, enum wu_family family, enum wu_reading_how how,
              uint32_t true_code)
{
    CHECK_TEXT(got->symbol, symbol);
    CHECK_TEXT(wu_family_names[got->family], wu_family_names[family]);
    CHECK_EQ(got->how, how);
    CHECK_EQ(got->true_code, true_code);
}

static void
timeout_is_of_winhttp_first(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK(READINGS(0x80072ee2, WU_AS_HRESULT) >= 2);
    check_reading(&reading[0], "ERROR_WINHTTP_TIMEOUT", WU_FAMILY_WINHTTP, WU_READ_WIN32, 12002);
    CHECK(has_symbol(reading, READINGS(0x80072ee2, WU_AS_HRESULT), "ERROR_INTERNET_TIMEOUT", 12002));
    CHECK(READINGS(12002, WU_AS_WIN32) >= 2);
    check_reading(&reading[0], "ERROR_WINHTTP_TIMEOUT", WU_FAMILY_WINHTTP, WU_READ_TABLE, 12002);
    check_reading(&reading[1], "ERROR_INTERNET_TIMEOUT", WU_FAMILY_WININET, WU_READ_TABLE, 12002);
    CHECK(READINGS(12002, WU_AS_HRESULT) >= 2);
    check_reading(&reading[0], "ERROR_WINHTTP_TIMEOUT", WU_FAMILY_WINHTTP, WU_READ_TABLE, 12002);
}

/* 12175 is the clash of the two families that people ask about most. */
static void
secure_failure_is_of_winhttp_first(void)
{
    wu_reading reading[WU_MAX_READINGS];
    size_t n = READINGS(0x80072f8f, WU_AS_HRESULT);

    check_reading(&reading[0], "ERROR_WINHTTP_SECURE_FAILURE", WU_FAMILY_WINHTTP, WU_READ_WIN32, 12175);
    CHECK(has_symbol(reading, n, "ERROR_INTERNET_DECODING_FAILED", 12175));
}

static void
access_denied_is_of_com_first(void)
{
    wu_reading reading[WU_MAX_READINGS];
    size_t n = READINGS(0x80070005, WU_AS_HRESULT);

    CHECK(n >= 2);
    check_reading(&reading[0], "E_ACCESSDENIED", WU_FAMILY_COM, WU_READ_TABLE, 0x80070005);
    CHECK(has_symbol(reading, n, "ERROR_ACCESS_DENIED", 5));
}

/* Microsoft's page on Windows Web Services swaps these two. */
static void
arguments_and_memory_are_not_swapped(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK(READINGS(0x80070057, WU_AS_HRESULT) >= 1);
    CHECK_TEXT(reading[0].symbol, "E_INVALIDARG");
    CHECK(READINGS(0x8007000e, WU_AS_HRESULT) >= 1);
    CHECK_TEXT(reading[0].symbol, "E_OUTOFMEMORY");
}

static void
misprints_give_the_true_code(void)
{
    wu_reading reading[WU_MAX_READINGS];
    unsigned misprints = 0, swapped_facility = 0;

    for (size_t i = 0; i < WU_N_CODES; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        if (row->kind != WU_CODE_MISPRINT)
            continue;
        misprints++;
        size_t n = READINGS(row->value, WU_AS_HRESULT), i_misprint = n;
        while (i_misprint > 0 && reading[--i_misprint].how != WU_READ_MISPRINT)
            ;
        check_reading(&reading[i_misprint], wu_text(row->symbol), (enum wu_family)row->family, WU_READ_MISPRINT,
                      true_code_of(row));
        CHECK(reading[i_misprint].true_code != row->value);
        if (row->value >> 16 == 0x804d || row->value >> 16 == 0x4d) {
            swapped_facility++;
            CHECK_EQ(n, 1);
            CHECK_EQ(reading[0].true_code, (row->value & 0x8000ffffu) | 0x003d0000u);
        }
    }
    CHECK_EQ(swapped_facility, 23);
    CHECK_EQ(misprints, 27);
    /* a number with a name of its own shows that one first */
    CHECK_EQ(READINGS(0x80240439, WU_AS_HRESULT), 2);
    check_reading(&reading[0], "WU_E_PT_INVALID_FORMAT", WU_FAMILY_WUA, WU_READ_TABLE, 0x80240439);
    check_reading(&reading[1], "WU_E_NOT_INITIALIZED", WU_FAMILY_WUA, WU_READ_MISPRINT, 0x80240004);
    CHECK_EQ(READINGS(0x80245fff, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "WU_E_REDIRECTOR_UNEXPECTED", WU_FAMILY_WUA, WU_READ_MISPRINT, 0x802450ff);
}

static void
every_wws_code_has_its_number(void)
{
    static const char *const symbols[] = {
        "WS_E_INVALID_FORMAT", "WS_E_OBJECT_FAULTED", "WS_E_NUMERIC_OVERFLOW", "WS_E_INVALID_OPERATION",
        "WS_E_OPERATION_ABORTED", "WS_E_ENDPOINT_ACCESS_DENIED", "WS_E_OPERATION_TIMED_OUT", "WS_E_OPERATION_ABANDONED",
        "WS_E_QUOTA_EXCEEDED", "WS_E_NO_TRANSLATION_AVAILABLE", "WS_E_SECURITY_VERIFICATION_FAILURE",
        "WS_E_ADDRESS_IN_USE", "WS_E_ADDRESS_NOT_AVAILABLE", "WS_E_ENDPOINT_NOT_FOUND", "WS_E_ENDPOINT_NOT_AVAILABLE",
        "WS_E_ENDPOINT_FAILURE", "WS_E_ENDPOINT_UNREACHABLE", "WS_E_ENDPOINT_ACTION_NOT_SUPPORTED",
        "WS_E_ENDPOINT_TOO_BUSY", "WS_E_ENDPOINT_FAULT_RECEIVED", "WS_E_ENDPOINT_DISCONNECTED", "WS_E_PROXY_FAILURE",
        "WS_E_PROXY_ACCESS_DENIED", "WS_E_NOT_SUPPORTED", "WS_E_PROXY_REQUIRES_BASIC_AUTH",
        "WS_E_PROXY_REQUIRES_DIGEST_AUTH", "WS_E_PROXY_REQUIRES_NTLM_AUTH", "WS_E_PROXY_REQUIRES_NEGOTIATE_AUTH",
        "WS_E_SERVER_REQUIRES_BASIC_AUTH", "WS_E_SERVER_REQUIRES_DIGEST_AUTH", "WS_E_SERVER_REQUIRES_NTLM_AUTH",
        "WS_E_SERVER_REQUIRES_NEGOTIATE_AUTH", "WS_E_INVALID_ENDPOINT_URL", "WS_E_OTHER", "WS_E_SECURITY_TOKEN_EXPIRED",
        "WS_E_SECURITY_SYSTEM_FAILURE"
    };
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(sizeof symbols / sizeof *symbols, 36);
    for (unsigned i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        CHECK_EQ(READINGS(0x803d0000u + i, WU_AS_HRESULT), 1);
        check_reading(&reading[0], symbols[i], WU_FAMILY_WWS, WU_READ_TABLE, 0x803d0000u + i);
    }
    CHECK_EQ(READINGS(0x803d0024u, WU_AS_HRESULT), 0);
}

static void
http_statuses_hide_in_hresults(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK(READINGS(0x80190194, WU_AS_HRESULT) >= 1);
    check_reading(&reading[0], "HTTP_E_STATUS_NOT_FOUND", WU_FAMILY_HTTP, WU_READ_TABLE, 0x80190194);
    CHECK_EQ(READINGS(0x801901c3, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "", WU_FAMILY_HTTP, WU_READ_HTTP, 0x801901c3);
    CHECK(!strncmp(reading[0].text, "HTTP status 451 as an HRESULT.", 30));
    CHECK(strlen(reading[0].text) > 31 && strstr(reading[0].text, wu_text(wu_http_status_row(451)->text)));
    CHECK_EQ(READINGS(0x801903e7, WU_AS_HRESULT), 1);
    CHECK_TEXT(reading[0].text, "HTTP status 999 as an HRESULT.");
    CHECK_EQ(READINGS(0x801903e8, WU_AS_HRESULT), 0);
    CHECK_EQ(READINGS(0x80190063, WU_AS_HRESULT), 0);
}

static void
intune_codes_mirror_ours(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(READINGS(0x80cf4007, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "OM_E_PT_SOAPCLIENT_SOAPFAULT", WU_FAMILY_WUA, WU_READ_MIRROR, 0x80cf4007);
    CHECK(!strncmp(reading[0].text, "Intune PC agent, counterpart of 0x80244007: ", 44));
    CHECK_EQ(READINGS(0x80cf4014, WU_AS_HRESULT), 0); /* 0x80244014 is not assigned */
}

/* The symbol and the text of a counterpart are whole, however long they are. */
static void
intune_codes_are_not_cut_off(void)
{
    wu_reading reading[WU_MAX_READINGS];

    for (size_t i = 0; i < WU_FIRST_WIN32; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        const char *symbol = wu_text(row->symbol);
        if (row->value >> 16 != 0x8024 || row->kind >= WU_CODE_ALIAS)
            continue;
        CHECK_EQ(READINGS((row->value & 0xffff) | 0x80cf0000u, WU_AS_HRESULT), 1);
        if (!strncmp(symbol, "WU_E_", 5))
            CHECK_TEXT(reading[0].symbol + 5, symbol + 5);
        if (strlen(reading[0].text) <= 44 || strcmp(reading[0].text + 44, wu_text(row->text)))
            complain("the text of the counterpart is cut off", row);
    }
}

static void
device_problems_are_read(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(READINGS(0x8024ce0a, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "", WU_FAMILY_WUA, WU_READ_DEVICE, 0x8024ce0a);
    CHECK_TEXT(reading[0].text, "A driver was installed but its device reports problem code 10.");
    CHECK_EQ(READINGS(0x8024ceff, WU_AS_HRESULT), 1);
    CHECK_TEXT(reading[0].text, "A driver was installed but its device reports problem code 255.");
    CHECK_EQ(READINGS(0x8024cd0a, WU_AS_HRESULT), 0);
}

static void
ntstatuses_are_read(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(READINGS(0xd0000034, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "STATUS_OBJECT_NAME_NOT_FOUND", WU_FAMILY_NTSTATUS, WU_READ_NTSTATUS, 0xd0000034);
    CHECK_TEXT(reading[0].text, "NTSTATUS 0xC0000034 as an HRESULT. The named object, such as a file or registry key, does "
                                "not exist.");
    CHECK_EQ(READINGS(0xc0000225, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "STATUS_NOT_FOUND", WU_FAMILY_NTSTATUS, WU_READ_TABLE, 0xc0000225);
    /* one that the table lacks */
    CHECK_EQ(READINGS(0xd00f0001, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "", WU_FAMILY_UNKNOWN, WU_READ_NTSTATUS, 0xd00f0001);
    CHECK_TEXT(reading[0].text, "NTSTATUS 0xC00F0001 as an HRESULT.");
    CHECK_EQ(READINGS(0xc00f0001, WU_AS_HRESULT), 0);
    CHECK_EQ(READINGS(0xffffffff, WU_AS_HRESULT), 0); /* -1 is no NTSTATUS */
    CHECK_EQ(READINGS(0xf0000022, WU_AS_HRESULT), 0);
}

/* NTSTATUS_FROM_WIN32 puts an error number behind the facility 7 of NTSTATUS. */
static void
win32_in_ntstatus_is_read(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(READINGS(0xc007000d, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "ERROR_INVALID_DATA", WU_FAMILY_NTSTATUS, WU_READ_RULE, 0xc007000d);
    CHECK(!strncmp(reading[0].text, "NTSTATUS_FROM_WIN32 of error 13.", 32));
    CHECK_EQ(READINGS(0xd007000d, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "ERROR_INVALID_DATA", WU_FAMILY_NTSTATUS, WU_READ_RULE, 0xd007000d);
    CHECK_EQ(READINGS(0xc007fffe, WU_AS_HRESULT), 1); /* no such error number */
    check_reading(&reading[0], "", WU_FAMILY_NTSTATUS, WU_READ_RULE, 0xc007fffe);
    CHECK_TEXT(reading[0].text, "NTSTATUS_FROM_WIN32 of error 65534.");
}

static void
check_rule(uint32_t code, enum wu_family family, const char *symbol, const char *text)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(READINGS(code, WU_AS_HRESULT), 1);
    check_reading(&reading[0], symbol, family, WU_READ_RULE, code);
    CHECK_TEXT(reading[0].text, text);
}

static void
rules_name_what_no_row_holds(void)
{
    wu_reading reading[WU_MAX_READINGS];

    check_rule(0xc80004b0, WU_FAMILY_ESENT, "", "JET database error -1200.");
    check_rule(0x88000001, WU_FAMILY_ESENT, "", "JET database warning 1.");
    CHECK(!wu_code_is_error(0x88000001, WU_AS_HRESULT));
    CHECK(wu_code_is_error(0xc80004b0, WU_AS_HRESULT));
    check_rule(0x87d0ffff, WU_FAMILY_CONFIGMGR, "", "A code of the Configuration Manager client, number 65535.");
    check_rule(0xcaa82ee7, WU_FAMILY_IDENTITY, "ERROR_WINHTTP_NAME_NOT_RESOLVED",
               "Sign-in library: network error 12007. Name resolution failed for the server or the proxy.");
    check_rule(0x80d038ff, WU_FAMILY_DELIVERYOPTIMIZATION, "",
               "A passing condition of Delivery Optimization: it tries again by itself.");
    check_rule(0xc0d0006f, WU_FAMILY_DELIVERYOPTIMIZATION, "",
               "Delivery Optimization on Linux: error 111 of the system, Boost or curl that has no code of its own.");
    CHECK_EQ(READINGS(0x80d04000, WU_AS_HRESULT), 0);
    CHECK_EQ(READINGS(0xc9000001, WU_AS_HRESULT), 0);
    CHECK_EQ(READINGS(0x87d40001, WU_AS_HRESULT), 0);
    /* a row comes before a rule */
    CHECK_EQ(READINGS(0xc80003fa, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "hrReadVerifyFailure", WU_FAMILY_ESENT, WU_READ_TABLE, 0xc80003fa);
}

/* PatchDownloader writes HTTP 404 as 0x80070194: what Win32 calls it comes first, for other programs mean that. */
static void
statuses_as_win32_errors_are_second(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(READINGS(0x80070194, WU_AS_HRESULT), 2);
    check_reading(&reading[0], "ERROR_CLOUD_FILE_PROVIDER_TERMINATED", WU_FAMILY_WIN32, WU_READ_WIN32, 404);
    check_reading(&reading[1], "", WU_FAMILY_CONFIGMGR, WU_READ_TABLE, 0x80070194);
}

static void
successes_are_no_failures(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK(READINGS(0x80070bc2, WU_AS_HRESULT) >= 1);
    check_reading(&reading[0], "ERROR_SUCCESS_REBOOT_REQUIRED", WU_FAMILY_MSI, WU_READ_WIN32, 3010);
    CHECK(reading[0].success);
    CHECK(READINGS(0x80070bc3, WU_AS_HRESULT) >= 1);
    CHECK(reading[0].success);
    CHECK(READINGS(0x80070bc4, WU_AS_HRESULT) == 0 || !reading[0].success);
    CHECK(READINGS(0x80244022, WU_AS_HRESULT) == 1);
    CHECK(!reading[0].success);
}

static void
statuses_are_read(void)
{
    wu_reading reading[WU_MAX_READINGS];

    CHECK_EQ(READINGS(503, WU_AS_HTTP_STATUS), 1);
    check_reading(&reading[0], "HTTP_STATUS_SERVICE_UNAVAIL", WU_FAMILY_HTTP, WU_READ_TABLE, 503);
    CHECK_EQ(READINGS(451, WU_AS_HTTP_STATUS), 1);
    CHECK_TEXT(reading[0].symbol, "");
    CHECK(*reading[0].text);
    CHECK_EQ(READINGS(599, WU_AS_HTTP_STATUS), 0);
    CHECK_EQ(READINGS(0x80244022, WU_AS_HTTP_STATUS), 0);
    CHECK(wu_http_status_row(404) && wu_http_status_row(404)->value == 404);
    CHECK(!wu_http_status_row(1404));
    CHECK(!wu_http_status_row(0));
}

static void
unknown_numbers_have_no_reading(void)
{
    static const uint32_t unknown[] = { 0xeeeeeeee, 0x8024ffee, 0x7fffffff, 0x80370000, 0x804d0018, 0x80244014 };
    wu_reading reading[WU_MAX_READINGS];

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CHECK_EQ(READINGS(unknown[i], WU_AS_HRESULT), 0);
    CHECK_EQ(READINGS(65535, WU_AS_WIN32), 0);
}

static void
zero_is_success(void)
{
    wu_reading reading[WU_MAX_READINGS];
    size_t n = READINGS(0, WU_AS_HRESULT);

    CHECK(n >= 2);
    CHECK(has_symbol(reading, n, "S_OK", 0));
    CHECK(has_symbol(reading, n, "ERROR_SUCCESS", 0));
    CHECK(READINGS(0, WU_AS_WIN32) >= 1);
    check_reading(&reading[0], "ERROR_SUCCESS", WU_FAMILY_WIN32, WU_READ_TABLE, 0);
}

static void
readings_fit_the_room(void)
{
    wu_reading all[WU_MAX_READINGS], one[WU_MAX_READINGS];
    size_t n = wu_code_readings(0x80072ee2, WU_AS_HRESULT, all, WU_MAX_READINGS);

    for (size_t max = 0; max <= n; max++) {
        CHECK_EQ(wu_code_readings(0x80072ee2, WU_AS_HRESULT, one, max), max);
        for (size_t i = 0; i < max; i++)
            CHECK_TEXT(one[i].symbol, all[i].symbol);
    }
    CHECK_EQ(wu_code_readings(0x80072ee2, WU_AS_HRESULT, NULL, 0), 0);
}

/* Further names and misprints come behind the first names. */
static bool
is_second(const wu_reading *reading)
{
    return reading->alias || reading->how == WU_READ_MISPRINT;
}

static void
readings_are_ordered(void)
{
    wu_reading reading[WU_MAX_READINGS];

    for (size_t i = 0; i < WU_N_CODES; i++) {
        size_t n = READINGS(wu_code_rows[i].value, space_of(i));
        for (size_t k = 1; k < n; k++)
            if (is_second(&reading[k - 1]) > is_second(&reading[k]) ||
                (is_second(&reading[k - 1]) == is_second(&reading[k]) &&
                 wu_family_rank[reading[k - 1].family] > wu_family_rank[reading[k].family]))
                complain("readings out of order", &wu_code_rows[i]);
    }
}

/* ---- is it an error? ---- */

static void
knows_errors(void)
{
    CHECK(wu_code_is_error(0x80244022, WU_AS_HRESULT));
    CHECK(wu_code_is_error(0xc1900101, WU_AS_HRESULT));
    CHECK(wu_code_is_error(0x80070005, WU_AS_HRESULT));
    CHECK(wu_code_is_error(0xdeadbeef, WU_AS_HRESULT));
    CHECK(!wu_code_is_error(0, WU_AS_HRESULT));
    CHECK(!wu_code_is_error(0x00240006, WU_AS_HRESULT));
    CHECK(!wu_code_is_error(0x7fffffff, WU_AS_HRESULT));
    CHECK(!wu_code_is_error(12002, WU_AS_HRESULT));
    CHECK(!wu_code_is_error(0x80070bc2, WU_AS_HRESULT));
    CHECK(!wu_code_is_error(0xc1900210, WU_AS_HRESULT));
}

static void
knows_win32_errors(void)
{
    CHECK(wu_code_is_error(12002, WU_AS_WIN32));
    CHECK(wu_code_is_error(1, WU_AS_WIN32));
    CHECK(wu_code_is_error(65535, WU_AS_WIN32));
    CHECK(!wu_code_is_error(0, WU_AS_WIN32));
    CHECK(!wu_code_is_error(3010, WU_AS_WIN32));
    CHECK(!wu_code_is_error(1641, WU_AS_WIN32));
    CHECK(!wu_code_is_error(0x80070000, WU_AS_WIN32));
    CHECK(wu_code_is_error(0x80070005, WU_AS_WIN32));
}

static void
knows_bad_statuses(void)
{
    CHECK(!wu_code_is_error(200, WU_AS_HTTP_STATUS));
    CHECK(!wu_code_is_error(304, WU_AS_HTTP_STATUS));
    CHECK(!wu_code_is_error(399, WU_AS_HTTP_STATUS));
    CHECK(wu_code_is_error(400, WU_AS_HTTP_STATUS));
    CHECK(wu_code_is_error(599, WU_AS_HTTP_STATUS));
    CHECK(!wu_code_is_error(0, WU_AS_HTTP_STATUS));
}

static void
success_rows_are_no_errors(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < WU_N_CODES; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        if (row->kind != WU_CODE_SUCCESS)
            continue;
        n++;
        if (wu_code_is_error(row->value, space_of(i)))
            complain("an error", row);
        if (space_of(i) == WU_AS_WIN32 && wu_code_is_error(0x80070000u | row->value, WU_AS_HRESULT))
            complain("an error as 0x8007nnnn", row);
    }
    CHECK(n >= 5);
}

/* ---- codes of the user ---- */

static void
users_codes_come_first(void)
{
    static const wu_user_code codes[] = {
        { 12002, WU_FAMILY_WIN32, "MY_SMALL", "small" },
        { 0x80070005, WU_FAMILY_UNKNOWN, "MY_FIRST", "one" },
        { 0x80070005, WU_FAMILY_CBS, "MY_SECOND", "two" },
        { 0xa0001234, WU_FAMILY_WUA, "MY_OWN", "own" },
    };
    wu_reading reading[WU_MAX_READINGS];

    wu_code_set_user(codes, 4);
    CHECK(READINGS(0x80070005, WU_AS_HRESULT) >= 4);
    check_reading(&reading[0], "MY_FIRST", WU_FAMILY_UNKNOWN, WU_READ_USER, 0x80070005);
    CHECK_TEXT(reading[0].text, "one");
    CHECK_TEXT(reading[0].hint, "");
    check_reading(&reading[1], "MY_SECOND", WU_FAMILY_CBS, WU_READ_USER, 0x80070005);
    check_reading(&reading[2], "E_ACCESSDENIED", WU_FAMILY_COM, WU_READ_TABLE, 0x80070005);
    CHECK_EQ(READINGS(0xa0001234, WU_AS_HRESULT), 1);
    check_reading(&reading[0], "MY_OWN", WU_FAMILY_WUA, WU_READ_USER, 0xa0001234);
    CHECK(READINGS(12002, WU_AS_WIN32) >= 3);
    check_reading(&reading[0], "MY_SMALL", WU_FAMILY_WIN32, WU_READ_USER, 12002);
    CHECK_EQ(READINGS(0xa0001235, WU_AS_HRESULT), 0);
    CHECK_EQ(wu_code_readings(0x80070005, WU_AS_HRESULT, reading, 1), 1);
    CHECK_TEXT(reading[0].symbol, "MY_FIRST");
    wu_code_set_user(NULL, 0);
}

static void
users_codes_are_taken_away(void)
{
    static const wu_user_code codes[] = { { 0xa0001234, WU_FAMILY_WUA, "MY_OWN", "own" } };
    wu_reading reading[WU_MAX_READINGS];

    wu_code_set_user(codes, 1);
    CHECK_EQ(READINGS(0xa0001234, WU_AS_HRESULT), 1);
    wu_code_set_user(NULL, 0);
    CHECK_EQ(READINGS(0xa0001234, WU_AS_HRESULT), 0);
    wu_code_set_user(NULL, 7);
    CHECK_EQ(READINGS(0xa0001234, WU_AS_HRESULT), 0);
}

/* A symbol that the tables have for the number too is not listed twice: the user's text wins. */
static void
users_codes_replace_names(void)
{
    static const wu_user_code codes[] = { { 0x80244022, WU_FAMILY_WUA, "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL",
                                            "mine" } };
    wu_reading reading[WU_MAX_READINGS];

    wu_code_set_user(codes, 1);
    CHECK_EQ(READINGS(0x80244022, WU_AS_HRESULT), 1);
    CHECK_TEXT(reading[0].text, "mine");
    wu_code_set_user(NULL, 0);
}

const unit_case unit_code_table_cases[] = {
    { "code_table: rows are sorted", rows_are_sorted },
    { "code_table: parts hold what they say", parts_hold_what_they_say },
    { "code_table: first names are unique", first_names_are_unique },
    { "code_table: texts are there", texts_are_there },
    { "code_table: families have names", families_have_names },
    { "code_table: unknown families are none", unknown_families_are_none },
    { "code_table: names are those of readings", names_are_those_of_readings },
    { "code_table: every number has its names", every_number_has_its_names },
    { "code_table: every Win32 error is read as HRESULT", every_win32_error_is_read_as_hresult },
    { "code_table: every name has its number", every_name_has_its_number },
    { "code_table: names are found in either case", names_are_found_in_either_case },
    { "code_table: unknown names are not found", unknown_names_are_not_found },
    { "code_table: numbers are those of the headers", numbers_are_those_of_the_headers },
    { "code_table: timeout is of WinHTTP first", timeout_is_of_winhttp_first },
    { "code_table: secure failure is of WinHTTP first", secure_failure_is_of_winhttp_first },
    { "code_table: access denied is of COM first", access_denied_is_of_com_first },
    { "code_table: arguments and memory are not swapped", arguments_and_memory_are_not_swapped },
    { "code_table: misprints give the true code", misprints_give_the_true_code },
    { "code_table: every WWS code has its number", every_wws_code_has_its_number },
    { "code_table: HTTP statuses hide in HRESULTs", http_statuses_hide_in_hresults },
    { "code_table: Intune codes mirror ours", intune_codes_mirror_ours },
    { "code_table: Intune codes are not cut off", intune_codes_are_not_cut_off },
    { "code_table: device problems are read", device_problems_are_read },
    { "code_table: rules name what no row holds", rules_name_what_no_row_holds },
    { "code_table: statuses as Win32 errors are second", statuses_as_win32_errors_are_second },
    { "code_table: meanings are had in French", meanings_are_had_in_french },
    { "code_table: translations are sorted UTF-8", translations_are_sorted_utf8 },
    { "code_table: older prefixes are known", older_prefixes_are_known },
    { "code_table: NTSTATUSes are read", ntstatuses_are_read },
    { "code_table: Win32 errors in NTSTATUSes are read", win32_in_ntstatus_is_read },
    { "code_table: successes are no failures", successes_are_no_failures },
    { "code_table: HTTP statuses are read", statuses_are_read },
    { "code_table: unknown numbers have no reading", unknown_numbers_have_no_reading },
    { "code_table: zero is success", zero_is_success },
    { "code_table: readings fit the room", readings_fit_the_room },
    { "code_table: readings are ordered", readings_are_ordered },
    { "code_table: knows errors", knows_errors },
    { "code_table: knows Win32 errors", knows_win32_errors },
    { "code_table: knows bad statuses", knows_bad_statuses },
    { "code_table: success rows are no errors", success_rows_are_no_errors },
    { "code_table: the user's codes come first", users_codes_come_first },
    { "code_table: the user's codes are taken away", users_codes_are_taken_away },
    { "code_table: the user's codes replace names", users_codes_replace_names },
    { NULL, NULL }
};
