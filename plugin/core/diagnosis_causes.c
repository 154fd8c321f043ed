/* diagnosis_causes.c
 * Which cause a fact is of, and how causes are kept.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis_state.h"

#include "slice.h"
#include "text.h"

#define MAX_DIGITS 10u /* of a port, which is an unsigned number */

/* ---- names ---- */

const char *
wu_task_name(enum wu_task task)
{
    static const char *const names[WU_TASK_MAX] = { "other", "scan", "self-update", "download", "report", "server sync" };
    return task < WU_TASK_MAX ? names[task] : names[0];
}

const char *
wu_step_name(enum wu_step step)
{
    static const char *const names[WU_STEP_MAX] = { "nothing", "resolve", "connect", "secure", "locate", "self-update",
                                                    "GetConfig", "cookie", "registration", "SyncUpdates", "metadata",
                                                    "download", "install", "report" };
    return step < WU_STEP_MAX ? names[step] : names[0];
}

const char *
wu_weight_name(enum wu_weight weight)
{
    static const char *const names[] = { "quiet", "note", "warning", "failure" };
    return names[weight <= WU_WEIGHT_FAILURE ? weight : 0];
}

const char *
wu_proof_name(enum wu_proof proof)
{
    static const char *const names[] = { "the capture shows it", "documented", "inferred" };
    return names[proof <= WU_PROOF_INFERRED ? proof : WU_PROOF_INFERRED];
}

/* ---- texts ---- */

/* Most texts: nothing in them has to be looked at. */
static bool
is_plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return true;
}

char *
wu_diagnosis_copy(const char *text)
{
    size_t n = text ? strlen(text) : 0;

    if (is_plain(text, n))
        return g_strndup(text ? text : "", n < WU_FACT_TEXT - 6 ? n : WU_FACT_TEXT - 6);
    GString *out = g_string_new(NULL);
    char *valid = g_utf8_make_valid(text ? text : "", (gssize)(n < 4 * WU_FACT_TEXT ? n : 4 * WU_FACT_TEXT));

    for (const char *p = valid; *p && out->len + 6 < WU_FACT_TEXT; p = g_utf8_next_char(p)) {
        g_string_append_unichar(out, wu_text_steering(p) ? 0xfffd : g_utf8_get_char(p));
    }
    g_free(valid);
    return g_string_free(out, FALSE);
}

/* Asked for several times for each fact: by hand, because printf would take most of the time. */
char *
wu_diagnosis_server(const wu_fact *fact)
{
    const char *name = fact->host && *fact->host ? fact->host : wu_said_text(fact->server);
    char *safe = wu_diagnosis_copy(name), digits[MAX_DIGITS];
    size_t n = strlen(safe), first = sizeof digits;

    if (!n || !fact->port)
        return safe;
    for (unsigned port = fact->port; port; port /= 10)
        digits[--first] = (char)('0' + port % 10);
    size_t brackets = safe[0] != '[' && memchr(safe, ':', n) ? 1 : 0, length = sizeof digits - first;
    char *out = g_malloc(n + 2 * brackets + 1 + length + 1), *p = out;
    if (brackets)
        *p++ = '[';
    memcpy(p, safe, n);
    p += n;
    if (brackets)
        *p++ = ']';
    *p++ = ':';
    memcpy(p, digits + first, length);
    p[length] = '\0';
    g_free(safe);
    return out;
}

bool
wu_add_name(wu_names *names, const char *text)
{
    if (!text || !*text)
        return false;
    char *safe = wu_diagnosis_copy(text);
    bool known = false;

    for (unsigned i = 0; i < names->n && !known; i++)
        known = !g_ascii_strcasecmp(names->names[i], safe);
    if (known || names->n == WU_MAX_NAMES) {
        names->more |= !known;
        g_free(safe);
        return false;
    }
    names->names[names->n++] = safe;
    return true;
}

/* ---- causes ---- */

void
wu_cause_free(gpointer p)
{
    wu_cause *cause = p;

    g_free(cause->operation);
    g_free(cause->server);
    g_free(cause->detail);
    g_free(cause->seen);
    g_free(cause);
}

void
wu_add_proof(wu_cause *cause, uint32_t frame)
{
    unsigned at = 0;

    while (at < cause->frames && cause->frame[at] < frame)
        at++;
    if (frame && cause->frames < WU_MAX_PROOF && (at == cause->frames || cause->frame[at] != frame)) {
        memmove(&cause->frame[at + 1], &cause->frame[at], (cause->frames - at) * sizeof *cause->frame);
        cause->frame[at] = frame;
        cause->frames++;
    }
    if (frame > cause->last_frame)
        cause->last_frame = frame;
}

bool
wu_is_reported(const wu_diagnosis_row *row)
{
    return row->on == WU_ON_EVENT || row->on == WU_ON_CODE;
}

static enum wu_step
step_of_class(const char *event_class)
{
    static const struct { const char *name; enum wu_step step; } classes[] = {
        { "detect", WU_STEP_SYNC }, { "download", WU_STEP_DOWNLOAD }, { "install", WU_STEP_INSTALL },
        { "uninstall", WU_STEP_INSTALL }, { "inventory", WU_STEP_REPORT }
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(classes); i++)
        if (!g_strcmp0(event_class, classes[i].name))
            return classes[i].step;
    return WU_STEP_NONE;
}

static const wu_step_row *
step_row(const wu_fact *fact)
{
    for (size_t i = 0; i < WU_N_STEPS; i++)
        if (wu_steps[i].service == fact->service &&
            (!*wu_text(wu_steps[i].operation) || !g_strcmp0(wu_text(wu_steps[i].operation), fact->operation)))
            return &wu_steps[i];
    return NULL;
}

enum wu_step
wu_connection_step(const char *operation)
{
    return !g_strcmp0(operation, "Resolve") ? WU_STEP_RESOLVE : !g_strcmp0(operation, "Secure") ? WU_STEP_SECURE
                                                                                                 : WU_STEP_CONNECT;
}

enum wu_step
wu_fact_step(const wu_fact *fact)
{
    const wu_step_row *row = step_row(fact);

    if (fact->kind == WU_FACT_EVENT)
        return step_of_class(fact->event_class);
    if (row)
        return (enum wu_step)row->step;
    return fact->kind == WU_FACT_CONNECTION ? wu_connection_step(fact->operation) : WU_STEP_NONE;
}

enum wu_task
wu_fact_task(const wu_fact *fact)
{
    const wu_step_row *row = step_row(fact);

    return row ? (enum wu_task)row->task : WU_TASK_NONE;
}

static wu_cause *
find_cause(GPtrArray *causes, const wu_diagnosis_row *row, const wu_fact *fact, const char *operation, const char *server,
           const char *detail)
{
    for (guint i = 0; i < causes->len; i++) {
        wu_cause *c = g_ptr_array_index(causes, i);
        if (c->row == row && c->code == fact->code && c->extend == fact->extend && !strcmp(c->operation, operation) &&
            !strcmp(c->server, server) && !strcmp(c->detail, detail))
            return c;
    }
    return NULL;
}

static wu_cause *
new_cause(const wu_diagnosis_row *row, const wu_fact *fact)
{
    wu_cause *c = g_new0(wu_cause, 1);

    c->row = row;
    c->task = wu_fact_task(fact);
    c->step = wu_fact_step(fact);
    c->code = fact->code;
    c->space = fact->space;
    c->basis = fact->basis;
    c->extend = fact->extend;
    c->n_codes = fact->n_codes < WU_FACT_CODES ? fact->n_codes : WU_FACT_CODES;
    memcpy(c->codes, fact->codes, c->n_codes * sizeof *c->codes);
    c->first = fact->time;
    return c;
}

wu_cause *
wu_note_cause(wu_diagnosis *d, wu_diagnosed *client, const wu_diagnosis_row *row, const wu_fact *fact, const char *detail)
{
    GPtrArray *causes = client ? client->causes : d->general;
    char *operation = wu_diagnosis_copy(fact->operation), *safe = wu_diagnosis_copy(detail);
    char *server = wu_is_reported(row) ? g_strdup("") : wu_diagnosis_server(fact);
    wu_cause *c = find_cause(causes, row, fact, operation, server, safe);

    if (c || causes->len == WU_MAX_FAILURES) {
        g_free(operation);
        g_free(server);
        g_free(safe);
        if (!c) {
            *(client ? &client->more_causes : &d->more_general) += 1;
            return NULL;
        }
    } else {
        c = new_cause(row, fact);
        c->operation = operation;
        c->server = server;
        c->detail = safe;
        c->seen = wu_diagnosis_copy(fact->seen);
        g_ptr_array_add(causes, c);
    }
    c->count++;
    c->went_well = 0;
    c->last = fact->time;
    wu_add_proof(c, fact->request_frame);
    wu_add_proof(c, fact->frame);
    return c;
}

static void
drop_proof(wu_cause *cause, uint32_t frame)
{
    for (unsigned i = 0; i < cause->frames; i++)
        if (cause->frame[i] == frame) {
            memmove(&cause->frame[i], &cause->frame[i + 1], (--cause->frames - i) * sizeof *cause->frame);
            return;
        }
}

void
wu_forget_cause(wu_diagnosed *client, const wu_diagnosis_row *row, const wu_fact *fact)
{
    for (guint i = client->causes->len; i-- > 0;) {
        wu_cause *c = g_ptr_array_index(client->causes, i);
        if (c->row != row || c->last_frame != fact->frame)
            continue;
        if (--c->count == 0) {
            g_ptr_array_remove_index(client->causes, i);
            return;
        }
        drop_proof(c, fact->frame);
        drop_proof(c, fact->request_frame);
        if (c->frames)
            c->last_frame = c->frame[c->frames - 1];
        return;
    }
}

bool
wu_cause_stops(const wu_cause *cause)
{
    return cause->row->weight == WU_WEIGHT_FAILURE && !cause->went_well;
}

/* ---- which row ---- */

static bool
key_fits(const wu_diagnosis_row *row, const char *key)
{
    const char *wanted = wu_text(row->key);

    if (!*wanted)
        return true;
    if (row->on == WU_ON_STATUS && !strcmp(wanted + 1, "xx"))
        return key[0] == wanted[0];
    return !g_ascii_strcasecmp(wanted, key);
}

static bool
condition_fits(const wu_diagnosis *d, const wu_diagnosis_row *row, const wu_fact *fact)
{
    switch (row->when) {
    case WU_WHEN_PLAIN: /* a connection that was not made, or of which nothing is known, is neither */
        return !fact->secure && (fact->kind != WU_FACT_CONNECTION || fact->plain);
    case WU_WHEN_TLS:
        return fact->secure;
    case WU_WHEN_OFFERED:
        return fact->digest && g_hash_table_contains(d->files, fact->digest);
    case WU_WHEN_CLIENT:
        return fact->program == WU_CLIENT_AGENT && !fact->public_service;
    default:
        return true;
    }
}

const wu_diagnosis_row *
wu_find_row(const wu_diagnosis *d, enum wu_diagnosis_on on, const char *key, const wu_fact *fact)
{
    enum wu_step step = wu_fact_step(fact);

    for (size_t i = 0; i < WU_N_DIAGNOSES; i++) {
        const wu_diagnosis_row *row = &wu_diagnoses[i];
        const char *parameter = wu_text(row->parameter);
        if (row->on == on && key_fits(row, key) && (!row->step || row->step == step) &&
            (!row->port || row->port == fact->port) && condition_fits(d, row, fact) &&
            (!*parameter || (fact->parameter && strstr(fact->parameter, parameter))))
            return row;
    }
    return NULL;
}

/* ---- patterns ---- */

bool
wu_is_operation(const wu_fact *fact, enum wu_service service, const char *operation)
{
    return fact->service == service && !g_strcmp0(fact->operation, operation);
}

bool
wu_is_answer(const wu_fact *fact)
{
    return fact->kind == WU_FACT_RESPONSE && fact->outcome == WU_FACT_OK && !fact->page && !fact->no_message;
}

wu_cause *
wu_note_pattern(wu_diagnosis *d, wu_diagnosed *client, enum wu_diagnosis_name name, const wu_fact *fact, const char *detail)
{
    wu_fact plain = *fact;

    plain.code = 0;
    plain.n_codes = 0;
    plain.extend = 0;
    return wu_note_cause(d, client, wu_pattern(name), &plain, detail);
}

wu_cause *
wu_note_plain(wu_diagnosis *d, wu_diagnosed *client, enum wu_diagnosis_name name, const wu_fact *fact, const char *detail)
{
    wu_fact plain = *fact;

    plain.operation = plain.host = plain.server = plain.event_class = NULL;
    plain.service = WU_SERVICE_NONE;
    return wu_note_pattern(d, client, name, &plain, detail);
}
