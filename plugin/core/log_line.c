/* log_line.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "log_line.h"

#include "wusp.h"

#define FIELDS "#Fields:"

const char *
wu_substatus_text(uint32_t status, unsigned substatus)
{
    for (size_t i = 0; i < WU_N_SUBSTATUSES; i++)
        if (wu_substatuses[i].status == status && wu_substatuses[i].substatus == substatus)
            return wu_text(wu_substatuses[i].text);
    return "";
}

static const wu_reason_row *
find_reason(wu_slice name)
{
    for (size_t i = 0; i < WU_N_REASONS; i++)
        if (wu_slice_is_nocase(name, wu_text(wu_reasons[i].name)))
            return &wu_reasons[i];
    return NULL;
}

/* ---- columns ---- */

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The column that begins at or behind *at; false at the end of the line. */
static bool
next_column(wu_slice line, bool by_blanks, size_t *at, wu_slice *column)
{
    size_t start = *at, end;

    while (by_blanks && start < line.n && is_blank(line.p[start]))
        start++;
    if (start >= line.n)
        return false;
    for (end = start; end < line.n && !(by_blanks ? is_blank(line.p[end]) : line.p[end] == '\t'); end++)
        ;
    *column = wu_slice_of(line.p + start, end - start);
    *at = by_blanks ? end : end + 1;
    return true;
}

static void
read_fields(wu_log *log, wu_slice line)
{
    size_t at = strlen(FIELDS);
    wu_slice name;

    for (log->columns = 0; log->columns < WU_LOG_MAX_COLUMNS && next_column(line, true, &at, &name); log->columns++) {
        log->role[log->columns] = WU_LOG_NONE;
        for (size_t i = 0; i < WU_N_LOG_FIELDS; i++)
            if (wu_slice_is_nocase(name, wu_text(wu_log_fields[i].name)) && wu_log_fields[i].role != WU_LOG_TEXT &&
                wu_log_fields[i].role != WU_LOG_CODE)
                log->role[log->columns] = wu_log_fields[i].role;
    }
}

/* What the columns of a line hold. */
typedef struct {
    wu_slice value[WU_LOG_VERSION + 1]; /* by role; p is NULL where there is no such column */
    unsigned columns;
} row;

/* Splits a line. A text is the rest of the line. */
static void
read_row(wu_slice line, const uint8_t *role, unsigned columns, bool by_blanks, row *r)
{
    size_t at = 0;
    wu_slice column;

    memset(r, 0, sizeof *r);
    for (; next_column(line, by_blanks, &at, &column); r->columns++) {
        if (r->columns >= columns)
            continue;
        unsigned kind = role[r->columns];
        r->value[kind] = column;
        if (kind == WU_LOG_TEXT) {
            r->value[kind] = wu_slice_of(column.p, line.n - (size_t)(column.p - line.p));
            break;
        }
    }
}

static bool
decimal(wu_slice text, uint32_t *value)
{
    uint64_t v = 0;

    if (!text.n || text.n > 10)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!wu_is_digit(text.p[i]))
            return false;
        v = v * 10 + (uint64_t)(text.p[i] - '0');
    }
    *value = (uint32_t)v;
    return v <= 0xffffffffu;
}

static bool
hexadecimal(wu_slice text, uint32_t *value)
{
    if (wu_slice_begins_nocase(text, "0x"))
        text = wu_slice_from(text, 2);
    if (!text.n || text.n > 8)
        return false;
    *value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (wu_hex_digit(text.p[i]) < 0)
            return false;
        *value = *value << 4 | (uint32_t)wu_hex_digit(text.p[i]);
    }
    return true;
}

static wu_log_code *
add_code(wu_log *log, wu_slice line, wu_slice column, uint32_t code, enum wu_space space, enum wu_find_form form)
{
    wu_log_code *added = &log->code[log->codes++];

    *added = (wu_log_code){ .found = { .code = code, .space = space, .form = form, .length = column.n,
                                       .offset = (size_t)(column.p - line.p) } };
    return added;
}

/* ---- W3C logs: of IIS and of HTTP.sys ---- */

static bool
is_update(const row *r)
{
    wu_slice none = { NULL, 0 };
    return wu_recognise_request(r->value[WU_LOG_PATH], r->value[WU_LOG_HOST], r->value[WU_LOG_AGENT], none).service !=
           WU_SERVICE_NONE;
}

static void
read_w3c(wu_log *log, wu_slice line, const row *r)
{
    uint32_t status, win32, substatus = 0;

    if (!log->all && !is_update(r))
        return;
    if (decimal(r->value[WU_LOG_STATUS], &status) && status >= 400 && status <= 999) {
        wu_log_code *code = add_code(log, line, r->value[WU_LOG_STATUS], status, WU_AS_HTTP_STATUS, WU_FORM_STATUS);
        if (decimal(r->value[WU_LOG_SUBSTATUS], &substatus) && substatus <= 999)
            code->found.substatus = substatus;
        code->reason = find_reason(r->value[WU_LOG_REASON]);
    }
    if (decimal(r->value[WU_LOG_WIN32], &win32) && win32)
        add_code(log, line, r->value[WU_LOG_WIN32], win32, win32 <= 0xffff ? WU_AS_WIN32 : WU_AS_HRESULT,
                 win32 <= 0xffff ? WU_FORM_NUMBER : WU_FORM_UNSIGNED);
}

/* ---- formats ---- */

/* A blank of the shape stands for one or more. */
static bool
has_shape(wu_slice line, const char *shape)
{
    size_t at = 0;

    for (; *shape; shape++) {
        if (at >= line.n)
            return false;
        uint8_t c = line.p[at];
        if (*shape == 'd' ? !wu_is_digit(c) : *shape == 'x' ? wu_hex_digit(c) < 0 : c != (uint8_t)*shape)
            return false;
        at++;
        while (*shape == ' ' && at < line.n && line.p[at] == ' ')
            at++;
    }
    return true;
}

/* W3C rows without their #Fields line are told by the number of their columns and what must be in them. */
static bool
is_row_of(const wu_log_format_row *format, const row *r)
{
    uint32_t number;
    bool w3c = false, text = false;

    for (unsigned i = 0; i < format->columns; i++) {
        w3c |= format->role[i] == WU_LOG_STATUS;
        text |= format->role[i] == WU_LOG_TEXT;
    }
    if (!w3c)
        return text ? r->value[WU_LOG_TEXT].p != NULL : r->columns >= format->columns;
    wu_slice status = r->value[WU_LOG_STATUS], version = r->value[WU_LOG_VERSION];
    if (r->columns != format->columns || status.n != 3 || !decimal(status, &number))
        return false;
    return (!version.p || wu_slice_begins_nocase(version, "HTTP/")) &&
           (!r->value[WU_LOG_WIN32].p || decimal(r->value[WU_LOG_WIN32], &number));
}

static bool
try_format(wu_log *log, wu_slice line, const wu_log_format_row *format)
{
    row r;
    uint32_t code;

    if (!has_shape(line, wu_text(format->shape)))
        return false;
    read_row(line, format->role, format->columns, format->by_blanks, &r);
    if (!is_row_of(format, &r))
        return false;
    log->format = format;
    if (r.value[WU_LOG_STATUS].p) {
        read_w3c(log, line, &r);
        return true;
    }
    if (hexadecimal(r.value[WU_LOG_CODE], &code) && code)
        add_code(log, line, r.value[WU_LOG_CODE], code, WU_AS_HRESULT, WU_FORM_HEX);
    log->text_offset = (size_t)(r.value[WU_LOG_TEXT].p - line.p);
    wu_finder_start(&log->finder, r.value[WU_LOG_TEXT]);
    return true;
}

static bool
read_by_format(wu_log *log, wu_slice line)
{
    const wu_log_format_row *last = log->format;

    log->format = NULL;
    if (last && try_format(log, line, last)) /* logs seldom change */
        return true;
    if (line.n < 8 || !(wu_is_digit(line.p[0]) || line.p[0] == '{'))
        return false;
    for (size_t i = 0; i < WU_N_LOG_FORMATS; i++)
        if (try_format(log, line, &wu_log_formats[i]))
            return true;
    return false;
}

void
wu_log_line(wu_log *log, wu_slice line, size_t context)
{
    row r;

    log->codes = log->next = 0;
    log->text_offset = 0;
    if (!context)
        wu_finder_start(&log->finder, (wu_slice){ NULL, 0 });
    if (!context && line.n && line.p[0] == '#') {
        if (wu_slice_begins_nocase(line, FIELDS))
            read_fields(log, line);
        log->format = NULL;
    } else if (!context && log->columns && line.n && wu_is_digit(line.p[0])) {
        read_row(line, log->role, log->columns, true, &r);
        read_w3c(log, line, &r);
        return;
    } else if (!context && read_by_format(log, line)) {
        log->finder.statuses = true;
        for (unsigned i = 0; i < log->codes; i++)
            wu_finder_pass(&log->finder, &log->code[i].found);
        return;
    }
    const wu_finder before = log->finder; /* of the piece before this one */
    wu_finder_start(&log->finder, line);
    log->finder.statuses = true;
    log->finder.position = context;
    if (context) { /* what the pieces before it held is not reported again */
        memcpy(log->finder.seen, before.seen, sizeof before.seen);
        log->finder.n_seen = before.n_seen;
    }
}

bool
wu_log_next(wu_log *log, wu_log_code *code)
{
    if (log->next < log->codes) {
        *code = log->code[log->next++];
        return true;
    }
    code->reason = NULL;
    if (!wu_finder_next(&log->finder, &code->found))
        return false;
    code->found.offset += log->text_offset;
    if (code->found.extension)
        code->found.extension_offset += log->text_offset;
    return true;
}
