/* Settings of handlers, and what the start of a file gives away: the first line is the name, the
 * rest the bytes. */
#include "pkg/inspect/marks.h"
#include "pkg/lambda/handler.h"
#include "tests/fuzz/promise.h"

static void check_handlers(struct pl_slice text)
{
    struct pl_python_handler python;
    struct pl_node_handler node;
    struct pl_dotnet_handler dotnet;
    struct pl_java_handler java;
    if (pl_handler_python(text, &python)) {
        pl_fuzz_promise(python.module.len + python.function.len + 1 == text.len,
                        "a Python handler is its two parts and a dot");
    }
    if (pl_handler_node(text, &node) == PL_NODE_HANDLER_OK) {
        pl_fuzz_promise(pl_fuzz_inside(node.root, text) && pl_fuzz_inside(node.module, text) &&
                            pl_fuzz_inside(node.function, text),
                        "the parts of a Node.js handler lie in it");
    }
    if (pl_handler_dotnet(text, &dotnet) == PL_DOTNET_HANDLER_OK) {
        pl_fuzz_promise(dotnet.assembly.len > 0 && dotnet.type.len > 0 && dotnet.method.len > 0,
                        "a .NET handler has three parts");
    }
    if (pl_handler_java(text, &java)) {
        pl_fuzz_promise(java.class_name.len > 0 && pl_fuzz_inside(java.class_name, text),
                        "a Java handler has a class");
    }
    pl_fuzz_promise(!pl_handler_accepted(text) || (text.len > 0 && text.len <= 128u * 4u),
                    "no long handler is accepted");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice text = pl_slice_make((const char *)data, size);
    size_t end = pl_slice_find(text, '\n');
    struct pl_slice name = pl_slice_sub(text, 0, end);
    struct pl_slice bytes =
        end < size ? pl_slice_sub(text, end + 1, size) : pl_slice_sub(text, 0, 0);
    check_handlers(name);
    struct pl_marks marks = pl_marks_read(name, bytes, bytes.len);
    pl_fuzz_promise(bytes.len > 0 || (marks.found & ~(uint32_t)PL_MARK_KEY_STORE) == 0,
                    "nothing is found in nothing");
    (void)pl_marks_read(name, bytes, UINT64_MAX);
    return 0;
}
