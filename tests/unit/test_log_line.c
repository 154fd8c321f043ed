/* test_log_line.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "log_line.h"
#include "unit.h"

/* The codes of a line with what they stand in: "80240438=80240438 503.2=503 AppOffline". */
static char *
codes_of(wu_log *log, const char *line)
{
    GString *out = g_string_new(NULL);
    wu_log_code code;

    wu_log_line(log, wu_slice_text(line), 0);
    while (wu_log_next(log, &code)) {
        const wu_found *f = &code.found;
        g_string_append_printf(out, f->space == WU_AS_HRESULT ? "%s%08X" : "%s%u", out->len ? " " : "", f->code);
        if (f->substatus)
            g_string_append_printf(out, ".%u", f->substatus);
        g_string_append_printf(out, "=%.*s", (int)f->length, line + f->offset);
        if (f->extension)
            g_string_append_printf(out, "+%.*s", (int)f->extension_length, line + f->extension_offset);
        if (code.reason)
            g_string_append_printf(out, " %s", wu_text(code.reason->name));
    }
    CHECK(!wu_log_next(log, &code));
    return g_string_free(out, FALSE);
}

static void
check_line(wu_log *log, const char *line, const char *expected)
{
    char *codes = codes_of(log, line);
    CHECK_TEXT(codes, expected);
    g_free(codes);
}

#define GUID "{5A3D1B5C-7B83-4E5C-9F0B-80070005ABCD}"
#define EVENT GUID "\t2024-01-02 10:05:00:123+0100\t1\t148 [X]\t101\t" GUID "\t200\t"

static void
columns_hold_codes(void)
{
    wu_log log = { .all = false };

    check_line(&log, EVENT "80240438\tUpdateOrchestrator\tFailure\tSync\terror 0x80240438, error 0x80072ee2",
               "80240438=80240438 80072EE2=0x80072ee2");
    CHECK_TEXT(wu_text(log.format->name), "ReportingEvents");
    check_line(&log, EVENT "0\tUpdateOrchestrator\tSuccess\tSync\tfine", "");
    check_line(&log, EVENT "240005\tUpdateOrchestrator\tSuccess\tSync\tfine", "00240005=240005");
    check_line(&log, EVENT "8abc0001\tx\tFailure\tSync\tx", "8ABC0001=8abc0001");
    check_line(&log, EVENT "none\tx\tFailure\tSync\tx", "");
    check_line(&log, EVENT "80240438", "80240438=80240438"); /* cut off before its text: a line like others */
    CHECK(!log.format);
}

static void
text_begins_behind_the_columns(void)
{
    wu_log log = { .all = false };

    check_line(&log, "2024-01-02 10:00:00, Error  12029  1603 files", "");
    check_line(&log, "2024-01-02 10:00:00, Error                 SP     Error: 0xC1900101 - 0x20017",
               "C1900101=0xC1900101+0x20017");
    check_line(&log, "2013-05-07\t08:22:11:434\t 964\t1a30\tPT\terror 80244022", "80244022=80244022");
    CHECK_TEXT(wu_text(log.format->name), "WindowsUpdate");
    check_line(&log, "plain error 80244022", "80244022=80244022");
    CHECK(!log.format);
}

#define IIS "2024-01-02 10:00:01 10.0.0.1 POST /ClientWebService/client.asmx - 8530 - 10.0.0.5 agent - "

static void
w3c_rows_by_their_fields(void)
{
    wu_log log = { .all = false };

    check_line(&log, "#Fields: date time cs-uri-stem sc-status sc-substatus sc-win32-status", "");
    CHECK_EQ(log.columns, 6);
    check_line(&log, "2024-01-02 10:00:00 /ClientWebService/client.asmx 500 19 50", "500.19=500 50=50");
    check_line(&log, "2024-01-02 10:00:00 /ClientWebService/client.asmx 200 0 0", "");
    check_line(&log, "2024-01-02 10:00:00 /ClientWebService/client.asmx 401 2 2148074254", "401.2=401 8009030E=2148074254");
    check_line(&log, "2024-01-02 10:00:00 /ClientWebService/client.asmx 503", "503=503");
    check_line(&log, "2024-01-02 10:00:00 /ClientWebService/client.asmx - - -", "");
    check_line(&log, "2024-01-02 10:00:00 /other 500 19 50", "");
    log.all = true;
    check_line(&log, "2024-01-02 10:00:00 /other 500 19 50", "500.19=500 50=50");
    check_line(&log, "2024-01-02 10:00:00 /error%2080244022 200 0 0", "");
    check_line(&log, "#Fields: date sc-status", "");
    check_line(&log, "2024-01-02 503 19 50", "503=503");
}

static void
w3c_rows_without_fields(void)
{
    wu_log log = { .all = false };

    check_line(&log, IIS "500 24 50 508", "500.24=500 50=50");
    check_line(&log, IIS "500 24 50 508 9", "");
    check_line(&log, IIS "5000 24 50 508", "");
    check_line(&log, "2024-01-02 10:00:00 10.0.0.5 49801 10.0.0.1 8530 HTTP/1.1 POST /ClientWebService/client.asmx 503 7 AppOffline WsusPool",
               "503=503 AppOffline");
    check_line(&log, "2024-01-02 10:00:00 10.0.0.5 49801 10.0.0.1 8530 HTTP/1.1 POST /ClientWebService/client.asmx 503 7 NoSuchReason x",
               "503=503");
}

static void
pieces_of_a_long_line(void)
{
    wu_log log = { .all = false };
    wu_log_code code;
    wu_slice piece = wu_slice_text("error 0x80244022 0x80244023");

    wu_log_line(&log, piece, 16);
    CHECK(wu_log_next(&log, &code));
    CHECK_EQ(code.found.code, 0x80244023u);
    CHECK(!wu_log_next(&log, &code));
    wu_log_line(&log, wu_slice_text("  0x80244023 0x80244024"), 1); /* of the same line */
    CHECK(wu_log_next(&log, &code));
    CHECK_EQ(code.found.code, 0x80244024u);
    CHECK(!wu_log_next(&log, &code));
    wu_log_line(&log, piece, 0); /* of another one */
    CHECK(wu_log_next(&log, &code));
    CHECK_EQ(code.found.code, 0x80244022u);
    wu_log_line(&log, wu_slice_text("#Fields: date"), 3); /* not at the start of a line */
    CHECK_EQ(log.columns, 0);
}

static void
substatuses_have_meanings(void)
{
    CHECK(*wu_substatus_text(500, 19));
    CHECK_TEXT(wu_substatus_text(500, 99), "");
    CHECK_TEXT(wu_substatus_text(200, 19), "");
}

const unit_case unit_log_line_cases[] = {
    { "log_line: columns hold codes", columns_hold_codes },
    { "log_line: the text begins behind the columns", text_begins_behind_the_columns },
    { "log_line: W3C rows by their fields", w3c_rows_by_their_fields },
    { "log_line: W3C rows without fields", w3c_rows_without_fields },
    { "log_line: pieces of a long line", pieces_of_a_long_line },
    { "log_line: substatuses have meanings", substatuses_have_meanings },
    { NULL, NULL }
};
