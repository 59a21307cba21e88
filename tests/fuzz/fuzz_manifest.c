/* plimsoll.yaml: any bytes are a project whose values lie in its files, or an error with a place.
 */
#include "pkg/project/manifest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void check_value(const struct pl_project *project, const struct pl_value *value)
{
    struct pl_slice line;
    if (pl_value_has(value) && value->at.line > 0) {
        promise(pl_project_line(project, value->at, &line), "the line of a value can be quoted");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_project project;
    struct pl_err err;
    struct pl_slice text = pl_slice_make((const char *)data, size);
    if (pl_manifest_parse(&project, "plimsoll.yaml", text, &err) != PL_OK) {
        promise(strncmp(err.msg, "plimsoll.yaml", 13) == 0, "an error names the file");
        return 0;
    }
    for (uint32_t i = 0; i < project.n_function; i++) {
        check_value(&project, &project.function[i].runtime);
        check_value(&project, &project.function[i].handler);
        check_value(&project, &project.function[i].architecture);
    }
    pl_project_done(&project);
    return 0;
}
