/* address.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "address.h"

#include <stdio.h>

/* The longest run of at least two groups that are zero: where it begins, and how long it is (0: there is none). */
static unsigned
zero_run(const uint16_t group[8], unsigned *start)
{
    unsigned longest = 1;

    for (unsigned i = 0; i < 8; i++) {
        unsigned n = 0;
        while (i + n < 8 && !group[i + n])
            n++;
        if (n > longest) {
            longest = n;
            *start = i;
        }
    }
    return longest > 1 ? longest : 0;
}

const char *
wu_address_text(const wu_address *address, char text[WU_ADDRESS_TEXT])
{
    const uint8_t *b = address->bytes;
    uint16_t group[8];
    unsigned start = 0;
    size_t n = 0;

    text[0] = '\0';
    if (address->n == 4)
        snprintf(text, WU_ADDRESS_TEXT, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    if (address->n != 16)
        return text;
    for (unsigned i = 0; i < 8; i++)
        group[i] = (uint16_t)(b[2 * i] << 8 | b[2 * i + 1]);
    unsigned run = zero_run(group, &start);
    for (unsigned i = 0; i < 8; i++) {
        if (run && i == start) {
            n += (size_t)snprintf(text + n, WU_ADDRESS_TEXT - n, "::");
            i += run - 1;
            continue;
        }
        bool colon = i && !(run && i == start + run);
        n += (size_t)snprintf(text + n, WU_ADDRESS_TEXT - n, colon ? ":%x" : "%x", group[i]);
    }
    return text;
}

static bool
read_ipv4(wu_slice text, uint8_t out[4])
{
    for (unsigned i = 0; i < 4; i++) {
        size_t end = i < 3 ? wu_slice_find_byte(text, 0, '.') : text.n;
        unsigned value = 0;
        if (end == 0 || end > 3 || (i < 3 && end == text.n))
            return false;
        for (size_t k = 0; k < end; k++) {
            if (!wu_is_digit(text.p[k]))
                return false;
            value = value * 10 + (unsigned)(text.p[k] - '0');
        }
        if (value > 255)
            return false;
        out[i] = (uint8_t)value;
        text = wu_slice_from(text, end + 1);
    }
    return true;
}

/* The groups up to "::" or the end, most significant first; *n of them. False at anything else. */
static bool
read_groups(wu_slice text, uint16_t group[8], unsigned *n)
{
    for (*n = 0; text.n; ++*n) {
        size_t end = wu_slice_find_byte(text, 0, ':');
        unsigned value = 0;
        if (*n == 8 || end == 0 || end > 4 || end + 1 == text.n)
            return false;
        for (size_t k = 0; k < end; k++) {
            int digit = wu_hex_digit(text.p[k]);
            if (digit < 0)
                return false;
            value = value << 4 | (unsigned)digit;
        }
        group[*n] = (uint16_t)value;
        text = wu_slice_from(text, end + 1);
    }
    return true;
}

static bool
read_ipv6(wu_slice text, uint8_t out[16])
{
    uint16_t front[8] = { 0 }, back[8] = { 0 };
    unsigned n_front = 0, n_back = 0;
    size_t gap = wu_slice_find(text, 0, "::");

    if (text.n < 2 || !read_groups(wu_slice_of(text.p, gap), front, &n_front))
        return false;
    if (gap < text.n && !read_groups(wu_slice_from(text, gap + 2), back, &n_back))
        return false;
    if (gap < text.n ? n_front + n_back > 7 : n_front != 8)
        return false;
    for (unsigned i = 0; i < 8; i++) {
        uint16_t value = i < n_front ? front[i] : i >= 8 - n_back ? back[i - (8 - n_back)] : 0;
        out[2 * i] = (uint8_t)(value >> 8);
        out[2 * i + 1] = (uint8_t)value;
    }
    return true;
}

bool
wu_address_read(wu_slice text, wu_address *address)
{
    uint8_t bytes[16];

    if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
        text = wu_slice_of(text.p + 1, text.n - 2);
    if (read_ipv4(text, bytes))
        *address = wu_address_of(bytes, 4);
    else if (read_ipv6(text, bytes))
        *address = wu_address_of(bytes, 16);
    else
        return false;
    return true;
}
