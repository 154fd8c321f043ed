/* events.h
 * The promises of plugin/core/events.h and of the readers, checked on the events of a document.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TESTS_FUZZ_EVENTS_H
#define WU_TESTS_FUZZ_EVENTS_H

#include "fuzz.h"
#include "reader.h"

#define ALL_REMARKS (WU_XML_TRUNCATED | WU_XML_TOO_DEEP | WU_XML_MALFORMED | WU_XML_ATTRIBUTES | WU_XML_NAMESPACES | \
                     WU_XML_SESSION | WU_XML_NUL)

typedef struct {
    wu_slice document;
    const wu_scope *scope;
    struct {
        wu_slice prefix, name;
    } open[WU_XML_MAX_DEPTH];
    unsigned depth;
    unsigned attributes; /* of the start tag, UINT_MAX where none may come */
    uint64_t events, digest;
} event_checker;

static inline bool
same_bytes(wu_slice a, wu_slice b)
{
    return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

static inline void
check_start(event_checker *c, const wu_event *event)
{
    HOLDS(c->depth < WU_XML_MAX_DEPTH);
    c->open[c->depth].prefix = event->prefix;
    c->open[c->depth].name = event->name;
    c->depth++;
    c->attributes = 0;
    c->digest = mix_bytes(c->digest, wu_scope_namespace(c->scope, event->prefix));
}

static inline void
check_end(event_checker *c, const wu_event *event)
{
    HOLDS(c->depth > 0);
    HOLDS(event->depth == c->depth);
    c->depth--;
    HOLDS(same_bytes(event->prefix, c->open[c->depth].prefix));
    HOLDS(same_bytes(event->name, c->open[c->depth].name));
}

static inline void
check_event(event_checker *c, const wu_event *event)
{
    HOLDS(event->offset <= c->document.n && event->length <= c->document.n - event->offset);
    HOLDS(event->prefix.p || !event->prefix.n);
    HOLDS(event->name.p || !event->name.n);
    HOLDS(event->value.p || !event->value.n);
    switch (event->type) {
    case WU_EVENT_START:
        check_start(c, event);
        break;
    case WU_EVENT_ATTRIBUTE:
        HOLDS(c->attributes < WU_XML_MAX_ATTRIBUTES);
        c->attributes++;
        break;
    case WU_EVENT_TEXT:
        c->attributes = UINT_MAX;
        break;
    case WU_EVENT_END:
        check_end(c, event);
        c->attributes = UINT_MAX;
        return;
    case WU_EVENT_DONE:
        HOLDS(event->offset == c->document.n && !event->length);
        return;
    }
    HOLDS(event->depth == c->depth);
}

static inline void
digest_event(event_checker *c, const wu_event *event)
{
    c->events++;
    c->digest = mix(c->digest, event->type);
    c->digest = mix(c->digest, event->depth);
    c->digest = mix(c->digest, event->offset);
    c->digest = mix(c->digest, event->length);
    c->digest = mix_bytes(c->digest, event->prefix);
    c->digest = mix_bytes(c->digest, event->name);
    c->digest = mix_bytes(c->digest, event->value);
    c->digest = mix_bytes(c->digest, event->raw);
}

/* Reads the whole document; `more` looks at each event. Returns a digest of the events and the remarks. */
static inline uint64_t
read_events(wu_slice document, bool binary, bool session, void (*more)(const event_checker *, const wu_event *))
{
    static wu_reader reader;
    static event_checker c;
    wu_event event;

    wu_reader_start(&reader, document, binary, session);
    c = (event_checker){ .document = document, .scope = wu_reader_scope(&reader), .attributes = UINT_MAX };
    do {
        wu_reader_next(&reader, &event);
        check_event(&c, &event);
        more(&c, &event);
        digest_event(&c, &event);
        HOLDS(c.events <= 4 * (uint64_t)document.n + 4); /* a byte of an array makes three: beginning, value, end */
    } while (event.type != WU_EVENT_DONE);
    wu_reader_next(&reader, &event);
    HOLDS(event.type == WU_EVENT_DONE);

    unsigned remarks = c.scope->remarks;
    HOLDS(!(remarks & ~(unsigned)ALL_REMARKS));
    HOLDS(!c.depth || remarks & WU_XML_TRUNCATED);
    wu_reader_finish(&reader);
    return mix(c.digest, remarks);
}

#endif
