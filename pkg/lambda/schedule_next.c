/* When a schedule runs. */
#include "pkg/lambda/schedule.h"

enum { DAY_SECONDS = 86400, DAY_MINUTES = 1440 };

/* A day of the calendar. */
struct day {
    int64_t number;                    /* since 1970 */
    unsigned year, month, day, length; /* of the month */
};

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned month_length(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static struct day first_day(int64_t number)
{
    struct day it = {.year = PL_SCHEDULE_FIRST_YEAR, .month = 1, .day = 1, .number = number};
    int64_t left = number;
    while (left >= (is_leap(it.year) ? 366 : 365) && it.year <= PL_SCHEDULE_LAST_YEAR) {
        left -= is_leap(it.year) ? 366 : 365;
        it.year++;
    }
    while (left >= (int64_t)month_length(it.year, it.month) && it.month < 12) {
        left -= month_length(it.year, it.month);
        it.month++;
    }
    it.day = (unsigned)left + 1;
    it.length = month_length(it.year, it.month);
    return it;
}

static void next_day(struct day *it)
{
    it->number++;
    it->day++;
    if (it->day <= it->length) {
        return;
    }
    it->day = 1;
    it->month = it->month == 12 ? 1 : it->month + 1;
    it->year += it->month == 1;
    it->length = month_length(it->year, it->month);
}

static bool has(const struct pl_schedule_set *set, unsigned bit)
{
    return (set->bits[bit / 64] >> (bit % 64) & 1) != 0;
}

/* 1 is Sunday; 1970-01-01 was a Thursday. */
static unsigned weekday(int64_t number)
{
    return (unsigned)((number + 4) % 7) + 1;
}

/* The working day of the same month that is nearest to day n of it. */
static unsigned nearest(const struct day *it, unsigned n)
{
    unsigned on = weekday(it->number - it->day + n);
    if (on == 7) {
        return n > 1 ? n - 1 : 3;
    }
    if (on == 1) {
        return n < it->length ? n + 1 : n - 2;
    }
    return n;
}

/* The month's last day from Monday to Friday. */
static unsigned last_working(const struct day *it)
{
    unsigned on = weekday(it->number - it->day + it->length);
    return on == 7 ? it->length - 1 : on == 1 ? it->length - 2 : it->length;
}

static bool is_day(const struct pl_schedule *s, const struct day *it)
{
    unsigned on = weekday(it->number);
    if (s->by_weekday) {
        return has(&s->weekday, on - 1) ||
               ((s->weekday_last >> on & 1) && it->day + 7 > it->length) ||
               (s->weekday_nth[on] >> ((it->day - 1) / 7 + 1) & 1);
    }
    bool is = has(&s->day, it->day - 1) || (s->day_last >> (it->length - it->day) & 1) ||
              (s->day_last_working && it->day == last_working(it));
    for (unsigned n = 1; !is && n <= it->length; n++) {
        is = (s->day_nearest >> n & 1) && nearest(it, n) == it->day;
    }
    return is;
}

/* The first minute of the day, from `from` on, that the schedule has. */
static bool find_minute(const struct pl_schedule *s, unsigned from, unsigned *ret)
{
    for (unsigned m = from; m < DAY_MINUTES; m++) {
        if (has(&s->hour, m / 60) && has(&s->minute, m % 60)) {
            *ret = m;
            return true;
        }
    }
    return false;
}

static bool next_cron(const struct pl_schedule *s, int64_t from, int64_t *ret)
{
    struct day it = first_day(from / DAY_SECONDS);
    unsigned minute = (unsigned)((from % DAY_SECONDS + 59) / 60);
    for (; it.year <= PL_SCHEDULE_LAST_YEAR; next_day(&it), minute = 0) {
        unsigned at = 0;
        if (has(&s->year, it.year - PL_SCHEDULE_FIRST_YEAR) && has(&s->month, it.month - 1) &&
            is_day(s, &it) && find_minute(s, minute, &at)) {
            *ret = it.number * DAY_SECONDS + (int64_t)at * 60;
            return true;
        }
    }
    return false;
}

bool pl_schedule_next(const struct pl_schedule *schedule, int64_t from, int64_t *ret)
{
    if (from < 0) {
        from = 0;
    }
    switch ((enum pl_schedule_kind)schedule->kind) {
    case PL_SCHEDULE_RATE:
        *ret = from + (int64_t)schedule->rate_minutes * 60;
        return true;
    case PL_SCHEDULE_AT:
        *ret = schedule->at_seconds;
        return schedule->at_seconds >= from;
    case PL_SCHEDULE_CRON:
        break;
    }
    return next_cron(schedule, from, ret);
}
