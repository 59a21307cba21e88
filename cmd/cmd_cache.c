/* `plimsoll cache`: what is kept between runs, and how to be rid of it. */
#include "cmd/cache_dir.h"
#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/build/cache.h"
#include "pkg/build/install.h"

#include <string.h>

/* What is kept: deflated entries, and packages that were installed. */
struct kept {
    struct pl_cache_info cache;
    struct pl_installs_info installs;
};

static enum pl_status text_installs(struct pl_buf *to, const struct pl_installs_info *info,
                                    struct pl_err *err)
{
    char size[PL_COUNT_TEXT], max[PL_COUNT_TEXT];
    return info->n == 0 ? PL_OK
                        : pl_buf_fmt(to, err, "installed packages: %s of %s in %zu %s\n",
                                     pl_size_text(info->bytes, size),
                                     pl_size_text(PL_INSTALLS_MAX_BYTES, max), info->n,
                                     info->n == 1 ? "folder" : "folders");
}

static enum pl_status text_info(struct pl_buf *to, const char *dir, const struct kept *kept,
                                struct pl_err *err)
{
    const struct pl_cache_info *info = &kept->cache;
    char size[PL_COUNT_TEXT], max[PL_COUNT_TEXT], entries[PL_COUNT_TEXT], packs[PL_COUNT_TEXT];
    enum pl_status status = pl_text_escape(to, pl_slice_of(dir), err);
    if (status == PL_OK) {
        status = pl_buf_fmt(to, err, ": %s of %s; %s deflated %s in %s %s\n",
                            pl_size_text(info->bytes, size), pl_size_text(PL_CACHE_MAX_BYTES, max),
                            pl_count_text(info->entries, entries),
                            info->entries == 1 ? "entry" : "entries",
                            pl_count_text(info->packs, packs), info->packs == 1 ? "pack" : "packs");
    }
    if (status == PL_OK && info->damaged > 0) {
        status = pl_buf_fmt(to, err, "%zu of them damaged, or of another version of libdeflate\n",
                            info->damaged);
    }
    return status == PL_OK ? text_installs(to, &kept->installs, err) : status;
}

static enum pl_status json_info(struct pl_buf *to, const char *dir, const struct kept *kept,
                                struct pl_err *err)
{
    const struct pl_cache_info *info = &kept->cache;
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "schema", "plimsoll-cache/1");
    pl_jsonw_slice(&w, "path", pl_slice_of(dir));
    pl_jsonw_u64(&w, "bytes", info->bytes);
    pl_jsonw_u64(&w, "max_bytes", PL_CACHE_MAX_BYTES);
    pl_jsonw_u64(&w, "entries", info->entries);
    pl_jsonw_u64(&w, "packs", info->packs);
    pl_jsonw_u64(&w, "damaged_packs", info->damaged);
    pl_jsonw_u64(&w, "installs", kept->installs.n);
    pl_jsonw_u64(&w, "installs_bytes", kept->installs.bytes);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

static enum pl_status say_cleared(struct pl_buf *to, const char *dir, const struct kept *kept,
                                  struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    enum pl_status status = pl_text_escape(to, pl_slice_of(dir), err);
    return status == PL_OK
               ? pl_buf_fmt(to, err, ": %s removed\n",
                            pl_size_text(kept->cache.bytes + kept->installs.bytes, size))
               : status;
}

static enum pl_status do_cache(const struct pl_options *options, struct pl_buf *to,
                               struct pl_err *err)
{
    struct pl_buf dir PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct kept kept;
    const char *word = options->operand.at[0];
    bool clear = strcmp(word, "clear") == 0;
    if (!clear && strcmp(word, "info") != 0) {
        return pl_err_set(err, PL_ERR_USAGE, "'%s' is neither info nor clear", word);
    }
    if (pl_cache_dir(options, &dir, err) != PL_OK) {
        return err->code;
    }
    if (dir.len == 0) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "there is no folder for a cache: neither XDG_CACHE_HOME nor HOME is set; "
                          "name one with --cache-dir");
    }
    enum pl_status status = clear ? pl_cache_clear(&kept.cache, dir.data, err)
                                  : pl_cache_measure(&kept.cache, dir.data, err);
    if (status == PL_OK) {
        status = clear ? pl_installs_clear(&kept.installs, dir.data, err)
                       : pl_installs_measure(&kept.installs, dir.data, err);
    }
    if (status != PL_OK) {
        return status;
    }
    if (options->format == PL_FORMAT_JSON) {
        return json_info(to, dir.data, &kept, err);
    }
    return clear ? say_cleared(to, dir.data, &kept, err) : text_info(to, dir.data, &kept, err);
}

int pl_cmd_cache(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = (size_t)PL_MAX_PATH * 8};
    pl_term_init(&term, PL_COLOR_NEVER);
    if (do_cache(options, &out, &err) != PL_OK) {
        return pl_term_fail(&err, "cache");
    }
    (void)pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, 0);
}
