/* input.c
 * Files as lines: UTF-8, UTF-16 with and without a byte order mark, and what else there is, taken as Windows-1252.
 *
 * A file is read in blocks; only the piece of text since the last line end is kept, at most MAX_PIECE bytes of it. A longer
 * line is given in pieces that overlap a little, so that nothing in it is lost.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wuerr.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef O_BINARY
#define O_BINARY 0 /* only Windows tells text from binary */
#endif

#define BLOCK     (256u * 1024)  /* bytes read at a time */
#define MAX_PIECE (1024u * 1024) /* bytes of a line that are searched at a time */
#define OVERLAP   256u           /* bytes of a piece that the next one has again */
#define LOOK      4096u          /* bytes by which the encoding is told */

typedef struct {
    int fd;
    const char *name;          /* for messages */
    wu_session *session;
    wu_place place;
    wu_log log;
    enum wu_encoding encoding;
    GString *text;             /* UTF-8 or bytes that were not searched yet */
    GString *line;             /* of a line in Windows-1252, as UTF-8 */
    size_t context;            /* bytes of text that were searched before */
    unsigned long long offset; /* of the block in the file */
    bool broken;               /* it was told that there is UTF-16 that is none */
} input;

static void
complain(const input *in, const char *what)
{
    fflush(stdout);
    fprintf(stderr, "wuerr: %s: %s\n", in->name, what);
}

/* ---- lines ---- */

/* The line in UTF-8. */
static wu_slice
as_utf8(input *in, wu_slice line)
{
    if (in->encoding != WU_BYTES || wu_is_utf8(line))
        return line;
    g_string_set_size(in->line, 0);
    wu_append_windows_1252(in->line, line);
    return wu_slice_of(in->line->str, in->line->len);
}

static void
search(input *in, wu_slice line, size_t context)
{
    wu_log_code code;

    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    in->place.text = context ? line : as_utf8(in, line);
    wu_log_line(&in->log, in->place.text, context < in->place.text.n ? context : in->place.text.n);
    while (wu_log_next(&in->log, &code))
        wu_show_code(in->session, &in->place, &code, NULL);
}

/* A place near the end of a piece where no word is cut. */
static size_t
cut_of(wu_slice piece)
{
    for (size_t i = piece.n; i > piece.n - OVERLAP; i--)
        if (wu_is_space(piece.p[i - 1]) || !piece.p[i - 1])
            return i;
    return piece.n;
}

/* Searches the lines that are complete, and pieces of one that is too long. */
static void
search_lines(input *in, bool end)
{
    wu_slice text = wu_slice_of(in->text->str, in->text->len);
    size_t start = 0;

    while (start < text.n) {
        size_t stop = wu_slice_find_byte(text, start, '\n');
        bool complete = stop < text.n || end;
        wu_slice piece = wu_slice_of(text.p + start, stop - start);

        if (!complete && piece.n < MAX_PIECE)
            break;
        if (!in->context)
            in->place.line++;
        if (complete) {
            search(in, piece, in->context);
            in->context = 0;
            start = stop + 1;
            continue;
        }
        piece.n = cut_of(piece);
        search(in, piece, in->context);
        in->context = OVERLAP;
        start += piece.n - OVERLAP;
        break;
    }
    size_t left = start < text.n ? text.n - start : 0;
    memmove(in->text->str, in->text->str + (text.n - left), left);
    g_string_set_size(in->text, left);
}

/* ---- reading ---- */

/* Files that hold their text packed: nothing can be found in them. */
static const char *
packed_kind(const uint8_t *p, size_t n)
{
    static const struct {
        const char *magic, *what;
    } kinds[] = {
        { "ElfFile", "a binary event log: export it with wevtutil qe /lf /f:text first" },
        { "\x1f\x8b", "compressed: unpack it first" },
        { "PK\x03\x04", "a ZIP file: unpack it first" },
        { "MSCF", "a cabinet: unpack it first" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (n >= strlen(kinds[i].magic) && !memcmp(p, kinds[i].magic, strlen(kinds[i].magic)))
            return kinds[i].what;
    return NULL;
}

/* Takes a block and returns how many of its bytes have to come again. */
static size_t
take_block(input *in, wu_slice block, bool end)
{
    size_t taken = block.n, broken = block.n;

    if (in->encoding == WU_BYTES)
        g_string_append_len(in->text, (const char *)block.p, (gssize)block.n);
    else
        taken = wu_append_utf16(in->text, block, in->encoding, end, &broken);
    if (broken < block.n && !in->broken) {
        char what[96];
        snprintf(what, sizeof what, "broken UTF-16 at byte %llu; the rest is read", in->offset + broken);
        complain(in, what);
        in->broken = in->session->trouble = true;
    }
    search_lines(in, end);
    in->offset += taken;
    return end ? 0 : block.n - taken;
}

/* As read(), but fills the buffer unless the file ends. */
static ssize_t
read_fully(int fd, uint8_t *p, size_t n)
{
    size_t got = 0;

    while (got < n) {
        ssize_t now = read(fd, p + got, (unsigned)(n - got));
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0)
            return -1;
        if (!now)
            break;
        got += (size_t)now;
        if (got >= LOOK && fd == 0)
            break; /* whoever writes to a pipe wants to see what was found */
    }
    return (ssize_t)got;
}

/* What the start of a file tells. False when there is nothing to find in it; else how many bytes to leave out. */
static bool
begin(input *in, wu_slice start, size_t *mark)
{
    const char *packed = packed_kind(start.p, start.n);

    if (packed) {
        complain(in, packed);
        in->session->trouble = true;
        return false;
    }
    in->encoding = wu_tell_encoding(start, mark);
    if (in->encoding == WU_BYTES && wu_slice_find_byte(start, 0, '\0') < start.n)
        complain(in, "holds NUL bytes: no text, but searched for codes");
    in->offset = *mark;
    return true;
}

static void
read_all(input *in)
{
    uint8_t *block = g_malloc(BLOCK + 4);
    size_t rest = 0, skip = 0;
    bool first = true;
    ssize_t got;

    do {
        got = read_fully(in->fd, block + rest, BLOCK);
        if (got < 0) {
            complain(in, g_strerror(errno));
            in->session->trouble = true;
            got = 0;
        }
        wu_slice whole = wu_slice_of(block, rest + (size_t)got);
        if (first && !begin(in, whole, &skip))
            break;
        wu_slice taken = wu_slice_from(whole, first ? skip : 0);
        first = false;
        rest = take_block(in, taken, !got);
        memmove(block, taken.p + (taken.n - rest), rest);
    } while (got > 0 && !ferror(stdout));
    g_free(block);
}

void
wu_read_file(wu_session *session, const char *name)
{
    bool standard = !strcmp(name, "-");
    input in = { .fd = standard ? 0 : open(name, O_RDONLY | O_BINARY), .name = standard ? "standard input" : name,
                 .session = session, .place = { .file = standard ? NULL : name }, .log = { .all = session->all } };
    struct stat about;

    if (in.fd < 0 || fstat(in.fd, &about) < 0) {
        complain(&in, g_strerror(errno));
        session->trouble = true;
    } else if (S_ISDIR(about.st_mode)) {
        complain(&in, "is a folder: name the files in it");
        session->trouble = true;
    } else {
        in.text = g_string_sized_new(MAX_PIECE + 2 * BLOCK);
        in.line = g_string_new(NULL);
        read_all(&in);
        g_string_free(in.text, TRUE);
        g_string_free(in.line, TRUE);
    }
    if (in.fd > 0)
        close(in.fd);
}
