/* exchange.c
 * Which answer belongs to which request.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "exchange.h"

#include "core/wusp.h"

static int proto_key;

/* ---- state of a capture file ---- */

/* A connection that Windows Update was seen on. */
typedef struct {
    wmem_list_t *pending;  /* requests without an answer, oldest first */
    wsus_exchange *asked;  /* the last one whose answer asked for authentication */
} connection;

/* The exchanges of the messages of one frame, by their place in it. */
typedef struct {
    unsigned index;
    wsus_exchange *exchange;
} frame_entry;

static wmem_multimap_t *frames; /* frame number -> frame_entry by index */
static unsigned connections;    /* with anything of Windows Update on them: while there are none, nothing has to be looked up */

static void
begin_file(void)
{
    frames = wmem_multimap_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    connections = 0;
}

void
exchange_register(void)
{
    proto_key = proto_get_id_by_filter_name("wsus");
    register_init_routine(begin_file);
    knowledge_register();
}

static conversation_t *
conversation_of(packet_info *pinfo)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    return conversation ? conversation : find_or_create_conversation(pinfo);
}

bool
exchange_known_connection(packet_info *pinfo)
{
    conversation_t *conversation = connections ? find_conversation_pinfo(pinfo, 0) : NULL;
    return conversation && conversation_get_proto_data(conversation, proto_key);
}

static const char *
keep(wu_slice text)
{
    return wmem_strndup(wmem_file_scope(), (const char *)text.p, text.n);
}

static const char *
keep_upper(wu_slice text)
{
    char *copy = wmem_strndup(wmem_file_scope(), (const char *)text.p, text.n);

    for (char *p = copy; *p; p++)
        *p = g_ascii_toupper(*p);
    return copy;
}

/* ---- pairing ---- */

/* The operation that a body names, without "Response"; empty for a fault, whose Method names it if anything does. */
static wu_slice
operation_of(const http_message *m)
{
    wu_slice none = { NULL, 0 }, operation;
    bool response;

    if (!m->message)
        return none;
    if (!m->message->is_fault)
        return wu_message_operation(m->message->operation, &response);
    if (m->message->fault.method.text.p)
        wu_service_of_action(wu_slice_trim(m->message->fault.method.text), &operation);
    else
        operation = none;
    return operation;
}

wu_slice
exchange_scan_of(wu_slice vector)
{
    size_t n = wu_slice_find_byte(vector, 0, '.');

    return wu_slice_of(vector.p, n < vector.n ? n : 0);
}

static enum wu_client
client_of(const wsus_exchange *x)
{
    return wu_client_who(wu_slice_text(x->user_agent), wu_client_of(x->service, wu_slice_text(x->operation)));
}

static bool
carries_credentials(const http_message *m)
{
    return m->head.header[WU_HEADER_AUTHORIZATION].p || m->head.header[WU_HEADER_PROXY_AUTHORIZATION].p;
}

static wsus_exchange *
new_exchange(const http_message *m, wu_recognised recognised)
{
    wsus_exchange *x = wmem_new0(wmem_file_scope(), wsus_exchange);
    wu_slice operation = operation_of(m);

    x->ours = recognised.service != WU_SERVICE_NONE;
    x->service = recognised.service;
    x->operation = operation.n ? keep(operation) : recognised.operation;
    x->user_agent = "";
    if (m->have_head && m->request) {
        x->user_agent = keep(m->head.header[WU_HEADER_USER_AGENT]);
        x->head = wu_slice_is(m->head.method, "HEAD");
        x->ranged = m->head.header[WU_HEADER_RANGE].n > 0;
        if (x->ours) {
            x->target = keep(m->head.target);
            x->host = m->head.header[WU_HEADER_HOST].n ? keep(m->head.header[WU_HEADER_HOST]) : NULL;
            wu_slice digest = wu_content_digest(m->head.target);
            x->digest = digest.n ? keep_upper(digest) : NULL;
            wu_slice scan = exchange_scan_of(m->head.header[WU_HEADER_MS_CV]);
            x->scan = scan.n ? keep(scan) : NULL;
        }
        x->anonymous = !carries_credentials(m);
    }
    if (m->request && m->message && m->message->message_id.text.n)
        x->message_id = keep(wu_slice_trim(m->message->message_id.text));
    x->client = client_of(x);
    return x;
}

static wu_recognised
recognise_head(const wu_http_head *head)
{
    if (wu_slice_is(head->method, "CONNECT"))
        return wu_recognise_tunnel(head->target, head->header[WU_HEADER_USER_AGENT]);
    return wu_recognise_request(head->target, head->header[WU_HEADER_HOST], head->header[WU_HEADER_USER_AGENT],
                                head->header[WU_HEADER_SOAPACTION]);
}

/* What a message is recognised as by itself. `known`: Windows Update was seen on its connection. */
static wu_recognised
recognise(const http_message *m, const wsus_exchange *expected, bool known)
{
    wu_recognised r = { WU_SERVICE_NONE, "", false };
    wu_slice operation = operation_of(m);

    if (m->have_head && m->request)
        r = recognise_head(&m->head);
    if (r.weak && !known)
        r.service = WU_SERVICE_NONE;
    if (m->message && !m->message->is_fault) {
        enum wu_service by_body = wu_service_of_body(m->message->operation_namespace, operation,
                                                     r.service ? r.service : expected ? expected->service : WU_SERVICE_NONE);
        if (by_body)
            r.service = by_body;
    } else if (m->message && m->message->is_fault && m->message->fault.method.text.p && !r.service) {
        r.service = wu_service_of_action(wu_slice_trim(m->message->fault.method.text), &operation);
    }
    if (r.service && !operation.n && m->request && m->head.header[WU_HEADER_SOAPACTION].n &&
        wu_service_of_action(m->head.header[WU_HEADER_SOAPACTION], &operation) && operation.n)
        r.operation = keep(operation); /* the body is not there, the action names it */
    return r;
}

static void
remember(packet_info *pinfo, const http_message *m, wsus_exchange *x)
{
    frame_entry *entry = wmem_new(wmem_file_scope(), frame_entry);

    entry->index = m->index;
    entry->exchange = x;
    wmem_multimap_insert32(frames, GUINT_TO_POINTER(pinfo->num), m->index, entry);
}

static wsus_exchange *
recall(packet_info *pinfo, const http_message *m)
{
    frame_entry *entry = (frame_entry *)wmem_multimap_lookup32(frames, GUINT_TO_POINTER(pinfo->num), m->index);
    return entry ? entry->exchange : NULL;
}

const wsus_exchange *
exchange_in_frame(const packet_info *pinfo)
{
    const frame_entry *entry = (const frame_entry *)wmem_multimap_lookup32_le(frames, GUINT_TO_POINTER(pinfo->num), G_MAXUINT32);
    return entry ? entry->exchange : NULL;
}

static connection *
connection_of(conversation_t *conversation, bool create)
{
    connection *c = (connection *)conversation_get_proto_data(conversation, proto_key);

    if (!c && create) {
        c = wmem_new0(wmem_file_scope(), connection);
        c->pending = wmem_list_new(wmem_file_scope());
        conversation_add_proto_data(conversation, proto_key, c);
        connections++;
    }
    return c;
}

/* A request on a connection where an older one waits: when the client has acknowledged more since then, it has had an
 * answer that the capture lacks, and the older request is given up. Otherwise the requests are pipelined. */
static void
give_up_answered(connection *c, const wsus_exchange *latest)
{
    for (wmem_list_frame_t *f = wmem_list_head(c->pending); f; f = wmem_list_frame_next(f)) {
        wsus_exchange *x = (wsus_exchange *)wmem_list_frame_data(f);
        if (x->have_ack && latest->have_ack && (gint32)(latest->ack - x->ack) > 0)
            x->given_up = true;
    }
}

/* When a message was sent. */
static nstime_t
time_of(const packet_info *pinfo, const http_message *m)
{
    return m->joined ? m->joined->time : pinfo->abs_ts;
}

/* The exchange of a stream of HTTP/2 that waits for an answer, or for the end of its request. */
static wmem_list_frame_t *
find_stream(connection *c, guint32 stream)
{
    for (wmem_list_frame_t *f = c ? wmem_list_tail(c->pending) : NULL; f; f = wmem_list_frame_prev(f))
        if (((wsus_exchange *)wmem_list_frame_data(f))->stream == stream)
            return f;
    return NULL;
}

/* The exchange of a request that began earlier and is complete, or at its end, now. */
static wmem_list_frame_t *
find_begun(connection *c, const http_message *m)
{
    if (m->stream)
        return m->part == MESSAGE_WHOLE ? find_stream(c, m->stream) : NULL;
    for (wmem_list_frame_t *f = m->began ? wmem_list_head(c->pending) : NULL; f; f = wmem_list_frame_next(f)) {
        const wsus_exchange *x = (const wsus_exchange *)wmem_list_frame_data(f);
        if (x->incomplete && x->began == m->began)
            return f;
    }
    return NULL;
}

/* A request began earlier and is complete now: its body may tell more than its head did. When the answer did not wait for it,
 * that has told already where the request begins; later passes know where it ends, too. */
static wsus_exchange *
complete_request(packet_info *pinfo, const http_message *m, connection *c, wmem_list_frame_t *f)
{
    wsus_exchange *x = (wsus_exchange *)wmem_list_frame_data(f);
    const wsus_exchange *whole = new_exchange(m, recognise(m, x, true));

    x->ours = x->ours || whole->ours;
    x->service = whole->service ? whole->service : x->service;
    x->operation = *whole->operation ? whole->operation : x->operation;
    x->message_id = whole->message_id;
    x->client = client_of(x);
    x->incomplete = false;
    if (x->response_frame) {
        x->request_ends = pinfo->num;
        wmem_list_remove_frame(c->pending, f);
    } else {
        x->request_frame = pinfo->num;
        x->request_time = time_of(pinfo, m);
    }
    remember(pinfo, m, x);
    return x;
}

static wsus_exchange *
pair_request(packet_info *pinfo, const http_message *m, conversation_t *conversation)
{
    wu_recognised recognised = recognise(m, NULL, connection_of(conversation, false) != NULL);
    connection *c = connection_of(conversation, recognised.service != WU_SERVICE_NONE);

    if (!c)
        return NULL;
    wmem_list_frame_t *begun = find_begun(c, m);
    if (begun)
        return complete_request(pinfo, m, c, begun);
    wsus_exchange *x = new_exchange(m, recognised);
    x->stream = m->stream;
    x->incomplete = m->part == MESSAGE_BEGUN;
    x->request_frame = pinfo->num;
    x->request_time = time_of(pinfo, m);
    x->have_ack = compat_tcp_last_ack(conversation, pinfo, &x->ack);
    give_up_answered(c, x);
    if (c->asked && m->have_head && carries_credentials(m)) {
        c->asked->continued_frame = pinfo->num;
        c->asked = NULL;
    }
    wmem_list_append(c->pending, x);
    if (wmem_list_count(c->pending) > EXCHANGE_MAX_PENDING)
        wmem_list_remove_frame(c->pending, wmem_list_head(c->pending));
    remember(pinfo, m, x);
    return x;
}

static bool
relates_to(const http_message *m, const wsus_exchange *x)
{
    return m->message && x->message_id && wu_slice_is(wu_slice_trim(m->message->relates_to.text), x->message_id);
}

/* The request that a response answers: the one whose message id it names; else the oldest of the operation that the body
 * names; else the oldest that was not given up. An answer of another operation than that one belongs to a request that the
 * capture lacks; but the Method of a fault is a text of the server, and there the order of HTTP decides. */
static wmem_list_frame_t *
find_request(connection *c, const http_message *m)
{
    wu_slice operation = operation_of(m);
    wmem_list_frame_t *oldest = NULL, *named = NULL;

    for (wmem_list_frame_t *f = wmem_list_head(c->pending); f; f = wmem_list_frame_next(f)) {
        const wsus_exchange *x = (const wsus_exchange *)wmem_list_frame_data(f);
        if (x->response_frame)
            continue; /* only waits for the end of its request */
        if (relates_to(m, x))
            return f;
        if (!named && operation.n && wu_slice_is(operation, x->operation))
            named = f;
        if (!oldest && !x->given_up)
            oldest = f;
    }
    if (named)
        return named;
    if (oldest && operation.n && !m->message->is_fault && *((wsus_exchange *)wmem_list_frame_data(oldest))->operation)
        return NULL; /* the answer to a request that the capture lacks */
    return oldest;
}

/* An answer that another one follows. The answer to a request that went over to HTTP/2 comes on stream 1. */
static bool
is_interim(const http_message *m, wsus_exchange *x)
{
    if (!m->have_head || m->head.status >= 200)
        return false;
    if (m->head.status != 101)
        return true;
    bool upgraded = wu_slice_is_nocase(m->head.header[WU_HEADER_UPGRADE], "h2c");
    if (upgraded && x)
        x->stream = 1;
    return upgraded;
}

static wmem_list_frame_t *
oldest_request(connection *c)
{
    wmem_list_frame_t *f = wmem_list_head(c->pending);

    while (f && ((wsus_exchange *)wmem_list_frame_data(f))->response_frame)
        f = wmem_list_frame_next(f);
    return f;
}

static wsus_exchange *
pair_response(packet_info *pinfo, const http_message *m, conversation_t *conversation)
{
    connection *c = connection_of(conversation, false);
    wmem_list_frame_t *f = c && m->stream ? find_stream(c, m->stream) : c ? find_request(c, m) : NULL;
    wsus_exchange *x = f ? (wsus_exchange *)wmem_list_frame_data(f) : NULL;

    if (is_interim(m, x))
        return NULL;
    if (!x) {
        wu_recognised recognised = recognise(m, NULL, c != NULL);
        if (!recognised.service)
            return NULL;
        connection_of(conversation, true);
        x = new_exchange(m, recognised);
    } else {
        if (!x->incomplete)
            wmem_list_remove_frame(c->pending, f);
        if (!x->ours || !*x->operation) { /* the request did not tell, the answer may */
            wu_recognised recognised = recognise(m, x, true);
            wu_slice operation = operation_of(m);
            if (recognised.service && !x->ours) {
                x->ours = true;
                x->service = recognised.service;
            }
            if (operation.n && x->ours && !*x->operation)
                x->operation = keep(operation);
            x->client = client_of(x);
        }
        c->asked = m->have_head && (m->head.status == 401 || m->head.status == 407) ? x : c->asked;
    }
    x->response_frame = pinfo->num;
    x->response_time = time_of(pinfo, m);
    x->status = m->have_head ? m->head.status : 0;
    remember(pinfo, m, x);
    return x;
}

wsus_exchange *
exchange_of(packet_info *pinfo, const http_message *m)
{
    wsus_exchange *x;

    if (PINFO_FD_VISITED(pinfo)) {
        x = recall(pinfo, m);
    } else if (!connections && !recognise(m, NULL, false).service) {
        return NULL;
    } else {
        conversation_t *conversation = conversation_of(pinfo);
        x = m->request ? pair_request(pinfo, m, conversation) : pair_response(pinfo, m, conversation);
    }
    return x && x->ours ? x : NULL;
}

bool
exchange_expected(packet_info *pinfo, const http_message *m)
{
    conversation_t *conversation = connections ? find_conversation_pinfo(pinfo, 0) : NULL;
    connection *c = conversation ? connection_of(conversation, false) : NULL;
    wmem_list_frame_t *asked = c && !m->request ? oldest_request(c) : NULL;

    if (asked && ((wsus_exchange *)wmem_list_frame_data(asked))->head)
        return false; /* an answer to HEAD has no body to wait for */
    return c || (m->request && recognise(m, NULL, false).service != WU_SERVICE_NONE);
}

wsus_exchange *
exchange_take_stream(packet_info *pinfo, const http_message *m)
{
    if (PINFO_FD_VISITED(pinfo))
        return recall(pinfo, m);
    connection *c = connection_of(conversation_of(pinfo), false);
    wmem_list_frame_t *f = find_stream(c, m->stream);
    wsus_exchange *x = f ? (wsus_exchange *)wmem_list_frame_data(f) : NULL;
    if (!x || !x->ours || x->response_frame)
        return NULL;
    wmem_list_remove_frame(c->pending, f);
    remember(pinfo, m, x);
    return x;
}

void
exchange_announce(packet_info *pinfo, const http_message *m)
{
    conversation_t *conversation = conversation_of(pinfo);
    connection *c = connection_of(conversation, false);

    if (m->request) {
        wsus_exchange *x = pair_request(pinfo, m, conversation);
        if (x) {
            x->incomplete = true;
            x->began = pinfo->num;
        }
        return;
    }
    wmem_list_frame_t *f = m->stream ? find_stream(c, m->stream) : c ? oldest_request(c) : NULL;
    wsus_exchange *x = f ? (wsus_exchange *)wmem_list_frame_data(f) : NULL;
    if (x && m->part == MESSAGE_LOST) {
        x->answer_lost = true;
        wmem_list_remove_frame(c->pending, f);
    } else if (x) {
        x->begun_frame = pinfo->num;
    }
}
