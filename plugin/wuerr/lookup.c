/* lookup.c
 * What an argument may be: a number in every reading, a symbol, a text with codes in it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

static const wu_place argument = { .line = 0 };

static void
show(wu_session *session, uint32_t code, enum wu_space space, const uint32_t *other)
{
    wu_log_code shown = { .found = { .code = code, .space = space } };

    wu_show_code(session, &argument, &shown, other);
}

static bool
is_known(uint32_t code, enum wu_space space)
{
    wu_reading reading;
    return wu_code_readings(code, space, &reading, 1) > 0;
}

static bool
looks_like_number(wu_slice text)
{
    size_t i = text.n && (text.p[0] == '-' || text.p[0] == '+');

    if (text.n > 2 && text.p[0] == '0' && wu_lower(text.p[1]) == 'x')
        return wu_hex_digit(text.p[2]) >= 0 && wu_slice_find_byte(text, 0, ' ') == text.n;
    if (i >= text.n)
        return false;
    for (; i < text.n; i++)
        if (!wu_is_digit(text.p[i]))
            return false;
    return true;
}

/* 8024402C or 80244022, as logs have it: eight hexadecimal digits. Where all are decimal, a failure that is plausible in
 * hexadecimal is the likelier reading. */
static bool
is_bare_hex(wu_slice text, uint32_t *code)
{
    bool letter = false;

    *code = 0;
    if (text.n != 8)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        int digit = wu_hex_digit(text.p[i]);
        if (digit < 0)
            return false;
        letter |= digit > 9;
        *code = *code << 4 | (uint32_t)digit;
    }
    return letter || ((*code & 0xb0000000u) == 0x80000000u && wu_code_is_plausible(*code));
}

/* A number alone is shown in every space that knows it: 503 is an HTTP status and a Win32 error. */
static void
show_number(wu_session *session, wu_slice text)
{
    uint32_t code;

    if (!wu_slice_code(text, &code)) {
        fprintf(stderr, "wuerr: %.*s is no 32-bit number\n", (int)text.n, (const char *)text.p);
        session->unknown = true;
        return;
    }
    bool status = text.n <= 3 && wu_is_digit(text.p[0]) && wu_http_status_row(code);
    if (status)
        show(session, code, WU_AS_HTTP_STATUS, NULL);
    if (!status || is_known(code, WU_AS_HRESULT))
        show(session, code, WU_AS_HRESULT, NULL);
}

static void
show_bare_hex(wu_session *session, wu_slice text, uint32_t code)
{
    uint32_t decimal;

    show(session, code, WU_AS_HRESULT, wu_slice_code(text, &decimal) ? &decimal : NULL);
}

/* A symbol may stand in several families, and for several numbers. */
static bool
show_symbol(wu_session *session, wu_slice text)
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
        show(session, row->value, wu_code_row_space(row), NULL);
    }
    return n > 0;
}

/* The number that a text begins with, when it is likely to be a code: "12007 name not resolved", "503 Service Unavailable".
 * Any text may follow it. */
static bool
show_leading_number(wu_session *session, wu_slice text)
{
    wu_slice first = wu_slice_of(text.p, 0);
    uint32_t code;

    while (first.n < text.n && !wu_is_space(text.p[first.n]) && text.p[first.n] != ':' && text.p[first.n] != ',')
        first.n++;
    if (first.n == text.n)
        return false;
    if (is_bare_hex(first, &code)) {
        show_bare_hex(session, first, code);
        return true;
    }
    if (!looks_like_number(first) || !wu_slice_code(first, &code))
        return false;
    if (first.n == 3 && code >= 400 && code <= 599 && wu_http_status_row(code))
        show(session, code, WU_AS_HTTP_STATUS, NULL);
    else if (code > 0xffff ? wu_code_is_plausible(code) : code >= 10004 && code <= 12199 && is_known(code, WU_AS_WIN32))
        show(session, code, WU_AS_HRESULT, NULL);
    else
        return false;
    return true;
}

/* Codes in a text; false when there is none. A line of a log is read as such. */
static bool
show_text(wu_session *session, wu_slice text)
{
    wu_log log = { .all = true };
    wu_log_code code;
    bool any = false;

    wu_log_line(&log, text, 0);
    while (wu_log_next(&log, &code)) {
        if (!any && code.found.offset > 0) /* what is said first is shown first */
            show_leading_number(session, text);
        any = true;
        wu_show_code(session, &argument, &code, NULL);
    }
    return any || show_leading_number(session, text);
}

bool
wu_is_code(const char *text)
{
    wu_slice slice = wu_slice_trim(wu_slice_text(text));
    uint32_t code;

    return is_bare_hex(slice, &code) || looks_like_number(slice) || wu_code_by_name(slice, NULL);
}

bool
wu_look_up(wu_session *session, const char *text)
{
    wu_slice slice = wu_slice_trim(wu_slice_text(text));
    uint32_t code;

    if (is_bare_hex(slice, &code)) {
        show_bare_hex(session, slice, code);
        return true;
    }
    if (looks_like_number(slice)) {
        show_number(session, slice);
        return true;
    }
    return show_symbol(session, slice) || show_text(session, slice);
}
