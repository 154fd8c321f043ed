/* media.c
 * The media type hook takes over the types that SOAP bodies have. It is called with the body as the stock HTTP dissector
 * decoded it (chunked, gzip, TLS, HTTP/2, multipart), keeps what is worth reading and passes everything on, except that a
 * recognised body is not shown to the stock XML dissector when nothing displayed or filtered needs its tree.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/prefs.h>
#include <epan/proto_data.h>

#include "core/nbfx_reader.h"

static int proto_wsus = -1;
static int proto_xml = -1;

static dissector_handle_t xml_handle;      /* the stock XML dissector */
static dissector_handle_t xml_mark_handle; /* stands for it where it is not called */
static dissector_handle_t media_handle;    /* the stock dissector for media types that have none of their own */

static compat_bool pref_no_stock_xml = FALSE;

static media_type media_types[] = {
    { "text/xml", false, false, NULL },
    { "application/soap+xml", false, false, NULL },
    { "application/xml", false, false, NULL },
    { "application/xop+xml", false, true, NULL },
    { "application/soap+msbin1", true, false, NULL },
    { "application/soap+msbinsession1", true, false, NULL },
};

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

/* True when the stock XML tree is needed: something shown or filtered refers to it. */
static bool
xml_wanted(proto_tree *tree)
{
    return tree && !pref_no_stock_xml && proto_field_is_referenced(tree, proto_xml);
}

/* Stands for the stock XML dissector: the frame has its layer and its protocol item, and no tree below. */
static int
mark_xml(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree, void *data _U_)
{
    proto_item *item = proto_tree_add_item(tree, proto_xml, tvb, 0, -1, ENC_NA);
    if (pref_no_stock_xml)
        proto_item_set_hidden(item); /* a filter still finds it */
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
        return p_get_proto_data(wmem_file_scope(), pinfo, proto_wsus, place) != NULL;
    const char *encoding = compat_media_header(info, "Content-Encoding");
    if (!encoding || g_ascii_strcasecmp(encoding, "xpress"))
        return false;
    p_add_proto_data(wmem_file_scope(), pinfo, proto_wsus, place, GINT_TO_POINTER(TRUE));
    return true;
}

/* A text body: read only when it may be ours. */
static int
text_body(const media_type *type, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    wu_slice bytes = bytes_of(tvb);
    bool wsus = traffic_wsus_enabled();

    if (!wsus && !traffic_wws_enabled())
        return call_stock(type, tvb, pinfo, tree, data);

    if (was_xpress(pinfo, (const compat_media_info *)data)) {
        /* not decoded in full: the frame hook does that itself and shows the body */
        if (xml_handle == type->stock && !xml_wanted(tree))
            call_dissector_only(xml_mark_handle, tvb, pinfo, tree, NULL);
        return (int)tvb_captured_length(tvb);
    }
    if (!PINFO_FD_VISITED(pinfo) && compat_media_is_request((const compat_media_info *)data))
        askers_note(pinfo, (const compat_media_info *)data);
    bool windows_update = wsus && names_windows_update(bytes);
    bool mark = windows_update && xml_handle == type->stock && !xml_wanted(tree);
    int length = mark ? call_dissector_only(xml_mark_handle, tvb, pinfo, tree, NULL)
                      : call_stock(type, tvb, pinfo, tree, data);
    if (windows_update || wu_text_charset(bytes) >= WU_UTF16_LE || wu_nbfx_looks_like(bytes) ||
        wu_message_worth_reading(bytes)) {
        keep_body(pinfo, tvb, type, !mark);
        if (!windows_update && !PINFO_FD_VISITED(pinfo))
            askers_answer(pinfo);
    }
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

void
media_call_xml(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const char *match = pinfo->match_string;

    if (!xml_handle || !xml_wanted(tree))
        return;
    pinfo->match_string = "text/xml";
    call_dissector_only(xml_handle, tvb, pinfo, tree, NULL);
    pinfo->match_string = match;
}


/* ---- for the room ---- */

bool
media_begin(packet_info *pinfo)
{
    bool have_bodies = hooked.pinfo == pinfo && hooked.frame == pinfo->num && hooked.bodies;

    hooked.pinfo = NULL; /* the next body is one of another frame, or of this one dissected anew */
    if (!have_bodies)
        hooked.bodies = NULL;
    return have_bodies;
}

void
media_end(void)
{
    hooked.bodies = NULL;
}

unsigned
media_bodies(void)
{
    return hooked.bodies ? wmem_array_get_count(hooked.bodies) : 0;
}

hooked_body *
media_body(unsigned i)
{
    return (hooked_body *)wmem_array_index(hooked.bodies, i);
}

bool
contains(wu_slice outer, wu_slice inner)
{
    return outer.n && inner.n && inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

void
media_forget_in(wu_slice bytes)
{
    for (unsigned i = 0; i < media_bodies(); i++)
        if (contains(bytes, bytes_of(media_body(i)->tvb)))
            media_body(i)->taken = true;
}

void
media_preferences(module_t *module)
{
    prefs_register_bool_preference(module, "no_stock_xml", "Leave out the XML tree of recognised bodies",
                                   "Do not show the tree of the XML protocol for bodies that are shown as Windows Update. "
                                   "Saves much time; fields of the XML protocol are missing then",
                                   &pref_no_stock_xml);
}

void
media_handoff(void)
{
    dissector_table_t table = find_dissector_table("media_type");

    proto_wsus = proto_get_id_by_filter_name("wsus");
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
}
