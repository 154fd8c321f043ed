/* test_tcp_segment.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp_segment.h"
#include "unit.h"

#define IPV4(length, fragment, protocol)                                                      \
    "\x45\0" length "\0\1" fragment "\x40" protocol "\0\0" "\xc0\0\2\x14" "\xc0\0\2\x66"
#define IPV6(length, next) "\x60\0\0\0" length next "\x40" "0123456789abcdef" "0123456789abcdef"
#define TCP(header, flags) "\xca\x70\x21\x52" "\x12\xea\x1c\x4f" "\0\0\0\0" header flags "\1\0" "\0\0\0\0"

static bool
read_bytes(wu_slice packet, wu_tcp_segment *s)
{
    *s = (wu_tcp_segment){ .seq = 0 };
    return wu_tcp_read_segment(packet, s);
}

static void
reads_ipv4(void)
{
    wu_tcp_segment s;

    CHECK(read_bytes(BYTES(IPV4("\0\x2d", "\x40\0", "\6") TCP("\x50", "\x18") "hello" "trailer"), &s));
    CHECK_EQ(s.source_port, 0xca70);
    CHECK_EQ(s.destination_port, 8530);
    CHECK_EQ(s.seq, 0x12ea1c4f);
    CHECK_SLICE(s.payload, "hello");
    CHECK_EQ(s.missing, 0);
    CHECK(read_bytes(BYTES(IPV4("\0\x2d", "\0\0", "\6") TCP("\x60", "\x02") "optshello"), &s));
    CHECK_SLICE(s.payload, "h");
    CHECK_EQ(s.seq, 0x12ea1c50);
    CHECK(read_bytes(BYTES(IPV4("\0\x28", "\0\0", "\6") TCP("\x50", "\x10") "\0\0\0\0\0\0"), &s));
    CHECK_EQ(s.payload.n, 0);
}

static void
reads_what_was_captured(void)
{
    wu_tcp_segment s;

    CHECK(read_bytes(BYTES(IPV4("\0\x2d", "\0\0", "\6") TCP("\x50", "\x18") "he"), &s));
    CHECK_SLICE(s.payload, "he");
    CHECK_EQ(s.missing, 3);
    CHECK(read_bytes(BYTES(IPV4("\0\x2d", "\0\0", "\6") TCP("\x60", "\x18") "op"), &s));
    CHECK_EQ(s.payload.n, 0);
    CHECK_EQ(s.missing, 1);
    CHECK(read_bytes(BYTES(IPV4("\0\0", "\0\0", "\6") TCP("\x50", "\x18") "of a large segment"), &s));
    CHECK_SLICE(s.payload, "of a large segment");
}

static void
reads_ipv6(void)
{
    wu_tcp_segment s;

    CHECK(read_bytes(BYTES(IPV6("\0\x19", "\6") TCP("\x50", "\x18") "hello" "trailer"), &s));
    CHECK_SLICE(s.payload, "hello");
    CHECK_EQ(s.destination_port, 8530);
    CHECK(read_bytes(BYTES(IPV6("\0\x31", "\0") "\x3c\0" "123456" "\6\1" "123456" "12345678" TCP("\x50", "\x18") "hello"), &s));
    CHECK_SLICE(s.payload, "hello");
}

static void
refuses_other_packets(void)
{
    wu_tcp_segment s;

    CHECK(!read_bytes(wu_slice_of(NULL, 0), &s));
    CHECK(!read_bytes(BYTES("\x45"), &s));
    CHECK(!read_bytes(BYTES("\x55\0\0\x2d" "0123456789abcdef0123456789abcdef0123456789abcdef"), &s));
    CHECK(!read_bytes(BYTES(IPV4("\0\x2d", "\0\0", "\x11") TCP("\x50", "\x18") "hello"), &s)); /* UDP */
    CHECK(!read_bytes(BYTES(IPV4("\0\x2d", "\x20\0", "\6") TCP("\x50", "\x18") "hello"), &s)); /* more fragments */
    CHECK(!read_bytes(BYTES(IPV4("\0\x2d", "\0\1", "\6") TCP("\x50", "\x18") "hello"), &s));   /* a later one */
    CHECK(!read_bytes(BYTES(IPV4("\0\x27", "\0\0", "\6") TCP("\x50", "\x18") "hello"), &s));   /* too short for TCP */
    CHECK(!read_bytes(BYTES(IPV4("\0\x2d", "\0\0", "\6") TCP("\x40", "\x18") "hello"), &s));   /* its header, too */
    CHECK(!read_bytes(BYTES(IPV4("\0\x2d", "\0\0", "\6") TCP("\xf0", "\x18") "hello"), &s));
    CHECK(!read_bytes(BYTES(IPV4("\0\x2d", "\0\0", "\6") "0123456789"), &s));
    CHECK(!read_bytes(BYTES("\x41\0\0\x2d" "\0\1\0\0\x40\6\0\0" "0123456789abcdef0123456789abcdef"), &s));
    CHECK(!read_bytes(BYTES(IPV6("\0\x19", "\x11") TCP("\x50", "\x18") "hello"), &s));
    CHECK(!read_bytes(BYTES(IPV6("\0\x19", "\x2c") "\6\0\0\0\0\0\0\0" TCP("\x50", "\x18")), &s)); /* a fragment */
    CHECK(!read_bytes(BYTES(IPV6("\0\x19", "\0") "\6\xff" "123456"), &s));                        /* beyond the end */
}

const unit_case unit_tcp_segment_cases[] = {
    { "tcp: reads IPv4", reads_ipv4 },
    { "tcp: reads what was captured", reads_what_was_captured },
    { "tcp: reads IPv6", reads_ipv6 },
    { "tcp: refuses other packets", refuses_other_packets },
    { NULL, NULL },
};
