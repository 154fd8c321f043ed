/* wuerr_main.c
 * The way into wuerr on Windows: arguments and output in UTF-8 whatever the code page is, and standard input as it is, since
 * Windows would end it at a byte 0x1A. wuerr's own main() is compiled under the name wuerr_main.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <shellapi.h>

#include "wuerr_main.h"

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
