/* fact_text.h
 * Facts of the diagnosis as lines of text, so that several programs can each find the facts of a part of a capture and one can
 * diagnose them all. Both ends are of one version; the form is no interface.
 *
 * A line holds numbers and texts in the order of a table, with tabs between them; texts have no control characters in them: these,
 * a backslash and what is no ASCII are written as \xNN, no text at all as \N.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_FACT_TEXT_H
#define WU_CORE_FACT_TEXT_H

#include "diagnosis.h"
#include "findings.h"

#define WU_FACT_FILES 200u /* that a line may hold; further ones are dropped */

/* Appends a fact, without the end of the line. */
void wu_fact_write(GString *out, const wu_fact *fact);

/* What a fact that was read points to. */
typedef struct {
    wu_fact fact;
    wu_fact_file files[WU_FACT_FILES];
    uint32_t findings[WU_MAX_FINDINGS];
} wu_fact_room;

/* Reads a line, which ends with 0 and is changed: the texts of the fact are in it. False when it is no fact; room is then not to
 * be used. */
bool wu_fact_read(char *line, wu_fact_room *room);

#endif
