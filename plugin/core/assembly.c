/* assembly.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "assembly.h"

#include <glib.h>

void
wu_assembly_start(wu_assembly *a, size_t limit)
{
    memset(a, 0, sizeof *a);
    a->limit = limit;
}

void
wu_assembly_free(wu_assembly *a)
{
    g_free(a->bytes);
    g_free(a->range);
    memset(a, 0, sizeof *a);
}

void
wu_assembly_stop(wu_assembly *a)
{
    a->limit = a->length;
}

/* Copies what is not there yet of a piece, of which [from, to) lies between two ranges. */
static void
keep(wu_assembly *a, uint64_t from, uint64_t to, uint64_t offset, wu_slice piece)
{
    if (from >= a->limit)
        return;
    if (to > a->limit)
        to = a->limit;
    if (to > a->room) {
        a->room = to < a->limit / 2 ? (size_t)to * 2 : a->limit;
        a->bytes = (uint8_t *)g_realloc(a->bytes, a->room);
    }
    if (from > a->length)
        memset(a->bytes + a->length, ' ', (size_t)from - a->length);
    memcpy(a->bytes + from, piece.p + (from - offset), (size_t)(to - from));
    if (to > a->length)
        a->length = (size_t)to;
}

/* Puts [from, to) in the place of the ranges first to last - 1, all of which it covers or touches. */
static void
replace(wu_assembly *a, unsigned first, unsigned last, uint64_t from, uint64_t to)
{
    if (first == last) {
        a->range = (wu_range *)g_realloc(a->range, (a->ranges + 1) * sizeof *a->range);
        memmove(a->range + first + 1, a->range + first, (a->ranges - first) * sizeof *a->range);
        a->ranges++;
    } else {
        memmove(a->range + first + 1, a->range + last, (a->ranges - last) * sizeof *a->range);
        a->ranges -= last - first - 1;
    }
    a->range[first].from = from;
    a->range[first].to = to;
}

size_t
wu_assembly_add(wu_assembly *a, uint64_t offset, wu_slice piece)
{
    uint64_t from = offset, to = offset + piece.n, at = offset;
    unsigned first = a->ranges, last;

    while (first > 0 && a->range[first - 1].to >= from) /* most pieces come at the end */
        first--;
    for (last = first; last < a->ranges && a->range[last].from <= to; last++)
        ;
    if (!piece.n || to < offset || (first == last && a->ranges == WU_ASSEMBLY_RANGES))
        return a->room + a->ranges * sizeof *a->range;
    for (unsigned i = first; i < last; i++) { /* the gaps that it closes */
        if (a->range[i].from > at)
            keep(a, at, a->range[i].from, offset, piece);
        if (a->range[i].to > at)
            at = a->range[i].to;
    }
    if (to > at)
        keep(a, at, to, offset, piece);
    if (first < last) {
        from = a->range[first].from < from ? a->range[first].from : from;
        to = a->range[last - 1].to > to ? a->range[last - 1].to : to;
    }
    replace(a, first, last, from, to);
    return a->room + a->ranges * sizeof *a->range;
}

uint64_t
wu_assembly_covered(const wu_assembly *a, uint64_t n)
{
    uint64_t covered = 0;

    for (unsigned i = 0; i < a->ranges && a->range[i].from < n; i++)
        covered += (a->range[i].to < n ? a->range[i].to : n) - a->range[i].from;
    return covered;
}

size_t
wu_assembly_prefix(const wu_assembly *a)
{
    if (!a->ranges || a->range[0].from)
        return 0;
    return a->range[0].to < a->length ? (size_t)a->range[0].to : a->length;
}

/* Blanks the gap [from, to) and what is incomplete on both sides of it. */
static void
blank(wu_assembly *a, size_t head, size_t from, size_t to)
{
    while (from > head && a->bytes[from - 1] != '>')
        from--;
    while (to < a->length && a->bytes[to] != '<')
        to++;
    memset(a->bytes + from, ' ', to - from);
}

wu_slice
wu_assembly_text(wu_assembly *a, size_t head)
{
    for (unsigned i = 0; i + 1 < a->ranges && a->range[i].to < a->length; i++)
        blank(a, head, (size_t)a->range[i].to, a->range[i + 1].from < a->length ? (size_t)a->range[i + 1].from : a->length);
    return wu_slice_of(a->bytes, a->length);
}
