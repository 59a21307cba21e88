/* What messages call a source. */
#include "pkg/base/text.h"
#include "pkg/build/install.h"

/* The first line of a command, not longer than that. */
static struct pl_slice command_start(struct pl_slice text)
{
    enum { MOST = 60 };
    struct pl_slice line = pl_slice_trim(pl_slice_sub(text, 0, pl_slice_find(text, '\n')));
    size_t n = MOST;
    if (line.len > n) {
        while (n > 0 && ((unsigned char)line.ptr[n] & 0xc0u) == 0x80u) {
            n--; /* not in the middle of a character */
        }
        line.len = n;
    }
    return line;
}

enum pl_status pl_source_label(const struct pl_source *source, struct pl_arena *arena,
                               struct pl_slice *ret, struct pl_err *err)
{
    static const char *const kinds[] = {
        [PL_SOURCE_PATH] = "",           [PL_SOURCE_ARCHIVE] = "",  [PL_SOURCE_TEXT] = "",
        [PL_SOURCE_PYTHON] = "python: ", [PL_SOURCE_NPM] = "npm: ", [PL_SOURCE_RUN] = "run: "};
    struct pl_slice text = pl_slice_trim(source->path.text);
    struct pl_slice line = source->kind == PL_SOURCE_RUN ? command_start(text) : text;
    struct pl_slice safe;
    return pl_text_safe(arena, line, &safe, err) != PL_OK
               ? err->code
               : pl_arena_fmt(arena, ret, err, "%s%.*s%s", kinds[source->kind], (int)safe.len,
                              safe.ptr, line.len < text.len ? " ..." : "");
}
