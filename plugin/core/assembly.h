/* assembly.h
 * Puts a message together of pieces that may come in any order, more than once, and not all of them.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_ASSEMBLY_H
#define WU_CORE_ASSEMBLY_H

#include "slice.h"

#define WU_ASSEMBLY_RANGES 256u /* stretches between gaps; a piece that would make more is not taken */

/* Pieces that are there: from (inclusive) to (exclusive). */
typedef struct {
    uint64_t from, to;
} wu_range;

/* Initialise with wu_assembly_start(), end with wu_assembly_free(). */
typedef struct {
    uint8_t *bytes;   /* of the first `limit` bytes what came; g_malloc() */
    size_t room, length; /* length: behind the last byte that is kept */
    size_t limit;     /* bytes that are kept; of all others it is only known that they came */
    wu_range *range;  /* in order, not touching; g_malloc() */
    unsigned ranges;
} wu_assembly;

void wu_assembly_start(wu_assembly *assembly, size_t limit);
void wu_assembly_free(wu_assembly *assembly);

/* Takes the bytes at an offset. Those that came before stay as they are. Costs the length of the piece and the number of
 * ranges. Returns how much memory it takes now, in bytes. */
size_t wu_assembly_add(wu_assembly *assembly, uint64_t offset, wu_slice piece);

/* Nothing more is kept: it is only counted what comes. The bytes that are there stay. */
void wu_assembly_stop(wu_assembly *assembly);

/* How many of the first n bytes came. */
uint64_t wu_assembly_covered(const wu_assembly *assembly, uint64_t n);

/* How many bytes came from the beginning on without a gap, and are kept. */
size_t wu_assembly_prefix(const wu_assembly *assembly);

/* What is kept. With gaps, all of them blank, together with what an XML reader would misread beside them: the text or the
 * beginning of a tag in front of a gap, but for the first `head` bytes, and what stands behind it up to the next tag. So no
 * value is shown of which a part is missing. */
wu_slice wu_assembly_text(wu_assembly *assembly, size_t head);

#endif
