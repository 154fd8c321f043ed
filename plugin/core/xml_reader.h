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

/* A tag without attributes, and what follows it: <Name>text</Name>, <Name>..., </Name>. */
typedef struct {
    wu_slice tag;        /* as it stands there, with its brackets */
    wu_slice name, text; /* without the prefix; as it is escaped: of a leaf */
    size_t offset;       /* of the tag in the document */
    bool alike;          /* a start tag: it is the one that was expected */
} wu_xml_plain;

enum wu_xml_plain_kind {
    WU_XML_OTHER, /* something else stands there: wu_xml_next() tells what */
    WU_XML_LEAF,  /* an element that holds nothing but text, as a whole; its end tag is a byte longer than the start tag */
    WU_XML_OPENED,
    WU_XML_CLOSED /* the element that was open, by an end tag that is written as its start tag was */
};

/* Most of a document consists of those. Reads one that begins where the last event ended, at a fraction of what its events would
 * cost; at the least where it is like one that was read before (`like`, of the same document; one whose tag is empty where none
 * was). Nothing is read where something else stands there. */
enum wu_xml_plain_kind wu_xml_next_plain(wu_xml_reader *reader, const wu_xml_plain *like, wu_xml_plain *plain);

/* Goes past leaves that stand where the last event ended, one behind the other, if they are these: such as wu_xml_next_plain()
 * read before. False, and nothing is passed, where something else stands there. */
bool wu_xml_skip(wu_xml_reader *reader, wu_slice leaves);

#endif
