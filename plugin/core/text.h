/* text.h
 * Character sets and the text forms of values: entities, UTF-16, base64, GUIDs, dates.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_TEXT_H
#define WU_CORE_TEXT_H

#include "events.h"

/* ---- character sets ---- */

enum wu_charset { WU_UTF8, WU_LATIN1, WU_UTF16_LE, WU_UTF16_BE };

/* The character set of a body, by byte order mark, by the bytes of "<?" or by the encoding in its declaration;
 * UTF-8 where nothing tells. Unknown encodings count as UTF-8. */
enum wu_charset wu_text_charset(wu_slice body);

/* UTF-16 to UTF-8. Writes at most max bytes to out and returns how many the whole text needs: call it with max 0 to
 * learn the size, which never exceeds three halves of the input. The byte order mark is left out; unpaired surrogates
 * become U+FFFD; an odd last byte is ignored. */
size_t wu_text_from_utf16(wu_slice text, bool big_endian, uint8_t *out, size_t max);

/* A value as a NUL terminated UTF-8 text in out, which has room for max (at least 1) bytes; longer values are cut at
 * a character. Resolves the five XML entities and character references where form is WU_TEXT_ESCAPED; turns bytes
 * that are no UTF-8, and NUL, into U+FFFD. Returns the length without the NUL. */
size_t wu_text_decode(wu_slice value, enum wu_text_form form, enum wu_charset charset, char *out, size_t max);

/* Unescapes a text into out, which has room for value.n bytes (the result is never longer); returns its length. Bytes
 * are copied as they are otherwise. out may be where the value stands. */
size_t wu_text_unescape(wu_slice value, uint8_t *out);

/* Length of the character at `text` if it would move the cursor, hide or turn text around, instead of being shown: control
 * characters, those of direction, of lines, and those without width. 0: it would not. Text ends with NUL. */
size_t wu_text_steering(const char *text);

/* Replaces such characters, where they stand: control characters by blanks, others by U+FFFD. */
void wu_text_calm(char *text);

/* ---- values ---- */

/* Number of bytes a base64 text stands for, white space left out; for a text that is no base64 its own length. */
size_t wu_text_base64_length(wu_slice value);

/* Decodes up to max bytes of base64; returns their number, 0 when the text is no base64. */
size_t wu_text_base64(wu_slice value, uint8_t *out, size_t max);

/* A GUID with or without braces, as 16 bytes in the order in which it is written. */
bool wu_text_guid(wu_slice value, uint8_t guid[16]);

/* xsd:dateTime or xsd:date (MS-WUSP: 0 to 7 fractional digits, usually with Z) as seconds since 1970 in UTC and
 * nanoseconds. Years 1 to 9999. A value without a zone is taken as UTC. */
bool wu_text_time(wu_slice value, int64_t *seconds, int32_t *nanoseconds);

/* A time as Wireshark writes it, "Jan  1, 4000 00:00:00.000000000 UTC", into out, which has room for WU_TIME_TEXT bytes: for
 * the times that Wireshark cannot write on Windows. Years before the first are 0, -1 and so on, as in astronomy. */
#define WU_TIME_TEXT 64
void wu_text_from_time(int64_t seconds, int32_t nanoseconds, char *out);

/* A time as in "2026-03-02T09:00:02.161000Z", into out, which has room for WU_UTC_TEXT bytes, and returned: "" where the year is
 * not from 1 to 9999. */
#define WU_UTC_TEXT 96u
char *wu_text_utc(int64_t seconds, int32_t microseconds, char *out);

/* true or 1, false or 0. */
bool wu_text_bool(wu_slice value, bool *result);

#endif
