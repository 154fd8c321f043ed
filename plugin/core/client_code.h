/* client_code.h
 * What the client makes of a bad answer: the codes it will report for what is on the wire.
 *
 * All of them are derived. Each has a basis: documented (a page or header says so), inferred (equal names or texts), or a
 * guess (nothing but plausibility; left out unless asked for). Sources: tables/http_to_code.tsv, soap_faults.tsv,
 * wws_mapping.tsv, wws_to_wua.tsv, with the pages they name; bitsmsg.h for downloads.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_CLIENT_CODE_H
#define WU_CORE_CLIENT_CODE_H

#include "http_head.h"
#include "message.h"
#include "tables.h"

#define WU_MAX_DERIVED 8u

enum wu_client {
    WU_CLIENT_SOAP,    /* any client of a SOAP service: Windows Web Services is assumed */
    WU_CLIENT_AGENT,   /* the Windows Update Agent */
    WU_CLIENT_DOWNLOAD /* BITS or Delivery Optimization */
};

/* What came back. */
typedef struct {
    enum wu_client client;
    unsigned status;           /* 0 when unknown */
    const wu_http_head *head;  /* for challenges and proxies; may be NULL */
    const wu_fault *fault;     /* NULL when the body is no fault */
    enum wu_charset charset;
} wu_answer;

typedef struct {
    uint32_t code;
    enum wu_basis basis;
    const char *because; /* what it is derived from, as a phrase; constant */
} wu_derived;

/* Fills out[] with the codes for an answer, the one that the client reports last at the end; returns how many. Steps of
 * an authentication handshake that goes on, and faults that the protocol recovers from without a code, have none. */
size_t wu_client_codes(const wu_answer *answer, bool guesses, wu_derived *out, size_t max);

/* True for a 401 or 407 that is a step of a handshake and not a refusal: its challenge carries a token for the client to
 * go on with (NTLM and Negotiate). */
bool wu_is_handshake(const wu_http_head *head);

/* True when the fault is one that the protocol foresees and recovers from (ConfigChanged, CookieExpired, ...). */
bool wu_is_recovery(const wu_fault *fault);

#endif
