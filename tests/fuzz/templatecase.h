/* What the targets of template readers share: any text gives a project or an error that says what
 * is wrong, in bounded time. */
#ifndef PL_TESTS_FUZZ_TEMPLATECASE_H
#define PL_TESTS_FUZZ_TEMPLATECASE_H

#include "pkg/project/template.h"
#include "promise.h"

static inline void check_value(const struct pl_value *value)
{
    pl_fuzz_promise(value->known != PL_UNKNOWN || value->why, "what is not known has a reason");
    pl_fuzz_promise(value->known != PL_GIVEN || value->at.line > 0, "what is given has a place");
}

static inline void check_function(const struct pl_project *project, uint32_t index)
{
    const struct pl_function_decl *f = &project->function[index];
    check_value(&f->handler);
    check_value(&f->runtime);
    check_value(&f->architecture);
    check_value(&f->memory);
    check_value(&f->timeout);
    pl_fuzz_promise(f->branch <= index, "a branch stands behind its first declaration");
    for (uint32_t k = 0; k < f->n_env; k++) {
        pl_fuzz_promise(f->env[k].value.secret, "a variable's value is never printed");
    }
    for (uint32_t k = 0; k < f->n_layer; k++) {
        pl_fuzz_promise(f->layer[k].layer == PL_NO_INDEX || f->layer[k].layer < project->n_layer,
                        "a layer that is named is there");
    }
}

static inline void check_text(const char *path, struct pl_slice text)
{
    struct pl_project project;
    struct pl_err err = {.code = PL_OK};
    (void)pl_template_recognise(text);
    if (pl_template_parse(&project, path, text, &err) != PL_OK) {
        pl_fuzz_promise(err.msg[0] != '\0', "an error says what is wrong");
        return;
    }
    for (uint32_t i = 0; i < project.n_function; i++) {
        check_function(&project, i);
    }
    pl_project_done(&project);
}

#endif
