/* wuerr.h
 * The command wuerr: what its files share. wuerr.c reads the arguments, lookup.c knows what an argument may be, input.c makes
 * lines of files, encoding.c knows UTF-16 and Windows-1252, report.c shows a code, code_set.c keeps codes, summary.c counts
 * them. Of glib only strings and memory are used: wuerr.exe does without it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_WUERR_H
#define WU_WUERR_H

#include <stdio.h>

#include <glib.h>

#include "log_line.h"

typedef struct wu_summary wu_summary;
typedef struct wu_code_set wu_code_set;

typedef struct {
    bool json, errors, all;  /* options; errors: successes are left out; all: rows of W3C logs of any path */
    bool unknown;            /* something was not known: exit status 1 */
    bool trouble;            /* something could not be read or written: exit status 2 */
    wu_summary *summary;     /* counts instead of showing; NULL: not asked for */
    wu_code_set *shown;      /* codes of files that were shown in full already */
} wu_session;

/* Where a code stands. */
typedef struct {
    const char *file;        /* NULL: standard input */
    unsigned long long line; /* 0: an argument */
    wu_slice text;           /* the line, UTF-8 */
} wu_place;

/* ---- lookup.c ---- */

/* Looks up an argument: a number, a symbol, a text with codes in it. False when it is none of these. */
bool wu_look_up(wu_session *session, const char *argument);

/* True when the whole argument is a number or a symbol, so that it is no file. */
bool wu_is_code(const char *argument);

/* ---- input.c ---- */

/* Looks codes up in the lines of a file, "-" being standard input. What cannot be read is told on standard error. Memory is
 * limited to a few megabytes, whatever the file holds. */
void wu_read_file(wu_session *session, const char *name);

/* ---- encoding.c ---- */

enum wu_encoding { WU_BYTES, WU_UTF16_LITTLE, WU_UTF16_BIG };

/* Tells the encoding of a file by its first bytes; *mark is how many of them are a byte order mark. Bytes are UTF-8 or
 * Windows-1252, which each line tells for itself. */
enum wu_encoding wu_tell_encoding(wu_slice start, size_t *mark);

/* Appends the characters of a block of UTF-16 as UTF-8 and returns how many of its bytes that took: at most three, of a
 * character that is not complete, are left unless it is the last block. What is broken becomes U+FFFD; *broken is where the
 * first of it is, or block.n. */
size_t wu_append_utf16(GString *out, wu_slice block, enum wu_encoding encoding, bool last, size_t *broken);

/* True when a line is UTF-8, NUL bytes in it allowed. */
bool wu_is_utf8(wu_slice line);

void wu_append_windows_1252(GString *out, wu_slice line);

/* ---- report.c ---- */

/* Shows a code, or counts it when there is a summary. In files a code that was shown before has no explanation again.
 * other: a further reading of the same digits, or NULL. */
void wu_show_code(wu_session *session, const wu_place *place, const wu_log_code *code, const uint32_t *other);

/* Whether anything is known of a code, and its report, as the session wants it. */
bool wu_code_known(const wu_log_code *code);
void wu_report_code(wu_session *session, const wu_place *place, const wu_log_code *code, const uint32_t *other);

/* The members of a code in a JSON object that has begun. */
void wu_json_code(GString *json, const wu_log_code *code);

/* "0x80244022 WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", and the first sentence on it; "" where it is unknown. */
char *wu_code_headline(const wu_log_code *code);
const char *wu_code_sentence(const wu_log_code *code);

/* The start of a line for people: what steers a terminal is shown as a dot, what is too long is left out. */
char *wu_readable_line(wu_slice line);

/* ---- code_set.c ---- */

/* Distinct codes, numbered in the order in which they were added. Limited: the members beyond WU_MAX_DISTINCT are not kept. */
#define WU_MAX_DISTINCT 10000u

wu_code_set *wu_code_set_new(void);
void wu_code_set_free(wu_code_set *set);

/* The number of a code; *added tells that it was not there before. WU_MAX_DISTINCT when there is no room for it. */
unsigned wu_code_set_add(wu_code_set *set, const wu_log_code *code, bool *added);
unsigned wu_code_set_size(const wu_code_set *set);
const wu_log_code *wu_code_set_member(const wu_code_set *set, unsigned number);

/* ---- summary.c ---- */

wu_summary *wu_summary_new(void);
void wu_summary_add(wu_summary *summary, const wu_place *place, const wu_log_code *code);

/* Shows the counts, the most frequent code first, and ends the counting. */
void wu_summary_show(wu_summary *summary, bool json);
void wu_summary_free(wu_summary *summary);

#endif
