/* code_table.h
 * From a number to what it may mean, and from a symbol to its number.
 *
 * A number has readings. 0x80072EE2 is WinHTTP's timeout and WinINet's; 0x80070005 is COM's E_ACCESSDENIED and Win32's
 * ERROR_ACCESS_DENIED. All of them are returned, the one a Windows Update user should see first at the front: names of
 * their own before aliases, then in the order of tables/families.tsv.
 *
 * Sources of the rules beyond the tables: facility 0x19 carries any HTTP status (bitsmsg.h, BG_E_HTTP_ERROR_*); 0x80CF
 * mirrors 0x8024 for the Intune PC agent (Intune documentation); 0x8024CEnn carries a device problem code (wuerror.h);
 * N marks an NTSTATUS (HRESULT_FROM_NT, winerror.h). Further rules, such as 0xC007nnnn, are rows of tables/code_rules.tsv.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_CODE_TABLE_H
#define WU_CORE_CODE_TABLE_H

#include "slice.h"
#include "tables.h"

/* What a number is said to be by the place it was found in. */
enum wu_space {
    WU_AS_HRESULT,    /* a 32-bit code; numbers up to 65535 are read as Win32 errors too */
    WU_AS_WIN32,      /* a Win32, WinHTTP or Winsock error number */
    WU_AS_HTTP_STATUS /* an HTTP status */
};

enum wu_reading_how {
    WU_READ_TABLE,    /* the number stands in a table */
    WU_READ_WIN32,    /* the low word of 0x8007nnnn stands in a table */
    WU_READ_HTTP,     /* 0x8019nnnn: the low word is an HTTP status */
    WU_READ_MIRROR,   /* 0x80CFnnnn: counterpart of 0x8024nnnn */
    WU_READ_DEVICE,   /* 0x8024CEnn: device problem code */
    WU_READ_NTSTATUS, /* an NTSTATUS with the N bit; its symbol is empty when the table lacks the status */
    WU_READ_RULE,     /* a rule of tables/code_rules.tsv: 0xC007nnnn is NTSTATUS_FROM_WIN32 */
    WU_READ_MISPRINT, /* documentation prints this number for the symbol, whose number is true_code */
    WU_READ_USER      /* from the user's own table */
};

typedef struct {
    enum wu_family family;
    enum wu_reading_how how;
    const char *symbol, *text, *hint; /* "" when there is none; constant, except for made[]; the symbol
                                         is empty where none was published */
    uint32_t true_code;               /* the number of the symbol; differs from the one asked for after a misprint,
                                         and is the plain number (12007) for WU_READ_WIN32 */
    bool alias, success;              /* success: not an error, whatever the severity bit says */
    char made_symbol[96], made_text[320];
} wu_reading;

#define WU_MAX_READINGS 8

/* A code of the user. The texts belong to the caller and have to outlive the next call of wu_code_set_user(). */
typedef struct {
    uint32_t value;
    enum wu_family family;
    const char *symbol, *text;
} wu_user_code;

/* Replaces the user's codes by n others, sorted by value; they are returned before all other readings. NULL and 0 take
 * them away. Not thread safe: call it while nothing looks codes up. */
void wu_code_set_user(const wu_user_code *codes, size_t n);

/* Chooses the language of the meanings (not of the hints): "en", which is the default, or one of wu_languages[], in either
 * case. What has no sentence in it is in English. False, and nothing changed, when there is no such language. Not thread
 * safe: call it while nothing looks codes up. */
bool wu_set_language(wu_slice code);

/* Fills out[] with up to max readings of code and returns how many. 0: the number is unknown. No allocation. */
size_t wu_code_readings(uint32_t code, enum wu_space space, wu_reading *out, size_t max);

/* True when the code tells of a failure: for a 32-bit code the severity bit, for a Win32 number anything but 0, for an
 * HTTP status 400 and up; success rows of the tables are never failures. */
bool wu_code_is_error(uint32_t code, enum wu_space space);

/* Numbers of a symbol, compared in either case: returns how many rows have it and, unless NULL, the first one's place
 * in *first; wu_code_symbol_row(first + i) are the others. SUS_E_* and SUS_S_*, which old agents print, are the names that
 * the headers write WU_E_* and WU_S_*. */
size_t wu_code_by_name(wu_slice symbol, size_t *first);
const wu_code_row *wu_code_symbol_row(size_t place);
enum wu_space wu_code_row_space(const wu_code_row *row);

/* True when the tables hold a code with the same severity and facility. */
bool wu_code_has_neighbours(uint32_t code);

/* The row of an HTTP status, or NULL. */
const wu_code_row *wu_http_status_row(uint32_t status);

/* The family of a name as it is shown ("WinHTTP"), or WU_FAMILY_MAX when there is none of that name. */
enum wu_family wu_family_by_name(wu_slice name);

#endif
