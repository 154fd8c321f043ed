/* wuerr.c
 * Command-line lookup of Windows error codes, from the tables and rules of the dissector: arguments and exit status.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "Usage: wuerr [OPTION]... [CODE | SYMBOL | TEXT | FILE]...\n"
    "Names Windows error codes. A code is 0x80244022, 80244022, -2145107934, 12007 or 503; a symbol\n"
    "is WU_E_PT_HTTP_STATUS_DENIED; a text is searched for codes, and so are the lines of a file:\n"
    "WindowsUpdate.log, ReportingEvents.log, CBS.log, DISM.log, setupact.log, logs of IIS and HTTP.sys,\n"
    "exports of event logs, in UTF-8, UTF-16 or Windows-1252. Without arguments, or for -, standard\n"
    "input is read.\n"
    "  --summary      count: each code once, with its first and last line\n"
    "  --errors       leave out codes of success\n"
    "  --all          of IIS and HTTP.sys: rows of every path, not those of updates only\n"
    "  --json         write one JSON object for each code\n"
    "  --lang CODE    meanings in another language where there are any: en (as without it) or fr\n"
    "  -h, --help     show this\n"
    "  -V, --version  show the version\n"
    "Exit status: 0, 1 when something is unknown, 2 for wrong usage or what cannot be read or written.\n";

static bool
is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] && !(argument[1] >= '0' && argument[1] <= '9');
}

/* The language of "--lang fr" or "--lang=fr" at *i, NULL when it is no such option. */
static const char *
language_of(int argc, char **argv, int *i)
{
    if (!strncmp(argv[*i], "--lang=", 7))
        return argv[*i] + 7;
    if (strcmp(argv[*i], "--lang"))
        return NULL;
    return *i + 1 < argc ? argv[++*i] : "";
}

/* Takes the option at *i; -1 when it is none, 1 when it ends the program. */
static int
take_option(wu_session *session, int argc, char **argv, int *i)
{
    const char *option = argv[*i], *language = language_of(argc, argv, i);

    if (language) {
        if (!wu_set_language(wu_slice_text(language))) {
            fprintf(stderr, "wuerr: there are no meanings in the language \"%s\"\n", language);
            return -1;
        }
    } else if (!strcmp(option, "--json")) {
        session->json = true;
    } else if (!strcmp(option, "--errors")) {
        session->errors = true;
    } else if (!strcmp(option, "--all")) {
        session->all = true;
    } else if (!strcmp(option, "--summary")) {
        if (!session->summary)
            session->summary = wu_summary_new();
    } else if (!strcmp(option, "-h") || !strcmp(option, "--help")) {
        fputs(usage, stdout);
        return 1;
    } else if (!strcmp(option, "-V") || !strcmp(option, "--version")) {
        puts("wuerr " PLUGIN_VERSION);
        return 1;
    } else {
        fprintf(stderr, "wuerr: unknown option %s\n%s", option, usage);
        return -1;
    }
    return 0;
}

/* A name that is no sentence and has a dot or a slash was meant as a file. */
static bool
like_a_file(const char *argument)
{
    return *argument && !strpbrk(argument, " \t\n") && strpbrk(argument, "./\\");
}

static void
take_argument(wu_session *session, const char *argument)
{
    struct stat about;

    if (!strcmp(argument, "-") || (!wu_is_code(argument) && !stat(argument, &about))) {
        wu_read_file(session, argument);
    } else if (!wu_look_up(session, argument)) {
        bool file = like_a_file(argument);
        fflush(stdout);
        fprintf(stderr, file ? "wuerr: no file and no code: %s\n" : "wuerr: no code in: %s\n", argument);
        session->unknown = true;
        session->trouble |= file;
    }
}

static int
finish(wu_session *session)
{
    if (session->summary) {
        wu_summary_show(session->summary, session->json);
        wu_summary_free(session->summary);
    }
    wu_code_set_free(session->shown);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "wuerr: standard output: %s\n", g_strerror(errno));
        session->trouble = true;
    }
    return session->trouble ? 2 : session->unknown;
}

int
main(int argc, char **argv)
{
    wu_session session = { .shown = wu_code_set_new() };
    const char **wanted = g_new0(const char *, (gsize)argc + 1);
    int n = 0, ended = 0;
    bool options = true;

    for (int i = 1; i < argc && !ended; i++) {
        if (options && !strcmp(argv[i], "--"))
            options = false;
        else if (options && is_option(argv[i]))
            ended = take_option(&session, argc, argv, &i);
        else
            wanted[n++] = argv[i];
    }
    if (!ended && !n && isatty(0)) {
        fputs(usage, stdout);
        ended = 1;
    }
    if (!ended && !n)
        wu_read_file(&session, "-");
    for (int i = 0; !ended && i < n; i++)
        take_argument(&session, wanted[i]);
    g_free(wanted);
    int status = finish(&session);
    return ended < 0 ? 2 : status;
}
