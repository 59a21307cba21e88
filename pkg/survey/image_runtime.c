/*
 * Which of Lambda's runtimes the client in an image is like, by the version of the interpreter that
 * is in the image.  Only where the image itself says it; else nothing is judged.
 */
#include "pkg/base/buf.h"
#include "pkg/base/limits.h"
#include "pkg/survey/image_client.h"

#define PL_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

/* The digits at `*at`, "" when there are none. */
static struct pl_slice digits_at(struct pl_slice text, size_t *at)
{
    size_t from = *at;
    while (*at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9') {
        (*at)++;
    }
    return pl_slice_sub(text, from, *at);
}

/* "3.12.7" or "jdk-21.0.5+11" as major and minor; false when no number is there. */
static bool read_version(struct pl_slice text, struct pl_slice *major, struct pl_slice *minor)
{
    size_t at = 0;
    while (at < text.len && (text.ptr[at] < '0' || text.ptr[at] > '9')) {
        at++;
    }
    *major = digits_at(text, &at);
    *minor = (struct pl_slice){0};
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        *minor = digits_at(text, &at);
    }
    return major->len > 0;
}

/* The text behind the last of `marks` that a path of the image has, as in "lib/ruby/3.3.0/"; empty
 * when no path has it, or when two paths differ. */
static struct pl_slice version_in_paths(const struct pl_image_ask *ask, struct pl_slice mark)
{
    const struct pl_tree *tree = &ask->package->tree;
    struct pl_slice found = {0};
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        size_t at = pl_slice_find_text(name, mark);
        struct pl_slice rest = pl_slice_sub(name, at + mark.len, name.len);
        rest = pl_slice_sub(rest, 0, pl_slice_find(rest, '/'));
        bool is = rest.len > 0 && rest.ptr[0] >= '0' && rest.ptr[0] <= '9' &&
                  pl_slice_find(rest, '.') < rest.len;
        if (at == name.len || !is) {
            continue;
        }
        if (found.len > 0 && !pl_slice_eq(found, rest)) {
            return (struct pl_slice){0};
        }
        found = rest;
    }
    return found;
}

/* What follows `mark` in the first file whose path ends in `suffix`: `#define NODE_MAJOR_VERSION
 * 22` of the headers that come with Node.js, `JAVA_VERSION="21.0.5"` of a JDK's release file. */
static PL_STATUS version_in_file(struct pl_image_ask *ask, const char *suffix, const char *mark,
                                 struct pl_slice *ret, struct pl_err *err)
{
    enum { ENOUGH = 16 };
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    uint32_t at = pl_image_find_entry(ask, pl_slice_of(suffix));
    bool read = false;
    if (at == PL_ENTRY_NONE) {
        return PL_OK;
    }
    if (pl_image_bytes(ask, (struct pl_ref){ask->package, at}, &text, &read, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice bytes = pl_buf_view(&text);
    size_t from = pl_slice_find_text(bytes, pl_slice_of(mark));
    size_t behind = from + pl_slice_of(mark).len;
    return read && from < bytes.len
               ? pl_arena_dup(ask->arena, pl_slice_sub(bytes, behind, behind + ENOUGH), ret, err)
               : PL_OK;
}

/* "python3.12", when the interpreter's own file is called so. */
static struct pl_slice python_name(const struct pl_image_ask *ask)
{
    struct pl_hit aws = pl_view_find(ask->view, PL_SLICE("/"), PL_SLICE("/var/lang/bin/python3"));
    const struct pl_entry *e = pl_ref_entry(ask->run->is_aws ? aws.at : ask->run->program);
    struct pl_slice name = e ? pl_slice_basename(e->name) : (struct pl_slice){0};
    return pl_slice_starts(name, PL_SLICE("python3.")) ? name : (struct pl_slice){0};
}

/* What says the version: variables that the official images set, else paths and files. */
static PL_STATUS find_version(struct pl_image_ask *ask, struct pl_slice *ret, struct pl_err *err)
{
    static const char *const variables[] = {[PL_LANG_PYTHON] = "PYTHON_VERSION",
                                            [PL_LANG_NODEJS] = "NODE_VERSION",
                                            [PL_LANG_RUBY] = "RUBY_VERSION",
                                            [PL_LANG_JAVA] = "JAVA_VERSION",
                                            [PL_LANG_DOTNET] = "DOTNET_VERSION"};
    enum pl_language language = (enum pl_language)ask->run->language;
    *ret = language == PL_LANG_PYTHON ? python_name(ask) : (struct pl_slice){0};
    if (ret->len == 0) {
        *ret = pl_image_env(&ask->env, variables[language]);
    }
    if (ret->len > 0) {
        return PL_OK;
    }
    if (language == PL_LANG_NODEJS) {
        return version_in_file(ask, "include/node/node_version.h", "NODE_MAJOR_VERSION ", ret, err);
    }
    if (language == PL_LANG_JAVA) {
        return version_in_file(ask, "var/lang/release", "JAVA_VERSION=", ret, err);
    }
    *ret = version_in_paths(ask, language == PL_LANG_PYTHON ? PL_SLICE("lib/python")
                                 : language == PL_LANG_RUBY
                                     ? PL_SLICE("lib/ruby/")
                                     : PL_SLICE("shared/Microsoft.NETCore.App/"));
    return PL_OK;
}

PL_STATUS pl_image_find_runtime(struct pl_image_ask *ask, struct pl_err *err)
{
    static const struct {
        const char *before, *after;
        bool minor; /* is a part of the name */
    } ids[] = {[PL_LANG_PYTHON] = {"python", "", true},
               [PL_LANG_RUBY] = {"ruby", "", true},
               [PL_LANG_NODEJS] = {"nodejs", ".x", false},
               [PL_LANG_JAVA] = {"java", "", false},
               [PL_LANG_DOTNET] = {"dotnet", "", false}};
    size_t language = ask->run->language;
    struct pl_slice said = {0};
    struct pl_slice major;
    struct pl_slice minor;
    struct pl_slice id;
    if (ask->run->runtime || !ask->run->has_language || language >= sizeof ids / sizeof *ids ||
        !ids[language].before) {
        return PL_OK;
    }
    if (find_version(ask, &said, err) != PL_OK) {
        return err->code;
    }
    if (!read_version(said, &major, &minor)) {
        ask->run->why_no_runtime = "the image does not say which version of its language it has";
        return PL_OK;
    }
    minor = ids[language].minor ? minor : (struct pl_slice){0};
    if (pl_arena_fmt(ask->arena, &id, err, "%s%.*s%s%.*s%s", ids[language].before, PL_ARG(major),
                     minor.len > 0 ? "." : "", PL_ARG(minor), ids[language].after) != PL_OK) {
        return err->code;
    }
    ask->run->runtime = pl_runtime_find(id);
    ask->run->why_no_runtime =
        ask->run->runtime ? NULL : "Lambda has no runtime of the language's version in the image";
    return PL_OK;
}
