/* fuzz_xpress.c
 * Bodies with Content-Encoding: xpress, and the data of one block.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "xpress.h"

static void
check_block(wu_slice body, size_t before, size_t offset, const GByteArray *out, guint length,
            const wu_xpress_block *block)
{
    HOLDS(block->offset == before);
    HOLDS(block->original > 0 && block->original <= WU_XPRESS_MAX_BLOCK);
    HOLDS(block->compressed > 0 && block->compressed <= WU_XPRESS_MAX_BLOCK);
    HOLDS(block->present <= block->compressed);
    HOLDS(block->stored == (block->original == block->compressed));
    HOLDS(offset == before + 8 + block->present && offset <= body.n);
    HOLDS(block->decoded <= block->original);
    HOLDS(out->len == length + block->decoded);
    HOLDS(out->len <= WU_XPRESS_MAX_OUTPUT);
    HOLDS(*wu_xpress_fault_text(block->fault) == '\0' ? block->fault == WU_XPRESS_OK : block->fault != WU_XPRESS_OK);
    if (block->fault == WU_XPRESS_OK)
        HOLDS(block->decoded == block->original && block->present == block->compressed);
    if (block->present < block->compressed)
        HOLDS(block->fault == WU_XPRESS_SHORT && offset == body.n);
    if (block->fault == WU_XPRESS_OVERRUN)
        HOLDS(block->decoded == block->original);
    if (block->fault == WU_XPRESS_UNDERRUN)
        HOLDS(block->decoded < block->original);
}

static uint64_t
decode(wu_slice body)
{
    GByteArray *out = g_byte_array_new();
    wu_xpress_block block, looked;
    size_t offset = 0, before = 0;
    guint length = 0;

    for (;;) {
        bool there = wu_xpress_block_at(body, offset, &looked);
        if (!wu_xpress_decode(body, &offset, out, &block)) {
            HOLDS(!there || block.fault == WU_XPRESS_LIMIT);
            break;
        }
        HOLDS(there && looked.original == block.original && looked.present == block.present);
        check_block(body, before, offset, out, length, &block);
        before = offset;
        length = out->len;
    }
    HOLDS(offset == before);
    HOLDS(out->len == length);
    if (block.fault == WU_XPRESS_OK)
        HOLDS(offset == body.n);
    else
        HOLDS(block.fault == WU_XPRESS_HEADER || block.fault == WU_XPRESS_ZERO || block.fault == WU_XPRESS_SIZE ||
              block.fault == WU_XPRESS_LIMIT);
    uint64_t digest = mix(mix_bytes(0, wu_slice_of(out->data, out->len)), block.fault);
    g_byte_array_free(out, TRUE);
    return digest;
}

/* The room is of exactly the size that is said, so that AddressSanitizer sees a byte too many. */
static uint64_t
decode_data(wu_slice in, size_t max)
{
    uint8_t *out = g_malloc(max ? max : 1);
    enum wu_xpress_fault fault;
    size_t n = wu_xpress_lz77(in, out, max, &fault);

    HOLDS(n <= max);
    HOLDS(fault == WU_XPRESS_OK || fault == WU_XPRESS_SHORT || fault == WU_XPRESS_REFERENCE ||
          (fault == WU_XPRESS_OVERRUN && n == max));
    uint64_t digest = mix(mix_bytes(0, wu_slice_of(out, n)), fault);
    g_free(out);
    return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice body = wu_slice_of(data, size);

    HOLDS(decode(body) == decode(body));
    if (size > 2) {
        size_t max = data[0] | (size_t)data[1] << 8;
        wu_slice in = wu_slice_from(body, 2);
        HOLDS(decode_data(in, max) == decode_data(in, max));
    }
    return 0;
}
