#include "pkg/survey/load.h"

const char *pl_why_text(enum pl_why why)
{
    switch (why) {
#define PL_WHY_CASE(name, text) \
    case name:                  \
        return text;
        PL_WHY_LIST(PL_WHY_CASE)
#undef PL_WHY_CASE
    }
    return "";
}

/* Is there anything to run a loader on?  The reason when there is not. */
static enum pl_why not_judged(const struct pl_function *fn)
{
    if (!fn->code) {
        return PL_WHY_NOT_BUILT;
    }
    if (fn->code->failed) {
        return PL_WHY_UNREADABLE;
    }
    if (fn->code->state != PL_PACKAGE_ARTIFACT) {
        return PL_WHY_NOT_BUILT;
    }
    if (!pl_package_usable(fn->code)) {
        return PL_WHY_UNREADABLE;
    }
    if (!pl_value_has(&fn->decl->runtime)) {
        return PL_WHY_NO_RUNTIME;
    }
    if (!fn->runtime) {
        return PL_WHY_RUNTIME_UNKNOWN;
    }
    bool custom = fn->runtime->language == PL_LANG_CUSTOM;
    return custom || pl_value_has(&fn->decl->handler) ? PL_WHY_NONE : PL_WHY_NO_HANDLER;
}

PL_STATUS pl_load_function(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    enum pl_why why = not_judged(function);
    function->load = (struct pl_load){.outcome = PL_NOT_JUDGED, .why = (uint8_t)why};
    if (why != PL_WHY_NONE) {
        return PL_OK;
    }
    switch (function->runtime->language) {
    case PL_LANG_PYTHON:
        return pl_load_python(function, arena, err);
    case PL_LANG_NODEJS:
        return pl_load_node(function, arena, err);
    case PL_LANG_CUSTOM:
        return pl_load_custom(function, arena, err);
    case PL_LANG_JAVA:
    case PL_LANG_DOTNET:
    case PL_LANG_RUBY:
    case PL_LANG_GO:
        break;
    }
    function->load.why = PL_WHY_NO_LOADER;
    return PL_OK;
}
