/* Reads each layer once, from its first byte to its last: its entries, its digests, and marks from
 * which a single file can be read again. */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/pool.h"
#include "pkg/image/room.h"

#include <stdlib.h>
#include <string.h>

/* Bytes between two marks, and how many all layers together may have (32 KB each). */
#define MARK_EVERY PL_MB(4)
enum { MARKS_MOST = 1024, MARKS_LEAST = 8 };

struct reading {
    struct pl_image_room *room;
    uint64_t packed; /* of all layers */
};

/* One layer while it is read. */
struct layer_read {
    struct pl_image_room *room;
    struct pl_image_layer *layer;
    struct pl_layer_state *state;
    uint32_t index;
};

static PL_STATUS found(struct layer_read *r, enum pl_image_issue_kind what, struct pl_slice name,
                       struct pl_err *err, const char *detail)
{
    struct pl_layer_state *state = r->state;
    if (state->n_found == sizeof state->found / sizeof *state->found) {
        return PL_OK;
    }
    struct pl_image_issue *issue = &state->found[state->n_found++];
    *issue = (struct pl_image_issue){.what = (uint8_t)what, .layer = r->index};
    enum pl_status status = pl_arena_dup(&state->arena, name, &issue->name, err);
    return status ? status : pl_arena_dup(&state->arena, pl_slice_of(detail), &issue->detail, err);
}

/* ---------------------------------------------------------------- entries */

static PL_STATUS copy_runs(struct layer_read *r, const struct pl_tar_entry *e,
                           struct pl_layer_entry *to, struct pl_err *err)
{
    if (e->n_run == 0) {
        return PL_OK;
    }
    struct pl_tar_run *run = pl_arena_new(&r->state->arena, e->n_run, sizeof *run, err);
    if (!run) {
        return err->code;
    }
    memcpy(run, e->run, e->n_run * sizeof *run);
    to->run = run;
    to->n_run = e->n_run;
    return PL_OK;
}

static PL_STATUS copy_texts(struct layer_read *r, const struct pl_tar_entry *e,
                            struct pl_layer_entry *to, struct pl_err *err)
{
    struct pl_arena *arena = &r->state->arena;
    bool outside = false;
    if (pl_store_tidy(arena, e->name, &to->name, &to->outside, err) != PL_OK) {
        return err->code;
    }
    if (e->type == PL_TAR_LINK) {
        return pl_arena_dup(arena, e->link, &to->link, err);
    }
    if (e->type == PL_TAR_HARD_LINK) {
        enum pl_status status = pl_store_tidy(arena, e->link, &to->link, &outside, err);
        to->outside = to->outside || outside;
        return status;
    }
    return PL_OK;
}

static PL_STATUS add_entry(struct layer_read *r, const struct pl_tar_entry *e, struct pl_err *err)
{
    struct pl_layer_state *state = r->state;
    if (e->type == PL_TAR_OTHER) {
        if (state->n_type++ == 0) {
            return pl_arena_dup(&state->arena, e->name, &state->type_name, err);
        }
        return PL_OK;
    }
    struct pl_layer_entry *list = pl_arr_grow(state->entry, &state->cap, state->n + 1, sizeof *list,
                                              PL_MAX_ENTRIES, "entries of a layer", err);
    if (!list) {
        return err->code;
    }
    state->entry = list;
    struct pl_layer_entry *to = &list[state->n];
    *to = (struct pl_layer_entry){.size = e->size,
                                  .data = e->data,
                                  .stored = e->stored,
                                  .uid = e->uid,
                                  .gid = e->gid,
                                  .mtime = e->mtime,
                                  .layer = r->index,
                                  .mode = e->mode,
                                  .type = e->type,
                                  .sparse = e->sparse};
    if (copy_texts(r, e, to, err) != PL_OK || copy_runs(r, e, to, err) != PL_OK) {
        return err->code;
    }
    state->n++;
    r->layer->files = pl_image_sum(r->layer->files, e->size);
    return PL_OK;
}

static PL_STATUS read_entries(struct layer_read *r, struct pl_stream *in, struct pl_err *err)
{
    struct pl_tar tar;
    bool more = true;
    enum pl_status status = PL_OK;
    pl_tar_init(&tar, in);
    while (!status && more) {
        struct pl_tar_entry entry;
        status = pl_tar_next(&tar, &entry, &more, err);
        if (!status && pl_stream_at(in) > IMAGE_MAX_UNPACKED) {
            status =
                pl_err_set(err, PL_ERR_FORMAT, "it unpacks to more than 64 GB; Lambda takes 10");
        }
        if (!status && more) {
            status = add_entry(r, &entry, err);
        }
    }
    pl_tar_done(&tar);
    return status;
}

/* ---------------------------------------------------------------- the layer */

static PL_STATUS check_digests(struct layer_read *r, struct pl_stream *in, struct pl_err *err)
{
    unsigned char packed[PL_SHA256_SIZE];
    unsigned char unpacked[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    char text[PL_SHA256_HEX + 32];
    struct pl_slice want = pl_image_hex(r->layer->digest);
    pl_stream_digests(in, packed, unpacked);
    pl_sha256_hex(packed, hex);
    enum pl_status status = PL_OK;
    if (want.len > 0 && !pl_slice_is(want, hex)) {
        memcpy(text, "its contents have sha256:", 25);
        memcpy(text + 25, hex, sizeof hex);
        status = found(r, PL_IMAGE_BLOB_DIGEST, r->layer->digest, err, text);
    }
    want = pl_image_hex(r->layer->diff_id);
    pl_sha256_hex(unpacked, hex);
    if (!status && want.len > 0 && !pl_slice_is(want, hex)) {
        memcpy(text, "unpacked it has sha256:", 23);
        memcpy(text + 23, hex, sizeof hex);
        status = found(r, PL_IMAGE_DIFF_ID, r->layer->diff_id, err, text);
    }
    return status;
}

/* PL_ERR_FORMAT: the layer is damaged. */
static PL_STATUS read_stream(struct layer_read *r, struct pl_stream *in, struct pl_err *err)
{
    if (read_entries(r, in, err) != PL_OK || pl_stream_drain(in, err) != PL_OK) {
        return err->code;
    }
    r->layer->unpacked = pl_stream_at(in);
    r->layer->whole = true;
    return check_digests(r, in, err);
}

static PL_STATUS read_blob(struct layer_read *r, struct pl_span span, struct pl_err *err)
{
    struct pl_stream *in = NULL;
    const struct pl_stream_options options = {.marks = &r->state->marks,
                                              .name = r->room->path,
                                              .digest = true,
                                              .seek = PL_SLICE("AWS_LAMBDA_RUNTIME_API")};
    if (pl_stream_open(&in, span, &options, err) != PL_OK) {
        return err->code;
    }
    r->layer->packing = (uint8_t)pl_stream_packing(in);
    enum pl_status status = read_stream(r, in, err);
    if (status == PL_ERR_FORMAT) {
        char why[PL_ERR_MSG_MAX];
        memcpy(why, err->msg, sizeof why);
        r->layer->unpacked = pl_stream_at(in);
        status = found(r, PL_IMAGE_LAYER_DAMAGED, r->layer->blob, err, why);
    }
    r->state->names_api = pl_stream_met(in);
    pl_stream_free(in);
    r->layer->n_entry = (uint32_t)r->state->n;
    return status;
}

static PL_STATUS read_layer(void *ctx, unsigned worker PL_UNUSED, size_t index, struct pl_err *err)
{
    const struct reading *reading = ctx;
    struct pl_image_room *room = reading->room;
    struct pl_image_layer *layer = &room->image.layer[index];
    struct pl_layer_state *state = &room->state[index];
    struct layer_read r = {room, layer, state, (uint32_t)index};
    struct pl_span span;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    enum pl_status status = pl_store_find(&room->store, layer->blob, &span, &fd, err);
    if (status == PL_ERR_MISSING) {
        struct pl_slice name = layer->digest.len > 0 ? layer->digest : layer->blob;
        return found(&r, PL_IMAGE_BLOB_MISSING, name, err, "it is a layer");
    }
    if (status != PL_OK) {
        return status;
    }
    layer->packed = span.size;
    uint64_t share = reading->packed > 0 ? span.size * MARKS_MOST / reading->packed : 0;
    state->marks.max = MARKS_LEAST + (size_t)share;
    state->marks.every = MARK_EVERY;
    if (layer->declared > 0 && layer->declared != span.size) {
        status = found(&r, PL_IMAGE_BLOB_SIZE, layer->digest, err, "the manifest says otherwise");
    }
    return status ? status : read_blob(&r, span, err);
}

/* ---------------------------------------------------------------- all of them */

/* What a layer is packed with, against what Lambda is known to take (LAMBDA 6.1). */
static PL_STATUS judge_packing(struct pl_image_room *room, uint32_t index, struct pl_err *err)
{
    const struct pl_image_layer *layer = &room->image.layer[index];
    struct pl_slice type = layer->media_type;
    if (layer->packing == PL_IMAGE_ZSTD) {
        return pl_image_say_fmt(room, PL_IMAGE_PACKING, index, layer->blob, err,
                                "it is compressed with zstd");
    }
    bool gzip = layer->packing == PL_IMAGE_GZIP;
    if (pl_slice_is(type, "application/vnd.docker.image.rootfs.diff.tar")) {
        return pl_image_say_fmt(room, PL_IMAGE_PACKING, index, layer->blob, err,
                                "its media type is Docker's for uncompressed layers");
    }
    bool says_gzip = pl_slice_ends(type, PL_SLICE("gzip"));
    if (type.len > 0 && layer->whole && says_gzip != gzip) {
        return pl_image_say_fmt(room, PL_IMAGE_PACKING_TYPE, index, type, err, "it is %s",
                                gzip ? "compressed with gzip" : "not compressed");
    }
    return PL_OK;
}

static PL_STATUS take_layer(struct pl_image_room *room, uint32_t index, struct pl_err *err)
{
    struct pl_image *image = &room->image;
    const struct pl_image_layer *layer = &image->layer[index];
    const struct pl_layer_state *state = &room->state[index];
    image->packed_bytes += layer->packed;
    image->unpacked_bytes += layer->unpacked;
    image->whole = image->whole && layer->whole;
    image->names_api = image->names_api || state->names_api;
    for (uint32_t i = 0; i < state->n_found; i++) {
        if (pl_image_say(room, &state->found[i], err) != PL_OK) {
            return err->code;
        }
    }
    if (state->n_type > 0 && pl_image_say_fmt(room, PL_IMAGE_TYPE, index, state->type_name, err,
                                              "%u of them", state->n_type) != PL_OK) {
        return err->code;
    }
    return layer->packed > 0 ? judge_packing(room, index, err) : PL_OK;
}

static PL_STATUS match_diff_ids(struct pl_image_room *room, struct pl_err *err)
{
    struct pl_image *image = &room->image;
    const struct pl_image_texts *ids = &image->config.diff_ids;
    struct pl_slice none = {0};
    if (!image->config.known) {
        return PL_OK;
    }
    if (ids->n != image->n_layer) {
        return pl_image_say_fmt(room, PL_IMAGE_LAYER_COUNT, PL_IMAGE_NO_LAYER, none, err,
                                "the configuration has %u, the manifest %u", ids->n,
                                image->n_layer);
    }
    for (uint32_t i = 0; i < ids->n; i++) {
        image->layer[i].diff_id = ids->at[i];
    }
    return PL_OK;
}

PL_STATUS pl_image_read_layers(struct pl_image_room *room, unsigned workers, struct pl_err *err)
{
    struct pl_image *image = &room->image;
    struct reading reading = {.room = room};
    room->state = pl_arr_zeroed(image->n_layer, sizeof *room->state, err);
    if (!room->state || match_diff_ids(room, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < image->n_layer; i++) {
        struct pl_span span;
        struct pl_err ignored;
        int fd PL_CLEANUP(pl_fd_close) = -1;
        pl_arena_init(&room->state[i].arena, IMAGE_ARENA_BYTES);
        if (pl_store_find(&room->store, image->layer[i].blob, &span, &fd, &ignored) == PL_OK) {
            reading.packed += span.size;
        }
    }
    if (pl_pool_for(workers, image->n_layer, read_layer, &reading, err) != PL_OK) {
        return err->code;
    }
    image->whole = true;
    for (uint32_t i = 0; i < image->n_layer; i++) {
        if (take_layer(room, i, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
