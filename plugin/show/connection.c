/* connection.c
 * Draws outcomes of connections: an item of protocol wsus with the codes that clients report for it.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include "core/tls_record.h"

static int proto_wsus = -1;
static int ett_wsus_connection = -1;

static expert_field ei_wsus_connection = EI_INIT;
static expert_field ei_wsus_connection_late = EI_INIT;

/* Where an outcome is being drawn. All of its items are generated: it is made of many packets. */
typedef struct {
    proto_tree *tree;
    tvbuff_t *tvb;
    packet_info *pinfo;
    const wu_connection_outcome *o;
} sheet;

static proto_item *
generated(proto_item *item)
{
    proto_item_set_generated(item);
    return item;
}

static proto_item *
draw_number(const sheet *s, unsigned field, guint32 value)
{
    return generated(proto_tree_add_uint(s->tree, hf_wsus[field], s->tvb, 0, 0, value));
}

static void
draw_text(const sheet *s, unsigned field, const char *text)
{
    if (*text)
        generated(proto_tree_add_string(s->tree, hf_wsus[field], s->tvb, 0, 0, text));
}

static void
draw_true(const sheet *s, unsigned field, bool value)
{
    if (value)
        generated(proto_tree_add_boolean(s->tree, hf_wsus[field], s->tvb, 0, 0, TRUE));
}

static void
draw_frame(const sheet *s, unsigned field, guint32 frame)
{
    if (frame && frame != s->pinfo->num)
        draw_number(s, field, frame);
}

static void
draw_date(const sheet *s, unsigned field, int64_t seconds)
{
    nstime_t time = NSTIME_INIT_SECS(seconds);

    if (seconds != INT64_MIN)
        generated(proto_tree_add_time(s->tree, hf_wsus[field], s->tvb, 0, 0, &time));
}

static void
draw_duration(const sheet *s, int64_t nanoseconds)
{
    nstime_t time = NSTIME_INIT_SECS_NSECS(nanoseconds / 1000000000, (int)(nanoseconds % 1000000000));
    generated(proto_tree_add_time(s->tree, hf_wsus[WU_F_CONNECTION_TIME], s->tvb, 0, 0, &time));
}

static void
draw_certificate(const sheet *s, const wu_certificate_facts *f)
{
    if (!f->seen)
        return;
    draw_text(s, WU_F_CONNECTION_CERTIFICATE_SUBJECT, f->subject);
    draw_text(s, WU_F_CONNECTION_CERTIFICATE_ISSUER, f->issuer);
    draw_text(s, WU_F_CONNECTION_CERTIFICATE_NAMES, f->names);
    draw_date(s, WU_F_CONNECTION_CERTIFICATE_NOT_BEFORE, f->not_before);
    draw_date(s, WU_F_CONNECTION_CERTIFICATE_NOT_AFTER, f->not_after);
    if (f->expired)
        draw_text(s, WU_F_CONNECTION_CERTIFICATE_PROBLEM, "Expired when this was captured");
    if (f->not_yet_valid)
        draw_text(s, WU_F_CONNECTION_CERTIFICATE_PROBLEM, "Not valid yet when this was captured");
    if (f->other_name)
        draw_text(s, WU_F_CONNECTION_CERTIFICATE_PROBLEM, "Not for the name that the client asked for");
    if (f->self_issued)
        draw_text(s, WU_F_CONNECTION_CERTIFICATE_PROBLEM, "Issued by itself");
}

static void
draw_asked(const sheet *s)
{
    char text[WU_ADDRESS_TEXT];
    bool ipv6 = s->o->server.address.n == 16;

    wu_address_text(&s->o->server.address, text);
    if (*text)
        draw_text(s, WU_F_CONNECTION_ASKED, wmem_strdup_printf(s->pinfo->pool, ipv6 ? "[%s]:%u" : "%s:%u", text, s->o->server.port));
}

static void
draw_facts(const sheet *s)
{
    const wu_connection_outcome *o = s->o;

    draw_frame(s, WU_F_CONNECTION_BEGINS_IN, o->first_frame);
    draw_frame(s, WU_F_CONNECTION_KNOWN_IN, o->frame);
    draw_frame(s, WU_F_CONNECTION_REQUEST_IN, o->request_frame);
    if (o->stream)
        draw_number(s, WU_F_HTTP2_STREAM, o->stream);
    draw_duration(s, o->time - o->first_time);
    draw_asked(s);
    if (o->tries)
        draw_number(s, WU_F_CONNECTION_TRIES, o->tries);
    if (o->phase == WU_PHASE_RESOLVE && o->outcome != WU_CONNECTION_DNS_NO_ANSWER)
        draw_number(s, WU_F_CONNECTION_RCODE, o->rcode);
    if (o->outcome == WU_CONNECTION_UNREACHABLE) {
        draw_number(s, WU_F_CONNECTION_ICMP_TYPE, o->icmp_type);
        draw_number(s, WU_F_CONNECTION_ICMP_CODE, o->icmp_code);
    }
    if (o->phase != WU_PHASE_RESOLVE && o->phase != WU_PHASE_CONNECT)
        draw_number(s, WU_F_CONNECTION_BY, o->by);
    if (o->has_alert)
        draw_number(s, WU_F_CONNECTION_ALERT, o->alert);
    if (o->tls_version)
        draw_text(s, WU_F_CONNECTION_TLS_VERSION, wu_tls_version_name(o->tls_version));
    if (o->status)
        draw_number(s, WU_F_CONNECTION_STATUS, o->status);
    draw_true(s, WU_F_CONNECTION_IN_ANSWER, o->in_answer);
    if (o->missing)
        draw_number(s, WU_F_CONNECTION_MISSING, o->missing < G_MAXUINT32 ? (guint32)o->missing : G_MAXUINT32);
    draw_true(s, WU_F_CONNECTION_TUNNEL, o->through_tunnel);
    draw_true(s, WU_F_CONNECTION_SEALED, o->sealed);
    draw_certificate(s, &o->certificate);
}

void
show_connection(const verdict *v, tvbuff_t *tvb, proto_tree *tree)
{
    const wu_connection_outcome *o = v->connection;
    const char *line = verdict_connection_line(v);

    if (!o->outcome)
        return; /* it ended well */
    col_prepend_fstr(v->pinfo->cinfo, COL_INFO, "[Windows Update: %s] ", line); /* before what else the packet is: the column is narrow */
    if (!tree && !show_wanted())
        return;
    proto_item *item = proto_tree_add_protocol_format(tree, proto_wsus, tvb, 0, 0, "Windows Update, Connection, %s: %s",
                                                      v->operation, line);
    sheet s = { proto_item_add_subtree(generated(item), ett_wsus_connection), tvb, v->pinfo, o };
    draw_text(&s, WU_F_SERVICE, v->service);
    draw_text(&s, WU_F_OPERATION, v->operation);
    proto_item *what = draw_number(&s, WU_F_CONNECTION_OUTCOME, o->outcome);
    draw_text(&s, WU_F_CONNECTION_SERVER, o->name);
    draw_connection_summary(v, tvb, s.tree);
    if (o->port)
        draw_number(&s, WU_F_CONNECTION_PORT, o->port);
    draw_number(&s, WU_F_CONNECTION_KNOWN_BY, o->known_by);
    draw_text(&s, WU_F_CONNECTION_DETAIL, o->detail);
    draw_text(&s, WU_F_CONNECTION_NOTE, wu_text(wu_transport_notes[o->event]));
    draw_facts(&s);
    const char *protocol = v->pinfo->current_proto; /* expert items are listed under it */
    v->pinfo->current_proto = "WSUS";
    expert_add_info_format(v->pinfo, what, &ei_wsus_connection, "%s: %s", line, o->detail);
    if (o->frame != v->pinfo->num)
        expert_add_info(v->pinfo, what, &ei_wsus_connection_late);
    for (unsigned i = 0; i < v->n_codes; i++)
        winerr_draw(s.tree, tvb, v->pinfo, &v->codes[i]);
    v->pinfo->current_proto = protocol;
}

void
register_connection(expert_module_t *experts, int proto)
{
    static int *ett[] = { &ett_wsus_connection };
    static ei_register_info ei[] = {
        { &ei_wsus_connection, { "wsus.connection.failed", PI_SEQUENCE, PI_WARN,
                                 "A connection to an update server failed", EXPFILL } },
        { &ei_wsus_connection_late, { "wsus.connection.known_later", PI_SEQUENCE, PI_NOTE,
                                      "Known from an earlier frame, and told here because it was not certain there", EXPFILL } },
    };

    proto_wsus = proto;
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(experts, ei, array_length(ei));
}
