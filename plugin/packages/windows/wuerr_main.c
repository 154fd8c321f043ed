/* wuerr_main.c
 * The way into wuerr on Windows: arguments, names of files and output in UTF-8 whatever the code page is, and standard input as
 * it is, since Windows would end it at a byte 0x1A. wuerr's own main() is compiled under the name wuerr_main.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr_main.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <shellapi.h>

/* The code page that the console has for others. */
static UINT console_page;

static void
restore_console(void)
{
    SetConsoleOutputCP(console_page);
}

/* A text of Windows in UTF-8, to be kept until the program ends; NULL without memory. */
static char *
utf8(const wchar_t *wide)
{
    int n = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = n > 0 ? (char *)malloc((size_t)n) : NULL;

    if (text)
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, n, NULL, NULL);
    return text;
}

/* A text in UTF-8 as Windows has it, to be freed; NULL without memory. */
static wchar_t *
utf16(const char *text)
{
    int n = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = n > 0 ? (wchar_t *)calloc((size_t)n, sizeof *wide) : NULL;

    if (wide)
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, n);
    else
        errno = ENOMEM;
    return wide;
}

int
wuerr_open(const char *name, int flags)
{
    wchar_t *wide = utf16(name);
    int fd = wide ? _wopen(wide, flags) : -1;

    free(wide);
    return fd;
}

int
wuerr_stat(const char *name, struct _stat64 *about)
{
    wchar_t *wide = utf16(name);
    int result = wide ? _wstat64(wide, about) : -1;

    free(wide);
    return result;
}

int
main(void)
{
    int argc = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &argc);
    char **argv = wide ? (char **)calloc((size_t)argc + 1, sizeof *argv) : NULL;

    for (int i = 0; argv && i < argc; i++)
        if (!(argv[i] = utf8(wide[i])))
            argv = NULL;
    if (!argv) {
        fputs("wuerr: no memory for the arguments\n", stderr);
        return 2;
    }
    console_page = GetConsoleOutputCP();
    if (console_page && SetConsoleOutputCP(CP_UTF8))
        atexit(restore_console);
    _setmode(_fileno(stdin), _O_BINARY);
    return wuerr_main(argc, argv);
}
