/* wsus.h
 * What protocol wsus tells others: its tap.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_WSUS_H
#define WU_WSUS_H

#include <epan/packet.h>

#include "core/code_table.h"

enum wsus_outcome {
    WSUS_REQUEST,   /* no outcome yet */
    WSUS_SUCCESS,
    WSUS_RECOVERY,  /* a fault or status that the protocol goes on from by itself */
    WSUS_HTTP_ERROR,
    WSUS_FAULT
};

/* What a tap listener of "wsus" gets, one for each message; valid for the packet. */
typedef struct {
    enum wu_service service_number;
    const char *service, *operation; /* never NULL */
    const char *client;              /* address of the client */
    const char *computer;            /* computer name, "" when the message does not say */
    const char *agent;               /* agent version, "" when the message does not say */
    enum wsus_outcome outcome;
    unsigned status;                 /* HTTP status, 0 when unknown */
    const char *error_code;          /* of a fault, "" when there is none */
    bool have_time, response;
    nstime_t request_time;           /* when the request was sent, for service response times */
    uint32_t code;                   /* the code that matters most, 0 for none */
    enum wu_space space;
    unsigned failed_events;          /* that a report holds */
    const char *const *failed_event; /* what each of them says: "installation failed, 0x80070643 ERROR_INSTALL_FAILURE" */
    tvbuff_t *body;                  /* decoded SOAP body, for the export of objects; NULL when there is none */
    const char *host, *target;
} wsus_tap_data;

void proto_register_wsus(void);
void proto_reg_handoff_wsus(void);

/* The export of decoded bodies: whether somebody asked for it, and the offer of one body. */
bool wsus_export_wanted(void);
void wsus_export(packet_info *pinfo, const wsus_tap_data *data);

/* Registers statistics, service response times and the export of objects. */
void wsus_register_statistics(int proto);

#endif
