/* xml_reader.c
 * Long because events and plain elements are read from one position, with the same names, scopes and limits: either goes on where the
 * other stopped.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "xml_reader.h"

void
wu_xml_start(wu_xml_reader *r, wu_slice text)
{
    /* the arrays are written before they are read: clearing 15 KiB for a body of 300 bytes would cost more than it */
    r->text = text;
    r->position = 0;
    r->scope.depth = r->scope.bindings = r->scope.remarks = 0;
    r->attributes = r->reported = 0;
    r->to_close = 0;
    r->tag = r->tag_length = 0;
    if (text.n && memchr(text.p, 0, text.n))
        r->scope.remarks |= WU_XML_NUL;
    if (text.n >= 3 && !memcmp(text.p, "\xEF\xBB\xBF", 3))
        r->position = 3;
}

#define DIVIDES 1u /* the colon between prefix and name */
#define ENDS    2u

/* What cannot be part of a name. A table, because this is asked for every byte of every tag. */
static const uint8_t in_name[256] = {
    [' '] = ENDS, ['\t'] = ENDS, ['\r'] = ENDS, ['\n'] = ENDS, ['>'] = ENDS, ['/'] = ENDS,
    ['='] = ENDS, ['<'] = ENDS,  ['"'] = ENDS,  ['\''] = ENDS, [':'] = DIVIDES,
};

/* Reads prefix:name at the position, split at the first colon. Without one the prefix is empty. False where there is no
 * name. */
static bool
read_name(wu_xml_reader *r, wu_slice *prefix, wu_slice *name)
{
    const uint8_t *start = r->text.p + r->position, *p = start, *end = r->text.p + r->text.n;

    while (p < end && !in_name[*p])
        p++;
    *prefix = wu_slice_of(start, 0);
    *name = wu_slice_of(start, 0);
    if (p < end && in_name[*p] == DIVIDES) {
        prefix->n = (size_t)(p - start);
        name->p = ++p;
        while (p < end && in_name[*p] != ENDS)
            p++;
    }
    name->n = (size_t)(p - name->p);
    r->position = (size_t)(p - r->text.p);
    return p > start;
}

static void
skip_space(wu_xml_reader *r)
{
    while (r->position < r->text.n && wu_is_space(r->text.p[r->position]))
        r->position++;
}

static void
truncated(wu_xml_reader *r)
{
    r->scope.remarks |= WU_XML_TRUNCATED;
    r->position = r->text.n;
}

/* Skips to the end of something that `terminator` ends. */
static void
skip_past(wu_xml_reader *r, size_t from, const char *terminator)
{
    size_t end = wu_slice_find(r->text, from, terminator);

    if (end == r->text.n)
        truncated(r);
    else
        r->position = end + strlen(terminator);
}

/* <!DOCTYPE name [ ... ]>: nothing in it is used. */
static void
skip_doctype(wu_xml_reader *r)
{
    unsigned brackets = 0;

    for (size_t i = r->position; i < r->text.n; i++) {
        uint8_t c = r->text.p[i];
        if (c == '"' || c == '\'')
            i = wu_slice_find_byte(r->text, i + 1, c);
        else if (c == '[')
            brackets++;
        else if (c == ']' && brackets)
            brackets--;
        else if (c == '>' && !brackets) {
            r->position = i + 1;
            return;
        }
    }
    truncated(r);
}

/* One attribute at the position; false where there is none any more. */
static bool
read_attribute(wu_xml_reader *r, unsigned depth)
{
    size_t start = r->position;
    wu_slice value, prefix, name;

    if (!read_name(r, &prefix, &name))
        return false;
    bool unprefixed = !prefix.n && name.p == r->text.p + start; /* ":x" has a prefix, which is empty */
    skip_space(r);
    if (r->position < r->text.n && r->text.p[r->position] != '=') {
        r->scope.remarks |= WU_XML_MALFORMED;
        return true;
    }
    r->position++;
    skip_space(r);
    if (r->position >= r->text.n) {
        truncated(r);
        return false;
    }
    uint8_t quote = r->text.p[r->position];
    if (quote != '"' && quote != '\'') {
        r->scope.remarks |= WU_XML_MALFORMED;
        return true;
    }
    size_t end = wu_slice_find_byte(r->text, r->position + 1, quote);
    value = wu_slice_of(r->text.p + r->position + 1, end - r->position - 1);
    if (end == r->text.n) {
        truncated(r);
        return false;
    }
    r->position = end + 1;

    if (wu_slice_is(prefix, "xmlns")) {
        wu_scope_bind(&r->scope, name, value);
    } else if (unprefixed && wu_slice_is(name, "xmlns")) {
        wu_scope_bind(&r->scope, prefix, value);
    } else if (r->attributes < WU_XML_MAX_ATTRIBUTES) {
        r->attribute[r->attributes++] = (wu_event){ .type = WU_EVENT_ATTRIBUTE, .prefix = prefix, .name = name,
                                                    .value = value, .depth = depth, .offset = start,
                                                    .length = r->position - start };
    } else {
        r->scope.remarks |= WU_XML_ATTRIBUTES;
    }
    return true;
}

/* The rest of a start tag. False when it is cut off. */
static bool
read_attributes(wu_xml_reader *r, unsigned depth)
{
    for (;;) {
        skip_space(r);
        if (r->position >= r->text.n) {
            truncated(r);
            return false;
        }
        uint8_t c = r->text.p[r->position];
        if (c == '>') {
            r->position++;
            return true;
        }
        if (c == '/') {
            r->to_close = r->position + 1 < r->text.n && r->text.p[r->position + 1] == '>';
            r->position++;
            continue;
        }
        if (c == '<') { /* the tag was never closed */
            r->scope.remarks |= WU_XML_MALFORMED;
            return true;
        }
        if (!read_attribute(r, depth)) {
            if (r->position >= r->text.n)
                return false;
            r->scope.remarks |= WU_XML_MALFORMED; /* a stray = or quote */
            r->position++;
        }
    }
}

static bool
read_start_tag(wu_xml_reader *r, wu_event *event)
{
    size_t start = r->position++;
    wu_slice prefix, name;

    read_name(r, &prefix, &name);
    wu_scope_open(&r->scope, prefix, name);
    r->attributes = r->reported = 0;
    if (r->position < r->text.n && r->text.p[r->position] == '>') {
        r->position++;
    } else if (!read_attributes(r, r->scope.depth)) {
        r->attributes = 0;
        return false;
    }
    r->tag = start;
    r->tag_length = r->position - start;
    *event = (wu_event){ .type = WU_EVENT_START, .prefix = prefix, .name = name, .depth = r->scope.depth,
                         .offset = start, .length = r->tag_length };
    return true;
}

/* Reports the end of the innermost open element. */
static void
close_element(wu_xml_reader *r, wu_event *event)
{
    unsigned depth = r->scope.depth;

    *event = (wu_event){ .type = WU_EVENT_END, .depth = depth, .offset = r->tag, .length = r->tag_length };
    if (depth <= WU_XML_MAX_DEPTH) {
        event->prefix = r->scope.open[depth - 1].prefix;
        event->name = r->scope.open[depth - 1].name;
    }
    wu_scope_close(&r->scope);
    r->to_close--;
}

static bool
same_name(const wu_scope *scope, unsigned depth, wu_slice prefix, wu_slice name)
{
    wu_slice p = scope->open[depth - 1].prefix, n = scope->open[depth - 1].name;
    return p.n == prefix.n && n.n == name.n && (!p.n || !memcmp(p.p, prefix.p, p.n)) &&
           (!n.n || !memcmp(n.p, name.p, n.n));
}

/* How many bytes an end tag at offset is long that closes the innermost open element and is written as the start tag was; 0
 * where another one, or something else, stands there. */
static size_t
plain_end_tag(const wu_xml_reader *r, size_t offset)
{
    unsigned depth = r->scope.depth;

    if (!depth || depth > WU_XML_MAX_DEPTH)
        return 0;
    wu_slice prefix = r->scope.open[depth - 1].prefix, name = r->scope.open[depth - 1].name;
    size_t n = (size_t)(name.p + name.n - prefix.p); /* both stand in the start tag, one behind the other */
    const uint8_t *p = r->text.p + offset;
    if (r->text.n - offset < n + 3 || p[0] != '<' || p[1] != '/' || p[n + 2] != '>' || memcmp(p + 2, prefix.p, n) != 0)
        return 0;
    return n + 3;
}

/* An end tag closes the innermost open element of its name, and with it whatever was left open inside. One that
 * matches nothing is left out. True when an element is to be closed. */
static bool
read_end_tag(wu_xml_reader *r)
{
    size_t start = r->position, plain = plain_end_tag(r, start);
    wu_slice prefix, name;

    if (plain) {
        r->position += plain;
        r->tag = start;
        r->tag_length = plain;
        r->to_close = 1;
        return true;
    }
    r->position += 2;
    read_name(r, &prefix, &name);
    skip_space(r);
    if (r->position >= r->text.n) {
        truncated(r);
        return false;
    }
    if (r->text.p[r->position] == '>')
        r->position++;
    else
        r->scope.remarks |= WU_XML_MALFORMED;
    r->tag = start;
    r->tag_length = r->position - start;

    unsigned depth = r->scope.depth;
    if (depth > WU_XML_MAX_DEPTH) { /* names are not kept down there: trust the tags */
        r->to_close = 1;
        return true;
    }
    while (depth && !same_name(&r->scope, depth, prefix, name))
        depth--;
    if (!depth || depth != r->scope.depth)
        r->scope.remarks |= WU_XML_MALFORMED;
    if (!depth)
        return false;
    r->to_close = r->scope.depth - depth + 1;
    return true;
}

/* Text up to the next markup. False when there is none. */
static bool
read_text(wu_xml_reader *r, wu_event *event)
{
    size_t start = r->position, end = wu_slice_find_byte(r->text, start, '<');

    r->position = end;
    if (end == start)
        return false;
    *event = (wu_event){ .type = WU_EVENT_TEXT, .value = wu_slice_of(r->text.p + start, end - start),
                         .depth = r->scope.depth, .offset = start, .length = end - start };
    return true;
}

static bool
read_cdata(wu_xml_reader *r, wu_event *event)
{
    size_t start = r->position, end = wu_slice_find(r->text, start + 9, "]]>");

    *event = (wu_event){ .type = WU_EVENT_TEXT, .value = wu_slice_of(r->text.p + start + 9, end - start - 9),
                         .form = WU_TEXT_PLAIN, .depth = r->scope.depth, .offset = start };
    if (end == r->text.n)
        truncated(r);
    else
        r->position = end + 3;
    event->length = r->position - start;
    return true;
}

static bool
at(const wu_xml_reader *r, const char *text)
{
    size_t n = strlen(text);
    return r->text.n - r->position >= n && !memcmp(r->text.p + r->position, text, n);
}

/* What begins with '<'. True when it makes an event. */
static bool
read_markup(wu_xml_reader *r, wu_event *event)
{
    size_t start = r->position;
    uint8_t c = start + 1 < r->text.n ? r->text.p[start + 1] : 0;

    if (c == '/')
        return read_end_tag(r) && (close_element(r, event), true);
    if (c == '!') {
        if (at(r, "<!--"))
            skip_past(r, start + 4, "-->");
        else if (at(r, "<![CDATA["))
            return read_cdata(r, event);
        else
            skip_doctype(r);
        return false;
    }
    if (c == '?') {
        skip_past(r, start + 2, "?>");
        return false;
    }
    if (start + 1 >= r->text.n) {
        truncated(r);
        return false;
    }
    if (in_name[c] == ENDS) { /* a stray < */
        r->scope.remarks |= WU_XML_MALFORMED;
        r->position++;
        return false;
    }
    return read_start_tag(r, event);
}

static bool
next_event(wu_xml_reader *r, wu_event *event)
{
    if (r->reported < r->attributes) {
        *event = r->attribute[r->reported++];
        return true;
    }
    if (r->to_close) {
        close_element(r, event);
        return true;
    }
    while (r->position < r->text.n) {
        if (read_text(r, event))
            return true;
        if (r->position < r->text.n && read_markup(r, event))
            return true;
    }
    return false;
}

/* The end of the name that begins at p, behind its prefix: *name is where the name itself begins. */
static const uint8_t *
end_of_name(const uint8_t *p, const uint8_t *end, const uint8_t **name)
{
    *name = p;
    while (p < end && !in_name[*p])
        p++;
    if (p < end && *p == ':') {
        *name = ++p;
        while (p < end && in_name[*p] != ENDS)
            p++;
    }
    return p;
}

/* The bytes of a start tag without attributes, 0 where something else stands; *name is where its name begins, behind a prefix. */
static inline size_t
plain_start_tag(const uint8_t *start, size_t left, const uint8_t **name)
{
    if (in_name[start[1]] == ENDS || start[1] == '!' || start[1] == '?')
        return 0;
    const uint8_t *p = end_of_name(start + 1, start + left, name);
    size_t n = (size_t)(p - start) + 1;
    return n < left && *p == '>' ? n : 0;
}

/* The bytes of the text between a start tag of n bytes and its end tag; false where something else is between them. */
static inline bool
plain_text(const uint8_t *start, size_t n, size_t left, size_t *text)
{
    const uint8_t *close = memchr(start + n, '<', left - n);

    if (!close || (size_t)(start + left - close) <= n || close[1] != '/' || memcmp(close + 2, start + 1, n - 1) != 0)
        return false;
    *text = (size_t)(close - start) - n;
    return true;
}

/* Whether nothing more is to be told of the last tag: an element that begins here can be taken as a whole. */
static inline bool
at_whole(const wu_xml_reader *r)
{
    return r->reported >= r->attributes && !r->to_close;
}

static inline bool
is_too_deep(const wu_xml_reader *r)
{
    return r->scope.depth >= WU_XML_MAX_DEPTH;
}

/* Of what is too deep nothing is told: elements with nothing but text in them are stepped over, most of a document. */
static bool
step_over(wu_xml_reader *r)
{
    const uint8_t *start = r->text.p + r->position, *name;
    size_t left = r->text.n - r->position, text;

    if (!is_too_deep(r) || !at_whole(r) || left < 4 || *start != '<')
        return false;
    size_t n = plain_start_tag(start, left, &name);
    if (!n || !plain_text(start, n, left, &text))
        return false;
    r->position += n + text + n + 1;
    r->scope.remarks |= WU_XML_TOO_DEEP;
    return true;
}

void
wu_xml_next(wu_xml_reader *r, wu_event *event)
{
    do {
        while (step_over(r))
            ;
        if (!next_event(r, event)) {
            if (r->scope.depth)
                r->scope.remarks |= WU_XML_TRUNCATED;
            *event = (wu_event){ .type = WU_EVENT_DONE, .offset = r->text.n };
            return;
        }
    } while (event->depth > WU_XML_MAX_DEPTH);
}

bool
wu_xml_skip(wu_xml_reader *r, wu_slice leaves)
{
    if (!at_whole(r) || is_too_deep(r) || r->text.n - r->position < leaves.n || memcmp(r->text.p + r->position, leaves.p, leaves.n) != 0)
        return false;
    r->position += leaves.n;
    return true;
}

/* A plain end tag. */
static enum wu_xml_plain_kind
close_plain(wu_xml_reader *r, wu_xml_plain *plain)
{
    size_t n = plain_end_tag(r, r->position);

    if (!n)
        return WU_XML_OTHER;
    wu_slice prefix = r->scope.open[r->scope.depth - 1].prefix, name = r->scope.open[r->scope.depth - 1].name;
    plain->tag = wu_slice_of(r->text.p + r->position, n);
    plain->name = wu_slice_of(plain->tag.p + 2 + (name.p - prefix.p), name.n);
    plain->offset = r->position;
    r->position += n;
    wu_scope_close(&r->scope);
    return WU_XML_CLOSED;
}

/* The start tag that was read is that of an element that holds more than text, or something broken. */
static enum wu_xml_plain_kind
open_plain(wu_xml_reader *r, const wu_xml_plain *plain)
{
    const uint8_t *prefix = plain->tag.p + 1;

    wu_scope_open(&r->scope, wu_slice_of(prefix, plain->name.p > prefix ? (size_t)(plain->name.p - prefix) - 1 : 0), plain->name);
    r->tag = r->position;
    r->tag_length = plain->tag.n;
    r->position += plain->tag.n;
    return WU_XML_OPENED;
}

enum wu_xml_plain_kind
wu_xml_next_plain(wu_xml_reader *r, const wu_xml_plain *like, wu_xml_plain *plain)
{
    const uint8_t *start = r->text.p + r->position, *name;
    size_t left = r->text.n - r->position, n, text; /* n: of the start tag */

    if (!at_whole(r) || is_too_deep(r) || left < 4 || *start != '<')
        return WU_XML_OTHER;
    if (start[1] == '/')
        return close_plain(r, plain);
    plain->alike = like->tag.n && left > like->tag.n && !memcmp(start, like->tag.p, like->tag.n);
    if (plain->alike) {
        n = like->tag.n;
        name = start + (like->name.p - like->tag.p);
    } else {
        n = plain_start_tag(start, left, &name);
        if (!n)
            return WU_XML_OTHER;
    }
    plain->tag = wu_slice_of(start, n);
    plain->name = wu_slice_of(name, (size_t)(start + n - 1 - name));
    plain->offset = r->position;
    if (!plain_text(start, n, left, &text))
        return open_plain(r, plain);
    plain->text = wu_slice_of(start + n, text);
    r->position += n + plain->text.n + n + 1;
    return WU_XML_LEAF;
}
