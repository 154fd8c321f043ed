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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice document = wu_slice_of(data, size);
    uint64_t first = read_events(document, false, false, check_text_event);

    HOLDS(read_events(document, false, false, check_text_event) == first);
    return 0;
}
