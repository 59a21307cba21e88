/* Every import that the reading of a file finds must be among its mentions. */
#include "pkg/inspect/py_mention.h"
#include "pkg/inspect/python.h"
#include "tests/unit/run.h"

#include <string.h>

enum { MENTIONS_MAX = 64 };

struct heard {
    char name[MENTIONS_MAX][64];
    size_t n;
};

static enum pl_status hear(void *ctx, struct pl_slice module, struct pl_slice member,
                           struct pl_err *err)
{
    struct heard *heard = ctx;
    (void)err;
    bool dot = member.len > 0 && module.ptr[module.len - 1] != '.';
    ck_assert_uint_lt(heard->n, MENTIONS_MAX);
    snprintf(heard->name[heard->n++], sizeof heard->name[0], "%.*s%s%.*s", (int)module.len,
             module.ptr, dot ? "." : "", (int)member.len, member.ptr);
    return PL_OK;
}

static bool has(const struct heard *heard, struct pl_slice name)
{
    for (size_t i = 0; i < heard->n; i++) {
        if (pl_slice_is(name, heard->name[i])) {
            return true;
        }
    }
    return false;
}

static const struct {
    const char *text;
    uint32_t imports;
} REAL[] = {
    {"import a", 1},
    {"import a.b.c as d, e", 2},
    {"import a, \\\n  b, \\\r\n  c", 3},
    {"x = 1; import a; import b", 2},
    {"try: import a\nexcept ImportError: a = None", 1},
    {"raise X from e\nimport a", 1},
    {"def f():\n    yield from g\n    import a", 1},
    {"if x: raise X from e; import a", 1},
    {"from a import b", 2},
    {"from a.b import c as d, e", 3},
    {"from . import a", 2},
    {"from.a import b", 2},
    {"from ..import a", 2},
    {"from .. import(a, b)", 3},
    {"from ...a.b import *", 1},
    {"from a import (\n  b,  # not c) yet\n  c,\n)", 3},
    {"from a import (b, # import z\n  c)", 3},
    {"from a \\\n  import b", 2},
    {"from \\\n  a import b", 2},
    {"from\ta\timport\tb", 2},
    {"from \xc3\xa9t\xc3\xa9 import caf\xc3\xa9", 2},
    {"\"\"\"from a import (\n\"\"\"\nfrom b import c\nimport d", 3},
    {"# import\nimport a", 1},
    {"import a# b", 1},
    {"important = reimport = 1\nimport a", 1},
};

START_TEST(every_import_is_mentioned)
{
    for (size_t i = 0; i < COUNT_OF(REAL); i++) {
        struct pl_slice text = pl_slice_of(REAL[i].text);
        struct heard heard = {.n = 0};
        struct pl_err err = {0};
        struct pl_arena arena;
        struct pl_py py;
        pl_arena_init(&arena, 1 << 20);
        ASSERT_OK(pl_python_read(&py, text, &arena, &err));
        ASSERT_OK(pl_python_mentions(text, hear, &heard, &err));
        ck_assert_msg(py.n_import == REAL[i].imports, "%u imports in %s", py.n_import,
                      REAL[i].text);
        for (uint32_t k = 0; k < py.n_import; k++) {
            struct pl_slice name = py.import[k].module;
            ck_assert_msg(has(&heard, name), "%.*s is not mentioned in %s", (int)name.len, name.ptr,
                          REAL[i].text);
        }
        pl_arena_done(&arena);
    }
}
END_TEST

START_TEST(other_words_are_not_mentioned)
{
    static const char *const text[] = {"",
                                       "x = reimport_a",
                                       "importlib.reload(a)",
                                       "__import__('a')",
                                       "import_a",
                                       "from a",
                                       "important",
                                       "import",
                                       "x = import.a"};
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct heard heard = {.n = 0};
        struct pl_err err = {0};
        ASSERT_OK(pl_python_mentions(pl_slice_of(text[i]), hear, &heard, &err));
        ck_assert_msg(heard.n == 0, "%s mentions %s", text[i], heard.name[0]);
    }
}
END_TEST

static enum pl_status refuse(void *ctx, struct pl_slice module, struct pl_slice member,
                             struct pl_err *err)
{
    (void)member;
    ++*(int *)ctx;
    return pl_err_set(err, PL_ERR_LIMIT, "no more than %.*s", (int)module.len, module.ptr);
}

START_TEST(a_refusal_ends_it)
{
    struct pl_err err = {0};
    int calls = 0;
    ASSERT_FAILS(pl_python_mentions(PL_SLICE("import a\nimport b"), refuse, &calls, &err),
                 PL_ERR_LIMIT);
    ck_assert_int_eq(calls, 1);
}
END_TEST

static enum pl_status count(void *ctx, struct pl_slice module, struct pl_slice member,
                            struct pl_err *err)
{
    (void)err;
    *(size_t *)ctx += module.len + member.len;
    return PL_OK;
}

/* A comment in an open bracket is stepped over by each import before it, but not without end. */
START_TEST(hostile_text_stays_linear)
{
    static const char part[] = "import(#";
    enum { PARTS = 20000 };
    size_t len = strlen(part);
    char *text = malloc(PARTS * len + 2);
    struct pl_err err = {0};
    size_t told = 0;
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < PARTS; i++) {
        memcpy(text + i * len, part, len);
    }
    memcpy(text + PARTS * len, "\nx", 2);
    ASSERT_OK(pl_python_mentions(pl_slice_make(text, PARTS * len + 2), count, &told, &err));
    ck_assert_uint_ge(told, 1);
    ck_assert_uint_le(told, 32);
    free(text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_import_is_mentioned,
        other_words_are_not_mentioned,
        a_refusal_ends_it,
        hostile_text_stays_linear,
    };
    return run_tests("inspect_mention", tests, COUNT_OF(tests));
}
