/* main.c
 * Runs the unit tests of core: all of them, or the cases whose names contain the argument.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "unit.h"

unsigned unit_failures;

int
main(int argc, char **argv)
{
    const unit_case *const lists[] = {
        unit_slice_cases, unit_hresult_cases, unit_code_table_cases, unit_code_finder_cases, unit_text_cases,
        unit_code_finder_field_cases, unit_setup_extension_cases, unit_log_line_cases, unit_error_page_cases,
        unit_xml_cases,   unit_nbfx_cases,    unit_xpress_cases,     unit_http_cases,        unit_message_cases,
        unit_wusp_cases,  unit_client_code_cases, unit_findings_cases, unit_xml_writer_cases, unit_http2_cases,
        unit_tcp_segment_cases,
        unit_assembly_cases,
        unit_connection_capture_cases,
        unit_json_writer_cases,
        unit_diagnosis_cases,
        unit_fact_text_cases,
        unit_net_cases,
        unit_connection_cases,
    };
    unsigned passed = 0, failed = 0;

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const unit_case *c = lists[i]; c->name; c++) {
            if (argc > 1 && !strstr(c->name, argv[1]))
                continue;
            unit_failures = 0;
            c->run();
            printf("%s unit %s\n", unit_failures ? "FAIL" : "ok", c->name);
            if (unit_failures)
                failed++;
            else
                passed++;
        }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
