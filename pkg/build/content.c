#include "pkg/build/content.h"

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
