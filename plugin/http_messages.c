/* http_messages.c
 * Two hooks, so that every message is seen whole, in every mode and at almost no cost for other traffic.
 *
 * The media type hook takes over the types that SOAP bodies have. It is called with the body as the stock HTTP dissector
 * decoded it (chunked, gzip, TLS, HTTP/2, multipart), keeps what is worth reading and passes everything on, except that a
 * recognised body is not shown to the stock XML dissector when nothing displayed or filtered needs its tree.
 *
 * The frame hook is a postdissector. It reads start lines and headers from the data sources of the frame, which exist
 * with and without a tree; so body-less answers and bodies that the stock dissector cannot decode (xpress) are seen too.
 * It hangs on a helper protocol of HTTP, which Wireshark does not put among the layers of a frame: that makes it cheap.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http_messages.h"

#include <epan/proto_data.h>

#include "core/nbfx_reader.h"
#include "core/xml_writer.h"

#define MAX_SOURCES     64
#define MAX_SEARCH      65536 /* bytes of a data source that are searched for a start line */
#define TAIL            32    /* bytes that the end of a message is recognised by */
#define MAX_TRAILER     8     /* bytes behind the packet in a frame: padding, check sequence */

compat_bool http_messages_no_stock_xml = FALSE;
guint http_messages_list_limit = 20;

static int proto_frame_hook = -1;
static int proto_http = -1;
static int proto_xml = -1;

static dissector_handle_t xml_handle;      /* the stock XML dissector */
static dissector_handle_t xml_mark_handle; /* stands for it where it is not called */
static dissector_handle_t media_handle;    /* the stock dissector for media types that have none of their own */

/* ---- the media type hook ---- */

/* A media type that was taken over. */
typedef struct {
    const char *name;
    bool binary, part; /* part: of a multipart message (MTOM) */
    dissector_handle_t stock;
} media_type;

static media_type media_types[] = {
    { "text/xml", false, false, NULL },
    { "application/soap+xml", false, false, NULL },
    { "application/xml", false, false, NULL },
    { "application/xop+xml", false, true, NULL },
    { "application/soap+msbin1", true, false, NULL },
    { "application/soap+msbinsession1", true, false, NULL },
};

/* A body that the media type hook was called with. Packet scope. */
typedef struct {
    tvbuff_t *tvb;
    const media_type *type;
    bool stock_drew, taken;
} hooked_body;

/* Bodies of the frame that is being dissected. The frame hook empties the list; a list that another frame left behind,
 * because the hook did not run, is recognised by its owner. */
static struct {
    const packet_info *pinfo;
    guint32 frame;
    guint32 texts; /* text bodies that the hook was called with, kept or not */
    wmem_array_t *bodies; /* NULL: none was kept */
} hooked;

static void
begin_hooked(packet_info *pinfo)
{
    if (hooked.pinfo == pinfo && hooked.frame == pinfo->num)
        return;
    hooked.pinfo = pinfo;
    hooked.frame = pinfo->num;
    hooked.texts = 0;
    hooked.bodies = NULL;
}

static void
keep_body(packet_info *pinfo, tvbuff_t *tvb, const media_type *type, bool stock_drew)
{
    hooked_body body = { tvb, type, stock_drew, false };

    begin_hooked(pinfo);
    if (!hooked.bodies)
        hooked.bodies = wmem_array_new(pinfo->pool, sizeof(hooked_body));
    wmem_array_append_one(hooked.bodies, body);
}

static wu_slice
bytes_of(tvbuff_t *tvb)
{
    guint n = tvb_captured_length(tvb);
    return n ? wu_slice_of(tvb_get_ptr(tvb, 0, (int)n), n) : wu_slice_of(NULL, 0);
}

/* True when the stock XML tree is needed: something shown or filtered refers to it. */
static bool
xml_wanted(proto_tree *tree)
{
    return tree && !http_messages_no_stock_xml && proto_field_is_referenced(tree, proto_xml);
}

/* Stands for the stock XML dissector: the frame has its layer and its protocol item, and no tree below. */
static int
mark_xml(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree, void *data _U_)
{
    proto_tree_add_item(tree, proto_xml, tvb, 0, -1, ENC_NA);
    return (int)tvb_captured_length(tvb);
}

/* What stock Wireshark does with a body of this type: its dissector, or the one for media types without any. */
static int
call_stock(const media_type *type, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (type->stock)
        return call_dissector_only(type->stock, tvb, pinfo, tree, data);
    return call_dissector_with_data(media_handle, tvb, pinfo, tree, data);
}

/* The namespace of a Windows Update message stands near the beginning of the envelope. */
static bool
names_windows_update(wu_slice body)
{
    wu_slice start = wu_slice_of(body.p, body.n < 4096 ? body.n : 4096);
    return wu_slice_find(start, 0, "/SoftwareDistribution") < start.n && wu_message_worth_reading(body);
}

/* Whether Wireshark decoded xpress to come to a body, as 4.6 does. The headers tell that when a frame is dissected for the
 * first time; afterwards they may be absent, so it is remembered by the place of the body in its frame. */
static bool
was_xpress(packet_info *pinfo, const compat_media_info *info)
{
    begin_hooked(pinfo);
    guint32 place = hooked.texts++;
    if (PINFO_FD_VISITED(pinfo))
        return p_get_proto_data(wmem_file_scope(), pinfo, proto_frame_hook, place) != NULL;
    const char *encoding = compat_media_header(info, "Content-Encoding");
    if (!encoding || g_ascii_strcasecmp(encoding, "xpress"))
        return false;
    p_add_proto_data(wmem_file_scope(), pinfo, proto_frame_hook, place, GINT_TO_POINTER(TRUE));
    return true;
}

/* A text body: read only when it may be ours. */
static int
text_body(const media_type *type, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    wu_slice bytes = bytes_of(tvb);
    bool wsus = wsus_is_enabled();

    if (!wsus && !wws_is_enabled())
        return call_stock(type, tvb, pinfo, tree, data);

    if (was_xpress(pinfo, (const compat_media_info *)data)) {
        /* not decoded in full: the frame hook does that itself and shows the body */
        if (xml_handle == type->stock && !xml_wanted(tree))
            call_dissector_only(xml_mark_handle, tvb, pinfo, tree, NULL);
        return (int)tvb_captured_length(tvb);
    }
    bool windows_update = wsus && names_windows_update(bytes);
    bool mark = windows_update && xml_handle == type->stock && !xml_wanted(tree);
    int length = mark ? call_dissector_only(xml_mark_handle, tvb, pinfo, tree, NULL)
                      : call_stock(type, tvb, pinfo, tree, data);
    if (windows_update || wu_text_charset(bytes) >= WU_UTF16_LE || wu_nbfx_looks_like(bytes) ||
        wu_message_worth_reading(bytes))
        keep_body(pinfo, tvb, type, !mark);
    return length;
}

static int
dissect_media(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data, void *type_pointer)
{
    const media_type *type = (const media_type *)type_pointer;

    if (!type->binary)
        return text_body(type, tvb, pinfo, tree, data);
    keep_body(pinfo, tvb, type, false);
    return call_stock(type, tvb, pinfo, tree, data);
}

/* One function for each media type: a dissector is not told which entry of the table it was called for, other than by
 * pinfo->match_string, which not every caller sets. */
#define MEDIA_HOOK(n)                                                                          \
    static int dissect_media_##n(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data) \
    {                                                                                          \
        return dissect_media(tvb, pinfo, tree, data, &media_types[n]);                         \
    }

MEDIA_HOOK(0)
MEDIA_HOOK(1)
MEDIA_HOOK(2)
MEDIA_HOOK(3)
MEDIA_HOOK(4)
MEDIA_HOOK(5)

static const dissector_t media_hooks[] = { dissect_media_0, dissect_media_1, dissect_media_2,
                                           dissect_media_3, dissect_media_4, dissect_media_5 };

/* ---- heads in the data sources of a frame ---- */

typedef struct {
    packet_info *pinfo;
    tvbuff_t *frame;
    http_message *messages[HTTP_MAX_MESSAGES];
    unsigned n;
    unsigned reassembled; /* messages of reassembled sources at the front of the list */
} collection;

/* The number of a message is made of its place in its data source: the same in every pass, whatever is left out. */
static unsigned
message_index(unsigned source, unsigned place)
{
    return source * HTTP_MAX_MESSAGES + place;
}

static http_message *
new_message(packet_info *pinfo, unsigned index)
{
    http_message *m = wmem_new0(pinfo->pool, http_message);

    m->index = index;
    m->media = "";
    return m;
}

static void
insert_message(collection *c, http_message *m, unsigned at)
{
    if (c->n == HTTP_MAX_MESSAGES)
        return;
    for (unsigned i = c->n++; i > at; i--)
        c->messages[i] = c->messages[i - 1];
    c->messages[at] = m;
}

static void
remove_message(collection *c, unsigned at)
{
    c->n--;
    for (unsigned i = at; i < c->n; i++)
        c->messages[i] = c->messages[i + 1];
    if (at < c->reassembled)
        c->reassembled--;
}

/* The body of a response to HEAD is not there, whatever its headers say: the next message follows at once. */
static bool
next_head_follows(wu_slice rest)
{
    return rest.n >= 12 && !memcmp(rest.p, "HTTP/1.", 7) && rest.p[8] == ' ';
}

/* Bytes that the body of a message has in `rest`, what follows its head. *whole: all of them are there. */
static size_t
body_extent(const wu_http_head *head, wu_slice rest, bool *whole)
{
    size_t data, end;

    *whole = true;
    if (head->body == WU_BODY_NONE || (!head->request && next_head_follows(rest)))
        return 0;
    switch (head->body) {
    case WU_BODY_LENGTH:
        *whole = head->body_length <= rest.n;
        return *whole ? (size_t)head->body_length : rest.n;
    case WU_BODY_CHUNKED:
        end = wu_http_chunks(rest, NULL, &data);
        *whole = end > 0;
        return end ? end : rest.n;
    default:
        return rest.n;
    }
}

/* Whether a message that is not, or may not be, complete here is one that Wireshark keeps for a later frame. Over TLS it
 * always is. */
static bool
goes_on_later(packet_info *pinfo, tvbuff_t *tvb, bool first_source, bool whole)
{
    if (tvb_captured_length(tvb) < tvb_reported_length(tvb))
        return false; /* the snap length cut it: nobody waits for more */
    if (!first_source)
        return !whole;
    if (PINFO_FD_VISITED(pinfo))
        return false; /* what was left out in the first pass has no exchange to be drawn for */
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    return conversation && compat_tcp_waits(conversation, pinfo);
}

/* One message at offset of a data source. NULL when there is none; *end is the offset behind it. */
static http_message *
read_message(packet_info *pinfo, tvbuff_t *tvb, wu_slice bytes, size_t offset, unsigned index, size_t *end)
{
    wu_http_head head;
    bool whole;

    if (!wu_http_read_head(wu_slice_from(bytes, offset), &head))
        return NULL;
    size_t head_length = head.length ? head.length : bytes.n - offset;
    wu_slice rest = wu_slice_from(bytes, offset + head_length);
    size_t length = body_extent(&head, rest, &whole);

    http_message *m = new_message(pinfo, index);
    m->tvb = tvb;
    m->offset = (int)offset;
    m->have_head = true;
    m->head = head;
    m->request = head.request;
    m->whole = whole && head.length;
    if (!whole && head.body == WU_BODY_LENGTH)
        m->missing = head.body_length - length;
    if (length)
        m->raw = tvb_new_subset_length(tvb, (int)(offset + head_length), (int)length);
    *end = offset + head_length + length;
    m->length = *end - offset;
    return m;
}

/* The bytes of a message in its data source. */
static wu_slice
message_bytes(const http_message *m)
{
    return wu_slice_of(tvb_get_ptr(m->tvb, m->offset, (int)m->length), m->length);
}

/* Whether two finds are one message: one of them in the data source that the other was reassembled from. They end at the
 * same distance from the ends of their sources, but for a trailer of the frame; or the first one is not complete. */
static bool
same_message(const http_message *earlier, const http_message *later)
{
    wu_slice a = message_bytes(earlier), b = message_bytes(later);

    if (earlier->whole) {
        size_t behind_a = tvb_captured_length(earlier->tvb) - (guint)earlier->offset - a.n;
        size_t behind_b = tvb_captured_length(later->tvb) - (guint)later->offset - b.n;
        return a.n == b.n && behind_a >= behind_b && behind_a - behind_b <= MAX_TRAILER && !memcmp(a.p, b.p, a.n);
    }
    if (b.n <= a.n || memcmp(a.p, b.p, a.n))
        return false;
    /* many messages begin alike: when the later find ends in front of the earlier one, that is the next message */
    wu_slice before = wu_slice_of(tvb_get_ptr(earlier->tvb, 0, earlier->offset), (size_t)earlier->offset);
    return wu_slice_find_bytes(before, 0, wu_slice_from(b, b.n > TAIL ? b.n - TAIL : 0)) == before.n;
}

/* Adds a message in its order. One of a reassembled source began in an earlier frame, so it comes before those that are
 * in this frame alone, unless it takes the place of an incomplete find. */
static void
add_message(collection *c, http_message *m, bool reassembled)
{
    unsigned at = reassembled ? c->reassembled : c->n;

    for (unsigned i = 0; i < c->n; i++)
        if (c->messages[i]->tvb != m->tvb && same_message(c->messages[i], m)) {
            if (!c->messages[i]->whole)
                at = i;
            remove_message(c, i);
            if (at > c->n)
                at = c->n;
            break;
        }
    insert_message(c, m, at);
    if (reassembled && at <= c->reassembled)
        c->reassembled = at + 1;
}

static void
collect_source(collection *c, const compat_source *source, unsigned number)
{
    wu_slice bytes = bytes_of(source->tvb);
    size_t from = 0, end = 0;

    for (unsigned place = 0; place < HTTP_MAX_MESSAGES && from < bytes.n; place++) {
        size_t limit = bytes.n - from > MAX_SEARCH ? from + MAX_SEARCH : bytes.n;
        size_t at = wu_http_find(wu_slice_of(bytes.p, limit), from);
        if (at >= limit)
            break;
        http_message *m = read_message(c->pinfo, source->tvb, bytes, at, message_index(number, place), &end);
        if (m)
            add_message(c, m, compat_is_reassembled(source));
        from = m && end > at ? end : at + 1;
    }
}

static bool
is_hooked(tvbuff_t *tvb)
{
    for (guint i = 0; hooked.bodies && i < wmem_array_get_count(hooked.bodies); i++)
        if (((hooked_body *)wmem_array_index(hooked.bodies, i))->tvb == tvb)
            return true;
    return false;
}

/* Messages of earlier frames whose rest turns out to be lost now: they are shown in this frame, in front of its own. */
static void
collect_lost(collection *c)
{
    const begun_message *lost[2];
    unsigned n = exchange_lost(c->pinfo, c->messages, c->n, lost);
    size_t end;

    for (unsigned i = n; i > 0; i--) {
        const begun_message *b = lost[i - 1];
        tvbuff_t *tvb = tvb_new_real_data(b->bytes, b->length, (gint)b->length);
        tvb_set_child_real_data_tvbuff(c->frame, tvb);
        http_message *m = read_message(c->pinfo, tvb, wu_slice_of(b->bytes, b->length), 0,
                                       message_index(MAX_SOURCES + 1, i), &end);
        if (!m)
            continue;
        add_new_data_source(c->pinfo, tvb, "Beginning of a message whose rest is lost");
        m->begun = b;
        insert_message(c, m, 0);
    }
}

static void
collect_messages(collection *c)
{
    compat_source sources[MAX_SOURCES];
    unsigned n = compat_data_sources(c->pinfo, sources, MAX_SOURCES);

    for (unsigned i = 0; i < n; i++)
        if (!is_hooked(sources[i].tvb))
            collect_source(c, &sources[i], i);
    for (unsigned i = c->n; i > 0; i--) {
        const http_message *m = c->messages[i - 1];
        bool in_frame = m->tvb == sources[0].tvb;
        if ((!m->whole || m->head.body == WU_BODY_CLOSE) && goes_on_later(c->pinfo, m->tvb, in_frame, m->whole)) {
            if (!PINFO_FD_VISITED(c->pinfo))
                exchange_begin(c->pinfo, m);
            remove_message(c, i - 1);
        }
    }
}

/* ---- bodies ---- */

static bool
contains(wu_slice outer, wu_slice inner)
{
    return outer.n && inner.n && inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

/* Whether a message says that its body is of a media type; a part of a multipart body has another than the whole. */
static bool
says_type(const http_message *m, const media_type *type)
{
    wu_slice value = m->head.header[WU_HEADER_CONTENT_TYPE];

    value.n = wu_slice_find_byte(value, 0, ';');
    return type->part ? wu_slice_begins_nocase(value, "multipart/") : wu_slice_is_nocase(wu_slice_trim(value), type->name);
}

/* The body that the media type hook got for a message: the one that lies inside it, or, where the transfer or content
 * was coded, the next one of its type. */
static hooked_body *
hooked_for(const http_message *m)
{
    bool coded = m->head.body == WU_BODY_CHUNKED || m->head.header[WU_HEADER_CONTENT_ENCODING].n;
    wu_slice raw = m->raw ? bytes_of(m->raw) : wu_slice_of(NULL, 0);

    for (guint i = 0; hooked.bodies && i < wmem_array_get_count(hooked.bodies); i++) {
        hooked_body *body = (hooked_body *)wmem_array_index(hooked.bodies, i);
        if (body->taken)
            continue;
        if (contains(raw, bytes_of(body->tvb)) || (coded && says_type(m, body->type)))
            return body;
        break; /* bodies come in the order of their messages */
    }
    return NULL;
}

static void
take_hooked(http_message *m, hooked_body *body)
{
    body->taken = true;
    m->body = body->tvb;
    m->media = body->type->name;
    m->stock_drew = body->stock_drew;
    m->encoding = body->type->part ? WWS_MTOM : WWS_TEXT;
}

/* The body without its transfer coding. */
static tvbuff_t *
dechunk(http_message *m)
{
    wu_slice bytes = bytes_of(m->raw);
    size_t length;

    if (m->head.body != WU_BODY_CHUNKED || !bytes.n)
        return m->raw;
    uint8_t *data = (uint8_t *)g_malloc(bytes.n);
    wu_http_chunks(bytes, data, &length);
    tvbuff_t *tvb = tvb_new_child_real_data(m->raw, data, (guint)length, (gint)length);
    tvb_set_free_cb(tvb, g_free);
    return tvb;
}

static compat_bool
free_blocks_at_end(wmem_allocator_t *scope _U_, wmem_cb_event_t event _U_, void *blocks)
{
    g_array_free((GArray *)blocks, TRUE);
    return FALSE;
}

static void
decode_xpress(packet_info *pinfo, http_message *m)
{
    wu_slice bytes = bytes_of(m->raw);
    GByteArray *out = g_byte_array_new();
    wu_xpress_block block;
    size_t offset = 0;
    bool more;

    m->xpress = true;
    m->blocks = g_array_new(FALSE, FALSE, sizeof(wu_xpress_block));
    wmem_register_callback(pinfo->pool, free_blocks_at_end, m->blocks);
    do {
        more = wu_xpress_decode(bytes, &offset, out, &block);
        if (more || block.fault)
            g_array_append_val(m->blocks, block);
    } while (more);
    guint length = out->len;
    m->body = tvb_new_child_real_data(m->raw, g_byte_array_free(out, FALSE), length, (gint)length);
    tvb_set_free_cb(m->body, g_free);
    add_new_data_source(pinfo, m->body, "Decompressed xpress body");
}

static void
decode_content(packet_info *pinfo, http_message *m)
{
    wu_slice encoding = m->head.header[WU_HEADER_CONTENT_ENCODING];

    if (!encoding.n || wu_slice_is_nocase(encoding, "identity")) {
        m->body = m->raw;
    } else if (wu_slice_is_nocase(encoding, "xpress") && wu_slice_begins_nocase(bytes_of(m->raw), "<")) {
        m->mislabelled = true; /* no block begins so: it would be longer than blocks are */
        m->body = m->raw;
    } else if (wu_slice_is_nocase(encoding, "xpress")) {
        decode_xpress(pinfo, m);
    } else if (wu_slice_ends_nocase(encoding, "gzip") || wu_slice_ends_nocase(encoding, "deflate")) {
        m->body = compat_child_uncompress(m->raw, m->raw, (int)tvb_captured_length(m->raw));
        if (m->body)
            add_new_data_source(pinfo, m->body, "Uncompressed body");
    }
}

/* True when the stock dissector leaves the body of a message to others although it may be ours: an xpress body, or SOAP
 * under another name. */
static bool
may_be_ours(const http_message *m)
{
    wu_slice bytes = bytes_of(m->raw);

    if (m->head.header[WU_HEADER_CONTENT_ENCODING].n)
        return true;
    for (size_t i = 0; i < bytes.n && i < 16; i++)
        if (!wu_is_space(bytes.p[i]))
            return bytes.p[i] == '<' || bytes.p[i] >= 0xef || wu_nbfx_looks_like(bytes);
    return false;
}

/* Finds or makes the decoded body. One in a coding that other programs use too is decoded on connections of Windows Update
 * only. */
static void
find_body(packet_info *pinfo, http_message *m)
{
    if (!m->raw)
        return;
    wu_slice coding = m->head.header[WU_HEADER_CONTENT_ENCODING];
    bool xpress = wu_slice_is_nocase(coding, "xpress");
    hooked_body *body = xpress ? NULL : hooked_for(m);
    if (body) {
        take_hooked(m, body);
        return;
    }
    if (!may_be_ours(m) || (coding.n && !xpress && !exchange_known_connection(pinfo)))
        return;
    m->raw = dechunk(m);
    decode_content(pinfo, m);
    m->encoding = WWS_TEXT;
}

/* UTF-16 becomes UTF-8, in a data source of its own. */
static void
convert_charset(packet_info *pinfo, http_message *m)
{
    wu_slice bytes = bytes_of(m->body);
    enum wu_charset charset = wu_text_charset(bytes);

    if (charset != WU_UTF16_LE && charset != WU_UTF16_BE)
        return;
    bool big_endian = charset == WU_UTF16_BE;
    size_t n = wu_text_from_utf16(bytes, big_endian, NULL, 0);
    if (!n)
        return;
    uint8_t *text = (uint8_t *)g_malloc(n);
    wu_text_from_utf16(bytes, big_endian, text, n);
    m->body = tvb_new_child_real_data(m->body, text, (guint)n, (gint)n);
    tvb_set_free_cb(m->body, g_free);
    add_new_data_source(pinfo, m->body, "Body as UTF-8");
}

static compat_bool
free_message_at_end(wmem_allocator_t *scope _U_, wmem_cb_event_t event _U_, void *message)
{
    wu_message_free((wu_message *)message);
    return FALSE;
}

/* Reads the body of a message, if it is one of SOAP. */
static void
read_body(packet_info *pinfo, http_message *m, const wu_message_options *limits)
{
    wu_message_options options = *limits;

    if (!m->body || !tvb_captured_length(m->body))
        return;
    convert_charset(pinfo, m);
    m->body_bytes = bytes_of(m->body);
    options.session = !strcmp(m->media, "application/soap+msbinsession1");
    options.binary = options.session || !strcmp(m->media, "application/soap+msbin1") ||
                     wu_nbfx_looks_like(m->body_bytes);
    if (!options.binary && !wu_message_worth_reading(m->body_bytes))
        return;
    wu_message *message = wmem_new(pinfo->pool, wu_message);
    wu_message_read(message, m->body_bytes, &options);
    wmem_register_callback(pinfo->pool, free_message_at_end, message);
    if (message->version != WU_SOAP_NONE)
        m->message = message;
    if (options.binary)
        m->encoding = WWS_BINARY;
}

/* ---- bodies without a head here: HTTP/2, heads that were not found ---- */

static void
collect_headless(collection *c)
{
    for (guint i = 0; hooked.bodies && i < wmem_array_get_count(hooked.bodies) && c->n < HTTP_MAX_MESSAGES; i++) {
        hooked_body *body = (hooked_body *)wmem_array_index(hooked.bodies, i);
        if (body->taken)
            continue;
        http_message *m = new_message(c->pinfo, message_index(MAX_SOURCES, i));
        insert_message(c, m, c->n);
        m->raw = body->tvb;
        take_hooked(m, body);
    }
}

/* Whether a message without a head is a request: its body element says so. */
static void
guess_direction(http_message *m)
{
    bool response;

    if (m->have_head || !m->message)
        return;
    wu_message_operation(m->message->operation, &response);
    m->request = !response && !m->message->is_fault;
}

/* ---- the frame hook ---- */

static bool
has_layer(const packet_info *pinfo, int proto)
{
    return wmem_map_lookup(pinfo->proto_layers, GINT_TO_POINTER(proto)) != NULL;
}

static int
dissect_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    bool have_bodies = hooked.pinfo == pinfo && hooked.frame == pinfo->num && hooked.bodies;

    hooked.pinfo = NULL; /* the next body is one of another frame, or of this one dissected anew */
    if ((!have_bodies && !has_layer(pinfo, proto_http)) || (!wsus_is_enabled() && !wws_is_enabled()))
        return 0;
    if (!have_bodies)
        hooked.bodies = NULL;

    collection c;
    c.pinfo = pinfo;
    c.frame = tvb;
    c.n = c.reassembled = 0;
    collect_messages(&c);
    if (!c.n && !have_bodies)
        return 0; /* most frames: segments of a longer message */
    collect_lost(&c);
    for (unsigned i = 0; i < c.n; i++)
        find_body(pinfo, c.messages[i]);
    collect_headless(&c);
    wu_message_options limits = { .fields = true, .list_limit = http_messages_list_limit };
    limits.fragments = tree ? WU_FRAGMENTS_ALL : PINFO_FD_VISITED(pinfo) ? WU_FRAGMENTS_NONE : WU_FRAGMENTS_TITLES;
    for (unsigned i = 0; i < c.n; i++) {
        read_body(pinfo, c.messages[i], &limits);
        guess_direction(c.messages[i]);
    }
    hooked.bodies = NULL;
    wsus_dissect_messages(pinfo, tree, c.messages, c.n);
    return 0;
}

static void
call_xml(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const char *match = pinfo->match_string;

    if (!xml_handle || !xml_wanted(tree))
        return;
    pinfo->match_string = "text/xml";
    call_dissector_only(xml_handle, tvb, pinfo, tree, NULL);
    pinfo->match_string = match;
}

tvbuff_t *
http_messages_text(const http_message *m)
{
    if (m->encoding != WWS_BINARY)
        return m->body;
    GString *text = g_string_new(NULL);
    wu_write_binary(text, m->body_bytes, !strcmp(m->media, "application/soap+msbinsession1"));
    guint length = (guint)text->len;
    tvbuff_t *tvb = tvb_new_child_real_data(m->body, (const guint8 *)g_string_free(text, FALSE), length, (gint)length);
    tvb_set_free_cb(tvb, g_free);
    return tvb;
}

void
http_messages_show_xml(const http_message *m, packet_info *pinfo, proto_tree *tree)
{
    if (!tree || !m->message || (m->encoding != WWS_BINARY && !m->xpress))
        return;
    tvbuff_t *text = http_messages_text(m);
    if (text != m->body)
        add_new_data_source(pinfo, text, "Binary XML as text");
    call_xml(text, pinfo, tree);
}

void
http_messages_register(void)
{
    int http = proto_get_id_by_filter_name("http");
    if (http >= 0)
        proto_frame_hook = proto_register_protocol_in_name_only("Windows Update messages in HTTP", "WSUS messages",
                                                                "wsus_messages", http, FT_PROTOCOL);
}

void
http_messages_handoff(void)
{
    dissector_table_t table = find_dissector_table("media_type");

    proto_http = proto_get_id_by_filter_name("http");
    proto_xml = proto_get_id_by_filter_name("xml");
    xml_handle = find_dissector("xml");
    media_handle = find_dissector("media");
    xml_mark_handle = create_dissector_handle(mark_xml, proto_xml);
    for (size_t i = 0; table && i < array_length(media_types); i++) {
        media_types[i].stock = dissector_get_string_handle(table, media_types[i].name);
        /* no protocol: the hook stays when one is disabled, because it has to pass bodies on */
        dissector_add_string("media_type", media_types[i].name,
                             create_dissector_handle_with_name_and_description(
                                 media_hooks[i], -1, NULL,
                                 wmem_strdup_printf(wmem_epan_scope(), "SOAP in %s", media_types[i].name)));
    }
    if (proto_frame_hook >= 0)
        register_postdissector(create_dissector_handle(dissect_frame, proto_frame_hook));
}
