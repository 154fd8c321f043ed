/* fuzz_log_line.c
 * Lines of logs: the first byte tells whether rows of all paths count and whether lines come in pieces.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "log_line.h"

static uint64_t
read_line(wu_log *log, wu_slice line, size_t context, uint64_t digest)
{
    wu_log_code code;
    unsigned n = 0;

    wu_log_line(log, line, context);
    HOLDS(log->columns <= WU_LOG_MAX_COLUMNS && log->codes <= WU_LOG_COLUMN_CODES);
    while (wu_log_next(log, &code)) {
        const wu_found *f = &code.found;
        HOLDS(f->length && f->offset <= line.n && f->length <= line.n - f->offset);
        HOLDS(f->space == WU_AS_HTTP_STATUS || !f->substatus);
        HOLDS(!code.reason || f->space == WU_AS_HTTP_STATUS);
        HOLDS(!f->extension || (f->extension_offset <= line.n && f->extension_length <= line.n - f->extension_offset));
        HOLDS(++n <= line.n + WU_LOG_COLUMN_CODES);
        digest = mix(mix(mix(digest, f->code), f->offset), f->length << 8 | (unsigned)f->space);
    }
    HOLDS(!wu_log_next(log, &code));
    return digest;
}

static uint64_t
read_log(wu_slice text, unsigned options)
{
    wu_log log = { .all = options & 1 };
    uint64_t digest = 0;
    size_t number = 0;

    for (size_t at = 0, end; at < text.n; at = end + 1, number++) {
        end = wu_slice_find_byte(text, at, '\n');
        wu_slice line = wu_slice_of(text.p + at, end - at);
        digest = read_line(&log, line, options & 2 && number % 3 == 2 ? line.n / 2 : 0, digest);
    }
    return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    wu_slice text = wu_slice_of(data + 1, size - 1);
    HOLDS(read_log(text, data[0]) == read_log(text, data[0]));
    return 0;
}
