/* code_finder.h
 * Finds Windows codes in free text: fault strings, report texts, log lines.
 *
 * What counts as a find, so that identifiers, digests, GUIDs and base64 do not:
 *   0x80244022        0x and eight digits, standing alone: a failure that is known or of a facility with a name, a success
 *                     of Windows Update, any other number directly behind a word for an error
 *   0x00000490, 0x5   a small number, only directly behind such a word: flags and handles look the same
 *   0x240006          0x and five to seven digits, only when known and introduced
 *   80244022          eight hexadecimal digits without 0x: a known failure when introduced, in a column of its own, in a list
 *                     of such, or at the start of the text before a dash; an unknown one directly behind a word for an error
 *   -2145107924       a signed 32-bit number below zero that is known or a failure of a named facility
 *   2149859372        an unsigned one beyond 2^31, when known and introduced, or directly behind a word for an error
 *   12007, 10060      WinHTTP, WinINet and Winsock numbers, only when introduced by a word for an error
 *   1603, 2359302     exit codes of installers, only directly behind exit code, error and the like; numbers of Win32 from 1000
 *                     on behind exit code, and any behind gle, GetLastError() or Win32 error
 *   WU_E_NO_SERVICE   a symbol of the tables with an error prefix
 *   HTTP status 503   an HTTP error status behind a word for one, where the caller asks for statuses; 500.19 has a substatus
 * "Introduced" means that a word of tables/introductions.tsv stands shortly before it on the same line; "directly", that
 * nothing but punctuation and words such as "is" stand between. A list behind one word is introduced as a whole. The .NET
 * forms "(0x80070005)" and "Exception from HRESULT: 0x80070005 (E_ACCESSDENIED)" follow from these.
 *
 * Stars, dashes and slashes may stand around a number ("**0x80244008**", "0x8007000E/-2147024882", "Wsl/Install/0x80080005"),
 * but not in a URL or the path of a file.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_CODE_FINDER_H
#define WU_CORE_CODE_FINDER_H

#include "code_table.h"

enum wu_find_form {
    WU_FORM_HEX,
    WU_FORM_BARE_HEX,
    WU_FORM_SIGNED,
    WU_FORM_UNSIGNED,
    WU_FORM_NUMBER,
    WU_FORM_SYMBOL,
    WU_FORM_STATUS
};

typedef struct {
    uint32_t code;
    enum wu_space space;
    enum wu_find_form form;
    size_t offset, length; /* bytes in the text */
    uint32_t extension;    /* of Windows Setup, 0x20017: see setup_extension.h; 0: none */
    size_t extension_offset, extension_length;
    unsigned substatus;    /* of an HTTP status, as IIS counts: 19 of 500.19; 0: none */
} wu_found;

#define WU_FINDER_MEMORY 16

/* The text is only read. Initialise with wu_finder_start(). */
typedef struct {
    wu_slice text;
    bool statuses;                   /* HTTP statuses are wanted, too: false after wu_finder_start() */
    size_t position;
    size_t last_end;                 /* of the last number that was taken for a code, 0: none */
    unsigned last_kinds;             /* the words that introduced it */
    enum wu_find_form last_form;
    uint64_t seen[WU_FINDER_MEMORY]; /* codes found already: each is reported once per text */
    unsigned n_seen;
} wu_finder;

/* A quick look: false where wu_finder_next() certainly finds nothing in a text, whatever words stand before it. */
bool wu_may_hold_code(wu_slice text);

void wu_finder_start(wu_finder *finder, wu_slice text);

/* The next code of the text; false at its end. A code that was among the last WU_FINDER_MEMORY different ones is not
 * reported again, in whatever form: 0x80070005, E_ACCESSDENIED and ERROR_ACCESS_DENIED are one. Linear in the length of
 * the text. */
bool wu_finder_next(wu_finder *finder, wu_found *found);

/* Tells that a code is known from elsewhere: it is not reported when the text has it, too. */
void wu_finder_pass(wu_finder *finder, const wu_found *found);

/* True for what is worth reporting as a code: what the tables know, and failures whose facility has a name or whose
 * neighbours are known. */
bool wu_code_is_plausible(uint32_t code);

#endif
