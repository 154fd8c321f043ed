/* fuzz_code_finder.c
 * Codes in free text, and the table behind them.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "code_finder.h"
#include "fuzz.h"
#include "setup_extension.h"

static void
check_readings(uint32_t code, enum wu_space space)
{
    wu_reading readings[WU_MAX_READINGS];
    size_t n = wu_code_readings(code, space, readings, WU_MAX_READINGS);

    HOLDS(n <= WU_MAX_READINGS);
    for (size_t i = 0; i < n; i++) {
        HOLDS(readings[i].symbol && readings[i].text && readings[i].hint);
        HOLDS(readings[i].family <= WU_FAMILY_MAX);
        HOLDS(!readings[i].success || !wu_code_is_error(code, space));
    }
}

/* The number as the form says that it stands there. */
static void
check_form(wu_slice text, const wu_found *found)
{
    char *token = g_strndup((const char *)text.p + found->offset, found->length);
    size_t first;

    switch (found->form) {
    case WU_FORM_HEX:
        HOLDS(found->length >= 3 && found->length <= 10 && g_ascii_strtoull(token + 2, NULL, 16) == found->code);
        break;
    case WU_FORM_BARE_HEX:
        HOLDS(found->length == 8 && g_ascii_strtoull(token, NULL, 16) == found->code && found->code & 0x80000000u);
        break;
    case WU_FORM_SIGNED:
        HOLDS(token[0] == '-' && (uint32_t)g_ascii_strtoll(token, NULL, 10) == found->code &&
              found->code & 0x80000000u);
        break;
    case WU_FORM_UNSIGNED:
        HOLDS(g_ascii_strtoull(token, NULL, 10) == found->code && found->code & 0x80000000u);
        break;
    case WU_FORM_NUMBER:
        HOLDS(found->length <= 10 && g_ascii_strtoull(token, NULL, 10) == found->code &&
              found->space == (found->code <= 0xffff ? WU_AS_WIN32 : WU_AS_HRESULT));
        break;
    case WU_FORM_STATUS:
        HOLDS(found->code >= 400 && found->code <= 599 && found->space == WU_AS_HTTP_STATUS && found->substatus <= 999);
        HOLDS(g_ascii_strtoull(token, NULL, 10) == found->code);
        break;
    case WU_FORM_SYMBOL:
        HOLDS(wu_code_by_name(wu_slice_text(token), &first) && wu_code_symbol_row(first)->value == found->code);
        break;
    }
    g_free(token);
}

static uint64_t
find_codes(wu_slice text, bool statuses)
{
    wu_finder finder;
    wu_found found;
    uint64_t digest = 0;
    size_t end = 0;
    uint32_t last = 0;
    bool any = false;

    wu_finder_start(&finder, text);
    finder.statuses = statuses;
    while (wu_finder_next(&finder, &found)) {
        HOLDS(found.length && found.offset >= end && found.offset <= text.n && found.length <= text.n - found.offset);
        HOLDS(!any || found.code != last || found.space == WU_AS_HTTP_STATUS || found.code <= 0xffff);
        check_form(text, &found);
        check_readings(found.code, found.space);
        end = found.offset + found.length;
        if (found.extension) {
            HOLDS(*wu_setup_phase(found.extension) && *wu_setup_operation(found.extension));
            HOLDS(found.extension_offset >= end && found.extension_length >= 5 && found.extension_offset <= text.n &&
                  found.extension_length <= text.n - found.extension_offset);
        }
        last = found.code;
        any = true;
        digest = mix(mix(mix(mix(digest, found.code), found.offset), found.length), found.space << 8 | found.form);
    }
    HOLDS(!wu_finder_next(&finder, &found));
    HOLDS(!any || wu_may_hold_code(text));
    return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice text = wu_slice_of(data, size);
    uint32_t code;
    int64_t number;

    HOLDS(find_codes(text, false) == find_codes(text, false));
    find_codes(text, true);
    if (wu_slice_code(text, &code)) {
        check_readings(code, WU_AS_HRESULT);
        check_readings(code, WU_AS_WIN32);
        check_readings(code, WU_AS_HTTP_STATUS);
    }
    wu_slice_int64(text, &number);
    wu_code_by_name(text, NULL);
    return 0;
}
