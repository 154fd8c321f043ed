/* message.c
 * The reader of envelopes and faults.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "message.h"

#include "message_fields.h"
#include "message_text.h"
#include "reader.h"

/* Where the texts of a fault go. Names are unique enough to be told apart by parent and element. */
enum fault_part {
    PART_CODE, PART_SUBCODE, PART_REASON, PART_ACTOR, PART_NODE, PART_ERROR_CODE, PART_MESSAGE, PART_ID, PART_METHOD,
    PART_EXCEPTION_TYPE, PART_EXCEPTION_MESSAGE, PART_EXCEPTION_STACK
};

static const struct {
    const char *parent, *name;
    enum fault_part part;
} fault_parts[] = {
    { "Fault", "faultcode", PART_CODE },
    { "Code", "Value", PART_CODE },
    { "Subcode", "Value", PART_SUBCODE },
    { "Fault", "faultstring", PART_REASON },
    { "Reason", "Text", PART_REASON },
    { "Fault", "faultactor", PART_ACTOR },
    { "Fault", "Role", PART_ACTOR },
    { "Fault", "Node", PART_NODE },
    { "ExceptionDetail", "Type", PART_EXCEPTION_TYPE },
    { "ExceptionDetail", "Message", PART_EXCEPTION_MESSAGE },
    { "ExceptionDetail", "StackTrace", PART_EXCEPTION_STACK },
    { "InnerException", "Type", PART_EXCEPTION_TYPE },
    { "InnerException", "Message", PART_EXCEPTION_MESSAGE },
    { "InnerException", "StackTrace", PART_EXCEPTION_STACK },
};

/* An open element of the envelope. */
typedef struct {
    wu_slice name;
    wu_part text, language;
    unsigned children, exception;
    bool counted; /* it began the exception of that number */
} envelope_element;

#define MAX_ENVELOPE 32u /* levels of envelope and fault that are told apart */

typedef struct {
    wu_message *m;
    wu_reader *reader;
    wu_gathered text;
    envelope_element open[MAX_ENVELOPE];
    unsigned level;
    bool in_header, in_body, in_fault;
    unsigned detail_level; /* of the detail of a fault, 0: not inside one */
} envelope;

static enum wu_soap_version
soap_version(wu_slice name_space)
{
    if (wu_slice_is(name_space, "http://schemas.xmlsoap.org/soap/envelope/"))
        return WU_SOAP_1_1;
    if (wu_slice_is(name_space, "http://www.w3.org/2003/05/soap-envelope"))
        return WU_SOAP_1_2;
    return WU_SOAP_NONE;
}

/* The detail element is spelt in both cases: "detail" by SOAP 1.1, "Detail" by 1.2 and by [MS-WSUSSS]. */
static bool
parent_is(const envelope *v, const char *parent)
{
    wu_slice name = v->open[v->level - 2].name;
    return wu_slice_is(name, parent) || (!strcmp(parent, "detail") && wu_slice_is(name, "Detail"));
}

static void
fault_code(wu_message *m, const wu_code_found *found)
{
    wu_fault *f = &m->fault;

    for (unsigned i = 0; i < f->codes; i++)
        if (f->found[i].code == found->code && f->found[i].space == found->space)
            return;
    if (f->codes < WU_MAX_FAULT_CODES)
        f->found[f->codes++] = *found;
    else
        m->remarks |= WU_MESSAGE_CODES;
}

/* Codes of an element, or of an attribute of the element `owner`. */
static void
scan_fault_text(wu_message *m, wu_slice owner, wu_slice name, const wu_part *value)
{
    bool in_document = !m->binary && value->length == value->text.n;
    wu_code_found found = { .space = WU_AS_HRESULT, .source = WU_FOUND_SOAP_FAULT, .offset = value->offset,
                            .length = value->length };
    wu_value_finder finder;
    wu_found hit;

    if (wu_code_of_element(name, value->text, &found.code)) {
        fault_code(m, &found);
        return;
    }
    wu_value_finder_start(&finder, owner, name, value->text);
    while (wu_value_finder_next(&finder, &hit)) {
        found = (wu_code_found){ hit.code, hit.space, WU_FOUND_SOAP_FAULT, value->offset, value->length };
        if (in_document) {
            found.offset += hit.offset;
            found.length = hit.length;
        }
        fault_code(m, &found);
    }
}

static void
store_part(envelope *v, enum fault_part part, const envelope_element *e)
{
    wu_fault *f = &v->m->fault;
    unsigned exception = v->open[v->level - 2].exception;

    switch (part) {
    case PART_CODE:
        f->code = e->text;
        break;
    case PART_SUBCODE:
        if (f->subcodes < WU_MAX_SUBCODES)
            f->subcode[f->subcodes++] = e->text;
        break;
    case PART_REASON:
        if (f->reasons < WU_MAX_REASONS) {
            f->language[f->reasons] = e->language;
            f->reason[f->reasons++] = e->text;
        }
        break;
    case PART_ACTOR:
        f->actor = e->text;
        break;
    case PART_NODE:
        f->node = e->text;
        break;
    case PART_ERROR_CODE:
        f->error_code = e->text;
        break;
    case PART_MESSAGE:
        f->message = e->text;
        break;
    case PART_ID:
        f->id = e->text;
        break;
    case PART_METHOD:
        f->method = e->text;
        break;
    case PART_EXCEPTION_TYPE:
        f->exception[exception].type = e->text;
        break;
    case PART_EXCEPTION_MESSAGE:
        f->exception[exception].message = e->text;
        break;
    case PART_EXCEPTION_STACK:
        f->exception[exception].stack = e->text;
        break;
    }
}

/* What a detail says stands directly in it, or deeper: in the element of a typed fault. What stands directly in it counts, or
 * the first of a name. True when it is an identifier, which holds no codes. */
static bool
store_detail_part(envelope *v, const envelope_element *e)
{
    static const struct {
        const char *name;
        enum fault_part part;
    } names[] = { { "ErrorCode", PART_ERROR_CODE }, { "Message", PART_MESSAGE }, { "ID", PART_ID }, { "Method", PART_METHOD } };
    const wu_fault *f = &v->m->fault;
    const wu_part *const stored[] = { &f->error_code, &f->message, &f->id, &f->method };
    bool direct = v->level == v->detail_level + 1;

    if (!v->detail_level || v->level <= v->detail_level)
        return false;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (wu_slice_is(e->name, names[i].name)) {
            if (direct || !stored[i]->text.p)
                store_part(v, names[i].part, e);
            return direct && (names[i].part == PART_ID || names[i].part == PART_METHOD);
        }
    return false;
}

static void
end_fault_element(envelope *v)
{
    const envelope_element *e = &v->open[v->level - 1];
    wu_fault *f = &v->m->fault;
    bool stored = false;

    if (!e->children && !e->text.text.p && e->counted && f->exceptions == e->exception + 1 &&
        !f->exception[e->exception].type.text.p && !f->exception[e->exception].message.text.p)
        f->exceptions--; /* an empty one says that there is none */
    if (e->children || !e->text.text.p)
        return;
    for (unsigned i = 0; i < sizeof fault_parts / sizeof *fault_parts; i++)
        if (wu_slice_is(e->name, fault_parts[i].name) && parent_is(v, fault_parts[i].parent)) {
            store_part(v, fault_parts[i].part, e);
            stored = true;
            break;
        }
    if (!stored && store_detail_part(v, e))
        return;
    scan_fault_text(v->m, (wu_slice){ NULL, 0 }, e->name, &e->text);
}

/* A reason that the end of the document cuts off is worth showing, and codes in its whole words too. */
static void
end_cut_text(envelope *v)
{
    envelope_element *e = v->level && v->level <= MAX_ENVELOPE ? &v->open[v->level - 1] : NULL;

    if (!e || e->children || v->level < 4 || !v->text.part.text.p)
        return;
    e->text = wu_gathered_take(&v->text, v->m);
    if (!(wu_slice_is(e->name, "faultstring") && parent_is(v, "Fault")) &&
        !(wu_slice_is(e->name, "Text") && parent_is(v, "Reason")))
        return;
    store_part(v, PART_REASON, e);
    wu_part whole = e->text;
    while (whole.text.n && !wu_is_space(whole.text.p[whole.text.n - 1]))
        whole.text.n--;
    if (e->text.length == e->text.text.n)
        whole.length = whole.text.n;
    scan_fault_text(v->m, (wu_slice){ NULL, 0 }, e->name, &whole);
}

/* Exceptions are numbered from the outermost to the innermost; the innermost beyond the limit overwrite each other. */
static void
start_exception(envelope *v, envelope_element *e)
{
    wu_fault *f = &v->m->fault;

    e->exception = v->open[v->level - 2].exception;
    if (wu_slice_is(e->name, "ExceptionDetail") || wu_slice_is(e->name, "InnerException") ||
        (wu_slice_is(e->name, "Exception") && parent_is(v, "detail"))) {
        e->counted = f->exceptions < WU_MAX_EXCEPTIONS;
        f->exceptions += e->counted;
        e->exception = f->exceptions - 1;
    }
}

static void
end_header_element(envelope *v)
{
    const envelope_element *e = &v->open[v->level - 1];
    wu_message *m = v->m;

    if (e->children || !e->text.text.p || v->level != 3)
        return;
    if (wu_slice_is(e->name, "Action"))
        m->action = e->text;
    else if (wu_slice_is(e->name, "MessageID"))
        m->message_id = e->text;
    else if (wu_slice_is(e->name, "RelatesTo"))
        m->relates_to = e->text;
    else if (wu_slice_is(e->name, "To"))
        m->to = e->text;
}

/* The first element of the body: the operation, or a fault. */
static void
start_body_child(envelope *v, const wu_event *event)
{
    wu_message *m = v->m;
    wu_slice name_space = wu_scope_namespace(wu_reader_scope(v->reader), event->prefix);

    if (m->operation.p)
        return;
    m->operation = m->binary ? wu_message_keep(m, event->name) : event->name;
    m->operation_namespace = m->binary && name_space.n ? wu_message_keep(m, name_space) : name_space;
    m->operation_offset = event->offset;
    m->operation_length = event->length;
    if (wu_slice_is(event->name, "Fault") && (soap_version(name_space) != WU_SOAP_NONE || !name_space.n)) {
        m->is_fault = true;
        m->fault.offset = event->offset;
        m->fault.length = event->length;
        v->in_fault = true;
    }
}

/* Elements of the envelope itself and of faults. False when the document is no SOAP envelope. */
static bool
start_envelope_element(envelope *v, const wu_event *event)
{
    if (v->level && v->level <= MAX_ENVELOPE)
        v->open[v->level - 1].children++;
    wu_gathered_forget(&v->text);
    if (v->level++ >= MAX_ENVELOPE)
        return true;
    envelope_element *e = &v->open[v->level - 1];
    *e = (envelope_element){ .name = event->name };

    if (v->level == 1) {
        v->m->version = soap_version(wu_scope_namespace(wu_reader_scope(v->reader), event->prefix));
        return wu_slice_is(event->name, "Envelope") && v->m->version != WU_SOAP_NONE;
    }
    if (v->level == 2) {
        v->in_header = wu_slice_is(event->name, "Header");
        v->in_body = wu_slice_is(event->name, "Body");
    } else if (v->in_fault && v->level > 3) {
        if (!v->detail_level && wu_slice_is_nocase(e->name, "detail"))
            v->detail_level = v->level;
        start_exception(v, e);
    }
    return true;
}

static void
envelope_attribute(envelope *v, const wu_event *event)
{
    envelope_element *e = v->level && v->level <= MAX_ENVELOPE ? &v->open[v->level - 1] : NULL;
    wu_part value = { .form = event->form, .offset = event->offset, .length = event->length };

    if (!e || !v->in_fault)
        return;
    value.text = v->m->binary ? wu_message_keep(v->m, event->value) : event->value;
    if (wu_slice_is(event->name, "lang"))
        e->language = value;
    if (!v->detail_level || v->level <= v->detail_level)
        return;
    if (wu_slice_is(e->name, "Exception") && parent_is(v, "detail")) {
        if (wu_slice_is(event->name, "Type"))
            v->m->fault.exception[e->exception].type = value;
        else if (wu_slice_is(event->name, "Message"))
            v->m->fault.exception[e->exception].message = value;
    }
    scan_fault_text(v->m, e->name, event->name, &value);
}

static void
end_envelope_element(envelope *v, const wu_event *event)
{
    if (v->level && v->level <= MAX_ENVELOPE) {
        v->open[v->level - 1].text = wu_gathered_take(&v->text, v->m);
        if (v->in_fault && v->level > 3)
            end_fault_element(v);
        else if (v->in_header)
            end_header_element(v);
        if (v->level == v->detail_level)
            v->detail_level = 0;
        if (v->level == 3 && v->in_fault) {
            v->m->fault.length = event->offset + event->length - v->m->fault.offset;
            v->in_fault = false;
        }
    }
    v->level--;
}

static void
envelope_event(envelope *v, const wu_event *event)
{
    switch (event->type) {
    case WU_EVENT_ATTRIBUTE:
        envelope_attribute(v, event);
        break;
    case WU_EVENT_TEXT:
        if (v->level && v->level <= MAX_ENVELOPE && (v->in_fault || v->in_header))
            wu_gathered_add(&v->text, v->m, event);
        break;
    case WU_EVENT_END:
        end_envelope_element(v, event);
        break;
    default:
        break;
    }
}

/* What the tables describe: the operation, and in headers the tickets of users and devices. */
static bool
is_described(const envelope *v, const wu_event *event, bool fields, bool *root_rule)
{
    *root_rule = fields && v->in_header && wu_slice_is(event->name, "TicketType");
    return *root_rule || (v->in_body && v->level == 2 && !v->m->is_fault);
}

static void
read_envelope(envelope *v, const wu_message_options *options)
{
    wu_message *m = v->m;
    wu_fields_reader *fields = NULL; /* while inside something that the tables describe */
    wu_event event;
    bool root_rule;

    for (wu_reader_next(v->reader, &event); event.type != WU_EVENT_DONE; wu_reader_next(v->reader, &event)) {
        if (fields) {
            if (!wu_fields_event(fields, &event) || (!m->binary && !wu_fields_plain(fields, &v->reader->u.text))) {
                wu_fields_finish(fields);
                fields = NULL;
            }
            continue;
        }
        if (event.type != WU_EVENT_START) {
            envelope_event(v, &event);
            if (event.type == WU_EVENT_END && !v->level)
                break; /* nothing behind the envelope belongs to it */
            continue;
        }
        if (v->in_body && v->level == 2)
            start_body_child(v, &event);
        if (is_described(v, &event, options->fields, &root_rule)) {
            if (!options->fields && v->in_body)
                break; /* the operation is known, and nothing else is wanted */
            fields = wu_fields_start(m, options, root_rule);
            wu_fields_event(fields, &event);
        } else if (!start_envelope_element(v, &event)) {
            m->version = WU_SOAP_NONE;
            break;
        }
    }
    if (fields)
        wu_fields_finish(fields);
    if (v->in_fault) { /* cut off inside the fault */
        m->fault.length = event.offset - m->fault.offset;
        end_cut_text(v);
    }
    wu_gathered_forget(&v->text);
}

void
wu_message_read(wu_message *m, wu_slice body, const wu_message_options *options)
{
    wu_reader reader;
    envelope v = { .m = m, .reader = &reader };

    memset(m, 0, offsetof(wu_message, fault.found)); /* the codes of a fault are written before they are read */
    m->binary = options->binary;
    m->items = g_array_new(FALSE, FALSE, sizeof(wu_item));
    if (!m->binary)
        m->charset = wu_text_charset(body);
    if (options->fields && options->fragments != WU_FRAGMENTS_NONE) {
        /* a fragment is never longer than its escaped form, and each has tags around it for the line feed behind it;
         * a binary document may hold it in UTF-16, whose UTF-8 form is at most three halves as long */
        m->fragments_room = m->binary ? body.n * 2 : body.n;
        m->fragments = g_byte_array_new();
    }
    wu_reader_start(&reader, body, options->binary, options->session);
    read_envelope(&v, options);
    m->remarks |= wu_reader_scope(&reader)->remarks;
    wu_reader_finish(&reader);
}

void
wu_message_free(wu_message *m)
{
    if (m->items)
        g_array_free(m->items, TRUE);
    if (m->fragments)
        g_byte_array_free(m->fragments, TRUE);
    if (m->pool)
        g_string_chunk_free(m->pool);
    m->items = NULL;
    m->fragments = NULL;
    m->pool = NULL;
}

wu_slice
wu_message_operation(wu_slice element, bool *response)
{
    *response = element.n > 8 && wu_slice_ends_nocase(element, "Response");
    return *response ? wu_slice_of(element.p, element.n - 8) : element;
}

/* By the reader itself, so that both agree on what the root element is. */
static bool
root_is_envelope(wu_slice body)
{
    wu_xml_reader reader;
    wu_event event;

    wu_xml_start(&reader, body);
    do
        wu_xml_next(&reader, &event);
    while (event.type != WU_EVENT_START && event.type != WU_EVENT_DONE);
    return event.type == WU_EVENT_START && wu_slice_is(event.name, "Envelope");
}

bool
wu_message_worth_reading(wu_slice body)
{
    return root_is_envelope(body) &&
           (wu_slice_find(body, 0, "/SoftwareDistribution") < body.n || wu_slice_find(body, 0, "Fault") < body.n);
}
