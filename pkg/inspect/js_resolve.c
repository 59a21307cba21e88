/* After the scan: identifiers become what they were declared as, and module.exports what it is. */
#include "pkg/inspect/js_read.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FOLLOWED = 4,
    MAX_FRONT = 64 /* bytes in front of a name that are looked at */
};

static int by_name(const void *a, const void *b)
{
    const struct js_declared *x = a;
    const struct js_declared *y = b;
    int order = pl_slice_cmp(x->name, y->name);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

const struct js_declared *js_find_declared(const struct js_read *read, struct pl_slice name)
{
    size_t low = 0;
    size_t high = read->n_declared;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pl_slice_cmp(read->declared[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == read->n_declared || !pl_slice_eq(read->declared[low].name, name)) {
        return NULL;
    }
    bool twice = low + 1 < read->n_declared && pl_slice_eq(read->declared[low + 1].name, name);
    return twice ? NULL : &read->declared[low];
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

/* The next place where the text has `name` as a whole word and not as a member, from *at on. */
static bool next_use(struct js_read *read, struct pl_slice name, uint32_t *at)
{
    while (*at < read->text.len && read->budget > 0) {
        struct pl_slice rest = pl_slice_sub(read->text, *at, read->text.len);
        size_t found = pl_slice_find_text(rest, name);
        size_t used = found + name.len;
        read->budget = used < read->budget ? read->budget - used : 0;
        if (found == rest.len) {
            return false;
        }
        uint32_t from = *at + (uint32_t)found;
        uint32_t to = from + (uint32_t)name.len;
        *at = to;
        bool word = (from == 0 || !is_word(read->text.ptr[from - 1])) &&
                    (to >= read->text.len || !is_word(read->text.ptr[to]));
        bool spread = from > 2 && read->text.ptr[from - 2] == '.';
        bool member = from > 0 && read->text.ptr[from - 1] == '.' && !spread;
        if (word && !member) {
            return true;
        }
    }
    return false;
}

static char char_behind(const struct js_read *read, uint32_t at, uint32_t *ret_at)
{
    while (at < read->text.len && (read->text.ptr[at] == ' ' || read->text.ptr[at] == '\t' ||
                                   read->text.ptr[at] == '\n' || read->text.ptr[at] == '\r')) {
        at++;
    }
    *ret_at = at;
    return at < read->text.len ? read->text.ptr[at] : '\0';
}

/* Is there an `=` (not `==`, not `=>`) at an offset, blanks skipped? */
static bool is_assigned(const struct js_read *read, uint32_t at)
{
    uint32_t from = 0;
    if (char_behind(read, at, &from) != '=') {
        return false;
    }
    char next = from + 1 < read->text.len ? read->text.ptr[from + 1] : '\0';
    return next != '=' && next != '>';
}

/* May a variable have another value than its first? */
static bool may_change(struct js_read *read, const struct js_declared *declared)
{
    uint32_t at = 0;
    while (next_use(read, declared->name, &at)) {
        if (at != declared->at + declared->name.len && is_assigned(read, at)) {
            return true;
        }
    }
    return read->budget == 0;
}

/* Replaces an identifier by what it stands for.  *ret_declared is the last declaration, or NULL. */
static PL_STATUS look_up(struct js_read *read, struct js_value *value,
                         const struct js_declared **ret_declared, struct pl_err *err)
{
    *ret_declared = NULL;
    for (int i = 0; i < MAX_FOLLOWED && value->name.len > 0; i++) {
        const struct js_declared *declared = js_find_declared(read, value->name);
        *ret_declared = declared;
        if (!declared || declared->value == 0) {
            return PL_OK;
        }
        bool changes = !declared->function && !declared->is_class && declared->variable &&
                       may_change(read, declared);
        if (changes) {
            *ret_declared = NULL;
            return PL_OK;
        }
        enum pl_status status = js_classify(read, declared->value, value, err);
        if (status != PL_OK) {
            return status;
        }
        if (declared->function || declared->is_class) {
            value->how = PL_JS_FUNCTION; /* a declaration ends at its brace */
            value->is_class = declared->is_class;
        }
    }
    return PL_OK;
}

static PL_STATUS getters_of(struct js_read *read, struct pl_slice name, bool *ret_found,
                            struct pl_err *err)
{
    *ret_found = false;
    for (size_t i = 0; i < read->n_getters; i++) {
        struct js_getters getters = read->getters[i];
        if (!pl_slice_eq(getters.name, name) || !js_is_getters(read, getters.object)) {
            continue;
        }
        *ret_found = true;
        enum pl_status status = js_read_getters(read, getters.object,
                                                getters.always ? PL_SURE_YES : PL_SURE_MAYBE, err);
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

/* Is NAME an argument of webpack's own helpers?  r(NAME) marks it as a module; d(NAME, {...}) was
 * read when it came by.  `c` stands behind NAME, at the offset `behind`. */
static bool is_bundlers(struct js_read *read, struct pl_slice front, char c, uint32_t behind)
{
    if (c == ')') {
        return pl_slice_ends(front, PL_SLICE(".r("));
    }
    if (c != ',') {
        return false;
    }
    uint32_t at = 0;
    char open = char_behind(read, behind + 1, &at);
    return (open == '{' || open == '[') && js_is_getters(read, at);
}

/* Members that are set on the object behind an identifier elsewhere in the text: name.x = ...
 * `own` is where the identifier is declared; `called`: an argument of a call is a bundler's. */
static PL_STATUS members_set(struct js_read *read, struct pl_slice name, uint32_t own, bool called,
                             struct pl_err *err)
{
    uint32_t at = 0;
    struct js_value unknown = {.how = PL_JS_UNKNOWN, .arity = -1};
    while (next_use(read, name, &at)) {
        uint32_t from = at - (uint32_t)name.len;
        uint32_t behind = 0;
        char c = char_behind(read, at, &behind);
        struct pl_slice front =
            pl_slice_trim(pl_slice_sub(read->text, from > MAX_FRONT ? from - MAX_FRONT : 0, from));
        bool here = pl_slice_ends(front, PL_SLICE("module.exports =")) ||
                    pl_slice_ends(front, PL_SLICE("module.exports="));
        bool local =
            pl_slice_ends(front, PL_SLICE("exports =")) && pl_slice_eq(read->local_exports, name);
        if (from == own || here || local) {
            continue;
        }
        if (c == '(' || (called && is_bundlers(read, front, c, behind))) {
            continue;
        }
        if (c != '.') {
            read->dynamic = true;
            continue;
        }
        uint32_t key = behind + 1;
        uint32_t end = key;
        while (end < read->text.len && is_word(read->text.ptr[end])) {
            end++;
        }
        if (is_assigned(read, end)) {
            enum pl_status status = js_add_found(read, pl_slice_sub(read->text, key, end), &unknown,
                                                 PL_SURE_MAYBE, key, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    read->dynamic = read->dynamic || read->budget == 0;
    return PL_OK;
}

/* var NAME = other: what is set on `other` is set on NAME. */
static PL_STATUS members_of_others(struct js_read *read, struct pl_slice name, struct pl_err *err)
{
    for (int i = 0; i < MAX_FOLLOWED; i++) {
        const struct js_declared *declared = js_find_declared(read, name);
        struct js_value value;
        if (!declared || declared->value == 0 || declared->function || declared->is_class) {
            return PL_OK;
        }
        enum pl_status status = js_classify(read, declared->value, &value, err);
        if (status != PL_OK || value.name.len == 0) {
            return status;
        }
        name = value.name;
        const struct js_declared *other = js_find_declared(read, name);
        status = js_adopt_members(read, name, err);
        if (status == PL_OK && other) {
            status = members_set(read, name, other->at, false, err);
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

/* module.exports = NAME */
static PL_STATUS resolve_name(struct js_read *read, struct pl_slice name, struct pl_err *err)
{
    bool getters = false;
    enum pl_status status = getters_of(read, name, &getters, err);
    if (status == PL_OK) {
        status = js_adopt_members(read, name, err);
    }
    if (status == PL_OK) {
        status = members_of_others(read, name, err);
    }
    if (status != PL_OK) {
        return status;
    }
    struct js_value value = {.name = name, .how = PL_JS_UNKNOWN, .arity = -1};
    const struct js_declared *declared = NULL;
    const struct js_declared *first = js_find_declared(read, name);
    status = look_up(read, &value, &declared, err);
    if (status != PL_OK) {
        return status;
    }
    read->whole = value;
    for (size_t i = 0; i < read->n_found && pl_slice_eq(read->local_exports, name); i++) {
        if (read->found[i].origin == JS_OF_LOCAL) {
            read->found[i].origin = JS_OF_EXPORTS;
        }
    }
    if (!first || !declared) {
        read->dynamic = read->dynamic || !getters;
        return PL_OK;
    }
    bool open = false;
    if (value.object > 0) {
        status = js_read_object(read, value.object - 1, (struct pl_slice){"", 0}, PL_SURE_YES,
                                &open, err);
    } else if (value.require.len > 0) {
        status = js_add_reexport(read, value.require, err);
    } else {
        open = value.how == PL_JS_UNKNOWN || value.is_class;
    }
    read->dynamic = read->dynamic || open;
    return status != PL_OK ? status : members_set(read, name, first->at, getters, err);
}

static PL_STATUS resolve_whole(struct js_read *read, struct pl_err *err)
{
    struct js_value whole = read->whole;
    if (read->also.len > 0) {
        enum pl_status status = members_set(read, read->also, read->also_at, false, err);
        if (status != PL_OK) {
            return status;
        }
    }
    if (whole.name.len > 0) {
        return resolve_name(read, whole.name, err);
    }
    if (whole.argument.len > 0) {
        bool getters = false;
        enum pl_status status = getters_of(read, whole.argument, &getters, err);
        read->dynamic = read->dynamic || !getters;
        return status;
    }
    bool known = whole.object > 0 || whole.require.len > 0 || whole.how != PL_JS_UNKNOWN;
    read->dynamic = read->dynamic || !known;
    return PL_OK;
}

PL_STATUS js_resolve(struct js_read *read, struct pl_err *err)
{
    if (read->n_declared > 0) {
        qsort(read->declared, read->n_declared, sizeof *read->declared, by_name);
    }
    enum pl_status status = PL_OK;
    read->origin = JS_OF_EXPORTS;
    if (!read->esm && read->replaced) {
        status = resolve_whole(read, err);
    }
    if (status == PL_OK && !read->esm && read->aliased && read->copied.len > 0) {
        bool getters = false;
        status = getters_of(read, read->copied, &getters, err);
        if (status == PL_OK) {
            status = js_adopt_members(read, read->copied, err);
        }
    }
    if (status == PL_OK && !read->esm) {
        status = js_find_copies(read, err);
    }
    for (size_t i = 0; status == PL_OK && i < read->n_found; i++) {
        read->origin = read->found[i].origin;
        if (read->found[i].origin == JS_OF_LOCAL && read->found[i].sure != PL_SURE_NO) {
            read->found[i].sure = PL_SURE_MAYBE;
        }
        struct js_value value = read->found[i].value;
        const struct js_declared *declared = NULL;
        if (value.name.len > 0) {
            status = look_up(read, &value, &declared, err);
            value.undefined = false;
            read->found[i].value = value;
            if (status == PL_OK && value.object > 0) {
                bool open = false;
                status = js_read_object(read, value.object - 1, read->found[i].name,
                                        (enum pl_sure)read->found[i].sure, &open, err);
            }
        }
    }
    return status;
}
