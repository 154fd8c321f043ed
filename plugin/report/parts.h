/* parts.h
 * What the files of this room share among themselves. Other rooms include report.h.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_REPORT_PARTS_H
#define WU_REPORT_PARTS_H

#include "report.h"

#define MENU "Windows Update" COMPAT_MENU

/* ---- stats.c ---- */

void stats_register(int proto_wsus);

/* ---- export.c ---- */

void export_register(int proto_wsus);

/* Whether somebody asked for decoded bodies, and the offer of one. */
bool export_wanted(void);
void export_offer(packet_info *pinfo, const report_data *data);

#endif
