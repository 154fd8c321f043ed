/* verdict.h
 * What is made of a message before anything is drawn or told: its kind, its fault, every code in it or derived from it, and
 * the one that matters most. Pure: no tree, no column; show/ draws it, report/ tells it, and both have the same numbers.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_VERDICT_H
#define WU_VERDICT_H

#include "core/client_code.h"
#include "core/error_page.h"
#include "core/findings.h"
#include "exchange/exchange.h"

/* The numbers of the field wsus.message. */
enum verdict_kind { VERDICT_REQUEST = 1, VERDICT_RESPONSE, VERDICT_FAULT };

enum verdict_outcome {
    OUTCOME_REQUEST,    /* none yet */
    OUTCOME_SUCCESS,
    OUTCOME_RECOVERY,   /* a fault or status that the protocol goes on from by itself */
    OUTCOME_HTTP_ERROR,
    OUTCOME_FAULT,
    OUTCOME_CONNECTION  /* no message: what became of a connection */
};

/* A code. */
typedef struct {
    uint32_t code;
    enum wu_space space;
    enum wu_code_source source;
    bool derived;          /* not on the wire: what the client is expected to report */
    enum wu_basis basis;   /* of a derived code */
    const char *because;   /* what it is derived from; NULL when not derived */
    bool error;            /* a failure that the protocol does not recover from by itself */
    bool fault;            /* in a SOAP fault, or derived from one */
    bool told;             /* what is said of the message, its fault or its event tells of the code, too */
    guint item;            /* index of the item of the message that it is, or WU_NO_ITEM */
    tvbuff_t *tvb;         /* NULL: the tvb of the item */
    int offset, length;    /* bytes to highlight, or what a derived code comes from */
} verdict_code;

/* An event of a report that failed: what the client says happened to it. */
typedef struct {
    guint item;        /* index of its outcome among the items of the message */
    uint32_t code;     /* the first code of a failure that it holds, 0 for none */
    const char *label; /* "installation failed, 0x80246007 WU_E_DM_NOTDOWNLOADED" */
} verdict_event;

/* Packet scope. */
typedef struct {
    packet_info *pinfo;
    const wu_connection_outcome *connection; /* an outcome of a connection, NULL: a message. Then m is one without head and
                                                body, and x tells service, operation and host, and no frames */
    const http_message *m;
    const wsus_exchange *x;           /* NULL: not Windows Update */
    const char *service, *operation;  /* "" when unknown, never NULL */
    enum verdict_kind kind;
    enum verdict_outcome outcome;
    enum wu_challenge challenge;      /* of a 401 or 407 */
    bool fault;                       /* the body is a SOAP fault */
    bool recovery;                    /* one that the protocol foresees */
    bool step;                        /* an answer that is no error: the protocol goes on from it */
    bool incomplete;                  /* the capture lacks part of it */
    const char *other_operation;      /* that the Method of a fault names, where it is another than the request's; else NULL */
    const wu_error_page *page;        /* what the body of an HTTP error says that is no SOAP; NULL: nothing of interest */
    const char *next_step;            /* after a fault, "" when nothing is known */
    verdict_code *codes;              /* all of them: of the status, then derived from it, of the items, of the head and of
                                         a page, of the fault, then
                                         derived from the fault */
    unsigned n_codes;
    const verdict_code *main;         /* the code that matters most, NULL where nothing failed */
    const verdict_event *failed;      /* events that failed, in order */
    unsigned n_failed;
    wu_finding findings[WU_MAX_FINDINGS];
    size_t n_findings;
} verdict;

/* Judges a message. x is its exchange, or NULL. `findings`: it is looked for findings, too, which costs a walk over its items
 * and is needed for drawing and telling only. */
void verdict_judge(packet_info *pinfo, const http_message *m, const wsus_exchange *x, bool findings, verdict *v);

/* Judges an outcome of a connection: outcome is OUTCOME_CONNECTION, and all its codes are errors, but for those of a connection
 * that ended well (connection->outcome is WU_CONNECTION_OK), which has none and whose outcome is OUTCOME_SUCCESS. */
void verdict_judge_connection(packet_info *pinfo, const wu_connection_outcome *outcome, verdict *v);

/* One line on an outcome, as the Info column has it: "Refused, wsus.example:8530, 0x80240438 WU_E_PT_ENDPOINT_UNREACHABLE". Packet
 * scope. */
const char *verdict_connection_line(const verdict *v);

/* A number as people write it: a 32-bit code in hexadecimal, an error number or status in decimal. */
const char *code_number(wmem_allocator_t *scope, uint32_t code, enum wu_space space);

/* "0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", or "503 HTTP_STATUS_SERVICE_UNAVAIL" for a status: one line for columns,
 * allocated in scope. */
const char *code_label(wmem_allocator_t *scope, uint32_t code, enum wu_space space);

/* A value of the message as it goes into labels and columns: named where its field has names; one line. Packet scope. */
const char *verdict_value(const verdict *v, const wu_item *item);

/* The first value that the message has of a field, "" when it has none. */
const char *verdict_field(const verdict *v, unsigned field);

/* Four 16-bit numbers in one of 64 bits: the form that drivers have their versions in. */
const char *version64(wmem_allocator_t *scope, int64_t version);

/* The version of the agent that a User-Agent names, or empty. */
wu_slice agent_version(wu_slice user_agent);

/* Adds the preferences of the verdict to those of wsus. */
void verdict_preferences(module_t *module);

#endif
