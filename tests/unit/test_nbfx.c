/* test_nbfx.c
 * Documents are those of [MC-NBFX] 3, where it has one for the record, and others of the same kind.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <time.h>

#include "events_text.h"
#include "nbfx_reader.h"
#include "tables.h"

static wu_slice
slice_of(const GByteArray *bytes)
{
    return wu_slice_of(bytes->data, bytes->len);
}

#define CHECK_BINARY(flags, notation, expected, expected_remarks)                           \
    do {                                                                                    \
        GByteArray *bytes_ = bytes_of(notation);                                            \
        CHECK_EVENTS(OF_NBFX | (flags), slice_of(bytes_), (expected), (expected_remarks));  \
        g_byte_array_free(bytes_, TRUE);                                                    \
    } while (0)

#define CHECK_NBFX(notation, expected, remarks)        CHECK_BINARY(0, notation, expected, remarks)
#define CHECK_NBFX_PLACES(notation, expected, remarks) CHECK_BINARY(WITH_PLACES, notation, expected, remarks)
#define CHECK_SESSION(notation, expected, remarks)     CHECK_BINARY(OF_SESSION, notation, expected, remarks)

/* ---- elements ---- */

static void
reads_elements(void)
{
    CHECK_NBFX("40 03 'doc' 01", "(doc )doc .", 0);
    CHECK_NBFX("41 03 'pre' 03 'doc' 01", "(pre:doc )pre:doc .", 0);
    CHECK_NBFX("42 0E 01", "(Body )Body .", 0);
    CHECK_NBFX("43 03 'pre' 0E 01", "(pre:Body )pre:Body .", 0);
    CHECK_NBFX("44 0A 01", "(a:Action )a:Action .", 0);
    CHECK_NBFX("56 02 01", "(s:Envelope )s:Envelope .", 0);
    CHECK_NBFX("5E 05 'hello' 01", "(a:hello )a:hello .", 0);
    CHECK_NBFX("70 09 'MyMessage' 01", "(s:MyMessage )s:MyMessage .", 0);
    CHECK_NBFX("40 01 'a' 40 01 'b' 01 40 01 'c' 01 01", "(a (b )b (c )c )a .", 0);
    CHECK_NBFX("40 01 'a' 01 40 01 'b' 01", "(a )a (b )b .", 0);
    CHECK_NBFX("40 00 01", "( ) .", 0);
}

static void
reads_every_element_prefix(void)
{
    for (unsigned i = 0; i < 26; i++) {
        char notation[32], expected[48], letter = (char)('a' + i);
        snprintf(notation, sizeof notation, "%02X 02 01", 0x44 + i);
        snprintf(expected, sizeof expected, "(%c:Envelope )%c:Envelope .", letter, letter);
        CHECK_NBFX(notation, expected, 0);
        snprintf(notation, sizeof notation, "%02X 01 'x' 01", 0x5E + i);
        snprintf(expected, sizeof expected, "(%c:x )%c:x .", letter, letter);
        CHECK_NBFX(notation, expected, 0);
    }
}

/* ---- attributes ---- */

static void
reads_attributes(void)
{
    CHECK_NBFX("40 03 'doc' 04 04 'attr' 84 01", "(doc @attr=false:False )doc .", 0);
    CHECK_NBFX("40 03 'doc' 05 03 'pre' 04 'attr' 84 01", "(doc @pre:attr=false:False )doc .", 0);
    CHECK_NBFX("40 03 'doc' 06 08 86 01", "(doc @Header=true:True )doc .", 0);
    CHECK_NBFX("40 03 'doc' 07 03 'pre' 00 86 01", "(doc @pre:mustUnderstand=true:True )doc .", 0);
    CHECK_NBFX("40 01 'a' 04 01 'b' 82 06 00 80 26 01 'c' A8 01", "(a @b=1:One @mustUnderstand=0:Zero @a:c=:Empty )a .",
               0);
    CHECK_NBFX("40 01 'a' 04 01 'b' 98 01 'v' 99 01 't'", "(a @b=v:Chars8 't':Chars8 )a .", 0);
}

static void
reads_every_attribute_prefix(void)
{
    for (unsigned i = 0; i < 26; i++) {
        char notation[48], expected[64], letter = (char)('a' + i);
        snprintf(notation, sizeof notation, "40 01 'e' %02X 0A 82 01", 0x0C + i);
        snprintf(expected, sizeof expected, "(e @%c:Action=1:One )e .", letter);
        CHECK_NBFX(notation, expected, 0);
        snprintf(notation, sizeof notation, "40 01 'e' %02X 01 'x' 82 01", 0x26 + i);
        snprintf(expected, sizeof expected, "(e @%c:x=1:One )e .", letter);
        CHECK_NBFX(notation, expected, 0);
    }
}

/* ---- namespaces ---- */

/* The namespaces that prefixes stand for inside the first element of a document. */
static void
check_namespace(const char *notation, const char *prefix, const char *expected)
{
    GByteArray *bytes = bytes_of(notation);
    wu_nbfx_reader reader;
    wu_event event;

    wu_nbfx_start(&reader, slice_of(bytes), false);
    wu_nbfx_next(&reader, &event);
    CHECK_EQ(event.type, WU_EVENT_START);
    CHECK_SLICE(wu_scope_namespace(&reader.scope, wu_slice_text(prefix)), expected);
    wu_nbfx_finish(&reader);
    g_byte_array_free(bytes, TRUE);
}

static void
binds_namespaces(void)
{
    check_namespace("40 03 'doc' 08 0A 'http://abc' 01", "", "http://abc");
    check_namespace("40 03 'doc' 09 01 'p' 0A 'http://abc' 01", "p", "http://abc");
    check_namespace("40 03 'doc' 0A 04 01", "", "http://www.w3.org/2003/05/soap-envelope");
    check_namespace("40 03 'doc' 0B 01 'p' 04 01", "p", "http://www.w3.org/2003/05/soap-envelope");
    check_namespace("40 03 'doc' 09 01 'p' 01 'u' 01", "q", "");
    check_namespace("40 03 'doc' 09 01 'p' 01 'u' 01", "", "");
    check_namespace("40 03 'doc' 09 01 'p' 01 'u' 09 01 'q' 01 'v' 01", "q", "v");
    CHECK_NBFX("40 01 'a' 09 01 'p' 01 'u' 04 01 'b' 82 08 01 'v' 01", "(a @b=1:One )a .", 0);
}

/* ---- text records ---- */

typedef struct {
    uint8_t id; /* the even one */
    const char *value, *expected;
} text_record;

static const text_record text_records[] = {
    { 0x80, "", "0:Zero" },
    { 0x82, "", "1:One" },
    { 0x84, "", "false:False" },
    { 0x86, "", "true:True" },
    { 0x88, "DE", "-34:Int8" },
    { 0x88, "7F", "127:Int8" },
    { 0x88, "80", "-128:Int8" },
    { 0x8A, "00 80", "-32768:Int16" },
    { 0x8A, "FF 7F", "32767:Int16" },
    { 0x8C, "15 CD 5B 07", "123456789:Int32" },
    { 0x8C, "2C 40 24 80", "-2145107924:Int32" },
    { 0x8C, "FF FF FF 7F", "2147483647:Int32" },
    { 0x8C, "00 00 00 80", "-2147483648:Int32" },
    { 0x8E, "00 00 00 80 00 00 00 00", "2147483648:Int64" },
    { 0x8E, "00 00 00 00 00 01 00 00", "1099511627776:Int64" },
    { 0x8E, "00 00 00 00 00 00 00 80", "-9223372036854775808:Int64" },
    { 0x90, "00 00 00 3F", "0.5:Float" },
    { 0x90, "00 00 C8 C2", "-100:Float" },
    { 0x90, "00 00 00 00", "0:Float" },
    { 0x92, "00 00 00 00 00 00 D0 3F", "0.25:Double" },
    { 0x92, "00 00 00 00 00 00 F0 BF", "-1:Double" },
    { 0x94, "00 00 06 00 00 00 00 00 80 2D 4E 00 00 00 00 00", "5.123456:Decimal" },
    { 0x94, "00 00 00 00 FF FF FF FF FF FF FF FF FF FF FF FF", "79228162514264337593543950335:Decimal" },
    { 0x94, "00 00 1C 80 FF FF FF FF FF FF FF FF FF FF FF FF", "-7.9228162514264337593543950335:Decimal" },
    { 0x94, "00 00 04 80 00 00 00 00 01 00 00 00 00 00 00 00", "-0.0001:Decimal" },
    { 0x94, "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "0:Decimal" },
    { 0x94, "00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00", "4294967296:Decimal" },
    { 0x94, "00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00", "18446744073709551616:Decimal" },
    { 0x96, "FF 3F 37 F4 75 28 CA 2B", "9999-12-31T23:59:59.9999999:DateTime" },
    { 0x96, "00 40 8E F9 5B 47 C8 08", "2006-05-17T00:00:00:DateTime" },
    { 0x96, "00 00 00 00 00 00 00 00", "0001-01-01T00:00:00:DateTime" },
    { 0x96, "00 40 8E F9 5B 47 C8 48", "2006-05-17T00:00:00Z:DateTime" },
    { 0x96, "80 D6 26 FA 5B 47 C8 48", "2006-05-17T00:00:01Z:DateTime" },
    { 0x98, "05 'hello'", "hello:Chars8" },
    { 0x98, "00", ":Chars8" },
    { 0x98, "03 '&<>'", "&<>:Chars8" },
    { 0x9A, "05 00 'hello'", "hello:Chars16" },
    { 0x9C, "05 00 00 00 'hello'", "hello:Chars32" },
    { 0x9E, "08 00 01 02 03 04 05 06 07", "AAECAwQFBgc=:Bytes8" },
    { 0x9E, "01 FF", "/w==:Bytes8" },
    { 0x9E, "00", ":Bytes8" },
    { 0xA0, "08 00 00 01 02 03 04 05 06 07", "AAECAwQFBgc=:Bytes16" },
    { 0xA2, "08 00 00 00 00 01 02 03 04 05 06 07", "AAECAwQFBgc=:Bytes32" },
    { 0xA8, "", ":Empty" },
    { 0xAA, "0E", "Body:Dictionary" },
    { 0xAC, "00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF",
      "urn:uuid:33221100-5544-7766-8899-aabbccddeeff:UniqueId" },
    { 0xB0, "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", "03020100-0504-0706-0809-0a0b0c0d0e0f:UUID" },
    { 0xB2, "FF FF FF FF FF FF FF FF", "18446744073709551615:UInt64" },
    { 0xB2, "FE FF FF FF FF FF FF FF", "18446744073709551614:UInt64" },
    { 0xB4, "01", "true:Bool" },
    { 0xB4, "00", "false:Bool" },
    { 0xB6, "06 75 00 6E 00 69 00", "uni:UnicodeChars8" },
    { 0xB6, "04 3D D8 00 DE", "\xF0\x9F\x98\x80:UnicodeChars8" },
    { 0xB6, "00", ":UnicodeChars8" },
    { 0xB8, "08 00 75 00 6E 00 69 00 32 00", "uni2:UnicodeChars16" },
    { 0xBA, "04 00 00 00 33 00 32 00", "32:UnicodeChars32" },
    { 0xBC, "08 0E", "i:Body:QName" },
    { 0xBC, "19 0A", "z:Action:QName" },
};

#define N_TEXT_RECORDS (sizeof text_records / sizeof *text_records)

/* A value as the transcript quotes it: 'v':Type instead of v:Type. */
static char *
quoted(const char *expected)
{
    const char *colon = strrchr(expected, ':');
    return g_strdup_printf("'%.*s'%s", (int)(colon - expected), expected, colon);
}

/* Every record as the text of an element: the even one with an end record behind it, the odd one that ends it. */
static void
reads_text_records(void)
{
    for (size_t i = 0; i < N_TEXT_RECORDS; i++) {
        const text_record *r = &text_records[i];
        char *value = quoted(r->expected), *expected = g_strdup_printf("(e %s )e .", value);
        char *even = g_strdup_printf("40 01 'e' %02X %s 01", r->id, r->value);
        char *odd = g_strdup_printf("40 01 'e' %02X %s", r->id + 1, r->value);
        CHECK_NBFX(even, expected, 0);
        CHECK_NBFX(odd, expected, 0);
        g_free(value);
        g_free(expected);
        g_free(even);
        g_free(odd);
    }
}

static void
reads_text_records_in_attributes(void)
{
    for (size_t i = 0; i < N_TEXT_RECORDS; i++) {
        const text_record *r = &text_records[i];
        char *notation = g_strdup_printf("40 01 'e' 04 01 'a' %02X %s 01", r->id, r->value);
        char *expected = g_strdup_printf("(e @a=%s )e .", r->expected);
        CHECK_NBFX(notation, expected, 0);
        g_free(notation);
        g_free(expected);
    }
}

/* [MC-NBFX] 2.2.3.9: the least number of digits that gives the same number again, and names for what is no number. */
static void
writes_floating_point_numbers_as_xml_does(void)
{
    CHECK_NBFX("40 01 'a' 91 CD CC 8C 3F", "(a '1.1':Float )a .", 0);
    CHECK_NBFX("40 01 'a' 91 CD CC 01 42", "(a '32.45':Float )a .", 0);
    CHECK_NBFX("40 01 'a' 93 74 57 14 8B 0A BF 05 40", "(a '2.71828182845905':Double )a .", 0);
    CHECK_NBFX("40 01 'a' 93 9A 99 99 99 99 99 B9 3F", "(a '0.1':Double )a .", 0);
    CHECK_NBFX("40 01 'a' 91 00 00 80 7F", "(a 'INF':Float )a .", 0);
    CHECK_NBFX("40 01 'a' 91 00 00 80 FF", "(a '-INF':Float )a .", 0);
    CHECK_NBFX("40 01 'a' 91 00 00 C0 7F", "(a 'NaN':Float )a .", 0);
    CHECK_NBFX("40 01 'a' 91 00 00 C0 FF", "(a 'NaN':Float )a .", 0);
    CHECK_NBFX("40 01 'a' 91 00 00 00 80", "(a '-0':Float )a .", 0);
    CHECK_NBFX("40 01 'a' 93 00 00 00 00 00 00 F0 7F", "(a 'INF':Double )a .", 0);
    CHECK_NBFX("40 01 'a' 93 00 00 00 00 00 00 F8 FF", "(a 'NaN':Double )a .", 0);
}

/* [MC-NBFX] 3: parts of a duration that are zero are left out. */
static void
writes_durations_as_xml_does(void)
{
    CHECK_NBFX("40 01 'a' AF 00 C4 F5 32 FF FF FF FF", "(a '-PT5M44S':TimeSpan )a .", 0);
    CHECK_NBFX("40 01 'a' AF 00 B0 8E F0 1B 00 00 00", "(a 'PT3H20M':TimeSpan )a .", 0);
    CHECK_NBFX("40 01 'a' AF 00 00 00 00 00 00 00 00", "(a 'PT0S':TimeSpan )a .", 0);
    CHECK_NBFX("40 01 'a' AF 40 4B 4C 00 00 00 00 00", "(a 'PT0.5S':TimeSpan )a .", 0);
    CHECK_NBFX("40 01 'a' AF 00 C0 69 2A C9 00 00 00", "(a 'P1D':TimeSpan )a .", 0);
}

static void
reads_extreme_durations(void)
{
    CHECK_NBFX("40 01 'a' AF FF FF FF FF FF FF FF 7F", "(a 'P10675199DT2H48M5.4775807S':TimeSpan )a .", 0);
    CHECK_NBFX("40 01 'a' AF 00 00 00 00 00 00 00 80", "(a '-P10675199DT2H48M5.4775808S':TimeSpan )a .", 0);
}

/* [MC-NBFX] 2.2.3.12: no zeros at the end of a fraction. */
static void
writes_fractions_of_seconds_as_xml_does(void)
{
    CHECK_NBFX("40 01 'a' 97 40 4B 4C 00 00 00 00 00", "(a '0001-01-01T00:00:00.5':DateTime )a .", 0);
    CHECK_NBFX("40 01 'a' 97 01 00 00 00 00 00 00 00", "(a '0001-01-01T00:00:00.0000001':DateTime )a .", 0);
}

static void
reads_days_of_all_calendars(void)
{
    /* 1900-02-28 and the day behind it, 2000-02-29, 2024-12-31, each at midnight and in UTC */
    CHECK_NBFX("40 01 'a' 97 00 C0 4C BC E6 32 51 48", "(a '1900-02-28T00:00:00Z':DateTime )a .", 0);
    CHECK_NBFX("40 01 'a' 97 00 80 B6 E6 AF 33 51 48", "(a '1900-03-01T00:00:00Z':DateTime )a .", 0);
    CHECK_NBFX("40 01 'a' 97 00 80 43 0E 5F 50 C1 48", "(a '2000-02-29T00:00:00Z':DateTime )a .", 0);
    CHECK_NBFX("40 01 'a' 97 00 80 C7 11 2E 29 DD 48", "(a '2024-12-31T00:00:00Z':DateTime )a .", 0);
}

static void
reads_times_of_all_kinds(void)
{
    CHECK_NBFX("40 01 'a' 97 00 40 8E F9 5B 47 C8 08", "(a '2006-05-17T00:00:00':DateTime )a .", 0);
    CHECK_NBFX("40 01 'a' 97 00 40 8E F9 5B 47 C8 48", "(a '2006-05-17T00:00:00Z':DateTime )a .", 0);
    /* local time: of a zone that nobody here knows */
    CHECK_NBFX("40 01 'a' 97 00 40 8E F9 5B 47 C8 88", "(a '2006-05-17T00:00:00':DateTime )a .", 0);
}

static void
refuses_impossible_values(void)
{
    CHECK_NBFX("40 01 'a' 97 00 40 37 F4 75 28 CA 2B", "(a '9999-12-31T23:59:59.9999999':DateTime )a .",
               WU_XML_MALFORMED);
    CHECK_NBFX("40 01 'a' 95 00 00 1D 00 00 00 00 00 01 00 00 00 00 00 00 00",
               "(a '0.0000000000000000000000000001':Decimal )a .", WU_XML_MALFORMED);
    CHECK_NBFX("40 01 'a' BD 1A 0E", "(a 'z:Body':QName )a .", WU_XML_MALFORMED);
}

/* What [MC-NBFX] rules out although it can be read. */
static void
remarks_on_forbidden_values(void)
{
    CHECK_NBFX("40 01 'a' B5 02", "(a 'true':Bool )a .", WU_XML_MALFORMED);
    CHECK_NBFX("40 01 'a' 04 01 'b' 83 01", "(a @b=1:One )a .", WU_XML_MALFORMED);
    CHECK_NBFX("40 01 'a' 97 00 40 8E F9 5B 47 C8 C8", "(a '2006-05-17T00:00:00':DateTime )a .", WU_XML_MALFORMED);
    CHECK_NBFX("40 01 'r' 03 40 01 'a' 01 8D 00 01", "(r )r .", WU_XML_MALFORMED);
}

/* A byte array of any length is there in full as raw; as base64 it is cut. */
static void
check_bytes(unsigned size)
{
    GByteArray *body = bytes_of("40 01 'a' A3");
    uint8_t length[4] = { (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16), 0 };
    unsigned shown = size < WU_NBFX_MAX_BASE64 ? size : WU_NBFX_MAX_BASE64;
    wu_nbfx_reader reader;
    wu_event event;

    g_byte_array_append(body, length, 4);
    g_byte_array_set_size(body, body->len + size);
    memset(body->data + body->len - size, 0xA5, size);
    wu_nbfx_start(&reader, slice_of(body), false);
    wu_nbfx_next(&reader, &event);
    CHECK_EQ(event.raw.n, 0);
    wu_nbfx_next(&reader, &event);
    CHECK_EQ(event.type, WU_EVENT_TEXT);
    CHECK_EQ(event.raw.n, size);
    CHECK(event.raw.p == body->data + body->len - size);
    CHECK_EQ(event.value.n, (shown + 2) / 3 * 4);
    CHECK(!memcmp(event.value.p, "paWl", 4));
    CHECK_EQ(event.length, 5 + size);
    wu_nbfx_next(&reader, &event);
    CHECK_EQ(event.type, WU_EVENT_END);
    CHECK_EQ(event.raw.n, 0);
    wu_nbfx_finish(&reader);
    g_byte_array_free(body, TRUE);
}

static void
limits_base64(void)
{
    check_bytes(300);
    check_bytes(WU_NBFX_MAX_BASE64 - 1);
    check_bytes(WU_NBFX_MAX_BASE64);
    check_bytes(WU_NBFX_MAX_BASE64 + 1);
    check_bytes(100000);
}

static void
raw_is_there_for_byte_arrays_only(void)
{
    GByteArray *body = bytes_of("40 01 'a' 98 01 'x' 9E 02 01 02 A4 9E 01 FF A6 01");
    wu_nbfx_reader reader;
    wu_event event;

    wu_nbfx_start(&reader, slice_of(body), false);
    wu_nbfx_next(&reader, &event);
    wu_nbfx_next(&reader, &event);
    CHECK_SLICE(event.value, "x");
    CHECK_EQ(event.raw.n, 0);
    wu_nbfx_next(&reader, &event);
    CHECK_SLICE(event.value, "AQI=");
    CHECK_SLICE(event.raw, "\1\2");
    wu_nbfx_next(&reader, &event);
    CHECK_SLICE(event.value, "/w==");
    CHECK_EQ(event.raw.n, 0);
    wu_nbfx_finish(&reader);
    g_byte_array_free(body, TRUE);
}

static void
reads_long_texts(void)
{
    GByteArray *body = bytes_of("40 01 'a' 9D 70 11 01 00");
    GString *expected = g_string_new("(a '");

    for (unsigned i = 0; i < 0x11170; i++) {
        g_byte_array_append(body, (const guint8 *)"x", 1);
        g_string_append_c(expected, 'x');
    }
    g_string_append(expected, "':Chars32 )a .");
    CHECK_EVENTS(OF_NBFX, slice_of(body), expected->str, 0);
    g_byte_array_free(body, TRUE);
    g_string_free(expected, TRUE);
}

/* ---- lists ---- */

static void
reads_lists(void)
{
    CHECK_NBFX("40 03 'doc' 04 01 'a' A4 88 7B 98 05 'hello' 86 A6 01", "(doc @a=123 hello true:List )doc .", 0);
    CHECK_NBFX("40 01 'a' A4 86 84 80 82 A6 01", "(a 'true false 0 1':List )a .", 0);
    CHECK_NBFX("40 01 'a' A4 86 84 A7", "(a 'true false':List )a .", 0);
    CHECK_NBFX("40 01 'a' A4 A6 01", "(a '':List )a .", 0);
    CHECK_NBFX("40 01 'a' A4 9E 01 FF B6 02 'x' 00 BC 00 0E A6 01", "(a '/w== x a:Body':List )a .", 0);
    CHECK_NBFX("40 01 'a' A4 80 A6 A4 82 A6 01", "(a '0':List '1':List )a .", 0);
}

static void
refuses_broken_lists(void)
{
    CHECK_NBFX("40 01 'a' A4 A4 80 A6 A6 01", "(a .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' A4 81 A6 01", "(a .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' A4 01 A6 01", "(a .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' A6 01", "(a .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' A4 80", "(a .", WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' A4", "(a .", WU_XML_TRUNCATED);
}

/* ---- arrays ---- */

static void
reads_arrays(void)
{
    CHECK_NBFX("03 40 03 'arr' 01 8B 03 33 33 88 88 DD DD",
               "(arr '13107':Int16 )arr (arr '-30584':Int16 )arr (arr '-8739':Int16 )arr .", 0);
    CHECK_NBFX("03 40 03 'arr' 01 B5 05 01 00 01 00 01",
               "(arr 'true':Bool )arr (arr 'false':Bool )arr (arr 'true':Bool )arr (arr 'false':Bool )arr "
               "(arr 'true':Bool )arr .", 0);
    CHECK_NBFX("03 42 0E 01 8D 01 2C 40 24 80", "(Body '-2145107924':Int32 )Body .", 0);
    CHECK_NBFX("03 56 0E 01 8F 01 01 00 00 00 00 00 00 00", "(s:Body '1':Int64 )s:Body .", 0);
    CHECK_NBFX("03 40 01 'a' 01 91 01 00 00 00 3F", "(a '0.5':Float )a .", 0);
    CHECK_NBFX("03 40 01 'a' 01 93 01 00 00 00 00 00 00 D0 3F", "(a '0.25':Double )a .", 0);
    CHECK_NBFX("03 40 01 'a' 01 95 01 00 00 06 00 00 00 00 00 80 2D 4E 00 00 00 00 00", "(a '5.123456':Decimal )a .",
               0);
    CHECK_NBFX("03 40 01 'a' 01 97 01 00 40 8E F9 5B 47 C8 48", "(a '2006-05-17T00:00:00Z':DateTime )a .", 0);
    CHECK_NBFX("03 40 01 'a' 01 AF 01 FF FF FF FF FF FF FF 7F", "(a 'P10675199DT2H48M5.4775807S':TimeSpan )a .", 0);
    CHECK_NBFX("03 40 01 'a' 01 B1 01 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F",
               "(a '03020100-0504-0706-0809-0a0b0c0d0e0f':UUID )a .", 0);
}

static void
reads_arrays_among_others(void)
{
    CHECK_NBFX("40 01 'r' 03 40 01 'a' 01 8B 02 01 00 02 00 40 01 'b' 81 01",
               "(r (a '1':Int16 )a (a '2':Int16 )a (b '0':Zero )b )r .", 0);
    CHECK_NBFX("40 01 'r' 03 40 01 'a' 01 8B 01 01 00 03 40 01 'b' 01 8B 01 02 00 01",
               "(r (a '1':Int16 )a (b '2':Int16 )b )r .", 0);
    CHECK_NBFX("03 40 01 'a' 08 01 'u' 04 01 'x' 82 01 8B 02 01 00 02 00",
               "(a @x=1:One '1':Int16 )a (a '2':Int16 )a .", 0);
    CHECK_NBFX("40 01 'r' 03 40 01 'a' 01 8B 00 99 01 'x'", "(r 'x':Chars8 )r .", WU_XML_MALFORMED); /* of no value */
}

static void
arrays_bind_their_namespaces(void)
{
    check_namespace("03 40 01 'a' 08 01 'u' 01 8B 02 01 00 02 00", "", "u");
}

static void
arrays_know_their_places(void)
{
    GByteArray *body = bytes_of("03 40 01 'a' 01 8B 02 01 00 02 00");
    unsigned remarks;
    char *events = events_text(slice_of(body), OF_NBFX | WITH_PLACES, &remarks);

    CHECK(strstr(events, "'1':Int16[7+2] )a[7+2]"));
    CHECK(strstr(events, "'2':Int16[9+2] )a[9+2] .[11+0]"));
    CHECK(!strchr(events, '!'));
    g_free(events);
    g_byte_array_free(body, TRUE);
}

static void
refuses_broken_arrays(void)
{
    static const char *const types[] = { "81", "83", "85", "87", "89", "99", "9B", "9D", "9F", "A1", "A3", "A5",
                                         "A7", "A9", "AB", "AD", "B3", "B7", "B9", "BB", "BD", "8A", "01", "FF" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char *notation = g_strdup_printf("40 01 'r' 03 40 01 'a' 01 %s 01 00 00 00 00", types[i]);
        CHECK_NBFX(notation, "(r .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
        g_free(notation);
    }
    CHECK_NBFX("40 01 'r' 03 01", "(r .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'r' 03 98 01 'x'", "(r .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'r' 03 40 01 'a' 8B 01 00 00", "(r .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'r' 03", "(r .", WU_XML_TRUNCATED);
}

static void
endless_arrays_end_with_the_body(void)
{
    CHECK_NBFX("40 01 'r' 03 40 01 'a' 01 8B FF FF FF FF 07 01 00 02 00 03",
               "(r (a '1':Int16 )a (a '2':Int16 )a (a .", WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'r' 03 40 01 'a' 01 8B FF FF FF FF 07", "(r (a .", WU_XML_TRUNCATED);
    CHECK_NBFX("03 40 01 'a' 01 B5 03 01", "(a 'true':Bool )a (a .", WU_XML_TRUNCATED);
}

/* ---- names of dictionaries ---- */

static void
reads_the_static_dictionary(void)
{
    CHECK_NBFX("42 00 01", "(mustUnderstand )mustUnderstand .", 0);
    CHECK_NBFX("42 86 01 01", "(Fault )Fault .", 0);
    CHECK_NBFX("42 8E 01 42 9A 01 01 01", "(Code (Value )Value )Code .", 0);
    CHECK_NBFX("42 90 01 42 98 01 01 01", "(Reason (Detail )Detail )Reason .", 0);
    CHECK_EQ(WU_N_NBFS, 488);
    for (unsigned i = 0; i < WU_N_NBFS; i++)
        CHECK_EQ(*wu_text(wu_nbfs_strings[i]) == '\0', i == 162 / 2); /* [MC-NBFS] has one empty string */
}

static void
names_beyond_the_static_dictionary(void)
{
    CHECK_NBFX("40 01 'a' AB CE 07", "(a 'urn:oasis:names:tc:SAML:1.0:cm:bearer':Dictionary )a .", 0);
    CHECK_NBFX("42 D0 07 01", "([static 976] )[static 976] .", WU_XML_MALFORMED);
    CHECK_NBFX("42 FE FF FF FF 07 01", "([static 2147483646] )[static 2147483646] .", WU_XML_MALFORMED);
}

static void
names_the_session_dictionary(void)
{
    CHECK_NBFX("42 05 01", "([session 5] )[session 5] .", WU_XML_SESSION);
    CHECK_NBFX("42 FF FF FF FF 07 01", "([session 2147483647] )[session 2147483647] .", WU_XML_SESSION);
    CHECK_NBFX("40 03 'doc' 11 0B 98 05 'hello' 01", "(doc @f:[session 11]=hello:Chars8 )doc .", WU_XML_SESSION);
    CHECK_NBFX("40 01 'a' AB 07", "(a '[session 7]':Dictionary )a .", WU_XML_SESSION);
    CHECK_NBFX("40 01 'a' BD 08 07", "(a 'i:[session 7]':QName )a .", WU_XML_SESSION);
}

/* Names are valid while the document is (events.h), however many others are made after them. */
static void
session_names_last(void)
{
    CHECK_NBFX(
        "42 01 42 03 42 05 42 07 42 09 01 01 01 01 01",
        "([session 1] ([session 3] ([session 5] ([session 7] ([session 9] )[session 9] )[session 7] )[session 5] "
        ")[session 3] )[session 1] .",
        WU_XML_SESSION);
    check_namespace("40 01 'a' 0B 01 'p' 01 0B 01 'q' 03 0B 01 'r' 05 0B 01 's' 07 0B 01 't' 09 01", "p",
                    "[session 1]");
}

static void
skips_the_string_table(void)
{
    CHECK_SESSION("08 03 'foo' 03 'bar' 40 01 'a' AB 01", "(a '[session 1]':Dictionary )a .", WU_XML_SESSION);
    CHECK_SESSION("00 42 01 01", "([session 1] )[session 1] .", WU_XML_SESSION);
}

static void
string_tables_may_be_cut(void)
{
    GByteArray *body = bytes_of("08 03 'foo'");
    unsigned remarks;
    char *events = events_text(slice_of(body), OF_NBFX | OF_SESSION, &remarks);

    CHECK_TEXT(events, ".");
    CHECK_EQ(remarks & ~(unsigned)WU_XML_SESSION, WU_XML_TRUNCATED);
    g_free(events);
    g_byte_array_free(body, TRUE);
}

/* A long name of the dictionary is a value in full, in a QName as well. */
static void
qnames_are_whole(void)
{
    for (unsigned i = 0; i < WU_N_NBFS; i++) {
        const char *name = wu_text(wu_nbfs_strings[i]);
        unsigned id = 2 * i;
        char *notation = id < 128 ? g_strdup_printf("40 01 'a' BD 00 %02X", id)
                                  : g_strdup_printf("40 01 'a' BD 00 %02X %02X", (id & 0x7f) | 0x80, id >> 7);
        char *expected = g_strdup_printf("(a 'a:%s':QName )a .", name);
        CHECK_NBFX(notation, expected, 0);
        g_free(notation);
        g_free(expected);
    }
}

/* ---- numbers of one to five bytes ---- */

static void
reads_long_numbers(void)
{
    CHECK_NBFX("42 82 00 01", "(Envelope )Envelope .", 0);
    CHECK_NBFX("42 82 80 80 80 00 01", "(Envelope )Envelope .", 0);
    CHECK_NBFX("42 80 80 80 80 08 01", ".", WU_XML_MALFORMED);
    CHECK_NBFX("42 82 80 80 80 80 00 01", ".", WU_XML_MALFORMED);
    CHECK_NBFX("42 FF FF FF FF FF", ".", WU_XML_MALFORMED);
    CHECK_NBFX("42 82 80", ".", WU_XML_TRUNCATED);
}

static void
reads_long_strings(void)
{
    GString *name = g_string_new(NULL), *notation = g_string_new("40 C8 01 '"), *expected = g_string_new(NULL);

    for (unsigned i = 0; i < 200; i++)
        g_string_append_c(name, (char)('a' + i % 26));
    g_string_append_printf(notation, "%s' 01", name->str);
    g_string_printf(expected, "(%s )%s .", name->str, name->str);
    CHECK_NBFX(notation->str, expected->str, 0);
    g_string_free(name, TRUE);
    g_string_free(notation, TRUE);
    g_string_free(expected, TRUE);
}

/* ---- others ---- */

static void
skips_comments(void)
{
    CHECK_NBFX("02 07 'comment'", ".", 0);
    CHECK_NBFX("02 00 40 01 'a' 02 01 'c' 98 01 'x' 02 01 'd' 01 02 01 'e'", "(a 'x':Chars8 )a .", 0);
    CHECK_NBFX("40 01 'a' 02 05 'x'", "(a .", WU_XML_TRUNCATED);
}

static void
reads_mixed_content(void)
{
    CHECK_NBFX("40 07 'element' 8C D2 04 00 00 84 01", "(element '1234':Int32 'false':False )element .", 0);
    CHECK_NBFX("40 01 'a' 98 01 'x' 40 01 'b' 83 9A 01 00 'y' 01", "(a 'x':Chars8 (b '1':One )b 'y':Chars16 )a .", 0);
    CHECK_NBFX("98 01 'x'", "'x':Chars8 .", 0);
}

static void
refuses_unknown_records(void)
{
    for (unsigned id = 0; id < 256; id++) {
        bool element = id >= 0x40 && id <= 0x77, text = id >= 0x80 && id <= 0xBD, attribute = id >= 0x04 && id < 0x40;
        char *notation = g_strdup_printf("40 01 'a' 98 01 'x' %02X", id);
        if (!element && !text && id != 1 && id != 2 && id != 3)
            CHECK_NBFX(notation, "(a 'x':Chars8 .", WU_XML_MALFORMED | WU_XML_TRUNCATED);
        else
            CHECK(!attribute);
        g_free(notation);
    }
}

static void
refuses_ends_without_beginning(void)
{
    CHECK_NBFX("01", ".", WU_XML_MALFORMED);
    CHECK_NBFX("40 01 'a' 01 01", "(a )a .", WU_XML_MALFORMED);
    CHECK_NBFX("81", ".", WU_XML_MALFORMED);
    CHECK_NBFX("40 01 'a' 81 81", "(a '0':Zero )a .", WU_XML_MALFORMED);
}

static void
events_know_their_places(void)
{
    CHECK_NBFX_PLACES("56 02 0B 01 's' 04 04 01 'a' 98 01 'v' 40 01 'b' 8D 2C 40 24 80 98 01 't' 01",
                      "(s:Envelope[0+2] @a=v:Chars8[6+6] (b[12+3] '-2145107924':Int32[15+5] )b[15+5] 't':Chars8[20+3] "
                      ")s:Envelope[23+1] .[24+0]",
                      0);
    CHECK_NBFX_PLACES("40 01 'a' A4 80 82 A7", "(a[0+3] '0 1':List[3+4] )a[3+4] .[7+0]", 0);
    CHECK_EVENTS(OF_NBFX | WITH_PLACES, ((wu_slice){ NULL, 0 }), ".[0+0]", 0);
}

/* ---- lengths beyond the body ---- */

static const char *const cut_records[] = {
    "98 05 'abcd'", "9A 05 00 'abcd'", "9C 05 00 00 00 'abcd'", "9C FF FF FF 7F 'abcd'", "9E 05 01 02 03 04",
    "A0 FF FF 01", "A2 FF FF FF 7F 01", "B6 04 'a' 00", "B8 04 00 'a' 00", "BA 04 00 00 00 'a'", "9A 05",
    "9C 05 00 00", "94 00 00 00 00 00", "AC 00 01", "B0 00", "B4", "88", "8A 00", "8C 00 00 00", "8E 00",
    "90 00 00 00", "92 00", "96 00", "AE 00", "B2 00", "AA", "AA 80", "BC", "BC 00"
};

static void
lengths_end_with_the_body(void)
{
    for (size_t i = 0; i < sizeof cut_records / sizeof *cut_records; i++) {
        char *notation = g_strdup_printf("40 01 'a' %s", cut_records[i]);
        CHECK_NBFX(notation, "(a .", WU_XML_TRUNCATED);
        g_free(notation);
    }
    CHECK_NBFX("40 05 'abcd'", ".", WU_XML_TRUNCATED);
    CHECK_NBFX("40 FF FF FF FF 07 'abcd'", ".", WU_XML_TRUNCATED);
    CHECK_NBFX("41 01 'a' 02 'b'", ".", WU_XML_TRUNCATED);
}

/* The same with the records that end their element: the end is beyond the body as well. */
static void
nothing_comes_behind_the_end(void)
{
    for (size_t i = 0; i < sizeof cut_records / sizeof *cut_records; i++) {
        GByteArray *body = bytes_of("40 01 'a'"), *record = bytes_of(cut_records[i]);
        record->data[0]++;
        g_byte_array_append(body, record->data, record->len);
        CHECK_EVENTS(OF_NBFX, slice_of(body), "(a .", WU_XML_TRUNCATED);
        g_byte_array_free(body, TRUE);
        g_byte_array_free(record, TRUE);
    }
    CHECK_NBFX("40 01 'a' A4 80 A7 01", "(a '0':List )a .", WU_XML_MALFORMED);
}

static void
cut_attributes_are_left_out(void)
{
    CHECK_NBFX("40 01 'a' 04", ".", WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' 04 01 'b'", ".", WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' 04 01 'b' 98 02 'x'", ".", WU_XML_TRUNCATED);
    CHECK_NBFX("40 01 'a' 04 01 'b' 01", ".", WU_XML_MALFORMED | WU_XML_TRUNCATED);
}

static const char sample[] =
    "56 02 0B 01 's' 04 0B 01 'a' 06 56 08 44 0A 1E 00 82 99 03 'act' 44 1A AD 00 11 22 33 44 55 66 77 88 99 AA BB CC "
    "DD "
    "EE FF 01 56 0E 40 02 'op' 08 03 'urn' 02 01 'c' 40 01 'i' 8D 2C 40 24 80 03 40 01 'x' 01 8B 02 01 00 02 00 40 01 "
    "'l' "
    "A4 80 B6 02 'u' 00 A7 40 01 'd' 97 00 40 8E F9 5B 47 C8 48 40 01 'b' 9F 02 01 02 42 05 BD 00 0E 01 01 01";

static void
reads_a_sample_cut_at_every_byte(void)
{
    GByteArray *body = bytes_of(sample);
    unsigned remarks;
    char *whole = events_text(slice_of(body), OF_NBFX, &remarks);

    CHECK_TEXT(whole,
               "(s:Envelope (s:Header (a:Action @s:mustUnderstand=1:One 'act':Chars8 )a:Action "
               "(a:MessageID 'urn:uuid:33221100-5544-7766-8899-aabbccddeeff':UniqueId )a:MessageID )s:Header "
               "(s:Body (op (i '-2145107924':Int32 )i (x '1':Int16 )x (x '2':Int16 )x (l '0 u':List )l "
               "(d '2006-05-17T00:00:00Z':DateTime )d (b 'AQI=':Bytes8 )b ([session 5] 'a:Body':QName )[session 5] "
               ")op )s:Body )s:Envelope .");
    CHECK_EQ(remarks, WU_XML_SESSION);
    for (guint n = 1; n < body->len; n++) {
        char *events = events_text(wu_slice_of(body->data, n), OF_NBFX, &remarks);
        size_t length = strlen(events);
        bool same = !strncmp(events, whole, length - 1); /* no event differs: there are fewer */
        if (!same || (remarks & ~(unsigned)WU_XML_SESSION) != WU_XML_TRUNCATED) {
            printf("cut at %u, remarks %u: %s\n", n, remarks, events);
            unit_failures++;
        }
        g_free(events);
    }
    g_free(whole);
    g_byte_array_free(body, TRUE);
}

/* ---- limits ---- */

static void
attributes_are_limited(void)
{
    GByteArray *body = bytes_of("40 01 'a'");
    unsigned remarks;

    for (unsigned i = 0; i < WU_XML_MAX_ATTRIBUTES; i++)
        g_byte_array_append(body, (const guint8 *)"\x04\x01" "b\x82", 4);
    g_byte_array_append(body, (const guint8 *)"\x01", 1);
    char *events = events_text(slice_of(body), OF_NBFX, &remarks);
    CHECK_EQ(strlen(events), 2 + 64 * strlen(" @b=1:One") + strlen(" )a ."));
    CHECK_EQ(remarks, 0);
    g_free(events);

    g_byte_array_set_size(body, body->len - 1);
    g_byte_array_append(body, (const guint8 *)"\x04\x01" "c\x82\x01", 5);
    events = events_text(slice_of(body), OF_NBFX, &remarks);
    CHECK_EQ(strlen(events), 2 + 64 * strlen(" @b=1:One") + strlen(" )a ."));
    CHECK_EQ(remarks, WU_XML_ATTRIBUTES);
    g_free(events);
    g_byte_array_free(body, TRUE);
}

static void
bindings_are_limited(void)
{
    GByteArray *body = bytes_of("40 01 'a'");
    unsigned remarks;

    for (unsigned i = 0; i < WU_XML_MAX_NAMESPACES; i++)
        g_byte_array_append(body, (const guint8 *)"\x08\x01u", 3);
    g_free(events_text(slice_of(body), OF_NBFX, &remarks));
    CHECK_EQ(remarks, WU_XML_TRUNCATED);
    g_byte_array_append(body, (const guint8 *)"\x08\x01u\x01", 4);
    g_free(events_text(slice_of(body), OF_NBFX, &remarks));
    CHECK_EQ(remarks, WU_XML_NAMESPACES);
    g_byte_array_free(body, TRUE);
}

static void
count_nested(unsigned levels, unsigned *starts, unsigned *ends, unsigned *others, unsigned *remarks)
{
    GByteArray *body = g_byte_array_new();
    wu_nbfx_reader reader;
    wu_event event;

    for (unsigned i = 0; i < levels; i++)
        g_byte_array_append(body, (const guint8 *)"\x40\x01" "a\x04\x01" "b\x82", 7);
    g_byte_array_append(body, (const guint8 *)"\x03\x40\x01x\x01\xB5\x02\x01\x01\x82", 10);
    for (unsigned i = 0; i < levels; i++)
        g_byte_array_append(body, (const guint8 *)"\x01", 1);
    *starts = *ends = *others = 0;
    wu_nbfx_start(&reader, slice_of(body), false);
    for (wu_nbfx_next(&reader, &event); event.type != WU_EVENT_DONE; wu_nbfx_next(&reader, &event)) {
        CHECK(event.depth >= 1 && event.depth <= WU_XML_MAX_DEPTH);
        *(event.type == WU_EVENT_START ? starts : event.type == WU_EVENT_END ? ends : others) += 1;
    }
    *remarks = reader.scope.remarks;
    CHECK_EQ(reader.scope.depth, 0);
    wu_nbfx_finish(&reader);
    g_byte_array_free(body, TRUE);
}

static void
depth_is_limited(void)
{
    unsigned starts, ends, others, remarks;

    count_nested(WU_XML_MAX_DEPTH - 1, &starts, &ends, &others, &remarks);
    CHECK_EQ(starts, 257); /* the elements and two of the array */
    CHECK_EQ(ends, 257);
    CHECK_EQ(others, 255 + 3);
    CHECK_EQ(remarks, 0);
    count_nested(WU_XML_MAX_DEPTH, &starts, &ends, &others, &remarks);
    CHECK_EQ(starts, 256);
    CHECK_EQ(ends, 256);
    CHECK_EQ(others, 256 + 1);
    CHECK_EQ(remarks, WU_XML_TOO_DEEP);
    count_nested(10000, &starts, &ends, &others, &remarks);
    CHECK_EQ(starts, 256);
    CHECK_EQ(ends, 256);
    CHECK_EQ(others, 256);
    CHECK_EQ(remarks, WU_XML_TOO_DEEP);
}

/* ---- a first look ---- */

static void
check_look(const char *notation, bool expected)
{
    GByteArray *body = bytes_of(notation);

    if (wu_nbfx_looks_like(slice_of(body)) != expected)
        printf("the body is %s\n", notation);
    CHECK_EQ(wu_nbfx_looks_like(slice_of(body)), expected);
    g_byte_array_free(body, TRUE);
}

static void
looks_like_an_envelope(void)
{
    check_look("56 02 0B 01 's' 04", true);
    check_look("42 02 0A 04", true);
    check_look("44 02 01 01", true);
    check_look("43 01 's' 02 01", true);
    check_look("40 08 'Envelope' 01", true);
    check_look("41 04 'soap' 08 'Envelope' 01", true);
    check_look("70 08 'Envelope' 01", true);
}

static void
looks_like_something_else(void)
{
    check_look("", false);
    check_look("56", false);
    check_look("56 0E 01 01", false);
    check_look("56 03 01 01", false);
    check_look("40 08 'envelope' 01", false);
    check_look("40 09 'Envelope2' 01", false);
    check_look("40 08 'Envelop'", false);
    check_look("'<s:Envelope>'", false);
    check_look("01 56 02 0B 01 's'", false);
    check_look("41 28 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' 08 'Envelope'", false); /* beyond the first 32 bytes */
    CHECK(!wu_nbfx_looks_like((wu_slice){ NULL, 0 }));
}

/* ---- work ---- */

static double
seconds_for(const GByteArray *body)
{
    static wu_nbfx_reader reader;
    wu_event event;
    clock_t start = clock();

    wu_nbfx_start(&reader, slice_of(body), false);
    do
        wu_nbfx_next(&reader, &event);
    while (event.type != WU_EVENT_DONE);
    wu_nbfx_finish(&reader);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void
work_is_linear(void)
{
    static const char *const parts[] = { "40 01 'a'",       "40 01 'a' 01", "04 01 'b' 82",
                                         "04 01 'b' A4 A6", "98 01 'x'",    "80",
                                         "02 00",           "08 00",        "03 40 01 'a' 01 B5 01 01",
                                         "42 05",           "AA 07",        "9E 01 00",
                                         "B6 02 'x' 00" };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        GByteArray *part = bytes_of(parts[i]), *body = bytes_of("40 01 'a'");
        while (body->len < 1024 * 1024)
            g_byte_array_append(body, part->data, part->len);
        double seconds = seconds_for(body);
        if (seconds > 4)
            printf("%g s for %s\n", seconds, parts[i]);
        CHECK(seconds <= 4);
        g_byte_array_free(part, TRUE);
        g_byte_array_free(body, TRUE);
    }
}

const unit_case unit_nbfx_cases[] = {
    { "nbfx: reads elements", reads_elements },
    { "nbfx: reads every element prefix", reads_every_element_prefix },
    { "nbfx: reads attributes", reads_attributes },
    { "nbfx: reads every attribute prefix", reads_every_attribute_prefix },
    { "nbfx: binds namespaces", binds_namespaces },
    { "nbfx: reads text records", reads_text_records },
    { "nbfx: reads text records in attributes", reads_text_records_in_attributes },
    { "nbfx: writes floating point numbers as XML does", writes_floating_point_numbers_as_xml_does },
    { "nbfx: writes durations as XML does", writes_durations_as_xml_does },
    { "nbfx: reads extreme durations", reads_extreme_durations },
    { "nbfx: writes fractions of seconds as XML does", writes_fractions_of_seconds_as_xml_does },
    { "nbfx: reads days of all calendars", reads_days_of_all_calendars },
    { "nbfx: reads times of all kinds", reads_times_of_all_kinds },
    { "nbfx: refuses impossible values", refuses_impossible_values },
    { "nbfx: remarks on forbidden values", remarks_on_forbidden_values },
    { "nbfx: limits base64", limits_base64 },
    { "nbfx: raw is there for byte arrays only", raw_is_there_for_byte_arrays_only },
    { "nbfx: reads long texts", reads_long_texts },
    { "nbfx: reads lists", reads_lists },
    { "nbfx: refuses broken lists", refuses_broken_lists },
    { "nbfx: reads arrays", reads_arrays },
    { "nbfx: reads arrays among others", reads_arrays_among_others },
    { "nbfx: arrays bind their namespaces", arrays_bind_their_namespaces },
    { "nbfx: arrays know their places", arrays_know_their_places },
    { "nbfx: refuses broken arrays", refuses_broken_arrays },
    { "nbfx: endless arrays end with the body", endless_arrays_end_with_the_body },
    { "nbfx: reads the static dictionary", reads_the_static_dictionary },
    { "nbfx: names beyond the static dictionary", names_beyond_the_static_dictionary },
    { "nbfx: names the session dictionary", names_the_session_dictionary },
    { "nbfx: session names last", session_names_last },
    { "nbfx: skips the string table", skips_the_string_table },
    { "nbfx: string tables may be cut", string_tables_may_be_cut },
    { "nbfx: QNames are whole", qnames_are_whole },
    { "nbfx: reads long numbers", reads_long_numbers },
    { "nbfx: reads long strings", reads_long_strings },
    { "nbfx: skips comments", skips_comments },
    { "nbfx: reads mixed content", reads_mixed_content },
    { "nbfx: refuses unknown records", refuses_unknown_records },
    { "nbfx: refuses ends without beginning", refuses_ends_without_beginning },
    { "nbfx: events know their places", events_know_their_places },
    { "nbfx: lengths end with the body", lengths_end_with_the_body },
    { "nbfx: nothing comes behind the end", nothing_comes_behind_the_end },
    { "nbfx: cut attributes are left out", cut_attributes_are_left_out },
    { "nbfx: reads a sample cut at every byte", reads_a_sample_cut_at_every_byte },
    { "nbfx: attributes are limited", attributes_are_limited },
    { "nbfx: bindings are limited", bindings_are_limited },
    { "nbfx: depth is limited", depth_is_limited },
    { "nbfx: looks like an envelope", looks_like_an_envelope },
    { "nbfx: looks like something else", looks_like_something_else },
    { "nbfx: work is linear", work_is_linear },
    { NULL, NULL }
};
