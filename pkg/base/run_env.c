/* What a program is started with: where it stands, its environment; and what is shown of its end.
 */
#include "pkg/base/limits.h"
#include "pkg/base/run.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

enum pl_status pl_run_find(struct pl_arena *arena, const char *name, const char *path,
                           struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice rest = pl_slice_of(path);
    struct pl_slice folder;
    struct pl_buf at PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    while (!strchr(name, '/') && pl_slice_next(&rest, ':', &folder)) {
        /* A relative one means another place in each folder: nothing to take programs from. */
        if (folder.len == 0 || folder.ptr[0] != '/') {
            continue;
        }
        pl_buf_clear(&at);
        if (pl_buf_slice(&at, folder, err) != PL_OK || pl_buf_byte(&at, '/', err) != PL_OK ||
            pl_buf_text(&at, name, err) != PL_OK) {
            return err->code;
        }
        if (is_program(at.data)) {
            return pl_arena_dup(arena, pl_buf_view(&at), ret, err);
        }
    }
    return pl_err_set(err, PL_ERR_MISSING, "%s: not found on PATH", name);
}

/* Does "NAME=VALUE" begin with this name?  The name ends at '=' or its end. */
static bool is_of_name(const char *variable, const char *name)
{
    size_t n = strcspn(name, "=");
    return strncmp(variable, name, n) == 0 && variable[n] == '=';
}

const char *pl_run_env_get(const char *const *env, const char *name)
{
    for (; *env; env++) {
        if (is_of_name(*env, name)) {
            return *env + strlen(name) + 1;
        }
    }
    return NULL;
}

static size_t count(const char *const *list)
{
    size_t n = 0;
    while (list[n]) {
        n++;
    }
    return n;
}

static bool is_changed(const char *variable, const char *const *change)
{
    for (; *change; change++) {
        if (is_of_name(variable, *change)) {
            return true;
        }
    }
    return false;
}

enum pl_status pl_run_env_with(struct pl_arena *arena, const char *const *base,
                               const char *const *change, const char *const **ret,
                               struct pl_err *err)
{
    const char **list = pl_arena_new(arena, count(base) + count(change) + 1, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    size_t n = 0;
    for (; *base; base++) {
        if (!is_changed(*base, change)) {
            list[n++] = *base;
        }
    }
    for (; *change; change++) {
        /* Of two for one name the later one counts. */
        if (strchr(*change, '=') && !is_changed(*change, change + 1)) {
            list[n++] = *change;
        }
    }
    *ret = list;
    return PL_OK;
}

struct pl_slice pl_run_last_lines(struct pl_slice text, unsigned lines)
{
    struct pl_slice all = pl_slice_trim(text);
    size_t from = all.len;
    while (from > 0 && (all.ptr[from - 1] != '\n' || --lines > 0)) {
        from--;
    }
    return pl_slice_sub(all, from, all.len);
}
