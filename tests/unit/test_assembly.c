/* test_assembly.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "assembly.h"
#include "unit.h"

static void
add(wu_assembly *a, uint64_t offset, const char *piece)
{
    wu_assembly_add(a, offset, wu_slice_text(piece));
}

static void
joins_pieces_in_order(void)
{
    wu_assembly a;

    wu_assembly_start(&a, 100);
    CHECK_EQ(wu_assembly_covered(&a, 100), 0);
    CHECK_EQ(wu_assembly_prefix(&a), 0);
    add(&a, 0, "abc");
    add(&a, 3, "def");
    CHECK_EQ(a.ranges, 1);
    CHECK_EQ(wu_assembly_covered(&a, 100), 6);
    CHECK_EQ(wu_assembly_covered(&a, 4), 4);
    CHECK_EQ(wu_assembly_prefix(&a), 6);
    CHECK_SLICE(wu_assembly_text(&a, 0), "abcdef");
    wu_assembly_free(&a);
}

/* In any order, at other boundaries, more than once: what came first stays. */
static void
joins_pieces_in_any_order(void)
{
    wu_assembly a;

    wu_assembly_start(&a, 100);
    add(&a, 6, "ghi");
    CHECK_EQ(wu_assembly_prefix(&a), 0);
    add(&a, 0, "abc");
    CHECK_EQ(a.ranges, 2);
    add(&a, 2, "CdefGHI");
    CHECK_EQ(a.ranges, 1);
    CHECK_SLICE(wu_assembly_text(&a, 0), "abcdefghi");
    add(&a, 0, "ABCDEFGHI");
    CHECK_SLICE(wu_assembly_text(&a, 0), "abcdefghi");
    add(&a, 20, "u");
    add(&a, 22, "w");
    add(&a, 8, "IjklmnopqrstUvWx");
    CHECK_EQ(a.ranges, 1);
    CHECK_SLICE(wu_assembly_text(&a, 0), "abcdefghijklmnopqrstuvwx");
    wu_assembly_free(&a);
}

static void
blanks_what_gaps_break(void)
{
    wu_assembly a;

    wu_assembly_start(&a, 1000);
    add(&a, 0, "HEAD\n<A><ID>12</ID><ID>34");
    add(&a, 30, "56</ID><ID>78</ID></A>");
    CHECK_EQ(wu_assembly_covered(&a, 52), 47);
    CHECK_EQ(wu_assembly_prefix(&a), 25);
    CHECK_SLICE(wu_assembly_text(&a, 5), "HEAD\n<A><ID>12</ID><ID>         </ID><ID>78</ID></A>");
    wu_assembly_free(&a);

    wu_assembly_start(&a, 1000); /* within a tag; and the head stays as it is */
    add(&a, 0, "HEAD\n");
    add(&a, 7, "3</ID><I");
    add(&a, 18, "7</ID>");
    CHECK_SLICE(wu_assembly_text(&a, 5), "HEAD\n   </ID>      </ID>");
    wu_assembly_free(&a);

    wu_assembly_start(&a, 1000); /* nothing readable behind the gap */
    add(&a, 0, "<A>x");
    add(&a, 6, "yz");
    CHECK_SLICE(wu_assembly_text(&a, 0), "<A>     ");
    wu_assembly_free(&a);
}

static void
keeps_within_its_limits(void)
{
    wu_assembly a;

    wu_assembly_start(&a, 4);
    add(&a, 0, "abcdef");
    add(&a, 8, "ij");
    CHECK_EQ(wu_assembly_covered(&a, 10), 8);
    CHECK_SLICE(wu_assembly_text(&a, 0), "abcd");
    CHECK(a.room <= 4);
    wu_assembly_free(&a);

    wu_assembly_start(&a, 100);
    add(&a, 0, "ab");
    wu_assembly_stop(&a);
    add(&a, 2, "cd");
    CHECK_EQ(wu_assembly_covered(&a, 4), 4);
    CHECK_SLICE(wu_assembly_text(&a, 0), "ab");
    wu_assembly_free(&a);

    wu_assembly_start(&a, 10000);
    for (unsigned i = 0; i < 2 * WU_ASSEMBLY_RANGES; i++)
        add(&a, i * 2, "x");
    CHECK_EQ(a.ranges, WU_ASSEMBLY_RANGES);
    CHECK_EQ(wu_assembly_covered(&a, 10000), WU_ASSEMBLY_RANGES);
    wu_assembly_add(&a, UINT64_MAX - 1, BYTES("abcd")); /* wraps around */
    CHECK_EQ(a.ranges, WU_ASSEMBLY_RANGES);
    wu_assembly_free(&a);
}

/* Against a plain array, with pieces at random. */
static void
agrees_with_an_array(void)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint32_t random = 1;

    for (unsigned round = 0; round < 200; round++) {
        bool there[62] = { false };
        unsigned n = 0;
        wu_assembly a;
        wu_assembly_start(&a, 62);
        for (unsigned i = 0; i < 12; i++) {
            random = random * 1664525u + 1013904223u;
            unsigned from = (random >> 8) % 62, length = (random >> 20) % 9;
            length = from + length > 62 ? 62 - from : length;
            wu_assembly_add(&a, from, wu_slice_of(alphabet + from, length));
            for (unsigned j = from; j < from + length; j++)
                there[j] = true;
        }
        for (unsigned i = 0; i < 62; i++) {
            n += there[i];
            CHECK(!there[i] || a.bytes[i] == (uint8_t)alphabet[i]);
        }
        CHECK_EQ(wu_assembly_covered(&a, 62), n);
        wu_assembly_free(&a);
    }
}

const unit_case unit_assembly_cases[] = {
    { "assembly: joins pieces in order", joins_pieces_in_order },
    { "assembly: joins pieces in any order", joins_pieces_in_any_order },
    { "assembly: blanks what gaps break", blanks_what_gaps_break },
    { "assembly: keeps within its limits", keeps_within_its_limits },
    { "assembly: agrees with an array", agrees_with_an_array },
    { NULL, NULL },
};
