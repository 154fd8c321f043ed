/* log_line.h
 * Codes in the lines of logs. A format is a row of tables/log_formats.tsv: how its lines begin and what its columns are;
 * W3C logs name their columns themselves (#Fields:). What is text is searched by code_finder; columns that are codes need no
 * word before them. Lines of no format are text.
 *
 * Sources: samples of the logs; W3C extended log file format; Microsoft Learn, error logging in HTTP APIs and HTTP status
 * codes in IIS.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_LOG_LINE_H
#define WU_CORE_LOG_LINE_H

#include "code_finder.h"

#define WU_LOG_MAX_COLUMNS 64u /* of a W3C log; those beyond are passed over */
#define WU_LOG_COLUMN_CODES 3u /* codes that the columns of one line may give */

typedef struct {
    wu_found found;              /* offsets count in the line */
    const wu_reason_row *reason; /* of HTTP.sys, beside an HTTP status; NULL: none */
} wu_log_code;

/* What is known of a log, and its current line. Begins as zeros. */
typedef struct {
    bool all;                                /* set by the caller: rows of W3C logs of any path count, not those of updates only */
    const wu_log_format_row *format;         /* of the current line, or NULL: W3C with fields, or plain text */
    uint8_t role[WU_LOG_MAX_COLUMNS];        /* of #Fields */
    unsigned columns;                        /* 0: no #Fields were seen */
    wu_log_code code[WU_LOG_COLUMN_CODES];   /* of columns of the current line */
    unsigned codes, next;
    wu_finder finder;                        /* in the text of the current line */
    size_t text_offset;
} wu_log;

/* Takes a line, without its end. The first `context` bytes were seen before: a long line is given in pieces, each with the end
 * of the one before, and codes of those before are not reported again; 0 for a whole line or the first piece. The line has to
 * stay until the next one. */
void wu_log_line(wu_log *log, wu_slice line, size_t context);

/* The next code of the line; false when there are no more. */
bool wu_log_next(wu_log *log, wu_log_code *code);

/* What the substatus of an HTTP status means to IIS, or "". */
const char *wu_substatus_text(uint32_t status, unsigned substatus);

#endif
