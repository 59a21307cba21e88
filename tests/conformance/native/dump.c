/* What the ELF reader makes of each file that is named: one line of words per fact, for run.py. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/elf.h"

#include <stdio.h>
#include <stdlib.h>

static void print_needs(const struct pl_elf_needs *needs)
{
    printf("dynamic %d cut %d broken %s\n", needs->dynamic, needs->cut,
           needs->broken ? needs->broken : "-");
    for (uint32_t i = 0; i < needs->n_needed; i++) {
        printf("needed %.*s\n", (int)needs->needed[i].len, needs->needed[i].ptr);
    }
    for (uint32_t i = 0; i < needs->n_version; i++) {
        const struct pl_elf_version *v = &needs->version[i];
        printf("version %.*s %.*s\n", (int)v->library.len, v->library.ptr, (int)v->name.len,
               v->name.ptr);
    }
    printf("soname %.*s\n", (int)needs->soname.len, needs->soname.ptr ? needs->soname.ptr : "");
    printf("rpath %.*s\n", (int)needs->rpath.len, needs->rpath.ptr ? needs->rpath.ptr : "");
    printf("runpath %.*s\n", (int)needs->runpath.len, needs->runpath.ptr ? needs->runpath.ptr : "");
}

static enum pl_status dump(const char *path, struct pl_err *err)
{
    struct pl_arena arena;
    struct pl_buf bytes;
    struct pl_elf elf;
    struct pl_elf_needs needs;
    pl_arena_init(&arena, PL_MB(8));
    pl_buf_init(&bytes, PL_MB(256));
    enum pl_status status = pl_file_read(path, &bytes, err);
    if (status == PL_OK) {
        struct pl_slice view = pl_buf_view(&bytes);
        struct pl_elf_image image = {{{0, view}}, 1, view.len};
        pl_elf_read(&elf, view, view.len);
        printf("file %s\n", path);
        printf("machine %u bits %u\n", (unsigned)elf.machine, (unsigned)elf.bits);
        printf("interpreter %.*s\n", (int)elf.interpreter.len,
               elf.interpreter.ptr ? elf.interpreter.ptr : "");
        if (!elf.broken && !elf.cut) {
            status = pl_elf_read_needs(&needs, &elf, &image, &arena, err);
            if (status == PL_OK) {
                print_needs(&needs);
            }
        }
    }
    pl_buf_done(&bytes);
    pl_arena_done(&arena);
    return status;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct pl_err err = {.code = PL_OK};
        if (dump(argv[i], &err) != PL_OK) {
            fprintf(stderr, "%s: %s\n", argv[i], err.msg);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
