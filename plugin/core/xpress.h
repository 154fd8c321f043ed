/* xpress.h
 * Content-Encoding: xpress, as WSUS uses it for its answers.
 *
 * Framing ([MS-WUSP] 2.1.1): blocks, each of a little endian 32-bit original size, a 32-bit compressed size and that
 * many bytes; both sizes at most 65535. Compression of a block: Plain LZ77 of [MS-XCA] 2.3 and 2.4. Observed on a real
 * server: a block whose two sizes are equal is stored, not compressed.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_XPRESS_H
#define WU_CORE_XPRESS_H

#include <glib.h>

#include "slice.h"

#define WU_XPRESS_MAX_BLOCK  65535u
#define WU_XPRESS_MAX_OUTPUT (32u * 1024u * 1024u) /* bytes that one body may decode to */

enum wu_xpress_fault {
    WU_XPRESS_OK,
    WU_XPRESS_HEADER,     /* the body ends inside a block header */
    WU_XPRESS_ZERO,       /* a size of 0 */
    WU_XPRESS_SIZE,       /* a size beyond 65535 */
    WU_XPRESS_SHORT,      /* the body ends inside a block's data */
    WU_XPRESS_OVERRUN,    /* a block would expand beyond its declared size */
    WU_XPRESS_UNDERRUN,   /* a block expands to less than its declared size */
    WU_XPRESS_REFERENCE,  /* a match reaches back before the beginning of its block */
    WU_XPRESS_LIMIT       /* more output than is decoded */
};

/* One block of a body. */
typedef struct {
    size_t offset;               /* of the block header in the body */
    uint32_t original, compressed; /* as declared */
    uint32_t present;            /* bytes of data that the body has for it */
    uint32_t decoded;            /* bytes decoded */
    bool stored;
    enum wu_xpress_fault fault;  /* what is wrong with this block */
} wu_xpress_block;

/* Reads the block header at offset without decoding. False at the end of the body, and where nothing can be decoded:
 * then block->fault tells why. */
bool wu_xpress_block_at(wu_slice body, size_t offset, wu_xpress_block *block);

/* How much room is good for what a body decodes to: what its blocks declare, but no more than a compressed text is likely to
 * grow to, and never more than WU_XPRESS_MAX_OUTPUT. */
size_t wu_xpress_room(wu_slice body);

/* Decodes the block at *offset, appends what it holds to out and moves *offset behind it. What could be decoded before a
 * fault is appended too. False at the end of the body and where no block can be: block->fault tells which. Never makes
 * out longer than WU_XPRESS_MAX_OUTPUT, and allocates no more than twice what was decoded plus a block. */
bool wu_xpress_decode(wu_slice body, size_t *offset, GByteArray *out, wu_xpress_block *block);

/* Plain LZ77 alone: decodes `in` into out (room for max bytes). Returns the bytes written and sets *fault; stops with
 * WU_XPRESS_OVERRUN instead of writing beyond max. */
size_t wu_xpress_lz77(wu_slice in, uint8_t *out, size_t max, enum wu_xpress_fault *fault);

/* A sentence on a fault, for people. */
const char *wu_xpress_fault_text(enum wu_xpress_fault fault);

#endif
