/* dns_message.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "dns_message.h"

#define HEADER 12u

static unsigned
get16(wu_slice s, size_t at)
{
    return (unsigned)s.p[at] << 8 | s.p[at + 1];
}

static char
host_character(uint8_t c)
{
    c = wu_lower(c);
    return (char)(wu_is_alnum(c) || c == '-' || c == '_' ? c : '?');
}

/* Reads the name at *at and moves *at behind it. text may be NULL: then the name is only stepped over. False when it is
 * cut off, too long, or follows too many pointers. */
static bool
read_name(wu_slice s, size_t *at, char *text)
{
    size_t i = *at, n = 0;
    unsigned pointers = 0;

    for (;;) {
        if (i >= s.n)
            return false;
        uint8_t length = s.p[i];
        if (length >= 0xc0) {
            if (i + 2 > s.n || pointers++ == WU_DNS_MAX_POINTERS)
                return false;
            if (pointers == 1)
                *at = i + 2;
            if (!text)
                return true;
            i = get16(s, i) & 0x3fff;
            continue;
        }
        if (length > 63 || i + 1 + length > s.n)
            return false;
        i++;
        if (!length)
            break;
        if (n + length + 1 > WU_DNS_MAX_NAME)
            return false;
        for (unsigned k = 0; text && k < length; k++)
            text[n + k] = host_character(s.p[i + k]);
        n += length;
        if (text)
            text[n] = '.';
        n++;
        i += length;
    }
    if (text)
        text[n ? n - 1 : 0] = '\0';
    if (!pointers)
        *at = i;
    return true;
}

/* Reads the record at *at and moves *at behind it. */
static bool
read_record(wu_slice s, size_t *at, wu_dns_message *m)
{
    if (!read_name(s, at, NULL) || *at + 10 > s.n)
        return false;
    unsigned type = get16(s, *at), class = get16(s, *at + 2), length = get16(s, *at + 8);
    size_t data = *at + 10;

    if (data + length > s.n)
        return false;
    *at = data + length;
    if (class != 1)
        return true;
    if (type == WU_DNS_CNAME)
        m->alias = true;
    if ((type == WU_DNS_A && length == 4) || (type == WU_DNS_AAAA && length == 16)) {
        m->addresses++;
        if (m->kept < WU_DNS_MAX_ADDRESSES)
            m->address[m->kept++] = wu_address_of(s.p + data, length);
    }
    return true;
}

bool
wu_dns_read(wu_slice bytes, wu_dns_message *m)
{
    size_t at = HEADER;

    if (bytes.n < HEADER)
        return false;
    unsigned flags = get16(bytes, 2), answers = get16(bytes, 6);
    if ((flags & 0x7800) || get16(bytes, 4) != 1)
        return false;
    m->id = (uint16_t)get16(bytes, 0);
    m->response = flags >> 15;
    m->truncated = flags & 0x0200;
    m->rcode = flags & 0x0f;
    m->alias = false;
    m->addresses = m->kept = 0;
    if (!read_name(bytes, &at, m->name) || at + 4 > bytes.n || get16(bytes, at + 2) != 1)
        return false;
    m->type = (uint16_t)get16(bytes, at);
    at += 4;
    unsigned read = 0;
    while (read < answers && read < WU_DNS_MAX_ANSWERS && read_record(bytes, &at, m))
        read++;
    m->whole = read == answers;
    return true;
}
