/* http1.c
 * Heads of HTTP/1 in the data sources of a frame, and how far their bodies go.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include "core/nbfx_reader.h"

#define MAX_SEARCH 65536 /* bytes of a data source that are searched for a start line */
#define MAX_LOOK   2048  /* bytes of an answer that are looked at before it is read */

/* The body of a response to HEAD is not there, whatever its headers say: the next message follows at once. */
static bool
next_head_follows(wu_slice rest)
{
    return rest.n >= 12 && !memcmp(rest.p, "HTTP/1.", 7) && rest.p[8] == ' ';
}

/* Bytes that the body of a message has in `rest`, what follows its head. *whole: all of them are there. */
static size_t
body_extent(const wu_http_head *head, wu_slice rest, bool *whole)
{
    size_t data, end;

    *whole = true;
    if (head->body == WU_BODY_NONE || (!head->request && next_head_follows(rest)))
        return 0;
    switch (head->body) {
    case WU_BODY_LENGTH:
        *whole = head->body_length <= rest.n;
        return *whole ? (size_t)head->body_length : rest.n;
    case WU_BODY_CHUNKED:
        end = wu_http_chunks(rest, NULL, &data);
        *whole = end > 0;
        return end ? end : rest.n;
    default:
        return rest.n;
    }
}

/* One message at offset of a data source. NULL when there is none; *end is the offset behind it. */
static http_message *
read_message(packet_info *pinfo, tvbuff_t *tvb, wu_slice bytes, size_t offset, unsigned index, size_t *end)
{
    wu_http_head head;
    bool whole;

    if (!wu_http_read_head(wu_slice_from(bytes, offset), &head))
        return NULL;
    size_t head_length = head.length ? head.length : bytes.n - offset;
    wu_slice rest = wu_slice_from(bytes, offset + head_length);
    size_t length = body_extent(&head, rest, &whole);

    http_message *m = new_message(pinfo, index);
    m->tvb = tvb;
    m->offset = (int)offset;
    m->have_head = true;
    m->head = head;
    m->request = head.request;
    m->whole = whole && head.length;
    if (!whole && head.body == WU_BODY_LENGTH)
        m->missing = head.body_length - length;
    if (length)
        m->raw = tvb_new_subset_length(tvb, (int)(offset + head_length), (int)length);
    *end = offset + head_length + length;
    m->length = *end - offset;
    return m;
}

/* A cheap look at an answer on a connection that nothing of Windows Update was seen on: whether it may be worth reading all
 * the same, because its body is xpress, or an envelope that the media type hook was not called for. */
static bool
may_be_of_interest(wu_slice answer)
{
    wu_slice start = wu_slice_of(answer.p, answer.n < MAX_LOOK ? answer.n : MAX_LOOK);
    size_t end = wu_slice_find(start, 0, "\r\n\r\n");

    if (end == start.n || wu_slice_find(wu_slice_of(start.p, end), 0, "xpress") < end)
        return true;
    wu_slice body = wu_slice_from(start, end + 4);
    if (body.n && g_ascii_isxdigit(*body.p)) /* the size of a chunk */
        body = wu_slice_from(body, wu_slice_find(body, 0, "\r\n") + 2);
    body = wu_slice_trim(body);
    if (!body.n || *body.p == '<')
        return body.n && (wu_slice_find(body, 0, "Envelope") < body.n || wu_text_charset(body) >= WU_UTF16_LE);
    return *body.p >= 0xef || (*body.p == 'V' && wu_nbfx_looks_like(body)); /* a byte order mark; <s:...> of msbin1 */
}

void
http1_collect(packet_info *pinfo, message_list *list, const compat_source *source, unsigned number, bool all)
{
    wu_slice bytes = bytes_of(source->tvb);
    size_t from = 0, end = 0;

    for (unsigned place = 0; place < TRAFFIC_MAX_MESSAGES && from < bytes.n; place++) {
        size_t limit = bytes.n - from > MAX_SEARCH ? from + MAX_SEARCH : bytes.n;
        size_t at = wu_http_find(wu_slice_of(bytes.p, limit), from);
        if (at >= limit || (!all && bytes.p[at] == 'H' && wu_slice_begins_nocase(wu_slice_from(bytes, at), "HTTP/") &&
                            !may_be_of_interest(wu_slice_from(bytes, at))))
            break;
        http_message *m = read_message(pinfo, source->tvb, bytes, at, message_index(number, place), &end);
        if (m)
            add_message(list, m, compat_is_reassembled(source));
        from = m && end > at ? end : at + 1;
    }
}

void
http1_add_joined(tvbuff_t *frame, packet_info *pinfo, message_list *list, const joined_message *j, unsigned n)
{
    tvbuff_t *tvb = tvb_new_real_data(j->bytes, j->length, (gint)j->length);
    size_t end;

    tvb_set_child_real_data_tvbuff(frame, tvb);
    http_message *m = read_message(pinfo, tvb, wu_slice_of(j->bytes, j->length), 0, message_index(MAX_SOURCES + 1, n), &end);
    if (!m)
        return;
    add_new_data_source(pinfo, tvb, j->complete ? "Message put together" : "Message of which a part is missing");
    m->joined = j;
    m->began = j->frame;
    m->whole = j->complete;
    m->missing = j->missing;
    insert_message(list, m, 0);
}

int
traffic_head_offset(const http_message *m, wu_slice part)
{
    return part.p && m->have_head ? (int)(part.p - tvb_get_ptr(m->tvb, 0, -1)) : 0;
}
