/* findings.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "findings.h"

#include "wusp.h"

typedef struct {
    const wu_finding_context *context;
    wu_finding *out;
    size_t n, max;
    wu_slice digest; /* of the file whose location is being read */
    bool metadata;   /* the message holds update metadata */
    const wu_item *update;              /* that is being read, NULL: none */
    const wu_item *revision, *deployment, *change; /* its id, and id and date of its deployment, NULL: none */
    bool flags;                         /* of its deployment */
    int64_t next_revision_id, next_deployment_id; /* that would follow an update numbered 201 */
    unsigned revision_item, tool_updates, likely_updates, tool_item;
    bool always;                        /* one of the likely updates is always installable */
} search;

static void
add(search *s, enum wu_finding_kind kind, unsigned item)
{
    if (s->n < s->max)
        s->out[s->n++] = (wu_finding){ kind, item };
}

/* Of an item that may stand before those of the last findings. */
static void
add_in_order(search *s, enum wu_finding_kind kind, unsigned item)
{
    size_t place = s->n;

    add(s, kind, item);
    for (; place > 0 && place < s->n && s->out[place - 1].item > item; place--) {
        wu_finding last = s->out[place - 1];
        s->out[place - 1] = s->out[place];
        s->out[place] = last;
    }
}

/* ---- report events ---- */

/* The key that the vulnerable code reads, with a mark of a .NET serializer behind it. Either alone is no finding. */
static bool
has_marks(wu_slice text)
{
    static const char *const marks[] = { "schemas.microsoft.com/clr/", "SOAP-ENC:Array", "encodingStyle",
                                         "AAEAAAD/////" };

    if (wu_slice_find(text, 0, "SynchronizationUpdateErrorsKey=") == text.n)
        return false;
    for (unsigned i = 0; i < sizeof marks / sizeof *marks; i++)
        if (wu_slice_find(text, 0, marks[i]) < text.n)
            return true;
    return false;
}

/* Character references read the same to the server as what they stand for. */
static bool
is_serialized(const wu_item *item)
{
    if (item->form != WU_TEXT_ESCAPED || wu_slice_find_byte(item->text, 0, '&') == item->text.n)
        return has_marks(item->text);
    uint8_t *plain = g_malloc(item->text.n);
    bool found = has_marks(wu_slice_of(plain, wu_text_unescape(item->text, plain)));
    g_free(plain);
    return found;
}

/* ---- files ---- */

static wu_slice
host_of_url(wu_slice url)
{
    size_t from = wu_slice_find(url, 0, "://");

    if (from == url.n)
        return wu_slice_of(url.p, 0);
    wu_slice host = wu_slice_from(url, from + 3);
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '/' || host.p[i] == '?' || host.p[i] == '#' || host.p[i] == '\\')
            host.n = i;
    for (size_t i = host.n; i > 0; i--)
        if (host.p[i - 1] == '@') /* user information in front */
            return wu_slice_from(host, i);
    return host;
}

static wu_slice
without_port(wu_slice host)
{
    if (!host.n || host.p[0] != '[')
        host.n = wu_slice_find_byte(host, 0, ':');
    return host;
}

static bool
same_host(wu_slice a, wu_slice b)
{
    return a.n == b.n && wu_nocase_equal(a.p, b.p, a.n);
}

bool
wu_is_microsoft_host(wu_slice host)
{
    static const char *const domains[] = { ".microsoft.com", ".windowsupdate.com", ".windows.com", ".msftconnecttest.com" };

    host = without_port(host);
    for (unsigned i = 0; i < sizeof domains / sizeof *domains; i++)
        if (wu_slice_ends_nocase(host, domains[i]))
            return true;
    return false;
}

/* A server may leave the files to Microsoft's delivery network. */
static bool
is_foreign(wu_slice url, wu_slice server)
{
    wu_slice host = without_port(host_of_url(url));

    server = without_port(server);
    return host.n && server.n && !wu_is_microsoft_host(server) && !same_host(host, server) && !wu_is_microsoft_host(host);
}

/* The digest in a content path against the one in front of the URL, which is base64. */
static bool
differs(wu_slice url, wu_slice digest)
{
    wu_slice hex = wu_content_digest(url);
    uint8_t bytes[20];

    if (!hex.n || wu_text_base64(digest, bytes, sizeof bytes) != sizeof bytes || wu_text_base64_length(digest) != 20)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        if (wu_hex_digit(hex.p[2 * i]) * 16 + wu_hex_digit(hex.p[2 * i + 1]) != bytes[i])
            return true;
    return false;
}

/* WSUS has all its files below /Content, by their digest; what is on other hosts is told of them. */
static bool
is_outside(wu_slice url, wu_slice server)
{
    wu_slice host = without_port(host_of_url(url));

    server = without_port(server);
    return host.n && same_host(host, server) && !wu_is_microsoft_host(server) && !wu_content_digest(url).n;
}

/* ---- ids ---- */

#define UPDATE_BEGIN 4096u /* bytes of an update that are searched: identity and rules stand at its beginning */

static bool
says(wu_slice update, const char *text)
{
    return wu_slice_find(update, 0, text) < update.n;
}

/* What the fragment of an update says, which is not read without a tree: escaped as text, with quotes as they are or escaped. */
static wu_slice
text_of_update(const search *s)
{
    const wu_item *update = s->update;
    wu_slice body = s->context->body;

    if (!update || update->source != WU_IN_BODY || update->offset > body.n || update->length > body.n - update->offset)
        return wu_slice_of(NULL, 0);
    return wu_slice_of(body.p + update->offset, update->length < UPDATE_BEGIN ? update->length : UPDATE_BEGIN);
}

static bool
is_numbered(wu_slice update, const char *plain, const char *escaped)
{
    return says(update, plain) || says(update, escaped);
}

static int64_t
number_of(const wu_item *item)
{
    int64_t number;

    return item && wu_slice_int64(item->text, &number) ? number : 0;
}

static bool
has_time(const wu_item *item)
{
    size_t t = item ? wu_slice_find_byte(item->text, 0, 'T') : 0;

    return item && t < item->text.n && !wu_slice_begins_nocase(wu_slice_from(item->text, t), "T00:00:00");
}

/* PyWSUS gives revision ids from 900000 to 999999 and the revision number 204; one version sends flags and a date with its time, which
 * WSUS does not, others updates that are never installed and always installable. */
static bool
is_of_pywsus(int64_t revision)
{
    return revision >= 900000 && revision <= 999999;
}

static void
look_for_pywsus(search *s, wu_slice text)
{
    if (s->flags && has_time(s->change) && !s->tool_updates++)
        s->tool_item = s->revision_item;
    if (!is_numbered(text, "RevisionNumber=\"204\"", "RevisionNumber=&quot;204&quot;"))
        return;
    if (!s->likely_updates++ && !s->tool_updates)
        s->tool_item = s->revision_item;
    s->always |= says(text, "IsInstalled&gt;&lt;False") && says(text, "IsInstallable&gt;&lt;True");
}

/* WSUSpect gives 17999990 and 17999991, deployed as 899990 and 899991, and the revision number 201, with flags. Its source says that the
 * ids may be others: the two follow each other all the same. */
static bool
is_of_wsuspect(int64_t revision)
{
    return revision == 17999990 || revision == 17999991;
}

static void
look_for_wsuspect(search *s, wu_slice text, int64_t revision)
{
    int64_t deployment = number_of(s->deployment);
    bool usual = is_of_wsuspect(revision) && (deployment == 899990 || deployment == 899991);
    bool numbered = s->flags && is_numbered(text, "RevisionNumber=\"201\"", "RevisionNumber=&quot;201&quot;");
    bool follows = numbered && revision == s->next_revision_id && deployment == s->next_deployment_id;

    if ((usual || follows) && !s->tool_updates)
        s->tool_item = s->revision_item;
    s->tool_updates += usual ? 1 : follows ? 2 : 0;
    s->next_revision_id = numbered ? revision + 1 : 0;
    s->next_deployment_id = numbered ? deployment + 1 : 0;
}

/* One update may have such ids by chance; two in one answer are rather of a tool. Most updates have nothing of it. */
static void
end_update(search *s)
{
    int64_t revision = number_of(s->revision);

    if (revision && is_of_pywsus(revision))
        look_for_pywsus(s, text_of_update(s));
    if (revision && (s->flags || is_of_wsuspect(revision)))
        look_for_wsuspect(s, text_of_update(s), revision);
    else if (revision)
        s->next_revision_id = s->next_deployment_id = 0;
    s->update = s->revision = s->deployment = s->change = NULL;
    s->flags = false;
}

/* ---- handlers ---- */

static bool
runs_others(wu_slice program)
{
    static const char *const names[] = { "psexec.exe",  "psexec64.exe",   "paexec.exe",  "remcom.exe",   "csexec.exe",
                                         "bginfo.exe",  "bginfo64.exe",   "cmd.exe",     "powershell.exe", "pwsh.exe",
                                         "mshta.exe",   "wscript.exe",    "cscript.exe", "rundll32.exe", "regsvr32.exe",
                                         "msbuild.exe", "installutil.exe" };
    size_t from = program.n;

    while (from > 0 && program.p[from - 1] != '\\' && program.p[from - 1] != '/')
        from--;
    program = wu_slice_trim(wu_slice_from(program, from));
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (wu_slice_is_nocase(program, names[i]))
            return true;
    return false;
}

/* How the tools of Sysinternals are kept from asking; no update needs that. */
static bool
is_of_tools(wu_slice arguments)
{
    return wu_slice_find_nocase(arguments, 0, "accepteula") < arguments.n || wu_slice_find_nocase(arguments, 0, "nolicprompt") < arguments.n;
}

/* ---- */

static void
look_at_item(search *s, const wu_item *item, unsigned index)
{
    int64_t number;

    switch (item->field) {
    case WU_F_DSS_BLOB_LENGTH:
    case WU_F_DSS_BLOB_COMPRESSED_LENGTH:
        s->metadata = true;
        break;
    case WU_F_EVENT_MISC:
    case WU_F_EVENT_STRING:
        if (is_serialized(item))
            add(s, WU_FINDING_SERIALIZED, index);
        break;
    case WU_F_EVENT_NAMESPACE:
        if (s->context->request && wu_slice_int64(item->text, &number) && number != 1)
            add(s, WU_FINDING_SERVER_NAMESPACE, index);
        break;
    case WU_F_FILE:
        s->digest = (wu_slice){ NULL, 0 };
        break;
    case WU_F_FILE_DIGEST:
        s->digest = item->text;
        break;
    case WU_F_FILE_URL:
        if (is_foreign(item->text, s->context->host))
            add(s, WU_FINDING_FOREIGN_HOST, index);
        if (s->digest.n && differs(item->text, s->digest))
            add(s, WU_FINDING_DIGEST, index);
        if (is_outside(item->text, s->context->host))
            add(s, WU_FINDING_PATH, index);
        break;
    case WU_F_HANDLER_ARGUMENTS:
        if (wu_slice_trim(item->text).n)
            add(s, WU_FINDING_COMMAND, index);
        if (is_of_tools(item->text))
            add(s, WU_FINDING_ARGUMENTS, index);
        break;
    case WU_F_AUTH_COOKIE_PLUGIN:
        if (!s->context->request && wu_slice_is_nocase(wu_slice_trim(item->text), "Anonymous"))
            add(s, WU_FINDING_ANONYMOUS, index);
        break;
    case WU_F_UPDATE:
        end_update(s);
        s->update = item;
        break;
    case WU_F_UPDATE_REVISION_ID:
        s->revision = item;
        s->revision_item = index;
        break;
    case WU_F_DEPLOYMENT_ID:
        s->deployment = item;
        break;
    case WU_F_DEPLOYMENT_FLAGS:
        s->flags = true;
        break;
    case WU_F_DEPLOYMENT_LAST_CHANGE:
        s->change = item;
        break;
    case WU_F_HANDLER_PROGRAM:
        if (runs_others(item->text))
            add(s, WU_FINDING_PROGRAM, index);
        break;
    default:
        break;
    }
}

/* The agent always asks for xpress; a proxy that wants to read or change the answer takes that away. */
static bool
encoding_changed(const wu_http_head *head)
{
    wu_slice encoding = head->header[WU_HEADER_ACCEPT_ENCODING];

    return wu_slice_begins_nocase(head->header[WU_HEADER_USER_AGENT], "Windows-Update-Agent/") && encoding.n &&
           head->header[WU_HEADER_SOAPACTION].n && wu_slice_find_nocase(encoding, 0, "xpress") == encoding.n;
}

/* Whether a message has any of the fields that look_at_item() looks at. */
static bool
worth_a_look(const wu_message *message)
{
    static const unsigned fields[] = { WU_F_DSS_BLOB_LENGTH, WU_F_DSS_BLOB_COMPRESSED_LENGTH, WU_F_EVENT_MISC, WU_F_EVENT_STRING,
                                       WU_F_EVENT_NAMESPACE, WU_F_FILE_URL, WU_F_HANDLER_PROGRAM, WU_F_HANDLER_ARGUMENTS,
                                       WU_F_AUTH_COOKIE_PLUGIN, WU_F_UPDATE_REVISION_ID };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (wu_message_has(message, fields[i]))
            return true;
    return false;
}

bool
wu_may_warn(const wu_message *message)
{
    return message && (wu_message_has(message, WU_F_FILE_URL) || wu_message_has(message, WU_F_HANDLER_PROGRAM) ||
                       wu_message_has(message, WU_F_HANDLER_ARGUMENTS) || wu_message_has(message, WU_F_EVENT_MISC) ||
                       wu_message_has(message, WU_F_EVENT_STRING));
}

size_t
wu_find_findings(const wu_message *message, const wu_finding_context *context, wu_finding *out, size_t max)
{
    search s = { .context = context, .out = out, .max = max, .metadata = message && message->has_metadata };

    unsigned n = message && worth_a_look(message) ? message->items->len : 0;
    for (unsigned i = 0; i < n; i++)
        look_at_item(&s, &g_array_index(message->items, wu_item, i), i);
    end_update(&s);
    if (!context->request && (s.tool_updates >= 2 || (s.likely_updates >= 2 && s.always)))
        add_in_order(&s, WU_FINDING_TOOL_IDS, s.tool_item);
    if (!context->request && !context->secure && s.metadata)
        add(&s, WU_FINDING_CLEAR_TEXT, WU_NO_ITEM);
    if (context->request && context->head && encoding_changed(context->head))
        add(&s, WU_FINDING_ACCEPT_ENCODING, WU_NO_ITEM);
    return s.n;
}

bool
wu_finding_is_warning(enum wu_finding_kind kind)
{
    return kind == WU_FINDING_SERIALIZED || kind == WU_FINDING_FOREIGN_HOST || kind == WU_FINDING_DIGEST ||
           kind == WU_FINDING_PROGRAM || kind == WU_FINDING_ARGUMENTS;
}
