#include "cmd/report/searched.h"

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void put_some(struct pl_writer *w, const char **between, size_t n, const char *what,
                     const char *why)
{
    if (n > 0) {
        pl_put_fmt(w, "%s%zu %s%s%s", *between, n, what, plural(n), why);
        *between = ", ";
    }
}

void pl_put_searched(struct pl_writer *w, const struct pl_lint *lint)
{
    for (size_t i = 0; i < lint->n_search; i++) {
        const struct pl_lint_search *s = &lint->search[i];
        size_t chosen = s->n_manifest + s->n_template + s->n_zip;
        const char *between = " (";
        pl_put_safe(w, pl_slice_of(s->folder));
        pl_put_fmt(w, ": judging %zu of %zu inputs", chosen,
                   chosen + s->n_zip_left + s->n_covered + s->n_cdk + s->n_program);
        put_some(w, &between, s->n_manifest, "manifest", "");
        put_some(w, &between, s->n_template, "template", "");
        put_some(w, &between, s->n_zip, "ZIP", "");
        between = "); left: ";
        put_some(w, &between, s->n_zip_left, "ZIP", " beside projects");
        put_some(w, &between, s->n_covered, "template", " that belong to another project");
        put_some(w, &between, s->n_cdk, "CDK app", " (not synthesised: run cdk synth)");
        put_some(w, &between, s->n_program, "Serverless program",
                 " (not packaged: run serverless package)");
        put_some(w, &between, s->n_empty, "template", " without a function");
        put_some(w, &between, s->n_unread, "file", " not looked at: name them");
        put_some(w, &between, s->n_excluded, "path", " by lint.exclude");
        put_some(w, &between, s->n_deep, "folder", " too deep");
        pl_put(w, between[0] == ')' ? ")\n" : "\n");
    }
}
