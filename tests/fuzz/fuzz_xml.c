/* fuzz_xml.c
 * The reader of XML texts.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "events.h"

/* In a text everything stands in the document as it is reported. */
static void
check_text_event(const event_checker *c, const wu_event *event)
{
    wu_slice place = wu_slice_of(c->document.p + event->offset, event->length);

    HOLDS(is_within(event->prefix, c->document));
    HOLDS(is_within(event->name, c->document));
    HOLDS(!event->record && !event->raw.n);
    if (event->type == WU_EVENT_START || event->type == WU_EVENT_ATTRIBUTE) {
        HOLDS(is_within(event->name, place) && is_within(event->prefix, place));
        HOLDS(event->length > 0);
    }
    if (event->type == WU_EVENT_ATTRIBUTE || event->type == WU_EVENT_TEXT)
        HOLDS(is_within(event->value, place));
    if (event->type == WU_EVENT_TEXT && event->form == WU_TEXT_ESCAPED)
        HOLDS(same_bytes(event->value, place) && event->value.n && !memchr(event->value.p, '<', event->value.n));
}

static void
take(event_checker *c, const wu_event *event)
{
    check_event(c, event);
    digest_event(c, event);
}

/* What wu_xml_next() would have told of it. */
static void
take_plain(event_checker *c, enum wu_xml_plain_kind kind, const wu_xml_plain *plain, unsigned depth)
{
    size_t slash = kind == WU_XML_CLOSED, prefix = (size_t)(plain->name.p - plain->tag.p) - 1 - slash, at = plain->offset + plain->tag.n;
    wu_event event = { .type = WU_EVENT_START, .prefix = wu_slice_of(plain->tag.p + 1 + slash, prefix ? prefix - 1 : 0),
                       .name = plain->name, .depth = depth, .offset = plain->offset, .length = plain->tag.n };

    if (kind != WU_XML_CLOSED)
        take(c, &event);
    if (kind == WU_XML_OPENED)
        return;
    wu_event text = { .type = WU_EVENT_TEXT, .value = plain->text, .depth = depth, .offset = at, .length = plain->text.n };
    event.type = WU_EVENT_END;
    if (kind == WU_XML_LEAF) {
        if (plain->text.n)
            take(c, &text);
        event.offset = at + plain->text.n;
        event.length = plain->tag.n + 1;
    }
    take(c, &event);
}

/* As read_events(), with plain tags and leaves read as such. */
static uint64_t
read_plain(wu_slice document)
{
    static wu_xml_reader reader;
    static event_checker c;
    wu_xml_plain plain, last = { .offset = 0 };
    enum wu_xml_plain_kind kind;
    wu_event event;

    wu_xml_start(&reader, document);
    c = (event_checker){ .document = document, .scope = &reader.scope, .attributes = UINT_MAX };
    do {
        while ((kind = wu_xml_next_plain(&reader, &last, &plain)) != WU_XML_OTHER) {
            unsigned depth = reader.scope.depth + (kind != WU_XML_OPENED);
            take_plain(&c, kind, &plain, depth);
            if (kind == WU_XML_CLOSED)
                continue;
            last = plain;
            size_t whole = plain.text.n + 2 * plain.tag.n + 1;
            while (kind == WU_XML_LEAF && wu_xml_skip(&reader, wu_slice_of(plain.tag.p, whole))) {
                plain.offset += whole;
                take_plain(&c, kind, &plain, depth);
            }
        }
        wu_xml_next(&reader, &event);
        take(&c, &event);
    } while (event.type != WU_EVENT_DONE);
    return mix(c.digest, reader.scope.remarks);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice document = wu_slice_of(data, size);
    uint64_t first = read_events(document, false, false, check_text_event);

    HOLDS(read_events(document, false, false, check_text_event) == first);
    HOLDS(read_plain(document) == first);
    return 0;
}
