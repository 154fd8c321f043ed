/* events.h
 * What an XML document is to the rest of core: a sequence of events, whether the document is text (xml_reader) or
 * binary (nbfx_reader). Readers pull one event at a time, in one pass, and never fail: a document that is broken, cut
 * off or nested too deeply yields what can be told from it and a remark in wu_reader_remarks().
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_EVENTS_H
#define WU_CORE_EVENTS_H

#include "slice.h"

enum wu_event_type {
    WU_EVENT_START,     /* an element begins: prefix, name */
    WU_EVENT_ATTRIBUTE, /* of the element just begun: prefix, name, value; xmlns declarations are not reported */
    WU_EVENT_TEXT,      /* character data: value; one element may have several */
    WU_EVENT_END,       /* the element ends: prefix, name */
    WU_EVENT_DONE       /* the document ends; also where it is cut off */
};

/* How value is to be read. */
enum wu_text_form {
    WU_TEXT_ESCAPED, /* as in an XML document: entities stand for characters */
    WU_TEXT_PLAIN    /* literally: CDATA, or made from a binary record */
};

typedef struct {
    enum wu_event_type type;
    wu_slice prefix, name; /* valid while the document is */
    wu_slice value;        /* valid until the next event */
    enum wu_text_form form;
    unsigned depth;        /* of the element: 1 for the root; attributes and text have their element's */
    size_t offset, length; /* bytes of the document that the event was read from */
    const char *record;    /* binary documents: the type of the value ("Int32"); else NULL */
    wu_slice raw;          /* binary documents: the bytes of a byte array, whose base64 is value; else empty */
} wu_event;

/* Remarks on a document, as bits. */
enum {
    WU_XML_TRUNCATED = 1 << 0,  /* ends inside an element, a tag or a record */
    WU_XML_TOO_DEEP = 1 << 1,   /* nested beyond WU_XML_MAX_DEPTH: what is deeper was left out */
    WU_XML_MALFORMED = 1 << 2,  /* tags that do not match, stray markup, impossible records */
    WU_XML_ATTRIBUTES = 1 << 3, /* more than WU_XML_MAX_ATTRIBUTES in one element: the others were left out */
    WU_XML_NAMESPACES = 1 << 4, /* more than WU_XML_MAX_NAMESPACES bindings at once: some prefixes stay unresolved */
    WU_XML_SESSION = 1 << 5,    /* binary: names of a session dictionary, which is not in the body */
    WU_XML_NUL = 1 << 6         /* text: holds a NUL byte */
};

#define WU_XML_MAX_DEPTH      256
#define WU_XML_MAX_ATTRIBUTES 64
#define WU_XML_MAX_NAMESPACES 128

/* A namespace binding in scope: xmlns:prefix="uri". */
typedef struct {
    wu_slice prefix, uri;
} wu_binding;

/* Elements that are open, and the bindings they made. Shared by both readers. */
typedef struct {
    struct {
        wu_slice prefix, name;
        unsigned bindings; /* how many bindings there were before the element */
    } open[WU_XML_MAX_DEPTH];
    unsigned depth;    /* open elements, those beyond the limit included */
    wu_binding binding[WU_XML_MAX_NAMESPACES];
    unsigned bindings;
    unsigned remarks;
} wu_scope;

static inline void
wu_scope_bind(wu_scope *scope, wu_slice prefix, wu_slice uri)
{
    if (scope->bindings < WU_XML_MAX_NAMESPACES)
        scope->binding[scope->bindings++] = (wu_binding){ prefix, uri };
    else
        scope->remarks |= WU_XML_NAMESPACES;
}

static inline void
wu_scope_open(wu_scope *scope, wu_slice prefix, wu_slice name)
{
    if (scope->depth < WU_XML_MAX_DEPTH) {
        scope->open[scope->depth].prefix = prefix;
        scope->open[scope->depth].name = name;
        scope->open[scope->depth].bindings = scope->bindings;
    } else {
        scope->remarks |= WU_XML_TOO_DEEP;
    }
    scope->depth++;
}

static inline void
wu_scope_close(wu_scope *scope)
{
    if (--scope->depth < WU_XML_MAX_DEPTH)
        scope->bindings = scope->open[scope->depth].bindings;
}

/* The namespace that a prefix (empty: the default namespace) stands for at this place, or an empty slice. */
static inline wu_slice
wu_scope_namespace(const wu_scope *scope, wu_slice prefix)
{
    for (unsigned i = scope->bindings; i > 0; i--) {
        const wu_binding *b = &scope->binding[i - 1];
        if (b->prefix.n == prefix.n && (!prefix.n || !memcmp(b->prefix.p, prefix.p, prefix.n)))
            return b->uri;
    }
    return (wu_slice){ NULL, 0 };
}

#endif
