/* message_text.h
 * The texts of a document as both readers of messages take them: character data that comments and CDATA sections divide,
 * joined; values that live as long as the message; and which texts and elements are looked into for codes.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_MESSAGE_TEXT_H
#define WU_CORE_MESSAGE_TEXT_H

#include "code_finder.h"
#include "events.h"
#include "message.h"

#define WU_MAX_SCAN (256u * 1024) /* bytes of one text that are searched for codes */

/* The character data of the innermost open element. Comments and CDATA sections may divide it: its pieces are joined
 * here. The text between child elements is dropped, so the work is linear in the length of the document. Begins as
 * zeros; what it holds is freed by wu_gathered_forget() and wu_gathered_take(). */
typedef struct {
    wu_part part;
    GString *pieces; /* NULL as long as there is one piece only */
    size_t raw;      /* bytes of a byte array, whose base64 in part may be cut */
} wu_gathered;

/* A copy of a text that lives as long as the message. */
wu_slice wu_message_keep(wu_message *message, wu_slice text);

/* Adds the value of a text event. */
void wu_gathered_add(wu_gathered *gathered, wu_message *message, const wu_event *event);

/* The text of an element that ends; nothing is gathered afterwards. Its texts live as long as the message. */
wu_part wu_gathered_take(wu_gathered *gathered, wu_message *message);

void wu_gathered_forget(wu_gathered *gathered);

/* What is searched for codes in a text: all of it up to WU_MAX_SCAN, or nothing where it is base64 or the like. */
wu_slice wu_text_to_scan(wu_slice text);

/* The code that the text of an element such as HResult is, whatever message it stands in: 0x80070005, -2147024891,
 * 2147942405, or 80070005 and 8024402C, eight digits that are hexadecimal. False for other elements and other texts. */
bool wu_code_of_element(wu_slice name, wu_slice text, uint32_t *code);

/* Finds codes in the value of an element or attribute. Where its name tells that it is one (ErrorCode, hr, Code of a
 * WSManFault) and the value is one word, the name introduces it. */
typedef struct {
    wu_finder finder;
    size_t before;      /* bytes of the names in front of the value */
    uint8_t text[320];
} wu_value_finder;

/* owner is the element of an attribute, else empty. */
void wu_value_finder_start(wu_value_finder *finder, wu_slice owner, wu_slice name, wu_slice value);

/* As wu_finder_next(); offsets count in the value. */
bool wu_value_finder_next(wu_value_finder *finder, wu_found *found);

#endif
