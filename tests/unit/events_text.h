/* events_text.h
 * The events of an XML document as one line of text, so that a test compares all of them at once.
 *
 *   (p:name     an element begins           )p:name    it ends
 *   @p:name=v   one of its attributes       .          the document ends
 *   "v"         text with entities          'v'        plain text; a NUL in it reads \0
 *   :Int32      after a value: the type of its record
 *   [4+7]       after each event, where places are asked for: its offset and length
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TESTS_EVENTS_TEXT_H
#define WU_TESTS_EVENTS_TEXT_H

#include <glib.h>

#include "reader.h"
#include "unit.h"

enum { OF_NBFX = 1, OF_SESSION = 2, WITH_PLACES = 4 };

/* Reads the document from a copy that ends where the memory does. Free the text with g_free(). Events that break the
 * rules of events.h (depths, places outside the document) leave a "!" and a word in the text; so does a text document that reads
 * otherwise by wu_xml_next_plain(). */
char *events_text(wu_slice document, unsigned flags, unsigned *remarks);

/* The bytes that a text names: hexadecimal pairs and 'quoted' characters, blanks between them left out. */
GByteArray *bytes_of(const char *notation);

#define CHECK_EVENTS(flags, document, expected, expected_remarks)          \
    do {                                                                   \
        unsigned remarks_;                                                 \
        char *events_ = events_text((document), (flags), &remarks_);       \
        CHECK_TEXT(events_, (expected));                                   \
        CHECK_EQ(remarks_, (expected_remarks));                            \
        g_free(events_);                                                   \
    } while (0)

#endif
