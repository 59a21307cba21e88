#include "pkg/survey/first_look.h"

#include "pkg/base/arr.h"
#include "pkg/base/buf.h"
#include "pkg/base/limits.h"
#include "pkg/base/map.h"

/* Larger files of a folder are not opened: keys and credentials are small. */
#define SMALL_FILE_BYTES PL_KB(256)
/* The list of what a distribution installed. */
#define RECORD_BYTES PL_MB(8)

/* What makes it worth knowing who put a file there. */
enum {
    ASKED =
        PL_MARK_KEY | PL_MARK_KEY_STORE | PL_MARK_CREDENTIALS | PL_MARK_ACCESS_KEY | PL_MARK_CRLF
};

struct looking {
    struct pl_package *package;
    struct pl_native_gather native;
};

/* A ZIP is verified whole, so all of its bytes come by. */
static enum pl_look want(void *ctx, const struct pl_entry *entry)
{
    const struct looking *looking = ctx;
    bool file = entry->type == PL_ENTRY_FILE;
    if (looking->package->kind == PL_KIND_ZIP) {
        return file ? PL_LOOK_WHOLE : PL_LOOK_CHECK;
    }
    if (file &&
        (pl_native_may_be(entry) || pl_native_is_record(entry) || pl_native_is_jar(entry))) {
        return PL_LOOK_WHOLE;
    }
    return file && entry->size <= SMALL_FILE_BYTES ? PL_LOOK_START : PL_LOOK_SKIP;
}

static PL_STATUS note(void *ctx, unsigned worker, uint32_t index, enum pl_read_state state,
                      struct pl_slice bytes, struct pl_err *err)
{
    struct looking *looking = ctx;
    struct pl_package *package = looking->package;
    const struct pl_entry *entry = &package->tree.entry[index];
    package->read_state[index] = (uint8_t)state;
    if (entry->type != PL_ENTRY_FILE) {
        return PL_OK;
    }
    struct pl_slice start = pl_slice_sub(bytes, 0, PL_LOOK_START_BYTES);
    package->marks[index] = pl_marks_read(entry->name, start, entry->size);
    bool read = state == PL_READ_WHOLE || state == PL_READ_START;
    return read ? pl_native_look(&looking->native, worker, index, bytes, err) : PL_OK;
}

static void choose(void *ctx, uint32_t index, struct pl_slice start, struct pl_parts *ret)
{
    const struct looking *looking = ctx;
    pl_native_choose(&looking->native, start, looking->package->tree.entry[index].size, ret);
}

static void take_parts(void *ctx, unsigned worker, uint32_t index, const struct pl_parts *parts)
{
    struct looking *looking = ctx;
    pl_native_parts(&looking->native, worker, index, parts);
}

/* ---- what a Python distribution's RECORD lists ---- */

static PL_STATUS note_record(struct pl_package *package, const struct pl_map *asked,
                             struct pl_slice folder, struct pl_slice text, struct pl_err *err)
{
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice path;
    while (pl_record_next(&text, &path)) {
        uint64_t entry = 0;
        pl_buf_clear(&name);
        if (path.len + folder.len + 2 > PL_MAX_PATH) {
            continue;
        }
        if (folder.len > 0 &&
            (pl_buf_slice(&name, folder, err) != PL_OK || pl_buf_text(&name, "/", err) != PL_OK)) {
            return err->code;
        }
        if (pl_buf_slice(&name, path, err) != PL_OK) {
            return err->code;
        }
        if (pl_map_get(asked, pl_buf_view(&name), &entry)) {
            package->installed[entry] = true;
        }
    }
    return PL_OK;
}

static PL_STATUS read_records(struct pl_package *package, const struct pl_map *asked,
                              struct pl_err *err)
{
    struct pl_slice suffix = PL_SLICE(".dist-info/RECORD");
    for (uint32_t i = 0; i < package->tree.n; i++) {
        const struct pl_entry *entry = &package->tree.entry[i];
        if (entry->type != PL_ENTRY_FILE || !pl_slice_ends(entry->name, suffix)) {
            continue;
        }
        struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = RECORD_BYTES};
        enum pl_status status =
            package->tree.ops->read(&package->tree, i, RECORD_BYTES, &text, err);
        if (status == PL_ERR_FORMAT || status == PL_ERR_LIMIT) {
            continue; /* damaged or absurd: it vouches for nothing */
        }
        if (status == PL_OK) {
            struct pl_slice folder = pl_slice_dirname(pl_slice_dirname(entry->name));
            status = note_record(package, asked, folder, pl_buf_view(&text), err);
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS ask_records(struct pl_package *package, struct pl_err *err)
{
    struct pl_map asked;
    enum pl_status status = PL_OK;
    size_t n = 0;
    pl_map_init(&asked, package->tree.n);
    for (uint32_t i = 0; status == PL_OK && i < package->tree.n; i++) {
        bool added = false;
        uint64_t old = 0;
        if (package->marks[i].found & ASKED) {
            status = pl_map_add(&asked, package->tree.entry[i].name, i, &added, &old, err);
            n++;
        }
    }
    if (status == PL_OK && n > 0) {
        package->installed = pl_arr_zeroed(package->tree.n, sizeof *package->installed, err);
        status = package->installed ? read_records(package, &asked, err) : err->code;
    }
    pl_map_done(&asked);
    return status;
}

/* Every entry once, and what the workers gathered. */
static PL_STATUS walk(struct pl_package *package, unsigned workers, struct pl_err *err)
{
    struct looking looking = {.package = package};
    struct pl_sink sink = {&looking, want, note, workers, choose, take_parts};
    if (pl_native_gather_init(&looking.native, &package->tree, workers, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = package->tree.ops->walk(&package->tree, &sink, err);
    if (status == PL_OK) {
        struct pl_native_all all = {0};
        status = pl_native_gathered(&looking.native, &package->arena, &all, err);
        package->native = all.native;
        package->n_native = all.n_native;
        package->dist = all.dist;
        package->n_dist = all.n_dist;
        package->jar = all.jar;
        package->n_jar = all.n_jar;
        package->newer = all.newer;
        package->n_newer = all.n_newer;
        package->n_class = all.n_class;
    }
    pl_native_gather_done(&looking.native);
    return status == PL_OK ? pl_native_complete(&package->tree, package->native, package->n_native,
                                                &package->arena, err)
                           : status;
}

PL_STATUS pl_first_look(struct pl_package *package, unsigned workers, struct pl_err *err)
{
    size_t n = package->tree.n;
    package->read_state = pl_arr_zeroed(n, sizeof *package->read_state, err);
    package->marks = pl_arr_zeroed(n, sizeof *package->marks, err);
    if (!package->read_state || !package->marks || walk(package, workers, err) != PL_OK) {
        return err->code;
    }
    return ask_records(package, err);
}

/* Is `word` a whole component of the path, with something below it? */
static bool has_folder(struct pl_slice name, struct pl_slice word)
{
    struct pl_slice part;
    while (pl_slice_next(&name, '/', &part)) {
        if (pl_slice_eq(part, word)) {
            return name.len > 0;
        }
    }
    return false;
}

bool pl_package_is_installed(const struct pl_package *package, uint32_t entry)
{
    struct pl_slice name = package->tree.entry[entry].name;
    return (package->installed && package->installed[entry]) ||
           has_folder(name, PL_SLICE("node_modules")) || has_folder(name, PL_SLICE("gems")) ||
           has_folder(name, PL_SLICE("site-packages"));
}
