/* code_finder.h
 * Finds Windows codes in free text: fault strings, report texts, log lines.
 *
 * What counts as a find, so that identifiers, digests, GUIDs and base64 do not:
 *   0x80244022        0x and eight digits, standing alone; known, or a failure of a named facility, or introduced
 *   0x240006          0x and five to seven digits, only when known and introduced
 *   80244022          eight hexadecimal digits without 0x, only when a known failure and introduced
 *   -2145107924       a signed 32-bit number below zero that is known or a failure of a named facility
 *   2149859372        an unsigned one beyond 2^31, only when known and introduced
 *   12007, 10060      WinHTTP, WinINet and Winsock numbers, only when introduced by a word for an error
 *   WU_E_NO_SERVICE   a symbol of the tables with an error prefix
 * "Introduced" means that a word such as error, code, HRESULT or failed stands within the 32 bytes before it, on the
 * same line. The .NET forms "(0x80070005)" and "Exception from HRESULT: 0x80070005 (E_ACCESSDENIED)" follow from these.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_CODE_FINDER_H
#define WU_CORE_CODE_FINDER_H

#include "code_table.h"

enum wu_find_form { WU_FORM_HEX, WU_FORM_BARE_HEX, WU_FORM_SIGNED, WU_FORM_UNSIGNED, WU_FORM_NUMBER, WU_FORM_SYMBOL };

typedef struct {
    uint32_t code;
    enum wu_space space;
    enum wu_find_form form;
    size_t offset, length; /* bytes in the text */
} wu_found;

#define WU_FINDER_MEMORY 16

/* The text is only read. Initialise with wu_finder_start(). */
typedef struct {
    wu_slice text;
    size_t position;
    uint32_t seen[WU_FINDER_MEMORY]; /* codes found already: each is reported once per text */
    unsigned n_seen;
} wu_finder;

void wu_finder_start(wu_finder *finder, wu_slice text);

/* The next code of the text; false at its end. A code that was among the last WU_FINDER_MEMORY different ones is not
 * reported again. Linear in the length of the text. */
bool wu_finder_next(wu_finder *finder, wu_found *found);

#endif
