/* test_code_finder_field.c
 * Lines as they occur in logs and reports from the field, each kind with its negative.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "code_finder.h"
#include "setup_extension.h"
#include "unit.h"

/* "80244022 C1900101+20017 #1603 503.19!": HRESULTs in hexadecimal, with the extension of Setup; # a Win32 number; ! an HTTP
 * status. */
static char *
codes_of(const char *line)
{
    GString *out = g_string_new(NULL);
    wu_finder finder;
    wu_found found;

    wu_finder_start(&finder, wu_slice_text(line));
    finder.statuses = true;
    while (wu_finder_next(&finder, &found)) {
        if (found.space == WU_AS_HRESULT)
            g_string_append_printf(out, "%s%08X", out->len ? " " : "", found.code);
        else
            g_string_append_printf(out, "%s%s%u", out->len ? " " : "", found.space == WU_AS_WIN32 ? "#" : "", found.code);
        if (found.extension)
            g_string_append_printf(out, "+%05X", found.extension);
        if (found.substatus)
            g_string_append_printf(out, ".%u", found.substatus);
        if (found.space == WU_AS_HTTP_STATUS)
            g_string_append_c(out, '!');
    }
    return g_string_free(out, FALSE);
}

typedef struct {
    const char *line, *codes;
} row;

static void
check_rows(const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *codes = codes_of(rows[i].line);
        if (strcmp(codes, rows[i].codes)) {
            printf("%s\n    has \"%s\", expected \"%s\"\n", rows[i].line, codes, rows[i].codes);
            unit_failures++;
        }
        g_free(codes);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void
text_behind_a_leading_code(void)
{
    static const row rows[] = {
        { "0x80244022 - The service is unavailable", "80244022" },
        { "0x80244022: the service", "80244022" },
        { "80244022 - The service is unavailable", "80244022" },
        { "  8024402C \xE2\x80\x93 name", "8024402C" },
        { "2149859372 - name", "8024402C" },
        { "12007 - name not resolved", "#12007" },
        { "12007 files", "" },
        { "12007 -- files", "" },
        { "80244022 files", "" },
        { "on 80244022 - files", "" },
    };
    CHECK_ROWS(rows);
}

static void
glue_does_not_hide(void)
{
    static const row rows[] = {
        { "Error: 0x8007000E/-2147024882", "8007000E" },
        { "Error: 0x8007000E/-2145107924", "8007000E 8024402C" },
        { "0x80070005/E_ACCESSDENIED", "80070005" },
        { "Wsl/CallMsi/Install/0x80080005", "80080005" },
        { "Error code: Wsl/Service/CreateInstance/0x80070422", "80070422" },
        { "**0x80244008**", "80244008" },
        { "error **80244008**", "80244008" },
        { "~0x80244008~", "80244008" },
        { "error-0x80244008-again", "80244008" },
        { "failed...0x80244008", "80244008" },
        { "/0x80244008", "" },
        { "http://host/0x80244008", "" },
        { "host.example/0x80244008", "" },
        { "C:\\logs\\0x80244008", "" },
        { "logs/0x80244008.txt", "" },
        { "logs//0x80244008", "" },
        { "AAA+AAA/0x80244008", "" },
        { "a/9b/0x80244008", "" },
    };
    CHECK_ROWS(rows);
}

static void
lists_behind_one_word(void)
{
    static const row rows[] = {
        { "(80004005 80244022 8024402C 80070005)", "80004005 80244022 8024402C 80070005" },
        { "retry error numbers ... are: 2149842970, 2147954429", "8024001A 80072EFD" },
        { "The error numbers that lead to another try of this kind are: 2149842970 and 2147954429", "8024001A 80072EFD" },
        { "hr: 8024abcd, 8024abce; 8024abcf", "8024ABCD 8024ABCE 8024ABCF" },
        { "Errors 0x80072ee2/0x80072efd", "80072EE2 80072EFD" },
        { "exit codes 1603, 1612 and 3010", "#1603 #1612 #3010" },
        { "(80004005 12345678)", "" },
        { "ids 2149842970, 2147954429", "" },
        { "hr: 8024abcd. 8024abce", "8024ABCD" },
        { "hr: 8024abcd, file 8024abce", "8024ABCD" },
    };
    CHECK_ROWS(rows);
}

static void
introductions_of_all_languages(void)
{
    static const row rows[] = {
        { "Fehlercode 80240438", "80240438" },
        { "Fehler: 80240438", "80240438" },
        { "Installationsfehler 80240438", "80240438" },
        { "Code d'erreur : 80240438", "80240438" },
        { "Codice di errore: 80240438", "80240438" },
        { "C\xC3\xB3" "digo de error 80240438", "80240438" },
        { "C\xC3\xB3" "digo de erro 80240438", "80240438" },
        { "Foutcode: 80240438", "80240438" },
        { "felkod 80240438", "80240438" },
        { "Fejlkode 80240438", "80240438" },
        { "Feilkode 80240438", "80240438" },
        { "virhekoodi 80240438", "80240438" },
        { "Kod b\xC5\x82\xC4\x99" "du: 80240438", "80240438" },
        { "K\xC3\xB3" "d chyby: 80240438", "80240438" },
        { "hibak\xC3\xB3" "d: 80240438", "80240438" },
        { "hata kodu 80240438", "80240438" },
        { "Cod de eroare 80240438", "80240438" },
        { "\xD0\x9A\xD0\xBE\xD0\xB4 \xD0\xBE\xD1\x88\xD0\xB8\xD0\xB1\xD0\xBA\xD0\xB8: 80240438", "80240438" },
        { "\xCE\xBA\xCF\x89\xCE\xB4\xCE\xB9\xCE\xBA\xCF\x8C\xCF\x82 80240438", "80240438" },
        { "\xE9\x94\x99\xE8\xAF\xAF\xE4\xBB\xA3\xE7\xA0\x81" "80240438", "80240438" },
        { "\xE9\x94\x99\xE8\xAF\xAF\xE4\xBB\xA3\xE7\xA0\x81\xEF\xBC\x9A" "80240438", "80240438" },
        { "\xE3\x82\xA8\xE3\x83\xA9\xE3\x83\xBC \xE3\x82\xB3\xE3\x83\xBC\xE3\x83\x89: 0x00000005", "00000005" },
        { "\xEC\x98\xA4\xEB\xA5\x98 \xEC\xBD\x94\xEB\x93\x9C 80240438", "80240438" },
        { "Fehl 80240438", "" },
        { "Kodak 12007", "" },
        { "navigation 12007", "" },
        { "\xE6\x96\x87\xE4\xBB\xB6" "80240438", "" },
        { "\xE6\x96\x87\xE4\xBB\xB6 0x00000005", "" },
    };
    CHECK_ROWS(rows);
}

static void
bare_hex(void)
{
    static const row rows[] = {
        { "Return status: 80070003", "80070003" },
        { "reason = 80d0401b", "80D0401B" },
        { "*FAILED* [80041fff]", "80041FFF" },
        { "ErrorCode: 800106d9", "800106D9" },
        { "error 8abc0001", "8ABC0001" },
        { "[0xc142011c]", "C142011C" },
        { "WindowsUpdate_8020000E", "8020000E" },
        { "WindowsUpdate_0x8020000E", "8020000E" },
        { "a\t80240438\tUpdateOrchestrator", "80240438" },
        { "80240438\tb", "80240438" },
        { "a\t80240438", "80240438" },
        { "WindowsUpdate_dt000", "" },
        { "file_8020000E", "" },
        { "result code b1c2d3e4", "" },
        { "code 87654321", "" },
        { "error 8abc000", "" },
        { "a\t12345678\tb", "" },
        { "a 80240438 b", "" },
        { "0xc142011c", "C142011C" }, /* others of its facility are known */
        { "[0xc6660001]", "C6660001" },
        { "0xc6660001", "" },
        { "error a87ff679a2f3e71d9181a67b7542122c", "" },
        { "hr {80070005-1234-5678-9abc-def012345678}", "" },
    };
    CHECK_ROWS(rows);
}

static void
small_numbers_in_hex(void)
{
    static const row rows[] = {
        { "gle=0x00000490", "00000490" },
        { "[gle=0x00000002]", "00000002" },
        { "failed with 0x00000005", "00000005" },
        { "Error 0x5", "00000005" },
        { "error code: 0x2ee2", "00002EE2" },
        { "hr=0x00000001", "00000001" },
        { "auth token of type 0x00000001", "" },
        { "dwProvFlags 0x00000080", "" },
        { "OS Product Type = 0x00000004", "" },
        { "HANDLE = 0x00000BC4", "" },
        { "Categories: 0x00000021", "" },
        { "Error: cannot close handle 0x00000BC4", "" },
        { "failed, flags = 0x00000005", "" },
        { "code 0x00000005", "" },
        { "0x00000005", "" },
        { "error 0x0", "" },
    };
    CHECK_ROWS(rows);
}

static void
extensions_of_setup(void)
{
    static const row rows[] = {
        { "HRESULT C1900101-30018", "C1900101+30018" },
        { "0xC1900101 - 0x20017", "C1900101+20017" },
        { "0xC1900101-0x4000D", "C1900101+4000D" },
        { "0x80070004 - 0x3000D.", "80070004+3000D" },
        { "0xC1900101 \xE2\x80\x93 0x50015", "C1900101+50015" },
        { "Error code 0xC1900101, extend code 0x20017", "C1900101+20017" },
        { "Result=0xC1900101, ExtendedError=0x30018", "C1900101+30018" },
        { "0xC1900101 - 0x60017", "C1900101" },
        { "0xC1900101 - 0x20099", "C1900101" },
        { "0xC1900101 - 20017a", "C1900101" },
        { "0xC1900101 - ERROR", "C1900101" },
    };
    CHECK_ROWS(rows);
}

static void
exit_codes(void)
{
    static const row rows[] = {
        { "exit code 2359302", "00240006" },
        { "The setup ended with exit code 1603 and was rolled back.", "#1603" },
        { "ExitCode=3010", "#3010" },
        { "exited with code 1641", "#1641" },
        { "return code 1603", "#1603" },
        { "Error 1612: source missing", "#1612" },
        { "exit code -2145124329", "80240017" },
        { "exit code 2149842967", "80240017" },
        { "exit code 0x80240017", "80240017" },
        { "exit code 14098", "#14098" },
        { "GetLastError() = 5", "#5" },
        { "Win32 error 2", "#2" },
        { "exit code 0", "" },
        { "exit code 1", "" },
        { "exit code 255", "" },
        { "returned 1603 updates", "" },
        { "1603 files", "" },
        { "Errors: 1612, warnings: 3", "" },
        { "error 5", "" },
        { "build 2359302", "" },
    };
    CHECK_ROWS(rows);
}

static void
one_error_once(void)
{
    static const row rows[] = {
        { "[HRESULT = 0x80073701 - ERROR_SXS_ASSEMBLY_MISSING]", "80073701" },
        { "0x80070005 (E_ACCESSDENIED, ERROR_ACCESS_DENIED)", "80070005" },
        { "error 12007 (0x80072EE7)", "#12007" },
        { "gle=0x00000005 hr=0x80070005", "00000005" },
        { "0x80073701 then 0x80073712", "80073701 80073712" },
        { "HTTP status 403, hr=0x80190193", "403! 80190193" },
    };
    CHECK_ROWS(rows);
}

static void
http_statuses(void)
{
    static const row rows[] = {
        { "failed with HTTP status 503: Service Unavailable", "503!" },
        { "HTTP status code = 401", "401!" },
        { "HTTP/1.1 503 Service Unavailable", "503!" },
        { "HTTP Error 500.19 - Internal Server Error", "500.19!" },
        { "returned an error: (404) Not Found.", "404!" },
        { "status code 502", "502!" },
        { "HTTP status 200", "" },
        { "HTTP status 499", "" },
        { "sc-status 503", "" },
        { "503 files", "" },
        { "error 404", "" },
        { "HTTP port 500.19.1", "" },
    };
    CHECK_ROWS(rows);
}

static void
statuses_only_when_asked_for(void)
{
    wu_finder finder;
    wu_found found;

    wu_finder_start(&finder, wu_slice_text("HTTP status 503"));
    CHECK(!wu_finder_next(&finder, &found));
}

static void
what_logs_are_full_of(void)
{
    static const row rows[] = {
        { "2024/03/02 12:08:31.2034321 1108  2452  Agent           Found 1603 updates and 12029 categories in search", "" },
        { "2013-05-07\t08:22:11:434\t 964\t1a30\tAgent\t  * UpdateId = {80244022-1234-4022-8024-402280244022}.200", "" },
        { "sha256 8024402280244022da39a3ee5e6b4b0d3255bfef95601890afd80709", "" },
        { "error size 2147942405 bytes of C:\\Windows\\80070005.log", "80070005" },
        { "download of 2147942405 bytes", "" },
        { "KB5034441 (10.0.19041.1603) 80240438.cab", "" },
        { "DownloadManager PurgeHandle 0x000001F4C8A0B0C0", "" },
        { "Session: 30945678_2147942405 initialized", "" },
        { "proxy 10.0.0.5:12029, timeout 12002", "" },
    };
    CHECK_ROWS(rows);
}

const unit_case unit_code_finder_field_cases[] = {
    { "code_finder: text behind a leading code", text_behind_a_leading_code },
    { "code_finder: glue does not hide a code", glue_does_not_hide },
    { "code_finder: lists behind one word", lists_behind_one_word },
    { "code_finder: words of all languages introduce", introductions_of_all_languages },
    { "code_finder: hex without 0x from the field", bare_hex },
    { "code_finder: small numbers in hex", small_numbers_in_hex },
    { "code_finder: extensions of Windows Setup", extensions_of_setup },
    { "code_finder: exit codes", exit_codes },
    { "code_finder: one error once", one_error_once },
    { "code_finder: HTTP statuses", http_statuses },
    { "code_finder: HTTP statuses only when asked for", statuses_only_when_asked_for },
    { "code_finder: what logs are full of", what_logs_are_full_of },
    { NULL, NULL }
};

static void
phases_and_operations(void)
{
    CHECK_TEXT(wu_setup_phase(0x20017), "SAFE_OS");
    CHECK_TEXT(wu_setup_operation(0x20017), "BOOT");
    CHECK_TEXT(wu_setup_phase(0x4000d), "OOBE_BOOT");
    CHECK_TEXT(wu_setup_operation(0x4000d), "MIGRATE_DATA");
    CHECK_TEXT(wu_setup_operation_text(0x4000d), "migrating data and settings");
    CHECK_TEXT(wu_setup_phase(0x60000), "");
    CHECK_TEXT(wu_setup_phase_text(0x60000), "");
    CHECK_TEXT(wu_setup_operation(0x10021), "");
}

const unit_case unit_setup_extension_cases[] = {
    { "setup_extension: phases and operations", phases_and_operations },
    { NULL, NULL }
};
