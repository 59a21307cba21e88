/* file:line:column: error: message [PL301]: for editors, and for problem matchers. */
#include "cmd/report/place.h"
#include "cmd/report/report.h"

static const char *word_of(enum pl_severity severity)
{
    return severity == PL_SEV_ERROR ? "error" : severity == PL_SEV_WARNING ? "warning" : "note";
}

PL_STATUS pl_report_gcc(struct pl_buf *to, const struct pl_lint *lint,
                        const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    struct pl_writer w = {to, err, PL_OK};
    size_t from = to->len;
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_verdict *verdict = &lint->unit[i]->verdict;
        for (size_t k = 0; k < verdict->n_finding; k++) {
            const struct pl_finding *f = &verdict->finding[k];
            const struct pl_item item = {lint->unit[i], f, 0};
            const struct pl_place place = pl_place_of(&item);
            pl_put_safe(&w, place.file);
            pl_put_fmt(&w, ":%u:%u: %s: ", place.line, place.col > 0 ? place.col : 1,
                       word_of(f->severity));
            pl_put_message(&w, &item);
            pl_put_fmt(&w, " [%s]\n", pl_rule_at(f->rule)->id);
        }
    }
    pl_put_defused(&w, from);
    return w.status;
}
