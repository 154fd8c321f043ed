/* xml_writer.h
 * Writes a binary XML document as readable text: indented, with namespace declarations, the type of every value as a
 * comment behind it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_XML_WRITER_H
#define WU_CORE_XML_WRITER_H

#include <glib.h>

#include "slice.h"

#define WU_WRITER_MAX (4u * 1024u * 1024u) /* bytes that a document is written as */

/* Appends the text of a body (application/soap+msbin1; session: msbinsession1) to out, UTF-8. Stops, with a comment that
 * says so, when out would grow beyond WU_WRITER_MAX: an indentation of two blanks for each level makes the text of a deep
 * document longer than the document. */
void wu_write_binary(GString *out, wu_slice body, bool session);

#endif
