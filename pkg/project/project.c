#include "pkg/project/project.h"

#include "pkg/base/limits.h"

#include <string.h>

/* Texts and declarations of one project; the defaults' environment is copied per function. */
#define PL_MAX_PROJECT_BYTES PL_MB(256)

void pl_project_init(struct pl_project *project)
{
    *project = (struct pl_project){.root = PL_SLICE(".")};
    pl_arena_init(&project->arena, PL_MAX_PROJECT_BYTES);
}

void pl_project_done(struct pl_project *project)
{
    if (!project) {
        return;
    }
    pl_arena_done(&project->arena);
    pl_project_init(project);
}

/* Takes the first line off *rest; a line ends with LF, CR LF or a lone CR, as positions count.
 * False when it was the last one. */
static bool next_line(struct pl_slice *rest, struct pl_slice *ret)
{
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != '\n' && rest->ptr[end] != '\r') {
        end++;
    }
    bool more = end < rest->len;
    bool both = end + 1 < rest->len && rest->ptr[end] == '\r' && rest->ptr[end + 1] == '\n';
    *ret = pl_slice_sub(*rest, 0, end);
    *rest = pl_slice_sub(*rest, end + (both ? 2 : 1), rest->len);
    return more;
}

/* Columns are counted behind a byte order mark. */
static struct pl_slice without_mark(struct pl_slice text)
{
    return pl_slice_starts(text, PL_SLICE("\xef\xbb\xbf")) ? pl_slice_sub(text, 3, text.len) : text;
}

/* Where the line behind the one at `pos` begins, or SIZE_MAX. */
static size_t next_start(struct pl_slice text, size_t pos, bool has_cr)
{
    struct pl_slice rest = pl_slice_sub(text, pos, text.len);
    struct pl_slice line;
    if (has_cr) {
        return next_line(&rest, &line) ? text.len - rest.len : SIZE_MAX;
    }
    size_t end = pl_slice_find(rest, '\n'); /* many times quicker, and nearly always enough */
    return end < rest.len ? pos + end + 1 : SIZE_MAX;
}

/* Reports quote lines by the thousand: they are found by number. */
static enum pl_status index_lines(struct pl_project *project, struct pl_source_file *file,
                                  struct pl_err *err)
{
    struct pl_slice text = file->text;
    bool has_cr = pl_slice_find(text, '\r') < text.len;
    size_t start = text.len - without_mark(text).len;
    size_t n = 0;
    if (text.len > UINT32_MAX) {
        return pl_err_set(err, PL_ERR_LIMIT, "%.*s: too large", (int)file->path.len,
                          file->path.ptr);
    }
    for (size_t at = start; at != SIZE_MAX; at = next_start(text, at, has_cr)) {
        n++;
    }
    file->line = pl_arena_new(&project->arena, n, sizeof *file->line, err);
    if (!file->line) {
        return err->code;
    }
    for (size_t at = start; at != SIZE_MAX; at = next_start(text, at, has_cr)) {
        file->line[file->n_line++] = (uint32_t)at;
    }
    return PL_OK;
}

PL_STATUS pl_project_add_file(struct pl_project *project, struct pl_slice path,
                              struct pl_slice text, uint32_t *ret_file, struct pl_err *err)
{
    /* A handful of files at most: a new array each time costs less than a capacity to keep. */
    uint32_t n = project->n_file;
    struct pl_source_file *file = pl_arena_new(&project->arena, (size_t)n + 1, sizeof *file, err);
    if (!file) {
        return err->code;
    }
    if (pl_arena_dup(&project->arena, path, &file[n].path, err) != PL_OK ||
        pl_arena_dup(&project->arena, text, &file[n].text, err) != PL_OK ||
        index_lines(project, &file[n], err) != PL_OK) {
        return err->code;
    }
    if (n > 0) {
        memcpy(file, project->file, n * sizeof *file);
    }
    project->file = file;
    project->n_file = n + 1;
    *ret_file = n + 1;
    return PL_OK;
}

uint32_t pl_project_find_function(const struct pl_project *project, struct pl_slice id)
{
    for (uint32_t i = 0; i < project->n_function; i++) {
        if (pl_slice_eq(project->function[i].id, id)) {
            return i;
        }
    }
    return PL_NO_INDEX;
}

uint32_t pl_project_find_layer(const struct pl_project *project, struct pl_slice id)
{
    for (uint32_t i = 0; i < project->n_layer; i++) {
        if (pl_slice_eq(project->layer[i].id, id)) {
            return i;
        }
    }
    return PL_NO_INDEX;
}

bool pl_project_line(const struct pl_project *project, struct pl_pos at, struct pl_slice *ret)
{
    if (at.file == 0 || at.file > project->n_file || at.line == 0) {
        return false;
    }
    const struct pl_source_file *file = &project->file[at.file - 1];
    if (at.line > file->n_line) {
        return false;
    }
    /* A plan of 50 MB is one line, of which findings by the thousand are quoted: not read again. */
    bool is_last = at.line == file->n_line;
    size_t end = is_last ? file->text.len : file->line[at.line];
    struct pl_slice line = pl_slice_sub(file->text, file->line[at.line - 1], end);
    if (!is_last) {
        line.len -= pl_slice_ends(line, PL_SLICE("\r\n")) ? 2 : 1;
    }
    *ret = line;
    return true;
}

PL_STATUS pl_project_path(struct pl_project *project, struct pl_slice path, struct pl_slice *ret,
                          struct pl_err *err)
{
    struct pl_slice root = project->root;
    if (path.len > 0 && path.ptr[0] == '/') {
        return pl_arena_dup(&project->arena, path, ret, err);
    }
    while (pl_slice_starts(path, PL_SLICE("./"))) {
        path = pl_slice_sub(path, 2, path.len);
    }
    if (pl_slice_is(root, ".")) {
        return pl_arena_dup(&project->arena, path.len > 0 ? path : root, ret, err);
    }
    if (path.len == 0 || pl_slice_is(path, ".")) {
        return pl_arena_dup(&project->arena, root, ret, err);
    }
    return pl_arena_fmt(&project->arena, ret, err, "%.*s/%.*s", (int)root.len, root.ptr,
                        (int)path.len, path.ptr);
}

/* "a/b" for "a/b/plimsoll.yaml", "." for "plimsoll.yaml", "/." for "/plimsoll.yaml". */
PL_STATUS pl_project_set_root(struct pl_project *project, const char *path, struct pl_err *err)
{
    struct pl_slice whole = pl_slice_of(path);
    struct pl_slice folder = pl_slice_dirname(whole);
    if (folder.len == 0) {
        project->root = whole.len > 0 && whole.ptr[0] == '/' ? PL_SLICE("/.") : PL_SLICE(".");
        return PL_OK;
    }
    return pl_arena_dup(&project->arena, folder, &project->root, err);
}
