/* wusp.h
 * What the tables know of Windows Update: services, operations, how requests are recognised, events of reports.
 *
 * Sources: [MS-WUSP], [MS-WSUSSS]; tables/recognition.tsv, tables/report_events.tsv and tables/elements.tsv.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_WUSP_H
#define WU_CORE_WUSP_H

#include "http_head.h"
#include "tables.h"

/* What a request or a body is recognised as. service is WU_SERVICE_NONE when it is not Windows Update. */
typedef struct {
    enum wu_service service;
    const char *operation; /* of the tables: the kind of download; "" when the body tells */
    bool weak; /* the path alone says so, and others use such paths: it is Windows Update only where the connection has
                  been seen with Windows Update before. Never true when host, port, program or file type speak for it */
} wu_recognised;

/* By the request line and headers; /Content/HH/ is a content path of WSUS on any host. target may be an absolute URI. Compares in either case. */
wu_recognised wu_recognise_request(wu_slice target, wu_slice host, wu_slice user_agent, wu_slice soap_action);

/* A CONNECT: the service Connection and the operation Tunnel when the target ("host:port") is a server of Windows Update or
 * the program that asks is its agent. Who reports what is a matter of the program: wu_client_who(). */
wu_recognised wu_recognise_tunnel(wu_slice target, wu_slice user_agent);

/* True when a name (of DNS, a TLS server name, a Host header, the target of a CONNECT; with or without port or a dot at
 * its end) is a server of Windows Update: one of the public hosts, or one with "wsus" in a label. Addresses never are. */
bool wu_recognise_host(wu_slice host);

/* What kind of program sent a request, by its User-Agent: programs that are neither the agent, nor BITS, Delivery
 * Optimization or a client of Windows Web Services are WU_CLIENT_OTHER, of which nothing is derived. Where there is no
 * User-Agent, or one that tells too little, it is who calls the operation: wu_client_of(). */
enum wu_client wu_client_who(wu_slice user_agent, enum wu_client by_operation);

/* By the namespace and name of the body element, name without "Response". ReportingWebService and ServerSyncWebService
 * share a namespace: the operation tells them apart, and `expected` where it does not (GetCookie). */
enum wu_service wu_service_of_body(wu_slice name_space, wu_slice operation, enum wu_service expected);

/* Splits a SOAPAction ("http://.../ClientWebService/SyncUpdates", quoted or not) into the service of its namespace and
 * the operation. The operation is empty when it is none of Windows Update's namespaces. */
enum wu_service wu_service_of_action(wu_slice action, wu_slice *operation);

/* True when the documents name this operation of the service. */
bool wu_operation_known(enum wu_service service, wu_slice operation);

static inline const char *
wu_service_name(enum wu_service service)
{
    return wu_text(wu_services[service].name);
}

/* The rule for an element, attribute or key, or NULL. parent is the element around (#fragment for roots of update
 * metadata), owner the element of an attribute or the attribute list of a key. */
const wu_rule *wu_rule_find(enum wu_rule_sort sort, wu_slice name, wu_slice parent, wu_slice owner);

/* An event of ReportEventBatch, or NULL. */
const wu_event_row *wu_report_event(uint32_t id);

/* Whether an event is a success or a failure: what its id says; where that says nothing, a result below zero is a
 * failure. A result of another kind than 0 is no failure by itself: 0x00240005 means that a restart is required. */
enum wu_event_outcome wu_report_outcome(const wu_event_row *event, bool have_result, uint32_t result);

/* What the tag of a MiscData text ("B=918944") means, or "". */
const char *wu_misc_meaning(wu_slice text);

/* The fault row of a WSUS ErrorCode, or NULL. */
const wu_fault_row *wu_fault_by_name(wu_slice error_code);

/* What kind of program calls an operation of a service. */
enum wu_client wu_client_of(enum wu_service service, wu_slice operation);

/* The SHA-1 of a content path /Content/HH/<40 hexadecimal digits>.ext, whose HH are the last two digits, or of a
 * catalog file name_<40 digits>.ext; empty when the path is of neither form. */
wu_slice wu_content_digest(wu_slice target);

/* The file name of a target: its last path component without the query. */
wu_slice wu_content_name(wu_slice target);

/* The value of a query parameter ("P1"), empty when it is not there. */
wu_slice wu_query_parameter(wu_slice target, const char *name);

/* The host in the path of a cache ("/data/<16 digits>/<host>/filestreamingservice/..."), or empty. */
wu_slice wu_cached_host(wu_slice target);

/* The classification that a category identifier stands for ("Security Updates"), or "". guid as wu_text_guid() gives. */
const char *wu_classification(const uint8_t guid[16]);

#endif
