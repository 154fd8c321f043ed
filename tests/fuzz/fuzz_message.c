/* fuzz_message.c
 * SOAP messages, as text and binary. Bits of the first byte: 1 binary, 2 session, 4 no fields,
     8 and 16 the fragments that
 * are read, 32 a short list limit.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "client_code.h"
#include "findings.h"
#include "fuzz.h"
#include "message.h"

typedef struct {
    wu_message m;
    wu_slice body;
    uint64_t digest;
} checked;

/* Touches every byte of a text, wherever it is kept. */
static void
check_text(checked *c, wu_slice text)
{
    HOLDS(text.p || !text.n);
    c->digest = mix_bytes(c->digest, text);
}

static void
check_place(const checked *c, size_t offset, size_t length)
{
    HOLDS(offset <= c->body.n && length <= c->body.n - offset);
}

static void
check_part(checked *c, const wu_part *part)
{
    check_place(c, part->offset, part->length);
    check_text(c, part->text);
}

static void
check_fault(checked *c)
{
    const wu_fault *f = &c->m.fault;

    HOLDS(f->subcodes <= WU_MAX_SUBCODES && f->reasons <= WU_MAX_REASONS && f->exceptions <= WU_MAX_EXCEPTIONS &&
          f->codes <= WU_MAX_FAULT_CODES);
    HOLDS(c->m.is_fault || (!f->code.text.p && !f->reasons && !f->codes && !f->exceptions));
    check_place(c, f->offset, f->length);
    check_part(c, &f->code);
    check_part(c, &f->actor);
    check_part(c, &f->node);
    check_part(c, &f->error_code);
    check_part(c, &f->message);
    check_part(c, &f->id);
    check_part(c, &f->method);
    for (unsigned i = 0; i < WU_MAX_SUBCODES; i++)
        check_part(c, &f->subcode[i]);
    for (unsigned i = 0; i < WU_MAX_REASONS; i++) {
        check_part(c, &f->reason[i]);
        check_part(c, &f->language[i]);
    }
    for (unsigned i = 0; i < WU_MAX_EXCEPTIONS; i++) {
        check_part(c, &f->exception[i].type);
        check_part(c, &f->exception[i].message);
        check_part(c, &f->exception[i].stack);
    }
    for (unsigned i = 0; i < f->codes; i++) {
        check_place(c, f->found[i].offset, f->found[i].length);
        HOLDS(f->found[i].offset >= f->offset && f->found[i].offset + f->found[i].length <= f->offset + f->length);
        HOLDS(f->found[i].source == WU_FOUND_SOAP_FAULT);
        c->digest = mix(mix(c->digest, f->found[i].code), f->found[i].offset);
        for (unsigned k = 0; k < i; k++)
            HOLDS(f->found[k].code != f->found[i].code || f->found[k].space != f->found[i].space);
    }
}

static void
check_item(checked *c, const wu_item *item, unsigned depth_before)
{
    size_t n = item->source == WU_IN_FRAGMENTS ? c->m.fragments->len : c->body.n;

    HOLDS(item->field < WU_N_FIELDS || item->field == WU_ITEM_CODE);
    HOLDS(item->source == WU_IN_BODY || c->m.fragments);
    HOLDS(item->offset <= n && item->length <= n - item->offset);
    HOLDS(item->depth <= depth_before + 1u);
    HOLDS(item->form == WU_TEXT_ESCAPED || item->form == WU_TEXT_PLAIN);
    if (item->field == WU_ITEM_CODE)
        HOLDS(item->found >= WU_FOUND_ELEMENT && item->found <= WU_FOUND_TEXT && !item->text.p);
    check_text(c, item->text);
    c->digest = mix(mix(mix(c->digest, item->field), item->number), (uint64_t)item->offset << 32 | item->length);
}

static void
check_items(checked *c, bool fields)
{
    unsigned depth = UINT_MAX; /* the first has to be at 0 */

    HOLDS(c->m.items->len <= WU_MAX_ITEMS);
    HOLDS(fields || !c->m.items->len);
    for (guint i = 0; i < c->m.items->len; i++) {
        const wu_item *item = &g_array_index(c->m.items, wu_item, i);
        check_item(c, item, depth);
        depth = item->depth;
    }
    if (c->m.remarks & WU_MESSAGE_ITEMS)
        HOLDS(c->m.items->len == WU_MAX_ITEMS);
}

static void
check_derived(const checked *c)
{
    wu_answer answer = { .client = WU_CLIENT_AGENT, .status = 500, .fault = c->m.is_fault ? &c->m.fault : NULL };
    wu_derived codes[WU_MAX_DERIVED];

    HOLDS(wu_client_codes(&answer, true, codes, WU_MAX_DERIVED) <= WU_MAX_DERIVED);
}

static void
check_findings(const checked *c)
{
    wu_finding_context context = { .host = wu_slice_text("wsus:8530") };
    wu_finding found[WU_MAX_FINDINGS];
    size_t n = wu_find_findings(&c->m, &context, found, WU_MAX_FINDINGS);
    unsigned before = 0;

    HOLDS(n <= WU_MAX_FINDINGS);
    for (size_t i = 0; i < n; i++) {
        HOLDS(found[i].item == WU_NO_ITEM || found[i].item < c->m.items->len);
        HOLDS(found[i].item >= before);
        HOLDS(!wu_finding_is_warning(found[i].kind) || wu_may_warn(&c->m));
        before = found[i].item;
    }
}

static uint64_t
read_message(wu_slice body, const wu_message_options *options)
{
    checked c = { .body = body };

    wu_message_read(&c.m, body, options);
    HOLDS(c.m.version <= WU_SOAP_1_2);
    check_part(&c, &c.m.action);
    check_part(&c, &c.m.message_id);
    check_part(&c, &c.m.relates_to);
    check_part(&c, &c.m.to);
    check_text(&c, c.m.operation);
    check_text(&c, c.m.operation_namespace);
    check_place(&c, c.m.operation_offset, c.m.operation_length);
    check_fault(&c);
    check_items(&c, options->fields);
    if (c.m.fragments)
        HOLDS(c.m.fragments->len <= 2 * body.n);
    if (!options->binary && c.m.version != WU_SOAP_NONE &&
        (c.m.is_fault || wu_slice_find(c.m.operation_namespace, 0,
                                       "/SoftwareDistribution") < c.m.operation_namespace.n))
        HOLDS(wu_message_worth_reading(body));
    if (c.m.version == WU_SOAP_NONE)
        HOLDS(!c.m.is_fault && !c.m.operation.n && !c.m.items->len);
    check_derived(&c);
    check_findings(&c);
    uint64_t digest = mix(mix(c.digest, c.m.remarks), c.m.version);
    wu_message_free(&c.m);
    return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    wu_slice body = wu_slice_of(data + 1, size - 1);
    wu_message_options options = { .binary = data[0] & 1, .session = data[0] & 2, .fields = !(data[0] & 4),
                                   .fragments = (enum wu_fragments)((data[0] >> 3 & 3) % 3),
                                   .list_limit = data[0] & 32 ? 3 : 100, .drawn = data[0] & 64 };
    bool response;

    HOLDS(read_message(body, &options) == read_message(body, &options));
    HOLDS(is_within(wu_message_operation(body, &response), body));
    return 0;
}
