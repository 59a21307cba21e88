#include "pkg/survey/imports.h"

#include "pkg/base/text.h"

static bool is_known(const struct pl_imports *imports, const struct pl_import *fault)
{
    for (uint32_t i = 0; i < imports->n; i++) {
        const struct pl_import *old = &imports->fault[i];
        if (old->what == fault->what && pl_slice_eq(old->name, fault->name)) {
            return true;
        }
    }
    return false;
}

PL_STATUS pl_imports_add(struct pl_looker *l, struct pl_imports *to, const struct pl_import *fault,
                         struct pl_err *err)
{
    struct pl_import kept = *fault;
    if (pl_text_safe(l->arena, fault->name, &kept.name, err) != PL_OK ||
        pl_text_safe(l->arena, fault->detail, &kept.detail, err) != PL_OK) {
        return err->code;
    }
    if (to->n == PL_IMPORT_FAULTS || is_known(to, &kept)) {
        return PL_OK;
    }
    if (!to->fault) {
        to->fault = pl_arena_new(l->arena, PL_IMPORT_FAULTS, sizeof *to->fault, err);
        if (!to->fault) {
            return err->code;
        }
    }
    to->fault[to->n++] = kept;
    return PL_OK;
}

bool pl_imports_follows(const struct pl_load *load)
{
    return load->outcome == PL_LOADS || load->why == PL_WHY_FUNCTION_MISSING ||
           load->why == PL_WHY_NOT_A_FUNCTION || load->why == PL_WHY_DYNAMIC ||
           load->why == PL_WHY_REQUIRED;
}

static bool is_searched(const struct pl_import *fault)
{
    switch ((enum pl_import_fault)fault->what) {
    case PL_IMPORT_MISSING:
    case PL_IMPORT_REMOVED:
        return true;
    case PL_IMPORT_NO_PARENT:
    case PL_IMPORT_BEYOND:
    case PL_IMPORT_SHIM:
        break;
    }
    return false;
}

bool pl_imports_searched(const struct pl_imports *imports)
{
    for (uint32_t i = 0; i < imports->n; i++) {
        if (is_searched(&imports->fault[i])) {
            return true;
        }
    }
    return false;
}

void pl_imports_unsure(struct pl_imports *imports, enum pl_why why)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < imports->n; i++) {
        if (!is_searched(&imports->fault[i])) {
            imports->fault[n++] = imports->fault[i];
        }
    }
    imports->n = n;
    imports->why = (uint8_t)why;
}
