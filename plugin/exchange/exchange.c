/* exchange.c
 * Which answer belongs to which request.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "exchange.h"

#include <epan/to_str.h>

#include "core/wusp.h"

static int proto_key;

/* ---- state of a capture file ---- */

/* A connection that Windows Update was seen on. */
typedef struct {
    wmem_list_t *pending;  /* requests without an answer, oldest first */
    wsus_exchange *asked;  /* the last one whose answer asked for authentication */
    begun_message *begun[2]; /* a request and a response that wait for their rest */
} connection;

/* What was lost, by the frame that told. */
typedef struct {
    const begun_message *message[2];
    unsigned n;
} frame_loss;

/* The exchanges of the messages of one frame, by their place in it. */
typedef struct {
    unsigned index;
    wsus_exchange *exchange;
} frame_entry;

static wmem_multimap_t *frames; /* frame number -> frame_entry by index */
static wmem_map_t *losses;      /* frame number -> frame_loss */

static void
begin_file(void)
{
    wmem_allocator_t *scope = wmem_file_scope();

    frames = wmem_multimap_new(scope, g_direct_hash, g_direct_equal);
    losses = wmem_map_new(scope, g_direct_hash, g_direct_equal);
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
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
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

static enum wu_client
client_of(const http_message *m, const wsus_exchange *x)
{
    wu_slice agent = m->head.header[WU_HEADER_USER_AGENT];

    if (wu_slice_begins_nocase(agent, "Microsoft BITS") || wu_slice_begins_nocase(agent, "Microsoft-Delivery-Optimization"))
        return WU_CLIENT_DOWNLOAD;
    return wu_client_of(x->service, wu_slice_text(x->operation));
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
    if (m->have_head && m->request) {
        x->head = wu_slice_is(m->head.method, "HEAD");
        if (x->ours) {
            x->target = keep(m->head.target);
            x->host = m->head.header[WU_HEADER_HOST].n ? keep(m->head.header[WU_HEADER_HOST]) : NULL;
            wu_slice digest = wu_content_digest(m->head.target);
            x->digest = digest.n ? keep_upper(digest) : NULL;
        }
        x->anonymous = !carries_credentials(m);
    }
    if (m->request && m->message && m->message->message_id.text.n)
        x->message_id = keep(wu_slice_trim(m->message->message_id.text));
    x->client = client_of(m, x);
    return x;
}

/* What a message is recognised as by itself. */
static wu_recognised
recognise(const http_message *m, const wsus_exchange *expected)
{
    wu_recognised r = { WU_SERVICE_NONE, "", false };
    wu_slice operation = operation_of(m);

    if (m->have_head && m->request)
        r = wu_recognise_request(m->head.target, m->head.header[WU_HEADER_HOST], m->head.header[WU_HEADER_USER_AGENT],
                                 m->head.header[WU_HEADER_SOAPACTION]);
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

static connection *
connection_of(conversation_t *conversation, bool create)
{
    connection *c = (connection *)conversation_get_proto_data(conversation, proto_key);

    if (!c && create) {
        c = wmem_new0(wmem_file_scope(), connection);
        c->pending = wmem_list_new(wmem_file_scope());
        conversation_add_proto_data(conversation, proto_key, c);
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

/* The exchange of a stream of HTTP/2 that waits for an answer, or for the end of its request. */
static wmem_list_frame_t *
find_stream(connection *c, guint32 stream)
{
    for (wmem_list_frame_t *f = c ? wmem_list_tail(c->pending) : NULL; f; f = wmem_list_frame_prev(f))
        if (((wsus_exchange *)wmem_list_frame_data(f))->stream == stream)
            return f;
    return NULL;
}

/* A request of HTTP/2 began earlier and is complete now: its body may tell more than its head did. */
static wsus_exchange *
complete_request(packet_info *pinfo, const http_message *m, connection *c, wmem_list_frame_t *f)
{
    wsus_exchange *x = (wsus_exchange *)wmem_list_frame_data(f);
    const wsus_exchange *whole = new_exchange(m, recognise(m, x));

    x->ours = x->ours || whole->ours;
    x->service = whole->service ? whole->service : x->service;
    x->operation = *whole->operation ? whole->operation : x->operation;
    x->message_id = whole->message_id;
    x->client = client_of(m, x);
    x->request_frame = pinfo->num;
    x->request_time = pinfo->abs_ts;
    x->incomplete = false;
    if (x->response_frame) /* the answer did not wait for it */
        wmem_list_remove_frame(c->pending, f);
    remember(pinfo, m, x);
    return x;
}

static wsus_exchange *
pair_request(packet_info *pinfo, const http_message *m, conversation_t *conversation)
{
    wu_recognised recognised = recognise(m, NULL);
    connection *c = connection_of(conversation, recognised.service != WU_SERVICE_NONE);

    if (!c)
        return NULL;
    wmem_list_frame_t *begun = m->stream && m->part == MESSAGE_WHOLE ? find_stream(c, m->stream) : NULL;
    if (begun)
        return complete_request(pinfo, m, c, begun);
    wsus_exchange *x = new_exchange(m, recognised);
    x->stream = m->stream;
    x->incomplete = m->part == MESSAGE_BEGUN;
    x->request_frame = pinfo->num;
    x->request_time = m->begun ? m->begun->time : pinfo->abs_ts;
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
 * names; where it names none, the oldest that was not given up. */
static wmem_list_frame_t *
find_request(connection *c, const http_message *m)
{
    wu_slice operation = operation_of(m);
    wmem_list_frame_t *oldest = NULL, *named = NULL;

    for (wmem_list_frame_t *f = wmem_list_head(c->pending); f; f = wmem_list_frame_next(f)) {
        wsus_exchange *x = (wsus_exchange *)wmem_list_frame_data(f);
        if (relates_to(m, x))
            return f;
        if (!named && operation.n && wu_slice_is(operation, x->operation))
            named = f;
        if (!oldest && !x->given_up)
            oldest = f;
    }
    if (named)
        return named;
    if (oldest && operation.n && *((wsus_exchange *)wmem_list_frame_data(oldest))->operation)
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

static wsus_exchange *
pair_response(packet_info *pinfo, const http_message *m, conversation_t *conversation)
{
    connection *c = connection_of(conversation, false);
    wmem_list_frame_t *f = c && m->stream ? find_stream(c, m->stream) : c ? find_request(c, m) : NULL;
    wsus_exchange *x = f ? (wsus_exchange *)wmem_list_frame_data(f) : NULL;

    if (is_interim(m, x))
        return NULL;
    if (!x) {
        wu_recognised recognised = recognise(m, NULL);
        if (!recognised.service)
            return NULL;
        connection_of(conversation, true);
        x = new_exchange(m, recognised);
    } else {
        if (!x->incomplete)
            wmem_list_remove_frame(c->pending, f);
        if (!x->ours || !*x->operation) { /* the request did not tell, the answer may */
            wu_recognised recognised = recognise(m, x);
            wu_slice operation = operation_of(m);
            if (recognised.service && !x->ours) {
                x->ours = true;
                x->service = recognised.service;
            }
            if (operation.n && x->ours && !*x->operation)
                x->operation = keep(operation);
            x->client = client_of(m, x);
        }
        c->asked = m->have_head && (m->head.status == 401 || m->head.status == 407) ? x : c->asked;
    }
    x->response_frame = pinfo->num;
    x->response_time = m->begun ? m->begun->time : pinfo->abs_ts;
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
    } else {
        conversation_t *conversation = conversation_of(pinfo);
        x = m->request ? pair_request(pinfo, m, conversation) : pair_response(pinfo, m, conversation);
    }
    return x && x->ours ? x : NULL;
}

void
exchange_announce(packet_info *pinfo, const http_message *m)
{
    conversation_t *conversation = conversation_of(pinfo);

    if (m->request) {
        pair_request(pinfo, m, conversation);
        return;
    }
    wmem_list_frame_t *f = find_stream(connection_of(conversation, false), m->stream);
    if (f)
        ((wsus_exchange *)wmem_list_frame_data(f))->begun_frame = pinfo->num;
}

/* ---- messages whose rest is lost ---- */

static void
forget_begun(begun_message **begun)
{
    if (!*begun)
        return;
    wmem_free(wmem_file_scope(), (*begun)->bytes);
    wmem_free(wmem_file_scope(), (char *)(*begun)->sender);
    wmem_free(wmem_file_scope(), *begun);
    *begun = NULL;
}

void
exchange_begin(packet_info *pinfo, const http_message *m)
{
    conversation_t *conversation = conversation_of(pinfo);
    connection *c = connection_of(conversation, m->request && recognise(m, NULL).service != WU_SERVICE_NONE);
    wmem_list_frame_t *oldest = c ? wmem_list_head(c->pending) : NULL;
    guint32 seen;

    if (!c)
        return;
    forget_begun(&c->begun[!m->request]);
    begun_message *b = wmem_new0(wmem_file_scope(), begun_message);
    b->request = m->request;
    b->frame = pinfo->num;
    b->sender = address_to_str(wmem_file_scope(), &pinfo->src);
    b->time = pinfo->abs_ts;
    b->length = (guint)m->length;
    b->bytes = (guint8 *)tvb_memdup(wmem_file_scope(), m->tvb, m->offset, m->length);
    b->have_end = m->head.length && m->head.body == WU_BODY_LENGTH && compat_tcp_next_seq(conversation, pinfo, &seen);
    if (b->have_end)
        b->end = seen + (guint32)m->missing;
    c->begun[!m->request] = b;
    if (!m->request && oldest)
        ((wsus_exchange *)wmem_list_frame_data(oldest))->begun_frame = pinfo->num;
}

static bool
begins_like(const http_message *m, const begun_message *b)
{
    return m->tvb && m->length >= b->length && tvb_memeql(m->tvb, m->offset, b->bytes, b->length) == 0;
}

/* Whether the messages of a frame tell that a message which began earlier is complete now, or is lost. */
static bool
is_lost(packet_info *pinfo, conversation_t *conversation, begun_message **begun, const message_list *list)
{
    begun_message *b = *begun;
    guint32 ack;

    for (unsigned i = 0; i < list->n; i++) {
        if (list->message[i]->request != b->request)
            continue;
        if (!begins_like(list->message[i], b))
            return true;
        forget_begun(begun);
        return false;
    }
    return list->n && b->have_end && compat_tcp_last_ack(conversation, pinfo, &ack) && (gint32)(ack - b->end) >= 0;
}

unsigned
exchange_lost(packet_info *pinfo, const message_list *list, const begun_message *lost[2])
{
    frame_loss *loss = (frame_loss *)wmem_map_lookup(losses, GUINT_TO_POINTER(pinfo->num));
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    connection *c = conversation ? connection_of(conversation, false) : NULL;

    for (unsigned i = 0; !PINFO_FD_VISITED(pinfo) && c && i < 2; i++) {
        if (!c->begun[i] || c->begun[i]->frame == pinfo->num || !is_lost(pinfo, conversation, &c->begun[i], list))
            continue;
        if (!loss) {
            loss = wmem_new0(wmem_file_scope(), frame_loss);
            wmem_map_insert(losses, GUINT_TO_POINTER(pinfo->num), loss);
        }
        loss->message[loss->n++] = c->begun[i];
        c->begun[i] = NULL;
    }
    for (unsigned i = 0; loss && i < loss->n; i++)
        lost[i] = loss->message[i];
    return loss ? loss->n : 0;
}
