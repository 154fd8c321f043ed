/* client_code.h
 * What the client makes of a bad answer: the codes it will report for what is on the wire.
 *
 * All of them are derived. Each has a basis: documented (a page or header says so, or public logs of the client print it),
 * inferred (equal names or texts), or a guess (nothing but plausibility; left out unless asked for). Sources:
 * tables/http_to_code.tsv, file_to_code.tsv, soap_faults.tsv, wws_mapping.tsv, wws_to_wua.tsv, with the pages they name;
 * bitsmsg.h for downloads.
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

/* What came back. */
typedef struct {
    enum wu_client client;     /* WU_CLIENT_SOAP: any, of which Windows Web Services is assumed; _AGENT: the Windows Update
                                  Agent; _DOWNLOAD: BITS; _DELIVERY, _DELIVERY_LITE: Delivery Optimization of Windows and of
                                  Linux; _SERVER and _CONSOLE: programs of .NET, which report exceptions and no codes;
                                  _OTHER: programs that are none of these, of which nothing is known */
    enum wu_service service;   /* what it asked: a service without SOAP is asked with WinHTTP alone. WU_SERVICE_NONE: SOAP */
    bool head_request;         /* it asked with HEAD */
    unsigned status;           /* 0 when unknown */
    const wu_http_head *head;  /* for challenges and proxies; may be NULL */
    const wu_fault *fault;     /* NULL when the body is no fault */
    bool anonymous;            /* the request is known and carried no credentials */
} wu_answer;

typedef struct {
    uint32_t code;
    enum wu_basis basis;
    const char *because; /* what it is derived from, as a phrase; constant */
} wu_derived;

/* What a 401 or 407 means. Of a handshake only the last refusal is an error (RFC 4559, MS-NTHT). */
enum wu_challenge {
    WU_CHALLENGE_NONE,     /* another status */
    WU_CHALLENGE_REFUSED,  /* credentials were refused, or are of a kind that the client does not send by itself */
    WU_CHALLENGE_ASKED,    /* nothing was sent yet and NTLM or Negotiate is offered: the client may go on with it */
    WU_CHALLENGE_PASSWORD, /* nothing was sent yet and only a password helps (Basic, Digest): an error, unless the client was
                              given one and goes on with it */
    WU_CHALLENGE_CONTINUED /* the challenge carries a token: the handshake goes on */
};

enum wu_challenge wu_challenge_of(const wu_answer *answer);

/* Fills out[] with the codes for an answer, the one that the client reports last at the end; returns how many. A
 * handshake that goes on, and faults that the protocol recovers from without a code, have none. Those of
 * WU_CHALLENGE_ASKED are what the client reports unless it goes on. */
size_t wu_client_codes(const wu_answer *answer, bool guesses, wu_derived *out, size_t max);

/* The code that the agent makes of one of Windows Web Services (0x803D0010 -> 0x80240438), with its basis; 0 when none is
 * known. `when` tells what else is known: 0x803D0010 is 0x8024402C where the name was not resolved. */
uint32_t wu_agent_code(uint32_t wws, enum wu_when when, enum wu_basis *basis);

/* True when the fault is one that the protocol foresees and recovers from (ConfigChanged, CookieExpired, ...). */
bool wu_is_recovery(const wu_fault *fault);

#endif
