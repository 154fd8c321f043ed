/* introduction.h
 * Words that tell that a number behind them is a code: error, HRESULT, exit code, Fehlercode, 错误代码. They are rows of
 * tables/introductions.tsv, in the languages that Windows comes in.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_INTRODUCTION_H
#define WU_CORE_INTRODUCTION_H

#include "slice.h"
#include "tables.h"

/* The bytes of the character of a word at offset: a letter of any alphabet, a digit or '_'; 0 when it is none. Scripts
 * that write without blanks do not make words: what begins with C2 (U+0080 to U+00BF) or E2 and up (from U+2000 on). */
size_t wu_word_bytes(wu_slice text, size_t offset);

/* Whether a character of a word stands before offset, which is above 0. */
bool wu_word_before(wu_slice text, size_t offset);

/* The bytes of the UTF-8 character at offset; 1 where it is none. */
size_t wu_utf8_bytes(wu_slice text, size_t offset);

/* The kinds (enum wu_introduction_kind, as bits) of the words that begin within `window` bytes before offset and on its
 * line. Links are not counted. */
unsigned wu_introduced_near(wu_slice text, size_t offset, size_t window);

/* The kinds of the words directly before offset: with nothing between but punctuation, and links ("error numbers are:").
 * Looks at no more than a few words. */
unsigned wu_introduced_directly(wu_slice text, size_t offset);

/* The kinds of the words within a piece of a word: of "WindowsUpdate" in WindowsUpdate_80070005. */
unsigned wu_introductions_in(wu_slice piece);

/* True for a word that may stand between a word and its number, or between two numbers: and, und, et. */
bool wu_is_link(wu_slice word);

#endif
