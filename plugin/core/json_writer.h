/* json_writer.h
 * Writes JSON, compact, for programs that have no Wireshark library beside them.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_JSON_WRITER_H
#define WU_CORE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

/* All of them append to out, which the caller owns and has begun empty or with a finished line. Commas are put where they
 * belong: what out ends with tells. In an object every value has a name, in which nothing has to be escaped; in an array, and at the
 * top, name is NULL. */

/* Begins an object or an array; wu_json_end ends it with the same bracket's other half. */
void wu_json_begin(GString *out, const char *name, char bracket);
void wu_json_end(GString *out, char bracket);

/* A text is UTF-8 and ends with NUL. Control characters are escaped, and the slash of "</", so that the output may stand
 * in a web page. */
void wu_json_string(GString *out, const char *name, const char *text);

/* A text of a capture, n bytes that need not be UTF-8 and may be cut anywhere: the output is printable ASCII, so that nothing
 * in it steers a terminal. What is no character becomes U+FFFD. */
void wu_json_ascii(GString *out, const char *name, const char *text, size_t n);

/* A value that is written already, or several without name, with the commas between them. */
void wu_json_raw(GString *out, const char *name, const char *json, size_t n);
void wu_json_number(GString *out, const char *name, uint64_t number);

/* The digits of a number alone, behind what of the value is written already. */
void wu_json_digits(GString *out, uint64_t number);
void wu_json_bool(GString *out, const char *name, bool value);

#endif
