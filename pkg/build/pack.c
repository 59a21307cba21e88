#include "pkg/build/pack.h"

#include "pkg/archive/zip_write.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/build/pipeline.h"

#include <libdeflate.h>
#include <stdlib.h>

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

static enum pl_status write_zip(struct pl_zip_result *ret, const struct pl_plan *plan, int fd,
                                const char *path, const struct pl_pack_options *options,
                                struct pl_err *err)
{
    struct pl_zip_target target = {.fd = fd, .name = path};
    pl_zip_dos_time(options->time, &target.dos_time, &target.dos_date);
    struct pl_zip_item *item = NULL;
    if (make_items(plan, &item, err) != PL_OK) {
        return err->code;
    }
    struct pl_pipeline *pipeline = NULL;
    enum pl_status status = pl_pipeline_start(&pipeline, plan, options, path, err);
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

enum pl_status pl_pack_write(struct pl_pack_result *ret, const struct pl_plan *plan,
                             const char *path, const struct pl_pack_options *options,
                             struct pl_err *err)
{
    if (options->level < 1 || options->level > PL_LEVEL_MAX) {
        return pl_err_set(err, PL_ERR_USAGE, "there is no compression level %d", options->level);
    }
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    struct pl_zip_result written;
    if (pl_out_begin(&out, path, err) != PL_OK ||
        write_zip(&written, plan, out.fd, path, options, err) != PL_OK ||
        pl_out_commit(&out, err) != PL_OK) {
        return err->code;
    }
    struct pl_pack_result result = {
        .zip_bytes = written.bytes, .unpacked_bytes = plan->bytes, .entries = plan->n};
    for (size_t i = 0; i < PL_SHA256_SIZE; i++) {
        result.sha256[i] = written.sha256[i];
    }
    *ret = result;
    return PL_OK;
}

const char *pl_pack_deflate_version(void)
{
    return LIBDEFLATE_VERSION_STRING;
}
