/* report.c
 * One code, for people and as JSON.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

#include "hresult.h"
#include "introduction.h"
#include "json_writer.h"
#include "setup_extension.h"

#define MAX_LINE 400u /* bytes of a line that are shown beside a code */

static const char *
space_name(enum wu_space space)
{
    return space == WU_AS_HTTP_STATUS ? "HTTP status" : space == WU_AS_WIN32 ? "Win32" : "HRESULT";
}

/* 0x80244022, or 12007 where the number is not an HRESULT, or 500.19. */
static char *
code_text(const wu_found *found)
{
    if (found->space == WU_AS_HRESULT && found->code > 0xffff)
        return g_strdup_printf("0x%08X", found->code);
    if (found->space == WU_AS_HTTP_STATUS && found->substatus)
        return g_strdup_printf("%u.%u", found->code, found->substatus);
    return g_strdup_printf("%u", found->code);
}

/* All bits set is what programs return for any failure: no code of anything. */
static bool
is_minus_one(const wu_found *found)
{
    return found->code == 0xffffffffu && found->space == WU_AS_HRESULT;
}

static size_t
readings_of(const wu_found *found, wu_reading *readings)
{
    return is_minus_one(found) ? 0 : wu_code_readings(found->code, found->space, readings, WU_MAX_READINGS);
}

char *
wu_code_headline(const wu_log_code *code)
{
    wu_reading reading;
    char *text = code_text(&code->found);
    bool known = !is_minus_one(&code->found) && wu_code_readings(code->found.code, code->found.space, &reading, 1);
    char *line = g_strdup_printf("%s%s%s", text, known && *reading.symbol ? " " : "", known ? reading.symbol : "");

    g_free(text);
    return line;
}

const char *
wu_code_sentence(const wu_log_code *code)
{
    static wu_reading reading; /* some sentences are made in it */

    if (is_minus_one(&code->found))
        return "No code: what programs return for any failure.";
    return wu_code_readings(code->found.code, code->found.space, &reading, 1) ? reading.text : "";
}

char *
wu_readable_line(wu_slice line)
{
    wu_slice shown = wu_slice_trim(line);
    GString *out = g_string_new(NULL);
    size_t n = shown.n < MAX_LINE ? shown.n : MAX_LINE, bytes;

    for (size_t i = 0; i < n; i += bytes) {
        uint8_t c = shown.p[i];
        bytes = wu_utf8_bytes(shown, i);
        bool control = c < 0x20 || c == 0x7f || (c >= 0x80 && bytes == 1) || (c == 0xc2 && shown.p[i + 1] < 0xa0);
        bool directs = c == 0xe2 && bytes == 3 && ((shown.p[i + 1] == 0x80 && shown.p[i + 2] >= 0xaa && shown.p[i + 2] <= 0xae) ||
                                                   (shown.p[i + 1] == 0x81 && shown.p[i + 2] >= 0xa6 && shown.p[i + 2] <= 0xa9));
        if (c == '\t')
            g_string_append_c(out, ' ');
        else if (control || directs)
            g_string_append_c(out, '.');
        else
            g_string_append_len(out, (const char *)shown.p + i, (gssize)bytes);
    }
    if (n < shown.n)
        g_string_append_len(out, " ...", 4);
    return g_string_free(out, FALSE);
}

/* ---- for people ---- */

static void
print_reading(const wu_reading *r, uint32_t code)
{
    printf("  %s [%s]\n", *r->symbol ? r->symbol : "(no symbol)", wu_family_names[r->family]);
    if (*r->text)
        printf("    %s\n", r->text);
    if (*r->hint)
        printf("    Hint: %s\n", r->hint);
    if (r->how == WU_READ_MISPRINT)
        printf("    0x%08X is a misprint of documentation; the code of %s is 0x%08X.\n", code, r->symbol, r->true_code);
}

static void
print_parts(uint32_t code)
{
    wu_hresult parts = wu_hresult_parts(code);
    const char *name = wu_facility_name(parts.facility);

    printf("  %s, facility %u%s%s%s, low word 0x%04X (%u)%s%s\n", parts.failure ? "failure" : "success", parts.facility,
           *name ? " (" : "", name, *name ? ")" : "", parts.low_word, parts.low_word,
           parts.customer ? ", customer code" : "", parts.ntstatus ? ", NTSTATUS" : "");
}

static void
print_beside(const wu_log_code *code)
{
    const wu_found *found = &code->found;

    if (found->extension)
        printf("  extension 0x%05X: phase %s (%s), operation %s (%s)\n", found->extension, wu_setup_phase(found->extension),
               wu_setup_phase_text(found->extension), wu_setup_operation(found->extension),
               wu_setup_operation_text(found->extension));
    if (found->space == WU_AS_HTTP_STATUS && *wu_substatus_text(found->code, found->substatus) && found->substatus)
        printf("  %u.%u: %s\n", found->code, found->substatus, wu_substatus_text(found->code, found->substatus));
    if (code->reason)
        printf("  %s: %s\n", wu_text(code->reason->name), wu_text(code->reason->text));
}

static void
print_head(const wu_place *place, const wu_found *found)
{
    char *text = code_text(found);

    if (place->line)
        printf("%s%s%llu: ", place->file ? place->file : "", place->file ? ":" : "", place->line);
    if (found->space == WU_AS_HRESULT && found->code > 0xffff)
        printf("%s (%d)\n", text, (int)found->code);
    else
        printf("%s (%s)\n", text, space_name(found->space == WU_AS_HRESULT ? WU_AS_WIN32 : found->space));
    g_free(text);
    if (place->line) {
        char *line = wu_readable_line(place->text);
        printf("  | %s\n", line);
        g_free(line);
    }
}

static void
print_code(const wu_place *place, const wu_log_code *code, const wu_reading *readings, size_t n, bool again)
{
    const wu_found *found = &code->found;

    print_head(place, found);
    print_beside(code);
    if (is_minus_one(found))
        printf("  no code: what programs return for any failure\n");
    else if (again && n)
        printf("  %s [%s]\n", *readings->symbol ? readings->symbol : "(no symbol)", wu_family_names[readings->family]);
    else if (!n)
        printf("  unknown\n");
    for (size_t i = 0; i < n && !again; i++)
        print_reading(&readings[i], found->code);
    if (!again && found->space == WU_AS_HRESULT && found->code > 0xffff && !is_minus_one(found))
        print_parts(found->code);
}

/* ---- JSON ---- */

static void
write_reading(GString *json, const wu_reading *r)
{
    wu_json_begin(json, NULL, '{');
    wu_json_string(json, "family", wu_family_names[r->family]);
    wu_json_string(json, "symbol", r->symbol);
    wu_json_string(json, "text", r->text);
    if (*r->hint)
        wu_json_string(json, "hint", r->hint);
    if (r->how == WU_READ_MISPRINT)
        wu_json_number(json, "misprint_of", r->true_code);
    wu_json_bool(json, "alias", r->alias);
    wu_json_end(json, '}');
}

static void
write_beside(GString *json, const wu_log_code *code)
{
    const wu_found *found = &code->found;

    if (found->extension) {
        wu_json_begin(json, "extension", '{');
        wu_json_number(json, "code", found->extension);
        wu_json_string(json, "phase", wu_setup_phase(found->extension));
        wu_json_string(json, "operation", wu_setup_operation(found->extension));
        wu_json_end(json, '}');
    }
    if (found->space == WU_AS_HTTP_STATUS && found->substatus) {
        wu_json_number(json, "substatus", found->substatus);
        wu_json_string(json, "substatus_text", wu_substatus_text(found->code, found->substatus));
    }
    if (code->reason) {
        wu_json_string(json, "reason", wu_text(code->reason->name));
        wu_json_string(json, "reason_text", wu_text(code->reason->text));
    }
}

void
wu_json_code(GString *json, const wu_log_code *code)
{
    const wu_found *found = &code->found;
    static wu_reading readings[WU_MAX_READINGS];
    size_t n = readings_of(found, readings);
    wu_hresult parts = wu_hresult_parts(found->code);
    char *text = code_text(found);

    wu_json_number(json, "code", found->code);
    wu_json_string(json, "text", text);
    wu_json_string(json, "space", space_name(found->space));
    wu_json_bool(json, "error", wu_code_is_error(found->code, found->space));
    wu_json_bool(json, "known", n > 0);
    if (found->space == WU_AS_HRESULT) {
        wu_json_string(json, "severity", parts.failure ? "failure" : "success");
        wu_json_number(json, "facility", parts.facility);
        wu_json_string(json, "facility_name", wu_facility_name(parts.facility));
        wu_json_number(json, "low_word", parts.low_word);
        if (parts.is_win32)
            wu_json_number(json, "win32", parts.low_word);
    }
    write_beside(json, code);
    wu_json_begin(json, "readings", '[');
    for (size_t i = 0; i < n; i++)
        write_reading(json, &readings[i]);
    wu_json_end(json, ']');
    g_free(text);
}

static void
write_code(const wu_place *place, const wu_log_code *code, const uint32_t *other)
{
    GString *json = g_string_new(NULL);

    wu_json_begin(json, NULL, '{');
    if (place->file)
        wu_json_ascii(json, "file", place->file, strlen(place->file));
    if (place->line) {
        wu_json_number(json, "line", place->line);
        wu_json_ascii(json, "context", (const char *)place->text.p, place->text.n < MAX_LINE ? place->text.n : MAX_LINE);
    }
    wu_json_code(json, code);
    if (other) {
        wu_reading reading;
        wu_json_begin(json, "also", '{');
        wu_json_number(json, "code", *other);
        wu_json_bool(json, "known", wu_code_readings(*other, WU_AS_HRESULT, &reading, 1) > 0);
        wu_json_end(json, '}');
    }
    wu_json_end(json, '}');
    puts(json->str);
    g_string_free(json, TRUE);
}

/* ---- */

static void
print_other(uint32_t other)
{
    wu_reading reading;
    bool known = wu_code_readings(other, WU_AS_HRESULT, &reading, 1);

    printf("  The same digits as a decimal number: 0x%08X, %s\n", other, known ? reading.symbol : "unknown");
}

bool
wu_code_known(const wu_log_code *code)
{
    static wu_reading readings[WU_MAX_READINGS];
    return readings_of(&code->found, readings) > 0;
}

void
wu_report_code(wu_session *session, const wu_place *place, const wu_log_code *code, const uint32_t *other)
{
    static wu_reading readings[WU_MAX_READINGS];
    size_t n = readings_of(&code->found, readings);
    bool again = false;

    if (session->json) {
        write_code(place, code, other);
        return;
    }
    if (place->file && n) {
        bool added;
        again = wu_code_set_add(session->shown, code, &added) < WU_MAX_DISTINCT && !added;
    }
    print_code(place, code, readings, n, again);
    if (other)
        print_other(*other);
}
