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

/* As read_events(), with elements that hold nothing but text read as a whole. */
static uint64_t
read_leaves(wu_slice document)
{
    static wu_xml_reader reader;
    static event_checker c;
    wu_xml_leaf leaf, last = { .offset = 0 };
    wu_event event;

    wu_xml_start(&reader, document);
    c = (event_checker){ .document = document, .scope = &reader.scope, .attributes = UINT_MAX };
    do {
        while (wu_xml_next_leaf(&reader, &last, &leaf)) {
            unsigned depth = reader.scope.depth + 1;
            size_t prefix = (size_t)(leaf.name.p - leaf.tag.p) - 1, at = leaf.offset + leaf.tag.n;
            event = (wu_event){ .type = WU_EVENT_START, .prefix = wu_slice_of(leaf.tag.p + 1, prefix ? prefix - 1 : 0),
                                .name = leaf.name, .depth = depth, .offset = leaf.offset, .length = leaf.tag.n };
            take(&c, &event);
            wu_event text = { .type = WU_EVENT_TEXT, .value = leaf.text, .depth = depth, .offset = at, .length = leaf.text.n };
            if (leaf.text.n)
                take(&c, &text);
            event.type = WU_EVENT_END;
            event.offset = at + leaf.text.n;
            event.length = leaf.tag.n + 1;
            take(&c, &event);
            last = leaf;
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
    HOLDS(read_leaves(document) == first);
    return 0;
}
