/* seed.c
 * To be preloaded when instructions are counted. Wireshark seeds its hash tables with a random number, which moves the
 * count by some tenths of a percent from run to run; here the number is always the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdint.h>

uint32_t g_random_int(void);

uint32_t
g_random_int(void)
{
    return 0x9e3779b9u;
}
