/* tcp_segment.h
 * Where the payload of a TCP segment lies in its IP packet, and which bytes of its direction it holds.
 *
 * Source: RFC 791, RFC 8200 (extension headers), RFC 9293. Fragments are not read.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_TCP_SEGMENT_H
#define WU_CORE_TCP_SEGMENT_H

#include "slice.h"

enum { WU_TCP_FIN = 0x01, WU_TCP_SYN = 0x02, WU_TCP_RST = 0x04, WU_TCP_ACK = 0x10 };

typedef struct {
    uint16_t source_port, destination_port;
    uint8_t flags;    /* WU_TCP_... */
    uint32_t ack;     /* where WU_TCP_ACK is set */
    uint32_t seq;     /* of the first byte of the payload; a SYN counts as the byte in front of it */
    wu_slice payload; /* as far as the capture has it */
    uint32_t missing; /* bytes at its end that were cut off when it was captured */
} wu_tcp_segment;

/* Numbers of protocols of IP. */
enum { IP_TCP = 6, IP_UDP = 17 };

/* Where a protocol begins in the IPv4 or IPv6 packet at the beginning of `packet`, and where the packet says that it ends, which
 * may be behind what is there. False when it is none of that protocol, or a fragment. */
bool wu_ip_find(wu_slice packet, uint8_t protocol, size_t *at, size_t *end);

/* Reads the IPv4 or IPv6 packet at the beginning of `packet`; what follows it there is left alone. False when it is no whole
 * TCP segment with its headers. */
bool wu_tcp_read_segment(wu_slice packet, wu_tcp_segment *segment);

#endif
