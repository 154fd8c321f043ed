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

#define WU_DNS_MAX_NAME      255u /* characters of a name, without its NUL (RFC 1035 allows 253) */
#define WU_DNS_MAX_ANSWERS   128u /* records that are looked at */
#define WU_DNS_MAX_ADDRESSES 16u  /* addresses that are kept; a client takes one of the first */
#define WU_DNS_MAX_POINTERS  32u  /* compression pointers that one name may follow */

enum { WU_DNS_A = 1, WU_DNS_CNAME = 5, WU_DNS_AAAA = 28 };
enum { WU_DNS_NOERROR = 0, WU_DNS_SERVFAIL = 2, WU_DNS_NXDOMAIN = 3, WU_DNS_REFUSED = 5 };

typedef struct {
    uint16_t id;
    bool response, truncated;          /* truncated: the server says that the rest did not fit */
    uint8_t rcode;
    char name[WU_DNS_MAX_NAME + 1];    /* of the question: lower case, no dot at the end, NUL terminated; bytes that names
                                          of hosts do not have are '?' */
    uint16_t type;                     /* of the question */
    bool alias;                        /* an answer is a CNAME */
    bool whole;                        /* all records of the answer section could be read */
    unsigned addresses;                /* A and AAAA records of the answer section, all of them */
    unsigned kept;                     /* of these, the number of entries of address[] */
    wu_address address[WU_DNS_MAX_ADDRESSES];
} wu_dns_message;

/* Reads a standard query or its response with one question of class IN. False when the bytes are anything else, or end
 * before the question does. What follows a name that loops, or a record that is cut off, is not read: whole is false. */
bool wu_dns_read(wu_slice bytes, wu_dns_message *message);

#endif
