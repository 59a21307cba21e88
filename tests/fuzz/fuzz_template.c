/* The reader of templates, whatever tool wrote them. */
#include "templatecase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text("fuzz/template.yaml", pl_slice_make((const char *)data, size));
    return 0;
}
