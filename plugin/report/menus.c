/* menus.c
 * What the plugin adds to Wireshark's menus: Windows Update, Analyze > Conversation Filter, and "Explain the codes" on a right
 * click. The statistics add themselves.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/plugin_if.h>
#include <epan/to_str.h>

#include "exchange/exchange.h"

/* ---- the menu Windows Update ---- */

static void
choose_diagnosis(ext_menubar_gui_type type _U_, gpointer window _U_, gpointer user _U_)
{
    diagnosis_window();
}

static void
choose_filter(ext_menubar_gui_type type _U_, gpointer window _U_, gpointer filter)
{
    window_filter((const char *)filter);
}

/* What the menu filters by; all that failed is what the profile's button Failures has, too. */
static struct {
    const char *label;
    char filter[96];
} filters[] = {
    { "Show All Messages", "wsus" },
    { "Show Failures", "winerr.error == 1 || wws.fault_received || wsus.event.failed || wsus.connection.outcome" },
    { "Show Failed Connections", "wsus.connection.outcome" },
    { "Show Recovery", "wws.recovery || wsus.authentication.asked" },
    { "Show Security Findings", "wsus.finding.warning" },
};

static void
register_menu(int proto_wsus)
{
    ext_menu_t *menu = ext_menubar_register_menu(proto_wsus, "Windows Update", TRUE);

    ext_menubar_add_entry(menu, "Why did Windows Update fail?", "What each client tried, what stopped it, and what to check",
                          choose_diagnosis, NULL);
    ext_menubar_add_separator(menu);
    for (unsigned i = 0; i < G_N_ELEMENTS(filters); i++)
        ext_menubar_add_entry(menu, filters[i].label, filters[i].filter, choose_filter, filters[i].filter);
}

/* ---- Analyze > Conversation Filter ---- */

static compat_bool
has_client(COMPAT_FILTER_PARAMETERS)
{
    return exchange_known_connection(pinfo);
}

/* All Windows Update of the computer that asks: servers have the lower port. */
static gchar *
filter_of_client(COMPAT_FILTER_PARAMETERS)
{
    const address *client = pinfo->srcport > pinfo->destport ? &pinfo->src : &pinfo->dst;
    char *text = address_to_str(NULL, client);
    gchar *filter = g_strdup_printf("wsus && %s == %s", client->type == AT_IPv6 ? "ipv6.addr" : "ip.addr", text);

    wmem_free(NULL, text);
    return filter;
}

/* Whether a text of the wire can stand between quotation marks of a filter as it is: that of every real vector can. */
static bool
is_plain(const char *text)
{
    for (; *text; text++)
        if (!g_ascii_isalnum(*text) && !strchr("+/=_-", *text))
            return false;
    return true;
}

static const char *
scan_of(const packet_info *pinfo)
{
    const wsus_exchange *x = exchange_in_frame(pinfo);
    return x && x->scan && is_plain(x->scan) ? x->scan : NULL;
}

static compat_bool
has_scan(COMPAT_FILTER_PARAMETERS)
{
    return scan_of(pinfo) != NULL;
}

static gchar *
filter_of_scan(COMPAT_FILTER_PARAMETERS)
{
    const char *scan = scan_of(pinfo);
    return scan ? g_strdup_printf("wsus.correlation_base == \"%s\"", scan) : NULL;
}

/* ---- right click > Windows Update > Explain the codes ---- */

static void
explain_number(GString *out, const char *symbol, guint code)
{
    if (out->len)
        g_string_append_c(out, '\n');
    g_string_append_printf(out, code > G_MAXUINT16 ? "0x%08X" : "%u", code);
    g_string_append_printf(out, "%s%s\n", *symbol ? " " : "", symbol);
}

/* The text of a field as a line of the window, if it is one of those that explain. */
static void
explain_text(GString *out, field_info *field)
{
    static const struct { const char *field, *label; } rows[] = {
        { "winerr.text", "" }, { "winerr.hint", "Check: " }, { "winerr.also", "Also: " }, { "winerr.derived_from", "Derived from: " },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++)
        if (!strcmp(field->hfinfo->abbrev, rows[i].field)) {
            char *text = fvalue_to_string_repr(NULL, compat_value(field), FTREPR_DISPLAY, 0);
            g_string_append_printf(out, "    %s%s\n", rows[i].label, text ? text : "");
            wmem_free(NULL, text);
        }
}

static bool
is_field(const GPtrArray *fields, guint i, const char *name)
{
    return i < fields->len && !strcmp(((field_info *)g_ptr_array_index(fields, i))->hfinfo->abbrev, name);
}

/* The codes of a packet, in their order: each with its name and what is known of it. */
static GString *
explain(const GPtrArray *fields)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < fields->len; i++) {
        field_info *field = (field_info *)g_ptr_array_index(fields, i);
        if (is_field(fields, i, "winerr.code")) {
            char *symbol = is_field(fields, i + 1, "winerr.symbol")
                               ? fvalue_to_string_repr(NULL, compat_value((field_info *)g_ptr_array_index(fields, i + 1)),
                                                       FTREPR_DISPLAY, 0) : NULL;
            explain_number(out, symbol ? symbol : "", fvalue_get_uinteger(compat_value(field)));
            wmem_free(NULL, symbol);
        }
        explain_text(out, field);
    }
    return out;
}

static void
explain_packet(void *user _U_, GPtrArray *fields)
{
    GString *text = explain(fields);

    window_open("Windows error codes of this packet", text->str, NULL);
    g_string_free(text, TRUE);
}

void
menus_register(int proto_wsus)
{
    register_menu(proto_wsus);
    COMPAT_REGISTER_FILTER("wsus", "Windows Update client", has_client, filter_of_client);
    COMPAT_REGISTER_FILTER("wsus", "Windows Update scan", has_scan, filter_of_scan);
    compat_register_packet_menu("Windows Update/Explain the codes", "winerr.code", explain_packet);
}
