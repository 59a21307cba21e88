/* Prints as JSON what the readers of templates make of each function: what the peers' reading is
 * compared with.  Environment values stay out. */
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "pkg/project/template.h"

#include <stdio.h>

/* null: nothing says it; false: it is not known here. */
static void put_value(struct pl_jsonw *w, const char *key, const struct pl_value *value)
{
    if (value->known == PL_UNKNOWN) {
        pl_jsonw_bool(w, key, false);
    } else if (pl_value_has(value)) {
        pl_jsonw_slice(w, key, value->text);
    } else {
        pl_jsonw_null(w, key);
    }
}

static void put_function(struct pl_jsonw *w, const struct pl_function_decl *fn)
{
    pl_jsonw_object(w, NULL);
    pl_jsonw_slice(w, "id", fn->id);
    pl_jsonw_u64(w, "branch", fn->branch);
    put_value(w, "Handler", &fn->handler);
    put_value(w, "Runtime", &fn->runtime);
    put_value(w, "Architectures", &fn->architecture);
    put_value(w, "MemorySize", &fn->memory);
    put_value(w, "Timeout", &fn->timeout);
    pl_jsonw_bool(w, "image", fn->image.is);
    pl_jsonw_u64(w, "layers", fn->n_layer);
    pl_jsonw_bool(w, "all_variables", fn->env_why == NULL);
    pl_jsonw_array(w, "variables");
    for (uint32_t i = 0; i < fn->n_env; i++) {
        pl_jsonw_slice(w, NULL, fn->env[i].key);
    }
    pl_jsonw_close_array(w);
    pl_jsonw_close_object(w);
}

int main(int argc, char **argv)
{
    struct pl_err err = {.msg = ""};
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    struct pl_jsonw w;
    pl_jsonw_begin(&w, &out, false, &err);
    pl_jsonw_object(&w, NULL);
    for (int i = 1; i < argc; i++) {
        struct pl_project project;
        pl_jsonw_array(&w, argv[i]);
        if (pl_template_read(&project, argv[i], &err) == PL_OK) {
            for (uint32_t k = 0; k < project.n_function; k++) {
                put_function(&w, &project.function[k]);
            }
            pl_project_done(&project);
        }
        pl_jsonw_close_array(&w);
    }
    pl_jsonw_close_object(&w);
    if (pl_jsonw_end(&w) != PL_OK) {
        fprintf(stderr, "settings: %s\n", err.msg);
        return 3;
    }
    return puts(out.data) < 0 ? 3 : 0;
}
