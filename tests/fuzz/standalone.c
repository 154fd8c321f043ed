/* standalone.c
 * Runs a fuzz target over files, for compilers without libFuzzer: TARGET FILE...
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"

int
main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++) {
        GError *error = NULL;
        char *text;
        gsize n;

        if (!g_file_get_contents(argv[i], &text, &n, &error)) {
            fprintf(stderr, "%s\n", error->message);
            g_error_free(error);
            failed = 1;
            continue;
        }
        uint8_t *data = malloc(n ? n : 1); /* ends where the file does; behind what was read stands a NUL */
        HOLDS(data);
        memcpy(data, text, n);
        g_free(text);
        LLVMFuzzerTestOneInput(data, n);
        free(data);
    }
    printf("%d files\n", argc - 1);
    return failed;
}
