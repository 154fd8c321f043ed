/* show.c
 * What becomes of a code that was found: left out, counted, or reported.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

void
wu_show_code(wu_session *session, const wu_place *place, const wu_log_code *code, const uint32_t *other)
{
    if (session->errors && !wu_code_is_error(code->found.code, code->found.space))
        return;
    session->unknown |= !wu_code_known(code);
    if (session->summary)
        wu_summary_add(session->summary, place, code);
    else
        wu_report_code(session, place, code, other);
}
