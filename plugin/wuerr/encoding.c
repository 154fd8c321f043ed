/* encoding.c
 * UTF-16 and Windows-1252 as UTF-8.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

#define LOOK 4096u /* bytes by which an encoding is told */

static void
append_character(GString *out, uint32_t c)
{
    char utf8[4];
    gssize n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (gssize i = n - 1; i > 0; i--, c >>= 6)
        utf8[i] = (char)(0x80 | (c & 0x3f));
    utf8[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xf0u) | c);
    g_string_append_len(out, utf8, n);
}

enum wu_encoding
wu_tell_encoding(wu_slice start, size_t *mark)
{
    size_t zeros[2] = { 0, 0 }, n = start.n < LOOK ? start.n : LOOK;
    const uint8_t *p = start.p;

    *mark = n >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf ? 3 : 0;
    if (*mark)
        return WU_BYTES;
    *mark = n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)) ? 2 : 0;
    if (*mark)
        return p[0] == 0xff ? WU_UTF16_LITTLE : WU_UTF16_BIG;
    for (size_t i = 0; i < n; i++)
        zeros[i & 1] += !p[i];
    /* the upper bytes of most characters of a log are zero, the lower ones never */
    if (n >= 8 && zeros[1] * 5 >= n && zeros[0] * 50 < n)
        return WU_UTF16_LITTLE;
    if (n >= 8 && zeros[0] * 5 >= n && zeros[1] * 50 < n)
        return WU_UTF16_BIG;
    return WU_BYTES;
}

static unsigned
unit_at(const uint8_t *p, enum wu_encoding encoding)
{
    return encoding == WU_UTF16_BIG ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

size_t
wu_append_utf16(GString *out, wu_slice block, enum wu_encoding encoding, bool last, size_t *broken)
{
    size_t i = 0, first = block.n;

    while (i + 2 <= block.n) {
        unsigned unit = unit_at(block.p + i, encoding), low = 0;
        if (unit < 0x80) {
            g_string_append_c(out, (char)unit);
            i += 2;
            continue;
        }
        bool high = unit >= 0xd800 && unit < 0xdc00;
        if (high && i + 4 > block.n && !last)
            break;
        if (high && i + 4 <= block.n)
            low = unit_at(block.p + i + 2, encoding);
        bool pair = low >= 0xdc00 && low < 0xe000, alone = !pair && unit >= 0xd800 && unit < 0xe000;
        if (alone && first == block.n)
            first = i;
        append_character(out, pair ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : alone ? 0xfffd : unit);
        i += pair ? 4 : 2;
    }
    if (last && i < block.n && first == block.n)
        first = i;
    *broken = first;
    return i;
}

/* The bytes of the character at the start of a text, 0 when they are no UTF-8. */
static size_t
character(wu_slice text)
{
    uint8_t c = text.p[0];
    size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

    if (n > text.n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((text.p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool
wu_is_utf8(wu_slice line)
{
    size_t i = 0, n;

    while (i < line.n) {
        uint64_t eight;
        if (i + 8 <= line.n) {
            memcpy(&eight, line.p + i, 8);
            if (!(eight & 0x8080808080808080u)) {
                i += 8;
                continue;
            }
        }
        n = character(wu_slice_from(line, i));
        if (!n)
            return false;
        i += n;
    }
    return true;
}

void
wu_append_windows_1252(GString *out, wu_slice line)
{
    static const uint16_t upper[32] = { /* 0x80 to 0x9f; the others are those of Unicode */
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
    };

    for (size_t i = 0; i < line.n; i++)
        append_character(out, line.p[i] >= 0x80 && line.p[i] < 0xa0 ? upper[line.p[i] - 0x80] : line.p[i]);
}
