#include "pkg/build/content.h"

#include "pkg/base/arr.h"
#include "pkg/build/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

void pl_content_add(struct pl_plan *plan, struct pl_content *content)
{
    content->next = plan->content;
    plan->content = content;
}

struct text_content {
    struct pl_content base; /* first: readers come here from it */
    struct pl_slice text;
};

static enum pl_status text_read(const struct pl_plan_item *item, unsigned char *to, size_t n,
                                struct pl_err *err)
{
    const struct text_content *content = (const void *)item->content;
    if (n > content->text.len) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: is shorter than planned", item->path.ptr);
    }
    if (n > 0) {
        memcpy(to, content->text.ptr, n);
    }
    return PL_OK;
}

static const struct pl_content_ops text_ops = {.read = text_read};

enum pl_status pl_content_text(struct pl_plan *plan, struct pl_slice text, struct pl_content **ret,
                               struct pl_err *err)
{
    struct text_content *content = pl_arena_new(&plan->arena, 1, sizeof(*content), err);
    if (!content || pl_arena_dup(&plan->arena, text, &content->text, err) != PL_OK) {
        return err->code;
    }
    content->base.ops = &text_ops;
    pl_content_add(plan, &content->base);
    *ret = &content->base;
    return PL_OK;
}

struct spill_content {
    struct pl_content base; /* first: readers come here from it */
    struct pl_spill *spill; /* owned; appending goes on while items name the content */
};

static enum pl_status spill_read(const struct pl_plan_item *item, unsigned char *to, size_t n,
                                 struct pl_err *err)
{
    const struct spill_content *content = (const void *)item->content;
    return n > 0 ? pl_spill_get(content->spill, to, n, item->at, err) : PL_OK;
}

static enum pl_status spill_open(const struct pl_plan_item *item, int *ret_fd, struct pl_err *err)
{
    const struct spill_content *content = (const void *)item->content;
    int fd = fcntl(content->spill->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        return pl_err_sys(err, errno, "%s: cannot be opened", item->path.ptr);
    }
    *ret_fd = fd;
    return PL_OK;
}

static void spill_done(struct pl_content *base)
{
    struct spill_content *content = (void *)base;
    pl_spill_done(content->spill);
    free(content->spill);
    free(content);
}

static const struct pl_content_ops spill_ops = {
    .read = spill_read, .open = spill_open, .done = spill_done};

enum pl_status pl_content_spill(struct pl_plan *plan, struct pl_slice dir, struct pl_content **ret,
                                struct pl_err *err)
{
    struct pl_slice beside;
    struct spill_content *content = pl_arr_zeroed(1, sizeof(*content), err);
    struct pl_spill *spill = content ? pl_arr_zeroed(1, sizeof(*spill), err) : NULL;
    if (!spill ||
        pl_arena_fmt(&plan->arena, &beside, err, "%.*s/spill", (int)dir.len, dir.ptr) != PL_OK ||
        pl_spill_init(spill, beside.ptr, err) != PL_OK) {
        free(spill);
        free(content);
        return err->code;
    }
    content->base.ops = &spill_ops;
    content->spill = spill;
    pl_content_add(plan, &content->base);
    *ret = &content->base;
    return PL_OK;
}

enum pl_status pl_content_spill_put(const struct pl_content *content, const void *bytes, size_t n,
                                    uint64_t *ret_at, struct pl_err *err)
{
    const struct spill_content *spill = (const void *)content;
    return pl_spill_put(spill->spill, bytes, n, ret_at, err);
}
