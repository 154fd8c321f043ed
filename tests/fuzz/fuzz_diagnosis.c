/* fuzz_diagnosis.c
 * Facts in any order and of any content: the diagnosis stays within its limits, its text is valid UTF-8 without control
 * characters.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "diagnosis.h"

typedef struct {
    const uint8_t *p;
    size_t n;
} input;

static unsigned
take(input *in)
{
    if (!in->n)
        return 0;
    in->n--;
    return *in->p++;
}

/* One of a few texts that mean something, bytes of the input, or nothing. */
static const char *
text(input *in, char *room)
{
    static const char *const known[] = { "SyncUpdates", "GetCookie", "GetRollupConfiguration", "GetAuthorizationCookie",
                                         "GetConfig", "GetExtendedUpdateInfo", "ConfigChanged", "InvalidCookie",
                                         "InvalidParameters", "No answer", "Refused", "Connect", "Exchange", "detection",
                                         "wsus.example", "10.0.0.1", "10.0.0.2", "10.0.0.3", "pc1", "pc2", "ID" };
    unsigned which = take(in), n = which & 15;

    if (which < G_N_ELEMENTS(known))
        return known[which];
    if (which & 64)
        return NULL;
    for (unsigned i = 0; i < n; i++)
        room[i] = (char)take(in);
    room[n] = '\0';
    return room;
}

static void
add(wu_diagnosis *d, input *in, uint32_t frame)
{
    char room[12][16];
    uint32_t finding = take(in);
    wu_fact_file file = { .digest = text(in, room[0]), .size = take(in) };
    wu_fact fact = { .frame = frame, .kind = (enum wu_fact_kind)(take(in) & 3), .time = frame * (double)take(in) };
    unsigned bits = take(in);

    fact.client = text(in, room[1]);
    if (!fact.client)
        fact.client = "";
    fact.request_frame = take(in);
    fact.service = (enum wu_service)(take(in) % WU_N_SERVICES);
    fact.operation = text(in, room[2]);
    fact.host = text(in, room[3]);
    fact.client_id = text(in, room[4]);
    fact.computer = text(in, room[5]);
    fact.error_code = text(in, room[6]);
    fact.connection = text(in, room[7]);
    fact.event_class = text(in, room[8]);
    fact.subject = fact.file = text(in, room[9]);
    fact.server_header = text(in, room[10]);
    fact.digest = text(in, room[11]);
    fact.outcome = (enum wu_fact_outcome)(take(in) % 3);
    fact.status = take(in) * 3;
    fact.code = (uint32_t)take(in) << 24 | take(in);
    fact.auth_cookie = take(in);
    fact.auth_cookie_length = take(in) * 16;
    fact.cookie_expires = take(in);
    fact.client_clock = take(in) * 1000.0;
    fact.server_clock = take(in);
    fact.server_id = fact.client_id;
    fact.elapsed = take(in);
    fact.fault = bits & 1;
    fact.secure = bits & 2;
    fact.public_service = bits & 4;
    fact.page = bits & 8;
    fact.truncated = bits & 16;
    fact.installs = bits & 32;
    fact.port = bits & 64 ? 8531 : 80;
    fact.accepted = (enum wu_said)(bits % 3);
    fact.extend = fact.code;
    bits = take(in);
    fact.answered = bits & 1;
    fact.credentials = bits & 2;
    fact.challenge = bits & 4;
    fact.no_message = bits & 8;
    fact.plain = bits & 16;
    fact.anonymous = bits & 32;
    fact.pretty = bits & 64;
    fact.ranges_ignored = bits & 128;
    fact.auth_plugin = fact.seen = fact.etag_digest = fact.error_code;
    fact.cookie_length = fact.auth_cookie_length;
    fact.files = &file;
    fact.n_files = 1;
    fact.findings = &finding;
    fact.n_findings = 1;
    wu_diagnosis_add(d, &fact);
}

static void
check_text(const GString *out)
{
    HOLDS(g_utf8_validate(out->str, (gssize)out->len, NULL));
    for (gsize i = 0; i < out->len; i++)
        HOLDS((unsigned char)out->str[i] >= 0x20 || out->str[i] == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = { data, size };
    wu_diagnosis *d = wu_diagnosis_new();

    for (uint32_t frame = 1; in.n; frame++)
        add(d, &in, frame);
    wu_diagnosis_end(d);
    for (guint i = 0; i < wu_diagnosis_clients(d)->len; i++) {
        const wu_diagnosed *client = g_ptr_array_index(wu_diagnosis_clients(d), i);
        HOLDS(client->causes->len <= WU_MAX_FAILURES && wu_diagnosed_step(client) < WU_STEP_MAX);
    }
    HOLDS(wu_diagnosis_general(d)->len <= WU_MAX_FAILURES);
    GString *out = wu_diagnosis_text(d, 80);
    check_text(out);
    g_string_free(out, TRUE);
    g_free(wu_diagnosis_filter(d, 100));
    wu_diagnosis_free(d);
    return 0;
}
