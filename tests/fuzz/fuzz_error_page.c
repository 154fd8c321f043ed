/* fuzz_error_page.c
 * Error pages and URLs of Watson; the first byte tells the status.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "error_page.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t statuses[] = { 401, 403, 404, 500, 502, 503 };
    wu_error_page page;
    wu_slice where;
    uint32_t code;

    if (!size)
        return 0;
    wu_slice body = wu_slice_of(data + 1, size - 1);
    wu_error_page_read(body, statuses[data[0] % 6], &page);
    HOLDS(page.codes <= WU_PAGE_MAX_CODES && page.substatus <= 999);
    HOLDS(!page.substatus || (page.substatus_length >= 5 && page.substatus_offset + page.substatus_length <= body.n));
    HOLDS(!page.exception.n || (page.exception.p >= body.p && page.exception.p + page.exception.n <= body.p + body.n));
    for (unsigned i = 0; i < page.codes; i++)
        HOLDS(page.code[i].length && page.code[i].offset + page.code[i].length <= body.n);
    if (wu_watson_code(body, &code, &where))
        HOLDS(where.n == 8 && where.p >= body.p && where.p + 8 <= body.p + body.n && code & 0x80000000u);
    return 0;
}
