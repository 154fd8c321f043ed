/* nbfx_reader.h
 * Reads binary XML (application/soap+msbin1) as events.
 *
 * Sources: [MC-NBFX] .NET Binary Format: XML Data Structure, for the records; [MC-NBFS] .NET Binary Format: SOAP Data
 * Structure, for the static dictionary (tables/nbfs.tsv); [MC-NBFSE] for the string table in front of a message of
 * application/soap+msbinsession1, which is skipped: the strings of earlier messages, on which its numbering rests, are
 * not in the body, so session names read "[session 5]".
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_NBFX_READER_H
#define WU_CORE_NBFX_READER_H

#include <glib.h>

#include "events.h"

typedef struct {
    wu_slice body;
    size_t position;
    wu_scope scope;
    size_t attribute[WU_XML_MAX_ATTRIBUTES]; /* offsets of the attribute records of the element just begun */
    unsigned attributes, reported;
    bool end_now;                            /* a text record with end: the element's end comes next */
    size_t record, record_length;            /* the record that ends it */
    struct {                                 /* an array record: the element is repeated for every value */
        uint32_t left;
        uint8_t type;
        bool value_next;                     /* its element has begun, the value comes next */
        size_t start;
    } array;
    GByteArray *scratch;                     /* texts made of binary values; valid until the next event */
    char small[64];
    GStringChunk *names;                     /* names that stand for ids without a string */
} wu_nbfx_reader;

/* True when a body begins like a binary SOAP envelope: an element record whose name is Envelope, in dictionary or
 * inline form. Looks at no more than 32 bytes. */
bool wu_nbfx_looks_like(wu_slice body);

/* session: the body is of application/soap+msbinsession1, with a string table in front. Ends with wu_nbfx_finish(). */
void wu_nbfx_start(wu_nbfx_reader *reader, wu_slice body, bool session);

/* The next event. An array record yields an element for each of its values; its attributes come with the first. After
 * WU_EVENT_DONE every further call returns it again. Values of binary types are reported as the text that XML has for
 * them, and byte arrays as base64 of at most WU_NBFX_MAX_BASE64 bytes (all of them in raw). Linear in the length of
 * the body plus the number of array values, which the body holds. */
void wu_nbfx_next(wu_nbfx_reader *reader, wu_event *event);

/* Frees what the reader allocated: never more than twice the longest text, and names of ids that no dictionary holds. */
void wu_nbfx_finish(wu_nbfx_reader *reader);

#define WU_NBFX_MAX_BASE64 4096

#endif
