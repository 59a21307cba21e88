/*
 * The commands that a wheel only names: an installer writes a script for each.
 * https://packaging.python.org/en/latest/specifications/entry-points/, read 2026-11-24
 */
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/build/unpack.h"

#define PL_MAX_ENTRY_POINTS PL_MB(1)
enum { COMMANDS_MAX = 256, COMMAND_NAME_MAX = 128 };

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Words with dots between them, and, in a command's name, with dashes. */
static bool is_dotted(struct pl_slice text, bool is_command)
{
    bool ok = text.len > 0 && text.len <= COMMAND_NAME_MAX && text.ptr[0] != '.';
    for (size_t i = 0; i < text.len && ok; i++) {
        ok = is_word(text.ptr[i]) || text.ptr[i] == '.' || (is_command && text.ptr[i] == '-');
    }
    return ok;
}

/* "name = module:attribute [extra]"; what is none is left to the tools that ask for it. */
static bool read_line(struct pl_slice line, struct pl_slice *name, struct pl_slice *module,
                      struct pl_slice *attribute)
{
    size_t equals = pl_slice_find(line, '=');
    struct pl_slice value = pl_slice_sub(line, equals + 1, line.len);
    value = pl_slice_sub(value, 0, pl_slice_find(value, '['));
    size_t colon = pl_slice_find(value, ':');
    *name = pl_slice_trim(pl_slice_sub(line, 0, equals));
    *module = pl_slice_trim(pl_slice_sub(value, 0, colon));
    *attribute = pl_slice_trim(pl_slice_sub(value, colon + 1, value.len));
    return equals < line.len && is_dotted(*name, true) && is_dotted(*module, false) &&
           is_dotted(*attribute, false);
}

static enum pl_status add_command(struct pl_unpack *unpack, const struct pl_tree *tree,
                                  struct pl_slice line, struct pl_err *err)
{
    struct pl_slice name;
    struct pl_slice module;
    struct pl_slice attribute;
    struct pl_slice script;
    struct pl_content *content = NULL;
    struct pl_slice data = unpack->wheel->data;
    struct pl_member member = {.type = PL_ENTRY_FILE};
    if (!read_line(line, &name, &module, &attribute)) {
        return PL_OK;
    }
    if (pl_arena_fmt(&unpack->select->scratch, &member.name, err, "%.*sscripts/%.*s", (int)data.len,
                     data.ptr, (int)name.len, name.ptr) != PL_OK) {
        return err->code;
    }
    uint64_t old = 0;
    if (pl_tree_find(tree, member.name) != PL_ENTRY_NONE ||
        pl_map_get(&unpack->names, member.name, &old)) {
        return PL_OK; /* the wheel has that script, or names it twice */
    }
    struct pl_slice root = pl_slice_sub(attribute, 0, pl_slice_find(attribute, '.'));
    if (pl_unpack_enter(unpack, &member, err) != PL_OK) {
        return err->code;
    }
    if (!member.taken) {
        return PL_OK;
    }
    if (pl_arena_fmt(&unpack->select->scratch, &script, err,
                     "#!/usr/bin/env python3\nimport sys\n\nfrom %.*s import %.*s\n\n"
                     "sys.exit(%.*s())\n",
                     (int)module.len, module.ptr, (int)root.len, root.ptr, (int)attribute.len,
                     attribute.ptr) != PL_OK ||
        pl_unpack_count(unpack, script.len, true, err) != PL_OK ||
        pl_content_text(unpack->select->plan, script, &content, err) != PL_OK) {
        return err->code;
    }
    const struct pl_select_bytes bytes = {.content = content, .size = script.len, .runs = true};
    return pl_unpack_file(unpack, &member, &bytes, err);
}

enum pl_status pl_unpack_commands(struct pl_unpack *unpack, const struct pl_tree *tree,
                                  struct pl_err *err)
{
    struct pl_slice data = unpack->wheel->data;
    struct pl_slice stem = pl_slice_sub(data, 0, data.len - (sizeof(".data/") - 1));
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_ENTRY_POINTS};
    struct pl_slice path;
    if (pl_arena_fmt(&unpack->select->scratch, &path, err, "%.*s.dist-info/entry_points.txt",
                     (int)stem.len, stem.ptr) != PL_OK) {
        return err->code;
    }
    uint32_t at = pl_tree_find(tree, path);
    if (at == PL_ENTRY_NONE || tree->entry[at].type != PL_ENTRY_FILE ||
        tree->entry[at].size > PL_MAX_ENTRY_POINTS) {
        return PL_OK;
    }
    if (tree->ops->read(tree, at, PL_MAX_ENTRY_POINTS, &text, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice rest = pl_buf_view(&text);
    struct pl_slice line;
    bool in = false;
    for (unsigned n = 0; n < COMMANDS_MAX && rest.ptr && pl_slice_next(&rest, '\n', &line);) {
        line = pl_slice_trim(line);
        if (line.len > 0 && line.ptr[0] == '[') {
            in = pl_slice_is(line, "[console_scripts]") || pl_slice_is(line, "[gui_scripts]");
        } else if (in && line.len > 0 && line.ptr[0] != '#' && line.ptr[0] != ';') {
            n++;
            if (add_command(unpack, tree, line, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}
