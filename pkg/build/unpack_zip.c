/* Members of a ZIP: our own audit judges it, and each is read a second time when it is packed. */
#include "pkg/archive/zip_read.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/build/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A larger script is a program, and no text. */
#define PL_MAX_SCRIPT PL_MB(1)

struct zip_content {
    struct pl_content base; /* first: readers come here from it */
    struct pl_tree tree;
    struct pl_slice path; /* in the plan's arena */
    struct pl_file_id id;
};

static enum pl_status identify(const char *path, struct pl_file_id *ret, struct pl_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    *ret = (struct pl_file_id){.dev = (uint64_t)st.st_dev,
                               .ino = (uint64_t)st.st_ino,
                               .size = (uint64_t)st.st_size,
                               .mtime_ns = pl_os_mtime_ns(&st),
                               .ctime_ns = pl_os_ctime_ns(&st)};
    return PL_OK;
}

static bool same_id(const struct pl_file_id *a, const struct pl_file_id *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

static enum pl_status check_unchanged(const struct zip_content *content, struct pl_err *err)
{
    struct pl_file_id now;
    if (identify(content->path.ptr, &now, err) == PL_OK && same_id(&now, &content->id)) {
        return PL_OK;
    }
    return pl_err_set(err, PL_ERR_CHANGED,
                      "%s: changed while it was packed; pack again when nothing writes to it",
                      content->path.ptr);
}

static enum pl_status zip_read(const struct pl_plan_item *item, unsigned char *to, size_t n,
                               struct pl_err *err)
{
    const struct zip_content *content = (const void *)item->content;
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = (size_t)item->id.size};
    enum pl_status status = content->tree.ops->read(&content->tree, (uint32_t)item->at,
                                                    (size_t)item->id.size, &bytes, err);
    if (status != PL_OK || bytes.len < n) {
        struct pl_err changed;
        if (check_unchanged(content, &changed) != PL_OK) {
            *err = changed;
            return err->code;
        }
        return status != PL_OK
                   ? pl_err_wrap(err, "%s", item->path.ptr)
                   : pl_err_set(err, PL_ERR_FORMAT, "%s: is shorter than it says", item->path.ptr);
    }
    if (n > 0) {
        memcpy(to, bytes.data, n);
    }
    return check_unchanged(content, err);
}

static void zip_done(struct pl_content *base)
{
    struct zip_content *content = (void *)base;
    pl_tree_done(&content->tree);
    free(content);
}

static const struct pl_content_ops zip_ops = {.read = zip_read, .done = zip_done};

/* What can be packed although something is odd: readers do not disagree about it. */
static bool is_harmless(enum pl_issue_class class)
{
    return class == PL_ISSUES_UNTIDY || class == PL_ISSUES_OUTSIDE || class == PL_ISSUES_ENCODING;
}

static enum pl_status judge(struct pl_unpack *unpack, const struct pl_tree *tree,
                            struct pl_err *err)
{
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        const struct pl_issue *issue = &tree->issue[i];
        enum pl_issue_kind what = (enum pl_issue_kind)issue->what;
        if (is_harmless(pl_issue_class(what))) {
            continue;
        }
        if (issue->entry < tree->n) {
            return pl_unpack_refuse(unpack, tree->entry[issue->entry].name, err,
                                    pl_issue_text(what));
        }
        return pl_err_set(err, PL_ERR_FORMAT, "%s: %s",
                          pl_select_safe(unpack->select, unpack->path), pl_issue_text(what));
    }
    return PL_OK;
}

/* One too large to be read whole whenever it is asked for waits in the spill file. */
static enum pl_status spill_entry(struct pl_unpack *unpack, const struct pl_tree *tree,
                                  uint32_t index, struct pl_select_bytes *ret, struct pl_err *err)
{
    size_t size = (size_t)tree->entry[index].size;
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = size};
    enum pl_status status = tree->ops->read(tree, index, size, &bytes, err);
    status = status == PL_OK ? pl_select_spill(unpack->select, &ret->content, err) : status;
    return status == PL_OK
               ? pl_content_spill_put(ret->content, bytes.data, bytes.len, &ret->at, err)
               : status;
}

/* A wheel's script begins with "#!python", in place of which installers write their own Python. */
static enum pl_status mend_script(struct pl_unpack *unpack, const struct pl_tree *tree,
                                  uint32_t index, struct pl_select_bytes *ret, struct pl_err *err)
{
    static const struct pl_slice mark = PL_SLICE_INIT("#!python");
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_SCRIPT};
    struct pl_content *content = NULL;
    if (ret->size > PL_MAX_SCRIPT) {
        return PL_OK;
    }
    if (tree->ops->read(tree, index, PL_MAX_SCRIPT, &bytes, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice whole = pl_buf_view(&bytes);
    if (!pl_slice_starts(whole, mark)) {
        return PL_OK;
    }
    struct pl_slice rest = pl_slice_sub(whole, pl_slice_find(whole, '\n'), whole.len);
    struct pl_buf mended PL_CLEANUP(pl_buf_done) = {.max = 2 * PL_MAX_SCRIPT};
    if (pl_buf_text(&mended, "#!/usr/bin/env python3", err) != PL_OK ||
        pl_buf_slice(&mended, rest, err) != PL_OK ||
        pl_content_text(unpack->select->plan, pl_buf_view(&mended), &content, err) != PL_OK) {
        return err->code;
    }
    ret->content = content;
    ret->size = mended.len;
    return PL_OK;
}

static enum pl_status take_entry(struct pl_unpack *unpack, const struct zip_content *content,
                                 uint32_t index, struct pl_err *err)
{
    const struct pl_entry *entry = &content->tree.entry[index];
    struct pl_member member = {.name = entry->name, .type = entry->type};
    if (pl_unpack_enter(unpack, &member, err) != PL_OK) {
        return err->code;
    }
    if (entry->type == PL_ENTRY_LINK) {
        return pl_unpack_link(unpack, &member, entry->link, err);
    }
    if (entry->type != PL_ENTRY_FILE || !member.taken) {
        return PL_OK;
    }
    if (pl_unpack_count(unpack, entry->size, true, err) != PL_OK) {
        return err->code;
    }
    struct pl_select_bytes bytes = {.content = &content->base,
                                    .at = index,
                                    .size = entry->size,
                                    .runs = member.script ||
                                            (entry->mode > 0 && (entry->mode & 0100) != 0)};
    if (member.script && mend_script(unpack, &content->tree, index, &bytes, err) != PL_OK) {
        return pl_err_wrap(err, "%s", member.place.path.ptr);
    }
    if (entry->size > PL_MAX_WHOLE_ENTRY &&
        spill_entry(unpack, &content->tree, index, &bytes, err) != PL_OK) {
        return pl_err_wrap(err, "%s", member.place.path.ptr);
    }
    return pl_unpack_file(unpack, &member, &bytes, err);
}

enum pl_status pl_unpack_zip(struct pl_unpack *unpack, struct pl_err *err)
{
    struct zip_content *content = pl_arr_zeroed(1, sizeof(*content), err);
    if (!content) {
        return err->code;
    }
    content->base.ops = &zip_ops;
    content->path = unpack->path;
    if (identify(unpack->path.ptr, &content->id, err) != PL_OK ||
        pl_zip_open(&content->tree, unpack->path.ptr, err) != PL_OK) {
        free(content);
        return err->code;
    }
    pl_content_add(unpack->select->plan, &content->base);
    struct pl_wheel wheel;
    if (judge(unpack, &content->tree, err) != PL_OK) {
        return err->code;
    }
    if (pl_wheel_is(unpack->path)) {
        if (pl_wheel_open(&wheel, unpack->select, unpack->path, &content->tree, err) != PL_OK) {
            return err->code;
        }
        unpack->wheel = &wheel;
    }
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; !status && i < content->tree.n; i++) {
        if ((content->tree.entry[i].flags & PL_ENTRY_IMPLIED) == 0) {
            status = take_entry(unpack, content, i, err);
        }
    }
    if (!status && unpack->wheel) {
        status = pl_unpack_commands(unpack, &content->tree, err);
    }
    unpack->wheel = NULL; /* it ends here */
    return status;
}
