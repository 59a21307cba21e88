/* Which manifest a path belongs to, and reading it. */
#include "manifestcase.h"

#include <sys/stat.h>
#include <unistd.h>

/* A folder for one test; removed with everything in it. */
static char folder[256];

static void make_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/plimsoll-test-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    static const char *const files[] = {
        "r/a/b/c/f.zip", "r/a/plimsoll.yaml", "r/p/m.yaml", "r/plimsoll.yaml", "plimsoll.yaml",
    };
    static const char *const folders[] = {
        "r/a/b/plimsoll.yaml", "r/a/b/c", "r/a/b", "r/a", "r/p", "r/.git", "r"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)unlink(files[i]);
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        (void)rmdir(folders[i]);
    }
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_folder(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0777), 0);
}

static void finds(const char *start, const char *wanted)
{
    char *got = NULL;
    struct pl_err err = {.msg = ""};
    ck_assert_msg(pl_manifest_find(start, &got, &err) == PL_OK, "%s", err.msg);
    if (wanted) {
        ck_assert_ptr_nonnull(got);
        ck_assert_str_eq(got, wanted);
    } else {
        ck_assert_msg(got == NULL, "from %s: %s", start, got);
    }
    free(got);
}

START_TEST(find_goes_up_to_the_repository)
{
    put_folder("r");
    put_folder("r/.git");
    put_folder("r/p");
    put_folder("r/a");
    put_folder("r/a/b");
    put_folder("r/a/b/c");
    put_folder("r/a/b/plimsoll.yaml"); /* no file */
    put("plimsoll.yaml", "version: 1\n");
    put("r/a/b/c/f.zip", "");
    finds("r/a/b/c/f.zip", NULL);
    put("r/plimsoll.yaml", "version: 1\n");
    finds("r/a/b/c/f.zip", "r/plimsoll.yaml");
    put("r/a/plimsoll.yaml", "version: 1\n");
    finds("r/a/b/c/f.zip", "r/a/plimsoll.yaml");
    finds("r/a/b/c", "r/a/plimsoll.yaml");
    finds("r/a/b/c/", "r/a/plimsoll.yaml");
    finds("r/a", "r/a/plimsoll.yaml");
    finds("r/p/none/such.zip", NULL);
    finds("r/p/such.zip", "r/plimsoll.yaml");
    finds("r/a/../p", "r/a/../plimsoll.yaml");
    finds("x.zip", "plimsoll.yaml");
    finds(".", "plimsoll.yaml");
    finds("", "plimsoll.yaml");
    ck_assert_int_eq(chdir("r/a/b/c"), 0);
    finds(".", "../../plimsoll.yaml");
    finds("f.zip", "../../plimsoll.yaml");
    finds("../../../p", "../../../plimsoll.yaml");
    ck_assert_int_eq(chdir(folder), 0);
    char path[300];
    (void)snprintf(path, sizeof path, "%s/r/p", folder);
    char wanted[320];
    (void)snprintf(wanted, sizeof wanted, "%s/r/plimsoll.yaml", folder);
    finds(path, wanted);
}
END_TEST

START_TEST(find_ends_at_the_root)
{
    finds("/", NULL);
    finds("/no/such/folder/f.zip", NULL);
}
END_TEST

START_TEST(read_starts_paths_from_the_folder_of_the_manifest)
{
    struct pl_project project;
    struct pl_err err = {.msg = ""};
    put_folder("r");
    put_folder("r/p");
    put("r/p/m.yaml", "version: 1\nfunctions: {f: {sources: a, layers: [l.zip, /abs/l.zip]}}\n");
    ck_assert_msg(pl_manifest_read(&project, "r/p/m.yaml", &err) == PL_OK, "%s", err.msg);
    same(project.root, "r/p");
    same(project.function[0].source[0].path.text, "a");
    same(project.layer[0].id, "l.zip");
    same(project.layer[0].package.text, "r/p/l.zip");
    same(project.layer[1].package.text, "/abs/l.zip");
    pl_project_done(&project);
    put("plimsoll.yaml", "version: 1\n");
    ck_assert_int_eq(pl_manifest_read(&project, "plimsoll.yaml", &err), PL_OK);
    same(project.root, ".");
    pl_project_done(&project);
}
END_TEST

START_TEST(read_says_what_it_could_not_read)
{
    struct pl_project project = {.n_function = 77};
    struct pl_err err = {.msg = ""};
    ck_assert_int_eq(pl_manifest_read(&project, "none.yaml", &err), PL_ERR_MISSING);
    ck_assert_msg(strncmp(err.msg, "none.yaml", 9) == 0, "%s", err.msg);
    put_folder("r");
    ck_assert_int_eq(pl_manifest_read(&project, "r", &err), PL_ERR_FORMAT);
    put("plimsoll.yaml", "version: 1\nfunctoins: {}\n");
    ck_assert_int_eq(pl_manifest_read(&project, "plimsoll.yaml", &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg, "plimsoll.yaml:2:1: unknown key 'functoins' in the manifest; did you "
                              "mean 'functions'?");
    ck_assert_uint_eq(project.n_function, 77);
}
END_TEST

int main(void)
{
    const TTest *const test[] = {
        find_goes_up_to_the_repository,
        find_ends_at_the_root,
        read_starts_paths_from_the_folder_of_the_manifest,
        read_says_what_it_could_not_read,
    };
    return run_tests_in("manifest_find", test, COUNT_OF(test), make_folder, remove_folder);
}
