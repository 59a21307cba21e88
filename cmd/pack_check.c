/* What `pack --check` says. */
#include "cmd/pack.h"
#include "pkg/base/text.h"

enum { NAMES_SHOWN = 10 };

static const char *how_text(uint8_t how)
{
    return how == PL_DIFF_ADDED ? "added" : how == PL_DIFF_REMOVED ? "removed" : "changed";
}

static enum pl_status append_diff(struct pl_buf *to, const struct pl_diff *diff, struct pl_err *err)
{
    enum pl_status status = pl_buf_fmt(to, err, "  %-7s  ", how_text(diff->how));
    status = status == PL_OK ? pl_text_escape(to, diff->name, err) : status;
    if (status == PL_OK && diff->what) {
        status = pl_buf_fmt(to, err, "  (%s)", diff->what);
    }
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

static enum pl_status append_diffs(struct pl_buf *to, const struct pl_check *check,
                                   struct pl_err *err)
{
    size_t n[3] = {0, 0, 0};
    char count[PL_COUNT_TEXT];
    for (size_t i = 0; i < check->n; i++) {
        n[check->diff[i].how]++;
    }
    enum pl_status status = pl_buf_fmt(to, err, "differs: %zu added, %zu removed, %zu changed\n",
                                       n[PL_DIFF_ADDED], n[PL_DIFF_REMOVED], n[PL_DIFF_CHANGED]);
    for (size_t i = 0; i < check->n && i < NAMES_SHOWN && status == PL_OK; i++) {
        status = append_diff(to, &check->diff[i], err);
    }
    if (status == PL_OK && check->n > NAMES_SHOWN) {
        status =
            pl_buf_fmt(to, err, "  and %s more\n", pl_count_text(check->n - NAMES_SHOWN, count));
    }
    return status;
}

enum pl_status pl_pack_text_check(struct pl_buf *to, const struct pl_pack_target *target,
                                  struct pl_err *err)
{
    const struct pl_check *check = &target->check;
    enum pl_status status = pl_text_escape(to, target->label, err);
    status = status == PL_OK ? pl_buf_text(to, ": ", err) : status;
    status = status == PL_OK ? pl_text_escape(to, target->path, err) : status;
    status = status == PL_OK ? pl_buf_byte(to, ' ', err) : status;
    if (status != PL_OK) {
        return status;
    }
    if (check->missing) {
        return pl_buf_text(to, "is missing\n", err);
    }
    if (check->no_zip) {
        return pl_buf_fmt(to, err, "differs: %s\n", check->no_zip);
    }
    return check->n > 0 ? append_diffs(to, check, err) : pl_buf_text(to, "is current\n", err);
}

size_t pl_pack_stale(const struct pl_pack_run *run)
{
    size_t n = 0;
    for (size_t i = 0; i < run->n_target; i++) {
        n += run->target[i].done && !pl_check_is_current(&run->target[i].check);
    }
    return n;
}

enum pl_status pl_pack_text_checked(struct pl_buf *to, const struct pl_pack_run *run,
                                    struct pl_err *err)
{
    size_t stale = pl_pack_stale(run);
    return stale == 0 ? pl_buf_fmt(to, err, "%zu checked, all current\n", run->n_target)
                      : pl_buf_fmt(to, err, "%zu checked, %zu not current: run plimsoll pack\n",
                                   run->n_target, stale);
}

void pl_pack_json_check(struct pl_jsonw *w, const struct pl_check *check)
{
    pl_jsonw_bool(w, "current", pl_check_is_current(check));
    pl_jsonw_bool(w, "missing", check->missing);
    pl_jsonw_text(w, "damage", check->no_zip);
    pl_jsonw_array(w, "differences");
    for (size_t i = 0; i < check->n; i++) {
        pl_jsonw_object(w, NULL);
        pl_jsonw_slice(w, "name", check->diff[i].name);
        pl_jsonw_text(w, "how", how_text(check->diff[i].how));
        pl_jsonw_text(w, "what", check->diff[i].what);
        pl_jsonw_close_object(w);
    }
    pl_jsonw_close_array(w);
}
