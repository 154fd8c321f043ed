/* core.c
 * Times what the core library does often, beside the least that a computer could do instead:
 *
 *     core xpress FILE...   for each body: decoded bytes, nanoseconds to decode it, to copy as many bytes, and
 *                           to decode it with Wireshark's own LZ77, which is called for each block
 *     core lookup           nanoseconds for one code: all its readings, bsearch() over the rows, a hash table of them
 *
 * Each figure is the least of many rounds in which all of them take turns, in CPU time.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <epan/tvbuff.h>
#include <wsutil/wmem/wmem.h>

#include "code_table.h"
#include "xpress.h"

#define ROUNDS        25
#define XPRESS_HEADER 8 /* bytes of two sizes in front of each block */

static volatile size_t sink; /* keeps results from being optimized away */

static uint64_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
keep_least(uint64_t *least, uint64_t began)
{
    uint64_t time = now() - began;

    if (!*least || time < *least)
        *least = time;
}

/* ---- xpress ---- */

static size_t
decode(wu_slice body, GByteArray *out)
{
    wu_xpress_block block;
    size_t offset = 0;

    g_byte_array_set_size(out, 0);
    while (wu_xpress_decode(body, &offset, out, &block) && !block.fault)
        ;
    return offset == body.n ? out->len : 0;
}

static size_t
decode_with_wireshark(wu_slice body)
{
    tvbuff_t *tvb = tvb_new_real_data(body.p, (guint)body.n, (gint)body.n);
    wu_xpress_block block;
    size_t offset = 0, decoded = 0;

    for (; wu_xpress_block_at(body, offset, &block); offset += XPRESS_HEADER + block.compressed) {
        tvbuff_t *plain = block.stored ? NULL : tvb_uncompress_lz77(tvb, (int)(offset + XPRESS_HEADER), (int)block.compressed);
        decoded += plain ? tvb_captured_length(plain) : block.stored ? block.original : 0;
        if (plain)
            tvb_free(plain);
    }
    tvb_free(tvb);
    return decoded;
}

static bool
time_xpress(const char *path)
{
    char *data;
    gsize n;

    if (!g_file_get_contents(path, &data, &n, NULL))
        return false;
    GByteArray *out = g_byte_array_new();
    size_t decoded = decode(wu_slice_of(data, n), out);
    uint8_t *copy = (uint8_t *)g_malloc0(decoded + 1);
    uint64_t decoding = 0, copying = 0, wireshark = 0;
    for (unsigned round = 0; decoded && round < ROUNDS; round++) {
        uint64_t began = now();
        sink += decode(wu_slice_of(data, n), out);
        keep_least(&decoding, began);
        began = now();
        memcpy(copy, out->data, decoded);
        sink += copy[round];
        keep_least(&copying, began);
        began = now();
        if (decode_with_wireshark(wu_slice_of(data, n)) != decoded)
            return false;
        keep_least(&wireshark, began);
    }
    printf("%zu\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", decoded, decoding, copying, wireshark);
    g_free(copy);
    g_byte_array_free(out, TRUE);
    g_free(data);
    return decoded > 0;
}

/* ---- lookup ---- */

static int
compare_rows(const void *a, const void *b)
{
    uint32_t x = ((const wu_code_row *)a)->value, y = ((const wu_code_row *)b)->value;
    return (x > y) - (x < y);
}

/* The values of all 32-bit codes in an order that no cache can guess. */
static uint32_t *
shuffled_codes(void)
{
    uint32_t *codes = g_new(uint32_t, WU_FIRST_WIN32);
    uint32_t chance = 1;

    for (size_t i = 0; i < WU_FIRST_WIN32; i++)
        codes[i] = wu_code_rows[i].value;
    for (size_t i = WU_FIRST_WIN32 - 1; i > 0; i--) {
        chance = chance * 1664525u + 1013904223u;
        size_t other = (chance >> 8) % (i + 1);
        uint32_t code = codes[i];
        codes[i] = codes[other];
        codes[other] = code;
    }
    return codes;
}

static GHashTable *
hash_of_rows(void)
{
    GHashTable *table = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (size_t i = 0; i < WU_FIRST_WIN32; i++)
        g_hash_table_insert(table, GUINT_TO_POINTER(wu_code_rows[i].value), (gpointer)&wu_code_rows[i]);
    return table;
}

static void
look_up_readings(const uint32_t *codes)
{
    wu_reading readings[WU_MAX_READINGS];

    for (size_t i = 0; i < WU_FIRST_WIN32; i++)
        sink += wu_code_readings(codes[i], WU_AS_HRESULT, readings, WU_MAX_READINGS);
}

static void
look_up_by_bsearch(const uint32_t *codes)
{
    for (size_t i = 0; i < WU_FIRST_WIN32; i++) {
        wu_code_row key = { .value = codes[i] };
        sink += (size_t)bsearch(&key, wu_code_rows, WU_FIRST_WIN32, sizeof key, compare_rows);
    }
}

static void
look_up_by_hash(const uint32_t *codes, GHashTable *table)
{
    for (size_t i = 0; i < WU_FIRST_WIN32; i++)
        sink += (size_t)g_hash_table_lookup(table, GUINT_TO_POINTER(codes[i]));
}

static void
time_lookup(void)
{
    uint64_t readings = 0, by_bsearch = 0, by_hash = 0;
    uint32_t *codes = shuffled_codes();
    GHashTable *table = hash_of_rows();

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t began = now();
        look_up_readings(codes);
        keep_least(&readings, began);
        began = now();
        look_up_by_bsearch(codes);
        keep_least(&by_bsearch, began);
        began = now();
        look_up_by_hash(codes, table);
        keep_least(&by_hash, began);
    }
    printf("%g\t%g\t%g\n", (double)readings / WU_FIRST_WIN32, (double)by_bsearch / WU_FIRST_WIN32,
           (double)by_hash / WU_FIRST_WIN32);
    g_hash_table_destroy(table);
    g_free(codes);
}

int
main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "xpress")) {
        wmem_init();
        for (int i = 2; i < argc; i++)
            if (!time_xpress(argv[i]))
                return 1;
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "lookup")) {
        time_lookup();
        return 0;
    }
    return 2;
}
