/* facts.c
 * What a message tells the diagnosis. Long because each thing that it tells is a function of its own, and all of them fill one fact.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/to_str.h>
#include <wsutil/strtoi.h>

#include "core/events.h"
#include "core/findings.h"
#include "core/wusp.h"

#define PAGE_BEGIN 512u /* bytes of a body that tell a page */
#define PRETTY_BREAKS 4u /* between elements; one may stand behind the XML declaration */
#define MAX_FILES 200u /* files of one message that the diagnosis is told of */

/* A fact while it is put together, with the room for what it points to. */
typedef struct {
    const report_data *data;
    const verdict *v;
    wmem_allocator_t *scope;
    wu_fact fact;
    wu_fact_file files[MAX_FILES];
    uint32_t findings[WU_MAX_FINDINGS];
} telling;

/* A message whose rest was lost is told of at a later frame, which may go the other way. */
bool
report_by_client(const verdict *v)
{
    const joined_message *b = v->m->joined;
    bool same_way = !b || !strcmp(b->sender, address_to_str(v->pinfo->pool, &v->pinfo->src));

    return v->m->request == same_way;
}

static double
seconds_of(const nstime_t *t)
{
    return (double)t->secs + t->nsecs * 1e-9;
}

static const char *
text_of(const telling *t, wu_slice s)
{
    return s.n ? wmem_strndup(t->scope, (const char *)s.p, s.n < WU_FACT_TEXT ? s.n : WU_FACT_TEXT) : NULL;
}

/* Host without port, and the port that it names. */
static void
tell_host(telling *t, const char *host, unsigned port)
{
    const char *colon = host ? strrchr(host, ':') : NULL;
    guint16 named;

    t->fact.port = port;
    if (!host)
        return;
    if (colon && !strchr(colon, ']') && ws_strtou16(colon + 1, NULL, &named)) {
        t->fact.port = named;
        host = wmem_strndup(t->scope, host, (gsize)(colon - host));
    }
    t->fact.host = host;
}

static void
tell_place(telling *t)
{
    const verdict *v = t->v;
    bool request = v->m->request, by_client = report_by_client(v);
    const char *host = v->x->host;

    t->fact.client = t->data->client;
    t->fact.server = address_to_str(t->scope, by_client ? &v->pinfo->dst : &v->pinfo->src);
    t->fact.secure = v->m->secure;
    t->fact.public_service = host && wu_is_microsoft_host(wu_slice_text(host));
    tell_host(t, host, by_client ? v->pinfo->destport : v->pinfo->srcport);
    t->fact.program = v->x->client;
    t->fact.service = v->x->service;
    t->fact.operation = t->data->operation;
    t->fact.agent = t->data->agent;
    t->fact.computer = t->data->computer;
    if (request)
        t->fact.client_id = verdict_field(v, WU_F_CLIENT_ID);
}

/* The code that the client shows is the one that it derives last; the others may be reported for the same thing. */
static void
tell_codes(telling *t)
{
    const verdict *v = t->v;
    const verdict_code *shown = v->main;

    if (t->fact.outcome != WU_FACT_FAILED && !t->fact.challenge)
        return;
    for (unsigned i = 0; i < v->n_codes; i++)
        if (v->codes[i].derived)
            shown = &v->codes[i];
    if (!shown)
        return;
    t->fact.code = shown->code;
    t->fact.space = shown->space;
    t->fact.basis = shown->derived ? shown->basis : WU_BASIS_NONE;
    for (unsigned i = 0; i < v->n_codes && t->fact.n_codes < WU_FACT_CODES; i++)
        if (v->codes[i].error && v->codes[i].code != shown->code)
            t->fact.codes[t->fact.n_codes++] = v->codes[i].code;
}

/* A page for people, whatever its media type says. */
static bool
is_page(const http_message *m)
{
    tvbuff_t *body = m->body ? m->body : m->raw;
    guint n = body ? tvb_captured_length(body) : 0;
    wu_slice begin = wu_slice_of(n ? tvb_get_ptr(body, 0, (gint)MIN(n, PAGE_BEGIN)) : NULL, MIN(n, PAGE_BEGIN));

    return wu_slice_find_nocase(begin, 0, "<html") < begin.n || wu_slice_find_nocase(begin, 0, "<!doctype html") < begin.n;
}

static void
tell_outcome(telling *t)
{
    const verdict *v = t->v;
    const http_message *m = v->m;

    t->fact.outcome = v->outcome == OUTCOME_RECOVERY                                       ? WU_FACT_RECOVERY
                      : v->outcome == OUTCOME_FAULT || v->outcome == OUTCOME_HTTP_ERROR ? WU_FACT_FAILED
                                                                                           : WU_FACT_OK;
    t->fact.challenge = !m->request && v->x->service != WU_SERVICE_CONNECTION &&
                        (v->challenge == WU_CHALLENGE_ASKED || (v->challenge == WU_CHALLENGE_PASSWORD && t->fact.outcome == WU_FACT_FAILED));
    t->fact.status = t->data->status;
    t->fact.fault = v->fault;
    t->fact.error_code = t->data->error_code;
    if (v->fault && m->message->fault.message.text.n)
        t->fact.parameter = message_line(t->scope, m->message, &m->message->fault.message, WU_FACT_TEXT);
    if (v->fault && !*t->fact.error_code)
        t->fact.error_code = message_fault_label(t->scope, m->message);
    t->fact.no_message = !m->request && !m->message && !wu_services[v->x->service].http && v->x->service != WU_SERVICE_CONNECTION &&
                         t->fact.status < 400 && (t->fact.status >= 300 || (m->whole && !m->raw && !m->body && !m->missing));
    t->fact.page = !m->request && !m->message && !wu_services[v->x->service].http && t->fact.status >= 200 &&
                   t->fact.status < 300 && is_page(m);
    tell_codes(t);
}

static void
tell_head(telling *t)
{
    const http_message *m = t->v->m;
    int64_t date;
    uint64_t first, last, total;

    if (!m->have_head)
        return;
    t->fact.via = text_of(t, m->head.header[WU_HEADER_VIA]);
    if (m->request)
        return;
    t->fact.server_header = text_of(t, m->head.header[WU_HEADER_SERVER]);
    if (wu_http_date(m->head.header[WU_HEADER_DATE], &date))
        t->fact.server_clock = (double)date;
    if (wu_http_range(m->head.header[WU_HEADER_CONTENT_RANGE], &first, &last, &total) && total != UINT64_MAX)
        t->fact.file_size = total;
    else if (m->head.status == 200 && m->head.body == WU_BODY_LENGTH && !m->head.header[WU_HEADER_CONTENT_ENCODING].n)
        t->fact.file_size = m->head.body_length;
}

/* The delivery network names files by the SHA-1 of their content, in base64; IIS does not. */
static const char *
etag_digest(const telling *t)
{
    uint8_t bytes[20];
    wu_slice etag = t->v->m->have_head ? wu_slice_trim(t->v->m->head.header[WU_HEADER_ETAG]) : wu_slice_of(NULL, 0);

    if (t->v->m->request || etag.n != 30 || etag.p[0] != '"' || etag.p[29] != '"')
        return NULL;
    etag = wu_slice_of(etag.p + 1, 28);
    if (wu_text_base64_length(etag) != sizeof bytes || wu_text_base64(etag, bytes, sizeof bytes) != sizeof bytes)
        return NULL;
    return bytes_to_str(t->scope, bytes, sizeof bytes);
}

static void
tell_download(telling *t)
{
    const wsus_exchange *x = t->v->x;
    const known_file *file = exchange_file_of(t->v->pinfo, x);

    if (!wu_services[x->service].http)
        return;
    t->fact.digest = x->digest;
    t->fact.etag_digest = etag_digest(t);
    t->fact.ranges_ignored = !t->v->m->request && x->ranged && !x->head && t->fact.status == 200;
    if (file && file->name)
        t->fact.file = file->name;
    else if (x->target)
        t->fact.file = text_of(t, wu_content_name(wu_slice_text(x->target)));
}

/* ---- what the body says ---- */

static wu_slice
bytes_of(const telling *t, const wu_item *item)
{
    wu_slice body = t->v->m->body_bytes;

    if (item->source != WU_IN_BODY || item->offset > body.n || item->length > body.n - item->offset)
        return wu_slice_of(NULL, 0);
    return wu_slice_of(body.p + item->offset, item->length);
}

/* FNV-1a: tells cookies apart, keeps none. */
static uint64_t
digest_of(wu_slice bytes)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < bytes.n; i++)
        h = (h ^ bytes.p[i]) * 1099511628211u;
    return h ? h : 1;
}

static double
time_of(const wu_item *item)
{
    int64_t seconds;
    int32_t nanoseconds;

    return wu_text_time(item->text, &seconds, &nanoseconds) ? (double)seconds + nanoseconds * 1e-9 : 0;
}

static bool
is_true(const wu_item *item)
{
    bool truth;

    return wu_text_bool(item->text, &truth) && truth;
}

static void
tell_file(telling *t, const wu_item *item)
{
    wu_fact_file *file = t->fact.n_files ? &t->files[t->fact.n_files - 1] : NULL;
    int64_t size = 0;

    if (item->field == WU_F_FILE) {
        if (t->fact.n_files < MAX_FILES)
            t->files[t->fact.n_files++] = (wu_fact_file){ NULL, NULL, 0 };
    } else if (file && item->field == WU_F_FILE_DIGEST) {
        file->digest = exchange_digest(t->scope, item->text);
    } else if (file && item->field == WU_F_FILE_SIZE && wu_slice_int64(item->text, &size) && size > 0) {
        file->size = (uint64_t)size;
    }
}

/* Of several, the largest deserves the look. */
static void
tell_auth_cookie(telling *t, const wu_item *item)
{
    if (!t->fact.auth_cookie || item->number > t->fact.auth_cookie_length) {
        t->fact.auth_cookie = digest_of(bytes_of(t, item));
        t->fact.auth_cookie_length = item->number;
    }
}

static void
tell_item(telling *t, const wu_item *item)
{
    switch (item->field) {
    case WU_F_AUTH_COOKIE_LENGTH:
        tell_auth_cookie(t, item);
        break;
    case WU_F_COOKIE_LENGTH:
        t->fact.cookie_length = item->number;
        break;
    case WU_F_AUTH_COOKIE_PLUGIN:
        t->fact.auth_plugin = verdict_value(t->v, item);
        break;
    case WU_F_COOKIE_EXPIRATION:
        t->fact.cookie_expires = time_of(item);
        break;
    case WU_F_CLIENT_TIME:
        t->fact.client_clock = time_of(item);
        break;
    case WU_F_ROLLUP_SERVER_ID:
        t->fact.server_id = verdict_value(t->v, item);
        break;
    case WU_F_AUTH_PLUGIN:
        t->fact.config_plugin = true;
        break;
    case WU_F_CONFIG_PROPERTY_NAME:
        t->fact.config_limit |= wu_slice_is_nocase(wu_slice_trim(item->text), "MaxExtendedUpdatesPerRequest");
        break;
    case WU_F_SYNC_DRIVER_PASS:
        t->fact.driver_pass = is_true(item);
        break;
    case WU_F_DEPLOYMENT_ACTION:
        t->fact.installs += wu_slice_is_nocase(wu_slice_trim(item->text), "Install");
        break;
    case WU_F_SYNC_TRUNCATED:
        t->fact.truncated = is_true(item);
        break;
    case WU_F_REPORT_ACCEPTED:
        t->fact.accepted = is_true(item) ? WU_SAID_YES : WU_SAID_NO;
        break;
    case WU_F_FILE:
    case WU_F_FILE_DIGEST:
    case WU_F_FILE_SIZE:
        tell_file(t, item);
        break;
    default:
        break;
    }
}

/* Line breaks between elements: WSUS writes none. */
static bool
is_pretty(const http_message *m, const char *operation)
{
    if (m->request || !m->message || m->message->binary || (strcmp(operation, "SyncUpdates") && strcmp(operation, "GetConfig")))
        return false;

    wu_slice begin = wu_slice_of(m->body_bytes.p, MIN(m->body_bytes.n, PAGE_BEGIN));
    unsigned breaks = 0;

    for (size_t i = 0; i + 2 < begin.n; i++)
        breaks += begin.p[i] == '>' && begin.p[i + 1] == '\n' && (begin.p[i + 2] == '<' || begin.p[i + 2] == ' ');
    return breaks >= PRETTY_BREAKS;
}

static void
tell_body(telling *t)
{
    const GArray *items = t->v->m->message ? t->v->m->message->items : NULL;

    for (guint i = 0; items && i < items->len; i++)
        tell_item(t, &g_array_index(items, wu_item, i));
    t->fact.pretty = is_pretty(t->v->m, t->fact.operation);
    t->fact.incomplete = t->v->incomplete || t->v->m->missing || !t->v->m->message ||
                         (t->v->m->message && t->v->m->message->remarks & (WU_XML_TRUNCATED | WU_MESSAGE_ITEMS));
    for (size_t i = 0; i < t->v->n_findings; i++)
        t->findings[t->fact.n_findings++] = (uint32_t)t->v->findings[i].kind;
    t->fact.findings = t->findings;
    t->fact.files = t->files;
}

/* ---- events of a report ---- */

/* "0x20017" behind the code 0xC1900101: small, and not the code itself. */
static uint32_t
extension_in(const char *text)
{
    for (const char *p = strstr(text, "0x"); p; p = strstr(p + 2, "0x")) {
        guint64 number = g_ascii_strtoull(p + 2, NULL, 16);
        if (number >= 0x10000 && number < 0x100000)
            return (uint32_t)number;
    }
    return 0;
}

/* "0x80240022", "-2145124318", "3": no title. One may well begin with a number ("2026-11 Cumulative Update"). */
static bool
is_number(const char *text)
{
    size_t n = g_str_has_prefix(text, "0x") ? 2 : *text == '-';

    return !text[n + strspn(text + n, n == 2 ? "0123456789abcdefABCDEF" : "0123456789")];
}

static void
tell_event_item(telling *t, wu_fact *event, const wu_item *item)
{
    int64_t id;
    const char *text;

    switch (item->field) {
    case WU_F_EVENT_ID:
        if (wu_slice_int64(item->text, &id))
            event->event = (unsigned)id;
        event->event_name = verdict_value(t->v, item);
        break;
    case WU_F_EVENT_CLASS:
        event->event_class = verdict_value(t->v, item);
        break;
    case WU_F_CLIENT_ID:
        event->client_id = verdict_value(t->v, item);
        break;
    case WU_F_COMPUTER_NAME:
        event->computer = verdict_value(t->v, item);
        break;
    case WU_F_UPDATE_ID:
        if (!event->subject && !wu_slice_begins_nocase(item->text, "00000000-0000"))
            event->subject = wmem_strdup_printf(t->scope, "update %s", verdict_value(t->v, item));
        break;
    case WU_F_EVENT_STRING:
    case WU_F_EVENT_MISC:
        text = verdict_value(t->v, item);
        if (!event->extend && (event->code & 0xfff00000u) == 0xc1900000u)
            event->extend = extension_in(text);
        if (item->field == WU_F_EVENT_STRING && !is_number(text))
            event->subject = text;
        break;
    default:
        break;
    }
}

/* The items of an event stand around its outcome: from the group that it begins with to the next one. */
static void
tell_event(telling *t, const verdict_event *failed, fact_taker take, void *user)
{
    const GArray *items = t->v->m->message->items;
    wu_fact event = t->fact;
    guint from = failed->item;

    event.kind = WU_FACT_EVENT;
    event.outcome = WU_FACT_FAILED;
    event.code = failed->code;
    event.basis = WU_BASIS_NONE;
    event.space = WU_AS_HRESULT;
    event.n_codes = event.n_files = event.n_findings = 0;
    event.auth_cookie = 0;
    event.client_clock = event.cookie_expires = 0;
    while (from > 0 && g_array_index(items, wu_item, from).field != WU_F_EVENT)
        from--;
    for (guint i = from; i < items->len; i++) {
        const wu_item *item = &g_array_index(items, wu_item, i);
        if (i > from && item->field == WU_F_EVENT)
            break;
        tell_event_item(t, &event, item);
    }
    take(&event, user);
}

/* An outcome of a connection: the code that the client reports in the end, and the others of its chain that it may report. One
 * that ended well is no fact. */
static void
tell_connection(packet_info *pinfo, const report_data *data, fact_taker take, void *user)
{
    const verdict *v = data->v;
    const wu_connection_outcome *o = v->connection;
    char server[WU_ADDRESS_TEXT];
    wu_fact fact = { .kind = WU_FACT_CONNECTION, .outcome = WU_FACT_FAILED, .frame = o->frame, .request_frame = o->request_frame };

    if (!o->outcome && !*o->certificate.issuer)
        return;
    fact.outcome = o->outcome ? WU_FACT_FAILED : WU_FACT_OK;
    fact.time = (double)o->time / 1e9;
    fact.elapsed = (double)(o->time - o->first_time) / 1e9;
    fact.client = data->client;
    fact.server = wmem_strdup(pinfo->pool, wu_address_text(&o->server.address, server));
    fact.host = o->name;
    fact.port = o->port;
    fact.secure = o->phase == WU_PHASE_SECURE || o->sealed || o->tls;
    fact.plain = o->phase == WU_PHASE_EXCHANGE && !fact.secure && !o->through_tunnel && !o->stream;
    fact.seen = o->detail;
    fact.public_service = wu_recognise_host(wu_slice_text(o->name)) && !strstr(o->name, "wsus");
    fact.program = v->x->client;
    fact.operation = v->operation;
    fact.status = o->status;
    fact.connection = wu_outcome_name(o->outcome);
    fact.certificate_issuer = *o->certificate.issuer ? o->certificate.issuer : NULL;
    fact.page = o->outcome == WU_CONNECTION_NOT_SOAP;
    for (unsigned i = 0; i < v->n_codes; i++) {
        const verdict_code *c = &v->codes[i];
        if (c == v->main) {
            fact.code = c->code;
            fact.space = c->space;
            fact.basis = c->derived ? c->basis : WU_BASIS_NONE;
        } else if (c->space == WU_AS_HRESULT && fact.n_codes < WU_FACT_CODES) {
            fact.codes[fact.n_codes++] = c->code;
        }
    }
    take(&fact, user);
}

void
facts_of(packet_info *pinfo, const report_data *data, fact_taker take, void *user)
{
    if (data->v->connection) {
        tell_connection(pinfo, data, take, user);
        return;
    }

    telling *t = wmem_new(pinfo->pool, telling);

    memset(t, 0, offsetof(telling, files)); /* the room behind is large, and written before it is read */
    t->data = data;
    t->v = data->v;
    t->scope = pinfo->pool;
    t->fact.kind = data->v->m->request ? WU_FACT_REQUEST : WU_FACT_RESPONSE;
    t->fact.frame = pinfo->num;
    t->fact.time = seconds_of(&pinfo->abs_ts);
    t->fact.elapsed = -1;
    if (data->v->m->request) {
        t->fact.answered = !data->asked;
        t->fact.credentials = !data->v->x->anonymous;
    } else if (data->v->x->request_frame) {
        t->fact.request_frame = data->v->x->request_frame;
        t->fact.answered = data->asked;
        t->fact.anonymous = data->v->x->anonymous;
        t->fact.elapsed = seconds_of(&pinfo->abs_ts) - seconds_of(&data->v->x->request_time);
    }
    tell_place(t);
    tell_outcome(t);
    tell_head(t);
    tell_download(t);
    tell_body(t);
    take(&t->fact, user);
    for (unsigned i = 0; i < data->v->n_failed; i++)
        tell_event(t, &data->v->failed[i], take, user);
}
