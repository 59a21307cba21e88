/* `plimsoll pack --presets`: what each preset of `prune:` takes. */
#include "cmd/pack.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "pkg/build/prune.h"

static enum pl_status text_preset(struct pl_buf *to, const struct pl_preset *preset,
                                  struct pl_err *err)
{
    static const enum pl_prune_where order[] = {PL_PRUNE_ANY, PL_PRUNE_PYTHON, PL_PRUNE_DATA,
                                                PL_PRUNE_NODE};
    enum pl_status status = pl_buf_fmt(to, err, "%s\n  %s\n", preset->name, preset->help);
    for (size_t w = 0; w < sizeof order / sizeof *order && status == PL_OK; w++) {
        const struct pl_prune_pattern *pattern;
        bool any = false;
        for (size_t i = 0; status == PL_OK && (pattern = pl_preset_pattern(preset->id, i)); i++) {
            if (pattern->where == order[w]) {
                status = any ? PL_OK : pl_buf_fmt(to, err, "  %s:", pl_prune_where_text(order[w]));
                status = status == PL_OK ? pl_buf_fmt(to, err, " %s", pattern->text) : status;
                any = true;
            }
        }
        status = status == PL_OK && any ? pl_buf_byte(to, '\n', err) : status;
    }
    return status;
}

static enum pl_status text_presets(struct pl_buf *to, struct pl_err *err)
{
    const struct pl_preset *preset;
    enum pl_status status = PL_OK;
    for (size_t i = 0; status == PL_OK && (preset = pl_preset_at(i)); i++) {
        status = text_preset(to, preset, err);
    }
    return status == PL_OK ? pl_buf_text(to,
                                         "What is in *.dist-info and *.egg-info folders, and "
                                         "package.json files, stay.\n",
                                         err)
                           : status;
}

static enum pl_status json_presets(struct pl_buf *to, struct pl_err *err)
{
    struct pl_jsonw w;
    const struct pl_preset *preset;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "schema", "plimsoll-presets/1");
    pl_jsonw_array(&w, "presets");
    for (size_t i = 0; (preset = pl_preset_at(i)); i++) {
        const struct pl_prune_pattern *pattern;
        pl_jsonw_object(&w, NULL);
        pl_jsonw_text(&w, "name", preset->name);
        pl_jsonw_text(&w, "summary", preset->help);
        pl_jsonw_array(&w, "patterns");
        for (size_t k = 0; (pattern = pl_preset_pattern(preset->id, k)); k++) {
            pl_jsonw_object(&w, NULL);
            pl_jsonw_text(&w, "where", pl_prune_where_text(pattern->where));
            pl_jsonw_text(&w, "pattern", pattern->text);
            pl_jsonw_close_object(&w);
        }
        pl_jsonw_close_array(&w);
        pl_jsonw_close_object(&w);
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

int pl_pack_presets(const struct pl_options *options)
{
    struct pl_err err;
    struct pl_term term;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    pl_term_init(&term, options->color);
    enum pl_status status =
        options->format == PL_FORMAT_JSON ? json_presets(&out, &err) : text_presets(&out, &err);
    if (status != PL_OK) {
        return pl_term_fail(&err, "pack");
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, 0);
}
