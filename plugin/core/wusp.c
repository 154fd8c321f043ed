/* wusp.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wusp.h"

#include "text.h"

#define DIGEST_DIGITS 40u /* of a SHA-1 in hexadecimal */
#define CACHE_DIGITS  16u /* of the folder of a cache */

/* ---- recognition ---- */

/* Splits host and port; user information does not occur. A dot behind the name, as DNS writes it, is no part of it. */
static wu_slice
host_name(wu_slice host, wu_slice *port)
{
    size_t bracket = host.n && host.p[0] == '[' ? wu_slice_find_byte(host, 0, ']') : 0;
    size_t colon = wu_slice_find_byte(host, bracket, ':');

    *port = wu_slice_from(host, colon < host.n ? colon + 1 : colon);
    host.n = colon;
    if (host.n && host.p[host.n - 1] == '.')
        host.n--;
    return host;
}

/* Splits an absolute URI into host and path; another target is all path. */
static wu_slice
path_of(wu_slice target, wu_slice *host)
{
    size_t scheme = wu_slice_begins_nocase(target, "http://")    ? 7
                    : wu_slice_begins_nocase(target, "https://") ? 8
                                                                 : 0;
    if (scheme) {
        size_t slash = wu_slice_find_byte(target, scheme, '/');
        *host = wu_slice_of(target.p + scheme, slash - scheme);
        target = wu_slice_from(target, slash);
    }
    return wu_slice_of(target.p, wu_slice_find_byte(target, 0, '?'));
}

static bool
text_matches(uint8_t match, const char *text, wu_slice s)
{
    size_t n = strlen(text);

    switch (match) {
    case WU_BEGINS:
        return wu_slice_begins_nocase(s, text);
    case WU_ENDS:
        return wu_slice_ends_nocase(s, text);
    case WU_DOMAIN:
        return s.n && wu_slice_ends_nocase(s, text) && (s.n == n || s.p[s.n - n - 1] == '.');
    case WU_IS:
        return wu_slice_is_nocase(s, text);
    default:
        return wu_slice_find_nocase(s, 0, text) < s.n;
    }
}

/* What a request tells, by the kind of the rows that look at it. */
typedef struct {
    wu_slice subject[WU_BY_MAX];
    uint32_t lacks[WU_BY_MAX]; /* characters that the subject does not have, as wu_letters() has them */
} traits;

static void
set_subject(traits *t, unsigned kind, wu_slice text)
{
    t->subject[kind] = text;
    t->lacks[kind] = ~wu_letters(text.p, text.n);
}

static bool
row_matches(const wu_recognition_row *row, const traits *t)
{
    return !(row->letters & t->lacks[row->kind]) &&
           text_matches(row->match, wu_text(row->text), t->subject[row->kind]);
}

static void
set_host(traits *t, wu_slice host)
{
    wu_slice port;

    set_subject(t, WU_BY_HOST, host_name(host, &port));
    set_subject(t, WU_BY_PORT, port);
    t->lacks[WU_BY_LABEL] = t->lacks[WU_BY_HOST];
    t->subject[WU_BY_LABEL] = t->subject[WU_BY_HOST]; /* no text of such a row has a dot: what holds it is one label */
}

static void
set_path(traits *t, wu_slice path)
{
    size_t dot = path.n;

    set_subject(t, WU_BY_PATH, path);
    while (dot > 0 && path.p[dot - 1] != '.' && path.p[dot - 1] != '/')
        dot--;
    set_subject(t, WU_BY_FILE_TYPE, wu_slice_from(path, dot && path.p[dot - 1] == '.' ? dot : path.n));
}

/* The first row of one of the kinds (bits 1 << kind) that fits. */
static const wu_recognition_row *
find_row(const traits *t, unsigned kinds)
{
    for (size_t i = 0; i < WU_N_RECOGNITION; i++)
        if ((kinds & 1u << wu_recognition[i].kind) && row_matches(&wu_recognition[i], t))
            return &wu_recognition[i];
    return NULL;
}

#define BY_NAME     (1u << WU_BY_HOST | 1u << WU_BY_LABEL)
#define BY_EVIDENCE (BY_NAME | 1u << WU_BY_AGENT | 1u << WU_BY_PORT)

bool
wu_recognise_host(wu_slice host)
{
    traits t = { .subject = { { NULL, 0 } } };

    set_host(&t, host);
    return find_row(&t, BY_NAME) != NULL;
}

/* The content folder of a server, whatever is asked for in it: /Content/HH/... */
static bool
is_content_path(wu_slice path, uint32_t lacks)
{
    static const char folder[] = "/content/";

    if (wu_letters((const uint8_t *)folder, sizeof folder - 1) & lacks) /* most of the time */
        return false;
    size_t at = wu_slice_find_nocase(path, 0, folder) + sizeof folder - 1;

    return at + 2 < path.n && wu_hex_digit(path.p[at]) >= 0 && wu_hex_digit(path.p[at + 1]) >= 0 && path.p[at + 2] == '/';
}

/* Other programs use such folders, but not for files of these types that are named by their digest. */
static bool
is_update_file(const traits *t)
{
    return wu_content_digest(t->subject[WU_BY_PATH]).n && find_row(t, 1u << WU_BY_FILE_TYPE);
}

static wu_recognised
recognised(const wu_recognition_row *row, const traits *t)
{
    return (wu_recognised){ (enum wu_service)row->service, wu_text(row->operation),
                            row->needs_evidence && !find_row(t, BY_EVIDENCE) };
}

wu_recognised
wu_recognise_request(wu_slice target, wu_slice host, wu_slice user_agent, wu_slice soap_action)
{
    wu_slice path = path_of(target, &host), operation;
    traits t = { .subject = { { NULL, 0 } } };
    enum wu_service service = soap_action.n ? wu_service_of_action(soap_action, &operation) : WU_SERVICE_NONE;

    set_subject(&t, WU_BY_AGENT, user_agent);
    set_host(&t, host);
    set_path(&t, path);
    bool content = is_content_path(path, t.lacks[WU_BY_PATH]);
    size_t n = WU_N_RECOGNITION;
    if (service || content) /* an action or file of ours on a host of the public service: it says more */
        for (n = 0; n < WU_N_RECOGNITION && wu_recognition[n].kind == WU_BY_PATH;)
            n++;
    for (const wu_recognition_row *row = wu_recognition; row < wu_recognition + n; row++)
        if (row_matches(row, &t) && row->service)
            return recognised(row, &t);
    if (service)
        return (wu_recognised){ service, "", false };
    if (content)
        return (wu_recognised){ WU_SERVICE_CONTENT, "Download", !is_update_file(&t) && !find_row(&t, BY_EVIDENCE) };
    return (wu_recognised){ WU_SERVICE_NONE, "", false };
}

wu_recognised
wu_recognise_tunnel(wu_slice target, wu_slice user_agent)
{
    traits t = { .subject = { { NULL, 0 } } };

    for (size_t i = 0; i < WU_N_AGENTS; i++)
        if (wu_agents[i].client == WU_CLIENT_AGENT &&
            text_matches(wu_agents[i].match, wu_text(wu_agents[i].text), user_agent))
            return (wu_recognised){ WU_SERVICE_CONNECTION, "Tunnel", false };
    set_subject(&t, WU_BY_AGENT, user_agent);
    set_host(&t, target);
    if (find_row(&t, BY_NAME))
        return (wu_recognised){ WU_SERVICE_CONNECTION, "Tunnel", false };
    return (wu_recognised){ WU_SERVICE_NONE, "", false };
}

enum wu_client
wu_client_who(wu_slice user_agent, enum wu_client by_operation)
{
    user_agent = wu_slice_trim(user_agent);
    for (size_t i = 0; i < WU_N_AGENTS; i++)
        if (text_matches(wu_agents[i].match, wu_text(wu_agents[i].text), user_agent))
            return wu_agents[i].client ? (enum wu_client)wu_agents[i].client : by_operation;
    return user_agent.n ? WU_CLIENT_OTHER : by_operation;
}

/* ---- services and operations ---- */

enum wu_service
wu_service_of_action(wu_slice action, wu_slice *operation)
{
    size_t last;

    if (action.n >= 2 && action.p[0] == '"' && action.p[action.n - 1] == '"')
        action = wu_slice_of(action.p + 1, action.n - 2);
    *operation = wu_slice_of(action.p, 0);
    for (last = action.n; last > 0 && action.p[last - 1] != '/'; last--)
        ;
    if (!last)
        return WU_SERVICE_NONE;
    bool response;
    wu_slice name_space = wu_slice_of(action.p, last - 1), name = wu_slice_from(action, last);
    response = name.n > 8 && wu_slice_ends_nocase(name, "Response");
    if (response)
        name.n -= 8;
    enum wu_service service = wu_service_of_body(name_space, name, WU_SERVICE_NONE);
    if (service)
        *operation = name;
    return service;
}

/* As strcmp() does; the slice may hold NUL, which no name does. */
static int
compare_name(const char *name, wu_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)name[i];
        if (!c || c != s.p[i])
            return c < s.p[i] ? -1 : 1;
    }
    return name[s.n] ? 1 : 0;
}

/* The rows of an operation; they are sorted by name. */
static size_t
operation_rows(wu_slice operation, size_t *first)
{
    size_t low = 0, high = WU_N_OPERATIONS, n = 0;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_name(wu_text(wu_operations[middle].name), operation) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < WU_N_OPERATIONS && wu_slice_is(operation, wu_text(wu_operations[low + n].name)))
        n++;
    *first = low;
    return n;
}

bool
wu_operation_known(enum wu_service service, wu_slice operation)
{
    size_t first = 0, n = operation_rows(operation, &first);

    for (size_t i = 0; i < n; i++)
        if (wu_operations[first + i].service == service)
            return true;
    return false;
}

enum wu_client
wu_client_of(enum wu_service service, wu_slice operation)
{
    size_t first = 0, n = operation_rows(operation, &first);

    for (size_t i = 0; i < n; i++)
        if (wu_operations[first + i].service == service && wu_operations[first + i].client)
            return (enum wu_client)wu_operations[first + i].client;
    return (enum wu_client)wu_services[service].client;
}

enum wu_service
wu_service_of_body(wu_slice name_space, wu_slice operation, enum wu_service expected)
{
    enum wu_service found = WU_SERVICE_NONE;
    unsigned best = 0;

    for (size_t i = 1; i < WU_N_SERVICES; i++) {
        if (!wu_services[i].name_space || !wu_slice_is(name_space, wu_text(wu_services[i].name_space)))
            continue;
        /* services may share a namespace: what knows the operation comes first, then what is expected */
        unsigned rank = 1 + (expected == i) + 2 * wu_operation_known((enum wu_service)i, operation);
        if (rank > best) {
            best = rank;
            found = (enum wu_service)i;
        }
    }
    return found;
}

/* ---- rules ---- */

/* As rule_hash() of tables/compile.c. */
static unsigned
rule_hash(wu_slice name)
{
    return (unsigned)((name.n * 7 + name.p[0] * 31u + name.p[name.n / 2] * 13u + name.p[name.n - 1] * 5u) & (WU_RULE_HASHES - 1));
}

const wu_rule *
wu_rule_find(enum wu_rule_sort sort, wu_slice name, wu_slice parent, wu_slice owner)
{
    if (!name.n)
        return NULL;
    unsigned hash = rule_hash(name);
    for (unsigned i = wu_rule_start[hash]; i < wu_rule_start[hash + 1]; i++) {
        const wu_rule *rule = &wu_rules[i];
        if (rule->length == name.n && rule->sort == sort && !memcmp(name.p, wu_text(rule->name), name.n) &&
            (!rule->parent || (rule->parent_length == parent.n && !memcmp(parent.p, wu_text(rule->parent), parent.n))) &&
            (!rule->owner || wu_slice_is(owner, wu_text(rule->owner))))
            return rule;
    }
    return NULL;
}

/* ---- reports ---- */

const wu_event_row *
wu_report_event(uint32_t id)
{
    for (size_t i = 0; i < WU_N_REPORT_EVENTS; i++)
        if (wu_report_events[i].id == id)
            return &wu_report_events[i];
    return NULL;
}

enum wu_event_outcome
wu_report_outcome(const wu_event_row *event, bool have_result, uint32_t result)
{
    if (event && event->outcome != WU_OUTCOME_NONE)
        return (enum wu_event_outcome)event->outcome;
    return have_result && (result & 0x80000000u) ? WU_OUTCOME_FAIL : WU_OUTCOME_NONE;
}

const char *
wu_misc_meaning(wu_slice text)
{
    /* [MS-WUSP] 2.2.2.3.1, MiscData */
    static const struct { const char *tag, *meaning; } tags[] = {
        { "A", "Service pack build" },
        { "B", "Bytes" },
        { "C", "Number of repeated failures" },
        { "D", "Number of applicable updates" },
        { "F", "Last error" },
        { "G", "Agent version" },
        { "J", "Sampling" },
        { "K", "BIOS name" },
        { "L", "BIOS release date" },
        { "M", "Bundle that the update belongs to" },
        { "Q", "1 for an update, 2 for a bundle" },
        { "S", "Target version" },
        { "U", "Updates that are needed" },
        { "V", "Updates that are installed" },
        { "W", "Updates that wait for a restart" },
        { "X", "Windows Installer action" },
        { "Y", "Windows Installer transaction" },
        { "Z", "Windows Installer product" },
        { "a", "Self-update package" },
        { "c", "Product type of the operating system" },
        { "g", "Updates that failed" },
        { "h", "Updates that are downloaded" },
    };
    wu_slice tag = wu_slice_of(text.p, wu_slice_find_byte(text, 0, '='));

    for (unsigned i = 0; tag.n < text.n && i < sizeof tags / sizeof *tags; i++)
        if (wu_slice_is(tag, tags[i].tag))
            return tags[i].meaning;
    return "";
}

const wu_fault_row *
wu_fault_by_name(wu_slice error_code)
{
    error_code = wu_slice_trim(error_code);
    for (size_t i = 0; i < WU_N_SOAP_FAULTS; i++)
        if (wu_slice_is(error_code, wu_text(wu_soap_faults[i].name)))
            return &wu_soap_faults[i];
    return NULL;
}

/* ---- downloads ---- */

wu_slice
wu_content_name(wu_slice target)
{
    wu_slice host = { NULL, 0 }, path = path_of(target, &host);
    size_t slash = path.n;

    while (slash > 0 && path.p[slash - 1] != '/')
        slash--;
    return wu_slice_from(path, slash);
}

static bool
all_hex(wu_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (wu_hex_digit(s.p[i]) < 0)
            return false;
    return true;
}

wu_slice
wu_content_digest(wu_slice target)
{
    wu_slice host = { NULL, 0 }, path = path_of(target, &host), name = wu_content_name(target), none = { NULL, 0 };
    size_t dot = name.n;

    while (dot > 0 && name.p[dot - 1] != '.')
        dot--;
    if (dot < DIGEST_DIGITS + 1)
        return none;
    wu_slice digest = wu_slice_of(name.p + dot - 1 - DIGEST_DIGITS, DIGEST_DIGITS);
    if (!all_hex(digest))
        return none;
    if (dot - 1 > DIGEST_DIGITS) /* name_<digest>.ext */
        return name.p[dot - 2 - DIGEST_DIGITS] == '_' ? digest : none;
    wu_slice folder = wu_slice_of(path.p, path.n - name.n); /* ".../Content/HH/" */
    if (folder.n < 12 || folder.p[folder.n - 4] != '/' ||
        !wu_slice_ends_nocase(wu_slice_of(folder.p, folder.n - 4), "/Content"))
        return none;
    return wu_nocase_equal(folder.p + folder.n - 3, digest.p + DIGEST_DIGITS - 2, 2) ? digest : none;
}

wu_slice
wu_query_parameter(wu_slice target, const char *name)
{
    size_t at = wu_slice_find_byte(target, 0, '?'), n = strlen(name);

    while (at < target.n) {
        size_t end = wu_slice_find_byte(target, ++at, '&');
        if (end - at > n && target.p[at + n] == '=' && wu_nocase_equal(target.p + at, (const uint8_t *)name, n))
            return wu_slice_of(target.p + at + n + 1, end - at - n - 1);
        at = end;
    }
    return wu_slice_of(target.p, 0);
}

wu_slice
wu_cached_host(wu_slice target)
{
    wu_slice host = { NULL, 0 }, path = path_of(target, &host), none = { NULL, 0 };

    if (!wu_slice_begins_nocase(path, "/data/"))
        return none;
    size_t from = wu_slice_find_byte(path, 6, '/') + 1, to = wu_slice_find_byte(path, from, '/');
    if (to >= path.n || from != 6 + CACHE_DIGITS + 1 || !all_hex(wu_slice_of(path.p + 6, CACHE_DIGITS)) ||
        !wu_slice_begins_nocase(wu_slice_from(path, to), "/filestreamingservice/"))
        return none;
    wu_slice found = wu_slice_of(path.p + from, to - from);
    return wu_slice_find_byte(found, 0, '.') < found.n ? found : none;
}

const char *
wu_classification(const uint8_t guid[16])
{
    static const struct { const char *id, *name; } classes[] = {
        { "0fa1201d-4330-4fa8-8ae9-b877473b6441", "Security Updates" },
        { "28bc880e-0592-4cbf-8f95-c79b17911d5f", "Update Rollups" },
        { "3689bdc8-b205-4af4-8d4a-a63924c5e9d5", "Upgrades" },
        { "68c5b0a3-d1a6-4553-ae49-01d3a7827828", "Service Packs" },
        { "b4832bd8-e735-4761-8daf-37f882276dab", "Tools" },
        { "b54e7d24-7add-428f-8b75-90a396fa584f", "Feature Packs" },
        { "cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83", "Updates" },
        { "e0789628-ce08-4437-be74-2495b842f43b", "Definition Updates" },
        { "e6cf1350-c01b-414d-a61f-263d14d133b4", "Critical Updates" },
        { "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0", "Drivers" },
    };
    uint8_t id[16];

    for (unsigned i = 0; i < sizeof classes / sizeof *classes; i++)
        if (wu_text_guid(wu_slice_text(classes[i].id), id) && !memcmp(id, guid, 16))
            return classes[i].name;
    return "";
}
