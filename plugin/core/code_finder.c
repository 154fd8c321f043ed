/* code_finder.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "code_finder.h"

#include "hresult.h"

#define INTRODUCTION 32 /* bytes before a number in which a word may introduce it */

void
wu_finder_start(wu_finder *finder, wu_slice text)
{
    *finder = (wu_finder){ .text = text };
}

/* The length of the UTF-8 sequence that begins with a byte, as far as it is in the text. */
static size_t
sequence(wu_slice text, size_t offset)
{
    uint8_t c = text.p[offset];
    size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    for (size_t i = 1; i < n; i++)
        if (offset + i >= text.n || (text.p[offset + i] & 0xc0) != 0x80)
            return 1; /* another character set */
    return n;
}

/* Letters beyond ASCII belong to words like those of ASCII. Punctuation does not, nor do the scripts that write without
 * blanks: what begins with C2 (U+0080 to U+00BF) or E2 and up (from U+2000 on). */
static bool
is_foreign_letter(uint8_t first, size_t length)
{
    return length == 1 || (first > 0xc2 && first < 0xe2);
}

/* The bytes of the character of a word at offset; 0 when it belongs to none. */
static size_t
word_bytes(wu_slice text, size_t offset)
{
    uint8_t c = text.p[offset];
    size_t n;

    if (c < 0x80)
        return wu_is_alnum(c) || c == '_';
    n = sequence(text, offset);
    return is_foreign_letter(c, n) ? n : 0;
}

static bool
word_before(wu_slice text, size_t offset)
{
    size_t start = offset - 1;

    if (text.p[start] < 0x80)
        return wu_is_alnum(text.p[start]) || text.p[start] == '_';
    while (start > 0 && offset - start < 4 && (text.p[start] & 0xc0) == 0x80)
        start--;
    size_t n = sequence(text, start);
    return n != offset - start || is_foreign_letter(text.p[start], n);
}

/* A number does not begin in the middle of a word, a path or a base64 text. */
static bool
free_before(wu_slice text, size_t offset)
{
    static const char glue[] = "_/\\+-.%&@~$*";
    return !offset || (!word_before(text, offset) && !memchr(glue, text.p[offset - 1], sizeof glue - 1));
}

static bool
free_after(wu_slice text, size_t offset)
{
    if (offset >= text.n)
        return true;
    if (word_bytes(text, offset) || text.p[offset] == '/' || text.p[offset] == '+')
        return false;
    /* "0x80070005-0x20017" and "…0005." end here, "80070005-1234-…" is a GUID */
    return text.p[offset] != '-' || offset + 1 >= text.n || wu_hex_digit(text.p[offset + 1]) < 0 ||
           (text.p[offset + 1] == '0' && offset + 2 < text.n && wu_lower(text.p[offset + 2]) == 'x');
}

/* Whether a word begins at offset: behind no letter, or with a capital inside a name such as Win32HResult. */
static bool
begins_word(wu_slice text, size_t offset)
{
    uint8_t c = text.p[offset], before;

    if (!offset || !word_before(text, offset))
        return true;
    before = text.p[offset - 1];
    return before == '_' || wu_is_digit(before) || (c <= 'Z' && before >= 'a');
}

static bool
introduced(wu_slice text, size_t offset)
{
    static const char *const words[] = { "error", "hresult", "code", "fail", "exception", "result", "winhttp",
                                         "winsock", "windowsupdate_", "hr" };
    size_t from = offset > INTRODUCTION ? offset - INTRODUCTION : 0;

    for (size_t i = offset; i > from; i--)
        if (text.p[i - 1] == '\n')
            from = i;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        for (size_t at = from; at + n <= offset; at++) {
            if (!wu_nocase_equal(text.p + at, (const uint8_t *)words[i], n))
                continue;
            if (begins_word(text, at) && (n > 2 || at + n >= text.n || !word_bytes(text, at + n)))
                return true;
        }
    }
    return false;
}

static bool
is_known(uint32_t code, enum wu_space space)
{
    wu_reading reading;
    return wu_code_readings(code, space, &reading, 1) > 0 && reading.how != WU_READ_NTSTATUS;
}

/* A failure whose facility has a name is worth reporting although no table holds it. */
static bool
is_plausible(uint32_t code)
{
    wu_hresult parts = wu_hresult_parts(code);

    if (is_known(code, WU_AS_HRESULT))
        return true;
    if ((code & 0xffff0000u) == 0xd0000000u) /* HRESULT_FROM_NT() of a kernel status */
        return true;
    return parts.failure && !parts.customer && parts.facility && *wu_facility_name(parts.facility);
}

static bool
found_at(wu_found *found, uint32_t code, enum wu_space space, enum wu_find_form form, size_t offset, size_t length)
{
    *found = (wu_found){ code, space, form, offset, length };
    return true;
}

/* The run of hexadecimal digits at offset; more than nine are counted as nine. */
static size_t
hex_run(wu_slice text, size_t offset, uint32_t *value)
{
    size_t n = 0;

    *value = 0;
    for (; n < 9 && offset + n < text.n && wu_hex_digit(text.p[offset + n]) >= 0; n++)
        *value = *value << 4 | (uint32_t)wu_hex_digit(text.p[offset + n]);
    return n;
}

static bool
match_hex(wu_slice text, size_t at, wu_found *found)
{
    uint32_t code;
    size_t digits = hex_run(text, at + 2, &code), end = at + 2 + digits;

    if (digits < 5 || digits > 8 || !free_after(text, end))
        return false;
    if (digits == 8 ? !is_plausible(code) && !introduced(text, at)
                    : !is_known(code, WU_AS_HRESULT) || !introduced(text, at))
        return false;
    return found_at(found, code, WU_AS_HRESULT, WU_FORM_HEX, at, end - at);
}

static bool
match_bare_hex(wu_slice text, size_t at, wu_found *found)
{
    uint32_t code;

    if (hex_run(text, at, &code) != 8 || !free_after(text, at + 8) || !(code & 0x80000000u) ||
        !is_known(code, WU_AS_HRESULT) || !introduced(text, at))
        return false;
    return found_at(found, code, WU_AS_HRESULT, WU_FORM_BARE_HEX, at, 8);
}

static bool
match_decimal(wu_slice text, size_t at, wu_found *found)
{
    bool negative = text.p[at] == '-';
    size_t end = at + negative;
    uint64_t v = 0;

    for (; end < text.n && wu_is_digit(text.p[end]) && end - at < 12; end++)
        v = v * 10 + (uint64_t)(text.p[end] - '0');
    if (!free_after(text, end) || (end + 1 < text.n && text.p[end] == '.' && wu_is_digit(text.p[end + 1])))
        return false;

    if (negative) {
        uint32_t code = (uint32_t)-(int64_t)v;
        if (v > 0x80000000u || v < 0x10000000u || !is_plausible(code))
            return false;
        return found_at(found, code, WU_AS_HRESULT, WU_FORM_SIGNED, at, end - at);
    }
    if (v >= 0x80000000u && v <= 0xffffffffu) {
        if (!is_known((uint32_t)v, WU_AS_HRESULT) || !introduced(text, at))
            return false;
        return found_at(found, (uint32_t)v, WU_AS_HRESULT, WU_FORM_UNSIGNED, at, end - at);
    }
    if (end - at == 5 && v >= 10004 && v <= 12199 && is_known((uint32_t)v, WU_AS_WIN32) && introduced(text, at))
        return found_at(found, (uint32_t)v, WU_AS_WIN32, WU_FORM_NUMBER, at, end - at);
    return false;
}

static bool
match_symbol(wu_slice text, size_t at, size_t end, wu_found *found)
{
    wu_slice name = wu_slice_of(text.p + at, end - at);
    size_t first;

    if (!free_after(text, end) || !wu_code_by_name(name, &first))
        return false;
    const wu_code_row *row = wu_code_symbol_row(first);
    return found_at(found, row->value, wu_code_row_space(row), WU_FORM_SYMBOL, at, name.n);
}

/* Whether a word is made like the name of an error in the Windows headers. */
static bool
like_a_symbol(wu_slice word, bool underscore)
{
    static const char *const prefixes[] = { "E_", "ERROR_", "SEC_", "NTE_", "WSA" };

    if (word.n < 4 || word.n > 96 || word.p[0] < 'A' || word.p[0] > 'Z')
        return false;
    for (unsigned i = underscore ? 0 : 4; i < sizeof prefixes / sizeof *prefixes; i++)
        if (word.n > strlen(prefixes[i]) && !memcmp(word.p, prefixes[i], strlen(prefixes[i])))
            return true;
    return underscore && wu_slice_find(word, 0, "_E_") < word.n;
}

/* The end of the word that begins at offset. *symbol: it is made like the name of an error. */
static size_t
word_end(wu_slice text, size_t offset, bool *symbol)
{
    bool underscore = false;
    size_t i = offset, n;

    for (; i < text.n && (n = word_bytes(text, i)) > 0; i += n)
        underscore |= text.p[i] == '_';
    *symbol = like_a_symbol(wu_slice_of(text.p + offset, i - offset), underscore);
    return i;
}

static bool
match_word(wu_slice text, size_t at, size_t end, bool symbol, wu_found *found)
{
    uint8_t c = text.p[at];

    if (!free_before(text, at))
        return false;
    if (c == '0' && end - at > 2 && wu_lower(text.p[at + 1]) == 'x')
        return match_hex(text, at, found);
    if (wu_is_digit(c) && match_decimal(text, at, found))
        return true;
    if (end - at == 8 && wu_hex_digit(c) >= 8 && match_bare_hex(text, at, found))
        return true;
    return symbol && match_symbol(text, at, end, found);
}

static bool
is_new(wu_finder *finder, uint32_t code)
{
    unsigned kept = finder->n_seen < WU_FINDER_MEMORY ? finder->n_seen : WU_FINDER_MEMORY;

    for (unsigned i = 0; i < kept; i++)
        if (finder->seen[i] == code)
            return false;
    finder->seen[finder->n_seen++ % WU_FINDER_MEMORY] = code;
    return true;
}

bool
wu_finder_next(wu_finder *finder, wu_found *found)
{
    wu_slice text = finder->text;
    size_t i = finder->position;

    while (i < text.n) {
        bool symbol = false, hit;
        size_t end;

        if (word_bytes(text, i)) {
            end = word_end(text, i, &symbol);
            hit = match_word(text, i, end, symbol, found);
        } else if (text.p[i] == '-' && i + 1 < text.n && wu_is_digit(text.p[i + 1]) && free_before(text, i)) {
            end = word_end(text, i + 1, &symbol);
            hit = match_decimal(text, i, found);
        } else {
            i += sequence(text, i);
            continue;
        }
        i = end;
        if (hit && is_new(finder, found->code)) {
            finder->position = end;
            return true;
        }
    }
    finder->position = i;
    return false;
}
