/* transport_code.c
 * Which codes a client reports for an outcome of a connection: the rows of tables/transport_to_code.tsv.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection.h"

static const char *const because[] = {
    "the connection",
    "the connection, when the agent calls a service",
    "the connection, when the agent fetches a file by itself",
    "the connection, when BITS downloads",
    "the connection, when Delivery Optimization downloads",
};

static wu_transport_code *
find(wu_transport_code *codes, unsigned n, const wu_transport_row *row)
{
    for (unsigned i = 0; i < n; i++)
        if (codes[i].value == row->value && codes[i].hresult == row->hresult)
            return &codes[i];
    return NULL;
}

static unsigned
add_rows(const wu_connection_outcome *o, unsigned program, wu_transport_code *codes, unsigned n)
{
    uint8_t reporter = (uint8_t)(program ? 1u << (program - 1) : (1u << WU_REPORTERS) - 1);

    for (size_t i = 0; i < WU_N_TRANSPORT_TO_CODE && n < WU_TRANSPORT_MAX_CODES; i++) {
        const wu_transport_row *row = &wu_transport_to_code[i];
        if (row->event != o->event || row->program != program)
            continue;
        wu_transport_code *code = find(codes, n, row);
        if (code) {
            code->reporter |= reporter;
            continue;
        }
        codes[n++] = (wu_transport_code){ .value = row->value, .hresult = row->hresult, .basis = row->basis,
                                          .one_of_a_set = row->set, .reporter = reporter, .because = because[program] };
    }
    return n;
}

/* What the program reports in the end: the last code of its chain; of a set, the first one of an agent's codes. */
static void
mark_main(wu_transport_code *codes, unsigned from, unsigned n)
{
    unsigned last = n - 1;

    if (n == from)
        return;
    while (last > from && codes[last].one_of_a_set && codes[last - 1].one_of_a_set &&
           (codes[last].value >> 16 == codes[last - 1].value >> 16))
        last--;
    codes[last].main = true;
}

unsigned
wu_transport_codes(const wu_connection_outcome *o, wu_transport_code codes[WU_TRANSPORT_MAX_CODES])
{
    bool marked = false;

    if (o->reporters & WU_REPORTS_NOTHING)
        return 0;
    unsigned n = add_rows(o, 0, codes, 0);

    for (unsigned r = 0; r < WU_REPORTERS; r++) {
        unsigned from = n;
        if (!(o->reporters & 1u << r))
            continue;
        n = add_rows(o, r + 1, codes, n);
        if (!marked && n > from) {
            mark_main(codes, from, n);
            marked = true;
        }
    }
    if (!marked)
        mark_main(codes, 0, n);
    return n;
}
