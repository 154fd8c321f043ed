/* wuerr.c
 * Command-line lookup of Windows error codes, from the tables and rules of the dissector.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "code_finder.h"
#include "hresult.h"
#include "json_writer.h"

#define MAX_LINE (1024 * 1024) /* bytes of a line that are searched */

static const char usage[] =
    "Usage: wuerr [--json] [--lang LANGUAGE] [CODE | SYMBOL | TEXT]...\n"
    "Names Windows error codes. A code is 0x80244022, -2145107934, 12007 or 503; a symbol is\n"
    "WU_E_PT_HTTP_STATUS_DENIED; a text is searched for codes. Without arguments, standard input is\n"
    "searched line by line.\n"
    "  --json       write one JSON object for each code\n"
    "  --lang CODE  meanings in another language where there are any: en (as without it) or fr\n"
    "  --help       show this\n"
    "  --version    show the version\n"
    "Exit status: 0, 1 when something is unknown, 2 for wrong usage.\n";

typedef struct {
    bool json;
    bool unknown;        /* something was not known */
    unsigned long line;  /* of standard input, 0 for an argument */
} session;

/* ---- one code ---- */

static const char *
space_name(enum wu_space space)
{
    return space == WU_AS_HTTP_STATUS ? "HTTP status" : space == WU_AS_WIN32 ? "Win32" : "HRESULT";
}

/* 0x80244022, or 12007 where the number is not an HRESULT. */
static char *
code_text(uint32_t code, enum wu_space space)
{
    return space == WU_AS_HRESULT && code > 0xffff ? g_strdup_printf("0x%08X", code) : g_strdup_printf("%u", code);
}

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
print_code(const session *s, uint32_t code, enum wu_space space, const wu_reading *readings, size_t n)
{
    char *text = code_text(code, space);

    if (s->line)
        printf("%lu: ", s->line);
    if (space == WU_AS_HRESULT && code > 0xffff)
        printf("%s (%d)\n", text, (int)code);
    else
        printf("%s (%s)\n", text, space_name(space == WU_AS_HRESULT ? WU_AS_WIN32 : space));
    for (size_t i = 0; i < n; i++)
        print_reading(&readings[i], code);
    if (!n)
        printf("  unknown\n");
    if (space == WU_AS_HRESULT && code > 0xffff)
        print_parts(code);
    g_free(text);
}

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
write_code(const session *s, uint32_t code, enum wu_space space, const wu_reading *readings, size_t n)
{
    GString *json = g_string_new(NULL);
    wu_hresult parts = wu_hresult_parts(code);
    char *text = code_text(code, space);

    wu_json_begin(json, NULL, '{');
    if (s->line)
        wu_json_number(json, "line", s->line);
    wu_json_number(json, "code", code);
    wu_json_string(json, "text", text);
    wu_json_string(json, "space", space_name(space));
    wu_json_bool(json, "error", wu_code_is_error(code, space));
    wu_json_bool(json, "known", n > 0);
    if (space == WU_AS_HRESULT) {
        wu_json_string(json, "severity", parts.failure ? "failure" : "success");
        wu_json_number(json, "facility", parts.facility);
        wu_json_string(json, "facility_name", wu_facility_name(parts.facility));
        wu_json_number(json, "low_word", parts.low_word);
        if (parts.is_win32)
            wu_json_number(json, "win32", parts.low_word);
    }
    wu_json_begin(json, "readings", '[');
    for (size_t i = 0; i < n; i++)
        write_reading(json, &readings[i]);
    wu_json_end(json, ']');
    wu_json_end(json, '}');
    puts(json->str);
    g_string_free(json, TRUE);
    g_free(text);
}

/* Prints a code; false when it is unknown. */
static bool
show_code(session *s, uint32_t code, enum wu_space space)
{
    static wu_reading readings[WU_MAX_READINGS];
    size_t n = wu_code_readings(code, space, readings, WU_MAX_READINGS);

    if (s->json)
        write_code(s, code, space, readings, n);
    else
        print_code(s, code, space, readings, n);
    return n > 0;
}

/* ---- one input ---- */

static bool
looks_like_number(wu_slice text)
{
    size_t i = text.n && (text.p[0] == '-' || text.p[0] == '+');

    if (text.n > 2 && text.p[0] == '0' && wu_lower(text.p[1]) == 'x')
        return wu_hex_digit(text.p[2]) >= 0;
    if (i >= text.n)
        return false;
    for (; i < text.n; i++)
        if (!wu_is_digit(text.p[i]))
            return false;
    return true;
}

/* 8024402C or 80244022, as logs have it: eight hexadecimal digits. Where all are decimal, the table decides. */
static bool
is_bare_hex(wu_slice text, uint32_t *code)
{
    wu_reading reading;
    bool letter = false;

    *code = 0;
    for (size_t i = 0; i < text.n && i < 9; i++) {
        int digit = wu_hex_digit(text.p[i]);
        if (digit < 0)
            return false;
        letter |= digit > 9;
        *code = *code << 4 | (uint32_t)digit;
    }
    return text.n == 8 && (letter || wu_code_readings(*code, WU_AS_HRESULT, &reading, 1));
}

/* A number alone is shown in every space that knows it: 503 is an HTTP status and a Win32 error. */
static void
show_number(session *s, wu_slice text)
{
    uint32_t code;

    if (!wu_slice_code(text, &code)) {
        fprintf(stderr, "wuerr: %.*s is no 32-bit number\n", (int)text.n, (const char *)text.p);
        s->unknown = true;
        return;
    }
    const wu_code_row *status = text.n <= 3 && wu_is_digit(text.p[0]) ? wu_http_status_row(code) : NULL;
    if (status)
        show_code(s, code, WU_AS_HTTP_STATUS);
    wu_reading reading;
    if (status && !wu_code_readings(code, WU_AS_HRESULT, &reading, 1))
        return;
    if (!show_code(s, code, WU_AS_HRESULT))
        s->unknown = true;
}

/* A symbol may stand in several families, and for several numbers. */
static bool
show_symbol(session *s, wu_slice text)
{
    size_t first, n = wu_code_by_name(text, &first);
    uint32_t shown[8];
    size_t n_shown = 0;

    for (size_t i = 0; i < n; i++) {
        const wu_code_row *row = wu_code_symbol_row(first + i);
        bool again = row->kind == WU_CODE_MISPRINT;
        for (size_t k = 0; k < n_shown; k++)
            again |= shown[k] == row->value;
        if (again || n_shown == G_N_ELEMENTS(shown))
            continue;
        shown[n_shown++] = row->value;
        show_code(s, row->value, wu_code_row_space(row));
    }
    return n > 0;
}

/* Codes in a text; false when there is none. */
static bool
show_text(session *s, wu_slice text)
{
    wu_finder finder;
    wu_found found;
    bool any = false;

    wu_finder_start(&finder, text);
    while (wu_finder_next(&finder, &found)) {
        any = true;
        if (!show_code(s, found.code, found.space))
            s->unknown = true;
    }
    return any;
}

static bool
show_input(session *s, wu_slice text)
{
    uint32_t code;

    text = wu_slice_trim(text);
    if (is_bare_hex(text, &code)) {
        s->unknown |= !show_code(s, code, WU_AS_HRESULT);
        return true;
    }
    if (looks_like_number(text)) {
        show_number(s, text);
        return true;
    }
    return show_symbol(s, text) || show_text(s, text);
}

/* The next line, of any bytes; what is beyond MAX_LINE is left out. */
static bool
read_line(GString *line)
{
    int c = 0;

    g_string_truncate(line, 0);
    while (c != '\n' && (c = getc(stdin)) != EOF)
        if (line->len < MAX_LINE)
            g_string_append_c(line, (char)c);
    return line->len > 0;
}

static int
show_stdin(session *s)
{
    GString *line = g_string_new(NULL);

    while (read_line(line)) {
        s->line++;
        show_input(s, wu_slice_of(line->str, line->len));
    }
    g_string_free(line, TRUE);
    if (ferror(stdin)) {
        fprintf(stderr, "wuerr: standard input: %s\n", g_strerror(errno));
        return 2;
    }
    return s->unknown;
}

/* Takes "--lang fr" or "--lang=fr" at *i; false when it is no such option. *good: the language is known. */
static bool
take_language(int argc, char **argv, int *i, bool *good)
{
    const char *code = !strncmp(argv[*i], "--lang=", 7) ? argv[*i] + 7 : NULL;

    if (!code && strcmp(argv[*i], "--lang"))
        return false;
    if (!code)
        code = *i + 1 < argc ? argv[++*i] : "";
    *good = wu_set_language(wu_slice_text(code));
    if (!*good)
        fprintf(stderr, "wuerr: there are no meanings in the language \"%s\"\n", code);
    return true;
}

int
main(int argc, char **argv)
{
    session s = { 0 };
    bool good;
    int i;

    for (i = 1; i < argc && g_str_has_prefix(argv[i], "--"); i++) {
        if (!strcmp(argv[i], "--json")) {
            s.json = true;
        } else if (take_language(argc, argv, &i, &good)) {
            if (!good)
                return 2;
        } else if (!strcmp(argv[i], "--help")) {
            fputs(usage, stdout);
            return 0;
        } else if (!strcmp(argv[i], "--version")) {
            puts("wuerr " PLUGIN_VERSION);
            return 0;
        } else if (!strcmp(argv[i], "--")) {
            i++;
            break;
        } else {
            fprintf(stderr, "wuerr: unknown option %s\n%s", argv[i], usage);
            return 2;
        }
    }
    if (i == argc)
        return show_stdin(&s);
    for (; i < argc; i++)
        if (!show_input(&s, wu_slice_text(argv[i]))) {
            fprintf(stderr, "wuerr: no code in: %s\n", argv[i]);
            s.unknown = true;
        }
    return s.unknown;
}
