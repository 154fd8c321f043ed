/* test_message.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "events_text.h"
#include "message.h"
#include "wusp.h"

#define SOAP_11    "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_12    "http://www.w3.org/2003/05/soap-envelope"
#define WSUS       "http://www.microsoft.com/SoftwareDistribution"
#define ADDRESSING "http://www.w3.org/2005/08/addressing"
#define DISPATCHER "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"

static const wu_message_options everything = { .fields = true, .drawn = true, .fragments = WU_FRAGMENTS_ALL, .list_limit = 100 };

/* ---- messages as text ---- */

static wu_slice
bytes_of_item(const wu_message *m, wu_slice body, const wu_item *item)
{
    wu_slice source = body;

    if (item->source == WU_IN_FRAGMENTS)
        source = wu_slice_of(m->fragments->data, m->fragments->len);
    if (item->offset > source.n || item->length > source.n - item->offset) {
        printf("an item beyond the document: %u+%u\n", item->offset, item->length);
        unit_failures++;
        return (wu_slice){ NULL, 0 };
    }
    return wu_slice_of(source.p + item->offset, item->length);
}

/* Bytes with each %XX taken back, as the lists of the cloud have them. */
static wu_slice
without_percent(wu_slice bytes, char *room)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes.n; i++) {
        int high = i + 2 < bytes.n && bytes.p[i] == '%' ? g_ascii_xdigit_value((char)bytes.p[i + 1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value((char)bytes.p[i + 2]) : -1;
        room[n++] = low >= 0 ? (char)(high << 4 | low) : (char)bytes.p[i];
        i += low >= 0 ? 2 : 0;
    }
    return wu_slice_of(room, n);
}

/* What the bytes of an item hold has to be its text, as it stands or percent-decoded, unless that was composed or put
 * together of several pieces. */
static void
check_item(const wu_message *m, wu_slice body, const wu_item *item)
{
    wu_slice bytes = bytes_of_item(m, body, item);
    char *text = g_strndup((const char *)item->text.p, item->text.n);
    char *room = g_malloc(bytes.n + 1);
    wu_slice decoded = without_percent(bytes, room);

    if (item->text.p && !item->made && !m->binary && wu_slice_find_byte(bytes, 0, '<') == bytes.n &&
        wu_slice_find(bytes, 0, text) == bytes.n && wu_slice_find(decoded, 0, text) == decoded.n && *text) {
        printf("the bytes of the item are \"%.*s\", its text is \"%s\"\n", (int)bytes.n, (const char *)bytes.p, text);
        unit_failures++;
    }
    g_free(room);
    g_free(text);
}

static const char *const source_names[] = { "?", "status", "fault", "element", "report", "text" };

static void
put_item(GString *out, const wu_message *m, const wu_item *item)
{
    char text[512];

    g_string_append_printf(out, "%*s", 2 * item->depth, "");
    if (item->field == WU_ITEM_CODE) {
        g_string_append_printf(out, item->space == WU_AS_HRESULT ? "code 0x%08X" : "code %u", item->number);
        g_string_append_printf(out, " %s\n", source_names[item->found]);
        return;
    }
    const wu_field_row *field = &wu_fields[item->field];
    g_string_append(out, wu_text(field->name) + strlen("wsus."));
    if (item->text.p) {
        wu_text_decode(item->text, (enum wu_text_form)item->form, m->charset, text, sizeof text);
        g_string_append_printf(out, "=%s", text);
    } else if (field->type != WU_TYPE_NONE) {
        g_string_append_printf(out, " %u", item->number);
    }
    g_string_append(out, item->made ? "*\n" : "\n");
}

/* The items, one on a line, two blanks for a level; a star marks what was composed. */
static char *
items_text(const wu_message *m, wu_slice body)
{
    GString *out = g_string_new(NULL);
    unsigned depth = 0;

    for (guint i = 0; i < m->items->len; i++) {
        const wu_item *item = &g_array_index(m->items, wu_item, i);
        check_item(m, body, item);
        CHECK(item->depth <= depth + (i > 0));
        depth = item->depth;
        put_item(out, m, item);
    }
    return g_string_free(out, FALSE);
}

/* A message and the memory it was read from, which ends where the body does. */
typedef struct {
    wu_message m;
    wu_slice body;
    uint8_t *copy;
} reading;

static reading
read_with(wu_slice body, const wu_message_options *options)
{
    reading r = { .copy = g_malloc(body.n ? body.n : 1) };

    if (body.n)
        memcpy(r.copy, body.p, body.n);
    r.body = wu_slice_of(r.copy, body.n);
    wu_message_read(&r.m, r.body, options);
    return r;
}

static void
end_reading(reading *r)
{
    wu_message_free(&r->m);
    CHECK(!r->m.items && !r->m.fragments && !r->m.pool);
    g_free(r->copy);
}

static void
check_items(wu_slice body, const wu_message_options *options, const char *expected)
{
    reading r = read_with(body, options);
    char *items = items_text(&r.m, r.body);

    CHECK_TEXT(items, expected);
    g_free(items);
    end_reading(&r);
}


/* ---- envelopes ---- */

#define ENVELOPE_11(body) "<s:Envelope xmlns:s=\"" SOAP_11 "\"><s:Body>" body "</s:Body></s:Envelope>"
#define ENVELOPE_12(header, body)                                                                 \
    "<s:Envelope xmlns:s=\"" SOAP_12 "\" xmlns:a=\"" ADDRESSING "\"><s:Header>" header            \
    "</s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define CLIENT_SERVICE WSUS "/Server/ClientWebService"

static void
check_envelope(const char *text, enum wu_soap_version version, const char *operation, const char *name_space)
{
    reading r = read_with(wu_slice_text(text), &everything);

    CHECK_EQ(r.m.version, version);
    CHECK_SLICE(r.m.operation, operation);
    CHECK_SLICE(r.m.operation_namespace, name_space);
    CHECK(!r.m.is_fault);
    end_reading(&r);
}

static void
reads_envelopes(void)
{
    check_envelope(ENVELOPE_11("<GetConfig xmlns=\"u\"/>"), WU_SOAP_1_1, "GetConfig", "u");
    check_envelope(ENVELOPE_12("", "<x:GetCookie xmlns:x=\"v\"/>"), WU_SOAP_1_2, "GetCookie", "v");
    check_envelope("<?xml version=\"1.0\"?>\r\n<!-- c -->\r\n<Envelope xmlns=\"" SOAP_11
                   "\"><Body><a/></Body></Envelope>",
                   WU_SOAP_1_1, "a", SOAP_11);
    check_envelope(ENVELOPE_11(""), WU_SOAP_1_1, "", "");
    check_envelope(ENVELOPE_11("<a/><b/>"), WU_SOAP_1_1, "a", "");
    check_envelope("\xEF\xBB\xBF" ENVELOPE_11("<a/>"), WU_SOAP_1_1, "a", "");
}

static void
refuses_what_is_no_envelope(void)
{
    check_envelope("", WU_SOAP_NONE, "", "");
    check_envelope("<html><body><Fault/></body></html>", WU_SOAP_NONE, "", "");
    check_envelope("<Envelope><Body><a/></Body></Envelope>", WU_SOAP_NONE, "", "");
    check_envelope("<Envelope xmlns=\"urn:other\"><Body><a/></Body></Envelope>", WU_SOAP_NONE, "", "");
    check_envelope("<Envelop xmlns=\"" SOAP_11 "\"><Body><a/></Body></Envelop>", WU_SOAP_NONE, "", "");
    check_envelope("{\"Envelope\": 1}", WU_SOAP_NONE, "", "");
    check_envelope("<a xmlns=\"" SOAP_11 "\"><Envelope/></a>", WU_SOAP_NONE, "", "");
}

/* Markup behind the envelope belongs to nothing, and takes nothing back. */
static void
nothing_behind_the_envelope_counts(void)
{
    check_envelope(ENVELOPE_11("<GetConfig xmlns=\"u\"/>") "\r\n", WU_SOAP_1_1, "GetConfig", "u");
    check_envelope(ENVELOPE_11("<GetConfig xmlns=\"u\"/>") "<x/>", WU_SOAP_1_1, "GetConfig", "u");
    check_envelope(ENVELOPE_11("<GetConfig xmlns=\"u\"/>") ENVELOPE_12("", "<GetCookie/>"), WU_SOAP_1_1, "GetConfig",
                   "u");
}

static void
knows_where_the_operation_is(void)
{
    static const char text[] = ENVELOPE_11("<GetConfig a=\"1\"><b/></GetConfig>");
    reading r = read_with(BYTES(text), &everything);

    CHECK_SLICE(wu_slice_of(r.body.p + r.m.operation_offset, r.m.operation_length), "<GetConfig a=\"1\">");
    CHECK(r.m.operation.p == r.body.p + r.m.operation_offset + 1);
    end_reading(&r);
}

static void
splits_operations(void)
{
    bool response = true;

    CHECK_SLICE(wu_message_operation(BYTES("GetConfig"), &response), "GetConfig");
    CHECK(!response);
    CHECK_SLICE(wu_message_operation(BYTES("GetConfigResponse"), &response), "GetConfig");
    CHECK(response);
    CHECK_SLICE(wu_message_operation(BYTES("Response"), &response), "Response");
    CHECK(!response);
    CHECK_SLICE(wu_message_operation(BYTES("ResponseX"), &response), "ResponseX");
    CHECK(!response);
    CHECK_SLICE(wu_message_operation((wu_slice){ NULL, 0 }, &response), "");
    CHECK(!response);
}

/* ---- parts ---- */

static void
check_part_at(int line, const reading *r, const wu_part *part, const char *expected)
{
    wu_slice bytes = { NULL, 0 };

    if (part->offset <= r->body.n && part->length <= r->body.n - part->offset)
        bytes = wu_slice_of(r->body.p + part->offset, part->length);
    if (!part->text.p || !wu_slice_is(part->text, expected) || !wu_slice_is(bytes, expected)) {
        printf("%s:%d: the part is \"%.*s\", its bytes are \"%.*s\", expected \"%s\"\n", __FILE__, line,
               (int)part->text.n, part->text.p ? (const char *)part->text.p : "", (int)bytes.n,
               bytes.p ? (const char *)bytes.p : "", expected);
        unit_failures++;
    }
}

/* The text of a part, and that its bytes in the document are the same. */
#define CHECK_PART(r, part, expected) check_part_at(__LINE__, &(r), &(part), (expected))

static void
reads_addressing(void)
{
    reading r =
        read_with(BYTES(ENVELOPE_12("<a:Action s:mustUnderstand=\"1\">" CLIENT_SERVICE "/GetConfig</a:Action>"
                                    "<a:MessageID>urn:uuid:1</a:MessageID><a:To>http://x/</a:To>"
                                    "<a:RelatesTo>urn:uuid:2</a:RelatesTo>"
                                    "<o:Security xmlns:o=\"o\"><Timestamp><Action>no</Action></Timestamp></o:Security>",
                                    "<a/>")),
                  &everything);

    CHECK_PART(r, r.m.action, CLIENT_SERVICE "/GetConfig");
    CHECK_PART(r, r.m.message_id, "urn:uuid:1");
    CHECK_PART(r, r.m.relates_to, "urn:uuid:2");
    CHECK_PART(r, r.m.to, "http://x/");
    end_reading(&r);

    r = read_with(BYTES(ENVELOPE_11("<Action>x</Action>")), &everything);
    CHECK(!r.m.action.text.p && !r.m.message_id.text.p && !r.m.relates_to.text.p && !r.m.to.text.p);
    end_reading(&r);
}

/* ---- faults ---- */

#define WSUS_DETAIL                                                                                          \
    "<ErrorCode>InvalidParameters</ErrorCode><Message>parameters.InstalledNonLeafUpdateIDs</Message>"        \
    "<ID>3da21691-e39d-4da6-8a4b-b43877bcb1b7</ID><Method>\"" CLIENT_SERVICE "/SyncUpdates\"</Method>"

static void
check_wsus_detail(const reading *r)
{
    CHECK_PART(*r, r->m.fault.error_code, "InvalidParameters");
    CHECK_PART(*r, r->m.fault.message, "parameters.InstalledNonLeafUpdateIDs");
    CHECK_PART(*r, r->m.fault.id, "3da21691-e39d-4da6-8a4b-b43877bcb1b7");
    CHECK_PART(*r, r->m.fault.method, "\"" CLIENT_SERVICE "/SyncUpdates\"");
}

static void
reads_faults_of_the_client_service(void)
{
    static const char text[] =
        ENVELOPE_11("<s:Fault><faultcode>s:Client</faultcode><faultstring xml:lang=\"en-US\">Fault occurred"
                    "</faultstring><detail>" WSUS_DETAIL "</detail></s:Fault>");
    reading r = read_with(BYTES(text), &everything);
    const wu_fault *f = &r.m.fault;
    wu_slice whole = wu_slice_of(r.body.p + f->offset, f->length);

    CHECK_EQ(r.m.version, WU_SOAP_1_1);
    CHECK(r.m.is_fault);
    CHECK_SLICE(r.m.operation, "Fault");
    CHECK_PART(r, f->code, "s:Client");
    CHECK_EQ(f->reasons, 1);
    CHECK_PART(r, f->reason[0], "Fault occurred");
    CHECK_SLICE(f->language[0].text, "en-US");
    CHECK_SLICE(wu_slice_of(r.body.p + f->language[0].offset, f->language[0].length), "xml:lang=\"en-US\"");
    CHECK(!f->actor.text.p && !f->node.text.p);
    CHECK_EQ(f->subcodes, 0);
    CHECK_EQ(f->exceptions, 0);
    CHECK_EQ(f->codes, 0);
    check_wsus_detail(&r);
    CHECK(wu_slice_begins_nocase(whole, "<s:Fault><faultcode>") && wu_slice_ends_nocase(whole, "</detail></s:Fault>"));
    CHECK_EQ(r.m.items->len, 0);
    CHECK_EQ(r.m.remarks, 0);
    end_reading(&r);
}

static void
reads_faults_of_asmx(void)
{
    reading r = read_with(
        BYTES("<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"" SOAP_11 "\"><soap:Body>"
              "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>Fault occurred</faultstring>"
              "<faultactor>http://127.0.0.1:8530/SimpleAuthWebService/SimpleAuth.asmx</faultactor>"
              "<detail>" WSUS_DETAIL "</detail></soap:Fault></soap:Body></soap:Envelope>"),
        &everything);

    CHECK_PART(r, r.m.fault.code, "soap:Client");
    CHECK_PART(r, r.m.fault.reason[0], "Fault occurred");
    CHECK(!r.m.fault.language[0].text.p);
    CHECK_PART(r, r.m.fault.actor, "http://127.0.0.1:8530/SimpleAuthWebService/SimpleAuth.asmx");
    check_wsus_detail(&r);
    end_reading(&r);
}

static void
reads_unhandled_faults_of_asmx(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_11("<s:Fault><faultcode>s:Server</faultcode><faultstring>"
                          "System.Web.Services.Protocols.SoapException: Server was unable to process request. "
                          "---&gt; System.Runtime.InteropServices.COMException (0x80070005): Access is denied. "
                          "(Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))\n   at X.Y() 0x80131904\n"
                          "   --- End of inner exception stack trace ---</faultstring><detail /></s:Fault>")),
        &everything);
    const wu_fault *f = &r.m.fault;

    CHECK_PART(r, f->code, "s:Server");
    CHECK(wu_slice_begins_nocase(f->reason[0].text, "System.Web.Services"));
    CHECK(!f->error_code.text.p && !f->message.text.p);
    CHECK_EQ(f->codes, 2);
    CHECK_EQ(f->found[0].code, 0x80070005u);
    CHECK_EQ(f->found[0].space, WU_AS_HRESULT);
    CHECK_EQ(f->found[0].source, WU_FOUND_SOAP_FAULT);
    CHECK_SLICE(wu_slice_of(r.body.p + f->found[0].offset, f->found[0].length), "0x80070005");
    CHECK_EQ(f->found[1].code, 0x80131904u);
    CHECK_SLICE(wu_slice_of(r.body.p + f->found[1].offset, f->found[1].length), "0x80131904");
    end_reading(&r);
}

#define EXCEPTION_DETAIL                                                                                               \
    "<ExceptionDetail xmlns=\"http://schemas.datacontract.org/2004/07/System.ServiceModel\" xmlns:i=\"i\">"            \
    "<HelpLink i:nil=\"true\"/><InnerException><HelpLink i:nil=\"true\"/><InnerException i:nil=\"true\"/>"             \
    "<Message>Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))</Message><StackTrace>at "        \
    "In()</StackTrace>"                                                                                                \
    "<Type>System.UnauthorizedAccessException</Type></InnerException><Message>Outer message</Message>"                 \
    "<StackTrace>at Out()</StackTrace><Type>System.InvalidOperationException</Type></ExceptionDetail>"

static void
reads_faults_of_wcf(void)
{
    reading r =
        read_with(BYTES(ENVELOPE_11("<s:Fault><faultcode xmlns:a=\"" DISPATCHER "\">a:InternalServiceFault</faultcode>"
                                    "<faultstring xml:lang=\"en-US\">Outer "
                                    "message</faultstring><detail>" EXCEPTION_DETAIL "</detail></s:Fault>")),
                  &everything);
    const wu_fault *f = &r.m.fault;

    CHECK_PART(r, f->code, "a:InternalServiceFault");
    CHECK(f->exceptions >= 2);
    CHECK_PART(r, f->exception[0].type, "System.InvalidOperationException");
    CHECK_PART(r, f->exception[0].message, "Outer message");
    CHECK_PART(r, f->exception[0].stack, "at Out()");
    CHECK_PART(r, f->exception[1].type, "System.UnauthorizedAccessException");
    CHECK_PART(r, f->exception[1].message, "Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))");
    CHECK_PART(r, f->exception[1].stack, "at In()");
    CHECK_EQ(f->codes, 1);
    CHECK_EQ(f->found[0].code, 0x80070005u);
    CHECK(!f->message.text.p); /* that is the child of a WSUS detail */
    end_reading(&r);
}

/* <InnerException i:nil="true"/> says that there is none. */
static void
counts_exceptions(void)
{
    reading r = read_with(BYTES(ENVELOPE_11("<s:Fault><faultcode>a:X</faultcode><faultstring>x</faultstring><detail>"
                                            EXCEPTION_DETAIL "</detail></s:Fault>")),
                          &everything);

    CHECK_EQ(r.m.fault.exceptions, 2);
    end_reading(&r);
}

static void
exceptions_are_limited(void)
{
    GString *text = g_string_new("<s:Envelope xmlns:s=\"" SOAP_11 "\"><s:Body><s:Fault><detail><ExceptionDetail>");

    for (unsigned i = 0; i < 6; i++)
        g_string_append_printf(text, "<Type>T%u</Type><InnerException>", i);
    for (unsigned i = 0; i < 6; i++)
        g_string_append_printf(text, "</InnerException><Message>M%u</Message>", 5 - i);
    g_string_append(text, "</ExceptionDetail></detail></s:Fault></s:Body></s:Envelope>");
    reading r = read_with(wu_slice_of(text->str, text->len), &everything);
    CHECK_EQ(r.m.fault.exceptions, WU_MAX_EXCEPTIONS);
    for (unsigned i = 0; i + 1 < WU_MAX_EXCEPTIONS; i++) {
        char type[] = { 'T', (char)('0' + i), '\0' }, message[] = { 'M', (char)('0' + i), '\0' };
        CHECK_PART(r, r.m.fault.exception[i].type, type);
        CHECK_PART(r, r.m.fault.exception[i].message, message);
    }
    end_reading(&r);
    g_string_free(text, TRUE);
}

static void
reads_faults_of_soap_12(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_12("<a:Action>" ADDRESSING "/fault</a:Action><a:RelatesTo>urn:uuid:1</a:RelatesTo>",
                          "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:ActionNotSupported"
                          "</s:Value><s:Subcode><s:Value>x:Deeper</s:Value></s:Subcode></s:Subcode></s:Code>"
                          "<s:Reason><s:Text xml:lang=\"en-US\">No</s:Text><s:Text xml:lang=\"de\">Nein</s:Text>"
                          "</s:Reason><s:Node>http://node</s:Node><s:Role>http://role</s:Role>"
                          "<s:Detail>" WSUS_DETAIL "</s:Detail></s:Fault>")),
        &everything);
    const wu_fault *f = &r.m.fault;

    CHECK_EQ(r.m.version, WU_SOAP_1_2);
    CHECK(r.m.is_fault);
    CHECK_PART(r, r.m.action, ADDRESSING "/fault");
    CHECK_PART(r, r.m.relates_to, "urn:uuid:1");
    CHECK_PART(r, f->code, "s:Sender");
    CHECK_EQ(f->subcodes, 2);
    CHECK_PART(r, f->subcode[0], "a:ActionNotSupported");
    CHECK_PART(r, f->subcode[1], "x:Deeper");
    CHECK_EQ(f->reasons, 2);
    CHECK_PART(r, f->reason[0], "No");
    CHECK_SLICE(f->language[0].text, "en-US");
    CHECK_PART(r, f->reason[1], "Nein");
    CHECK_SLICE(f->language[1].text, "de");
    CHECK_PART(r, f->node, "http://node");
    CHECK_PART(r, f->actor, "http://role");
    check_wsus_detail(&r);
    end_reading(&r);
}

/* [MS-WSUSSS] spells the unqualified element with a capital, also in SOAP 1.1. */
static void
reads_detail_in_both_spellings(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_11("<s:Fault><faultcode>s:Client</faultcode><Detail>" WSUS_DETAIL "</Detail></s:Fault>")),
        &everything);

    check_wsus_detail(&r);
    end_reading(&r);
}

static void
subcodes_and_reasons_are_limited(void)
{
    GString *text =
        g_string_new("<s:Envelope xmlns:s=\"" SOAP_12 "\"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>");

    for (unsigned i = 0; i < WU_MAX_SUBCODES + 2; i++)
        g_string_append_printf(text, "<s:Subcode><s:Value>a:S%u</s:Value>", i);
    for (unsigned i = 0; i < WU_MAX_SUBCODES + 2; i++)
        g_string_append(text, "</s:Subcode>");
    g_string_append(text, "</s:Code><s:Reason>");
    for (unsigned i = 0; i < WU_MAX_REASONS + 2; i++)
        g_string_append_printf(text, "<s:Text>R%u</s:Text>", i);
    g_string_append(text, "</s:Reason></s:Fault></s:Body></s:Envelope>");
    reading r = read_with(wu_slice_of(text->str, text->len), &everything);
    CHECK_EQ(r.m.fault.subcodes, WU_MAX_SUBCODES);
    CHECK_PART(r, r.m.fault.subcode[WU_MAX_SUBCODES - 1], "a:S3");
    CHECK_PART(r, r.m.fault.code, "s:Sender");
    CHECK_EQ(r.m.fault.reasons, WU_MAX_REASONS);
    CHECK_PART(r, r.m.fault.reason[WU_MAX_REASONS - 1], "R7");
    end_reading(&r);
    g_string_free(text, TRUE);
}

static void
reads_faults_of_the_administration(void)
{
    reading r =
        read_with(BYTES(ENVELOPE_11("<s:Fault><faultcode>s:Client</faultcode><faultstring>Fault occurred</faultstring>"
                                    "<detail><Exception Assembly=\"Microsoft.UpdateServices, Version=4\" "
                                    "Type=\"System.ArgumentNullException\" Message=\"Value &lt;null&gt; 0x80240001\"/>"
                                    "</detail></s:Fault>")),
                  &everything);
    const wu_fault *f = &r.m.fault;

    CHECK_EQ(f->exceptions, 1);
    CHECK_SLICE(f->exception[0].type.text, "System.ArgumentNullException");
    CHECK_SLICE(wu_slice_of(r.body.p + f->exception[0].type.offset, f->exception[0].type.length),
                "Type=\"System.ArgumentNullException\"");
    CHECK_SLICE(f->exception[0].message.text, "Value &lt;null&gt; 0x80240001");
    CHECK_EQ(f->exception[0].message.form, WU_TEXT_ESCAPED);
    CHECK(!f->exception[0].stack.text.p);
    CHECK_EQ(f->codes, 1);
    CHECK_EQ(f->found[0].code, 0x80240001u);
    end_reading(&r);
}

static void
reads_codes_in_details(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_11("<s:Fault><faultcode>s:Server</faultcode><faultstring>failed 0x8024402C</faultstring>"
                          "<detail><a><Win32HResult>-2145107934</Win32HResult><hr>0x80240001</hr>"
                          "<note>WU_E_PT_WINHTTP_NAME_NOT_RESOLVED and error 12007</note>"
                          "<ID>0x80240002</ID></a><ErrorCode>0x80240003</ErrorCode>"
                          "<ID>0x80240004</ID><Method>0x80240005</Method></detail></s:Fault>")),
        &everything);
    const wu_fault *f = &r.m.fault;
    static const struct {
        uint32_t code;
        enum wu_space space;
        const char *bytes;
    } expected[] = {
        { 0x8024402c, WU_AS_HRESULT, "0x8024402C" }, { 0x80244022, WU_AS_HRESULT, "-2145107934" },
        { 0x80240001, WU_AS_HRESULT, "0x80240001" }, { 12007, WU_AS_WIN32, "12007" },
        { 0x80240002, WU_AS_HRESULT, "0x80240002" }, { 0x80240003, WU_AS_HRESULT, "0x80240003" },
    };

    CHECK_EQ(f->codes, 6);
    for (unsigned i = 0; i < f->codes && i < 6; i++) {
        CHECK_EQ(f->found[i].code, expected[i].code);
        CHECK_EQ(f->found[i].space, expected[i].space);
        CHECK_SLICE(wu_slice_of(r.body.p + f->found[i].offset, f->found[i].length), expected[i].bytes);
    }
    end_reading(&r);
}

/* Typed faults of WCF and binary faults have an element of their own around what a detail says. */
static void
reads_typed_details(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_11("<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring><detail>"
                          "<WsusFault xmlns=\"urn:x\"><inner><ErrorCode>InvalidCookie</ErrorCode><Message>again</Message></inner>"
                          "<ID>aa</ID><ErrorCode>Other</ErrorCode><Method>urn:m</Method></WsusFault></detail></s:Fault>")),
        &everything);
    CHECK_SLICE(r.m.fault.error_code.text, "InvalidCookie");
    CHECK_SLICE(r.m.fault.message.text, "again");
    CHECK_SLICE(r.m.fault.id.text, "aa");
    CHECK_SLICE(r.m.fault.method.text, "urn:m");
    CHECK_EQ(r.m.fault.exceptions, 0);
    end_reading(&r);

    r = read_with(BYTES(ENVELOPE_11("<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring><detail>"
                                    "<t><ErrorCode>Deep</ErrorCode></t><ErrorCode>InvalidCookie</ErrorCode>"
                                    "<ExceptionDetail><Message>of the exception</Message></ExceptionDetail></detail>"
                                    "<ErrorCode>outside</ErrorCode></s:Fault>")),
                  &everything);
    CHECK_SLICE(r.m.fault.error_code.text, "InvalidCookie");
    CHECK(!r.m.fault.message.text.p);
    CHECK_SLICE(r.m.fault.exception[0].message.text, "of the exception");
    end_reading(&r);
}

/* The codes of a detail, "80338012 @Code ...": each with the bytes of the document it stands in. */
static void
check_detail_codes(const char *detail, const char *expected)
{
    char *document = g_strdup_printf(ENVELOPE_11("<s:Fault><faultcode>s:Client</faultcode><detail>%s</detail></s:Fault>"), detail);
    reading r = read_with(wu_slice_text(document), &everything);
    GString *got = g_string_new(NULL);

    for (unsigned i = 0; i < r.m.fault.codes; i++) {
        const wu_code_found *found = &r.m.fault.found[i];
        g_string_append_printf(got, "%s%08X in %.*s", got->len ? "; " : "", found->code, (int)found->length,
                               (const char *)r.body.p + found->offset);
    }
    CHECK_TEXT(got->str, expected);
    g_string_free(got, TRUE);
    end_reading(&r);
    g_free(document);
}

static void
names_introduce_codes(void)
{
    check_detail_codes("<f:WSManFault xmlns:f=\"urn:x\" Code=\"2150858843\" Machine=\"m\"><f:Message/></f:WSManFault>",
                       "8033805B in Code=\"2150858843\"");
    check_detail_codes("<Error ErrorCode=\"3238920194\" Description=\"d\"/>", "C10E0002 in ErrorCode=\"3238920194\"");
    check_detail_codes("<e hr=\"0x80070005\"/>", "80070005 in hr=\"0x80070005\"");
    check_detail_codes("<e hr=\"8024402C\"/>", "8024402C in hr=\"8024402C\"");
    check_detail_codes("<ErrorCode>2147942405</ErrorCode>", "80070005 in 2147942405");
    check_detail_codes("<errorcode>0x82000006</errorcode>", "82000006 in 0x82000006");
    check_detail_codes("<ErrorCode>80070005</ErrorCode>", "80070005 in 80070005");
    check_detail_codes("<HResult>80070005</HResult>", "80070005 in 80070005");
    check_detail_codes("<HResult>8024402c</HResult>", "8024402C in 8024402c");
    check_detail_codes("<HResult>-2147024891</HResult>", "80070005 in -2147024891");
    check_detail_codes("<HResult>2359302</HResult>", "00240006 in 2359302");
    /* and what is no code */
    check_detail_codes("<ErrorCode>InvalidCookie</ErrorCode><ErrorCode>7</ErrorCode>", "");
    check_detail_codes("<Count>2147942405</Count><e size=\"2147942405\" id=\"80070005\"/>", "");
    check_detail_codes("<HResult>none</HResult>", "");
    check_detail_codes("<ErrorText>Order 12007 of 10060 pieces</ErrorText>", "");
}

static void
names_introduce_codes_of_fields(void)
{
    reading r = read_with(BYTES(ENVELOPE_11("<Op xmlns=\"urn:x\" ErrorCode=\"2147942405\"><a size=\"2147942413\">2147942414</a>"
                                            "<LastErrorCode>2149859372</LastErrorCode><HResult>80070002</HResult></Op>")),
                          &everything);
    char *items = items_text(&r.m, r.body);

    CHECK_TEXT(items, "code 0x80070005 text\ncode 0x8024402C text\ncode 0x80070002 element\n");
    g_free(items);
    end_reading(&r);
}

static void
codes_of_a_fault_are_limited(void)
{
    GString *text = g_string_new("<s:Envelope xmlns:s=\"" SOAP_11 "\"><s:Body><s:Fault><faultstring>");

    for (unsigned i = 0; i < WU_MAX_FAULT_CODES; i++)
        g_string_append_printf(text, "0x8024%04X ", 0x4000 + i);
    gsize full = text->len;
    g_string_append(text, "</faultstring></s:Fault></s:Body></s:Envelope>");
    reading r = read_with(wu_slice_of(text->str, text->len), &everything);
    CHECK_EQ(r.m.fault.codes, WU_MAX_FAULT_CODES);
    CHECK_EQ(r.m.remarks, 0);
    end_reading(&r);

    g_string_insert(text, (gssize)full, "0x80244FFF ");
    r = read_with(wu_slice_of(text->str, text->len), &everything);
    CHECK_EQ(r.m.fault.codes, WU_MAX_FAULT_CODES);
    CHECK_EQ(r.m.remarks, WU_MESSAGE_CODES);
    end_reading(&r);
    g_string_free(text, TRUE);
}

static void
joins_pieces_of_text(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_11("<s:Fault><faultcode>s:Cl<!-- x -->ient</faultcode><faultstring><![CDATA[Fault <o>]]>"
                          "</faultstring><detail><ErrorCode>In<![CDATA[valid]]>Cookie</ErrorCode></detail></s:Fault>")),
        &everything);
    const wu_fault *f = &r.m.fault;

    CHECK_SLICE(f->code.text, "s:Client");
    CHECK_SLICE(wu_slice_of(r.body.p + f->code.offset, f->code.length), "s:Cl<!-- x -->ient");
    CHECK_PART(r, f->reason[0], "Fault <o>");
    CHECK_EQ(f->reason[0].form, WU_TEXT_PLAIN);
    CHECK_SLICE(f->error_code.text, "InvalidCookie");
    CHECK_SLICE(wu_slice_of(r.body.p + f->error_code.offset, f->error_code.length), "In<![CDATA[valid]]>Cookie");
    end_reading(&r);
}

/* Escaped and plain pieces of one text become plain together. */
static void
joins_pieces_of_both_forms(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_11("<s:Fault><faultcode>x</faultcode><faultstring>a &lt; b &amp;amp; cdefghijklmnopqrst"
                          "<![CDATA[ <&amp;> ]]>&gt;&#65;<!-- --> z</faultstring></s:Fault>")),
        &everything);
    char text[64];

    wu_text_decode(r.m.fault.reason[0].text, r.m.fault.reason[0].form, WU_UTF8, text, sizeof text);
    CHECK_TEXT(text, "a < b &amp; cdefghijklmnopqrst <&amp;> >A z");
    end_reading(&r);
}

static void
knows_what_is_no_fault(void)
{
    static const char *const texts[] = { ENVELOPE_11("<Fault xmlns=\"urn:other\"><faultcode>x</faultcode></Fault>"),
                                         ENVELOPE_11("<a><s:Fault><faultcode>x</faultcode></s:Fault></a>"),
                                         ENVELOPE_11("<a/><s:Fault><faultcode>x</faultcode></s:Fault>") };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        reading r = read_with(wu_slice_text(texts[i]), &everything);
        CHECK(!r.m.is_fault);
        CHECK(!r.m.fault.code.text.p);
        end_reading(&r);
    }
}

static void
reads_faults_without_namespace(void)
{
    reading r = read_with(BYTES(ENVELOPE_11("<Fault><faultcode>x</faultcode></Fault>")), &everything);

    CHECK(r.m.is_fault);
    CHECK_PART(r, r.m.fault.code, "x");
    end_reading(&r);
}

static const char fault_text[] =
    ENVELOPE_11("<s:Fault><faultcode>s:Client</faultcode><faultstring>0x80070005</faultstring><detail>" WSUS_DETAIL
                "</detail></s:Fault>");

/* What was read before the cut is there, the fault reaches to the cut. */
static void
reads_faults_cut_at_every_byte(void)
{
    size_t begin = wu_slice_find(BYTES(fault_text), 0, "<s:Fault>"),
           end = wu_slice_find(BYTES(fault_text), 0, "</s:Body>");

    for (size_t n = 0; n < sizeof fault_text - 1; n++) {
        reading r = read_with(wu_slice_of(fault_text, n), &everything);
        CHECK_EQ(r.m.is_fault, n >= begin + strlen("<s:Fault>"));
        if (r.m.is_fault) {
            CHECK_EQ(r.m.fault.offset, begin);
            CHECK_EQ(r.m.fault.length, (n < end ? n : end) - begin);
            CHECK_EQ(r.m.fault.error_code.text.p != NULL, n >= wu_slice_find(BYTES(fault_text), 0, "<Message>"));
            CHECK_EQ(r.m.fault.codes, n >= wu_slice_find(BYTES(fault_text), 0, "<detail>"));
        }
        CHECK_EQ(r.m.remarks & WU_XML_TRUNCATED, n ? WU_XML_TRUNCATED : 0);
        end_reading(&r);
    }
}

/* ---- fields ---- */

static const char get_config_response[] = ENVELOPE_11(
    "<GetConfigResponse xmlns=\"" CLIENT_SERVICE "\"><GetConfigResult>"
    "<LastChange>2026-10-04T16:33:26.6687297Z</LastChange><IsRegistrationRequired>true</IsRegistrationRequired>"
    "<AuthInfo><AuthPlugInInfo><PlugInID>SimpleTargeting</PlugInID>"
    "<ServiceUrl>SimpleAuthWebService/SimpleAuth.asmx</ServiceUrl><Parameter/></AuthPlugInInfo></AuthInfo>"
    "<AllowedEventIds><int>147</int><int>148</int><int>182</int></AllowedEventIds>"
    "<Properties><ConfigurationProperty><Name>MaxExtendedUpdatesPerRequest</Name><Value>50</Value>"
    "</ConfigurationProperty><ConfigurationProperty><Name>PackageServerShare</Name>"
    "<Value>\\\\SRV\\UpdateServicesPackages</Value></ConfigurationProperty></Properties>"
    "</GetConfigResult></GetConfigResponse>");

static const char get_config_items[] = "config.last_change=2026-10-04T16:33:26.6687297Z\n"
                                       "config.registration_required=true\n"
                                       "auth_plugin\n"
                                       "  auth_cookie.plugin=SimpleTargeting\n"
                                       "  auth_plugin.url=SimpleAuthWebService/SimpleAuth.asmx\n"
                                       "config.event_count 3\n"
                                       "  config.event_id=147\n"
                                       "  config.event_id=148\n"
                                       "  config.event_id=182\n"
                                       "config.property\n"
                                       "  config.property.name=MaxExtendedUpdatesPerRequest\n"
                                       "  config.property.value=50\n"
                                       "config.property\n"
                                       "  config.property.name=PackageServerShare\n"
                                       "  config.property.value=\\\\SRV\\UpdateServicesPackages\n";

static void
collects_fields_of_get_config(void)
{
    check_items(BYTES(get_config_response), &everything, get_config_items);
}

/* Groups and lists reach from their start tag to the end of their end tag. */
static void
groups_cover_their_elements(void)
{
    reading r = read_with(BYTES(get_config_response), &everything);
    unsigned groups = 0;

    for (guint i = 0; i < r.m.items->len; i++) {
        const wu_item *item = &g_array_index(r.m.items, wu_item, i);
        wu_slice bytes = bytes_of_item(&r.m, r.body, item);
        if (item->text.p)
            continue;
        groups++;
        CHECK_EQ(bytes.p[0], '<');
        CHECK_EQ(bytes.p[bytes.n - 1], '>');
        CHECK(wu_slice_ends_nocase(bytes, "</AuthPlugInInfo>") || wu_slice_ends_nocase(bytes, "</AllowedEventIds>") ||
              wu_slice_ends_nocase(bytes, "</ConfigurationProperty>"));
    }
    CHECK_EQ(groups, 4);
    end_reading(&r);
}

static void
collects_fields_of_sync_updates(void)
{
    check_items(BYTES(ENVELOPE_11(
                    "<SyncUpdates xmlns=\"" CLIENT_SERVICE "\"><cookie><Expiration>2026-10-04T17:33:26Z</Expiration>"
                    "<EncryptedData>AAECAwQFBgc=</EncryptedData></cookie><parameters>"
                    "<ExpressQuery>false</ExpressQuery><InstalledNonLeafUpdateIDs><int>1</int><int>2</int>"
                    "<int>3</int></InstalledNonLeafUpdateIDs><OtherCachedUpdateIDs/>"
                    "<SkipSoftwareSync>true</SkipSoftwareSync><SystemSpec><Device><HardwareIDs>"
                    "<string>PCI\\VEN_8086&amp;DEV_100E</string></HardwareIDs><installedDriver>"
                    "<MatchingID>pci\\x</MatchingID><DriverVerDate>2020-01-02</DriverVerDate>"
                    "<DriverVerVersion>2814751477604196</DriverVerVersion></installedDriver></Device></SystemSpec>"
                    "</parameters></SyncUpdates>")),
                &everything,
                "cookie\n"
                "  cookie.expiration=2026-10-04T17:33:26Z\n"
                "  cookie.length 8\n"
                "sync.express_query=false\n"
                "sync.installed_count 3\n"
                "  sync.installed_id=1\n"
                "  sync.installed_id=2\n"
                "  sync.installed_id=3\n"
                "sync.cached_count 0\n"
                "sync.driver_pass=true\n"
                "sync.device_count 1\n"
                "  device\n"
                "    device.hardware_id=PCI\\VEN_8086&DEV_100E\n"
                "    driver\n"
                "      driver.matching_id=pci\\x\n"
                "      driver.date=2020-01-02\n"
                "      driver.version=2814751477604196\n");
}

static void
collects_pairs(void)
{
    check_items(
        BYTES(ENVELOPE_11("<SyncUpdates><DeviceAttributes>OSVersion=10.0.26100.1;Foo=Bar;;x;Id=y</DeviceAttributes>"
                          "<callerAttributes>E:Interactive=0&amp;Id=PowerShell&amp;Err=0x80240001</callerAttributes>"
                          "<CallerAttributes/></SyncUpdates>")),
        &everything,
        "attributes\n"
        "  os_version=10.0.26100.1\n"
        "  attribute=Foo=Bar\n"
        "  attribute=Id=y\n"
        "attributes\n"
        "  attribute.interactive=0\n"
        "  caller=PowerShell\n"
        "  attribute=Err=0x80240001\n"
        "  code 0x80240001 text\n");
}

/* The cloud's lists are percent-encoded, others are not. */
static void
decodes_percent_of_cloud_lists(void)
{
    check_items(BYTES(ENVELOPE_11("<SyncUpdates><DeviceAttributes>E:OSVersion=10%2e0%2E1&amp;A=%41%4&amp;B=%zz%%20%0"
                                  "</DeviceAttributes></SyncUpdates>")),
                &everything,
                "attributes\n"
                "  os_version=10.0.1\n"
                "  attribute=A=A%4\n"
                "  attribute=B=%zz% %0\n");
    check_items(BYTES(ENVELOPE_11("<SyncUpdates><DeviceAttributes>OSVersion=10%2e0;A=%41</DeviceAttributes></SyncUpdates>")),
                &everything,
                "attributes\n"
                "  os_version=10%2e0\n"
                "  attribute=A=%41\n");
}

static void
puts_versions_together(void)
{
    check_items(
        BYTES(ENVELOPE_11("<RegisterComputer><computerInfo><DnsName>pc1.example</DnsName>"
                          "<OSMajorVersion>10</OSMajorVersion><OSMinorVersion>0</OSMinorVersion>"
                          "<OSBuildNumber>26100</OSBuildNumber><OSServicePackMajorNumber>0</OSServicePackMajorNumber>"
                          "<OSServicePackMinorNumber>0</OSServicePackMinorNumber><OSLocale>en-US</OSLocale>"
                          "<ClientVersionMajorNumber>1507</ClientVersionMajorNumber>"
                          "<ClientVersionMinorNumber>2601</ClientVersionMinorNumber>"
                          "<ClientVersionBuildNumber>30012</ClientVersionBuildNumber>"
                          "<ClientVersionQfeNumber>0</ClientVersionQfeNumber></computerInfo></RegisterComputer>")),
        &everything,
        "computer\n"
        "  computer_name=pc1.example\n"
        "  os.locale=en-US\n"
        "  os_version=10.0.26100*\n"
        "  os.service_pack=0.0*\n"
        "  client_version=1507.2601.30012.0*\n");
    /* an empty part has no place in the document */
    check_items(BYTES(ENVELOPE_11("<RegisterComputer><computerInfo><OSMajorVersion>10</OSMajorVersion><OSMinorVersion/>"
                                  "</computerInfo></RegisterComputer>")),
                &everything,
                "computer\n"
                "  os_version=10*\n");
    check_items(BYTES(ENVELOPE_11("<RegisterComputer><computerInfo><OSMajorVersion/><OSMinorVersion>1</OSMinorVersion>"
                                  "</computerInfo></RegisterComputer>")),
                &everything,
                "computer\n"
                "  os_version=*\n");
}

#define CORE_FRAGMENT                                                                                                 \
    "&lt;UpdateIdentity UpdateID=\"9482f4b4-e343-43b6-b170-9a65bc822c77\" RevisionNumber=\"200\" /&gt;"               \
    "&lt;Properties UpdateType=\"Software\" /&gt;&lt;Relationships&gt;&lt;Prerequisites&gt;"                          \
    "&lt;UpdateIdentity UpdateID=\"3689bdc8-b205-4af4-8d4a-a63924c5e9d5\" /&gt;&lt;/Prerequisites&gt;"                \
    "&lt;/Relationships&gt;&lt;ApplicabilityRules&gt;&lt;IsInstalled&gt;&lt;b.RegSz Data=\"0x80240001\"/&gt;"         \
    "&lt;/IsInstalled&gt;&lt;/ApplicabilityRules&gt;"

static const char sync_updates_response[] = ENVELOPE_11(
    "<SyncUpdatesResponse xmlns=\"" CLIENT_SERVICE "\"><SyncUpdatesResult><NewUpdates><UpdateInfo><ID>17</ID>"
    "<Deployment><ID>3</ID><Action>Install</Action><IsAssigned>true</IsAssigned>"
    "<LastChangeTime>2026-10-04</LastChangeTime></Deployment><IsLeaf>true</IsLeaf><Xml>" CORE_FRAGMENT
    "</Xml></UpdateInfo></NewUpdates><OutOfScopeRevisionIDs><int>5</int></OutOfScopeRevisionIDs>"
    "<Truncated>false</Truncated><NewCookie><Expiration>2026-10-04T17:33:26Z</Expiration>"
    "<EncryptedData>AAEC</EncryptedData></NewCookie></SyncUpdatesResult></SyncUpdatesResponse>");

#define UPDATE_ITEMS                    \
    "update.count 1\n"                  \
    "  update\n"                        \
    "    update.revision_id=17\n"       \
    "    deployment\n"                  \
    "      deployment.id=3\n"           \
    "      deployment.action=Install\n" \
    "      deployment.is_assigned=true\n" \
    "      deployment.last_change=2026-10-04\n" \
    "    update.is_leaf=true\n"
#define END_ITEMS                       \
    "update.out_of_scope_count 1\n"     \
    "  update.out_of_scope_id=5\n"      \
    "sync.truncated=false\n"            \
    "cookie\n"                          \
    "  cookie.expiration=2026-10-04T17:33:26Z\n" \
    "  cookie.length 3\n"

static void
collects_fragments(void)
{
    check_items(BYTES(sync_updates_response), &everything,
                UPDATE_ITEMS
                "    update_id=9482f4b4-e343-43b6-b170-9a65bc822c77\n"
                "    revision_number=200\n"
                "    update.type=Software\n"
                "    update.prerequisite_count 1\n"
                "      update.prerequisite_id=3689bdc8-b205-4af4-8d4a-a63924c5e9d5\n" END_ITEMS);
}

static void
collects_fragments_where_asked(void)
{
    wu_message_options options = everything;

    options.fragments = WU_FRAGMENTS_TITLES; /* they are in the answers to GetExtendedUpdateInfo */
    check_items(BYTES(sync_updates_response), &options, UPDATE_ITEMS END_ITEMS);
    options.fragments = WU_FRAGMENTS_NONE;
    check_items(BYTES(sync_updates_response), &options, UPDATE_ITEMS END_ITEMS);
}

static void
leaves_out_what_is_only_drawn(void)
{
    wu_message_options options = everything;

    options.fragments = WU_FRAGMENTS_NONE;
    options.drawn = false;
    check_items(BYTES(sync_updates_response), &options,
                "update.count 1\n"
                "  update\n"
                "    update.revision_id=17\n"
                "    deployment\n"
                "      deployment.id=3\n"
                "      deployment.action=Install\n"
                "      deployment.last_change=2026-10-04\n" END_ITEMS);
}

static const char extended_response[] = ENVELOPE_11(
    "<GetExtendedUpdateInfoResponse xmlns=\"" CLIENT_SERVICE "\"><GetExtendedUpdateInfoResult><Updates><Update>"
    "<ID>17</ID><Xml>&lt;ExtendedProperties MaxDownloadSize=\"123\" Handler=\"http://x/CommandLineInstallation\"&gt;"
    "&lt;KBArticleID&gt;5012170&lt;/KBArticleID&gt;&lt;/ExtendedProperties&gt;&lt;Files&gt;"
    "&lt;File Digest=\"AAECAwQFBgcICQoLDA0ODxAREhM=\" FileName=\"a&amp;amp;b.exe\" Size=\"42\"&gt;"
    "&lt;AdditionalDigest Algorithm=\"SHA256\"&gt;AAEC&lt;/AdditionalDigest&gt;&lt;/File&gt;&lt;/Files&gt;</Xml>"
    "</Update><Update><ID>18</ID><Xml><![CDATA[<LocalizedProperties><Language>en</Language>"
    "<Title>Update &amp; more</Title></LocalizedProperties>]]></Xml></Update></Updates><FileLocations><FileLocation>"
    "<FileDigest>AAECAwQFBgcICQoLDA0ODxAREhM=</FileDigest><Url>http://wsus/Content/13/x.exe</Url></FileLocation>"
    "</FileLocations></GetExtendedUpdateInfoResult></GetExtendedUpdateInfoResponse>");

static const char extended_items[] = "update.fragment_count 2\n"
                                     "  update\n"
                                     "    update.revision_id=17\n"
                                     "    update.max_size=123\n"
                                     "    handler=http://x/CommandLineInstallation\n"
                                     "    update.kb=5012170\n"
                                     "    file\n"
                                     "      file.digest=AAECAwQFBgcICQoLDA0ODxAREhM=\n"
                                     "      file.name=a&b.exe\n"
                                     "      file.size=42\n"
                                     "      file.additional_digest=AAEC\n"
                                     "  update\n"
                                     "    update.revision_id=18\n"
                                     "    update.language=en\n"
                                     "    update.title=Update & more\n"
                                     "file.location_count 1\n"
                                     "  file\n"
                                     "    file.digest=AAECAwQFBgcICQoLDA0ODxAREhM=\n"
                                     "    file.url=http://wsus/Content/13/x.exe\n";

static void
collects_titles_and_files(void)
{
    wu_message_options options = everything;

    check_items(BYTES(extended_response), &everything, extended_items);
    options.fragments = WU_FRAGMENTS_TITLES;
    check_items(BYTES(extended_response), &options, extended_items);
}

/* Items of fragments point into the unescaped fragments, one behind the other. */
static void
fragments_are_kept(void)
{
    reading r = read_with(BYTES(extended_response), &everything);
    wu_slice fragments = wu_slice_of(r.m.fragments->data, r.m.fragments->len);

    CHECK_SLICE(fragments,
                "<ExtendedProperties MaxDownloadSize=\"123\" Handler=\"http://x/CommandLineInstallation\"><KBArticleID>"
                "5012170</KBArticleID></ExtendedProperties><Files><File Digest=\"AAECAwQFBgcICQoLDA0ODxAREhM=\" "
                "FileName=\"a&amp;b.exe\" Size=\"42\"><AdditionalDigest Algorithm=\"SHA256\">AAEC</AdditionalDigest>"
                "</File></Files>\n<LocalizedProperties><Language>en</Language><Title>Update &amp; more</Title>"
                "</LocalizedProperties>\n");
    for (guint i = 0; i < r.m.items->len; i++) {
        const wu_item *item = &g_array_index(r.m.items, wu_item, i);
        bool inside = item->text.p >= fragments.p && item->text.p < fragments.p + fragments.n;
        if (item->text.p)
            CHECK_EQ(inside, item->source == WU_IN_FRAGMENTS);
        if (item->field == WU_F_UPDATE_TITLE)
            CHECK_SLICE(bytes_of_item(&r.m, r.body, item), "Update &amp; more");
        if (item->field == WU_F_UPDATE_KB)
            CHECK_SLICE(bytes_of_item(&r.m, r.body, item), "5012170");
    }
    end_reading(&r);
}

static void
broken_fragments_are_remarked_on(void)
{
    reading r = read_with(
        BYTES(ENVELOPE_11("<GetExtendedUpdateInfoResponse><Updates><Update><Xml>&lt;Title&gt;x&lt;/Title&gt;&lt;a&gt;"
                          "</Xml></Update></Updates></GetExtendedUpdateInfoResponse>")),
        &everything);
    char *items = items_text(&r.m, r.body);

    CHECK_TEXT(items, "update.fragment_count 1\n  update\n    update.title=x\n");
    CHECK_EQ(r.m.remarks, WU_XML_TRUNCATED);
    g_free(items);
    end_reading(&r);
}

static const char report[] = ENVELOPE_11(
    "<ReportEventBatch xmlns=\"" WSUS "\"><clientTime>2026-10-04T16:33:26Z</clientTime><eventBatch><ReportingEvent>"
    "<BasicData><TargetID><Sid>3da21691-e39d-4da6-8a4b-b43877bcb1b7</Sid></TargetID><NamespaceID>1</NamespaceID>"
    "<EventID>182</EventID><SourceID>101</SourceID><UpdateID><UpdateID>9482f4b4-e343-43b6-b170-9a65bc822c77</UpdateID>"
    "<RevisionNumber>200</RevisionNumber></UpdateID><Win32HResult>-2145099769</Win32HResult></BasicData>"
    "<ExtendedData><ReplacementStrings><string>0x80246008</string><string>A title</string></ReplacementStrings>"
    "<MiscData><string>B=918944</string><string>F=-2145107924</string><string>zz=1</string></MiscData>"
    "<OSVersion><Major>10</Major><Minor>0</Minor><Build>26100</Build><Revision>0</Revision></OSVersion></ExtendedData>"
    "<PrivateData><ComputerDnsName>pc1.example</ComputerDnsName><UserAccountName/></PrivateData></ReportingEvent>"
    "<ReportingEvent><BasicData><EventID>201</EventID><Win32HResult>2359301</Win32HResult></BasicData></ReportingEvent>"
    "<ReportingEvent><BasicData><EventID>9999</EventID><Win32HResult>-2147024891</Win32HResult></BasicData>"
    "</ReportingEvent><ReportingEvent><BasicData><EventID>183</EventID><Win32Hresult>0</Win32Hresult></BasicData>"
    "</ReportingEvent><ReportingEvent/></eventBatch></ReportEventBatch>");

static void
collects_reports(void)
{
    check_items(BYTES(report), &everything,
                "client_time=2026-10-04T16:33:26Z\n"
                "report.event_count 5\n"
                "  event\n"
                "    client_id=3da21691-e39d-4da6-8a4b-b43877bcb1b7\n"
                "    event.namespace=1\n"
                "    event.id=182\n"
                "    event.source=101\n"
                "    update_id=9482f4b4-e343-43b6-b170-9a65bc822c77\n"
                "    revision_number=200\n"
                "    code 0x80246007 report\n"
                "    event.string=0x80246008\n"
                "      code 0x80246008 report\n"
                "    event.string=A title\n"
                "    event.misc=B=918944\n"
                "      event.misc_meaning=Bytes*\n"
                "    event.misc=F=-2145107924\n"
                "      event.misc_meaning=Last error*\n"
                "      code 0x8024402C report\n"
                "    event.misc=zz=1\n"
                "    os_version=10.0.26100.0*\n"
                "    computer_name=pc1.example\n"
                "    event.outcome 2*\n"
                "    event.class=install*\n"
                "  event\n"
                "    event.id=201\n"
                "    code 0x00240005 report\n"
                "    event.outcome 0*\n"
                "    event.class=install*\n"
                "  event\n"
                "    event.id=9999\n"
                "    code 0x80070005 report\n"
                "    event.outcome 2*\n"
                "  event\n"
                "    event.id=183\n"
                "    code 0x00000000 report\n"
                "    event.outcome 1*\n"
                "    event.class=install*\n"
                "  event\n"
                "    event.outcome 0*\n");
}

static void
codes_of_reports_know_their_places(void)
{
    static const char *const expected[] = { "-2145099769", "0x80246008", "-2145107924", "2359301", "-2147024891", "0" };
    reading r = read_with(BYTES(report), &everything);
    unsigned n = 0;

    for (guint i = 0; i < r.m.items->len; i++) {
        const wu_item *item = &g_array_index(r.m.items, wu_item, i);
        if (item->field == WU_ITEM_CODE && n < sizeof expected / sizeof *expected)
            CHECK_SLICE(bytes_of_item(&r.m, r.body, item), expected[n++]);
    }
    CHECK_EQ(n, 6);
    end_reading(&r);
}

static void
finds_codes_in_unknown_elements(void)
{
    check_items(BYTES(ENVELOPE_11(
                    "<Foo xmlns=\"" CLIENT_SERVICE "\"><Bar>failed with 0x8024402C</Bar><LastHResult>-2145107934"
                    "</LastHResult><hr>0x80240001</hr><Baz>0x8024402C and WU_E_NO_SERVICE</Baz><Hr>x</Hr></Foo>")),
                &everything,
                "code 0x8024402C text\n"
                "code 0x80244022 element\n"
                "code 0x80240001 element\n"
                "code 0x8024402C text\n"
                "code 0x80240001 text\n");
}

/* ---- options and limits ---- */

static void
lists_are_limited(void)
{
    wu_message_options options = everything;
    static const char text[] =
        ENVELOPE_11("<SyncUpdates><InstalledNonLeafUpdateIDs><int>1</int><int>2</int><int>3</int>"
                    "</InstalledNonLeafUpdateIDs><CachedDriverIDs><int>4</int></CachedDriverIDs></SyncUpdates>");

    options.list_limit = 2;
    check_items(BYTES(text), &options, "sync.installed_count 3\n  sync.installed_id=1\n  sync.installed_id=2\n"
                                       "sync.driver_count 1\n  sync.driver_id=4\n");
    options.list_limit = 0;
    check_items(BYTES(text), &options, "sync.installed_count 3\nsync.driver_count 1\n");
}

static void
check_many_items(unsigned ids, unsigned items, unsigned remarks)
{
    wu_message_options options = everything;
    GString *text = g_string_new("<s:Envelope xmlns:s=\"" SOAP_11 "\"><s:Body><GetConfigResponse><AllowedEventIds>");

    options.list_limit = 1000000;
    for (unsigned i = 0; i < ids; i++)
        g_string_append_printf(text, "<int>%u</int>", i);
    g_string_append(text, "</AllowedEventIds></GetConfigResponse></s:Body></s:Envelope>");
    reading r = read_with(wu_slice_of(text->str, text->len), &options);
    CHECK_EQ(r.m.items->len, items);
    CHECK_EQ(r.m.remarks, remarks);
    CHECK_EQ(g_array_index(r.m.items, wu_item, 0).number, ids);
    end_reading(&r);
    g_string_free(text, TRUE);
}

static void
items_are_limited(void)
{
    check_many_items(WU_MAX_ITEMS - 1, WU_MAX_ITEMS, 0);
    check_many_items(WU_MAX_ITEMS, WU_MAX_ITEMS, WU_MESSAGE_ITEMS);
    check_many_items(50000, WU_MAX_ITEMS, WU_MESSAGE_ITEMS);
}

#define TICKETS                                                                                                        \
    "<o:Security xmlns:o=\"o\"><wuws:WindowsUpdateTicketsToken xmlns:wuws=\"w\"><TicketType Name=\"MSA\" "             \
    "Version=\"1.0\"><User>AAEC</User>"                                                                                \
    "</TicketType><TicketType "                                                                                        \
    "Name=\"AAD\"><Device>AAECAwQ=</Device></TicketType></wuws:WindowsUpdateTicketsToken></o:Security>"

static void
tickets_have_lengths_only(void)
{
    check_items(BYTES(ENVELOPE_12(TICKETS, "<GetConfig><protocolVersion>2.50</protocolVersion></GetConfig>")),
                &everything,
                "ticket\n"
                "  user_ticket.type=MSA\n"
                "  user_ticket 3\n"
                "ticket\n"
                "  user_ticket.type=AAD\n"
                "  user_ticket 5\n"
                "protocol_version=2.50\n");
}

static void
without_fields_there_are_none(void)
{
    wu_message_options options = { .list_limit = 100 };
    reading r = read_with(BYTES(get_config_response), &options);

    CHECK_EQ(r.m.version, WU_SOAP_1_1);
    CHECK_SLICE(r.m.operation, "GetConfigResponse");
    CHECK_SLICE(r.m.operation_namespace, CLIENT_SERVICE);
    CHECK_EQ(r.m.items->len, 0);
    CHECK(!r.m.fragments);
    end_reading(&r);

    r = read_with(BYTES(fault_text), &options);
    CHECK(r.m.is_fault);
    CHECK_PART(r, r.m.fault.error_code, "InvalidParameters");
    CHECK_EQ(r.m.fault.codes, 1);
    end_reading(&r);
}

static void
without_fields_there_are_no_tickets(void)
{
    wu_message_options options = { .list_limit = 100 };

    check_items(BYTES(ENVELOPE_12(TICKETS, "<GetConfig/>")), &options, "");
}

static void
charsets_are_remembered(void)
{
    reading r = read_with(BYTES("<?xml version='1.0' encoding='iso-8859-1'?>" ENVELOPE_11(
                              "<RegisterComputer><DnsName>\xE9</DnsName></RegisterComputer>")),
                          &everything);
    char *items = items_text(&r.m, r.body);

    CHECK_EQ(r.m.charset, WU_LATIN1);
    CHECK_TEXT(items, "computer_name=\xC3\xA9\n");
    g_free(items);
    end_reading(&r);
}

static void
reads_deep_documents(void)
{
    GString *text = g_string_new("<s:Envelope xmlns:s=\"" SOAP_11 "\"><s:Body><SyncUpdates>");
    unsigned levels = 300;

    for (unsigned i = 0; i < levels; i++)
        g_string_append(text, "<Device>");
    for (unsigned i = 0; i < levels; i++)
        g_string_append(text, "</Device>");
    g_string_append(text, "<ExpressQuery>true</ExpressQuery></SyncUpdates></s:Body></s:Envelope>");
    reading r = read_with(wu_slice_of(text->str, text->len), &everything);
    char *items = items_text(&r.m, r.body);
    CHECK(g_str_has_prefix(items, "device\n  device\n    device\n"));
    CHECK(g_str_has_suffix(items, "\nsync.express_query=true\n"));
    CHECK_EQ(r.m.remarks, WU_XML_TOO_DEEP);
    g_free(items);
    end_reading(&r);
    g_string_free(text, TRUE);
}

static void
check_cut(const char *text, size_t n, guint items)
{
    reading r = read_with(wu_slice_of(text, n), &everything);

    g_free(items_text(&r.m, r.body));
    CHECK(r.m.items->len <= items);
    CHECK(!r.m.fragments || r.m.fragments->len <= n);
    if (r.m.version != WU_SOAP_NONE && n < strlen(text))
        CHECK(r.m.remarks & WU_XML_TRUNCATED);
    end_reading(&r);
}

static void
reads_messages_cut_at_every_byte(void)
{
    static const char *const texts[] = { get_config_response, sync_updates_response, extended_response, report };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        reading r = read_with(wu_slice_text(texts[i]), &everything);
        guint items = r.m.items->len;
        end_reading(&r);
        for (size_t n = 0; n <= strlen(texts[i]); n++)
            check_cut(texts[i], n, items);
    }
}

/* Lists have counts, and versions are put together, although the document ends before them. */
static void
cut_lists_have_counts(void)
{
    check_items(BYTES("<s:Envelope xmlns:s=\"" SOAP_11
                      "\"><s:Body><SyncUpdates><InstalledNonLeafUpdateIDs><int>1</int><int>2</int><int>3"),
                &everything, "sync.installed_count 3\n  sync.installed_id=1\n  sync.installed_id=2\n");
    check_items(BYTES("<s:Envelope xmlns:s=\"" SOAP_11
                      "\"><s:Body><RegisterComputer><computerInfo><OSMajorVersion>10</OSMajorVersion>"
                      "<OSMinorVersion>0</OSMinorVersion><OSB"),
                &everything, "computer\n  os_version=10.0*\n");
}

/* ---- binary ---- */

static const wu_message_options binary = {
    .binary = true, .fields = true, .fragments = WU_FRAGMENTS_ALL, .list_limit = 100
};

static reading
read_binary(const char *notation, const wu_message_options *options)
{
    GByteArray *bytes = bytes_of(notation);
    reading r = read_with(wu_slice_of(bytes->data, bytes->len), options);

    g_byte_array_free(bytes, TRUE);
    return r;
}

/* Envelope of SOAP 1.2 and addressing, as the encoders of .NET and Mono begin it. */
#define BINARY_START "56 02 0B 01 's' 04 0B 01 'a' 06 56 08 44 0A 1E 00 82 99 03 'act' 01 56 0E "

static void
reads_binary_faults(void)
{
    reading r = read_binary(BINARY_START
                            "56 86 01 56 8E 01 56 9A 01 99 08 's:Sender' 56 9C 01 56 9A 01 99 05 'a:Sub' 01 01 "
                            "56 90 01 56 92 01 05 03 'xml' 04 'lang' 98 02 'en' 99 0A '0x80070005' 01 56 98 01 "
                            "40 09 'ErrorCode' 99 0D 'InvalidCookie' 40 0C 'Win32HResult' 8D 2C 40 24 80 01 01 01 01",
                            &binary);
    const wu_fault *f = &r.m.fault;

    CHECK_EQ(r.m.version, WU_SOAP_1_2);
    CHECK(r.m.is_fault);
    CHECK(r.m.binary);
    CHECK_SLICE(r.m.action.text, "act");
    CHECK_SLICE(f->code.text, "s:Sender");
    CHECK_EQ(f->code.form, WU_TEXT_PLAIN);
    CHECK_SLICE(wu_slice_of(r.body.p + f->code.offset, f->code.length), "\x99\x08s:Sender");
    CHECK_EQ(f->subcodes, 1);
    CHECK_SLICE(f->subcode[0].text, "a:Sub");
    CHECK_EQ(f->reasons, 1);
    CHECK_SLICE(f->reason[0].text, "0x80070005");
    CHECK_SLICE(f->language[0].text, "en");
    CHECK_SLICE(f->error_code.text, "InvalidCookie");
    CHECK_EQ(f->codes, 2);
    CHECK_EQ(f->found[0].code, 0x80070005u);
    CHECK_EQ(f->found[1].code, 0x8024402cu);
    CHECK_SLICE(wu_slice_of(r.body.p + f->found[1].offset, f->found[1].length), "\x8D\x2C\x40\x24\x80");
    CHECK_SLICE(wu_slice_of(r.body.p + f->offset, 3), "\x56\x86\x01");
    CHECK_EQ(f->offset + f->length, r.body.n - 2);
    CHECK_EQ(r.m.remarks, 0);
    end_reading(&r);
}

static void
collects_binary_fields(void)
{
    reading r =
        read_binary(BINARY_START "40 11 'GetConfigResponse' 08 03 'urn' 40 0A 'LastChange' 97 00 40 8E F9 5B 47 C8 48 "
                                 "40 16 'IsRegistrationRequired' 87 40 0F 'AllowedEventIds' 03 40 03 'int' 01 8D 02 "
                                 "93 00 00 00 B6 00 00 00 01 40 0D 'EncryptedData' 9F 03 01 02 03 01 01 01",
                    &binary);
    char *items = items_text(&r.m, r.body);

    CHECK_SLICE(r.m.operation, "GetConfigResponse");
    CHECK_SLICE(r.m.operation_namespace, "urn");
    CHECK_TEXT(items, "config.last_change=2006-05-17T00:00:00Z\n"
                      "config.registration_required=true\n"
                      "config.event_count 2\n"
                      "  config.event_id=147\n"
                      "  config.event_id=182\n"
                      "cookie.length 3\n");
    CHECK_EQ(r.m.remarks, 0);
    g_free(items);
    end_reading(&r);
}

/* A byte array is opaque data as it is, of any length, although its base64 is cut at WU_NBFX_MAX_BASE64. */
static void
measures_binary_data(void)
{
    GByteArray *bytes = bytes_of(BINARY_START "40 09 'GetCookie' 40 0D 'EncryptedData' A3 40 1F 00 00");

    g_byte_array_set_size(bytes, bytes->len + 8000);
    memset(bytes->data + bytes->len - 8000, 7, 8000);
    g_byte_array_append(bytes, (const guint8 *)"\1\1\1", 3);
    reading r = read_with(wu_slice_of(bytes->data, bytes->len), &binary);
    CHECK_EQ(r.m.items->len, 1);
    CHECK_EQ(g_array_index(r.m.items, wu_item, 0).number, 8000);
    end_reading(&r);
    g_byte_array_free(bytes, TRUE);
}

static void
collects_binary_fragments(void)
{
    reading r = read_binary(BINARY_START
                            "40 1D 'GetExtendedUpdateInfoResponse' 40 07 'Updates' 40 06 'Update' 40 03 'Xml' 99 1E "
                            "'<Title>A &amp; B</Title><More>' 01 01 01 01 01",
                            &binary);
    char *items = items_text(&r.m, r.body);

    CHECK_TEXT(items, "update.fragment_count 1\n  update\n    update.title=A & B\n");
    CHECK_SLICE(wu_slice_of(r.m.fragments->data, r.m.fragments->len), "<Title>A &amp; B</Title><More>\n");
    g_free(items);
    end_reading(&r);
}

static void
reads_sessions(void)
{
    wu_message_options options = binary;

    options.session = true;
    reading r = read_binary("04 03 'foo' " BINARY_START "42 01 01 01 01", &options);
    CHECK_EQ(r.m.version, WU_SOAP_1_2);
    CHECK_SLICE(r.m.operation, "[session 1]");
    CHECK_EQ(r.m.remarks, WU_XML_SESSION);
    end_reading(&r);
}

static void
reads_binary_messages_cut_at_every_byte(void)
{
    GByteArray *bytes =
        bytes_of(BINARY_START "40 11 'GetConfigResponse' 08 03 'urn' 40 0F 'AllowedEventIds' 03 40 03 'int' 01 8D 02 "
                              "93 00 00 00 B6 00 00 00 01 40 03 'Xml' B7 02 'x' 00 01 01 01");

    for (guint n = 0; n < bytes->len; n++) {
        reading r = read_with(wu_slice_of(bytes->data, n), &binary);
        g_free(items_text(&r.m, r.body));
        if (r.m.version != WU_SOAP_NONE)
            CHECK_EQ(r.m.remarks, WU_XML_TRUNCATED);
        end_reading(&r);
    }
    g_byte_array_free(bytes, TRUE);
}

/* ---- a first look ---- */

static void
is_worth_reading(void)
{
    CHECK(wu_message_worth_reading(BYTES(ENVELOPE_11("<GetConfig xmlns=\"" CLIENT_SERVICE "\"/>"))));
    CHECK(wu_message_worth_reading(BYTES(ENVELOPE_11("<s:Fault/>"))));
    CHECK(wu_message_worth_reading(
        BYTES("<?xml version='1.0'?><!-- c --><Envelope xmlns='" SOAP_12 "'><Body><Fault/></Body></Envelope>")));
}

static void
is_not_worth_reading(void)
{
    CHECK(!wu_message_worth_reading(BYTES("<html>Fault</html>")));
    CHECK(!wu_message_worth_reading(BYTES(ENVELOPE_11("<GetWeather xmlns=\"urn:weather\"/>"))));
    CHECK(!wu_message_worth_reading(BYTES("")));
    CHECK(!wu_message_worth_reading((wu_slice){ NULL, 0 }));
}

/* "Never misses one" (message.h): not where much stands before the root element, and not where a prefix is quoted. */
static void
no_message_is_missed(void)
{
    GString *text = g_string_new("<?xml version='1.0'?><!-- ");

    for (unsigned i = 0; i < 200; i++)
        g_string_append(text, "comment ");
    g_string_append(text, "-->" ENVELOPE_11("<s:Fault><faultcode>x</faultcode></s:Fault>"));
    reading r = read_with(wu_slice_of(text->str, text->len), &everything);
    CHECK(r.m.is_fault);
    CHECK(wu_message_worth_reading(r.body));
    end_reading(&r);
    g_string_free(text, TRUE);
    r = read_with(BYTES("<?xml version='1.0' <a><b>?>" ENVELOPE_11("<s:Fault/>")), &everything);
    CHECK(r.m.is_fault);
    CHECK(wu_message_worth_reading(r.body));
    end_reading(&r);
}

/* ---- elements that come again ---- */

/* The same document, read element by element: a blank in each start tag keeps the reader from taking any as a whole. */
static GString *
with_blanks(const char *text)
{
    GString *out = g_string_new(NULL);
    bool start_tag = false;

    for (const char *p = text; *p; p++) {
        if (*p == '<')
            start_tag = p[1] != '/';
        if (*p == '>' && start_tag)
            g_string_append_c(out, ' ');
        g_string_append_c(out, *p);
    }
    return out;
}

static void
append_update(GString *out, unsigned *chance)
{
    static const char *const actions[] = { "Install", "Block", "Evaluate", "", "Uninstall", "Bundle" };
    static const char *const odd[] = { "", "<Odd>x</Odd>", "<Odd>error 0x80240022</Odd>", "<b:HResult>-2145124318</b:HResult>",
                                       "<IsLeaf>error 0x80244022</IsLeaf>", "<Odd><Odd>y</Odd></Odd>", "<Odd/>", "\n  " };
    unsigned c = *chance = *chance * 1103515245u + 12345u;

    g_string_append_printf(out, "<UpdateInfo><ID>%u</ID><Deployment><ID>%u</ID><Action>%s</Action>%s<IsAssigned>%s</IsAssigned>",
                           c >> 20, c >> 25, actions[(c >> 8) % 6], odd[(c >> 11) % 8], c >> 16 & 1 ? "true" : " false ");
    g_string_append_printf(out, "<LastChangeTime>2026-03-%02u</LastChangeTime><AutoSelect>%u</AutoSelect></Deployment>%s", (c >> 17) % 9 + 1,
                           (c >> 9) % 3, odd[(c >> 13) % 8]);
    g_string_append(out, "<SystemSpec><Truncated>true</Truncated><IsShared>false</IsShared></SystemSpec>"); /* a list that is counted */
    g_string_append_printf(out, "<IsLeaf>true</IsLeaf><Xml>&lt;T%u&gt;&lt;Title&gt;t&lt;/Title&gt;&lt;Title&gt;t&lt;/Title&gt;&lt;/T%u&gt;</Xml>"
                           "</UpdateInfo>", c >> 28, c >> 28);
    if (c >> 30 == 3) /* on another level */
        g_string_append(out, "<Deployment><ID>7</ID><Action>Install</Action><IsAssigned>true</IsAssigned></Deployment>");
}

/* What is told of the first and last item of each field; and that texts stand where they are said to stand, not where they stood
 * the last time. */
static void
check_places(const wu_message *m, wu_slice body)
{
    for (guint i = 0; i < m->items->len; i++) {
        const wu_item *item = &g_array_index(m->items, wu_item, i);
        unsigned field = item->field;
        if (field == WU_ITEM_CODE)
            continue;
        if (item->text.p && !item->made) {
            const uint8_t *place = (item->source == WU_IN_BODY ? body.p : m->fragments->data) + item->offset;
            CHECK(item->text.p >= place && item->text.p + item->text.n <= place + item->length);
        }
        CHECK(wu_message_has(m, field) && m->first[field] <= i && i <= m->last[field]);
        CHECK_EQ(g_array_index(m->items, wu_item, m->first[field]).field, field);
        CHECK_EQ(g_array_index(m->items, wu_item, m->last[field]).field, field);
    }
}

/* Runs of them are taken over as they were read before, wherever that makes no difference. */
static void
takes_over_what_comes_again(void)
{
    for (unsigned seed = 0; seed < 60; seed++) {
        GString *text = g_string_new("<s:Envelope xmlns:s=\"" SOAP_11 "\"><s:Body><SyncUpdatesResponse xmlns=\"" CLIENT_SERVICE
                                     "\"><SyncUpdatesResult><NewUpdates>");
        unsigned chance = seed;
        for (unsigned i = 0; i < 40; i++)
            append_update(text, &chance);
        g_string_append(text, "</NewUpdates><Truncated>false</Truncated></SyncUpdatesResult></SyncUpdatesResponse></s:Body></s:Envelope>");
        GString *blanks = with_blanks(text->str);
        wu_message_options options = everything;
        options.drawn = seed % 2;
        reading whole = read_with(wu_slice_of(text->str, text->len), &options);
        reading single = read_with(wu_slice_of(blanks->str, blanks->len), &options);
        char *items = items_text(&whole.m, whole.body), *expected = items_text(&single.m, single.body);
        CHECK(whole.m.items->len > (options.drawn ? 300 : 200));
        CHECK_TEXT(items, expected);
        check_places(&whole.m, whole.body);
        g_free(items);
        g_free(expected);
        end_reading(&whole);
        end_reading(&single);
        g_string_free(text, TRUE);
        g_string_free(blanks, TRUE);
    }
}

const unit_case unit_message_cases[] = {
    { "message: reads envelopes", reads_envelopes },
    { "message: refuses what is no envelope", refuses_what_is_no_envelope },
    { "message: nothing behind the envelope counts", nothing_behind_the_envelope_counts },
    { "message: knows where the operation is", knows_where_the_operation_is },
    { "message: splits operations", splits_operations },
    { "message: reads addressing", reads_addressing },
    { "message: reads faults of the client service", reads_faults_of_the_client_service },
    { "message: reads faults of ASMX", reads_faults_of_asmx },
    { "message: reads unhandled faults of ASMX", reads_unhandled_faults_of_asmx },
    { "message: reads faults of WCF", reads_faults_of_wcf },
    { "message: counts exceptions", counts_exceptions },
    { "message: exceptions are limited", exceptions_are_limited },
    { "message: reads faults of SOAP 1.2", reads_faults_of_soap_12 },
    { "message: reads detail in both spellings", reads_detail_in_both_spellings },
    { "message: subcodes and reasons are limited", subcodes_and_reasons_are_limited },
    { "message: reads faults of the administration", reads_faults_of_the_administration },
    { "message: reads typed details", reads_typed_details },
    { "message: names introduce codes", names_introduce_codes },
    { "message: names introduce codes of fields", names_introduce_codes_of_fields },
    { "message: reads codes in details", reads_codes_in_details },
    { "message: codes of a fault are limited", codes_of_a_fault_are_limited },
    { "message: joins pieces of text", joins_pieces_of_text },
    { "message: joins pieces of both forms", joins_pieces_of_both_forms },
    { "message: knows what is no fault", knows_what_is_no_fault },
    { "message: reads faults without namespace", reads_faults_without_namespace },
    { "message: reads faults cut at every byte", reads_faults_cut_at_every_byte },
    { "message: collects fields of GetConfig", collects_fields_of_get_config },
    { "message: groups cover their elements", groups_cover_their_elements },
    { "message: collects fields of SyncUpdates", collects_fields_of_sync_updates },
    { "message: collects pairs", collects_pairs },
    { "message: decodes percent signs of cloud lists", decodes_percent_of_cloud_lists },
    { "message: puts versions together", puts_versions_together },
    { "message: collects fragments", collects_fragments },
    { "message: collects fragments where asked", collects_fragments_where_asked },
    { "message: leaves out what is only drawn", leaves_out_what_is_only_drawn },
    { "message: collects titles and files", collects_titles_and_files },
    { "message: fragments are kept", fragments_are_kept },
    { "message: broken fragments are remarked on", broken_fragments_are_remarked_on },
    { "message: collects reports", collects_reports },
    { "message: codes of reports know their places", codes_of_reports_know_their_places },
    { "message: finds codes in unknown elements", finds_codes_in_unknown_elements },
    { "message: lists are limited", lists_are_limited },
    { "message: items are limited", items_are_limited },
    { "message: tickets have lengths only", tickets_have_lengths_only },
    { "message: without fields there are none", without_fields_there_are_none },
    { "message: without fields there are no tickets", without_fields_there_are_no_tickets },
    { "message: charsets are remembered", charsets_are_remembered },
    { "message: reads deep documents", reads_deep_documents },
    { "message: reads messages cut at every byte", reads_messages_cut_at_every_byte },
    { "message: cut lists have counts", cut_lists_have_counts },
    { "message: reads binary faults", reads_binary_faults },
    { "message: collects binary fields", collects_binary_fields },
    { "message: measures binary data", measures_binary_data },
    { "message: collects binary fragments", collects_binary_fragments },
    { "message: reads sessions", reads_sessions },
    { "message: reads binary messages cut at every byte", reads_binary_messages_cut_at_every_byte },
    { "message: is worth reading", is_worth_reading },
    { "message: is not worth reading", is_not_worth_reading },
    { "message: no message is missed", no_message_is_missed },
    { "message: takes over what comes again", takes_over_what_comes_again },
    { NULL, NULL }
};
