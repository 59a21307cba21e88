/* The reader of templates: any bytes give a project or an error with a place, in bounded time. */
#include "pkg/base/limits.h"
#include "pkg/project/template.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void check_value(const struct pl_value *value)
{
    promise(value->known != PL_UNKNOWN || value->why, "what is not known has a reason");
    promise(value->known != PL_GIVEN || value->at.line > 0, "what is given has a place");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_project project;
    struct pl_err err = {.code = PL_OK};
    struct pl_slice text = pl_slice_make((const char *)data, size);
    (void)pl_template_recognise(text);
    if (pl_template_parse(&project, "fuzz/template.yaml", text, &err) != PL_OK) {
        promise(err.msg[0] != '\0', "an error says what is wrong");
        return 0;
    }
    for (uint32_t i = 0; i < project.n_function; i++) {
        const struct pl_function_decl *f = &project.function[i];
        check_value(&f->handler);
        check_value(&f->runtime);
        check_value(&f->architecture);
        check_value(&f->memory);
        check_value(&f->timeout);
        promise(f->branch <= i, "a branch stands behind its first declaration");
        for (uint32_t k = 0; k < f->n_env; k++) {
            promise(f->env[k].value.secret, "a variable's value is never printed");
        }
        for (uint32_t k = 0; k < f->n_layer; k++) {
            promise(f->layer[k].layer == PL_NO_INDEX || f->layer[k].layer < project.n_layer,
                    "a layer that is named is there");
        }
    }
    pl_project_done(&project);
    return 0;
}
