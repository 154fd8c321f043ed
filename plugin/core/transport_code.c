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

/* Takes a code out of the list; false when it is not in it. */
static bool
take(wu_transport_code *codes, unsigned *n, const wu_transport_row *row, wu_transport_code *code)
{
    for (unsigned i = 0; i < *n; i++)
        if (codes[i].value == row->value && codes[i].hresult == row->hresult) {
            *code = codes[i];
            memmove(&codes[i], &codes[i + 1], (--*n - i) * sizeof *codes);
            return true;
        }
    return false;
}

/* The rows of a program. A code that another one reports as well stands where the last of them has it. */
static unsigned
add_rows(const wu_connection_outcome *o, unsigned program, wu_transport_code *codes, unsigned n)
{
    uint8_t reporter = (uint8_t)(program ? 1u << (program - 1) : (1u << WU_REPORTERS) - 1);

    for (size_t i = 0; i < WU_N_TRANSPORT_TO_CODE; i++) {
        const wu_transport_row *row = &wu_transport_to_code[i];
        wu_transport_code code = { .value = row->value, .hresult = row->hresult };
        if (row->event != o->event || row->program != program || n == WU_TRANSPORT_MAX_CODES)
            continue;
        take(codes, &n, row, &code);
        code.reporter |= reporter;
        code.basis = row->basis;
        code.one_of_a_set = row->set;
        code.because = because[program];
        codes[n++] = code;
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

/* What the client reports in the end stands at the end. */
static void
move_main_behind(wu_transport_code *codes, unsigned n)
{
    for (unsigned i = 0; i + 1 < n; i++)
        if (codes[i].main) {
            wu_transport_code code = codes[i];
            codes[i] = codes[i + 1];
            codes[i + 1] = code;
        }
}

unsigned
wu_transport_codes(const wu_connection_outcome *o, wu_transport_code codes[WU_TRANSPORT_MAX_CODES])
{
    unsigned from = 0;

    if (o->reporters & WU_REPORTS_NOTHING)
        return 0;
    unsigned n = add_rows(o, 0, codes, 0);
    for (unsigned r = WU_REPORTERS; r > 0; r--) { /* the likeliest program at last */
        if (o->reporters & 1u << (r - 1))
            n = add_rows(o, r, codes, n);
    }
    while (from < n && codes[from].because != codes[n - 1].because)
        from++;
    mark_main(codes, from, n);
    move_main_behind(codes, n);
    return n;
}
