/*
 * Node.js packages for the target, by `npm ci`: in a folder of its own with copies of package.json,
 * the lock file and .npmrc, so that the user's tree stays as it is.
 * https://docs.npmjs.com/cli/v11/commands/npm-ci, read 2026-11-23.
 */
#include "pkg/base/doc.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/install_job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { NAMES_SHOWN = 3 };
#define PL_NPM_FILE_BYTES PL_MB(64)

/* What the lock file tells that matters before anything runs. */
struct lock {
    struct pl_doc doc;
    struct pl_buf text;
    struct pl_slice script[NAMES_SHOWN]; /* packages with install scripts */
    size_t n_script;
};

static void lock_done(struct lock *lock)
{
    pl_doc_done(&lock->doc);
    pl_buf_done(&lock->text);
}

static enum pl_status copy_file(struct pl_install_job *job, const char *name, struct pl_buf *text,
                                bool *ret_there, struct pl_err *err)
{
    struct pl_slice from;
    struct pl_slice to;
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    if (pl_arena_fmt(&job->in->arena, &from, err, "%s/%s", job->file.ptr, name) != PL_OK ||
        pl_arena_fmt(&job->in->arena, &to, err, "%s/%s", job->work.ptr, name) != PL_OK) {
        return err->code;
    }
    pl_buf_clear(text);
    enum pl_status status = pl_file_read(from.ptr, text, err);
    *ret_there = status == PL_OK;
    if (status != PL_OK) {
        return status == PL_ERR_MISSING ? PL_OK : status;
    }
    if (pl_out_begin(&out, to.ptr, err) != PL_OK ||
        pl_file_pwrite(out.fd, to.ptr, text->data, text->len, 0, err) != PL_OK) {
        return err->code;
    }
    return pl_out_commit(&out, err);
}

static bool node_is_true(const struct pl_doc *doc, uint32_t map, const char *key)
{
    bool value = false;
    uint32_t node = pl_doc_get(doc, map, key);
    return node != PL_NODE_NONE && pl_node_bool(pl_doc_node(doc, node), &value) && value;
}

/* "node_modules/a/node_modules/b" is the package b. */
static struct pl_slice package_name(struct pl_slice place)
{
    static const char folder[] = "node_modules/";
    for (size_t at = pl_slice_find_text(place, pl_slice_of(folder)); at < place.len;
         at = pl_slice_find_text(place, pl_slice_of(folder))) {
        place = pl_slice_sub(place, at + sizeof folder - 1, place.len);
    }
    return place;
}

/* One row of "packages" in the lock file. */
static enum pl_status look_at_package(struct pl_install_job *job, struct lock *lock,
                                      struct pl_slice place, uint32_t node, struct pl_err *err)
{
    uint32_t resolved = pl_doc_get(&lock->doc, node, "resolved");
    struct pl_slice from = pl_doc_node(&lock->doc, resolved)->text;
    if (place.len == 0 || node_is_true(&lock->doc, node, "dev")) {
        return PL_OK;
    }
    if (node_is_true(&lock->doc, node, "link") || pl_slice_starts(from, PL_SLICE("file:"))) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "%s: %.*s is a folder of this machine (a workspace, or file:), and only "
                          "package.json and the lock file are copied; run npm yourself, and take "
                          "node_modules as a `path`",
                          job->label.ptr, (int)place.len, place.ptr);
    }
    if (node_is_true(&lock->doc, node, "hasInstallScript")) {
        if (lock->n_script < NAMES_SHOWN) {
            lock->script[lock->n_script] = package_name(place);
        }
        lock->n_script++;
    }
    return PL_OK;
}

static enum pl_status read_lock(struct pl_install_job *job, struct lock *lock, struct pl_err *err)
{
    if (pl_json_parse(&lock->doc, pl_buf_view(&lock->text), 0, "package-lock.json", err) != PL_OK) {
        return pl_err_wrap(err, "%s", job->label.ptr);
    }
    uint32_t packages = pl_doc_get(&lock->doc, lock->doc.root, "packages");
    uint32_t key = pl_doc_node(&lock->doc, packages)->child;
    while (key != PL_NODE_NONE) {
        uint32_t node = pl_doc_node(&lock->doc, key)->next;
        if (look_at_package(job, lock, pl_doc_node(&lock->doc, key)->text, node, err) != PL_OK) {
            return err->code;
        }
        key = pl_doc_node(&lock->doc, node)->next;
    }
    return PL_OK;
}

static enum pl_status copy_files(struct pl_install_job *job, struct lock *lock, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_NPM_FILE_BYTES};
    bool there = false;
    if (copy_file(job, "package.json", &text, &there, err) != PL_OK ||
        copy_file(job, ".npmrc", &text, &there, err) != PL_OK ||
        copy_file(job, "npm-shrinkwrap.json", &lock->text, &there, err) != PL_OK) {
        return err->code;
    }
    if (!there && copy_file(job, "package-lock.json", &lock->text, &there, err) != PL_OK) {
        return err->code;
    }
    return read_lock(job, lock, err);
}

/* Does what is built here run there? */
static bool is_this_machine(enum pl_arch arch)
{
    struct utsname name;
    if (uname(&name) != 0 || strcmp(name.sysname, "Linux") != 0) {
        return false;
    }
    return strcmp(name.machine, arch == PL_ARCH_ARM64 ? "aarch64" : "x86_64") == 0;
}

/* Scripts of packages build or fetch for the machine they run on: they run where that is the
 * target's kind, and are named where it is not.  Those of package.json itself never run. */
static enum pl_status run_scripts(struct pl_install_job *job, const struct pl_tool *npm,
                                  const struct lock *lock, struct pl_err *err)
{
    if (lock->n_script == 0) {
        return PL_OK;
    }
    if (is_this_machine(job->arch)) {
        const char *const argv[] = {npm->path.ptr, "rebuild",   "--omit=dev",
                                    "--no-audit",  "--no-fund", "--no-update-notifier",
                                    NULL};
        const struct pl_install_run run = {.argv = argv, .folder = job->work.ptr};
        return pl_install_run(job, &run, err);
    }
    struct pl_buf names PL_CLEANUP(pl_buf_done) = {.max = PL_KB(4)};
    for (size_t i = 0; i < lock->n_script && i < NAMES_SHOWN; i++) {
        if (pl_buf_fmt(&names, err, "%s%.*s", i > 0 ? ", " : "", (int)lock->script[i].len,
                       lock->script[i].ptr) != PL_OK) {
            return err->code;
        }
    }
    pl_install_say(job, true,
                   "install scripts were not run, as they work for this machine and not for Linux "
                   "on %s: of %s%s; what needs one may be missing",
                   pl_arch_name(job->arch), names.data,
                   lock->n_script > NAMES_SHOWN ? " and others" : "");
    return PL_OK;
}

enum pl_status pl_install_npm(struct pl_install_job *job, struct pl_tool *npm, struct pl_err *err)
{
    struct lock lock PL_CLEANUP(lock_done) = {.text = {.max = PL_NPM_FILE_BYTES}};
    struct pl_slice made;
    const char *cpu = job->arch == PL_ARCH_ARM64 ? "--cpu=arm64" : "--cpu=x64";
    if (copy_files(job, &lock, err) != PL_OK ||
        pl_arena_fmt(&job->in->arena, &made, err, "%s/node_modules", job->work.ptr) != PL_OK) {
        return err->code;
    }
    const char *const argv[] = {npm->path.ptr,
                                "ci",
                                "--omit=dev",
                                "--os=linux",
                                cpu,
                                "--libc=glibc",
                                "--ignore-scripts",
                                "--no-audit",
                                "--no-fund",
                                "--no-update-notifier",
                                "--no-progress",
                                NULL};
    static const char *const change[] = {
        "NODE_ENV",          "npm_config_production",  "npm_config_dry_run",
        "npm_config_global", "npm_config_color=false", NULL};
    const struct pl_install_run run = {.argv = argv, .change = change, .folder = job->work.ptr};
    if (pl_install_run(job, &run, err) != PL_OK || run_scripts(job, npm, &lock, err) != PL_OK) {
        return err->code;
    }
    /* Without a package to install npm makes no folder. */
    if ((rmdir(job->tree.ptr) != 0 || rename(made.ptr, job->tree.ptr) != 0) && errno != ENOENT) {
        return pl_err_sys(err, errno, "%s", made.ptr);
    }
    return pl_file_mkdirs(job->tree.ptr, err);
}

/* ---- what came out ---- */

/* Does a list of package.json ("cpu": ["x64"], or ["!ia32"]) admit the word? */
static bool admits(const struct pl_doc *doc, const char *key, const char *word)
{
    uint32_t list = pl_doc_get(doc, doc->root, key);
    uint32_t item = pl_doc_node(doc, list)->child;
    bool any = true;
    if (pl_doc_node(doc, list)->kind != PL_NODE_SEQ) {
        return true;
    }
    for (; item != PL_NODE_NONE; item = pl_doc_node(doc, item)->next) {
        struct pl_slice text = pl_doc_node(doc, item)->text;
        if (pl_slice_is(text, word) || pl_slice_is(text, "any")) {
            return true;
        }
        bool not = text.len > 0 && text.ptr[0] == '!';
        if (not &&pl_slice_is(pl_slice_sub(text, 1, text.len), word)) {
            return false;
        }
        any = any && not ;
    }
    return any;
}

/* Is this the package.json of a package, and not one deeper in it? */
static bool is_package_json(struct pl_slice rel)
{
    struct pl_slice folder = pl_slice_dirname(rel);
    struct pl_slice up = pl_slice_dirname(folder);
    struct pl_slice scope = pl_slice_basename(up);
    if (!pl_slice_is(pl_slice_basename(rel), "package.json") || folder.len == 0) {
        return false;
    }
    if (scope.len > 0 && scope.ptr[0] == '@') {
        up = pl_slice_dirname(up);
    }
    return up.len == 0 || pl_slice_is(pl_slice_basename(up), "node_modules");
}

static enum pl_status check_entry(void *ctx, const struct pl_install_entry *entry,
                                  struct pl_err *err)
{
    struct pl_install_job *job = ctx;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(4)};
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.n = 0};
    struct pl_err ignored;
    /* Where npm notes what it did, with the addresses it used. */
    if (pl_slice_is(entry->rel, ".package-lock.json")) {
        return unlink(entry->path.ptr) == 0
                   ? PL_OK
                   : pl_err_sys(err, errno, "%s: cannot be removed", entry->path.ptr);
    }
    if (!is_package_json(entry->rel) || !S_ISREG(entry->st->st_mode) ||
        pl_file_read(entry->path.ptr, &text, &ignored) != PL_OK ||
        pl_json_parse(&doc, pl_buf_view(&text), 0, "package.json", &ignored) != PL_OK) {
        return PL_OK; /* what is wrong with it is Node.js's to say */
    }
    const char *cpu = job->arch == PL_ARCH_ARM64 ? "arm64" : "x64";
    if (admits(&doc, "cpu", cpu) && admits(&doc, "os", "linux") && admits(&doc, "libc", "glibc")) {
        return PL_OK;
    }
    struct pl_slice package = pl_slice_dirname(entry->rel);
    return pl_err_set(err, PL_ERR_CONFIG,
                      "%s: %.*s was installed, which is not for Linux with glibc on %s: this npm "
                      "takes no notice of --os, --cpu and --libc; npm 10.4 and later do",
                      job->label.ptr, (int)package.len, package.ptr, cpu);
}

enum pl_status pl_install_tidy_npm(struct pl_install_job *job, struct pl_err *err)
{
    return pl_install_walk(job->tree, check_entry, job, err);
}
