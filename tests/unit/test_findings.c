/* test_findings.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "findings.h"
#include "unit.h"

#define ENVELOPE(body)                                                                                    \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" body "</s:Body></s:Envelope>"
#define MISC(text) ENVELOPE("<ReportEventBatch><eventBatch><ReportingEvent><ExtendedData><MiscData><string>" text \
                            "</string></MiscData></ExtendedData></ReportingEvent></eventBatch></ReportEventBatch>")
#define FILE_AT(digest, url)                                                                                           \
    ENVELOPE("<GetExtendedUpdateInfoResponse><FileLocations><FileLocation><FileDigest>" digest                         \
             "</FileDigest><Url>" url "</Url></FileLocation></FileLocations></GetExtendedUpdateInfoResponse>")
#define PROGRAM(name)                                                                                                  \
    ENVELOPE("<GetExtendedUpdateInfoResponse><Updates><Update><Xml>&lt;InstallCommand Program=\"" name                 \
             "\" /&gt;</Xml></Update></Updates></GetExtendedUpdateInfoResponse>")

/* The SHA-1 that is 00 01 02 ... 13, in base64 and in hexadecimal. */
#define DIGEST "AAECAwQFBgcICQoLDA0ODxAREhM="
#define HEX    "000102030405060708090A0B0C0D0E0F10111213"

static const wu_finding_context answer = { .secure = true, .host = { (const uint8_t *)"wsus:8530", 9 } };
static const wu_finding_context report = { .request = true,
                                           .secure = true,
                                           .host = { (const uint8_t *)"wsus:8530", 9 } };

/* The findings as letters, in the order of the enum, with a plus behind those that have an item. */
static char *
findings_text(const wu_message *message, const wu_finding_context *context)
{
    wu_finding found[WU_MAX_FINDINGS];
    size_t n = wu_find_findings(message, context, found, WU_MAX_FINDINGS);
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        g_string_append_c(out, "?SNFDPCALOUIG"[found[i].kind]);
        CHECK(!wu_finding_is_warning(found[i].kind) || wu_may_warn(message));
        if (found[i].item != WU_NO_ITEM) {
            g_string_append_c(out, '+');
            CHECK(message && found[i].item < message->items->len);
        }
    }
    return g_string_free(out, FALSE);
}

static void
check_findings(int line, const char *body, const wu_finding_context *context, const char *expected)
{
    wu_message_options options = { .fields = true, .fragments = WU_FRAGMENTS_ALL, .list_limit = 100 };
    wu_message message;

    wu_message_read(&message, wu_slice_text(body), &options);
    wu_finding_context with_body = *context;
    with_body.body = wu_slice_text(body);
    char *got = findings_text(&message, &with_body);
    if (strcmp(got, expected)) {
        printf("%s:%d: the findings are \"%s\", expected \"%s\"\n", __FILE__, line, got, expected);
        unit_failures++;
    }
    g_free(got);
    wu_message_free(&message);
}

#define CHECK_FINDINGS(body, context, expected) check_findings(__LINE__, (body), &(context), (expected))

static void
finds_serialized_objects(void)
{
    CHECK_FINDINGS(
        MISC("SynchronizationUpdateErrorsKey=&lt;a xmlns=\"http://schemas.microsoft.com/clr/nsassem/x\"/&gt;"), report,
        "S+");
    CHECK_FINDINGS(MISC("SynchronizationUpdateErrorsKey=&lt;SOAP-ENC:Array/&gt;"), report, "S+");
    CHECK_FINDINGS(MISC("SynchronizationUpdateErrorsKey=AAEAAAD/////AQAAA"), report, "S+");
    CHECK_FINDINGS(MISC("SynchronizationUpdateErrorsKey="), report, "");
    CHECK_FINDINGS(MISC("SynchronizationUpdateErrorsKey=5"), report, "");
    CHECK_FINDINGS(MISC("AAEAAAD/////AQAAA"), report, "");
    CHECK_FINDINGS(MISC("B=5"), report, "");
}

/* A character reference reads the same to the server. */
static void
finds_serialized_objects_behind_references(void)
{
    CHECK_FINDINGS(MISC("Synchronization&#85;pdateErrorsKey=AAEAAAD/////AQAAA"), report, "S+");
}

static void
finds_namespaces_of_servers(void)
{
    CHECK_FINDINGS(ENVELOPE("<ReportEventBatch><eventBatch><ReportingEvent><NamespaceID>2</NamespaceID></"
                            "ReportingEvent><ReportingEvent>"
                            "<NamespaceID>1</NamespaceID></ReportingEvent></eventBatch></ReportEventBatch>"),
                   report, "N+");
    CHECK_FINDINGS(ENVELOPE("<ReportEventBatch><eventBatch><ReportingEvent><NamespaceID>1</NamespaceID></"
                            "ReportingEvent></eventBatch>"
                            "</ReportEventBatch>"),
                   report, "");
    CHECK_FINDINGS(ENVELOPE("<ReportEventBatch><eventBatch><ReportingEvent><NamespaceID>2</NamespaceID></"
                            "ReportingEvent></eventBatch>"
                            "</ReportEventBatch>"),
                   answer, "");
}

static void
finds_foreign_hosts(void)
{
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://evil.example/x.exe"), answer, "F+");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://wsus.evil.example:8530/x.exe"), answer, "F+");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://evilmicrosoft.com/x.exe"), answer, "F+");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://wsus:8530/x.exe"), answer, "O+");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://WSUS/x.exe"), answer, "O+");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://tlu.dl.delivery.mp.microsoft.com/x.exe"), answer, "");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://download.windowsupdate.com/x.exe"), answer, "");
    CHECK_FINDINGS(FILE_AT(DIGEST, "/x.exe"), answer, "");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://evil.example/x.exe"), ((wu_finding_context){ .secure = true }), "");
}

/* What only looks like Microsoft's host: user information, a query or a fragment behind the real one. */
static void
hosts_are_read_as_browsers_do(void)
{
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://a.microsoft.com:80@evil.example/x.exe"), answer, "F+");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://evil.example?a.microsoft.com/x.exe"), answer, "F+");
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://evil.example#a.microsoft.com/x.exe"), answer, "F+");
}

static void
finds_digests_that_differ(void)
{
    CHECK_FINDINGS(FILE_AT(DIGEST, "http://wsus:8530/Content/13/" HEX ".exe"), answer, "");
    CHECK_FINDINGS(FILE_AT("BAECAwQFBgcICQoLDA0ODxAREhM=", "http://wsus:8530/Content/13/" HEX ".exe"), answer, "D+");
    CHECK_FINDINGS(FILE_AT("BAECAwQFBgcICQoLDA0ODxAREhM=", "http://evil.example/Content/13/" HEX ".exe"), answer,
                   "F+D+");
    CHECK_FINDINGS(FILE_AT("BAECAwQFBgcICQoLDA0ODxAREhM=", "http://wsus:8530/x.exe"), answer, "O+");
    CHECK_FINDINGS(FILE_AT("AAEC", "http://wsus:8530/Content/13/" HEX ".exe"), answer, "");
    CHECK_FINDINGS(FILE_AT("", "http://wsus:8530/Content/13/" HEX ".exe"), answer, "");
}

static void
finds_programs_that_run_others(void)
{
    CHECK_FINDINGS(PROGRAM("PsExec64.exe"), answer, "P+");
    CHECK_FINDINGS(PROGRAM("C:\\Windows\\System32\\CMD.EXE"), answer, "P+");
    CHECK_FINDINGS(PROGRAM("tools/BgInfo.exe"), answer, "P+");
    CHECK_FINDINGS(PROGRAM("AM_Delta.exe"), answer, "");
    CHECK_FINDINGS(PROGRAM("mypsexec.exe"), answer, "");
    CHECK_FINDINGS(PROGRAM("cmd.exe.txt"), answer, "");
}

#define ARGUMENTS(text)                                                                                                \
    ENVELOPE("<GetExtendedUpdateInfoResponse><Updates><Update><Xml>&lt;InstallCommand Program=\"AM_Delta.exe\" Arguments=\"" \
             text "\" /&gt;</Xml></Update></Updates></GetExtendedUpdateInfoResponse>")
#define PLUGIN(operation, name) ENVELOPE("<" operation "><AuthInfo><AuthPlugInInfo><PlugInID>" name "</PlugInID></AuthPlugInInfo></AuthInfo></" operation ">")
#define UPDATE(id, deployment, action, date, flags)                                                                    \
    "<UpdateInfo><ID>" id "</ID><Deployment><ID>" deployment "</ID><Action>" action "</Action><LastChangeTime>" date     \
    "</LastChangeTime>" flags "</Deployment></UpdateInfo>"
#define FLAGS "<FlagBitmask>0</FlagBitmask>"
#define UPDATES(updates) ENVELOPE("<SyncUpdatesResponse><SyncUpdatesResult><NewUpdates>" updates "</NewUpdates></SyncUpdatesResult></SyncUpdatesResponse>")

static void
finds_what_tools_answer(void)
{
    CHECK_FINDINGS(ARGUMENTS("WD /q"), answer, "L+");
    CHECK_FINDINGS(ARGUMENTS(" "), answer, "");
    CHECK_FINDINGS(PLUGIN("GetConfigResponse", "Anonymous"), answer, "U+");
    CHECK_FINDINGS(PLUGIN("GetConfigResponse", "SimpleTargeting"), answer, "");
    /* PyWSUS */
    CHECK_FINDINGS(UPDATES(UPDATE("966864", "81819", "Install", "2026-11-17T10:25:29.736410", FLAGS)
                           UPDATE("907797", "96280", "Bundle", "2026-11-17T10:25:29.736410", FLAGS)), answer, "I+");
    /* one by itself, or without flags, or dated by the day as WSUS does */
    CHECK_FINDINGS(UPDATES(UPDATE("966864", "81819", "Install", "2026-11-17T10:25:29.736410", FLAGS)
                           UPDATE("1234", "96280", "Bundle", "2026-11-17T10:25:29.736410", FLAGS)), answer, "");
    CHECK_FINDINGS(UPDATES(UPDATE("966864", "81819", "Install", "2026-11-17T10:25:29.736410", "")
                           UPDATE("907797", "96280", "Bundle", "2026-11-17T10:25:29.736410", "")), answer, "");
    CHECK_FINDINGS(UPDATES(UPDATE("966864", "81819", "Install", "2026-11-17", FLAGS)
                           UPDATE("907797", "96280", "Bundle", "2026-11-17T00:00:00", FLAGS)), answer, "");
    /* WSUSpect */
    CHECK_FINDINGS(UPDATES(UPDATE("17999990", "899990", "Install", "2014-09-12", FLAGS)
                           UPDATE("17999991", "899991", "Bundle", "2014-09-12", FLAGS)), answer, "I+");
    CHECK_FINDINGS(UPDATES(UPDATE("17999990", "1", "Install", "2014-09-12", FLAGS)
                           UPDATE("17999991", "2", "Bundle", "2014-09-12", FLAGS)), answer, "");
}

#define IDENTITY(number) "<Xml>&lt;UpdateIdentity UpdateID=\"u\" RevisionNumber=" number " /&gt;"
#define ALWAYS "&lt;IsInstalled&gt;&lt;False /&gt;&lt;/IsInstalled&gt;&lt;IsInstallable&gt;&lt;True /&gt;&lt;/IsInstallable&gt;"
#define NUMBERED(id, deployment, flags, identity, rules)                                                              \
    "<UpdateInfo><ID>" id "</ID><Deployment><ID>" deployment "</ID><Action>Install</Action><LastChangeTime>2020-02-29"    \
    "</LastChangeTime>" flags "</Deployment>" identity rules "</Xml></UpdateInfo>"

/* Revision numbers stand in the fragments, which are text here. */
static void
finds_revision_numbers_of_tools(void)
{
    static const wu_finding_context empty = { .secure = true, .host = { (const uint8_t *)"wsus:8530", 9 } };
    wu_message_options options = { .fields = true, .list_limit = 100 };
    wu_message message;

    /* PyWSUS without flags and times: ids, numbers, and an update that is always installable */
    CHECK_FINDINGS(UPDATES(NUMBERED("966864", "81819", "", IDENTITY("\"204\""), "")
                           NUMBERED("907797", "96280", "", IDENTITY("\"204\""), ALWAYS)), answer, "I+");
    CHECK_FINDINGS(UPDATES(NUMBERED("966864", "81819", "", IDENTITY("&quot;204&quot;"), ALWAYS)
                           NUMBERED("907797", "96280", "", IDENTITY("&quot;204&quot;"), "")), answer, "I+");
    /* each of them is missing once */
    CHECK_FINDINGS(UPDATES(NUMBERED("966864", "81819", "", IDENTITY("\"204\""), "")
                           NUMBERED("907797", "96280", "", IDENTITY("\"204\""), "")), answer, "");
    CHECK_FINDINGS(UPDATES(NUMBERED("966864", "81819", "", IDENTITY("\"204\""), ALWAYS)
                           NUMBERED("907797", "96280", "", IDENTITY("\"200\""), ALWAYS)), answer, "");
    CHECK_FINDINGS(UPDATES(NUMBERED("966864", "81819", "", IDENTITY("\"204\""), ALWAYS)
                           NUMBERED("7797", "96280", "", IDENTITY("\"204\""), ALWAYS)), answer, "");
    /* WSUSpect with other ids: the two follow each other */
    CHECK_FINDINGS(UPDATES(NUMBERED("5000", "700", FLAGS, IDENTITY("\"201\""), "")
                           NUMBERED("5001", "701", FLAGS, IDENTITY("\"201\""), "")), answer, "I+");
    CHECK_FINDINGS(UPDATES(NUMBERED("5000", "700", FLAGS, IDENTITY("\"201\""), "")
                           NUMBERED("5001", "709", FLAGS, IDENTITY("\"201\""), "")), answer, "");
    CHECK_FINDINGS(UPDATES(NUMBERED("5000", "700", FLAGS, IDENTITY("\"201\""), "")
                           NUMBERED("5001", "701", "", IDENTITY("\"201\""), "")), answer, "");
    CHECK_FINDINGS(UPDATES(NUMBERED("5000", "700", FLAGS, IDENTITY("\"200\""), "")
                           NUMBERED("5001", "701", FLAGS, IDENTITY("\"200\""), "")), answer, "");
    /* the same without flags, but with its own ids */
    CHECK_FINDINGS(UPDATES(NUMBERED("17999990", "899990", "", IDENTITY("\"201\""), "")
                           NUMBERED("17999991", "899991", "", IDENTITY("\"201\""), "")), answer, "I+");
    /* a body that is shorter than the items say is not read beyond its end */
    wu_message_read(&message, wu_slice_text(UPDATES(NUMBERED("966864", "1", "", IDENTITY("\"204\""), ALWAYS)
                                                    NUMBERED("907797", "2", "", IDENTITY("\"204\""), ALWAYS))), &options);
    char *got = findings_text(&message, &empty);
    CHECK_TEXT(got, "");
    g_free(got);
    wu_message_free(&message);
}

static void
finds_arguments_of_tools(void)
{
    CHECK_FINDINGS(ARGUMENTS("/accepteula -s example"), answer, "L+G+");
    CHECK_FINDINGS(ARGUMENTS("-AcceptEula"), answer, "L+G+");
    CHECK_FINDINGS(ARGUMENTS("x.bgi /nolicprompt /timer:0"), answer, "L+G+");
    CHECK_FINDINGS(ARGUMENTS("/quiet /norestart EULA=1"), answer, "L+");
    CHECK(wu_finding_is_warning(WU_FINDING_ARGUMENTS));
}

static void
finds_metadata_in_clear_text(void)
{
    static const wu_finding_context plain = { .host = { (const uint8_t *)"wsus", 4 } };
    static const wu_finding_context plain_request = { .request = true };

    CHECK_FINDINGS(PROGRAM("AM_Delta.exe"), plain, "C");
    CHECK_FINDINGS(PROGRAM("AM_Delta.exe"), answer, "");
    CHECK_FINDINGS(PROGRAM("AM_Delta.exe"), plain_request, "");
    CHECK_FINDINGS(ENVELOPE("<GetConfigResponse><LastChange>x</LastChange></GetConfigResponse>"), plain, "");
    CHECK_FINDINGS(PROGRAM("cmd.exe"), plain, "P+C");
}

static void
check_encoding(const char *text, const char *expected)
{
    wu_http_head head;
    wu_finding_context context = { .request = true, .secure = true, .head = &head };

    CHECK(wu_http_read_head(wu_slice_text(text), &head));
    char *got = findings_text(NULL, &context);
    CHECK_TEXT(got, expected);
    g_free(got);
    context.request = false;
    got = findings_text(NULL, &context);
    CHECK_TEXT(got, "");
    g_free(got);
}

static void
finds_changed_encodings(void)
{
    check_encoding(
        "POST / HTTP/1.1\r\nUser-Agent: Windows-Update-Agent/10.0\r\nSOAPAction: x\r\nAccept-Encoding: utf-8\r\n\r\n",
        "A");
    check_encoding(
        "POST / HTTP/1.1\r\nUser-Agent: Windows-Update-Agent/10.0\r\nSOAPAction: x\r\nAccept-Encoding: xpress\r\n\r\n",
        "");
    check_encoding("POST / HTTP/1.1\r\nUser-Agent: Windows-Update-Agent/10.0\r\nSOAPAction: x\r\nAccept-Encoding: "
                   "gzip, XPRESS\r\n\r\n",
                   "");
    check_encoding("POST / HTTP/1.1\r\nUser-Agent: curl/7.88\r\nSOAPAction: x\r\nAccept-Encoding: gzip\r\n\r\n", "");
}

static void
warnings_are_few(void)
{
    static const enum wu_finding_kind warnings[] = { WU_FINDING_SERIALIZED, WU_FINDING_FOREIGN_HOST, WU_FINDING_DIGEST,
                                                     WU_FINDING_PROGRAM };
    static const enum wu_finding_kind notes[] = { WU_FINDING_SERVER_NAMESPACE, WU_FINDING_CLEAR_TEXT,
                                                  WU_FINDING_ACCEPT_ENCODING };

    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        CHECK(wu_finding_is_warning(warnings[i]));
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        CHECK(!wu_finding_is_warning(notes[i]));
}

static void
findings_fit_the_room(void)
{
    wu_message_options options = { .fields = true, .fragments = WU_FRAGMENTS_ALL, .list_limit = 100 };
    wu_finding_context plain = { .host = BYTES("wsus") };
    wu_finding found[4];
    wu_message message;

    memset(found, 0, sizeof found);
    wu_message_read(&message, BYTES(PROGRAM("cmd.exe")), &options);
    CHECK_EQ(wu_find_findings(&message, &plain, found, 4), 2);
    CHECK_EQ(wu_find_findings(&message, &plain, found + 2, 1), 1);
    CHECK_EQ(found[2].kind, WU_FINDING_PROGRAM);
    CHECK_EQ(found[3].kind, 0);
    CHECK_EQ(wu_find_findings(&message, &plain, NULL, 0), 0);
    wu_message_free(&message);
}

const unit_case unit_findings_cases[] = {
    { "findings: finds serialized objects", finds_serialized_objects },
    { "findings: finds serialized objects behind references", finds_serialized_objects_behind_references },
    { "findings: finds namespaces of servers", finds_namespaces_of_servers },
    { "findings: finds foreign hosts", finds_foreign_hosts },
    { "findings: hosts are read as browsers do", hosts_are_read_as_browsers_do },
    { "findings: finds digests that differ", finds_digests_that_differ },
    { "findings: finds programs that run others", finds_programs_that_run_others },
    { "findings: finds what tools answer", finds_what_tools_answer },
    { "findings: finds revision numbers of tools", finds_revision_numbers_of_tools },
    { "findings: finds arguments of tools", finds_arguments_of_tools },
    { "findings: finds metadata in clear text", finds_metadata_in_clear_text },
    { "findings: finds changed encodings", finds_changed_encodings },
    { "findings: warnings are few", warnings_are_few },
    { "findings: findings fit the room", findings_fit_the_room },
    { NULL, NULL }
};
