/* fuzz_http.c
 * Heads of HTTP messages, where they begin, chunked bodies, and the values of headers.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "client_code.h"
#include "http_head.h"
#include "wusp.h"

static void
check_values(const wu_http_head *head)
{
    uint64_t first, last, total;

    for (unsigned i = 0; i < WU_HEADER_MAX; i++) {
        wu_slice value = head->header[i];
        HOLDS(is_within(wu_http_parameter(value, "charset"), value));
        HOLDS(is_within(wu_http_parameter(value, "action"), value));
        wu_http_range(value, &first, &last, &total);
    }
    for (unsigned i = 0; i < head->challenges; i++)
        HOLDS(is_within(wu_http_scheme(head->challenge[i]), head->challenge[i]));
}

static void
check_target(const wu_http_head *head)
{
    wu_slice target = head->target, operation;
    wu_recognised recognised = wu_recognise_request(target, head->header[WU_HEADER_HOST],
                                                    head->header[WU_HEADER_USER_AGENT],
                                                    head->header[WU_HEADER_SOAPACTION]);

    HOLDS((size_t)recognised.service < WU_N_SERVICES && recognised.operation);
    /* what names a server does so on any path, and with any program */
    if (wu_recognise_host(head->header[WU_HEADER_HOST])) {
        HOLDS(!recognised.weak || wu_slice_begins_nocase(target, "http"));
        HOLDS(wu_recognise_tunnel(head->header[WU_HEADER_HOST], head->header[WU_HEADER_USER_AGENT]).service ==
              WU_SERVICE_CONNECTION);
    }
    HOLDS(wu_client_who(head->header[WU_HEADER_USER_AGENT], WU_CLIENT_SERVER) <= WU_CLIENT_OTHER);
    HOLDS(is_within(wu_content_digest(target), target));
    HOLDS(wu_content_digest(target).n == 0 || wu_content_digest(target).n == 40);
    HOLDS(is_within(wu_content_name(target), target));
    HOLDS(is_within(wu_query_parameter(target, "P1"), target));
    HOLDS(is_within(wu_cached_host(target), target));
    wu_service_of_action(head->header[WU_HEADER_SOAPACTION], &operation);
    HOLDS(is_within(operation, head->header[WU_HEADER_SOAPACTION]));
}

static void
check_codes(const wu_http_head *head)
{
    wu_answer answer = { .status = head->status, .head = head };
    wu_derived codes[WU_MAX_DERIVED];

    for (answer.client = WU_CLIENT_SOAP; answer.client <= WU_CLIENT_OTHER; answer.client++)
        for (answer.service = WU_SERVICE_NONE; answer.service < WU_N_SERVICES; answer.service++) {
            size_t n = wu_client_codes(&answer, true, codes, WU_MAX_DERIVED);
            HOLDS(n <= WU_MAX_DERIVED && (answer.client != WU_CLIENT_OTHER || !n));
        }
}

static uint64_t
digest_head(wu_slice bytes, const wu_http_head *head)
{
    uint64_t digest = mix(mix(head->request, head->status), head->length);

    digest = mix(mix(digest, head->body), head->body_length);
    digest = mix_bytes(mix_bytes(mix_bytes(digest, head->method), head->target), head->phrase);
    for (unsigned i = 0; i < WU_HEADER_MAX; i++) {
        HOLDS(is_within(head->header[i], bytes));
        digest = mix_bytes(digest, head->header[i]);
    }
    for (unsigned i = 0; i < head->challenges; i++) {
        HOLDS(is_within(head->challenge[i], bytes));
        digest = mix_bytes(digest, head->challenge[i]);
    }
    return digest;
}

static uint64_t
read_head(wu_slice bytes)
{
    wu_http_head head;

    if (!wu_http_read_head(bytes, &head))
        return 1;
    HOLDS(head.length <= bytes.n && head.length <= WU_HTTP_MAX_HEAD);
    HOLDS(head.challenges <= WU_HTTP_MAX_CHALLENGES);
    HOLDS(head.start_line.n && is_within(head.start_line, bytes));
    if (head.request)
        HOLDS(head.method.n && head.target.n && is_within(head.method, head.start_line) && is_within(head.target,
                                                                                                     head.start_line));
    else
        HOLDS(head.status >= 100 && head.status <= 999 && is_within(head.phrase, head.start_line));
    HOLDS(head.body != WU_BODY_CLOSE || !head.request);
    check_values(&head);
    check_target(&head);
    check_codes(&head);
    return digest_head(bytes, &head);
}

/* Every place where a head is found, in order. */
static uint64_t
find_heads(wu_slice bytes)
{
    uint64_t digest = 0;
    unsigned found = 0;

    for (size_t at = 0; found < 64; at++, found++) {
        size_t next = wu_http_find(bytes, at);
        HOLDS(next <= bytes.n && (next >= at || at > bytes.n));
        digest = mix(digest, next);
        if (next == bytes.n)
            break;
        HOLDS(wu_http_find(bytes, next) == next);
        at = next;
    }
    return digest;
}

static uint64_t
walk_chunks(wu_slice bytes)
{
    uint8_t *out = g_malloc(bytes.n ? bytes.n : 1);
    size_t data, counted;
    size_t end = wu_http_chunks(bytes, out, &data);

    HOLDS(end <= bytes.n && data <= bytes.n);
    HOLDS(!end || data < end);
    HOLDS(wu_http_chunks(bytes, NULL, &counted) == end && counted == data);
    if (end) /* what follows the last chunk changes nothing */
        HOLDS(wu_http_chunks(wu_slice_of(bytes.p, end), NULL, &counted) == end);
    uint64_t digest = mix(mix_bytes(0, wu_slice_of(out, data)), end);
    g_free(out);
    return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice bytes = wu_slice_of(data, size);
    uint64_t first, last, total;

    HOLDS(read_head(bytes) == read_head(bytes));
    HOLDS(find_heads(bytes) == find_heads(bytes));
    HOLDS(walk_chunks(bytes) == walk_chunks(bytes));
    HOLDS(is_within(wu_http_parameter(bytes, "charset"), bytes));
    wu_http_range(bytes, &first, &last, &total);
    return 0;
}
