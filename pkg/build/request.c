#include "pkg/build/plan.h"

struct pl_plan_request pl_plan_request_of(const struct pl_project *project,
                                          const struct pl_plan_subject *subject)
{
    struct pl_plan_request request = {
        .project = project,
        .output_dir = subject->output_dir,
        .work_dir = subject->work_dir,
        .what = subject->what,
    };
    if (subject->is_layer) {
        const struct pl_layer_decl *layer = &project->layer[subject->index];
        request.layer = layer;
        request.source = layer->source;
        request.n_source = layer->n_source;
        request.include = &layer->include;
        request.exclude = &layer->exclude;
        request.prune = layer->prune;
        request.pyc = layer->pyc;
    } else {
        const struct pl_function_decl *fn = &project->function[subject->index];
        request.function = fn;
        request.source = fn->source;
        request.n_source = fn->n_source;
        request.include = &fn->include;
        request.exclude = &fn->exclude;
        request.prune = fn->prune;
        request.pyc = fn->pyc;
    }
    return request;
}
