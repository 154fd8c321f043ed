/* error_page.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "error_page.h"

#include <glib.h>

/* The length of markup at `at`: a tag, a comment, a script or style with what is in it, an entity; 0: text. */
static size_t
markup(wu_slice body, size_t at)
{
    static const char *const closed[][2] = { { "<!--", "-->" }, { "<script", "</script>" }, { "<style", "</style>" } };
    wu_slice rest = wu_slice_from(body, at);
    size_t end;

    if (rest.p[0] == '&') { /* &nbsp; and others are blanks to the finder */
        end = wu_slice_find_byte(wu_slice_of(rest.p, rest.n < 10 ? rest.n : 10), 0, ';');
        return end < rest.n && end < 10 && end > 1 ? end + 1 : 0;
    }
    if (rest.p[0] != '<' || rest.n < 2 || wu_is_space(rest.p[1]) || wu_is_digit(rest.p[1]))
        return 0;
    for (unsigned i = 0; i < sizeof closed / sizeof *closed; i++)
        if (wu_slice_begins_nocase(rest, closed[i][0])) {
            end = wu_slice_find_nocase(rest, 0, closed[i][1]);
            return end < rest.n ? end + strlen(closed[i][1]) : rest.n;
        }
    end = wu_slice_find_byte(rest, 0, '>');
    return end < rest.n ? end + 1 : rest.n;
}

/* The page with blanks where markup is: offsets are those of the page. */
static uint8_t *
without_markup(wu_slice body)
{
    uint8_t *text = g_malloc(body.n ? body.n : 1);
    size_t n;

    for (size_t i = 0; i < body.n; i += n) {
        n = markup(body, i);
        if (n)
            memset(text + i, ' ', n);
        else
            text[i] = body.p[i] == '\n' ? ' ' : body.p[i];
        n = n ? n : 1;
    }
    return text;
}

/* "500.19" behind "Error", with the status of the answer. */
static void
find_substatus(wu_slice text, uint32_t status, wu_error_page *page)
{
    for (size_t at = 0; (at = wu_slice_find_nocase(text, at, "error")) < text.n; at++) {
        size_t i = at + 5, start, limit = at + 16 < text.n ? at + 16 : text.n;
        uint32_t number = 0, sub = 0;
        while (i < limit && (text.p[i] == ' ' || text.p[i] == '-' || text.p[i] == ':'))
            i++;
        for (start = i; i < text.n && i < start + 3 && wu_is_digit(text.p[i]); i++)
            number = number * 10 + (uint32_t)(text.p[i] - '0');
        if (number != status || i + 1 >= text.n || text.p[i] != '.' || !wu_is_digit(text.p[i + 1]))
            continue;
        for (i++; i < text.n && sub < 1000 && wu_is_digit(text.p[i]); i++)
            sub = sub * 10 + (uint32_t)(text.p[i] - '0');
        if (!sub || sub > 999)
            continue;
        page->substatus = sub;
        page->substatus_offset = start;
        page->substatus_length = i - start;
        return;
    }
}

/* What ASP.NET names as the exception. */
static void
find_exception(wu_slice body, wu_error_page *page)
{
    static const char label[] = "Exception Details:";
    size_t at = wu_slice_find(body, 0, label);

    if (at >= body.n)
        return;
    at += strlen(label);
    while (at < body.n && (wu_is_space(body.p[at]) || (body.p[at] == '<' && markup(body, at)))) {
        at += body.p[at] == '<' ? markup(body, at) : 1;
    }
    size_t end = at;
    while (end < body.n && body.p[end] != '<' && body.p[end] != '\n' && body.p[end] != '\r')
        end++;
    page->exception = wu_slice_trim(wu_slice_of(body.p + at, end - at));
}

void
wu_error_page_read(wu_slice body, uint32_t status, wu_error_page *page)
{
    wu_finder finder;
    wu_found found;

    memset(page, 0, sizeof *page);
    if (body.n > WU_PAGE_MAX_BYTES)
        body.n = WU_PAGE_MAX_BYTES;
    uint8_t *text = without_markup(body);
    wu_slice plain = wu_slice_of(text, body.n);
    find_substatus(plain, status, page);
    find_exception(body, page);
    wu_finder_start(&finder, plain);
    while (page->codes < WU_PAGE_MAX_CODES && wu_finder_next(&finder, &found))
        if (wu_code_is_error(found.code, found.space)) /* pages print 0x00000000 where there is none */
            page->code[page->codes++] = found;
    g_free(text);
}

bool
wu_watson_code(wu_slice target, uint32_t *code, wu_slice *where)
{
    size_t start = wu_slice_find_nocase(target, 0, "/stageone/"), end;

    if (start >= target.n)
        return false;
    for (start += strlen("/stageone/"); start < target.n; start = end + 1) {
        uint32_t value = 0;
        for (end = start; end < target.n && target.p[end] != '/' && target.p[end] != '?' && target.p[end] != '.'; end++)
            value = value << 4 | (uint32_t)(wu_hex_digit(target.p[end]) & 15);
        bool hex = end - start == 8;
        for (size_t i = start; i < end && hex; i++)
            hex = wu_hex_digit(target.p[i]) >= 0;
        if (hex && (value & 0xb0000000u) == 0x80000000u && wu_code_is_plausible(value)) {
            *code = value;
            *where = wu_slice_of(target.p + start, 8);
            return true;
        }
        if (end < target.n && target.p[end] == '?')
            break;
    }
    return false;
}
