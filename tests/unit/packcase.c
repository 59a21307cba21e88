#include "tests/unit/packcase.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOURCES = 3, PATTERNS = 6, TEXT_MAX = 64 * 1024 };

static char scratch[512];

void scratch_enter(void)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(scratch, sizeof(scratch), "%s/pl-test-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(chmod(scratch, 0755), 0); /* tests that drop root look in, too */
    ck_assert_int_eq(chdir(scratch), 0);
}

void scratch_leave(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    const char *const clean[] = {"rm", "-rf", scratch, NULL};
    ck_assert_int_eq(tool(clean, NULL), 0);
}

void put_bytes(const char *path, const void *bytes, size_t n)
{
    struct pl_err err = {.code = PL_OK};
    char folder[4096];
    struct pl_slice up = pl_slice_dirname(pl_slice_of(path));
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)up.len, up.ptr);
    if (up.len > 0) {
        ck_assert_msg(pl_file_mkdirs(folder, &err) == PL_OK, "%s", err.msg);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
    ck_assert_msg(pl_file_pwrite(fd, path, bytes, n, 0, &err) == PL_OK, "%s", err.msg);
    ck_assert_int_eq(fchmod(fd, 0644), 0);
    ck_assert_int_eq(close(fd), 0);
}

void put(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

void put_thin_noise(const char *path, size_t n, uint32_t seed, size_t share)
{
    unsigned char *bytes = malloc(n + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < n; i += 64) {
        size_t part = n - i < 64 ? n - i : 64;
        memset(bytes + i, (int)(i / 4096), part);
        for (size_t k = 0; (i / 64) % share == 0 && k < part; k++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i + k] = (unsigned char)(seed >> 24);
        }
    }
    put_bytes(path, bytes, n);
    free(bytes);
}

void put_noise(const char *path, size_t n, uint32_t seed)
{
    put_thin_noise(path, n, seed, 2);
}

void put_link(const char *path, const char *target)
{
    ck_assert_msg(symlink(target, path) == 0, "%s: %s", path, strerror(errno));
}

void put_folder(const char *path)
{
    struct pl_err err = {.code = PL_OK};
    ck_assert_msg(pl_file_mkdirs(path, &err) == PL_OK, "%s", err.msg);
}

static void become(const char *const *argv, const char *out)
{
    char *args[16] = {NULL};
    int from = open("/dev/null", O_RDONLY);
    int to = open(out ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (from < 0 || to < 0 || dup2(from, 0) < 0 || dup2(to, 1) < 0 || (!out && dup2(to, 2) < 0)) {
        _exit(126);
    }
    for (int i = 0; argv[i] && i < 15; i++) {
        args[i] = strdup(argv[i]);
    }
    (void)execvp(args[0], args);
    _exit(127);
}

int tool(const char *const *argv, const char *out)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        become(argv, out);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    if (code != 127) {
        return code;
    }
    const char *ci = getenv("CI");
    ck_assert_msg(!ci || strcmp(ci, "true") != 0, "%s is missing", argv[0]);
    (void)fprintf(stderr, "SKIPPED: %s is missing, nothing is compared with it\n", argv[0]);
    return -1;
}

static struct pl_patterns patterns_of(const char *const *text, struct pl_value *value)
{
    struct pl_patterns patterns = {.at = value};
    for (; patterns.n < PATTERNS && text[patterns.n]; patterns.n++) {
        value[patterns.n] =
            (struct pl_value){.known = PL_GIVEN, .text = pl_slice_of(text[patterns.n])};
    }
    return patterns;
}

enum pl_status case_plan(struct pl_plan *ret, const struct case_pack *pack, struct pl_err *err)
{
    struct pl_value value[SOURCES * 2 + 2][PATTERNS];
    struct pl_source source[SOURCES];
    struct pl_function_decl function = {.id = PL_SLICE("f")};
    struct pl_layer_decl layer = {.id = PL_SLICE("l")};
    const struct pl_project project = {.root = PL_SLICE("."),
                                       .function = &function,
                                       .n_function = 1,
                                       .layer = &layer,
                                       .n_layer = 1};
    uint32_t n = 0;
    for (; n < SOURCES && pack->source[n].path; n++) {
        const struct case_source *from = &pack->source[n];
        source[n] = from->how;
        source[n].path = (struct pl_value){.known = PL_GIVEN, .text = pl_slice_of(from->path)};
        source[n].include = patterns_of(from->include, value[2 * n]);
        source[n].exclude = patterns_of(from->exclude, value[2 * n + 1]);
        if (from->to) {
            source[n].to = (struct pl_value){.known = PL_GIVEN, .text = pl_slice_of(from->to)};
        }
    }
    struct pl_patterns include = patterns_of(pack->include, value[2 * SOURCES]);
    struct pl_patterns exclude = patterns_of(pack->exclude, value[2 * SOURCES + 1]);
    const struct pl_plan_request request = {
        .project = &project,
        .source = source,
        .n_source = n,
        .include = &include,
        .exclude = &exclude,
        .prune = pack->prune,
        .pyc = pack->pyc,
        .output_dir = pl_slice_of(pack->output_dir ? pack->output_dir : "dist"),
        .what = PL_SLICE("function f"),
    };
    return pl_plan_make(ret, &request, NULL, err);
}

const char *case_text(const struct pl_plan *plan)
{
    static char text[TEXT_MAX];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < plan->n && n < TEXT_MAX - 1024; i++) {
        const struct pl_plan_item *item = &plan->item[i];
        int more =
            snprintf(text + n, TEXT_MAX - n, "%s%.*s%s", i > 0 ? " " : "", (int)item->name.len,
                     item->name.ptr, item->type == PL_ENTRY_FOLDER ? "/" : "");
        n += (size_t)more;
        if (item->type == PL_ENTRY_LINK) {
            more = snprintf(text + n, TEXT_MAX - n, "->%.*s", (int)item->link.len, item->link.ptr);
        } else if (item->mode != 0644) {
            more = snprintf(text + n, TEXT_MAX - n, ":%o", (unsigned)item->mode);
        } else {
            more = 0;
        }
        n += (size_t)more;
    }
    return text;
}

void case_is(const struct case_pack *pack, const char *want)
{
    struct pl_plan plan = {0};
    struct pl_err err = {.code = PL_OK};
    enum pl_status status = case_plan(&plan, pack, &err);
    ck_assert_msg(status == PL_OK, "%s", err.msg);
    ck_assert_str_eq(case_text(&plan), want);
    pl_plan_done(&plan);
}

void case_fails(const struct case_pack *pack, enum pl_status code, const char *const *text)
{
    struct pl_plan plan = {.n = 77};
    struct pl_err err = {.code = PL_OK};
    enum pl_status status = case_plan(&plan, pack, &err);
    ck_assert_msg(status == code, "%s instead of %s: %s", pl_status_text(status),
                  pl_status_text(code), status == PL_OK ? case_text(&plan) : err.msg);
    ck_assert_uint_eq(plan.n, 77);
    for (; *text; text++) {
        ck_assert_msg(strstr(err.msg, *text), "no \"%s\" in: %s", *text, err.msg);
    }
}

enum pl_status case_write(const char *from, const char *zip, unsigned workers, struct pl_err *err)
{
    const struct case_pack pack = {.source = {{.path = from}}};
    const struct pl_pack_options options = {.level = PL_LEVEL_DEFAULT, .workers = workers};
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    enum pl_status status = case_plan(&plan, &pack, err);
    if (status == PL_OK) {
        status = pl_pack_write(&result, &plan, zip, &options, err);
    }
    pl_plan_done(&plan);
    return status;
}
