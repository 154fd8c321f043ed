/* streams.c
 * What became of an exchange whose stream of HTTP/2 was ended before its time, in the form that outcomes of connections have.
 * Which codes a client reports for a reset stream is documented nowhere, so none are derived; those for the end of a
 * connection are the same as with HTTP/1.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "exchange.h"

#include "core/http2_frames.h"
#include "core/wusp.h"

#define NANOSECONDS INT64_C(1000000000)

static int64_t
time_of(const nstime_t *time)
{
    return time->secs * NANOSECONDS + time->nsecs;
}

static wu_endpoint
endpoint_of(const address *address, guint32 port)
{
    wu_endpoint e = { wu_address_of(address->data, (size_t)address->len), (uint16_t)port };
    return e;
}

/* Host and port of the update server: as the request names them, else those of the connection. */
static void
find_server(const wsus_exchange *x, wu_connection_outcome *o)
{
    const char *host = x->host ? x->host : "", *colon = strrchr(host, ':');
    bool port = colon && g_ascii_isdigit(colon[1]) && !strchr(colon, ']');

    o->port = port ? (uint16_t)strtoul(colon + 1, NULL, 10) : o->server.port;
    o->name = port ? wmem_strndup(wmem_file_scope(), host, (gsize)(colon - host)) : host;
    o->known_by = wu_recognise_host(wu_slice_text(host)) ? WU_KNOWN_BY_NAME
                  : o->port == 8530 || o->port == 8531   ? WU_KNOWN_BY_PORT
                                                         : WU_KNOWN_BY_EXCHANGE;
}

static uint8_t
reporters_of(enum wu_client client)
{
    switch (client) {
    case WU_CLIENT_SOAP:
    case WU_CLIENT_AGENT:
        return 1 << WU_REPORTS_SERVICE;
    case WU_CLIENT_DOWNLOAD:
        return 1 << WU_REPORTS_BITS;
    case WU_CLIENT_DELIVERY:
        return 1 << WU_REPORTS_DO;
    default:
        return WU_REPORTS_NOTHING;
    }
}

static void
judge_cut(const http_message *m, wu_connection_outcome *o)
{
    const char *who = m->cut_by_client ? "the client" : "the server", *name = wu_http2_error_name(m->stream_error);
    const char *when = o->in_answer ? "in the answer" : "before an answer";

    switch (m->cut) {
    case CUT_BY_RESET:
    case CUT_BY_GOAWAY:
        o->outcome = m->cut == CUT_BY_RESET ? WU_CONNECTION_RESET : WU_CONNECTION_CLOSED_EARLY;
        o->event = WU_EVENT_NONE;
        o->detail = wmem_strdup_printf(wmem_file_scope(), "%s sent %s %s%s(%u) for stream %u %s", who,
                                       m->cut == CUT_BY_RESET ? "RST_STREAM" : "GOAWAY", name, *name ? " " : "", m->stream_error,
                                       m->stream, when);
        break;
    case CUT_BY_RST:
        o->outcome = WU_CONNECTION_RESET;
        o->event = m->cut_by_client ? WU_EVENT_LEFT : o->in_answer ? WU_EVENT_RESET_IN_ANSWER : WU_EVENT_RESET;
        o->detail = wmem_strdup_printf(wmem_file_scope(), "%s reset the connection, stream %u was open: %s", who, m->stream, when);
        break;
    case CUT_BY_FIN:
        o->outcome = WU_CONNECTION_CLOSED_EARLY;
        o->event = m->cut_by_client ? WU_EVENT_LEFT : o->in_answer ? WU_EVENT_CLOSED_IN_ANSWER : WU_EVENT_CLOSED;
        o->detail = wmem_strdup_printf(wmem_file_scope(), "%s closed the connection, stream %u was open: %s", who, m->stream, when);
        break;
    default:
        o->outcome = WU_CONNECTION_IDLE;
        o->event = WU_EVENT_IDLE;
        o->detail = wmem_strdup_printf(wmem_file_scope(), "stream %u was silent until the client closed the connection", m->stream);
        break;
    }
}

const wu_connection_outcome *
exchange_cut(packet_info *pinfo, const http_message *m)
{
    wsus_exchange *x = exchange_take_stream(pinfo, m);

    if (!x || x->cut)
        return x ? x->cut : NULL;
    bool client_sent = m->cut_sent_by_client;
    wu_connection_outcome *o = wmem_new0(wmem_file_scope(), wu_connection_outcome);
    wu_endpoint source = endpoint_of(&pinfo->net_src, pinfo->srcport), destination = endpoint_of(&pinfo->net_dst, pinfo->destport);
    o->certificate.subject = o->certificate.issuer = o->certificate.names = "";
    o->phase = WU_PHASE_EXCHANGE;
    o->client = client_sent ? source : destination;
    o->server = client_sent ? destination : source;
    find_server(x, o);
    o->reporters = reporters_of(x->client);
    o->first_frame = o->request_frame = x->request_frame;
    o->frame = o->told_frame = pinfo->num;
    o->first_time = time_of(&x->request_time);
    o->time = time_of(&pinfo->abs_ts);
    o->by = m->cut_by_client ? WU_SIDE_CLIENT : WU_SIDE_SERVER;
    o->in_answer = m->have_head;
    o->status = m->have_head ? m->head.status : 0;
    o->missing = m->missing;
    o->stream = m->stream;
    judge_cut(m, o);
    if (*x->operation)
        o->detail = wmem_strdup_printf(wmem_file_scope(), "%s: %s", x->operation, o->detail);
    x->cut = o;
    return o;
}
