/* xpress.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "xpress.h"

#define STEP 32u /* bytes that are copied at a time; as many literals may stand one behind the other */

static uint32_t
little32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t
little16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

/* The length of a match, [MS-XCA] 2.4.4: three bits, then a nibble that two matches share, then a byte, then 16 or 32
 * bits. False when the input ends. *nibble is where the free half of the last shared byte is, or 0. */
static bool
match_length(wu_slice in, size_t *position, size_t *nibble, uint32_t bits, uint32_t *length)
{
    size_t p = *position;
    uint32_t n = bits;

    if (n == 7) {
        if (*nibble) {
            n = in.p[*nibble] >> 4;
            *nibble = 0;
        } else {
            if (p >= in.n)
                return false;
            n = in.p[p] & 15;
            *nibble = p++;
        }
        if (n == 15) {
            if (p >= in.n)
                return false;
            n = in.p[p++];
            if (n == 255) {
                if (p + 2 > in.n)
                    return false;
                n = little16(in.p + p);
                p += 2;
                if (!n) {
                    if (p + 4 > in.n)
                        return false;
                    n = little32(in.p + p);
                    p += 4;
                    if (n > WU_XPRESS_MAX_BLOCK + 22) /* whatever it is, it is more than a block can hold */
                        n = WU_XPRESS_MAX_BLOCK + 22;
                }
                if (n < 15 + 7)
                    return false;
                n -= 15 + 7;
            }
            n += 15;
        }
        n += 7;
    }
    *position = p;
    *length = n + 3;
    return true;
}

/* Copies a match; source and destination overlap when the match repeats itself. `room`: bytes of out behind what is written. */
static void
copy_match(uint8_t *out, size_t written, uint32_t distance, uint32_t length, size_t room)
{
    const uint8_t *from = out + written - distance;
    uint8_t *to = out + written;

    if (distance >= STEP && room >= (size_t)length + STEP) { /* in steps that may go beyond the match: what follows writes over it */
        for (uint32_t i = 0; i < length; i += STEP)
            memcpy(to + i, from + i, STEP);
        return;
    }
    if (distance >= length) {
        memcpy(to, from, length);
        return;
    }
    while (length--)
        *to++ = *from++;
}

/* As many bytes as they are, of which input and room may have fewer; true when they had all. */
static bool
copy_literals(wu_slice in, size_t *position, uint8_t *out, size_t *written, size_t max, unsigned literals, enum wu_xpress_fault *fault)
{
    unsigned n = 0;

    if (*position + STEP <= in.n && *written + STEP <= max) { /* at once, as what follows writes over it */
        memcpy(out + *written, in.p + *position, STEP);
        n = literals;
    } else {
        for (; n < literals && *position + n < in.n && *written + n < max; n++)
            out[*written + n] = in.p[*position + n];
        if (n < literals && *position + n < in.n)
            *fault = WU_XPRESS_OVERRUN;
    }
    *position += n;
    *written += n;
    return n == literals;
}

size_t
wu_xpress_lz77(wu_slice in, uint8_t *out, size_t max, enum wu_xpress_fault *fault)
{
    size_t position = 0, written = 0, nibble = 0;
    uint32_t flags = 0;  /* those that are left, the next one at the top */
    unsigned left = 0;

    *fault = WU_XPRESS_OK;
    for (;;) {
        if (!left) {
            if (position + 4 > in.n)
                break;
            flags = little32(in.p + position);
            position += 4;
            left = 32;
        }
        unsigned literals = flags ? 32 - (unsigned)g_bit_storage(flags) : left; /* up to the next match, or all that are left */
        if (literals) {
            if (!copy_literals(in, &position, out, &written, max, literals, fault))
                break;
            left -= literals;
            if (!left)
                continue;
            flags <<= literals;
        }
        left--;
        flags <<= 1;
        uint32_t length;
        if (position == in.n) /* the end: a set flag without anything behind it */
            break;
        if (position + 2 > in.n) {
            *fault = WU_XPRESS_SHORT;
            break;
        }
        uint32_t match = little16(in.p + position);
        position += 2;
        if (!match_length(in, &position, &nibble, match & 7, &length)) {
            *fault = WU_XPRESS_SHORT;
            break;
        }
        uint32_t distance = (match >> 3) + 1;
        if (distance > written) {
            *fault = WU_XPRESS_REFERENCE;
            break;
        }
        if (length > max - written) {
            copy_match(out, written, distance, (uint32_t)(max - written), max - written);
            written = max;
            *fault = WU_XPRESS_OVERRUN;
            break;
        }
        copy_match(out, written, distance, length, max - written);
        written += length;
    }
    return written;
}

bool
wu_xpress_block_at(wu_slice body, size_t offset, wu_xpress_block *block)
{
    *block = (wu_xpress_block){ .offset = offset };
    if (offset >= body.n)
        return false;
    if (body.n - offset < 8) {
        block->fault = WU_XPRESS_HEADER;
        return false;
    }
    block->original = little32(body.p + offset);
    block->compressed = little32(body.p + offset + 4);
    if (!block->original || !block->compressed) {
        block->fault = WU_XPRESS_ZERO;
        return false;
    }
    if (block->original > WU_XPRESS_MAX_BLOCK || block->compressed > WU_XPRESS_MAX_BLOCK) {
        block->fault = WU_XPRESS_SIZE;
        return false;
    }
    size_t rest = body.n - offset - 8;
    block->present = rest < block->compressed ? (uint32_t)rest : block->compressed;
    block->stored = block->original == block->compressed;
    return true;
}

size_t
wu_xpress_room(wu_slice body)
{
    size_t likely = body.n < WU_XPRESS_MAX_OUTPUT / 8 ? body.n * 8 : WU_XPRESS_MAX_OUTPUT, declared = 0;
    wu_xpress_block block;

    for (size_t at = 0; declared < likely && wu_xpress_block_at(body, at, &block); at += 8 + block.present)
        declared += block.original;
    return declared < likely ? declared : likely;
}

static void
decode_block(wu_slice body, wu_xpress_block *block, uint8_t *out)
{
    wu_slice data = wu_slice_of(body.p + block->offset + 8, block->present);
    bool whole = block->present == block->compressed;

    block->fault = WU_XPRESS_OK;
    if (block->stored) {
        memcpy(out, data.p, data.n);
        block->decoded = (uint32_t)data.n;
    } else {
        block->decoded = (uint32_t)wu_xpress_lz77(data, out, block->original, &block->fault);
    }
    if (!whole)
        block->fault = WU_XPRESS_SHORT;
    else if (!block->fault && block->decoded < block->original)
        block->fault = WU_XPRESS_UNDERRUN;
}

bool
wu_xpress_decode(wu_slice body, size_t *offset, GByteArray *out, wu_xpress_block *block)
{
    guint before = out->len;

    if (!wu_xpress_block_at(body, *offset, block))
        return false;
    if (before + block->original > WU_XPRESS_MAX_OUTPUT) {
        block->fault = WU_XPRESS_LIMIT;
        return false;
    }
    g_byte_array_set_size(out, before + block->original);
    decode_block(body, block, out->data + before);
    g_byte_array_set_size(out, before + block->decoded);
    *offset += 8 + block->present;
    return true;
}

const char *
wu_xpress_fault_text(enum wu_xpress_fault fault)
{
    static const char *const texts[] = {
        [WU_XPRESS_OK] = "",
        [WU_XPRESS_HEADER] = "The compressed body ends inside a block header",
        [WU_XPRESS_ZERO] = "A block declares a size of 0",
        [WU_XPRESS_SIZE] = "A block declares a size beyond 65535 bytes, or something that is no block follows the last",
        [WU_XPRESS_SHORT] = "The compressed body ends inside a block",
        [WU_XPRESS_OVERRUN] = "A block expands beyond its declared size",
        [WU_XPRESS_UNDERRUN] = "A block expands to less than its declared size",
        [WU_XPRESS_REFERENCE] = "A block refers to data before its beginning",
        [WU_XPRESS_LIMIT] = "The compressed body holds more data than is decoded",
    };
    return texts[fault];
}
