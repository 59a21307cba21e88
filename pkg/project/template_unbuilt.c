/*
 * Is something still to be done to a folder that is uploaded as it stands?  `aws cloudformation
 * package` builds nothing, so what it names is the package; in a fresh clone it may be one that
 * pip, npm or a compiler has yet to fill, and then its gaps are no mistakes.
 */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/lambda/modules.h"
#include "pkg/project/template_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

static const char WHY_BUILD[] = "not built: run your build first";
static const char WHY_PIP[] =
    "not built: install requirements.txt into the folder (pip install -t)";
static const char WHY_NPM[] = "not built: run npm ci in the folder";
static const char WHY_EMPTY[] = "not built: no file of the runtime's language stands there";
static const char WHY_BUNDLE[] = "not built: run bundle install in the folder";

enum {
    MAX_NAMES = 100000, /* looked at in one folder */
    MAX_LIST_BYTES = 1024 * 1024
};

/* What stands in a folder, and in its python/ and nodejs/ when it is a layer's. */
struct signs {
    bool build, requirements, package, gems;   /* what says that there is something to do */
    bool installed_py, installed_js, vendored; /* what says that it was done */
    bool is_there; /* a file of the language, or where the handler says that it stands */
    struct pl_slice first, ends[3]; /* the handler's first name; endings of the language */
};

static bool is_build_file(struct pl_slice name)
{
    static const char *const names[] = {"pom.xml",
                                        "build.gradle",
                                        "build.gradle.kts",
                                        "build.sbt",
                                        "go.mod",
                                        "Cargo.toml",
                                        "Makefile",
                                        "CMakeLists.txt",
                                        "tsconfig.json",
                                        "rollup.config.js",
                                        "webpack.config.js",
                                        "webpack.config.ts",
                                        "rollup.config.mjs",
                                        "esbuild.js",
                                        "esbuild.mjs",
                                        "Package.swift",
                                        "vite.config.ts",
                                        "vite.config.js"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (pl_slice_is(name, names[i])) {
            return true;
        }
    }
    return pl_slice_ends(name, PL_SLICE(".csproj")) || pl_slice_ends(name, PL_SLICE(".fsproj")) ||
           pl_slice_ends(name, PL_SLICE(".sln"));
}

static void note(struct signs *signs, struct pl_slice name)
{
    signs->is_there = signs->is_there || (signs->first.len > 0 && pl_slice_eq(signs->first, name));
    for (size_t i = 0; i < 3; i++) {
        signs->is_there =
            signs->is_there || (signs->ends[i].len > 0 && pl_slice_ends(name, signs->ends[i]));
    }
    signs->build = signs->build || is_build_file(name);
    signs->requirements = signs->requirements || pl_slice_is(name, "requirements.txt") ||
                          pl_slice_is(name, "Pipfile");
    signs->package = signs->package || pl_slice_is(name, "package.json");
    signs->gems = signs->gems || pl_slice_is(name, "Gemfile");
    signs->installed_py = signs->installed_py || pl_slice_ends(name, PL_SLICE(".dist-info")) ||
                          pl_slice_ends(name, PL_SLICE(".egg-info"));
    signs->installed_js = signs->installed_js || pl_slice_is(name, "node_modules");
    signs->vendored = signs->vendored || pl_slice_is(name, "vendor");
}

/* `inner`: a folder below it, or "". */
static PL_STATUS look(struct pl_slice folder, const char *inner, struct signs *signs,
                      struct pl_err *err)
{
    char path[PL_MAX_PATH + 64];
    int n = snprintf(path, sizeof path, "%.*s/%s", (int)folder.len, folder.ptr, inner);
    DIR *dir = n > 0 && (size_t)n < sizeof path ? opendir(path) : NULL;
    if (!dir) {
        return errno == ENOMEM ? pl_err_sys(err, errno, "%s", path) : PL_OK;
    }
    const struct dirent *it = readdir(dir);
    for (size_t i = 0; i < MAX_NAMES && it; i++, it = readdir(dir)) {
        note(signs, pl_slice_of(it->d_name));
    }
    (void)closedir(dir);
    return PL_OK;
}

/* "requests" of "requests[socks]>=2 ; python_version > '3'  # why"; empty: no requirement. */
static struct pl_slice requirement_of(struct pl_slice line)
{
    size_t n = 0;
    line = pl_slice_trim(line);
    while (n < line.len && ((line.ptr[n] >= 'a' && line.ptr[n] <= 'z') ||
                            (line.ptr[n] >= 'A' && line.ptr[n] <= 'Z') ||
                            (line.ptr[n] >= '0' && line.ptr[n] <= '9') || line.ptr[n] == '-' ||
                            line.ptr[n] == '_' || line.ptr[n] == '.')) {
        n++;
    }
    return line.len > 0 && line.ptr[0] == '-' ? line : pl_slice_sub(line, 0, n);
}

/* A list with nothing but comments and what every Python runtime brings asks for no installation.
 */
static bool asks_nothing(struct pl_slice text)
{
    struct pl_slice line;
    while (pl_slice_next(&text, '\n', &line)) {
        struct pl_slice name = requirement_of(line);
        if (name.len > 0 && !pl_python_brings(name)) {
            return false;
        }
    }
    return true;
}

/* The same of a file beside the code; one that cannot be read asks for something. */
static bool lists_nothing(struct pl_slice folder, const char *name, bool is_npm)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = MAX_LIST_BYTES};
    struct pl_err ignored;
    if (pl_buf_fmt(&path, &ignored, "%.*s/%s", (int)folder.len, folder.ptr, name) != PL_OK ||
        pl_file_read(path.data, &text, &ignored) != PL_OK) {
        return false;
    }
    struct pl_slice view = pl_buf_view(&text);
    return is_npm ? pl_slice_find_text(view, PL_SLICE("\"dependencies\"")) == view.len
                  : asks_nothing(view);
}

/* Where its handler is looked for, when the runtime takes source files; else nothing is asked. */
static void set_language(struct signs *signs, const struct pl_tp_code *code)
{
    static const char *const ends[][3] = {
        {".py", ".pyc", ".so"}, {".js", ".mjs", ".cjs"}, {".rb", ".rb", ".rb"}};
    static const char *const languages[] = {"python", "nodejs", "ruby"};
    size_t i = 0;
    while (i < 3 && (code->runtime.known != PL_GIVEN ||
                     !pl_slice_starts(code->runtime.text, pl_slice_of(languages[i])))) {
        i++;
    }
    signs->is_there = i == 3 || code->is_layer || code->handler.len == 0;
    for (size_t k = 0; i < 3 && k < 3; k++) {
        signs->ends[k] = pl_slice_of(ends[i][k]);
    }
    size_t slash = pl_slice_find(code->handler, '/');
    size_t dot = pl_slice_find(code->handler, '.');
    signs->first = pl_slice_sub(code->handler, 0, slash < dot ? slash : dot);
}

PL_STATUS pl_tp_find_unbuilt(const struct pl_tp_code *code, struct pl_slice folder,
                             const char **ret_why, struct pl_err *err)
{
    struct signs signs = {0};
    set_language(&signs, code);
    enum pl_status status = look(folder, "", &signs, err);
    if (!status && code->is_layer) {
        status = look(folder, "python", &signs, err);
        status = status ? status : look(folder, "nodejs", &signs, err);
    }
    if (status) {
        return status;
    }
    bool has_python = signs.requirements && !signs.installed_py &&
                      (code->is_layer || !lists_nothing(folder, "requirements.txt", false));
    bool has_npm = signs.package && !signs.installed_js &&
                   (code->is_layer || !lists_nothing(folder, "package.json", true));
    *ret_why = signs.build                     ? WHY_BUILD
               : has_python                    ? WHY_PIP
               : has_npm                       ? WHY_NPM
               : signs.gems && !signs.vendored ? WHY_BUNDLE
               : !signs.is_there               ? WHY_EMPTY
                                               : NULL;
    return PL_OK;
}
