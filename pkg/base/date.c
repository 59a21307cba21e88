#include "pkg/base/text.h"

/* Days before 1970-01-01 from 0000-03-01, where the years of this calendar begin: a year that
 * starts in March has its leap day at the end. */
enum { EPOCH_FROM_MARCH_0 = 719468, DAYS_PER_ERA = 146097 };

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool digits(struct pl_slice s, int *ret)
{
    uint64_t value = 0;
    if (!pl_slice_u64(s, &value)) {
        return false;
    }
    *ret = (int)value; /* at most four digits */
    return true;
}

bool pl_date_parse(struct pl_slice s, int32_t *ret_days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' ||
        !digits(pl_slice_sub(s, 0, 4), &year) || !digits(pl_slice_sub(s, 5, 7), &month) ||
        !digits(pl_slice_sub(s, 8, 10), &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    int march_year = month <= 2 ? year - 1 : year;
    int march_month = month > 2 ? month - 3 : month + 9;
    int era = march_year / 400;
    int year_of_era = march_year % 400;
    int day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    *ret_days = era * DAYS_PER_ERA + day_of_era - EPOCH_FROM_MARCH_0;
    return true;
}

static void put(char *to, int n, int value)
{
    for (int i = n - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void pl_date_text(int32_t days, char ret[PL_DATE_TEXT])
{
    /* 0001-01-01 and 9999-12-31: what can be written in ten characters. */
    static const int32_t first = -719162;
    static const int32_t last = 2932896;
    int from_march_0 = (days < first ? first : days > last ? last : days) + EPOCH_FROM_MARCH_0;
    int era = from_march_0 / DAYS_PER_ERA;
    int day_of_era = from_march_0 % DAYS_PER_ERA;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (5 * day_of_year + 2) / 153;
    int month = march_month < 10 ? march_month + 3 : march_month - 9;
    put(ret, 4, era * 400 + year_of_era + (month <= 2));
    put(ret + 5, 2, month);
    put(ret + 8, 2, day_of_year - (153 * march_month + 2) / 5 + 1);
    ret[4] = '-';
    ret[7] = '-';
    ret[10] = '\0';
}
