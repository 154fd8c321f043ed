/* records.c
 * tshark -q -z wsus,records[,FILTER]: one JSON object a line for each exchange, written while the capture is read. Its form
 * is plugin/docs/records.schema.json.
 *
 * A request waits until its response is told, which may be long after; what has no response by the end is written then. All
 * that a request has to say is written as JSON when it comes: a packet's texts do not live longer than the packet.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <stdio.h>

#include <epan/prefs.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#include "core/json_writer.h"
#include "core/wusp.h"

#define CLI      "wsus,records"
#define MAX_TEXT 1024 /* bytes of a text of a fault */

static int records_tap = -1;

static compat_bool pref_at_once = TRUE;

/* What a message gives to a record. The texts are JSON, quoted; the lists are the inside of JSON arrays, "" where empty. */
typedef struct {
    guint32 frame;
    nstime_t time;
    GString *ends;     /* client, server, port, as members */
    GString *computer; /* a value */
    GString *said;     /* a value */
    GString *codes, *events, *findings;
} half;

/* What the tap gets: a verdict, and what the Info column says of it. */
typedef struct {
    const verdict *v;
    const char *info;
} told_record;

typedef struct {
    GHashTable *waiting; /* wsus_exchange -> half, of requests */
    GQueue *order;       /* of the keys, as they came; answered ones stay until they are at the front */
    GString *line;
} listener;

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
    GDateTime *when = g_date_time_new_from_unix_utc(time->secs);

    wu_json_begin(out, "utc", '"');
    if (when)
        g_string_append_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", g_date_time_get_year(when),
                               g_date_time_get_month(when), g_date_time_get_day_of_month(when), g_date_time_get_hour(when),
                               g_date_time_get_minute(when), g_date_time_get_second(when), time->nsecs / 1000);
    wu_json_end(out, '"');
    if (when)
        g_date_time_unref(when);
}

static void
put_seconds(GString *out, const char *name, const nstime_t *time)
{
    wu_json_raw(out, name, time->secs < 0 || time->nsecs < 0 ? "-" : "");
    g_string_append_printf(out, "%" G_GINT64_FORMAT ".%09d", (gint64)(time->secs < 0 ? -time->secs : time->secs),
                           time->nsecs < 0 ? -time->nsecs : time->nsecs);
}

/* ---- codes ---- */

static void
put_code(wmem_allocator_t *scope, GString *out, const verdict_code *c)
{
    static const char *const sources[] = { "", "HTTP status", "SOAP fault", "XML element", "Event report", "Text" };
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
    const GArray *items = v->x && v->m->message ? v->m->message->items : NULL;
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

static void
put_ends(GString *out, const verdict *v)
{
    const packet_info *pinfo = v->pinfo;
    bool asks = report_by_client(v);

    put(out, "client", address_to_str(pinfo->pool, asks ? &pinfo->src : &pinfo->dst));
    put(out, "server", address_to_str(pinfo->pool, asks ? &pinfo->dst : &pinfo->src));
    wu_json_number(out, "port", asks ? pinfo->destport : pinfo->srcport);
}

static half *
new_half(const verdict *v, const char *info)
{
    half *h = g_new0(half, 1);

    h->frame = v->pinfo->num;
    h->time = v->pinfo->abs_ts;
    h->ends = g_string_new(NULL);
    put_ends(h->ends, v);
    h->computer = g_string_new(NULL);
    put(h->computer, NULL, v->x && v->m->request ? verdict_field(v, WU_F_COMPUTER_NAME) : "");
    h->said = g_string_new(NULL);
    put(h->said, NULL, info + strspn(info, ",; "));
    h->codes = g_string_new(NULL);
    put_codes(h->codes, v);
    h->events = g_string_new(NULL);
    put_events(h->events, v);
    h->findings = g_string_new(NULL);
    put_findings(h->findings, v);
    return h;
}

static void
free_half(void *pointer)
{
    half *h = (half *)pointer;
    GString *const parts[] = { h->ends, h->computer, h->said, h->codes, h->events, h->findings };

    for (size_t i = 0; i < array_length(parts); i++)
        g_string_free(parts[i], TRUE);
    g_free(h);
}

/* ---- records ---- */

/* The list of both halves. */
static void
put_list(GString *out, const char *name, const GString *first, const GString *second)
{
    wu_json_begin(out, name, '[');
    if (first)
        g_string_append_len(out, first->str, (gssize)first->len);
    if (second && second->len) {
        if (first && first->len)
            g_string_append_c(out, ',');
        g_string_append_len(out, second->str, (gssize)second->len);
    }
    wu_json_end(out, ']');
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
    case OUTCOME_SUCCESS:
        return "success";
    case OUTCOME_RECOVERY:
        return "recovery";
    case OUTCOME_HTTP_ERROR:
        return "http error";
    case OUTCOME_FAULT:
        return "fault";
    default:
        return "no response";
    }
}

static void
write_line(GString *line)
{
    g_string_append(line, "}\n");
    fwrite(line->str, 1, line->len, stdout);
    if (pref_at_once)
        fflush(stdout);
}

/* Everything up to what only one of the halves knows. */
static GString *
begin_record(listener *l, const wsus_exchange *x, const half *request, const half *response)
{
    const half *last = response ? response : request;
    GString *out = g_string_truncate(l->line, 0);

    wu_json_begin(out, NULL, '{');
    wu_json_number(out, "request", request ? request->frame : x ? x->request_frame : 0);
    wu_json_number(out, "response", response ? response->frame : x ? x->response_frame : 0);
    put_seconds(out, "time", &last->time);
    put_utc(out, &last->time);
    wu_json_raw(out, NULL, last->ends->str);
    put(out, "host", x && x->host ? x->host : "");
    wu_json_raw(out, "computer", request ? request->computer->str : last->computer->str);
    put(out, "service", x ? wu_service_name(x->service) : "");
    put(out, "operation", x ? x->operation : "SOAP fault");
    wu_json_raw(out, "asked", request ? request->said->str : "\"\"");
    wu_json_raw(out, "answered", response ? response->said->str : "\"\"");
    return out;
}

static void
end_record(GString *out, const half *request, const half *response)
{
    put_list(out, "events", request ? request->events : NULL, response ? response->events : NULL);
    put_list(out, "findings", request ? request->findings : NULL, response ? response->findings : NULL);
    put_list(out, "codes", request ? request->codes : NULL, response ? response->codes : NULL);
    write_line(out);
}

static void
put_duration(GString *out, const wsus_exchange *x, bool answered)
{
    nstime_t duration = NSTIME_INIT_ZERO;

    if (answered && x && x->request_frame)
        nstime_delta(&duration, &x->response_time, &x->request_time);
    put_seconds(out, "duration", &duration);
}

static void
write_response(listener *l, const verdict *v, const half *request, const half *response)
{
    GString *out = begin_record(l, v->x, request, response);

    wu_json_number(out, "status", v->m->have_head && !v->m->request ? v->m->head.status : 0);
    put_duration(out, v->x, true);
    put(out, "outcome", outcome_text(v));
    if (v->fault) {
        put_fault(out, v);
    } else {
        put(out, "fault", "");
        put(out, "detail", "");
        put(out, "recovery", "");
    }
    put(out, "connection", "");
    wu_json_number(out, "stream", v->x ? v->x->stream : 0);
    end_record(out, request, response);
}

/* A request whose response was not told: the capture lacks it, or a filter left it out. */
static void
write_request(listener *l, const wsus_exchange *x, const half *request)
{
    GString *out = begin_record(l, x, request, NULL);

    wu_json_number(out, "status", x->status);
    put_duration(out, x, x->response_frame != 0);
    put(out, "outcome", x->response_frame ? "not selected" : "no response");
    put(out, "fault", "");
    put(out, "detail", "");
    put(out, "recovery", "");
    put(out, "connection", "");
    wu_json_number(out, "stream", x->stream);
    end_record(out, request, NULL);
}

/* ---- the tap ---- */

static void
forget_answered(listener *l)
{
    while (!g_queue_is_empty(l->order) && !g_hash_table_contains(l->waiting, g_queue_peek_head(l->order)))
        g_queue_pop_head(l->order);
}

static tap_packet_status
take(void *pointer, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    listener *l = (listener *)pointer;
    const told_record *told = (const told_record *)p;
    const verdict *v = told->v;
    half *h = new_half(v, told->info);

    if (v->m->request && v->x) {
        g_hash_table_insert(l->waiting, (gpointer)v->x, h);
        g_queue_push_tail(l->order, (gpointer)v->x);
        return TAP_PACKET_DONT_REDRAW;
    }
    write_response(l, v, v->x ? (const half *)g_hash_table_lookup(l->waiting, v->x) : NULL, h);
    if (v->x) {
        g_hash_table_remove(l->waiting, v->x);
        forget_answered(l);
    }
    free_half(h);
    return TAP_PACKET_DONT_REDRAW;
}

static void
write_waiting(void *pointer)
{
    listener *l = (listener *)pointer;

    for (GList *item = l->order->head; item; item = item->next) {
        const half *request = (const half *)g_hash_table_lookup(l->waiting, item->data);
        if (request)
            write_request(l, (const wsus_exchange *)item->data, request);
        g_hash_table_remove(l->waiting, item->data);
    }
    g_queue_clear(l->order);
    fflush(stdout);
}

static void
begin_again(void *pointer)
{
    listener *l = (listener *)pointer;

    g_hash_table_remove_all(l->waiting);
    g_queue_clear(l->order);
}

static void
free_listener(void *pointer)
{
    listener *l = (listener *)pointer;

    g_hash_table_destroy(l->waiting);
    g_queue_free(l->order);
    g_string_free(l->line, TRUE);
    g_free(l);
}

static compat_stat_result
start(const char *argument, void *data _U_)
{
    const char *filter = strlen(argument) > strlen(CLI) + 1 ? argument + strlen(CLI) + 1 : NULL;
    listener *l = g_new0(listener, 1);

    l->waiting = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_half);
    l->order = g_queue_new();
    l->line = g_string_new(NULL);
    GString *error = register_tap_listener("wsus_records", l, filter, 0, begin_again, take, write_waiting, free_listener);
    if (error) {
        fprintf(stderr, "-z " CLI ": %s\n", error->str);
        g_string_free(error, TRUE);
        free_listener(l);
    }
    COMPAT_STAT_STARTED(!error);
}

bool
records_wanted(void)
{
    return have_tap_listener(records_tap);
}

void
records_offer(const verdict *v, const char *info)
{
    told_record *told = wmem_new(v->pinfo->pool, told_record);

    told->v = v;
    told->info = info;
    tap_queue_packet(records_tap, v->pinfo, told);
}

void
records_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };
    static stat_tap_ui statistic = { REGISTER_STAT_GROUP_GENERIC, "Windows Update records (JSON)", CLI, start,
                                     array_length(parameters), parameters };
    module_t *module = prefs_find_module("wsus");

    records_tap = register_tap("wsus_records");
    register_stat_tap_ui(&statistic, NULL);
    if (module)
        prefs_register_bool_preference(module, "records_at_once", "Write each record at once",
                                       "Records of -z wsus,records go out as soon as they are complete. Off: several "
                                       "at a time, which is faster", &pref_at_once);
}
