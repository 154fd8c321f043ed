/* diagnosis.c
 * -z wsus,diagnosis and the window "Why did Windows Update fail?".
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include <stdio.h>

#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "core/json_writer.h"
#include "core/setup_extension.h"

#define TEXT_WIDTH   80
#define WINDOW_WIDTH 68 /* columns of the text window as it opens */
#define FILTER_FRAMES 1000u /* frames that "Show these packets" names */

static void
take_fact(const wu_fact *fact, void *user)
{
    wu_diagnosis_add((wu_diagnosis *)user, fact);
}

/* One run over a capture: of tshark, or of the window. */
typedef struct {
    wu_diagnosis *diagnosis;
    bool json;
    bool filtered; /* some messages may not be told */
    sealed_connections sealed;
} run;

static tap_packet_status
diagnose_packet(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *p, tap_flags_t flags _U_)
{
    const report_data *data = (const report_data *)p;
    run *r = (run *)tapdata;

    facts_of(pinfo, data, take_fact, r->diagnosis);
    sealed_count(&r->sealed, data->v->connection);
    return TAP_PACKET_DONT_REDRAW;
}

static void
diagnose_rest(const verdict *v, void *tapdata)
{
    diagnose_packet(tapdata, v->pinfo, NULL, report_data_of(v), 0);
}

static void
reset_run(void *tapdata)
{
    run *r = (run *)tapdata;

    wu_diagnosis_free(r->diagnosis);
    r->diagnosis = wu_diagnosis_new();
    r->sealed = (sealed_connections){ 0, 0 };
}

/* ---- as JSON: one object a line, first the totals, then what is of all clients, then the clients ---- */

static void
json_names(GString *out, const char *name, const wu_names *names)
{
    wu_json_begin(out, name, '[');
    for (unsigned i = 0; i < names->n; i++)
        wu_json_string(out, NULL, names->names[i]);
    wu_json_end(out, ']');
}

static void
json_code(GString *out, const wu_cause *cause)
{
    static const char *const bases[] = { "wire", "documented", "inferred", "guess" };
    wu_reading reading;
    char number[16];

    if (!cause->code)
        return;
    snprintf(number, sizeof number, cause->space == WU_AS_HRESULT ? "0x%08X" : "%u", cause->code);
    wu_json_string(out, "code", number);
    if (wu_code_readings(cause->code, cause->space, &reading, 1)) {
        wu_json_string(out, "symbol", reading.symbol);
        wu_json_string(out, "text", reading.text);
    }
    wu_json_string(out, "code_basis", bases[cause->basis <= WU_BASIS_GUESS ? cause->basis : 0]);
    if (cause->extend) {
        snprintf(number, sizeof number, "0x%X", cause->extend);
        wu_json_string(out, "extend_code", number);
        wu_json_string(out, "setup_phase", wu_setup_phase(cause->extend));
        wu_json_string(out, "setup_operation", wu_setup_operation(cause->extend));
    }
}

static void
json_cause(GString *out, const wu_cause *cause)
{
    static const char *const kinds[] = { "connection", "fault", "status", "report", "report", "finding", "pattern" };
    char *filter = wu_cause_filter(cause), *line = wu_cause_line(cause), *check = wu_cause_check(cause);

    wu_json_begin(out, NULL, '{');
    wu_json_string(out, "rule", wu_text(cause->row->name));
    wu_json_string(out, "kind", kinds[cause->row->on <= WU_ON_PATTERN ? cause->row->on : WU_ON_PATTERN]);
    wu_json_string(out, "weight", wu_weight_name((enum wu_weight)cause->row->weight));
    wu_json_bool(out, "stops", wu_cause_stops(cause));
    wu_json_string(out, "task", wu_task_name(cause->task));
    wu_json_string(out, "step", wu_step_name(cause->step));
    wu_json_string(out, "what", line);
    wu_json_string(out, "operation", cause->operation);
    wu_json_string(out, "server", cause->server);
    wu_json_string(out, "detail", cause->detail);
    if (*cause->seen)
        wu_json_string(out, "seen", cause->seen);
    json_code(out, cause);
    wu_json_string(out, "cause", wu_text(cause->row->cause));
    wu_json_string(out, "basis", wu_proof_name((enum wu_proof)cause->row->proof));
    wu_json_string(out, "check", check);
    wu_json_number(out, "count", cause->count);
    wu_json_begin(out, "frames", '[');
    for (unsigned i = 0; i < cause->frames; i++)
        wu_json_number(out, NULL, cause->frame[i]);
    wu_json_end(out, ']');
    wu_json_number(out, "last_frame", cause->last_frame);
    if (cause->reported)
        wu_json_number(out, "reported_frame", cause->reported);
    if (cause->went_well)
        wu_json_number(out, "went_well_frame", cause->went_well);
    if (filter)
        wu_json_string(out, "filter", filter);
    wu_json_end(out, '}');
    g_free(filter);
    g_free(line);
    g_free(check);
}

static void
json_causes(GString *out, const GPtrArray *causes)
{
    wu_json_begin(out, "causes", '[');
    for (guint i = 0; i < causes->len; i++)
        json_cause(out, (const wu_cause *)g_ptr_array_index(causes, i));
    wu_json_end(out, ']');
}

static bool
is_stopped(const GPtrArray *causes)
{
    for (guint i = 0; i < causes->len; i++)
        if (wu_cause_stops((const wu_cause *)g_ptr_array_index(causes, i)))
            return true;
    return false;
}

static void
json_bits(GString *out, const char *name, unsigned bits, unsigned max, bool steps)
{
    wu_json_begin(out, name, '[');
    for (unsigned i = 1; i < max; i++)
        if (bits & 1u << i)
            wu_json_string(out, NULL, steps ? wu_step_name((enum wu_step)i) : wu_task_name((enum wu_task)i));
    wu_json_end(out, ']');
}

static void
json_client(GString *out, const wu_diagnosed *client)
{
    wu_json_begin(out, NULL, '{');
    wu_json_string(out, "type", "diagnosis_client");
    wu_json_string(out, "client", client->address);
    json_names(out, "computers", &client->computers);
    json_names(out, "client_ids", &client->ids);
    json_names(out, "servers", &client->servers);
    wu_json_string(out, "agent", client->agent);
    wu_json_bool(out, "failed", is_stopped(client->causes));
    json_bits(out, "tried", client->tasks, WU_TASK_MAX, false);
    json_bits(out, "reached", client->reached, WU_STEP_MAX, true);
    wu_json_string(out, "furthest", wu_step_name(wu_diagnosed_step(client)));
    wu_json_number(out, "requests", client->requests);
    wu_json_number(out, "responses", client->responses);
    wu_json_number(out, "rounds", client->rounds);
    wu_json_number(out, "reported_failures", client->reported);
    wu_json_number(out, "first_frame", client->first_frame);
    wu_json_number(out, "last_frame", client->last_frame);
    json_causes(out, client->causes);
    wu_json_number(out, "more_causes", client->more_causes);
    wu_json_end(out, '}');
    g_string_append_c(out, '\n');
}

static void
json_totals(GString *out, const run *r)
{
    const wu_diagnosis *d = r->diagnosis;
    wu_diagnosis_totals t = wu_diagnosis_count(d);

    wu_json_begin(out, NULL, '{');
    wu_json_string(out, "type", "diagnosis");
    wu_json_number(out, "clients", t.clients);
    wu_json_number(out, "failed", t.failed);
    wu_json_number(out, "requests", t.requests);
    wu_json_number(out, "responses", t.responses);
    wu_json_number(out, "failures", t.failures);
    wu_json_number(out, "warnings", t.warnings);
    wu_json_number(out, "notes", t.notes);
    wu_json_number(out, "messages_of_further_clients", t.more_clients);
    wu_json_number(out, "sealed_well", r->sealed.well);
    wu_json_number(out, "sealed_failed", r->sealed.failed);
    json_causes(out, wu_diagnosis_general(d));
    wu_json_end(out, '}');
    g_string_append_c(out, '\n');
}

static void
print_json(const run *r)
{
    GString *out = g_string_new(NULL);
    const GPtrArray *clients = wu_diagnosis_clients(r->diagnosis);

    json_totals(out, r);
    for (guint i = 0; i < clients->len; i++) {
        json_client(out, (const wu_diagnosed *)g_ptr_array_index(clients, i));
        fputs(out->str, stdout);
        g_string_truncate(out, 0);
    }
    fputs(out->str, stdout);
    g_string_free(out, TRUE);
}

/* ---- -z wsus,diagnosis[,json][,FILTER] ---- */

static void
print_run(void *tapdata)
{
    run *r = (run *)tapdata;

    if (!r->filtered)
        report_rest(diagnose_rest, r);
    fact_lines_read(r->diagnosis, &r->sealed);
    wu_diagnosis_end(r->diagnosis);
    if (r->json) {
        print_json(r);
    } else {
        GString *text = wu_diagnosis_text(r->diagnosis, TEXT_WIDTH);
        fputs(text->str, stdout);
        g_string_free(text, TRUE);
    }
    fflush(stdout);
}

static bool
start_run(const char *argument, const char *rest, bool in_window)
{
    run *r = g_new0(run, 1);

    r->json = g_str_has_prefix(rest, ",json") && (!rest[5] || rest[5] == ',');
    rest += r->json ? 5 : 0;
    r->filtered = *rest == ',';
    r->diagnosis = wu_diagnosis_new();
    GString *error = register_tap_listener("wsus", r, r->filtered ? rest + 1 : NULL, 0, reset_run, diagnose_packet,
                                           in_window ? NULL : print_run, NULL);
    bool good = error == NULL;
    if (!good) {
        fprintf(stderr, "tshark: -z %s: %s\n", argument, error->str);
        g_string_free(error, TRUE);
    } else if (in_window) { /* the capture is read already */
        window_read_packets();
        print_run(r);
        remove_tap_listener(r);
    }
    if (!good || in_window) {
        wu_diagnosis_free(r->diagnosis);
        g_free(r);
    }
    return good;
}

/* In Wireshark, without more words, the window. */
static compat_stat_result
begin_run(const char *argument, void *user _U_)
{
    const char *rest = argument + strlen("wsus,diagnosis");
    bool in_window = window_is_there(), good = true;

    if (in_window && !*rest)
        diagnosis_window();
    else
        good = start_run(argument, rest, in_window);
    COMPAT_STAT_STARTED(good);
}

/* ---- the window ---- */

void
diagnosis_window(void)
{
    run r = { wu_diagnosis_new(), false, false, { 0, 0 } };
    GString *error = register_tap_listener("wsus", &r, NULL, 0, reset_run, diagnose_packet, NULL, NULL);

    if (!error && window_read_packets()) {
        remove_tap_listener(&r);
        wu_diagnosis_end(r.diagnosis);
        GString *text = wu_diagnosis_text(r.diagnosis, WINDOW_WIDTH);
        char *filter = wu_diagnosis_filter(r.diagnosis, FILTER_FRAMES);
        window_open("Why did Windows Update fail?", text->str, filter);
        g_free(filter);
        g_string_free(text, TRUE);
    } else if (error) {
        g_string_free(error, TRUE);
    } else {
        remove_tap_listener(&r);
    }
    wu_diagnosis_free(r.diagnosis);
}

void
diagnosis_register(void)
{
    static tap_param params[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };
    static stat_tap_ui ui = { REGISTER_STAT_GROUP_GENERIC, NULL, "wsus,diagnosis", begin_run, G_N_ELEMENTS(params), params };

    register_stat_tap_ui(&ui, NULL);
}
