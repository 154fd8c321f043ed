/* dns_message.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "dns_message.h"

#include <glib.h>

#define HEADER 12u

static unsigned
get16(wu_slice s, size_t at)
{
    return (unsigned)s.p[at] << 8 | s.p[at + 1];
}

/* Characters of names of hosts, in lower case. */
static const char host_character[256] = {
    ['-'] = '-', ['_'] = '_',
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g',
    ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n',
    ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u',
    ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g',
    ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n',
    ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u',
    ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
};

/* Moves *at behind the name there. False when it is cut off. */
static inline bool
skip_name(wu_slice s, size_t *at)
{
    size_t i = *at;

    while (i < s.n && s.p[i] && s.p[i] <= 63)
        i += 1 + s.p[i];
    if (i >= s.n || (s.p[i] && s.p[i] < 0xc0))
        return false;
    *at = i + (s.p[i] ? 2 : 1);
    return *at <= s.n;
}

/* Eight bytes with letters in lower case; lengths of labels are no letters. */
static uint64_t
lower_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = word & 0x7f * ones, from_a = low + (0x80 - 'A') * ones, behind_z = low + (0x80 - 'Z' - 1) * ones;

    return word | ((from_a & ~behind_z & ~word & 0x80 * ones) >> 2);
}

/* n: at most 8. What follows them in the message is cut off. */
static uint64_t
word_at(wu_slice s, size_t at, size_t n)
{
    uint64_t word = 0;

    if (s.n - at < 8) {
        memcpy(&word, s.p + at, n);
        return word;
    }
    memcpy(&word, s.p + at, 8);
    return n >= 8 ? word : GUINT64_TO_LE(GUINT64_FROM_LE(word) & ((UINT64_C(1) << 8 * n) - 1));
}

static inline uint64_t
mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 32;
}

static void
read_labels(wu_slice s, size_t n, wu_dns_message *m)
{
    uint64_t h = n;

    m->n_labels = n;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = lower_word(word_at(s, HEADER + i, n - i));
        memcpy(m->labels + i, &word, 8);
        h = mix(h, word);
    }
    m->hash = h;
}

/* The length of the name in the question, SIZE_MAX when there is no question that is read. A name at the beginning of a message has
 * no compression pointers, as nothing is in front of it. */
static inline size_t
question_name(wu_slice s)
{
    size_t i = HEADER;

    if (s.n < HEADER || (s.p[2] & 0x78) || s.p[4] || s.p[5] != 1)
        return SIZE_MAX;
    while (i < s.n && s.p[i]) {
        if (s.p[i] > 63)
            return SIZE_MAX;
        i += 1 + (size_t)s.p[i];
    }
    return i + 5 > s.n || i - HEADER > WU_DNS_MAX_NAME || get16(s, i + 3) != 1 ? SIZE_MAX : i - HEADER;
}

bool
wu_dns_find_question(wu_slice bytes, wu_dns_question *q)
{
    size_t n = question_name(bytes);
    uint64_t h = n, word;

    if (n == SIZE_MAX)
        return false;
    const uint8_t *name = bytes.p + HEADER;
    for (size_t i = 8; i < n; i += 8) {
        memcpy(&word, name + i - 8, 8);
        h = mix(h, word);
    }
    if (n >= 8)
        memcpy(&word, name + n - 8, 8); /* some bytes once more */
    else
        word = word_at(bytes, HEADER, n);
    h = mix(h, word);
    q->name = wu_slice_of(name, n);
    q->hash = h;
    q->type = (uint16_t)get16(bytes, HEADER + n + 1);
    return true;
}

void
wu_dns_name(const uint8_t *labels, size_t n, char *text)
{
    size_t end = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == end) {
            end = i + 1 + labels[i];
            if (i)
                *text++ = '.';
            continue;
        }
        char c = host_character[labels[i]];
        *text++ = (char)(c ? c : '?');
    }
    *text = '\0';
}

/* Reads the record at *at and moves *at behind it. */
static bool
read_record(wu_slice s, size_t *at, wu_dns_message *m)
{
    if (*at + 2 <= s.n && s.p[*at] >= 0xc0)
        *at += 2; /* most of the time */
    else if (!skip_name(s, at))
        return false;
    if (*at + 10 > s.n)
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
wu_dns_read_question(wu_slice bytes, wu_dns_message *m, size_t *end)
{
    size_t n = question_name(bytes);

    if (n == SIZE_MAX)
        return false;
    unsigned flags = get16(bytes, 2);
    read_labels(bytes, n, m);
    m->id = (uint16_t)get16(bytes, 0);
    m->response = flags >> 15;
    m->truncated = flags & 0x0200;
    m->rcode = flags & 0x0f;
    m->type = (uint16_t)get16(bytes, HEADER + n + 1);
    *end = HEADER + n + 5;
    return true;
}

void
wu_dns_read_answers(wu_slice bytes, wu_dns_message *m, size_t at)
{
    bool wanted = m->type == WU_DNS_A || m->type == WU_DNS_AAAA;
    unsigned answers = wanted ? get16(bytes, 6) : 0, read = 0;

    m->alias = false;
    m->addresses = m->kept = 0;
    while (read < answers && read < WU_DNS_MAX_ANSWERS && read_record(bytes, &at, m))
        read++;
    m->whole = read == answers;
}

bool
wu_dns_read(wu_slice bytes, wu_dns_message *m)
{
    size_t end;

    if (!wu_dns_read_question(bytes, m, &end))
        return false;
    wu_dns_read_answers(bytes, m, end);
    return true;
}
