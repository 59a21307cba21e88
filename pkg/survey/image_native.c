/*
 * Native code in an image, against the image's own C library and files: the program that is
 * started, the compiled part of a client, and what stands in the task's folder.  A library that
 * stands anywhere in the image counts as found: where ld.so looks is the image's own business.
 */
#include "pkg/base/limits.h"
#include "pkg/inspect/exec.h"
#include "pkg/survey/native_load.h"
#include "pkg/survey/survey.h"

#include <stdlib.h>
#include <string.h>

enum { LIBRARIES = 8, FAULTS = 16, FILES_MOST = 400 };

/* A library of the image, in memory for its version texts. */
struct library {
    uint32_t entry;
    struct pl_buf bytes; /* owned; empty when it could not be read */
};

struct judging {
    struct pl_function *fn;
    struct pl_arena *arena;
    struct library library[LIBRARIES];
    uint32_t n_library;
    uint32_t files;
    bool has_musl;
};

/* ---------------------------------------------------------------- the image's libraries */

/* musl's dynamic loader is the C library itself, and takes every name that glibc splits it into for
 * its own (musl 1.2, ldso/dynlink.c, load_library). */
static bool is_musl_itself(const struct judging *j, struct pl_slice name)
{
    static const struct pl_slice own[] = {PL_SLICE_INIT("libc."),   PL_SLICE_INIT("libpthread."),
                                          PL_SLICE_INIT("librt."),  PL_SLICE_INIT("libm."),
                                          PL_SLICE_INIT("libdl."),  PL_SLICE_INIT("libutil."),
                                          PL_SLICE_INIT("libxnet.")};
    for (size_t i = 0; j->has_musl && i < sizeof own / sizeof *own; i++) {
        if (pl_slice_starts(name, own[i])) {
            return true;
        }
    }
    return false;
}

static bool has_musl(const struct pl_tree *tree)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        if (pl_slice_starts(pl_slice_basename(tree->entry[i].name), PL_SLICE("ld-musl-"))) {
            return true;
        }
    }
    return false;
}

/* The next file of that name from entry `*from` on, which is moved behind it; PL_ENTRY_NONE when
 * there is no more.  A link that leads nowhere stands for itself. */
static uint32_t find_library(const struct judging *j, struct pl_slice name, uint32_t *from)
{
    const struct pl_tree *tree = &j->fn->code->tree;
    if (pl_slice_find(name, '/') < name.len) {
        struct pl_hit hit = pl_view_find(&j->fn->view, PL_SLICE("/"), name);
        bool first = *from == 0;
        *from = tree->n;
        return first && hit.how == PL_HOW_FILE ? hit.at.entry : PL_ENTRY_NONE;
    }
    while (*from < tree->n) {
        uint32_t i = (*from)++;
        const struct pl_entry *e = &tree->entry[i];
        if ((e->type == PL_ENTRY_FILE || e->type == PL_ENTRY_LINK) &&
            pl_slice_ends(e->name, name) && pl_slice_eq(pl_slice_basename(e->name), name)) {
            struct pl_hit hit = pl_view_find(&j->fn->view, PL_SLICE("/"), e->name);
            return hit.how == PL_HOW_FILE ? hit.at.entry : i;
        }
    }
    return PL_ENTRY_NONE;
}

static bool has_library(const struct judging *j, struct pl_slice name)
{
    uint32_t from = 0;
    return is_musl_itself(j, name) || find_library(j, name, &from) != PL_ENTRY_NONE;
}

static PL_STATUS read_entry(const struct judging *j, uint32_t entry, struct pl_buf *to,
                            struct pl_err *err)
{
    const struct pl_tree *tree = &j->fn->code->tree;
    enum pl_status status = tree->ops->read(tree, entry, to->max, to, err);
    if (status == PL_ERR_LIMIT || status == PL_ERR_FORMAT || status == PL_ERR_MISSING) {
        pl_buf_clear(to);
        status = PL_OK;
    }
    return status;
}

/* Does the library define the version?  True also when it cannot be told. */
static PL_STATUS defines(struct judging *j, uint32_t entry, struct pl_slice version, bool *ret,
                         struct pl_err *err)
{
    struct library *found = NULL;
    for (uint32_t i = 0; i < j->n_library && !found; i++) {
        found = j->library[i].entry == entry ? &j->library[i] : NULL;
    }
    *ret = true;
    if (!found && j->n_library < LIBRARIES) {
        found = &j->library[j->n_library++];
        *found = (struct library){.entry = entry, .bytes = {.max = PL_MB(16)}};
        if (read_entry(j, entry, &found->bytes, err) != PL_OK) {
            return err->code;
        }
    }
    struct pl_slice bytes = found ? pl_buf_view(&found->bytes) : (struct pl_slice){0};
    if (bytes.len == 0 || !pl_elf_is(bytes)) {
        return PL_OK;
    }
    struct pl_slice text;
    if (pl_arena_fmt(j->arena, &text, err, "%.*s", (int)version.len, version.ptr) != PL_OK) {
        return err->code;
    }
    text.len++; /* with the NUL that ends it in the library's table of texts */
    *ret = pl_slice_find_text(bytes, text) < bytes.len;
    return PL_OK;
}

/* ---------------------------------------------------------------- one file */

static void add(struct judging *j, const struct pl_native_fault *fault)
{
    struct pl_native_report *report = &j->fn->native;
    if (report->n < FAULTS) {
        report->fault[report->n++] = *fault;
    }
}

/* Of several libraries of the name, as where glibc stands beside musl, one that has it is enough.
 */
static PL_STATUS any_defines(struct judging *j, const struct pl_elf_version *want, bool *ret,
                             struct pl_err *err)
{
    uint32_t from = 0;
    uint32_t at = find_library(j, want->library, &from);
    *ret = at == PL_ENTRY_NONE || want->weak;
    while (!*ret && at != PL_ENTRY_NONE) {
        if (defines(j, at, want->name, ret, err) != PL_OK) {
            return err->code;
        }
        at = find_library(j, want->library, &from);
    }
    return PL_OK;
}

static PL_STATUS judge_versions(struct judging *j, const struct pl_elf_needs *needs,
                                struct pl_native_fault *fault, bool *ret_bad, struct pl_err *err)
{
    for (uint32_t i = 0; i < needs->n_version && !*ret_bad; i++) {
        const struct pl_elf_version *want = &needs->version[i];
        bool fine = true;
        if (any_defines(j, want, &fine, err) != PL_OK) {
            return err->code;
        }
        if (!fine) {
            bool c = pl_slice_starts(want->name, PL_SLICE("GLIBC_"));
            fault->what = c ? PL_NATIVE_GLIBC : PL_NATIVE_CXX;
            fault->need = want->name;
            fault->library = want->library;
            *ret_bad = true;
        }
    }
    return PL_OK;
}

static PL_STATUS judge_needs(struct judging *j, const struct pl_elf *elf, struct pl_slice bytes,
                             struct pl_native_fault *fault, bool *ret_bad, struct pl_err *err)
{
    struct pl_elf_needs needs = {0};
    struct pl_elf_image image = {{{0, bytes}}, 1, bytes.len};
    if (pl_elf_read_needs(&needs, elf, &image, j->arena, err) != PL_OK) {
        return err->code == PL_ERR_LIMIT ? PL_OK : err->code;
    }
    if (needs.cut || needs.broken) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < needs.n_needed && !*ret_bad; i++) {
        if (!has_library(j, needs.needed[i])) {
            fault->what = PL_NATIVE_LIBRARY;
            fault->need = needs.needed[i];
            *ret_bad = true;
        }
    }
    return *ret_bad ? PL_OK : judge_versions(j, &needs, fault, ret_bad, err);
}

static enum pl_arch image_arch(const struct pl_function *fn)
{
    struct pl_slice arch = fn->code->image->config.architecture;
    return pl_slice_is(arch, "amd64")   ? PL_ARCH_X86_64
           : pl_slice_is(arch, "arm64") ? PL_ARCH_ARM64
                                        : PL_ARCH_UNKNOWN;
}

static PL_STATUS judge_file(struct judging *j, uint32_t entry, enum pl_sure sure,
                            struct pl_err *err)
{
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_LOOK_BYTES};
    struct pl_native *fact = pl_arena_new(j->arena, 1, sizeof *fact, err);
    struct pl_exec exec = {0};
    bool bad = false;
    if (!fact || ++j->files > FILES_MOST || read_entry(j, entry, &bytes, err) != PL_OK) {
        return !fact ? err->code : j->files > FILES_MOST ? PL_OK : err->code;
    }
    pl_exec_read(&exec, pl_buf_view(&bytes), bytes.len);
    if (exec.kind != PL_EXEC_ELF || exec.elf.broken || exec.elf.cut) {
        return PL_OK;
    }
    *fact = (struct pl_native){.entry = entry, .kind = exec.kind, .elf = exec.elf};
    fact->elf.interpreter = (struct pl_slice){0}; /* it ends with the bytes */
    struct pl_native_fault fault = {.sure = (uint8_t)sure,
                                    .at = {j->fn->code, entry},
                                    .fact = fact,
                                    .files = 1,
                                    .owner =
                                        pl_slice_basename(j->fn->code->tree.entry[entry].name)};
    enum pl_arch want = image_arch(j->fn);
    if (want != PL_ARCH_UNKNOWN && pl_elf_arch(&exec.elf) != want) {
        fault.what = PL_NATIVE_MACHINE;
        bad = true;
    } else if (judge_needs(j, &exec.elf, pl_buf_view(&bytes), &fault, &bad, err) != PL_OK) {
        return err->code;
    }
    if (bad) {
        add(j, &fault);
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- the image */

/* The compiled part of Python's and Node.js's clients, by its name. */
static bool is_client(const struct pl_image_run *run, struct pl_slice name)
{
    struct pl_slice base = pl_slice_basename(name);
    bool python =
        pl_slice_starts(base, PL_SLICE("runtime_client.")) && pl_slice_ends(base, PL_SLICE(".so"));
    return run->has_language && !run->is_aws && run->speaks == PL_SPEAKS_YES &&
           ((run->language == PL_LANG_PYTHON && python) ||
            (run->language == PL_LANG_NODEJS && pl_slice_is(base, "rapid-client.node")));
}

/* Below the task's folder, or the working directory; where that is the root, nothing says what is
 * whose. */
static bool is_own(const struct pl_image_run *run, struct pl_slice name)
{
    struct pl_slice folder = run->task.len > 0 ? run->task : run->workdir;
    struct pl_slice task = pl_slice_sub(folder, 1, folder.len);
    return task.len > 0 && name.len > task.len && pl_slice_starts(name, task) &&
           name.ptr[task.len] == '/' && pl_native_is_library_name(name);
}

static PL_STATUS judge_image(struct judging *j, struct pl_err *err)
{
    const struct pl_function *fn = j->fn;
    const struct pl_tree *tree = &fn->code->tree;
    const struct pl_entry *program = pl_ref_entry(fn->run->program);
    enum pl_status status = PL_OK;
    if (program && fn->run->start == PL_START_FINE) {
        status = judge_file(j, fn->run->program.entry, PL_SURE_YES, err);
    }
    for (uint32_t i = 0; !status && i < tree->n; i++) {
        const struct pl_entry *e = &tree->entry[i];
        bool client = is_client(fn->run, e->name);
        if (e->type == PL_ENTRY_FILE && (client || is_own(fn->run, e->name)) &&
            !(program && fn->run->program.entry == i)) {
            status = judge_file(j, i, client ? PL_SURE_YES : PL_SURE_MAYBE, err);
        }
    }
    return status;
}

PL_STATUS pl_image_native(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    struct judging j = {
        .fn = function, .arena = arena, .has_musl = has_musl(&function->code->tree)};
    function->native = (struct pl_native_report){
        .fault = pl_arena_new(arena, FAULTS, sizeof *function->native.fault, err)};
    enum pl_status status = function->native.fault ? judge_image(&j, err) : err->code;
    for (uint32_t i = 0; i < j.n_library; i++) {
        pl_buf_done(&j.library[i].bytes);
    }
    return status;
}
