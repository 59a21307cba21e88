/*
 * GitHub's workflow commands (actions/toolkit, packages/core/src/command.ts).  A step shows ten
 * annotations of each kind, so errors come first and one notice says what is left out.
 */
#include "cmd/report/place.h"
#include "cmd/report/report.h"
#include "pkg/base/limits.h"

enum { SHOWN = 10 };

/* Message: % CR LF; a property's value also : and ,. */
static void put_escaped(struct pl_writer *w, struct pl_slice text, bool is_property)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','))) {
            pl_put_fmt(w, "%%%02X", (unsigned)c);
        } else {
            pl_put_slice(w, pl_slice_sub(text, i, i + 1));
        }
    }
}

/* A name as it stands in an archive or on the disk, in a property. */
static void put_name(struct pl_writer *w, struct pl_slice prefix, struct pl_slice path)
{
    struct pl_buf whole PL_CLEANUP(pl_buf_done) = {.max = w->to->max};
    struct pl_buf safe PL_CLEANUP(pl_buf_done) = {.max = w->to->max};
    struct pl_writer inner = {&whole, w->err, w->status};
    pl_put_repository_path(&inner, prefix, path);
    inner.to = &safe;
    pl_put_safe(&inner, pl_buf_view(&whole));
    w->status = inner.status;
    put_escaped(w, pl_buf_view(&safe), true);
}

static void put_message(struct pl_writer *w, const struct pl_item *item)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = w->to->max};
    struct pl_writer inner = {&text, w->err, w->status};
    pl_put_message(&inner, item);
    w->status = inner.status;
    put_escaped(w, pl_buf_view(&text), false);
}

static void put_annotation(struct pl_writer *w, const char *command, const struct pl_item *item,
                           struct pl_slice prefix)
{
    const struct pl_finding *f = item->finding;
    const struct pl_rule *rule = pl_rule_at(f->rule);
    const struct pl_place place = pl_place_of(item);
    pl_put_fmt(w, "::%s file=", command);
    put_name(w, prefix, place.file);
    pl_put_fmt(w, ",line=%u,endLine=%u", place.line, place.line);
    if (place.col > 0) {
        pl_put_fmt(w, ",col=%u", place.col);
    }
    if (place.end_col > 0) {
        pl_put_fmt(w, ",endColumn=%u", place.end_col);
    }
    pl_put_fmt(w, ",title=%s %s::", rule->id, rule->name);
    put_message(w, item);
    pl_put(w, "%0Amend: ");
    put_escaped(w, pl_item_mend(f), false);
    pl_put(w, "\n");
}

/* The command for a severity, and whether it takes this finding. */
static bool is_of(enum pl_severity severity, size_t kind)
{
    return kind == 0   ? severity == PL_SEV_ERROR
           : kind == 1 ? severity == PL_SEV_WARNING
                       : severity < PL_SEV_WARNING;
}

PL_STATUS pl_report_github(struct pl_buf *to, const struct pl_lint *lint,
                           const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    static const char *const command[] = {"error", "warning", "notice"};
    struct pl_buf prefix PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_items items PL_CLEANUP(pl_items_done) = {NULL, 0};
    enum pl_status status = pl_place_prefix(&prefix, err);
    if (!status) {
        status = pl_items_gather(&items, lint, err);
    }
    if (status) {
        return status;
    }
    struct pl_writer w = {to, err, PL_OK};
    size_t left_out = 0;
    for (size_t kind = 0; kind < sizeof command / sizeof *command; kind++) {
        size_t most = kind == 2 ? SHOWN - 1 : SHOWN; /* the last notice is ours */
        size_t n = 0;
        for (size_t i = 0; i < items.n; i++) {
            if (!is_of(items.at[i].finding->severity, kind)) {
                continue;
            }
            if (n++ < most) {
                put_annotation(&w, command[kind], &items.at[i], pl_buf_view(&prefix));
            } else {
                left_out++;
            }
        }
    }
    if (left_out > 0) {
        pl_put_fmt(&w,
                   "::notice title=plimsoll::%zu more findings: GitHub shows ten of a kind; "
                   "--format text shows all\n",
                   left_out);
    }
    return w.status;
}
