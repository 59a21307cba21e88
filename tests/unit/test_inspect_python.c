#include "oom.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/python.h"

#include <string.h>

static struct pl_arena arena;
static struct pl_err err;

static void before(void)
{
    pl_arena_init(&arena, PL_MB(64));
}

static void after(void)
{
    pl_arena_done(&arena);
}

static struct pl_py read_text(struct pl_slice text)
{
    struct pl_py py;
    memset(&py, 0xa5, sizeof py);
    ASSERT_OK(pl_python_read(&py, text, &arena, &err));
    return py;
}

static enum pl_sure binds(const char *text, const char *name)
{
    struct pl_py py = read_text(pl_slice_of(text));
    ck_assert_msg(!py.syntax.found, "%s: %s", text, py.syntax.what);
    return pl_python_binds(&py, pl_slice_of(name), NULL);
}

struct row {
    const char *text;
    int sure;
};

/* Each row says of the name `h` whether it exists after the import. */
static void check_rows(const struct row *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg((int)binds(row[i].text, "h") == row[i].sure, "%s: not %d", row[i].text,
                      row[i].sure);
    }
}

START_TEST(statements_bind)
{
    static const struct row row[] = {
        {"def h(event, context): pass", PL_SURE_YES},
        {"async def h(event, context):\n    return 1\n", PL_SURE_YES},
        {"@deco(1)\n@other\ndef h(e): pass", PL_SURE_YES},
        {"class h(Base, metaclass=M):\n  x = 1\n", PL_SURE_YES},
        {"h = lambda e, c: {'a': 1}", PL_SURE_YES},
        {"a = h = b = 1", PL_SURE_YES},
        {"a, (h, *b) = x", PL_SURE_YES},
        {"[a, h] = x", PL_SURE_YES},
        {"*h, a = x", PL_SURE_YES},
        {"h: Handler = make()", PL_SURE_YES},
        {"h: Handler", PL_SURE_NO},
        {"h += 1", PL_SURE_MAYBE},
        {"h = 1\nh += 1", PL_SURE_YES},
        {"h.x = 1\nh[0] = 2", PL_SURE_NO},
        {"a[h] = 2; f(h).x = 3", PL_SURE_NO},
        {"f(h=1)", PL_SURE_NO},
        {"x = {'h': 1}", PL_SURE_NO},
        {"h == 1", PL_SURE_NO},
        {"import h", PL_SURE_YES},
        {"import h.a.b", PL_SURE_YES},
        {"import a.h", PL_SURE_NO},
        {"import a.b as h, c", PL_SURE_YES},
        {"from a import (b, c as h,)", PL_SURE_YES},
        {"from a import h as b", PL_SURE_NO},
        {"from .h import b", PL_SURE_MAYBE},
        {"from a import *", PL_SURE_MAYBE},
        {"type h[T] = list[T]", PL_SURE_YES},
        {"type = h", PL_SURE_NO},
        {"x = (h := 1)", PL_SURE_YES},
        {"x = [h := y for y in z]", PL_SURE_MAYBE},
        {"a and (h := 1)", PL_SURE_MAYBE},
        {"f((h := lambda: 1))", PL_SURE_YES},
        {"f((h := 1) and 2)", PL_SURE_YES},
        {"(h := 1) if x else 2", PL_SURE_MAYBE},
        {"lambda: (h := 1)", PL_SURE_MAYBE},
        {"x = f\"{(h := 1)}\"", PL_SURE_MAYBE},
        {"a = 1; h = 2; b = 3", PL_SURE_YES},
        {"a = '''\nh = 1\n'''", PL_SURE_NO},
        {"# h = 1\n", PL_SURE_NO},
        {"a = (1,\n  2)\nh \\\n  = 3", PL_SURE_YES},
        {"def f():\n    h = 1\nclass C:\n    h = 2\n", PL_SURE_NO},
        {"def f():\n    global h\n    h = 1\n", PL_SURE_MAYBE},
        {"x = [h for h in y]", PL_SURE_NO},
        {"x = lambda h: h", PL_SURE_NO},
        {"\xef\xbb\xbfh = 1", PL_SURE_YES},
        {"a = 1\rh = 2\r", PL_SURE_YES},
        {"\fdef h(): pass", PL_SURE_YES},
    };
    check_rows(row, COUNT_OF(row));
}
END_TEST

START_TEST(branches_join)
{
    static const struct row row[] = {
        {"if a:\n  h = 1\n", PL_SURE_MAYBE},
        {"if a: h = 1\nelse: h = 2\n", PL_SURE_YES},
        {"if a:\n  h = 1\nelif b:\n  h = 2\nelse:\n  h = 3\n", PL_SURE_YES},
        {"if a:\n  h = 1\nelif b:\n  pass\nelse:\n  h = 3\n", PL_SURE_MAYBE},
        {"if a:\n  h = 1\nelse:\n  raise X\n", PL_SURE_YES},
        {"if a:\n  if b: h = 1\n  else: h = 2\nelse:\n  h = 3\n", PL_SURE_YES},
        {"if __name__ == '__main__':\n  h = 1\n", PL_SURE_NO},
        {"if (__name__ == \"__main__\"): h = 1\nelse: x = 1\n", PL_SURE_NO},
        {"if __name__ != '__main__':\n  h = 1\n", PL_SURE_YES},
        {"if TYPE_CHECKING:\n  from a import h\n", PL_SURE_MAYBE},
        {"if not typing.TYPE_CHECKING:\n  h = 1\n", PL_SURE_MAYBE},
        {"if True: h = 1\n", PL_SURE_YES},
        {"if 0: h = 1\n", PL_SURE_NO},
        {"if 0: pass\nelse: h = 1\n", PL_SURE_YES},
        {"try:\n  h = 1\nexcept E:\n  pass\n", PL_SURE_MAYBE},
        {"try:\n  h = 1\nexcept E:\n  h = None\n", PL_SURE_YES},
        {"try:\n  import h\nexcept ImportError:\n  raise\n", PL_SURE_YES},
        {"try:\n  import h\nexcept ImportError:\n  sys.exit(1)\n", PL_SURE_YES},
        {"try:\n  a()\nexcept E:\n  h = 1\nelse:\n  h = 2\n", PL_SURE_YES},
        {"try:\n  a()\nfinally:\n  h = 2\n", PL_SURE_YES},
        {"try:\n  a()\nexcept E as h:\n  pass\n", PL_SURE_NO},
        {"h = 1\ntry:\n  a()\nexcept E as h:\n  pass\n", PL_SURE_MAYBE},
        {"try:\n  if a:\n    h = 1\n    raise E\nexcept E:\n  pass\n", PL_SURE_MAYBE},
        {"for h in x: pass\n", PL_SURE_MAYBE},
        {"for a, (h, b) in x:\n  pass\nelse:\n  c = 1\n", PL_SURE_MAYBE},
        {"while a:\n  h = 1\n", PL_SURE_MAYBE},
        {"while a:\n  if b:\n    h = 1\n    break\n", PL_SURE_MAYBE},
        {"with a as h: pass\n", PL_SURE_YES},
        {"with (a as b, c as (d, h)):\n  pass\n", PL_SURE_YES},
        {"with a():\n  h = 1\n", PL_SURE_YES},
        {"with suppress(ImportError):\n  import h\n", PL_SURE_MAYBE},
        {"match x:\n  case {'a': h}: pass\n", PL_SURE_MAYBE},
        {"match x:\n  case 1: h = 1\n  case _: h = 2\n", PL_SURE_YES},
        {"match x:\n  case h.A: pass\n  case B(h=1): pass\n", PL_SURE_NO},
        {"match = h\nmatch[1:2] = 3\nmatch.x: int = 4\n", PL_SURE_NO},
        {"h = 1\ndel h\n", PL_SURE_NO},
        {"h = 1\nif a:\n  del h\n", PL_SURE_MAYBE},
        {"h = 1\ndel h[0], h.x\n", PL_SURE_YES},
        {"h = 1\ndel (a, h)\n", PL_SURE_NO},
        {"raise E\nh = 1\n", PL_SURE_MAYBE},
        {"async def f():\n  async with a as h: pass\n", PL_SURE_NO},
    };
    check_rows(row, COUNT_OF(row));
}
END_TEST

START_TEST(what_cannot_be_followed_is_said)
{
    static const struct row row[] = {
        {"globals()['h'] = 1", PL_SURE_MAYBE},
        {"globals().update(x)", PL_SURE_MAYBE},
        {"h = 1\ndel globals()['h']", PL_SURE_MAYBE},
        {"h = 1\nglobals().pop('h')", PL_SURE_MAYBE},
        {"h = 1\nx = globals().get('h')", PL_SURE_YES},
        {"def f():\n  globals()[n] = 1\n", PL_SURE_MAYBE},
        {"if 'x' in globals(): pass", PL_SURE_NO},
        {"x = globals().get('h')", PL_SURE_NO},
        {"exec(code)", PL_SURE_MAYBE},
        {"cursor.exec(code)", PL_SURE_NO},
        {"setattr(sys.modules[__name__], n, v)", PL_SURE_MAYBE},
        {"sys.modules[__name__] = X()", PL_SURE_MAYBE},
        {"x = sys.modules['os']", PL_SURE_NO},
        {"if a in sys.modules: pass", PL_SURE_NO},
        {"def __getattr__(name): return 1", PL_SURE_MAYBE},
        {"vars()['h'] = 1", PL_SURE_MAYBE},
        {"def f():\n  vars()['h'] = 1\n  locals()\n", PL_SURE_NO},
        {"apipkg.initpkg(__name__, {})", PL_SURE_MAYBE},
        {"log = logging.getLogger(__name__)", PL_SURE_NO},
        {"# coding: shift_jis\nx = 1", PL_SURE_MAYBE},
        {"\xef\xbd\x88 = 1", PL_SURE_MAYBE}, /* a full-width h is an h to Python */
    };
    check_rows(row, COUNT_OF(row));
    ck_assert_int_eq(binds("", "__name__"), PL_SURE_YES);
    ck_assert_int_eq(binds("", "__path__"), PL_SURE_MAYBE);
    ck_assert_int_eq(binds("", ""), PL_SURE_NO);
}
END_TEST

struct broken {
    const char *text;
    uint32_t line, col;
    const char *what;
};

START_TEST(certain_syntax_errors_have_a_place)
{
    static const struct broken row[] = {
        {"x = (1,\ny = 2\n", 1, 5, "'(' was never closed"},
        {"x = [1)\n", 1, 7, "closing parenthesis ')' does not match opening parenthesis '['"},
        {"x = 1\n  }", 2, 3, "unexpected indent"},
        {"x = 1}", 1, 6, "unmatched '}'"},
        {"x = 'abc\n", 1, 5, "unterminated string literal"},
        {"x = 1\ny = \"\"\"abc\n", 2, 5, "unterminated triple-quoted string literal"},
        {"if a:\n    b\n  c\n", 3, 3, "unindent does not match any outer indentation level"},
        {"if a:\nb\n", 2, 1, "expected an indented block"},
        {"def f(a)\n    pass\n", 1, 9, "expected ':'"},
        {"x = 1\nif x == (lambda: 1)()\n    y = 2\n", 2, 22, "expected ':'"},
        {"class A\n", 1, 8, "expected ':'"},
        {"try\n  pass", 1, 4, "expected ':'"},
        {"async def f()\n", 1, 14, "expected ':'"},
        {"def f():\n", 2, 1, "expected an indented block"},
        {"x = 1\n    y = 2\n", 2, 5, "unexpected indent"},
        {"if a:\n\tb\n        c\n", 3, 9, "inconsistent use of tabs and spaces in indentation"},
        {"x = a ? b\n", 1, 7, "invalid character '?'"},
        {"print \"x\"\n", 1, 1, "Missing parentheses in call to 'print'"},
        {"x = \xe2\x80\x9c"
         "a\xe2\x80\x9d\n",
         1, 5, "invalid character '\xe2\x80\x9c' (U+201C)"},
        {"x = 1\n<<<<<<< HEAD\n", 2, 1, "a merge conflict marker"},
        {"x = [\n=======\n]\n", 2, 1, "a merge conflict marker"},
        {"x = 1 \\ y\n", 1, 8, "unexpected character after line continuation character"},
        {"x = 1\ny = '\xff'\n", 2, 6, "not valid UTF-8, and no coding line says otherwise"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_py py = read_text(pl_slice_of(row[i].text));
        ck_assert_msg(py.syntax.found, "%s: no error", row[i].text);
        ck_assert_str_eq(py.syntax.what, row[i].what);
        ck_assert_msg(py.syntax.at.line == row[i].line && py.syntax.at.col == row[i].col,
                      "%s: %u:%u", row[i].text, py.syntax.at.line, py.syntax.at.col);
        ck_assert_int_eq(pl_python_binds(&py, PL_SLICE("h"), NULL), PL_SURE_MAYBE);
    }
}
END_TEST

START_TEST(odd_but_valid_sources_are_no_errors)
{
    static const char *const text[] = {
        "x = f\"{a[\"b\"]}\"\n", /* Python 3.12 */
        "x = f'{a!r:{w}}' f\"{{\"\n",
        "x = f\"\"\"{\n  a  # '\n}\"\"\"\n",
        "if a:\n    b\n        # deeper\n  # shallower\n    c\n",
        "if a:\n\tb\n\tc\nd\n",
        "x = rb'\\\\' B'a' Rb'b' u''\n",
        "x = '''a'b''c\\'''' \n",
        "x = 1if y else 0x1for z in w\n",
        "print(x, file=f); print >>f, 1\n",
        "x = \\\n  1\n",
        "def f(): return lambda: {1: 2}\n",
        "x: int; y: dict[str, int] = {}\n",
        "x = yield\nclass A: pass\n\n\n",
        "if x:\n    pass\n\f\n    y\n",
        "# coding: latin-1\nx = '\xff'\n",
        "#!/usr/bin/python\n# vim: set fileencoding=utf8 :\nx = 1",
        "x = a[b:c, lambda: 1]\nif x[1:2]: pass\n",
        "match(x)\nmatch x:\n    case [a, b] if a: pass\ncase = 1\n",
        "@property\nasync def f(*, a: int=1, **k) -> 'x': ...\n",
        "\n\n   \n\t\n",
    };
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct pl_py py = read_text(pl_slice_of(text[i]));
        ck_assert_msg(!py.syntax.found && !py.not_text, "%s: %s", text[i], py.syntax.what);
    }
}
END_TEST

/* Compared with CPython 3.7 to 3.13 (each row refused by the one before, taken by its own). */
START_TEST(newer_syntax_is_known_by_its_version)
{
    static const struct {
        const char *text;
        unsigned minor; /* that brought it; 0: every Python 3 takes it */
    } row[] = {
        {"if (n := 1): pass\n", 8},
        {"with (open(a) as b, c as d):\n  pass\n", 9},
        {"async def f():\n  async with (a as b): pass\n", 9},
        {"match x:\n  case 1: pass\n", 10},
        {"try: a\nexcept* ValueError: pass\n", 11},
        {"x = a[*b]\n", 11},
        {"def f() -> a[*b]: pass\n", 11},
        {"type X = int\n", 12},
        {"type X[*T] = int\n", 12},
        {"def f[T](a: T): pass\n", 12},
        {"async def f[**P](): pass\n", 12},
        {"class A[T: (int, str)]: pass\n", 12},
        {"x = f'{a['b']}'\n", 12},
        {"x = f'{a\n}'\n", 12},
        {"x = f'{\"\\n\".join(a)}'\n", 12},
        {"x = f'''{a # b\n}'''\n", 12},
        {"def f[T = int](): pass\n", 13},
        {"type X[T = list[int]] = T\n", 13},
        {"try: a\nexcept A, B: pass\n", 14},
        {"try: a\nexcept A, e: pass\n", 14},
        {"x = t'{a}'\n", 14},
        {"x = Rt'{a}'\n", 14},
        {"lazy import a.b\n", 15},
        {"lazy from a import b\n", 15},
        {"with (a), (b) as c: pass\n", 0},
        {"with (yield) as c: pass\n", 0},
        {"try: a\nexcept (A, B) as e: pass\n", 0},
        {"try: a\nexcept f(lambda a, b: 1): pass\n", 0},
        {"match[*a]\n", 0}, /* not certain: left alone */
        {"match = x; match(a)[b]\n", 0},
        {"x = [*a]; y = (*b,); print(*c); return_ = {**d}\n", 0},
        {"def f():\n  return [*a]\n", 0},
        {"type = 1; type(x)[0]; type: int = 2\n", 0},
        {"lazy = 1; lazy.import_ = 2\n", 0},
        {"x = f'\\n{a:\\n>3}\\t' f'{a!r:{b}}' rf'\\{a}' f'{{#}}'\n", 0},
        {"x = f'{a[\"b\"]}' f\"\"\"{a['b']}\n{c}\"\"\" f'\\N{DASH}'\n", 0},
        {"x = a[1, *b]\n", 0}, /* not looked for */
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_py py = read_text(pl_slice_of(row[i].text));
        ck_assert_msg(!py.syntax.found, "%s: %s", row[i].text, py.syntax.what);
        unsigned minor = 0;
        const struct pl_py_newer *newer =
            pl_python_newer(&py, row[i].minor > 0 ? row[i].minor - 1 : 0, &minor);
        ck_assert_msg((newer ? minor : 0) == row[i].minor, "%s: %u", row[i].text, minor);
        ck_assert(!newer || (newer->at.line > 0 && newer->at.col > 0 && newer->lambda_says));
        ck_assert_ptr_null(pl_python_newer(&py, row[i].minor, &minor));
    }
}
END_TEST

START_TEST(the_first_of_newer_syntax_is_told)
{
    unsigned minor = 0;
    struct pl_py py = read_text(PL_SLICE("x = 1\ntype X = int\nmatch x:\n  case 1: pass\n"));
    const struct pl_py_newer *newer = pl_python_newer(&py, 9, &minor);
    ck_assert_ptr_nonnull(newer);
    ck_assert_uint_eq(newer->at.line, 2);
    ck_assert_uint_eq(minor, 12);
    /* Behind what versions read differently, nothing is certain. */
    py = read_text(PL_SLICE("  \\\n\nmatch x:\n  case 1: pass\n"));
    ck_assert_ptr_null(pl_python_newer(&py, 9, &minor));
    py = read_text(PL_SLICE("lazy from a import h\nlazy import b.c\n"));
    ck_assert_int_eq(pl_python_binds(&py, PL_SLICE("h"), NULL), PL_SURE_YES);
    ck_assert_uint_eq(py.n_import, 3);
    ck_assert(py.import[0].guarded && py.import[2].guarded && py.import[2].optional);
}
END_TEST

START_TEST(imports_are_listed_with_what_guards_them)
{
    struct pl_py py =
        read_text(PL_SLICE("import a, b.c as d\nfrom ..e.f import g\nfrom h import *\n"
                           "try:\n  import i\nexcept ImportError:\n  import j\n"
                           "try:\n  import k\nexcept (KeyError, ValueError): pass\n"
                           "def f():\n  import l\nclass C:\n  import m\n"
                           "if TYPE_CHECKING:\n  import n\nfrom . import o as p\n"
                           "def f():\n  if x: import q\n"
                           "try:\n  pass\nexcept ImportError: pass\nelse:\n  import r\n"));
    static const struct {
        const char *module;
        bool guarded, star, optional, later, member;
    } want[] = {{.module = "a"},
                {.module = "b.c"},
                {.module = "..e.f"},
                {.module = "..e.f.g", .member = true},
                {.module = "h", .star = true},
                {.module = "i", .guarded = true, .optional = true},
                {.module = "j", .guarded = true, .optional = true},
                {.module = "k"},
                {.module = "l", .guarded = true, .later = true},
                {.module = "m"},
                {.module = "n", .guarded = true, .optional = true},
                {.module = "."},
                {.module = ".o", .member = true},
                {.module = "q", .guarded = true, .optional = true, .later = true},
                {.module = "r", .guarded = true, .optional = true}};
    ck_assert_uint_eq(py.n_import, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        ck_assert_msg(pl_slice_is(py.import[i].module, want[i].module), "%zu", i);
        ck_assert_msg(py.import[i].guarded == want[i].guarded, "%s", want[i].module);
        ck_assert_msg(py.import[i].star == want[i].star, "%s", want[i].module);
        ck_assert_msg(py.import[i].optional == want[i].optional, "%s", want[i].module);
        ck_assert_msg(py.import[i].later == want[i].later, "%s", want[i].module);
        ck_assert_msg(py.import[i].member == want[i].member, "%s", want[i].module);
        ck_assert_uint_gt(py.import[i].at.line, 0);
    }
}
END_TEST

START_TEST(names_are_sorted_with_their_places)
{
    struct pl_py py = read_text(PL_SLICE("b = 1\n  \nif x: a = 2\n\ndef c(): pass\nb = 3\n"));
    ck_assert_uint_eq(py.n_name, 3);
    ck_assert(pl_slice_is(py.name[0].name, "a"));
    ck_assert(pl_slice_is(py.name[2].name, "c"));
    struct pl_spot at = {7, 7};
    ck_assert_int_eq(pl_python_binds(&py, PL_SLICE("b"), &at), PL_SURE_YES);
    ck_assert_uint_eq(at.line, 6);
    ck_assert_uint_eq(at.col, 1);
    ck_assert_int_eq(pl_python_binds(&py, PL_SLICE("nothing"), &at), PL_SURE_NO);
    ck_assert_uint_eq(at.line, 0);
    struct pl_py main_only = read_text(PL_SLICE("if __name__ == '__main__':\n  h = 1\n"));
    ck_assert_int_eq(pl_python_binds(&main_only, PL_SLICE("h"), &at), PL_SURE_NO);
    ck_assert_uint_eq(at.line, 2);
}
END_TEST

START_TEST(binary_is_no_text)
{
    static const struct pl_slice text[] = {PL_SLICE_INIT("h = 1\0"), PL_SLICE_INIT("\xff\xfeh\0"),
                                           PL_SLICE_INIT("\xfe\xff\0h")};
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct pl_py py = read_text(text[i]);
        ck_assert(py.not_text && py.syntax.found); /* for Python, too */
        ck_assert_int_eq(pl_python_binds(&py, PL_SLICE("h"), NULL), PL_SURE_MAYBE);
    }
}
END_TEST

/* `unit` repeated up to `n` bytes. */
static struct pl_slice repeat(const char *unit, size_t n)
{
    size_t len = strlen(unit);
    char *text = malloc(n);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < n; i++) {
        text[i] = unit[i % len];
    }
    return pl_slice_make(text, n);
}

START_TEST(hostile_sizes_end_soon)
{
    static const char *const unit[] = {
        "(",        "[",        "{",  "a = ",       "if a:",     "f'{",      "f\"",
        "lambda: ", "'''",      "a,", "\\\n",       "; ",        "match x:", "x = (y := ",
        "else: ",   "try: a\n", "\t", "def f():\n", "import a.", "\xc3\xa4"};
    for (size_t i = 0; i < COUNT_OF(unit); i++) {
        struct pl_slice text = repeat(unit[i], 1000000);
        struct pl_py py = read_text(text);
        ck_assert_int_ne(pl_python_binds(&py, PL_SLICE("zz"), NULL), PL_SURE_YES);
        free((void *)(uintptr_t)text.ptr);
    }
    struct pl_slice text = repeat("(", 1000000);
    ck_assert_str_eq(read_text(text).syntax.what, "too many nested parentheses");
    free((void *)(uintptr_t)text.ptr);
}
END_TEST

static bool kept = true; /* what a failed call leaves alone */

static enum pl_status read_small(struct pl_err *failed)
{
    struct pl_arena small;
    pl_arena_init(&small, PL_MB(1));
    struct pl_py py = {.n_name = 77};
    enum pl_status status = pl_python_read(
        &py, PL_SLICE("import a.b\nif x:\n  h, g = 1, 2\nelse:\n  h = 3\ndel g\n"), &small, failed);
    kept = kept && (status == PL_OK || py.n_name == 77);
    pl_arena_done(&small);
    return status;
}

START_TEST(memory_that_runs_out_is_said)
{
    ck_assert_int_gt(oom_exhaust(read_small), 5);
    ck_assert(kept);
}
END_TEST

START_TEST(an_arena_that_is_too_small_is_said)
{
    struct pl_arena small;
    pl_arena_init(&small, 64);
    struct pl_py py = {.n_name = 77};
    struct pl_slice text = repeat("a=1;bb=2;", 9);
    ck_assert_int_ne(pl_python_read(&py,
                                    PL_SLICE("import a_long_name.another_long_name, b.c.d\n"
                                             "first = second = third = fourth = 1\n"),
                                    &small, &err),
                     PL_OK);
    ck_assert_uint_eq(py.n_name, 77);
    pl_arena_done(&small);
    free((void *)(uintptr_t)text.ptr);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        statements_bind,
        branches_join,
        what_cannot_be_followed_is_said,
        certain_syntax_errors_have_a_place,
        odd_but_valid_sources_are_no_errors,
        newer_syntax_is_known_by_its_version,
        the_first_of_newer_syntax_is_told,
        imports_are_listed_with_what_guards_them,
        names_are_sorted_with_their_places,
        binary_is_no_text,
        hostile_sizes_end_soon,
        memory_that_runs_out_is_said,
        an_arena_that_is_too_small_is_said,
    };
    return run_tests_in("inspect_python", tests, COUNT_OF(tests), before, after);
}
