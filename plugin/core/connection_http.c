/* connection_http.c
 * Requests and answers on a connection, in clear or decrypted: the ones that have no good answer.
 *
 * Long because requests and answers share the state of one connection, and each outcome needs both.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#include <stdio.h>

#include "wusp.h"

#define PATIENT_SERVER (20 * SECOND) /* the agent waits for a service for 19.9 s and 20.9 s in client logs */
#define LOOP 5u /* redirections of one request, the last to a place where it was before */

static const char *const file_types[] = { ".cab", ".exe", ".msu", ".msi", ".msp", ".psf", ".esd", ".wim", ".appx", ".msix" };

void
watch_http_start(connection *c)
{
    c->http = g_new0(http_state, 1);
    wu_http_stream_start(&c->http->stream[WU_SIDE_CLIENT], false);
    wu_http_stream_start(&c->http->stream[WU_SIDE_SERVER], true);
}

void
watch_http_free(connection *c)
{
    if (!c->http)
        return;
    wu_http_stream_finish(&c->http->stream[0]);
    wu_http_stream_finish(&c->http->stream[1]);
    g_free(c->http);
    c->http = NULL;
}

void
watch_http_resume(const wu_watch *w, connection *c)
{
    watch_http_free(c);
    watch_http_start(c);
    c->mode = MODE_HTTP;
    c->http->n = 1;
    c->http->pending[0] = (pending_request){ .frame = w->frame, .time = w->time, .whole = true,
                                             .reporters = watch_reporters(c->name) };
}

/* A method and a blank. */
bool
watch_looks_like_request(wu_slice bytes)
{
    static const char *const methods[] = { "GET ", "POST ", "HEAD ", "CONNECT ", "BITS_POST " };

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        size_t n = strlen(methods[i]);
        if (bytes.n >= n && !memcmp(bytes.p, methods[i], n))
            return true;
    }
    return false;
}

bool
watch_http_waits(const connection *c)
{
    return c->http && c->http->n;
}

/* ---- targets ---- */

typedef struct {
    wu_slice host, path; /* host with its port; path with its query */
} target;

/* An absolute URI, or a path on the host of a request. */
static target
read_target(wu_slice uri, wu_slice host)
{
    size_t scheme = wu_slice_begins_nocase(uri, "http://") ? 7 : wu_slice_begins_nocase(uri, "https://") ? 8 : 0;
    target t = { host, uri };

    if (scheme) {
        size_t slash = wu_slice_find_byte(uri, scheme, '/');
        t.host = wu_slice_of(uri.p + scheme, slash - scheme);
        t.path = wu_slice_from(uri, slash);
    }
    return t;
}

static wu_slice
host_only(wu_slice host)
{
    if (host.n && host.p[0] == '[')
        return host;
    host.n = wu_slice_find_byte(host, 0, ':');
    return host;
}

static uint16_t
port_of(wu_slice host, uint16_t otherwise)
{
    wu_slice only = host_only(host);
    int64_t port;

    return host.n > only.n && wu_slice_int64(wu_slice_from(host, only.n + 1), &port) && port > 0 && port < 65536 ? (uint16_t)port
                                                                                                            : otherwise;
}

static uint32_t
hash_target(target t)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < t.host.n; i++)
        h = (h ^ wu_lower(t.host.p[i])) * 16777619u;
    for (size_t i = 0; i < t.path.n; i++)
        h = (h ^ t.path.p[i]) * 16777619u;
    return h ? h : 1;
}

static bool
names_file(wu_slice name)
{
    for (size_t i = 0; i < sizeof file_types / sizeof *file_types; i++)
        if (wu_slice_ends_nocase(name, file_types[i]))
            return true;
    return false;
}

static wu_slice
without_query(wu_slice path)
{
    path.n = wu_slice_find_byte(path, 0, '?');
    return path;
}

/* ---- requests ---- */

static uint8_t
reporters_of(const connection *c, const wu_http_head *head, bool soap)
{
    wu_slice agent = head->header[WU_HEADER_USER_AGENT];

    if (wu_client_who(agent, WU_CLIENT_AGENT) == WU_CLIENT_OTHER)
        return WU_REPORTS_NOTHING;
    if (wu_slice_begins_nocase(agent, "Microsoft BITS"))
        return 1 << WU_REPORTS_BITS;
    if (wu_slice_begins_nocase(agent, "Microsoft-Delivery-Optimization"))
        return 1 << WU_REPORTS_DO;
    if (wu_slice_is(head->method, "CONNECT"))
        return watch_reporters(c->name);
    if (soap)
        return 1 << WU_REPORTS_SERVICE;
    if (wu_slice_begins_nocase(agent, "Windows-Update-Agent"))
        return 1 << WU_REPORTS_FILE;
    return 1 << WU_REPORTS_FILE | 1 << WU_REPORTS_BITS | 1 << WU_REPORTS_DO;
}

static void
request_head(wu_watch *w, connection *c, http_state *h, const wu_http_head *head)
{
    bool connect = wu_slice_is(head->method, "CONNECT");
    target t = read_target(head->target, head->header[WU_HEADER_HOST]);

    if (!connect && t.path.p != head->target.p) /* through a proxy: the port of the server itself */
        c->port = port_of(t.host, wu_slice_begins_nocase(head->target, "https:") ? 443 : 80);
    watch_name_connection(w, c, connect ? head->target : t.host, connect);
    if (h->n == MAX_PENDING)
        return;
    pending_request *p = &h->pending[h->n++];
    memset(p, 0, sizeof *p);
    p->frame = w->frame;
    p->time = w->time;
    p->connect = connect;
    p->head = wu_slice_is(head->method, "HEAD");
    p->soap = wu_slice_is(head->method, "POST") &&
              (head->header[WU_HEADER_SOAPACTION].p || wu_slice_ends_nocase(without_query(t.path), ".asmx"));
    wu_slice last = wu_content_name(t.path);
    p->file = wu_slice_is(head->method, "GET") && names_file(last);
    p->anonymous = !head->header[WU_HEADER_AUTHORIZATION].p && !head->header[WU_HEADER_PROXY_AUTHORIZATION].p;
    p->url = hash_target(t);
    p->reporters = reporters_of(c, head, p->soap);
    if (last.n && last.n < sizeof p->last)
        memcpy(p->last, last.p, last.n);
    if (c->server_first && h->n == 1 && c->known_by) {
        outcome *x = watch_connection_outcome(w, c, WU_CONNECTION_NOT_HTTP, WU_PHASE_EXCHANGE, WU_EVENT_NOT_HTTP);
        x->o.request_frame = p->frame;
        x->o.reporters = p->reporters;
        x->o.detail = "the server spoke first, which no HTTP server does";
        watch_fail(w, c, x);
    }
}

/* ---- outcomes of requests ---- */

static outcome *
request_outcome(wu_watch *w, const connection *c, enum wu_outcome what, enum wu_transport_event event)
{
    const http_state *h = c->http;
    const pending_request *p = &h->pending[0];
    outcome *x = watch_connection_outcome(w, c, what, p->connect ? WU_PHASE_TUNNEL : WU_PHASE_EXCHANGE, event);

    x->o.first_frame = x->o.request_frame = p->frame;
    x->o.first_time = p->time;
    x->o.reporters = p->reporters;
    x->o.in_answer = h->answered;
    x->o.status = h->status;
    x->o.tries = 0;
    if (h->status && h->stream[WU_SIDE_SERVER].begun && h->stream[WU_SIDE_SERVER].head.body == WU_BODY_LENGTH)
        x->o.missing = h->stream[WU_SIDE_SERVER].left;
    return x;
}

static void
next_request(http_state *h)
{
    h->n--;
    memmove(&h->pending[0], &h->pending[1], h->n * sizeof h->pending[0]);
    h->answered = h->html = h->encoded = h->offers_handshake = h->token = h->portal = false;
    h->status = h->n_prefix = 0;
    h->body = 0;
}

/* ---- answers ---- */

static redirect_chain *
chain_of(wu_watch *w, const connection *c, uint32_t url)
{
    for (unsigned i = 0; i < CHAINS; i++)
        if (w->chains[i].expected == url && wu_address_equal(&w->chains[i].client, &c->client.address))
            return &w->chains[i];
    redirect_chain *chain = &w->chains[w->next_chain];
    w->next_chain = (w->next_chain + 1) % CHAINS;
    memset(chain, 0, sizeof *chain);
    chain->client = c->client.address;
    return chain;
}

/* The answer sends the client on. A place where it was before, for the fifth time, is a loop. */
static void
follow_redirect(wu_watch *w, connection *c, target t)
{
    const pending_request *p = &c->http->pending[0];
    redirect_chain *chain = chain_of(w, c, p->url);
    uint32_t to = hash_target(t);
    bool again = to == p->url;

    if (!chain->n) {
        chain->first_frame = p->frame;
        chain->first_time = p->time;
    }
    for (unsigned i = 0; i < chain->n && i < 12; i++)
        again = again || chain->url[i] == to;
    chain->url[chain->n % 12] = p->url;
    chain->n++;
    chain->expected = to;
    if (!again || chain->n < LOOP || chain->told)
        return;
    chain->told = true;
    outcome *x = request_outcome(w, c, WU_CONNECTION_REDIRECT_LOOP, WU_EVENT_REDIRECT_LOOP);
    x->o.first_frame = chain->first_frame;
    x->o.first_time = chain->first_time;
    x->o.tries = chain->n;
    x->o.detail = "the server sends the client on to a place where it was before";
    watch_publish(w, x, 0);
}

/* Whether a redirection leads away from Windows Update: to a host that is no server of it, and for a file not to the file. */
static bool
is_portal(const wu_watch *w, const connection *c, target t)
{
    const pending_request *p = &c->http->pending[0];
    wu_endpoint server = { .port = port_of(t.host, 0) };
    wu_slice host = host_only(t.host);

    if (!host.n || (c->name && wu_slice_is_nocase(host, c->name)))
        return false;
    wu_address_read(host, &server.address);
    char *name = g_ascii_strdown((const char *)host.p, (gssize)host.n);
    bool known = watch_known(w, &server, name, false);
    g_free(name);
    if (known)
        return false;
    return p->soap || (p->file && *p->last && !wu_slice_is_nocase(wu_content_name(t.path), p->last));
}

static bool
is_redirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void
response_head(wu_watch *w, connection *c, http_state *h, const wu_http_head *head)
{
    const pending_request *p = &h->pending[0];

    if (!h->n || (head->status < 200 && head->status != 101))
        return;
    h->status = head->status;
    h->answered = true;
    h->n_prefix = 0;
    h->body = 0;
    wu_slice type = head->header[WU_HEADER_CONTENT_TYPE], location = head->header[WU_HEADER_LOCATION];
    h->html = wu_slice_begins_nocase(type, "text/html");
    h->encoded = head->header[WU_HEADER_CONTENT_ENCODING].n > 0;
    for (unsigned i = 0; i < head->challenges; i++) {
        wu_slice scheme = wu_http_scheme(head->challenge[i]);
        if (!wu_slice_is_nocase(scheme, "NTLM") && !wu_slice_is_nocase(scheme, "Negotiate"))
            continue;
        h->offers_handshake = true;
        h->token = h->token || wu_slice_trim(wu_slice_from(head->challenge[i], scheme.n)).n > 0;
    }
    if (p->head || (p->connect && head->status / 100 == 2))
        wu_http_stream_no_body(&h->stream[WU_SIDE_SERVER]);
    if (is_redirect(head->status) && location.n && !p->connect) {
        char host[262] = "";
        if (c->name)
            snprintf(host, sizeof host, c->port == 80 || c->port == 443 ? "%s" : "%s:%u", c->name, c->port);
        target t = read_target(location, wu_slice_text(host));
        h->portal = c->known_by && is_portal(w, c, t);
        if (!h->portal)
            follow_redirect(w, c, t);
    }
}

/* A page in place of what was asked for. */
static bool
is_page(const http_state *h)
{
    wu_slice start = wu_slice_trim(wu_slice_of(h->prefix, h->n_prefix));
    return !h->encoded && (wu_slice_begins_nocase(start, "<html") || wu_slice_begins_nocase(start, "<!doctype html"));
}

static void
not_what_was_asked(wu_watch *w, const connection *c, const http_state *h)
{
    const pending_request *p = &h->pending[0];
    const char *detail = NULL;

    if (h->portal)
        detail = "the client is sent to a host that is no update server, as portals of networks do";
    else if (h->status == 200 && p->soap && (h->html || is_page(h)))
        detail = "the answer is an HTML page";
    else if (h->status == 200 && p->soap && !h->body)
        detail = "the answer has no body";
    else if (h->status == 200 && p->file && is_page(h))
        detail = "the answer is an HTML page in place of the file";
    if (!detail)
        return;
    outcome *x = request_outcome(w, c, WU_CONNECTION_NOT_SOAP, p->soap ? WU_EVENT_NOT_SOAP : WU_EVENT_NOT_FILE);
    x->o.detail = detail;
    watch_publish(w, x, 0);
}

/* The proxy refuses a tunnel. When it offers a handshake and the client has sent nothing yet, the client may go on: that is told
 * only when it does not. */
static void
tunnel_refused(wu_watch *w, connection *c, const http_state *h)
{
    outcome *x;

    if (h->status == 407 && h->token)
        return;
    x = request_outcome(w, c, WU_CONNECTION_TUNNEL_REFUSED, h->status == 407 ? WU_EVENT_TUNNEL_AUTHENTICATION : WU_EVENT_TUNNEL);
    x->o.by = WU_SIDE_SERVER;
    x->o.detail = h->status == 407 ? "the proxy wants the client to log on" : "the proxy did not make the tunnel";
    if (h->status == 407 && h->offers_handshake && h->pending[0].anonymous)
        c->challenge = x;
    else
        watch_publish(w, x, 0);
}

/* The client goes away, or asks anew without credentials: it did not go on. */
void
watch_tell_challenge(wu_watch *w, connection *c)
{
    outcome *x = c->challenge;

    c->challenge = NULL;
    if (x)
        watch_publish(w, x, 0);
}

static void
response_end(wu_watch *w, connection *c, http_state *h)
{
    if (!h->n || !h->status)
        return;
    bool connect = h->pending[0].connect, made = connect && h->status / 100 == 2;
    if (connect && !made)
        tunnel_refused(w, c, h);
    else if (!connect && c->known_by)
        not_what_was_asked(w, c, h);
    bool upgraded = h->status == 101;
    next_request(h);
    if (made) {
        watch_http_free(c);
        c->tunnel = true;
        c->server_first = false;
        c->mode = MODE_UNKNOWN;
    } else if (upgraded || (!c->known_by && !connect)) {
        c->mode = MODE_OTHER;
    }
}

static void
not_http(wu_watch *w, connection *c, wu_slice bytes)
{
    wu_tls_record record;
    outcome *x;

    if (!c->http->n)
        return;
    x = request_outcome(w, c, WU_CONNECTION_NOT_HTTP, WU_EVENT_NOT_HTTP);
    x->o.by = WU_SIDE_SERVER;
    x->o.detail = wu_tls_read_record(bytes, &record) ? "the server answers in TLS" : "the answer does not begin like one of HTTP";
    watch_fail(w, c, x);
}

static void
keep_prefix(http_state *h)
{
    wu_slice part = h->stream[WU_SIDE_SERVER].part;
    size_t room = sizeof h->prefix - h->n_prefix;

    h->body += part.n;
    if (part.n > room)
        part.n = room;
    if (part.n)
        memcpy(h->prefix + h->n_prefix, part.p, part.n);
    h->n_prefix += (unsigned)part.n;
}

static void
request_bytes(wu_watch *w, connection *c, wu_slice bytes)
{
    for (;;) {
        http_state *h = c->http;
        switch (wu_http_stream_next(&h->stream[WU_SIDE_CLIENT], &bytes)) {
        case WU_STREAM_HEAD:
            if (c->challenge && !h->stream[WU_SIDE_CLIENT].head.header[WU_HEADER_PROXY_AUTHORIZATION].p) {
                watch_tell_challenge(w, c);
            } else if (c->challenge) {
                watch_discard(c->challenge);
                c->challenge = NULL;
            }
            request_head(w, c, h, &h->stream[WU_SIDE_CLIENT].head);
            break;
        case WU_STREAM_END:
            if (h->n) {
                h->pending[h->n - 1].whole = true;
                h->pending[h->n - 1].time = w->time;
            }
            break;
        case WU_STREAM_ALIEN:
            watch_tell_challenge(w, c);
            c->mode = MODE_OTHER;
            return;
        case WU_STREAM_MORE:
            return;
        default:
            break;
        }
        if (c->over)
            return;
    }
}

static void
response_bytes(wu_watch *w, connection *c, wu_slice bytes)
{
    wu_slice all = bytes;

    if (c->http->n)
        c->http->answered = true;
    while (c->http && c->mode != MODE_OTHER && !c->over) {
        http_state *h = c->http;
        switch (wu_http_stream_next(&h->stream[WU_SIDE_SERVER], &bytes)) {
        case WU_STREAM_HEAD:
            response_head(w, c, h, &h->stream[WU_SIDE_SERVER].head);
            break;
        case WU_STREAM_BODY:
            keep_prefix(h);
            break;
        case WU_STREAM_END:
            response_end(w, c, h);
            break;
        case WU_STREAM_ALIEN:
            not_http(w, c, all);
            c->mode = MODE_OTHER;
            return;
        default:
            return;
        }
    }
}

void
watch_http_bytes(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes)
{
    if (side == WU_SIDE_CLIENT)
        request_bytes(w, c, bytes);
    else
        response_bytes(w, c, bytes);
}

void
watch_http_gap(wu_watch *w, connection *c, enum wu_side side, uint64_t n)
{
    http_state *h = c->http;
    bool end;

    if (side == WU_SIDE_SERVER && h->n) {
        h->answered = true;
        h->body += n;
    }
    wu_http_stream_gap(&h->stream[side], n, &end);
    if (end && side == WU_SIDE_SERVER)
        response_end(w, c, h);
}

/* ---- the end of the connection ---- */

static void
broken(wu_watch *w, connection *c, enum wu_side side, enum wu_outcome what, enum wu_transport_event event, const char *detail)
{
    outcome *x = request_outcome(w, c, what, event);

    x->o.by = side;
    x->o.detail = detail;
    watch_fail(w, c, x);
}

static void
ended_by_server(wu_watch *w, connection *c, bool reset)
{
    const http_state *h = c->http;
    bool left = c->flow[WU_SIDE_CLIENT].fin; /* the client had closed its side already */
    enum wu_side by = left ? WU_SIDE_CLIENT : WU_SIDE_SERVER;

    if (!h->answered && !left && w->time - h->pending[0].time >= PATIENT_SERVER)
        broken(w, c, WU_SIDE_SERVER, WU_CONNECTION_IDLE, WU_EVENT_IDLE,
               "no answer came for longer than clients wait; the server closed the connection");
    else if (reset && !left)
        broken(w, c, by, WU_CONNECTION_RESET, h->answered ? WU_EVENT_RESET_IN_ANSWER : WU_EVENT_RESET,
               h->answered ? "the server reset the connection in the answer" : "the server reset the connection and did not answer");
    else
        broken(w, c, by, WU_CONNECTION_CLOSED_EARLY, left ? WU_EVENT_LEFT : h->answered ? WU_EVENT_CLOSED_IN_ANSWER : WU_EVENT_CLOSED,
               left          ? "the client closed the connection before the answer was complete"
               : !h->answered ? "the server closed the connection and did not answer"
               : !h->status  ? "the server closed the connection in the head of the answer"
                             : "the server closed the connection in the body of the answer");
}

static void
ended_by_client(wu_watch *w, connection *c, bool reset)
{
    const http_state *h = c->http;
    int64_t last = h->pending[0].time > c->flow[WU_SIDE_SERVER].data_time ? h->pending[0].time
                                                                          : c->flow[WU_SIDE_SERVER].data_time;

    if (w->time - last >= QUIET)
        broken(w, c, WU_SIDE_CLIENT, WU_CONNECTION_IDLE, WU_EVENT_IDLE,
               h->answered ? "the answer stopped, and the client gave up" : "no answer came, and the client gave up");
    else if (reset)
        broken(w, c, WU_SIDE_CLIENT, WU_CONNECTION_RESET, WU_EVENT_LEFT, "the client reset the connection before the answer was complete");
}

void
watch_http_end(wu_watch *w, connection *c, enum wu_side side, bool reset)
{
    http_state *h = c->http;
    wu_http_stream *response = &h->stream[WU_SIDE_SERVER];

    if (side == WU_SIDE_SERVER && !reset && !wu_http_stream_lost(response) && wu_http_stream_close(response))
        response_end(w, c, h);
    if (!c->http || c->mode == MODE_OTHER || !c->http->n || c->over)
        return;
    if (!c->flow[WU_SIDE_SERVER].seen || wu_http_stream_lost(response) || wu_http_stream_lost(&h->stream[WU_SIDE_CLIENT]))
        return; /* what is missing may have been the answer */
    if (side == WU_SIDE_SERVER && c->flow[WU_SIDE_SERVER].fin)
        return; /* it was closed before the request came: the client asks again on another connection */
    if (side == WU_SIDE_SERVER)
        ended_by_server(w, c, reset);
    else
        ended_by_client(w, c, reset);
}
