/* packet-wws.c
 * Protocol wws: SOAP faults as Windows Web Services, WCF and ASP.NET send them.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

#include "core/wusp.h"

#define MAX_TEXT 4096 /* bytes of one text that are shown */

#define MAX_EXPERT_LABEL 100 /* bytes of a fault's label that leave room for the expected code in one line */

static int proto_wws = -1;

static int hf_wws_version = -1;
static int hf_wws_encoding = -1;
static int hf_wws_code = -1;
static int hf_wws_subcode = -1;
static int hf_wws_reason = -1;
static int hf_wws_language = -1;
static int hf_wws_actor = -1;
static int hf_wws_node = -1;
static int hf_wws_action = -1;
static int hf_wws_errorcode = -1;
static int hf_wws_errorcode_meaning = -1;
static int hf_wws_message = -1;
static int hf_wws_id = -1;
static int hf_wws_method = -1;
static int hf_wws_next_step = -1;
static int hf_wws_recovery = -1;
static int hf_wws_exception = -1;
static int hf_wws_exception_type = -1;
static int hf_wws_exception_message = -1;
static int hf_wws_exception_stack = -1;
static int hf_wws_stack_line = -1;
static int hf_wws_body_element = -1;
static int hf_wws_body_namespace = -1;

static int ett_wws = -1;
static int ett_wws_reason = -1;
static int ett_wws_exception = -1;

static expert_field ei_wws_fault = EI_INIT;
static expert_field ei_wws_recovery = EI_INIT;
static expert_field ei_wws_unknown_error_code = EI_INIT;
static expert_field ei_wws_other_operation = EI_INIT;
static expert_field ei_wws_truncated = EI_INIT;
static expert_field ei_wws_too_deep = EI_INIT;
static expert_field ei_wws_malformed = EI_INIT;
static expert_field ei_wws_limit = EI_INIT;
static expert_field ei_wws_session = EI_INIT;
static expert_field ei_wws_nul = EI_INIT;

static const value_string version_names[] = { { WU_SOAP_1_1, "SOAP 1.1" }, { WU_SOAP_1_2, "SOAP 1.2" }, { 0, NULL } };

static const value_string encoding_names[] = {
    { BODY_TEXT, "Text" }, { BODY_BINARY, "Binary (msbin1)" }, { BODY_MTOM, "MTOM" }, { 0, NULL }
};

/* ---- fields ---- */

typedef struct {
    proto_tree *tree;
    tvbuff_t *tvb;
    packet_info *pinfo;
    const wu_message *message;
} fault_canvas;

static proto_item *
draw_part(const fault_canvas *c, int hf, const wu_part *part)
{
    if (!part->text.p)
        return NULL;
    return proto_tree_add_string(c->tree, hf, c->tvb, (int)part->offset, (int)part->length,
                                 message_text(c->pinfo->pool, c->message, part, MAX_TEXT));
}

static void
draw_code(const fault_canvas *c, int hf, const wu_part *part)
{
    if (part->text.p)
        proto_tree_add_string(c->tree, hf, c->tvb, (int)part->offset, (int)part->length,
                              message_code_text(c->pinfo->pool, c->message, part));
}

/* A reason may be a stack trace: its first line is the reason, the others are folded below it. */
static void
draw_lines(const fault_canvas *c, int hf, const wu_part *part, int ett)
{
    const char *text = message_text(c->pinfo->pool, c->message, part, MAX_TEXT);
    char **lines = g_strsplit(text, "\n", 64);
    proto_item *item = proto_tree_add_string(c->tree, hf, c->tvb, (int)part->offset, (int)part->length,
                                             lines[0] ? g_strchomp(lines[0]) : "");

    if (lines[0] && lines[1]) {
        proto_tree *sub = proto_item_add_subtree(item, ett);
        for (char **line = lines + 1; *line; line++)
            if (*g_strstrip(*line))
                proto_tree_add_string(sub, hf_wws_stack_line, c->tvb, (int)part->offset, (int)part->length, *line);
    }
    g_strfreev(lines);
}

static void
draw_exceptions(const fault_canvas *c, const wu_fault *f)
{
    fault_canvas sub = *c;

    for (unsigned i = 0; i < f->exceptions; i++) {
        const wu_part *first = f->exception[i].type.text.p ? &f->exception[i].type : &f->exception[i].message;
        if (!first->text.p)
            continue;
        proto_item *item = proto_tree_add_item(c->tree, hf_wws_exception, c->tvb, (int)first->offset, (int)first->length,
                                               ENC_NA);
        sub.tree = proto_item_add_subtree(item, ett_wws_exception);
        proto_item_append_text(item, ": %s", message_line(c->pinfo->pool, c->message, first, 256));
        draw_part(&sub, hf_wws_exception_type, &f->exception[i].type);
        draw_part(&sub, hf_wws_exception_message, &f->exception[i].message);
        if (f->exception[i].stack.text.p)
            draw_lines(&sub, hf_wws_exception_stack, &f->exception[i].stack, ett_wws_exception);
    }
}

static void
generated_text(const fault_canvas *c, int hf, const wu_part *where, const char *text)
{
    if (*text)
        proto_item_set_generated(proto_tree_add_string(c->tree, hf, c->tvb, (int)where->offset, (int)where->length, text));
}

/* The ErrorCode of WSUS: what it means, and what the client does next. */
static void
draw_error_code(const fault_canvas *c, const wu_fault *f, const verdict *v)
{
    proto_item *item = draw_part(c, hf_wws_errorcode, &f->error_code);
    const wu_fault_row *row;

    if (!f->error_code.text.p)
        return;
    if (!(row = wu_fault_by_name(f->error_code.text))) {
        expert_add_info(c->pinfo, item, &ei_wws_unknown_error_code);
        return;
    }
    generated_text(c, hf_wws_errorcode_meaning, &f->error_code, wu_text(row->meaning));
    generated_text(c, hf_wws_next_step, &f->error_code, v->next_step);
    proto_item_set_generated(proto_tree_add_boolean(c->tree, hf_wws_recovery, c->tvb, (int)f->error_code.offset,
                                                    (int)f->error_code.length, v->recovery));
}

static void
draw_fault_codes(const fault_canvas *c, const verdict *v)
{
    for (unsigned i = 0; i < v->n_codes; i++)
        if (v->codes[i].fault)
            winerr_draw(c->tree, c->tvb, c->pinfo, &v->codes[i]);
}

static void
draw_head(const fault_canvas *c, enum body_encoding encoding, size_t offset, size_t length)
{
    proto_item *item = proto_tree_add_uint(c->tree, hf_wws_version, c->tvb, (int)offset, (int)length,
                                           c->message->version);
    proto_item_set_generated(item);
    proto_item_set_generated(proto_tree_add_uint(c->tree, hf_wws_encoding, c->tvb, (int)offset, (int)length, encoding));
}

proto_tree *
wws_draw_fault(proto_tree *tree, const verdict *v)
{
    const wu_message *message = v->m->message;
    packet_info *pinfo = v->pinfo;
    tvbuff_t *tvb = v->m->body;
    const wu_fault *f = &message->fault;
    const char *label = message_fault_label(pinfo->pool, message);
    int available = (int)tvb_captured_length(tvb) - (int)f->offset;
    int length = (int)f->length < available ? (int)f->length : available;
    proto_item *item = proto_tree_add_protocol_format(tree, proto_wws, tvb, (int)f->offset, length,
                                                      "Windows Web Services, Fault: %s", label);
    fault_canvas c = { proto_item_add_subtree(item, ett_wws), tvb, pinfo, message };

    expert_add_info_format(pinfo, item, v->recovery ? &ei_wws_recovery : &ei_wws_fault,
                           v->recovery ? "%s%sSOAP fault that the protocol recovers from: %s%s" : "%s%sSOAP fault: %s%s",
                           v->operation, *v->operation ? ", " : "", label,
                           v->recovery || strlen(label) > MAX_EXPERT_LABEL ? "" : expected_code(v));
    draw_head(&c, v->m->encoding, f->offset, (size_t)length);
    draw_code(&c, hf_wws_code, &f->code);
    for (unsigned i = 0; i < f->subcodes; i++)
        draw_code(&c, hf_wws_subcode, &f->subcode[i]);
    for (unsigned i = 0; i < f->reasons; i++) {
        draw_lines(&c, hf_wws_reason, &f->reason[i], ett_wws_reason);
        if (f->language[i].text.n)
            draw_part(&c, hf_wws_language, &f->language[i]);
    }
    draw_part(&c, hf_wws_actor, &f->actor);
    draw_part(&c, hf_wws_node, &f->node);
    draw_part(&c, hf_wws_action, &message->action);
    draw_error_code(&c, f, v);
    draw_part(&c, hf_wws_message, &f->message);
    draw_part(&c, hf_wws_id, &f->id);
    proto_item *method = draw_part(&c, hf_wws_method, &f->method);
    if (v->other_operation)
        expert_add_info_format(pinfo, method, &ei_wws_other_operation,
                               "The fault names %s, but it answers %s: the order of requests decides", v->other_operation,
                               v->operation);
    draw_exceptions(&c, f);
    draw_fault_codes(&c, v);
    return c.tree;
}

proto_tree *
wws_draw_binary(proto_tree *tree, const verdict *v)
{
    const wu_message *message = v->m->message;
    packet_info *pinfo = v->pinfo;
    tvbuff_t *tvb = v->m->body;
    wu_part element = { .text = message->operation, .form = WU_TEXT_PLAIN };
    wu_part name_space = { .text = message->operation_namespace, .form = WU_TEXT_PLAIN };
    const char *name = element.text.p ? message_text(pinfo->pool, message, &element, 256) : "no body";
    proto_item *item = proto_tree_add_protocol_format(tree, proto_wws, tvb, 0, -1,
                                                      "Windows Web Services, Binary Message: %s", name);
    fault_canvas c = { proto_item_add_subtree(item, ett_wws), tvb, pinfo, message };

    draw_head(&c, BODY_BINARY, 0, tvb_captured_length(tvb));
    draw_part(&c, hf_wws_action, &message->action);
    if (element.text.p)
        proto_tree_add_string(c.tree, hf_wws_body_element, tvb, (int)message->operation_offset,
                              (int)message->operation_length, name);
    if (name_space.text.n)
        proto_tree_add_string(c.tree, hf_wws_body_namespace, tvb, (int)message->operation_offset,
                              (int)message->operation_length, message_text(pinfo->pool, message, &name_space, 512));
    return c.tree;
}

void
wws_draw_remarks(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, unsigned remarks, bool cut)
{
    static const struct { unsigned remark; expert_field *ei; } table[] = {
        { WU_XML_TOO_DEEP, &ei_wws_too_deep },   { WU_XML_MALFORMED, &ei_wws_malformed },
        { WU_XML_ATTRIBUTES, &ei_wws_limit },    { WU_XML_NAMESPACES, &ei_wws_limit },
        { WU_MESSAGE_ITEMS, &ei_wws_limit },     { WU_MESSAGE_CODES, &ei_wws_limit },
        { WU_XML_SESSION, &ei_wws_session },     { WU_XML_NUL, &ei_wws_nul },
    };

    if (cut)
        remarks &= ~(unsigned)(WU_XML_TRUNCATED | WU_XML_MALFORMED);
    if (remarks & WU_XML_TRUNCATED)
        proto_tree_add_expert(tree, pinfo, &ei_wws_truncated, tvb, 0, -1);
    for (size_t i = 0; i < array_length(table); i++)
        if (remarks & table[i].remark)
            proto_tree_add_expert(tree, pinfo, table[i].ei, tvb, 0, -1);
}

void
proto_register_wws(void)
{
    static hf_register_info hf[] = {
        { &hf_wws_version, { "SOAP version", "wws.fault.version", FT_UINT32, BASE_DEC, VALS(version_names), 0,
                             "Version of the SOAP envelope, by its namespace", HFILL } },
        { &hf_wws_encoding, { "Encoding", "wws.encoding", FT_UINT32, BASE_DEC, VALS(encoding_names), 0,
                              "Form of the XML document", HFILL } },
        { &hf_wws_code, { "Code", "wws.fault.code", FT_STRING, BASE_NONE, NULL, 0,
                          "Fault code without its prefix", HFILL } },
        { &hf_wws_subcode, { "Subcode", "wws.fault.subcode", FT_STRING, BASE_NONE, NULL, 0,
                             "Fault subcode without its prefix, from the outer to the inner", HFILL } },
        { &hf_wws_reason, { "Reason", "wws.fault.reason", FT_STRING, BASE_NONE, NULL, 0,
                            "Fault string or reason text, first line", HFILL } },
        { &hf_wws_language, { "Language", "wws.fault.language", FT_STRING, BASE_NONE, NULL, 0,
                              "Language of the reason", HFILL } },
        { &hf_wws_actor, { "Actor", "wws.fault.actor", FT_STRING, BASE_NONE, NULL, 0,
                           "Fault actor or role: who caused the fault", HFILL } },
        { &hf_wws_node, { "Node", "wws.fault.node", FT_STRING, BASE_NONE, NULL, 0,
                          "SOAP node that made the fault", HFILL } },
        { &hf_wws_action, { "Action", "wws.fault.action", FT_STRING, BASE_NONE, NULL, 0,
                            "WS-Addressing action of the message", HFILL } },
        { &hf_wws_errorcode, { "ErrorCode", "wws.fault.errorcode", FT_STRING, BASE_NONE, NULL, 0,
                               "ErrorCode in the detail of a WSUS fault", HFILL } },
        { &hf_wws_errorcode_meaning, { "Meaning", "wws.fault.errorcode.meaning", FT_STRING, BASE_NONE, NULL, 0,
                                       "What the ErrorCode means", HFILL } },
        { &hf_wws_message, { "Message", "wws.fault.message", FT_STRING, BASE_NONE, NULL, 0,
                             "Message in the detail: often the name of the wrong parameter", HFILL } },
        { &hf_wws_id, { "ID", "wws.fault.id", FT_STRING, BASE_NONE, NULL, 0,
                        "Identifier of the fault, which the server's log has too", HFILL } },
        { &hf_wws_method, { "Method", "wws.fault.method", FT_STRING, BASE_NONE, NULL, 0,
                            "Method in the detail: the SOAP action of the request", HFILL } },
        { &hf_wws_next_step, { "Next step expected", "wws.fault.next_step", FT_STRING, BASE_NONE, NULL, 0,
                               "What the protocol wants the client to do after this fault", HFILL } },
        { &hf_wws_recovery, { "Recovery", "wws.fault.recovery", FT_BOOLEAN, BASE_NONE, NULL, 0,
                              "The protocol foresees the fault and the client goes on by itself", HFILL } },
        { &hf_wws_exception, { "Exception", "wws.exception", FT_NONE, BASE_NONE, NULL, 0,
                               "Exception that the service discloses", HFILL } },
        { &hf_wws_exception_type, { "Type", "wws.exception.type", FT_STRING, BASE_NONE, NULL, 0,
                                    "Type of the exception", HFILL } },
        { &hf_wws_exception_message, { "Message", "wws.exception.message", FT_STRING, BASE_NONE, NULL, 0,
                                       "Message of the exception", HFILL } },
        { &hf_wws_exception_stack, { "Stack trace", "wws.exception.stack", FT_STRING, BASE_NONE, NULL, 0,
                                     "First line of the stack trace", HFILL } },
        { &hf_wws_stack_line, { "Line", "wws.stack_line", FT_STRING, BASE_NONE, NULL, 0,
                                "Further line of a reason or stack trace", HFILL } },
        { &hf_wws_body_element, { "Body element", "wws.body.element", FT_STRING, BASE_NONE, NULL, 0,
                                  "First element of the body of a binary message", HFILL } },
        { &hf_wws_body_namespace, { "Namespace", "wws.body.namespace", FT_STRING, BASE_NONE, NULL, 0,
                                    "Namespace of the first element of the body", HFILL } },
    };
    static ei_register_info ei[] = {
        { &ei_wws_fault, { "wws.fault_received", PI_RESPONSE_CODE, PI_WARN, "SOAP fault", EXPFILL } },
        { &ei_wws_recovery, { "wws.recovery", PI_SEQUENCE, PI_CHAT, "Fault that the protocol recovers from", EXPFILL } },
        { &ei_wws_unknown_error_code, { "wws.unknown_errorcode", PI_UNDECODED, PI_NOTE,
                                        "ErrorCode that the protocol documents do not name", EXPFILL } },
        { &ei_wws_other_operation, { "wws.fault.method.other", PI_SEQUENCE, PI_NOTE,
                                     "The fault names another operation than its request", EXPFILL } },
        { &ei_wws_truncated, { "wws.truncated", PI_MALFORMED, PI_WARN,
                               "The XML document ends early: what follows is not known", EXPFILL } },
        { &ei_wws_too_deep, { "wws.too_deep", PI_UNDECODED, PI_WARN,
                              "Elements are nested too deeply: the inner ones were left out", EXPFILL } },
        { &ei_wws_malformed, { "wws.malformed", PI_MALFORMED, PI_NOTE,
                               "The XML document is not well-formed", EXPFILL } },
        { &ei_wws_limit, { "wws.limit", PI_UNDECODED, PI_NOTE,
                           "There is more than is shown: attributes, namespaces, fields or codes were left out", EXPFILL } },
        { &ei_wws_session, { "wws.session", PI_UNDECODED, PI_NOTE,
                             "Names of a session dictionary, which is not in this message, are not resolved", EXPFILL } },
        { &ei_wws_nul, { "wws.nul", PI_MALFORMED, PI_NOTE, "The XML document holds a NUL character", EXPFILL } },
    };
    static int *ett[] = { &ett_wws, &ett_wws_reason, &ett_wws_exception };

    proto_wws = proto_register_protocol("Windows Web Services", "WWS", "wws");
    proto_register_field_array(proto_wws, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto_wws), ei, array_length(ei));
}
