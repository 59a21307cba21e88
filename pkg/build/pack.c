#include "pkg/build/pack.h"

#include "pkg/archive/zip_write.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/build/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PL_LOCK_WAIT_NS 2000000

static enum pl_status make_items(const struct pl_plan *plan, struct pl_zip_item **ret,
                                 struct pl_err *err)
{
    struct pl_zip_item *item = pl_arr_zeroed(plan->n, sizeof(*item), err);
    if (!item) {
        return err->code;
    }
    for (size_t i = 0; i < plan->n; i++) {
        item[i] = (struct pl_zip_item){
            .name = plan->item[i].name, .type = plan->item[i].type, .mode = plan->item[i].mode};
    }
    *ret = item;
    return PL_OK;
}

static enum pl_status write_zip(struct pl_zip_result *ret, const struct pl_pipeline_input *input,
                                int fd, struct pl_err *err)
{
    const struct pl_plan *plan = input->plan;
    struct pl_zip_target target = {.fd = fd, .name = input->beside};
    pl_zip_dos_time(input->options->time, &target.dos_time, &target.dos_date);
    struct pl_zip_item *item = NULL;
    if (make_items(plan, &item, err) != PL_OK) {
        return err->code;
    }
    struct pl_pipeline *pipeline = NULL;
    enum pl_status status = pl_pipeline_start(&pipeline, input, err);
    if (status == PL_OK) {
        const struct pl_zip_source source = {.ctx = pipeline,
                                             .fetch = pl_pipeline_fetch,
                                             .read = pl_pipeline_read,
                                             .release = pl_pipeline_release};
        status = pl_zip_write(ret, &target, item, plan->n, &source, err);
        status = pl_pipeline_stop(pipeline, status, err);
    }
    free(item);
    return status;
}

static struct pl_sidecar_entry entry_of(const struct pl_plan_item *item,
                                        const struct pl_packed_fact *fact)
{
    struct pl_sidecar_entry entry = {.name = item->name,
                                     .link = item->link,
                                     .size = item->type == PL_ENTRY_FILE ? item->id.size
                                                                         : item->link.len,
                                     .packed = fact->packed,
                                     .mode = item->mode,
                                     .type = item->type};
    memcpy(entry.sha256, fact->sha256, sizeof entry.sha256);
    return entry;
}

static enum pl_status sidecar_text(struct pl_buf *to, const struct pl_plan *plan,
                                   const struct pl_zip_result *written,
                                   const struct pl_packed_fact *fact,
                                   const struct pl_pack_options *options, struct pl_err *err)
{
    struct pl_tree tree;
    struct pl_sidecar sidecar = *options->about;
    struct pl_sidecar_entry *entry = pl_arr_zeroed(plan->n, sizeof *entry, err);
    if (!entry || pl_plan_tree(&tree, plan, err) != PL_OK) {
        free(entry);
        return err->code;
    }
    for (size_t i = 0; i < plan->n; i++) {
        entry[i] = entry_of(&plan->item[i], &fact[i]);
    }
    sidecar.zipped_bytes = written->bytes;
    sidecar.unzipped_bytes = plan->bytes;
    memcpy(sidecar.code_sha256, written->sha256, sizeof sidecar.code_sha256);
    sidecar.level = options->level;
    sidecar.deflate = pl_pack_deflate_version();
    sidecar.entry = entry;
    sidecar.n_entry = plan->n;
    sidecar.tree = &tree;
    enum pl_status status = pl_sidecar_write(to, &sidecar, err);
    pl_tree_done(&tree);
    free(entry);
    return status;
}

/* What is being packed, and what is known of it. */
struct pl_work {
    const struct pl_plan *plan;
    struct pl_pack_options options; /* with the workers that it has now */
    struct pl_packed_fact *fact;    /* owned */
    struct pl_seen *seen;           /* owned; NULL without a cache */
    bool has_turn;
};

/* ---- beside others ---- */

/* Nothing is left to be read or deflated, as far as is known. */
static bool is_known(const struct pl_work *work)
{
    for (size_t i = 0; i < work->plan->n; i++) {
        const struct pl_plan_item *item = &work->plan->item[i];
        if (item->type == PL_ENTRY_FILE &&
            (!work->seen || !work->seen[i].known ||
             !pl_deflated_before(work->options.cache, item, work->seen[i].sha256,
                                 work->options.level))) {
            return false;
        }
    }
    return true;
}

static enum pl_status look_up(struct pl_work *work, struct pl_err *err)
{
    free(work->seen);
    work->seen = work->options.cache ? pl_seen_new(work->options.cache, work->plan, err) : NULL;
    return work->options.cache && !work->seen ? err->code : PL_OK;
}

static void end_turn(struct pl_work *work)
{
    if (work->has_turn) {
        (void)pthread_mutex_unlock(work->options.turn);
        work->has_turn = false;
    }
}

/* What is known; and the turn, if it is needed for what is not. */
static enum pl_status begin(struct pl_work *work, struct pl_err *err)
{
    if (look_up(work, err) != PL_OK) {
        return err->code;
    }
    if (!work->options.turn) {
        return PL_OK;
    }
    bool known = is_known(work);
    if (!known) {
        (void)pthread_mutex_lock(work->options.turn);
        work->has_turn = true;
        if (look_up(work, err) != PL_OK) {
            return err->code;
        }
        known = is_known(work);
    }
    if (known) {
        end_turn(work);
        work->options.workers = work->options.side_workers > 0 ? work->options.side_workers : 1;
    }
    return PL_OK;
}

/* ---- ZIP and sidecar ---- */

/* The sidecar in a file that has no name yet. */
static enum pl_status write_sidecar(struct pl_out *out, const char *path, struct pl_slice text,
                                    struct pl_err *err)
{
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    if (pl_buf_fmt(&name, err, "%s.json", path) != PL_OK ||
        pl_out_begin(out, name.data, err) != PL_OK ||
        pl_file_pwrite(out->fd, out->path, text.ptr, text.len, 0, err) != PL_OK) {
        return err->code;
    }
    return PL_OK;
}

/* Waits for whoever puts files into the folder of `path` right now.  A file system without such
 * locks goes without: then the sidecar's own check has to do. */
static enum pl_status lock_folder(const char *path, const struct pl_progress *progress, int *ret_fd,
                                  struct pl_err *err)
{
    struct pl_slice all = pl_slice_of(path);
    struct pl_slice folder = pl_slice_sub(all, 0, all.len - pl_slice_basename(all).len);
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    if (pl_buf_slice(&name, folder.len > 0 ? folder : PL_SLICE("."), err) != PL_OK) {
        return err->code;
    }
    *ret_fd = open(name.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (*ret_fd >= 0 && pl_os_try_lock(*ret_fd) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            break;
        }
        if (progress->cancelled && progress->cancelled(progress->ctx)) {
            return pl_err_set(err, PL_ERR_CANCELLED, "interrupted");
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = PL_LOCK_WAIT_NS}, NULL);
    }
    return PL_OK;
}

/* ZIP first: then an old sidecar does not match, and nobody believes it. */
static enum pl_status commit_both(struct pl_out *zip, struct pl_out *sidecar,
                                  const struct pl_progress *progress, struct pl_err *err)
{
    int lock PL_CLEANUP(pl_fd_close) = -1;
    if (lock_folder(zip->path, progress, &lock, err) != PL_OK || pl_out_commit(zip, err) != PL_OK) {
        return err->code;
    }
    return pl_out_commit(sidecar, err);
}

/* What was written, and how it came to that. */
struct written {
    struct pl_zip_result zip;
    struct pl_pack_try tried[PL_PACK_TRIES];
    size_t n_tried;
    uint64_t ino; /* of the new ZIP */
};

/* The next level worth trying; 0 behind the last. */
static int level_above(int level)
{
    return level < PL_LEVEL_BEST ? PL_LEVEL_BEST : level < PL_LEVEL_MAX ? PL_LEVEL_MAX : 0;
}

/* Writes the ZIP, and again with more effort while it is too large and there is more. */
static enum pl_status write_fitting(struct written *ret, struct pl_work *work, const char *path,
                                    struct pl_out *out, struct pl_err *err)
{
    const struct pl_pack_options *options = &work->options;
    struct pl_pack_options now = *options;
    ret->n_tried = 0;
    do {
        pl_out_abort(out);
        *out = PL_OUT_NONE;
        if (pl_out_begin(out, path, err) != PL_OK) {
            return err->code;
        }
        const struct pl_pipeline_input input = {.plan = work->plan,
                                                .options = &now,
                                                .beside = out->path,
                                                .fact = work->fact,
                                                .seen = work->seen};
        if (write_zip(&ret->zip, &input, out->fd, err) != PL_OK) {
            return err->code;
        }
        ret->tried[ret->n_tried++] = (struct pl_pack_try){now.level, ret->zip.bytes};
        now.level = level_above(now.level);
    } while (options->fit_below > 0 && ret->zip.bytes >= options->fit_below && now.level > 0 &&
             ret->n_tried < PL_PACK_TRIES);
    end_turn(work);
    return PL_OK;
}

static enum pl_status write_both(struct written *ret, struct pl_work *work, const char *path,
                                 struct pl_err *err)
{
    struct stat st;
    struct pl_out zip PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    struct pl_out sidecar PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    if (write_fitting(ret, work, path, &zip, err) != PL_OK) {
        return err->code;
    }
    ret->ino = fstat(zip.fd, &st) == 0 ? (uint64_t)st.st_ino : 0;
    if (!work->options.about) {
        return pl_out_commit(&zip, err);
    }
    struct pl_pack_options used = work->options;
    used.level = ret->tried[ret->n_tried - 1].level;
    if (sidecar_text(&text, work->plan, &ret->zip, work->fact, &used, err) != PL_OK ||
        write_sidecar(&sidecar, path, pl_buf_view(&text), err) != PL_OK) {
        return err->code;
    }
    return commit_both(&zip, &sidecar, &used.progress, err);
}

/* For the next time: what the files hold, and what the ZIP is made of. */
static void remember(const struct pl_work *work, const char *path,
                     const struct pl_pack_result *result, uint64_t ino)
{
    for (size_t i = 0; i < work->plan->n; i++) {
        memcpy(work->seen[i].sha256, work->fact[i].sha256, PL_SHA256_SIZE);
        work->seen[i].known = true;
    }
    const struct pl_current current = {
        .plan = work->plan, .options = &work->options, .path = path, .seen = work->seen};
    pl_current_keep(&current, result, ino);
}

static enum pl_status write_work(struct pl_pack_result *ret, struct pl_work *work, const char *path,
                                 struct pl_err *err)
{
    struct written written = {.n_tried = 0};
    if (write_both(&written, work, path, err) != PL_OK) {
        return err->code;
    }
    struct pl_pack_result result = {.n_tried = written.n_tried,
                                    .zip_bytes = written.zip.bytes,
                                    .unpacked_bytes = work->plan->bytes,
                                    .entries = work->plan->n};
    memcpy(result.sha256, written.zip.sha256, sizeof result.sha256);
    memcpy(result.tried, written.tried, sizeof result.tried);
    if (work->seen) {
        remember(work, path, &result, written.ino);
    }
    *ret = result;
    return PL_OK;
}

enum pl_status pl_pack_write(struct pl_pack_result *ret, const struct pl_plan *plan,
                             const char *path, const struct pl_pack_options *options,
                             struct pl_err *err)
{
    if (options->level < 1 || options->level > PL_LEVEL_MAX) {
        return pl_err_set(err, PL_ERR_USAGE, "there is no compression level %d", options->level);
    }
    struct pl_work work = {.plan = plan, .options = *options};
    enum pl_status status = begin(&work, err);
    const struct pl_current current = {
        .plan = plan, .options = &work.options, .path = path, .seen = work.seen};
    if (status == PL_OK && (!work.seen || !pl_current_is(&current, ret))) {
        work.fact = pl_arr_zeroed(plan->n, sizeof *work.fact, err);
        status = work.fact ? write_work(ret, &work, path, err) : err->code;
    }
    end_turn(&work);
    free(work.fact);
    free(work.seen);
    return status;
}

const char *pl_pack_deflate_version(void)
{
    return LIBDEFLATE_VERSION_STRING;
}
