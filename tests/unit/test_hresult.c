/* test_hresult.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hresult.h"
#include "unit.h"

static void
check_parts(uint32_t code, const char *bits, uint16_t facility, uint16_t low_word)
{
    wu_hresult parts = wu_hresult_parts(code);
    char got[] = { parts.failure ? 'S' : '-', parts.reserved ? 'R' : '-', parts.customer ? 'C' : '-',
                   parts.ntstatus ? 'N' : '-', parts.is_win32 ? 'W' : '-', '\0' };

    CHECK_TEXT(got, bits);
    CHECK_EQ(parts.facility, facility);
    CHECK_EQ(parts.low_word, low_word);
}

static void
takes_codes_apart(void)
{
    check_parts(0, "-----", 0, 0);
    check_parts(0xffffffff, "SRCN-", 0xfff, 0xffff);
    check_parts(0x80244022, "S----", 0x24, 0x4022);
    check_parts(0x00240006, "-----", 0x24, 6);
    check_parts(0x80072ee2, "S---W", 7, 0x2ee2);
    check_parts(0x00070005, "-----", 7, 5);
    check_parts(0xa0070005, "S-C--", 7, 5);
    check_parts(0xc1900101, "SR---", 0x190, 0x101);
    check_parts(0xd0000022, "SR-N-", 0, 0x22);
    check_parts(0x20000001, "--C--", 0, 1);
    check_parts(0x7fff0000, "-RCN-", 0xfff, 0);
}

static void
takes_large_facilities(void)
{
    check_parts(0x887a0005, "S----", 2170, 5); /* reaches into the reserved bit 27 */
    check_parts(0x8fff1234, "S----", 0xfff, 0x1234);
    check_parts(0x987a0005, "S--N-", 2170, 5);
    check_parts(0x083d0000, "-----", 0x83d, 0);
}

static void
every_bit_alone(void)
{
    check_parts(0x80000000, "S----", 0, 0);
    check_parts(0x40000000, "-R---", 0, 0);
    check_parts(0x20000000, "--C--", 0, 0);
    check_parts(0x10000000, "---N-", 0, 0);
    for (unsigned bit = 16; bit < 28; bit++)
        check_parts(1u << bit, "-----", (uint16_t)(1u << (bit - 16)), 0);
    for (unsigned bit = 0; bit < 16; bit++)
        check_parts(1u << bit, "-----", 0, (uint16_t)(1u << bit));
}

static void
makes_hresults(void)
{
    CHECK_EQ(wu_hresult_from_win32(0), 0);
    CHECK_EQ(wu_hresult_from_win32(5), 0x80070005u);
    CHECK_EQ(wu_hresult_from_win32(12002), 0x80072ee2u);
    CHECK_EQ(wu_hresult_from_win32(65535), 0x8007ffffu);
    CHECK_EQ(wu_hresult_from_win32(0x12345), 0x80072345u);
}

static void
names_facilities(void)
{
    CHECK_TEXT(wu_facility_name(0), "NULL");
    CHECK_TEXT(wu_facility_name(7), "WIN32");
    CHECK_TEXT(wu_facility_name(9), "SECURITY"); /* SSPI shares the number and comes second */
    CHECK_TEXT(wu_facility_name(0x19), "HTTP");
    CHECK_TEXT(wu_facility_name(0x20), "BACKGROUNDCOPY");
    CHECK_TEXT(wu_facility_name(0x24), "WINDOWSUPDATE");
    CHECK_TEXT(wu_facility_name(0x3d), "WEBSERVICES");
    CHECK_TEXT(wu_facility_name(0xd0), "DELIVERY_OPTIMIZATION");
    CHECK_TEXT(wu_facility_name(2170), "DXGI");
    CHECK_TEXT(wu_facility_name(5), "");
    CHECK_TEXT(wu_facility_name(0xfff), "");
    CHECK_TEXT(wu_facility_text(5), "");
    CHECK_TEXT(wu_facility_text(7), "Win32: the low 16 bits are a Windows system error number.");
}

/* 77, 207 and 400 are in use but have no FACILITY_ name. */
static void
describes_nameless_facilities(void)
{
    static const uint16_t nameless[] = { 77, 207, 400 };

    for (size_t i = 0; i < sizeof nameless / sizeof *nameless; i++) {
        CHECK_TEXT(wu_facility_name(nameless[i]), "");
        CHECK(*wu_facility_text(nameless[i]));
    }
}

const unit_case unit_hresult_cases[] = {
    { "hresult: takes codes apart", takes_codes_apart },
    { "hresult: takes facilities beyond 2047", takes_large_facilities },
    { "hresult: knows every bit", every_bit_alone },
    { "hresult: makes codes of Win32 errors", makes_hresults },
    { "hresult: names facilities", names_facilities },
    { "hresult: describes facilities without a name", describes_nameless_facilities },
    { NULL, NULL }
};
