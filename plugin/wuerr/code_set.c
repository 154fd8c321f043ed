/* code_set.c
 * Distinct codes.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

#define BUCKETS 32768u /* a power of two, well above WU_MAX_DISTINCT */

struct wu_code_set {
    uint16_t bucket[BUCKETS]; /* number of the member + 1, 0: free */
    wu_log_code member[WU_MAX_DISTINCT];
    unsigned n;
};

static bool
is_same(const wu_log_code *a, const wu_log_code *b)
{
    return a->found.code == b->found.code && a->found.space == b->found.space && a->found.extension == b->found.extension &&
           a->found.substatus == b->found.substatus && a->reason == b->reason;
}

wu_code_set *
wu_code_set_new(void)
{
    return g_new0(wu_code_set, 1);
}

void
wu_code_set_free(wu_code_set *set)
{
    g_free(set);
}

unsigned
wu_code_set_add(wu_code_set *set, const wu_log_code *code, bool *added)
{
    uint32_t hash = (code->found.code + code->found.extension * 31 + code->found.substatus * 7) * 2654435761u;
    uint32_t at = hash >> 16 & (BUCKETS - 1);

    *added = false;
    for (; set->bucket[at]; at = (at + 1) & (BUCKETS - 1))
        if (is_same(&set->member[set->bucket[at] - 1], code))
            return set->bucket[at] - 1u;
    if (set->n == WU_MAX_DISTINCT)
        return WU_MAX_DISTINCT;
    *added = true;
    set->member[set->n] = *code;
    set->bucket[at] = (uint16_t)(set->n + 1);
    return set->n++;
}

unsigned
wu_code_set_size(const wu_code_set *set)
{
    return set->n;
}

const wu_log_code *
wu_code_set_member(const wu_code_set *set, unsigned number)
{
    return &set->member[number];
}
