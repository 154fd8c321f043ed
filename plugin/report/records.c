/* records.c
 * tshark -q -z wsus,records[,FILTER]: one JSON object a line for each exchange, written while the capture is read. Its form
 * is plugin/docs/records.schema.json.
 *
 * A request waits until its response is told, which may be long after; what has no response by the end is written then.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <stdio.h>

#include <epan/prefs.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#define CLI "wsus,records"
#define HELD (256u * 1024u) /* bytes that are written together, where lines need not go out at once */

static int records_tap = -1;

static compat_bool pref_at_once = TRUE;

/* What the tap gets: a verdict, and what the Info column says of it. */
typedef struct {
    const verdict *v;
    const char *info;
} told_record;

typedef struct {
    GHashTable *waiting; /* wsus_exchange -> record_half, of what was told without the other half */
    GQueue *order;       /* of the keys, as they came; answered ones stay until they are at the front */
    GString *line;
    bool filtered;       /* some messages may not be told */
} listener;

/* A buffer of the C library holds a page: whoever reads the records would be woken for each. */
static void
hold_output(void)
{
    if (!pref_at_once) {
        static char room[HELD];
        setvbuf(stdout, room, _IOFBF, sizeof room);
    }
}

static void
write_line(GString *line)
{
    fwrite(line->str, 1, line->len, stdout);
    g_string_truncate(line, 0);
    if (pref_at_once)
        fflush(stdout);
}

static void
forget_answered(listener *l)
{
    while (!g_queue_is_empty(l->order) && !g_hash_table_contains(l->waiting, g_queue_peek_head(l->order)))
        g_queue_pop_head(l->order);
}

static void
write_record(listener *l, const wsus_exchange *x, const record_half *request, const record_half *response, guint32 told)
{
    record_write(l->line, x, request, response, told);
    write_line(l->line);
}

/* The other half of an exchange, if it waits; from now on it does not. */
static record_half *
take_waiting(listener *l, const wsus_exchange *x)
{
    record_half *half = x ? (record_half *)g_hash_table_lookup(l->waiting, x) : NULL;

    if (half) {
        g_hash_table_steal(l->waiting, x);
        forget_answered(l);
    }
    return half;
}

static void
wait(listener *l, const wsus_exchange *x, record_half *half)
{
    g_hash_table_insert(l->waiting, (gpointer)x, half);
    g_queue_push_tail(l->order, (gpointer)x);
}

/* Both halves of an exchange are written when the later one comes. That is the response, but for a server that does not wait
 * for the end of the request; where a filter leaves requests out, nothing waits for them. */
static tap_packet_status
take(void *pointer, packet_info *pinfo, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    listener *l = (listener *)pointer;
    const told_record *told = (const told_record *)p;
    const verdict *v = told->v;
    const wsus_exchange *x = v->x;

    if (v->connection ? !v->connection->outcome : !x && !v->fault)
        return TAP_PACKET_DONT_REDRAW; /* a connection that ended well; a binary body of another service */
    record_half *half = record_half_new(v, told->info), *other = take_waiting(l, x);
    bool request = x && v->m->request;
    if (!other && (request || (x && x->request_frame && !l->filtered))) {
        wait(l, x, half);
        return TAP_PACKET_DONT_REDRAW;
    }
    write_record(l, x, request ? half : other, request ? other : half, pinfo->num);
    record_half_free(half);
    if (other)
        record_half_free(other);
    return TAP_PACKET_DONT_REDRAW;
}

/* ---- the end of the capture ---- */

/* The record of a connection whose failure only the end tells. */
typedef struct {
    guint32 frame;
    GString *line;
} rest_record;

static void
keep_rest(const verdict *v, void *pointer)
{
    if (!v->connection->outcome)
        return;
    record_half *half = record_half_new(v, verdict_connection_line(v));
    rest_record *rest = g_new0(rest_record, 1);

    rest->frame = record_frame(half);
    rest->line = g_string_new(NULL);
    record_write(rest->line, v->x, NULL, half, 0);
    record_half_free(half);
    g_queue_push_tail((GQueue *)pointer, rest);
}

static gint
by_frame(gconstpointer a, gconstpointer b, gpointer user _U_)
{
    guint32 first = ((const rest_record *)a)->frame, second = ((const rest_record *)b)->frame;

    return (first > second) - (first < second);
}

static void
write_rest(GQueue *all, guint32 up_to)
{
    while (!g_queue_is_empty(all) && ((const rest_record *)g_queue_peek_head(all))->frame <= up_to) {
        rest_record *rest = (rest_record *)g_queue_pop_head(all);
        write_line(rest->line);
        g_string_free(rest->line, TRUE);
        g_free(rest);
    }
}

static void
write_waiting(void *pointer)
{
    listener *l = (listener *)pointer;
    GQueue rest = G_QUEUE_INIT;

    if (!l->filtered)
        report_rest(keep_rest, &rest);
    g_queue_sort(&rest, by_frame, NULL);
    for (GList *item = l->order->head; item; item = item->next) {
        const wsus_exchange *x = (const wsus_exchange *)item->data;
        const record_half *half = (const record_half *)g_hash_table_lookup(l->waiting, x);
        if (half) {
            write_rest(&rest, record_frame(half));
            write_record(l, x, record_is_response(half) ? NULL : half, record_is_response(half) ? half : NULL, 0);
        }
        g_hash_table_remove(l->waiting, x);
    }
    write_rest(&rest, G_MAXUINT32);
    g_queue_clear(l->order);
    fflush(stdout);
}

static void
begin_again(void *pointer)
{
    listener *l = (listener *)pointer;

    g_hash_table_remove_all(l->waiting);
    g_queue_clear(l->order);
}

static void
free_listener(void *pointer)
{
    listener *l = (listener *)pointer;

    g_hash_table_destroy(l->waiting);
    g_queue_free(l->order);
    g_string_free(l->line, TRUE);
    g_free(l);
}

static compat_stat_result
start(const char *argument, void *data _U_)
{
    const char *filter = strlen(argument) > strlen(CLI) + 1 ? argument + strlen(CLI) + 1 : NULL;
    listener *l = g_new0(listener, 1);

    l->waiting = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, record_half_free);
    l->order = g_queue_new();
    l->line = g_string_new(NULL);
    l->filtered = filter != NULL;
    bool at_end = !window_is_there(); /* in Wireshark, the capture is read already */
    hold_output();
    GString *error = register_tap_listener("wsus_records", l, filter, 0, begin_again, take, at_end ? write_waiting : NULL, free_listener);
    if (error) {
        fprintf(stderr, "-z " CLI ": %s\n", error->str);
        g_string_free(error, TRUE);
        free_listener(l);
    } else if (!at_end) {
        window_read_packets();
        write_waiting(l);
        remove_tap_listener(l);
    }
    COMPAT_STAT_STARTED(!error);
}

bool
records_wanted(void)
{
    return have_tap_listener(records_tap);
}

void
records_offer(const verdict *v, const char *info)
{
    told_record *told = wmem_new(v->pinfo->pool, told_record);

    told->v = v;
    told->info = info;
    tap_queue_packet(records_tap, v->pinfo, told);
}

void
records_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };
    static stat_tap_ui statistic = { REGISTER_STAT_GROUP_GENERIC, "Windows Update records (JSON)", CLI, start,
                                     array_length(parameters), parameters };
    module_t *module = prefs_find_module("wsus");

    records_tap = register_tap("wsus_records");
    register_stat_tap_ui(&statistic, NULL);
    if (module)
        prefs_register_bool_preference(module, "records_at_once", "Write each record at once",
                                       "Records of -z wsus,records go out as soon as they are complete. Off: several "
                                       "at a time, which is faster", &pref_at_once);
}
