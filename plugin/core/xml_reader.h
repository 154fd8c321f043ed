/* xml_reader.h
 * Reads an XML text, or a fragment with several roots, as events. One pass, no allocation, tolerant: see events.h.
 *
 * The text has to be an ASCII superset (UTF-8, ISO-8859-x); UTF-16 is turned into UTF-8 before (text.h). Entities are
 * not resolved and document type declarations are skipped, so nothing in a document can make it grow.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_XML_READER_H
#define WU_CORE_XML_READER_H

#include "events.h"

typedef struct {
    wu_slice text;
    size_t position;
    wu_scope scope;
    wu_event attribute[WU_XML_MAX_ATTRIBUTES]; /* of the element just begun, still to be reported */
    unsigned attributes, reported;
    unsigned to_close;      /* so many open elements end here: <element/>, or an end tag that skips levels */
    size_t tag, tag_length; /* the tag that ends them */
} wu_xml_reader;

/* The text has to stay as long as the reader and the names in its events. Costs nothing for the length of the text. */
void wu_xml_start(wu_xml_reader *reader, wu_slice text);

/* The next event. After WU_EVENT_DONE, and only then, every further call returns it again. Elements that are still
 * open at the end get no WU_EVENT_END. Elements nested deeper than WU_XML_MAX_DEPTH yield no events. Linear in the
 * length of the text over all calls. */
void wu_xml_next(wu_xml_reader *reader, wu_event *event);

/* An element without attributes that holds nothing but text: <Name>text</Name>. */
typedef struct {
    wu_slice tag;        /* the start tag; the text follows it, and then the end tag, which is a byte longer */
    wu_slice name, text; /* without the prefix; as it is escaped */
    size_t offset;       /* of the start tag in the document */
    bool alike;          /* the start tag is the one of the element that it was expected to be like */
} wu_xml_leaf;

/* Most elements are like that. Reads one that begins where the last event ended as a whole, at a fraction of what its events
 * would cost; at the least where it is like one that was read before (`like`, of the same document; one whose tag is empty
 * where none was). False, and nothing is read, where something else stands there: wu_xml_next() tells what. */
bool wu_xml_next_leaf(wu_xml_reader *reader, const wu_xml_leaf *like, wu_xml_leaf *leaf);

#endif
