#include "cmd/report/place.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <stdlib.h>
#include <sys/stat.h>

PL_STATUS pl_items_gather(struct pl_items *ret, const struct pl_lint *lint, struct pl_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < lint->n; i++) {
        n += lint->unit[i]->verdict.n_finding;
    }
    struct pl_item *at = pl_arr_zeroed(n, sizeof *at, err);
    if (!at) {
        return err->code;
    }
    *ret = (struct pl_items){at, n};
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_verdict *verdict = &lint->unit[i]->verdict;
        for (size_t k = 0; k < verdict->n_finding; k++) {
            size_t index = (size_t)(at - ret->at);
            *at++ = (struct pl_item){lint->unit[i], &verdict->finding[k], index};
        }
    }
    return PL_OK;
}

void pl_items_done(struct pl_items *items)
{
    free(items->at);
    *items = (struct pl_items){NULL, 0};
}

struct pl_place pl_place_of(const struct pl_item *item)
{
    const struct pl_project *project = &item->unit->project;
    const struct pl_pos *at = &item->finding->at;
    if (at->file == 0 || at->file > project->n_file) {
        return (struct pl_place){.file = item->finding->input, .line = 1};
    }
    return (struct pl_place){.file = project->file[at->file - 1].path,
                             .line = at->line > 0 ? at->line : 1,
                             .col = at->col,
                             .end_col = at->col > 0 && at->len > 0 ? at->col + at->len : 0,
                             .is_setting = true};
}

struct pl_slice pl_item_mend(const struct pl_finding *finding)
{
    return finding->mend.len > 0 ? finding->mend : pl_slice_of(pl_rule_at(finding->rule)->remedy);
}

void pl_put_message(struct pl_writer *w, const struct pl_item *item)
{
    const struct pl_finding *f = item->finding;
    if (f->member.len > 0 && !pl_place_of(item).is_setting) {
        pl_put_safe(w, f->member);
        pl_put(w, ": ");
    }
    pl_put_slice(w, f->message);
}

void pl_put_message_xml(struct pl_writer *w, const struct pl_item *item)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = w->to->max};
    struct pl_writer inner = {&text, w->err, w->status};
    pl_put_message(&inner, item);
    w->status = inner.status;
    pl_put_xml(w, pl_buf_view(&text));
}

void pl_put_message_attr(struct pl_writer *w, const struct pl_item *item)
{
    pl_put(w, " message=\"");
    pl_put_message_xml(w, item);
    pl_put(w, "\"");
}

/* Does this absolute folder hold a .git?  `folder` comes back as it was. */
static PL_STATUS has_git(struct pl_buf *folder, bool *ret, struct pl_err *err)
{
    struct stat st;
    size_t len = folder->len;
    enum pl_status status = pl_buf_text(folder, "/.git", err);
    if (!status) {
        status = pl_file_look(folder->data, true, ret, &st, err);
        folder->len = len;
        folder->data[len] = '\0';
    }
    return status;
}

PL_STATUS pl_place_prefix(struct pl_buf *to, struct pl_err *err)
{
    struct pl_buf folder PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    char *here = pl_os_real_path(".");
    bool is_found = false;
    enum pl_status status = here ? pl_buf_text(&folder, here, err) : PL_OK;
    while (!status && here && !is_found && folder.len > 1) {
        status = has_git(&folder, &is_found, err);
        if (!status && !is_found) {
            folder.len = pl_slice_rfind(pl_buf_view(&folder), '/');
            folder.data[folder.len] = '\0';
        }
    }
    if (!status && is_found && here[folder.len] == '/') {
        status = pl_buf_fmt(to, err, "%s/", here + folder.len + 1);
    }
    free(here);
    return status;
}

/* Takes the last component off what stands from `from` on. */
static void drop_last(struct pl_buf *to, size_t from)
{
    size_t len = to->len > from ? to->len - 1 : from; /* its slash */
    while (len > from && to->data[len - 1] != '/') {
        len--;
    }
    to->len = len;
}

void pl_put_repository_path(struct pl_writer *w, struct pl_slice prefix, struct pl_slice path)
{
    struct pl_slice rest = path;
    struct pl_slice part;
    size_t from = w->to->len;
    if (path.len > 0 && path.ptr[0] == '/') {
        pl_put_slice(w, path);
        return;
    }
    pl_put_slice(w, prefix);
    while (w->status == PL_OK && rest.ptr && pl_slice_next(&rest, '/', &part)) {
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (pl_slice_is(part, "..")) {
            drop_last(w->to, from);
            continue;
        }
        pl_put_slice(w, part);
        pl_put(w, "/");
    }
    if (w->status == PL_OK && w->to->len > from) {
        w->to->len--; /* the last slash */
        w->to->data[w->to->len] = '\0';
    } else {
        pl_put(w, ".");
    }
}
