/* fuzz_nbfx.c
 * The reader of binary XML, and the writer that makes readable text of it. The first byte says whether a string table
 * comes first.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "events.h"
#include "xml_writer.h"

static void
check_binary_event(const event_checker *c, const wu_event *event)
{
    HOLDS(is_within(event->raw, c->document));
    HOLDS(event->type != WU_EVENT_TEXT || (event->record && event->form == WU_TEXT_PLAIN));
    HOLDS(event->type == WU_EVENT_DONE || event->length > 0);
    if (event->raw.n) {
        size_t shown = event->raw.n < WU_NBFX_MAX_BASE64 ? event->raw.n : WU_NBFX_MAX_BASE64;
        HOLDS(event->value.n == (shown + 2) / 3 * 4);
    }
}

static uint64_t
write_text(wu_slice document, bool session)
{
    GString *out = g_string_new(NULL);

    wu_write_binary(out, document, session);
    HOLDS(out->len <= WU_WRITER_MAX);
    HOLDS(out->len && out->str[out->len - 1] == '\n');
    HOLDS(g_utf8_validate(out->str, (gssize)out->len, NULL));
    uint64_t digest = mix_bytes(0, wu_slice_of(out->str, out->len));
    g_string_free(out, TRUE);
    return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    bool session = data[0] & 1;
    wu_slice document = wu_slice_of(data + 1, size - 1);
    uint64_t first = read_events(document, true, session, check_binary_event);

    HOLDS(read_events(document, true, session, check_binary_event) == first);
    HOLDS(write_text(document, session) == write_text(document, session));
    HOLDS(wu_nbfx_looks_like(document) == wu_nbfx_looks_like(wu_slice_of(document.p,
                                                                         document.n < 32 ? document.n : 32)));
    return 0;
}
