/* connection_tls.c
 * TLS on a connection: handshakes that do not come to an end, and connections that end behind them without a request.
 *
 * Records are read without keys, and in addition what a host program decrypts. In TLS 1.3 everything behind ServerHello is
 * sealed: an alert shows by its size alone, and a certificate does not show.
 *
 * Long because records, handshakes and ends share the state of one connection, which nobody else may see.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#include "x509.h"

#define MAX_HANDSHAKE 65536u /* bytes of a handshake message that is put together */
#define SEALED_ALERT  19u    /* two bytes, the type, and a tag of 16 */
#define MAX_TEXT      128u   /* of a name in a certificate */

void
watch_tls_start(const wu_watch *w, connection *c)
{
    c->tls = g_new0(tls_state, 1);
    c->tls->hello_frame = w->frame;
    c->tls->hello_time = w->time;
    c->tls->facts.not_before = c->tls->facts.not_after = INT64_MIN;
    c->tls->facts.subject = c->tls->facts.issuer = c->tls->facts.names = "";
}

static void
drop(GByteArray **bytes)
{
    if (*bytes)
        g_byte_array_free(*bytes, TRUE);
    *bytes = NULL;
}

void
watch_tls_free(connection *c)
{
    tls_state *t = c->tls;

    if (!t)
        return;
    for (unsigned i = 0; i < 2; i++) {
        drop(&t->record[i]);
        drop(&t->handshake[i]);
    }
    g_free(t->subject);
    g_free(t->issuer);
    g_free(t->names);
    g_free(t);
    c->tls = NULL;
}

/* ---- certificates ---- */

/* A text of a certificate: printable characters, others as '?'. */
static char *
copy_text(wu_slice s)
{
    size_t n = s.n < MAX_TEXT ? s.n : MAX_TEXT;
    char *text = (char *)g_malloc(n + 1);

    for (size_t i = 0; i < n; i++)
        text[i] = (char)(s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?');
    text[n] = '\0';
    return text;
}

static char *
copy_names(const wu_x509 *x)
{
    GString *list = g_string_new(NULL);

    for (unsigned i = 0; i < x->names && list->len < 400; i++) {
        char address[WU_ADDRESS_TEXT];
        wu_address a = wu_address_of(x->name[i].p, x->is_address[i] ? x->name[i].n : 0);
        char *name = x->is_address[i] ? g_strdup(wu_address_text(&a, address)) : copy_text(x->name[i]);
        g_string_append_printf(list, "%s%s", list->len ? ", " : "", name);
        g_free(name);
    }
    return g_string_free(list, FALSE);
}

static void
read_certificates(const wu_watch *w, const connection *c, wu_slice body, bool tls13)
{
    wu_slice certificate[WU_TLS_MAX_CERTIFICATES];
    tls_state *t = c->tls;
    wu_x509 x;
    int64_t now = w->time / SECOND;

    if (t->facts.seen || !wu_tls_certificates(body, tls13, certificate) || !wu_x509_read(certificate[0], &x))
        return;
    t->facts.seen = true;
    t->facts.not_before = x.not_before;
    t->facts.not_after = x.not_after;
    t->facts.self_issued = x.self_issued;
    t->facts.expired = x.not_after != INT64_MIN && x.not_after < now;
    t->facts.not_yet_valid = x.not_before != INT64_MIN && x.not_before > now;
    t->facts.other_name = c->named && c->name && !wu_x509_is_for(&x, wu_slice_text(c->name));
    t->facts.subject = t->subject = copy_text(x.subject);
    t->facts.issuer = t->issuer = copy_text(x.issuer);
    t->facts.names = t->names = copy_names(&x);
}

/* ---- outcomes ---- */

static outcome *
tls_outcome(wu_watch *w, const connection *c, enum wu_outcome what, enum wu_transport_event event, enum wu_side by)
{
    const tls_state *t = c->tls;
    outcome *x = watch_connection_outcome(w, c, what, WU_PHASE_SECURE, event);

    x->o.first_frame = t->hello_frame;
    x->o.first_time = t->hello_time;
    x->o.by = by;
    x->o.tries = 0;
    x->o.tls_version = t->hello_done ? t->version : t->offered;
    x->o.certificate = t->facts;
    watch_set_text(x, OWNED_SUBJECT, t->facts.subject);
    watch_set_text(x, OWNED_ISSUER, t->facts.issuer);
    watch_set_text(x, OWNED_NAMES, t->facts.names);
    return x;
}

/* What is wrong with the certificate, as far as it shows; an alert says it where the certificate does not. */
static enum wu_transport_event
certificate_event(const wu_certificate_facts *f, uint8_t alert)
{
    if (alert == WU_ALERT_CERTIFICATE_REVOKED)
        return WU_EVENT_CERTIFICATE_REVOKED;
    if (alert == WU_ALERT_UNKNOWN_CA)
        return WU_EVENT_CERTIFICATE_ROOT;
    if (alert == WU_ALERT_CERTIFICATE_EXPIRED || f->expired || f->not_yet_valid)
        return WU_EVENT_CERTIFICATE_DATE;
    return f->other_name ? WU_EVENT_CERTIFICATE_NAME : WU_EVENT_CERTIFICATE;
}

static const char *
certificate_detail(enum wu_transport_event event, const wu_certificate_facts *f)
{
    switch (event) {
    case WU_EVENT_CERTIFICATE_REVOKED:
        return "the client says that the certificate is revoked";
    case WU_EVENT_CERTIFICATE_ROOT:
        return f->self_issued ? "the certificate is self-signed and not trusted" : "the client does not know the issuer";
    case WU_EVENT_CERTIFICATE_DATE:
        return f->not_yet_valid ? "the certificate is not valid yet" : "the certificate has expired";
    case WU_EVENT_CERTIFICATE_NAME:
        return "the certificate is for other names";
    default:
        return "the client does not accept the certificate";
    }
}

static bool
is_about_certificate(uint8_t alert)
{
    return (alert >= WU_ALERT_BAD_CERTIFICATE && alert <= WU_ALERT_CERTIFICATE_UNKNOWN) || alert == WU_ALERT_UNKNOWN_CA;
}

static void
fatal_alert(wu_watch *w, connection *c, enum wu_side side, uint8_t alert)
{
    const tls_state *t = c->tls;
    outcome *x;

    if (side == WU_SIDE_CLIENT && is_about_certificate(alert)) {
        enum wu_transport_event event = certificate_event(&t->facts, alert);
        x = tls_outcome(w, c, WU_CONNECTION_CERTIFICATE_REJECTED, event, side);
        x->o.detail = certificate_detail(event, &t->facts);
    } else if (side == WU_SIDE_SERVER && (t->certificate_asked || alert == WU_ALERT_CERTIFICATE_REQUIRED)) {
        x = tls_outcome(w, c, WU_CONNECTION_CLIENT_CERTIFICATE, WU_EVENT_CLIENT_CERTIFICATE, side);
        x->o.detail = "the server asked for a certificate of the client and did not accept what it got";
    } else {
        x = tls_outcome(w, c, WU_CONNECTION_TLS_ALERT, WU_EVENT_TLS_ALERT, side);
        x->o.detail = side == WU_SIDE_CLIENT ? "the client ends the handshake" : "the server ends the handshake";
    }
    x->o.alert = alert;
    x->o.has_alert = true;
    watch_fail(w, c, x);
}

static bool
is_done(const tls_state *t)
{
    return t->keys ? t->readable : t->data[WU_SIDE_CLIENT] > 0;
}

/* The client leaves without a request. */
static void
left(wu_watch *w, connection *c)
{
    const tls_state *t = c->tls;
    uint8_t warning = t->warning[WU_SIDE_CLIENT];
    enum wu_transport_event event = certificate_event(&t->facts, 0);
    outcome *x;

    if (is_about_certificate(warning)) {
        fatal_alert(w, c, WU_SIDE_CLIENT, warning);
        return;
    }
    x = tls_outcome(w, c, WU_CONNECTION_TLS_CLOSED, event == WU_EVENT_CERTIFICATE ? WU_EVENT_TLS_LEFT : event, WU_SIDE_CLIENT);
    x->o.detail = event != WU_EVENT_CERTIFICATE ? certificate_detail(event, &t->facts)
                  : t->finished[WU_SIDE_CLIENT] ? "the client closed the connection behind the handshake, without a request"
                                                : "the client closed the connection in the handshake";
    watch_fail(w, c, x);
}

static void
alert_came(wu_watch *w, connection *c, enum wu_side side, uint8_t level, uint8_t alert)
{
    tls_state *t = c->tls;

    if (level == 2 && !is_done(t)) {
        fatal_alert(w, c, side, alert);
        return;
    }
    if (alert != WU_ALERT_CLOSE_NOTIFY && alert != WU_ALERT_USER_CANCELED)
        t->warning[side] = alert;
    else if (side == WU_SIDE_CLIENT && !is_done(t) && t->answered)
        left(w, c);
}

/* ---- handshake messages ---- */

static void
handshake_message(wu_watch *w, connection *c, enum wu_side side, const wu_tls_message *m, bool decrypted)
{
    tls_state *t = c->tls;
    wu_tls_hello hello;

    switch (m->type) {
    case WU_TLS_CLIENT_HELLO:
        if (side == WU_SIDE_CLIENT && wu_tls_client_hello(m->body, &hello)) {
            t->offered = hello.version;
            if (hello.server_name.n)
                watch_name_connection(w, c, hello.server_name, c->tunnel);
        }
        break;
    case WU_TLS_SERVER_HELLO:
        if (side == WU_SIDE_SERVER && wu_tls_server_hello(m->body, &hello)) {
            t->version = hello.version;
            t->hello_done = true;
            t->sealed[0] = t->sealed[1] = hello.version == 0x0304;
        }
        break;
    case WU_TLS_CERTIFICATE:
        if (side == WU_SIDE_SERVER)
            read_certificates(w, c, m->body, decrypted);
        break;
    case WU_TLS_CERTIFICATE_REQUEST:
        t->certificate_asked = t->certificate_asked || side == WU_SIDE_SERVER;
        break;
    default:
        break;
    }
}

static void
handshake_bytes(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes, bool decrypted)
{
    tls_state *t = c->tls;
    GByteArray **kept = &t->handshake[side], *rest = NULL;
    wu_tls_message m;

    if (*kept)
        g_byte_array_append(*kept, bytes.p, (guint)bytes.n);
    wu_slice all = *kept ? wu_slice_of((*kept)->data, (*kept)->len) : bytes;
    while (wu_tls_read_message(all, &m) && m.whole) {
        handshake_message(w, c, side, &m, decrypted);
        all = wu_slice_from(all, 4 + m.body.n);
    }
    if (all.n > MAX_HANDSHAKE)
        t->lost = true;
    if (all.n && !t->lost) {
        rest = g_byte_array_new();
        g_byte_array_append(rest, all.p, (guint)all.n);
    }
    drop(kept);
    *kept = rest;
}

/* ---- records ---- */

/* A record of application data, by its length alone. In TLS 1.3 the first of the client is the end of its handshake. */
static void
data_record(wu_watch *w, connection *c, enum wu_side side, size_t length)
{
    tls_state *t = c->tls;
    bool tls13 = t->version == 0x0304;

    if (tls13 && length == SEALED_ALERT) {
        if (side == WU_SIDE_CLIENT) {
            t->sealed_alert = true;
            w->unsettled = c;
        }
        return;
    }
    if (tls13 && side == WU_SIDE_CLIENT && !t->finished[side]) {
        t->finished[side] = true;
        return;
    }
    if (tls13 && side == WU_SIDE_SERVER && !is_done(t))
        return; /* handshake, or tickets behind it */
    t->data[side]++;
    if (side == WU_SIDE_SERVER && is_done(t))
        t->replied = true;
}

static void
record_body(wu_watch *w, connection *c, enum wu_side side, uint8_t type, wu_slice body)
{
    tls_state *t = c->tls;

    if (type == WU_TLS_CHANGE_CIPHER) {
        t->sealed[side] = t->sealed[side] || t->version != 0x0304;
    } else if (type == WU_TLS_HANDSHAKE) {
        if (t->sealed[side] && t->version != 0x0304)
            t->finished[side] = true;
        else
            handshake_bytes(w, c, side, body, false);
    } else if (type == WU_TLS_ALERT && body.n == 2) {
        alert_came(w, c, side, body.p[0], body.p[1]);
    } else if (type == WU_TLS_ALERT && side == WU_SIDE_CLIENT && t->sealed[side]) {
        t->sealed_alert = true;
        w->unsettled = c;
    }
}

/* What the server sends is no record. */
static void
not_tls(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes)
{
    if (side == WU_SIDE_SERVER && !c->tls->answered) {
        outcome *x = tls_outcome(w, c, WU_CONNECTION_TLS_CLOSED, WU_EVENT_NOT_TLS, side);
        x->o.detail = wu_slice_begins_nocase(bytes, "HTTP/") ? "the server answers ClientHello in plain HTTP"
                                                           : "the server answers ClientHello with something that is no TLS";
        watch_fail(w, c, x);
    }
    c->mode = MODE_OTHER;
}

/* Takes one record off the beginning of *bytes. False when it is not complete; what there is of it is kept. */
static bool
next_record(wu_watch *w, connection *c, enum wu_side side, wu_slice *bytes)
{
    tls_state *t = c->tls;
    GByteArray **kept = &t->record[side];
    wu_tls_record record;
    wu_slice all = *bytes;

    if (*kept) {
        g_byte_array_append(*kept, bytes->p, (guint)bytes->n);
        all = wu_slice_of((*kept)->data, (*kept)->len);
    }
    if (all.n >= WU_TLS_HEADER && !wu_tls_read_record(all, &record)) {
        not_tls(w, c, side, all);
        return false;
    }
    if (all.n >= WU_TLS_HEADER && record.type == WU_TLS_DATA) {
        size_t before = *kept ? (*kept)->len - bytes->n : 0, end = WU_TLS_HEADER + record.length;
        t->skip[side] = end > before + bytes->n ? end - (before + bytes->n) : 0;
        *bytes = wu_slice_from(*bytes, end - before);
        drop(kept);
        t->answered = t->answered || side == WU_SIDE_SERVER;
        data_record(w, c, side, record.length);
        return true;
    }
    if (all.n < WU_TLS_HEADER || all.n < WU_TLS_HEADER + record.length) {
        if (all.n && all.n < WU_TLS_HEADER && side == WU_SIDE_SERVER && (all.p[0] < WU_TLS_CHANGE_CIPHER || all.p[0] > WU_TLS_DATA)) {
            not_tls(w, c, side, all);
            return false;
        }
        if (!*kept && bytes->n) {
            *kept = g_byte_array_new();
            g_byte_array_append(*kept, bytes->p, (guint)bytes->n);
        }
        return false;
    }
    size_t used = WU_TLS_HEADER + record.length - (*kept ? (*kept)->len - bytes->n : 0);
    t->answered = t->answered || side == WU_SIDE_SERVER;
    record_body(w, c, side, record.type, wu_slice_of(all.p + WU_TLS_HEADER, record.length));
    if (c->tls)
        drop(kept);
    *bytes = wu_slice_from(*bytes, used);
    return true;
}

void
watch_tls_bytes(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes)
{
    tls_state *t = c->tls;

    if (t->lost)
        return;
    while (bytes.n && c->mode == MODE_TLS && !c->over) {
        size_t n = t->skip[side] < bytes.n ? t->skip[side] : bytes.n;
        t->skip[side] -= n;
        bytes = wu_slice_from(bytes, n);
        if (!bytes.n || !next_record(w, c, side, &bytes))
            break;
    }
    if (t->replied && !c->known_by) { /* it works, and is of others */
        c->sealed = c->mode == MODE_TLS;
        c->mode = MODE_OTHER;
    }
}

void
watch_tls_gap(connection *c, enum wu_side side, uint64_t n)
{
    tls_state *t = c->tls;

    if (n <= t->skip[side])
        t->skip[side] -= (size_t)n;
    else
        t->lost = true;
}

/* ---- the end ---- */

static void
handshake_ended(wu_watch *w, connection *c, enum wu_side side, bool reset)
{
    const tls_state *t = c->tls;
    outcome *x;

    if (side == WU_SIDE_CLIENT && t->answered) {
        left(w, c);
    } else if (side == WU_SIDE_CLIENT) {
        if (w->time - t->hello_time < QUIET || !c->flow[WU_SIDE_SERVER].seen)
            return;
        x = tls_outcome(w, c, WU_CONNECTION_IDLE, WU_EVENT_IDLE, side);
        x->o.detail = "ClientHello has no answer, and the client gave up";
        watch_fail(w, c, x);
    } else if (reset) {
        x = tls_outcome(w, c, WU_CONNECTION_RESET, WU_EVENT_TLS_RESET, side);
        x->o.detail = t->answered ? "the server reset the connection before a request came"
                                  : "the server reset the connection when ClientHello came";
        watch_fail(w, c, x);
    } else {
        x = tls_outcome(w, c, WU_CONNECTION_TLS_CLOSED, WU_EVENT_TLS_CLOSED, side);
        x->o.detail = t->answered ? "the server closed the connection before a request came"
                                  : "the server closed the connection when ClientHello came";
        watch_fail(w, c, x);
    }
}

/* A request was sent that nobody can read: whether it has an answer shows all the same. */
static void
sealed_ended(wu_watch *w, connection *c, enum wu_side side, bool reset)
{
    const tls_state *t = c->tls;
    /* in TLS 1.3 what looks like a request may be the end of the handshake; and a client may leave before it has waited */
    bool unsure = t->version == 0x0304 || !c->flow[WU_SIDE_SERVER].seen;
    bool hasty = side != WU_SIDE_SERVER && w->time - c->flow[WU_SIDE_CLIENT].data_time < QUIET;
    outcome *x;

    if (!t->replied && (unsure || hasty))
        return;
    if (t->replied) {
        x = tls_outcome(w, c, WU_CONNECTION_OK, WU_EVENT_NONE, side);
    } else if (side == WU_SIDE_SERVER) {
        x = tls_outcome(w, c, reset ? WU_CONNECTION_RESET : WU_CONNECTION_CLOSED_EARLY, reset ? WU_EVENT_RESET : WU_EVENT_CLOSED, side);
        x->o.detail = reset ? "the server reset the connection and did not answer" : "the server closed the connection and did not answer";
        x->o.phase = WU_PHASE_EXCHANGE;
    } else {
        x = tls_outcome(w, c, WU_CONNECTION_IDLE, WU_EVENT_IDLE, side);
        x->o.detail = "no answer came, and the client gave up";
        x->o.phase = WU_PHASE_EXCHANGE;
    }
    x->o.sealed = true;
    watch_fail(w, c, x);
}

void
watch_tls_settle(wu_watch *w, connection *c)
{
    tls_state *t = c->tls;

    if (t && t->sealed_alert && !is_done(t) && !t->readable && !t->lost)
        left(w, c);
    if (t)
        t->sealed_alert = false;
}

void
watch_tls_end(wu_watch *w, connection *c, enum wu_side side, bool reset)
{
    const tls_state *t = c->tls;

    if (t->lost || (side == WU_SIDE_SERVER && c->flow[WU_SIDE_CLIENT].fin && !reset))
        return;
    if (t->readable && c->http)
        watch_http_end(w, c, side, reset);
    else if (t->readable)
        return;
    else if (is_done(t))
        sealed_ended(w, c, side, reset);
    else
        handshake_ended(w, c, side, reset);
}

/* ---- what a host program decrypted ---- */

/* Handshake messages and nothing else; data of HTTP begins with a letter, that of HTTP/2 with the length of a frame. */
static bool
is_handshake(wu_slice data)
{
    wu_tls_message m;

    while (data.n) {
        if (!data.p[0] || data.p[0] > 24 || !wu_tls_read_message(data, &m) || !m.whole)
            return false;
        data = wu_slice_from(data, 4 + m.body.n);
    }
    return true;
}

void
watch_tls_decrypted(wu_watch *w, connection *c, enum wu_side side, wu_slice data)
{
    tls_state *t = c->tls;

    t->keys = true;
    if (data.n == 2 && (data.p[0] == 1 || data.p[0] == 2)) {
        alert_came(w, c, side, data.p[0], data.p[1]);
        return;
    }
    if (t->handshake[side] || is_handshake(data)) {
        handshake_bytes(w, c, side, data, true);
        return;
    }
    if (!t->readable && side == WU_SIDE_SERVER) { /* a handshake message that goes on in other records */
        handshake_bytes(w, c, side, data, true);
        return;
    }
    if (side == WU_SIDE_CLIENT && !c->http) {
        t->readable = true;
        if (watch_looks_like_request(data))
            watch_http_start(c);
    }
    if (c->http)
        watch_http_bytes(w, c, side, data);
}
