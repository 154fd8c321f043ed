/* code_finder.c
 * Long because every form of a code is told from others in one walk over the text, whose state they share.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "code_finder.h"

#include "hresult.h"
#include "introduction.h"
#include "setup_extension.h"

#define NEAR          32u  /* bytes before a small number in which a word may introduce it */
#define NEAR_OF_KNOWN 96u  /* before a large number that is known: few numbers are */
#define MAX_TOKEN     200u /* bytes of a path in front of a number that are looked at */
#define MAX_BETWEEN   12u  /* bytes between two numbers of a list */

#define FOR_ERRORS (WU_INTRO_ERROR | WU_INTRO_CODE | WU_INTRO_WIN32)
#define FOR_KNOWN  (FOR_ERRORS | WU_INTRO_HINT | WU_INTRO_EXIT | WU_INTRO_SYSTEM)

void
wu_finder_start(wu_finder *finder, wu_slice text)
{
    *finder = (wu_finder){ .text = text };
}

/* ---- what the tables say of a number ---- */

static bool
is_known(uint32_t code, enum wu_space space)
{
    wu_reading reading;
    return wu_code_readings(code, space, &reading, 1) > 0 && reading.how != WU_READ_NTSTATUS;
}

static bool
has_family(uint32_t number, enum wu_family family)
{
    wu_reading readings[WU_MAX_READINGS];
    size_t n = wu_code_readings(number, WU_AS_WIN32, readings, WU_MAX_READINGS);

    for (size_t i = 0; i < n; i++)
        if (readings[i].family == family)
            return true;
    return false;
}

/* Severity and customer bits as codes of Microsoft have them: 8 or C in front. */
static bool
begins_like_a_failure(uint32_t code)
{
    return (code & 0xb0000000u) == 0x80000000u;
}

/* Failures are worth reporting although no table holds them: those whose facility has a name, or whose neighbours are
 * known. */
bool
wu_code_is_plausible(uint32_t code)
{
    wu_hresult parts = wu_hresult_parts(code);

    if (is_known(code, WU_AS_HRESULT))
        return true;
    if ((code & 0xffff0000u) == 0xd0000000u) /* HRESULT_FROM_NT() of a kernel status */
        return true;
    if (!parts.failure || parts.customer || !parts.facility)
        return false;
    return *wu_facility_name(parts.facility) || (begins_like_a_failure(code) && wu_code_has_neighbours(code));
}

/* ---- what stands around a number ---- */

/* A slash before a number: of "Wsl/Install/0x80080005", not of a URL, a file or base64. */
static bool
behind_names(wu_slice text, size_t slash)
{
    size_t start = slash, segment = 0;

    while (start > 0 && slash - start < MAX_TOKEN && text.p[start - 1] && !wu_is_space(text.p[start - 1]) &&
           !strchr("\"'()[]{}<>=,;:|", text.p[start - 1]))
        start--;
    for (size_t i = start; i <= slash; i++) {
        uint8_t c = text.p[i];
        if (c == '/' ? !segment : !segment ? wu_lower(c) < 'a' || wu_lower(c) > 'z' : !wu_is_alnum(c) && c != '_' && c != '-')
            return false;
        segment = c == '/' ? 0 : segment + 1;
    }
    return start < slash;
}

/* A number does not begin in the middle of a word, a path or a base64 text. */
static bool
free_before(const wu_finder *finder, size_t at, enum wu_find_form form)
{
    static const char glue[] = "_/\\+-.%&@~$";
    wu_slice text = finder->text;

    if (!at)
        return true;
    if (wu_word_before(text, at))
        return false;
    uint8_t before = text.p[at - 1];
    if (!memchr(glue, before, sizeof glue - 1))
        return true;
    if (before == '/' && finder->last_end == at - 1 && at > 1)
        return true;
    if (form != WU_FORM_HEX)
        return false;
    return before == '-' || before == '.' || before == '~' || (before == '/' && behind_names(text, at - 1));
}

/* What follows a dash is a part of a GUID: four hexadecimal digits, or a number that is not of its own. */
static bool
guid_behind(wu_slice text, size_t dash, enum wu_find_form form)
{
    size_t n = 0;

    while (n < 5 && dash + 1 + n < text.n && wu_hex_digit(text.p[dash + 1 + n]) >= 0)
        n++;
    if (!n || (n == 1 && text.p[dash + 1] == '0' && dash + 2 < text.n && wu_lower(text.p[dash + 2]) == 'x'))
        return false;
    if (form != WU_FORM_BARE_HEX)
        return true;
    return n != 5 && (dash + 1 + n >= text.n || !wu_word_bytes(text, dash + 1 + n));
}

static bool
free_after(wu_slice text, size_t end, enum wu_find_form form)
{
    uint32_t extension;
    size_t at, length;

    if (end >= text.n)
        return true;
    if (wu_word_bytes(text, end) || text.p[end] == '+')
        return false;
    if (text.p[end] == '/') {
        uint8_t next = end + 1 < text.n ? text.p[end + 1] : ' ';
        if (form == WU_FORM_HEX && (wu_is_space(next) || (next >= 'A' && next <= 'Z')))
            return true;
        return (form == WU_FORM_HEX || form == WU_FORM_BARE_HEX) && (wu_is_digit(next) || next == '-');
    }
    return text.p[end] != '-' || form == WU_FORM_HEX || !guid_behind(text, end, form) ||
           (form == WU_FORM_BARE_HEX && wu_setup_extension_behind(text, end, &extension, &at, &length));
}

static bool
is_decimal(enum wu_find_form form)
{
    return form == WU_FORM_SIGNED || form == WU_FORM_UNSIGNED || form == WU_FORM_NUMBER || form == WU_FORM_STATUS;
}

/* A number that only a comma or the like parts from the code before it belongs to the same list. */
static bool
in_list(const wu_finder *finder, size_t at, enum wu_find_form form)
{
    wu_slice text = finder->text;
    size_t i = finder->last_end, word;

    if (!i || i >= at || at - i > MAX_BETWEEN || is_decimal(form) != is_decimal(finder->last_form))
        return false;
    while (i < at) {
        for (word = i; word < at && wu_word_bytes(text, word); word += wu_word_bytes(text, word))
            ;
        if (word > i) {
            if (!wu_is_link(wu_slice_of(text.p + i, word - i)))
                return false;
            i = word;
        } else if (text.p[i] && strchr(" \t,;/&|'\"+", text.p[i])) {
            i++;
        } else {
            return false;
        }
    }
    return true;
}

static unsigned
kinds_directly(const wu_finder *finder, size_t at, enum wu_find_form form)
{
    return wu_introduced_directly(finder->text, at) | (in_list(finder, at, form) ? finder->last_kinds : 0);
}

/* A word in front of another code introduces that one, and what is in a list with it. */
static unsigned
kinds_near(const wu_finder *finder, size_t at, size_t window, enum wu_find_form form)
{
    if (finder->last_end && finder->last_end <= at && at - finder->last_end < window)
        window = at - finder->last_end;
    return wu_introduced_near(finder->text, at, window) | (in_list(finder, at, form) ? finder->last_kinds : 0);
}

/* A dash behind the first number of a text: "80244022 - The service is unavailable". */
static bool
leads(wu_slice text, size_t at, size_t end)
{
    for (size_t i = 0; i < at; i++)
        if (!wu_is_space(text.p[i]))
            return false;
    size_t i = end;
    while (i < text.n && text.p[i] == ' ')
        i++;
    return i > end && i + 1 < text.n && (text.p[i] == '-' || text.p[i] == 0xe2) && text.p[i + 1] != '-';
}

/* ---- the forms ---- */

static bool
found_at(wu_found *found, uint32_t code, enum wu_space space, enum wu_find_form form, size_t offset, size_t length)
{
    *found = (wu_found){ .code = code, .space = space, .form = form, .offset = offset, .length = length };
    return true;
}

/* The run of hexadecimal digits at offset; more than nine are counted as nine. */
static size_t
hex_run(wu_slice text, size_t offset, uint32_t *value)
{
    size_t n = 0;

    *value = 0;
    for (; n < 9 && offset + n < text.n && wu_hex_digit(text.p[offset + n]) >= 0; n++)
        *value = *value << 4 | (uint32_t)wu_hex_digit(text.p[offset + n]);
    return n;
}

/* Numbers of 16 bits, which flags, handles and counters are as well: where words before them say what they are. */
static bool
small_number_is_code(uint32_t number, unsigned kinds)
{
    bool of_error = (kinds & WU_INTRO_ERROR) || ((kinds & WU_INTRO_HINT) && (kinds & WU_INTRO_CODE));

    if (!is_known(number, WU_AS_WIN32))
        return false;
    if ((kinds & WU_INTRO_WIN32) || ((kinds & WU_INTRO_SYSTEM) && (kinds & WU_INTRO_ERROR)))
        return true;
    if (!of_error && !(kinds & WU_INTRO_EXIT))
        return false;
    return ((kinds & WU_INTRO_EXIT) && number >= 1000) || has_family(number, WU_FAMILY_MSI);
}

/* In brackets, as DISM and Setup print results. */
static bool
in_brackets(wu_slice text, size_t at, size_t end)
{
    return at > 0 && text.p[at - 1] == '[' && end < text.n && text.p[end] == ']';
}

static bool
large_hex_is_code(const wu_finder *finder, uint32_t code, size_t at, size_t end)
{
    if (code & 0x80000000u) {
        if (wu_code_is_plausible(code) || (begins_like_a_failure(code) && in_brackets(finder->text, at, end)))
            return true;
    } else if (is_known(code, WU_AS_HRESULT)) {
        return wu_hresult_parts(code).facility == 0x24 || (kinds_near(finder, at, NEAR, WU_FORM_HEX) & FOR_KNOWN);
    }
    return kinds_directly(finder, at, WU_FORM_HEX) & (FOR_ERRORS | WU_INTRO_EXIT);
}

/* "logs/0x80244022.txt" */
static bool
is_file(wu_slice text, size_t at, size_t end)
{
    return at > 0 && text.p[at - 1] == '/' && end + 1 < text.n && text.p[end] == '.' && wu_is_alnum(text.p[end + 1]);
}

static bool
match_hex(const wu_finder *finder, size_t at, wu_found *found)
{
    uint32_t code;
    size_t digits = hex_run(finder->text, at + 2, &code), end = at + 2 + digits;

    if (!digits || digits > 8 || !free_after(finder->text, end, WU_FORM_HEX) || is_file(finder->text, at, end))
        return false;
    if (code <= 0xffff) {
        unsigned kinds = digits < 8 && !code ? 0 : kinds_directly(finder, at, WU_FORM_HEX);
        bool named = (kinds & WU_INTRO_ERROR) || ((kinds & WU_INTRO_HINT) && (kinds & WU_INTRO_CODE));
        if (!(named && is_known(code, WU_AS_HRESULT)) && !small_number_is_code(code, kinds))
            return false;
    } else if (digits == 8 ? !large_hex_is_code(finder, code, at, end)
                           : digits < 5 || !is_known(code, WU_AS_HRESULT) ||
                                 !(kinds_near(finder, at, NEAR, WU_FORM_HEX) & FOR_ERRORS)) {
        return false;
    }
    return found_at(found, code, WU_AS_HRESULT, WU_FORM_HEX, at, end - at);
}

/* A column of its own between tabs, as in ReportingEvents.log. */
static bool
is_column(wu_slice text, size_t at, size_t end)
{
    bool before = at > 0 && text.p[at - 1] == '\t', after = end < text.n && text.p[end] == '\t';
    bool starts = !at || text.p[at - 1] == '\n', ends = end >= text.n || text.p[end] == '\r' || text.p[end] == '\n';

    return (before && (after || ends)) || (starts && after);
}

/* The next number is a failure, too. */
static bool
begins_list(wu_slice text, size_t end)
{
    uint32_t code;
    size_t i = end;

    while (i < text.n && i - end < 3 && text.p[i] && strchr(" ,;", text.p[i]))
        i++;
    return i > end && hex_run(text, i, &code) == 8 && free_after(text, i + 8, WU_FORM_BARE_HEX) && begins_like_a_failure(code) &&
           wu_code_is_plausible(code);
}

static bool
bare_hex_is_code(const wu_finder *finder, uint32_t code, size_t at)
{
    wu_slice text = finder->text;

    uint32_t extension;
    size_t place, length;

    if (is_known(code, WU_AS_HRESULT))
        return wu_setup_extension_behind(text, at + 8, &extension, &place, &length) || is_column(text, at, at + 8) || begins_list(text, at + 8) || leads(text, at, at + 8) ||
               (kinds_near(finder, at, NEAR_OF_KNOWN, WU_FORM_BARE_HEX) & FOR_KNOWN);
    if (!begins_like_a_failure(code))
        return false;
    unsigned kinds = kinds_directly(finder, at, WU_FORM_BARE_HEX);
    if (!(kinds & FOR_KNOWN))
        return false;
    if (wu_code_is_plausible(code))
        return true;
    for (size_t i = at; i < at + 8 && (kinds & WU_INTRO_ERROR); i++)
        if (!wu_is_digit(text.p[i]))
            return true; /* eight decimal digits are as likely a number of anything */
    return false;
}

static bool
match_bare_hex(const wu_finder *finder, size_t at, wu_found *found)
{
    uint32_t code;

    if (hex_run(finder->text, at, &code) != 8 || !(code & 0x80000000u) ||
        !free_after(finder->text, at + 8, WU_FORM_BARE_HEX) || !bare_hex_is_code(finder, code, at))
        return false;
    return found_at(found, code, WU_AS_HRESULT, WU_FORM_BARE_HEX, at, 8);
}

/* "HTTP/1.1 503": the version stands between. */
static bool
behind_http_version(wu_slice text, size_t at)
{
    return at >= 9 && wu_nocase_equal(text.p + at - 9, (const uint8_t *)"http/", 5) && wu_is_digit(text.p[at - 4]) &&
           text.p[at - 3] == '.' && wu_is_digit(text.p[at - 2]) && text.p[at - 1] == ' ';
}

static bool
match_status(const wu_finder *finder, size_t at, uint32_t number, wu_found *found)
{
    wu_slice text = finder->text;
    size_t end = at + 3, n = 0;
    unsigned substatus = 0;

    if (number < 400 || number > 599 || !wu_http_status_row(number))
        return false;
    if (end < text.n && text.p[end] == '.')
        for (; n < 3 && end + 1 + n < text.n && wu_is_digit(text.p[end + 1 + n]); n++)
            substatus = substatus * 10 + (unsigned)(text.p[end + 1 + n] - '0');
    end += n ? n + 1 : 0;
    if (end < text.n && (wu_word_bytes(text, end) || (end + 1 < text.n && text.p[end] == '.' && wu_is_digit(text.p[end + 1]))))
        return false;
    unsigned kinds = kinds_directly(finder, at, WU_FORM_STATUS);
    bool quoted = at > 0 && text.p[at - 1] == '(' && end < text.n && text.p[end] == ')';
    if (!(kinds & WU_INTRO_HTTP) && !((kinds & WU_INTRO_HINT) && (kinds & WU_INTRO_CODE)) &&
        !(quoted && (kinds & WU_INTRO_ERROR)) && !behind_http_version(text, at))
        return false;
    found_at(found, number, WU_AS_HTTP_STATUS, WU_FORM_STATUS, at, end - at);
    found->substatus = substatus;
    return true;
}

static bool
match_unsigned(const wu_finder *finder, size_t at, size_t end, uint32_t code, wu_found *found)
{
    bool is_code;

    if (is_known(code, WU_AS_HRESULT)) {
        is_code = leads(finder->text, at, end) || (kinds_near(finder, at, NEAR_OF_KNOWN, WU_FORM_UNSIGNED) & FOR_KNOWN);
    } else { /* of any facility behind "error code" */
        unsigned kinds = begins_like_a_failure(code) ? kinds_directly(finder, at, WU_FORM_UNSIGNED) : 0;
        is_code = (kinds & WU_INTRO_ERROR) && ((kinds & WU_INTRO_CODE) || wu_code_is_plausible(code));
    }
    return is_code && found_at(found, code, WU_AS_HRESULT, WU_FORM_UNSIGNED, at, end - at);
}

/* Numbers below 2^31. */
static bool
match_number(const wu_finder *finder, size_t at, size_t end, uint32_t number, wu_found *found)
{
    if (number > 0xffff) { /* a success of Windows Update as an exit code */
        if (!is_known(number, WU_AS_HRESULT) || !(kinds_directly(finder, at, WU_FORM_NUMBER) & FOR_KNOWN))
            return false;
        return found_at(found, number, WU_AS_HRESULT, WU_FORM_NUMBER, at, end - at);
    }
    if (!number || finder->text.p[at] == '0')
        return false;
    if (end - at == 5 && number >= 10004 && number <= 12199 && is_known(number, WU_AS_WIN32) &&
        ((kinds_near(finder, at, NEAR, WU_FORM_NUMBER) & FOR_ERRORS) || leads(finder->text, at, end)))
        return found_at(found, number, WU_AS_WIN32, WU_FORM_NUMBER, at, end - at);
    if (!small_number_is_code(number, kinds_directly(finder, at, WU_FORM_NUMBER)))
        return false;
    return found_at(found, number, WU_AS_WIN32, WU_FORM_NUMBER, at, end - at);
}

static bool
match_decimal(const wu_finder *finder, size_t at, wu_found *found)
{
    wu_slice text = finder->text;
    bool negative = text.p[at] == '-';
    size_t end = at + negative;
    uint64_t v = 0;

    for (; end < text.n && wu_is_digit(text.p[end]) && end - at < 12; end++)
        v = v * 10 + (uint64_t)(text.p[end] - '0');
    if (finder->statuses && end - at == 3 && !negative && match_status(finder, at, (uint32_t)v, found))
        return true;
    if (!free_after(text, end, WU_FORM_NUMBER) || (end + 1 < text.n && text.p[end] == '.' && wu_is_digit(text.p[end + 1])))
        return false;
    if (negative) {
        uint32_t code = (uint32_t)-(int64_t)v;
        return v <= 0x80000000u && v >= 0x10000000u && wu_code_is_plausible(code) &&
               found_at(found, code, WU_AS_HRESULT, WU_FORM_SIGNED, at, end - at);
    }
    if (v > 0xffffffffu)
        return false;
    return v & 0x80000000u ? match_unsigned(finder, at, end, (uint32_t)v, found)
                           : match_number(finder, at, end, (uint32_t)v, found);
}

static bool
match_symbol(wu_slice text, size_t at, size_t end, wu_found *found)
{
    wu_slice name = wu_slice_of(text.p + at, end - at);
    size_t first;

    if (!free_after(text, end, WU_FORM_SYMBOL) || !wu_code_by_name(name, &first))
        return false;
    const wu_code_row *row = wu_code_symbol_row(first);
    return found_at(found, row->value, wu_code_row_space(row), WU_FORM_SYMBOL, at, name.n);
}

/* WindowsUpdate_80070005, error_0x80070005: the code is the last part of a name whose first part introduces it. */
static bool
match_end_of_name(const wu_finder *finder, size_t at, size_t end, wu_found *found)
{
    wu_slice text = finder->text;
    size_t part = end;
    uint32_t code;

    while (part > at && text.p[part - 1] != '_')
        part--;
    size_t digits = part + ((end - part == 10 && text.p[part] == '0' && wu_lower(text.p[part + 1]) == 'x') ? 2 : 0);
    if (part <= at + 1 || end - digits != 8 || hex_run(text, digits, &code) != 8 || !begins_like_a_failure(code) ||
        !wu_code_is_plausible(code) || !free_after(text, end, WU_FORM_BARE_HEX) ||
        !(wu_introductions_in(wu_slice_of(text.p + at, part - 1 - at)) & FOR_KNOWN))
        return false;
    return found_at(found, code, WU_AS_HRESULT, digits > part ? WU_FORM_HEX : WU_FORM_BARE_HEX, part, end - part);
}

/* ---- words ---- */

/* Whether a word is made like the name of an error in the Windows headers. */
static bool
like_a_symbol(wu_slice word, bool underscore)
{
    static const char *const prefixes[] = { "E_", "ERROR_", "SEC_", "NTE_", "STATUS_", "WSA" };
    const unsigned n = sizeof prefixes / sizeof *prefixes;

    if (word.n < 4 || word.n > 96 || word.p[0] < 'A' || word.p[0] > 'Z')
        return false;
    for (unsigned i = underscore ? 0 : n - 1; i < n; i++)
        if (word.n > strlen(prefixes[i]) && !memcmp(word.p, prefixes[i], strlen(prefixes[i])))
            return true;
    return underscore && wu_slice_find(word, 0, "_E_") < word.n;
}

/* Bytes of words of ASCII. */
static const uint8_t in_word[256] = {
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1,
    ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1,
    ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1,
    ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,
    ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1,
    ['Y'] = 1, ['Z'] = 1, ['_'] = 2
};

/* The end of the word that begins at offset, or offset when none does. *underscore: it has one. */
static size_t
word_end(wu_slice text, size_t offset, bool *underscore)
{
    uint8_t seen = 0;
    size_t i = offset;

    for (;;) {
        while (i < text.n && in_word[text.p[i]])
            seen |= in_word[text.p[i++]];
        size_t n = i < text.n && text.p[i] >= 0x80 ? wu_word_bytes(text, i) : 0;
        if (!n)
            break;
        i += n;
    }
    *underscore = seen & 2;
    return i;
}

static bool
match_word(const wu_finder *finder, size_t at, size_t end, bool underscore, wu_found *found)
{
    wu_slice text = finder->text;
    uint8_t c = text.p[at];
    bool symbol = c >= 'A' && c <= 'Z' && like_a_symbol(wu_slice_of(text.p + at, end - at), underscore);

    if (c == '0' && end - at > 2 && wu_lower(text.p[at + 1]) == 'x')
        return free_before(finder, at, WU_FORM_HEX) && match_hex(finder, at, found);
    if (wu_is_digit(c) && free_before(finder, at, WU_FORM_NUMBER) && match_decimal(finder, at, found))
        return true;
    if (end - at == 8 && wu_hex_digit(c) >= 8 && free_before(finder, at, WU_FORM_BARE_HEX) && match_bare_hex(finder, at, found))
        return true;
    if (symbol && free_before(finder, at, WU_FORM_SYMBOL) && match_symbol(text, at, end, found))
        return true;
    return underscore && end - at > 9 && free_before(finder, at, WU_FORM_SYMBOL) && match_end_of_name(finder, at, end, found);
}

/* The same error in another form has the same key: Win32 numbers are taken as HRESULTs, an NTSTATUS as itself. */
static uint64_t
key_of(const wu_found *found)
{
    if (found->space == WU_AS_HTTP_STATUS)
        return (uint64_t)1 << 32 | found->code;
    if ((found->code & 0xf0000000u) == 0xd0000000u) /* HRESULT_FROM_NT() */
        return found->code & ~WU_HRESULT_N_BIT;
    return found->code <= 0xffff ? wu_hresult_from_win32(found->code) : found->code;
}

static bool
is_new(wu_finder *finder, uint64_t key)
{
    unsigned kept = finder->n_seen < WU_FINDER_MEMORY ? finder->n_seen : WU_FINDER_MEMORY;

    for (unsigned i = 0; i < kept; i++)
        if (finder->seen[i] == key)
            return false;
    finder->seen[finder->n_seen++ % WU_FINDER_MEMORY] = key;
    return true;
}

void
wu_finder_pass(wu_finder *finder, const wu_found *found)
{
    is_new(finder, key_of(found));
}

/* What the number is followed and introduced by; the words stay valid for a list that it begins. */
static void
complete(wu_finder *finder, wu_found *found)
{
    unsigned kinds = kinds_near(finder, found->offset, NEAR_OF_KNOWN, found->form);

    if (begins_like_a_failure(found->code) && found->form != WU_FORM_SYMBOL)
        wu_setup_extension_behind(finder->text, found->offset + found->length, &found->extension, &found->extension_offset,
                                  &found->extension_length);
    finder->last_kinds = kinds ? kinds : WU_INTRO_CODE;
    finder->last_end = found->offset + found->length;
    finder->last_form = found->form;
}

/* What a byte may begin, be a part of, or end, in the forms that match_word() knows. */
#define OF_CODE  1u /* digits but for zero, the underscore of symbols */
#define OF_HEX   2u /* letters of hexadecimal numbers, and zero */
#define OF_OTHER 4u /* second letters: of 0x, and of WSA */

static const uint8_t in_code[256] = {
    ['1'] = OF_CODE, ['2'] = OF_CODE, ['3'] = OF_CODE, ['4'] = OF_CODE, ['5'] = OF_CODE, ['6'] = OF_CODE, ['7'] = OF_CODE,
    ['8'] = OF_CODE, ['9'] = OF_CODE, ['_'] = OF_CODE, ['0'] = OF_HEX,  ['a'] = OF_HEX,  ['b'] = OF_HEX,  ['c'] = OF_HEX,
    ['d'] = OF_HEX,  ['e'] = OF_HEX,  ['f'] = OF_HEX,  ['A'] = OF_HEX,  ['B'] = OF_HEX,  ['C'] = OF_HEX,  ['D'] = OF_HEX,
    ['E'] = OF_HEX,  ['F'] = OF_HEX,  ['x'] = OF_OTHER, ['X'] = OF_OTHER, ['S'] = OF_OTHER,
};

bool
wu_may_hold_code(wu_slice text)
{
    unsigned hex = 0;

    for (size_t i = 0; i < text.n; i++) {
        uint8_t kind = in_code[text.p[i]];
        if (kind == OF_CODE || (kind == OF_HEX && ++hex == 8))
            return true;
        if (kind == OF_OTHER && i > 0 && (text.p[i - 1] == '0' || text.p[i - 1] == 'W'))
            return true;
        if (kind != OF_HEX)
            hex = 0;
    }
    return false;
}

bool
wu_finder_next(wu_finder *finder, wu_found *found)
{
    wu_slice text = finder->text;
    size_t i = finder->position;

    while (i < text.n) {
        bool underscore = false, hit;
        size_t end = word_end(text, i, &underscore);

        if (end > i) {
            hit = match_word(finder, i, end, underscore, found);
        } else if (text.p[i] == '-' && i + 1 < text.n && wu_is_digit(text.p[i + 1]) && free_before(finder, i, WU_FORM_SIGNED)) {
            end = word_end(text, i + 1, &underscore);
            hit = match_decimal(finder, i, found);
        } else {
            i += text.p[i] < 0x80 ? 1 : wu_utf8_bytes(text, i);
            continue;
        }
        i = end;
        if (!hit)
            continue;
        complete(finder, found);
        if (found->extension && found->extension_offset + found->extension_length > i)
            i = found->extension_offset + found->extension_length;
        if (is_new(finder, key_of(found))) {
            finder->position = i;
            return true;
        }
    }
    finder->position = i;
    return false;
}
