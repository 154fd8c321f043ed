/* record.c
 * One record of -z wsus,records as JSON: what the halves of an exchange say, put together in one line.
 * Long because a record has many members, each with a few lines of its own.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/to_str.h>

#include "core/json_writer.h"
#include "core/wusp.h"

#define MAX_TEXT 1024 /* bytes of a text of a fault */

/* Parts of a record that a message gives, as JSON. */
enum record_part {
    PART_ENDS,     /* client, server, port, host, as members */
    PART_COMPUTER, /* a value */
    PART_SAID,     /* a value */
    PART_CODES, PART_EVENTS, PART_FINDINGS, PART_FILES, /* the inside of arrays, "" where empty */
    PART_FETCHED,  /* fetched and title, as members */
    PART_RESULT,   /* of a response: status, outcome, fault, as members */
    RECORD_PARTS
};

/* What a message gives to a record, written when it comes: a packet's texts do not live longer than the packet. */
struct record_half {
    guint32 frame;
    nstime_t time;
    const char *connection; /* of a connection that failed: its outcome, constant; with first_frame and duration */
    guint32 first_frame;
    nstime_t duration;
    GString *text;             /* the parts, each with a line feed in front */
    size_t end[RECORD_PARTS];  /* of each in the text */
};

static wu_slice
part_of(const record_half *h, enum record_part part)
{
    size_t start = part ? h->end[part - 1] : 0;

    return wu_slice_of(h->text->str + start + 1, h->end[part] - start - 1);
}

static void
put_part(GString *out, const char *name, const record_half *half, enum record_part part)
{
    wu_slice text = part_of(half, part);

    wu_json_raw(out, name, (const char *)text.p, text.n);
}

/* ---- texts ---- */

static void
put(GString *out, const char *name, const char *text)
{
    wu_json_ascii(out, name, text, strlen(text));
}

static const char *
enum_name(unsigned names, uint32_t value)
{
    for (size_t i = 0; i < WU_N_ENUM_VALUES; i++)
        if (wu_enum_values[i].names == names && wu_enum_values[i].value == value)
            return wu_text(wu_enum_values[i].name);
    return "";
}

static void
put_utc(GString *out, const nstime_t *time)
{
    char text[WU_UTC_TEXT];

    put(out, "utc", wu_text_utc(time->secs, time->nsecs / 1000, text));
}

/* A decimal fraction of a second, with nine places. */
static void
put_seconds(GString *out, const char *name, const nstime_t *time)
{
    bool negative = time->secs < 0 || time->nsecs < 0;
    unsigned nanoseconds = (unsigned)(time->nsecs < 0 ? -time->nsecs : time->nsecs);
    char fraction[10] = ".";

    wu_json_raw(out, name, "-", negative);
    wu_json_digits(out, (guint64)(time->secs < 0 ? -(gint64)time->secs : time->secs));
    for (unsigned i = 9; i > 0; i--, nanoseconds /= 10)
        fraction[i] = (char)('0' + nanoseconds % 10);
    g_string_append_len(out, fraction, sizeof fraction);
}

/* ---- codes ---- */

static void
put_code(wmem_allocator_t *scope, GString *out, const verdict_code *c)
{
    static const char *const sources[] = { "", "HTTP status", "SOAP fault", "XML element", "Event report", "Text",
                                           "Connection" };
    static const char *const bases[] = { "", "documented", "inferred", "guess" };
    wu_reading reading;
    bool known = wu_code_readings(c->code, c->space, &reading, 1) > 0;

    wu_json_begin(out, NULL, '{');
    put(out, "code", code_number(scope, c->code, c->space));
    put(out, "symbol", known ? reading.symbol : "");
    put(out, "family", wu_family_names[known ? reading.family : WU_FAMILY_UNKNOWN]);
    put(out, "text", known ? reading.text : "");
    put(out, "check", known ? reading.hint : "");
    wu_json_bool(out, "derived", c->derived);
    put(out, "basis", c->derived && c->basis < array_length(bases) ? bases[c->basis] : "");
    put(out, "because", c->because ? c->because : "");
    put(out, "source", c->source < array_length(sources) ? sources[c->source] : "");
    wu_json_bool(out, "error", c->error);
    wu_json_end(out, '}');
}

static void
put_codes(GString *out, const verdict *v)
{
    for (unsigned i = 0; i < v->n_codes; i++)
        put_code(v->pinfo->pool, out, &v->codes[i]);
}

/* ---- events of reports ---- */

typedef struct {
    const wu_item *id, *update, *revision, *time, *code, *outcome;
} event_parts;

/* What happened, as the Info column has it. */
static const char *
event_text(const verdict *v, const event_parts *e)
{
    bool failed = e->outcome && e->outcome->number == WU_OUTCOME_FAIL;
    const char *what = e->id ? verdict_value(v, e->id) : failed ? "event failed" : "event";

    if (!g_ascii_isdigit(*what))
        return what;
    return wmem_strdup_printf(v->pinfo->pool, "event %s%s", what, failed ? " failed" : "");
}

static void
put_event(GString *out, const verdict *v, const event_parts *e)
{
    static const char *const outcomes[] = { "information", "success", "failed", "sources differ" };
    wu_reading reading;
    bool known = e->code && wu_code_readings(e->code->number, (enum wu_space)e->code->space, &reading, 1) > 0;

    wu_json_begin(out, NULL, '{');
    put(out, "event", event_text(v, e));
    put(out, "outcome", e->outcome && e->outcome->number < array_length(outcomes) ? outcomes[e->outcome->number] : "");
    put(out, "update", e->update ? verdict_value(v, e->update) : "");
    put(out, "revision", e->revision ? verdict_value(v, e->revision) : "");
    put(out, "time", e->time ? verdict_value(v, e->time) : "");
    put(out, "code", e->code ? code_number(v->pinfo->pool, e->code->number, (enum wu_space)e->code->space) : "");
    put(out, "symbol", known ? reading.symbol : "");
    wu_json_end(out, '}');
}

static bool
is_failure_code(const wu_item *item)
{
    return (item->number & 0x80000000u) != 0;
}

/* The code of an event is its first one that tells of a failure, else its first one. */
static void
note_event_item(event_parts *e, const wu_item *item)
{
    switch (item->field) {
    case WU_F_EVENT_ID:
        e->id = item;
        break;
    case WU_F_UPDATE_ID:
        e->update = item;
        break;
    case WU_F_REVISION_NUMBER:
        e->revision = item;
        break;
    case WU_F_EVENT_TIME:
        e->time = item;
        break;
    case WU_F_EVENT_OUTCOME:
        e->outcome = item;
        break;
    case WU_ITEM_CODE:
        if (!e->code || (is_failure_code(item) && !is_failure_code(e->code)))
            e->code = item;
        break;
    default:
        break;
    }
}

static void
put_events(GString *out, const verdict *v)
{
    const wu_message *message = v->x && v->m->request ? v->m->message : NULL;
    const GArray *items = message && wu_message_has(message, WU_F_EVENT) ? message->items : NULL;
    event_parts event = { 0 };
    bool in_event = false;

    for (guint i = 0; items && i < items->len; i++) {
        const wu_item *item = &g_array_index(items, wu_item, i);
        if (item->field == WU_F_EVENT) {
            if (in_event)
                put_event(out, v, &event);
            memset(&event, 0, sizeof event);
            in_event = true;
        } else if (in_event) {
            note_event_item(&event, item);
        }
    }
    if (in_event)
        put_event(out, v, &event);
}

/* ---- halves ---- */

static void
put_findings(GString *out, const verdict *v)
{
    for (size_t i = 0; i < v->n_findings; i++)
        put(out, NULL, enum_name(wu_fields[WU_F_FINDING].names, v->findings[i].kind));
}

/* The files that a message describes, by the keys that downloads are known by: digest in hexadecimal, or name. */
static void
put_files(GString *out, const verdict *v)
{
    const wu_message *m = v->x && !v->m->request ? v->m->message : NULL;
    bool described = m && (wu_message_has(m, WU_F_FILE_DIGEST) || wu_message_has(m, WU_F_FILE_URL) || wu_message_has(m, WU_F_DSS_MU_URL));
    const GArray *items = described ? m->items : NULL;

    for (guint i = 0; items && i < items->len; i++) {
        const wu_item *item = &g_array_index(items, wu_item, i);
        if (item->field == WU_F_FILE_DIGEST) {
            const char *digest = exchange_digest(v->pinfo->pool, item->text);
            put(out, NULL, digest ? digest : "");
        } else if (item->field == WU_F_FILE_URL || item->field == WU_F_DSS_MU_URL) {
            wu_slice name = wu_content_name(item->text);
            wu_json_ascii(out, NULL, (const char *)name.p, name.n);
        }
    }
}

/* The file that an exchange fetches, by the same key, and the title of its update, where earlier messages told it. */
static void
put_fetched(GString *out, const wsus_exchange *x, packet_info *pinfo)
{
    bool fetches = x && x->target && wu_services[x->service].http;
    const known_file *file = fetches ? exchange_file_of(pinfo, x) : NULL;
    wu_slice name = fetches ? wu_content_name(wu_slice_text(x->target)) : wu_slice_of(NULL, 0);

    if (fetches && x->digest)
        name = wu_slice_text(x->digest);
    wu_json_ascii(out, "fetched", (const char *)name.p, name.n);
    put(out, "title", file && file->update && file->update->title ? file->update->title : "");
}

static void
put_endpoints(wmem_allocator_t *scope, GString *out, const wu_connection_outcome *o)
{
    char text[WU_ADDRESS_TEXT];

    put(out, "client", wu_address_text(&o->client.address, text));
    put(out, "server", wu_address_text(&o->server.address, text));
    wu_json_number(out, "port", o->server.port);
    put(out, "host", !o->port || !*o->name ? o->name
                     : wmem_strdup_printf(scope, strchr(o->name, ':') ? "[%s]:%u" : "%s:%u", o->name, o->port));
}

static void
put_ends(GString *out, const verdict *v)
{
    const packet_info *pinfo = v->pinfo;

    if (v->connection) {
        put_endpoints(pinfo->pool, out, v->connection);
        return;
    }
    bool asks = report_by_client(v);

    put(out, "client", address_to_str(pinfo->pool, asks ? &pinfo->src : &pinfo->dst));
    put(out, "server", address_to_str(pinfo->pool, asks ? &pinfo->dst : &pinfo->src));
    wu_json_number(out, "port", asks ? pinfo->destport : pinfo->srcport);
    put(out, "host", v->x && v->x->host ? v->x->host : "");
}

/* ---- records ---- */

/* The list of both halves. */
static void
put_list(GString *out, const char *name, const record_half *request, const record_half *response, enum record_part part)
{
    wu_slice first = request ? part_of(request, part) : wu_slice_of(NULL, 0);
    wu_slice second = response ? part_of(response, part) : wu_slice_of(NULL, 0);

    wu_json_begin(out, name, '[');
    if (first.n)
        wu_json_raw(out, NULL, (const char *)first.p, first.n);
    if (second.n)
        wu_json_raw(out, NULL, (const char *)second.p, second.n);
    wu_json_end(out, ']');
}

static void
put_said(GString *out, const char *name, const record_half *half)
{
    if (half)
        put_part(out, name, half, PART_SAID);
    else
        put(out, name, "");
}

/* ErrorCode, else the innermost code; and what the fault says. */
static void
put_fault(GString *out, const verdict *v)
{
    wmem_allocator_t *scope = v->pinfo->pool;
    const wu_message *message = v->m->message;
    const wu_fault *f = &message->fault;
    const wu_part *innermost = f->subcodes ? &f->subcode[f->subcodes - 1] : &f->code;
    const wu_part *detail = f->message.text.n ? &f->message : f->reasons ? &f->reason[0] : NULL;

    put(out, "fault", f->error_code.text.n  ? message_line(scope, message, &f->error_code, MAX_TEXT)
                      : innermost->text.n ? message_code_text(scope, message, innermost) : "fault");
    put(out, "detail", detail ? message_line(scope, message, detail, MAX_TEXT) : "");
    put(out, "recovery", v->recovery ? v->next_step : "");
}

static const char *
outcome_text(const verdict *v)
{
    switch (v->outcome) {
    case OUTCOME_CONNECTION:
        return "connection failed";
    case OUTCOME_SUCCESS:
        return "success";
    case OUTCOME_RECOVERY:
        return "recovery";
    case OUTCOME_HTTP_ERROR:
        return "http error";
    case OUTCOME_FAULT:
        return "fault";
    default:
        return v->fault ? "fault" : "no response";
    }
}

/* What came of the exchange. */
static void
put_result(GString *out, const verdict *v)
{
    if (v->m->request && v->x)
        return;
    wu_json_number(out, "status", v->connection ? v->connection->status
                                  : v->m->have_head && !v->m->request ? v->m->head.status : 0);
    put(out, "outcome", outcome_text(v));
    if (v->fault) {
        put_fault(out, v);
        return;
    }
    put(out, "fault", "");
    put(out, "detail", "");
    put(out, "recovery", "");
}

/* A failure of a connection is told when it is certain, which may be later than it happened. */
static void
use_times(record_half *h, const wu_connection_outcome *o)
{
    int64_t took = o->time - o->first_time;

    h->connection = wu_outcome_name(o->outcome);
    h->first_frame = o->first_frame;
    h->time.secs = (time_t)(o->time / 1000000000);
    h->time.nsecs = (int)(o->time % 1000000000);
    h->duration.secs = (time_t)(took / 1000000000);
    h->duration.nsecs = (int)(took % 1000000000);
}

static void
write_part(GString *out, enum record_part part, const verdict *v, const char *info)
{
    switch (part) {
    case PART_ENDS:
        put_ends(out, v);
        break;
    case PART_COMPUTER:
        put(out, NULL, v->x && v->m->request ? verdict_field(v, WU_F_COMPUTER_NAME) : "");
        break;
    case PART_SAID:
        put(out, NULL, info + strspn(info, ",; "));
        break;
    case PART_CODES:
        put_codes(out, v);
        break;
    case PART_EVENTS:
        put_events(out, v);
        break;
    case PART_FINDINGS:
        put_findings(out, v);
        break;
    case PART_FILES:
        put_files(out, v);
        break;
    case PART_FETCHED:
        put_fetched(out, v->x, v->pinfo);
        break;
    default:
        put_result(out, v);
        break;
    }
}

record_half *
record_half_new(const verdict *v, const char *info)
{
    record_half *h = g_new0(record_half, 1);

    h->frame = v->connection ? v->connection->frame : v->pinfo->num;
    h->time = v->pinfo->abs_ts;
    if (v->connection)
        use_times(h, v->connection);
    h->text = g_string_sized_new(512);
    for (unsigned part = 0; part < RECORD_PARTS; part++) {
        g_string_append_c(h->text, '\n'); /* a value behind it gets no comma */
        write_part(h->text, (enum record_part)part, v, info);
        h->end[part] = h->text->len;
    }
    return h;
}

guint32
record_frame(const record_half *half)
{
    return half->frame;
}

bool
record_is_response(const record_half *half)
{
    return part_of(half, PART_RESULT).n > 0;
}

void
record_half_free(void *pointer)
{
    record_half *h = (record_half *)pointer;

    g_string_free(h->text, TRUE);
    g_free(h);
}

/* Everything up to what only one of the halves knows. */
static void
begin_record(GString *out, const wsus_exchange *x, const record_half *request, const record_half *response, guint32 told)
{
    const record_half *last = response ? response : request;
    guint32 asked = x ? x->request_frame : 0;

    if (!last)
        return; /* one of the halves is there */
    if (request)
        asked = request->frame;
    else if (response->first_frame)
        asked = response->first_frame;
    wu_json_begin(out, NULL, '{');
    wu_json_number(out, "request", asked);
    wu_json_number(out, "response", response ? response->frame : x ? x->response_frame : 0);
    wu_json_number(out, "told", told);
    put_seconds(out, "time", &last->time);
    put_utc(out, &last->time);
    put_part(out, NULL, last, PART_ENDS);
    put_part(out, "computer", request ? request : last, PART_COMPUTER);
    put(out, "service", x ? wu_service_name(x->service) : "");
    put(out, "operation", x ? x->operation : "SOAP fault");
    put_said(out, "asked", request);
    put_said(out, "answered", response);
}

static void
end_record(GString *out, const record_half *request, const record_half *response)
{
    const record_half *last = response ? response : request;

    if (!last)
        return;
    put_part(out, NULL, last, PART_FETCHED);
    put_list(out, "described", request, response, PART_FILES);
    put_list(out, "events", request, response, PART_EVENTS);
    put_list(out, "findings", request, response, PART_FINDINGS);
    put_list(out, "codes", request, response, PART_CODES);
    wu_json_end(out, '}');
    g_string_append_c(out, '\n');
}

static void
put_duration(GString *out, const wsus_exchange *x, bool answered)
{
    nstime_t duration = NSTIME_INIT_ZERO;

    if (answered && x && x->request_frame)
        nstime_delta(&duration, &x->response_time, &x->request_time);
    put_seconds(out, "duration", &duration);
}

/* A request whose response was not told: the capture lacks it, or a filter left it out. */
static void
put_no_result(GString *out, const wsus_exchange *x)
{
    wu_json_number(out, "status", x ? x->status : 0);
    put(out, "outcome", x && x->response_frame ? "not selected" : x && x->answer_lost ? "not known" : "no response");
    put(out, "fault", "");
    put(out, "detail", "");
    put(out, "recovery", "");
}

void
record_write(GString *out, const wsus_exchange *x, const record_half *request, const record_half *response, guint32 told)
{
    begin_record(out, x, request, response, told);
    if (response && response->first_frame)
        put_seconds(out, "duration", &response->duration);
    else
        put_duration(out, x, response || (x && x->response_frame));
    if (response)
        put_part(out, NULL, response, PART_RESULT);
    else
        put_no_result(out, x);
    put(out, "connection", response && response->connection ? response->connection : "");
    wu_json_number(out, "stream", x ? x->stream : 0);
    end_record(out, request, response);
}
