/* bytes.h
 * Numbers in the order of bytes of the network, for tests that make packets.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TESTS_BYTES_H
#define WU_TESTS_BYTES_H

#include <stdint.h>

static inline void
put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void
put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

#endif
