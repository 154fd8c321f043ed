/* dns_message.h
 * A DNS message: what was asked, what came of it, and which addresses it holds.
 *
 * Source: RFC 1035, RFC 3596. Reads the first question and the answer section; the sections behind are left alone.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_DNS_MESSAGE_H
#define WU_CORE_DNS_MESSAGE_H

#include "address.h"

#define WU_DNS_MAX_NAME      255u /* bytes of labels with their lengths (RFC 1035 allows 254), and so characters of a name */
#define WU_DNS_MAX_ANSWERS   128u /* records that are looked at */
#define WU_DNS_MAX_ADDRESSES 16u  /* addresses that are kept; a client takes one of the first */

enum { WU_DNS_A = 1, WU_DNS_CNAME = 5, WU_DNS_AAAA = 28 };
enum { WU_DNS_NOERROR = 0, WU_DNS_SERVFAIL = 2, WU_DNS_NXDOMAIN = 3, WU_DNS_REFUSED = 5 };

typedef struct {
    uint16_t id;
    bool response, truncated;          /* truncated: the server says that the rest did not fit */
    uint8_t rcode;
    uint8_t labels[WU_DNS_MAX_NAME + 9]; /* the name of the question: labels in lower case with their lengths in front, without the
                                          empty one at the end; NULs up to a multiple of 8 bytes */
    size_t n_labels;                   /* bytes */
    uint64_t hash;                     /* of them */
    uint16_t type;                     /* of the question */
    bool alias;                        /* an answer is a CNAME */
    bool whole;                        /* all records of the answer section could be read, or it is not looked at */
    unsigned addresses;                /* A and AAAA records of the answer section, all of them */
    unsigned kept;                     /* of these, the number of entries of address[] */
    wu_address address[WU_DNS_MAX_ADDRESSES];
} wu_dns_message;

/* The question of a message, as it stands there. */
typedef struct {
    wu_slice name; /* labels with their lengths in front, without the empty one at the end, however they are spelt */
    uint64_t hash; /* of the name, spelt so */
    uint16_t type;
} wu_dns_question;

/* Finds the question of a message, where wu_dns_read_question() reads one. Cheaper than that. */
bool wu_dns_find_question(wu_slice bytes, wu_dns_question *question);

/* Reads the beginning of a standard query or its response with one question of class IN, up to the end of the question, which is at
 * *end then. Nothing is known of answers. False when the bytes are anything else, or end before the question does, or the question
 * has a compression pointer, which nothing is in front of. */
bool wu_dns_read_question(wu_slice bytes, wu_dns_message *message, size_t *end);

/* Reads the answers that follow the question, where it is one for addresses. What follows a record that is cut off is not read: whole
 * is false. */
void wu_dns_read_answers(wu_slice bytes, wu_dns_message *message, size_t end);

/* Both. */
bool wu_dns_read(wu_slice bytes, wu_dns_message *message);

/* Writes the name that labels stand for as people do: no dot at the end, NUL terminated; bytes that names of hosts do not have
 * are '?'. text has room for as many bytes. */
void wu_dns_name(const uint8_t *labels, size_t n, char *text);

#endif
