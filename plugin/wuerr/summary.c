/* summary.c
 * How often each code occurs, and where first and last.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

#include <inttypes.h>
#include <stdlib.h>

#include "json_writer.h"

typedef struct {
    char *file;
    unsigned long long line;
} place;

typedef struct {
    unsigned number; /* of the code in the set */
    uint64_t count;
    place first, last;
} entry;

struct wu_summary {
    wu_code_set *codes;
    entry entries[WU_MAX_DISTINCT];
    uint64_t others; /* occurrences of codes that the set has no room for */
};

wu_summary *
wu_summary_new(void)
{
    wu_summary *summary = g_new0(wu_summary, 1);

    summary->codes = wu_code_set_new();
    return summary;
}

void
wu_summary_free(wu_summary *summary)
{
    for (unsigned i = 0; i < wu_code_set_size(summary->codes); i++) {
        g_free(summary->entries[i].first.file);
        g_free(summary->entries[i].last.file);
    }
    wu_code_set_free(summary->codes);
    g_free(summary);
}

static void
set_place(place *to, const wu_place *from)
{
    if (!to->file || !from->file || strcmp(to->file, from->file)) {
        g_free(to->file);
        to->file = from->file ? g_strdup_printf("%s", from->file) : NULL;
    }
    to->line = from->line;
}

void
wu_summary_add(wu_summary *summary, const wu_place *where, const wu_log_code *code)
{
    bool added;
    unsigned number = wu_code_set_add(summary->codes, code, &added);

    if (number == WU_MAX_DISTINCT) {
        summary->others++;
        return;
    }
    entry *e = &summary->entries[number];
    e->number = number;
    if (added)
        set_place(&e->first, where);
    e->count++;
    set_place(&e->last, where);
}

/* Where counts are equal, what came first. */
static int
more_first(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static char *
place_text(const place *p)
{
    if (!p->line)
        return g_strdup_printf("argument");
    return p->file ? g_strdup_printf("%s:%llu", p->file, p->line) : g_strdup_printf("%llu", p->line);
}

static void
print_entry(const entry *e, const wu_log_code *code)
{
    char *headline = wu_code_headline(code), *first = place_text(&e->first), *last = place_text(&e->last);

    printf("%8" PRIu64 "  %s", e->count, headline);
    if (code->found.extension)
        printf(", extension 0x%05X", code->found.extension);
    if (code->reason)
        printf(", %s", wu_text(code->reason->name));
    printf("\n          %s\n", *wu_code_sentence(code) ? wu_code_sentence(code) : "unknown");
    if (e->count > 1)
        printf("          first %s, last %s\n", first, last);
    else
        printf("          in %s\n", first);
    g_free(headline);
    g_free(first);
    g_free(last);
}

static void
write_place(GString *json, const char *name, const place *p)
{
    wu_json_begin(json, name, '{');
    if (p->file)
        wu_json_ascii(json, "file", p->file, strlen(p->file));
    wu_json_number(json, "line", p->line);
    wu_json_end(json, '}');
}

static void
write_entry(const entry *e, const wu_log_code *code)
{
    GString *json = g_string_new(NULL);

    wu_json_begin(json, NULL, '{');
    wu_json_number(json, "count", e->count);
    write_place(json, "first", &e->first);
    write_place(json, "last", &e->last);
    wu_json_code(json, code);
    wu_json_end(json, '}');
    puts(json->str);
    g_string_free(json, TRUE);
}

void
wu_summary_show(wu_summary *summary, bool json)
{
    unsigned n = wu_code_set_size(summary->codes);

    qsort(summary->entries, n, sizeof *summary->entries, more_first);
    for (unsigned i = 0; i < n; i++) {
        const entry *e = &summary->entries[i];
        const wu_log_code *code = wu_code_set_member(summary->codes, e->number);
        if (json)
            write_entry(e, code);
        else
            print_entry(e, code);
    }
    if (summary->others && !json)
        printf("%8" PRIu64 "  of codes beyond the %u that are told apart\n", summary->others, WU_MAX_DISTINCT);
}
