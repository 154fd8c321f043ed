/* tables.h
 * The constant tables that tables/compile.c makes of the TSV files, and how to reach the texts in them.
 *
 * All arrays are read only data without relocations: texts are offsets into one pool (wu_text()), so that loading
 * the product costs nothing for them. Value 0 of an offset is the empty text.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_TABLES_H
#define WU_CORE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wu_tables.h" /* generated: enums and sizes */

/* How far a derived code is backed: by a document, by equal names or texts, or by nothing better than plausibility. */
enum wu_basis { WU_BASIS_NONE, WU_BASIS_DOCUMENTED, WU_BASIS_INFERRED, WU_BASIS_GUESS };

enum wu_code_kind {
    WU_CODE_PRIMARY, /* the name of the number in its family */
    WU_CODE_SUCCESS, /* the same, and it tells of a success whatever the severity bit says (ERROR_SUCCESS_REBOOT_...) */
    WU_CODE_ALIAS,   /* a further name of the number */
    WU_CODE_MISPRINT /* a number that documentation prints for the symbol by mistake */
};

/* One (number, symbol) pair. Sorted by number within each of three parts: 32-bit codes from 0, Win32 numbers from
 * WU_FIRST_WIN32, HTTP statuses from WU_FIRST_HTTP; primary names before aliases, then in the order of families.tsv. */
typedef struct {
    uint32_t value, symbol, text, hint;
    uint8_t family; /* enum wu_family */
    uint8_t kind;   /* enum wu_code_kind */
} wu_code_row;

/* A number and the name it is shown by where there is room for one only. Sorted by number. */
typedef struct {
    uint32_t value, name;
} wu_name_row;

/* A language that meanings can be had in; the first one is English, which every row has. */
typedef struct {
    uint32_t code, name; /* "fr" and what it calls itself */
    uint32_t first, n;   /* its sentences in wu_translations */
} wu_language_row;

/* Sorted by code within a language. */
typedef struct {
    uint16_t code; /* place in wu_code_rows */
    uint32_t text; /* UTF-8 */
} wu_translation_row;

/* Numbers of which (number & mask) == value. "%" in the text stands for the rest of the number, in decimal. */
typedef struct {
    uint32_t mask, value, text;
    uint8_t family;  /* enum wu_family */
    uint8_t success; /* not a failure, whatever the severity bit says */
    uint8_t low;     /* enum wu_rule_low: what the low word is */
} wu_code_rule;

typedef struct {
    uint16_t value;
    uint32_t name; /* without FACILITY_ */
    uint32_t text;
    uint8_t kind;
} wu_facility_row;

typedef struct {
    uint32_t from, to;
    uint8_t basis; /* enum wu_basis */
    uint8_t when;  /* enum wu_when: a condition that has to hold */
} wu_mapping_row;

/* What a program that fetches a file without SOAP reports for a status, beside or in place of the general rule. */
typedef struct {
    uint32_t status; /* 0xffffffff: any failing one */
    uint32_t code, because;
    uint8_t service; /* enum wu_service, 0: any */
    uint8_t client;  /* enum wu_client */
    uint8_t head;    /* for HEAD only */
    uint8_t how;     /* enum wu_how: in place of the general code, by somebody else beside it, or in the end */
    uint8_t basis;
} wu_file_row;

typedef struct {
    uint8_t kind; /* enum wu_wws_kind */
    uint32_t key, value;
    uint8_t basis;
} wu_wws_row;

/* A code that a program reports for a connection that fails; the rows of an event and program are a chain, in their order. */
typedef struct {
    uint8_t event;   /* enum wu_transport_event */
    uint8_t program; /* 0: a step of every program; else enum wu_reporter + 1 */
    uint32_t value;
    uint8_t hresult; /* else a Win32 number */
    uint8_t set;     /* one of several codes that the sources name */
    uint8_t basis;   /* enum wu_basis */
} wu_transport_row;

/* A WSUS ErrorCode, sorted by name. */
typedef struct {
    uint32_t name, meaning, next_step, server_next_step; /* of a client, of a downstream server */
    uint32_t value, older_value; /* 0: none */
    uint8_t basis, older_basis;
    uint8_t recovery; /* the protocol foresees it: the client goes on by itself */
} wu_fault_row;

typedef struct {
    uint32_t id, name, meaning, event_class;
    uint8_t outcome; /* enum wu_event_outcome */
} wu_event_row;

typedef struct {
    uint8_t names; /* enum wu_enum */
    uint32_t value, name;
} wu_enum_row;

typedef struct {
    uint32_t name, name_space, about;
    uint8_t http;   /* recognised by path, host or agent only: no SOAP */
    uint8_t client; /* enum wu_client: who calls it */
} wu_service_row;

typedef struct {
    uint32_t name, about;
    uint8_t service; /* enum wu_service */
    uint8_t client;  /* enum wu_client where it is another than the service's, else 0 */
} wu_operation_row;

/* The characters of a text as bits, by the lower five bits of each, in which letters of both cases are equal: a text that lacks one of
 * them does not hold the row's. */
static inline uint32_t
wu_letters(const uint8_t *text, size_t n)
{
    uint32_t letters = 0;

    for (size_t i = 0; i < n; i++)
        letters |= UINT32_C(1) << (text[i] & 31);
    return letters;
}

typedef struct {
    uint32_t text, operation;
    uint32_t letters;             /* wu_letters() of the text */
    uint8_t service, kind, match; /* enum wu_service (none: the row is evidence only), wu_recognise, wu_match */
    uint8_t needs_evidence;       /* others use such paths too */
} wu_recognition_row;

/* A program by the beginning of its User-Agent. */
typedef struct {
    uint32_t text;
    uint8_t match, client; /* enum wu_match, wu_client; 0: what it calls decides */
} wu_agent_row;

/* One display field wsus.*. */
typedef struct {
    uint32_t name, label, help, show;
    uint8_t type;  /* enum wu_field_type */
    uint8_t names; /* enum wu_enum */
} wu_field_row;

/* What to do with an element, attribute or key of an attribute list; sorted by hash (wu_rule_start), the more
 * specific before the less specific. */
typedef struct {
    uint32_t name, parent, owner; /* parent element and, for attributes and keys, the element; 0: any */
    uint16_t field;               /* enum wu_field, or WU_NO_FIELD */
    uint16_t extra;               /* a field + 1, or the index of a part */
    uint8_t kind, sort;           /* enum wu_rule_kind, wu_rule_sort */
    uint8_t length, parent_length; /* bytes of name and parent */
} wu_rule;

/* A word that tells that the number behind it is a code; sorted by the first two bytes (wu_introduction_start:
 * the lower five bits of each; 0 for the second of a word of one byte), longer ones first. */
typedef struct {
    uint32_t word;  /* UTF-8, in lower case where ASCII */
    uint8_t kind;   /* enum wu_introduction_kind */
    uint8_t match;  /* enum wu_introduction_match */
    uint8_t length;
} wu_introduction_row;

/* What a part of the number behind a code of Windows Setup means. */
typedef struct {
    uint32_t name, text;
} wu_extension_row;

/* What a column of a log is, by its name. */
typedef struct {
    uint32_t name;
    uint8_t role; /* enum wu_log_role */
} wu_log_field_row;

/* How the lines of a log begin: d stands for a digit, x for a hexadecimal digit, a blank for one or more. */
typedef struct {
    uint32_t name, shape;
    uint8_t by_blanks; /* columns are separated by blanks, else by tabs */
    uint8_t role[WU_LOG_COLUMNS];
    uint8_t columns;
} wu_log_format_row;

/* Why HTTP.sys answered a request itself, or gave a connection up. */
typedef struct {
    uint32_t name, text;
} wu_reason_row;

/* What IIS adds to a status; sorted. */
typedef struct {
    uint16_t status, substatus;
    uint32_t text;
} wu_substatus_row;

#define WU_NO_FIELD 0xffffu

/* What an operation of a service belongs to; the first row that fits. */
typedef struct {
    uint32_t operation;          /* "": every other operation of the service */
    uint8_t service, task, step; /* enum wu_service, wu_task, wu_step */
} wu_step_row;

/* A cause of failures, or something that deserves a look; the first row that fits. */
typedef struct {
    uint32_t name, key, parameter, cause, check, title; /* title: of findings and patterns, "" else */
    uint32_t limit;                       /* of patterns: from where on */
    uint16_t port;                        /* 0: any */
    uint8_t on, step, when, weight, proof; /* enum wu_diagnosis_on, wu_step, wu_diagnosis_when, wu_weight, wu_proof */
} wu_diagnosis_row;

extern const char wu_pool[WU_POOL_SIZE];
extern const wu_code_row wu_code_rows[WU_N_CODES];
extern const uint16_t wu_code_by_symbol[WU_N_SYMBOLS];
extern const char *const wu_family_names[WU_FAMILY_MAX + 1];
extern const wu_name_row wu_code_names[WU_N_CODE_NAMES];
extern const uint8_t wu_family_rank[WU_FAMILY_MAX + 1];
extern const wu_language_row wu_languages[WU_N_LANGUAGES];
extern const wu_translation_row wu_translations[WU_N_TRANSLATIONS];
extern const wu_code_rule wu_code_rules[WU_N_CODE_RULES];
extern const wu_facility_row wu_facilities[WU_N_FACILITIES];
extern const wu_mapping_row wu_http_to_code[WU_N_HTTP_TO_CODE];
extern const wu_mapping_row wu_wws_to_wua[WU_N_WWS_TO_WUA];
extern const wu_file_row wu_file_to_code[WU_N_FILE_TO_CODE];
extern const wu_wws_row wu_wws_mapping[WU_N_WWS_MAPPING];
extern const uint32_t wu_transport_notes[WU_N_TRANSPORT_EVENTS]; /* by enum wu_transport_event */
extern const wu_transport_row wu_transport_to_code[WU_N_TRANSPORT_TO_CODE];
extern const wu_fault_row wu_soap_faults[WU_N_SOAP_FAULTS];
extern const wu_event_row wu_report_events[WU_N_REPORT_EVENTS];
extern const uint32_t wu_nbfs_strings[WU_N_NBFS];
extern const wu_enum_row wu_enum_values[WU_N_ENUM_VALUES];
extern const wu_service_row wu_services[WU_N_SERVICES];
extern const wu_operation_row wu_operations[WU_N_OPERATIONS];
extern const wu_recognition_row wu_recognition[WU_N_RECOGNITION];
extern const wu_agent_row wu_agents[WU_N_AGENTS];
extern const wu_field_row wu_fields[WU_N_FIELDS];
extern const wu_rule wu_rules[WU_N_RULES];
extern const uint16_t wu_rule_start[WU_RULE_HASHES + 1];
extern const wu_step_row wu_steps[WU_N_STEPS];
extern const wu_diagnosis_row wu_diagnoses[WU_N_DIAGNOSES];
extern const wu_introduction_row wu_introductions[WU_N_INTRODUCTIONS];
extern const uint16_t wu_introduction_start[WU_INTRODUCTION_PLACES + 1];
extern const wu_log_field_row wu_log_fields[WU_N_LOG_FIELDS];
extern const wu_log_format_row wu_log_formats[WU_N_LOG_FORMATS];
extern const wu_reason_row wu_reasons[WU_N_REASONS];
extern const wu_substatus_row wu_substatuses[WU_N_SUBSTATUSES];
extern const wu_extension_row wu_extensions[WU_N_PHASES + WU_N_OPERATIONS_OF_SETUP]; /* phases first */

/* The text at an offset of the tables: ASCII but for the words of other languages, constant, NUL terminated. */
static inline const char *
wu_text(uint32_t offset)
{
    return wu_pool + offset;
}

#endif
