/* setup_extension.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "setup_extension.h"

#define DIGITS 5u  /* 0x20017 */
#define REACH  40u /* bytes between a code and the word extend */

static const wu_extension_row *
phase_row(uint32_t extension)
{
    return extension >> 16 < WU_N_PHASES ? &wu_extensions[extension >> 16] : NULL;
}

static const wu_extension_row *
operation_row(uint32_t extension)
{
    uint32_t operation = extension & 0xffff;
    return operation < WU_N_OPERATIONS_OF_SETUP ? &wu_extensions[WU_N_PHASES + operation] : NULL;
}

const char *
wu_setup_phase(uint32_t extension)
{
    const wu_extension_row *row = phase_row(extension);
    return row ? wu_text(row->name) + strlen("SP_EXECUTION_") : "";
}

const char *
wu_setup_operation(uint32_t extension)
{
    const wu_extension_row *row = operation_row(extension);
    return row ? wu_text(row->name) + strlen("SP_EXECUTION_OP_") : "";
}

const char *
wu_setup_phase_text(uint32_t extension)
{
    const wu_extension_row *row = phase_row(extension);
    return row ? wu_text(row->text) : "";
}

const char *
wu_setup_operation_text(uint32_t extension)
{
    const wu_extension_row *row = operation_row(extension);
    return row ? wu_text(row->text) : "";
}

static size_t
skip_blanks(wu_slice text, size_t at)
{
    while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
        at++;
    return at;
}

/* "0x20017" or "20017" at `at`. */
static bool
number_at(wu_slice text, size_t at, uint32_t *extension, size_t *length)
{
    size_t from = at;

    if (at + 2 < text.n && text.p[at] == '0' && wu_lower(text.p[at + 1]) == 'x')
        from += 2;
    if (from + DIGITS > text.n)
        return false;
    uint32_t number = 0;
    for (size_t i = from; i < from + DIGITS; i++) {
        int digit = wu_hex_digit(text.p[i]);
        if (digit < 0)
            return false;
        number = number << 4 | (uint32_t)digit;
    }
    if (from + DIGITS < text.n && (wu_is_alnum(text.p[from + DIGITS]) || text.p[from + DIGITS] == '_'))
        return false;
    if (number <= 0xffff || !phase_row(number) || !operation_row(number))
        return false;
    *extension = number;
    *length = from + DIGITS - at;
    return true;
}

/* Behind a dash, also the longer ones of printed texts (U+2013, U+2014). */
static bool
behind_dash(wu_slice text, size_t end, size_t *at)
{
    size_t i = skip_blanks(text, end);

    if (i < text.n && text.p[i] == '-')
        i++;
    else if (i + 2 < text.n && text.p[i] == 0xe2 && text.p[i + 1] == 0x80 && (text.p[i + 2] == 0x93 || text.p[i + 2] == 0x94))
        i += 3;
    else
        return false;
    *at = skip_blanks(text, i);
    return true;
}

/* ", extend code: 0x20017", "ExtendedError = 0x20017". */
static bool
behind_word(wu_slice text, size_t end, size_t *at)
{
    size_t limit = end + REACH < text.n ? end + REACH : text.n;
    size_t i = wu_slice_find_nocase(wu_slice_of(text.p, limit), end, "extend");

    if (i >= limit || wu_slice_find_byte(wu_slice_of(text.p, i), end, '\n') < i)
        return false;
    while (i < text.n && i < limit + REACH && ((wu_is_alnum(text.p[i]) && !wu_is_digit(text.p[i])) || text.p[i] == ' '))
        i++;
    while (i < text.n && text.p[i] && strchr(" :=([\"'", text.p[i]))
        i++;
    *at = i;
    return true;
}

bool
wu_setup_extension_behind(wu_slice text, size_t end, uint32_t *extension, size_t *at, size_t *length)
{
    size_t place;

    if (!(behind_dash(text, end, &place) && number_at(text, place, extension, length)) &&
        !(behind_word(text, end, &place) && number_at(text, place, extension, length)))
        return false;
    *at = place;
    return true;
}
