/* Members that are set on an object which is exported in the end, as bundlers leave CommonJS:
 *     var _={};(()=>{var e=_;e.handler=async()=>1})();module.exports=_
 * and the loop with which Babel passes on what another module exports. */
#include "pkg/base/arr.h"
#include "pkg/inspect/js_read.h"

enum { LOOK_BACK = 256 }; /* declarations that are looked at for the one of a name */

/* The last declaration of a name so far: the list is not sorted during the scan. */
static const struct js_declared *last_declared(const struct js_read *read, struct pl_slice name)
{
    for (size_t i = 0; i < read->n_declared && i < LOOK_BACK; i++) {
        const struct js_declared *one = &read->declared[read->n_declared - 1 - i];
        if (pl_slice_eq(one->name, name)) {
            return one;
        }
    }
    return NULL;
}

static PL_STATUS add_member(struct js_read *read, const struct js_member *member,
                            struct pl_err *err)
{
    struct js_member *grown = pl_arr_grow(read->member, &read->cap_member, read->n_member + 1,
                                          sizeof *grown, JS_MAX_FOUND, "members", err);
    if (!grown) {
        return err->code;
    }
    read->member = grown;
    grown[read->n_member++] = *member;
    return PL_OK;
}

PL_STATUS js_read_member(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    struct js_lex lex;
    struct js_token dot, name, equals;
    if (word->to >= read->text.len || read->text.ptr[word->to] != '.') {
        return PL_OK;
    }
    (void)js_again(read, &lex, word->to);
    js_lex_behind(&lex, (struct js_token){.kind = JS_NAME});
    js_lex_next(&lex, &dot);
    js_lex_next(&lex, &name);
    js_lex_next(&lex, &equals);
    bool sets = dot.kind == '.' && name.kind == JS_NAME && equals.kind == JS_ASSIGN;
    struct js_member member = {.owner = js_text(&read->lex, word),
                               .name = js_text(&lex, &name),
                               .value = equals.to,
                               .at = word->from};
    js_again_done(read, &lex, word->to);
    const struct js_declared *declared = sets ? last_declared(read, member.owner) : NULL;
    if (!declared) {
        return PL_OK;
    }
    member.declared = declared->function || declared->is_class ? 0 : declared->value;
    return add_member(read, &member, err);
}

/* Is the member's owner `name`, or declared as `OWNER = name`? */
static bool is_owned(const struct js_read *read, const struct js_member *member,
                     struct pl_slice name)
{
    if (pl_slice_eq(member->owner, name)) {
        return true;
    }
    struct pl_slice value = pl_slice_sub(read->text, member->declared, read->text.len);
    size_t from = 0;
    while (from < value.len && value.ptr[from] == ' ') {
        from++;
    }
    value = pl_slice_sub(value, from, value.len);
    if (member->declared == 0 || !pl_slice_starts(value, name)) {
        return false;
    }
    char behind = name.len < value.len ? value.ptr[name.len] : ';';
    return behind == ';' || behind == ',' || behind == '\n' || behind == '\r';
}

PL_STATUS js_adopt_members(struct js_read *read, struct pl_slice name, struct pl_err *err)
{
    /* Names that minifiers use again in another scope say nothing. */
    enum pl_sure sure = js_find_declared(read, name) ? PL_SURE_YES : PL_SURE_MAYBE;
    for (size_t i = 0; i < read->n_member; i++) {
        const struct js_member *member = &read->member[i];
        struct js_value value;
        if (!is_owned(read, member, name)) {
            continue;
        }
        enum pl_status status = js_classify(read, member->value, &value, err);
        if (status == PL_OK) {
            status = js_add_found(read, member->name, &value, sure, member->at, err);
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

/* Object.keys(_x).forEach(function (key) { ... key in exports && exports[key] === _x[key] ... */
PL_STATUS js_find_copies(struct js_read *read, struct pl_err *err)
{
    static const struct pl_slice keys = PL_SLICE_INIT("Object.keys(");
    static const struct pl_slice loop =
        PL_SLICE_INIT(").forEach(function (key) {\n  if (key === \"default\" || key === "
                      "\"__esModule\") return;\n  if (key in exports && exports[key] === ");
    size_t at = 0;
    while (read->dynamic && at < read->text.len) {
        struct pl_slice rest = pl_slice_sub(read->text, at, read->text.len);
        size_t from = pl_slice_find_text(rest, keys);
        if (from == rest.len) {
            return PL_OK;
        }
        rest = pl_slice_sub(rest, from + keys.len, rest.len);
        at += from + keys.len;
        size_t end = pl_slice_find(rest, ')');
        struct pl_slice behind = pl_slice_sub(rest, end, rest.len);
        const struct js_declared *declared =
            pl_slice_starts(behind, loop) ? js_find_declared(read, pl_slice_sub(rest, 0, end))
                                          : NULL;
        struct js_value value = {.arity = -1};
        enum pl_status status = declared && declared->value > 0
                                    ? js_classify(read, declared->value, &value, err)
                                    : PL_OK;
        if (status == PL_OK && value.require.len > 0) {
            status = js_add_reexport(read, value.require, err);
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}
