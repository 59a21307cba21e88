/*
 * Schedule expressions of EventBridge rules and of EventBridge Scheduler: rate(), cron() and at().
 * Facts: EventBridge user guide, scheduled rules, 2026-04; cfn-lint E3027, 2026-08-19.  What is
 * neither allowed nor refused there (a range that wraps, L-3, several blanks) is told as unsure.
 */
#ifndef PL_PKG_LAMBDA_SCHEDULE_H
#define PL_PKG_LAMBDA_SCHEDULE_H

#include "pkg/base/slice.h"

enum pl_schedule_kind { PL_SCHEDULE_RATE, PL_SCHEDULE_CRON, PL_SCHEDULE_AT };

enum { PL_SCHEDULE_FIRST_YEAR = 1970, PL_SCHEDULE_LAST_YEAR = 2199, PL_SCHEDULE_TEXT = 200 };

/* The values of one field of cron(): bit n - base. */
struct pl_schedule_set {
    uint64_t bits[4];
};

struct pl_schedule {
    uint8_t kind;          /* enum pl_schedule_kind */
    uint64_t rate_minutes; /* RATE */
    int64_t at_seconds;    /* AT: since 1970, in the schedule's own time zone */
    struct pl_schedule_set minute, hour, day, month, weekday, year; /* weekday 1 is Sunday */
    bool by_weekday;        /* the day of the month is '?' */
    uint32_t day_last;      /* bit n: n days before the month's last one */
    uint32_t day_nearest;   /* bit n: the working day nearest to day n */
    bool day_last_working;  /* LW */
    uint8_t weekday_last;   /* bit n: the month's last weekday n */
    uint8_t weekday_nth[8]; /* [n], bit k: the month's k-th weekday n */
};

/* What is wrong with an expression. */
struct pl_schedule_fault {
    bool is_sure;                /* it is refused; else we only doubt it */
    char text[PL_SCHEDULE_TEXT]; /* a clause: "minute: 60 is not within 0 to 59" */
};

/* False with a sure fault when the expression is refused.  True with an empty text when all is
 * well, and with an unsure one when it is understood, but no source says that it is accepted.
 * `is_scheduler`: for AWS::Scheduler::Schedule, which has at() too. */
bool pl_schedule_parse(struct pl_slice text, bool is_scheduler, struct pl_schedule *ret,
                       struct pl_schedule_fault *ret_fault);
/* The first run at or after `from` (seconds since 1970); false when there is none.  A rate counts
 * from `from`, as if it were enabled then. */
bool pl_schedule_next(const struct pl_schedule *schedule, int64_t from, int64_t *ret);

#endif
