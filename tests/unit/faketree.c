#include "faketree.h"

#include "pkg/base/limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_self {
    struct pl_slice content[FAKE_FILES];
    char *owned[FAKE_FILES];
};

static PL_STATUS fake_walk(struct pl_tree *tree, const struct pl_sink *to PL_UNUSED,
                           struct pl_err *err PL_UNUSED)
{
    tree->walk_complete = true;
    return PL_OK;
}

static PL_STATUS fake_read(const struct pl_tree *tree, uint32_t entry, size_t max,
                           struct pl_buf *to, struct pl_err *err)
{
    const struct fake_self *self = tree->self;
    struct pl_slice content = self->content[tree->entry[entry].crc];
    if (content.len > max) {
        return pl_err_set(err, PL_ERR_LIMIT, "too large");
    }
    return pl_buf_slice(to, content, err);
}

static void fake_free(struct pl_tree *tree)
{
    struct fake_self *self = tree->self;
    for (size_t i = 0; i < FAKE_FILES; i++) {
        free(self->owned[i]);
    }
    free(self);
}

static const struct pl_tree_ops FAKE_OPS = {fake_walk, fake_read, fake_free, NULL};

/* The bytes of a file, to be freed; *ret is what was read. */
static char *file_bytes(const char *path, struct pl_slice *ret)
{
    char *bytes = malloc(PL_KB(64));
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file && bytes, "%s cannot be read", path);
    size_t size = fread(bytes, 1, PL_KB(64), file);
    fclose(file);
    *ret = pl_slice_make(bytes, size);
    return bytes;
}

static void add(struct pl_tree *tree, const struct fake_file *file, const char *name)
{
    struct fake_self *self = tree->self;
    struct pl_entry *entry = &tree->entry[tree->n];
    bool link = strncmp(file->content, "->", 2) == 0;
    *entry = (struct pl_entry){.name = pl_slice_of(name), .mode = 0644, .stored = tree->n};
    entry->crc = tree->n; /* carries the index through the sorting */
    entry->type = link ? PL_ENTRY_LINK : PL_ENTRY_FILE;
    self->content[tree->n] = pl_slice_of(file->content);
    if (file->content[0] == '@') {
        self->owned[tree->n] = file_bytes(file->content + 1, &self->content[tree->n]);
    }
    entry->size = self->content[tree->n].len;
    if (link) {
        entry->link = pl_slice_of(file->content + 2);
    } else if (file->mode == FAKE_NO_MODE) {
        entry->mode = PL_MODE_NONE;
    } else if (file->mode == FAKE_FOLDER) {
        entry->type = PL_ENTRY_FOLDER;
        entry->mode = 0755;
    } else if (file->mode > 0) {
        entry->mode = file->mode;
    }
    tree->n++;
}

void fake_tree(struct pl_tree *ret, const struct fake_file *file, const char *prefix)
{
    struct pl_err err;
    *ret = (struct pl_tree){.ops = &FAKE_OPS};
    pl_arena_init(&ret->arena, PL_MB(1));
    ret->entry = calloc(FAKE_FILES, sizeof *ret->entry);
    ret->self = calloc(1, sizeof(struct fake_self));
    ck_assert_ptr_nonnull(ret->entry);
    ck_assert_ptr_nonnull(ret->self);
    size_t skip = strlen(prefix);
    for (size_t i = 0; i < FAKE_FILES && file[i].path; i++) {
        bool layer = file[i].path[0] == '/';
        if (layer == (skip > 0) && strncmp(file[i].path, prefix, skip) == 0) {
            add(ret, &file[i], file[i].path + skip);
        }
    }
    ck_assert_int_eq(pl_tree_finish(ret, &err), PL_OK);
}

static void fake_package(struct pl_package *ret, const struct fake_file *file, const char *prefix)
{
    *ret = (struct pl_package){.kind = PL_KIND_ZIP, .state = PL_PACKAGE_ARTIFACT};
    pl_arena_init(&ret->arena, PL_MB(1));
    fake_tree(&ret->tree, file, prefix);
    ret->unpacked_bytes = ret->tree.unpacked_bytes;
    ret->read_state = calloc(ret->tree.n + 1u, 1);
    ck_assert_ptr_nonnull(ret->read_state);
    for (size_t i = 0; i < FAKE_FILES && file[i].path; i++) {
        struct pl_slice name = pl_slice_of(file[i].path);
        uint32_t entry = pl_tree_find(&ret->tree, name);
        if (file[i].mode == FAKE_DAMAGED && entry != PL_ENTRY_NONE) {
            ret->read_state[entry] = PL_READ_CORRUPT;
        }
    }
}

void fake_init(struct fake *fake, const struct fake_setting *setting, const struct fake_file *file)
{
    *fake = (struct fake){.decl = {.id = PL_SLICE("fn")}};
    pl_arena_init(&fake->arena, PL_MB(16));
    fake_package(&fake->code, file, "");
    fake_package(&fake->layer, file, "/opt/");
    struct pl_pos here = {0, 0, 0, 0};
    if (setting->runtime) {
        fake->decl.runtime = pl_value_given(pl_slice_of(setting->runtime), here);
    }
    if (setting->handler) {
        fake->decl.handler = pl_value_given(pl_slice_of(setting->handler), here);
    }
    if (setting->env) {
        fake->env.key = pl_slice_of(setting->env);
        fake->decl.env = &fake->env;
        fake->decl.n_env = 1;
    }
    fake->fn.decl = &fake->decl;
    fake->fn.runtime = setting->runtime ? pl_runtime_find(pl_slice_of(setting->runtime)) : NULL;
    fake->fn.arch = setting->arch;
    fake->fn.code = &fake->code;
    if (fake->layer.tree.n > 0) {
        pl_view_mount(&fake->fn.view, PL_SLICE("/opt"), &fake->layer);
    }
    if (setting->opaque) {
        pl_view_mount(&fake->fn.view, PL_SLICE("/opt"), NULL);
    }
    pl_view_mount(&fake->fn.view, PL_SLICE("/var/task"), &fake->code);
}

void fake_content(struct fake *fake, const char *path, struct pl_slice content)
{
    struct pl_tree *tree = &fake->code.tree;
    struct fake_self *self = tree->self;
    uint32_t at = pl_tree_find(tree, pl_slice_of(path));
    ck_assert_uint_ne(at, PL_ENTRY_NONE);
    self->content[tree->entry[at].crc] = content;
    tree->entry[at].size = content.len;
}

void fake_done(struct fake *fake)
{
    pl_package_done(&fake->code);
    pl_package_done(&fake->layer);
    pl_arena_done(&fake->arena);
}

const char *fake_name(struct pl_ref ref)
{
    static char name[256];
    const struct pl_entry *entry = pl_ref_entry(ref);
    name[0] = '\0';
    if (entry && entry->name.len < sizeof name) {
        memcpy(name, entry->name.ptr, entry->name.len);
        name[entry->name.len] = '\0';
    }
    return name;
}
