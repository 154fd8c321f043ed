/* text.c
 * Parts of messages as text for people.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "traffic.h"

#define MAX_CODE 4096 /* bytes of a fault code that are shown */

const char *
message_text(wmem_allocator_t *scope, const wu_message *message, const wu_part *part, size_t max)
{
    wu_slice value = wu_slice_trim(part->text);
    size_t room = value.n * 3 + 1 < max ? value.n * 3 + 1 : max; /* a wrong byte becomes three */
    char *text = (char *)wmem_alloc(scope, room);

    wu_text_decode(value, part->form, message->charset, text, room);
    return text;
}

const char *
message_line(wmem_allocator_t *scope, const wu_message *message, const wu_part *part, size_t max)
{
    char *text = (char *)message_text(scope, message, part, max);
    size_t n = strcspn(text, "\r\n");
    bool more = text[n] != '\0';

    text[n] = '\0';
    wu_text_calm(text);
    g_strchomp(text);
    return more ? wmem_strdup_printf(scope, "%s ...", text) : text;
}

const char *
message_code_text(wmem_allocator_t *scope, const wu_message *message, const wu_part *part)
{
    char *text = (char *)message_text(scope, message, part, MAX_CODE);

    wu_text_calm(text);
    const char *colon = strchr(text, ':');
    return colon ? colon + 1 : text;
}

const char *
message_fault_label(wmem_allocator_t *scope, const wu_message *message)
{
    const wu_fault *f = &message->fault;
    const wu_part *innermost = f->subcodes ? &f->subcode[f->subcodes - 1] : &f->code; /* what SOAP 1.1 has in its place */
    const char *code = innermost->text.p ? message_code_text(scope, message, innermost) : "fault";

    if (f->error_code.text.p)
        return message_line(scope, message, &f->error_code, 256);
    if (!f->reasons)
        return code;
    return wmem_strdup_printf(scope, "%s: %s", code, message_line(scope, message, &f->reason[0], 256));
}
