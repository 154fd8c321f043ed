/* reader.h
 * One reader of XML events for both forms of XML.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_READER_H
#define WU_CORE_READER_H

#include "nbfx_reader.h"
#include "xml_reader.h"

typedef struct {
    bool binary;
    union {
        wu_xml_reader text;
        wu_nbfx_reader nbfx;
    } u;
} wu_reader;

static inline void
wu_reader_start(wu_reader *reader, wu_slice body, bool binary, bool session)
{
    reader->binary = binary;
    if (binary)
        wu_nbfx_start(&reader->u.nbfx, body, session);
    else
        wu_xml_start(&reader->u.text, body);
}

static inline void
wu_reader_next(wu_reader *reader, wu_event *event)
{
    if (reader->binary)
        wu_nbfx_next(&reader->u.nbfx, event);
    else
        wu_xml_next(&reader->u.text, event);
}

static inline const wu_scope *
wu_reader_scope(const wu_reader *reader)
{
    return reader->binary ? &reader->u.nbfx.scope : &reader->u.text.scope;
}

static inline void
wu_reader_finish(wu_reader *reader)
{
    if (reader->binary)
        wu_nbfx_finish(&reader->u.nbfx);
}

#endif
