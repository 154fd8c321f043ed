/* body.c
 * Bodies: transfer and content codings, character sets, and what is read of them.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/prefs.h>

#include "core/nbfx_reader.h"
#include "core/xml_writer.h"

static guint pref_list_limit = 20; /* ids of one list that are shown */

/* ---- the body of a message ---- */

/* Whether a message says that its body is of a media type; a part of a multipart body has another than the whole. */
static bool
says_type(const http_message *m, const media_type *type)
{
    wu_slice value = m->head.header[WU_HEADER_CONTENT_TYPE];

    value.n = wu_slice_find_byte(value, 0, ';');
    return type->part ? wu_slice_begins_nocase(value, "multipart/") : wu_slice_is_nocase(wu_slice_trim(value), type->name);
}

/* Whether the media type hook may have got a body for a message: it lies inside it, or, where the transfer or content was
 * coded, it is of its type. */
static bool
is_body_of(const http_message *m, const hooked_body *body)
{
    bool coded = m->head.body == WU_BODY_CHUNKED || m->head.header[WU_HEADER_CONTENT_ENCODING].n;
    wu_slice raw = m->raw ? bytes_of(m->raw) : wu_slice_of(NULL, 0);

    return contains(raw, bytes_of(body->tvb)) || (coded && says_type(m, body->type));
}

/* The body that the media type hook got for a message. */
static hooked_body *
hooked_for(const http_message *m)
{
    for (unsigned i = 0; i < media_bodies(); i++) {
        hooked_body *body = media_body(i);
        if (body->taken)
            continue;
        if (is_body_of(m, body))
            return body;
        break; /* bodies come in the order of their messages */
    }
    return NULL;
}

/* The same for HTTP/2, where bodies lie anywhere: the one that is equal, or that was decoded from it. */
static hooked_body *
hooked_for_stream(const http_message *m)
{
    wu_slice sent = http2_sent(m), encoding = m->head.header[WU_HEADER_CONTENT_ENCODING];

    for (unsigned i = 0; i < media_bodies(); i++) {
        hooked_body *body = media_body(i);
        wu_slice bytes = bytes_of(body->tvb);
        bool equal = bytes.n == sent.n && sent.n && !memcmp(bytes.p, sent.p, sent.n);
        if (!body->taken && (equal || (encoding.n && says_type(m, body->type))))
            return body;
    }
    return NULL;
}

/* It is the last one of its frame. */
void
traffic_forget_body(const http_message *m)
{
    for (unsigned i = media_bodies(); m->raw && i > 0; i--) {
        hooked_body *body = media_body(i - 1);
        if (!body->taken && is_body_of(m, body)) {
            body->taken = true;
            return;
        }
    }
}

static void
take_hooked(http_message *m, hooked_body *body)
{
    body->taken = true;
    m->body = body->tvb;
    m->media = body->type->name;
    m->stock_drew = body->stock_drew;
    m->encoding = body->type->part ? BODY_MTOM : BODY_TEXT;
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

/* The body becomes a tab of bytes, unless one of the stock dissector shows the same bytes (4.6 decodes xpress): then it is
 * read from that one. */
static void
show_source(packet_info *pinfo, http_message *m, const char *name)
{
    compat_source sources[MAX_SOURCES];
    unsigned n = compat_data_sources(pinfo, sources, MAX_SOURCES);
    guint length = tvb_captured_length(m->body);

    for (unsigned i = 1; i < n && length; i++)
        if (tvb_captured_length(sources[i].tvb) == length &&
            !tvb_memeql(sources[i].tvb, 0, tvb_get_ptr(m->body, 0, (gint)length), length)) {
            m->body = sources[i].tvb;
            return;
        }
    add_new_data_source(pinfo, m->body, name);
}

static void
decode_xpress(packet_info *pinfo, http_message *m)
{
    wu_slice bytes = bytes_of(m->raw);
    GByteArray *out = g_byte_array_sized_new((guint)wu_xpress_room(bytes));
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
    show_source(pinfo, m, "Decompressed xpress body");
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
            show_source(pinfo, m, "Uncompressed body");
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
find_body(packet_info *pinfo, http_message *m, bool known)
{
    if (m->stream)
        m->raw = http2_body(pinfo, m);
    if (!m->raw)
        return;
    wu_slice coding = m->head.header[WU_HEADER_CONTENT_ENCODING];
    bool xpress = wu_slice_is_nocase(coding, "xpress");
    hooked_body *body = m->stream ? hooked_for_stream(m) : xpress ? NULL : hooked_for(m);
    if (body && xpress) {
        body->taken = true; /* stock Wireshark did not decode it in full, if at all */
    } else if (body) {
        take_hooked(m, body);
        return;
    }
    if (!may_be_ours(m) || (coding.n && !xpress && !known))
        return;
    m->raw = dechunk(m);
    decode_content(pinfo, m);
    m->encoding = BODY_TEXT;
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
        m->encoding = BODY_BINARY;
}

/* ---- bodies without a head here: HTTP/2, heads that were not found ---- */

static void
collect_headless(packet_info *pinfo, message_list *list)
{
    for (unsigned i = 0; i < media_bodies() && list->n < TRAFFIC_MAX_MESSAGES; i++) {
        hooked_body *body = media_body(i);
        if (body->taken)
            continue;
        http_message *m = new_message(pinfo, message_index(MAX_SOURCES, i));
        insert_message(list, m, list->n);
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

tvbuff_t *
traffic_text(const http_message *m)
{
    if (m->encoding != BODY_BINARY)
        return m->body;
    GString *text = g_string_new(NULL);
    wu_write_binary(text, m->body_bytes, !strcmp(m->media, "application/soap+msbinsession1"));
    guint length = (guint)text->len;
    tvbuff_t *tvb = tvb_new_child_real_data(m->body, (const guint8 *)g_string_free(text, FALSE), length, (gint)length);
    tvb_set_free_cb(tvb, g_free);
    return tvb;
}

void
traffic_show_xml(const http_message *m, packet_info *pinfo, proto_tree *tree)
{
    if (!tree || !m->message || (m->encoding != BODY_BINARY && !m->xpress))
        return;
    tvbuff_t *text = traffic_text(m);
    if (text != m->body)
        add_new_data_source(pinfo, text, "Binary XML as text");
    media_call_xml(text, pinfo, tree);
}


void
traffic_read_bodies(packet_info *pinfo, message_list *list, bool known, bool all, bool told, bool whole_lists)
{
    wu_message_options limits = { .fields = true, .drawn = all, .list_limit = whole_lists ? WU_MAX_ITEMS : pref_list_limit };

    limits.fragments = all                                ? WU_FRAGMENTS_ALL
                       : told || !PINFO_FD_VISITED(pinfo) ? WU_FRAGMENTS_TITLES
                                                          : WU_FRAGMENTS_NONE;
    for (unsigned i = 0; i < list->n; i++)
        find_body(pinfo, list->message[i], known);
    collect_headless(pinfo, list);
    for (unsigned i = 0; i < list->n; i++) {
        read_body(pinfo, list->message[i], &limits);
        guess_direction(list->message[i]);
        list->message[i]->secure = list->secure;
    }
    media_end();
}

void
body_preferences(module_t *module)
{
    prefs_register_uint_preference(module, "list_limit", "Ids shown of one list",
                                   "How many ids of a long list (installed updates, cached updates, ...) are shown. All "
                                   "of them are counted", 10, &pref_list_limit);
}
