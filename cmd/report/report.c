/* Which function writes which format, and the files of --output. */
#include "cmd/report/report.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"

PL_STATUS pl_report(enum pl_format format, struct pl_buf *to, const struct pl_lint *lint,
                    const struct pl_term *term, struct pl_err *err)
{
    switch (format) {
    case PL_FORMAT_TEXT:
        return pl_report_text(to, lint, term, err);
    case PL_FORMAT_JSON:
        return pl_report_json(to, lint, term, err);
    case PL_FORMAT_MARKDOWN:
        return pl_report_markdown(to, lint, term, err);
    case PL_FORMAT_GCC:
        return pl_report_gcc(to, lint, term, err);
    case PL_FORMAT_JSONL:
        return pl_report_jsonl(to, lint, term, err);
    case PL_FORMAT_SARIF:
        return pl_report_sarif(to, lint, term, err);
    case PL_FORMAT_JUNIT:
        return pl_report_junit(to, lint, term, err);
    case PL_FORMAT_GITHUB:
        return pl_report_github(to, lint, term, err);
    case PL_FORMAT_GITLAB:
        return pl_report_gitlab(to, lint, term, err);
    case PL_FORMAT_CHECKSTYLE:
        return pl_report_checkstyle(to, lint, term, err);
    case PL_FORMAT_MDOC:
        break;
    }
    return pl_err_set(err, PL_ERR_INTERNAL, "lint has no report in this format");
}

static PL_STATUS write_file(const char *path, struct pl_slice text, struct pl_err *err)
{
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    enum pl_status status = pl_out_begin(&out, path, err);
    if (!status) {
        status = pl_file_pwrite(out.fd, path, text.ptr, text.len, 0, err);
    }
    return status ? status : pl_out_commit(&out, err);
}

PL_STATUS pl_report_outputs(const struct pl_lint *lint, struct pl_err *err)
{
    /* A file is no terminal: no colour, nothing left out. */
    static const struct pl_term plain = {.columns = 100, .style = {"", "", "", "", "", "", "", ""}};
    const struct pl_list *outputs = &lint->options->outputs;
    for (size_t i = 0; i < outputs->n; i++) {
        struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
        enum pl_format format = PL_FORMAT_TEXT;
        const char *path = NULL;
        enum pl_status status = pl_options_output(outputs->at[i], &format, &path, err);
        if (!status) {
            status = pl_report(format, &text, lint, &plain, err);
        }
        if (!status) {
            status = write_file(path, pl_buf_view(&text), err);
        }
        if (status) {
            return pl_err_wrap(err, "--output");
        }
    }
    return PL_OK;
}
