#include "cmd/pack.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/text.h"
#include "pkg/base/version.h"
#include "pkg/build/prune.h"
#include "pkg/lambda/limits.h"
#include "pkg/lambda/runtimes.h"

#include <stdio.h>
#include <string.h>

enum { GAUGE_WIDTH = 10, GAUGE_OVER_MAX = 5 };

/* "==========|==": how full Lambda's 250 MB are. */
static enum pl_status append_gauge(struct pl_buf *to, uint64_t bytes, struct pl_err *err)
{
    static const char bar[] = "==========";
    uint64_t cells = bytes / (PL_LAMBDA_UNZIPPED_BYTES / GAUGE_WIDTH);
    int in = cells < GAUGE_WIDTH ? (int)cells : GAUGE_WIDTH;
    int over = cells - (uint64_t)in < GAUGE_OVER_MAX ? (int)(cells - (uint64_t)in) : GAUGE_OVER_MAX;
    return pl_buf_fmt(to, err, "%-*.*s|%.*s  ", GAUGE_WIDTH, in, bar, over, bar);
}

/* "131.1 MB of 250 MB with shared" */
static enum pl_status append_load(struct pl_buf *to, const struct pl_pack_run *run,
                                  const struct pl_pack_target *target, struct pl_err *err)
{
    const struct pl_function_decl *fn = &run->project.function[target->index];
    uint64_t bytes = target->result.unpacked_bytes;
    char size[PL_COUNT_TEXT];
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        uint64_t layer_bytes = 0;
        bytes += pl_pack_layer_bytes(run, fn->layer[i].layer, &layer_bytes) ? layer_bytes : 0;
    }
    if (run->term.out_is_terminal) {
        status = append_gauge(to, bytes, err);
    }
    if (status == PL_OK) {
        status = pl_buf_fmt(to, err, "%s of 250 MB", pl_size_text(bytes, size));
    }
    return status == PL_OK ? pl_pack_text_layers(to, run, fn, err) : status;
}

/* Names are escaped first, and then as wide as they are. */
static enum pl_status append_padded(struct pl_buf *to, struct pl_slice text, int width,
                                    struct pl_err *err)
{
    size_t from = to->len;
    enum pl_status status = pl_text_escape(to, text, err);
    int used = (int)(to->len - from);
    return status == PL_OK ? pl_buf_fmt(to, err, "%*s", used < width ? width - used + 2 : 2, "")
                           : status;
}

enum pl_status pl_pack_text_target(struct pl_buf *to, const struct pl_pack_run *run,
                                   const struct pl_pack_target *target, struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    char count[PL_COUNT_TEXT];
    enum pl_status status = pl_buf_text(to, target->is_layer ? "layer  " : "fn     ", err);
    status = status == PL_OK ? append_padded(to, target->name, run->name_width, err) : status;
    status = status == PL_OK ? append_padded(to, target->path, run->path_width, err) : status;
    if (status == PL_OK) {
        status = pl_buf_fmt(to, err, "%9s   ", pl_size_text(target->result.zip_bytes, size));
    }
    if (status == PL_OK && target->is_layer) {
        status = pl_buf_fmt(to, err, "%s unpacked, %s %s",
                            pl_size_text(target->result.unpacked_bytes, size),
                            pl_count_text(target->result.entries, count),
                            target->result.entries == 1 ? "file" : "files");
    } else if (status == PL_OK) {
        status = append_load(to, run, target, err);
    }
    if (status == PL_OK && target->result.unchanged) {
        status = pl_buf_text(to, ", unchanged", err);
    }
    status = status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
    return status == PL_OK ? pl_pack_text_level(to, target, err) : status;
}

static const char *type_name(uint8_t type)
{
    return type == PL_ENTRY_FOLDER ? "folder" : type == PL_ENTRY_LINK ? "link" : "file";
}

static uint64_t item_bytes(const struct pl_plan_item *item)
{
    return item->type == PL_ENTRY_FILE   ? item->id.size
           : item->type == PL_ENTRY_LINK ? item->link.len
                                         : 0;
}

static enum pl_status text_item(struct pl_buf *to, const struct pl_plan_item *item,
                                struct pl_err *err)
{
    char count[PL_COUNT_TEXT];
    enum pl_status status = pl_buf_fmt(to, err, "  %04o %13s  ", (unsigned)item->mode,
                                       pl_count_text(item_bytes(item), count));
    status = status == PL_OK ? pl_text_escape(to, item->name, err) : status;
    if (status == PL_OK && item->type == PL_ENTRY_FOLDER) {
        status = pl_buf_byte(to, '/', err);
    }
    if (status == PL_OK && item->type == PL_ENTRY_LINK) {
        status = pl_buf_text(to, " -> ", err);
        status = status == PL_OK ? pl_text_escape(to, item->link, err) : status;
    } else if (status == PL_OK && item->path.len > 0) {
        status = pl_buf_text(to, "  from ", err);
        status = status == PL_OK ? pl_text_escape(to, item->path, err) : status;
    }
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

/* What each preset that the manifest names leaves out. */
static enum pl_status text_pruned(struct pl_buf *to, const struct pl_plan *plan, struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    char count[PL_COUNT_TEXT];
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < PL_PRUNE_COUNT && status == PL_OK; i++) {
        const struct pl_pruned *pruned = &plan->pruned[i];
        if ((plan->prune & 1u << i) != 0) {
            status = pl_buf_fmt(to, err, "  prune %s leaves out %s %s, %s\n", pl_preset_at(i)->name,
                                pl_count_text(pruned->files, count),
                                pruned->files == 1 ? "file" : "files",
                                pl_size_text(pruned->bytes, size));
        }
    }
    return status;
}

static enum pl_status text_pyc(struct pl_buf *to, const struct pl_pyc_count *pyc,
                               struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    char count[PL_COUNT_TEXT];
    enum pl_status status = PL_OK;
    if (pyc->mode == PL_PYC_KEEP) {
        return PL_OK;
    }
    if (pyc->mode == PL_PYC_RESTAMP) {
        status = pl_buf_fmt(to, err, "  pyc restamp makes %s %s valid for good\n",
                            pl_count_text(pyc->restamped, count),
                            pyc->restamped == 1 ? "file" : "files");
    }
    if (status == PL_OK && (pyc->mode == PL_PYC_DROP || pyc->dropped.files > 0)) {
        status = pl_buf_fmt(
            to, err, "  pyc %s leaves out %s %s, %s\n",
            pyc->mode == PL_PYC_DROP ? "drop" : "restamp", pl_count_text(pyc->dropped.files, count),
            pyc->dropped.files == 1 ? "file" : "files", pl_size_text(pyc->dropped.bytes, size));
    }
    return status;
}

static enum pl_status text_provided(struct pl_buf *to, const struct pl_plan *plan,
                                    struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    char count[PL_COUNT_TEXT];
    if (!plan->skip_provided) {
        return PL_OK;
    }
    return pl_buf_fmt(
        to, err, "  skip_provided leaves out %s %s, %s%s%s\n",
        pl_count_text(plan->provided.files, count), plan->provided.files == 1 ? "file" : "files",
        pl_size_text(plan->provided.bytes, size), plan->provided_names.len > 0 ? ": " : "",
        plan->provided_names.len > 0 ? plan->provided_names.ptr : "");
}

enum pl_status pl_pack_text_plan(struct pl_buf *to, const struct pl_pack_target *target,
                                 struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    char count[PL_COUNT_TEXT];
    enum pl_status status = pl_text_escape(to, target->label, err);
    status = status == PL_OK ? pl_buf_text(to, ": ", err) : status;
    status = status == PL_OK ? pl_text_escape(to, target->path, err) : status;
    if (status == PL_OK) {
        status = pl_buf_fmt(
            to, err, " would hold %s %s, %s\n", pl_count_text(target->plan.n, count),
            target->plan.n == 1 ? "entry" : "entries", pl_size_text(target->plan.bytes, size));
    }
    status = status == PL_OK ? text_pruned(to, &target->plan, err) : status;
    status = status == PL_OK ? text_pyc(to, &target->plan.pyc, err) : status;
    status = status == PL_OK ? text_provided(to, &target->plan, err) : status;
    for (size_t i = 0; i < target->plan.n && status == PL_OK; i++) {
        status = text_item(to, &target->plan.item[i], err);
    }
    return status;
}

static enum pl_status summary_lint(struct pl_buf *to, const struct pl_pack_lint *lint,
                                   struct pl_err *err)
{
    if (!lint->ran) {
        return PL_OK;
    }
    if (lint->errors + lint->warnings + lint->infos == 0 && lint->status == 0) {
        return pl_buf_text(to, ", all pass", err);
    }
    return pl_buf_fmt(to, err, ", with %zu %s and %zu %s", lint->errors,
                      lint->errors == 1 ? "error" : "errors", lint->warnings,
                      lint->warnings == 1 ? "warning" : "warnings");
}

enum pl_status pl_pack_text_summary(struct pl_buf *to, const struct pl_pack_run *run,
                                    const struct pl_pack_lint *lint, struct pl_err *err)
{
    enum pl_status status = pl_buf_fmt(to, err, "%zu packed", run->n_target);
    status = status == PL_OK ? summary_lint(to, lint, err) : status;
    if (status == PL_OK && lint->status != 0) {
        return pl_buf_text(to, ".\n", err);
    }
    if (status == PL_OK) {
        status = pl_buf_text(
            to, ". Use them: CodeUri / package.artifact / filename / Code.fromAsset: ", err);
    }
    status = status == PL_OK ? pl_text_escape(to, run->output_dir, err) : status;
    return status == PL_OK ? pl_buf_text(to, "/NAME.zip\n", err) : status;
}

static void json_item(struct pl_jsonw *w, const struct pl_plan_item *item)
{
    char mode[8];
    if (snprintf(mode, sizeof mode, "%04o", (unsigned)item->mode & 07777u) < 0) {
        mode[0] = '\0';
    }
    pl_jsonw_object(w, NULL);
    pl_jsonw_slice(w, "name", item->name);
    pl_jsonw_text(w, "type", type_name(item->type));
    pl_jsonw_text(w, "mode", mode);
    pl_jsonw_u64(w, "bytes", item_bytes(item));
    if (item->type == PL_ENTRY_LINK) {
        pl_jsonw_slice(w, "target", item->link);
    }
    if (item->path.len > 0) {
        pl_jsonw_slice(w, "source", item->path);
    }
    pl_jsonw_close_object(w);
}

static void json_pruned(struct pl_jsonw *w, const struct pl_plan *plan)
{
    pl_jsonw_array(w, "pruned");
    for (size_t i = 0; i < PL_PRUNE_COUNT; i++) {
        if ((plan->prune & 1u << i) != 0) {
            pl_jsonw_object(w, NULL);
            pl_jsonw_text(w, "preset", pl_preset_at(i)->name);
            pl_jsonw_u64(w, "files", plan->pruned[i].files);
            pl_jsonw_u64(w, "bytes", plan->pruned[i].bytes);
            pl_jsonw_close_object(w);
        }
    }
    pl_jsonw_close_array(w);
}

static void json_pyc(struct pl_jsonw *w, const struct pl_pyc_count *pyc)
{
    static const char *const words[] = {"keep", "drop", "restamp"};
    pl_jsonw_object(w, "pyc");
    pl_jsonw_text(w, "mode", words[pyc->mode]);
    pl_jsonw_u64(w, "restamped_files", pyc->restamped);
    pl_jsonw_u64(w, "dropped_files", pyc->dropped.files);
    pl_jsonw_u64(w, "dropped_bytes", pyc->dropped.bytes);
    pl_jsonw_close_object(w);
}

static void json_target(struct pl_jsonw *w, const struct pl_pack_target *target,
                        const struct pl_options *options)
{
    char hash[PL_SHA256_BASE64];
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "kind", target->is_layer ? "layer" : "function");
    pl_jsonw_slice(w, "name", target->name);
    pl_jsonw_slice(w, "path", target->path);
    pl_jsonw_array(w, "warnings");
    for (size_t i = 0; i < target->n_warning; i++) {
        pl_jsonw_slice(w, NULL, target->warning[i]);
    }
    pl_jsonw_close_array(w);
    if (options->check) {
        pl_pack_json_check(w, &target->check);
    } else if (options->dry_run) {
        pl_jsonw_u64(w, "unzipped_bytes", target->plan.bytes);
        pl_jsonw_u64(w, "entries", target->plan.n);
        json_pruned(w, &target->plan);
        json_pyc(w, &target->plan.pyc);
        pl_jsonw_object(w, "provided");
        pl_jsonw_bool(w, "asked", target->plan.skip_provided);
        pl_jsonw_u64(w, "files", target->plan.provided.files);
        pl_jsonw_u64(w, "bytes", target->plan.provided.bytes);
        pl_jsonw_close_object(w);
        pl_jsonw_array(w, "plan");
        for (size_t i = 0; i < target->plan.n; i++) {
            json_item(w, &target->plan.item[i]);
        }
        pl_jsonw_close_array(w);
    } else {
        pl_sha256_base64(target->result.sha256, hash);
        pl_jsonw_u64(w, "zipped_bytes", target->result.zip_bytes);
        pl_jsonw_u64(w, "unzipped_bytes", target->result.unpacked_bytes);
        pl_jsonw_u64(w, "entries", target->result.entries);
        pl_jsonw_text(w, "code_sha256", hash);
        pl_jsonw_bool(w, "unchanged", target->result.unchanged);
        pl_pack_json_level(w, target);
    }
    pl_jsonw_close_object(w);
}

static void json_body(struct pl_jsonw *w, const struct pl_pack_run *run,
                      const struct pl_err *failure)
{
    pl_jsonw_text(w, "schema", "plimsoll-pack/1");
    pl_jsonw_object(w, "tool");
    pl_jsonw_text(w, "name", "plimsoll");
    pl_jsonw_text(w, "version", PL_VERSION);
    pl_jsonw_text(w, "data", PL_LAMBDA_DATA_DATE);
    pl_jsonw_close_object(w);
    pl_jsonw_bool(w, "dry_run", run->options->dry_run);
    pl_jsonw_bool(w, "check", run->options->check);
    pl_jsonw_array(w, "artifacts");
    for (size_t i = 0; i < run->n_target; i++) {
        if (run->target[i].done) {
            json_target(w, &run->target[i], run->options);
        }
    }
    pl_jsonw_close_array(w);
    if (failure) {
        pl_jsonw_text(w, "failure", failure->msg);
    } else {
        pl_jsonw_null(w, "failure");
    }
}

/* Lint's report is a finished document: its lines go two blanks further in. */
static enum pl_status append_indented(struct pl_buf *to, struct pl_slice json, struct pl_err *err)
{
    struct pl_slice rest = pl_slice_trim(json);
    struct pl_slice line;
    bool first = true;
    enum pl_status status = PL_OK;
    while (status == PL_OK && pl_slice_next(&rest, '\n', &line)) {
        status = first ? PL_OK : pl_buf_text(to, "\n  ", err);
        status = status == PL_OK ? pl_buf_slice(to, line, err) : status;
        first = false;
    }
    return status;
}

/* The document ends in "\n}"; lint's own goes in before that. */
static enum pl_status json_lint(struct pl_buf *to, struct pl_slice report, struct pl_err *err)
{
    static const struct pl_slice end = PL_SLICE_INIT("\n}");
    if (!pl_slice_ends(pl_buf_view(to), end)) {
        return pl_err_set(err, PL_ERR_INTERNAL, "the report has no end");
    }
    to->len -= end.len;
    enum pl_status status = pl_buf_text(to, ",\n  \"lint\": ", err);
    status = status == PL_OK ? append_indented(to, report, err) : status;
    return status == PL_OK ? pl_buf_slice(to, end, err) : status;
}

enum pl_status pl_pack_json(struct pl_buf *to, const struct pl_pack_run *run,
                            const struct pl_pack_lint *lint, const struct pl_err *failure,
                            struct pl_err *err)
{
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    json_body(&w, run, failure);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    if (status == PL_OK && lint->ran) {
        status = json_lint(to, pl_buf_view(&lint->report), err);
    }
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}
