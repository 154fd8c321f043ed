/* little_glib.c
 * The little glib of wuerr.exe beside glib itself, on this machine: the same results for the same calls. It is linked in;
 * glib is looked up by name.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#undef g_string_append_c /* the macro would not ask either of them */

#define REAL(name) ((__typeof__(&name))dlsym(glib, #name))
#define ROUNDS 200000

static void *glib;
static unsigned faults;

static void
check(int good, const char *what)
{
    if (!good && faults++ < 20)
        printf("%s differs\n", what);
}

/* Bytes that are UTF-8 more often than chance has it. */
static size_t
some_bytes(char *out)
{
    static const unsigned char likely[] = { 0, 'a', 0x7f, 0x80, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe2, 0x82, 0xac, 0xed, 0x9f, 0xa0, 0xef,
                                            0xf0, 0x90, 0x9f, 0x98, 0x80, 0xf4, 0x8f, 0xf5, 0xf8, 0xfc, 0xfe, 0xff };
    size_t n = (size_t)rand() % 7;

    for (size_t i = 0; i < n; i++)
        out[i] = (char)(rand() % 4 ? likely[(size_t)rand() % sizeof likely] : (unsigned char)rand());
    out[n] = '\0';
    return n;
}

static void
characters(void)
{
    char bytes[8];

    for (unsigned c = 0; c < 256; c++)
        check(g_utf8_skip[c] == (*(const gchar *const *)dlsym(glib, "g_utf8_skip"))[c], "g_utf8_skip");
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = some_bytes(bytes);
        check(g_utf8_get_char_validated(bytes, (gssize)n) == REAL(g_utf8_get_char_validated)(bytes, (gssize)n),
              "g_utf8_get_char_validated with a length");
        check(g_utf8_get_char_validated(bytes, -1) == REAL(g_utf8_get_char_validated)(bytes, -1), "g_utf8_get_char_validated");
        check(g_str_has_prefix(bytes, "a") == REAL(g_str_has_prefix)(bytes, "a"), "g_str_has_prefix");
    }
}

static void
same_string(const GString *ours, const GString *theirs, const char *what)
{
    check(ours->len == theirs->len && !memcmp(ours->str, theirs->str, ours->len + 1), what);
}

static void
strings(void)
{
    GString *ours = g_string_new("begin"), *theirs = REAL(g_string_new)("begin");
    char bytes[8];

    same_string(ours, theirs, "g_string_new");
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = some_bytes(bytes), at = (size_t)rand() % (ours->len + 1);
        switch (rand() % 9) {
        case 0:
            same_string(g_string_insert_len(ours, (gssize)at, bytes, (gssize)n),
                        REAL(g_string_insert_len)(theirs, (gssize)at, bytes, (gssize)n), "g_string_insert_len");
            break;
        case 1:
            same_string(g_string_insert_c(ours, -1, bytes[0]), REAL(g_string_insert_c)(theirs, -1, bytes[0]), "g_string_insert_c");
            break;
        case 2:
            same_string((g_string_append)(ours, bytes), REAL(g_string_append)(theirs, bytes), "g_string_append");
            break;
        case 3:
            same_string((g_string_append_len)(ours, bytes, (gssize)n), REAL(g_string_append_len)(theirs, bytes, (gssize)n),
                        "g_string_append_len");
            break;
        case 4:
            g_string_append_printf(ours, "%s|%05u", bytes, (unsigned)n);
            REAL(g_string_append_printf)(theirs, "%s|%05u", bytes, (unsigned)n);
            same_string(ours, theirs, "g_string_append_printf");
            break;
        case 5:
            same_string(g_string_set_size(ours, at), REAL(g_string_set_size)(theirs, at), "g_string_set_size");
            break;
        default:
            if (ours->len > 4000)
                same_string((g_string_truncate)(ours, at % 9), REAL(g_string_truncate)(theirs, at % 9), "g_string_truncate");
        }
    }
    same_string((g_string_truncate)(ours, ours->len + 1), REAL(g_string_truncate)(theirs, theirs->len + 1), "g_string_truncate");
    check(!(g_string_free)(ours, TRUE), "g_string_free");
    char *text = (g_string_free)(g_string_new(NULL), FALSE);
    check(text && !*text, "g_string_free that leaves the text");
    g_free(text);
    REAL(g_string_free)(theirs, TRUE);
}

int
main(int argc, char **argv)
{
    glib = dlopen(argc > 1 ? argv[1] : "libglib-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!glib) {
        printf("%s\n", dlerror());
        return 1;
    }
    char *ours = g_strdup_printf("%d %s", 12007, "x"), *theirs = REAL(g_strdup_printf)("%d %s", 12007, "x");
    check(!strcmp(ours, theirs), "g_strdup_printf");
    g_free(ours);
    REAL(g_free)(theirs);
    check(!g_malloc(0) && !g_malloc0(0) && !g_malloc0_n(0, 7) && !g_realloc(NULL, 0), "no bytes of memory");
    characters();
    strings();
    return faults > 0;
}
