/* clients.c
 * The table of clients, one line each: in the menu Statistics, and -z wsus,clients.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "core/text.h"

enum column { CLIENT, COMPUTER, AGENT, REQUESTS, FAULTS, HTTP_ERRORS, CONNECTIONS, REPORTED, FRAME, PROBLEM, COLUMNS };

static stat_tap_table_item columns[COLUMNS] = {
    [CLIENT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client", "%-18s" },
    [COMPUTER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Computer", "%-24s" },
    [AGENT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Agent", "%-18s" },
    [REQUESTS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Requests", "%u" },
    [FAULTS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Faults", "%u" },
    [HTTP_ERRORS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "HTTP errors", "%u" },
    [CONNECTIONS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Connections failed", "%u" },
    [REPORTED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Reported failures", "%u" },
    [FRAME] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "In frame", "%u" },
    [PROBLEM] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Last problem", "%s" },
};

/* Which client has which row. A table may be open more than once, so each has its own; rows of an earlier run that this one
 * does not need stay empty, because a table cannot lose rows. */
typedef struct {
    GHashTable *rows; /* address: row + 1 */
    guint used;
} row_index;

static GHashTable *indexes; /* row_index by table */

static void
free_index(gpointer p)
{
    row_index *index = (row_index *)p;

    g_hash_table_destroy(index->rows);
    g_free(index);
}

static row_index *
index_of(stat_tap_table *table)
{
    if (!indexes)
        indexes = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_index);

    row_index *index = (row_index *)g_hash_table_lookup(indexes, table);

    if (!index) {
        index = g_new0(row_index, 1);
        index->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_insert(indexes, table, index);
    }
    return index;
}

static void
set_text(stat_tap_table *table, guint row, enum column column, const char *text)
{
    stat_tap_table_item_type *item = stat_tap_get_field_data(table, row, column);

    g_free((char *)item->value.string_value);
    char *safe = g_strdup(text);
    wu_text_calm(safe);
    item->value.string_value = safe;
    stat_tap_set_field_data(table, row, column, item);
}

static void
set_number(stat_tap_table *table, guint row, enum column column, guint number)
{
    stat_tap_table_item_type *item = stat_tap_get_field_data(table, row, column);

    item->value.uint_value = number;
    stat_tap_set_field_data(table, row, column, item);
}

static void
add_number(stat_tap_table *table, guint row, enum column column, guint number)
{
    set_number(table, row, column, stat_tap_get_field_data(table, row, column)->value.uint_value + number);
}

static void
reset_clients(stat_tap_table *table)
{
    for (guint row = 0; row < table->num_elements; row++)
        for (unsigned c = 0; c < COLUMNS; c++)
            if (columns[c].type == TABLE_ITEM_STRING)
                set_text(table, row, (enum column)c, "");
            else
                set_number(table, row, (enum column)c, 0);
    if (indexes)
        g_hash_table_remove(indexes, table);
}

static void
init_clients(stat_tap_table_ui *ui)
{
    stat_tap_table *table = stat_tap_find_table(ui, "Windows Update clients");

    if (table)
        reset_clients(table);
    else
        stat_tap_add_table(ui, stat_tap_init_table("Windows Update clients", COLUMNS, 0, NULL));
}

static void
free_item(stat_tap_table *table, guint row, guint column, stat_tap_table_item_type *item)
{
    if (item->type == TABLE_ITEM_STRING)
        g_free((char *)item->value.string_value);
    if (row == 0 && column == 0 && indexes)
        g_hash_table_remove(indexes, table);
}

static guint
row_of(stat_tap_table *table, const char *client)
{
    row_index *index = index_of(table);
    guint row = GPOINTER_TO_UINT(g_hash_table_lookup(index->rows, client));
    stat_tap_table_item_type items[COLUMNS];

    if (row)
        return row - 1;
    row = index->used++;
    g_hash_table_insert(index->rows, g_strdup(client), GUINT_TO_POINTER(row + 1));
    if (row == table->num_elements) {
        memset(items, 0, sizeof items);
        for (unsigned c = 0; c < COLUMNS; c++) {
            items[c].type = columns[c].type;
            if (columns[c].type == TABLE_ITEM_STRING)
                items[c].value.string_value = g_strdup("");
        }
        stat_tap_init_table_row(table, row, COLUMNS, items);
    }
    set_text(table, row, CLIENT, client);
    return row;
}

/* What went wrong last, in one line; NULL when nothing did. */
static const char *
problem_of(wmem_allocator_t *scope, const report_data *data)
{
    if (data->v->n_failed)
        return data->v->failed[data->v->n_failed - 1].label;
    if (!data->code)
        return data->v->outcome == OUTCOME_CONNECTION ? wmem_strdup_printf(scope, "%s: %s", data->operation, data->error_code) : NULL;
    return wmem_strdup_printf(scope, "%s: %s%s%s", data->operation, data->error_code, *data->error_code ? ", " : "",
                              code_label(scope, data->code->code, data->code->space));
}

static tap_packet_status
count_client(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    const report_data *data = (const report_data *)p;
    const stat_data_t *shared = (const stat_data_t *)tapdata;
    stat_tap_table *table = g_array_index(shared->stat_tap_data->tables, stat_tap_table *, 0);
    guint row = row_of(table, data->client);
    const char *problem = problem_of(pinfo->pool, data);

    if (*data->computer)
        set_text(table, row, COMPUTER, data->computer);
    if (*data->agent)
        set_text(table, row, AGENT, data->agent);
    add_number(table, row, REQUESTS, data->asked);
    add_number(table, row, FAULTS, data->v->outcome == OUTCOME_FAULT);
    add_number(table, row, HTTP_ERRORS, data->v->outcome == OUTCOME_HTTP_ERROR);
    add_number(table, row, CONNECTIONS, data->v->outcome == OUTCOME_CONNECTION);
    add_number(table, row, REPORTED, data->v->n_failed);
    if (problem) {
        set_text(table, row, PROBLEM, problem);
        set_number(table, row, FRAME, pinfo->num);
    }
    return TAP_PACKET_REDRAW;
}

void
clients_register(void)
{
    static tap_param params[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };
    static stat_tap_table_ui ui = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = "Windows Update Clients", /* submenus of Statistics are for trees only */
        .tap_name = "wsus",
        .cli_string = "wsus,clients",
        .stat_tap_init_cb = init_clients,
        .packet_func = count_client,
        .stat_tap_reset_table_cb = reset_clients,
        .stat_tap_free_table_item_cb = free_item,
        .nfields = COLUMNS,
        .fields = columns,
        .nparams = G_N_ELEMENTS(params),
        .params = params,
    };

    register_stat_tap_table_ui(&ui);
}
