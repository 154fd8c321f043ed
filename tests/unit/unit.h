/* unit.h
 * The little that unit tests of core need: named cases, checks that go on after a failure, a count at the end.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_TESTS_UNIT_H
#define WU_TESTS_UNIT_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "slice.h"

/* One case: a function that checks something, and the name it is reported by. */
typedef struct {
    const char *name;
    void (*run)(void);
} unit_case;

/* Each file of cases offers one list, ended by { NULL, NULL }. */
extern const unit_case unit_slice_cases[], unit_hresult_cases[], unit_code_table_cases[], unit_code_finder_cases[],
    unit_code_finder_field_cases[], unit_setup_extension_cases[], unit_log_line_cases[], unit_error_page_cases[],
    unit_text_cases[], unit_xml_cases[], unit_nbfx_cases[], unit_xpress_cases[], unit_http_cases[], unit_http2_cases[],
    unit_tcp_segment_cases[], unit_assembly_cases[], unit_connection_capture_cases[], unit_message_cases[], unit_wusp_cases[], unit_client_code_cases[], unit_findings_cases[],
    unit_xml_writer_cases[], unit_json_writer_cases[],
    unit_diagnosis_cases[], unit_fact_text_cases[],
    unit_net_cases[], unit_connection_cases[];

/* Set by a failing check; the case goes on. */
extern unsigned unit_failures;

#define CHECK(condition)                                                                      \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                  \
            unit_failures++;                                                                  \
        }                                                                                     \
    } while (0)

#define CHECK_EQ(got, expected)                                                               \
    do {                                                                                      \
        int64_t got_ = (int64_t)(got), expected_ = (int64_t)(expected);                       \
        if (got_ != expected_) {                                                              \
            printf("%s:%d: %s is %" PRId64 " (0x%" PRIX64 "), expected %" PRId64 " (0x%" PRIX64 ")\n", __FILE__, __LINE__, \
                   #got, got_, (uint64_t)got_, expected_, (uint64_t)expected_);               \
            unit_failures++;                                                                  \
        }                                                                                     \
    } while (0)

#define CHECK_TEXT(got, expected)                                                             \
    do {                                                                                      \
        const char *got_ = (got), *expected_ = (expected);                                    \
        if (strcmp(got_, expected_)) {                                                        \
            printf("%s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, #got, got_, expected_); \
            unit_failures++;                                                                  \
        }                                                                                     \
    } while (0)

#define CHECK_SLICE(got, expected)                                                            \
    do {                                                                                      \
        wu_slice got_ = (got);                                                                \
        if (!wu_slice_is(got_, (expected))) {                                                 \
            printf("%s:%d: %s is \"%.*s\", expected \"%s\"\n", __FILE__, __LINE__, #got, (int)got_.n, \
                   got_.p ? (const char *)got_.p : "", (expected));                           \
            unit_failures++;                                                                  \
        }                                                                                     \
    } while (0)

/* The bytes of a string literal, NULs inside included. */
#define BYTES(literal) wu_slice_of((literal), sizeof(literal) - 1)

#endif
