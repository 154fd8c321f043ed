/* address.h
 * An IP address as bytes, and how people write it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_ADDRESS_H
#define WU_CORE_ADDRESS_H

#include "slice.h"

#define WU_ADDRESS_TEXT 46 /* bytes of the longest address as text, with its NUL */

typedef struct {
    uint8_t n;         /* 4, 16, or 0 for none; what follows the n bytes is zero */
    uint8_t bytes[16];
} wu_address;

/* None when n is neither 4 nor 16. */
static inline void
wu_address_set(wu_address *a, const void *bytes, size_t n)
{
    memset(a, 0, sizeof *a);
    if (n == 4) { /* numbers that the compiler knows make no call */
        a->n = 4;
        memcpy(a->bytes, bytes, 4);
    } else if (n == 16) {
        a->n = 16;
        memcpy(a->bytes, bytes, 16);
    }
}

static inline wu_address
wu_address_of(const void *bytes, size_t n)
{
    wu_address a;

    wu_address_set(&a, bytes, n);
    return a;
}

static inline bool
wu_address_equal(const wu_address *a, const wu_address *b)
{
    return a->n == b->n && !memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static inline uint32_t
wu_address_hash(const wu_address *address)
{
    uint32_t words[4];

    memcpy(words, address->bytes, sizeof words);
    uint32_t h = words[0] * 0x9E3779B1u ^ words[1] * 0x85EBCA77u ^ words[2] * 0xC2B2AE3Du ^ words[3] * 0x27D4EB2Fu;
    return h ^ h >> 15;
}

/* Writes the address as RFC 5952 wants it and returns text; "" for none. */
const char *wu_address_text(const wu_address *address, char text[WU_ADDRESS_TEXT]);

/* Reads an address of four decimal numbers, or of IPv6 with or without brackets. False when it is none. */
bool wu_address_read(wu_slice text, wu_address *address);

#endif
