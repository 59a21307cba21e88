/* The files that the .NET host reads before any code of the function: deps.json,
 * runtimeconfig.json.
 */
#include "pkg/base/doc.h"
#include "pkg/base/text.h"
#include "pkg/survey/load_dotnet.h"

static const struct pl_slice DLL = PL_SLICE_INIT(".dll");

/* LAMBDA_DOTNET_MAIN_ASSEMBLY, else what stands before the handler's first colon. */
static struct pl_slice main_name(const struct pl_dotnet_try *t, bool *ret_known)
{
    const struct pl_function_decl *decl = t->l->fn->decl;
    struct pl_slice name = pl_slice_sub(t->handler, 0, pl_slice_find(t->handler, ':'));
    *ret_known = true;
    for (uint32_t i = 0; i < decl->n_env; i++) {
        if (!pl_slice_is(decl->env[i].key, "LAMBDA_DOTNET_MAIN_ASSEMBLY")) {
            continue;
        }
        struct pl_slice value = decl->env[i].value.text;
        *ret_known = decl->env[i].value.known == PL_GIVEN;
        name = value.len == 0 ? name : value;
        if (value.len > 0 && pl_slice_ends(value, DLL)) {
            name = pl_slice_sub(value, 0, value.len - DLL.len);
        }
    }
    return name;
}

/* Files /var/task/[!.]*SUFFIX, as the shell's pattern finds them: not those that start with a dot.
 */
static uint32_t with_suffix(const struct pl_looker *l, struct pl_slice suffix, struct pl_ref *ret)
{
    const struct pl_tree *tree = &l->fn->code->tree;
    uint32_t n = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (pl_slice_ends(entry->name, suffix) && entry->name.ptr[0] != '.' &&
            pl_slice_find(entry->name, '/') == entry->name.len &&
            (entry->flags & PL_ENTRY_SHADOWED) == 0) {
            *ret = (struct pl_ref){l->fn->code, i};
            n++;
        }
    }
    return n;
}

/* One of the two files.  exit 105 or 106 of bootstrap.sh. */
static PL_STATUS find_file(struct pl_dotnet_try *t, const char *suffix, struct pl_ref *ret,
                           struct pl_load *load, struct pl_err *err)
{
    bool there = false;
    bool known = true;
    struct pl_ref only = {0};
    struct pl_slice detail;
    t->main = main_name(t, &known);
    if (pl_dotnet_file(t->l, t->main, suffix, &there, ret, err) != PL_OK) {
        return err->code;
    }
    if (there && known) {
        return PL_OK;
    }
    uint32_t n = with_suffix(t->l, pl_slice_of(suffix), &only);
    if (n == 1) {
        *ret = only;
        return PL_OK;
    }
    if (!known) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_SEARCH_PATH);
        return PL_OK;
    }
    pl_load_fail(load, PL_WHY_NET_HOST_FILE, PL_SURE_YES);
    if (pl_look_fmt(t->l, &detail, err,
                    n == 0 ? "%.*s%s is not in the package"
                           : "%.*s%s is not in the package, and several others are",
                    PL_ARG(t->main), suffix) != PL_OK ||
        pl_text_safe(t->l->arena, detail, &load->detail, err) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err,
                        "Error: .NET binaries for Lambda function are not correctly installed in "
                        "the /var/task directory of the image when the image was built. The "
                        "/var/task directory is missing the required %s file.",
                        suffix);
}

PL_STATUS pl_dotnet_host_files(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    if (find_file(t, ".deps.json", &t->host.deps, load, err) != PL_OK) {
        return err->code;
    }
    return load->outcome == PL_NOT_JUDGED
               ? find_file(t, ".runtimeconfig.json", &t->host.config, load, err)
               : PL_OK;
}

/* *ret_read: it is JSON, and *ret is to be done with; the host itself also takes comments. */
static PL_STATUS parse(struct pl_looker *l, struct pl_ref at, struct pl_doc *ret, bool *ret_read,
                       struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    struct pl_err refused = {0};
    *ret_read = false;
    if (!at.package) {
        return PL_OK;
    }
    if (pl_look_text(l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT) {
        return PL_OK;
    }
    enum pl_status status =
        pl_json_parse(ret, pl_buf_view(&looked->text), 0, "host file", &refused);
    if (status == PL_ERR_NOMEM) {
        *err = refused;
        return status;
    }
    *ret_read = status == PL_OK;
    return PL_OK;
}

static PL_STATUS keep(struct pl_looker *l, const struct pl_doc *doc, uint32_t map, const char *key,
                      struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_node *node = pl_doc_node(doc, pl_doc_get(doc, map, key));
    return node->kind == PL_NODE_SCALAR ? pl_arena_dup(&l->scratch, node->text, ret, err) : PL_OK;
}

/* One framework reference; Windows' own framework outweighs the others, for it is never there. */
static PL_STATUS keep_framework(struct pl_dotnet_try *t, const struct pl_doc *doc, uint32_t map,
                                struct pl_err *err)
{
    struct pl_slice name = {0};
    struct pl_slice version = {0};
    if (keep(t->l, doc, map, "name", &name, err) != PL_OK ||
        keep(t->l, doc, map, "version", &version, err) != PL_OK) {
        return err->code;
    }
    if (t->host.framework.len == 0 || pl_slice_is(name, "Microsoft.WindowsDesktop.App")) {
        t->host.framework = name;
        t->host.version = version;
    }
    return PL_OK;
}

static PL_STATUS read_config(struct pl_dotnet_try *t, const struct pl_doc *doc, struct pl_err *err)
{
    uint32_t options = pl_doc_get(doc, doc->root, "runtimeOptions");
    uint32_t list = pl_doc_get(doc, options, "frameworks");
    struct pl_slice roll = {0};
    struct pl_slice old_roll = {0};
    t->host.self_contained = pl_doc_get(doc, options, "includedFrameworks") != PL_NODE_NONE;
    if (keep(t->l, doc, options, "rollForward", &roll, err) != PL_OK ||
        keep(t->l, doc, options, "rollForwardOnNoCandidateFx", &old_roll, err) != PL_OK ||
        keep_framework(t, doc, pl_doc_get(doc, options, "framework"), err) != PL_OK) {
        return err->code;
    }
    for (uint32_t at = pl_doc_node(doc, list)->child;
         pl_doc_node(doc, list)->kind == PL_NODE_SEQ && at != PL_NODE_NONE;
         at = pl_doc_node(doc, at)->next) {
        if (keep_framework(t, doc, at, err) != PL_OK) {
            return err->code;
        }
    }
    t->host.rolls = pl_slice_eq_nocase(roll, PL_SLICE("Major")) ||
                    pl_slice_eq_nocase(roll, PL_SLICE("LatestMajor")) || pl_slice_is(old_roll, "2");
    return PL_OK;
}

/* Does a library's list of files ("runtime": {"lib/net8.0/X.dll": {}}) have this one? */
static bool lists(const struct pl_doc *doc, uint32_t library, struct pl_slice assembly)
{
    uint32_t files = pl_doc_get(doc, library, "runtime");
    if (pl_doc_node(doc, files)->kind != PL_NODE_MAP) {
        return false;
    }
    for (uint32_t key = pl_doc_node(doc, files)->child; key != PL_NODE_NONE;
         key = pl_doc_node(doc, pl_doc_node(doc, key)->next)->next) {
        struct pl_slice base = pl_look_basename(pl_doc_node(doc, key)->text);
        if (base.len == assembly.len + DLL.len && pl_slice_ends(base, DLL) &&
            pl_slice_eq_nocase(pl_slice_sub(base, 0, assembly.len), assembly)) {
            return true;
        }
    }
    return false;
}

static PL_STATUS read_deps(struct pl_dotnet_try *t, const struct pl_doc *doc, struct pl_err *err)
{
    static const struct pl_slice version = PL_SLICE_INIT("Version=");
    uint32_t target = pl_doc_get(doc, doc->root, "runtimeTarget");
    struct pl_slice name = {0};
    enum pl_status status =
        pl_doc_node(doc, target)->kind == PL_NODE_SCALAR
            ? pl_arena_dup(&t->l->scratch, pl_doc_node(doc, target)->text, &name, err)
            : keep(t->l, doc, target, "name", &name, err);
    if (status != PL_OK) {
        return status;
    }
    size_t slash = pl_slice_find(name, '/');
    size_t at = pl_slice_find_text(name, version);
    t->host.rid = pl_slice_sub(name, slash + 1, name.len);
    t->host.target = at < slash ? pl_slice_sub(name, at + version.len, slash) : t->host.target;
    uint32_t libraries = pl_doc_get(doc, pl_doc_get(doc, doc->root, "targets"), name.ptr);
    if (name.len == 0 || pl_doc_node(doc, libraries)->kind != PL_NODE_MAP) {
        return PL_OK;
    }
    t->host.listed = false;
    for (uint32_t key = pl_doc_node(doc, libraries)->child; key != PL_NODE_NONE;) {
        uint32_t value = pl_doc_node(doc, key)->next;
        t->host.listed = t->host.listed || lists(doc, value, t->part.assembly);
        key = pl_doc_node(doc, value)->next;
    }
    return PL_OK;
}

PL_STATUS pl_dotnet_host_read(struct pl_dotnet_try *t, struct pl_err *err)
{
    struct pl_doc doc;
    enum pl_status status = PL_OK;
    t->host.listed = true;
    if (parse(t->l, t->host.config, &doc, &t->host.config_read, err) != PL_OK) {
        return err->code;
    }
    if (t->host.config_read) {
        status = read_config(t, &doc, err);
        pl_doc_done(&doc);
    }
    if (status != PL_OK || parse(t->l, t->host.deps, &doc, &t->host.deps_read, err) != PL_OK) {
        return status != PL_OK ? status : err->code;
    }
    if (t->host.deps_read) {
        status = read_deps(t, &doc, err);
        pl_doc_done(&doc);
    }
    return status;
}

/* The number before the first dot; 0: none. */
static uint64_t major_of(struct pl_slice version)
{
    uint64_t major = 0;
    return pl_slice_u64(pl_slice_sub(version, 0, pl_slice_find(version, '.')), &major) ? major : 0;
}

static PL_STATUS fail_framework(struct pl_dotnet_try *t, enum pl_sure sure, struct pl_load *load,
                                struct pl_err *err)
{
    struct pl_slice detail;
    load->at = t->host.config;
    pl_load_fail(load, PL_WHY_NET_TARGET, sure);
    if (pl_look_fmt(t->l, &detail, err, "it needs %.*s %.*s, and %s has .NET %u",
                    PL_ARG(t->host.framework), PL_ARG(t->host.version), t->l->fn->runtime->id,
                    (unsigned)t->l->fn->runtime->version_major) != PL_OK ||
        pl_text_safe(t->l->arena, detail, &load->detail, err) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err,
                        "You must install or update .NET to run this application. Framework: "
                        "'%.*s', version '%.*s'",
                        PL_ARG(t->host.framework), PL_ARG(t->host.version));
}

/* Which processor a runtime identifier ("linux-x64") is for; UNKNOWN: any. */
static enum pl_arch rid_arch(struct pl_slice rid, bool *ret_other)
{
    struct pl_slice last = pl_slice_sub(rid, pl_slice_rfind(rid, '-') + 1, rid.len);
    *ret_other = pl_slice_is(last, "x86") || pl_slice_is(last, "arm");
    return pl_slice_is(last, "x64")     ? PL_ARCH_X86_64
           : pl_slice_is(last, "arm64") ? PL_ARCH_ARM64
                                        : PL_ARCH_UNKNOWN;
}

/* What is wrong with a runtime identifier, as a static text; NULL: nothing. */
static const char *rid_fault(struct pl_slice rid, enum pl_arch arch)
{
    bool other = false;
    enum pl_arch of = rid_arch(rid, &other);
    if (pl_slice_starts(rid, PL_SLICE("win"))) {
        return "Windows";
    }
    if (pl_slice_starts(rid, PL_SLICE("osx"))) {
        return "macOS";
    }
    if (pl_slice_starts(rid, PL_SLICE("linux-musl")) || pl_slice_starts(rid, PL_SLICE("alpine"))) {
        return "a Linux with musl";
    }
    bool differs = of != PL_ARCH_UNKNOWN && arch != PL_ARCH_UNKNOWN && of != arch;
    return other || differs ? "another processor" : NULL;
}

/* Code of another platform: what is compiled for none runs all the same, so it is an error only
 * where the package brings that platform's runtime along, which the host would have to load. */
static PL_STATUS check_rid(struct pl_dotnet_try *t, enum pl_sure sure, struct pl_load *load,
                           struct pl_err *err)
{
    const char *fault = rid_fault(t->host.rid, (enum pl_arch)t->l->fn->arch);
    struct pl_slice detail;
    if (!fault || (sure == PL_SURE_YES) != t->host.self_contained) {
        return PL_OK;
    }
    load->at = t->host.deps;
    pl_load_fail(load, PL_WHY_NET_TARGET, sure);
    if (pl_look_fmt(t->l, &detail, err, "it was published for %.*s, which is %s",
                    PL_ARG(t->host.rid), fault) != PL_OK) {
        return err->code;
    }
    return pl_text_safe(t->l->arena, detail, &load->detail, err);
}

PL_STATUS pl_dotnet_target(struct pl_dotnet_try *t, enum pl_sure sure, struct pl_load *load,
                           struct pl_err *err)
{
    const struct pl_dotnet_host *host = &t->host;
    uint64_t has = t->l->fn->runtime->version_major;
    uint64_t wants = host->framework.len > 0 ? major_of(host->version) : 0;
    bool windows = pl_slice_is(host->framework, "Microsoft.WindowsDesktop.App");
    if (host->self_contained) {
        return check_rid(t, sure, load, err);
    }
    if (sure == PL_SURE_YES) {
        /* The host never goes back to an older version. */
        return windows || wants > has ? fail_framework(t, sure, load, err) : PL_OK;
    }
    /* Going forward to the next major version is something that the package must ask for. */
    bool asked = host->rolls || pl_look_has_env(t->l, "DOTNET_ROLL_FORWARD") ||
                 pl_look_has_env(t->l, "DOTNET_ROLL_FORWARD_ON_NO_CANDIDATE_FX");
    if (wants > 0 && wants < has && !asked) {
        return fail_framework(t, sure, load, err);
    }
    return check_rid(t, sure, load, err);
}
