/* message_fields.h
 * Reads elements by the rules of tables/elements.tsv into the items of a message: the operation of an envelope with all
 * that is below it, tickets of its header, and the update metadata that stands escaped in texts of both.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_MESSAGE_FIELDS_H
#define WU_CORE_MESSAGE_FIELDS_H

#include "events.h"
#include "message.h"
#include "xml_reader.h"

typedef struct wu_fields_reader wu_fields_reader;

/* root_rule: the tables may name the outermost element too; an operation they do not. Message and options stay the
 * caller's and have to live as long as the reader. */
wu_fields_reader *wu_fields_start(wu_message *message, const wu_message_options *options, bool root_rule);

/* Takes the next event of the document; false when it ended the element that the first event began. */
bool wu_fields_event(wu_fields_reader *reader, const wu_event *event);

/* Takes start tags without attributes, texts and end tags from a document, as long as it has such; false when the element that
 * the first event began was ended. Not the first event. */
bool wu_fields_plain(wu_fields_reader *reader, wu_xml_reader *document);

/* Completes what a document leaves open that ends early, and frees the reader. */
void wu_fields_finish(wu_fields_reader *reader);

#endif
