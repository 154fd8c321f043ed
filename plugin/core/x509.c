/* x509.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "x509.h"

enum { INTEGER = 0x02, OCTETS = 0x04, OBJECT = 0x06, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18, SEQUENCE = 0x30, SET = 0x31,
       VERSION = 0xa0, EXTENSIONS = 0xa3, DNS_NAME = 0x82, IP_ADDRESS = 0x87 };

/* Takes the value at the beginning of *s off it. A value that is longer than what is there is cut. False at the end, and at a
 * length that is no length of DER. */
static bool
take(wu_slice *s, uint8_t *tag, wu_slice *value)
{
    if (s->n < 2)
        return false;
    size_t header = 2, length = s->p[1];
    if (length & 0x80) {
        unsigned width = (unsigned)length & 0x7f;
        if (!width || width > 4 || s->n < 2 + width)
            return false;
        length = 0;
        for (unsigned i = 0; i < width; i++)
            length = length << 8 | s->p[2 + i];
        header += width;
    }
    *tag = s->p[0];
    wu_slice rest = wu_slice_from(*s, header);
    *value = wu_slice_of(rest.p, length < rest.n ? length : rest.n);
    *s = wu_slice_from(rest, value->n);
    return true;
}

static bool
take_tag(wu_slice *s, uint8_t wanted, wu_slice *value)
{
    uint8_t tag;
    return take(s, &tag, value) && tag == wanted;
}

/* The common name (2.5.4.3) of a name, or its last part. */
static wu_slice
read_name(wu_slice name)
{
    wu_slice set, pair, type, value = { NULL, 0 }, found = { NULL, 0 };
    uint8_t tag;

    for (unsigned i = 0; i < WU_X509_MAX_NAMES && take_tag(&name, SET, &set); i++)
        if (take_tag(&set, SEQUENCE, &pair) && take_tag(&pair, OBJECT, &type) && take(&pair, &tag, &value)) {
            found = value;
            if (type.n == 3 && !memcmp(type.p, "\x55\x04\x03", 3))
                break;
        }
    return found;
}

static bool
read_two(wu_slice text, size_t at, unsigned *value)
{
    if (at + 2 > text.n || !wu_is_digit(text.p[at]) || !wu_is_digit(text.p[at + 1]))
        return false;
    *value = (unsigned)(text.p[at] - '0') * 10 + (unsigned)(text.p[at + 1] - '0');
    return true;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month > 2 ? year : year - 1; /* years begin in March: the leap day is the last one */
    unsigned m = (month + 9) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. */
static int64_t
read_time(uint8_t tag, wu_slice text)
{
    unsigned part[7], n = tag == GENERALIZED_TIME ? 7 : 6;
    int64_t year;

    if (tag != UTC_TIME && tag != GENERALIZED_TIME)
        return INT64_MIN;
    for (unsigned i = 0; i < n; i++)
        if (!read_two(text, 2 * i, &part[i]))
            return INT64_MIN;
    if (n == 7)
        year = part[0] * 100 + part[1];
    else
        year = part[0] < 50 ? 2000 + part[0] : 1900 + part[0];
    const unsigned *rest = part + n - 5; /* month, day, hour, minute, second */
    if (rest[0] < 1 || rest[0] > 12 || rest[1] < 1 || rest[1] > 31)
        return INT64_MIN;
    return days_of(year, rest[0], rest[1]) * 86400 + rest[2] * 3600 + rest[3] * 60 + rest[4];
}

static void
read_validity(wu_slice validity, wu_x509 *c)
{
    wu_slice text;
    uint8_t tag;

    if (take(&validity, &tag, &text))
        c->not_before = read_time(tag, text);
    if (take(&validity, &tag, &text))
        c->not_after = read_time(tag, text);
}

static void
read_alternative_names(wu_slice octets, wu_x509 *c)
{
    wu_slice list, name;
    uint8_t tag;

    if (!take_tag(&octets, SEQUENCE, &list))
        return;
    while (c->names < WU_X509_MAX_NAMES && take(&list, &tag, &name)) {
        if (tag != DNS_NAME && (tag != IP_ADDRESS || (name.n != 4 && name.n != 16)))
            continue;
        c->is_address[c->names] = tag == IP_ADDRESS;
        c->name[c->names++] = name;
    }
}

/* Of the extensions only subjectAltName (2.5.29.17). */
static void
read_extensions(wu_slice s, wu_x509 *c)
{
    wu_slice list, extension, type, value;
    uint8_t tag;

    if (!take_tag(&s, SEQUENCE, &list))
        return;
    for (unsigned i = 0; i < WU_X509_MAX_NAMES && take_tag(&list, SEQUENCE, &extension); i++) {
        if (!take_tag(&extension, OBJECT, &type) || type.n != 3 || memcmp(type.p, "\x55\x1d\x11", 3))
            continue;
        while (take(&extension, &tag, &value)) /* whether it is critical may stand in between */
            if (tag == OCTETS)
                read_alternative_names(value, c);
    }
}

bool
wu_x509_read(wu_slice der, wu_x509 *c)
{
    wu_slice certificate, body, value, issuer, subject;
    uint8_t tag;

    memset(c, 0, sizeof *c);
    c->not_before = c->not_after = INT64_MIN;
    if (!take_tag(&der, SEQUENCE, &certificate) || !take_tag(&certificate, SEQUENCE, &body) || !take(&body, &tag, &value))
        return false;
    if (tag == VERSION && !take(&body, &tag, &value))
        return false;
    if (tag != INTEGER || !take_tag(&body, SEQUENCE, &value)) /* serial number, algorithm */
        return false;
    if (!take_tag(&body, SEQUENCE, &issuer))
        return true;
    c->issuer = read_name(issuer);
    if (take_tag(&body, SEQUENCE, &value))
        read_validity(value, c);
    if (!take_tag(&body, SEQUENCE, &subject))
        return true;
    c->subject = read_name(subject);
    c->self_issued = subject.n && subject.n == issuer.n && !memcmp(subject.p, issuer.p, subject.n);
    while (take(&body, &tag, &value))
        if (tag == EXTENSIONS)
            read_extensions(value, c);
    return true;
}

static bool
is_same_host(wu_slice pattern, wu_slice host)
{
    if (pattern.n > 2 && pattern.p[0] == '*' && pattern.p[1] == '.') {
        size_t dot = wu_slice_find_byte(host, 0, '.');
        pattern = wu_slice_from(pattern, 1);
        host = wu_slice_from(host, dot);
    }
    return host.n && pattern.n == host.n && wu_nocase_equal(pattern.p, host.p, host.n);
}

bool
wu_x509_is_for(const wu_x509 *c, wu_slice host)
{
    wu_address address;
    bool numeric = wu_address_read(host, &address);

    for (unsigned i = 0; i < c->names; i++) {
        if (numeric && c->is_address[i] && c->name[i].n == address.n && !memcmp(c->name[i].p, address.bytes, address.n))
            return true;
        if (!numeric && !c->is_address[i] && is_same_host(c->name[i], host))
            return true;
    }
    return !c->names && is_same_host(c->subject, host);
}
