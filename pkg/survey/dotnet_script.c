/* PowerShell: Amazon.Lambda.PowerShellHost runs a script that its subclass names in its constructor
 * (PowerShellFunctionHost.cs, 2025-03-31; LAMBDA 3.5). */
#include "pkg/base/text.h"
#include "pkg/survey/load_dotnet.h"

static const struct pl_slice SUFFIX = PL_SLICE_INIT(".ps1");

/* A literal as ASCII; empty when it is something else. */
static PL_STATUS as_text(struct pl_looker *l, struct pl_slice utf16, struct pl_slice *ret,
                         struct pl_err *err)
{
    char *to = pl_arena_new(&l->scratch, utf16.len / 2 + 1, 1, err);
    if (!to) {
        return err->code;
    }
    *ret = (struct pl_slice){0};
    for (size_t i = 0; i + 1 < utf16.len; i += 2) {
        if (utf16.ptr[i + 1] != 0 || utf16.ptr[i] < ' ') {
            return PL_OK;
        }
        to[i / 2] = utf16.ptr[i];
    }
    *ret = pl_slice_make(to, utf16.len / 2);
    return PL_OK;
}

/* The one literal of the assembly that names a script; empty: none, or several. */
static PL_STATUS script_name(struct pl_dotnet_try *t, struct pl_slice *ret, struct pl_err *err)
{
    enum { SCRIPT_BYTES_MAX = 512 };
    size_t pos = 0;
    struct pl_slice utf16;
    unsigned n = 0;
    *ret = (struct pl_slice){0};
    while (pl_net_next_literal(&t->own.net, &pos, &utf16)) {
        struct pl_slice text = {0};
        if (utf16.len > SCRIPT_BYTES_MAX) {
            continue;
        }
        if (as_text(t->l, utf16, &text, err) != PL_OK) {
            return err->code;
        }
        if (pl_slice_ends(text, SUFFIX)) {
            *ret = text;
            n++;
        }
    }
    if (n != 1) {
        *ret = (struct pl_slice){0};
    }
    return PL_OK;
}

static unsigned like_script(const void *ctx, const struct pl_entry *entry)
{
    struct pl_slice wanted = *(const struct pl_slice *)ctx;
    struct pl_slice base = pl_look_basename(entry->name);
    return pl_slice_eq_nocase(base, wanted) ? pl_slice_eq(base, wanted) ? 1 : 2 : 0;
}

static PL_STATUS script_missing(struct pl_dotnet_try *t, struct pl_slice script,
                                struct pl_load *load, struct pl_err *err)
{
    struct pl_candidates found;
    struct pl_slice base = pl_look_basename(script);
    load->at = (struct pl_ref){0};
    if (pl_arena_dup(t->l->arena, script, &load->module, err) != PL_OK) {
        return err->code;
    }
    pl_load_fail(load, PL_WHY_MODULE_MISSING, PL_SURE_YES);
    pl_look_around(t->l, like_script, &base, &found);
    if (found.n > 0) {
        load->elsewhere = found.at[0];
    }
    return pl_load_says(t->l, load, err,
                        "Failed to find PowerShell script %.*s. Make sure the script is included "
                        "with the package bundle.",
                        PL_ARG(script));
}

/* "function NAME" or "filter NAME" at the start of a line, in any case. */
static bool defines(struct pl_slice text, struct pl_slice name)
{
    static const struct pl_slice words[] = {PL_SLICE_INIT("function"), PL_SLICE_INIT("filter")};
    static const struct pl_slice scopes[] = {PL_SLICE_INIT("global:"), PL_SLICE_INIT("script:")};
    struct pl_slice rest = text;
    struct pl_slice line;
    while (pl_slice_next(&rest, '\n', &line)) {
        struct pl_slice s = pl_slice_trim(line);
        size_t end = 0;
        while (end < s.len && s.ptr[end] != ' ' && s.ptr[end] != '\t') {
            end++;
        }
        struct pl_slice word = pl_slice_sub(s, 0, end);
        if (!pl_slice_eq_nocase(word, words[0]) && !pl_slice_eq_nocase(word, words[1])) {
            continue;
        }
        s = pl_slice_trim(pl_slice_sub(s, end, s.len));
        for (size_t i = 0; i < 2; i++) {
            if (pl_slice_eq_nocase(pl_slice_sub(s, 0, scopes[i].len), scopes[i])) {
                s = pl_slice_sub(s, scopes[i].len, s.len);
            }
        }
        struct pl_slice after = pl_slice_sub(s, name.len, s.len);
        bool ends = after.len == 0 || after.ptr[0] == ' ' || after.ptr[0] == '\t' ||
                    after.ptr[0] == '{' || after.ptr[0] == '(';
        if (ends && pl_slice_eq_nocase(pl_slice_sub(s, 0, name.len), name)) {
            return true;
        }
    }
    return false;
}

static PL_STATUS check_function(struct pl_dotnet_try *t, struct pl_ref script, struct pl_load *load,
                                struct pl_err *err)
{
    const struct pl_function_decl *decl = t->l->fn->decl;
    struct pl_slice wanted = {0};
    struct pl_looked *looked = NULL;
    for (uint32_t i = 0; i < decl->n_env; i++) {
        bool is_it = pl_slice_is(decl->env[i].key, "AWS_POWERSHELL_FUNCTION_HANDLER");
        if (is_it && decl->env[i].value.known == PL_GIVEN) {
            wanted = pl_slice_trim(decl->env[i].value.text);
        }
    }
    if (wanted.len == 0) {
        return PL_OK;
    }
    if (pl_look_text(t->l, script, &looked, err) != PL_OK) {
        return err->code;
    }
    if (pl_load_unread(load, looked) || !defines(pl_buf_view(&looked->text), wanted)) {
        /* A module that the script imports may define it. */
        load->at = script;
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_DYNAMIC);
    }
    return PL_OK;
}

PL_STATUS pl_dotnet_script(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice script;
    struct pl_ref at = {0};
    bool there = false;
    if (!pl_slice_is(t->declares.net.name, "Amazon.Lambda.PowerShellHost") ||
        pl_ref_eq(t->declares.at, t->own.at)) {
        return PL_OK;
    }
    if (script_name(t, &script, err) != PL_OK) {
        return err->code;
    }
    if (script.len == 0) {
        return PL_OK;
    }
    if (pl_dotnet_file(t->l, script, "", &there, &at, err) != PL_OK) {
        return err->code;
    }
    return there ? check_function(t, at, load, err) : script_missing(t, script, load, err);
}
