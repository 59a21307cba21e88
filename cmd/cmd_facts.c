/* `plimsoll facts`: the sidecar of a ZIP that somebody else made. */
#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/archive/sidecar.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/survey/recognise.h"

#include <stdlib.h>

static enum pl_status hash_zip(const char *path, unsigned char ret[PL_SHA256_SIZE],
                               struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    enum pl_status status = pl_file_open(path, &fd, err);
    return status == PL_OK ? pl_sha256_fd(fd, path, ret, err) : status;
}

static struct pl_slice name_of(const char *path)
{
    struct pl_slice base = pl_slice_basename(pl_slice_of(path));
    return pl_slice_ends(base, PL_SLICE(".zip")) ? pl_slice_sub(base, 0, base.len - 4) : base;
}

static enum pl_status facts_of(struct pl_buf *to, const char *path, struct pl_tree *tree,
                               unsigned workers, struct pl_err *err)
{
    struct pl_sidecar_entry *entry = NULL;
    struct pl_sidecar sidecar = {.name = name_of(path), .tree = tree};
    if (pl_sidecar_entries(tree, path, workers, &entry, &sidecar.n_entry, err) != PL_OK) {
        return err->code;
    }
    sidecar.is_layer = pl_survey_is_layer(tree);
    sidecar.zipped_bytes = tree->container_bytes;
    sidecar.unzipped_bytes = tree->unpacked_bytes;
    sidecar.entry = entry;
    enum pl_status status = hash_zip(path, sidecar.code_sha256, err);
    status = status == PL_OK ? pl_sidecar_write(to, &sidecar, err) : status;
    free(entry);
    return status;
}

static enum pl_status facts(struct pl_buf *to, const char *path, unsigned workers,
                            struct pl_err *err)
{
    struct pl_tree tree;
    if (pl_zip_open(&tree, path, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = facts_of(to, path, &tree, workers, err);
    pl_tree_done(&tree);
    return status;
}

int pl_cmd_facts(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    unsigned workers = options->jobs > 0 ? options->jobs : pl_os_cpus();
    pl_term_init(&term, PL_COLOR_NEVER);
    if (facts(&text, options->operand.at[0], workers, &err) != PL_OK) {
        return pl_term_fail(&err, "facts");
    }
    pl_term_write(&term, pl_buf_view(&text));
    return pl_term_exit(&term, 0);
}
