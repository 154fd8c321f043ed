/* stats.c
 * Statistics trees and service response times. Everything comes from the taps.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/srt_table.h>
#include <epan/tap.h>

#include "core/wusp.h"

/* ---- operations: service > operation > outcome; beside them what is no message: outcomes of connections, by phase ---- */

static const char messages_root[] = "Windows Update messages", connections_root[] = "Outcomes of connections";
static int messages_node = -1;

static const char *
outcome_name(const report_data *data)
{
    switch (data->v->outcome) {
    case OUTCOME_REQUEST:
        return "Request";
    case OUTCOME_SUCCESS:
        return "Success";
    case OUTCOME_RECOVERY:
        return "Recovery";
    case OUTCOME_HTTP_ERROR:
        return "HTTP error";
    default:
        return "Fault";
    }
}

static void
init_operations(stats_tree *st)
{
    messages_node = stats_tree_create_node(st, messages_root, 0, STAT_DT_INT, TRUE);
}

/* One that ended well is told of where nothing of it could be read: a TLS connection without keys. The root comes with the
 * first of them. */
static void
count_connection(stats_tree *st, const report_data *data)
{
    bool failed = data->v->outcome == OUTCOME_CONNECTION;

    int root = tick_stat_node(st, connections_root, 0, TRUE);
    int phase = tick_stat_node(st, data->operation, root, TRUE);
    int outcome = tick_stat_node(st, failed ? "Failure" : "Ended well, not read", phase, failed);
    if (failed)
        tick_stat_node(st, data->error_code, outcome, FALSE);
}

/* Returns the node of the outcome. number: 0 of a request that counted with its answer. */
static int
count_message(stats_tree *st, const report_data *data, const char *outcome, int number)
{
    increase_stat_node(st, messages_root, 0, TRUE, number);
    int service = increase_stat_node(st, data->v->service, messages_node, TRUE, number);
    int operation = increase_stat_node(st, data->operation, service, TRUE, number);

    return increase_stat_node(st, outcome, operation, TRUE, number);
}

static tap_packet_status
count_operation(stats_tree *st, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    const report_data *data = (const report_data *)p;

    if (data->v->connection) {
        count_connection(st, data);
        return TAP_PACKET_REDRAW;
    }
    int outcome = count_message(st, data, outcome_name(data), data->v->m->request ? data->asked : 1);
    if (!data->v->m->request && data->asked)
        count_message(st, data, "Request", 1);
    if (*data->error_code)
        tick_stat_node(st, data->error_code, outcome, FALSE);
    else if (data->code)
        tick_stat_node(st, code_label(pinfo->pool, data->code->code, data->code->space), outcome, FALSE);
    if (data->v->n_failed)
        increase_stat_node(st, "Failed events reported", outcome, FALSE, (int)data->v->n_failed);
    return TAP_PACKET_REDRAW;
}

/* ---- errors: family > code > where found ---- */

static const char errors_root[] = "Windows error codes";
static int errors_node = -1;

static void
init_errors(stats_tree *st)
{
    errors_node = stats_tree_create_node(st, errors_root, 0, STAT_DT_INT, TRUE);
}

static tap_packet_status
count_error(stats_tree *st, packet_info *pinfo, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    static const char *const places[] = { "", "HTTP status", "SOAP fault", "XML element", "Event report", "Text",
                                         "Connection" };
    const report_code *data = (const report_code *)p;

    if (!data->code->error)
        return TAP_PACKET_DONT_REDRAW;
    tick_stat_node(st, errors_root, 0, TRUE);
    int family = tick_stat_node(st, wu_family_names[data->family], errors_node, TRUE);
    int code = tick_stat_node(st, code_label(pinfo->pool, data->code->code, data->code->space), family, TRUE);
    tick_stat_node(st, wmem_strdup_printf(pinfo->pool, "%s%s", places[data->code->source],
                                          data->code->derived ? " (derived)" : " (on the wire)"), code, FALSE);
    return TAP_PACKET_REDRAW;
}

/* ---- service response times ---- */

/* A row for every operation of the tables, then one for each service that takes whatever has none. They are numbered as
 * wsus.operation.number is, and stand in tables by service, and in one for what has no operation: each is made when it is
 * met, and named in the heading of its first column. */
#define SRT_NAME 22 /* characters that tshark has room for */

static unsigned
srt_row(const report_data *data)
{
    for (unsigned i = 0; i < WU_N_OPERATIONS; i++)
        if (wu_operations[i].service == data->v->x->service && !strcmp(wu_text(wu_operations[i].name), data->operation))
            return i;
    return (unsigned)WU_N_OPERATIONS + data->v->x->service;
}

static srt_stat_table *
srt_table(GArray *tables, const char *name)
{
    for (guint i = 0; i < tables->len; i++) {
        srt_stat_table *table = g_array_index(tables, srt_stat_table *, i);
        if (!strcmp(table->name, name))
            return table;
    }
    return init_srt_table(name, name, tables, 0, name, "wsus.operation.number", NULL);
}

static void
init_srt(struct register_srt *srt _U_, GArray *array)
{
    /* tshark takes it for granted that there is one; without rows it is not shown */
    srt_table(array, wu_service_name(WU_SERVICE_CLIENTWEBSERVICE));
}

static void
name_srt_row(srt_stat_table *table, unsigned row, const char *name)
{
    char *cut = strlen(name) > SRT_NAME ? g_strdup_printf("%.*s..", SRT_NAME - 2, name) : g_strdup(name);

    init_srt_table_row(table, (int)row, cut);
    g_free(cut);
}

static tap_packet_status
count_time(void *pointer, packet_info *pinfo, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    const report_data *data = (const report_data *)p;
    srt_data_t *srt = (srt_data_t *)pointer;

    if (data->v->connection || data->v->m->request || !data->v->x->request_frame)
        return TAP_PACKET_DONT_REDRAW;
    unsigned row = srt_row(data);
    bool other = row >= WU_N_OPERATIONS;
    const char *service = wu_service_name(data->v->x->service);
    srt_stat_table *table = srt_table(srt->srt_array, other ? "Other, by service" : service);
    if (row >= (unsigned)table->num_procs || !table->procedures[row].procedure)
        name_srt_row(table, row, other ? service : wu_text(wu_operations[row].name));
    add_srt_table_data(table, (int)row, &data->v->x->request_time, pinfo);
    return TAP_PACKET_REDRAW;
}

void
stats_register(int proto)
{
    stats_tree_register_plugin("wsus", "wsus", MENU "Operations", 0, count_operation, init_operations, NULL);
    stats_tree_register_plugin("winerr", "wsus_errors", MENU "Error Codes", 0, count_error, init_errors, NULL);
    register_srt_table(proto, "wsus", 1, count_time, init_srt, NULL);
}
