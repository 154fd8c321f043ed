/* slice.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "slice.h"

/* The byte to look for first: in texts, capital letters are the rarest. */
static size_t
rare_byte(wu_slice what)
{
    for (size_t i = 0; i < what.n; i++)
        if (what.p[i] >= 'A' && what.p[i] <= 'Z')
            return i;
    return 0;
}

size_t
wu_slice_find_bytes(wu_slice s, size_t from, wu_slice what)
{
    size_t rare = rare_byte(what);

    while (what.n && from + what.n <= s.n) {
        const uint8_t *hit = memchr(s.p + from + rare, what.p[rare], s.n - from - what.n + 1);
        if (!hit)
            break;
        from = (size_t)(hit - s.p) - rare;
        if (!memcmp(s.p + from, what.p, what.n))
            return from;
        from++;
    }
    return s.n;
}

size_t
wu_slice_find(wu_slice s, size_t from, const char *text)
{
    return wu_slice_find_bytes(s, from, wu_slice_text(text));
}

size_t
wu_slice_find_nocase(wu_slice s, size_t from, const char *text)
{
    size_t n = strlen(text);

    for (; from + n <= s.n; from++)
        if (wu_lower(s.p[from]) == wu_lower((uint8_t)text[0]) && wu_nocase_equal(s.p + from, (const uint8_t *)text, n))
            return from;
    return s.n;
}

/* Leading zeros say nothing; the last digit stays. */
static wu_slice
without_zeros(wu_slice digits)
{
    size_t i = 0;

    while (i + 1 < digits.n && digits.p[i] == '0')
        i++;
    return wu_slice_from(digits, i);
}

bool
wu_slice_int64(wu_slice s, int64_t *value)
{
    bool negative = false;
    uint64_t v = 0;

    s = wu_slice_trim(s);
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        negative = s.p[0] == '-';
        s = wu_slice_from(s, 1);
    }
    if (!s.n)
        return false;
    s = without_zeros(s);
    if (s.n > 19)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!wu_is_digit(s.p[i]))
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (v > (uint64_t)INT64_MAX + negative)
        return false;
    *value = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool
wu_slice_code(wu_slice s, uint32_t *value)
{
    int64_t v = 0;

    s = wu_slice_trim(s);
    if (s.n > 2 && s.p[0] == '0' && wu_lower(s.p[1]) == 'x') {
        wu_slice digits = without_zeros(wu_slice_from(s, 2));
        if (digits.n > 8)
            return false;
        for (size_t i = 0; i < digits.n; i++) {
            int digit = wu_hex_digit(digits.p[i]);
            if (digit < 0)
                return false;
            v = v * 16 + digit;
        }
    } else if (!wu_slice_int64(s, &v) || v < INT32_MIN || v > UINT32_MAX) {
        return false;
    }
    *value = (uint32_t)v;
    return true;
}
