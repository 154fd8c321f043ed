/* findings.h
 * What deserves a look for security, as far as the wire shows it. A finding states a fact of the message, never an attack:
 * update files still have to be signed by Microsoft, and whether a server acted on a payload cannot be seen.
 *
 * Sources: Microsoft's and Code White's descriptions of CVE-2025-59287 (serialized objects in report events); the published
 * tools PyWSUS and WSUSpect (injected updates); [MS-WUSP] 2.2.2.3.1 (NamespaceID has to be 1), 2.1.1 (xpress).
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_FINDINGS_H
#define WU_CORE_FINDINGS_H

#include "http_head.h"
#include "message.h"

/* The numbers of the field wsus.finding (tables/enums.tsv). */
enum wu_finding_kind {
    WU_FINDING_SERIALIZED = 1,   /* a serialized .NET object in a report event */
    WU_FINDING_SERVER_NAMESPACE, /* a client reports under the namespace of servers */
    WU_FINDING_FOREIGN_HOST,     /* files are to be fetched from a host that is neither the server nor Microsoft's */
    WU_FINDING_DIGEST,           /* the digest in the URL is not the digest of the file */
    WU_FINDING_PROGRAM,          /* the installer is a program whose purpose is to run others */
    WU_FINDING_CLEAR_TEXT,       /* update metadata without TLS */
    WU_FINDING_ACCEPT_ENCODING,  /* the agent's Accept-Encoding is not the agent's */
    WU_FINDING_COMMAND,          /* the installer is started with arguments, as the metadata says */
    WU_FINDING_PATH,             /* a file of the update server is not where WSUS has its files */
    WU_FINDING_ANONYMOUS,        /* the plug-in of an emulator: WSUS has none of that name */
    WU_FINDING_TOOL_IDS,         /* ids and revision numbers that public tools give to the updates they inject */
    WU_FINDING_ARGUMENTS         /* arguments of the tools of Sysinternals, whatever the installer is called */
};

#define WU_MAX_FINDINGS 32u
#define WU_NO_ITEM      0xffffffffu

typedef struct {
    enum wu_finding_kind kind;
    unsigned item; /* index into the items of the message, or WU_NO_ITEM: of the message as a whole */
} wu_finding;

typedef struct {
    bool request;
    bool secure;              /* over TLS */
    wu_slice host;            /* Host of the request, may be empty */
    const wu_http_head *head; /* of the message, may be NULL */
    wu_slice body;            /* that the items of the body point into; empty: revision numbers are not looked at */
} wu_finding_context;

/* Fills out[] with the findings on a message, those with an item in the order of the items; returns how many. message may
 * be NULL: then only the head is looked at. Linear in the number of items and the length of their texts. */
size_t wu_find_findings(const wu_message *message, const wu_finding_context *context, wu_finding *out, size_t max);

/* True for the hosts of Microsoft's own update services and delivery network; a port may follow. */
bool wu_is_microsoft_host(wu_slice host);

/* True for findings that are rarely innocent; the others are worth a note. */
bool wu_finding_is_warning(enum wu_finding_kind kind);

/* Whether a finding that is a warning is possible at all, by the fields that the message has: much quicker than to look for one. */
bool wu_may_warn(const wu_message *message);

#endif
