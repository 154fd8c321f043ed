/* text.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>
#include <stdio.h>

#include "text.h"

/* ---- character sets ---- */

static bool
names_latin1(wu_slice encoding)
{
    static const char *const names[] = { "iso-8859-1", "iso8859-1", "latin1", "windows-1252", "iso-8859-15" };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (wu_slice_is_nocase(encoding, names[i]))
            return true;
    return false;
}

enum wu_charset
wu_text_charset(wu_slice body)
{
    if (body.n >= 2) {
        unsigned first = (unsigned)body.p[0] << 8 | body.p[1];
        if (first == 0xfffe || first == 0x3c00)
            return WU_UTF16_LE;
        if (first == 0xfeff || first == 0x003c)
            return WU_UTF16_BE;
    }
    while (body.n && wu_is_space(body.p[0]))
        body = wu_slice_from(body, 1);
    if (!wu_slice_begins_nocase(body, "<?xml"))
        return WU_UTF8;

    wu_slice declaration = wu_slice_of(body.p, wu_slice_find_byte(body, 0, '>'));
    size_t at = wu_slice_find(declaration, 0, "encoding");
    for (; at < declaration.n; at++)
        if (declaration.p[at] == '"' || declaration.p[at] == '\'') {
            size_t end = wu_slice_find_byte(declaration, at + 1, declaration.p[at]);
            return names_latin1(wu_slice_of(declaration.p + at + 1, end - at - 1)) ? WU_LATIN1 : WU_UTF8;
        }
    return WU_UTF8;
}

/* Writes a code point as UTF-8 into four bytes of room; returns its length. What is no character becomes U+FFFD. */
static size_t
put_utf8(uint32_t c, uint8_t *out)
{
    if (!c || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = 0xfffd;
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

size_t
wu_text_from_utf16(wu_slice text, bool big_endian, uint8_t *out, size_t max)
{
    size_t written = 0;

    for (size_t i = 0; i + 1 < text.n; i += 2) {
        uint32_t c = big_endian ? (uint32_t)text.p[i] << 8 | text.p[i + 1] : (uint32_t)text.p[i + 1] << 8 | text.p[i];
        if (c == 0xfeff && !i)
            continue;
        if (c >= 0xd800 && c <= 0xdbff && i + 3 < text.n) {
            uint32_t low = big_endian ? (uint32_t)text.p[i + 2] << 8 | text.p[i + 3]
                                      : (uint32_t)text.p[i + 3] << 8 | text.p[i + 2];
            if (low >= 0xdc00 && low <= 0xdfff) {
                c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
                i += 2;
            }
        }
        uint8_t bytes[4];
        size_t n = put_utf8(c, bytes);
        if (written + n <= max)
            memcpy(out + written, bytes, n);
        written += n;
    }
    return written;
}

/* The length of the UTF-8 character at p, or 0 when there is none. */
static size_t
utf8_length(const uint8_t *p, size_t n)
{
    size_t length = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
                    : p[0] >= 0xf0 && p[0] < 0xf5                                               ? 4 : 0;
    if (!length || length > n)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return length;
}

/* An entity at the beginning of s: its length, and the character. 0 when it is none. */
static size_t
read_entity(wu_slice s, uint32_t *c)
{
    static const struct { const char *text; char c; } entities[] = {
        { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' }
    };

    for (unsigned i = 0; i < sizeof entities / sizeof *entities; i++) {
        size_t n = strlen(entities[i].text);
        if (s.n >= n && !memcmp(s.p, entities[i].text, n)) {
            *c = (uint8_t)entities[i].c;
            return n;
        }
    }
    if (s.n < 4 || s.p[1] != '#')
        return 0;
    bool hex = wu_lower(s.p[2]) == 'x';
    size_t i = hex ? 3 : 2, first = i;
    uint32_t code = 0;
    for (; i < s.n && i < 12; i++) {
        int digit = hex ? wu_hex_digit(s.p[i]) : wu_is_digit(s.p[i]) ? s.p[i] - '0' : -1;
        if (digit < 0)
            break;
        code = code * (hex ? 16 : 10) + (uint32_t)digit;
        if (code > 0x10ffff)
            code = 0x110000;
    }
    if (i == first || i == s.n || s.p[i] != ';')
        return 0;
    *c = code;
    return i + 1;
}

size_t
wu_text_decode(wu_slice value, enum wu_text_form form, enum wu_charset charset, char *out, size_t max)
{
    size_t written = 0, used;

    for (size_t i = 0; i < value.n; i += used) {
        uint8_t bytes[4];
        uint32_t c = value.p[i];
        size_t n;

        used = 1;
        if (c == '&' && form == WU_TEXT_ESCAPED && (n = read_entity(wu_slice_from(value, i), &c)) > 0) {
            used = n;
            n = put_utf8(c, bytes);
        } else if (c == 0 || (c >= 0x80 && charset == WU_LATIN1)) {
            n = put_utf8(c, bytes);
        } else {
            n = utf8_length(value.p + i, value.n - i);
            if (n) {
                used = n;
                memcpy(bytes, value.p + i, n);
            } else {
                n = put_utf8(0xfffd, bytes);
            }
        }
        if (written + n + 1 > max)
            break;
        memcpy(out + written, bytes, n);
        written += n;
    }
    out[written] = '\0';
    return written;
}

size_t
wu_text_unescape(wu_slice value, uint8_t *out)
{
    size_t written = 0, i = 0;

    while (i < value.n) {
        size_t entity = wu_slice_find_byte(value, i, '&');
        uint32_t c;

        memmove(out + written, value.p + i, entity - i);
        written += entity - i;
        if (entity == value.n)
            break;
        size_t used = read_entity(wu_slice_from(value, entity), &c);
        if (used) {
            written += put_utf8(c, out + written); /* no entity is shorter than its character */
        } else {
            out[written++] = '&';
            used = 1;
        }
        i = entity + used;
    }
    return written;
}

/* ---- for a screen ---- */

size_t
wu_text_steering(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    if (c[0] < 0x80)
        return c[0] && (c[0] < 0x20 || c[0] == 0x7f);
    if (c[0] == 0xc2 || c[0] == 0xd8) /* U+0080 to U+009F; U+061C */
        return c[0] == 0xc2 ? (c[1] >= 0x80 && c[1] <= 0x9f) * 2u : (c[1] == 0x9c) * 2u;
    if (c[0] == 0xe2 && c[1] == 0x80) /* U+200E, U+200F; U+2028 to U+202E */
        return (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae)) * 3u;
    if (c[0] == 0xe2 && c[1] == 0x81) /* U+2060 to U+206F */
        return (c[2] >= 0xa0 && c[2] <= 0xaf) * 3u;
    return (c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf) * 3u; /* U+FEFF */
}

void
wu_text_calm(char *text)
{
    char *out = text;

    while (*text) {
        size_t n = wu_text_steering(text);
        if (n == 3) {
            memcpy(out, "\xef\xbf\xbd", 3);
            out += 3;
        } else {
            char shown = ' ';
            if (!n)
                shown = *text;
            *out++ = shown;
        }
        text += n ? n : 1;
    }
    *out = '\0';
}

/* ---- values ---- */

static int
base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (wu_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes as much as fits and counts all of it. False when the text is no base64. */
static bool
base64_run(wu_slice value, uint8_t *out, size_t max, size_t *length)
{
    uint32_t bits = 0;
    unsigned held = 0, padding = 0;
    size_t n = 0;

    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        int digit = base64_digit(c);

        if (wu_is_space(c))
            continue;
        if (c == '=' && padding < 2) {
            padding++;
            continue;
        }
        if (digit < 0 || padding)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (n < max)
                out[n] = (uint8_t)(bits >> held);
            n++;
        }
    }
    *length = n;
    return true;
}

static const uint8_t is_base64_digit[256] = {
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1,
    ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1,
    ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1,
    ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1,
    ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,
    ['y'] = 1, ['z'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
    ['8'] = 1, ['9'] = 1, ['+'] = 1, ['/'] = 1
};

size_t
wu_text_base64_length(wu_slice value)
{
    size_t length = value.n, run = 0;

    while (length > 0 && value.n - length < 2 && value.p[length - 1] == '=')
        length--;
    while (run < length && is_base64_digit[value.p[run]])
        run++;
    if (run == length) /* as programs write it: without blanks */
        return length * 3 / 4;
    return base64_run(value, NULL, 0, &length) ? length : value.n;
}

size_t
wu_text_base64(wu_slice value, uint8_t *out, size_t max)
{
    size_t length;

    if (!base64_run(value, out, max, &length))
        return 0;
    return length < max ? length : max;
}

bool
wu_text_guid(wu_slice value, uint8_t guid[16])
{
    size_t n = 0;

    value = wu_slice_trim(value);
    if (value.n == 38 && value.p[0] == '{' && value.p[37] == '}')
        value = wu_slice_of(value.p + 1, 36);
    if (value.n != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (value.p[i] != '-')
                return false;
            continue;
        }
        int high = wu_hex_digit(value.p[i]), low = wu_hex_digit(value.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        guid[n++] = (uint8_t)(high << 4 | low);
        i++;
    }
    return true;
}

/* `count` digits at offset as a number, or -1. */
static int
digits(wu_slice s, size_t offset, size_t count)
{
    int v = 0;

    if (offset + count > s.n)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!wu_is_digit(s.p[offset + i]))
            return -1;
        v = v * 10 + (s.p[offset + i] - '0');
    }
    return v;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, which is taken as valid for all years. */
static int64_t
days_of(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* The zone after a time: Z, +hh:mm, -hh:mm or nothing, as seconds to take away. */
static bool
read_zone(wu_slice s, int *offset)
{
    *offset = 0;
    if (!s.n || wu_slice_is(s, "Z") || wu_slice_is(s, "z"))
        return true;
    int hours = digits(s, 1, 2), minutes = digits(s, 4, 2);
    if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' || hours < 0 || hours > 14 || minutes < 0 ||
        minutes > 59)
        return false;
    *offset = (hours * 60 + minutes) * 60 * (s.p[0] == '-' ? -1 : 1);
    return true;
}

static int
days_in_month(int year, int month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool
wu_text_time(wu_slice value, int64_t *seconds, int32_t *nanoseconds)
{
    int hour = 0, minute = 0, second = 0, zone = 0;
    size_t at = 10;

    value = wu_slice_trim(value);
    int year = digits(value, 0, 4), month = digits(value, 5, 2), day = digits(value, 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || value.p[4] != '-' ||
        value.p[7] != '-')
        return false;
    *nanoseconds = 0;
    if (value.n > 10 && value.p[10] == 'T') {
        hour = digits(value, 11, 2);
        minute = digits(value, 14, 2);
        second = digits(value, 17, 2);
        if (hour < 0 || hour > 24 || (hour == 24 && (minute || second)) || minute < 0 || minute > 59 || second < 0 ||
            second > 60 || value.p[13] != ':' || value.p[16] != ':')
            return false;
        at = 19;
        if (at < value.n && value.p[at] == '.') {
            int32_t scale = 100000000;
            for (at++; at < value.n && wu_is_digit(value.p[at]); at++, scale /= 10)
                *nanoseconds += (value.p[at] - '0') * scale;
        }
    }
    if (!read_zone(wu_slice_from(value, at), &zone))
        return false;
    *seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - zone;
    return true;
}

typedef struct {
    int64_t year;
    int month, day, second; /* month and day from 0; second of the day */
} calendar;

static calendar
calendar_of(int64_t seconds)
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0), left = seconds % 86400 + (seconds % 86400 < 0 ? 86400 : 0);
    /* years begin with March and periods of 400 years with one that divides by 400: leap days come last in both */
    int64_t since = days + 719468, period = since / 146097 - (since % 146097 < 0), day = since - period * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;

    day -= year * 365 + year / 4 - year / 100;
    int64_t month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month = month < 10 ? month + 2 : month - 10;
    year += period * 400 + (month < 2);
    return (calendar){ year, (int)month, (int)day, (int)left };
}

void
wu_text_from_time(int64_t seconds, int32_t nanoseconds, char *out)
{
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    calendar c = calendar_of(seconds);

    snprintf(out, WU_TIME_TEXT, "%s %2d, %" PRId64 " %02d:%02d:%02d.%09" PRId32 " UTC", months[c.month], c.day + 1, c.year,
             c.second / 3600, c.second / 60 % 60, c.second % 60, nanoseconds);
}

char *
wu_text_utc(int64_t seconds, int32_t microseconds, char *out)
{
    *out = '\0';
    if (seconds < -62135596800 || seconds > 253402300799 || microseconds < 0 || microseconds > 999999)
        return out; /* years from 1 to 9999 */
    calendar c = calendar_of(seconds);
    snprintf(out, WU_UTC_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (int)c.year, c.month + 1, c.day + 1, c.second / 3600,
             c.second / 60 % 60, c.second % 60, (int)microseconds);
    return out;
}

bool
wu_text_bool(wu_slice value, bool *result)
{
    value = wu_slice_trim(value);
    *result = wu_slice_is_nocase(value, "true") || wu_slice_is(value, "1");
    return *result || wu_slice_is_nocase(value, "false") || wu_slice_is(value, "0");
}
