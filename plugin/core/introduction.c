/* introduction.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "introduction.h"

#define MAX_LINKS 6u   /* words between a word and its number */
#define MAX_GAP   24u  /* bytes of punctuation between two of them */
#define MAX_WORD  64u  /* bytes of a word that are looked at */

size_t
wu_utf8_bytes(wu_slice text, size_t offset)
{
    uint8_t c = text.p[offset];
    size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    for (size_t i = 1; i < n; i++)
        if (offset + i >= text.n || (text.p[offset + i] & 0xc0) != 0x80)
            return 1; /* another character set */
    return n;
}

static bool
is_foreign_letter(uint8_t first, size_t length)
{
    return length == 1 || (first > 0xc2 && first < 0xe2);
}

size_t
wu_word_bytes(wu_slice text, size_t offset)
{
    uint8_t c = text.p[offset];
    size_t n;

    if (c < 0x80)
        return wu_is_alnum(c) || c == '_';
    n = wu_utf8_bytes(text, offset);
    return is_foreign_letter(c, n) ? n : 0;
}

/* Where the character that ends before offset begins. */
static size_t
character_before(wu_slice text, size_t offset)
{
    size_t start = offset - 1;

    while (start > 0 && offset - start < 4 && (text.p[start] & 0xc0) == 0x80)
        start--;
    return wu_utf8_bytes(text, start) == offset - start ? start : offset - 1;
}

bool
wu_word_before(wu_slice text, size_t offset)
{
    uint8_t c = text.p[offset - 1];

    if (c < 0x80)
        return wu_is_alnum(c) || c == '_';
    size_t start = character_before(text, offset);
    return is_foreign_letter(text.p[start], offset - start);
}

/* Whether a word begins at offset: behind no letter, or with a capital inside a name such as Win32HResult. */
static bool
begins_word(wu_slice text, size_t offset)
{
    uint8_t c = text.p[offset], before;

    if (!offset || !wu_word_before(text, offset))
        return true;
    before = text.p[offset - 1];
    return before == '_' || wu_is_digit(before) || (c <= 'Z' && before >= 'a');
}

/* Whether the word of a row stands at offset and ends at or before `end`. */
static bool
stands_at(const wu_introduction_row *row, wu_slice text, size_t offset, size_t end)
{
    size_t after = offset + row->length;

    if (after > end || !wu_nocase_equal(text.p + offset, (const uint8_t *)wu_text(row->word), row->length))
        return false;
    if (row->match != WU_INTRO_ANY && !begins_word(text, offset))
        return false;
    return row->match != WU_INTRO_WHOLE || after >= text.n || !wu_word_bytes(text, after);
}

/* The row of the longest word that stands at offset and ends at or before `end`, or NULL. */
static const wu_introduction_row *
row_at(wu_slice text, size_t offset, size_t end)
{
    unsigned short_words = (text.p[offset] & 31u) << 5;
    unsigned place = offset + 1 < end ? short_words | (text.p[offset + 1] & 31u) : short_words;

    for (;; place = short_words) {
        for (unsigned i = wu_introduction_start[place]; i < wu_introduction_start[place + 1]; i++)
            if (stands_at(&wu_introductions[i], text, offset, end))
                return &wu_introductions[i];
        if (place == short_words)
            return NULL;
    }
}

static unsigned
kinds_within(wu_slice text, size_t from, size_t to)
{
    unsigned kinds = 0;

    for (size_t i = from; i < to; i++) {
        const wu_introduction_row *row = row_at(text, i, to);
        if (row)
            kinds |= row->kind;
    }
    return kinds;
}

unsigned
wu_introduced_near(wu_slice text, size_t offset, size_t window)
{
    size_t from = offset > window ? offset - window : 0;

    for (size_t i = offset; i > from; i--)
        if (text.p[i - 1] == '\n')
            from = i;
    return kinds_within(text, from, offset) & ~(unsigned)WU_INTRO_LINK;
}

unsigned
wu_introductions_in(wu_slice piece)
{
    return kinds_within(piece, 0, piece.n) & ~(unsigned)WU_INTRO_LINK;
}

bool
wu_is_link(wu_slice word)
{
    const wu_introduction_row *row = word.n ? row_at(word, 0, word.n) : NULL;
    return row && row->kind == WU_INTRO_LINK && row->length == word.n;
}

/* Between a word and its number, or the next word, stand blanks, brackets, quotes, colons and the like. Not what divides
 * one statement from the next. */
static bool
may_stand_between(uint8_t c)
{
    return c == ' ' || c == '\t' || (c && strchr(":=([{<>\"'`*#-", c));
}

/* The start of the word that ends before offset; offset when there is none. In scripts without blanks the longest known
 * word that ends there. */
static size_t
word_start(wu_slice text, size_t offset)
{
    size_t start = offset, from = offset > MAX_WORD ? offset - MAX_WORD : 0;

    while (start > from && wu_word_before(text, start))
        start = character_before(text, start);
    if (start < offset || !offset || text.p[offset - 1] < 0x80)
        return start;
    from = offset > 24 ? offset - 24 : 0; /* eight characters of three bytes */
    for (size_t i = from; i < offset; i++) {
        const wu_introduction_row *row = row_at(text, i, offset);
        if (row && i + row->length == offset)
            return i;
    }
    return offset;
}

/* Blanks and punctuation before offset; those of three bytes (U+FF1A, wide colon) too. */
static size_t
skip_gap(wu_slice text, size_t offset)
{
    size_t at = offset;

    while (at > 0 && offset - at < MAX_GAP) {
        if (may_stand_between(text.p[at - 1])) {
            at--;
            continue;
        }
        size_t start = text.p[at - 1] < 0x80 ? at : character_before(text, at);
        bool wide = at - start == 3 && text.p[start] == 0xef && text.p[start + 1] == 0xbc;
        bool blank = at - start == 2 && text.p[start] == 0xc2 && text.p[start + 1] == 0xa0;
        bool quote = at - start == 3 && text.p[start] == 0xe2 && text.p[start + 1] == 0x80;
        if (!wide && !blank && !quote)
            break;
        at = start;
    }
    return at;
}

unsigned
wu_introduced_directly(wu_slice text, size_t offset)
{
    unsigned kinds = 0;

    for (unsigned words = 0; words < MAX_LINKS; words++) {
        size_t end = skip_gap(text, offset);
        if (end >= 2 && text.p[end - 1] == ')' && text.p[end - 2] == '(') /* GetLastError() = 5 */
            end -= 2;
        size_t start = word_start(text, end);
        unsigned found = kinds_within(text, start, end);
        if (!found)
            break;
        kinds |= found;
        offset = start;
    }
    return kinds & ~(unsigned)WU_INTRO_LINK;
}
