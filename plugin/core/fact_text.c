/* fact_text.c
 * Facts of the diagnosis as lines of text.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fact_text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, BOOL, NUMBER, LARGE, TIME };

typedef struct {
    enum kind kind;
    size_t offset;
} member;

#define MEMBER(kind, name) { kind, offsetof(wu_fact, name) }

/* Every member of wu_fact but its arrays; enumerations are numbers. */
static const member members[] = {
    MEMBER(NUMBER, kind), MEMBER(NUMBER, frame), MEMBER(NUMBER, request_frame), MEMBER(TIME, time), MEMBER(TIME, elapsed),
    MEMBER(TEXT, client), MEMBER(TEXT, server), MEMBER(TEXT, client_id), MEMBER(TEXT, computer), MEMBER(TEXT, agent),
    MEMBER(TEXT, host), MEMBER(NUMBER, port), MEMBER(BOOL, secure), MEMBER(BOOL, plain), MEMBER(BOOL, public_service),
    MEMBER(NUMBER, program), MEMBER(NUMBER, service), MEMBER(TEXT, operation), MEMBER(NUMBER, outcome), MEMBER(BOOL, answered),
    MEMBER(BOOL, credentials), MEMBER(BOOL, challenge), MEMBER(BOOL, no_message), MEMBER(BOOL, incomplete), MEMBER(NUMBER, status),
    MEMBER(BOOL, fault), MEMBER(TEXT, error_code), MEMBER(TEXT, parameter), MEMBER(TEXT, connection), MEMBER(TEXT, seen),
    MEMBER(NUMBER, code), MEMBER(NUMBER, space), MEMBER(NUMBER, basis), MEMBER(TEXT, server_header), MEMBER(TEXT, via),
    MEMBER(TEXT, certificate_issuer), MEMBER(BOOL, page), MEMBER(LARGE, auth_cookie), MEMBER(NUMBER, auth_cookie_length),
    MEMBER(NUMBER, cookie_length), MEMBER(TEXT, auth_plugin), MEMBER(BOOL, anonymous), MEMBER(BOOL, pretty),
    MEMBER(BOOL, ranges_ignored), MEMBER(TIME, cookie_expires), MEMBER(TIME, client_clock), MEMBER(TIME, server_clock), MEMBER(TEXT, server_id),
    MEMBER(BOOL, config_plugin), MEMBER(BOOL, config_limit), MEMBER(BOOL, driver_pass), MEMBER(NUMBER, installs),
    MEMBER(BOOL, truncated), MEMBER(TEXT, digest), MEMBER(TEXT, file), MEMBER(LARGE, file_size), MEMBER(TEXT, etag_digest), MEMBER(NUMBER, event),
    MEMBER(TEXT, event_name), MEMBER(TEXT, event_class), MEMBER(TEXT, subject), MEMBER(NUMBER, extend), MEMBER(NUMBER, accepted),
};

_Static_assert(sizeof(unsigned) == sizeof(uint32_t) && sizeof(enum wu_service) == sizeof(uint32_t), "numbers are of one size");

/* ---- writing ---- */

static void
put_text(GString *out, const char *text)
{
    if (!text) {
        g_string_append(out, "\\N");
        return;
    }
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < ' ' || *p >= 0x7f || *p == '\\')
            g_string_append_printf(out, "\\x%02X", *p);
        else
            g_string_append_c(out, (char)*p);
    }
}

static void
put_number(GString *out, uint64_t number)
{
    g_string_append_printf(out, "%" G_GUINT64_FORMAT, number);
}

static void
put_member(GString *out, const member *m, const wu_fact *fact)
{
    const void *at = (const char *)fact + m->offset;
    char room[G_ASCII_DTOSTR_BUF_SIZE];
    uint32_t number;

    switch (m->kind) {
    case TEXT:
        put_text(out, *(const char *const *)at);
        break;
    case BOOL:
        g_string_append_c(out, *(const bool *)at ? '1' : '0');
        break;
    case NUMBER:
        memcpy(&number, at, sizeof number);
        put_number(out, number);
        break;
    case LARGE:
        put_number(out, *(const uint64_t *)at);
        break;
    default:
        g_string_append(out, g_ascii_dtostr(room, sizeof room, *(const double *)at));
        break;
    }
}

static void
put_list(GString *out, const uint32_t *numbers, unsigned n)
{
    put_number(out, n);
    for (unsigned i = 0; i < n; i++) {
        g_string_append_c(out, '\t');
        put_number(out, numbers[i]);
    }
}

void
wu_fact_write(GString *out, const wu_fact *fact)
{
    unsigned files = fact->n_files < WU_FACT_FILES ? fact->n_files : WU_FACT_FILES;

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        put_member(out, &members[i], fact);
        g_string_append_c(out, '\t');
    }
    put_list(out, fact->codes, fact->n_codes);
    g_string_append_c(out, '\t');
    put_list(out, fact->findings, fact->n_findings);
    g_string_append_c(out, '\t');
    put_number(out, files);
    for (unsigned i = 0; i < files; i++) {
        g_string_append_c(out, '\t');
        put_text(out, fact->files[i].digest);
        g_string_append_c(out, '\t');
        put_text(out, fact->files[i].name);
        g_string_append_c(out, '\t');
        put_number(out, fact->files[i].size);
    }
}

/* ---- reading ---- */

typedef struct {
    char *rest; /* NULL: behind the last value */
    bool good;
} reader;

/* NULL where there is no value any more. */
static char *
next(reader *r)
{
    char *value = r->rest, *tab = value ? strchr(value, '\t') : NULL;

    if (!value) {
        r->good = false;
        return NULL;
    }
    if (tab)
        *tab = '\0';
    r->rest = tab ? tab + 1 : NULL;
    return value;
}

static uint64_t
next_number(reader *r, uint64_t most)
{
    char *value = next(r), *end = value;
    uint64_t number = value ? g_ascii_strtoull(value, &end, 10) : 0;

    if (!value || !g_ascii_isdigit(*value) || *end || number > most) {
        r->good = false;
        return 0;
    }
    return number;
}

/* Turns \xNN back, in place. */
static const char *
next_text(reader *r)
{
    char *value = next(r), *out = value;

    if (!value || !strcmp(value, "\\N"))
        return NULL;
    for (const char *p = value; *p; p++) {
        if (*p != '\\') {
            *out++ = *p;
            continue;
        }
        if (p[1] != 'x' || !g_ascii_isxdigit(p[2]) || !g_ascii_isxdigit(p[3]) || (p[2] == '0' && p[3] == '0')) {
            r->good = false;
            break;
        }
        *out++ = (char)(g_ascii_xdigit_value(p[2]) * 16 + g_ascii_xdigit_value(p[3]));
        p += 3;
    }
    *out = '\0';
    return value;
}

static double
next_time(reader *r)
{
    char *value = next(r), *end = value;
    double time = value ? g_ascii_strtod(value, &end) : 0;

    r->good &= value && end != value && !*end;
    return time;
}

static void
take_member(reader *r, const member *m, wu_fact *fact)
{
    void *at = (char *)fact + m->offset;
    uint32_t number;

    switch (m->kind) {
    case TEXT:
        *(const char **)at = next_text(r);
        break;
    case BOOL:
        *(bool *)at = next_number(r, 1) == 1;
        break;
    case NUMBER:
        number = (uint32_t)next_number(r, UINT32_MAX);
        memcpy(at, &number, sizeof number);
        break;
    case LARGE:
        *(uint64_t *)at = next_number(r, UINT64_MAX);
        break;
    default:
        *(double *)at = next_time(r);
        break;
    }
}

static unsigned
take_list(reader *r, uint32_t *numbers, unsigned most)
{
    unsigned n = (unsigned)next_number(r, most);

    for (unsigned i = 0; i < n; i++)
        numbers[i] = (uint32_t)next_number(r, UINT32_MAX);
    return n;
}

/* Values of enumerations that index tables. */
static bool
is_in_range(const wu_fact *fact)
{
    return fact->kind <= WU_FACT_EVENT && fact->outcome <= WU_FACT_FAILED && fact->accepted <= WU_SAID_YES &&
           (unsigned)fact->service < WU_N_SERVICES && fact->basis <= WU_BASIS_GUESS &&
           fact->space <= WU_AS_HTTP_STATUS && fact->client;
}

bool
wu_fact_read(char *line, wu_fact_room *room)
{
    reader r = { line, true };
    wu_fact *fact = &room->fact;

    memset(fact, 0, sizeof *fact);
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        take_member(&r, &members[i], fact);
    fact->n_codes = take_list(&r, fact->codes, WU_FACT_CODES);
    fact->n_findings = take_list(&r, room->findings, WU_MAX_FINDINGS);
    fact->findings = room->findings;
    fact->n_files = (unsigned)next_number(&r, WU_FACT_FILES);
    fact->files = room->files;
    for (unsigned i = 0; i < fact->n_files; i++) {
        room->files[i].digest = next_text(&r);
        room->files[i].name = next_text(&r);
        room->files[i].size = next_number(&r, UINT64_MAX);
    }
    return r.good && !r.rest && is_in_range(fact);
}
