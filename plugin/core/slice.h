/* slice.h
 * A run of bytes that belongs to somebody else, and the comparisons the parsers need.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_SLICE_H
#define WU_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Not NUL terminated, may hold any byte. p may be NULL only when n is 0. Valid as long as the bytes it was cut from. */
typedef struct {
    const uint8_t *p;
    size_t n;
} wu_slice;

static inline wu_slice
wu_slice_of(const void *p, size_t n)
{
    return (wu_slice){ (const uint8_t *)p, n };
}

static inline wu_slice
wu_slice_text(const char *text)
{
    return wu_slice_of(text, strlen(text));
}

static inline bool
wu_slice_is(wu_slice s, const char *text)
{
    size_t n = strlen(text);
    return s.n == n && (!n || !memcmp(s.p, text, n));
}

static inline bool
wu_slice_equal(wu_slice a, wu_slice b)
{
    return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

static inline uint8_t
wu_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static inline bool
wu_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool
wu_is_alnum(uint8_t c)
{
    return wu_is_digit(c) || (wu_lower(c) >= 'a' && wu_lower(c) <= 'z');
}

static inline bool
wu_is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value of a hexadecimal digit, or -1. */
static inline int
wu_hex_digit(uint8_t c)
{
    if (wu_is_digit(c))
        return c - '0';
    c = wu_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Letters of ASCII compare equal in either case; so do the other functions with "nocase" in their name. */
static inline bool
wu_nocase_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] && wu_lower(a[i]) != wu_lower(b[i])) /* most bytes are equal as they are */
            return false;
    return true;
}

static inline bool
wu_slice_is_nocase(wu_slice s, const char *text)
{
    size_t n = strlen(text);
    return s.n == n && wu_nocase_equal(s.p, (const uint8_t *)text, n);
}

static inline bool
wu_slice_begins_nocase(wu_slice s, const char *text)
{
    size_t n = strlen(text);
    return s.n >= n && wu_nocase_equal(s.p, (const uint8_t *)text, n);
}

static inline bool
wu_slice_ends_nocase(wu_slice s, const char *text)
{
    size_t n = strlen(text);
    return s.n >= n && wu_nocase_equal(s.p + (s.n - n), (const uint8_t *)text, n);
}

static inline wu_slice
wu_slice_from(wu_slice s, size_t offset)
{
    if (!s.n) /* there may be no bytes to point to */
        return s;
    return offset >= s.n ? wu_slice_of(s.p + s.n, 0) : wu_slice_of(s.p + offset, s.n - offset);
}

static inline wu_slice
wu_slice_trim(wu_slice s)
{
    while (s.n && wu_is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && wu_is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* The offset of the first occurrence of other bytes, or of a text, at or after `from`; s.n when there is none. */
size_t wu_slice_find_bytes(wu_slice s, size_t from, wu_slice what);
size_t wu_slice_find(wu_slice s, size_t from, const char *text);
size_t wu_slice_find_nocase(wu_slice s, size_t from, const char *text);

/* The offset of the first byte c at or after `from`, or s.n. */
static inline size_t
wu_slice_find_byte(wu_slice s, size_t from, uint8_t c)
{
    const uint8_t *hit = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

/* The whole slice as a number: optional sign, decimal digits, nothing else but blanks around it. False when it is
 * anything else or does not fit. */
bool wu_slice_int64(wu_slice s, int64_t *value);

/* As above, or 0x and hexadecimal digits; the value has to fit 32 bits, signed or unsigned. */
bool wu_slice_code(wu_slice s, uint32_t *value);

#endif
