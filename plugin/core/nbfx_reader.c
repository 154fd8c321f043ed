/* nbfx_reader.c
 * Long because it is one thing: every record of [MC-NBFX] by its type, from the byte to the event.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "nbfx_reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "tables.h"
#include "text.h"

/* Record types, [MC-NBFX] 2.2. Text records are even; the odd one after each closes its element as well. */
enum {
    REC_END_ELEMENT = 0x01,
    REC_COMMENT = 0x02,
    REC_ARRAY = 0x03,
    REC_SHORT_ATTRIBUTE = 0x04,
    REC_ATTRIBUTE = 0x05,
    REC_SHORT_DICTIONARY_ATTRIBUTE = 0x06,
    REC_DICTIONARY_ATTRIBUTE = 0x07,
    REC_SHORT_XMLNS = 0x08,
    REC_XMLNS = 0x09,
    REC_SHORT_DICTIONARY_XMLNS = 0x0a,
    REC_DICTIONARY_XMLNS = 0x0b,
    REC_PREFIX_DICTIONARY_ATTRIBUTE_A = 0x0c,
    REC_PREFIX_ATTRIBUTE_A = 0x26,
    REC_SHORT_ELEMENT = 0x40,
    REC_ELEMENT = 0x41,
    REC_SHORT_DICTIONARY_ELEMENT = 0x42,
    REC_DICTIONARY_ELEMENT = 0x43,
    REC_PREFIX_DICTIONARY_ELEMENT_A = 0x44,
    REC_PREFIX_ELEMENT_A = 0x5e,
    REC_LAST_ELEMENT = 0x77,
    REC_ZERO_TEXT = 0x80,
    REC_ONE_TEXT = 0x82,
    REC_FALSE_TEXT = 0x84,
    REC_TRUE_TEXT = 0x86,
    REC_INT8_TEXT = 0x88,
    REC_INT16_TEXT = 0x8a,
    REC_INT32_TEXT = 0x8c,
    REC_INT64_TEXT = 0x8e,
    REC_FLOAT_TEXT = 0x90,
    REC_DOUBLE_TEXT = 0x92,
    REC_DECIMAL_TEXT = 0x94,
    REC_DATETIME_TEXT = 0x96,
    REC_CHARS8_TEXT = 0x98,
    REC_CHARS16_TEXT = 0x9a,
    REC_CHARS32_TEXT = 0x9c,
    REC_BYTES8_TEXT = 0x9e,
    REC_BYTES16_TEXT = 0xa0,
    REC_BYTES32_TEXT = 0xa2,
    REC_START_LIST_TEXT = 0xa4,
    REC_END_LIST_TEXT = 0xa6,
    REC_EMPTY_TEXT = 0xa8,
    REC_DICTIONARY_TEXT = 0xaa,
    REC_UNIQUE_ID_TEXT = 0xac,
    REC_TIMESPAN_TEXT = 0xae,
    REC_UUID_TEXT = 0xb0,
    REC_UINT64_TEXT = 0xb2,
    REC_BOOL_TEXT = 0xb4,
    REC_UNICODE8_TEXT = 0xb6,
    REC_UNICODE16_TEXT = 0xb8,
    REC_UNICODE32_TEXT = 0xba,
    REC_QNAME_TEXT = 0xbc,
    REC_LAST_TEXT = 0xbd
};

static const char *const text_names[] = {
    "Zero", "One", "False", "True", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "Decimal", "DateTime",
    "Chars8", "Chars16", "Chars32", "Bytes8", "Bytes16", "Bytes32", "List", "List", "Empty", "Dictionary", "UniqueId",
    "TimeSpan", "UUID", "UInt64", "Bool", "UnicodeChars8", "UnicodeChars16", "UnicodeChars32", "QName"
};

#define is_text(id) ((id) >= REC_ZERO_TEXT && (id) <= REC_LAST_TEXT)
#define is_element(id) ((id) >= REC_SHORT_ELEMENT && (id) <= REC_LAST_ELEMENT)
#define is_attribute(id) ((id) >= REC_SHORT_ATTRIBUTE && (id) < REC_SHORT_ELEMENT)

/* ---- reading; every function returns false, with a remark, when the body ends too early ---- */

static bool
give_up(wu_nbfx_reader *r, unsigned remark)
{
    r->scope.remarks |= remark;
    r->position = r->body.n;
    return false;
}

static bool
read_bytes(wu_nbfx_reader *r, size_t n, wu_slice *bytes)
{
    if (n > r->body.n - r->position)
        return give_up(r, WU_XML_TRUNCATED);
    *bytes = wu_slice_of(r->body.p + r->position, n);
    r->position += n;
    return true;
}

/* A little endian number of up to eight bytes. */
static bool
read_number(wu_nbfx_reader *r, size_t n, uint64_t *value)
{
    wu_slice bytes;

    if (!read_bytes(r, n, &bytes))
        return false;
    *value = 0;
    for (size_t i = n; i > 0; i--)
        *value = *value << 8 | bytes.p[i - 1];
    return true;
}

/* MultiByteInt31, [MC-NBFX] 2.1.2: at most five bytes, seven bits each. */
static bool
read_int31(wu_nbfx_reader *r, uint32_t *value)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint64_t byte;
        if (!read_number(r, 1, &byte))
            return false;
        v |= (byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *value = (uint32_t)v;
            return v <= 0x7fffffff || give_up(r, WU_XML_MALFORMED);
        }
    }
    return give_up(r, WU_XML_MALFORMED);
}

static bool
read_string(wu_nbfx_reader *r, wu_slice *string)
{
    uint32_t n;
    return read_int31(r, &n) && read_bytes(r, n, string);
}

/* A name that stands for an id the dictionaries do not hold. Each is kept once, as long as the reader. */
static wu_slice
made_name(wu_nbfx_reader *r, const char *what, uint32_t id)
{
    char name[32];
    int n = snprintf(name, sizeof name, "[%s %u]", what, id);

    if (!r->names)
        r->names = g_string_chunk_new(256);
    return wu_slice_of(g_string_chunk_insert_const(r->names, name), (size_t)n);
}

/* DictionaryString: even ids are of the static dictionary, odd ones of the session's. */
static bool
read_dictionary(wu_nbfx_reader *r, wu_slice *string)
{
    uint32_t id;

    if (!read_int31(r, &id))
        return false;
    if (id & 1) {
        r->scope.remarks |= WU_XML_SESSION;
        *string = made_name(r, "session", id);
    } else if (id / 2 >= WU_N_NBFS) {
        r->scope.remarks |= WU_XML_MALFORMED;
        *string = made_name(r, "static", id);
    } else {
        *string = wu_slice_text(wu_text(wu_nbfs_strings[id / 2]));
    }
    return true;
}

/* ---- values ---- */

static bool
small_text(const wu_nbfx_reader *r, wu_slice *value, int length)
{
    *value = wu_slice_of(r->small, length < 0 ? 0 : (size_t)length);
    return true;
}

static bool
read_integer(wu_nbfx_reader *r, size_t bytes, wu_slice *value)
{
    uint64_t v;

    if (!read_number(r, bytes, &v))
        return false;
    int64_t sign = (int64_t)(v << (64 - 8 * bytes)) >> (64 - 8 * bytes);
    return small_text(r, value, snprintf(r->small, sizeof r->small, "%" PRId64, sign));
}

/* As xsd:float and xsd:double write it: the least digits that give the number again. */
static int
write_float(char *out, size_t room, double d, bool single)
{
    int n = 0;

    if (isnan(d))
        return snprintf(out, room, "NaN");
    if (isinf(d))
        return snprintf(out, room, d < 0 ? "-INF" : "INF");
    for (int digits = single ? 6 : 15; digits <= (single ? 9 : 17); digits++) {
        n = snprintf(out, room, "%.*g", digits, d);
        double again = g_ascii_strtod(out, NULL);
        if (single ? (float)again == (float)d : again == d)
            break;
    }
    return n;
}

static bool
read_float(wu_nbfx_reader *r, bool single, wu_slice *value)
{
    uint64_t bits;
    double d;

    if (!read_number(r, single ? 4 : 8, &bits))
        return false;
    if (single) {
        uint32_t bits32 = (uint32_t)bits;
        float f;
        memcpy(&f, &bits32, sizeof f);
        d = (double)f;
    } else {
        memcpy(&d, &bits, sizeof d);
    }
    return small_text(r, value, write_float(r->small, sizeof r->small, d, single));
}

/* Decimal, [MC-OAUT] 2.2.26: 96 bits and a power of ten. Divides the number as six 16-bit digits. */
static bool
read_decimal(wu_nbfx_reader *r, wu_slice *value)
{
    wu_slice b;
    uint16_t part[6];
    char reverse[48];
    size_t n = 0, out = 0;

    if (!read_bytes(r, 16, &b))
        return false;
    unsigned scale = b.p[2];
    bool negative = (b.p[3] & 0x80) != 0;
    if (scale > 28) {
        r->scope.remarks |= WU_XML_MALFORMED;
        scale = 28;
    }
    for (unsigned i = 0; i < 6; i++) { /* most significant first: high 32 bits, then the low 64 */
        size_t at = i < 2 ? 6 - 2 * i : 14 - 2 * (i - 2);
        part[i] = (uint16_t)(b.p[at] | b.p[at + 1] << 8);
    }
    for (bool left = true; left || n <= scale;) {
        uint32_t rest = 0;
        left = false;
        for (unsigned i = 0; i < 6; i++) {
            rest = rest << 16 | part[i];
            part[i] = (uint16_t)(rest / 10);
            rest %= 10;
            left |= part[i] != 0;
        }
        reverse[n++] = (char)('0' + rest);
    }
    if (negative)
        r->small[out++] = '-';
    while (n) {
        r->small[out++] = reverse[--n];
        if (n == scale && n)
            r->small[out++] = '.';
    }
    return small_text(r, value, (int)out);
}

/* The 100 ns of a second as ".5": without zeros at the end, and nothing for none. */
static int
write_fraction(char *out, size_t room, uint64_t fraction)
{
    int n;

    if (!fraction)
        return 0;
    n = snprintf(out, room, ".%07u", (unsigned)fraction);
    while (out[n - 1] == '0')
        n--;
    out[n] = '\0';
    return n;
}

/* Year, month and day of a day counted from 0001-01-01. */
static void
split_days(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    /* counted from 0000-03-01, where leap days fall at the end of a year */
    uint64_t n = days + 306, era = n / 146097, of_era = n % 146097;
    uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t m = (5 * of_year + 2) / 153;

    *day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
    *month = (unsigned)(m < 10 ? m + 3 : m - 9);
    *year = (unsigned)(year_of_era + era * 400 + (*month <= 2));
}

/* DateTime, [MC-NBFX] 2.2.3.12: 62 bits of 100 ns since 0001-01-01, two bits for the zone. */
static bool
read_datetime(wu_nbfx_reader *r, wu_slice *value)
{
    static const char *const zones[] = { "", "Z", "", "" };
    uint64_t v;
    unsigned year, month, day;

    if (!read_number(r, 8, &v))
        return false;
    unsigned zone = (unsigned)(v >> 62);
    if (zone > 2)
        r->scope.remarks |= WU_XML_MALFORMED;
    v &= 0x3fffffffffffffffull;
    if (v > 3155378975999999999ull) {
        r->scope.remarks |= WU_XML_MALFORMED;
        v = 3155378975999999999ull;
    }
    uint64_t seconds = v / 10000000, fraction = v % 10000000;
    split_days(seconds / 86400, &year, &month, &day);
    seconds %= 86400;
    int n = snprintf(r->small, sizeof r->small, "%04u-%02u-%02uT%02u:%02u:%02u", year, month, day,
                     (unsigned)(seconds / 3600), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
    n += write_fraction(r->small + n, sizeof r->small - (size_t)n, fraction);
    n += snprintf(r->small + n, sizeof r->small - (size_t)n, "%s", zones[zone]);
    return small_text(r, value, n);
}

/* "5M", or nothing for none. */
static int
write_part(char *out, size_t room, uint64_t number, char unit)
{
    return number ? snprintf(out, room, "%" PRIu64 "%c", number, unit) : 0;
}

/* TimeSpan as xsd:duration, [MC-NBFX] 2.2.3.22: parts that are zero are left out. */
static bool
read_timespan(wu_nbfx_reader *r, wu_slice *value)
{
    uint64_t v;

    if (!read_number(r, 8, &v))
        return false;
    bool negative = (v >> 63) != 0;
    if (negative)
        v = -v;
    uint64_t seconds = v / 10000000, fraction = v % 10000000;
    char *out = r->small;
    size_t room = sizeof r->small;
    int n = snprintf(out, room, "%sP", negative ? "-" : "");
    n += write_part(out + n, room - (size_t)n, seconds / 86400, 'D');
    if (seconds % 86400 || fraction || !v)
        n += snprintf(out + n, room - (size_t)n, "T");
    n += write_part(out + n, room - (size_t)n, seconds / 3600 % 24, 'H');
    n += write_part(out + n, room - (size_t)n, seconds / 60 % 60, 'M');
    if (seconds % 60 || fraction || !v) {
        n += snprintf(out + n, room - (size_t)n, "%u", (unsigned)(seconds % 60));
        n += write_fraction(out + n, room - (size_t)n, fraction);
        n += snprintf(out + n, room - (size_t)n, "S");
    }
    return small_text(r, value, n);
}

static bool
read_guid(wu_nbfx_reader *r, const char *before, wu_slice *value)
{
    wu_slice g;

    if (!read_bytes(r, 16, &g))
        return false;
    int n = snprintf(r->small, sizeof r->small,
                     "%s%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", before, g.p[3], g.p[2],
                     g.p[1], g.p[0], g.p[5], g.p[4], g.p[7], g.p[6], g.p[8], g.p[9], g.p[10], g.p[11], g.p[12],
                     g.p[13], g.p[14], g.p[15]);
    return small_text(r, value, n);
}

static wu_slice
scratch_text(wu_nbfx_reader *r, const void *bytes, size_t n)
{
    if (!r->scratch)
        r->scratch = g_byte_array_new();
    g_byte_array_append(r->scratch, bytes, (guint)n);
    return wu_slice_of(r->scratch->data, r->scratch->len);
}

static void
scratch_clear(wu_nbfx_reader *r)
{
    if (r->scratch)
        g_byte_array_set_size(r->scratch, 0);
}

/* A length of 1, 2 or 4 bytes and as many bytes. */
static bool
read_counted(wu_nbfx_reader *r, unsigned size, wu_slice *bytes)
{
    uint64_t n;
    return read_number(r, size, &n) && read_bytes(r, (size_t)n, bytes);
}

static bool
read_base64(wu_nbfx_reader *r, unsigned size, wu_slice *value, wu_slice *raw)
{
    if (!read_counted(r, size, raw))
        return false;
    char *base64 = g_base64_encode(raw->p, raw->n < WU_NBFX_MAX_BASE64 ? raw->n : WU_NBFX_MAX_BASE64);
    *value = scratch_text(r, base64, strlen(base64));
    g_free(base64);
    return true;
}

static bool
read_unicode(wu_nbfx_reader *r, unsigned size, wu_slice *value)
{
    wu_slice bytes;

    if (!read_counted(r, size, &bytes))
        return false;
    size_t n = wu_text_from_utf16(bytes, false, NULL, 0);
    uint8_t *utf8 = g_malloc(n + 1);
    wu_text_from_utf16(bytes, false, utf8, n);
    *value = scratch_text(r, utf8, n);
    g_free(utf8);
    return true;
}

static bool
read_qname(wu_nbfx_reader *r, wu_slice *value)
{
    uint64_t prefix;
    wu_slice name;

    if (!read_number(r, 1, &prefix) || !read_dictionary(r, &name))
        return false;
    if (prefix > 25)
        r->scope.remarks |= WU_XML_MALFORMED;
    char before[2] = { (char)('a' + (prefix > 25 ? 25 : prefix)), ':' };
    scratch_text(r, before, sizeof before);
    *value = scratch_text(r, name.p, name.n);
    return true;
}

/* The value of a text record whose type byte, made even, is `type`. */
static bool
read_value(wu_nbfx_reader *r, uint8_t type, wu_slice *value, wu_slice *raw)
{
    uint64_t v;

    *raw = (wu_slice){ NULL, 0 };
    switch (type) {
    case REC_ZERO_TEXT:
        *value = wu_slice_text("0");
        return true;
    case REC_ONE_TEXT:
        *value = wu_slice_text("1");
        return true;
    case REC_FALSE_TEXT:
        *value = wu_slice_text("false");
        return true;
    case REC_TRUE_TEXT:
        *value = wu_slice_text("true");
        return true;
    case REC_INT8_TEXT:
        return read_integer(r, 1, value);
    case REC_INT16_TEXT:
        return read_integer(r, 2, value);
    case REC_INT32_TEXT:
        return read_integer(r, 4, value);
    case REC_INT64_TEXT:
        return read_integer(r, 8, value);
    case REC_FLOAT_TEXT:
        return read_float(r, true, value);
    case REC_DOUBLE_TEXT:
        return read_float(r, false, value);
    case REC_DECIMAL_TEXT:
        return read_decimal(r, value);
    case REC_DATETIME_TEXT:
        return read_datetime(r, value);
    case REC_CHARS8_TEXT:
        return read_counted(r, 1, value);
    case REC_CHARS16_TEXT:
        return read_counted(r, 2, value);
    case REC_CHARS32_TEXT:
        return read_counted(r, 4, value);
    case REC_BYTES8_TEXT:
        return read_base64(r, 1, value, raw);
    case REC_BYTES16_TEXT:
        return read_base64(r, 2, value, raw);
    case REC_BYTES32_TEXT:
        return read_base64(r, 4, value, raw);
    case REC_EMPTY_TEXT:
        *value = wu_slice_text("");
        return true;
    case REC_DICTIONARY_TEXT:
        return read_dictionary(r, value);
    case REC_UNIQUE_ID_TEXT:
        return read_guid(r, "urn:uuid:", value);
    case REC_TIMESPAN_TEXT:
        return read_timespan(r, value);
    case REC_UUID_TEXT:
        return read_guid(r, "", value);
    case REC_UINT64_TEXT:
        return read_number(r, 8, &v) &&
               small_text(r, value, snprintf(r->small, sizeof r->small, "%" PRIu64, v));
    case REC_BOOL_TEXT:
        if (!read_number(r, 1, &v))
            return false;
        if (v > 1)
            r->scope.remarks |= WU_XML_MALFORMED;
        *value = wu_slice_text(v ? "true" : "false");
        return true;
    case REC_UNICODE8_TEXT:
        return read_unicode(r, 1, value);
    case REC_UNICODE16_TEXT:
        return read_unicode(r, 2, value);
    case REC_UNICODE32_TEXT:
        return read_unicode(r, 4, value);
    case REC_QNAME_TEXT:
        return read_qname(r, value);
    default:
        return give_up(r, WU_XML_MALFORMED);
    }
}

/* StartList ... EndList: the values, separated by blanks, as one text. */
static bool
read_list(wu_nbfx_reader *r, wu_slice *value, wu_slice *raw)
{
    GString *list = g_string_new(NULL);
    uint64_t type;
    bool ok;

    while ((ok = read_number(r, 1, &type)) && type != REC_END_LIST_TEXT && type != REC_END_LIST_TEXT + 1) {
        wu_slice item;
        scratch_clear(r);
        if (!is_text(type) || (type & 1) || type == REC_START_LIST_TEXT) {
            ok = give_up(r, WU_XML_MALFORMED);
            break;
        }
        if (!(ok = read_value(r, (uint8_t)type, &item, raw)))
            break;
        if (list->len)
            g_string_append_c(list, ' ');
        g_string_append_len(list, (const char *)item.p, (gssize)item.n);
    }
    scratch_clear(r);
    *value = scratch_text(r, list->str, list->len);
    *raw = (wu_slice){ NULL, 0 };
    g_string_free(list, TRUE);
    r->end_now = ok && (type & 1); /* EndListText with end */
    return ok;
}

/* The text record at the position, type byte included. */
static bool
read_text_record(wu_nbfx_reader *r, wu_event *event)
{
    uint64_t id;

    scratch_clear(r);
    if (!read_number(r, 1, &id))
        return false;
    if (!is_text(id))
        return give_up(r, WU_XML_MALFORMED);
    event->form = WU_TEXT_PLAIN;
    event->record = text_names[(id - REC_ZERO_TEXT) / 2];
    if ((id & ~1ull) == REC_START_LIST_TEXT)
        return read_list(r, &event->value, &event->raw);
    r->end_now = (id & 1) != 0;
    return read_value(r, (uint8_t)(id & ~1ull), &event->value, &event->raw);
}

/* ---- elements and attributes ---- */

static bool
read_prefix_letter(uint8_t id, uint8_t first, wu_slice *prefix)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    *prefix = wu_slice_of(letters + (id - first), 1);
    return true;
}

static bool
read_element_name(wu_nbfx_reader *r, uint8_t id, wu_slice *prefix, wu_slice *name)
{
    *prefix = wu_slice_of(r->body.p, 0);
    if (id >= REC_PREFIX_ELEMENT_A)
        return read_prefix_letter(id, REC_PREFIX_ELEMENT_A, prefix) && read_string(r, name);
    if (id >= REC_PREFIX_DICTIONARY_ELEMENT_A)
        return read_prefix_letter(id, REC_PREFIX_DICTIONARY_ELEMENT_A, prefix) && read_dictionary(r, name);
    if ((id == REC_ELEMENT || id == REC_DICTIONARY_ELEMENT) && !read_string(r, prefix))
        return false;
    return id <= REC_ELEMENT ? read_string(r, name) : read_dictionary(r, name);
}

/* Prefix and name of an attribute record, whose id has been read; *xmlns for the four xmlns records, whose "name" is
 * the namespace. */
static bool
read_attribute_name(wu_nbfx_reader *r, uint8_t id, wu_slice *prefix, wu_slice *name, bool *xmlns)
{
    bool with_prefix = id < REC_PREFIX_DICTIONARY_ATTRIBUTE_A && (id & 1);
    bool dictionary = (id & 2) != 0;

    *prefix = wu_slice_of(r->body.p, 0);
    *xmlns = id >= REC_SHORT_XMLNS && id <= REC_DICTIONARY_XMLNS;
    if (id >= REC_PREFIX_ATTRIBUTE_A)
        return read_prefix_letter(id, REC_PREFIX_ATTRIBUTE_A, prefix) && read_string(r, name);
    if (id >= REC_PREFIX_DICTIONARY_ATTRIBUTE_A)
        return read_prefix_letter(id, REC_PREFIX_DICTIONARY_ATTRIBUTE_A, prefix) && read_dictionary(r, name);
    if (with_prefix && !read_string(r, prefix))
        return false;
    return dictionary ? read_dictionary(r, name) : read_string(r, name);
}

/* Reads over the attribute records of an element: binds its namespaces and keeps where the others are. */
static bool
read_attributes(wu_nbfx_reader *r)
{
    r->attributes = r->reported = 0;
    while (r->position < r->body.n && is_attribute(r->body.p[r->position])) {
        size_t start = r->position;
        uint8_t id = r->body.p[r->position++];
        wu_slice prefix, name;
        wu_event ignored = { 0 };
        bool xmlns;

        if (!read_attribute_name(r, id, &prefix, &name, &xmlns))
            return false;
        if (xmlns) {
            wu_scope_bind(&r->scope, prefix, name);
            continue;
        }
        if (!read_text_record(r, &ignored))
            return false;
        if (r->end_now) /* an attribute's value ends nothing */
            r->scope.remarks |= WU_XML_MALFORMED;
        if (r->attributes < WU_XML_MAX_ATTRIBUTES)
            r->attribute[r->attributes++] = start;
        else
            r->scope.remarks |= WU_XML_ATTRIBUTES;
    }
    r->end_now = false;
    return true;
}

static void
report_attribute(wu_nbfx_reader *r, wu_event *event)
{
    size_t resume = r->position;
    bool xmlns;

    r->position = r->attribute[r->reported++];
    *event = (wu_event){ .type = WU_EVENT_ATTRIBUTE, .depth = r->scope.depth, .offset = r->position };
    uint8_t id = r->body.p[r->position++];
    if (read_attribute_name(r, id, &event->prefix, &event->name, &xmlns))
        read_text_record(r, event); /* was read once already: it is whole */
    event->length = r->position - event->offset;
    r->position = resume;
    r->end_now = false;
}

static bool
read_element(wu_nbfx_reader *r, wu_event *event)
{
    size_t start = r->position;
    uint8_t id = r->body.p[r->position++];
    wu_slice prefix, name;

    if (!read_element_name(r, id, &prefix, &name))
        return false;
    size_t end = r->position;
    wu_scope_open(&r->scope, prefix, name);
    if (!read_attributes(r))
        return false;
    *event = (wu_event){ .type = WU_EVENT_START, .prefix = prefix, .name = name, .depth = r->scope.depth,
                         .offset = start, .length = end - start };
    return true;
}

/* Reports the end of the innermost open element; the elements of an array share one that stays open until the last. */
static void
report_end(wu_nbfx_reader *r, wu_event *event)
{
    unsigned depth = r->scope.depth;

    *event = (wu_event){ .type = WU_EVENT_END, .depth = depth, .offset = r->record, .length = r->record_length };
    if (depth <= WU_XML_MAX_DEPTH) {
        event->prefix = r->scope.open[depth - 1].prefix;
        event->name = r->scope.open[depth - 1].name;
    }
    if (!r->array.left)
        wu_scope_close(&r->scope);
}

/* An array record: one element with its attributes, then many values of one type. Only values of fixed length are
 * allowed in it ([MC-NBFX] 2.2.3.31). */
static bool
read_array(wu_nbfx_reader *r)
{
    size_t start = r->position++;
    wu_event element;
    uint64_t end, type;
    uint32_t count;

    if (r->position >= r->body.n)
        return give_up(r, WU_XML_TRUNCATED);
    if (!is_element(r->body.p[r->position]))
        return give_up(r, WU_XML_MALFORMED);
    if (!read_element(r, &element) || !read_number(r, 1, &end) || !read_number(r, 1, &type) || !read_int31(r, &count))
        return false;
    uint8_t even = (uint8_t)(type & ~1ull);
    bool fixed = (even >= REC_INT16_TEXT && even <= REC_DATETIME_TEXT) || even == REC_TIMESPAN_TEXT ||
                 even == REC_UUID_TEXT || even == REC_BOOL_TEXT;
    if (end != REC_END_ELEMENT || !fixed || !(type & 1))
        return give_up(r, WU_XML_MALFORMED);
    if (!count) {
        r->scope.remarks |= WU_XML_MALFORMED;
        r->attributes = 0;
        wu_scope_close(&r->scope);
        return true;
    }
    r->array.left = count;
    r->array.type = even;
    r->array.value_next = false;
    r->array.start = start;
    return true;
}

static bool
next_of_array(wu_nbfx_reader *r, wu_event *event)
{
    size_t start = r->position;
    unsigned depth = r->scope.depth;

    if (!r->array.value_next) {
        r->array.value_next = true;
        *event = (wu_event){ .type = WU_EVENT_START, .depth = depth, .offset = r->array.start, .length = 1 };
        if (depth <= WU_XML_MAX_DEPTH) {
            event->prefix = r->scope.open[depth - 1].prefix;
            event->name = r->scope.open[depth - 1].name;
        }
        return true;
    }
    scratch_clear(r);
    r->array.value_next = false;
    *event = (wu_event){ .type = WU_EVENT_TEXT, .form = WU_TEXT_PLAIN, .depth = depth, .offset = start,
                         .record = text_names[(r->array.type - REC_ZERO_TEXT) / 2] };
    if (!read_value(r, r->array.type, &event->value, &event->raw)) {
        r->array.left = 0;
        return false;
    }
    r->array.left--;
    event->length = r->position - start;
    r->record = start;
    r->record_length = event->length;
    r->end_now = true;
    return true;
}

static bool
skip_comment(wu_nbfx_reader *r)
{
    wu_slice comment;

    r->position++;
    return read_string(r, &comment);
}

/* One record. *made: it made an event. False when nothing more can be read. */
static bool
read_record(wu_nbfx_reader *r, wu_event *event, bool *made)
{
    size_t start = r->position;
    uint8_t id = r->body.p[start];

    *made = false;
    if (id == REC_END_ELEMENT) {
        r->position++;
        if (!r->scope.depth)
            return give_up(r, WU_XML_MALFORMED);
        r->record = start;
        r->record_length = 1;
        report_end(r, event);
        return *made = true;
    }
    if (id == REC_COMMENT)
        return skip_comment(r);
    if (id == REC_ARRAY)
        return read_array(r);
    if (is_element(id))
        return *made = read_element(r, event);
    if (is_text(id)) {
        *event = (wu_event){ .type = WU_EVENT_TEXT, .depth = r->scope.depth, .offset = start };
        if (!read_text_record(r, event))
            return false;
        event->length = r->position - start;
        r->record = start;
        r->record_length = event->length;
        if (r->end_now && !r->scope.depth) {
            r->end_now = false;
            return give_up(r, WU_XML_MALFORMED);
        }
        return *made = true;
    }
    return give_up(r, WU_XML_MALFORMED);
}

static bool
next_event(wu_nbfx_reader *r, wu_event *event)
{
    bool made;

    if (r->array.left && !r->array.value_next && !r->end_now)
        return next_of_array(r, event);
    if (r->reported < r->attributes) {
        report_attribute(r, event);
        return true;
    }
    if (r->array.value_next)
        return next_of_array(r, event);
    if (r->end_now) {
        r->end_now = false;
        report_end(r, event);
        return true;
    }
    while (r->position < r->body.n) {
        if (!read_record(r, event, &made))
            return false;
        if (made)
            return true;
        if (r->array.left)
            return next_of_array(r, event);
    }
    return false;
}

void
wu_nbfx_next(wu_nbfx_reader *r, wu_event *event)
{
    do {
        if (!next_event(r, event)) {
            if (r->scope.depth)
                r->scope.remarks |= WU_XML_TRUNCATED;
            r->position = r->body.n;
            r->attributes = r->reported = 0;
            r->end_now = r->array.value_next = false;
            r->array.left = 0;
            *event = (wu_event){ .type = WU_EVENT_DONE, .offset = r->body.n };
            return;
        }
    } while (event->depth > WU_XML_MAX_DEPTH);
}

void
wu_nbfx_start(wu_nbfx_reader *r, wu_slice body, bool session)
{
    uint32_t table;
    wu_slice strings;

    r->body = body;
    r->position = r->record = r->record_length = 0;
    r->scope.depth = r->scope.bindings = r->scope.remarks = 0;
    r->attributes = r->reported = 0;
    r->end_now = false;
    memset(&r->array, 0, sizeof r->array);
    r->scratch = NULL;
    r->names = NULL;
    if (session) { /* [MC-NBFSE] 2.1: length of the string table, then the strings */
        r->scope.remarks |= WU_XML_SESSION;
        if (read_int31(r, &table))
            read_bytes(r, table, &strings);
    }
}

void
wu_nbfx_finish(wu_nbfx_reader *r)
{
    if (r->scratch)
        g_byte_array_free(r->scratch, TRUE);
    r->scratch = NULL;
    if (r->names)
        g_string_chunk_free(r->names);
    r->names = NULL;
}

bool
wu_nbfx_looks_like(wu_slice body)
{
    wu_nbfx_reader r;
    wu_slice prefix, name;

    if (body.n < 4 || !is_element(body.p[0]))
        return false;
    r.body = wu_slice_of(body.p, body.n < 32 ? body.n : 32);
    r.position = 1;
    r.scope.remarks = 0;
    r.names = NULL;
    bool looks = read_element_name(&r, body.p[0], &prefix, &name) && wu_slice_is(name, "Envelope");
    if (r.names)
        g_string_chunk_free(r.names);
    return looks;
}
