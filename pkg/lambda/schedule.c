#include "pkg/lambda/schedule.h"

#include "pkg/base/attr.h"
#include "pkg/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What a field of cron() takes. */
struct field {
    const char *name;
    unsigned min, max;
    const char *const *word; /* names of its values from `min` on, or NULL */
};

static const char *const pl_months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const pl_weekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR, FIELDS };
static const struct field pl_fields[FIELDS] = {
    {"minutes", 0, 59, NULL},
    {"hours", 0, 23, NULL},
    {"day of month", 1, 31, NULL},
    {"month", 1, 12, pl_months},
    {"day of week", 1, 7, pl_weekdays},
    {"year", PL_SCHEDULE_FIRST_YEAR, PL_SCHEDULE_LAST_YEAR, NULL}};

/* A parse in progress: the first sure fault counts, before it the first doubt. */
struct parsing {
    struct pl_schedule *to;
    struct pl_schedule_fault *fault;
};

static void say(struct parsing *p, bool is_sure, const char *fmt, ...) PL_PRINTF(3, 4);
static void say(struct parsing *p, bool is_sure, const char *fmt, ...)
{
    if (p->fault->text[0] && (p->fault->is_sure || !is_sure)) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(p->fault->text, sizeof p->fault->text, fmt, args);
    va_end(args);
    p->fault->is_sure = is_sure;
}

static int shown(struct pl_slice text)
{
    return (int)(text.len > 40 ? 40 : text.len);
}

static void set_add(struct pl_schedule_set *set, unsigned bit)
{
    set->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* A value of a field as a number or a name. */
static bool read_value(struct parsing *p, const struct field *field, struct pl_slice text,
                       unsigned *ret)
{
    uint64_t n = 0;
    for (unsigned i = 0; field->word && i <= field->max - field->min; i++) {
        if (pl_slice_eq_nocase(text, pl_slice_of(field->word[i]))) {
            *ret = field->min + i;
            return true;
        }
    }
    if (!pl_slice_u64(text, &n)) {
        say(p, true, "%s: '%.*s' is no value of it", field->name, shown(text), text.ptr);
        return false;
    }
    if (n < field->min || n > field->max) {
        say(p, true, "%s: %.*s is not within %u to %u", field->name, shown(text), text.ptr,
            field->min, field->max);
        return false;
    }
    *ret = (unsigned)n;
    return true;
}

/* "a-b", "a" or "*": its first and last value. */
static bool read_range(struct parsing *p, const struct field *field, struct pl_slice text,
                       unsigned *ret_from, unsigned *ret_to)
{
    size_t dash = pl_slice_find(text, '-');
    *ret_from = field->min;
    *ret_to = field->max;
    if (pl_slice_is(text, "*")) {
        return true;
    }
    if (dash == text.len) {
        bool is = read_value(p, field, text, ret_from);
        *ret_to = *ret_from;
        return is;
    }
    return read_value(p, field, pl_slice_sub(text, 0, dash), ret_from) &&
           read_value(p, field, pl_slice_sub(text, dash + 1, text.len), ret_to);
}

static bool read_item(struct parsing *p, const struct field *field, struct pl_slice text,
                      struct pl_schedule_set *set)
{
    size_t slash = pl_slice_find(text, '/');
    struct pl_slice start = pl_slice_sub(text, 0, slash);
    unsigned from = 0;
    unsigned to = 0;
    uint64_t step = 1;
    if (!read_range(p, field, start, &from, &to)) {
        return false;
    }
    if (slash < text.len) {
        struct pl_slice by = pl_slice_sub(text, slash + 1, text.len);
        if (!pl_slice_u64(by, &step) || step == 0) {
            say(p, true, "%s: '%.*s' is no step; a whole number from 1 on is", field->name,
                shown(by), by.ptr ? by.ptr : "");
            return false;
        }
        if (step > field->max) {
            say(p, false, "%s: a step of %.*s leaves the field's range at once", field->name,
                shown(by), by.ptr);
            step = field->max;
        }
        if (pl_slice_find(start, '-') == start.len) {
            to = field->max; /* "5/10": from 5 on */
        }
    }
    if (from > to) {
        say(p, false, "%s: the range %.*s ends before it begins", field->name, shown(start),
            start.ptr);
    }
    unsigned span = to >= from ? to - from : to + (field->max - field->min + 1) - from;
    for (unsigned i = 0; i <= span; i += (unsigned)step) {
        unsigned n = from + i - field->min;
        set_add(set, n % (field->max - field->min + 1));
    }
    return true;
}

/* L, L-3, LW and 15W.  False when the item is none of them. */
static bool read_day_mark(struct parsing *p, struct pl_slice text)
{
    const struct field *field = &pl_fields[DAY];
    unsigned n = 0;
    if (pl_slice_eq_nocase(text, PL_SLICE("L"))) {
        p->to->day_last |= 1;
        return true;
    }
    if (pl_slice_eq_nocase(text, PL_SLICE("LW"))) {
        say(p, false, "%s: the guide does not know LW", field->name);
        p->to->day_last_working = true;
        return true;
    }
    if (text.len > 2 && pl_slice_eq_nocase(pl_slice_sub(text, 0, 2), PL_SLICE("L-"))) {
        say(p, false, "%s: the guide does not know '%.*s'", field->name, shown(text), text.ptr);
        if (read_value(p, field, pl_slice_sub(text, 2, text.len), &n)) {
            p->to->day_last |= UINT32_C(1) << n;
        }
        return true;
    }
    if (text.len > 1 && (text.ptr[text.len - 1] == 'W' || text.ptr[text.len - 1] == 'w')) {
        if (read_value(p, field, pl_slice_sub(text, 0, text.len - 1), &n)) {
            p->to->day_nearest |= UINT32_C(1) << n;
        }
        return true;
    }
    return false;
}

/* L, 5L and 3#2. */
static bool read_weekday_mark(struct parsing *p, struct pl_slice text)
{
    const struct field *field = &pl_fields[WEEKDAY];
    size_t hash = pl_slice_find(text, '#');
    unsigned n = 0;
    uint64_t nth = 0;
    if (pl_slice_eq_nocase(text, PL_SLICE("L"))) {
        set_add(&p->to->weekday, 6);
        return true;
    }
    if (hash < text.len) {
        struct pl_slice behind = pl_slice_sub(text, hash + 1, text.len);
        if (!read_value(p, field, pl_slice_sub(text, 0, hash), &n)) {
            return true;
        }
        if (!pl_slice_u64(behind, &nth) || nth < 1 || nth > 5) {
            say(p, true, "%s: '#' takes 1 to 5, for the week of the month", field->name);
            return true;
        }
        p->to->weekday_nth[n] |= (uint8_t)(1u << nth);
        return true;
    }
    bool is_last = text.len > 1 && (text.ptr[text.len - 1] == 'L' || text.ptr[text.len - 1] == 'l');
    if (is_last && read_value(p, field, pl_slice_sub(text, 0, text.len - 1), &n)) {
        p->to->weekday_last |= (uint8_t)(1u << n);
    }
    return is_last;
}

static void read_field(struct parsing *p, unsigned which, struct pl_slice text,
                       struct pl_schedule_set *set)
{
    struct pl_slice rest = text;
    struct pl_slice item;
    unsigned n = 0;
    bool has_hash = pl_slice_find(text, '#') < text.len;
    bool is_mark = false;
    while (pl_slice_next(&rest, ',', &item)) {
        bool special = (which == DAY && read_day_mark(p, item)) ||
                       (which == WEEKDAY && read_weekday_mark(p, item));
        is_mark = is_mark || special;
        n++;
        if (pl_slice_is(item, "?")) {
            say(p, true, "%s: '?' is for one of the two days, alone", pl_fields[which].name);
        } else if (!special && !read_item(p, &pl_fields[which], item, set)) {
            return;
        }
    }
    if (n > 1 && has_hash) {
        say(p, true, "%s: '#' stands alone, without a list", pl_fields[which].name);
    } else if (n > 1 && is_mark) {
        say(p, false, "%s: a list with L or W in it", pl_fields[which].name);
    }
}

/* The words between blanks; more than FIELDS of them are counted, not kept. */
static unsigned split(struct parsing *p, struct pl_slice text, struct pl_slice ret[FIELDS])
{
    unsigned n = 0;
    size_t i = 0;
    bool is_wide = false;
    while (i < text.len) {
        size_t start = i;
        while (i < text.len && text.ptr[i] != ' ' && text.ptr[i] != '\t') {
            i++;
        }
        if (i > start && n++ < FIELDS) {
            ret[n - 1] = pl_slice_sub(text, start, i);
        }
        is_wide = is_wide || (i == start) || (i + 1 == text.len);
        i++;
    }
    if (is_wide) {
        say(p, false, "more than one blank between two words, or blanks around them");
    }
    return n;
}

static void read_cron(struct parsing *p, struct pl_slice inner)
{
    struct pl_slice word[FIELDS];
    unsigned n = split(p, inner, word);
    struct pl_schedule_set *set[FIELDS] = {&p->to->minute, &p->to->hour,    &p->to->day,
                                           &p->to->month,  &p->to->weekday, &p->to->year};
    p->to->kind = PL_SCHEDULE_CRON;
    if (n != FIELDS) {
        say(p, true,
            "cron() takes six fields (minutes, hours, day of month, month, day of week, "
            "year), and has %u",
            n);
        return;
    }
    bool day_free = pl_slice_is(word[DAY], "?");
    bool weekday_free = pl_slice_is(word[WEEKDAY], "?");
    if (day_free == weekday_free) {
        say(p, true,
            day_free ? "day of month and day of week are both '?'"
                     : "one of day of month and day of week must be '?'");
        return;
    }
    p->to->by_weekday = day_free;
    for (unsigned i = 0; i < FIELDS; i++) {
        bool is_free = (i == DAY && day_free) || (i == WEEKDAY && weekday_free);
        if (!is_free) {
            read_field(p, i, word[i], set[i]);
        }
    }
}

static void read_rate(struct parsing *p, struct pl_slice inner, bool is_scheduler)
{
    static const struct {
        const char *one, *many;
        uint64_t minutes;
    } units[] = {{"minute", "minutes", 1}, {"hour", "hours", 60}, {"day", "days", 1440}};
    struct pl_slice word[FIELDS];
    uint64_t n = 0;
    p->to->kind = PL_SCHEDULE_RATE;
    if (split(p, inner, word) != 2) {
        say(p, true, "rate() takes a value and a unit, such as rate(5 minutes)");
        return;
    }
    if (!pl_slice_u64(word[0], &n) || n == 0 || n > UINT32_MAX) {
        say(p, true, "rate(): '%.*s' is no whole number from 1 on", shown(word[0]), word[0].ptr);
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        bool is_one = pl_slice_is(word[1], units[i].one);
        bool is_many = pl_slice_is(word[1], units[i].many);
        if (!is_one && !is_many) {
            continue;
        }
        p->to->rate_minutes = n * units[i].minutes;
        if (is_one != (n == 1) && !is_scheduler) {
            say(p, true, "rate(): the unit of %llu is %s", (unsigned long long)n,
                n == 1 ? units[i].one : units[i].many);
        }
        return;
    }
    say(p, true, "rate(): '%.*s' is no unit; minutes, hours and days are", shown(word[1]),
        word[1].ptr);
}

/* "hh:mm:ss" as seconds. */
static bool read_clock(struct pl_slice text, int64_t *ret)
{
    uint64_t part[3];
    static const uint64_t most[3] = {23, 59, 59};
    if (text.len != 8 || text.ptr[2] != ':' || text.ptr[5] != ':') {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        if (!pl_slice_u64(pl_slice_sub(text, i * 3, i * 3 + 2), &part[i]) || part[i] > most[i]) {
            return false;
        }
    }
    *ret = (int64_t)(part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

static void read_at(struct parsing *p, struct pl_slice inner, bool is_scheduler)
{
    int32_t days = 0;
    int64_t seconds = 0;
    p->to->kind = PL_SCHEDULE_AT;
    if (!is_scheduler) {
        say(p, true, "at() is for EventBridge Scheduler; rules take rate() and cron()");
        return;
    }
    if (inner.len != 19 || inner.ptr[10] != 'T' ||
        !pl_date_parse(pl_slice_sub(inner, 0, 10), &days) ||
        !read_clock(pl_slice_sub(inner, 11, 19), &seconds)) {
        say(p, true, "at() takes a time such as at(2027-01-31T08:30:00)");
        return;
    }
    p->to->at_seconds = (int64_t)days * 86400 + seconds;
}

bool pl_schedule_parse(struct pl_slice text, bool is_scheduler, struct pl_schedule *ret,
                       struct pl_schedule_fault *ret_fault)
{
    struct parsing p = {.to = ret, .fault = ret_fault};
    memset(ret, 0, sizeof *ret);
    memset(ret_fault, 0, sizeof *ret_fault);
    size_t open = pl_slice_find(text, '(');
    struct pl_slice name = pl_slice_sub(text, 0, open);
    struct pl_slice inner = pl_slice_sub(text, open + 1, text.len > 0 ? text.len - 1 : 0);
    if (open == text.len || text.ptr[text.len - 1] != ')') {
        say(&p, true,
            is_scheduler ? "neither rate(...), cron(...) nor at(...)"
                         : "neither rate(...) nor cron(...)");
    } else if (pl_slice_is(name, "rate")) {
        read_rate(&p, inner, is_scheduler);
    } else if (pl_slice_is(name, "cron")) {
        read_cron(&p, inner);
    } else if (pl_slice_is(name, "at")) {
        read_at(&p, inner, is_scheduler);
    } else {
        say(&p, true,
            is_scheduler ? "neither rate(...), cron(...) nor at(...)"
                         : "neither rate(...) nor cron(...)");
    }
    return !ret_fault->is_sure;
}
