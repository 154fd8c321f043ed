/* code_table.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "code_table.h"

#include <stdio.h>

#include "hresult.h"

static const wu_user_code *user_codes;
static size_t n_user_codes;
static const wu_language_row *language = &wu_languages[0];

bool
wu_set_language(wu_slice code)
{
    for (size_t i = 0; i < WU_N_LANGUAGES; i++)
        if (wu_slice_is_nocase(code, wu_text(wu_languages[i].code))) {
            language = &wu_languages[i];
            return true;
        }
    return false;
}

/* The meaning of a code in the language that was chosen, or in English where that has none. */
static const char *
text_of(const wu_code_row *row)
{
    size_t place = (size_t)(row - wu_code_rows), low = language->first, end = low + language->n, high = end;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (wu_translations[middle].code < place)
            low = middle + 1;
        else
            high = middle;
    }
    return wu_text(low < end && wu_translations[low].code == place ? wu_translations[low].text : row->text);
}

void
wu_code_set_user(const wu_user_code *codes, size_t n)
{
    user_codes = codes;
    n_user_codes = codes ? n : 0;
}

/* The first row of rows[low..high) whose value is not below `value`. */
static size_t
lower_bound(uint32_t value, size_t low, size_t high)
{
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (wu_code_rows[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

typedef struct {
    wu_reading *out;
    size_t n, max;
} readings;

/* Readings that come behind the first names of a number. */
static bool
is_second(bool alias, enum wu_reading_how how)
{
    return alias || how == WU_READ_MISPRINT;
}

/* A reading is told apart by symbol; one that is there already is not repeated. */
static wu_reading *
add_reading(readings *r, enum wu_family family, enum wu_reading_how how, const char *symbol, bool alias)
{
    size_t place;

    for (size_t i = 0; i < r->n; i++)
        if (*symbol && !strcmp(r->out[i].symbol, symbol))
            return NULL;
    for (place = r->n; place > 0; place--) {
        const wu_reading *before = &r->out[place - 1];
        bool second = is_second(before->alias, before->how);
        if (before->how == WU_READ_USER || second < is_second(alias, how) ||
            (second == is_second(alias, how) && wu_family_rank[before->family] <= wu_family_rank[family]))
            break;
    }
    if (place >= r->max)
        return NULL;
    if (r->n < r->max)
        r->n++;
    for (size_t i = r->n - 1; i > place; i--)
        r->out[i] = r->out[i - 1];

    wu_reading *reading = &r->out[place];
    *reading = (wu_reading){ .family = family, .how = how, .symbol = symbol, .text = "", .hint = "", .alias = alias };
    return reading;
}

/* The number that the symbol of a misprinted row really has. */
static uint32_t
true_value(const wu_code_row *misprint)
{
    size_t first, n = wu_code_by_name(wu_slice_text(wu_text(misprint->symbol)), &first);

    for (size_t i = 0; i < n; i++)
        if (wu_code_symbol_row(first + i)->kind != WU_CODE_MISPRINT)
            return wu_code_symbol_row(first + i)->value;
    return misprint->value;
}

static void
add_rows(readings *r, uint32_t value, size_t low, size_t high, enum wu_reading_how how)
{
    for (size_t i = lower_bound(value, low, high); i < high && wu_code_rows[i].value == value; i++) {
        const wu_code_row *row = &wu_code_rows[i];
        bool misprint = row->kind == WU_CODE_MISPRINT;
        wu_reading *reading = add_reading(r, row->family, misprint ? WU_READ_MISPRINT : how, wu_text(row->symbol),
                                          row->kind == WU_CODE_ALIAS);
        if (!reading)
            continue;
        reading->text = text_of(row);
        reading->hint = wu_text(row->hint);
        reading->success = row->kind == WU_CODE_SUCCESS;
        reading->true_code = misprint ? true_value(row) : row->value;
    }
}

static void
add_user_codes(readings *r, uint32_t code)
{
    size_t low = 0, high = n_user_codes;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (user_codes[middle].value < code)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n_user_codes && user_codes[low].value == code; low++) {
        wu_reading *reading = add_reading(r, user_codes[low].family, WU_READ_USER, user_codes[low].symbol, false);
        if (reading) {
            reading->text = user_codes[low].text;
            reading->true_code = code;
        }
    }
}

static void
add_http_hresult(readings *r, uint32_t code)
{
    const wu_code_row *status = wu_http_status_row(code & 0xffff);
    wu_reading *reading;

    if ((code & 0xffff) < 100 || (code & 0xffff) > 999 ||
        !(reading = add_reading(r, WU_FAMILY_HTTP, WU_READ_HTTP, "", false)))
        return;
    if (status)
        snprintf(reading->made_symbol, sizeof reading->made_symbol, "%s", wu_text(status->symbol));
    snprintf(reading->made_text, sizeof reading->made_text, "HTTP status %u as an HRESULT.%s%s", code & 0xffff,
             status ? " " : "", status ? text_of(status) : "");
    reading->true_code = code;
}

static void
add_mirror(readings *r, uint32_t code)
{
    uint32_t original = 0x80240000u | (code & 0xffff);
    size_t i = lower_bound(original, 0, WU_FIRST_WIN32);
    wu_reading *reading;

    if (i >= WU_FIRST_WIN32 || wu_code_rows[i].value != original ||
        !(reading = add_reading(r, WU_FAMILY_WUA, WU_READ_MIRROR, "", false)))
        return;
    const char *symbol = wu_text(wu_code_rows[i].symbol);
    if (!strncmp(symbol, "WU_E_", 5))
        snprintf(reading->made_symbol, sizeof reading->made_symbol, "OM_E_%.60s", symbol + 5);
    snprintf(reading->made_text, sizeof reading->made_text, "Intune PC agent, counterpart of 0x%08X: %s", original,
             text_of(&wu_code_rows[i]));
    reading->true_code = code;
}

/* An NTSTATUS that was turned into an HRESULT. Where all four upper bits are set it is no code at all, but -1 or so. */
static void
add_ntstatus(readings *r, uint32_t code)
{
    uint32_t status = code & ~WU_HRESULT_N_BIT;
    size_t i = lower_bound(status, 0, WU_FIRST_WIN32);
    const wu_code_row *row = i < WU_FIRST_WIN32 && wu_code_rows[i].value == status &&
                             wu_code_rows[i].family == WU_FAMILY_NTSTATUS ? &wu_code_rows[i] : NULL;
    wu_reading *reading;

    if (code >> 28 == 0xf ||
        !(reading = add_reading(r, row ? WU_FAMILY_NTSTATUS : WU_FAMILY_UNKNOWN, WU_READ_NTSTATUS,
                                row ? wu_text(row->symbol) : "", false)))
        return;
    snprintf(reading->made_text, sizeof reading->made_text, "NTSTATUS 0x%08X as an HRESULT.%s%s", status,
             row ? " " : "", row ? text_of(row) : "");
    reading->true_code = code;
}

static const wu_code_rule *
find_rule(uint32_t code)
{
    for (size_t i = 0; i < WU_N_CODE_RULES; i++)
        if ((code & wu_code_rules[i].mask) == wu_code_rules[i].value)
            return &wu_code_rules[i];
    return NULL;
}

/* The text of a rule with the number in place of "%", followed by what the low word means. */
static void
write_rule_text(char *out, size_t size, const wu_code_rule *rule, uint32_t number, const wu_code_row *low)
{
    const char *text = wu_text(rule->text), *mark = strchr(text, '%');

    if (mark)
        snprintf(out, size, "%.*s%u%s%s%s", (int)(mark - text), text, number, mark + 1, low ? " " : "",
                 low ? text_of(low) : "");
    else
        snprintf(out, size, "%s%s%s", text, low ? " " : "", low ? text_of(low) : "");
}

static void
add_table_rule(readings *r, uint32_t code)
{
    const wu_code_rule *rule = find_rule(code);
    const wu_code_row *low = NULL;
    wu_reading *reading;

    if (!rule || !(reading = add_reading(r, (enum wu_family)rule->family, WU_READ_RULE, "", false)))
        return;
    if (rule->low == WU_LOW_WIN32) {
        size_t i = lower_bound(code & 0xffff, WU_FIRST_WIN32, WU_FIRST_HTTP);
        low = i < WU_FIRST_HTTP && wu_code_rows[i].value == (code & 0xffff) ? &wu_code_rows[i] : NULL;
    }
    if (low)
        snprintf(reading->made_symbol, sizeof reading->made_symbol, "%s", wu_text(low->symbol));
    write_rule_text(reading->made_text, sizeof reading->made_text, rule, code & ~rule->mask, low);
    reading->success = rule->success;
    reading->true_code = code;
}

static void
add_rule_readings(readings *r, uint32_t code)
{
    wu_reading *reading = NULL;

    add_table_rule(r, code);
    if (r->n)
        return;
    if ((code & 0xffff0000u) == 0x80190000u) {
        add_http_hresult(r, code);
    } else if ((code & 0xffff0000u) == 0x80cf0000u) {
        add_mirror(r, code);
    } else if ((code & 0xffffff00u) == 0x8024ce00u) {
        if ((reading = add_reading(r, WU_FAMILY_WUA, WU_READ_DEVICE, "", false)))
            snprintf(reading->made_text, sizeof reading->made_text,
                     "A driver was installed but its device reports problem code %u.", code & 0xff);
    } else if ((code & 0x80000000u) && (code & WU_HRESULT_N_BIT)) {
        add_ntstatus(r, code);
    }
    if (reading)
        reading->true_code = code;
}

size_t
wu_code_readings(uint32_t code, enum wu_space space, wu_reading *out, size_t max)
{
    readings r = { .out = out, .max = max };

    if (space == WU_AS_HTTP_STATUS) {
        add_rows(&r, code, WU_FIRST_HTTP, WU_N_CODES, WU_READ_TABLE);
        return r.n;
    }
    add_user_codes(&r, code);
    if (space == WU_AS_HRESULT)
        add_rows(&r, code, 0, WU_FIRST_WIN32, WU_READ_TABLE);
    if (code <= 0xffff)
        add_rows(&r, code, WU_FIRST_WIN32, WU_FIRST_HTTP, WU_READ_TABLE);
    else if (wu_hresult_parts(code).is_win32)
        add_rows(&r, code & 0xffff, WU_FIRST_WIN32, WU_FIRST_HTTP, WU_READ_WIN32);
    if (!r.n)
        add_rule_readings(&r, code);
    for (size_t i = 0; i < r.n; i++) { /* only now, when nothing moves any more */
        if (*out[i].made_symbol)
            out[i].symbol = out[i].made_symbol;
        if (*out[i].made_text)
            out[i].text = out[i].made_text;
    }
    return r.n;
}

bool
wu_code_is_error(uint32_t code, enum wu_space space)
{
    bool win32 = space == WU_AS_WIN32;

    if (space == WU_AS_HTTP_STATUS)
        return code >= 400;
    if (win32 ? code == 0 : !(code & 0x80000000u))
        return false;
    const wu_code_rule *rule = win32 ? NULL : find_rule(code);
    if (rule && rule->success)
        return false;
    if (wu_hresult_parts(code).is_win32) {
        win32 = true;
        code &= 0xffff;
    }
    size_t low = win32 ? WU_FIRST_WIN32 : 0, high = win32 ? WU_FIRST_HTTP : WU_FIRST_WIN32;
    for (size_t i = lower_bound(code, low, high); i < high && wu_code_rows[i].value == code; i++)
        if (wu_code_rows[i].kind == WU_CODE_SUCCESS)
            return false;
    return true;
}

/* Orders a slice against a symbol of the tables, which is upper case but for a few lower case letters. */
static int
compare_symbol(wu_slice name, const char *symbol)
{
    for (size_t i = 0; i < name.n; i++) {
        int a = name.p[i], b = (uint8_t)symbol[i];
        if (a >= 'a' && a <= 'z')
            a -= 32;
        if (b >= 'a' && b <= 'z')
            b -= 32;
        if (!b || a != b)
            return b ? a - b : 1;
    }
    return symbol[name.n] ? -1 : 0;
}

static size_t
find_symbol(wu_slice symbol, size_t *first)
{
    size_t low = 0, high = WU_N_SYMBOLS, n = 0;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_symbol(symbol, wu_text(wu_code_symbol_row(middle)->symbol)) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < WU_N_SYMBOLS && !compare_symbol(symbol, wu_text(wu_code_symbol_row(low + n)->symbol)))
        n++;
    if (first)
        *first = low;
    return n;
}

size_t
wu_code_by_name(wu_slice symbol, size_t *first)
{
    size_t n = find_symbol(symbol, first);
    char newer[96] = "WU";

    if (n || symbol.n >= sizeof newer ||
        (!wu_slice_begins_nocase(symbol, "SUS_E_") && !wu_slice_begins_nocase(symbol, "SUS_S_")))
        return n;
    memcpy(newer + 2, symbol.p + 3, symbol.n - 3);
    return find_symbol(wu_slice_of((const uint8_t *)newer, symbol.n - 1), first);
}

const wu_code_row *
wu_code_symbol_row(size_t place)
{
    return &wu_code_rows[wu_code_by_symbol[place]];
}

enum wu_space
wu_code_row_space(const wu_code_row *row)
{
    size_t place = (size_t)(row - wu_code_rows);
    return place < WU_FIRST_WIN32 ? WU_AS_HRESULT : place < WU_FIRST_HTTP ? WU_AS_WIN32 : WU_AS_HTTP_STATUS;
}

bool
wu_code_has_neighbours(uint32_t code)
{
    size_t i = lower_bound(code & 0xffff0000u, 0, WU_FIRST_WIN32);
    return i < WU_FIRST_WIN32 && (wu_code_rows[i].value ^ code) < 0x10000u;
}

const wu_code_row *
wu_http_status_row(uint32_t status)
{
    size_t i = lower_bound(status, WU_FIRST_HTTP, WU_N_CODES);
    return i < WU_N_CODES && wu_code_rows[i].value == status ? &wu_code_rows[i] : NULL;
}

enum wu_family
wu_family_by_name(wu_slice name)
{
    for (unsigned i = 0; i < WU_FAMILY_MAX + 1; i++)
        if (wu_slice_is(name, wu_family_names[i]))
            return (enum wu_family)i;
    return WU_FAMILY_MAX + 1;
}
