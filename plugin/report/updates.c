/* updates.c
 * tshark -q -z wsus,updates: one JSON object a line for each update that the capture tells of, at its end. Taken from what is
 * known of updates anyway, to name downloads by them.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <stdio.h>

#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "core/json_writer.h"

typedef struct {
    const char *server, *revision;
    const known_update *update;
} listed;

static tap_packet_status
pass_by(void *pointer _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *p _U_, tap_flags_t flags _U_)
{
    return TAP_PACKET_DONT_REDRAW;
}

static void
take_update(const char *server, const char *revision, const known_update *update, void *list)
{
    listed one = { server, revision, update };

    g_array_append_val((GArray *)list, one);
}

static int
by_frame(const void *a, const void *b)
{
    const listed *one = (const listed *)a, *other = (const listed *)b;

    if (one->update->frame != other->update->frame)
        return one->update->frame < other->update->frame ? -1 : 1;
    int servers = strcmp(one->server, other->server);
    return servers ? servers : strcmp(one->revision, other->revision);
}

static void
put(GString *out, const char *name, const char *text)
{
    wu_json_ascii(out, name, text ? text : "", text ? strlen(text) : 0);
}

static void
write_update(GString *line, const listed *one)
{
    wu_json_begin(line, NULL, '{');
    wu_json_string(line, "type", "update");
    put(line, "server", one->server);
    put(line, "revision", one->revision);
    put(line, "update", one->update->update_id);
    put(line, "title", one->update->title);
    put(line, "kb", one->update->kb);
    wu_json_number(line, "frame", one->update->frame);
    wu_json_end(line, '}');
    g_string_append_c(line, '\n');
}

static void
write_all(void *pointer _U_)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(listed));
    GString *line = g_string_new(NULL);

    exchange_each_update(take_update, list);
    g_array_sort(list, by_frame);
    for (guint i = 0; i < list->len; i++) {
        write_update(line, &g_array_index(list, listed, i));
        fputs(line->str, stdout);
        g_string_truncate(line, 0);
    }
    fflush(stdout);
    g_string_free(line, TRUE);
    g_array_free(list, TRUE);
}

static compat_stat_result
begin(const char *argument _U_, void *user _U_)
{
    static char listener; /* what tells this one from others */
    GString *error = register_tap_listener("wsus", &listener, NULL, 0, NULL, pass_by, write_all, NULL);

    if (error) {
        fprintf(stderr, "tshark: -z wsus,updates: %s\n", error->str);
        g_string_free(error, TRUE);
    }
    COMPAT_STAT_STARTED(!error);
}

void
updates_register(void)
{
    static stat_tap_ui ui = { REGISTER_STAT_GROUP_GENERIC, NULL, "wsus,updates", begin, 0, NULL };

    register_stat_tap_ui(&ui, NULL);
}
