/* message.h
 * What a SOAP body says, as data to draw: envelope, fault, and the fields that tables/elements.tsv names, in the order of
 * the document.
 *
 * Sources: SOAP 1.1 section 4, SOAP 1.2 part 1 section 5, WS-Addressing 1.0 and of August 2004; [MS-WUSP] 2.2.2.4 and
 * [MS-WSUSSS] 2.2.9.3 for the detail of faults; System.ServiceModel.ExceptionDetail for WCF faults; [MS-WSUSAR] for
 * detail/Exception.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_MESSAGE_H
#define WU_CORE_MESSAGE_H

#include <glib.h>

#include "code_table.h"
#include "text.h"

#define WU_MAX_SUBCODES   4u
#define WU_MAX_REASONS    8u
#define WU_MAX_EXCEPTIONS 4u     /* an exception and the inner ones */
#define WU_MAX_ITEMS      20000u /* fields and codes of one message */
#define WU_MAX_FAULT_CODES 64u

enum wu_soap_version { WU_SOAP_NONE, WU_SOAP_1_1, WU_SOAP_1_2 };

/* Remarks beside those of events.h. */
enum {
    WU_MESSAGE_ITEMS = 1 << 16, /* more fields than WU_MAX_ITEMS: the others were left out */
    WU_MESSAGE_CODES = 1 << 17  /* more codes in a fault than WU_MAX_FAULT_CODES */
};

/* A text of the document. text is raw: wu_text_decode() makes it readable. text.p is NULL where there is none. */
typedef struct {
    wu_slice text;
    enum wu_text_form form;
    size_t offset, length; /* bytes of the document to highlight */
} wu_part;

/* Where a code was found. The numbers are those of the field winerr.source. */
enum wu_code_source {
    WU_FOUND_HTTP_STATUS = 1,
    WU_FOUND_SOAP_FAULT,
    WU_FOUND_ELEMENT,
    WU_FOUND_REPORT,
    WU_FOUND_TEXT,
    WU_FOUND_CONNECTION /* what became of a connection */
};

typedef struct {
    uint32_t code;
    enum wu_space space;
    enum wu_code_source source;
    size_t offset, length;
} wu_code_found;

typedef struct {
    wu_part code, subcode[WU_MAX_SUBCODES];
    wu_part reason[WU_MAX_REASONS], language[WU_MAX_REASONS];
    wu_part actor, node;                        /* faultactor or Role; Node */
    wu_part error_code, message, id, method;    /* of a WSUS detail, in it or in an element of it */
    struct {
        wu_part type, message, stack;
    } exception[WU_MAX_EXCEPTIONS];
    unsigned subcodes, reasons, exceptions, codes;
    size_t offset, length;                      /* the Fault element */
    wu_code_found found[WU_MAX_FAULT_CODES];    /* codes in reason and detail: as many as `codes` says, the others are not set */
} wu_fault;

enum wu_item_source {
    WU_IN_BODY,     /* offsets count in the body */
    WU_IN_FRAGMENTS /* offsets count in wu_message.fragments */
};

#define WU_ITEM_CODE 0xfffeu /* an item that is a code, not a field */

/* One thing to draw. */
typedef struct {
    uint16_t field;  /* enum wu_field or WU_ITEM_CODE */
    uint8_t depth;   /* 0: directly below the message; deeper: below the group item before it */
    uint8_t source;  /* enum wu_item_source */
    uint8_t form;    /* enum wu_text_form of text */
    bool made;       /* composed or computed, not a value of the document as it stands */
    uint32_t offset, length;
    wu_slice text;   /* raw, for value fields */
    uint32_t number; /* counts, lengths, outcomes; the code of WU_ITEM_CODE */
    uint8_t space, found; /* enum wu_space and wu_code_source of a code */
} wu_item;

typedef struct {
    enum wu_soap_version version;
    bool binary;
    enum wu_charset charset;
    wu_part action, message_id, relates_to, to;
    wu_slice operation, operation_namespace;  /* first element of the body */
    size_t operation_offset, operation_length;
    bool is_fault;
    GArray *items;          /* wu_item */
    unsigned items_room;    /* so many have room in it */
    bool has_codes;         /* some of them are codes; of fields wu_message_has() tells */
    uint32_t fields[(WU_N_FIELDS + 31) / 32]; /* those that are among the items, as bits */
    GByteArray *fragments;  /* unescaped update metadata, or NULL */
    bool has_metadata;      /* there is update metadata, read or not */
    size_t fragments_room;  /* bytes it may hold without moving */
    unsigned remarks;
    GStringChunk *pool;     /* texts that do not stand in the document as they are, or NULL */
    wu_fault fault;         /* behind everything else: most of it is not even cleared where there is none */
    uint32_t first[WU_N_FIELDS], last[WU_N_FIELDS]; /* items of each field: not set where there is none */
} wu_message;

/* Whether there is an item of a field: messages have many items, of a few fields. */
static inline bool
wu_message_has(const wu_message *message, unsigned field)
{
    return message->fields[field / 32] >> field % 32 & 1;
}

/* Notes that the item of that index is one of the field: items come in order. */
static inline void
wu_message_note(wu_message *message, unsigned field, uint32_t index)
{
    if (!wu_message_has(message, field)) {
        message->fields[field / 32] |= (uint32_t)1 << field % 32;
        message->first[field] = index;
    }
    message->last[field] = index;
}

/* Which update metadata is read: none, what holds titles and files, or all of it. */
enum wu_fragments { WU_FRAGMENTS_NONE, WU_FRAGMENTS_TITLES, WU_FRAGMENTS_ALL };

typedef struct {
    bool binary;         /* application/soap+msbin1 */
    bool session;        /* application/soap+msbinsession1 */
    bool fields;         /* collect the fields of tables/elements.tsv; else only envelope, fault and its codes */
    bool drawn;          /* those of the kind "drawn", too, which are only shown */
    enum wu_fragments fragments;
    unsigned list_limit; /* ids of one list that become items; the count tells how many there are */
} wu_message_options;

/* Reads a body. It has to stay as long as the message, whose texts point into it. Bodies in UTF-16 have to be turned
 * into UTF-8 before. A body that is no SOAP envelope leaves version at WU_SOAP_NONE and costs no more than its first
 * element. Allocates at most WU_MAX_ITEMS items and twice the length of the body for fragments. End with
 * wu_message_free(). */
void wu_message_read(wu_message *message, wu_slice body, const wu_message_options *options);

void wu_message_free(wu_message *message);

/* True when a body may hold a SOAP fault or a Windows Update message: a cheap look that never misses one, to keep other
 * XML from being read in full. For text bodies. */
bool wu_message_worth_reading(wu_slice body);

/* The operation of a body element: its name without "Response". *response tells whether there was one. */
wu_slice wu_message_operation(wu_slice element, bool *response);

#endif
