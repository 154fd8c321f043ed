/* test_xpress.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "events_text.h"
#include "xpress.h"

/* ---- the data of one block ---- */

static void
check_lz77(const char *notation, size_t max, const char *expected, enum wu_xpress_fault expected_fault)
{
    GByteArray *in = bytes_of(notation);
    uint8_t *out = g_malloc(max + 1);
    enum wu_xpress_fault fault = WU_XPRESS_LIMIT;

    out[max] = 0xEE;
    size_t n = wu_xpress_lz77(wu_slice_of(in->data, in->len), out, max, &fault);
    CHECK_SLICE(wu_slice_of(out, n), expected);
    CHECK_EQ(fault, expected_fault);
    CHECK_EQ(out[max], 0xEE);
    g_byte_array_free(in, TRUE);
    g_free(out);
}

static void
decodes_literals(void)
{
    check_lz77("00 00 00 00 'abc'", 100, "abc", WU_XPRESS_OK);
    check_lz77("3F 00 00 00 'abcdefghijklmnopqrstuvwxyz'", 26, "abcdefghijklmnopqrstuvwxyz", WU_XPRESS_OK);
    check_lz77("00 00 00 00 '0123456789abcdefghijklmnopqrstuv'", 32, "0123456789abcdefghijklmnopqrstuv", WU_XPRESS_OK);
    check_lz77("00 00 00 00 '0123456789abcdefghijklmnopqrstuv' 00 00 00 00 'wxyz'", 36,
               "0123456789abcdefghijklmnopqrstuvwxyz", WU_XPRESS_OK);
    check_lz77("00 00 00 00", 10, "", WU_XPRESS_OK);
    check_lz77("", 10, "", WU_XPRESS_OK);
}

/* The flags are used from the highest bit on; three bits of a match are its length from 3 to 9. */
static void
decodes_short_matches(void)
{
    check_lz77("00 00 00 20 'ab' 09 00 'c'", 100, "abababc", WU_XPRESS_OK);
    check_lz77("00 00 00 10 'abc' 10 00", 100, "abcabc", WU_XPRESS_OK);
    check_lz77("00 00 00 10 'abc' 16 00", 100, "abcabcabcabc", WU_XPRESS_OK);
    check_lz77("00 00 00 10 'abc' 00 00", 100, "abcccc", WU_XPRESS_OK);
    check_lz77("00 00 00 30 'ab' 08 00 18 00", 100, "abababab", WU_XPRESS_OK);
}

/* From 10 on a length needs a nibble more. Two matches share one byte, whatever stands between them. */
static void
decodes_nibbles(void)
{
    check_lz77("00 00 00 40 'a' 07 00 00", 100, "aaaaaaaaaaa", WU_XPRESS_OK);
    check_lz77("00 00 00 40 'a' 07 00 0E", 100, "aaaaaaaaaaaaaaaaaaaaaaaaa", WU_XPRESS_OK);
    check_lz77("00 00 00 50 'a' 07 00 20 'b' 07 00", 100, "aaaaaaaaaaabbbbbbbbbbbbb", WU_XPRESS_OK);
    check_lz77("00 00 00 48 'a' 07 00 20 'bc' 07 00", 100, "aaaaaaaaaaabccccccccccccc", WU_XPRESS_OK);
    check_lz77("00 00 00 54 'a' 07 00 20 'b' 07 00 'c' 07 00 01", 100, "aaaaaaaaaaabbbbbbbbbbbbbcccccccccccc",
               WU_XPRESS_OK);
}

/* An "a" and a match that repeats it: `notation` is what follows the word of the match. */
static void
check_run(const char *notation, size_t expected)
{
    char *whole = g_strdup_printf("00 00 00 40 'a' 07 00 %s", notation), *run = g_strnfill(expected, 'a');

    check_lz77(whole, 70000, run, WU_XPRESS_OK);
    g_free(whole);
    g_free(run);
}

static void
decodes_long_matches(void)
{
    check_run("0F 00", 1 + 25);
    check_run("0F 01", 1 + 26);
    check_run("0F FE", 1 + 279);
    check_run("0F FF 15 01", 1 + 280);
    check_run("0F FF 16 00", 1 + 25); /* the shortest that 16 bits may give */
    check_run("0F FF FF FF", 1 + 65538);
    check_run("0F FF 00 00 15 01 00 00", 1 + 280);
    check_run("0F FF 00 00 16 00 00 00", 1 + 25);
    check_run("0F FF 00 00 FB FF 00 00", 65535);
}

/* [MS-XCA] 3.1: abc 100 times. */
static void
decodes_the_example_of_the_specification(void)
{
    GString *expected = g_string_new(NULL);

    for (unsigned i = 0; i < 100; i++)
        g_string_append(expected, "abc");
    check_lz77("FF FF FF 1F 'abc' 17 00 0F FF 26 01", 300, expected->str, WU_XPRESS_OK);
    g_string_free(expected, TRUE);
}

/* The nibble of a long match is shared too. */
static void
shares_nibbles_of_long_matches(void)
{
    check_lz77("00 00 00 50 'a' 07 00 FF 01 'b' 07 00 03", 100,
               "aaaaaaaaaaaaaaaaaaaaaaaaaaa" "bbbbbbbbbbbbbbbbbbbbbbbbbbbbb", WU_XPRESS_OK);
}

static void
the_last_flag_may_be_set(void)
{
    check_lz77("00 00 00 40 'a'", 10, "a", WU_XPRESS_OK);
    check_lz77("FF FF FF FF", 10, "", WU_XPRESS_OK);
}

static void
refuses_to_overrun(void)
{
    check_lz77("00 00 00 00 'abc'", 2, "ab", WU_XPRESS_OVERRUN);
    check_lz77("00 00 00 00 'abc'", 0, "", WU_XPRESS_OVERRUN);
    check_lz77("00 00 00 40 'a' 07 00 00", 5, "aaaaa", WU_XPRESS_OVERRUN);
    check_lz77("00 00 00 20 'ab' 09 00", 5, "ababa", WU_XPRESS_OVERRUN);
    check_lz77("00 00 00 40 'a' 07 00 0F FF 00 00 FF FF FF FF", 3, "aaa", WU_XPRESS_OVERRUN);
    check_lz77("00 00 00 00 '0123456789abcdefghijklmnopqrstuv'", 31, "0123456789abcdefghijklmnopqrstu",
               WU_XPRESS_OVERRUN);
    check_lz77("", 0, "", WU_XPRESS_OK);
}

static void
refuses_references_before_the_beginning(void)
{
    check_lz77("00 00 00 80 00 00", 100, "", WU_XPRESS_REFERENCE);
    check_lz77("00 00 00 40 'a' 08 00", 100, "a", WU_XPRESS_REFERENCE);
    check_lz77("00 00 00 20 'ab' F8 FF", 100, "ab", WU_XPRESS_REFERENCE);
}

static void
notices_the_end_inside_a_match(void)
{
    check_lz77("00 00 00 40 'a' 08", 100, "a", WU_XPRESS_SHORT);
    check_lz77("00 00 00 40 'a' 07 00", 100, "a", WU_XPRESS_SHORT);
    check_lz77("00 00 00 40 'a' 07 00 0F", 100, "a", WU_XPRESS_SHORT);
    check_lz77("00 00 00 40 'a' 07 00 0F FF", 100, "a", WU_XPRESS_SHORT);
    check_lz77("00 00 00 40 'a' 07 00 0F FF 26", 100, "a", WU_XPRESS_SHORT);
    check_lz77("00 00 00 40 'a' 07 00 0F FF 00 00", 100, "a", WU_XPRESS_SHORT);
    check_lz77("00 00 00 40 'a' 07 00 0F FF 00 00 26 01 00", 100, "a", WU_XPRESS_SHORT);
}

/* A length of 16 or 32 bits that a byte could hold ([MS-XCA] 2.4.4): no fault of the enum is named after it. */
static void
refuses_lengths_that_are_too_short(void)
{
    static const char *const streams[] = { "00 00 00 40 'a' 07 00 0F FF 15 00", "00 00 00 40 'a' 07 00 0F FF 01 00",
                                           "00 00 00 40 'a' 07 00 0F FF 00 00 15 00 00 00",
                                           "00 00 00 40 'a' 07 00 0F FF 00 00 00 00 00 00" };

    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        GByteArray *in = bytes_of(streams[i]);
        enum wu_xpress_fault fault;
        uint8_t out[100];
        CHECK_EQ(wu_xpress_lz77(wu_slice_of(in->data, in->len), out, sizeof out, &fault), 1);
        CHECK(fault != WU_XPRESS_OK);
        g_byte_array_free(in, TRUE);
    }
}

/* ---- bodies ---- */

static const char *const fault_names[] = { "ok",      "HEADER",   "ZERO",      "SIZE", "SHORT",
                                           "OVERRUN", "UNDERRUN", "REFERENCE", "LIMIT" };

static void
put_block(GString *text, const wu_xpress_block *block)
{
    g_string_append_printf(text, "@%zu %u<%u/%u %u%s %s; ", block->offset, block->original, block->present,
                           block->compressed, block->decoded, block->stored ? " stored" : "",
                           fault_names[block->fault]);
}

/* Decodes a body block by block. The report of a block: "@offset original<present/compressed decoded fault". */
static void
check_body(const char *notation, const char *expected, const char *expected_report)
{
    GByteArray *body = bytes_of(notation), *out = g_byte_array_new();
    GString *report = g_string_new(NULL);
    wu_slice bytes = wu_slice_of(body->data, body->len);
    wu_xpress_block block;
    size_t offset = 0;

    while (wu_xpress_decode(bytes, &offset, out, &block)) {
        CHECK(offset > block.offset && offset <= body->len);
        put_block(report, &block);
    }
    put_block(report, &block);
    CHECK_TEXT(report->str, expected_report);
    CHECK_SLICE(wu_slice_of(out->data, out->len), expected);
    g_string_free(report, TRUE);
    g_byte_array_free(out, TRUE);
    g_byte_array_free(body, TRUE);
}

static void
decodes_blocks(void)
{
    check_body("07 00 00 00 09 00 00 00 00 00 00 20 'ab' 09 00 'c'", "abababc", "@0 7<9/9 7 ok; @17 0<0/0 0 ok; ");
    check_body("07 00 00 00 09 00 00 00 00 00 00 20 'ab' 09 00 'c'"
               "03 00 00 00 07 00 00 00 00 00 00 00 'xyz'",
               "abababcxyz", "@0 7<9/9 7 ok; @17 3<7/7 3 ok; @32 0<0/0 0 ok; ");
    check_body("", "", "@0 0<0/0 0 ok; ");
}

/* Seen on a real server: equal sizes mean that the block is not compressed. */
static void
decodes_stored_blocks(void)
{
    check_body("03 00 00 00 03 00 00 00 'xyz'", "xyz", "@0 3<3/3 3 stored ok; @11 0<0/0 0 ok; ");
    check_body("03 00 00 00 07 00 00 00 00 00 00 00 'xyz' 03 00 00 00 03 00 00 00 01 FF 'z'", "xyz\1\xFFz",
               "@0 3<7/7 3 ok; @15 3<3/3 3 stored ok; @26 0<0/0 0 ok; ");
}

/* Every block begins anew: nothing refers to the one before. */
static void
blocks_are_independent(void)
{
    check_body("03 00 00 00 03 00 00 00 'xyz' 03 00 00 00 06 00 00 00 00 00 00 80 00 00", "xyz",
               "@0 3<3/3 3 stored ok; @11 3<6/6 0 REFERENCE; @25 0<0/0 0 ok; ");
}

static void
notices_broken_headers(void)
{
    check_body("03 00 00 00 03 00 00", "", "@0 0<0/0 0 HEADER; ");
    check_body("03", "", "@0 0<0/0 0 HEADER; ");
    check_body("00 00 00 00 03 00 00 00 'xyz'", "", "@0 0<0/3 0 ZERO; ");
    check_body("03 00 00 00 00 00 00 00 'xyz'", "", "@0 3<0/0 0 ZERO; ");
    check_body("00 00 01 00 03 00 00 00 'xyz'", "", "@0 65536<0/3 0 SIZE; ");
    check_body("03 00 00 00 00 00 01 00 'xyz'", "", "@0 3<0/65536 0 SIZE; ");
    check_body("FF FF FF FF FF FF FF FF", "", "@0 4294967295<0/4294967295 0 SIZE; ");
    check_body("'<?xml version=\"1.0\"?>'", "", "@0 1836597052<0/1702240364 0 SIZE; ");
    check_body("03 00 00 00 03 00 00 00 'xyz' 'tail'", "xyz", "@0 3<3/3 3 stored ok; @11 0<0/0 0 HEADER; ");
}

static void
decodes_what_is_there_of_a_cut_block(void)
{
    check_body("05 00 00 00 05 00 00 00 'xyz'", "xyz", "@0 5<3/5 3 stored SHORT; @11 0<0/0 0 ok; ");
    check_body("05 00 00 00 09 00 00 00 00 00 00 00 'xyz'", "xyz", "@0 5<7/9 3 SHORT; @15 0<0/0 0 ok; ");
    check_body("05 00 00 00 09 00 00 00", "", "@0 5<0/9 0 SHORT; @8 0<0/0 0 ok; ");
    check_body("FF FF 00 00 FF FF 00 00 'x'", "x", "@0 65535<1/65535 1 stored SHORT; @9 0<0/0 0 ok; ");
}

static void
goes_on_behind_a_broken_block(void)
{
    check_body("02 00 00 00 07 00 00 00 00 00 00 00 'abc' 03 00 00 00 03 00 00 00 'xyz'", "abxyz",
               "@0 2<7/7 2 OVERRUN; @15 3<3/3 3 stored ok; @26 0<0/0 0 ok; ");
    check_body("09 00 00 00 07 00 00 00 00 00 00 00 'abc' 03 00 00 00 03 00 00 00 'xyz'", "abcxyz",
               "@0 9<7/7 3 UNDERRUN; @15 3<3/3 3 stored ok; @26 0<0/0 0 ok; ");
    check_body("09 00 00 00 07 00 00 00 00 00 00 40 'a' 07 00 03 00 00 00 03 00 00 00 'xyz'", "axyz",
               "@0 9<7/7 1 SHORT; @15 3<3/3 3 stored ok; @26 0<0/0 0 ok; ");
}

static void
looks_at_blocks(void)
{
    GByteArray *body = bytes_of("05 00 00 00 09 00 00 00 00 00 00 00 'xyz'");
    wu_slice bytes = wu_slice_of(body->data, body->len);
    wu_xpress_block block;

    CHECK(wu_xpress_block_at(bytes, 0, &block));
    CHECK_EQ(block.original, 5);
    CHECK_EQ(block.compressed, 9);
    CHECK_EQ(block.present, 7);
    CHECK_EQ(block.decoded, 0);
    CHECK_EQ(block.fault, WU_XPRESS_OK);
    CHECK(!block.stored);
    CHECK(!wu_xpress_block_at(bytes, body->len, &block));
    CHECK_EQ(block.fault, WU_XPRESS_OK);
    CHECK(!wu_xpress_block_at(bytes, body->len + 1, &block));
    CHECK_EQ(block.fault, WU_XPRESS_OK);
    CHECK(!wu_xpress_block_at(bytes, body->len - 1, &block));
    CHECK_EQ(block.fault, WU_XPRESS_HEADER);
    CHECK_EQ(block.offset, body->len - 1);
    CHECK(!wu_xpress_block_at((wu_slice){ NULL, 0 }, 0, &block));
    CHECK_EQ(block.fault, WU_XPRESS_OK);
    g_byte_array_free(body, TRUE);
}

static void
appends_to_what_there_is(void)
{
    GByteArray *body = bytes_of("03 00 00 00 03 00 00 00 'xyz'"), *out = bytes_of("'abc'");
    wu_xpress_block block;
    size_t offset = 0;

    CHECK(wu_xpress_decode(wu_slice_of(body->data, body->len), &offset, out, &block));
    CHECK_SLICE(wu_slice_of(out->data, out->len), "abcxyz");
    CHECK_EQ(offset, 11);
    g_byte_array_free(body, TRUE);
    g_byte_array_free(out, TRUE);
}

/* Blocks of 65535 bytes each up to the limit, then one that is too large, or one that fits exactly. */
static void
output_is_limited(void)
{
    GByteArray *large = bytes_of("FF FF 00 00 0F 00 00 00 FF FF FF 7F 'a' 07 00 0F FF 00 00 FB FF 00 00");
    GByteArray *body = g_byte_array_new(), *out = g_byte_array_new();
    wu_xpress_block block;
    size_t offset = 0;
    unsigned blocks = 0;

    for (unsigned i = 0; i < 600; i++)
        g_byte_array_append(body, large->data, large->len);
    while (wu_xpress_decode(wu_slice_of(body->data, body->len), &offset, out, &block)) {
        CHECK_EQ(block.decoded, 65535);
        blocks++;
    }
    CHECK_EQ(block.fault, WU_XPRESS_LIMIT);
    CHECK_EQ(blocks, WU_XPRESS_MAX_OUTPUT / 65535);
    CHECK_EQ(out->len, blocks * 65535u);
    CHECK_EQ(block.offset, blocks * (size_t)large->len);

    GByteArray *rest = bytes_of("00 02 00 00 0B 00 00 00 FF FF FF 7F 'a' 07 00 0F FF FC 01");
    offset = 0;
    CHECK(wu_xpress_decode(wu_slice_of(rest->data, rest->len), &offset, out, &block));
    CHECK_EQ(out->len, WU_XPRESS_MAX_OUTPUT);
    offset = 0;
    CHECK(!wu_xpress_decode(wu_slice_of(rest->data, rest->len), &offset, out, &block));
    CHECK_EQ(block.fault, WU_XPRESS_LIMIT);
    CHECK_EQ(out->len, WU_XPRESS_MAX_OUTPUT);
    g_byte_array_free(large, TRUE);
    g_byte_array_free(rest, TRUE);
    g_byte_array_free(body, TRUE);
    g_byte_array_free(out, TRUE);
}

static void
faults_have_texts(void)
{
    CHECK_TEXT(wu_xpress_fault_text(WU_XPRESS_OK), "");
    for (unsigned fault = WU_XPRESS_HEADER; fault <= WU_XPRESS_LIMIT; fault++)
        for (unsigned other = WU_XPRESS_OK; other < fault; other++)
            CHECK(strcmp(wu_xpress_fault_text((enum wu_xpress_fault)fault),
                         wu_xpress_fault_text((enum wu_xpress_fault)other)));
}

/* ---- round trips, with an encoder that shares nothing with the decoder ---- */

typedef struct {
    GByteArray *out;
    guint flags_at; /* where the word of flags stands */
    uint32_t flags;
    unsigned used; /* flags of the word */
    guint nibble;  /* where a half used byte stands, or 0 */
} encoder;

static void
put_number(GByteArray *out, uint32_t value, unsigned size)
{
    for (; size; size--, value >>= 8) {
        uint8_t byte = (uint8_t)value;
        g_byte_array_append(out, &byte, 1);
    }
}

static void
write_flags(encoder *e)
{
    for (unsigned i = 0; i < 4; i++)
        e->out->data[e->flags_at + i] = (uint8_t)(e->flags >> 8 * i);
}

static void
put_flag(encoder *e, unsigned flag)
{
    if (e->used == 32) {
        write_flags(e);
        e->flags_at = e->out->len;
        put_number(e->out, 0, 4);
        e->flags = e->used = 0;
    }
    e->flags |= flag << (31 - e->used++);
}

static void
put_length(encoder *e, uint32_t length)
{
    uint32_t extra = length - 10;
    uint8_t nibble = extra < 15 ? (uint8_t)extra : 15;

    if (e->nibble) {
        e->out->data[e->nibble] |= (uint8_t)(nibble << 4);
        e->nibble = 0;
    } else {
        e->nibble = e->out->len;
        put_number(e->out, nibble, 1);
    }
    if (nibble < 15)
        return;
    put_number(e->out, extra - 15 < 255 ? extra - 15 : 255, 1);
    if (extra - 15 < 255)
        return;
    put_number(e->out, length - 3 <= 0xffff ? length - 3 : 0, 2);
    if (length - 3 > 0xffff)
        put_number(e->out, length - 3, 4);
}

static void
put_match(encoder *e, uint32_t distance, uint32_t length)
{
    put_flag(e, 1);
    put_number(e->out, (distance - 1) << 3 | (length < 10 ? length - 3 : 7), 2);
    if (length >= 10)
        put_length(e, length);
}

/* The longest match among the last places where the same three bytes stood. */
static uint32_t
find_match(const uint8_t *data, uint32_t at, uint32_t size, const int32_t *last, const int32_t *before,
           uint32_t *distance)
{
    uint32_t best = 0;
    int32_t candidate = last[(data[at] * 2654435761u ^ data[at + 1] * 40503u ^ data[at + 2]) & 4095];

    for (unsigned tries = 0; candidate >= 0 && at - (uint32_t)candidate <= 8192 && tries < 16; tries++) {
        uint32_t n = 0;
        while (at + n < size && data[(uint32_t)candidate + n] == data[at + n])
            n++;
        if (n > best) {
            best = n;
            *distance = at - (uint32_t)candidate;
        }
        candidate = before[candidate];
    }
    return best;
}

static void
encode(GByteArray *out, const uint8_t *data, uint32_t size)
{
    encoder e = { .out = out, .flags_at = out->len };
    int32_t last[4096], *before = g_new(int32_t, size);

    memset(last, 0xff, sizeof last);
    put_number(out, 0, 4);
    for (uint32_t at = 0, n; at < size; at += n) {
        uint32_t distance = 0;
        n = at + 3 <= size ? find_match(data, at, size, last, before, &distance) : 0;
        if (n >= 3) {
            put_match(&e, distance, n);
        } else {
            n = 1;
            put_flag(&e, 0);
            g_byte_array_append(out, data + at, 1);
        }
        for (uint32_t i = at; i < at + n && i + 3 <= size; i++) {
            unsigned hash = (data[i] * 2654435761u ^ data[i + 1] * 40503u ^ data[i + 2]) & 4095;
            before[i] = last[hash];
            last[hash] = (int32_t)i;
        }
    }
    while (e.used < 32)
        put_flag(&e, 1);
    write_flags(&e);
    g_free(before);
}

static uint32_t random_state;

static uint32_t
next_random(void)
{
    return (random_state = random_state * 1664525u + 1013904223u) >> 8;
}

/* Runs, repetitions, text and noise in turn. */
static void
fill(uint8_t *data, uint32_t size)
{
    static const char text[] =
        "<UpdateIdentity UpdateID=\"9482f4b4-e343-43b6-b170-9a65bc822c77\" RevisionNumber=\"200\"/>";

    for (uint32_t at = 0; at < size;) {
        uint32_t n = 1 + next_random() % 700, kind = next_random() % 4, back = 1 + next_random() % 9000;
        for (uint32_t i = 0; i < n && at < size; i++, at++)
            data[at] = kind == 0   ? (uint8_t)'a'
                       : kind == 1 ? (uint8_t)text[i % (sizeof text - 1)]
                       : kind == 2 ? (uint8_t)next_random()
                       : at < back ? 0
                                   : data[at - back];
    }
}

static void
check_round_trip(const uint8_t *data, uint32_t size)
{
    GByteArray *packed = g_byte_array_new();
    uint8_t *out = g_malloc(size + 1);
    enum wu_xpress_fault fault;

    encode(packed, data, size);
    out[size] = 0xEE;
    CHECK_EQ(wu_xpress_lz77(wu_slice_of(packed->data, packed->len), out, size, &fault), size);
    CHECK_EQ(fault, WU_XPRESS_OK);
    CHECK(!memcmp(out, data, size));
    CHECK_EQ(out[size], 0xEE);
    g_byte_array_free(packed, TRUE);
    g_free(out);
}

static void
decodes_what_was_encoded(void)
{
    static uint8_t data[WU_XPRESS_MAX_BLOCK];

    random_state = 1;
    for (uint32_t size = 1; size < 200; size++) {
        fill(data, size);
        check_round_trip(data, size);
    }
    for (unsigned i = 0; i < 40; i++) {
        uint32_t size = 200 + next_random() % (WU_XPRESS_MAX_BLOCK - 200);
        fill(data, size);
        check_round_trip(data, size);
    }
    memset(data, 0, sizeof data);
    check_round_trip(data, WU_XPRESS_MAX_BLOCK);
}

/* A body as a server makes it: blocks of 16352 bytes, the last one stored where it does not get smaller. */
static GByteArray *
make_body(const uint8_t *data, uint32_t size)
{
    GByteArray *body = g_byte_array_new();

    for (uint32_t at = 0; at < size; at += 16352) {
        uint32_t n = size - at < 16352 ? size - at : 16352;
        GByteArray *packed = g_byte_array_new();
        encode(packed, data + at, n);
        bool stored = packed->len >= n;
        put_number(body, n, 4);
        put_number(body, stored ? n : packed->len, 4);
        g_byte_array_append(body, stored ? data + at : packed->data, stored ? n : packed->len);
        g_byte_array_free(packed, TRUE);
    }
    return body;
}

static void
decodes_bodies_cut_anywhere(void)
{
    static uint8_t data[50000];

    random_state = 2;
    fill(data, sizeof data);
    GByteArray *body = make_body(data, sizeof data);
    for (guint n = body->len; n > 0; n -= n > 97 ? 97 : n) {
        GByteArray *out = g_byte_array_new();
        wu_xpress_block block;
        size_t offset = 0;
        while (wu_xpress_decode(wu_slice_of(body->data, n), &offset, out, &block))
            CHECK(block.fault == WU_XPRESS_OK || (block.fault == WU_XPRESS_SHORT && offset == n));
        CHECK(block.fault == WU_XPRESS_OK || block.fault == WU_XPRESS_HEADER);
        CHECK(out->len <= sizeof data && !memcmp(out->data ? out->data : data, data, out->len));
        if (n == body->len)
            CHECK_EQ(out->len, sizeof data);
        g_byte_array_free(out, TRUE);
    }
    g_byte_array_free(body, TRUE);
}

static void
room_is_what_blocks_declare(void)
{
    static const uint8_t two[] = { 4, 0, 0, 0, 4, 0, 0, 0, 'a', 'b', 'c', 'd', 9, 0, 0, 0, 2, 0, 0, 0, 'e', 'f' };
    static const uint8_t liar[] = { 0xff, 0xff, 0, 0, 1, 0, 0, 0, 'a' };
    static const uint8_t broken[] = { 0, 0, 0, 0, 1, 0, 0, 0, 'a' };

    CHECK_EQ(wu_xpress_room(wu_slice_of(two, sizeof two)), 13);
    CHECK_EQ(wu_xpress_room(wu_slice_of(two, sizeof two - 1)), 13);
    CHECK_EQ(wu_xpress_room(wu_slice_of(two, 12)), 4);
    CHECK_EQ(wu_xpress_room(wu_slice_of(liar, sizeof liar)), sizeof liar * 8);
    CHECK_EQ(wu_xpress_room(wu_slice_of(broken, sizeof broken)), 0);
    CHECK_EQ(wu_xpress_room((wu_slice){ NULL, 0 }), 0);
}

const unit_case unit_xpress_cases[] = {
    { "xpress: room is what blocks declare", room_is_what_blocks_declare },
    { "xpress: decodes literals", decodes_literals },
    { "xpress: decodes short matches", decodes_short_matches },
    { "xpress: decodes nibbles", decodes_nibbles },
    { "xpress: decodes long matches", decodes_long_matches },
    { "xpress: decodes the example of the specification", decodes_the_example_of_the_specification },
    { "xpress: shares nibbles of long matches", shares_nibbles_of_long_matches },
    { "xpress: the last flag may be set", the_last_flag_may_be_set },
    { "xpress: refuses to overrun", refuses_to_overrun },
    { "xpress: refuses references before the beginning", refuses_references_before_the_beginning },
    { "xpress: notices the end inside a match", notices_the_end_inside_a_match },
    { "xpress: refuses lengths that are too short", refuses_lengths_that_are_too_short },
    { "xpress: decodes blocks", decodes_blocks },
    { "xpress: decodes stored blocks", decodes_stored_blocks },
    { "xpress: blocks are independent", blocks_are_independent },
    { "xpress: notices broken headers", notices_broken_headers },
    { "xpress: decodes what is there of a cut block", decodes_what_is_there_of_a_cut_block },
    { "xpress: goes on behind a broken block", goes_on_behind_a_broken_block },
    { "xpress: looks at blocks", looks_at_blocks },
    { "xpress: appends to what there is", appends_to_what_there_is },
    { "xpress: output is limited", output_is_limited },
    { "xpress: faults have texts", faults_have_texts },
    { "xpress: decodes what was encoded", decodes_what_was_encoded },
    { "xpress: decodes bodies cut anywhere", decodes_bodies_cut_anywhere },
    { NULL, NULL }
};
