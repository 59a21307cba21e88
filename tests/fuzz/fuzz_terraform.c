/* The reader of Terraform's plans: the input is what stands in the object that has its version. */
#include "pkg/project/terraform.h"
#include "templatecase.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "{\"format_version\":\"1.0\",\"terraform_version\":\"1\",";
    const size_t n = sizeof head - 1;
    char *text = malloc(n + size + 1);
    if (!text) {
        return 0;
    }
    memcpy(text, head, n);
    if (size > 0) {
        memcpy(text + n, data, size);
    }
    check_text("fuzz/plan.json", pl_slice_make(text, n + size));
    pl_terraform_thin(text, n + size); /* as is done to large plans */
    check_text("fuzz/plan.json", pl_slice_make(text, n + size));
    check_text("fuzz/plan.json", pl_slice_make((const char *)data, size));
    free(text);
    return 0;
}
