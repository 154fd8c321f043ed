/* test_error_page.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "error_page.h"
#include "unit.h"

/* "500.19 8007007E=0x8007007e [System.X: y]" */
static void
check_page(const char *body, uint32_t status, const char *expected)
{
    GString *out = g_string_new(NULL);
    wu_error_page page;

    wu_error_page_read(wu_slice_text(body), status, &page);
    if (page.substatus)
        g_string_append_printf(out, "%u:%.*s", page.substatus, (int)page.substatus_length, body + page.substatus_offset);
    for (unsigned i = 0; i < page.codes; i++)
        g_string_append_printf(out, " %08X=%.*s", page.code[i].code, (int)page.code[i].length, body + page.code[i].offset);
    if (page.exception.n)
        g_string_append_printf(out, " [%.*s]", (int)page.exception.n, (const char *)page.exception.p);
    CHECK_TEXT(out->str, expected);
    g_string_free(out, TRUE);
}

static void
reads_pages_of_iis(void)
{
    check_page("<html><title>IIS 10.0 Detailed Error - 500.19 - Internal Server Error</title><h3>HTTP Error 500.19</h3>"
               "<tr><th>Error Code</th><td>&nbsp;&nbsp;&nbsp;0x8007007e</td></tr></html>", 500,
               "19:500.19 8007007E=0x8007007e");
    check_page("<h3>HTTP Error 403.14 - Forbidden</h3><th>Error Code</th><td>0x00000000</td>", 403, "14:403.14");
    check_page("<p>HTTP Error 503. The service is unavailable.</p>", 503, "");
    check_page("HTTP Error 500.19", 403, "");
    check_page("HTTP Error 500.0", 500, "");
    check_page("HTTP Error 500.19999", 500, "");
    check_page("version 500.19", 500, "");
}

static void
reads_exceptions_of_aspnet(void)
{
    check_page("<b> Exception Details: </b>System.IO.FileLoadException: Could not load. (Exception from HRESULT: 0x80070005 "
               "(E_ACCESSDENIED))<br><br>", 500,
               " 80070005=0x80070005 [System.IO.FileLoadException: Could not load. (Exception from HRESULT: 0x80070005 "
               "(E_ACCESSDENIED))]");
    check_page("Exception Details:", 500, "");
    check_page("Exception Details: <b>", 500, "");
}

static void
markup_is_no_text(void)
{
    check_page("<script>var error = 0x80244022;</script><style>error 80244022</style><!-- error 80244022 -->", 500, "");
    check_page("<a href='error 0x80244022'>x</a>", 500, "");
    check_page("<p>error</p> <p>80244022</p>", 500, " 80244022=80244022");
    check_page("error 80244022<script>", 500, " 80244022=80244022");
    check_page("plain text: error 0x80244022", 500, " 80244022=0x80244022");
    check_page("<", 500, "");
    check_page("<!--", 500, "");
    check_page("&", 500, "");
    check_page("", 500, "");
}

static void
check_watson(const char *target, const char *expected)
{
    uint32_t code;
    wu_slice where = { NULL, 0 };
    bool found = wu_watson_code(wu_slice_text(target), &code, &where);

    CHECK_EQ(found, *expected != 0);
    if (found) {
        CHECK_SLICE(where, expected);
        CHECK_EQ(code, g_ascii_strtoull(expected, NULL, 16));
    }
}

static void
reads_watson_urls(void)
{
    check_watson("/StageOne/Generic/WindowsUpdateFailure3/7_6_7600_256/80072efe/00000000/Scan/101.htm?LCID=1033", "80072efe");
    check_watson("http://watson.microsoft.com/StageOne/Generic/WindowsUpdateFailure2/80244022.htm", "80244022");
    check_watson("/StageOne/app_exe/1_0_0_0/4a5bc60f/ntdll_dll/c0000005.htm", "c0000005");
    check_watson("/StageOne/app_exe/1_0_0_0/4a5bc60f.htm", "");
    check_watson("/StageOne/x.htm?80072efe/80072efe", "");
    check_watson("/other/80072efe/", "");
    check_watson("/StageOne/", "");
    check_watson("/stageone/80072efe1/180072efe", "");
}

const unit_case unit_error_page_cases[] = {
    { "error_page: reads pages of IIS", reads_pages_of_iis },
    { "error_page: reads exceptions of ASP.NET", reads_exceptions_of_aspnet },
    { "error_page: markup is no text", markup_is_no_text },
    { "error_page: reads URLs of Watson", reads_watson_urls },
    { NULL, NULL }
};
