/* test_diagnosis.c
 * Every cause of tables/diagnoses.tsv: what brings it up, and the neighbour that does not.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis.h"

#include <stdlib.h>

#include "findings.h"
#include "setup_extension.h"
#include "unit.h"

#define A "192.0.2.10"
#define B "192.0.2.11"
#define C "192.0.2.12"

#define ID_1       "6B1A1C5E-5A39-4A76-8B5A-6FCA1C3F0001"
#define ID_1_LOWER "6b1a1c5e-5a39-4a76-8b5a-6fca1c3f0001"
#define ID_2       "6B1A1C5E-5A39-4A76-8B5A-6FCA1C3F0002"

static wu_diagnosis *d;
static uint32_t frame;
static double now;

static void
begin(void)
{
    d = wu_diagnosis_new();
    frame = 0;
    now = 1700000000;
}

static wu_fact
fact_of(enum wu_fact_kind kind, const char *client, enum wu_service service, const char *operation)
{
    wu_fact fact = { .kind = kind, .client = client, .server = "192.0.2.1", .host = "wsus.example", .port = 8530,
                     .service = service, .operation = operation, .program = WU_CLIENT_AGENT, .elapsed = 0.1 };

    frame++;
    now += 1;
    fact.frame = frame;
    fact.time = now;
    return fact;
}

static wu_fact
request(const char *client, enum wu_service service, const char *operation)
{
    return fact_of(WU_FACT_REQUEST, client, service, operation);
}

static wu_fact
response(const char *client, enum wu_service service, const char *operation)
{
    wu_fact fact = fact_of(WU_FACT_RESPONSE, client, service, operation);
    fact.request_frame = fact.frame - 1;
    fact.status = 200;
    return fact;
}

static void
take(wu_fact fact)
{
    wu_diagnosis_add(d, &fact);
}

/* A request and its answer, both without anything particular. */
static void
exchange(const char *client, enum wu_service service, const char *operation)
{
    take(request(client, service, operation));
    take(response(client, service, operation));
}

static void
fault(const char *client, const char *operation, const char *error_code, const char *parameter, enum wu_fact_outcome outcome)
{
    take(request(client, WU_SERVICE_CLIENTWEBSERVICE, operation));
    wu_fact answer = response(client, WU_SERVICE_CLIENTWEBSERVICE, operation);
    answer.status = 500;
    answer.fault = true;
    answer.outcome = outcome;
    answer.error_code = error_code;
    answer.parameter = parameter;
    take(answer);
}

static void
status(const char *client, enum wu_service service, const char *operation, unsigned code, uint32_t derived)
{
    take(request(client, service, operation));
    wu_fact answer = response(client, service, operation);
    answer.status = code;
    answer.outcome = WU_FACT_FAILED;
    answer.code = derived;
    answer.basis = derived ? WU_BASIS_DOCUMENTED : WU_BASIS_NONE;
    take(answer);
}

static void
add_causes(GString *out, const GPtrArray *causes)
{
    for (guint i = 0; i < causes->len; i++) {
        const wu_cause *c = g_ptr_array_index(causes, i);
        g_string_append_printf(out, "%s%s", out->len ? " " : "", wu_text(c->row->name));
        if (c->count > 1)
            g_string_append_printf(out, "*%u", c->count);
        if (c->went_well)
            g_string_append(out, "+");
        if (c->reported)
            g_string_append(out, "!");
    }
}

/* Ends the diagnosis and compares the names of all causes: "*2" twice, "+" went well later, "!" reported by the client. */
static void
check_end(int line, const char *expected)
{
    GString *out = g_string_new(NULL);

    wu_diagnosis_end(d);
    add_causes(out, wu_diagnosis_general(d));
    for (guint i = 0; i < wu_diagnosis_clients(d)->len; i++)
        add_causes(out, ((wu_diagnosed *)g_ptr_array_index(wu_diagnosis_clients(d), i))->causes);
    if (strcmp(out->str, expected)) {
        printf("%s:%d: the diagnosis is \"%s\", expected \"%s\"\n", __FILE__, line, out->str, expected);
        unit_failures++;
    }
    g_string_free(out, TRUE);
    wu_diagnosis_free(d);
}

#define CHECK_END(expected) check_end(__LINE__, expected)

static void
whole_scan(const char *client)
{
    exchange(client, WU_SERVICE_SIMPLEAUTHWEBSERVICE, "GetAuthorizationCookie");
    exchange(client, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
    exchange(client, WU_SERVICE_CLIENTWEBSERVICE, "RegisterComputer");
    exchange(client, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    exchange(client, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo");
    exchange(client, WU_SERVICE_CONTENT, "Download");
    exchange(client, WU_SERVICE_REPORTINGWEBSERVICE, "ReportEventBatch");
}

static void
a_healthy_capture_is_one_line(void)
{
    begin();
    whole_scan(A);
    wu_diagnosis_end(d);
    GString *text = wu_diagnosis_text(d, 100);
    CHECK_TEXT(text->str, "No failure: 1 client, 7 requests, 7 responses.\n");
    g_string_free(text, TRUE);
    const wu_diagnosed *client = g_ptr_array_index(wu_diagnosis_clients(d), 0);
    CHECK_EQ(wu_diagnosed_step(client), WU_STEP_REPORT);
    CHECK_EQ(client->tasks, 1u << WU_TASK_SCAN | 1u << WU_TASK_DOWNLOAD | 1u << WU_TASK_REPORT);
    CHECK_END("");
}

static void
nothing_is_said_as_such(void)
{
    begin();
    wu_diagnosis_end(d);
    GString *text = wu_diagnosis_text(d, 100);
    CHECK_TEXT(text->str, "No Windows Update traffic was recognised.\n");
    g_string_free(text, TRUE);
    CHECK(!wu_diagnosis_filter(d, 100));
    CHECK_END("");
}

/* The key of a row brings that row up: connections, faults, statuses, codes, events, findings. */
static void
feed_row(const wu_diagnosis_row *row)
{
    static const enum wu_service services[WU_STEP_MAX] = { [WU_STEP_DOWNLOAD] = WU_SERVICE_CONTENT,
                                                           [WU_STEP_SELF_UPDATE] = WU_SERVICE_SELFUPDATE };
    const char *key = wu_text(row->key);
    wu_fact_file file = { .digest = "D", .size = 0 };
    uint32_t finding = (uint32_t)atoi(key);
    wu_fact fact = response(A, row->step ? services[row->step] : WU_SERVICE_CLIENTWEBSERVICE, "Op");

    fact.port = row->port ? row->port : 9;
    fact.secure = row->when != WU_WHEN_PLAIN;
    fact.plain = row->when == WU_WHEN_PLAIN;
    fact.program = row->when == WU_WHEN_CLIENT ? WU_CLIENT_AGENT : WU_CLIENT_DOWNLOAD;
    fact.parameter = wu_text(row->parameter);
    fact.outcome = WU_FACT_FAILED;
    if (row->when == WU_WHEN_OFFERED) {
        fact.digest = "D";
        wu_fact offer = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo");
        offer.files = &file;
        offer.n_files = 1;
        take(offer);
    }
    switch (row->on) {
    case WU_ON_CONNECTION:
        fact.kind = WU_FACT_CONNECTION;
        fact.service = WU_SERVICE_NONE;
        fact.operation = "Connect";
        fact.connection = *key ? key : "other";
        break;
    case WU_ON_FAULT:
        fact.fault = true;
        fact.error_code = *key ? key : "NeverHeardOf";
        break;
    case WU_ON_STATUS:
        fact.status = !*key ? 404 : !strcmp(key + 1, "xx") ? (unsigned)(key[0] - '0') * 100 + 99 : (unsigned)atoi(key);
        break;
    case WU_ON_CODE:
    case WU_ON_EVENT:
        fact.kind = WU_FACT_EVENT;
        fact.code = row->on == WU_ON_CODE ? (uint32_t)strtoul(key, NULL, 16) : 0x80070643;
        fact.event_class = key;
        break;
    default:
        fact.outcome = WU_FACT_OK;
        fact.findings = &finding;
        fact.n_findings = 1;
        break;
    }
    take(fact);
}

static void
each_row_is_reached_by_its_key(void)
{
    for (size_t i = 0; i < WU_N_DIAGNOSES; i++) {
        const wu_diagnosis_row *row = &wu_diagnoses[i];
        if (row->on == WU_ON_PATTERN)
            continue;
        begin();
        feed_row(row);
        CHECK_END(row->weight == WU_WEIGHT_QUIET ? "" : wu_text(row->name));
    }
}

static void
conditions_tell_rows_apart(void)
{
    begin(); /* port 80 is wrong for the client's services only */
    wu_fact fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig");
    fact.port = 80;
    fact.status = 404;
    fact.outcome = WU_FACT_FAILED;
    fact.public_service = true;
    take(fact);
    CHECK_END("service_missing");
    begin(); /* plain HTTP is right on 8530 */
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig", 400, 0x80244016);
    CHECK_END("bad_request");
    begin(); /* a file that nobody offered */
    status(A, WU_SERVICE_CONTENT, "Download", 404, 0x80244019);
    CHECK_END("file_not_found");
    begin();
    fault(A, "SyncUpdates", "InvalidParameters", "parameters.Other", WU_FACT_FAILED);
    CHECK_END("invalid_parameters");
}

static void
a_failure_is_one_with_a_count(void)
{
    begin();
    for (unsigned i = 0; i < 3; i++)
        fault(A, "SyncUpdates", "InvalidParameters", "parameters.InstalledNonLeafUpdateIDs", WU_FACT_FAILED);
    wu_diagnosis_end(d);
    const wu_diagnosed *client = g_ptr_array_index(wu_diagnosis_clients(d), 0);
    const wu_cause *cause = g_ptr_array_index(client->causes, 0);
    CHECK_TEXT(cause->detail, "InvalidParameters (parameters.InstalledNonLeafUpdateIDs)");
    CHECK_EQ(cause->frames, 6);
    CHECK_EQ(cause->last_frame, 6);
    char *filter = wu_cause_filter(cause);
    CHECK_TEXT(filter, "frame.number in {1, 2, 3, 4, 5, 6}");
    g_free(filter);
    CHECK_END("installed_ids*3");
}

static void
what_goes_well_later_does_not_stop(void)
{
    begin();
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    wu_diagnosis_end(d);
    CHECK_EQ(wu_diagnosis_count(d).failed, 0);
    GString *text = wu_diagnosis_text(d, 100);
    CHECK(!strncmp(text->str, "No failure that lasts: ", 23));
    g_string_free(text, TRUE);
    CHECK_END("unavailable+");
    begin(); /* another operation says nothing of this one */
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig2");
    wu_diagnosis_end(d);
    CHECK_EQ(wu_diagnosis_count(d).failed, 1);
    CHECK_END("unavailable config_incomplete");
    begin(); /* nor does another file */
    take(request(A, WU_SERVICE_CONTENT, "Download"));
    wu_fact lost = response(A, WU_SERVICE_CONTENT, "Download"), found = response(A, WU_SERVICE_CONTENT, "Download");
    lost.status = 404;
    lost.outcome = WU_FACT_FAILED;
    lost.file = "one.cab";
    found.file = "two.cab";
    take(lost);
    take(found);
    CHECK_END("file_not_found");
}

static void
connection_failed(const char *outcome, const char *operation, uint32_t request_frame)
{
    wu_fact fact = fact_of(WU_FACT_CONNECTION, A, WU_SERVICE_NONE, operation);

    fact.outcome = WU_FACT_FAILED;
    fact.connection = outcome;
    fact.request_frame = request_frame;
    fact.code = 0x8024401c;
    fact.codes[0] = 0x80072ee2;
    fact.n_codes = 1;
    take(fact);
}

static void
a_connection_explains_the_missing_answer(void)
{
    begin();
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    connection_failed("No answer", "Exchange", 1);
    CHECK_END("no_answer");
    begin(); /* another request stays without one */
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    connection_failed("No answer", "Exchange", 77);
    CHECK_END("no_answer unanswered");
    begin();
    connection_failed("Refused", "Connect", 0);
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    CHECK_END("refused+");
}

/* What the protocol recovers from is no success, either. */
static void
a_recovery_is_no_success(void)
{
    begin();
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    fault(A, "SyncUpdates", "InvalidCookie", "", WU_FACT_RECOVERY);
    wu_diagnosis_end(d);
    const wu_diagnosed *client = g_ptr_array_index(wu_diagnosis_clients(d), 0);
    CHECK_EQ(wu_diagnosed_step(client), WU_STEP_CONNECT);
    CHECK_END("unavailable");
    begin(); /* nor is something that is no message: a redirect, an empty answer */
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig", 503, 0x80244022);
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig"));
    wu_fact empty = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig");
    empty.no_message = true;
    take(empty);
    CHECK_END("unavailable");
    begin(); /* what is not known to be the same has not gone well */
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "unknown", 503, 0x80244022);
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "unknown");
    CHECK_END("unavailable");
}

static void
challenge(const char *host)
{
    wu_fact asked = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"), answer;

    asked.host = host;
    take(asked);
    answer = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    answer.host = host;
    answer.status = 401;
    answer.challenge = true;
    answer.outcome = WU_FACT_RECOVERY;
    answer.code = 0x80244017;
    take(answer);
}

static void
password(const char *host, bool may_go_on)
{
    wu_fact asked = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"), answer;

    asked.host = host;
    take(asked);
    answer = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    answer.host = host;
    answer.status = 407;
    answer.challenge = may_go_on;
    answer.outcome = WU_FACT_FAILED;
    take(answer);
}

static void
with_credentials(const char *host)
{
    wu_fact asked = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"), answer;

    asked.host = host;
    asked.credentials = true;
    take(asked);
    answer = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    answer.host = host;
    take(answer);
}

static void
questions_for_credentials(void)
{
    begin(); /* the client goes on */
    challenge("wsus.example");
    with_credentials("wsus.example");
    CHECK_END("");
    begin(); /* it does not */
    challenge("wsus.example");
    CHECK_END("not_authenticated");
    begin(); /* a password: what was noted is forgotten, if the client gives one */
    password("wsus.example", true);
    with_credentials("wsus.example");
    CHECK_END("");
    begin();
    password("wsus.example", true);
    CHECK_END("proxy_auth");
    begin(); /* it had given one */
    password("wsus.example", false);
    with_credentials("wsus.example");
    CHECK_END("proxy_auth+");
    begin(); /* somewhere else */
    challenge("wsus.example");
    with_credentials("other.example");
    CHECK_END("not_authenticated");
    begin(); /* it asks again without any, then with them: the first time stays, and went well in the end */
    challenge("wsus.example");
    challenge("wsus.example");
    with_credentials("wsus.example");
    CHECK_END("not_authenticated+");
}

static void
what_a_connection_tells_is_told_once(void)
{
    begin(); /* a page: the connection says it, too */
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig"));
    wu_fact page = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig");
    page.page = true;
    take(page);
    frame--; /* told in the frame of the answer */
    connection_failed("Not SOAP", "Exchange", 1);
    CHECK_END("not_soap");
    begin(); /* its request ends in a later frame than it begins */
    frame = 4;
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig"));
    connection_failed("Reset", "Exchange", 4);
    CHECK_END("reset");
    begin(); /* what is asked after it failed */
    connection_failed("Not HTTP", "Exchange", 0);
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig"));
    CHECK_END("not_http");
    begin(); /* an answer that came before the end of the request */
    wu_fact answer = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig"), late = request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig");
    answer.config_plugin = answer.config_limit = true;
    answer.answered = late.answered = true;
    take(answer);
    CHECK_EQ(wu_diagnosis_count(d).requests, 1); /* the end of the request may never come */
    take(late);
    CHECK_EQ(wu_diagnosis_count(d).requests, 1);
    CHECK_END("");
    begin(); /* a tunnel has no answer of its own */
    take(request(A, WU_SERVICE_CONNECTION, "Tunnel"));
    CHECK_END("");
}

static void
report(uint32_t code, const char *event_class, const char *subject)
{
    wu_fact fact = fact_of(WU_FACT_EVENT, A, WU_SERVICE_REPORTINGWEBSERVICE, "ReportEventBatch");

    fact.code = code;
    fact.event_class = event_class;
    fact.subject = subject;
    take(fact);
}

static void
a_reported_code_belongs_to_its_failure(void)
{
    begin();
    connection_failed("No answer", "Connect", 0);
    report(0x80072ee2, "detect", "");
    CHECK_END("no_answer!");
    begin(); /* another code is another failure; the same for two updates are two */
    connection_failed("No answer", "Connect", 0);
    report(0x80070643, "install", "KB1");
    report(0x80070643, "install", "KB1");
    report(0x80070643, "install", "KB2");
    CHECK_END("no_answer reported_install*2 reported_install");
}

/* The hint of the code where it has one; the capture alone does not tell where the client got it. */
static void
a_reported_code_says_what_to_check(void)
{
    wu_reading reading;

    CHECK(wu_code_readings(0x8024402c, WU_AS_HRESULT, &reading, 1) && *reading.hint);
    begin();
    report(0x8024402c, "detect", "");
    report(0x8024fee1, "download", ""); /* not in the tables */
    connection_failed("No answer", "Connect", 0);
    wu_diagnosis_end(d);
    GString *text = wu_diagnosis_text(d, 600), *hinted = g_string_new("    check       ");
    g_string_append_printf(hinted, "%s The steps of this client above it in the capture.\n", reading.hint);
    CHECK(strstr(text->str, hinted->str) != NULL);
    CHECK(strstr(text->str, "    check       What the code means. Content server, proxy and free disk space.\n") != NULL);
    CHECK(strstr(text->str, "{code}") == NULL);
    g_string_free(hinted, TRUE);
    g_string_free(text, TRUE);
    CHECK_END("reported_scan reported_download no_answer");
}

static void
setup_extension_codes_have_names(void)
{
    begin();
    wu_fact fact = fact_of(WU_FACT_EVENT, A, WU_SERVICE_REPORTINGWEBSERVICE, "ReportEventBatch");
    fact.code = 0xc1900101;
    fact.extend = 0x20017;
    fact.event_class = "install";
    fact.subject = "Windows 11";
    take(fact);
    wu_diagnosis_end(d);
    GString *text = wu_diagnosis_text(d, 200);
    CHECK(strstr(text->str, "0xC1900101 MOSETUP_E_SETUP_PLATFORM; extension 0x20017: phase SAFE_OS, operation BOOT: ") != NULL);
    g_string_free(text, TRUE);
    CHECK_END("setup_rollback");
    CHECK_TEXT(wu_setup_phase(0x990017), "");
    CHECK_TEXT(wu_setup_operation(0x2ffff), "");
}

/* ---- patterns ---- */

static void
sign_on(const char *client, const char *id, const char *computer)
{
    wu_fact fact = request(client, WU_SERVICE_SIMPLEAUTHWEBSERVICE, "GetAuthorizationCookie");

    fact.client_id = id;
    fact.computer = computer;
    take(fact);
    take(response(client, WU_SERVICE_SIMPLEAUTHWEBSERVICE, "GetAuthorizationCookie"));
}

static void
cloned_ids(void)
{
    begin();
    sign_on(A, ID_1, "pc1.example");
    sign_on(B, ID_1_LOWER, "PC2.example");
    CHECK_END("cloned_id");
    begin(); /* one computer whose address changed */
    sign_on(A, ID_1, "pc1.example");
    sign_on(B, ID_1, "PC1");
    CHECK_END("");
}

static void
several_ids(void)
{
    begin();
    sign_on(A, ID_1, "pc1");
    sign_on(A, ID_2, "pc1");
    CHECK_END("several_ids");
    begin(); /* what is no client id is none */
    sign_on(A, ID_1, "pc1");
    sign_on(A, "S-1-5-21-1-2-3-1000", "pc1");
    CHECK_END("");
    begin(); /* two computers behind one address */
    sign_on(A, ID_1, "pc1");
    sign_on(A, ID_2, "pc2");
    CHECK_END("");
    begin(); /* two addresses: one computer by its whole name, perhaps two by the short one */
    sign_on(A, ID_1, "pc1.example");
    sign_on(B, ID_2, "pc1.example");
    CHECK_END("several_ids");
    begin();
    sign_on(A, ID_1, "localhost");
    sign_on(B, ID_2, "localhost");
    CHECK_END("");
}

static void
dual_scan(void)
{
    wu_fact fact;

    begin();
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    fact = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    fact.public_service = true;
    take(fact);
    take(response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    CHECK_END("dual_scan");
    begin(); /* files from the public service are no scan */
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    fact = request(A, WU_SERVICE_DELIVERYOPTIMIZATION, "Download");
    fact.public_service = true;
    take(fact);
    take(response(A, WU_SERVICE_DELIVERYOPTIMIZATION, "Download"));
    CHECK_END("");
}

static void
sync(unsigned rounds, bool driver_pass)
{
    for (unsigned i = 0; i < rounds; i++) {
        wu_fact fact = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
        fact.driver_pass = driver_pass;
        take(fact);
        take(response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    }
}

static void
round_trips(void)
{
    begin();
    sync(149, false);
    CHECK_END("");
    begin();
    sync(150, false);
    CHECK_END("trips_near");
    begin();
    sync(199, false);
    sync(1, true);
    CHECK_END("trips_near");
    begin();
    sync(200, false);
    report(0x80244010, "detect", "");
    CHECK_END("trips_over!"); /* one failure, which the client reports */
    begin();
    sync(199, false);
    report(0x80244010, "detect", "");
    CHECK_END("reported_trips trips_near");
    begin(); /* a report of something else ends the search all the same */
    sync(200, false);
    report(0x80070643, "install", "");
    sync(10, false);
    report(0x80240438, "detect", "");
    sync(100, false);
    CHECK_END("reported_install trips_over reported_scan");
    begin(); /* two searches */
    sync(100, false);
    now += 3600;
    sync(100, false);
    CHECK_END("");
}

static void
loops(void)
{
    begin();
    for (unsigned i = 0; i < 3; i++) {
        fault(A, "SyncUpdates", "ConfigChanged", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig");
    }
    CHECK_END("config_incomplete*3 loop_config*3");
    begin();
    for (unsigned i = 0; i < 4; i++) {
        fault(A, "SyncUpdates", i & 1 ? "InvalidCookie" : "CookieExpired", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
    }
    CHECK_END("loop_cookie*4");
    begin(); /* twice in a row is no loop, and what was not asked for anew is not refused anew */
    for (unsigned i = 0; i < 2; i++) {
        fault(A, "SyncUpdates", "InvalidCookie", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
    }
    CHECK_END("");
    begin();
    for (unsigned i = 0; i < 6; i++)
        fault(A, "SyncUpdates", i & 1 ? "InvalidCookie" : "ConfigChanged", "", WU_FACT_RECOVERY);
    CHECK_END("");
    begin(); /* an authorization that does not help, a registration, the places of files */
    for (unsigned i = 0; i < 3; i++) {
        fault(A, "GetCookie", "InvalidAuthorizationCookie", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_SIMPLEAUTHWEBSERVICE, "GetAuthorizationCookie");
    }
    for (unsigned i = 0; i < 3; i++) {
        fault(A, "SyncUpdates", "RegistrationRequired", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "RegisterComputer");
    }
    for (unsigned i = 0; i < 3; i++) {
        fault(A, "GetExtendedUpdateInfo", "FileLocationChanged", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetFileLocations");
    }
    CHECK_END("loop_authorization*3 loop_registration*3 loop_locations*3");
    begin(); /* each helped, in the second attempt */
    for (unsigned i = 0; i < 4; i++) {
        fault(A, "GetCookie", "InvalidAuthorizationCookie", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_SIMPLEAUTHWEBSERVICE, "GetAuthorizationCookie");
        if (i & 1)
            exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
    }
    CHECK_END("");
    begin(); /* a downstream server */
    for (unsigned i = 0; i < 3; i++) {
        fault(A, "GetRevisionIdList", "InvalidCookie", "", WU_FACT_RECOVERY);
        exchange(A, WU_SERVICE_SERVERSYNCWEBSERVICE, "GetCookie");
    }
    CHECK_END("loop_cookie*3");
    begin(); /* the search gets on between */
    for (unsigned i = 0; i < 6; i++) {
        fault(A, "SyncUpdates", "ConfigChanged", "", WU_FACT_RECOVERY);
        if (i & 1)
            exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    }
    CHECK_END("");
}

static void
cookies_and_clocks(void)
{
    wu_fact fact;

    begin();
    fact = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    fact.cookie_expires = now - 61;
    take(fact);
    take(response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    CHECK_END("cookie_expired");
    begin();
    fact = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    fact.cookie_expires = now - 59;
    take(fact);
    fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    fact.cookie_expires = now + 3600;
    take(fact);
    CHECK_END("");
    begin();
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie"));
    fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
    fact.cookie_expires = now - 100;
    take(fact);
    CHECK_END("cookie_born_expired");
    for (unsigned apart = 299; apart <= 301; apart += 2) {
        begin();
        fact = request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
        fact.client_clock = now + 9000 + apart;
        take(fact);
        fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
        fact.server_clock = now + 9000; /* the clock of the capture is nobody's */
        take(fact);
        CHECK_END(apart > 300 ? "clock_skew" : "");
    }
}

static void
searches_that_end(void)
{
    wu_fact fact;

    for (unsigned gone_on = 0; gone_on < 2; gone_on++) {
        begin();
        take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
        fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
        fact.installs = 3;
        take(fact);
        if (gone_on)
            exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo");
        CHECK_END(gone_on ? "" : "no_metadata");
        begin();
        take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
        fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
        fact.truncated = true;
        take(fact);
        if (gone_on)
            exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
        CHECK_END(gone_on ? "" : "no_more_rounds");
    }
}

static void
configurations(void)
{
    for (unsigned have = 0; have < 4; have++) {
        begin();
        take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig"));
        wu_fact fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig");
        fact.config_plugin = have & 1;
        fact.config_limit = have & 2;
        take(fact);
        CHECK_END(have == 3 ? "" : "config_incomplete");
    }
}

static void
file_sizes(void)
{
    for (uint64_t size = 100; size < 102; size++) {
        wu_fact_file file = { .digest = "AB", .name = "x.cab", .size = 100 };
        begin();
        take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo"));
        wu_fact fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo");
        fact.files = &file;
        fact.n_files = 1;
        take(fact);
        take(request(A, WU_SERVICE_CONTENT, "Download"));
        fact = response(A, WU_SERVICE_CONTENT, "Download");
        fact.digest = "AB";
        fact.file_size = size;
        take(fact);
        CHECK_END(size == 100 ? "" : "file_size");
    }
}

static void
servers_in_trouble(void)
{
    begin();
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0);
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0);
    status(B, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0);
    status(C, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig", 500, 0);
    CHECK_END("server_trouble unavailable*2 unavailable server_error");
    begin(); /* two clients; then a third one much later */
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0);
    status(B, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0);
    now += 1000;
    status(C, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0);
    CHECK_END("unavailable unavailable unavailable");
    begin(); /* what the clients ask is not the server's fault */
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 404, 0);
    status(B, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 404, 0);
    status(C, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 404, 0);
    CHECK_END("service_missing service_missing service_missing");
}

static void
timed(unsigned n, double seconds)
{
    for (unsigned i = 0; i < n; i++) {
        take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
        wu_fact fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
        fact.elapsed = seconds;
        take(fact);
    }
}

static void
response_times(void)
{
    begin();
    timed(8, 0.3);
    timed(8, 1.5);
    CHECK_END("server_slowing");
    begin(); /* four times as long, but short */
    timed(8, 0.01);
    timed(8, 0.9);
    CHECK_END("");
    begin(); /* too few to tell */
    timed(7, 0.3);
    timed(8, 1.5);
    CHECK_END("");
    begin();
    timed(3, 10);
    CHECK_END("server_slow");
    begin();
    timed(3, 9.9);
    CHECK_END("");
}

static void
answer_with(const char *server, const char *via, const char *issuer, bool page)
{
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    wu_fact fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    fact.server_header = server;
    fact.via = via;
    fact.certificate_issuer = issuer;
    fact.page = page;
    take(fact);
}

static void
something_in_the_path(void)
{
    begin();
    answer_with("Microsoft-IIS/10.0", NULL, NULL, false);
    answer_with("Microsoft-HTTPAPI/2.0", NULL, NULL, false);
    answer_with("Microsoft-IIS/8.5", "", "CN=CA", false);
    answer_with(NULL, NULL, "CN=CA", false);
    CHECK_END("");
    begin();
    answer_with("Microsoft-IIS/10.0", NULL, NULL, false);
    answer_with("squid/5.7", NULL, NULL, false);
    CHECK_END("other_server");
    begin();
    answer_with(NULL, "1.1 proxy", NULL, false);
    CHECK_END("via");
    begin();
    answer_with(NULL, NULL, "CN=CA", false);
    answer_with(NULL, NULL, "CN=Inspection", false);
    CHECK_END("foreign_certificate");
    begin();
    answer_with(NULL, NULL, NULL, true);
    CHECK_END("page");
}

static void
get_cookie(uint64_t digest, unsigned length)
{
    wu_fact fact = request(A, WU_SERVICE_SERVERSYNCWEBSERVICE, "GetCookie");

    fact.auth_cookie = digest;
    fact.auth_cookie_length = length;
    take(fact);
    take(response(A, WU_SERVICE_SERVERSYNCWEBSERVICE, "GetCookie"));
}

static void
issue(uint64_t digest, unsigned length)
{
    take(request(A, WU_SERVICE_DSSAUTHWEBSERVICE, "GetAuthorizationCookie"));
    wu_fact fact = response(A, WU_SERVICE_DSSAUTHWEBSERVICE, "GetAuthorizationCookie");
    fact.auth_cookie = digest;
    fact.auth_cookie_length = length;
    take(fact);
}

static void
authorization_cookies(void)
{
    begin(); /* issued here, of whatever size */
    issue(7, 5000);
    get_cookie(7, 5000);
    CHECK_END("");
    begin(); /* issued before the capture, of the usual size */
    get_cookie(8, 496);
    issue(7, 496);
    get_cookie(9, 500);
    CHECK_END("");
    begin();
    issue(7, 496);
    get_cookie(9, 3000);
    CHECK_END("auth_cookie");
    begin();
    issue(7, 496);
    get_cookie(9, 47);
    CHECK_END("auth_cookie");
    begin(); /* without data */
    issue(7, 496);
    get_cookie(9, 0);
    CHECK_END("");
    begin();
    get_cookie(9, 1024);
    CHECK_END("auth_cookie");
    begin();
    get_cookie(9, 1023);
    CHECK_END("");
}

static void
rollup(const char *client)
{
    take(request(client, WU_SERVICE_REPORTINGWEBSERVICE, "GetRollupConfiguration"));
    wu_fact fact = response(client, WU_SERVICE_REPORTINGWEBSERVICE, "GetRollupConfiguration");
    fact.server_id = ID_1_LOWER;
    take(fact);
}

static void
order_of_exploits(void)
{
    begin();
    rollup(A);
    sign_on(A, ID_1, "pc");
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "GetCookie");
    exchange(A, WU_SERVICE_REPORTINGWEBSERVICE, "ReportEventBatch");
    wu_diagnosis_end(d);
    const wu_diagnosed *client = g_ptr_array_index(wu_diagnosis_clients(d), 0);
    char *filter = wu_cause_filter(g_ptr_array_index(client->causes, 0)); /* what follows is named, too */
    CHECK_TEXT(filter, "frame.number in {2, 3, 5, 7}");
    g_free(filter);
    CHECK_END("exploit_order");
    begin(); /* a client's own id */
    rollup(A);
    sign_on(A, ID_2, "pc");
    CHECK_END("");
    begin(); /* somebody else asked for it, or asks for it later; each of those who use it is one */
    rollup(B);
    rollup(A);
    sign_on(A, ID_1, "host");
    sign_on("192.0.2.9", ID_1, "host");
    CHECK_END("exploit_order exploit_order");
    begin();
    sign_on(A, ID_1, "host");
    rollup(A);
    rollup(B);
    CHECK_END("exploit_order");
    begin(); /* a server that reports about another one under its own id is none */
    rollup(A);
    wu_fact own = request(B, WU_SERVICE_DSSAUTHWEBSERVICE, "GetAuthorizationCookie");
    own.client_id = ID_1;
    take(own);
    take(response(B, WU_SERVICE_DSSAUTHWEBSERVICE, "GetAuthorizationCookie"));
    CHECK_END("");
}

static void
named_plugin(enum wu_fact_kind kind, const char *operation, const char *plugin)
{
    wu_fact fact = kind == WU_FACT_REQUEST ? request(A, WU_SERVICE_CLIENTWEBSERVICE, operation)
                                           : response(A, WU_SERVICE_CLIENTWEBSERVICE, operation);

    fact.auth_plugin = plugin;
    fact.config_plugin = fact.config_limit = true;
    take(fact);
}

static void
plugins_of_cookies(void)
{
    begin();
    named_plugin(WU_FACT_REQUEST, "GetConfig", NULL);
    named_plugin(WU_FACT_RESPONSE, "GetConfig", "SimpleTargeting");
    named_plugin(WU_FACT_REQUEST, "GetCookie", "PidValidator");
    named_plugin(WU_FACT_RESPONSE, "GetCookie", NULL);
    CHECK_END("auth_plugin");
    begin(); /* the one that was named */
    named_plugin(WU_FACT_REQUEST, "GetConfig", NULL);
    named_plugin(WU_FACT_RESPONSE, "GetConfig", "SimpleTargeting");
    named_plugin(WU_FACT_REQUEST, "GetCookie", "simpletargeting");
    named_plugin(WU_FACT_RESPONSE, "GetCookie", NULL);
    CHECK_END("");
    begin(); /* none was named in this capture */
    named_plugin(WU_FACT_REQUEST, "GetCookie", "PidValidator");
    named_plugin(WU_FACT_RESPONSE, "GetCookie", NULL);
    CHECK_END("");
}

/* An answer with findings and other marks of tools. */
static void
marked(uint32_t finding, bool pretty, bool ranges_ignored, unsigned cookie)
{
    take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo"));
    wu_fact fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo");
    fact.findings = &finding;
    fact.n_findings = finding ? 1 : 0;
    fact.pretty = pretty;
    fact.ranges_ignored = ranges_ignored;
    fact.cookie_length = cookie;
    take(fact);
}

static void
marks_of_tools(void)
{
    begin(); /* what PyWSUS answers */
    marked(WU_FINDING_ANONYMOUS, true, false, 0);
    marked(0, true, false, 47);
    marked(WU_FINDING_PATH, true, true, 0);
    wu_diagnosis_end(d);
    const wu_cause *cause = g_ptr_array_index(wu_diagnosis_general(d), 0);
    CHECK_TEXT(cause->detail, "files where WSUS has none, plug-in Anonymous, indented answers, no ranges, cookies of 47 bytes");
    CHECK_TEXT(cause->server, "wsus.example:8530");
    CHECK_END("injected plugin_anonymous outside_content");
    begin(); /* none of them is about the updates */
    marked(WU_FINDING_ANONYMOUS, true, true, 47);
    CHECK_END("plugin_anonymous");
    begin(); /* two are too few */
    marked(WU_FINDING_PATH, true, false, 496);
    CHECK_END("outside_content");
    begin(); /* a download that repeats what its metadata was found to be has no mark of its own */
    marked(WU_FINDING_ANONYMOUS, true, false, 0);
    wu_fact fact = response(A, WU_SERVICE_CONTENT, "Download");
    uint32_t found = WU_FINDING_PROGRAM;
    fact.findings = &found;
    fact.n_findings = 1;
    fact.digest = "00";
    take(fact);
    CHECK_END("plugin_anonymous program_runner");
    begin(); /* the public service is not judged */
    fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "GetExtendedUpdateInfo");
    found = WU_FINDING_PATH;
    fact.findings = &found;
    fact.n_findings = 1;
    fact.pretty = fact.ranges_ignored = true;
    fact.public_service = true;
    take(fact);
    CHECK_END("outside_content");
}

static void
synchronization_without_credentials(void)
{
    for (unsigned i = 0; i < 2; i++) {
        begin();
        take(request(A, WU_SERVICE_SERVERSYNCWEBSERVICE, "GetRevisionIdList"));
        wu_fact fact = response(A, WU_SERVICE_SERVERSYNCWEBSERVICE, "GetRevisionIdList");
        fact.anonymous = i == 0;
        take(fact);
        CHECK_END(i == 0 ? "anonymous_sync" : "");
    }
}

static void
digests_of_etags(void)
{
    for (unsigned i = 0; i < 2; i++) {
        begin();
        take(request(A, WU_SERVICE_CONTENT, "Download"));
        wu_fact fact = response(A, WU_SERVICE_CONTENT, "Download");
        fact.digest = "000102030405060708090A0B0C0D0E0F10111213";
        fact.etag_digest = i == 0 ? "ff0102030405060708090a0b0c0d0e0f10111213" : "000102030405060708090a0b0c0d0e0f10111213";
        fact.file = "a.cab";
        take(fact);
        CHECK_END(i == 0 ? "file_digest" : "");
    }
}

/* Of TLS that ended well and could not be read, the certificate counts, and nothing else. */
static void
certificates_of_good_connections(void)
{
    static const char *const issuers[] = { "CN=Example CA", "CN=Inspection" };

    for (unsigned differ = 0; differ < 2; differ++) {
        begin();
        for (unsigned i = 0; i < 2; i++) {
            wu_fact fact = fact_of(WU_FACT_CONNECTION, A, WU_SERVICE_NONE, "Secure");
            fact.secure = true;
            fact.certificate_issuer = issuers[i & differ];
            take(fact);
        }
        wu_diagnosis_end(d);
        CHECK_EQ(wu_diagnosis_count(d).clients, 0);
        CHECK_END(differ ? "foreign_certificate" : "");
    }
}

static void
refused_reports(void)
{
    for (enum wu_said said = WU_SAID_NOTHING; said <= WU_SAID_YES; said++) {
        begin();
        take(request(A, WU_SERVICE_REPORTINGWEBSERVICE, "ReportEventBatch"));
        wu_fact fact = response(A, WU_SERVICE_REPORTINGWEBSERVICE, "ReportEventBatch");
        fact.accepted = said;
        take(fact);
        CHECK_END(said == WU_SAID_NO ? "report_refused" : "");
    }
}

/* ---- bounds ---- */

static void
limits_hold(void)
{
    char name[32];

    begin();
    for (unsigned i = 0; i < WU_MAX_DIAGNOSED + 10; i++) {
        snprintf(name, sizeof name, "10.0.%u.%u", i >> 8, i & 255);
        take(request(name, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    }
    wu_diagnosis_end(d);
    CHECK_EQ(wu_diagnosis_count(d).clients, WU_MAX_DIAGNOSED);
    CHECK_EQ(wu_diagnosis_count(d).more_clients, 10);
    wu_diagnosis_free(d);
    begin();
    for (unsigned i = 0; i < WU_MAX_FAILURES + 5; i++) {
        snprintf(name, sizeof name, "KB%u", i);
        report(0x80070643, "install", name);
        take(request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    }
    wu_diagnosis_end(d);
    const wu_diagnosed *client = g_ptr_array_index(wu_diagnosis_clients(d), 0);
    CHECK_EQ(client->causes->len, WU_MAX_FAILURES);
    CHECK_EQ(client->more_causes, 5 + WU_MAX_OPEN_REQUESTS);
    CHECK_EQ(client->reported, WU_MAX_FAILURES + 5);
    wu_diagnosis_free(d);
}

static void
hostile_texts_are_harmless(void)
{
    char *big = g_strnfill(100000, 'x');

    begin();
    fault(A, "SyncUpdates", "Bad\x1b[31m\xe2\x80\xae\xff\n<script>", big, WU_FACT_FAILED);
    wu_diagnosis_end(d);
    GString *text = wu_diagnosis_text(d, 100);
    CHECK(g_utf8_validate(text->str, (gssize)text->len, NULL));
    CHECK(!strchr(text->str, 0x1b) && !strstr(text->str, "\xe2\x80\xae") && text->len < 2000);
    g_string_free(text, TRUE);
    wu_diagnosis_free(d);
    g_free(big);
}

static void
the_text_of_a_failure(void)
{
    begin();
    sign_on(A, ID_1, "pc1");
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    exchange(B, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    wu_diagnosis_end(d);
    wu_reading code;
    CHECK_EQ(wu_code_readings(0x80244022, WU_AS_HRESULT, &code, 1), 1);
    char *expected = g_strdup_printf(
        "1 of 2 clients failed: 3 requests, 3 responses; 1 cause of failure.\n"
        "\n"
        "192.0.2.10 (pc1): failed at SyncUpdates: HTTP 503, 0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL\n"
        "  tried       scan; server wsus.example:8530; client ID " ID_1 "\n"
        "  reached     connect, cookie; 1 round of SyncUpdates\n"
        "  failure     SyncUpdates: HTTP 503, server wsus.example:8530\n"
        "    why         The service is not available: the application pool is stopped, or its queue is full. (documented)\n"
        "    code        0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL: %s (what the client is expected to report, "
        "documented)\n"
        "    check       State, queue length and private memory limit of the application pool WsusPool; HTTPERR log for "
        "the reason.\n"
        "    frames      3, 4\n"
        "\n"
        "no failure  192.0.2.11\n", code.text);
    GString *text = wu_diagnosis_text(d, 400), *narrow = wu_diagnosis_text(d, 60);
    CHECK_TEXT(text->str, expected);
    CHECK(strstr(narrow->str, "    why         The service is not available: the\n"
                              "                application pool is stopped, or its queue is\n") != NULL);
    g_string_free(text, TRUE);
    g_string_free(narrow, TRUE);
    g_free(expected);
    wu_diagnosis_free(d);
}

/* ---- words ---- */

static void
check_part(int line, const char *part, unsigned width)
{
    GString *text = wu_diagnosis_text(d, width);

    if (!strstr(text->str, part)) {
        printf("%s:%d: \"%s\" is not in the diagnosis:\n%s", __FILE__, line, part, text->str);
        unit_failures++;
    }
    g_string_free(text, TRUE);
}

#define CHECK_PART(part) check_part(__LINE__, part, 2000)

static void
many_failures_have_an_overview(void)
{
    char name[32];

    begin();
    for (unsigned i = 0; i < 59; i++) {
        snprintf(name, sizeof name, "10.0.%u.%u", i / 14 > 0, i < 14 ? i : i - 14);
        if (i < 14)
            status(name, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
        else
            exchange(name, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    }
    wu_diagnosis_end(d);
    CHECK_PART("14 of 59 clients failed: 59 requests, 59 responses; 14 causes of failure; 1 warning.\n"
               "  10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5 and 8 more: SyncUpdates: HTTP 503, "
               "0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL, server wsus.example:8530\n"
               "    why         The service is not available: the application pool is stopped, or its queue is full. (documented)\n"
               "    code        0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL: ");
    CHECK_PART(" (what the client is expected to report, documented)\n    check       State, queue length");
    CHECK_PART("HTTPERR log for the reason.\n"
               "\n"
               "All clients\n"
               "  warning     server in trouble: at least 3 clients within 300 s, server wsus.example:8530\n");
    CHECK_PART("\nno failure  10.0.1.0, 10.0.1.1, ");
    CHECK_PART(", 10.0.1.39 and 5 more\n");
    wu_diagnosis_free(d);
    begin(); /* what most clients failed of comes first; long lines go on below */
    status("10.0.0.1", WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 404, 0x80244019);
    status("10.0.0.2", WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    status("10.0.0.3", WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    wu_diagnosis_end(d);
    GString *text = wu_diagnosis_text(d, 60);
    const char *first = "3 of 3 clients failed: 3 requests, 3 responses; 3 causes of\n"
                        "    failure.\n"
                        "  10.0.0.2, 10.0.0.3: SyncUpdates: HTTP 503, 0x80244022\n"
                        "      WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL, server\n"
                        "      wsus.example:8530\n"
                        "    why         The service is not available: the\n"
                        "                application pool is stopped, or its queue is\n";
    CHECK(g_str_has_prefix(text->str, first));
    CHECK(strstr(text->str, "\n  10.0.0.1: SyncUpdates: HTTP 404, 0x80244019\n"));
    g_string_free(text, TRUE);
    wu_diagnosis_free(d);
    begin(); /* of different things: the first are explained, twelve are listed, the others counted */
    for (unsigned i = 0; i < 14; i++) {
        snprintf(name, sizeof name, "10.0.0.%u", i);
        now += 1000;
        status(name, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 450 + i, 0);
    }
    wu_diagnosis_end(d);
    CHECK_PART("\n  10.0.0.2: SyncUpdates: HTTP 452, server wsus.example:8530\n    why ");
    CHECK_PART("\n  10.0.0.3: SyncUpdates: HTTP 453, server wsus.example:8530\n  10.0.0.4: ");
    CHECK_PART("\n  10.0.0.11: SyncUpdates: HTTP 461, server wsus.example:8530\n  and 2 more, below\n\n10.0.0.0: failed at");
    wu_diagnosis_free(d);
}

static void
few_failures_are_all_listed(void)
{
    begin();
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0);
    exchange(C, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    status(B, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 404, 0);
    wu_diagnosis_end(d);
    CHECK_PART("2 of 3 clients failed: 3 requests, 3 responses; 2 causes of failure.\n"
               "  192.0.2.10: SyncUpdates: HTTP 503, server wsus.example:8530\n"
               "    why         The service is not available: the application pool is stopped, or its queue is full. (documented)\n"
               "    check       State, queue length and private memory limit of the application pool WsusPool; HTTPERR log for the "
               "reason.\n"
               "  192.0.2.11: SyncUpdates: HTTP 404, server wsus.example:8530\n"
               "    why         The server does not have the service that was asked for. (the capture shows it)\n"
               "    check       Whether WSUS is installed on this site and port, and its application pool points to the right "
               "folder.\n"
               "\n"
               "192.0.2.10: failed at SyncUpdates: HTTP 503\n");
    char *all = wu_diagnosis_filter(d, 100), *some = wu_diagnosis_filter(d, 3);
    CHECK_TEXT(all, "frame.number in {1, 2, 5, 6}");
    CHECK_TEXT(some, "frame.number in {1, 2, 5}");
    CHECK(!wu_diagnosis_filter(d, 0));
    g_free(all);
    g_free(some);
    CHECK_END("unavailable service_missing");
}

static void
warnings_and_notes_are_counted(void)
{
    begin();
    answer_with(NULL, "1.1 proxy", "CN=CA", false);
    answer_with(NULL, NULL, "CN=Inspection", false);
    sync(150, false);
    wu_diagnosis_end(d);
    CHECK_PART("No failure: 1 client, 152 requests, 152 responses; 2 warnings; 1 note.\n");
    CHECK_PART("\n192.0.2.10: no failure, 1 warning, 1 note\n  tried       scan; server wsus.example:8530\n");
    wu_diagnosis_free(d);
}

static void
where_a_code_is_from(void)
{
    static const char *const words[] = { [WU_BASIS_NONE] = " (stands in the capture)\n",
                                         [WU_BASIS_DOCUMENTED] = " (what the client is expected to report, documented)\n",
                                         [WU_BASIS_INFERRED] = " (what the client is expected to report, inferred)\n",
                                         [WU_BASIS_GUESS] = " (what the client is expected to report, a guess)\n" };

    for (unsigned basis = 0; basis < G_N_ELEMENTS(words); basis++) {
        begin();
        wu_fact fact = response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
        fact.status = 503;
        fact.outcome = WU_FACT_FAILED;
        fact.code = 0x80244022;
        fact.basis = (enum wu_basis)basis;
        take(fact);
        wu_diagnosis_end(d);
        CHECK_PART("    code        0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL: ");
        CHECK_PART(words[basis]);
        wu_diagnosis_free(d);
    }
}

static void
frames_say_how_often(void)
{
    begin();
    for (unsigned i = 0; i < 3; i++)
        status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    report(0x80244022, "detect", "");
    wu_diagnosis_end(d);
    CHECK_PART("    frames      1, 2, 3, 4, 5, 6; 3 times; the client reports it in frame 7\n");
    wu_diagnosis_free(d);
    begin();
    for (unsigned i = 0; i < 5; i++)
        status(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates", 503, 0x80244022);
    exchange(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    wu_diagnosis_end(d);
    CHECK_PART("\n192.0.2.10: no failure that lasts\n");
    CHECK_PART("  passed      SyncUpdates: HTTP 503, server wsus.example:8530\n");
    CHECK_PART("    frames      1, 2, 3, 4, 5, 6, 7, 8; 5 times, last in frame 10; the same went well later, in frame 12\n");
    wu_diagnosis_free(d);
}

static void
what_is_known_of_a_client(void)
{
    char name[16];

    begin();
    for (unsigned i = 0; i < WU_MAX_NAMES + 1; i++) {
        snprintf(name, sizeof name, "pc%u", i);
        wu_fact fact = request(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
        fact.computer = name;
        fact.agent = i ? "Other" : "Windows-Update-Agent/10.0";
        take(fact);
        take(response(A, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    }
    status(A, WU_SERVICE_CLIENTWEBSERVICE, "GetConfig", 503, 0);
    wu_diagnosis_end(d);
    CHECK_PART("192.0.2.10 (pc0, pc1, pc2 and others): failed at GetConfig: HTTP 503\n"
               "  tried       scan; server wsus.example:8530; agent Windows-Update-Agent/10.0\n");
    CHECK_PART("; 9 rounds of SyncUpdates\n");
    wu_diagnosis_free(d);
}

static void
limits_are_said(void)
{
    char name[32];

    begin();
    for (unsigned i = 0; i < WU_MAX_FAILURES + 5; i++) {
        snprintf(name, sizeof name, "KB%u", i);
        report(0x80070643, "install", name);
    }
    for (unsigned i = 0; i < WU_MAX_DIAGNOSED + 1; i++) {
        snprintf(name, sizeof name, "10.0.%u.%u", i >> 8, i & 255);
        take(fact_of(WU_FACT_REQUEST, name, WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates"));
    }
    wu_diagnosis_end(d);
    CHECK_PART("  5 further ones of other kinds are not shown\n");
    CHECK_PART("\nThere are more than 5000 clients: 2 messages of others were left out.\n");
    wu_diagnosis_free(d);
}

static void
a_cause_without_place_has_its_name(void)
{
    char empty[] = "", detail[] = "Name not resolved";
    wu_cause cause = { .row = &wu_diagnoses[WU_DIAGNOSIS_REFUSED], .operation = empty, .server = empty, .detail = empty };
    char *line = wu_cause_line(&cause);

    CHECK_TEXT(line, "refused");
    g_free(line);
    cause.code = 12029;
    cause.space = WU_AS_WIN32;
    line = wu_cause_line(&cause);
    CHECK_TEXT(line, "refused, 12029 ERROR_WINHTTP_CANNOT_CONNECT");
    g_free(line);
    cause.code = 0;
    cause.detail = detail;
    line = wu_cause_line(&cause);
    CHECK_TEXT(line, "Name not resolved");
    g_free(line);
    CHECK(!wu_cause_filter(&cause));
}

const unit_case unit_diagnosis_cases[] = {
    { "diagnosis: a healthy capture is one line", a_healthy_capture_is_one_line },
    { "diagnosis: nothing is said as such", nothing_is_said_as_such },
    { "diagnosis: each row is reached by its key", each_row_is_reached_by_its_key },
    { "diagnosis: conditions tell rows apart", conditions_tell_rows_apart },
    { "diagnosis: a failure is one, with a count", a_failure_is_one_with_a_count },
    { "diagnosis: what goes well later does not stop", what_goes_well_later_does_not_stop },
    { "diagnosis: a connection explains the missing answer", a_connection_explains_the_missing_answer },
    { "diagnosis: a recovery is no success", a_recovery_is_no_success },
    { "diagnosis: questions for credentials", questions_for_credentials },
    { "diagnosis: what a connection tells is told once", what_a_connection_tells_is_told_once },
    { "diagnosis: a reported code belongs to its failure", a_reported_code_belongs_to_its_failure },
    { "diagnosis: a reported code says what to check", a_reported_code_says_what_to_check },
    { "diagnosis: extension codes of setup have names", setup_extension_codes_have_names },
    { "diagnosis: cloned ids", cloned_ids },
    { "diagnosis: several ids", several_ids },
    { "diagnosis: dual scan", dual_scan },
    { "diagnosis: round trips", round_trips },
    { "diagnosis: loops", loops },
    { "diagnosis: cookies and clocks", cookies_and_clocks },
    { "diagnosis: searches that end", searches_that_end },
    { "diagnosis: configurations", configurations },
    { "diagnosis: file sizes", file_sizes },
    { "diagnosis: servers in trouble", servers_in_trouble },
    { "diagnosis: response times", response_times },
    { "diagnosis: something in the path", something_in_the_path },
    { "diagnosis: authorization cookies", authorization_cookies },
    { "diagnosis: order of exploits", order_of_exploits },
    { "diagnosis: plug-ins of cookies", plugins_of_cookies },
    { "diagnosis: marks of tools", marks_of_tools },
    { "diagnosis: synchronization without credentials", synchronization_without_credentials },
    { "diagnosis: digests of ETags", digests_of_etags },
    { "diagnosis: certificates of good connections", certificates_of_good_connections },
    { "diagnosis: refused reports", refused_reports },
    { "diagnosis: limits hold", limits_hold },
    { "diagnosis: hostile texts are harmless", hostile_texts_are_harmless },
    { "diagnosis: the text of a failure", the_text_of_a_failure },
    { "diagnosis: many failures have an overview", many_failures_have_an_overview },
    { "diagnosis: few failures are all listed", few_failures_are_all_listed },
    { "diagnosis: warnings and notes are counted", warnings_and_notes_are_counted },
    { "diagnosis: where a code is from", where_a_code_is_from },
    { "diagnosis: frames say how often", frames_say_how_often },
    { "diagnosis: what is known of a client", what_is_known_of_a_client },
    { "diagnosis: limits are said", limits_are_said },
    { "diagnosis: a cause without place has its name", a_cause_without_place_has_its_name },
    { NULL, NULL },
};
