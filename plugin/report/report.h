/* report.h
 * What taps make of verdicts: the one header of this room. Nothing here needs a tree.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_REPORT_H
#define WU_REPORT_H

#include "verdict.h"

/* What a listener of the tap "wsus" gets, one for each message; valid for the packet. */
typedef struct {
    const verdict *v;
    bool asked;                      /* a request counts with this message: itself, or the one that it answers before its end */
    const char *operation;           /* "unknown" where the message does not tell */
    const char *client;              /* address of the client */
    const char *computer;            /* computer name, "" when the message does not say */
    const char *agent;               /* agent version, "" when the message does not say */
    unsigned status;                 /* HTTP status, 0 when unknown */
    const char *error_code;          /* of a fault, "" when there is none */
    const verdict_code *code;        /* the code that matters most, NULL for none */
    tvbuff_t *body;                  /* decoded SOAP body, for the export of objects; NULL when there is none */
} report_data;

/* What a listener of the tap "winerr" gets, one for each code of a message; valid for the packet. */
typedef struct {
    const verdict_code *code;
    enum wu_family family;
    const char *symbol;
} report_code;

/* True while anybody listens. */
bool report_wanted(void);

/* True when somebody wants to know what the Info column says, too. */
bool report_wants_info(void);

/* Tells the taps of a message, of Windows Update or another. info: what the Info column says of it behind operation and kind;
 * packet scope. */
void report_message(const verdict *v, const char *info);

/* Registers the taps, statistics, service response times and the export of objects. To be called when the protocols are
 * registered. */
void report_register(void);

#endif
