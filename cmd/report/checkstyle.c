/* Checkstyle's XML, which many dashboards read: findings by file. */
#include "cmd/report/place.h"
#include "cmd/report/report.h"

#include <stdio.h>
#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const struct pl_item *a = left;
    const struct pl_item *b = right;
    const struct pl_place first = pl_place_of(a);
    const struct pl_place second = pl_place_of(b);
    int order = pl_slice_cmp(first.file, second.file);
    if (!order) {
        order = (first.line > second.line) - (first.line < second.line);
    }
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static const char *severity_of(enum pl_severity severity)
{
    return severity == PL_SEV_ERROR ? "error" : severity == PL_SEV_WARNING ? "warning" : "info";
}

static void put_error(struct pl_writer *w, const struct pl_item *item)
{
    const struct pl_finding *f = item->finding;
    const struct pl_rule *rule = pl_rule_at(f->rule);
    const struct pl_place place = pl_place_of(item);
    char source[64];
    (void)snprintf(source, sizeof source, "plimsoll.%s", rule->id);
    pl_put_fmt(w, "    <error line=\"%u\"", place.line);
    if (place.col > 0) {
        pl_put_fmt(w, " column=\"%u\"", place.col);
    }
    pl_put_attr(w, "severity", pl_slice_of(severity_of(f->severity)));
    pl_put_message_attr(w, item);
    pl_put_attr(w, "source", pl_slice_of(source));
    pl_put(w, "/>\n");
}

PL_STATUS pl_report_checkstyle(struct pl_buf *to, const struct pl_lint *lint,
                               const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    struct pl_items items PL_CLEANUP(pl_items_done) = {NULL, 0};
    if (pl_items_gather(&items, lint, err)) {
        return err->code;
    }
    if (items.n > 0) {
        qsort(items.at, items.n, sizeof *items.at, compare);
    }
    struct pl_writer w = {to, err, PL_OK};
    struct pl_slice file = {NULL, 0};
    pl_put(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n");
    for (size_t i = 0; i < items.n; i++) {
        const struct pl_place place = pl_place_of(&items.at[i]);
        if (i == 0 || !pl_slice_eq(place.file, file)) {
            pl_put(&w, i > 0 ? "  </file>\n  <file" : "  <file");
            pl_put_attr(&w, "name", place.file);
            pl_put(&w, ">\n");
            file = place.file;
        }
        put_error(&w, &items.at[i]);
    }
    pl_put(&w, items.n > 0 ? "  </file>\n</checkstyle>\n" : "</checkstyle>\n");
    return w.status;
}
