/* fuzz_text.c
 * Character sets and values. The first two bytes choose what is done with the others, and the room for it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "text.h"

/* Out of its whole form, a text is cut at a character: what was written is a beginning of it and valid UTF-8. */
static void
check_decode(wu_slice value, enum wu_text_form form, enum wu_charset charset, size_t max)
{
    size_t room = value.n * 3 + 1;
    char *whole = g_malloc(room), *cut = g_malloc(max);
    size_t n = wu_text_decode(value, form, charset, whole, room);
    size_t m = wu_text_decode(value, form, charset, cut, max);

    HOLDS(n < room && strlen(whole) == n && g_utf8_validate(whole, (gssize)n, NULL));
    HOLDS(m < max && strlen(cut) == m && g_utf8_validate(cut, (gssize)m, NULL));
    HOLDS(m <= n && !memcmp(whole, cut, m));
    HOLDS(m == n || m + 4 >= max);
    g_free(whole);
    g_free(cut);
}

static void
check_utf16(wu_slice text, bool big_endian, size_t max)
{
    size_t need = wu_text_from_utf16(text, big_endian, NULL, 0);
    uint8_t *whole = g_malloc(need + 1), *cut = g_malloc(max);

    HOLDS(need <= text.n + text.n / 2);
    HOLDS(wu_text_from_utf16(text, big_endian, whole, need) == need);
    HOLDS(g_utf8_validate((const char *)whole, (gssize)need, NULL));
    HOLDS(wu_text_from_utf16(text, big_endian, cut, max) == need);
    g_free(whole);
    g_free(cut);
}

static void
check_unescape(wu_slice value)
{
    uint8_t *once = g_malloc(value.n ? value.n : 1), *twice = g_malloc(value.n ? value.n : 1);
    size_t n = wu_text_unescape(value, once);

    HOLDS(n <= value.n);
    HOLDS(wu_text_unescape(value, twice) == n && !memcmp(once, twice, n));
    if (!memchr(value.p, '&', value.n))
        HOLDS(n == value.n && !memcmp(once, value.p, n));
    g_free(once);
    g_free(twice);
}

static void
check_base64(wu_slice value, size_t max)
{
    size_t length = wu_text_base64_length(value);
    uint8_t *out = g_malloc(max ? max : 1);
    size_t n = wu_text_base64(value, out, max);

    HOLDS(length <= value.n);
    HOLDS(n <= max && n <= length);
    HOLDS(n == 0 || n == (length < max ? length : max));
    g_free(out);
}

static void
check_values(wu_slice value)
{
    uint8_t guid[16];
    int64_t seconds;
    int32_t nanoseconds;
    bool truth;

    wu_text_guid(value, guid);
    wu_text_bool(value, &truth);
    if (wu_text_time(value, &seconds, &nanoseconds)) {
        HOLDS(nanoseconds >= 0 && nanoseconds < 1000000000);
        HOLDS(seconds >= -62135596800 - 14 * 3600 && seconds < 253402300800 + 15 * 3600 + 86400);
    }
    HOLDS(wu_text_charset(value) <= WU_UTF16_BE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    wu_slice value = wu_slice_of(data + 2, size - 2);
    size_t max = data[1] + 1u;

    check_decode(value, data[0] & 1 ? WU_TEXT_PLAIN : WU_TEXT_ESCAPED, data[0] & 2 ? WU_LATIN1 : WU_UTF8, max);
    check_utf16(value, data[0] & 4, max);
    check_unescape(value);
    check_base64(value, max);
    check_values(value);
    return 0;
}
