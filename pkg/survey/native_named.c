/*
 * Libraries that nothing names as a module or a dependency, and that the handler's own files may
 * load all the same: ctypes.CDLL("libf.so"), cffi's dlopen, an ffi package of Node.js.  The name
 * may be put together at run time, so this is never more than likely.
 */
#include "pkg/survey/native_judge.h"

/* "libf.so" and "libf.so.1": what Linux loads by name. */
static bool is_library(struct pl_slice base)
{
    return pl_native_is_library_name(base) &&
           pl_slice_find_text(base, PL_SLICE(".so")) < base.len &&
           pl_slice_find_text(base, PL_SLICE(".cpython-")) == base.len;
}

/* Is there a build of the same name that fits?  Then the code chooses among folders. */
static bool has_fitting(const struct pl_native_judging *j, struct pl_slice base)
{
    for (uint32_t i = 0; i < j->n_file; i++) {
        struct pl_native_try one;
        if (!pl_slice_eq(pl_slice_basename(j->file[i].entry->name), base)) {
            continue;
        }
        pl_native_try(j, &j->file[i], &one);
        if (one.what == PL_NATIVE_FINE) {
            return true;
        }
    }
    return false;
}

/* Where ld.so looks by itself, or beside the file that would load it. */
static bool is_near(const struct pl_native_file *file, struct pl_ref own)
{
    struct pl_slice folder = pl_slice_dirname(file->entry->name);
    bool code = pl_slice_is(file->root, "/var/task");
    return pl_slice_is(folder, "lib") || (code && folder.len == 0) ||
           (own.package == file->at.package &&
            pl_slice_eq(folder, pl_slice_dirname(pl_ref_entry(own)->name)));
}

static bool calls_loader(struct pl_slice text)
{
    static const struct pl_slice marks[] = {PL_SLICE_INIT("ctypes"), PL_SLICE_INIT("cffi"),
                                            PL_SLICE_INIT("dlopen"), PL_SLICE_INIT("ffi-napi"),
                                            PL_SLICE_INIT("ffi-rs"), PL_SLICE_INIT("koffi")};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (pl_slice_find_text(text, marks[i]) < text.len) {
            return true;
        }
    }
    return false;
}

PL_STATUS pl_native_named(struct pl_native_judging *j, const struct pl_native_file *file,
                          struct pl_ref *ret, struct pl_err *err)
{
    const struct pl_imports *imports = &j->l.fn->imports;
    struct pl_slice name = file->entry->name;
    struct pl_slice base = pl_slice_basename(name);
    *ret = (struct pl_ref){0};
    if (imports->n_own == 0 || !is_library(base) ||
        pl_slice_find_text(name, PL_SLICE("node_modules/")) < name.len || has_fitting(j, base)) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < imports->n_own; i++) {
        struct pl_looked *looked = NULL;
        if (pl_look_text(&j->l, imports->own[i], &looked, err) != PL_OK) {
            return err->code;
        }
        struct pl_slice text = pl_buf_view(&looked->text);
        if (looked->state != PL_LOOKED_TEXT) {
            continue;
        }
        if (pl_slice_find_text(text, base) < text.len ||
            (is_near(file, imports->own[i]) && calls_loader(text))) {
            *ret = imports->own[i];
            return PL_OK;
        }
    }
    return PL_OK;
}
