/* hresult.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hresult.h"

#include "tables.h"

wu_hresult
wu_hresult_parts(uint32_t code)
{
    uint32_t plain = code & ~WU_HRESULT_N_BIT;
    wu_hresult parts = {
        .failure = (code & 0x80000000u) != 0,
        .reserved = (code & 0x40000000u) != 0,
        .customer = (code & 0x20000000u) != 0,
        .ntstatus = (code & WU_HRESULT_N_BIT) != 0,
        .facility = (plain >> 16) & 0xfff,
        .low_word = code & 0xffff,
    };
    parts.is_win32 = (code & 0xffff0000u) == 0x80070000u;
    return parts;
}

uint32_t
wu_hresult_from_win32(uint32_t win32)
{
    return win32 ? 0x80070000u | (win32 & 0xffff) : 0;
}

static const wu_facility_row *
find_facility(uint16_t facility)
{
    size_t low = 0, high = WU_N_FACILITIES;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (wu_facilities[middle].value < facility)
            low = middle + 1;
        else
            high = middle;
    }
    return low < WU_N_FACILITIES && wu_facilities[low].value == facility ? &wu_facilities[low] : NULL;
}

const char *
wu_facility_name(uint16_t facility)
{
    const wu_facility_row *row = find_facility(facility);
    return row ? wu_text(row->name) : "";
}

const char *
wu_facility_text(uint16_t facility)
{
    const wu_facility_row *row = find_facility(facility);
    return row ? wu_text(row->text) : "";
}
