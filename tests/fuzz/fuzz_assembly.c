/*
 * The CDK's cloud assembly: the input's parts become its manifest, the assets of a stack, the
 * manifest of a stage, and the assets there.  What is read is what the assembly names, in bounded
 * time.
 */
#include "pkg/project/assembly.h"
#include "tests/fuzz/promise.h"

#include <string.h>

static const char *const names[] = {"manifest.json", "a.assets.json", "stage/manifest.json",
                                    "stage/b.assets.json"};
enum { NAMES = sizeof names / sizeof *names };

static void check(const struct pl_assembly *assembly, bool deep)
{
    pl_fuzz_promise(deep || assembly->n_template == 0, "only a deep reading looks for templates");
    for (size_t i = 0; i < assembly->n_template; i++) {
        struct pl_slice path = assembly->template_[i];
        pl_fuzz_promise(path.len > 0 && strlen(path.ptr) == path.len, "a path is a text");
    }
    for (size_t i = 0; i < assembly->n_asset; i++) {
        struct pl_slice path = assembly->asset[i].path;
        pl_fuzz_promise(path.len > 0 && strlen(path.ptr) == path.len, "a path is a text");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_assembly assembly;
    struct pl_err err = {.code = PL_OK};
    bool is = false;
    for (size_t i = 0; i < NAMES; i++) {
        const uint8_t *part = data;
        size_t n = 0;
        (void)pl_fuzz_part(&data, &size, &part, &n);
        pl_fuzz_put(names[i], part, n);
    }
    pl_fuzz_promise(pl_assembly_recognise(pl_fuzz_folder(), &is, &err) == PL_OK,
                    "anybody's manifest.json may be anything");
    for (unsigned deep = 0; deep < 2; deep++) {
        if (pl_assembly_read(&assembly, pl_fuzz_folder(), deep == 1, &err) == PL_OK) {
            check(&assembly, deep == 1);
            pl_assembly_done(&assembly);
        } else {
            pl_fuzz_promise(err.msg[0] != '\0', "an error says what is wrong");
        }
    }
    return 0;
}
