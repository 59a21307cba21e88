/*
 * .NET: what bootstrap.sh (2024-12-13) and the UserCodeLoader of aws-lambda-dotnet (2025-03-31) do
 * with a handler, LAMBDA 3.4 and 3.5.
 */
#include "pkg/survey/load_dotnet.h"

#include "pkg/base/text.h"
#include "pkg/survey/load.h"

static const struct pl_slice TASK_ROOT = PL_SLICE_INIT("/var/task");
static const struct pl_slice DLL = PL_SLICE_INIT(".dll");

enum { OLDEST_MAJOR = 6, ELF_HEADER = 20, ELF_MACHINE_AT = 18, ELF_X86_64 = 62, ELF_ARM64 = 183 };

PL_STATUS pl_dotnet_file(struct pl_looker *l, struct pl_slice name, const char *suffix,
                         bool *ret_there, struct pl_ref *ret_at, struct pl_err *err)
{
    struct pl_slice path;
    if (pl_look_fmt(l, &path, err, "%.*s/%.*s%s", PL_ARG(TASK_ROOT), PL_ARG(name), suffix) !=
        PL_OK) {
        return err->code;
    }
    struct pl_hit hit = pl_view_find(l->view, TASK_ROOT, path);
    *ret_there = hit.how == PL_HOW_FILE;
    if (*ret_there) {
        *ret_at = hit.at;
    }
    return PL_OK;
}

PL_STATUS pl_dotnet_open(struct pl_looker *l, struct pl_slice name, struct pl_dotnet_assembly *ret,
                         struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    struct pl_dotnet_assembly found = {.there = false};
    if (pl_dotnet_file(l, name, ".dll", &found.there, &found.at, err) != PL_OK) {
        return err->code;
    }
    if (found.there) {
        if (pl_look_text(l, found.at, &looked, err) != PL_OK) {
            return err->code;
        }
        found.looked = looked->state;
        if (looked->state == PL_LOOKED_TEXT) {
            pl_net_read(&found.net, pl_buf_view(&looked->text));
        }
    }
    *ret = found;
    return PL_OK;
}

/* What HandlerInfo refuses. */
static PL_STATUS malformed(struct pl_dotnet_try *t, enum pl_dotnet_handler_fault fault,
                           struct pl_load *load, struct pl_err *err)
{
    const char *missing = fault == PL_DOTNET_HANDLER_NO_ASSEMBLY ? ", the assembly is missing"
                          : fault == PL_DOTNET_HANDLER_NO_TYPE   ? ", the type is missing"
                          : fault == PL_DOTNET_HANDLER_NO_METHOD ? ", the method is missing"
                                                                 : "";
    pl_load_fail(load, PL_WHY_MALFORMED, PL_SURE_YES);
    return pl_load_says(t->l, load, err,
                        "Invalid lambda function handler: '%.*s'%s. The valid format is "
                        "'ASSEMBLY::TYPE::METHOD'.",
                        PL_ARG(t->handler), missing);
}

/* A type name that Type.GetType reads as more than a name, or an assembly with a version. */
static bool has_syntax(const struct pl_dotnet_handler *part)
{
    static const char special[] = "[],&*\\=\"";
    if (part->type.ptr[0] == '.') {
        return true; /* a leading dot is dropped by some readers of names */
    }
    for (const char *c = special; *c; c++) {
        if (pl_slice_find(part->type, *c) < part->type.len ||
            pl_slice_find(part->assembly, *c) < part->assembly.len) {
            return true;
        }
    }
    return false;
}

static unsigned like_name(const void *ctx, const struct pl_entry *entry)
{
    return pl_slice_eq_nocase(entry->name, *(const struct pl_slice *)ctx) ? 1 : 0;
}

static PL_STATUS assembly_missing(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice file;
    struct pl_candidates other_case;
    if (pl_look_fmt(t->l, &file, err, "%.*s.dll", PL_ARG(t->part.assembly)) != PL_OK) {
        return err->code;
    }
    /* The runtime's list of assemblies is by name without regard to case, but the host's files are
     * not; what comes of it depends on what they say. */
    pl_look_around(t->l, like_name, &file, &other_case);
    pl_load_fail(load, PL_WHY_NET_ASSEMBLY, other_case.n > 0 ? PL_SURE_MAYBE : PL_SURE_YES);
    if (pl_look_has_env(t->l, "DOTNET_SHARED_STORE") ||
        pl_look_has_env(t->l, "DOTNET_ADDITIONAL_DEPS") ||
        pl_look_has_env(t->l, "DOTNET_STARTUP_HOOKS")) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_SEARCH_PATH);
        return PL_OK;
    }
    struct pl_slice detail;
    if (pl_look_fmt(t->l, &detail, err, "there is no %.*s at the root", PL_ARG(file)) != PL_OK ||
        pl_text_safe(t->l->arena, detail, &load->detail, err) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err,
                        "Could not find the specified handler assembly with the file name '%.*s, "
                        "Culture=neutral, PublicKeyToken=null'. The assembly should be located in "
                        "the root of your uploaded .zip file.",
                        PL_ARG(t->part.assembly));
}

/* The file is there; is it an assembly at all?  Sets an outcome when nothing more can be said. */
static PL_STATUS check_image(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    const struct pl_dotnet_assembly *own = &t->own;
    struct pl_looked *looked = NULL;
    load->at = own->at;
    if (!pl_entry_readable(pl_ref_entry(own->at))) {
        pl_load_fail(load, PL_WHY_MODULE_UNREADABLE, PL_SURE_YES);
        return PL_OK;
    }
    if (pl_look_text(t->l, own->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (pl_load_unread(load, looked)) {
        return PL_OK;
    }
    switch ((enum pl_net_state)own->net.state) {
    case PL_NET_MANAGED:
        return PL_OK;
    case PL_NET_STRANGE:
        load->detail = pl_slice_of(own->net.why);
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_NET_STRANGE);
        return PL_OK;
    case PL_NET_DAMAGED:
        load->detail = pl_slice_of(own->net.why);
        break;
    case PL_NET_NOT_PE:
        load->detail = PL_SLICE("it is no portable executable");
        break;
    case PL_NET_NATIVE:
        load->detail = PL_SLICE("it holds native code only");
        break;
    }
    pl_load_fail(load, PL_WHY_NET_IMAGE, PL_SURE_YES);
    return pl_load_says(t->l, load, err, "Unable to load assembly '%.*s'.",
                        PL_ARG(t->part.assembly));
}

/* The entries that are surely loaded. */
static PL_STATUS note_loaded(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    load->loaded = pl_arena_new(t->l->arena, 2, sizeof *load->loaded, err);
    if (!load->loaded) {
        return err->code;
    }
    load->loaded[0] = t->own.at;
    load->n_loaded = 1;
    if (t->declares.there && !pl_ref_eq(t->declares.at, t->own.at)) {
        load->loaded[load->n_loaded++] = t->declares.at;
    }
    return PL_OK;
}

static PL_STATUS not_listed(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice deps = pl_look_basename(pl_ref_entry(t->host.deps)->name);
    struct pl_slice detail;
    pl_load_fail(load, PL_WHY_NET_ASSEMBLY, PL_SURE_MAYBE);
    if (pl_look_fmt(t->l, &detail, err, "%.*s does not list %.*s.dll", PL_ARG(deps),
                    PL_ARG(t->part.assembly)) != PL_OK) {
        return err->code;
    }
    return pl_text_safe(t->l->arena, detail, &load->detail, err);
}

static PL_STATUS load_library(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    load->module = t->part.assembly;
    load->name = t->part.method;
    if (pl_dotnet_host_files(t, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        return PL_OK;
    }
    if (pl_dotnet_host_read(t, err) != PL_OK ||
        pl_dotnet_target(t, PL_SURE_YES, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        return PL_OK;
    }
    if (has_syntax(&t->part)) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_NET_NAME);
        return PL_OK;
    }
    if (pl_dotnet_open(t->l, t->part.assembly, &t->own, err) != PL_OK) {
        return err->code;
    }
    if (!t->own.there) {
        return assembly_missing(t, load, err);
    }
    if (check_image(t, load, err) != PL_OK || load->outcome != PL_NOT_JUDGED) {
        return load->outcome != PL_NOT_JUDGED ? PL_OK : err->code;
    }
    if (note_loaded(t, load, err) != PL_OK || pl_dotnet_method(t, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome == PL_LOADS) {
        if (note_loaded(t, load, err) != PL_OK || pl_dotnet_script(t, load, err) != PL_OK) {
            return err->code;
        }
    }
    if (load->outcome == PL_LOADS && !t->host.listed) {
        return not_listed(t, load, err);
    }
    return load->outcome == PL_LOADS ? pl_dotnet_target(t, PL_SURE_MAYBE, load, err) : PL_OK;
}

/* `dotnet exec NAME.dll` */
static PL_STATUS run_assembly(struct pl_dotnet_try *t, struct pl_slice name, struct pl_load *load,
                              struct pl_err *err)
{
    bool there = false;
    if (check_image(t, load, err) != PL_OK || load->outcome != PL_NOT_JUDGED) {
        return load->outcome != PL_NOT_JUDGED ? PL_OK : err->code;
    }
    if (pl_dotnet_file(t->l, name, ".runtimeconfig.json", &there, &t->host.config, err) != PL_OK ||
        pl_dotnet_file(t->l, name, ".deps.json", &there, &t->host.deps, err) != PL_OK) {
        return err->code;
    }
    if (!t->host.config.package) {
        struct pl_slice detail;
        pl_load_fail(load, PL_WHY_NET_HOST_FILE, PL_SURE_YES);
        if (pl_look_fmt(t->l, &detail, err, "%.*s.runtimeconfig.json is not in the package",
                        PL_ARG(name)) != PL_OK ||
            pl_text_safe(t->l->arena, detail, &load->detail, err) != PL_OK) {
            return err->code;
        }
        return pl_load_says(t->l, load, err,
                            "The library 'libhostpolicy.so' required to execute the application "
                            "was not found in '/var/task/'.");
    }
    if (pl_dotnet_host_read(t, err) != PL_OK || note_loaded(t, load, err) != PL_OK ||
        pl_dotnet_target(t, PL_SURE_YES, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        return PL_OK;
    }
    if (t->own.net.entry_point == 0) {
        pl_load_fail(load, PL_WHY_NET_REFUSED, PL_SURE_YES);
        load->detail = PL_SLICE("a class library has no entry point; its handler is "
                                "ASSEMBLY::TYPE::METHOD");
        return pl_load_says(t->l, load, err,
                            "System.MissingMethodException: Entry point not found in assembly "
                            "'%.*s'.",
                            PL_ARG(t->own.net.name));
    }
    pl_load_set(load, PL_LOADS, PL_WHY_NONE);
    return pl_dotnet_target(t, PL_SURE_MAYBE, load, err);
}

/* A native binary, as ahead-of-time compilation makes it: exec by the shell. */
static PL_STATUS run_binary(struct pl_dotnet_try *t, struct pl_ref at, struct pl_load *load,
                            struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    const struct pl_entry *entry = pl_ref_entry(at);
    load->at = at;
    if (pl_look_text(t->l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    bool recorded = entry && entry->mode != PL_MODE_NONE;
    if (!recorded || (entry->mode & 0001) == 0) {
        pl_load_fail(load, PL_WHY_NET_REFUSED, recorded ? PL_SURE_YES : PL_SURE_MAYBE);
        load->detail = PL_SLICE("the native executable has no execute bit for others");
        return pl_load_says(t->l, load, err, "/var/task/%.*s: Permission denied",
                            PL_ARG(t->handler));
    }
    if (pl_load_unread(load, looked)) {
        return PL_OK;
    }
    struct pl_slice text = pl_buf_view(&looked->text);
    bool elf = text.len >= ELF_HEADER && pl_slice_starts(text, PL_SLICE("\177ELF"));
    if (!elf) {
        bool script = pl_slice_starts(text, PL_SLICE("#!"));
        pl_load_set(load, PL_CANNOT_TELL, script ? PL_WHY_DYNAMIC : PL_WHY_BINARY_MODULE);
        return PL_OK;
    }
    unsigned machine = (unsigned char)text.ptr[ELF_MACHINE_AT] |
                       (unsigned)(unsigned char)text.ptr[ELF_MACHINE_AT + 1] << 8;
    unsigned arch = t->l->fn->arch;
    if ((arch == PL_ARCH_X86_64 && machine != ELF_X86_64) ||
        (arch == PL_ARCH_ARM64 && machine != ELF_ARM64)) {
        pl_load_fail(load, PL_WHY_NET_TARGET, PL_SURE_YES);
        load->detail = PL_SLICE("the native executable is for another processor");
        return pl_load_says(t->l, load, err,
                            "/var/task/%.*s: cannot execute binary file: Exec format error",
                            PL_ARG(t->handler));
    }
    pl_load_set(load, PL_LOADS, PL_WHY_NONE);
    return PL_OK;
}

static PL_STATUS load_executable(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice name = t->handler;
    struct pl_ref binary = {0};
    bool there = false;
    if (pl_slice_ends(name, DLL)) {
        name = pl_slice_sub(name, 0, name.len - DLL.len);
    }
    load->module = name;
    if (pl_dotnet_open(t->l, name, &t->own, err) != PL_OK) {
        return err->code;
    }
    if (t->own.there) {
        t->part.assembly = name;
        return run_assembly(t, name, load, err);
    }
    if (pl_dotnet_file(t->l, t->handler, "", &there, &binary, err) != PL_OK) {
        return err->code;
    }
    if (there) {
        return run_binary(t, binary, load, err);
    }
    pl_load_fail(load, PL_WHY_NET_ASSEMBLY, PL_SURE_YES);
    struct pl_slice detail;
    if (pl_look_fmt(t->l, &detail, err,
                    "a handler without '::' names an executable, and there is "
                    "neither %.*s.dll nor %.*s",
                    PL_ARG(name), PL_ARG(t->handler)) != PL_OK ||
        pl_text_safe(t->l->arena, detail, &load->detail, err) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err,
                        "Error: executable assembly /var/task/%.*s.dll or binary /var/task/%.*s "
                        "not found.",
                        PL_ARG(name), PL_ARG(t->handler));
}

PL_STATUS pl_dotnet_try(struct pl_dotnet_try *t, struct pl_looker *l, struct pl_slice handler,
                        struct pl_load *load, struct pl_err *err)
{
    *t = (struct pl_dotnet_try){.l = l, .handler = handler};
    *load = (struct pl_load){.outcome = PL_NOT_JUDGED};
    enum pl_dotnet_handler_fault fault = pl_handler_dotnet(handler, &t->part);
    switch (fault) {
    case PL_DOTNET_HANDLER_OK:
        return load_library(t, load, err);
    case PL_DOTNET_HANDLER_EXECUTABLE:
        return load_executable(t, load, err);
    case PL_DOTNET_HANDLER_BAD:
    case PL_DOTNET_HANDLER_NO_ASSEMBLY:
    case PL_DOTNET_HANDLER_NO_TYPE:
    case PL_DOTNET_HANDLER_NO_METHOD:
        break;
    }
    return malformed(t, fault, load, err);
}

PL_STATUS pl_load_dotnet(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    struct pl_looker l;
    struct pl_load load = {.outcome = PL_NOT_JUDGED, .why = PL_WHY_NO_LOADER};
    if (function->runtime->version_major < OLDEST_MAJOR) {
        function->load = load; /* older ones had another bootstrap */
        return PL_OK;
    }
    pl_looker_init(&l, function, arena);
    struct pl_dotnet_try t;
    enum pl_status status = pl_dotnet_try(&t, &l, function->decl->handler.text, &load, err);
    if (status == PL_OK && load.outcome == PL_FAILS) {
        status = pl_dotnet_suggest(&t, &load, err);
    }
    pl_looker_done(&l);
    if (status == PL_OK) {
        function->load = load;
    }
    return status;
}
