#include "pkg/survey/start.h"

#include "pkg/base/text.h"
#include "pkg/inspect/exec.h"

/* What the images of provided.* and of go1.x surely have: bash, coreutils and the C library's
 * loader under the names that usr-merge gives them. */
static const char OS_HAS[] =
    "/bin/sh /bin/bash /usr/bin/sh /usr/bin/bash /usr/bin/env /bin/env /bin/cat /usr/bin/cat "
    "/bin/true /usr/bin/true /bin/false /usr/bin/awk /bin/awk /usr/bin/gawk /bin/gawk "
    "/usr/bin/sed /bin/sed";
static const char OS_COMMANDS[] = "sh bash env awk gawk sed cat true false";
/* LAMBDA 3.6: "no such file or directory" on provided.*. */
static const char OS_HAS_NOT[] = "/usr/bin/node /usr/local/bin/node /bin/node /usr/bin/nodejs "
                                 "/usr/bin/python3 /bin/python3 /usr/local/bin/python3";
static const char OS_NO_COMMANDS[] = "node nodejs python3";
static const char OS_LOADERS[] =
    "/lib64/ld-linux-x86-64.so.2 /usr/lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 "
    "/usr/lib/ld-linux-aarch64.so.1 /lib64/ld-linux-aarch64.so.1 "
    "/usr/lib64/ld-linux-aarch64.so.1 /lib/ld-linux.so.2";
/* Loaders of other systems, and places that are made on a builder's machine. */
static const char *const NO_LOADERS[] = {"/lib/ld-musl-", "/nix/store/",   "/gnu/store/",
                                         "/system/bin/",  "/home/",        "/Users/",
                                         "/root",         "/opt/homebrew/"};

struct judging {
    struct pl_looker *l;
    const struct pl_start *start;
    struct pl_load *load;
    struct pl_exec exec;
};

enum pl_sure pl_start_allowed(const struct pl_entry *entry)
{
    /* What Lambda applies where the archive has no Unix modes is not documented (LAMBDA 5). */
    if (!entry || entry->mode == PL_MODE_NONE) {
        return PL_SURE_MAYBE;
    }
    return (entry->mode & 0001) != 0 ? PL_SURE_YES : PL_SURE_NO;
}

static PL_STATUS fails(struct judging *j, enum pl_why why, enum pl_sure sure,
                       const char *errno_text, struct pl_err *err)
{
    pl_load_fail(j->load, why, sure);
    return pl_load_says(j->l, j->load, err, "%s: fork/exec %s: %s", j->start->error, j->start->path,
                        errno_text);
}

/* The reason with its detail, made safe. */
static PL_STATUS explain(struct judging *j, struct pl_slice raw, struct pl_err *err)
{
    return pl_text_safe(j->l->arena, raw, &j->load->detail, err);
}

static PL_STATUS format_error(struct judging *j, struct pl_slice detail, enum pl_sure sure,
                              struct pl_err *err)
{
    enum pl_status status = explain(j, detail, err);
    return status ? status : fails(j, j->start->format, sure, "exec format error", err);
}

static PL_STATUS no_interpreter(struct judging *j, struct pl_slice detail, enum pl_sure sure,
                                struct pl_err *err)
{
    enum pl_status status = explain(j, detail, err);
    return status ? status
                  : fails(j, j->start->interpreter, sure, "no such file or directory", err);
}

static bool is_ours(struct pl_slice path)
{
    return pl_slice_starts(path, PL_SLICE("/opt/")) ||
           pl_slice_starts(path, PL_SLICE("/var/task/"));
}

/* An interpreter that the package or a layer must have. */
static PL_STATUS judge_own(struct judging *j, struct pl_slice path, struct pl_err *err)
{
    struct pl_slice detail;
    struct pl_hit hit = pl_view_find(j->l->view, PL_SLICE("/var/task"), path);
    if (hit.how == PL_HOW_OPAQUE || hit.how == PL_HOW_OUTSIDE) {
        pl_load_set(j->load, PL_CANNOT_TELL,
                    hit.how == PL_HOW_OPAQUE ? PL_WHY_OPAQUE_LAYER : PL_WHY_OUTSIDE);
        return PL_OK;
    }
    bool found = hit.how == PL_HOW_FILE;
    if (found && pl_start_allowed(pl_ref_entry(hit.at)) != PL_SURE_NO) {
        return PL_OK;
    }
    if (pl_look_fmt(j->l, &detail, err, "%.*s is not %s", PL_ARG(path),
                    found ? "executable" : "in the package or its layers") != PL_OK) {
        return err->code;
    }
    return no_interpreter(j, detail, PL_SURE_YES, err);
}

/* Custom runtimes only: managed ones have their own interpreter, and no bootstrap of ours. */
static PL_STATUS judge_os_path(struct judging *j, struct pl_slice path, struct pl_err *err)
{
    struct pl_slice detail;
    if (pl_look_word(OS_HAS, path)) {
        return PL_OK;
    }
    bool surely_not = pl_look_word(OS_HAS_NOT, path);
    if (pl_look_fmt(j->l, &detail, err,
                    surely_not ? "the runtime has no %.*s"
                               : "nothing says that the runtime has %.*s",
                    PL_ARG(path)) != PL_OK) {
        return err->code;
    }
    return no_interpreter(j, detail, surely_not ? PL_SURE_YES : PL_SURE_MAYBE, err);
}

/* A command that env looks up: /usr/local/bin:/usr/bin:/bin:/opt/bin (LAMBDA 4.1). */
static PL_STATUS judge_command(struct judging *j, struct pl_slice command, struct pl_err *err)
{
    struct pl_slice path;
    struct pl_slice detail;
    if (pl_slice_find(command, '/') < command.len) {
        return is_ours(command) ? judge_own(j, command, err) : judge_os_path(j, command, err);
    }
    if (pl_look_word(OS_COMMANDS, command) || command.len == 0) {
        return PL_OK;
    }
    if (pl_look_fmt(j->l, &path, err, "/opt/bin/%.*s", PL_ARG(command)) != PL_OK) {
        return err->code;
    }
    struct pl_hit hit = pl_view_find(j->l->view, PL_SLICE("/"), path);
    if (hit.how == PL_HOW_FILE) {
        return PL_OK;
    }
    if (hit.how == PL_HOW_OPAQUE || hit.how == PL_HOW_OUTSIDE || pl_look_has_env(j->l, "PATH")) {
        pl_load_set(j->load, PL_CANNOT_TELL,
                    hit.how == PL_HOW_OUTSIDE  ? PL_WHY_OUTSIDE
                    : hit.how == PL_HOW_OPAQUE ? PL_WHY_OPAQUE_LAYER
                                               : PL_WHY_SEARCH_PATH);
        return PL_OK;
    }
    bool surely_not = pl_look_word(OS_NO_COMMANDS, command);
    if (pl_look_fmt(j->l, &detail, err,
                    surely_not ? "the runtime has no %.*s, nor has /opt/bin"
                               : "nothing says that the runtime has %.*s",
                    PL_ARG(command)) != PL_OK) {
        return err->code;
    }
    return no_interpreter(j, detail, surely_not ? PL_SURE_YES : PL_SURE_MAYBE, err);
}

/* `#!/usr/bin/env X`: all behind the interpreter is one argument, unless it begins with -S. */
static PL_STATUS judge_env(struct judging *j, struct pl_slice argument, struct pl_err *err)
{
    struct pl_slice detail;
    size_t blank = pl_slice_find(argument, ' ');
    if (argument.len == 0 || argument.ptr[0] == '-') {
        return PL_OK; /* options of env are its own business */
    }
    if (pl_slice_find(argument, '=') < argument.len) {
        return PL_OK;
    }
    if (blank == argument.len) {
        return judge_command(j, argument, err);
    }
    if (pl_look_fmt(j->l, &detail, err,
                    "Linux hands everything behind env over as one word, '%.*s'",
                    PL_ARG(argument)) != PL_OK) {
        return err->code;
    }
    return no_interpreter(j, detail, PL_SURE_YES, err);
}

static bool has_cr(struct pl_slice s)
{
    return s.len > 0 && s.ptr[s.len - 1] == '\r';
}

static PL_STATUS judge_script(struct judging *j, struct pl_err *err)
{
    struct pl_slice interpreter = j->exec.interpreter;
    struct pl_slice argument = j->exec.argument;
    if (interpreter.len == 0 || j->exec.name_cut) {
        return format_error(j, PL_SLICE("its #! line names no interpreter"), PL_SURE_YES, err);
    }
    if (has_cr(interpreter)) {
        return no_interpreter(j,
                              PL_SLICE("the #! line ends in a carriage return, which Linux takes "
                                       "as part of the name"),
                              PL_SURE_YES, err);
    }
    if (has_cr(argument)) {
        return no_interpreter(j,
                              PL_SLICE("the #! line ends in a carriage return, which becomes "
                                       "part of its argument"),
                              is_ours(interpreter) ? PL_SURE_MAYBE : PL_SURE_YES, err);
    }
    if (is_ours(interpreter)) {
        return judge_own(j, interpreter, err);
    }
    if (interpreter.ptr[0] != '/') {
        /* Relative to the current folder, which is /var/task. */
        struct pl_hit hit = pl_view_find(j->l->view, PL_SLICE("/var/task"), interpreter);
        return hit.how == PL_HOW_FILE || hit.how == PL_HOW_OPAQUE || hit.how == PL_HOW_OUTSIDE
                   ? PL_OK
                   : no_interpreter(j, PL_SLICE("the #! line has no absolute path"), PL_SURE_MAYBE,
                                    err);
    }
    if (pl_slice_is(interpreter, "/usr/bin/env") || pl_slice_is(interpreter, "/bin/env")) {
        return judge_env(j, argument, err);
    }
    return judge_os_path(j, interpreter, err);
}

static PL_STATUS judge_loader(struct judging *j, struct pl_err *err)
{
    struct pl_slice loader = j->exec.elf.interpreter;
    struct pl_slice detail;
    enum pl_sure sure = PL_SURE_MAYBE;
    if (loader.len == 0 || pl_look_word(OS_LOADERS, loader)) {
        return PL_OK;
    }
    if (is_ours(loader)) {
        return judge_own(j, loader, err);
    }
    for (size_t i = 0; i < sizeof NO_LOADERS / sizeof NO_LOADERS[0]; i++) {
        sure = pl_slice_starts(loader, pl_slice_of(NO_LOADERS[i])) ? PL_SURE_YES : sure;
    }
    if (pl_look_fmt(j->l, &detail, err,
                    sure == PL_SURE_YES ? "it was linked for %.*s, which Amazon Linux has not"
                                        : "it was linked for %.*s, which Amazon Linux may not "
                                          "have",
                    PL_ARG(loader)) != PL_OK) {
        return err->code;
    }
    return no_interpreter(j, detail, sure, err);
}

static PL_STATUS judge_elf(struct judging *j, struct pl_err *err)
{
    const struct pl_elf *elf = &j->exec.elf;
    struct pl_slice detail;
    enum pl_arch want = (enum pl_arch)j->l->fn->arch;
    if (elf->broken) {
        return format_error(j, pl_slice_of(elf->broken), PL_SURE_YES, err);
    }
    if (pl_elf_arch(elf) == PL_ARCH_UNKNOWN ||
        (want != PL_ARCH_UNKNOWN && want != pl_elf_arch(elf))) {
        const char *name = pl_elf_machine_name(elf);
        /* Whether the kernel below x86_64 functions runs 32-bit programs is not documented. */
        bool old = want != PL_ARCH_ARM64 && (elf->machine == PL_ELF_386 ||
                                             (elf->machine == PL_ELF_X86_64 && elf->bits == 32));
        if (pl_look_fmt(j->l, &detail, err, "it is for %s%s%s", name ? name : "another machine",
                        want == PL_ARCH_UNKNOWN ? "" : ", the function runs on ",
                        want == PL_ARCH_UNKNOWN ? "" : pl_arch_name(want)) != PL_OK) {
            return err->code;
        }
        return format_error(j, detail, old ? PL_SURE_MAYBE : PL_SURE_YES, err);
    }
    return judge_loader(j, err);
}

static PL_STATUS judge_format(struct judging *j, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    struct pl_slice detail;
    if (pl_look_text(j->l, j->start->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (pl_load_unread(j->load, looked)) {
        return PL_OK;
    }
    struct pl_slice bytes = pl_buf_view(&looked->text);
    pl_exec_read(&j->exec, bytes, bytes.len);
    if (j->exec.kind == PL_EXEC_ELF) {
        return judge_elf(j, err);
    }
    if (j->exec.kind == PL_EXEC_SCRIPT) {
        return judge_script(j, err);
    }
    if (pl_look_fmt(j->l, &detail, err, "it is %s",
                    pl_exec_kind_text((enum pl_exec_kind)j->exec.kind)) != PL_OK) {
        return err->code;
    }
    return format_error(j, detail, PL_SURE_YES, err);
}

PL_STATUS pl_start_judge(struct pl_looker *l, const struct pl_start *start, struct pl_load *load,
                         struct pl_err *err)
{
    struct judging j = {.l = l, .start = start, .load = load};
    enum pl_sure allowed = pl_start_allowed(pl_ref_entry(start->at));
    load->at = start->at;
    if (allowed == PL_SURE_NO) {
        return fails(&j, start->mode, PL_SURE_YES, "permission denied", err);
    }
    if (judge_format(&j, err) != PL_OK) {
        return err->code;
    }
    if (allowed == PL_SURE_MAYBE && !(load->outcome == PL_FAILS && load->sure == PL_SURE_YES)) {
        load->detail = (struct pl_slice){0};
        return fails(&j, start->mode, PL_SURE_MAYBE, "permission denied", err);
    }
    if (load->outcome == PL_NOT_JUDGED) {
        pl_load_set(load, PL_LOADS, PL_WHY_NONE);
    }
    if (load->outcome != PL_LOADS) {
        return PL_OK;
    }
    load->loaded = pl_arena_new(l->arena, 1, sizeof *load->loaded, err);
    if (!load->loaded) {
        return err->code;
    }
    load->loaded[0] = start->at;
    load->n_loaded = 1;
    return PL_OK;
}
