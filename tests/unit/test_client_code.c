/* test_client_code.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <stdlib.h>

#include "client_code.h"
#include "unit.h"

#define MAPS_OTHERS 0xffffffffu /* the row of tables/http_to_code.tsv for every other status */

static const char *const basis_names[] = { "none", "documented", "inferred", "guess" };

/* The codes for an answer: "80244022 documented", separated by "; ". */
static char *
codes_text(const wu_answer *answer, bool guesses)
{
    wu_derived codes[WU_MAX_DERIVED];
    size_t n = wu_client_codes(answer, guesses, codes, WU_MAX_DERIVED);
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(out, "%s%08X %s", i ? "; " : "", codes[i].code, basis_names[codes[i].basis]);
        CHECK(codes[i].because && *codes[i].because);
    }
    return g_string_free(out, FALSE);
}

static void
check_codes_at(int line, const wu_answer *answer, bool guesses, const char *expected)
{
    char *got = codes_text(answer, guesses);

    if (strcmp(got, expected)) {
        printf("%s:%d: the codes are \"%s\", expected \"%s\"\n", __FILE__, line, got, expected);
        unit_failures++;
    }
    g_free(got);
}

#define CHECK_CODES(answer, guesses, expected) check_codes_at(__LINE__, &(answer), (guesses), (expected))

static bool
has_code(const wu_answer *answer, bool guesses, uint32_t code, unsigned basis)
{
    wu_derived codes[WU_MAX_DERIVED];
    size_t n = wu_client_codes(answer, guesses, codes, WU_MAX_DERIVED);

    for (size_t i = 0; i < n; i++)
        if (codes[i].code == code && codes[i].basis == basis)
            return true;
    return false;
}

/* An answer with a head; `lines` are its header lines. */
static wu_answer
answer_with(enum wu_client client, unsigned status, const char *lines, wu_http_head *head, GString *text)
{
    g_string_printf(text, "HTTP/1.1 %u x\r\n%s\r\n", status, lines);
    CHECK(wu_http_read_head(wu_slice_of(text->str, text->len), head));
    return (wu_answer){ .client = client, .status = status, .head = head };
}

/* ---- statuses ---- */

static void
every_status_of_the_agent_has_its_code(void)
{
    for (size_t i = 0; i < WU_N_HTTP_TO_CODE; i++) {
        const wu_mapping_row *row = &wu_http_to_code[i];
        wu_answer answer = { .client = WU_CLIENT_AGENT, .status = row->from == MAPS_OTHERS ? 499 : row->from };
        char *expected = g_strdup_printf("%08X %s", row->to, basis_names[row->basis]);
        check_codes_at(__LINE__, &answer, false, expected);
        g_free(expected);
    }
}

static void
the_agent_reports_its_own_code_last(void)
{
    wu_answer answer = { .client = WU_CLIENT_AGENT, .status = 503 };

    CHECK_CODES(answer, false, "80244022 documented");
    CHECK_CODES(answer, true, "803D000E guess; 80244022 documented");
    answer.status = 500;
    CHECK_CODES(answer, true, "803D000F guess; 8024401F documented");
    answer.status = 418;
    CHECK_CODES(answer, false, "8024402B documented");
    answer.status = 404;
    CHECK_CODES(answer, true, "803D000D guess; 80244019 documented");
}

static void
other_clients_have_guesses_only(void)
{
    wu_answer answer = { .client = WU_CLIENT_SOAP, .status = 503 };

    CHECK_CODES(answer, false, "");
    CHECK_CODES(answer, true, "803D000E guess");
    answer.status = 403;
    CHECK_CODES(answer, true, "803D0005 guess");
    answer.status = 599;
    CHECK_CODES(answer, true, "803D000F guess");
}

static void
downloads_report_the_status(void)
{
    wu_answer answer = { .client = WU_CLIENT_DOWNLOAD, .status = 503 };

    CHECK_CODES(answer, true, "801901F7 documented");
    answer.status = 451;
    CHECK_CODES(answer, false, "801901C3 documented");
    answer.status = 206;
    CHECK_CODES(answer, true, "");
    /* the agent that wanted the file reports a code of its own */
    answer.status = 404;
    CHECK_CODES(answer, false, "80244019 documented; 80190194 documented");
}

/* That Delivery Optimization adds the status to 0x80190000 was seen for 403 alone. */
static void
delivery_optimization_reports_the_status(void)
{
    wu_answer answer = { .client = WU_CLIENT_DELIVERY, .status = 503 };

    CHECK_CODES(answer, false, "801901F7 inferred");
    answer.status = 403;
    CHECK_CODES(answer, false, "80244018 documented; 80190193 documented");
    answer.status = 404;
    CHECK_CODES(answer, false, "80244019 documented; 80190194 inferred");
}

/* On Linux statuses are folded into fewer codes. */
static void
delivery_optimization_of_linux_folds_statuses(void)
{
    static const struct { unsigned status; const char *codes; } folded[] = {
        { 405, "80190190 documented" }, { 409, "80190190 documented" }, { 410, "80190194 documented" },
        { 411, "80190190 documented" }, { 412, "80190190 documented" }, { 414, "80190190 documented" },
        { 415, "80190190 documented" }, { 503, "801901F4 documented" }, { 504, "801901F6 documented" },
        { 505, "801901F5 documented" }, { 500, "" },
    };

    for (size_t i = 0; i < sizeof folded / sizeof *folded; i++) {
        wu_answer answer = { .client = WU_CLIENT_DELIVERY_LITE, .status = folded[i].status };
        CHECK_CODES(answer, false, folded[i].codes);
    }
}

/* Files go through WinHTTP alone: no code of Windows Web Services, not even as a guess. */
static void
files_of_the_agent_have_no_codes_of_web_services(void)
{
    static const enum wu_service files[] = { WU_SERVICE_SELFUPDATE, WU_SERVICE_CERTIFICATETRUSTLIST, WU_SERVICE_INVENTORY,
                                             WU_SERVICE_WINDOWSUPDATE };
    wu_answer answer = { .client = WU_CLIENT_AGENT, .status = 503 };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        answer.service = files[i];
        CHECK_CODES(answer, true, "80244022 documented");
    }
    answer.service = WU_SERVICE_SERVICELOCATOR;
    CHECK_CODES(answer, true, "80244022 documented; 80245006 documented");
    answer.service = WU_SERVICE_CLIENTWEBSERVICE;
    CHECK_CODES(answer, true, "803D000E guess; 80244022 documented");
}

/* IIS refuses a license file by file rights with 401.3. */
static void
a_refused_license_file_is_no_denial(void)
{
    wu_answer answer = { .client = WU_CLIENT_AGENT, .status = 401, .service = WU_SERVICE_CONTENT, .head_request = true };

    CHECK_CODES(answer, true, "800710DD documented");
    answer.head_request = false;
    CHECK_CODES(answer, true, "80244017 documented");
    answer.head_request = true;
    answer.status = 404;
    CHECK_CODES(answer, true, "80244019 documented");
    answer.service = WU_SERVICE_SELFUPDATE;
    answer.status = 401;
    CHECK_CODES(answer, true, "80244017 documented");
}

/* Of programs that are none of Windows Update nothing is known. */
static void
other_programs_have_no_code(void)
{
    wu_fault fault = { .code = { .text = BYTES("s:Client") }, .error_code = { .text = BYTES("InvalidCookie") } };
    wu_answer answer = { .client = WU_CLIENT_OTHER, .status = 503, .service = WU_SERVICE_CLIENTWEBSERVICE };

    CHECK_CODES(answer, true, "");
    answer.fault = &fault;
    CHECK_CODES(answer, true, "");
    answer.client = WU_CLIENT_AGENT;
    CHECK_CODES(answer, true, "803D0013 documented; 80244015 documented");
}

static void
every_row_for_files_is_used(void)
{
    for (size_t i = 0; i < WU_N_FILE_TO_CODE; i++) {
        const wu_file_row *row = &wu_file_to_code[i];
        wu_answer answer = { .client = (enum wu_client)row->client, .status = row->status == MAPS_OTHERS ? 418 : row->status,
                             .service = (enum wu_service)row->service, .head_request = row->head };
        CHECK(has_code(&answer, false, row->code, row->basis));
    }
}

/* What the agent makes of an unreachable endpoint depends on why it is. */
static void
the_agent_tells_unreachable_from_unresolved(void)
{
    enum wu_basis basis;

    CHECK_EQ(wu_agent_code(0x803d0010, WU_WHEN_ANY, &basis), 0x80240438u);
    CHECK_EQ(basis, WU_BASIS_DOCUMENTED);
    CHECK_EQ(wu_agent_code(0x803d0010, WU_WHEN_NAME_NOT_RESOLVED, &basis), 0x8024402cu);
    CHECK_EQ(basis, WU_BASIS_DOCUMENTED);
    CHECK_EQ(wu_agent_code(0x803d0006, WU_WHEN_NAME_NOT_RESOLVED, &basis), 0x8024401cu);
    CHECK_EQ(basis, WU_BASIS_DOCUMENTED);
    CHECK_EQ(wu_agent_code(0x803d0005, WU_WHEN_ANY, &basis), 0x80244018u);
    CHECK_EQ(basis, WU_BASIS_GUESS);
    CHECK_EQ(wu_agent_code(0x803d0017, WU_WHEN_ANY, &basis), 0);
    CHECK_EQ(basis, WU_BASIS_NONE);
}

static void
good_answers_have_no_code(void)
{
    static const unsigned statuses[] = { 0, 100, 200, 206, 301, 304, 399 };

    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        wu_answer answer = { .client = WU_CLIENT_AGENT, .status = statuses[i] };
        CHECK_CODES(answer, true, "");
        answer.client = WU_CLIENT_SOAP;
        CHECK_CODES(answer, true, "");
        answer.client = WU_CLIENT_DOWNLOAD;
        CHECK_CODES(answer, true, "");
    }
}

/* Programs of .NET report exceptions. */
static void
servers_and_consoles_have_no_code(void)
{
    static const enum wu_client clients[] = { WU_CLIENT_SERVER, WU_CLIENT_CONSOLE };
    wu_fault fault = { .code = { .text = BYTES("s:Client") } };

    for (size_t i = 0; i < 2; i++) {
        wu_answer answer = { .client = clients[i], .status = 500 };
        CHECK_CODES(answer, true, "");
        answer.fault = &fault;
        CHECK_CODES(answer, true, "");
    }
}

/* ---- the mapping of Windows Web Services ---- */

static const char *
challenge_of(const wu_wws_row *row)
{
    const char *scheme = wu_text(row->key);
    return strcmp(scheme, "other") ? scheme : "Kerberos";
}

static void
check_authentication(const wu_wws_row *row)
{
    bool proxy = row->kind == WU_WWS_PROXY_AUTH;
    GString *text = g_string_new(NULL);
    char *lines = g_strdup_printf("%s: %s\r\n", proxy ? "Proxy-Authenticate" : "WWW-Authenticate", challenge_of(row));
    wu_http_head head;
    wu_answer answer = answer_with(WU_CLIENT_SOAP, proxy ? 407 : 401, lines, &head, text);

    CHECK(has_code(&answer, true, row->value, row->basis));
    CHECK_EQ(has_code(&answer, false, row->value, row->basis), row->basis != WU_BASIS_GUESS);
    g_free(lines);
    g_string_free(text, TRUE);
}

static void
check_status(const wu_wws_row *row)
{
    bool proxy = row->kind == WU_WWS_PROXY_STATUS;
    unsigned status = strcmp(wu_text(row->key), "other") ? (unsigned)atoi(wu_text(row->key)) : 418;
    GString *text = g_string_new(NULL);
    wu_http_head head;
    wu_answer answer = answer_with(WU_CLIENT_SOAP, status, proxy ? "Via: 1.1 p\r\n" : "", &head, text);

    CHECK(has_code(&answer, true, row->value, row->basis));
    CHECK_EQ(has_code(&answer, false, row->value, row->basis), row->basis != WU_BASIS_GUESS);
    g_string_free(text, TRUE);
}

/* WS-Addressing and WCF put their codes into the subcode of SOAP 1.2, and into the faultcode of SOAP 1.1. */
static void
check_subcode(const wu_wws_row *row)
{
    char *qualified = g_strdup_printf("a:%s", wu_text(row->key));
    wu_fault fault = { .code = { .text = BYTES("s:Sender") },
                       .subcodes = 1,
                       .subcode[0].text = wu_slice_text(qualified) };
    wu_answer answer = { .client = WU_CLIENT_SOAP, .status = 500, .fault = &fault };

    CHECK(has_code(&answer, true, row->value, row->basis));
    CHECK_EQ(has_code(&answer, false, row->value, row->basis), row->basis != WU_BASIS_GUESS);
    CHECK(has_code(&answer, false, 0x803d0013, WU_BASIS_DOCUMENTED));
    fault = (wu_fault){ .code = { .text = wu_slice_text(wu_text(row->key)) } };
    CHECK(has_code(&answer, true, row->value, row->basis));
    g_free(qualified);
}

static void
every_row_of_the_mapping_is_used(void)
{
    for (size_t i = 0; i < WU_N_WWS_MAPPING; i++) {
        const wu_wws_row *row = &wu_wws_mapping[i];
        switch ((enum wu_wws_kind)row->kind) {
        case WU_WWS_SERVER_AUTH:
        case WU_WWS_PROXY_AUTH:
            check_authentication(row);
            break;
        case WU_WWS_HTTP_STATUS:
        case WU_WWS_PROXY_STATUS:
            check_status(row);
            break;
        case WU_WWS_SUBCODE:
            check_subcode(row);
            break;
        case WU_WWS_FAULT:
            CHECK_TEXT(wu_text(row->key), "any");
            CHECK_EQ(row->value, 0x803d0013u);
            break;
        case WU_WWS_BODY: /* an answer that is no SOAP is none that this function is asked about */
            CHECK_EQ(row->value, 0x803d0000u);
            break;
        }
    }
}

static void
subcodes_come_before_the_fault(void)
{
    wu_fault fault = { .code = { .text = BYTES("s:Sender") },
                       .subcodes = 2,
                       .subcode[0].text = BYTES("a:EndpointUnavailable"),
                       .subcode[1].text = BYTES(" a:ActionNotSupported ") };
    wu_answer answer = { .client = WU_CLIENT_SOAP, .status = 500, .fault = &fault };

    CHECK_CODES(answer, false, "803D000E inferred; 803D0011 inferred; 803D0013 documented");
    fault.subcode[1].text = BYTES("a:Whatever");
    CHECK_CODES(answer, false, "803D000E inferred; 803D0013 documented");
    fault.subcode[0].text = BYTES("a:InvalidSecurity");
    CHECK_CODES(answer, false, "803D0013 documented");
    CHECK_CODES(answer, true, "803D000A guess; 803D0013 documented");
    fault.subcode[0].text = (wu_slice){ NULL, 0 };
    CHECK_CODES(answer, true, "803D0013 documented");
}

/* ---- authentication ---- */

static void
check_challenges(enum wu_client client, unsigned status, const char *lines, const char *surely, const char *perhaps)
{
    GString *text = g_string_new(NULL);
    wu_http_head head;
    wu_answer answer = answer_with(client, status, lines, &head, text);

    CHECK_CODES(answer, false, surely);
    CHECK_CODES(answer, true, perhaps);
    g_string_free(text, TRUE);
}

static void
schemes_have_codes(void)
{
    check_challenges(WU_CLIENT_SOAP, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "803D001C inferred",
                     "803D001C inferred");
    check_challenges(WU_CLIENT_SOAP, 401, "WWW-Authenticate: negotiate\r\n", "803D001F inferred",
                     "803D001F inferred");
    check_challenges(WU_CLIENT_AGENT, 401, "WWW-Authenticate: NTLM\r\n", "803D001E inferred; 80244017 documented",
                     "803D001E inferred; 80244017 documented");
    check_challenges(WU_CLIENT_AGENT, 401, "", "80244017 documented", "803D0005 guess; 80244017 documented");
    check_challenges(WU_CLIENT_AGENT, 401, "WWW-Authenticate: Bearer\r\n", "80244017 documented",
                     "803D0005 guess; 80244017 documented");
    check_challenges(WU_CLIENT_AGENT, 407, "Proxy-Authenticate: Basic realm=\"x\"\r\n",
                     "803D0018 inferred; 8024043C inferred; 8024401B documented",
                     "803D0018 inferred; 8024043C inferred; 8024401B documented");
    check_challenges(WU_CLIENT_AGENT, 407, "WWW-Authenticate: Basic\r\n", "8024401B documented",
                     "803D0016 guess; 8024401B documented");
}

/* Which of several schemes counts is documented nowhere. */
static void
several_schemes_are_a_guess(void)
{
    check_challenges(WU_CLIENT_SOAP, 401,
                     "WWW-Authenticate: Basic\r\nWWW-Authenticate: NTLM\r\nWWW-Authenticate: Negotiate\r\n", "",
                     "803D001F guess");
    check_challenges(WU_CLIENT_SOAP, 401, "WWW-Authenticate: Digest x\r\nWWW-Authenticate: Basic\r\n", "",
                     "803D001D guess");
    check_challenges(WU_CLIENT_AGENT, 407, "Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic\r\n",
                     "8024401B documented", "803D001A guess; 8024401B documented");
    check_challenges(WU_CLIENT_SOAP, 401, "WWW-Authenticate: Basic a\r\nWWW-Authenticate: Basic b\r\n",
                     "803D001C inferred", "803D001C inferred");
}

/* The codes of the update agent are the update agent's. */
static void
other_clients_have_no_codes_of_the_agent(void)
{
    check_challenges(WU_CLIENT_SOAP, 407, "Proxy-Authenticate: Basic\r\n", "803D0018 inferred",
                     "803D0018 inferred");
}

static void
proxies_have_statuses_of_their_own(void)
{
    check_challenges(WU_CLIENT_AGENT, 502, "Via: 1.1 p\r\n", "80244021 documented",
                     "803D0015 guess; 80244021 documented");
    check_challenges(WU_CLIENT_AGENT, 502, "", "80244021 documented", "803D000F guess; 80244021 documented");
    check_challenges(WU_CLIENT_AGENT, 403, "Via: 1.1 p\r\n", "80244018 documented",
                     "803D0016 guess; 80244018 documented");
    check_challenges(WU_CLIENT_AGENT, 503, "Via: 1.1 p\r\n", "80244022 documented",
                     "803D000E guess; 80244022 documented");
}

static enum wu_challenge
challenge(unsigned status, const char *lines, bool anonymous)
{
    GString *text = g_string_new(NULL);
    wu_http_head head;
    wu_answer answer = answer_with(WU_CLIENT_AGENT, status, lines, &head, text);

    answer.anonymous = anonymous;
    enum wu_challenge got = wu_challenge_of(&answer);
    g_string_free(text, TRUE);
    return got;
}

static void
tells_challenges_apart(void)
{
    CHECK_EQ(challenge(200, "WWW-Authenticate: NTLM\r\n", true), WU_CHALLENGE_NONE);
    CHECK_EQ(challenge(403, "WWW-Authenticate: NTLM x\r\n", true), WU_CHALLENGE_NONE);
    CHECK_EQ(challenge(401, "WWW-Authenticate: NTLM\r\n", true), WU_CHALLENGE_ASKED);
    CHECK_EQ(challenge(401, "WWW-Authenticate: Basic\r\nWWW-Authenticate: negotiate\r\n", true), WU_CHALLENGE_ASKED);
    CHECK_EQ(challenge(407, "Proxy-Authenticate: Negotiate\r\n", true), WU_CHALLENGE_ASKED);
    CHECK_EQ(challenge(401, "WWW-Authenticate: NTLM\r\n", false), WU_CHALLENGE_REFUSED);
    CHECK_EQ(challenge(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", true), WU_CHALLENGE_PASSWORD);
    CHECK_EQ(challenge(407, "Proxy-Authenticate: basic\r\n", true), WU_CHALLENGE_PASSWORD);
    CHECK_EQ(challenge(407, "Proxy-Authenticate: Basic\r\n", false), WU_CHALLENGE_REFUSED);
    CHECK_EQ(challenge(401, "WWW-Authenticate: Bearer\r\n", true), WU_CHALLENGE_REFUSED);
    CHECK_EQ(challenge(401, "WWW-Authenticate: Digest nonce=\"x\"\r\n", true), WU_CHALLENGE_PASSWORD);
    CHECK_EQ(challenge(401, "", true), WU_CHALLENGE_REFUSED);
    CHECK_EQ(challenge(407, "WWW-Authenticate: NTLM\r\n", true), WU_CHALLENGE_REFUSED);
    CHECK_EQ(challenge(401, "WWW-Authenticate: NTLM TlRMTVNTUAAC\r\n", false), WU_CHALLENGE_CONTINUED);
    CHECK_EQ(challenge(401, "WWW-Authenticate: ntlm TlRM\r\n", true), WU_CHALLENGE_CONTINUED);
    CHECK_EQ(challenge(407, "Proxy-Authenticate: Basic\r\nProxy-Authenticate: Negotiate oYIB\r\n", false),
             WU_CHALLENGE_CONTINUED);
}

static void
handshakes_have_no_code(void)
{
    check_challenges(WU_CLIENT_AGENT, 401, "WWW-Authenticate: NTLM TlRMTVNTUAAC\r\n", "", "");
    check_challenges(WU_CLIENT_SOAP, 407, "Proxy-Authenticate: Negotiate oYIB\r\n", "", "");
    check_challenges(WU_CLIENT_DOWNLOAD, 401, "WWW-Authenticate: NTLM TlRMTVNTUAAC\r\n", "", "");
    check_challenges(WU_CLIENT_DOWNLOAD, 401, "WWW-Authenticate: NTLM\r\n", "80190191 documented",
                     "80190191 documented");
}

/* ---- faults ---- */

static void
check_fault(const wu_fault_row *row)
{
    wu_fault fault = { .code = { .text = BYTES("s:Client") },
                       .error_code = { .text = wu_slice_text(wu_text(row->name)) } };
    wu_answer answer = { .client = WU_CLIENT_AGENT, .status = 500, .fault = &fault };
    wu_derived codes[WU_MAX_DERIVED];
    size_t n = wu_client_codes(&answer, false, codes, WU_MAX_DERIVED);

    CHECK_EQ(wu_is_recovery(&fault), row->recovery);
    if (!row->value) {
        CHECK_EQ(n, 0);
        return;
    }
    if (row->basis == WU_BASIS_GUESS) {
        CHECK(!has_code(&answer, false, row->value, row->basis));
        n = wu_client_codes(&answer, true, codes, WU_MAX_DERIVED);
    }
    CHECK(n >= 2 && codes[n - 1].code == row->value && codes[n - 1].basis == row->basis);
    CHECK_EQ(codes[0].code, 0x803d0013u);
    CHECK_EQ(has_code(&answer, false, row->older_value, row->older_basis), row->older_value != 0);
    answer.client = WU_CLIENT_SOAP;
    CHECK_CODES(answer, true, "803D0013 documented");
}

static void
every_fault_has_its_codes(void)
{
    for (size_t i = 0; i < WU_N_SOAP_FAULTS; i++)
        check_fault(&wu_soap_faults[i]);
}

static void
the_agent_reports_faults(void)
{
    wu_fault fault = { .code = { .text = BYTES("s:Client") }, .error_code = { .text = BYTES("InvalidParameters") } };
    wu_answer answer = { .client = WU_CLIENT_AGENT, .status = 500, .fault = &fault };

    CHECK_CODES(answer, false, "803D0013 documented; 8024400D inferred; 80244007 documented");
    fault.error_code.text = BYTES(" InternalServerError ");
    CHECK_CODES(answer, false, "803D0013 documented; 8024400E documented; 80244007 documented");
    fault.error_code.text = BYTES("InvalidCookie");
    CHECK_CODES(answer, false, "803D0013 documented; 80244015 documented");
    fault.error_code.text = BYTES("ConfigChanged");
    CHECK_CODES(answer, true, "");
    fault.error_code.text = BYTES("SomethingNew");
    CHECK_CODES(answer, false, "803D0013 documented; 80244007 documented");
    fault.error_code.text = (wu_slice){ NULL, 0 };
    CHECK_CODES(answer, false, "803D0013 documented; 80244007 documented");
    answer.status = 200; /* very old servers */
    CHECK_CODES(answer, false, "803D0013 documented; 80244007 documented");
}

static void
the_agent_reports_the_fault_behind_a_subcode(void)
{
    wu_fault fault = { .code = { .text = BYTES("s:Sender") },
                       .subcodes = 1,
                       .subcode[0].text = BYTES("a:ActionNotSupported") };
    wu_answer answer = { .client = WU_CLIENT_AGENT, .status = 500, .fault = &fault };

    CHECK_CODES(answer, false, "803D0011 inferred; 803D0013 documented; 80244007 documented");
}

static void
knows_recovery(void)
{
    static const char *const yes[] = { "ConfigChanged",        "CookieExpired",       "InvalidCookie",  "ServerChanged",
                                       "RegistrationRequired", "FileLocationChanged", " CookieExpired " };
    static const char *const no[] = { "InvalidParameters", "InternalServerError", "ServerBusy", "Unknown", "",
                                      "configchanged" };
    wu_fault fault = { .code = { .text = BYTES("x") } };

    CHECK(!wu_is_recovery(&fault));
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        fault.error_code.text = wu_slice_text(yes[i]);
        CHECK(wu_is_recovery(&fault));
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        fault.error_code.text = wu_slice_text(no[i]);
        CHECK(!wu_is_recovery(&fault));
    }
}

/* ---- for all answers ---- */

static void
check_no_guess(const wu_answer *answer)
{
    wu_derived sure[WU_MAX_DERIVED], all[WU_MAX_DERIVED], some[WU_MAX_DERIVED];
    size_t n = wu_client_codes(answer, false, sure, WU_MAX_DERIVED);
    size_t m = wu_client_codes(answer, true, all, WU_MAX_DERIVED);

    CHECK(n <= m && m < WU_MAX_DERIVED);
    for (size_t i = 0; i < n; i++)
        CHECK(sure[i].basis == WU_BASIS_DOCUMENTED || sure[i].basis == WU_BASIS_INFERRED);
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < i; k++)
            CHECK(all[i].code != all[k].code);
    for (size_t max = 0; max < m; max++) {
        CHECK_EQ(wu_client_codes(answer, true, some, max), max);
        for (size_t i = 0; i < max; i++)
            CHECK_EQ(some[i].code, all[i].code);
    }
}

static void
guesses_are_told_when_asked_for(void)
{
    static const enum wu_client clients[] = { WU_CLIENT_SOAP, WU_CLIENT_AGENT, WU_CLIENT_DOWNLOAD, WU_CLIENT_SERVER };
    static const char *const lines[] = { "", "Via: 1.1 p\r\n",
                                         "WWW-Authenticate: Basic\r\nProxy-Authenticate: Digest\r\n" };
    GString *text = g_string_new(NULL);

    for (unsigned status = 100; status < 1000; status++)
        for (size_t c = 0; c < 4; c++)
            for (size_t l = 0; l < 3; l++) {
                wu_http_head head;
                wu_answer answer = answer_with(clients[c], status, lines[l], &head, text);
                check_no_guess(&answer);
            }
    g_string_free(text, TRUE);
}

const unit_case unit_client_code_cases[] = {
    { "client_code: every status of the agent has its code", every_status_of_the_agent_has_its_code },
    { "client_code: the agent reports its own code last", the_agent_reports_its_own_code_last },
    { "client_code: other clients have guesses only", other_clients_have_guesses_only },
    { "client_code: downloads report the status", downloads_report_the_status },
    { "client_code: delivery optimization reports the status", delivery_optimization_reports_the_status },
    { "client_code: delivery optimization of linux folds statuses", delivery_optimization_of_linux_folds_statuses },
    { "client_code: files of the agent have no codes of web services", files_of_the_agent_have_no_codes_of_web_services },
    { "client_code: a refused license file is no denial", a_refused_license_file_is_no_denial },
    { "client_code: other programs have no code", other_programs_have_no_code },
    { "client_code: every row for files is used", every_row_for_files_is_used },
    { "client_code: the agent tells unreachable from unresolved", the_agent_tells_unreachable_from_unresolved },
    { "client_code: good answers have no code", good_answers_have_no_code },
    { "client_code: servers and consoles have no code", servers_and_consoles_have_no_code },
    { "client_code: every row of the mapping is used", every_row_of_the_mapping_is_used },
    { "client_code: subcodes come before the fault", subcodes_come_before_the_fault },
    { "client_code: schemes have codes", schemes_have_codes },
    { "client_code: several schemes are a guess", several_schemes_are_a_guess },
    { "client_code: other clients have no codes of the agent", other_clients_have_no_codes_of_the_agent },
    { "client_code: proxies have statuses of their own", proxies_have_statuses_of_their_own },
    { "client_code: tells challenges apart", tells_challenges_apart },
    { "client_code: handshakes have no code", handshakes_have_no_code },
    { "client_code: every fault has its codes", every_fault_has_its_codes },
    { "client_code: the agent reports faults", the_agent_reports_faults },
    { "client_code: the agent reports the fault behind a subcode", the_agent_reports_the_fault_behind_a_subcode },
    { "client_code: knows recovery", knows_recovery },
    { "client_code: guesses are told when asked for", guesses_are_told_when_asked_for },
    { NULL, NULL }
};
