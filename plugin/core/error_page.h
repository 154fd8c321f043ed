/* error_page.h
 * What error pages say: of IIS ("HTTP Error 500.19"), of ASP.NET ("Exception Details: ..."), of proxies; as HTML or plain text.
 *
 * Sources: pages of IIS 7 to 10 and of ASP.NET 4.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_ERROR_PAGE_H
#define WU_CORE_ERROR_PAGE_H

#include "code_finder.h"

#define WU_PAGE_MAX_BYTES (64u * 1024) /* of a page that are looked at */
#define WU_PAGE_MAX_CODES 16u

typedef struct {
    unsigned substatus;               /* 19 of 500.19; 0: none */
    size_t substatus_offset, substatus_length; /* of 500.19 */
    wu_slice exception;               /* "System.IO.FileLoadException: Could not load ..." up to the end of its line or a tag;
                                         n is 0: none. Not decoded; in the page */
    wu_found code[WU_PAGE_MAX_CODES]; /* offsets count in the page */
    unsigned codes;
} wu_error_page;

/* Reads the body of an answer with an error status. Where a tag stands, words do not touch; what stands within tags, scripts
 * and styles is no text. The page is only read, and has to stay as long as the result. */
void wu_error_page_read(wu_slice body, uint32_t status, wu_error_page *page);

/* The failure that the path of an error report to Watson names
 * (/StageOne/Generic/WindowsUpdateFailure3/7_6_7600_256/80072efe/...): a part of its own of eight hexadecimal digits. */
bool wu_watson_code(wu_slice target, uint32_t *code, wu_slice *where);

#endif
