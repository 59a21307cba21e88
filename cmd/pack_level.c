/* How hard a target is compressed, and what is said about it. */
#include "cmd/pack.h"
#include "pkg/base/text.h"
#include "pkg/lambda/limits.h"

/* In the order of enum pl_compression, which begins with "not said". */
static const struct {
    const char *word;
    int level;
} levels[] = {
    {"default", PL_LEVEL_DEFAULT}, {"fast", PL_LEVEL_FAST}, {"default", PL_LEVEL_DEFAULT},
    {"best", PL_LEVEL_BEST},       {"max", PL_LEVEL_MAX},   {"fit", PL_LEVEL_DEFAULT},
};
enum { LEVELS = sizeof levels / sizeof *levels };

/* The option, which is one of the words or NULL, goes before the manifest. */
static enum pl_compression asked(const struct pl_pack_run *run, const struct pl_pack_target *target)
{
    const struct pl_project *project = &run->project;
    for (int i = 1; run->options->level && i < LEVELS; i++) {
        if (pl_slice_is(pl_slice_of(run->options->level), levels[i].word)) {
            return (enum pl_compression)i;
        }
    }
    return (enum pl_compression)(target->is_layer ? project->layer[target->index].compression
                                                  : project->function[target->index].compression);
}

static bool is_direct(const struct pl_pack_run *run, const struct pl_pack_target *target)
{
    const struct pl_project *project = &run->project;
    uint8_t upload = target->is_layer ? project->layer[target->index].upload
                                      : project->function[target->index].upload;
    return upload != PL_UPLOAD_S3;
}

void pl_pack_level(const struct pl_pack_run *run, struct pl_pack_target *target, int *ret,
                   uint64_t *ret_fit_below)
{
    enum pl_compression how = asked(run, target);
    target->compression = (uint8_t)how;
    target->direct = is_direct(run, target);
    *ret = levels[how].level;
    *ret_fit_below = how == PL_COMPRESSION_FIT && target->direct ? PL_LAMBDA_ZIPPED_BYTES : 0;
}

static const char *word_of(int level)
{
    for (int i = 1; i < LEVELS; i++) {
        if (levels[i].level == level) {
            return levels[i].word;
        }
    }
    return "another level";
}

enum pl_status pl_pack_text_level(struct pl_buf *to, const struct pl_pack_target *target,
                                  struct pl_err *err)
{
    const struct pl_pack_result *result = &target->result;
    char size[PL_COUNT_TEXT];
    if (target->compression != PL_COMPRESSION_FIT) {
        return PL_OK;
    }
    enum pl_status status = pl_buf_text(to, "       fit: ", err);
    for (size_t i = 0; i < result->n_tried && status == PL_OK; i++) {
        status =
            pl_buf_fmt(to, err, "%s%s at %s", i > 0 ? ", " : "",
                       pl_size_text(result->tried[i].bytes, size), word_of(result->tried[i].level));
    }
    const char *end = "; that is below 50 MB\n";
    if (!target->direct) {
        end = "; the limit of 50 MB is for direct uploads, and this one goes through S3\n";
    } else if (result->zip_bytes >= PL_LAMBDA_ZIPPED_BYTES) {
        end = "; no level gets below 50 MB\n";
    }
    return status == PL_OK ? pl_buf_text(to, end, err) : status;
}

void pl_pack_json_level(struct pl_jsonw *w, const struct pl_pack_target *target)
{
    const struct pl_pack_result *result = &target->result;
    pl_jsonw_object(w, "compression");
    pl_jsonw_text(w, "asked", levels[target->compression].word);
    pl_jsonw_array(w, "tried");
    for (size_t i = 0; i < result->n_tried; i++) {
        pl_jsonw_object(w, NULL);
        pl_jsonw_text(w, "level", word_of(result->tried[i].level));
        pl_jsonw_u64(w, "zipped_bytes", result->tried[i].bytes);
        pl_jsonw_close_object(w);
    }
    pl_jsonw_close_array(w);
    pl_jsonw_close_object(w);
}
