/* What can be wrong with a name in any container. */
#include "pkg/archive/tree.h"
#include "pkg/base/text.h"

#include <string.h>

static bool has_dot_component(struct pl_slice name)
{
    struct pl_slice part;
    for (struct pl_slice rest = name; pl_slice_next(&rest, '/', &part);) {
        if (part.len == 0 || (part.len == 1 && part.ptr[0] == '.')) {
            return true;
        }
    }
    return false;
}

static bool has_parent_component(struct pl_slice name)
{
    struct pl_slice part;
    for (struct pl_slice rest = name; pl_slice_next(&rest, '/', &part);) {
        /* A reader on Windows, or one that turns backslashes, sees these as separators too. */
        struct pl_slice piece;
        while (pl_slice_next(&part, '\\', &piece)) {
            if (pl_slice_is(piece, "..")) {
                return true;
            }
        }
    }
    return false;
}

static bool is_drive(struct pl_slice name)
{
    /* "a:b" is a plain name on Linux; with a separator behind it nobody means one. */
    if (name.len < 3 || name.ptr[1] != ':' || (name.ptr[2] != '/' && name.ptr[2] != '\\')) {
        return false;
    }
    char c = name.ptr[0];
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

enum { NAME_HAS_CONTROL = 1, NAME_HAS_HIGH = 2, NAME_HAS_BACKSLASH = 4 };

static unsigned name_bytes(struct pl_slice name)
{
    unsigned seen = 0;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        seen |= (c < 0x20 || c == 0x7f) ? NAME_HAS_CONTROL : 0u;
        seen |= c >= 0x80 ? NAME_HAS_HIGH : 0u;
        seen |= c == '\\' ? NAME_HAS_BACKSLASH : 0u;
    }
    return seen;
}

PL_STATUS pl_tree_check_name(struct pl_tree *tree, struct pl_slice bytes, bool marked,
                             struct pl_issue at, struct pl_err *err)
{
    struct pl_slice name = bytes;
    if (name.len > 1 && name.ptr[name.len - 1] == '/') {
        name.len--;
    }
    unsigned seen = name_bytes(name);
    bool absolute = name.len > 0 && name.ptr[0] == '/';
    const struct {
        bool bad;
        enum pl_issue_kind what;
    } row[] = {
        {name.len == 0, PL_ISSUE_NAME_EMPTY},
        {absolute, PL_ISSUE_NAME_ABSOLUTE},
        {has_parent_component(name), PL_ISSUE_NAME_PARENT},
        {is_drive(name), PL_ISSUE_NAME_DRIVE},
        {(seen & NAME_HAS_CONTROL) != 0, PL_ISSUE_NAME_CONTROL},
        {name.len > 0 && !absolute && has_dot_component(name), PL_ISSUE_NAME_DOT},
        {(seen & NAME_HAS_BACKSLASH) != 0, PL_ISSUE_NAME_BACKSLASH},
        {(seen & NAME_HAS_HIGH) != 0 && (!marked || !pl_utf8_valid(name)), PL_ISSUE_NAME_ENCODING},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (row[i].bad) {
            at.what = (uint16_t)row[i].what;
            enum pl_status status = pl_tree_issue(tree, at, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    return PL_OK;
}

PL_STATUS pl_tree_tidy_name(struct pl_tree *tree, struct pl_slice name, struct pl_slice *ret,
                            struct pl_err *err)
{
    if (name.len == 0 || name.ptr[0] == '/' || has_parent_component(name) ||
        !has_dot_component(name)) {
        *ret = name;
        return PL_OK;
    }
    char *tidy = pl_arena_new(&tree->arena, name.len, 1, err);
    if (!tidy) {
        return err->code;
    }
    size_t n = 0;
    struct pl_slice part;
    for (struct pl_slice rest = name; pl_slice_next(&rest, '/', &part);) {
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (n > 0) {
            tidy[n++] = '/';
        }
        memcpy(tidy + n, part.ptr, part.len);
        n += part.len;
    }
    *ret = n > 0 ? (struct pl_slice){tidy, n} : PL_SLICE(".");
    return PL_OK;
}
