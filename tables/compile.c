/* compile.c
 * The table compiler: reads the TSV files of tables/ and writes wu_tables.h and wu_tables.c, constant arrays that
 * the product looks things up in. It runs on the build host; nothing of it is in the product.
 *
 * Usage: compile TABLES_DIR OUTPUT_DIR
 *
 * Everything that is wrong in a table is reported as FILE:LINE: reason, all of it before giving up, and the exit
 * status is 1. No output file is written then.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 16
#define MAX_TABLES  128
#define MAX_TEXT    240 /* characters in one cell: it has to fit a line of the packet details */
#define MAX_FILE    (64u << 20) /* bytes of a table */
#define CHUNK       65536u      /* bytes that are read at a time */

typedef struct {
    unsigned line;
    char *cell[MAX_COLUMNS];
} row_t;

typedef struct {
    char *path;       /* for messages */
    char *directive;  /* what follows "#family" TAB on line 1, or NULL */
    bool columns_seen; /* the file could be read and its column line is the expected one */
    unsigned columns;
    row_t *row;
    size_t rows;
    char *text;        /* of the file; the cells point into it */
} table_t;

static const char *tables_dir;
static unsigned problems;
static table_t tables[MAX_TABLES];
static size_t n_tables;

static void
complain(const char *path, unsigned line, const char *format, ...)
{
    va_list ap;

    fprintf(stderr, "%s:%u: ", path, line);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    problems++;
}

static void *
resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size);

    if (!resized) {
        fputs("compile: out of memory\n", stderr);
        exit(2);
    }
    return resized;
}

static void *
grow(void *array, size_t count, size_t size)
{
    if (count && (count & (count - 1)))
        return array; /* room up to the next power of two */
    return resize(array, (count ? count * 2 : 1) * size);
}

static char *
copy_text(const char *text)
{
    char *copy = strdup(text);
    if (!copy) {
        fputs("compile: out of memory\n", stderr);
        exit(2);
    }
    return copy;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static char *
read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = copy_text("");
    size_t n = 0, got = CHUNK;
    char chunk[CHUNK];

    if (!f) {
        free(text);
        complain(path, 0, "cannot open: %s", strerror(errno));
        return NULL;
    }
    while (got == CHUNK && n <= MAX_FILE) {
        got = fread(chunk, 1, CHUNK, f);
        text = resize(text, n + got + 1);
        memcpy(text + n, chunk, got);
        n += got;
        text[n] = '\0';
    }
    fclose(f);
    if (n > MAX_FILE || n != strlen(text)) {
        complain(path, 1, n > MAX_FILE ? "the table is too large" : "a NUL byte in the table");
        free(text);
        return NULL;
    }
    return text;
}

/* Splits a line at tabs, in place. Returns the number of cells, of which the first MAX_COLUMNS are stored. */
static unsigned
split(char *line, char **cell)
{
    unsigned n = 0;

    for (char *p = line;; p++) {
        char *tab = strchr(p, '\t');
        if (tab)
            *tab = '\0';
        if (n < MAX_COLUMNS)
            cell[n] = p;
        n++;
        if (!tab)
            return n;
        p = tab;
    }
}

static bool beyond_ascii; /* the table holds words of other languages, in UTF-8 */

static void
check_cell(const table_t *t, unsigned line, const char *name, const char *cell)
{
    size_t n = strlen(cell);

    if (n > MAX_TEXT)
        complain(t->path, line, "column '%s' has %zu characters, at most %d are allowed", name, n, MAX_TEXT);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)cell[i] < 0x20 || cell[i] == 0x7f || (!beyond_ascii && (unsigned char)cell[i] > 0x7e)) {
            complain(t->path, line, "column '%s' holds a character outside printable ASCII (0x%02X)", name,
                     (unsigned char)cell[i]);
            break;
        }
    if (n && (cell[0] == ' ' || cell[n - 1] == ' '))
        complain(t->path, line, "column '%s' begins or ends with a blank", name);
}

/* What was read stays until the end: codes, rules and texts point into it. */
static table_t
keep_table(table_t table)
{
    if (n_tables == MAX_TABLES) {
        fputs("compile: too many tables\n", stderr);
        exit(2);
    }
    tables[n_tables++] = table;
    return table;
}

static void
free_tables(void)
{
    for (size_t i = 0; i < n_tables; i++) {
        free(tables[i].path);
        free(tables[i].directive);
        free(tables[i].row);
        free(tables[i].text);
    }
}

/* Reads TABLES_DIR/NAME. `header` is the expected column line, with tabs. A first line "#family<TAB>X" is kept as
 * the directive. Returns a table without rows after a problem that makes its rows meaningless. */
static table_t
read_table(const char *name, const char *header)
{
    table_t t = { 0 };
    char path[1024], head[512], *names[MAX_COLUMNS];
    unsigned line = 0;
    bool saw_header = false;

    snprintf(path, sizeof path, "%s/%s", tables_dir, name);
    t.path = copy_text(path);
    snprintf(head, sizeof head, "%s", header);
    t.columns = split(head, names);

    t.text = read_file(path);
    if (!t.text)
        return keep_table(t);

    for (char *p = t.text; *p;) {
        char *end = strchr(p, '\n');
        if (end)
            *end = '\0';
        line++;
        if (!end)
            complain(t.path, line, "the last line does not end with a line feed");
        if (strchr(p, '\r'))
            complain(t.path, line, "a carriage return: tables have LF line ends");
        if (!saw_header && !strncmp(p, "#family\t", 8)) {
            t.directive = copy_text(p + 8);
        } else if (!saw_header) {
            saw_header = true;
            if (strcmp(p, header)) {
                complain(t.path, line, "the column line is not the expected one: %s", header);
                break;
            }
            t.columns_seen = true;
        } else {
            t.row = grow(t.row, t.rows, sizeof *t.row);
            row_t *r = &t.row[t.rows];
            memset(r, 0, sizeof *r);
            r->line = line;
            unsigned n = split(p, r->cell);
            if (n != t.columns) {
                complain(t.path, line, "%u columns, expected %u%s", n, t.columns,
                         n < t.columns ? " (a missing column?)" : " (a stray tab?)");
            } else {
                for (unsigned i = 0; i < n; i++)
                    check_cell(&t, line, names[i], r->cell[i]);
                t.rows++;
            }
        }
        if (!end)
            break;
        p = end + 1;
    }
    if (!saw_header)
        complain(t.path, 1, "no column line");
    return keep_table(t);
}

/* ---- cells ------------------------------------------------------------------------------------------------ */

/* A number as the tables write it: 0x and eight upper case digits, or plain decimal without leading zeros. */
static bool
parse_number(const char *text, uint32_t *value, bool *hex)
{
    char canonical[16];
    char *end;

    *hex = text[0] == '0' && text[1] == 'x';
    errno = 0;
    unsigned long v = strtoul(text, &end, *hex ? 16 : 10);
    if (errno || *end || end == text || v > 0xffffffffUL)
        return false;
    snprintf(canonical, sizeof canonical, *hex ? "0x%08lX" : "%lu", v);
    *value = (uint32_t)v;
    return !strcmp(text, canonical);
}

static uint32_t
number_cell(const table_t *t, const row_t *r, unsigned column, bool allow_empty)
{
    uint32_t value = 0;
    bool hex;

    if (allow_empty && !*r->cell[column])
        return 0;
    if (!parse_number(r->cell[column], &value, &hex))
        complain(t->path, r->line, "bad number '%s' (0x and eight upper case hexadecimal digits, or decimal)",
                 r->cell[column]);
    return value;
}

/* The index of a word in a NULL terminated list; a word that is not in it is reported. */
static unsigned
word_cell(const table_t *t, const row_t *r, unsigned column, const char *const *words, const char *what)
{
    for (unsigned i = 0; words[i]; i++)
        if (!strcmp(words[i], r->cell[column]))
            return i;
    complain(t->path, r->line, "unknown %s '%s'", what, r->cell[column]);
    return 0;
}

static void
require_cell(const table_t *t, const row_t *r, unsigned column, const char *what)
{
    if (!*r->cell[column])
        complain(t->path, r->line, "no %s", what);
}

/* An identifier made of the letters and digits of a name, in upper case: wsus.update_id -> WSUS_UPDATE_ID. */
static const char *
identifier(const char *name)
{
    static char buffer[4][160];
    static unsigned turn;
    char *out = buffer[turn++ & 3];
    size_t n = 0;

    for (; *name && n < sizeof buffer[0] - 1; name++)
        out[n++] = isalnum((unsigned char)*name) ? (char)toupper((unsigned char)*name) : '_';
    out[n] = '\0';
    return out;
}

/* ---- the string pool: every text once, addressed by offset, so that the arrays need no relocation ----------- */

static char *pool;
static size_t pool_used;
static struct { uint32_t offset; } *pool_hash;
static size_t pool_buckets;

static uint32_t
pool_text(const char *text)
{
    size_t n = strlen(text);
    uint32_t h = 2166136261u;

    if (!pool) {
        pool_buckets = 1u << 16;
        pool = malloc(8u << 20);
        pool_hash = calloc(pool_buckets, sizeof *pool_hash);
        if (!pool || !pool_hash)
            exit(2);
        pool[pool_used++] = '\0'; /* offset 0 is the empty text */
    }
    if (!n)
        return 0;
    for (const char *p = text; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    for (size_t i = h & (pool_buckets - 1);; i = (i + 1) & (pool_buckets - 1)) {
        if (!pool_hash[i].offset) {
            if (pool_used + n + 1 > 8u << 20)
                exit(2);
            pool_hash[i].offset = (uint32_t)pool_used;
            memcpy(pool + pool_used, text, n + 1);
            pool_used += n + 1;
            return pool_hash[i].offset;
        }
        if (!strcmp(pool + pool_hash[i].offset, text))
            return pool_hash[i].offset;
    }
}

/* ---- output ------------------------------------------------------------------------------------------------ */

static FILE *out_c, *out_h;

static void
emit_string(FILE *f, const char *text)
{
    fputc('"', f);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', f);
        fputc(*text, f);
    }
    fputc('"', f);
}

/* ---- code tables ------------------------------------------------------------------------------------------- */

enum { SPACE_HRESULT, SPACE_WIN32, SPACE_HTTP };

typedef struct {
    uint32_t number;
    char *name;
    bool text_required;
} family_t;

typedef struct {
    const char *path;
    unsigned line;
    uint32_t value;
    uint8_t space, rank, kind; /* rank: place of the family among the readings of a number */
    uint32_t family, symbol, text, hint;
} code_t;

static family_t *families;
static size_t n_families;
static code_t *codes;
static size_t n_codes;

/* "unnamed": no symbol was ever published for the number; in the product it is a code like others, with an empty symbol. */
static const char *const code_kinds[] = { "", "success", "alias", "misprint", "unnamed", NULL };
#define KIND_MISPRINT 3
#define KIND_UNNAMED  4

static void
read_codes(const char *name, size_t rank)
{
    char file[128];
    const family_t *f = &families[rank];

    if (!families)
        return;
    bool http = !strcmp(f->name, "HTTP");

    snprintf(file, sizeof file, "%s.tsv", name);
    table_t t = read_table(file, "value\tsymbol\tkind\ttext\thint\tsource");
    if (!t.columns_seen)
        return;
    if (!t.directive || strcmp(t.directive, f->name)) {
        for (size_t i = 0; t.directive && i < n_families; i++)
            if (!strcmp(families[i].name, t.directive)) {
                complain(t.path, 1, "family '%s', but families.tsv gives this file to '%s'", t.directive, f->name);
                return;
            }
        complain(t.path, 1, "unknown family '%s'", t.directive ? t.directive : "");
        return;
    }
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        code_t c = { .path = t.path, .line = r->line, .rank = (uint8_t)rank, .family = f->number };
        bool hex;

        if (!parse_number(r->cell[0], &c.value, &hex)) {
            complain(t.path, r->line, "bad number '%s' (0x and eight upper case hexadecimal digits, or decimal)",
                     r->cell[0]);
            continue;
        }
        c.space = hex ? SPACE_HRESULT : http ? SPACE_HTTP : SPACE_WIN32;
        if (!hex && c.value > 0xffff)
            complain(t.path, r->line, "%s is beyond 65535 and not written in hexadecimal", r->cell[0]);
        c.kind = (uint8_t)word_cell(&t, r, 2, code_kinds, "kind");
        if (c.kind == KIND_UNNAMED) {
            if (*r->cell[1])
                complain(t.path, r->line, "an unnamed code with the symbol '%s'", r->cell[1]);
            c.kind = 0;
            require_cell(&t, r, 3, "sentence of meaning, without which an unnamed code says nothing");
        } else if (c.space != SPACE_HTTP) {
            require_cell(&t, r, 1, "symbol");
        }
        if (f->text_required)
            require_cell(&t, r, 3, "sentence of meaning, which the family promises");
        if (*r->cell[3] && r->cell[3][strlen(r->cell[3]) - 1] != '.')
            complain(t.path, r->line, "the meaning does not end with a full stop");
        require_cell(&t, r, 5, "source");
        c.symbol = pool_text(r->cell[1]);
        c.text = pool_text(r->cell[3]);
        c.hint = pool_text(r->cell[4]);
        codes = grow(codes, n_codes, sizeof *codes);
        codes[n_codes++] = c;
    }
}

static int
by_value(const void *a, const void *b)
{
    const code_t *x = a, *y = b;

    if (x->space != y->space)
        return x->space < y->space ? -1 : 1;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    if ((x->kind > 1) != (y->kind > 1)) /* a name of its own comes before a further name of the same number */
        return x->kind > 1 ? 1 : -1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static int
by_symbol(const void *a, const void *b)
{
    const code_t *x = &codes[*(const uint32_t *)a], *y = &codes[*(const uint32_t *)b];
    const char *p = pool + x->symbol, *q = pool + y->symbol;

    /* in either case: some symbols hold lower case letters, and people type all of them in lower case */
    for (; *p && toupper((unsigned char)*p) == toupper((unsigned char)*q); p++)
        q++;
    if (toupper((unsigned char)*p) != toupper((unsigned char)*q))
        return toupper((unsigned char)*p) - toupper((unsigned char)*q);
    if ((x->kind == KIND_MISPRINT) != (y->kind == KIND_MISPRINT)) /* who asks for a name wants its true number first */
        return x->kind == KIND_MISPRINT ? 1 : -1;
    return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

static void
check_codes(void)
{
    for (size_t i = 1; i < n_codes; i++) {
        const code_t *a = &codes[i - 1], *b = &codes[i];
        if (a->space != b->space || a->value != b->value || a->family != b->family)
            continue;
        if (a->symbol == b->symbol)
            complain(b->path, b->line, "duplicate: %s has this value already in %s:%u", pool + b->symbol, a->path,
                     a->line);
        else if (a->kind < 2 && b->kind < 2)
            complain(b->path, b->line, "duplicate: the value has a primary name already, %s in %s:%u",
                     pool + a->symbol, a->path, a->line);
    }
}

static void
compile_codes(void)
{
    table_t t = read_table("families.tsv", "number\tfamily\tfiles\ttext\tabout");
    static const char *const text_words[] = { "some", "all", NULL };

    for (size_t i = 0; i < t.rows; i++) {
        family_t f = { number_cell(&t, &t.row[i], 0, false), t.row[i].cell[1],
                       word_cell(&t, &t.row[i], 3, text_words, "promise of texts") == 1 };
        for (size_t k = 0; k < n_families; k++)
            if (families[k].number == f.number || !strcmp(families[k].name, f.name))
                complain(t.path, t.row[i].line, "duplicate family number or name");
        families = grow(families, n_families, sizeof *families);
        families[n_families++] = f;
    }
    for (size_t i = 0; i < t.rows; i++) {
        char files[160];
        snprintf(files, sizeof files, "%s", t.row[i].cell[2]);
        for (char *name = strtok(files, ","); name; name = strtok(NULL, ","))
            read_codes(name, i);
    }
    if (n_codes)
        qsort(codes, n_codes, sizeof *codes, by_value);
    check_codes();
    if (n_codes > 0xffff)
        complain(t.path, 1, "more than 65535 codes: the index by symbol has 16 bits");
}

static void
emit_codes(void)
{
    uint32_t *order = calloc(n_codes + 1, sizeof *order);
    size_t named = 0, first[4] = { 0 };

    if (!order)
        exit(2);
    for (size_t i = 0; i < n_codes; i++) {
        first[codes[i].space + 1] = i + 1;
        if (codes[i].symbol)
            order[named++] = (uint32_t)i;
    }
    qsort(order, named, sizeof *order, by_symbol);

    fprintf(out_h, "/* families, in the order in which the readings of one number are listed */\nenum wu_family {\n"
                   "    WU_FAMILY_UNKNOWN = 0,\n");
    for (size_t i = 0; i < n_families; i++)
        fprintf(out_h, "    WU_FAMILY_%s = %u,\n", identifier(families[i].name), families[i].number);
    fprintf(out_h, "    WU_FAMILY_MAX = %zu\n};\n\n", n_families);
    fprintf(out_h, "#define WU_N_CODES %zuu\n#define WU_N_SYMBOLS %zuu\n", n_codes, named);
    fprintf(out_h, "#define WU_FIRST_WIN32 %zuu\n#define WU_FIRST_HTTP %zuu\n\n", first[1],
            first[2] > first[1] ? first[2] : first[1]);

    fprintf(out_c, "const wu_code_row wu_code_rows[WU_N_CODES] = {\n");
    for (size_t i = 0; i < n_codes; i++)
        fprintf(out_c, "{0x%08X,%u,%u,%u,%u,%u},\n", codes[i].value, codes[i].symbol, codes[i].text, codes[i].hint,
                codes[i].family, codes[i].kind);
    fprintf(out_c, "};\n\nconst uint16_t wu_code_by_symbol[WU_N_SYMBOLS] = {\n");
    for (size_t i = 0; i < named; i++)
        fprintf(out_c, "%u,%s", order[i], i % 16 == 15 ? "\n" : "");
    fprintf(out_c, "};\n\nconst char *const wu_family_names[WU_FAMILY_MAX + 1] = {\n    [WU_FAMILY_UNKNOWN] = "
                   "\"Unknown\",\n");
    for (size_t i = 0; i < n_families; i++)
        fprintf(out_c, "    [WU_FAMILY_%s] = \"%s\",\n", identifier(families[i].name), families[i].name);
    fprintf(out_c, "};\n\nconst uint8_t wu_family_rank[WU_FAMILY_MAX + 1] = {\n    [WU_FAMILY_UNKNOWN] = 255,\n");
    for (size_t i = 0; i < n_families; i++)
        fprintf(out_c, "    [WU_FAMILY_%s] = %zu,\n", identifier(families[i].name), i);
    fprintf(out_c, "};\n\n");
    free(order);
}

/* ---- other languages ---------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t code, text; /* index in codes[] */
} translation_t;

static int
by_code(const void *a, const void *b)
{
    const translation_t *x = a, *y = b;
    return x->code < y->code ? -1 : x->code > y->code;
}

static table_t
read_table_of_words(const char *name, const char *header)
{
    beyond_ascii = true;
    table_t t = read_table(name, header);
    beyond_ascii = false;
    return t;
}

static const code_t *
find_code(uint32_t value, const char *symbol)
{
    for (size_t i = 0; i < n_codes; i++)
        if (codes[i].value == value && codes[i].kind != KIND_MISPRINT && !strcmp(pool + codes[i].symbol, symbol))
            return &codes[i];
    return NULL;
}

/* What the founding pages hold has a sentence in every language. */
static void
check_complete(const table_t *founding, const table_t *texts)
{
    for (size_t i = 0; i < founding->rows; i++) {
        const row_t *r = &founding->row[i];
        bool found = false, hex;
        uint32_t value, own;

        if (!parse_number(r->cell[1], &value, &hex) || !find_code(value, r->cell[0])) {
            complain(founding->path, r->line, "%s = %s is in no code table", r->cell[0], r->cell[1]);
            continue;
        }
        for (size_t k = 0; k < texts->rows && !found; k++)
            found = !strcmp(texts->row[k].cell[1], r->cell[0]) && parse_number(texts->row[k].cell[0], &own, &hex) &&
                    own == value;
        if (!found)
            complain(texts->path, 1, "no sentence for %s (%s), which founding_pages.tsv promises", r->cell[0], r->cell[1]);
    }
}

/* A sentence is that of every row with its symbol and the same English sentence: of misprinted numbers, too. */
static size_t
read_translations(const table_t *t, translation_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < t->rows; i++) {
        const row_t *r = &t->row[i];
        const code_t *c = find_code(number_cell(t, r, 0, false), r->cell[1]);

        require_cell(t, r, 2, "sentence");
        if (*r->cell[2] && r->cell[2][strlen(r->cell[2]) - 1] != '.')
            complain(t->path, r->line, "the sentence does not end with a full stop");
        if (!c) {
            complain(t->path, r->line, "%s = %s is in no code table", r->cell[1], r->cell[0]);
            continue;
        }
        for (size_t k = 0; k < i; k++)
            if (!strcmp(t->row[k].cell[0], r->cell[0]) && !strcmp(t->row[k].cell[1], r->cell[1]))
                complain(t->path, r->line, "duplicate of line %u", t->row[k].line);
        for (size_t k = 0; k < n_codes; k++)
            if (codes[k].symbol == c->symbol && codes[k].text == c->text)
                out[n++] = (translation_t){ (uint32_t)k, pool_text(r->cell[2]) };
    }
    qsort(out, n, sizeof *out, by_code);
    return n;
}

static void
compile_languages(void)
{
    table_t t = read_table_of_words("languages.tsv", "language\tname\tabout");
    table_t founding = read_table("founding_pages.tsv", "symbol\tvalue");
    translation_t *all = calloc(n_codes * (t.rows + 1) + 1, sizeof *all);
    size_t n = 0;

    if (!all)
        exit(2);
    fprintf(out_c, "const wu_language_row wu_languages[] = {\n{%u,%u,0,0},\n", pool_text("en"), pool_text("English"));
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        char file[32];

        if (strlen(r->cell[0]) != 2)
            complain(t.path, r->line, "'%s' is not a code of two letters", r->cell[0]);
        snprintf(file, sizeof file, "text_%.2s.tsv", r->cell[0]);
        table_t texts = read_table_of_words(file, "value\tsymbol\ttext");
        if (texts.columns_seen)
            check_complete(&founding, &texts);
        size_t own = read_translations(&texts, all + n);
        fprintf(out_c, "{%u,%u,%zu,%zu},\n", pool_text(r->cell[0]), pool_text(r->cell[1]), n, own);
        n += own;
    }
    fprintf(out_c, "};\n\nconst wu_translation_row wu_translations[] = {\n");
    for (size_t i = 0; i < n; i++)
        fprintf(out_c, "{%u,%u},\n", all[i].code, all[i].text);
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_LANGUAGES %zuu\n#define WU_N_TRANSLATIONS %zuu\n", t.rows + 1, n);
    free(all);
}

/* Numbers that mean something although no row holds them: (number & mask) == value. */
static void
compile_code_rules(void)
{
    static const char *const kinds[] = { "", "success", NULL };
    static const char *const lows[] = { "", "win32", NULL };
    table_t t = read_table("code_rules.tsv", "mask\tvalue\tfamily\tkind\tlow\ttext\tsource");

    fprintf(out_c, "const wu_code_rule wu_code_rules[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t mask = number_cell(&t, r, 0, false), value = number_cell(&t, r, 1, false), family = 0;

        if (value & ~mask)
            complain(t.path, r->line, "%s has bits outside of the mask %s", r->cell[1], r->cell[0]);
        for (size_t k = 0; k < n_families; k++)
            if (!strcmp(families[k].name, r->cell[2]))
                family = families[k].number;
        if (!family)
            complain(t.path, r->line, "unknown family '%s'", r->cell[2]);
        require_cell(&t, r, 5, "sentence of meaning");
        require_cell(&t, r, 6, "source");
        fprintf(out_c, "{0x%08X,0x%08X,%u,%u,%u,%u},\n", mask, value, pool_text(r->cell[5]), family,
                word_cell(&t, r, 3, kinds, "kind"), word_cell(&t, r, 4, lows, "meaning of the low word"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_CODE_RULES %zuu\nenum wu_rule_low { WU_LOW_NUMBER, WU_LOW_WIN32 };\n", t.rows);
}

/* All numbers with one name each, sorted: Win32 numbers in their HRESULT form too. Where several names compete, the one
 * that a lookup lists first wins; an HTTP error goes before a Win32 error of the same number. */
typedef struct {
    uint32_t value, name;
    unsigned rank;
} name_t;

static int
by_name_value(const void *a, const void *b)
{
    const name_t *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static void
emit_code_names(void)
{
    name_t *names = calloc(n_codes * 2 + 1, sizeof *names);
    size_t n = 0, kept = 0;

    if (!names)
        exit(2);
    for (size_t i = 0; i < n_codes; i++) {
        const code_t *c = &codes[i];
        unsigned rank = c->rank + (c->kind > 1 ? 100u : 0u);
        if (!c->symbol)
            continue;
        if (c->space == SPACE_HTTP)
            rank = c->value >= 400 ? 0 : 200;
        names[n++] = (name_t){ c->value, c->symbol, rank };
        if (c->space == SPACE_WIN32 && c->value)
            names[n++] = (name_t){ 0x80070000u | c->value, c->symbol, rank };
    }
    qsort(names, n, sizeof *names, by_name_value);
    fprintf(out_c, "const wu_name_row wu_code_names[] = {\n");
    for (size_t i = 0; i < n; i++) {
        if (i && names[i].value == names[i - 1].value)
            continue;
        fprintf(out_c, "{0x%08X,%u},\n", names[i].value, names[i].name);
        kept++;
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_CODE_NAMES %zuu\n", kept);
    free(names);
}

/* The symbol has to be in the code tables, with this value: mappings may only name what can be looked up. */
static void
check_code_exists(const table_t *t, const row_t *r, uint32_t value, const char *symbol)
{
    for (size_t i = 0; i < n_codes; i++)
        if ((codes[i].value == value ||
             (codes[i].space == SPACE_WIN32 && value == (0x80070000u | codes[i].value))) &&
            codes[i].kind != KIND_MISPRINT && !strcmp(pool + codes[i].symbol, symbol))
            return;
    complain(t->path, r->line, "%s = 0x%08X is in no code table", symbol, value);
}

/* ---- simple tables ----------------------------------------------------------------------------------------- */

static const char *const basis_words[] = { "", "documented", "inferred", "guess", NULL };
static const char *const yes_no[] = { "no", "yes", NULL };

/* A number and two texts. */
static void
compile_facilities(void)
{
    table_t t = read_table("facilities.tsv", "value\tsymbol\tkind\ttext\thint\tsource");
    uint32_t last = 0;

    if (!t.directive || strcmp(t.directive, "facilities"))
        complain(t.path, 1, "expected #family facilities");
    fprintf(out_c, "const wu_facility_row wu_facilities[] = {\n");
    size_t n = 0;
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t value = number_cell(&t, r, 0, false);
        unsigned kind = word_cell(&t, r, 2, code_kinds, "kind");
        const char *name = r->cell[1];

        if (i && value < last)
            complain(t.path, r->line, "not sorted by value");
        if (i && value == last && !kind)
            complain(t.path, r->line, "duplicate: the value has a primary name already");
        last = value;
        if (*name && strncmp(name, "FACILITY_", 9))
            complain(t.path, r->line, "'%s' does not begin with FACILITY_", name);
        fprintf(out_c, "{%u,%u,%u,%u},\n", value, pool_text(*name ? name + 9 : ""), pool_text(r->cell[3]), kind);
        n++;
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_FACILITIES %zuu\n", n);
}

static void
compile_http_to_code(void)
{
    table_t t = read_table("http_to_code.tsv", "http_status\tsymbol\tvalue\tbasis");
    uint32_t last = 0;

    fprintf(out_c, "const wu_mapping_row wu_http_to_code[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        bool other = !strcmp(r->cell[0], "other"); /* every failing status that has no row */
        uint32_t status = other ? 0xffffffffu : number_cell(&t, r, 0, false);
        uint32_t value = number_cell(&t, r, 2, false);

        if (i && status <= last)
            complain(t.path, r->line, "duplicate or not sorted: HTTP status %s", r->cell[0]);
        last = status;
        check_code_exists(&t, r, value, r->cell[1]);
        fprintf(out_c, "{%uu,0x%08X,%u,0},\n", status, value, word_cell(&t, r, 3, basis_words, "basis"));
    }
    if (last != 0xffffffffu)
        complain(t.path, 1, "no last row 'other'");
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_HTTP_TO_CODE %zuu\n", t.rows);
}

static void
compile_wws_to_wua(void)
{
    static const char *const conditions[] = { "", "name not resolved", NULL };
    table_t t = read_table("wws_to_wua.tsv", "ws_symbol\tws_value\twu_symbol\twu_value\tbasis\twhen");
    uint32_t last = 0;

    fprintf(out_c, "const wu_mapping_row wu_wws_to_wua[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t ws = number_cell(&t, r, 1, false), wu = number_cell(&t, r, 3, false);

        if (i && (ws < last || (ws == last && !*r->cell[5])))
            complain(t.path, r->line, "duplicate or not sorted: %s", r->cell[1]);
        last = ws;
        check_code_exists(&t, r, ws, r->cell[0]);
        check_code_exists(&t, r, wu, r->cell[2]);
        fprintf(out_c, "{0x%08X,0x%08X,%u,%u},\n", ws, wu, word_cell(&t, r, 4, basis_words, "basis"),
                word_cell(&t, r, 5, conditions, "condition"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_WWS_TO_WUA %zuu\nenum wu_when { WU_WHEN_ANY, WU_WHEN_NAME_NOT_RESOLVED };\n", t.rows);
}

static void
compile_wws_mapping(void)
{
    static const char *const kinds[] = { "server_auth", "proxy_auth", "http_status", "proxy_status", "subcode", "body",
                                         "fault", NULL };
    table_t t = read_table("wws_mapping.tsv", "kind\tkey\tsymbol\tvalue\tbasis\tnote");

    fprintf(out_c, "const wu_wws_row wu_wws_mapping[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t value = number_cell(&t, r, 3, false);

        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[0], r->cell[0]) && !strcmp(t.row[k].cell[1], r->cell[1]))
                complain(t.path, r->line, "duplicate of line %u", t.row[k].line);
        check_code_exists(&t, r, value, r->cell[2]);
        fprintf(out_c, "{%u,%u,0x%08X,%u},\n", word_cell(&t, r, 0, kinds, "kind"), pool_text(r->cell[1]), value,
                word_cell(&t, r, 4, basis_words, "basis"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_WWS_MAPPING %zuu\n", t.rows);
    fprintf(out_h, "enum wu_wws_kind {");
    for (unsigned i = 0; kinds[i]; i++)
        fprintf(out_h, " WU_WWS_%s,", identifier(kinds[i]));
    fprintf(out_h, " };\n");
}

#define MAX_EVENTS 64

/* What may become of a connection, and what is worth knowing of it. */
static void
compile_transport_events(const char *names[MAX_EVENTS + 1])
{
    table_t t = read_table("transport_events.tsv", "event\tnote");

    fprintf(out_c, "const uint32_t wu_transport_notes[] = {\n");
    fprintf(out_h, "enum wu_transport_event {");
    for (size_t i = 0; i < t.rows && i < MAX_EVENTS; i++) {
        const row_t *r = &t.row[i];

        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[0], r->cell[0]))
                complain(t.path, r->line, "duplicate of line %u", t.row[k].line);
        names[i] = r->cell[0];
        fprintf(out_c, "%u,", pool_text(r->cell[1]));
        fprintf(out_h, " WU_EVENT_%s,", identifier(r->cell[0]));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, " };\n#define WU_N_TRANSPORT_EVENTS %zuu\n", t.rows);
}

/* What clients report for connections that fail: an event, a program, and the codes of its chain in their order. */
static void
compile_transport_to_code(void)
{
    const char *names[MAX_EVENTS + 1] = { NULL };
    static const char *const programs[] = { "any", "service", "file", "bits", "do", NULL };
    static const char *const sets[] = { "one", "or", NULL };
    compile_transport_events(names);
    table_t t = read_table("transport_to_code.tsv", "event\tclient\tvalue\tsymbol\tset\tbasis\tnote");

    fprintf(out_c, "const wu_transport_row wu_transport_to_code[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t value = number_cell(&t, r, 2, false);

        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[0], r->cell[0]) && !strcmp(t.row[k].cell[1], r->cell[1]) &&
                !strcmp(t.row[k].cell[2], r->cell[2]))
                complain(t.path, r->line, "duplicate of line %u", t.row[k].line);
        check_code_exists(&t, r, value, r->cell[3]);
        require_cell(&t, r, 5, "basis");
        require_cell(&t, r, 6, "note");
        fprintf(out_c, "{%u,%u,0x%08X,%u,%u,%u},\n", word_cell(&t, r, 0, names, "event"),
                word_cell(&t, r, 1, programs, "client"), value, strncmp(r->cell[2], "0x", 2) == 0,
                word_cell(&t, r, 4, sets, "word for a set (one, or)"), word_cell(&t, r, 5, basis_words, "basis"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_TRANSPORT_TO_CODE %zuu\n", t.rows);
}

static void
compile_soap_faults(void)
{
    table_t t = read_table("soap_faults.tsv",
                           "fault\tprotocol\tmeaning\tnext_step\tserver_next_step\trecovery\tvalue\tbasis\tolder_value\tolder_basis");

    fprintf(out_c, "const wu_fault_row wu_soap_faults[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];

        if (i && strcmp(t.row[i - 1].cell[0], r->cell[0]) >= 0)
            complain(t.path, r->line, "duplicate or not sorted: %s", r->cell[0]);
        fprintf(out_c, "{%u,%u,%u,%u,0x%08X,0x%08X,%u,%u,%u},\n", pool_text(r->cell[0]), pool_text(r->cell[2]),
                pool_text(r->cell[3]), pool_text(r->cell[4]), number_cell(&t, r, 6, true),
                number_cell(&t, r, 8, true), word_cell(&t, r, 7, basis_words, "basis"),
                word_cell(&t, r, 9, basis_words, "basis"), word_cell(&t, r, 5, yes_no, "recovery (yes or no)"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_SOAP_FAULTS %zuu\n", t.rows);
}

static char **service_names;
static size_t n_services;

static unsigned
service_cell(const table_t *t, const row_t *r, const char *name)
{
    for (size_t i = 0; i < n_services; i++)
        if (!strcmp(service_names[i], name))
            return (unsigned)i + 1;
    complain(t->path, r->line, "unknown service '%s'", name);
    return 0;
}

/* Who calls a service: what it makes of a bad answer depends on that. */
static const char *const client_words[] = { "",       "agent",    "server",        "console", "download",
                                            "delivery", "delivery_lite", "other",   NULL };

/* What programs that fetch files without SOAP report for a status, where it is not the general rule. */
static void
compile_file_to_code(void)
{
    static const char *const hows[] = { "instead", "also", "then", NULL };
    static const char *const methods[] = { "", "HEAD", NULL };
    table_t t = read_table("file_to_code.tsv", "client\tservice\tmethod\thttp_status\thow\tsymbol\tvalue\tbasis\tbecause");

    fprintf(out_c, "const wu_file_row wu_file_to_code[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t status = strcmp(r->cell[3], "other") ? number_cell(&t, r, 3, false) : 0xffffffffu;
        uint32_t value = number_cell(&t, r, 6, false);

        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[0], r->cell[0]) && !strcmp(t.row[k].cell[1], r->cell[1]) &&
                !strcmp(t.row[k].cell[3], r->cell[3]) && !strcmp(t.row[k].cell[4], r->cell[4]))
                complain(t.path, r->line, "duplicate of line %u", t.row[k].line);
        require_cell(&t, r, 0, "client");
        require_cell(&t, r, 8, "phrase on what the code is derived from");
        check_code_exists(&t, r, value, r->cell[5]);
        fprintf(out_c, "{%uu,0x%08X,%u,%u,%u,%u,%u,%u},\n", status, value, pool_text(r->cell[8]),
                *r->cell[1] ? service_cell(&t, r, r->cell[1]) : 0, word_cell(&t, r, 0, client_words, "client"),
                word_cell(&t, r, 2, methods, "method"), word_cell(&t, r, 4, hows, "how"),
                word_cell(&t, r, 7, basis_words, "basis"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_FILE_TO_CODE %zuu\nenum wu_how { WU_INSTEAD, WU_ALSO, WU_THEN };\n", t.rows);
}

static table_t events;

static void
compile_report_events(void)
{
    static const char *const outcomes[] = { "", "ok", "fail", "conflict", NULL };
    table_t t = read_table("report_events.tsv", "id\tname\tclass\toutcome\tmeaning");
    uint32_t last = 0;

    events = t;

    fprintf(out_c, "const wu_event_row wu_report_events[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t id = number_cell(&t, r, 0, false);

        if (i && id <= last)
            complain(t.path, r->line, "duplicate or not sorted: event %u", id);
        last = id;
        require_cell(&t, r, 4, "meaning");
        fprintf(out_c, "{%u,%u,%u,%u,%u},\n", id, pool_text(r->cell[1]), pool_text(r->cell[4]), pool_text(r->cell[2]),
                word_cell(&t, r, 3, outcomes, "outcome"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_REPORT_EVENTS %zuu\n", t.rows);
    fprintf(out_h, "enum wu_event_outcome { WU_OUTCOME_NONE, WU_OUTCOME_OK, WU_OUTCOME_FAIL, WU_OUTCOME_CONFLICT };\n");
}

static void
compile_nbfs(void)
{
    table_t t = read_table("nbfs.tsv", "id\ttext");

    fprintf(out_c, "const uint32_t wu_nbfs_strings[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        if (number_cell(&t, &t.row[i], 0, false) != i * 2)
            complain(t.path, t.row[i].line, "the ids of the static dictionary are the even numbers in order");
        fprintf(out_c, "%u,", pool_text(t.row[i].cell[1]));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_NBFS %zuu\n", t.rows);
}

/* Names for the values of small fields. */
static char **enum_names;
static size_t n_enums;

static void
compile_enums(void)
{
    table_t t = read_table("enums.tsv", "enum\tvalue\tname");

    fprintf(out_c, "const wu_enum_row wu_enum_values[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];

        if (!n_enums || strcmp(enum_names[n_enums - 1], r->cell[0])) {
            for (size_t k = 0; k < n_enums; k++)
                if (!strcmp(enum_names[k], r->cell[0]))
                    complain(t.path, r->line, "the values of '%s' are not together", r->cell[0]);
            enum_names = grow(enum_names, n_enums, sizeof *enum_names);
            enum_names[n_enums++] = r->cell[0];
        } else if (number_cell(&t, r, 1, false) <= number_cell(&t, &t.row[i - 1], 1, false)) {
            complain(t.path, r->line, "duplicate or not sorted: %s %s", r->cell[0], r->cell[1]);
        }
        require_cell(&t, r, 2, "name");
        fprintf(out_c, "{%zu,%u,%u},\n", n_enums, number_cell(&t, r, 1, false), pool_text(r->cell[2]));
    }
    /* event ids have a table of their own; their meanings are the value names of a field */
    enum_names = grow(enum_names, n_enums, sizeof *enum_names);
    enum_names[n_enums++] = copy_text("event");
    for (size_t i = 0; i < events.rows; i++)
        fprintf(out_c, "{%zu,%s,%u},\n", n_enums, events.row[i].cell[0], pool_text(events.row[i].cell[4]));
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_ENUM_VALUES %zuu\n/* value names for fields; 0 is none */\nenum wu_enum { "
                   "WU_ENUM_NONE,", t.rows + events.rows);
    for (size_t k = 0; k < n_enums; k++)
        fprintf(out_h, " WU_ENUM_%s,", identifier(enum_names[k]));
    fprintf(out_h, " WU_ENUM_MAX };\n");
}

/* ---- services, operations, hosts, agents -------------------------------------------------------------------- */

static void
compile_services(void)
{
    static const char *const kinds[] = { "soap", "http", NULL };
    table_t t = read_table("services.tsv", "service\tkind\tclient\tnamespace\tabout");

    fprintf(out_c, "const wu_service_row wu_services[] = {\n{0,0,0,0,0},\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];

        for (size_t k = 0; k < n_services; k++)
            if (!strcmp(service_names[k], r->cell[0]))
                complain(t.path, r->line, "duplicate service '%s'", r->cell[0]);
        require_cell(&t, r, 2, "client");
        require_cell(&t, r, 4, "description");
        service_names = grow(service_names, n_services, sizeof *service_names);
        service_names[n_services++] = r->cell[0];
        fprintf(out_c, "{%u,%u,%u,%u,%u},\n", pool_text(r->cell[0]), pool_text(r->cell[3]), pool_text(r->cell[4]),
                word_cell(&t, r, 1, kinds, "kind"), word_cell(&t, r, 2, client_words, "client"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_SERVICES %zuu\nenum wu_service { WU_SERVICE_NONE,", t.rows + 1);
    for (size_t k = 0; k < n_services; k++)
        fprintf(out_h, " WU_SERVICE_%s,", identifier(service_names[k]));
    fprintf(out_h, " };\nenum wu_client { WU_CLIENT_SOAP,");
    for (unsigned i = 1; client_words[i]; i++)
        fprintf(out_h, " WU_CLIENT_%s,", identifier(client_words[i]));
    fprintf(out_h, " };\n");
}

static int
by_first_cell(const void *a, const void *b)
{
    const row_t *x = a, *y = b;
    int order = strcmp(x->cell[0], y->cell[0]);
    return order ? order : x->line < y->line ? -1 : 1;
}

static void
compile_operations(void)
{
    table_t t = read_table("operations.tsv", "operation\tservice\tclient\tspecification\tabout");

    if (t.rows)
        qsort(t.row, t.rows, sizeof *t.row, by_first_cell);
    fprintf(out_c, "const wu_operation_row wu_operations[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];

        if (i && !strcmp(t.row[i - 1].cell[0], r->cell[0]) && !strcmp(t.row[i - 1].cell[1], r->cell[1]))
            complain(t.path, r->line, "duplicate operation '%s' of %s", r->cell[0], r->cell[1]);
        require_cell(&t, r, 4, "description");
        fprintf(out_c, "{%u,%u,%u,%u},\n", pool_text(r->cell[0]), pool_text(r->cell[4]),
                service_cell(&t, r, r->cell[1]), word_cell(&t, r, 2, client_words, "client"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_OPERATIONS %zuu\n", t.rows);
}

static const char *const matches[] = { "contains", "begins", "ends", "domain", "is", NULL };

static void
check_lower(const table_t *t, const row_t *r, const char *text)
{
    for (const char *p = text; *p; p++)
        if (isupper((unsigned char)*p)) {
            complain(t->path, r->line, "'%s' is compared in lower case", text);
            return;
        }
}

/* A row without a service is evidence only: it makes a request whose path others use too (needs: evidence) ours. */
/* As wu_letters() of plugin/core/tables.h has it. */
static unsigned
letters_of(const char *text)
{
    unsigned letters = 0;

    for (; *text; text++)
        letters |= 1u << (*text & 31);
    return letters;
}

static void
compile_recognition(void)
{
    static const char *const kinds[] = { "path", "host", "agent", "label", "port", "file_type", NULL };
    static const char *const needs[] = { "", "evidence", NULL };
    table_t t = read_table("recognition.tsv", "kind\tmatch\ttext\tservice\toperation\tneeds\tabout");

    fprintf(out_c, "const wu_recognition_row wu_recognition[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        unsigned need = word_cell(&t, r, 5, needs, "need");

        check_lower(&t, r, r->cell[2]);
        require_cell(&t, r, 2, "text");
        if (need && !*r->cell[3])
            complain(t.path, r->line, "a row without a service that needs evidence");
        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[0], r->cell[0]) && !strcmp(t.row[k].cell[2], r->cell[2]))
                complain(t.path, r->line, "duplicate of line %u", t.row[k].line);
        fprintf(out_c, "{%u,%u,%u,%u,%u,%u,%u},\n", pool_text(r->cell[2]), pool_text(r->cell[4]), letters_of(r->cell[2]),
                *r->cell[3] ? service_cell(&t, r, r->cell[3]) : 0, word_cell(&t, r, 0, kinds, "kind"),
                word_cell(&t, r, 1, matches, "match"), need);
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_RECOGNITION %zuu\nenum wu_recognise { WU_BY_PATH, WU_BY_HOST, WU_BY_AGENT, "
                   "WU_BY_LABEL, WU_BY_PORT, WU_BY_FILE_TYPE, WU_BY_MAX };\n"
                   "enum wu_match { WU_CONTAINS, WU_BEGINS, WU_ENDS, WU_DOMAIN, WU_IS };\n", t.rows);
}

/* What a program that names itself so makes of a bad answer. No client: what it calls decides. */
static void
compile_agents(void)
{
    table_t t = read_table("agents.tsv", "match\ttext\tclient\tabout");

    fprintf(out_c, "const wu_agent_row wu_agents[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];

        check_lower(&t, r, r->cell[1]);
        require_cell(&t, r, 1, "text");
        require_cell(&t, r, 3, "description");
        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[1], r->cell[1]))
                complain(t.path, r->line, "duplicate of line %u", t.row[k].line);
        fprintf(out_c, "{%u,%u,%u},\n", pool_text(r->cell[1]), word_cell(&t, r, 0, matches, "match"),
                word_cell(&t, r, 2, client_words, "client"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_AGENTS %zuu\n", t.rows);
}

/* ---- fields and the elements that fill them ------------------------------------------------------------------ */

static const char *const field_types[] = { "none", "string", "uint32", "uint64", "int32", "bool", "guid", "time",
                                           "length", "digest", "hex32", "duration", "version64", "frame_request",
                                           "frame_response", "frame", NULL };
static char **field_names;
static unsigned *field_type;
static size_t n_fields;

static unsigned
field_cell(const table_t *t, const row_t *r, const char *name)
{
    for (size_t i = 0; i < n_fields; i++)
        if (!strcmp(field_names[i], name))
            return (unsigned)i;
    complain(t->path, r->line, "unknown field '%s'", name);
    return 0;
}

static void
compile_fields(void)
{
    table_t t = read_table("fields.tsv", "field\tlabel\ttype\tenum\tshow\thelp");

    fprintf(out_c, "const wu_field_row wu_fields[WU_N_FIELDS] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        unsigned names = 0;

        for (size_t k = 0; k < n_fields; k++)
            if (!strcmp(field_names[k], r->cell[0]))
                complain(t.path, r->line, "duplicate field '%s'", r->cell[0]);
        if (strncmp(r->cell[0], "wsus.", 5))
            complain(t.path, r->line, "'%s' does not begin with wsus.", r->cell[0]);
        require_cell(&t, r, 1, "label");
        require_cell(&t, r, 5, "help sentence");
        for (size_t k = 0; *r->cell[3] && k < n_enums; k++)
            if (!strcmp(enum_names[k], r->cell[3]))
                names = (unsigned)k + 1;
        if (*r->cell[3] && !names)
            complain(t.path, r->line, "unknown enum '%s'", r->cell[3]);
        field_type = grow(field_type, n_fields, sizeof *field_type);
        field_type[n_fields] = word_cell(&t, r, 2, field_types, "type");
        field_names = grow(field_names, n_fields, sizeof *field_names);
        field_names[n_fields++] = r->cell[0];
        fprintf(out_c, "{%u,%u,%u,%u,%u,%u},\n", pool_text(r->cell[0]), pool_text(r->cell[1]), pool_text(r->cell[5]),
                pool_text(r->cell[4]), word_cell(&t, r, 2, field_types, "type"), names);
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "enum wu_field_type {");
    for (unsigned i = 0; field_types[i]; i++)
        fprintf(out_h, " WU_TYPE_%s,", identifier(field_types[i]));
    fprintf(out_h, " };\n\nenum wu_field {\n");
    for (size_t i = 0; i < n_fields; i++)
        fprintf(out_h, "    WU_F_%s,\n", identifier(field_names[i] + 5)); /* without "wsus." */
    fprintf(out_h, "    WU_N_FIELDS\n};\n\n");
}

static const char *const rule_kinds[] = { "value",  "group", "count", "list", "part",  "opaque", "fragment", "skip",
                                          "pairs",  "code",  "event", "text", "guess", "drawn", NULL };

/* `parent/element`, `element`, `element@attribute`, `parent/element@attribute`, or `element;key` for a key of a
 * "K=V;K=V" text. The part looked up by hash is the element, or the attribute, or the key. */
typedef struct {
    unsigned line;
    char *path; /* in parts: the three below point into it */
    const char *name, *parent, *owner;
    unsigned kind, field, extra;
    uint8_t sort; /* 0 element, 1 attribute, 2 key */
} rule_t;

#define RULE_HASHES 1024u

static unsigned
rule_hash(const char *text)
{
    const unsigned char *name = (const unsigned char *)text;
    size_t n = strlen(text);
    return (unsigned)((n * 7 + name[0] * 31u + name[n / 2] * 13u + name[n - 1] * 5u) & (RULE_HASHES - 1));
}

static bool
parse_rule(const char *path, rule_t *rule)
{
    char *element = copy_text(path), *mark = strpbrk(element, "@;"), *slash;

    rule->path = element;
    rule->parent = rule->owner = "";
    if (mark) {
        rule->sort = *mark == '@' ? 1 : 2;
        *mark = '\0';
    }
    slash = strchr(element, '/');
    if (slash) {
        *slash = '\0';
        rule->parent = element;
        element = slash + 1;
    }
    if (mark)
        rule->owner = element;
    rule->name = mark ? mark + 1 : element;
    return *rule->name && strlen(rule->name) < 256 && strlen(rule->parent) < 256 &&
           !strchr(rule->name, '/') && (!mark || *rule->owner);
}

static int
by_hash(const void *a, const void *b)
{
    const rule_t *x = a, *y = b;
    unsigned hx = rule_hash(x->name), hy = rule_hash(y->name);

    if (hx != hy)
        return hx < hy ? -1 : 1;
    /* the more a rule asks for, the earlier it is tried */
    int sx = (*x->parent != 0) + (*x->owner != 0), sy = (*y->parent != 0) + (*y->owner != 0);
    if (sx != sy)
        return sx > sy ? -1 : 1;
    return x->line < y->line ? -1 : 1;
}

/* What is drawn around others has no value; counts and lengths are numbers. Of attributes and keys there are too few to leave any
 * out. */
static void
check_rule_type(const table_t *t, const row_t *r, const rule_t *rule)
{
    static const struct { const char *kind, *type; } wanted[] = {
        { "group", "none" }, { "event", "none" }, { "pairs", "none" }, { "count", "uint32" }, { "opaque", "length" }
    };

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strcmp(rule_kinds[rule->kind], wanted[i].kind) && rule->field < n_fields &&
            strcmp(field_types[field_type[rule->field]], wanted[i].type))
            complain(t->path, r->line, "%s is not of type %s", r->cell[2], wanted[i].type);
    if (!strcmp(rule_kinds[rule->kind], "drawn") && rule->sort)
        complain(t->path, r->line, "only elements are of the kind drawn");
}

static void
compile_elements(void)
{
    table_t t = read_table("elements.tsv", "path\tkind\tfield\textra\tabout");
    rule_t *rule = calloc(t.rows + 1, sizeof *rule);
    unsigned start[RULE_HASHES + 1];
    size_t n = 0;

    if (!rule)
        exit(2);
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        rule_t *x = &rule[n];

        if (!parse_rule(r->cell[0], x)) {
            complain(t.path, r->line, "bad path '%s'", r->cell[0]);
            free(x->path);
            continue;
        }
        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[0], r->cell[0]))
                complain(t.path, r->line, "duplicate of line %u", t.row[k].line);
        x->line = r->line;
        x->kind = word_cell(&t, r, 1, rule_kinds, "kind");
        x->field = strcmp(r->cell[2], "-") ? field_cell(&t, r, r->cell[2]) : 0xffff;
        check_rule_type(&t, r, x);
        x->extra = 0;
        if (*r->cell[3]) {
            if (!strcmp(rule_kinds[x->kind], "part"))
                x->extra = number_cell(&t, r, 3, false);
            else
                x->extra = field_cell(&t, r, r->cell[3]) + 1;
        }
        n++;
    }
    qsort(rule, n, sizeof *rule, by_hash);
    fprintf(out_c, "const wu_rule wu_rules[] = {\n");
    for (size_t i = 0, h = 0; h <= RULE_HASHES; h++) {
        start[h] = (unsigned)i;
        for (; i < n && rule_hash(rule[i].name) == h; i++)
            fprintf(out_c, "{%u,%u,%u,%u,%u,%u,%u,%zu,%zu},\n", pool_text(rule[i].name), pool_text(rule[i].parent),
                    pool_text(rule[i].owner), rule[i].field, rule[i].extra, rule[i].kind, rule[i].sort,
                    strlen(rule[i].name), strlen(rule[i].parent));
    }
    fprintf(out_c, "};\n\nconst uint16_t wu_rule_start[WU_RULE_HASHES + 1] = {");
    for (unsigned h = 0; h <= RULE_HASHES; h++)
        fprintf(out_c, "%u,", start[h]);
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_RULES %zuu\n#define WU_RULE_HASHES %uu\nenum wu_rule_kind {", n, RULE_HASHES);
    for (unsigned i = 0; rule_kinds[i]; i++)
        fprintf(out_h, " WU_RULE_%s,", identifier(rule_kinds[i]));
    fprintf(out_h, " };\nenum wu_rule_sort { WU_SORT_ELEMENT, WU_SORT_ATTRIBUTE, WU_SORT_KEY };\n");
    for (size_t i = 0; i < n; i++)
        free(rule[i].path);
    free(rule);
}

/* ---- diagnosis --------------------------------------------------------------------------------------------- */

/* What a client tries, and how far one gets on the way; in the order of the way. */
static const char *const task_words[] = { "", "scan", "self-update", "download", "report", "server sync", NULL };
static const char *const step_words[] = { "",       "resolve",      "connect", "secure",   "locate",   "self-update", "config",
                                          "cookie", "registration", "sync",    "metadata", "download", "install",     "report",
                                          NULL };

static void
emit_words(const char *type, const char *prefix, const char *const *words)
{
    fprintf(out_h, "enum %s { %sNONE,", type, prefix);
    for (unsigned i = 1; words[i]; i++)
        fprintf(out_h, " %s%s,", prefix, identifier(words[i]));
    fprintf(out_h, " %sMAX };\n", prefix);
}

static void
compile_steps(void)
{
    table_t t = read_table("steps.tsv", "service\toperation\ttask\tstep\tabout");

    fprintf(out_c, "const wu_step_row wu_steps[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];

        for (size_t k = 0; k < i; k++)
            if (!strcmp(t.row[k].cell[0], r->cell[0]) &&
                (!*t.row[k].cell[1] || !strcmp(t.row[k].cell[1], r->cell[1])))
                complain(t.path, r->line, "line %u comes before it and takes all it could take", t.row[k].line);
        require_cell(&t, r, 2, "task");
        require_cell(&t, r, 3, "step");
        fprintf(out_c, "{%u,%u,%u,%u},\n", pool_text(r->cell[1]), service_cell(&t, r, r->cell[0]),
                word_cell(&t, r, 2, task_words, "task"), word_cell(&t, r, 3, step_words, "step"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_STEPS %zuu\n", t.rows);
    emit_words("wu_task", "WU_TASK_", task_words);
    emit_words("wu_step", "WU_STEP_", step_words);
}

/* The first row that takes a failure is its diagnosis: one behind another that takes all it could take is never used. */
static bool
row_takes(const row_t *a, const row_t *b)
{
    for (unsigned c = 2; c <= 6; c++) /* key, where, port, when, parameter */
        if (*a->cell[c] && strcmp(a->cell[c], b->cell[c]))
            return false;
    return !strcmp(a->cell[1], b->cell[1]);
}

static void
compile_diagnoses(void)
{
    static const char *const kinds[] = { "connection", "fault", "status", "code", "event", "finding", "pattern", NULL };
    static const char *const whens[] = { "", "plain", "tls", "offered", "client", NULL };
    static const char *const weights[] = { "quiet", "note", "warning", "failure", NULL };
    static const char *const bases[] = { "proved", "documented", "inferred", NULL };
    table_t t = read_table("diagnoses.tsv", "name\ton\tkey\twhere\tport\twhen\tparameter\tweight\tlimit\tcause\tcheck\t"
                                            "basis\tsource\ttitle");

    fprintf(out_c, "const wu_diagnosis_row wu_diagnoses[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        bool pattern = !strcmp(r->cell[1], "pattern");

        for (size_t k = 0; k < i; k++) {
            if (!strcmp(t.row[k].cell[0], r->cell[0]))
                complain(t.path, r->line, "duplicate of line %u: '%s'", t.row[k].line, r->cell[0]);
            if (!pattern && row_takes(&t.row[k], r))
                complain(t.path, r->line, "line %u comes before it and takes all it could take", t.row[k].line);
        }
        require_cell(&t, r, 0, "name");
        require_cell(&t, r, 9, "cause");
        require_cell(&t, r, 10, "advice what to check");
        if (pattern || !strcmp(r->cell[1], "finding"))
            require_cell(&t, r, 13, "title");
        fprintf(out_c, "{%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u},\n", pool_text(r->cell[0]), pool_text(r->cell[2]),
                pool_text(r->cell[6]), pool_text(r->cell[9]), pool_text(r->cell[10]), pool_text(r->cell[13]), number_cell(&t, r, 8, true),
                number_cell(&t, r, 4, true), word_cell(&t, r, 1, kinds, "kind"), word_cell(&t, r, 3, step_words, "step"),
                word_cell(&t, r, 5, whens, "condition"), word_cell(&t, r, 7, weights, "weight"),
                word_cell(&t, r, 11, bases, "basis"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_DIAGNOSES %zuu\nenum wu_diagnosis_name {", t.rows);
    for (size_t i = 0; i < t.rows; i++)
        fprintf(out_h, " WU_DIAGNOSIS_%s,", identifier(t.row[i].cell[0]));
    fprintf(out_h, " };\n");
    emit_words("wu_diagnosis_when", "WU_WHEN_", whens);
    fprintf(out_h, "enum wu_diagnosis_on { WU_ON_CONNECTION, WU_ON_FAULT, WU_ON_STATUS, WU_ON_CODE, WU_ON_EVENT, WU_ON_FINDING, "
                   "WU_ON_PATTERN };\nenum wu_weight { WU_WEIGHT_QUIET, WU_WEIGHT_NOTE, WU_WEIGHT_WARNING, "
                   "WU_WEIGHT_FAILURE };\nenum wu_proof { WU_PROOF_CAPTURE, WU_PROOF_DOCUMENTED, WU_PROOF_INFERRED };\n");
}

/* ---- free text and logs ------------------------------------------------------------------------------------- */

/* Where a word is looked for: by its first two bytes, in either case. The second of a word of one byte counts as 0. */
#define INTRODUCTION_PLACES 1024u

static unsigned
introduction_place(const char *word)
{
    return ((unsigned char)word[0] & 31u) << 5 | ((unsigned char)word[1] & 31u);
}

/* The longer words of a place first. */
static int
by_place(const void *a, const void *b)
{
    const row_t *x = a, *y = b;
    unsigned p = introduction_place(x->cell[0]), q = introduction_place(y->cell[0]);
    size_t m = strlen(x->cell[0]), n = strlen(y->cell[0]);

    if (p != q)
        return p < q ? -1 : 1;
    if (m != n)
        return m > n ? -1 : 1;
    return strcmp(x->cell[0], y->cell[0]);
}

static void
compile_introductions(void)
{
    static const char *const kinds[] = { "error", "code", "hint", "win32", "system", "exit", "http", "link", NULL };
    static const char *const places[] = { "any", "begins", "whole", NULL };
    unsigned start[INTRODUCTION_PLACES + 1];

    beyond_ascii = true;
    table_t t = read_table("introductions.tsv", "word\tkind\tmatch\tlanguage\tabout");
    beyond_ascii = false;
    if (t.rows)
        qsort(t.row, t.rows, sizeof *t.row, by_place);
    fprintf(out_c, "const wu_introduction_row wu_introductions[] = {\n");
    for (size_t i = 0, c = 0; c <= INTRODUCTION_PLACES; c++) {
        start[c] = (unsigned)i;
        for (; i < t.rows && introduction_place(t.row[i].cell[0]) == c; i++) {
            const row_t *r = &t.row[i];
            require_cell(&t, r, 0, "word");
            if (i && !strcmp(t.row[i - 1].cell[0], r->cell[0]))
                complain(t.path, r->line, "duplicate of line %u", t.row[i - 1].line);
            for (const char *p = r->cell[0]; *p; p++)
                if (isupper((unsigned char)*p)) {
                    complain(t.path, r->line, "'%s' is compared in lower case", r->cell[0]);
                    break;
                }
            fprintf(out_c, "{%u,%u,%u,%u},\n", pool_text(r->cell[0]), 1u << word_cell(&t, r, 1, kinds, "kind"),
                    word_cell(&t, r, 2, places, "match"), (unsigned)strlen(r->cell[0]));
        }
    }
    fprintf(out_c, "};\n\nconst uint16_t wu_introduction_start[WU_INTRODUCTION_PLACES + 1] = {");
    for (unsigned c = 0; c <= INTRODUCTION_PLACES; c++)
        fprintf(out_c, "%u,", start[c]);
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_INTRODUCTION_PLACES %uu\n", INTRODUCTION_PLACES);
    fprintf(out_h, "#define WU_N_INTRODUCTIONS %zuu\nenum wu_introduction_kind {", t.rows);
    for (unsigned i = 0; kinds[i]; i++)
        fprintf(out_h, " WU_INTRO_%s = %u,", identifier(kinds[i]), 1u << i);
    fprintf(out_h, " };\nenum wu_introduction_match { WU_INTRO_ANY, WU_INTRO_BEGINS, WU_INTRO_WHOLE };\n");
}

/* Phases and operations of the number behind a code of Windows Setup, each counted from 0. */
static void
compile_setup_extensions(void)
{
    static const char *const parts[] = { "phase", "operation", NULL };
    table_t t = read_table("setup_extensions.tsv", "part\tvalue\tname\ttext\tsource");
    unsigned count[2] = { 0, 0 };

    fprintf(out_c, "const wu_extension_row wu_extensions[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        unsigned part = word_cell(&t, r, 0, parts, "part");
        if (number_cell(&t, r, 1, false) != count[part]++ || (!part && count[1]))
            complain(t.path, r->line, "phases and then operations are counted from 0");
        const char *prefix = part ? "SP_EXECUTION_OP_" : "SP_EXECUTION_";
        if (strncmp(r->cell[2], prefix, strlen(prefix)))
            complain(t.path, r->line, "'%s' does not begin with %s", r->cell[2], prefix);
        require_cell(&t, r, 3, "meaning");
        require_cell(&t, r, 4, "source");
        fprintf(out_c, "{%u,%u},\n", pool_text(r->cell[2]), pool_text(r->cell[3]));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_PHASES %uu\n#define WU_N_OPERATIONS_OF_SETUP %uu\n", count[0], count[1]);
}

/* The roles of the columns of logs; rows of log_formats.tsv name columns, which are looked up here. */
static const char *const role_words[] = { "none", "text", "code", "status", "substatus", "win32", "reason", "path",
                                          "agent", "host", "version", NULL };

static unsigned
role_of(const table_t *fields, const char *name)
{
    for (size_t i = 0; i < fields->rows; i++)
        if (!strcmp(fields->row[i].cell[0], name))
            for (unsigned k = 0; role_words[k]; k++)
                if (!strcmp(fields->row[i].cell[1], role_words[k]))
                    return k;
    return 0;
}

static void
compile_log_fields(const table_t *t)
{
    fprintf(out_c, "const wu_log_field_row wu_log_fields[] = {\n");
    for (size_t i = 0; i < t->rows; i++) {
        for (size_t k = 0; k < i; k++)
            if (!strcmp(t->row[k].cell[0], t->row[i].cell[0]))
                complain(t->path, t->row[i].line, "duplicate of line %u", t->row[k].line);
        fprintf(out_c, "{%u,%u},\n", pool_text(t->row[i].cell[0]), word_cell(t, &t->row[i], 1, role_words, "role"));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_LOG_FIELDS %zuu\nenum wu_log_role {", t->rows);
    for (unsigned i = 0; role_words[i]; i++)
        fprintf(out_h, " WU_LOG_%s,", identifier(role_words[i]));
    fprintf(out_h, " };\n");
}

/* "\\t" in a shape stands for a tab. */
static const char *
shape_cell(const table_t *t, const row_t *r)
{
    static char shape[64];
    size_t n = 0;

    for (const char *p = r->cell[1]; *p && n < sizeof shape - 1; p++) {
        bool tab = p[0] == '\\' && p[1] == 't';
        shape[n] = *p;
        if (tab)
            shape[n] = '\t';
        n++;
        p += tab;
    }
    shape[n] = '\0';
    if (!n || n == sizeof shape - 1)
        complain(t->path, r->line, "no shape, or a longer one than %zu characters", sizeof shape - 2);
    return shape;
}

static void
compile_log_formats(void)
{
    static const char *const separators[] = { "tab", "blanks", NULL };
    table_t fields = read_table("log_fields.tsv", "field\trole\tabout");
    table_t t = read_table("log_formats.tsv", "format\tshape\tseparator\tfields\tabout");

    compile_log_fields(&fields);
    fprintf(out_c, "const wu_log_format_row wu_log_formats[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        unsigned columns = 0;

        fprintf(out_c, "{%u,%u,%u,{", pool_text(r->cell[0]), pool_text(shape_cell(&t, r)),
                word_cell(&t, r, 2, separators, "separator"));
        for (char *name = strtok(r->cell[3], " "); name; name = strtok(NULL, " "), columns++)
            fprintf(out_c, "%u,", role_of(&fields, name));
        fprintf(out_c, "},%u},\n", columns);
        if (!columns || columns > 16)
            complain(t.path, r->line, "%u fields, 1 to 16 are allowed", columns);
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_LOG_FORMATS %zuu\n#define WU_LOG_COLUMNS 16\n", t.rows);
}

static void
compile_httperr_reasons(void)
{
    table_t t = read_table("httperr_reasons.tsv", "reason\ttext\tsource");

    fprintf(out_c, "const wu_reason_row wu_reasons[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        require_cell(&t, r, 0, "reason");
        require_cell(&t, r, 1, "meaning");
        require_cell(&t, r, 2, "source");
        fprintf(out_c, "{%u,%u},\n", pool_text(r->cell[0]), pool_text(r->cell[1]));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_REASONS %zuu\n", t.rows);
}

static void
compile_iis_substatus(void)
{
    table_t t = read_table("iis_substatus.tsv", "status\tsubstatus\ttext\tsource");
    uint32_t last = 0;

    fprintf(out_c, "const wu_substatus_row wu_substatuses[] = {\n");
    for (size_t i = 0; i < t.rows; i++) {
        const row_t *r = &t.row[i];
        uint32_t key = number_cell(&t, r, 0, false) << 16 | number_cell(&t, r, 1, false);
        if (i && key <= last)
            complain(t.path, r->line, "duplicate or not sorted");
        last = key;
        require_cell(&t, r, 2, "meaning");
        require_cell(&t, r, 3, "source");
        fprintf(out_c, "{%u,%u,%u},\n", key >> 16, key & 0xffff, pool_text(r->cell[2]));
    }
    fprintf(out_c, "};\n\n");
    fprintf(out_h, "#define WU_N_SUBSTATUSES %zuu\n", t.rows);
}

/* ---- */

static void
emit_pool(void)
{
    fprintf(out_h, "\n#define WU_POOL_SIZE %zuu\n", pool_used);
    fprintf(out_c, "const char wu_pool[WU_POOL_SIZE] =\n");
    for (size_t i = 0; i < pool_used; i += strlen(pool + i) + 1) {
        emit_string(out_c, pool + i);
        fprintf(out_c, i + strlen(pool + i) + 1 < pool_used ? "\"\\0\"\n" : "");
    }
    fprintf(out_c, ";\n");
}

static FILE *
open_output(const char *dir, const char *name)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    if (!f) {
        fprintf(stderr, "compile: cannot write %s: %s\n", path, strerror(errno));
        exit(2);
    }
    return f;
}

static void
remove_outputs(const char *dir)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/wu_tables.c", dir);
    remove(path);
    snprintf(path, sizeof path, "%s/wu_tables.h", dir);
    remove(path);
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: compile TABLES_DIR OUTPUT_DIR\n", stderr);
        return 2;
    }
    tables_dir = argv[1];
    out_h = open_output(argv[2], "wu_tables.h");
    out_c = open_output(argv[2], "wu_tables.c");
    fputs("/* Generated from tables/ by tables/compile.c: do not edit. */\n#ifndef WU_TABLES_H\n#define WU_TABLES_H\n\n",
          out_h);
    fputs("/* Generated from tables/ by tables/compile.c: do not edit. */\n#include \"tables.h\"\n\n", out_c);

    compile_codes();
    emit_codes();
    emit_code_names();
    compile_languages();
    compile_code_rules();
    compile_facilities();
    compile_http_to_code();
    compile_wws_to_wua();
    compile_wws_mapping();
    compile_transport_to_code();
    compile_soap_faults();
    compile_report_events();
    compile_nbfs();
    compile_enums();
    compile_services();
    compile_operations();
    compile_recognition();
    compile_agents();
    compile_file_to_code();
    compile_fields();
    compile_elements();
    compile_steps();
    compile_diagnoses();
    compile_introductions();
    compile_setup_extensions();
    compile_log_formats();
    compile_httperr_reasons();
    compile_iis_substatus();
    emit_pool();
    free_tables();
    fputs("\n#endif\n", out_h);
    if (fclose(out_h) || fclose(out_c)) {
        fprintf(stderr, "compile: cannot write to %s: %s\n", argv[2], strerror(errno));
        return 2;
    }
    if (problems) {
        remove_outputs(argv[2]);
        fprintf(stderr, "compile: %u problem%s in the tables, nothing generated\n", problems, problems == 1 ? "" : "s");
        return 1;
    }
    return 0;
}
