/* `pack --source DIR -o FILE.zip`: one function without a manifest. */
#include "cmd/pack.h"

static enum pl_status check_bare(const struct pl_options *options, struct pl_err *err)
{
    struct pl_slice output = pl_slice_of(options->output);
    if (!options->source &&
        (options->output || options->runtime || options->handler || options->arch)) {
        return pl_err_set(
            err, PL_ERR_USAGE,
            "--output, --runtime, --handler and --arch go with --source; with a manifest, "
            "it says them, and --output-dir where the ZIPs go");
    }
    if (!options->source) {
        return PL_OK;
    }
    if (options->manifest || options->output_dir || options->operand.n > 0) {
        return pl_err_set(err, PL_ERR_USAGE,
                          "--source packs one folder without a manifest: no --file, --output-dir "
                          "or names go with it");
    }
    struct pl_slice name = pl_slice_basename(output);
    if (!pl_slice_ends(name, PL_SLICE(".zip")) || name.len == 4) {
        return pl_err_set(err, PL_ERR_USAGE, "--source needs --output FILE.zip");
    }
    return PL_OK;
}

static struct pl_value value_of(const char *text)
{
    return text ? pl_value_given(pl_slice_of(text), (struct pl_pos){.file = 0})
                : (struct pl_value){.known = PL_ABSENT};
}

/* A project with one function; its texts are borrowed from the options. */
static enum pl_status make_bare(struct pl_project *project, const struct pl_options *options,
                                struct pl_err *err)
{
    struct pl_slice name = pl_slice_basename(pl_slice_of(options->output));
    struct pl_function_decl *fn = pl_arena_new(&project->arena, 1, sizeof *fn, err);
    struct pl_source *source = fn ? pl_arena_new(&project->arena, 1, sizeof *source, err) : NULL;
    if (!source) {
        return err->code;
    }
    *source = (struct pl_source){.kind = PL_SOURCE_PATH, .path = value_of(options->source)};
    *fn = (struct pl_function_decl){.id = pl_slice_sub(name, 0, name.len - 4),
                                    .handler = value_of(options->handler),
                                    .runtime = value_of(options->runtime),
                                    .architecture = value_of(options->arch),
                                    .source = source,
                                    .n_source = 1,
                                    .upload = PL_UPLOAD_DIRECT};
    project->kind = PL_PROJECT_OPTIONS;
    project->root = PL_SLICE(".");
    project->function = fn;
    project->n_function = 1;
    return PL_OK;
}

enum pl_status pl_pack_bare(struct pl_pack_run *run, bool *ret_is, struct pl_err *err)
{
    if (check_bare(run->options, err) != PL_OK) {
        return err->code;
    }
    *ret_is = run->options->source != NULL;
    return *ret_is ? make_bare(&run->project, run->options, err) : PL_OK;
}
