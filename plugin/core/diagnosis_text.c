/* diagnosis_text.c
 * The diagnosis in words. Long because each line of it is a function of its own, and all of them share how lines are broken and names told.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "diagnosis_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "setup_extension.h"

#define LABEL_WIDTH      12u
#define FOLDED_INDENT    4u  /* of the rest of a line that is too long */
#define GROUPS_LISTED    12u /* in the overview: failures that clients have in common */
#define GROUPS_EXPLAINED 3u  /* of these, those whose cause and advice fit the first screen */
#define GROUPS_AMONG     500u /* clients that are looked at for it; the others are counted */
#define GROUP_NAMED      6u  /* clients of one of them that are named */
#define NAMES_TOLD    3u  /* computers, servers and ids of a client that are told; JSON has more */
#define CLIENTS_NAMED 40u /* clients without failure that are named */

/* ---- lines ---- */

/* Words from `column` on; lines that follow begin at `left`. */
static void
fill(GString *out, const char *text, glong column, glong left, unsigned width)
{
    bool first = true;

    for (const char *word = text; *word;) {
        size_t n = strcspn(word, " ");
        glong columns = g_utf8_strlen(word, (gssize)n);
        if (!first && column + 1 + columns > (glong)width) {
            g_string_append_printf(out, "\n%*s", (int)left, "");
            column = left;
        } else if (!first) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append_len(out, word, (gssize)n);
        column += columns;
        first = false;
        word += n + (word[n] == ' ');
    }
    g_string_append_c(out, '\n');
}

/* One labelled paragraph, broken between words. */
static void
paragraph(GString *out, const char *label, unsigned indent, const char *text, unsigned width)
{
    const glong left = (glong)indent + (glong)LABEL_WIDTH;

    g_string_append_printf(out, "%*s%-*s", (int)indent, "", (int)LABEL_WIDTH, label);
    fill(out, text, left, left, width);
}

/* A line, what does not fit into it set in below. */
static void
line(GString *out, unsigned indent, const char *text, unsigned width)
{
    g_string_append_printf(out, "%*s", (int)indent, "");
    fill(out, text, (glong)indent, (glong)indent + (glong)FOLDED_INDENT, width);
}

static void
add_code(GString *out, uint32_t code, enum wu_space space)
{
    wu_reading reading;
    bool known = wu_code_readings(code, space, &reading, 1) > 0;

    g_string_append_printf(out, space == WU_AS_HRESULT ? "0x%08X" : "%u", code);
    if (known && *reading.symbol)
        g_string_append_printf(out, " %s", reading.symbol);
}

static const char *
basis_words(enum wu_basis basis)
{
    switch (basis) {
    case WU_BASIS_DOCUMENTED:
        return "what the client is expected to report, documented";
    case WU_BASIS_INFERRED:
        return "what the client is expected to report, inferred";
    case WU_BASIS_GUESS:
        return "what the client is expected to report, a guess";
    default:
        return "stands in the capture";
    }
}

static void
add_extend(GString *out, uint32_t extend)
{
    const char *phase = wu_setup_phase(extend), *operation = wu_setup_operation(extend);

    g_string_append_printf(out, "; extension 0x%X", extend);
    if (*phase && *operation)
        g_string_append_printf(out, ": phase %s, operation %s", phase, operation);
}

static void
code_paragraph(GString *out, const wu_cause *cause, unsigned width)
{
    GString *text = g_string_new(NULL);
    wu_reading reading;

    add_code(text, cause->code, cause->space);
    if (cause->extend)
        add_extend(text, cause->extend);
    if (wu_code_readings(cause->code, cause->space, &reading, 1) && *reading.text)
        g_string_append_printf(text, ": %s", reading.text);
    g_string_append_printf(text, " (%s)", basis_words(cause->basis));
    paragraph(out, "code", 4, text->str, width);
    g_string_free(text, TRUE);
}

static void
add_frames(GString *out, const wu_cause *cause)
{
    for (unsigned i = 0; i < cause->frames; i++)
        g_string_append_printf(out, "%s%u", i ? ", " : "", cause->frame[i]);
    if (cause->count > 1)
        g_string_append_printf(out, "%s%u times", cause->frames ? "; " : "", cause->count);
    if (cause->count > 1 && cause->frames == WU_MAX_PROOF)
        g_string_append_printf(out, ", last in frame %u", cause->last_frame);
    if (cause->reported)
        g_string_append_printf(out, "; the client reports it in frame %u", cause->reported);
    if (cause->went_well)
        g_string_append_printf(out, "; the same went well later, in frame %u", cause->went_well);
}

static void
add_place(GString *out, const wu_cause *cause)
{
    bool reported = cause->row->on == WU_ON_EVENT || cause->row->on == WU_ON_CODE;

    if (*cause->operation && !reported)
        g_string_append(out, cause->operation);
    else if (cause->step)
        g_string_append(out, wu_step_name(cause->step));
    if (*wu_text(cause->row->title))
        g_string_append_printf(out, "%s%s", out->len ? ": " : "", wu_text(cause->row->title));
    if (reported)
        g_string_append_printf(out, "%sthe client reports", cause->step ? ": " : "");
    if (*cause->detail)
        g_string_append_printf(out, "%s%s", reported ? " " : out->len ? ": " : "", cause->detail);
}

char *
wu_cause_line(const wu_cause *cause)
{
    GString *out = g_string_new(NULL);

    add_place(out, cause);
    if (!out->len)
        g_string_append(out, wu_text(cause->row->name));
    if (cause->code) {
        g_string_append(out, ", ");
        add_code(out, cause->code, cause->space);
    }
    return g_string_free(out, FALSE);
}

static void
why_paragraph(GString *out, const wu_cause *cause, unsigned width)
{
    char *why = g_strdup_printf("%s%s%s%s (%s)", wu_text(cause->row->cause), *cause->seen ? " Seen: " : "", cause->seen,
                                *cause->seen ? "." : "", wu_proof_name((enum wu_proof)cause->row->proof));

    paragraph(out, "why", 4, why, width);
    g_free(why);
}

/* {code} in the row is what to check for the code, which the client says without the capture telling where it got it. */
char *
wu_cause_check(const wu_cause *cause)
{
    static const char placeholder[] = "{code}";
    const char *check = wu_text(cause->row->check);
    wu_reading reading;

    if (!g_str_has_prefix(check, placeholder))
        return g_strdup(check);
    bool known = cause->code && wu_code_readings(cause->code, cause->space, &reading, 1) && *reading.hint;
    return g_strconcat(known ? reading.hint : "What the code means.", check + strlen(placeholder), NULL);
}

static void
check_paragraph(GString *out, const wu_cause *cause, unsigned width)
{
    char *check = wu_cause_check(cause);

    paragraph(out, "check", 4, check, width);
    g_free(check);
}

static void
cause_block(GString *out, const wu_cause *cause, unsigned width)
{
    GString *text = g_string_new(NULL);

    add_place(text, cause);
    if (*cause->server)
        g_string_append_printf(text, "%sserver %s", text->len ? ", " : "", cause->server);
    paragraph(out, cause->went_well ? "passed" : wu_weight_name((enum wu_weight)cause->row->weight), 2,
              text->len ? text->str : wu_text(cause->row->name), width);
    why_paragraph(out, cause, width);
    if (cause->code)
        code_paragraph(out, cause, width);
    check_paragraph(out, cause, width);
    g_string_truncate(text, 0);
    add_frames(text, cause);
    paragraph(out, "frames", 4, text->str, width);
    g_string_free(text, TRUE);
}

/* Failures that stopped something first, then those that passed, warnings, notes. */
static unsigned
rank(const wu_cause *cause)
{
    return wu_cause_stops(cause) ? 0 : cause->row->weight == WU_WEIGHT_FAILURE ? 1 : 2 + (cause->row->weight == WU_WEIGHT_NOTE);
}

static void
all_causes(GString *out, const GPtrArray *causes, unsigned more, unsigned width)
{
    for (unsigned r = 0; r < 4; r++)
        for (guint i = 0; i < causes->len; i++) {
            const wu_cause *cause = g_ptr_array_index(causes, i);
            if (rank(cause) == r)
                cause_block(out, cause, width);
        }
    if (more)
        g_string_append_printf(out, "  %u further ones of other kinds are not shown\n", more);
}

/* ---- clients ---- */

static void
add_names(GString *out, const char *before, const wu_names *names)
{
    for (unsigned i = 0; i < names->n && i < NAMES_TOLD; i++)
        g_string_append_printf(out, "%s%s", i ? ", " : before, names->names[i]);
    if (names->more || names->n > NAMES_TOLD)
        g_string_append(out, " and others");
}

static void
client_name(GString *out, const wu_diagnosed *client)
{
    g_string_append(out, client->address);
    if (client->computers.n) {
        add_names(out, " (", &client->computers);
        g_string_append_c(out, ')');
    }
}

static void
add_bits(GString *out, unsigned bits, unsigned max, const char *(*name)(unsigned))
{
    bool first = true;

    for (unsigned i = 1; i < max; i++)
        if (bits & 1u << i) {
            g_string_append_printf(out, "%s%s", first ? "" : ", ", name(i));
            first = false;
        }
    if (first)
        g_string_append(out, "nothing");
}

static const char *
task_name(unsigned i)
{
    return wu_task_name((enum wu_task)i);
}

static const char *
step_name(unsigned i)
{
    return wu_step_name((enum wu_step)i);
}

static const wu_cause *
first_stop(const wu_diagnosed *client)
{
    for (guint i = 0; i < client->causes->len; i++) {
        const wu_cause *cause = g_ptr_array_index(client->causes, i);
        if (wu_cause_stops(cause))
            return cause;
    }
    return NULL;
}

static unsigned
weight_of(const wu_cause *cause)
{
    return cause ? cause->row->weight : WU_WEIGHT_QUIET;
}

static bool
has_failure(const wu_diagnosed *client)
{
    for (guint i = 0; i < client->causes->len; i++)
        if (weight_of(g_ptr_array_index(client->causes, i)) == WU_WEIGHT_FAILURE)
            return true;
    return false;
}

static void
add_count(GString *out, unsigned n, const char *what)
{
    g_string_append_printf(out, "%u %s%s", n, what, n == 1 ? "" : "s");
}

/* ", 2 warnings, 1 note" */
static void
add_remarks(GString *out, const wu_diagnosed *client)
{
    unsigned n[WU_WEIGHT_FAILURE + 1] = { 0 };

    for (guint i = 0; i < client->causes->len; i++)
        n[weight_of(g_ptr_array_index(client->causes, i))]++;
    for (unsigned weight = WU_WEIGHT_WARNING; weight >= WU_WEIGHT_NOTE; weight--)
        if (n[weight]) {
            g_string_append(out, ", ");
            add_count(out, n[weight], wu_weight_name((enum wu_weight)weight));
        }
}

static void
client_head(GString *out, const wu_diagnosed *client, unsigned width)
{
    const wu_cause *stop = first_stop(client);
    GString *head = g_string_new(NULL);

    client_name(head, client);
    if (stop) {
        char *what = wu_cause_line(stop);
        g_string_append_printf(head, ": failed at %s", what);
        g_free(what);
    } else {
        g_string_append(head, has_failure(client) ? ": no failure that lasts" : ": no failure");
        add_remarks(head, client);
    }
    g_string_append_c(out, '\n');
    line(out, 0, head->str, width);
    g_string_free(head, TRUE);
}

static void
client_block(GString *out, const wu_diagnosed *client, unsigned width)
{
    GString *text = g_string_new(NULL);

    client_head(out, client, width);
    add_bits(text, client->tasks, WU_TASK_MAX, task_name);
    add_names(text, "; server ", &client->servers);
    if (*client->agent)
        g_string_append_printf(text, "; agent %s", client->agent);
    add_names(text, "; client ID ", &client->ids);
    paragraph(out, "tried", 2, text->str, width);
    g_string_truncate(text, 0);
    add_bits(text, client->reached, WU_STEP_MAX, step_name);
    if (client->rounds)
        g_string_append_printf(text, "; %u round%s of SyncUpdates", client->rounds, client->rounds == 1 ? "" : "s");
    paragraph(out, "reached", 2, text->str, width);
    all_causes(out, client->causes, client->more_causes, width);
    g_string_free(text, TRUE);
}

static void
well_clients(GString *out, const wu_diagnosis *d, unsigned width)
{
    GString *text = g_string_new(NULL);
    unsigned n = 0;

    for (guint i = 0; i < d->clients->len; i++) {
        const wu_diagnosed *client = g_ptr_array_index(d->clients, i);
        if (client->causes->len)
            continue;
        if (n++ < CLIENTS_NAMED) {
            g_string_append(text, n > 1 ? ", " : "");
            client_name(text, client);
        }
    }
    if (n > CLIENTS_NAMED)
        g_string_append_printf(text, " and %u more", n - CLIENTS_NAMED);
    if (n) {
        g_string_append_c(out, '\n');
        paragraph(out, "no failure", 0, text->str, width);
    }
    g_string_free(text, TRUE);
}

/* The same failure of several clients is one for the reader. */
static bool
is_same(const wu_cause *a, const wu_cause *b)
{
    return a->row == b->row && a->code == b->code && !strcmp(a->operation, b->operation) && !strcmp(a->detail, b->detail) &&
           !strcmp(a->server, b->server);
}

/* Clients that failed of one thing. */
typedef struct {
    const wu_cause *stop;
    guint first; /* of them */
    unsigned n;
} failed_group;

static void
add_to_groups(failed_group *groups, unsigned *n, guint client, const wu_cause *stop)
{
    for (unsigned i = 0; i < *n; i++)
        if (is_same(groups[i].stop, stop)) {
            groups[i].n++;
            return;
        }
    groups[(*n)++] = (failed_group){ stop, client, 1 };
}

/* What most clients failed of comes first. */
static int
by_size(gconstpointer a, gconstpointer b)
{
    const failed_group *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n ? 1 : -1) : x->first < y->first ? -1 : 1;
}

/* The names of a group, the first few. */
static void
add_group(GString *out, const wu_diagnosis *d, const failed_group *group)
{
    unsigned n = 0;

    for (guint i = group->first; i < d->clients->len && n < GROUP_NAMED; i++) {
        const wu_diagnosed *client = g_ptr_array_index(d->clients, i);
        const wu_cause *other = first_stop(client);
        if (!other || !is_same(other, group->stop))
            continue;
        g_string_append(out, n++ ? ", " : "");
        client_name(out, client);
    }
    if (group->n > n)
        g_string_append_printf(out, " and %u more", group->n - n);
}

static void
explain_group(GString *out, const wu_diagnosis *d, const failed_group *group, bool explained, unsigned width)
{
    char *what = wu_cause_line(group->stop);
    GString *text = g_string_new(NULL);

    add_group(text, d, group);
    g_string_append_printf(text, ": %s%s%s", what, *group->stop->server ? ", server " : "", group->stop->server);
    line(out, 2, text->str, width);
    if (explained) {
        why_paragraph(out, group->stop, width);
        if (group->stop->code)
            code_paragraph(out, group->stop, width);
        check_paragraph(out, group->stop, width);
    }
    g_string_free(text, TRUE);
    g_free(what);
}

/* What clients failed of first: who, where, why and what to check, so that the first screen says it. Looks at the clients that
 * failed, which stand in front, GROUPS_AMONG of them each with the others. */
static void
overview(GString *out, const wu_diagnosis *d, unsigned failed, unsigned width)
{
    unsigned among = failed < GROUPS_AMONG ? failed : GROUPS_AMONG, groups = 0, clients = 0;
    failed_group *group = g_new(failed_group, among);

    for (guint i = 0; i < among; i++) {
        const wu_cause *stop = first_stop(g_ptr_array_index(d->clients, i));
        if (stop)
            add_to_groups(group, &groups, i, stop);
    }
    qsort(group, groups, sizeof *group, by_size);
    for (unsigned i = 0; i < groups && i < GROUPS_LISTED; i++) {
        explain_group(out, d, &group[i], i < GROUPS_EXPLAINED, width);
        clients += group[i].n;
    }
    if (failed > clients)
        g_string_append_printf(out, "  and %u more, below\n", failed - clients);
    g_free(group);
}

/* ---- the whole ---- */

static void
headline(GString *out, const wu_diagnosis_totals *t, unsigned width)
{
    GString *head = g_string_new(NULL);

    if (t->failed)
        g_string_append_printf(head, "%u of %u client%s failed", t->failed, t->clients, t->clients == 1 ? "" : "s");
    else
        g_string_append(head, t->failures ? "No failure that lasts" : "No failure");
    g_string_append(head, ": ");
    if (!t->failed) {
        add_count(head, t->clients, "client");
        g_string_append(head, ", ");
    }
    add_count(head, t->requests, "request");
    g_string_append(head, ", ");
    add_count(head, t->responses, "response");
    if (t->failures) {
        g_string_append(head, "; ");
        add_count(head, t->failures, "cause");
        g_string_append(head, " of failure");
    }
    if (t->warnings) {
        g_string_append(head, "; ");
        add_count(head, t->warnings, "warning");
    }
    if (t->notes) {
        g_string_append(head, "; ");
        add_count(head, t->notes, "note");
    }
    g_string_append_c(head, '.');
    line(out, 0, t->clients ? head->str : "No Windows Update traffic was recognised.", width);
    if (t->more_clients)
        g_string_append_printf(out, "There are more than %u clients: %u messages of others were left out.\n",
                               WU_MAX_DIAGNOSED, t->more_clients);
    g_string_free(head, TRUE);
}

GString *
wu_diagnosis_text(const wu_diagnosis *d, unsigned width)
{
    GString *out = g_string_new(NULL);
    wu_diagnosis_totals totals = wu_diagnosis_count(d);

    headline(out, &totals, width);
    if (!totals.failures && !totals.warnings && !totals.notes)
        return out;
    if (totals.failed > 1 || (totals.failed && d->general->len)) /* else the block of the client stands here */
        overview(out, d, totals.failed, width);
    if (d->general->len) {
        g_string_append(out, "\nAll clients\n");
        all_causes(out, d->general, d->more_general, width);
    }
    for (guint i = 0; i < d->clients->len; i++) {
        const wu_diagnosed *client = g_ptr_array_index(d->clients, i);
        if (client->causes->len)
            client_block(out, client, width);
    }
    well_clients(out, d, width);
    return out;
}
