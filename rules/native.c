/* PL2: native code, as the survey judged it for each function. */
#include "pkg/base/text.h"
#include "rules/checks.h"

#define ARG(s) PL_TEXT(s)

static enum pl_native_what what_of(enum pl_rule_id rule)
{
    static const struct {
        enum pl_rule_id rule;
        enum pl_native_what what;
    } rows[] = {{PL_RULE_PL201, PL_NATIVE_MACHINE}, {PL_RULE_PL202, PL_NATIVE_NOT_LINUX},
                {PL_RULE_PL203, PL_NATIVE_GLIBC},   {PL_RULE_PL204, PL_NATIVE_CXX},
                {PL_RULE_PL205, PL_NATIVE_LIBRARY}, {PL_RULE_PL206, PL_NATIVE_PYTHON},
                {PL_RULE_PL207, PL_NATIVE_NODE},    {PL_RULE_PL210, PL_NATIVE_MUSL},
                {PL_RULE_PL212, PL_NATIVE_ABSENT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].rule == rule) {
            return rows[i].what;
        }
    }
    return PL_NATIVE_FINE;
}

/* ", and so are 18 more files of numpy"; the member names the first. */
static PL_STATUS more_files(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                            struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice goes_on =
        pl_slice_of(fault->optional ? "; its package goes on without it" : "");
    struct pl_slice by;
    if (fault->by.package &&
        (pl_safe(ctx, pl_ref_entry(fault->by)->name, &by, err) != PL_OK ||
         pl_say(ctx, &goes_on, err, "; %.*s may load it by name", ARG(by)) != PL_OK)) {
        return err->code;
    }
    if (fault->inner.len > 0) {
        return pl_say(ctx, ret, err, "; it is %.*s in the jar", ARG(fault->inner));
    }
    if (fault->files < 2) {
        *ret = goes_on;
        return PL_OK;
    }
    return pl_say(ctx, ret, err, ", and so %s %u more file%s of %.*s%.*s",
                  fault->files == 2 ? "is" : "are", (unsigned)fault->files - 1,
                  fault->files == 2 ? "" : "s", ARG(fault->owner), ARG(goes_on));
}

static const char *machine_text(const struct pl_native *fact)
{
    const char *name = pl_elf_machine_name(&fact->elf);
    return name ? name : "another machine";
}

PL_STATUS pl_install_for(struct pl_rule_ctx *ctx, struct pl_slice package, struct pl_slice *ret,
                         struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    bool arm = fn->arch == PL_ARCH_ARM64;
    switch (fn->runtime->language) {
    case PL_LANG_PYTHON:
        return pl_say(ctx, ret, err,
                      "pip install --platform %s_%s --python-version %u.%u --only-binary=:all: "
                      "--upgrade --target . %.*s",
                      fn->runtime->os == PL_OS_AL2023 ? "manylinux_2_28" : "manylinux2014",
                      arm ? "aarch64" : "x86_64", (unsigned)fn->runtime->version_major,
                      (unsigned)fn->runtime->version_minor, ARG(package));
    case PL_LANG_NODEJS:
        return pl_say(ctx, ret, err, "npm install --os=linux --cpu=%s --libc=glibc%s%.*s",
                      arm ? "arm64" : "x64", package.len > 0 ? " " : "", ARG(package));
    case PL_LANG_JAVA:
    case PL_LANG_DOTNET:
    case PL_LANG_RUBY:
    case PL_LANG_GO:
    case PL_LANG_CUSTOM:
        break;
    }
    *ret = (struct pl_slice){0};
    return PL_OK;
}

static PL_STATUS mend_install(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                              struct pl_slice *ret, struct pl_err *err)
{
    bool python = ctx->function->runtime->language == PL_LANG_PYTHON;
    const struct pl_entry *entry = pl_ref_entry(fault->at);
    bool extension = entry && fault->at.package != ctx->function->code &&
                     pl_slice_is(pl_slice_dirname(entry->name), "extensions");
    if (fault->by.package || extension) {
        return pl_say(ctx, ret, err,
                      "Build it for Lambda's Linux on %s; leave it out if nothing loads it there.",
                      pl_arch_name((enum pl_arch)ctx->function->arch));
    }
    /* A module's name is not what pip calls its distribution: PIL is of Pillow. */
    struct pl_slice dist = fault->dist.len > 0 ? fault->dist : pl_slice_of("-r requirements.txt");
    if (python && fault->release.len > 0 &&
        pl_say(ctx, &dist, err, "%.*s==%.*s", ARG(fault->dist), ARG(fault->release)) != PL_OK) {
        return err->code;
    }
    return pl_install_for(ctx, python ? dist : fault->owner, ret, err);
}

static PL_STATUS emit_machine(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                              struct pl_emit *what, struct pl_slice more, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    what->at = fn->decl->architecture.at;
    /* A module with another machine's tag in its name is not even opened. */
    const char *made = fault->fact->kind == PL_EXEC_ELF ? machine_text(fault->fact) : "another";
    if (fn->arch == PL_ARCH_UNKNOWN) {
        return pl_emit(ctx, what, err, "built for %s, which Lambda has not%.*s", made, ARG(more));
    }
    return pl_emit(ctx, what, err, "built for %s, the function runs on %s%.*s", made,
                   pl_arch_name((enum pl_arch)fn->arch), ARG(more));
}

static PL_STATUS emit_not_linux(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                                struct pl_emit *what, struct pl_slice more, struct pl_err *err)
{
    const struct pl_native *fact = fault->fact;
    if (fact->kind == PL_EXEC_ELF) {
        const char *broken = fact->elf.broken ? fact->elf.broken : "it is for another system";
        return pl_emit(ctx, what, err, "an ELF file that cannot be loaded: %s%.*s", broken,
                       ARG(more));
    }
    return pl_emit(ctx, what, err, "%s: Linux loads ELF files only%.*s",
                   pl_exec_kind_text((enum pl_exec_kind)fact->kind), ARG(more));
}

/* The way out of a version that the OS lacks: an older build, or a newer runtime. */
static PL_STATUS mend_version(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                              struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    const struct pl_runtime *other =
        pl_runtime_with(fn->runtime, (enum pl_arch)fn->arch, fault->need, ctx->survey->as_of);
    const char *tag = pl_os_wheel_tag(pl_os_of(fn->runtime));
    struct pl_slice newer = PL_SLICE("");
    if (other && pl_say(ctx, &newer, err, ", or use %s or newer", other->id) != PL_OK) {
        return err->code;
    }
    if (fn->runtime->language == PL_LANG_PYTHON) {
        return pl_say(ctx, ret, err, "Take a build of %.*s for %s or older%.*s.",
                      ARG(fault->dist.len > 0 ? fault->dist : fault->owner), tag, ARG(newer));
    }
    return pl_say(ctx, ret, err, "Build it on %s, or for an older glibc%.*s.",
                  pl_os_of(fn->runtime)->long_name, ARG(newer));
}

static PL_STATUS emit_version(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                              struct pl_emit *what, struct pl_slice more, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    const struct pl_os *os = pl_os_of(fn->runtime);
    if (mend_version(ctx, fault, &what->mend, err) != PL_OK ||
        pl_say(ctx, &what->says, err, "/lib64/%.*s: version `%.*s' not found (required by %s/%.*s)",
               ARG(fault->library), ARG(fault->need),
               fault->at.package == fn->code ? "/var/task" : "/opt",
               ARG(pl_ref_entry(fault->at)->name)) != PL_OK) {
        return err->code;
    }
    what->at = fn->decl->runtime.at;
    if (fault->sure != PL_SURE_YES) {
        return pl_emit(ctx, what, err, "needs %.*s of %.*s, which %s (%s) may lack%.*s",
                       ARG(fault->need), ARG(fault->library), fn->runtime->id, os->name, ARG(more));
    }
    if (what_of(ctx->rule->rule) == PL_NATIVE_GLIBC) {
        return pl_emit(ctx, what, err, "needs %.*s of %.*s, %s (%s) has glibc %s%.*s",
                       ARG(fault->need), ARG(fault->library), fn->runtime->id, os->name, os->glibc,
                       ARG(more));
    }
    return pl_emit(ctx, what, err, "needs %.*s of %.*s, which %s (%s) does not have%.*s",
                   ARG(fault->need), ARG(fault->library), fn->runtime->id, os->name, ARG(more));
}

static PL_STATUS emit_library(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                              struct pl_emit *what, struct pl_slice more, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    if (pl_say(ctx, &what->says, err,
               "%.*s: cannot open shared object file: No such file or directory",
               ARG(fault->need)) != PL_OK) {
        return err->code;
    }
    if (fault->elsewhere) {
        what->severity = PL_SEV_INFO;
        what->confidence = PL_GUESS;
        return pl_emit(ctx, what, err,
                       "needs %.*s, which stands in the package, but not where it is searched%.*s",
                       ARG(fault->need), ARG(more));
    }
    return pl_emit(ctx, what, err,
                   "needs %.*s, which neither the package, its layers nor %s (%s) have%.*s",
                   ARG(fault->need), fn->runtime->id, pl_os_of(fn->runtime)->name, ARG(more));
}

static PL_STATUS emit_python(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                             struct pl_emit *what, struct pl_slice more, struct pl_err *err)
{
    const struct pl_runtime *runtime = ctx->function->runtime;
    what->at = ctx->function->decl->runtime.at;
    if (fault->unlabelled) {
        return pl_emit(ctx, what, err,
                       "%.*s was installed for %.*s; its name lets %s load it all the same%.*s",
                       ARG(fault->dist), ARG(fault->need), runtime->id, ARG(more));
    }
    return pl_emit(ctx, what, err,
                   "an extension module for %.*s, %s looks for cpython-%u%u, abi3 or no tag%.*s",
                   ARG(fault->need), runtime->id, (unsigned)runtime->version_major,
                   (unsigned)runtime->version_minor, ARG(more));
}

static PL_STATUS emit_node(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                           struct pl_emit *what, struct pl_slice more, struct pl_err *err)
{
    const struct pl_runtime *runtime = ctx->function->runtime;
    what->at = ctx->function->decl->runtime.at;
    if (pl_slice_is(fault->need, "Electron")) {
        return pl_emit(ctx, what, err, "an addon for Electron, not for Node.js%.*s", ARG(more));
    }
    return pl_emit(ctx, what, err, "an addon for NODE_MODULE_VERSION %.*s, %s has %u%.*s",
                   ARG(fault->need), runtime->id, (unsigned)runtime->abi, ARG(more));
}

static PL_STATUS emit_absent(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                             struct pl_emit *what, struct pl_err *err)
{
    what->at = ctx->function->decl->architecture.at;
    if (fault->absent == PL_NATIVE_ABSENT_PRISMA) {
        if (pl_say(ctx, &what->mend, err,
                   "binaryTargets = [\"native\", \"%.*s\"] in schema.prisma, then prisma generate",
                   ARG(fault->need)) != PL_OK ||
            pl_say(ctx, &what->says, err,
                   "Prisma Client could not locate the Query Engine for runtime \"%.*s\".",
                   ARG(fault->need)) != PL_OK) {
            return err->code;
        }
        return pl_emit(ctx, what, err,
                       "Prisma's query engine for Lambda, %.*s, is not there, that for %.*s is",
                       ARG(fault->need), ARG(fault->library));
    }
    if (fault->absent == PL_NATIVE_ABSENT_MODULE) {
        return pl_emit(ctx, what, err, "%.*s lists %.*s, which is not there, nor is a build for %s",
                       ARG(fault->owner), ARG(fault->need), ctx->function->runtime->id);
    }
    if (fault->absent == PL_NATIVE_ABSENT_WHEEL) {
        return pl_emit(ctx, what, err, "%.*s was installed for %.*s", ARG(fault->owner),
                       ARG(fault->library));
    }
    if (fault->library.len > 0) {
        return pl_emit(ctx, what, err, "its build for Lambda, %.*s, is not there, %.*s is",
                       ARG(fault->need), ARG(fault->library));
    }
    return pl_emit(ctx, what, err, "its build for Lambda, %.*s, is not there", ARG(fault->need));
}

/* In an image: what is asked for stands there too, or does not. */
static PL_STATUS emit_in_image(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                               struct pl_emit *what, struct pl_err *err)
{
    struct pl_slice arch;
    if (fault->what == PL_NATIVE_MACHINE) {
        return pl_safe(ctx, ctx->package->image->config.architecture, &arch, err) != PL_OK
                   ? err->code
                   : pl_emit(ctx, what, err, "built for %s, the image is for %.*s",
                             machine_text(fault->fact), ARG(arch));
    }
    what->mend = PL_SLICE("Build it in the image that it runs in, or take a newer base image.");
    if (fault->what != PL_NATIVE_LIBRARY) {
        return pl_emit(ctx, what, err, "needs %.*s of %.*s, which the image's does not have",
                       ARG(fault->need), ARG(fault->library));
    }
    what->mend = PL_SLICE("Install the library in the Dockerfile, from the base image's packages.");
    if (pl_say(ctx, &what->says, err,
               "error while loading shared libraries: %.*s: cannot open shared object file",
               ARG(fault->need)) != PL_OK) {
        return err->code;
    }
    return pl_emit(ctx, what, err, "needs %.*s, which is nowhere in the image", ARG(fault->need));
}

static PL_STATUS emit_fault(struct pl_rule_ctx *ctx, const struct pl_native_fault *fault,
                            struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice more;
    what.member = fault->at;
    what.evidence = fault->need.len > 0 ? fault->need : fault->owner;
    if (fault->sure != PL_SURE_YES || fault->optional) {
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
    }
    if (ctx->function->run) {
        return emit_in_image(ctx, fault, &what, err);
    }
    if (more_files(ctx, fault, &more, err) != PL_OK ||
        mend_install(ctx, fault, &what.mend, err) != PL_OK) {
        return err->code;
    }
    switch ((enum pl_native_what)fault->what) {
    case PL_NATIVE_MACHINE:
        return emit_machine(ctx, fault, &what, more, err);
    case PL_NATIVE_NOT_LINUX:
        return emit_not_linux(ctx, fault, &what, more, err);
    case PL_NATIVE_GLIBC:
    case PL_NATIVE_CXX:
        return emit_version(ctx, fault, &what, more, err);
    case PL_NATIVE_LIBRARY:
        what.mend = (struct pl_slice){0};
        return emit_library(ctx, fault, &what, more, err);
    case PL_NATIVE_PYTHON:
        return emit_python(ctx, fault, &what, more, err);
    case PL_NATIVE_NODE:
        return emit_node(ctx, fault, &what, more, err);
    case PL_NATIVE_MUSL:
        return pl_emit(ctx, &what, err, "linked against musl, Lambda has glibc%.*s", ARG(more));
    case PL_NATIVE_ABSENT:
        return emit_absent(ctx, fault, &what, err);
    case PL_NATIVE_FINE:
    case PL_NATIVE_FOREIGN:
        break;
    }
    return PL_OK;
}

PL_STATUS pl_check_native(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_native_report *report = &ctx->function->native;
    enum pl_native_what what = what_of(ctx->rule->rule);
    for (uint32_t i = 0; i < report->n; i++) {
        if (report->fault[i].what != what) {
            continue;
        }
        enum pl_status status = emit_fault(ctx, &report->fault[i], err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}
