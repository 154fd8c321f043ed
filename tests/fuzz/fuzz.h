/* fuzz.h
 * What the fuzz targets share. Each is one file with LLVMFuzzerTestOneInput: linked with libFuzzer (clang
 * -fsanitize=fuzzer), or with standalone.c where there is none.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TESTS_FUZZ_H
#define WU_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Something that core promises in its headers. */
#define HOLDS(condition)                                                               \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

/* The slice lies within the other one. An empty slice may be anywhere. */
static inline bool
is_within(wu_slice inner, wu_slice outer)
{
    return !inner.n || (inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

/* A number that goes into a digest of what a run gave: two runs over one input have to give the same. */
static inline uint64_t
mix(uint64_t digest, uint64_t value)
{
    digest = (digest ^ value) * 0x9E3779B97F4A7C15u;
    return digest ^ digest >> 29;
}

static inline uint64_t
mix_bytes(uint64_t digest, wu_slice bytes)
{
    digest = mix(digest, bytes.n);
    for (size_t i = 0; i < bytes.n; i++)
        digest = mix(digest, bytes.p[i]);
    return digest;
}

#endif
