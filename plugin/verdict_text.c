/* verdict_text.c
 * Codes and values of a verdict as one line for people.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict.h"

#define MAX_LABEL 512 /* bytes of a value in labels and columns */

const char *
code_number(wmem_allocator_t *scope, uint32_t code, enum wu_space space)
{
    return space == WU_AS_HRESULT ? wmem_strdup_printf(scope, "0x%08X", code) : wmem_strdup_printf(scope, "%u", code);
}

const char *
code_label(wmem_allocator_t *scope, uint32_t code, enum wu_space space)
{
    wu_reading reading;
    bool known = wu_code_readings(code, space, &reading, 1) > 0 && *reading.symbol;

    return wmem_strdup_printf(scope, "%s%s%s", code_number(scope, code, space), known ? " " : "",
                              known ? reading.symbol : "");
}

const char *
version64(wmem_allocator_t *scope, int64_t v)
{
    return wmem_strdup_printf(scope, "%u.%u.%u.%u", (unsigned)(v >> 48 & 0xffff), (unsigned)(v >> 32 & 0xffff),
                              (unsigned)(v >> 16 & 0xffff), (unsigned)(v & 0xffff));
}

const char *
verdict_value(const verdict *v, const wu_item *item)
{
    const wu_field_row *row = &wu_fields[item->field];
    wmem_allocator_t *scope = v->pinfo->pool;
    int64_t number;

    if (!item->text.p)
        return wmem_strdup_printf(scope, "%u", item->number);
    if (row->names && wu_slice_int64(item->text, &number))
        for (size_t i = 0; i < WU_N_ENUM_VALUES; i++)
            if (wu_enum_values[i].names == row->names && wu_enum_values[i].value == (uint32_t)number)
                return wu_text(wu_enum_values[i].name);
    if (row->type == WU_TYPE_VERSION64 && wu_slice_int64(item->text, &number))
        return version64(scope, number);
    wu_part part = { .text = item->text, .form = (enum wu_text_form)item->form };
    return message_line(scope, v->m->message, &part, MAX_LABEL);
}

const char *
verdict_field(const verdict *v, unsigned field)
{
    const wu_message *message = v->m->message;

    return message && wu_message_has(message, field) ? verdict_value(v, &g_array_index(message->items, wu_item, message->first[field])) : "";
}

wu_slice
agent_version(wu_slice user_agent)
{
    if (!user_agent.p || !wu_slice_begins_nocase(user_agent, "Windows-Update-Agent/"))
        return wu_slice_of(NULL, 0);
    wu_slice version = wu_slice_of(user_agent.p + 21, user_agent.n - 21);
    version.n = wu_slice_find_byte(version, 0, ' ');
    return version;
}
