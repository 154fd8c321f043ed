/* test_wusp.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text.h"
#include "unit.h"
#include "wusp.h"

#define WSUS   "http://www.microsoft.com/SoftwareDistribution"
#define CLIENT WSUS "/Server/ClientWebService"
#define SHA1   "000102030405060708090A0B0C0D0E0F10111213"

static const wu_slice nothing = { NULL, 0 };

/* ---- requests ---- */

static void
check_request(const char *target, const char *host, const char *agent, const char *action, enum wu_service service,
              const char *operation)
{
    wu_recognised got = wu_recognise_request(wu_slice_text(target), wu_slice_text(host), wu_slice_text(agent),
                                             wu_slice_text(action));

    if (got.service != service || strcmp(got.operation, operation))
        printf("the request is %s to %s\n", target, host);
    CHECK_TEXT(wu_service_name(got.service), wu_service_name(service));
    CHECK_TEXT(got.operation, operation);
}

static void
check_path(const char *target, enum wu_service service, const char *operation)
{
    check_request(target, "wsus:8530", "", "", service, operation);
}

static void
recognises_services_by_path(void)
{
    check_path("/ClientWebService/client.asmx", WU_SERVICE_CLIENTWEBSERVICE, "");
    check_path("/clientwebservice/Client.asmx", WU_SERVICE_CLIENTWEBSERVICE, "");
    check_path("/v6/ClientWebService/client.asmx", WU_SERVICE_CLIENTWEBSERVICE, "");
    check_path("/ClientWebService/client.asmx/secured", WU_SERVICE_CLIENTWEBSERVICE, "");
    check_path("/ClientWebService/client.asmx?x=y", WU_SERVICE_CLIENTWEBSERVICE, "");
    check_path("http://proxy.example/ClientWebService/client.asmx", WU_SERVICE_CLIENTWEBSERVICE, "");
    check_path("/SimpleAuthWebService/SimpleAuth.asmx", WU_SERVICE_SIMPLEAUTHWEBSERVICE, "");
    check_path("/ReportingWebService/ReportingWebService.asmx", WU_SERVICE_REPORTINGWEBSERVICE, "");
    check_path("/ReportingWebService/WebService.asmx", WU_SERVICE_REPORTINGWEBSERVICE, "");
    check_path("/ServerSyncWebService/ServerSyncWebService.asmx", WU_SERVICE_SERVERSYNCWEBSERVICE, "");
    check_path("/ServerSyncWebService/ServerSyncProxy.asmx", WU_SERVICE_SERVERSYNCWEBSERVICE, "");
    check_path("/DssAuthWebService/DssAuthWebService.asmx", WU_SERVICE_DSSAUTHWEBSERVICE, "");
    check_path("/ApiRemoting30/WebService.asmx", WU_SERVICE_APIREMOTING, "");
    check_path("/v6/UpdateRegulationService/UpdateRegulation.asmx", WU_SERVICE_UPDATEREGULATION, "");
    check_path("/ClientWebService/wusserverversion.xml", WU_SERVICE_CLIENTWEBSERVICE, "ServerVersion");
}

static void
recognises_files_by_path(void)
{
    check_path("/selfupdate/wuident.cab?2610041633", WU_SERVICE_SELFUPDATE, "Ident");
    check_path("/SelfUpdate/WSUS3/x64/Other/wsus3setup.cab", WU_SERVICE_SELFUPDATE, "SelfUpdate");
    check_path("/WM/MicrosoftUpdate/redir/duredir.cab", WU_SERVICE_SELFUPDATE, "Redirector");
    check_path("/Inventory/InventoryRules.cab", WU_SERVICE_INVENTORY, "InventoryRules");
    check_path("/Content/13/" SHA1 ".exe", WU_SERVICE_CONTENT, "Download");
    check_path("/Content/14/" SHA1 ".exe", WU_SERVICE_CONTENT, "Download");
    check_path("/content/aF/x.exe", WU_SERVICE_CONTENT, "Download");
    check_path("/filestreamingservice/files/9482f4b4-e343-43b6-b170-9a65bc822c77?P1=1", WU_SERVICE_DELIVERYOPTIMIZATION,
               "Download");
}

static void
recognises_hosts(void)
{
    check_request("/x", "fe2.update.microsoft.com", "", "", WU_SERVICE_WINDOWSUPDATE, "Other");
    check_request("/x", "FE2.Update.Microsoft.com:443", "", "", WU_SERVICE_WINDOWSUPDATE, "Other");
    check_request("/x", "update.microsoft.com", "", "", WU_SERVICE_WINDOWSUPDATE, "Other");
    check_request("/SLS/{9482F4B4-E343-43B6-B170-9A65BC822C77}/x64/10.0/0", "sls.update.microsoft.com", "", "",
                  WU_SERVICE_SERVICELOCATOR, "Locate Windows Update");
    check_request("/SLS/%7B7971f918-a847-4430-9279-4a52d1efe18d%7D/x64/10.0/0", "sls.update.microsoft.com", "", "",
                  WU_SERVICE_SERVICELOCATOR, "Locate Microsoft Update");
    check_request("/SLS/{00000000-E343-43B6-B170-9A65BC822C77}/x64/10.0/0", "slscr.update.microsoft.com", "", "",
                  WU_SERVICE_SERVICELOCATOR, "Locate");
    check_request("/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab?x", "www.download.windowsupdate.com", "", "",
                  WU_SERVICE_CERTIFICATETRUSTLIST, "Download");
    check_request("/TrafficShaping/ContentRegulationV2.asmx", "tsfe.trafficshaping.dsp.mp.microsoft.com", "", "",
                  WU_SERVICE_TRAFFICSHAPING, "ContentRegulation");
    check_request("/TrafficShaping/CdnDiagnostics.asmx", "tsfe.trafficshaping.dsp.mp.microsoft.com", "", "",
                  WU_SERVICE_TRAFFICSHAPING, "CdnDiagnostics");
    check_request("/d/msdownload/update/x.cab", "au.download.windowsupdate.com", "", "", WU_SERVICE_WINDOWSUPDATE,
                  "Download");
    check_request("/msdownload/update/v3/static/trustedr/en/authrootstl.cab", "ctldl.windowsupdate.com", "", "",
                  WU_SERVICE_CERTIFICATETRUSTLIST, "Download");
    check_request("/x", "tlu.dl.delivery.mp.microsoft.com", "", "", WU_SERVICE_DELIVERYOPTIMIZATION, "Download");
    check_request("/x", "kv501.prod.do.dsp.mp.microsoft.com", "", "", WU_SERVICE_DELIVERYOPTIMIZATION, "Coordination");
    check_request("http://fe2.update.microsoft.com/x", "proxy", "", "", WU_SERVICE_WINDOWSUPDATE, "Other");
}

static void
recognises_agents_and_actions(void)
{
    check_request("/x", "h", "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.50", "", WU_SERVICE_WINDOWSUPDATE,
                  "Other");
    check_request("/x", "h", "Microsoft-Delivery-Optimization/10.1", "", WU_SERVICE_DELIVERYOPTIMIZATION, "Download");
    check_request("/x", "h", "", "\"" CLIENT "/GetConfig\"", WU_SERVICE_CLIENTWEBSERVICE, "");
    /* the action says more than the host of the public service */
    check_request("/x", "fe2.update.microsoft.com", "", CLIENT "/SyncUpdates", WU_SERVICE_CLIENTWEBSERVICE, "");
}

static void
recognises_nothing_else(void)
{
    check_path("/", WU_SERVICE_NONE, "");
    check_path("/client.asmx", WU_SERVICE_NONE, "");
    check_path("/ClientWebService/client.asmx.txt", WU_SERVICE_NONE, "");
    check_path("/x?y=/ClientWebService/client.asmx", WU_SERVICE_NONE, "");
    check_path("/Content/x.exe", WU_SERVICE_NONE, "");
    check_path("/Content/1G/x.exe", WU_SERVICE_NONE, "");
    check_path("/Content/131/x.exe", WU_SERVICE_NONE, "");
    check_path("/Content/13", WU_SERVICE_NONE, "");
    check_request("/x", "myupdate.microsoft.com", "", "", WU_SERVICE_NONE, "");
    check_request("/x", "update.microsoft.com.example", "", "", WU_SERVICE_NONE, "");
    check_request("/x", "h", "Microsoft BITS/7.8", "", WU_SERVICE_NONE, "");
    check_request("/x", "h", "X Windows-Update-Agent", "", WU_SERVICE_NONE, "");
    check_request("/x", "h", "", "\"http://tempuri.org/GetConfig\"", WU_SERVICE_NONE, "");
    CHECK_EQ(wu_recognise_request(nothing, nothing, nothing, nothing).service, WU_SERVICE_NONE);
}

/* ---- paths that others use, too ---- */

static void
check_weak(const char *target, const char *host, const char *agent, bool weak)
{
    wu_recognised got = wu_recognise_request(wu_slice_text(target), wu_slice_text(host), wu_slice_text(agent), nothing);

    if (!got.service || got.weak != weak)
        printf("the request is %s to %s by %s\n", target, host, agent);
    CHECK(got.service != WU_SERVICE_NONE);
    CHECK_EQ(got.weak, weak);
}

static void
common_paths_need_evidence(void)
{
    check_weak("/selfupdate/agent-2.1.exe", "cdn.antivirus.example", "AVAgent/9", true);
    check_weak("/products/selfupdate/version.json", "updates.vendor.example", "", true);
    check_weak("/api/inventoryrules.cab", "x.example", "y", true);
    check_weak("/selfupdate/x.cab", "wsus.example.com", "", false);
    check_weak("/selfupdate/x.cab", "SRV-WSUS01", "", false);
    check_weak("/selfupdate/x.cab", "192.0.2.1:8530", "", false);
    check_weak("/selfupdate/x.cab", "[2001:db8::1]:8531", "", false);
    check_weak("/selfupdate/x.cab", "192.0.2.1:8533", "", true);
    check_weak("/selfupdate/x.cab", "h", "Windows-Update-Agent", false);
    check_weak("/selfupdate/x.cab", "h", "Microsoft BITS/7.8", false);
    check_weak("/selfupdate/x.cab", "ds.download.windowsupdate.com", "", false);
    check_weak("http://ds.download.windowsupdate.com/selfupdate/x.cab", "proxy.example", "", false);
    check_weak("/selfupdate/wuident.cab", "h", "curl/8.0", false); /* nobody else has a file of this name */
    check_weak("/ClientWebService/client.asmx", "h", "curl/8.0", false);
}

static void
content_needs_a_file_of_updates(void)
{
    check_weak("/Content/13/" SHA1 ".exe", "h", "", false);
    check_weak("/Content/13/" SHA1 ".PSF", "h", "", false);
    check_weak("/Content/13/" SHA1 ".jpg", "h", "Mozilla/5.0", true);
    check_weak("/Content/14/" SHA1 ".exe", "h", "", true); /* not the folder of this digest */
    check_weak("/Content/13/x.exe", "h", "", true);
    check_weak("/Content/13/" SHA1 ".txt", "h", "", true);
    check_weak("/Content/13/" SHA1 ".txt", "h:8530", "", false);
    check_weak("/Content/13/" SHA1 ".txt", "h", "Microsoft-Delivery-Optimization/10.1", false);
    check_request("/Content/anonymousCheckFile.txt", "h", "", "", WU_SERVICE_CONTENT, "AnonymousCheck");
}

static void
names_of_servers_are_known(void)
{
    static const char *const ours[] = { "fe2.update.microsoft.com", "FE2.UPDATE.MICROSOFT.COM.", "slscr.update.microsoft.com:443",
                                        "wsus", "wsus.corp.example", "eu-wsus01.corp.example:8531", "srv.WSUS.example",
                                        "au.download.windowsupdate.com", "fe3cr.delivery.mp.microsoft.com",
                                        "tsfe.trafficshaping.dsp.mp.microsoft.com" };
    static const char *const others[] = { "", ".", "www.microsoft.com", "update.microsoft.com.example", "ws.us.example",
                                          "192.0.2.1:8530", "[2001:db8::1]:8530", "login.microsoftonline.com", "sus" };

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (!wu_recognise_host(wu_slice_text(ours[i])))
            printf("not known: %s\n", ours[i]), unit_failures++;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (wu_recognise_host(wu_slice_text(others[i])))
            printf("taken for a server: %s\n", others[i]), unit_failures++;
    CHECK(!wu_recognise_host(nothing));
}

static void
tunnels_are_of_the_agent_or_to_a_server(void)
{
    static const struct { const char *target, *agent; bool ours; } tunnels[] = {
        { "fe3cr.delivery.mp.microsoft.com:443", "Windows-Update-Agent/10.0", true },
        { "fe3cr.delivery.mp.microsoft.com:443", "", true },
        { "wsus.corp.example:8531", "Mozilla/5.0", true },
        { "server.example:8531", "Windows-Update-Agent/10.0", true },
        { "server.example:443", "Microsoft BITS/7.8", false },
        { "www.example:443", "curl/8.0", false },
    };

    for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++) {
        wu_recognised got = wu_recognise_tunnel(wu_slice_text(tunnels[i].target), wu_slice_text(tunnels[i].agent));
        CHECK_TEXT(wu_service_name(got.service), tunnels[i].ours ? "Connection" : "");
        CHECK_TEXT(got.operation, tunnels[i].ours ? "Tunnel" : "");
    }
}

static void
programs_tell_who_they_are(void)
{
    static const struct { const char *agent; enum wu_client client; } known[] = {
        { "", WU_CLIENT_SERVER }, /* what it calls decides */
        { "Windows-Update-Agent", WU_CLIENT_AGENT },
        { "Windows-Update-Agent/1507.2601.30012.0 Client-Protocol/2.90", WU_CLIENT_AGENT },
        { " windows-update-agent/7", WU_CLIENT_AGENT },
        { "Industry Update Control", WU_CLIENT_AGENT },
        { "Microsoft BITS/7.8", WU_CLIENT_DOWNLOAD },
        { "Microsoft-Delivery-Optimization/10.1", WU_CLIENT_DELIVERY },
        { "Microsoft-Delivery-Optimization-Lite/10.0.0.1", WU_CLIENT_DELIVERY_LITE },
        { "MS-WebServices/1.0", WU_CLIENT_SERVER },
        { "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)", WU_CLIENT_SERVER },
        { "Mozilla/5.0", WU_CLIENT_OTHER },
        { "Microsoft-CryptoAPI/10.0", WU_CLIENT_OTHER },
        { "curl/8.0", WU_CLIENT_OTHER },
        { "Nessus SOAP v0.0.1", WU_CLIENT_OTHER },
        { "python-requests/2.31", WU_CLIENT_OTHER },
        { "Python WinRM client", WU_CLIENT_OTHER },
        { "PHP-SOAP/8.2.29", WU_CLIENT_OTHER },
        { "not Windows-Update-Agent", WU_CLIENT_OTHER },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        CHECK_EQ(wu_client_who(wu_slice_text(known[i].agent), WU_CLIENT_SERVER), known[i].client);
    CHECK_EQ(wu_client_who(nothing, WU_CLIENT_AGENT), WU_CLIENT_AGENT);
}

/* ---- bodies and actions ---- */

static void
names_services_of_bodies(void)
{
    CHECK_EQ(wu_service_of_body(BYTES(CLIENT), BYTES("GetConfig"), WU_SERVICE_NONE), WU_SERVICE_CLIENTWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS "/Server/SimpleAuthWebService"), BYTES("x"), WU_SERVICE_NONE),
             WU_SERVICE_SIMPLEAUTHWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS "/Server/DssAuthWebService"), BYTES("x"), WU_SERVICE_NONE),
             WU_SERVICE_DSSAUTHWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS "/Server/ApiRemotingWebService"), BYTES("x"), WU_SERVICE_NONE),
             WU_SERVICE_APIREMOTING);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS "/Server/IMonitorable"), BYTES("Ping"), WU_SERVICE_NONE),
             WU_SERVICE_MONITORING);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS), BYTES("ReportEventBatch"), WU_SERVICE_NONE),
             WU_SERVICE_REPORTINGWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS), BYTES("GetConfigData"), WU_SERVICE_NONE), WU_SERVICE_SERVERSYNCWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS), BYTES("GetCookie"), WU_SERVICE_SERVERSYNCWEBSERVICE),
             WU_SERVICE_SERVERSYNCWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS), BYTES("GetCookie"), WU_SERVICE_REPORTINGWEBSERVICE),
             WU_SERVICE_SERVERSYNCWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES("http://tempuri.org/"), BYTES("GetConfig"), WU_SERVICE_CLIENTWEBSERVICE),
             WU_SERVICE_NONE);
    CHECK_EQ(wu_service_of_body(BYTES(""), BYTES("GetConfig"), WU_SERVICE_NONE), WU_SERVICE_NONE);
    CHECK_EQ(wu_service_of_body(nothing, nothing, WU_SERVICE_CLIENTWEBSERVICE), WU_SERVICE_NONE);
}

/* What is expected decides only where the operation does not. */
static void
operations_tell_services_apart(void)
{
    CHECK_EQ(wu_service_of_body(BYTES(WSUS), BYTES("GetConfigData"), WU_SERVICE_REPORTINGWEBSERVICE),
             WU_SERVICE_SERVERSYNCWEBSERVICE);
    CHECK_EQ(wu_service_of_body(BYTES(WSUS), BYTES("ReportEventBatch"), WU_SERVICE_SERVERSYNCWEBSERVICE),
             WU_SERVICE_REPORTINGWEBSERVICE);
}

static void
check_action(const char *action, enum wu_service service, const char *operation)
{
    wu_slice got;

    CHECK_EQ(wu_service_of_action(wu_slice_text(action), &got), service);
    CHECK_SLICE(got, operation);
}

static void
splits_actions(void)
{
    check_action("\"" CLIENT "/SyncUpdates\"", WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    check_action(CLIENT "/SyncUpdates", WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    check_action(CLIENT "/SyncUpdatesResponse", WU_SERVICE_CLIENTWEBSERVICE, "SyncUpdates");
    check_action(WSUS "/ReportEventBatch", WU_SERVICE_REPORTINGWEBSERVICE, "ReportEventBatch");
    check_action(WSUS "/GetUpdateData", WU_SERVICE_SERVERSYNCWEBSERVICE, "GetUpdateData");
    check_action(CLIENT "/Unknown", WU_SERVICE_CLIENTWEBSERVICE, "Unknown");
    check_action("http://tempuri.org/SyncUpdates", WU_SERVICE_NONE, "");
    check_action("\"\"", WU_SERVICE_NONE, "");
    check_action("", WU_SERVICE_NONE, "");
    check_action("\"", WU_SERVICE_NONE, "");
    check_action("SyncUpdates", WU_SERVICE_NONE, "");
    check_action("/", WU_SERVICE_NONE, "");
}

static void
knows_operations(void)
{
    for (size_t i = 0; i < WU_N_OPERATIONS; i++)
        CHECK(wu_operation_known((enum wu_service)wu_operations[i].service,
                                 wu_slice_text(wu_text(wu_operations[i].name))));
    CHECK(wu_operation_known(WU_SERVICE_CLIENTWEBSERVICE, BYTES("GetCookie")));
    CHECK(wu_operation_known(WU_SERVICE_SERVERSYNCWEBSERVICE, BYTES("GetCookie")));
    CHECK(!wu_operation_known(WU_SERVICE_REPORTINGWEBSERVICE, BYTES("GetCookie")));
    CHECK(!wu_operation_known(WU_SERVICE_CLIENTWEBSERVICE, BYTES("GetConfigData")));
    CHECK(!wu_operation_known(WU_SERVICE_CLIENTWEBSERVICE, BYTES("getconfig")));
    CHECK(!wu_operation_known(WU_SERVICE_CLIENTWEBSERVICE, BYTES("GetConfigResponse")));
    CHECK(!wu_operation_known(WU_SERVICE_CLIENTWEBSERVICE, BYTES("")));
    CHECK(!wu_operation_known(WU_SERVICE_NONE, BYTES("GetConfig")));
}

static void
services_have_names(void)
{
    CHECK_TEXT(wu_service_name(WU_SERVICE_NONE), "");
    CHECK_TEXT(wu_service_name(WU_SERVICE_CLIENTWEBSERVICE), "ClientWebService");
    CHECK_TEXT(wu_service_name(WU_SERVICE_INVENTORY), "Inventory");
    for (size_t i = 1; i < WU_N_SERVICES; i++)
        CHECK(*wu_service_name((enum wu_service)i));
}

/* ---- rules ---- */

static const wu_rule *
rule_of(const char *name, const char *parent)
{
    return wu_rule_find(WU_SORT_ELEMENT, wu_slice_text(name), wu_slice_text(parent), nothing);
}

static void
finds_rules_of_elements(void)
{
    const wu_rule *rule = rule_of("LastChange", "GetConfigResult");

    CHECK(rule && rule->kind == WU_RULE_VALUE && rule->field == WU_F_CONFIG_LAST_CHANGE);
    rule = rule_of("AllowedEventIds", "x");
    CHECK(rule && rule->kind == WU_RULE_COUNT && rule->field == WU_F_CONFIG_EVENT_COUNT &&
          rule->extra == WU_F_CONFIG_EVENT_ID + 1);
    rule = rule_of("OSMinorVersion", "computerInfo");
    CHECK(rule && rule->kind == WU_RULE_PART && rule->field == WU_F_OS_VERSION && rule->extra == 1);
    rule = rule_of("Win32HResult", "BasicData");
    CHECK(rule && rule->kind == WU_RULE_CODE);
    CHECK(!rule_of("lastchange", "x"));
    CHECK(!rule_of("LastChanges", "x"));
    CHECK(!rule_of("", "x"));
    CHECK(!wu_rule_find(WU_SORT_ELEMENT, nothing, nothing, nothing));
}

/* The same name means different things in different elements, and where only one is named, nothing elsewhere. */
static void
parents_decide(void)
{
    const wu_rule *rule = rule_of("ID", "Deployment");

    CHECK(rule && rule->field == WU_F_DEPLOYMENT_ID);
    rule = rule_of("ID", "UpdateInfo");
    CHECK(rule && rule->field == WU_F_UPDATE_REVISION_ID);
    CHECK(!rule_of("ID", "x"));
    rule = rule_of("Description", "LocalizedProperties");
    CHECK(rule && rule->field == WU_F_UPDATE_DESCRIPTION);
    CHECK(!rule_of("Description", "x"));
}

static void
finds_rules_of_attributes(void)
{
    const wu_rule *rule =
        wu_rule_find(WU_SORT_ATTRIBUTE, BYTES("UpdateID"), BYTES("#fragment"), BYTES("UpdateIdentity"));

    CHECK(rule && rule->field == WU_F_UPDATE_ID);
    rule = wu_rule_find(WU_SORT_ATTRIBUTE, BYTES("UpdateID"), BYTES("Prerequisites"), BYTES("UpdateIdentity"));
    CHECK(rule && rule->field == WU_F_UPDATE_PREREQUISITE_ID);
    CHECK(!wu_rule_find(WU_SORT_ATTRIBUTE, BYTES("UpdateID"), BYTES("x"), BYTES("UpdateIdentity")));
    CHECK(!wu_rule_find(WU_SORT_ATTRIBUTE, BYTES("Digest"), BYTES("x"), BYTES("Files")));
    rule = wu_rule_find(WU_SORT_ATTRIBUTE, BYTES("Digest"), BYTES("x"), BYTES("File"));
    CHECK(rule && rule->field == WU_F_FILE_DIGEST);
    CHECK(!rule_of("Digest", "File"));
}

static void
finds_rules_of_keys(void)
{
    const wu_rule *rule = wu_rule_find(WU_SORT_KEY, BYTES("OSVersion"), nothing, BYTES("DeviceAttributes"));

    CHECK(rule && rule->field == WU_F_OS_VERSION);
    CHECK(!wu_rule_find(WU_SORT_KEY, BYTES("OSVersion"), nothing, BYTES("CallerAttributes")));
    CHECK(!wu_rule_find(WU_SORT_KEY, BYTES("Nonsense"), nothing, BYTES("DeviceAttributes")));
    CHECK(!wu_rule_find(WU_SORT_KEY, nothing, nothing, BYTES("DeviceAttributes")));
}

/* Every rule is found under its own names, unless a more specific one stands before it. */
static void
finds_every_rule(void)
{
    for (size_t i = 0; i < WU_N_RULES; i++) {
        const wu_rule *rule = &wu_rules[i];
        const wu_rule *found = wu_rule_find((enum wu_rule_sort)rule->sort, wu_slice_text(wu_text(rule->name)),
                                            wu_slice_text(wu_text(rule->parent)), wu_slice_text(wu_text(rule->owner)));
        if (found != rule) {
            printf("not found: %s in %s of %s\n", wu_text(rule->name), wu_text(rule->parent), wu_text(rule->owner));
            unit_failures++;
        }
        CHECK(rule->field < WU_N_FIELDS || rule->field == WU_NO_FIELD);
    }
}

/* ---- reports ---- */

static void
knows_events(void)
{
    const wu_event_row *event = wu_report_event(182);

    CHECK(event && !strcmp(wu_text(event->name), "AGENT_INSTALLING_FAILED") &&
          !strcmp(wu_text(event->event_class), "install"));
    CHECK(wu_report_event(121) && wu_report_event(546));
    CHECK(!wu_report_event(0));
    CHECK(!wu_report_event(120));
    CHECK(!wu_report_event(9999));
    for (size_t i = 0; i < WU_N_REPORT_EVENTS; i++)
        CHECK(wu_report_event(wu_report_events[i].id));
}

static void
knows_outcomes(void)
{
    CHECK_EQ(wu_report_outcome(wu_report_event(183), false, 0), WU_OUTCOME_OK);
    CHECK_EQ(wu_report_outcome(wu_report_event(183), true, 0x80070005), WU_OUTCOME_OK);
    CHECK_EQ(wu_report_outcome(wu_report_event(182), true, 0), WU_OUTCOME_FAIL);
    CHECK_EQ(wu_report_outcome(wu_report_event(203), true, 0), WU_OUTCOME_CONFLICT);
    CHECK_EQ(wu_report_outcome(wu_report_event(201), true, 0x00240005), WU_OUTCOME_NONE);
    CHECK_EQ(wu_report_outcome(wu_report_event(201), true, 0x80240005), WU_OUTCOME_FAIL);
    CHECK_EQ(wu_report_outcome(wu_report_event(201), false, 0x80240005), WU_OUTCOME_NONE);
    CHECK_EQ(wu_report_outcome(NULL, true, 0x80240005), WU_OUTCOME_FAIL);
    CHECK_EQ(wu_report_outcome(NULL, true, 0), WU_OUTCOME_NONE);
    CHECK_EQ(wu_report_outcome(NULL, false, 0), WU_OUTCOME_NONE);
}

static void
knows_misc_data(void)
{
    CHECK_TEXT(wu_misc_meaning(BYTES("B=918944")), "Bytes");
    CHECK_TEXT(wu_misc_meaning(BYTES("F=-2145099769")), "Last error");
    CHECK_TEXT(wu_misc_meaning(BYTES("C=1")), "Number of repeated failures");
    CHECK_TEXT(wu_misc_meaning(BYTES("c=1")), "Product type of the operating system");
    CHECK_TEXT(wu_misc_meaning(BYTES("U=")), "Updates that are needed");
    CHECK_TEXT(wu_misc_meaning(BYTES("B")), "");
    CHECK_TEXT(wu_misc_meaning(BYTES("=B")), "");
    CHECK_TEXT(wu_misc_meaning(BYTES("AppName=x")), "");
    CHECK_TEXT(wu_misc_meaning(BYTES("BB=1")), "");
    CHECK_TEXT(wu_misc_meaning(BYTES("")), "");
    CHECK_TEXT(wu_misc_meaning(nothing), "");
}

static void
knows_fault_names(void)
{
    const wu_fault_row *row = wu_fault_by_name(BYTES("InvalidCookie"));

    CHECK(row && row->value == 0x80244015 && row->recovery);
    CHECK(wu_fault_by_name(BYTES(" InvalidCookie\r\n")) == row);
    CHECK(wu_fault_by_name(BYTES("FileLocationsChanged")) && wu_fault_by_name(BYTES("FileLocationChanged")));
    CHECK(!wu_fault_by_name(BYTES("invalidcookie")));
    CHECK(!wu_fault_by_name(BYTES("InvalidCookies")));
    CHECK(!wu_fault_by_name(BYTES("")));
    CHECK(!wu_fault_by_name(nothing));
    for (size_t i = 0; i < WU_N_SOAP_FAULTS; i++)
        CHECK(wu_fault_by_name(wu_slice_text(wu_text(wu_soap_faults[i].name))) == &wu_soap_faults[i]);
}

/* ---- downloads ---- */

static void
reads_digests_of_paths(void)
{
    CHECK_SLICE(wu_content_digest(BYTES("/Content/13/" SHA1 ".exe")), SHA1);
    CHECK_SLICE(wu_content_digest(BYTES("http://wsus:8530/Content/13/" SHA1 ".cab?x=y")), SHA1);
    CHECK_SLICE(wu_content_digest(BYTES("/content/cd/00010203040506070809abcdef0e0f10111213cd.exe")),
                "00010203040506070809abcdef0e0f10111213cd");
    CHECK_SLICE(wu_content_digest(BYTES("/Content/CD/00010203040506070809abcdef0e0f10111213cd.exe")),
                "00010203040506070809abcdef0e0f10111213cd");
    CHECK_SLICE(
        wu_content_digest(BYTES("/d/msdownload/update/software/secu/2026/10/windows10.0-kb5012170-x64_" SHA1 ".cab")),
        SHA1);
    CHECK_SLICE(wu_content_digest(BYTES("/x_" SHA1 ".tar.cab")), "");
}

static void
reads_no_other_digests(void)
{
    static const char *const others[] = { "",
                                          "/",
                                          SHA1,
                                          SHA1 ".exe",
                                          "/" SHA1 ".exe",
                                          "/Content/14/" SHA1 ".exe",
                                          "/Content/13/" SHA1,
                                          "/Content/13/0" SHA1 ".exe",
                                          "/Content/13/00102030405060708090A0B0C0D0E0F10111213.exe",
                                          "/Content/13/G00102030405060708090A0B0C0D0E0F10111213.exe",
                                          "/Content/13/x-" SHA1 ".exe",
                                          "/Content/x13/" SHA1 ".exe",
                                          "/x?/Content/13/" SHA1 ".exe" };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK_SLICE(wu_content_digest(wu_slice_text(others[i])), "");
    CHECK_SLICE(wu_content_digest(nothing), "");
}

/* A folder of two digits is a content path below /Content only. */
static void
content_is_in_its_folder(void)
{
    CHECK_SLICE(wu_content_digest(BYTES("/other/13/" SHA1 ".exe")), "");
    CHECK_SLICE(wu_content_digest(BYTES("/13/" SHA1 ".exe")), "");
}

static void
reads_file_names(void)
{
    CHECK_SLICE(wu_content_name(BYTES("/a/b/c.cab?x=/y")), "c.cab");
    CHECK_SLICE(wu_content_name(BYTES("c.cab")), "c.cab");
    CHECK_SLICE(wu_content_name(BYTES("/a/b/")), "");
    CHECK_SLICE(wu_content_name(BYTES("http://host/a/c.cab")), "c.cab");
    CHECK_SLICE(wu_content_name(BYTES("http://host")), "");
    CHECK_SLICE(wu_content_name(BYTES("")), "");
    CHECK_SLICE(wu_content_name(nothing), "");
}

static void
reads_query_parameters(void)
{
    wu_slice target = BYTES("/files/x?P1=1791131606&P2=404&p3=&P10=ten&P4=a%2b=b");

    CHECK_SLICE(wu_query_parameter(target, "P1"), "1791131606");
    CHECK_SLICE(wu_query_parameter(target, "p2"), "404");
    CHECK_SLICE(wu_query_parameter(target, "P3"), "");
    CHECK_SLICE(wu_query_parameter(target, "P4"), "a%2b=b");
    CHECK_SLICE(wu_query_parameter(target, "P10"), "ten");
    CHECK_SLICE(wu_query_parameter(target, "P"), "");
    CHECK_SLICE(wu_query_parameter(target, "P5"), "");
    CHECK_SLICE(wu_query_parameter(BYTES("/P1=2"), "P1"), "");
    CHECK_SLICE(wu_query_parameter(BYTES("/?P1"), "P1"), "");
    CHECK_SLICE(wu_query_parameter(BYTES("/?"), "P1"), "");
    CHECK_SLICE(wu_query_parameter(nothing, "P1"), "");
}

static void
reads_cached_hosts(void)
{
    CHECK_SLICE(
        wu_cached_host(BYTES("/data/0123456789abcdef/dl.delivery.mp.microsoft.com/filestreamingservice/files/x?P1=1")),
        "dl.delivery.mp.microsoft.com");
    CHECK_SLICE(
        wu_cached_host(BYTES("http://10.0.0.1/data/0123456789abcdef/dl.example.com/filestreamingservice/files/x")),
        "dl.example.com");
    CHECK_SLICE(wu_cached_host(BYTES("/filestreamingservice/files/x")), "");
    CHECK_SLICE(wu_cached_host(BYTES("/data/")), "");
    CHECK_SLICE(wu_cached_host(BYTES("/data/0123456789abcdef")), "");
    CHECK_SLICE(wu_cached_host(BYTES("/data/0123456789abcdef/")), "");
    CHECK_SLICE(wu_cached_host(BYTES("/data/0123456789abcdef/dl.example.com")), "");
    CHECK_SLICE(wu_cached_host(BYTES("/data/0123456789abcdef/nodots/filestreamingservice/files/x")), "");
    CHECK_SLICE(wu_cached_host(nothing), "");
}

/* Other paths below /data are those of anybody. */
static void
caches_have_their_form(void)
{
    CHECK_SLICE(wu_cached_host(BYTES("/data/images/logo.png/x")), "");
    CHECK_SLICE(wu_cached_host(BYTES("/data/0123456789abcdef/dl.example.com/other/x")), "");
}

static void
check_classification(const char *id, const char *expected)
{
    uint8_t guid[16];

    CHECK(wu_text_guid(wu_slice_text(id), guid));
    CHECK_TEXT(wu_classification(guid), expected);
}

static void
knows_classifications(void)
{
    check_classification("0fa1201d-4330-4fa8-8ae9-b877473b6441", "Security Updates");
    check_classification("28BC880E-0592-4CBF-8F95-C79B17911D5F", "Update Rollups");
    check_classification("3689bdc8-b205-4af4-8d4a-a63924c5e9d5", "Upgrades");
    check_classification("68c5b0a3-d1a6-4553-ae49-01d3a7827828", "Service Packs");
    check_classification("b4832bd8-e735-4761-8daf-37f882276dab", "Tools");
    check_classification("b54e7d24-7add-428f-8b75-90a396fa584f", "Feature Packs");
    check_classification("cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83", "Updates");
    check_classification("e0789628-ce08-4437-be74-2495b842f43b", "Definition Updates");
    check_classification("e6cf1350-c01b-414d-a61f-263d14d133b4", "Critical Updates");
    check_classification("ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0", "Drivers");
    check_classification("ebfc1fc5-71a4-4f7b-9aca-3b9a503104a1", "");
    check_classification("00000000-0000-0000-0000-000000000000", "");
}

/* By the operation where the table says so, else by the service. */
static void
knows_who_calls(void)
{
    CHECK_EQ(wu_client_of(WU_SERVICE_CLIENTWEBSERVICE, BYTES("SyncUpdates")), WU_CLIENT_AGENT);
    CHECK_EQ(wu_client_of(WU_SERVICE_REPORTINGWEBSERVICE, BYTES("ReportEventBatch")), WU_CLIENT_AGENT);
    CHECK_EQ(wu_client_of(WU_SERVICE_REPORTINGWEBSERVICE, BYTES("GetRollupConfiguration")), WU_CLIENT_SERVER);
    CHECK_EQ(wu_client_of(WU_SERVICE_SERVERSYNCWEBSERVICE, BYTES("unknown")), WU_CLIENT_SERVER);
    CHECK_EQ(wu_client_of(WU_SERVICE_APIREMOTING, nothing), WU_CLIENT_CONSOLE);
    CHECK_EQ(wu_client_of(WU_SERVICE_CONTENT, nothing), WU_CLIENT_DOWNLOAD);
}

const unit_case unit_wusp_cases[] = {
    { "wusp: recognises services by path", recognises_services_by_path },
    { "wusp: recognises files by path", recognises_files_by_path },
    { "wusp: recognises hosts", recognises_hosts },
    { "wusp: recognises agents and actions", recognises_agents_and_actions },
    { "wusp: recognises nothing else", recognises_nothing_else },
    { "wusp: common paths need evidence", common_paths_need_evidence },
    { "wusp: content needs a file of updates", content_needs_a_file_of_updates },
    { "wusp: names of servers are known", names_of_servers_are_known },
    { "wusp: tunnels are of the agent or to a server", tunnels_are_of_the_agent_or_to_a_server },
    { "wusp: programs tell who they are", programs_tell_who_they_are },
    { "wusp: names services of bodies", names_services_of_bodies },
    { "wusp: operations tell services apart", operations_tell_services_apart },
    { "wusp: splits actions", splits_actions },
    { "wusp: knows operations", knows_operations },
    { "wusp: knows who calls", knows_who_calls },
    { "wusp: services have names", services_have_names },
    { "wusp: finds rules of elements", finds_rules_of_elements },
    { "wusp: parents decide", parents_decide },
    { "wusp: finds rules of attributes", finds_rules_of_attributes },
    { "wusp: finds rules of keys", finds_rules_of_keys },
    { "wusp: finds every rule", finds_every_rule },
    { "wusp: knows events", knows_events },
    { "wusp: knows outcomes", knows_outcomes },
    { "wusp: knows misc data", knows_misc_data },
    { "wusp: knows fault names", knows_fault_names },
    { "wusp: reads digests of paths", reads_digests_of_paths },
    { "wusp: reads no other digests", reads_no_other_digests },
    { "wusp: content is in its folder", content_is_in_its_folder },
    { "wusp: reads file names", reads_file_names },
    { "wusp: reads query parameters", reads_query_parameters },
    { "wusp: reads cached hosts", reads_cached_hosts },
    { "wusp: caches have their form", caches_have_their_form },
    { "wusp: knows classifications", knows_classifications },
    { NULL, NULL }
};
