/* parts.h
 * What the files of this room share among themselves. Other rooms include report.h.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_REPORT_PARTS_H
#define WU_REPORT_PARTS_H

#include "core/diagnosis.h"
#include "report.h"

#define MENU "Windows Update" COMPAT_MENU

/* ---- stats.c ---- */

void stats_register(int proto_wsus);

/* ---- export.c ---- */

void export_register(int proto_wsus);

/* Whether somebody asked for decoded bodies, and the offer of one. */
bool export_wanted(void);
void export_offer(packet_info *pinfo, const report_data *data);

/* ---- facts.c ---- */

typedef void (*fact_taker)(const wu_fact *fact, void *user);

/* Tells `take` what a message says: one fact of the message, then one for each failure that it reports. */
void facts_of(packet_info *pinfo, const report_data *data, fact_taker take, void *user);

/* Whether the frame that a message is told of goes from the client to the server. */
bool report_by_client(const verdict *v);

/* ---- data.c ---- */

/* What the tap "wsus" tells of a verdict on something of Windows Update. Packet scope. */
const report_data *report_data_of(const verdict *v);

/* ---- rest.c ---- */

typedef void (*verdict_taker)(const verdict *v, void *user);

/* Tells `take` what only the end of the capture tells: outcomes of connections. For listeners without a filter, when they
 * draw. In Wireshark, which reads the capture twice, there are none. The number of the frame is none of the capture's. */
void report_rest(verdict_taker take, void *user);

/* ---- clients.c ---- */

void clients_register(void);

/* ---- follow.c ---- */

void follow_register(int proto_wsus);

/* Whether somebody follows a stream, and the offer of a message of it. */
bool follow_wanted(void);
void follow_offer(const verdict *v);

/* ---- diagnosis.c ---- */

void diagnosis_register(void);

/* Reads the capture once more and opens the window "Why did Windows Update fail?". In Wireshark only. */
void diagnosis_window(void);

/* ---- menus.c ---- */

void menus_register(int proto_wsus);

/* ---- window.c ---- */

/* Sets the display filter and applies it. This and what follows work in Wireshark only, and do nothing elsewhere. */
void window_filter(const char *filter);

/* Whether this is Wireshark. */
bool window_is_there(void);

/* Reads the capture once more, for listeners of taps. False where that cannot be done. */
bool window_read_packets(void);

/* Opens a window with a text, and a button "Show these packets" for a filter, if there is one. */
void window_open(const char *title, const char *text, const char *filter);

/* ---- fact_lines.c ---- */

/* Connections in TLS that could not be read, by how they ended. */
typedef struct {
    unsigned well, failed;
} sealed_connections;

void sealed_count(sealed_connections *sealed, const wu_connection_outcome *o);

/* Adds the facts of the file that the preference wsus.facts names, if it names one. */
void fact_lines_read(wu_diagnosis *diagnosis, sealed_connections *sealed);
void fact_lines_register(void);

/* ---- updates.c ---- */

void updates_register(void);

/* ---- record.c ---- */

/* What one message gives to the record of its exchange. */
typedef struct record_half record_half;

/* Of a message, and of what the Info column says of it. To be freed by the caller. */
record_half *record_half_new(const verdict *v, const char *info);
void record_half_free(void *half);
bool record_is_response(const record_half *half);
guint32 record_frame(const record_half *half); /* of the message, or in which the failure became known */

/* Appends the record of an exchange, as a line, to out, which is empty. Request or response may be NULL where it was not told:
 * the capture lacks it, or a filter left it out. x is NULL for a fault of another service. told: the frame that is read now, 0 at
 * the end of the capture. */
void record_write(GString *out, const wsus_exchange *x, const record_half *request, const record_half *response, guint32 told);

/* ---- records.c ---- */

void records_register(void);

/* Whether somebody asked for records, and the offer of one message. info: what the Info column says of it. */
bool records_wanted(void);
void records_offer(const verdict *v, const char *info);

#endif
