#include "cmd/explain_schedule.h"

#include "pkg/base/text.h"
#include "pkg/lambda/schedule.h"
#include "rules/rule.h"

#include <string.h>
#include <time.h>

enum { RUNS = 3 };

/* The day of --as-of from its beginning, else this moment. */
static int64_t start_of(const struct pl_options *options)
{
    return options->as_of ? (int64_t)pl_options_as_of(options) * 86400 : (int64_t)time(NULL);
}

static enum pl_status append_run(struct pl_buf *to, int64_t at, struct pl_err *err)
{
    static const char *const names[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    char date[PL_DATE_TEXT];
    int64_t day = at / 86400;
    int64_t rest = at % 86400;
    pl_date_text((int32_t)day, date);
    return pl_buf_fmt(to, err, "  %s %s %02d:%02d:%02d\n", names[day % 7], date, (int)(rest / 3600),
                      (int)(rest / 60 % 60), (int)(rest % 60));
}

static enum pl_status append_runs(struct pl_buf *to, const struct pl_schedule *schedule,
                                  int64_t from, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    int64_t at = 0;
    int found = 0;
    for (; found < RUNS && !status && pl_schedule_next(schedule, from, &at); found++) {
        status = append_run(to, at, err);
        from = schedule->kind == PL_SCHEDULE_RATE ? at : at + 1;
    }
    if (!status && found == 0) {
        status = pl_buf_text(to, "  it does not run any more\n", err);
    } else if (!status && found < RUNS) {
        status = pl_buf_text(to, "  and never after that\n", err);
    }
    return status;
}

/* Both services take the same expressions but for at(), and one unit. */
static enum pl_status append_takers(struct pl_buf *to, struct pl_slice text,
                                    const struct pl_schedule_fault *doubt, struct pl_err *err)
{
    struct pl_schedule schedule;
    struct pl_schedule_fault fault;
    bool by_rule = pl_schedule_parse(text, false, &schedule, &fault);
    enum pl_status status =
        pl_buf_fmt(to, err, "%.*s\n  %s\n", (int)text.len, text.ptr,
                   by_rule ? "accepted by EventBridge rules and by EventBridge Scheduler"
                           : "accepted by EventBridge Scheduler; not by rules");
    if (!status && !by_rule) {
        status = pl_buf_fmt(to, err, "  a rule refuses it: %s\n", fault.text);
    }
    if (!status && doubt->text[0]) {
        status = pl_buf_fmt(to, err, "  not sure: %s\n", doubt->text);
    }
    return status;
}

PL_STATUS pl_explain_schedule(struct pl_buf *to, const struct pl_options *options,
                              bool *ret_refused, struct pl_err *err)
{
    const struct pl_rule *rule = pl_rule_at(PL_RULE_PL905);
    struct pl_slice text = pl_slice_of(options->schedule);
    struct pl_schedule schedule;
    struct pl_schedule_fault fault;
    struct pl_buf safe PL_CLEANUP(pl_buf_done) = {.max = 4096};
    if (options->operand.n != 1 || pl_rule_find(pl_slice_of(options->operand.at[0])) != rule) {
        return pl_err_set(err, PL_ERR_USAGE,
                          "--schedule belongs to rule %s: plimsoll explain %s "
                          "--schedule 'cron(0 10 ? * MON-FRI *)'",
                          rule->id, rule->id);
    }
    if (text.len > 256) {
        return pl_err_set(err, PL_ERR_USAGE, "--schedule: an expression has at most 256 bytes");
    }
    enum pl_status status = pl_text_escape(&safe, text, err);
    if (status) {
        return status;
    }
    *ret_refused = !pl_schedule_parse(text, true, &schedule, &fault);
    if (*ret_refused) {
        char says[sizeof fault.text];
        memcpy(says, fault.text, sizeof says);
        struct pl_buf clause PL_CLEANUP(pl_buf_done) = {.max = 4096};
        status = pl_text_escape(&clause, pl_slice_of(says), err);
        return status ? status
                      : pl_buf_fmt(to, err, "%.*s\n  refused: %.*s\n", (int)safe.len, safe.data,
                                   (int)clause.len, clause.data);
    }
    int64_t from = start_of(options);
    status = append_takers(to, pl_buf_view(&safe), &fault, err);
    if (!status) {
        status = pl_buf_text(to,
                             schedule.kind == PL_SCHEDULE_RATE ? "Next runs, UTC, if it is enabled"
                                                               : "Next runs, UTC, from",
                             err);
    }
    if (!status && schedule.kind == PL_SCHEDULE_RATE) {
        status = pl_buf_text(to, " at", err);
    }
    char date[PL_DATE_TEXT];
    pl_date_text((int32_t)(from / 86400), date);
    if (!status) {
        status = pl_buf_fmt(to, err, " %s %02d:%02d:\n", date, (int)(from % 86400 / 3600),
                            (int)(from / 60 % 60));
    }
    return status ? status : append_runs(to, &schedule, from, err);
}
