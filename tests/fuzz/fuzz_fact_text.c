/* fuzz_fact_text.c
 * Lines of any content as facts: what is read is written and read again as the same, and can be diagnosed.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "fact_text.h"

static void
again(wu_fact_room *room)
{
    GString *first = g_string_new(NULL), *second = g_string_new(NULL);

    wu_fact_write(first, &room->fact);
    char *copy = g_strdup(first->str);
    HOLDS(wu_fact_read(copy, room));
    wu_fact_write(second, &room->fact);
    HOLDS(g_string_equal(first, second));
    g_free(copy);
    g_string_free(first, TRUE);
    g_string_free(second, TRUE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_fact_room *room = g_new0(wu_fact_room, 1);
    wu_diagnosis *d = wu_diagnosis_new();
    char *line = g_strndup((const char *)data, size);

    if (wu_fact_read(line, room)) {
        wu_diagnosis_add(d, &room->fact);
        again(room);
    }
    wu_diagnosis_end(d);
    wu_diagnosis_free(d);
    g_free(line);
    g_free(room);
    return 0;
}
