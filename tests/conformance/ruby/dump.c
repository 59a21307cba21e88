/* Prints what the reader makes of Ruby files, for compare_ripper.py: one line per fact. */
#include "pkg/base/buf.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/ruby.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const KINDS[] = {"method", "singleton", "loose",  "module",
                                    "class",  "constant",  "mention"};

static void print_facts(const char *path, const struct pl_rb *rb)
{
    printf("file %s doubt=%d dynamic=%d text=%d syntax=%s line=%u\n", path, rb->doubt, rb->dynamic,
           !rb->not_text, rb->syntax.found ? rb->syntax.what : "", (unsigned)rb->syntax.at.line);
    for (uint32_t i = 0; i < rb->n_name; i++) {
        const struct pl_rb_name *n = &rb->name[i];
        printf("%s\t%d\t%.*s\t%.*s\t%u\n", KINDS[n->kind], n->sure, (int)n->owner.len,
               n->owner.len > 0 ? n->owner.ptr : "", (int)n->name.len,
               n->name.len > 0 ? n->name.ptr : "", (unsigned)n->at.line);
    }
}

static int read_file(const char *path, struct pl_buf *buf)
{
    struct pl_err err;
    char block[65536];
    size_t n = 0;
    FILE *file = fopen(path, "rb");
    if (!file) {
        return -1;
    }
    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        if (pl_buf_append(buf, block, n, &err) != PL_OK) {
            break;
        }
    }
    fclose(file);
    return 0;
}

int main(void)
{
    char path[4096];
    while (fgets(path, sizeof path, stdin)) {
        struct pl_buf buf;
        struct pl_arena arena;
        struct pl_rb rb;
        struct pl_err err;
        path[pl_slice_find(pl_slice_of(path), '\n')] = '\0';
        pl_buf_init(&buf, PL_MB(64));
        pl_arena_init(&arena, PL_MB(256));
        if (read_file(path, &buf) != 0 ||
            pl_ruby_read(&rb, pl_buf_view(&buf), &arena, &err) != PL_OK) {
            fprintf(stderr, "%s: cannot be read\n", path);
            return EXIT_FAILURE;
        }
        print_facts(path, &rb);
        pl_buf_done(&buf);
        pl_arena_done(&arena);
    }
    return EXIT_SUCCESS;
}
