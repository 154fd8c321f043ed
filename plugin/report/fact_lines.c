/* fact_lines.c
 * One diagnosis of a capture that several programs read in parts (wsus.part): each writes the facts of its part with
 * -z wsus,facts; whoever started them puts the lines together in the order of frames and hands them, as a file, to one more
 * that diagnoses them (preference wsus.facts, -z wsus,diagnosis).
 *
 * Lines: "fact", the frame that was read, the fact; at the end "sealed", and how many connections in TLS that could not be read
 * ended well and failed.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <stdio.h>

#include <epan/prefs.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "core/fact_text.h"

static const char *pref_facts = "";

typedef struct {
    GString *line;
    guint32 frame;
    sealed_connections sealed;
} writer;

void
sealed_count(sealed_connections *sealed, const wu_connection_outcome *o)
{
    if (o && o->sealed && o->outcome == WU_CONNECTION_OK)
        sealed->well++;
    else if (o && o->sealed)
        sealed->failed++;
}

static void
write_fact(const wu_fact *fact, void *user)
{
    writer *w = (writer *)user;

    g_string_printf(w->line, "fact\t%u\t", w->frame);
    wu_fact_write(w->line, fact);
    g_string_append_c(w->line, '\n');
    fputs(w->line->str, stdout);
}

static tap_packet_status
take(void *pointer, packet_info *pinfo, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    writer *w = (writer *)pointer;
    const report_data *data = (const report_data *)p;

    w->frame = pinfo->num;
    facts_of(pinfo, data, write_fact, w);
    sealed_count(&w->sealed, data->v->connection);
    return TAP_PACKET_DONT_REDRAW;
}

static void
take_rest(const verdict *v, void *pointer)
{
    take(pointer, v->pinfo, NULL, report_data_of(v), 0);
}

static void
end(void *pointer)
{
    const writer *w = (const writer *)pointer;

    report_rest(take_rest, pointer);
    printf("sealed\t%u\t%u\n", w->sealed.well, w->sealed.failed);
    fflush(stdout);
}

static compat_stat_result
begin(const char *argument, void *user _U_)
{
    writer *w = g_new0(writer, 1);

    w->line = g_string_new(NULL);
    GString *error = register_tap_listener("wsus", w, NULL, 0, NULL, take, end, NULL);
    if (error) {
        fprintf(stderr, "tshark: -z %s: %s\n", argument, error->str);
        g_string_free(error, TRUE);
        g_string_free(w->line, TRUE);
        g_free(w);
    }
    COMPAT_STAT_STARTED(!error);
}

/* ---- reading them ---- */

static void
read_line(char *line, wu_fact_room *room, wu_diagnosis *diagnosis, sealed_connections *sealed)
{
    unsigned well, failed;
    char *fact = !strncmp(line, "fact\t", 5) ? strchr(line + 5, '\t') : NULL;

    line[strcspn(line, "\n")] = '\0';
    if (fact && wu_fact_read(fact + 1, room)) {
        wu_diagnosis_add(diagnosis, &room->fact);
    } else if (!fact && sscanf(line, "sealed\t%u\t%u", &well, &failed) == 2) {
        sealed->well += well;
        sealed->failed += failed;
    } else {
        fprintf(stderr, "wsus.facts: a line is no fact\n");
    }
}

void
fact_lines_read(wu_diagnosis *diagnosis, sealed_connections *sealed)
{
    GIOChannel *file = *pref_facts ? g_io_channel_new_file(pref_facts, "r", NULL) : NULL;
    char *line = NULL;

    if (*pref_facts && !file)
        fprintf(stderr, "wsus.facts: %s cannot be read\n", pref_facts);
    if (!file)
        return;
    wu_fact_room *room = g_new0(wu_fact_room, 1);
    g_io_channel_set_encoding(file, NULL, NULL);
    while (g_io_channel_read_line(file, &line, NULL, NULL, NULL) == G_IO_STATUS_NORMAL) {
        read_line(line, room, diagnosis, sealed);
        g_free(line);
    }
    g_free(room);
    g_io_channel_unref(file);
}

void
fact_lines_register(void)
{
    static stat_tap_ui ui = { REGISTER_STAT_GROUP_GENERIC, NULL, "wsus,facts", begin, 0, NULL };
    module_t *module = prefs_find_module("wsus");

    register_stat_tap_ui(&ui, NULL);
    if (module)
        prefs_register_string_preference(module, "facts", "Facts of parts",
                                         "For batches: a file with what -z wsus,facts wrote of the parts of a capture, to be "
                                         "diagnosed together. Empty: none", &pref_facts);
}
