/* http2_streams.c
 * The streams of HTTP/2: which header blocks and bodies belong together, and what of it is a message that ends.
 *
 * Of what is not Windows Update nothing is kept but open streams. What cannot be known, where the capture began in the middle
 * of a connection or lacks segments, is left out.
 *
 * Long because a stream goes through all of it: its header blocks, its bodies, and the ways in which it ends.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http2.h"

#include "core/http2_head.h"
#include "core/nbfx_reader.h"
#include "core/wusp.h"

#define SILENCE 2.0 /* seconds: a server that is silent for so long before the client goes away has not answered in time */

enum { REQUEST, RESPONSE };

/* One direction of a stream. */
typedef struct {
    guint8 *head;        /* decompressed header block; NULL: not seen, or not decompressed */
    guint head_length;
    bool begun, ended;
    bool soap, coded;    /* by its head: the media type is one that SOAP has; the body has a coding */
    bool looked;         /* whether the body is kept has been decided */
    bool kept;
    bool too_long;
    guint8 *body;
    guint body_length, body_room;
    guint64 length;      /* of the body, kept or not */
} half;

typedef struct {
    guint32 id;
    bool ours;           /* the request is one of Windows Update */
    bool dull;           /* it is one for a file of others: nobody needs the head of the answer */
    nstime_t time;       /* of what came last */
    half half[2];
    wmem_list_frame_t *place;
} stream;

/* What is new of one direction, while it is read. */
typedef struct {
    http2_connection *c;
    unsigned side;
    const nstime_t *now;
    const http2_news *news;
    unsigned next_part;
    enum { PARTS_UNFIT, PART_OF_EACH_FRAME, PART_OF_EACH_BLOCK } fit;
    http2_kept *first, **last;
} reading;

/* ---- streams ---- */

http2_connection *
http2_new_connection(void)
{
    http2_connection *c = wmem_new0(wmem_file_scope(), http2_connection);

    c->client = -1;
    c->streams = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    c->order = wmem_list_new(wmem_file_scope());
    return c;
}

static stream *
find_stream(http2_connection *c, guint32 id)
{
    if (c->recent_id != id) {
        c->recent = wmem_map_lookup(c->streams, GUINT_TO_POINTER(id));
        c->recent_id = id;
    }
    return (stream *)c->recent;
}

static void
drop_body(http2_connection *c, half *h)
{
    c->bodies -= h->body_room;
    wmem_free(wmem_file_scope(), h->body);
    h->body = NULL;
    h->body_length = h->body_room = 0;
    h->kept = false;
}

static void
forget_stream(http2_connection *c, stream *s)
{
    for (unsigned i = 0; i < 2; i++) {
        wmem_free(wmem_file_scope(), s->half[i].head);
        drop_body(c, &s->half[i]);
    }
    wmem_list_remove_frame(c->order, s->place);
    wmem_map_remove(c->streams, GUINT_TO_POINTER(s->id));
    if (c->recent == s)
        c->recent = NULL;
    wmem_free(wmem_file_scope(), s);
}

/* The stream of an id. A new one takes the place of the oldest when there are too many. */
static stream *
open_stream(http2_connection *c, guint32 id)
{
    stream *s = find_stream(c, id);

    if (s)
        return s;
    if (wmem_list_count(c->order) >= HTTP2_MAX_STREAMS) {
        forget_stream(c, (stream *)wmem_list_frame_data(wmem_list_head(c->order)));
        c->given_up = true;
    }
    s = wmem_new0(wmem_file_scope(), stream);
    s->id = id;
    wmem_list_append(c->order, s);
    s->place = wmem_list_tail(c->order);
    wmem_map_insert(c->streams, GUINT_TO_POINTER(id), s);
    c->recent = s;
    c->recent_id = id;
    return s;
}

/* ---- what a frame yields ---- */

static http2_kept *
yield_message(reading *r, const stream *s, unsigned which, enum message_part part)
{
    http2_kept *k = wmem_new0(wmem_file_scope(), http2_kept);
    const half *h = &s->half[which];

    k->stream = s->id;
    k->request = which == REQUEST;
    k->part = part;
    k->whole = h->ended;
    k->length = h->length;
    k->too_long = h->too_long;
    k->given_up = r->c->given_up;
    if (h->head) {
        k->head = (guint8 *)wmem_memdup(wmem_file_scope(), h->head, h->head_length);
        k->head_length = h->head_length;
    }
    *r->last = k;
    r->last = &k->next;
    return k;
}

/* A namespace of Windows Update stands near the beginning of its envelopes. */
static bool
names_windows_update(const half *h)
{
    wu_slice start = wu_slice_of(h->body, h->body_length < 4096 ? h->body_length : 4096);
    return start.n && wu_slice_find(start, 0, "/SoftwareDistribution") < start.n;
}

/* Whether a body that was kept so far is worth it: a SOAP message in any form, or one that has to be decoded first. */
static bool
is_worth_keeping(const half *h)
{
    wu_slice body = wu_slice_of(h->body, h->body_length);
    wu_http2_head head;

    wu_http2_read_head(wu_slice_of(h->head, h->head_length), &head);
    return head.head.header[WU_HEADER_CONTENT_ENCODING].n || wu_message_worth_reading(body) || wu_nbfx_looks_like(body) ||
           wu_text_charset(body) >= WU_UTF16_LE;
}

/* Bytes of the server are missing in the capture. What comes behind them cannot be read: not even header blocks, which refer
 * to earlier ones. */
static bool
answers_are_lost(const http2_connection *c)
{
    return c->client >= 0 && c->direction[!c->client].reader.broken;
}

static void
lose_stream(reading *r, stream *s)
{
    if (s->ours && !s->half[RESPONSE].ended)
        yield_message(r, s, RESPONSE, MESSAGE_LOST);
    forget_stream(r->c, s);
}

static void
lose_streams(reading *r)
{
    wmem_list_frame_t *next;

    for (wmem_list_frame_t *f = wmem_list_head(r->c->order); f; f = next) {
        stream *s = (stream *)wmem_list_frame_data(f);
        next = wmem_list_frame_next(f);
        if (s->half[REQUEST].ended)
            lose_stream(r, s);
    }
}

/* One direction of a stream is complete. */
static void
end_half(reading *r, stream *s, unsigned which)
{
    http2_connection *c = r->c;
    half *h = &s->half[which];

    if (h->ended)
        return;
    h->ended = true;
    if (h->kept && which == REQUEST && names_windows_update(h))
        s->ours = c->ours = true;
    if (h->kept && !is_worth_keeping(h))
        drop_body(c, h);
    bool upgraded = s->id == 1 && !s->half[REQUEST].begun; /* the request was one of HTTP/1, if anything */
    if (h->begun && (c->ours || h->kept || upgraded)) {
        http2_kept *k = yield_message(r, s, which, MESSAGE_WHOLE);
        k->body = h->body; /* goes over to what is kept */
        k->body_length = h->body_length;
        c->bodies -= h->body_room;
        h->body = NULL;
        h->body_length = h->body_room = 0;
    }
    if (s->half[REQUEST].ended && s->half[RESPONSE].ended)
        forget_stream(c, s);
    else if (which == REQUEST && answers_are_lost(c))
        lose_stream(r, s);
}

/* Whether all of a body that its head announces is there. */
static bool
has_whole_body(const half *h)
{
    wu_http2_head head;

    wu_http2_read_head(wu_slice_of(h->head, h->head_length), &head);
    return head.kind == WU_HTTP2_RESPONSE && head.head.body == WU_BODY_LENGTH && head.head.body_length == h->length;
}

/* A stream ends before its time. */
static void
cut_stream(reading *r, stream *s, bool by_client, enum stream_cut cut, guint32 error)
{
    if (cut == CUT_BY_RESET && by_client && has_whole_body(&s->half[RESPONSE]))
        return; /* it does not wait for the frame that ends the stream, which is on its way */
    if (s->ours && !s->half[RESPONSE].ended) {
        http2_kept *k = yield_message(r, s, RESPONSE, MESSAGE_CUT);
        k->error = error;
        k->by_client = by_client;
        k->cut = cut;
        k->sent_by_client = r->side == (unsigned)r->c->client;
    }
    forget_stream(r->c, s);
}

/* ---- header blocks ---- */

static bool
says_soap(wu_slice type)
{
    return wu_slice_find_nocase(type, 0, "xml") < type.n || wu_slice_find_nocase(type, 0, "soap") < type.n ||
           wu_slice_begins_nocase(type, "multipart/related");
}

static void
begin_half(reading *r, stream *s, unsigned which, bool over, wu_slice block, const wu_http_head *head)
{
    half *h = &s->half[which];

    if (h->begun)
        return;
    if (over && which == REQUEST && !r->c->ours)
        block.n = 0; /* it is a whole message of others, of which nothing is told */
    h->begun = true;
    h->soap = says_soap(head->header[WU_HEADER_CONTENT_TYPE]);
    h->coded = head->header[WU_HEADER_CONTENT_ENCODING].n > 0;
    s->time = *r->now;
    h->head = block.n ? (guint8 *)wmem_memdup(wmem_file_scope(), block.p, block.n) : NULL;
    h->head_length = (guint)block.n;
    if (s->ours)
        yield_message(r, s, which, MESSAGE_BEGUN);
}

static void
begin_request(reading *r, guint32 id, bool over, wu_slice block, const wu_http_head *head)
{
    wu_recognised recognised = wu_recognise_request(head->target, head->header[WU_HEADER_HOST],
                                                    head->header[WU_HEADER_USER_AGENT], head->header[WU_HEADER_SOAPACTION]);
    stream *s = open_stream(r->c, id);

    if (recognised.service && !recognised.weak)
        r->c->ours = true;
    s->ours = r->c->ours;
    s->dull = !s->ours && !recognised.service && (wu_slice_is(head->method, "GET") || wu_slice_is(head->method, "HEAD"));
    begin_half(r, s, REQUEST, over, block, head);
}

/* The source of the part of a header block in a frame, NULL when there is none. */
static tvbuff_t *
take_part(reading *r, const wu_http2_event *e)
{
    bool have = r->fit == PART_OF_EACH_FRAME || (r->fit == PART_OF_EACH_BLOCK && e->have_block);
    return have ? r->news->parts[r->next_part++] : NULL;
}

/* What is decompressed of the header block that a frame belongs to. Wireshark gives the parts of several frames apart. */
static wu_slice
block_so_far(reading *r, const wu_http2_event *e)
{
    http2_direction *d = &r->c->direction[r->side];
    tvbuff_t *source = take_part(r, e);
    wu_slice part = source ? bytes_of(source) : wu_slice_of(NULL, 0);

    if (r->news->by_form && !wu_http2_is_block(part)) {
        part = wu_slice_of(NULL, 0);
        r->fit = PARTS_UNFIT;
    }
    if (e->have_block && e->frame.type != WU_HTTP2_CONTINUATION)
        return part;
    if (e->frame.type != WU_HTTP2_CONTINUATION)
        d->block_length = 0;
    if (part.n > HTTP2_MAX_BLOCK - d->block_length)
        part.n = HTTP2_MAX_BLOCK - d->block_length; /* its end is not a header then, and nothing of it is used */
    d->block = (guint8 *)wmem_realloc(wmem_file_scope(), d->block, d->block_length + part.n + 1);
    if (part.n && part.p)
        memcpy(d->block + d->block_length, part.p, part.n);
    d->block_length += (guint)part.n;
    return wu_slice_of(d->block, d->block_length);
}

/* A header block is complete. */
static void
read_block(reading *r, const wu_http2_event *e, wu_slice block)
{
    wu_http2_head head;
    guint32 id = e->promised ? e->promised : e->block.stream;
    bool over = e->promised || e->block.flags & WU_HTTP2_END_STREAM;

    wu_http2_read_head(block, &head);
    if (head.kind == WU_HTTP2_REQUEST) {
        if (!e->promised)
            r->c->client = (int)r->side;
        begin_request(r, id, over, block, &head.head);
    } else if (head.kind == WU_HTTP2_RESPONSE && head.head.status >= 200) {
        begin_half(r, open_stream(r->c, id), RESPONSE, over, block, &head.head);
    } else if (head.kind == WU_HTTP2_UNCERTAIN && r->c->client >= 0) {
        begin_half(r, open_stream(r->c, id), r->side == (unsigned)r->c->client ? REQUEST : RESPONSE, over,
                   block, &head.head);
    }
    stream *s = find_stream(r->c, id);
    if (s && e->promised)
        s->half[REQUEST].ended = true; /* nobody sends it */
    else if (s && e->block.flags & WU_HTTP2_END_STREAM && r->c->client >= 0)
        end_half(r, s, r->side == (unsigned)r->c->client ? REQUEST : RESPONSE);
}

/* ---- bodies ---- */

/* Whether a body is kept, by its head and its first bytes: one of SOAP by its type; on a connection of Windows Update also
 * one that may be SOAP under another name, or that is coded. */
static bool
may_be_soap(const http2_connection *c, const half *h, wu_slice bytes)
{
    if (h->soap || !c->ours)
        return h->soap;
    bytes = wu_slice_trim(bytes);
    return h->coded || (bytes.n && (bytes.p[0] == '<' || bytes.p[0] >= 0xef || wu_nbfx_looks_like(bytes)));
}

static void
keep_body(http2_connection *c, half *h, wu_slice bytes)
{
    if (bytes.n > HTTP2_MAX_BODY - h->body_length || bytes.n > HTTP2_MAX_BODIES - c->bodies) {
        drop_body(c, h);
        h->too_long = true;
        return;
    }
    if (h->body_length + bytes.n > h->body_room) {
        guint room = MAX(h->body_length + (guint)bytes.n, MIN(h->body_room * 2, HTTP2_MAX_BODY));
        h->body = (guint8 *)wmem_realloc(wmem_file_scope(), h->body, room);
        c->bodies += room - h->body_room;
        h->body_room = room;
    }
    memcpy(h->body + h->body_length, bytes.p, bytes.n);
    h->body_length += (guint)bytes.n;
}

static void
read_body(reading *r, const wu_http2_event *e)
{
    http2_connection *c = r->c;
    stream *s = find_stream(c, e->frame.stream);

    if (!s || c->client < 0)
        return;
    s->time = *r->now;
    half *h = &s->half[r->side == (unsigned)c->client ? REQUEST : RESPONSE];
    h->length += e->body.n;
    if (!h->looked) {
        h->looked = true;
        h->kept = h->head && may_be_soap(c, h, e->body);
    }
    if (h->kept)
        keep_body(c, h, e->body);
}

/* ---- frames ---- */

/* Requests behind the last stream that the server looked at. */
static void
read_goaway(reading *r, const wu_http2_event *e)
{
    wmem_list_frame_t *next;

    if (r->side == (unsigned)r->c->client)
        return;
    for (wmem_list_frame_t *f = wmem_list_head(r->c->order); f; f = next) {
        stream *s = (stream *)wmem_list_frame_data(f);
        next = wmem_list_frame_next(f);
        if (s->id % 2 && s->id > e->last_stream)
            cut_stream(r, s, false, CUT_BY_GOAWAY, e->error);
    }
}

static bool
is_part_of_block(const wu_http2_frame *f)
{
    return f->type == WU_HTTP2_HEADERS || f->type == WU_HTTP2_PUSH_PROMISE || f->type == WU_HTTP2_CONTINUATION;
}

/* The head of the answer to a request for a file of others, as far as is known by now. */
static bool
is_dull_answer(http2_connection *c, unsigned side, const wu_http2_event *e)
{
    if (e->frame.type != WU_HTTP2_HEADERS || !e->have_block || c->ours || c->client < 0 || side == (unsigned)c->client)
        return false;
    const stream *s = find_stream(c, e->frame.stream);
    return s && s->dull;
}

static void
read_frame(reading *r, const wu_http2_event *e)
{
    stream *s;

    if (is_dull_answer(r->c, r->side, e)) {
        take_part(r, e);
        if (e->frame.flags & WU_HTTP2_END_STREAM)
            end_half(r, find_stream(r->c, e->frame.stream), RESPONSE);
    } else if (is_part_of_block(&e->frame)) {
        wu_slice block = block_so_far(r, e);
        if (e->have_block)
            read_block(r, e, block);
    }
    switch (e->frame.type) {
    case WU_HTTP2_DATA:
        s = find_stream(r->c, e->frame.stream);
        if (s && e->frame.flags & WU_HTTP2_END_STREAM && r->c->client >= 0)
            end_half(r, s, r->side == (unsigned)r->c->client ? REQUEST : RESPONSE);
        break;
    case WU_HTTP2_RST_STREAM:
        s = find_stream(r->c, e->frame.stream);
        if (s)
            cut_stream(r, s, r->side == (unsigned)r->c->client, CUT_BY_RESET, e->error);
        break;
    case WU_HTTP2_GOAWAY:
        read_goaway(r, e);
        break;
    default:
        break;
    }
}

static void
feed(reading *r, wu_slice bytes)
{
    http2_direction *d = &r->c->direction[r->side];
    wu_http2_event e;
    size_t at = 0;

    while ((at < bytes.n || !wu_http2_is_done(&d->reader)) && wu_http2_read(&d->reader, bytes, &at, &e)) {
        if (e.kind == WU_HTTP2_GREETING)
            r->c->client = (int)r->side;
        else if (e.kind == WU_HTTP2_BODY)
            read_body(r, &e);
        else
            read_frame(r, &e);
    }
}

void
http2_count_parts(http2_connection *c, unsigned side, http2_news *news)
{
    wu_http2_reader reader = c->direction[side].reader;
    wu_http2_event e;

    for (unsigned i = 0; i < news->n_inputs; i++) {
        size_t at = 0;
        while (at < news->inputs[i].n && wu_http2_read_frame(&reader, news->inputs[i], &at, &e))
            if (e.kind == WU_HTTP2_FRAME && is_part_of_block(&e.frame)) {
                news->blocks.parts++;
                news->blocks.whole += e.have_block;
                news->blocks.wanted += !is_dull_answer(c, side, &e);
            }
    }
}

/* Finds out how the decompressed parts belong to the frames. */
static void
fit_parts(reading *r)
{
    const http2_news *news = r->news;

    if (news->n_parts && news->n_parts < HTTP2_MAX_SOURCES)
        r->fit = news->n_parts == news->blocks.parts   ? PART_OF_EACH_FRAME
                 : news->n_parts == news->blocks.whole ? PART_OF_EACH_BLOCK
                                                       : PARTS_UNFIT;
}

/* A message needs no announcement where it ends in the same frame. */
static void
drop_announcements(reading *r)
{
    for (http2_kept **k = &r->first; *k;) {
        const http2_kept *later = (*k)->next;
        while (later && (later->stream != (*k)->stream || later->request != (*k)->request || later->part != MESSAGE_WHOLE))
            later = later->next;
        if ((*k)->part == MESSAGE_BEGUN && later)
            *k = (*k)->next; /* file scope: freed with the file */
        else
            k = &(*k)->next;
    }
}

bool
http2_waits(const http2_connection *c)
{
    return c->ours && wmem_list_count(c->order) > 0;
}

/* TCP ends the connection, or one direction of it. A client that goes away may still get what is on its way. */
static void
end_connection(reading *r)
{
    bool by_client = r->side == (unsigned)r->c->client, left = r->c->client_left;
    wmem_list_frame_t *next;

    for (wmem_list_frame_t *f = wmem_list_head(r->c->order); f; f = next) {
        stream *s = (stream *)wmem_list_frame_data(f);
        nstime_t silent;
        next = wmem_list_frame_next(f);
        nstime_delta(&silent, r->now, &s->time);
        if (!s->half[REQUEST].ended || has_whole_body(&s->half[RESPONSE]))
            continue;
        if (r->news->rst)
            cut_stream(r, s, by_client || left, left ? CUT_BY_FIN : CUT_BY_RST, 0);
        else if (!by_client)
            cut_stream(r, s, left, CUT_BY_FIN, 0);
        else if (nstime_to_sec(&silent) >= SILENCE)
            cut_stream(r, s, true, CUT_BY_SILENCE, 0);
    }
    r->c->client_left = left || by_client;
}

http2_kept *
http2_read_news(http2_connection *c, unsigned side, const nstime_t *now, const http2_news *news)
{
    reading r = { .c = c, .side = side, .now = now, .news = news };

    r.last = &r.first;
    fit_parts(&r);
    for (unsigned i = 0; i < news->n_inputs; i++)
        feed(&r, news->inputs[i]);
    if (c->direction[side].reader.broken && answers_are_lost(c))
        lose_streams(&r);
    if ((news->fin || news->rst) && c->client >= 0)
        end_connection(&r);
    drop_announcements(&r);
    return r.first;
}
