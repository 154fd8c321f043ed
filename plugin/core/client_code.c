/* client_code.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "client_code.h"

#include <stdio.h>

#include "wusp.h"

#define OTHER 0xffffffffu /* key of the row for every value without one of its own */

typedef struct {
    wu_derived *out;
    size_t n, max;
    bool guesses;
} derivation;

static void
add(derivation *d, uint32_t code, enum wu_basis basis, const char *because)
{
    if (!code || (basis == WU_BASIS_GUESS && !d->guesses) || d->n >= d->max)
        return;
    for (size_t i = 0; i < d->n; i++)
        if (d->out[i].code == code)
            return;
    d->out[d->n++] = (wu_derived){ code, basis, because };
}

static const wu_mapping_row *
find_mapping(const wu_mapping_row *rows, size_t n, uint32_t from)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].from == from || rows[i].from == OTHER)
            return &rows[i];
    return NULL;
}

/* The row of a kind by key; one whose key is "other" where there is none. */
static const wu_wws_row *
find_wws(enum wu_wws_kind kind, wu_slice key)
{
    const wu_wws_row *other = NULL;

    for (size_t i = 0; i < WU_N_WWS_MAPPING; i++) {
        const wu_wws_row *row = &wu_wws_mapping[i];
        if (row->kind != kind)
            continue;
        if (wu_slice_is_nocase(key, wu_text(row->key)))
            return row;
        if (!strcmp(wu_text(row->key), "other"))
            other = row;
    }
    return other;
}

uint32_t
wu_agent_code(uint32_t wws, enum wu_when when, enum wu_basis *basis)
{
    const wu_mapping_row *found = NULL;

    for (size_t i = 0; i < WU_N_WWS_TO_WUA; i++)
        if (wu_wws_to_wua[i].from == wws && (wu_wws_to_wua[i].when == when || !wu_wws_to_wua[i].when))
            found = &wu_wws_to_wua[i]; /* a row with a condition comes behind the one without */
    *basis = found ? (enum wu_basis)found->basis : WU_BASIS_NONE;
    return found ? found->to : 0;
}

/* What the update agent makes of a Windows Web Services code. */
static void
add_agent_code(derivation *d, uint32_t wws, enum wu_basis basis)
{
    enum wu_basis own;
    uint32_t code = wu_agent_code(wws, WU_WHEN_ANY, &own);

    add(d, code, own > basis ? own : basis, "the Windows Web Services code");
}

enum wu_challenge
wu_challenge_of(const wu_answer *answer)
{
    const wu_http_head *head = answer->head;
    bool own = false, password = false;

    if (!head || (answer->status != 401 && answer->status != 407))
        return WU_CHALLENGE_NONE;
    for (unsigned i = 0; i < head->challenges; i++) {
        wu_slice scheme = wu_http_scheme(head->challenge[i]);
        password |= wu_slice_is_nocase(scheme, "Basic") || wu_slice_is_nocase(scheme, "Digest");
        if (!wu_slice_is_nocase(scheme, "NTLM") && !wu_slice_is_nocase(scheme, "Negotiate"))
            continue;
        if (wu_slice_trim(wu_slice_from(head->challenge[i], scheme.n)).n)
            return WU_CHALLENGE_CONTINUED;
        own = true;
    }
    if (!answer->anonymous)
        return WU_CHALLENGE_REFUSED;
    return own ? WU_CHALLENGE_ASKED : password ? WU_CHALLENGE_PASSWORD : WU_CHALLENGE_REFUSED;
}

/* The strongest scheme that the answer asks for, in the order of the error codes read backwards. Which one wins when a
 * server offers several is documented nowhere: then it is a guess. */
static void
add_challenge_codes(derivation *d, enum wu_client client, const wu_http_head *head)
{
    static const char *const strongest_first[] = { "Negotiate", "NTLM", "Digest", "Basic" };
    enum wu_wws_kind kind = head->status == 407 ? WU_WWS_PROXY_AUTH : WU_WWS_SERVER_AUTH;
    unsigned offered = 0;
    const char *chosen = "other";

    for (unsigned s = 4; s > 0; s--)
        for (unsigned i = 0; i < head->challenges; i++)
            if (wu_slice_is_nocase(wu_http_scheme(head->challenge[i]), strongest_first[s - 1])) {
                chosen = strongest_first[s - 1];
                offered++;
                break;
            }
    const wu_wws_row *row = find_wws(kind, wu_slice_text(chosen));
    if (!row)
        return;
    enum wu_basis basis = offered > 1 ? WU_BASIS_GUESS : (enum wu_basis)row->basis;
    add(d, row->value, basis, "the authentication scheme");
    if (client == WU_CLIENT_AGENT && basis != WU_BASIS_GUESS && head->status == 407)
        add_agent_code(d, row->value, basis);
}

static void
add_agent_status(derivation *d, unsigned status)
{
    const wu_mapping_row *row = find_mapping(wu_http_to_code, WU_N_HTTP_TO_CODE, status);
    add(d, row->to, (enum wu_basis)row->basis, "the HTTP status");
}

static void
add_status_codes(derivation *d, const wu_answer *answer)
{
    const wu_http_head *head = answer->head;

    if (head && (answer->status == 401 || answer->status == 407)) {
        add_challenge_codes(d, answer->client, head);
    } else {
        enum wu_wws_kind kind = head && head->header[WU_HEADER_VIA].n ? WU_WWS_PROXY_STATUS : WU_WWS_HTTP_STATUS;
        char key[16];
        snprintf(key, sizeof key, "%u", answer->status);
        const wu_wws_row *row = find_wws(kind, wu_slice_text(key));
        if (!row)
            row = find_wws(WU_WWS_HTTP_STATUS, wu_slice_text(key));
        if (row)
            add(d, row->value, (enum wu_basis)row->basis, "the HTTP status");
    }
    if (answer->client == WU_CLIENT_AGENT)
        add_agent_status(d, answer->status);
}

static const wu_file_row *
find_file_row(const wu_answer *answer, enum wu_how how)
{
    for (size_t i = 0; i < WU_N_FILE_TO_CODE; i++) {
        const wu_file_row *row = &wu_file_to_code[i];
        if (row->client == answer->client && row->how == how && (!row->service || row->service == answer->service) &&
            (!row->head || answer->head_request) && (row->status == answer->status || row->status == OTHER))
            return row;
    }
    return NULL;
}

/* Files are fetched without Windows Web Services: by BITS, by Delivery Optimization, or by the agent with WinHTTP. */
static void
add_file_codes(derivation *d, const wu_answer *answer)
{
    const wu_file_row *instead = find_file_row(answer, WU_INSTEAD), *also = find_file_row(answer, WU_ALSO),
                      *then = find_file_row(answer, WU_THEN);

    if (also)
        add(d, also->code, (enum wu_basis)also->basis, wu_text(also->because));
    if (instead)
        add(d, instead->code, (enum wu_basis)instead->basis, wu_text(instead->because));
    else if (answer->client == WU_CLIENT_AGENT)
        add_agent_status(d, answer->status);
    else if (answer->client == WU_CLIENT_DOWNLOAD) /* bitsmsg.h has BG_E_HTTP_ERROR_* */
        add(d, 0x80190000u | answer->status, WU_BASIS_DOCUMENTED, "the HTTP status, by BITS");
    else if (answer->client == WU_CLIENT_DELIVERY)
        add(d, 0x80190000u | answer->status, WU_BASIS_INFERRED, "the HTTP status, by Delivery Optimization");
    else
        add(d, 0x80190000u | answer->status, WU_BASIS_GUESS, "the HTTP status, by Delivery Optimization of Linux");
    if (then)
        add(d, then->code, (enum wu_basis)then->basis, wu_text(then->because));
}

static void
add_subcode_codes(derivation *d, const wu_fault *fault)
{
    for (unsigned i = 0; i < fault->subcodes + 1; i++) {
        /* SOAP 1.1 has no subcodes: WS-Addressing and WCF put theirs into faultcode */
        wu_slice code = i < fault->subcodes ? fault->subcode[i].text : fault->code.text;
        size_t colon = wu_slice_find_byte(code, 0, ':');
        if (colon < code.n)
            code = wu_slice_from(code, colon + 1);
        const wu_wws_row *row = find_wws(WU_WWS_SUBCODE, wu_slice_trim(code));
        if (row)
            add(d, row->value, (enum wu_basis)row->basis, "the fault code");
    }
}

static void
add_fault_codes(derivation *d, const wu_answer *answer)
{
    const wu_fault *fault = answer->fault;
    const wu_fault_row *known = fault->error_code.text.p ? wu_fault_by_name(fault->error_code.text) : NULL;

    if (answer->client == WU_CLIENT_AGENT && known && !known->value)
        return; /* the agent goes on, or stops, without a code of its own */
    add_subcode_codes(d, fault);
    const wu_wws_row *any = find_wws(WU_WWS_FAULT, wu_slice_text("any"));
    if (any)
        add(d, any->value, (enum wu_basis)any->basis, "the SOAP fault");
    if (answer->client != WU_CLIENT_AGENT)
        return;
    if (!known) {
        add_agent_code(d, any ? any->value : 0, WU_BASIS_DOCUMENTED);
        return;
    }
    add(d, known->older_value, (enum wu_basis)known->older_basis, "the SOAP fault, by agents before Windows Web Services");
    add(d, known->value, (enum wu_basis)known->basis, "the ErrorCode of the fault");
}

bool
wu_is_recovery(const wu_fault *fault)
{
    const wu_fault_row *row = fault->error_code.text.p ? wu_fault_by_name(fault->error_code.text) : NULL;
    return row && row->recovery;
}

/* The agent calls services with SOAP through Windows Web Services, but fetches files (service locator, self-update, lists of
 * roots, rules of the inventory, licenses) with WinHTTP alone. */
static bool
fetches_files(const wu_answer *answer)
{
    switch (answer->client) {
    case WU_CLIENT_DOWNLOAD:
    case WU_CLIENT_DELIVERY:
    case WU_CLIENT_DELIVERY_LITE:
        return true;
    default:
        return answer->client == WU_CLIENT_AGENT && wu_services[answer->service].http;
    }
}

size_t
wu_client_codes(const wu_answer *answer, bool guesses, wu_derived *out, size_t max)
{
    derivation d = { .out = out, .max = max, .guesses = guesses };

    if (answer->client == WU_CLIENT_SERVER || answer->client == WU_CLIENT_CONSOLE || answer->client == WU_CLIENT_OTHER)
        return 0;
    if (answer->fault) {
        add_fault_codes(&d, answer);
    } else if (answer->status >= 400 && wu_challenge_of(answer) != WU_CHALLENGE_CONTINUED) {
        if (fetches_files(answer))
            add_file_codes(&d, answer);
        else
            add_status_codes(&d, answer);
    }
    return d.n;
}
