/* packet-winerr.c
 * Protocol winerr: Windows error codes, whatever they stand in.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/prefs.h>
#include <epan/uat.h>

#include "core/hresult.h"

static int proto_winerr = -1;

static int hf_winerr_code = -1;
static int hf_winerr_symbol = -1;
static int hf_winerr_text = -1;
static int hf_winerr_hint = -1;
static int hf_winerr_family = -1;
static int hf_winerr_severity = -1;
static int hf_winerr_customer = -1;
static int hf_winerr_ntstatus = -1;
static int hf_winerr_facility = -1;
static int hf_winerr_low_word = -1;
static int hf_winerr_win32 = -1;
static int hf_winerr_also = -1;
static int hf_winerr_true_code = -1;
static int hf_winerr_derived = -1;
static int hf_winerr_basis = -1;
static int hf_winerr_derived_from = -1;
static int hf_winerr_source = -1;
static int hf_winerr_error = -1;
static int hf_winerr_error_family = -1;

static int ett_winerr = -1;
static int ett_winerr_parts = -1;

static expert_field ei_winerr_error = EI_INIT;
static expert_field ei_winerr_unknown = EI_INIT;
static expert_field ei_winerr_misprint = EI_INIT;

/* ---- value names, made of the tables at registration ---- */

static value_string_ext *code_names;
static value_string *family_names, *facility_names;

static const value_string severity_names[] = { { 0, "Success" }, { 1, "Failure" }, { 0, NULL } };

static const value_string basis_names[] = {
    { WU_BASIS_DOCUMENTED, "Documented" }, { WU_BASIS_INFERRED, "Inferred" }, { WU_BASIS_GUESS, "Guess" }, { 0, NULL }
};

static const value_string source_names[] = {
    { WU_FOUND_HTTP_STATUS, "HTTP status" }, { WU_FOUND_SOAP_FAULT, "SOAP fault" }, { WU_FOUND_ELEMENT, "XML element" },
    { WU_FOUND_REPORT, "Event report" },     { WU_FOUND_TEXT, "Text" },             { WU_FOUND_CONNECTION, "Connection" },
    { 0, NULL }
};

/* All codes, Win32 numbers also in their HRESULT form: what `winerr.code == "..."` understands and `tshark -G values`
 * lists. */
static void
make_code_names(void)
{
    value_string *names = wmem_alloc_array(wmem_epan_scope(), value_string, WU_N_CODE_NAMES + 1);

    for (size_t i = 0; i < WU_N_CODE_NAMES; i++)
        names[i] = (value_string){ wu_code_names[i].value, wu_text(wu_code_names[i].name) };
    names[WU_N_CODE_NAMES] = (value_string){ 0, NULL };
    code_names = compat_value_string_ext(names, WU_N_CODE_NAMES + 1, "winerr_code_names");
}

static void
make_small_names(void)
{
    size_t n = 0;

    family_names = wmem_alloc_array(wmem_epan_scope(), value_string, WU_FAMILY_MAX + 2);
    for (unsigned i = 0; i < WU_FAMILY_MAX + 1; i++)
        family_names[n++] = (value_string){ i, wu_family_names[i] };
    family_names[n] = (value_string){ 0, NULL };

    facility_names = wmem_alloc_array(wmem_epan_scope(), value_string, WU_N_FACILITIES + 1);
    n = 0;
    for (size_t i = 0; i < WU_N_FACILITIES; i++)
        if (wu_facilities[i].kind == WU_CODE_PRIMARY && *wu_text(wu_facilities[i].name))
            facility_names[n++] = (value_string){ wu_facilities[i].value, wu_text(wu_facilities[i].name) };
    facility_names[n] = (value_string){ 0, NULL };
}

/* ---- codes of the user: a table of the preferences ---- */

typedef struct {
    char *value, *symbol, *family, *text;
} user_row;

static user_row *user_rows;
static guint n_user_rows;
static wu_user_code *user_codes;

UAT_CSTRING_CB_DEF(user_rows, value, user_row)
UAT_CSTRING_CB_DEF(user_rows, symbol, user_row)
UAT_CSTRING_CB_DEF(user_rows, family, user_row)
UAT_CSTRING_CB_DEF(user_rows, text, user_row)

static void *
copy_user_row(void *to, const void *from, size_t size _U_)
{
    user_row *copy = (user_row *)to;
    const user_row *row = (const user_row *)from;

    copy->value = g_strdup(row->value);
    copy->symbol = g_strdup(row->symbol);
    copy->family = g_strdup(row->family);
    copy->text = g_strdup(row->text);
    return to;
}

static void
free_user_row(void *record)
{
    user_row *row = (user_row *)record;

    g_free(row->value);
    g_free(row->symbol);
    g_free(row->family);
    g_free(row->text);
}

static compat_bool
check_user_row(void *record, char **error)
{
    const user_row *row = (const user_row *)record;
    uint32_t value;

    *error = NULL;
    if (!row->value || !wu_slice_code(wu_slice_text(row->value), &value))
        *error = ws_strdup_printf("\"%s\" is no code: write 0x80240001, -2145124351 or 12007",
                                  row->value ? row->value : "");
    else if (!row->symbol || !*row->symbol)
        *error = g_strdup("The code needs a symbol");
    else if (!row->family || wu_family_by_name(wu_slice_text(row->family)) > WU_FAMILY_MAX)
        *error = ws_strdup_printf("\"%s\" is no family: use one of the names of winerr.family, such as WUA or Win32",
                                  row->family ? row->family : "");
    return *error == NULL;
}

static int
by_code(const void *a, const void *b)
{
    uint32_t x = ((const wu_user_code *)a)->value, y = ((const wu_user_code *)b)->value;
    return x < y ? -1 : x > y;
}

static void
forget_user_rows(void)
{
    wu_code_set_user(NULL, 0);
    g_free(user_codes);
    user_codes = NULL;
}

static void
use_user_rows(void)
{
    forget_user_rows();
    user_codes = g_new0(wu_user_code, n_user_rows + 1);
    for (guint i = 0; i < n_user_rows; i++) {
        wu_slice_code(wu_slice_text(user_rows[i].value), &user_codes[i].value);
        user_codes[i].family = wu_family_by_name(wu_slice_text(user_rows[i].family));
        user_codes[i].symbol = user_rows[i].symbol;
        user_codes[i].text = user_rows[i].text ? user_rows[i].text : "";
    }
    qsort(user_codes, n_user_rows, sizeof *user_codes, by_code);
    wu_code_set_user(user_codes, n_user_rows);
}

/* ---- drawing ---- */

/* Generated items carry no bytes of their own meaning. */
static void
generated(proto_item *item)
{
    proto_item_set_generated(item);
}

static void
draw_parts(proto_tree *tree, tvbuff_t *tvb, const verdict_code *c)
{
    wu_hresult parts = wu_hresult_parts(c->code);
    proto_item *item;

    if (c->space != WU_AS_HRESULT) {
        item = proto_tree_add_uint(tree, hf_winerr_severity, tvb, c->offset, c->length,
                                   wu_code_is_error(c->code, c->space));
        generated(item);
        if (c->space == WU_AS_WIN32)
            generated(proto_tree_add_uint(tree, hf_winerr_win32, tvb, c->offset, c->length, c->code));
        return;
    }
    generated(proto_tree_add_uint(tree, hf_winerr_severity, tvb, c->offset, c->length, parts.failure));
    if (parts.customer)
        generated(proto_tree_add_boolean(tree, hf_winerr_customer, tvb, c->offset, c->length, true));
    if (parts.ntstatus)
        generated(proto_tree_add_uint(tree, hf_winerr_ntstatus, tvb, c->offset, c->length,
                                      c->code & ~WU_HRESULT_N_BIT));
    const char *name = wu_facility_name(parts.facility), *about = wu_facility_text(parts.facility);
    item = proto_tree_add_uint_format_value(tree, hf_winerr_facility, tvb, c->offset, c->length, parts.facility, "%s%s%u%s%s%s",
                                            name, *name ? " (" : "", parts.facility, *name ? ")" : "", *about ? ", " : "", about);
    generated(item);
    generated(proto_tree_add_uint(tree, hf_winerr_low_word, tvb, c->offset, c->length, parts.low_word));
    if (parts.is_win32)
        generated(proto_tree_add_uint(tree, hf_winerr_win32, tvb, c->offset, c->length, parts.low_word));
}

/* The other readings of an ambiguous number. */
static void
draw_others(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const verdict_code *c, const wu_reading *readings,
            size_t n)
{
    for (size_t i = 1; i < n; i++)
        generated(proto_tree_add_string(tree, hf_winerr_also, tvb, c->offset, c->length,
                                        wmem_strdup_printf(pinfo->pool, "%s (%s)%s%s", readings[i].symbol,
                                                           wu_family_names[readings[i].family],
                                                           *readings[i].text ? ": " : "", readings[i].text)));
}

static void
draw_origin(proto_tree *tree, proto_tree *below, tvbuff_t *tvb, const verdict_code *c, unsigned family)
{
    generated(proto_tree_add_boolean(c->derived ? tree : below, hf_winerr_derived, tvb, c->offset, c->length, c->derived));
    if (c->derived) {
        generated(proto_tree_add_uint(tree, hf_winerr_basis, tvb, c->offset, c->length, c->basis));
        generated(proto_tree_add_string(tree, hf_winerr_derived_from, tvb, c->offset, c->length, c->because));
    }
    generated(proto_tree_add_uint(below, hf_winerr_source, tvb, c->offset, c->length, c->source));
    generated(proto_tree_add_boolean(below, hf_winerr_error, tvb, c->offset, c->length, c->error));
    if (!c->error)
        return;
    /* a filter on winerr.family and winerr.error takes the two from different codes of a frame; this one does not */
    proto_item *item = proto_tree_add_uint(tree, hf_winerr_error_family, tvb, c->offset, c->length, family);
    generated(item);
    proto_item_set_hidden(item);
}

static void
add_expert(packet_info *pinfo, proto_item *item, const verdict_code *c, const wu_reading *first, const char *label)
{
    if (!first)
        expert_add_info_format(pinfo, item, &ei_winerr_unknown, "Unknown code %s", label);
    else if (first && first->how == WU_READ_MISPRINT)
        expert_add_info_format(pinfo, item, &ei_winerr_misprint,
                               "%s is a misprint of documentation: %s is 0x%08X", code_number(pinfo->pool, c->code, c->space),
                               first->symbol, first->true_code);
    /* one entry a failure: that of the message, its fault, event or connection tells of the codes that belong to it */
    if (c->error && first && !c->derived && !c->told)
        expert_add_info_format(pinfo, item, &ei_winerr_error, "%s: %s", label,
                               *first->text ? first->text : "Windows error code");
}

/* The number, with the parts that it is made of below it. */
static proto_tree *
draw_number(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const verdict_code *c, const wu_reading *reading)
{
    proto_item *code = proto_tree_add_uint_format_value(tree, hf_winerr_code, tvb, c->offset, c->length, c->code, "%s",
                                                        code_number(pinfo->pool, c->code, c->space));
    proto_tree *below = proto_item_add_subtree(code, ett_winerr_parts);

    if (c->derived)
        generated(code);
    if (reading && *reading->symbol)
        generated(proto_tree_add_string(below, hf_winerr_symbol, tvb, c->offset, c->length, reading->symbol));
    return below;
}

void
winerr_draw(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const verdict_code *c)
{
    static wu_reading readings[WU_MAX_READINGS]; /* too big for the stack of a deep dissection, and not reentered */
    const wu_reading *first = NULL;

    if (!proto_is_protocol_enabled(find_protocol_by_id(proto_winerr)))
        return;
    size_t n = wu_code_readings(c->code, c->space, readings, tree ? WU_MAX_READINGS : 1);
    if (n)
        first = &readings[0];
    const char *label = code_label(pinfo->pool, c->code, c->space);
    proto_item *item = proto_tree_add_protocol_format(tree, proto_winerr, tvb, c->offset, c->length,
                                                      "Windows Error Code: %s%s%s%s%s", label, first ? " (" : "",
                                                      first ? wu_family_names[first->family] : ", unknown",
                                                      first ? ")" : "", c->derived ? ", derived" : "");
    if (c->derived)
        generated(item);
    proto_tree *sub = proto_item_add_subtree(item, ett_winerr);

    bool success = !wu_code_is_error(c->code, c->space); /* those are short: one line, and what it is made of below */
    proto_tree *below = draw_number(sub, tvb, pinfo, c, first);
    unsigned family = first ? (unsigned)first->family : WU_FAMILY_UNKNOWN;
    if (first && *first->text)
        generated(proto_tree_add_string(success ? below : sub, hf_winerr_text, tvb, c->offset, c->length, first->text));
    if (first && *first->hint)
        generated(proto_tree_add_string(success ? below : sub, hf_winerr_hint, tvb, c->offset, c->length, first->hint));
    generated(proto_tree_add_uint(below, hf_winerr_family, tvb, c->offset, c->length, family));
    if (first && first->how == WU_READ_MISPRINT)
        generated(proto_tree_add_uint(sub, hf_winerr_true_code, tvb, c->offset, c->length, first->true_code));
    draw_parts(below, tvb, c);
    draw_others(sub, tvb, pinfo, c, readings, n);
    draw_origin(sub, below, tvb, c, family);
    add_expert(pinfo, item, c, first, label);
}

/* ---- registration ---- */

static gint pref_language = 0; /* place in wu_languages */

static void
use_preferences(void)
{
    wu_set_language(wu_slice_text(wu_text(wu_languages[pref_language].code)));
}

static void
register_language(module_t *module)
{
    enum_val_t *values = wmem_alloc0_array(wmem_epan_scope(), enum_val_t, WU_N_LANGUAGES + 1);

    for (gint i = 0; i < (gint)WU_N_LANGUAGES; i++)
        values[i] = (enum_val_t){ wu_text(wu_languages[i].code), wu_text(wu_languages[i].name), i };
    prefs_register_enum_preference(module, "language", "Language of meanings",
                                   "Language of what codes mean (winerr.text), where there is a sentence in it; others, and "
                                   "all hints, are in English", &pref_language, values, FALSE);
}

static void
register_preferences(void)
{
    static uat_field_t fields[] = {
        UAT_FLD_CSTRING(user_rows, value, "Value", "Code: 0x and hexadecimal digits, or a decimal number"),
        UAT_FLD_CSTRING(user_rows, symbol, "Symbol", "Name of the code"),
        UAT_FLD_CSTRING(user_rows, family, "Family", "Family as in winerr.family, such as WUA, WinHTTP or Win32"),
        UAT_FLD_CSTRING(user_rows, text, "Text", "Sentence of meaning"),
        UAT_END_FIELDS
    };
    enum { FAMILY = 2 };
    fields[FAMILY].mode = PT_TXTMOD_ENUM; /* a list to choose from; check_user_row() knows what a file may say */
    fields[FAMILY].fld_data = family_names;
    uat_t *uat = uat_new("Windows error codes", sizeof(user_row), "windows_error_codes", TRUE, &user_rows, &n_user_rows,
                         UAT_AFFECTS_DISSECTION, NULL, copy_user_row, check_user_row, free_user_row, use_user_rows,
                         forget_user_rows, fields);
    module_t *module = prefs_register_protocol(proto_winerr, use_preferences);

    register_language(module);

    prefs_register_uat_preference(module, "codes", "Own codes",
                                  "Codes that are added to the tables, or take the place of what they say", uat);
}

void
proto_register_winerr(void)
{
    make_code_names();
    make_small_names();

    static hf_register_info hf[] = {
        { &hf_winerr_code, { "Code", "winerr.code", FT_UINT32, BASE_HEX | BASE_EXT_STRING, NULL, 0,
                             "Windows error code, HTTP error status or Win32 error number", HFILL } },
        { &hf_winerr_symbol, { "Symbol", "winerr.symbol", FT_STRING, BASE_NONE, NULL, 0,
                               "Name of the code as in the Windows headers", HFILL } },
        { &hf_winerr_text, { "Meaning", "winerr.text", FT_STRING, BASE_NONE, NULL, 0, "What the code means", HFILL } },
        { &hf_winerr_hint, { "What to check", "winerr.hint", FT_STRING, BASE_NONE, NULL, 0,
                             "What to check on the network or the server", HFILL } },
        { &hf_winerr_family, { "Family", "winerr.family", FT_UINT32, BASE_DEC, NULL, 0,
                               "Family of codes that the code belongs to", HFILL } },
        { &hf_winerr_severity, { "Severity", "winerr.severity", FT_UINT32, BASE_DEC, VALS(severity_names), 0,
                                 "Severity bit of an HRESULT; for other codes whether it is a failure", HFILL } },
        { &hf_winerr_customer, { "Customer code", "winerr.customer", FT_BOOLEAN, BASE_NONE, NULL, 0,
                                 "The code was not defined by Microsoft", HFILL } },
        { &hf_winerr_ntstatus, { "NTSTATUS", "winerr.ntstatus", FT_UINT32, BASE_HEX, NULL, 0,
                                 "NTSTATUS that was turned into this HRESULT (N bit taken away)", HFILL } },
        { &hf_winerr_facility, { "Facility", "winerr.facility", FT_UINT32, BASE_DEC, NULL, 0,
                                 "Facility of an HRESULT, without the N bit", HFILL } },
        { &hf_winerr_low_word, { "Low word", "winerr.low_word", FT_UINT32, BASE_HEX_DEC, NULL, 0,
                                 "Low 16 bits of an HRESULT", HFILL } },
        { &hf_winerr_win32, { "Win32 error", "winerr.win32", FT_UINT32, BASE_DEC | BASE_EXT_STRING, NULL, 0,
                              "Win32 error number inside 0x8007nnnn, or the number itself", HFILL } },
        { &hf_winerr_also, { "Also", "winerr.also", FT_STRING, BASE_NONE, NULL, 0,
                             "Another reading of the same number", HFILL } },
        { &hf_winerr_true_code, { "Real code", "winerr.true_code", FT_UINT32, BASE_HEX | BASE_EXT_STRING, NULL, 0,
                                  "The code that the symbol really has, where documentation misprints it", HFILL } },
        { &hf_winerr_derived, { "Derived", "winerr.derived", FT_BOOLEAN, BASE_NONE, NULL, 0,
                                "False: the code is on the wire. True: the client is expected to report it", HFILL } },
        { &hf_winerr_basis, { "Basis", "winerr.basis", FT_UINT32, BASE_DEC, VALS(basis_names), 0,
                              "How far a derived code is backed by documents", HFILL } },
        { &hf_winerr_derived_from, { "Derived from", "winerr.derived_from", FT_STRING, BASE_NONE, NULL, 0,
                                     "What a derived code comes from", HFILL } },
        { &hf_winerr_source, { "Found in", "winerr.source", FT_UINT32, BASE_DEC, VALS(source_names), 0,
                               "Where the code, or what it is derived from, was found", HFILL } },
        { &hf_winerr_error, { "Error", "winerr.error", FT_BOOLEAN, BASE_NONE, NULL, 0,
                              "The code tells of a failure that the protocol does not recover from by itself", HFILL } },
        { &hf_winerr_error_family, { "Error family", "winerr.error_family", FT_UINT32, BASE_DEC, NULL, 0,
                                     "Family of a code that is an error; absent for success and recovery", HFILL } },
    };
    static ei_register_info ei[] = {
        { &ei_winerr_error, { "winerr.error_code", PI_RESPONSE_CODE, PI_WARN, "Windows error code", EXPFILL } },
        { &ei_winerr_unknown, { "winerr.unknown", PI_UNDECODED, PI_NOTE, "Code is in no table", EXPFILL } },
        { &ei_winerr_misprint, { "winerr.misprint", PI_PROTOCOL, PI_NOTE, "Code that documentation misprints", EXPFILL } },
    };
    static int *ett[] = { &ett_winerr, &ett_winerr_parts };

    for (size_t i = 0; i < array_length(hf); i++) {
        if (hf[i].p_id == &hf_winerr_code || hf[i].p_id == &hf_winerr_true_code || hf[i].p_id == &hf_winerr_win32)
            hf[i].hfinfo.strings = code_names;
        else if (hf[i].p_id == &hf_winerr_family || hf[i].p_id == &hf_winerr_error_family)
            hf[i].hfinfo.strings = VALS(family_names);
        else if (hf[i].p_id == &hf_winerr_facility)
            hf[i].hfinfo.strings = VALS(facility_names);
    }
    proto_winerr = proto_register_protocol("Windows Error Codes", "WinErr", "winerr");
    proto_register_field_array(proto_winerr, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto_winerr), ei, array_length(ei));
    register_preferences();
}
