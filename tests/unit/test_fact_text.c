/* test_fact_text.c
 * Facts as lines of text: what is written is read again, member by member; what is no fact is refused.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fact_text.h"

#include <stddef.h>
#include <string.h>

#include "unit.h"

static const wu_fact_file files[] = { { "AB01", "a\tb\\c\n.cab", 1234567890123u }, { NULL, "", 0 } };
static const uint32_t findings[] = { 3, 7 };

static wu_fact
full(void)
{
    return (wu_fact){
        .kind = WU_FACT_RESPONSE, .frame = 4294967295u, .request_frame = 7, .time = 1700000000.123456789, .elapsed = -1,
        .client = "192.0.2.1", .server = "2001:db8::1", .client_id = "id", .computer = "G\xc3\xa4ste\t\\\x1b", .agent = "",
        .host = "wsus", .port = 8530, .secure = true, .plain = true, .public_service = true, .program = WU_CLIENT_AGENT,
        .service = (enum wu_service)1, .operation = "SyncUpdates", .outcome = WU_FACT_FAILED, .answered = true,
        .credentials = true, .challenge = true, .no_message = true, .incomplete = true, .status = 500, .fault = true,
        .error_code = "ServerBusy", .parameter = "p", .connection = "Refused", .seen = "s", .code = 0x80244022u,
        .space = WU_AS_HTTP_STATUS, .basis = WU_BASIS_INFERRED, .codes = { 1, 2 }, .n_codes = 2, .server_header = "IIS",
        .via = "v", .certificate_issuer = "i", .page = true, .auth_cookie = UINT64_MAX, .auth_cookie_length = 496,
        .cookie_length = 47, .auth_plugin = "a", .anonymous = true, .pretty = true, .ranges_ignored = true, .etag_digest = "x",
        .cookie_expires = 1e9, .client_clock = 0.1, .server_clock = 1e-300, .server_id = "sid", .config_plugin = true,
        .config_limit = true, .driver_pass = true, .installs = 9, .truncated = true, .files = files, .n_files = 2,
        .digest = "d", .file = "f", .file_size = 1ull << 40, .event = 182, .event_name = "e", .event_class = "install",
        .subject = "KB", .extend = 0x20017, .accepted = WU_SAID_YES, .findings = findings, .n_findings = 2,
    };
}

/* The same line, for the same fact: written again after it was read. */
static void
a_fact_is_read_as_it_was_written(void)
{
    wu_fact fact = full(), empty = { .client = "" };
    wu_fact_room *room = g_new0(wu_fact_room, 1);
    GString *line = g_string_new(NULL), *again = g_string_new(NULL);

    wu_fact_write(line, &fact);
    char *copy = g_strdup(line->str);
    CHECK(wu_fact_read(copy, room));
    CHECK(room->fact.frame == 4294967295u && room->fact.port == 8530 && room->fact.time == 1700000000.123456789);
    CHECK(room->fact.server_clock == 1e-300 && room->fact.auth_cookie == UINT64_MAX && room->fact.file_size == 1ull << 40);
    CHECK(!strcmp(room->fact.computer, "G\xc3\xa4ste\t\\\x1b") && !strcmp(room->fact.agent, ""));
    CHECK(room->fact.n_files == 2 && !room->files[1].digest && !strcmp(room->files[0].name, "a\tb\\c\n.cab"));
    CHECK(room->fact.n_findings == 2 && room->fact.findings[1] == 7 && room->fact.n_codes == 2 && room->fact.codes[1] == 2);
    wu_fact_write(again, &room->fact);
    CHECK(!strcmp(line->str, again->str));
    CHECK(!strpbrk(line->str, "\n\r\x1b"));
    g_free(copy);

    g_string_truncate(line, 0);
    wu_fact_write(line, &empty);
    CHECK(wu_fact_read(line->str, room));
    CHECK(!room->fact.host && !room->fact.subject && room->fact.n_files == 0 && room->fact.kind == WU_FACT_REQUEST);
    g_string_free(line, TRUE);
    g_string_free(again, TRUE);
    g_free(room);
}

/* Every member is written: one that is not would be lost without a word. Each byte of a fact that is changed changes the line or
 * is padding; texts and arrays are changed by value. */
#define BY_VALUE(name) { offsetof(wu_fact, name), sizeof(((wu_fact *)0)->name) }

static void
no_member_is_left_out(void)
{
    static const struct {
        size_t offset, size;
    } by_value[] = {
        BY_VALUE(client), BY_VALUE(server), BY_VALUE(client_id), BY_VALUE(computer), BY_VALUE(agent),
        BY_VALUE(host), BY_VALUE(operation), BY_VALUE(error_code), BY_VALUE(parameter), BY_VALUE(connection),
        BY_VALUE(seen), BY_VALUE(server_header), BY_VALUE(via), BY_VALUE(certificate_issuer),
        BY_VALUE(server_id), BY_VALUE(auth_plugin), BY_VALUE(etag_digest), BY_VALUE(digest), BY_VALUE(file), BY_VALUE(event_name), BY_VALUE(event_class),
        BY_VALUE(subject), BY_VALUE(files), BY_VALUE(findings), BY_VALUE(n_files), BY_VALUE(n_findings),
        BY_VALUE(n_codes), BY_VALUE(codes),
    };
    bool known[sizeof(wu_fact)] = { false };
    GString *line = g_string_new(NULL), *other = g_string_new(NULL);
    size_t padding = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(by_value); i++)
        memset(&known[by_value[i].offset], true, by_value[i].size);
    wu_fact zero;
    memset(&zero, 0, sizeof zero);
    wu_fact_write(line, &zero);
    for (size_t i = 0; i < sizeof(wu_fact); i++) {
        wu_fact changed;
        if (known[i]) {
            padding = 0;
            continue;
        }
        memset(&changed, 0, sizeof changed);
        ((unsigned char *)&changed)[i] = 1;
        g_string_truncate(other, 0);
        wu_fact_write(other, &changed);
        padding = strcmp(line->str, other->str) ? 0 : padding + 1;
        CHECK(padding < 8);
    }
    g_string_free(line, TRUE);
    g_string_free(other, TRUE);
}

static void
what_is_no_fact_is_refused(void)
{
    wu_fact fact = full();
    wu_fact_room *room = g_new0(wu_fact_room, 1);
    GString *line = g_string_new(NULL);
    static const char *const wrong[] = { "", "x", "1\t2", "99999999999999999999", "-1", "\\N\t\\N" };

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        char *copy = g_strdup(wrong[i]);
        CHECK(!wu_fact_read(copy, room));
        g_free(copy);
    }
    wu_fact_write(line, &fact);
    for (size_t n = 0; n < line->len; n++) { /* cut anywhere, and with a byte that is not what it was */
        char *cut = g_strndup(line->str, n), *hurt = g_strdup(line->str);
        if (!strchr("0123456789.e+-", line->str[n ? n - 1 : 0]))
            CHECK(!wu_fact_read(cut, room) || n + 1 >= line->len);
        hurt[n] = '\t';
        wu_fact_read(hurt, room);
        g_free(cut);
        g_free(hurt);
    }
    g_string_append(line, "\t1");
    CHECK(!wu_fact_read(line->str, room));
    fact.n_files = 0;
    fact.client = NULL;
    g_string_truncate(line, 0);
    wu_fact_write(line, &fact);
    CHECK(!wu_fact_read(line->str, room));
    fact.client = "";
    fact.service = WU_N_SERVICES;
    g_string_truncate(line, 0);
    wu_fact_write(line, &fact);
    CHECK(!wu_fact_read(line->str, room));
    g_string_free(line, TRUE);
    g_free(room);
}

const unit_case unit_fact_text_cases[] = {
    { "fact text: a fact is read as it was written", a_fact_is_read_as_it_was_written },
    { "fact text: no member is left out", no_member_is_left_out },
    { "fact text: what is no fact is refused", what_is_no_fact_is_refused },
    { NULL, NULL },
};
