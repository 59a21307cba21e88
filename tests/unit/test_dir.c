#include "oom.h"
#include "pkg/archive/dir.h"
#include "pkg/base/limits.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct pl_err err;
static char folder[64];
static int top = -1;

/* Removes what is below `fd`, however deep: by moving every folder up, nothing is ever deep. */
static void empty_folder(int fd)
{
    for (bool again = true; again;) {
        again = false;
        int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *stream = fdopendir(own);
        for (struct dirent *item; stream && (item = readdir(stream));) {
            if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) {
                continue;
            }
            if (unlinkat(fd, item->d_name, 0) == 0 ||
                unlinkat(fd, item->d_name, AT_REMOVEDIR) == 0) {
                continue;
            }
            again = true;
            if (fchmodat(fd, item->d_name, 0700, 0) != 0) {
                continue; /* gone meanwhile: the next turn sees */
            }
            int below = openat(fd, item->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            DIR *inner = fdopendir(below);
            static unsigned number;
            for (struct dirent *child; inner && (child = readdir(inner));) {
                char to[32];
                snprintf(to, sizeof to, "moved-%u", number++);
                if (strcmp(child->d_name, ".") != 0 && strcmp(child->d_name, "..") != 0) {
                    renameat(dirfd(inner), child->d_name, fd, to);
                }
            }
            if (inner) {
                closedir(inner);
            }
        }
        if (stream) {
            closedir(stream);
        }
    }
}

static void before(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/pl-dir-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(top, 0);
}

static void after(void)
{
    empty_folder(top);
    close(top);
    rmdir(folder);
}

static void put(const char *name, const char *text, mode_t mode)
{
    int fd = openat(top, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_msg(fd >= 0, "%s", name);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

static void put_folder(const char *name, mode_t mode)
{
    ck_assert_int_eq(mkdirat(top, name, 0700), 0);
    ck_assert_int_eq(fchmodat(top, name, mode, 0), 0);
}

static void put_large(const char *name, off_t bytes)
{
    put(name, "start", 0644);
    int fd = openat(top, name, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(ftruncate(fd, bytes), 0);
    close(fd);
}

static const struct pl_entry *get(const struct pl_tree *tree, const char *name)
{
    uint32_t index = pl_tree_find(tree, pl_slice_of(name));
    ck_assert_msg(index != PL_ENTRY_NONE, "%s is not there", name);
    return &tree->entry[index];
}

/* ---------------------------------------------------------------- a sink */

enum { MAX_SEEN = 256 };

struct seen {
    enum pl_look look;
    unsigned calls[MAX_SEEN];
    enum pl_read_state state[MAX_SEEN];
    size_t bytes[MAX_SEEN];
    char first[MAX_SEEN];
};

static enum pl_look seen_want(void *ctx, const struct pl_entry *entry)
{
    const struct seen *seen = ctx;
    return pl_slice_starts(entry->name, PL_SLICE("skip")) ? PL_LOOK_SKIP : seen->look;
}

static enum pl_status seen_entry(void *ctx, unsigned worker PL_UNUSED, uint32_t index,
                                 enum pl_read_state state, struct pl_slice bytes,
                                 struct pl_err *e PL_UNUSED)
{
    struct seen *seen = ctx;
    if (index < MAX_SEEN) {
        seen->calls[index]++;
        seen->state[index] = state;
        seen->bytes[index] = bytes.len;
        seen->first[index] = bytes.len > 0 ? bytes.ptr[0] : '\0';
    }
    return PL_OK;
}

static enum pl_status walk(struct pl_tree *tree, struct seen *seen, enum pl_look look,
                           unsigned workers)
{
    *seen = (struct seen){.look = look};
    struct pl_sink sink = {.ctx = seen, .want = seen_want, .entry = seen_entry, .workers = workers};
    return tree->ops->walk(tree, &sink, &err);
}

static unsigned at(const struct pl_tree *tree, const char *name)
{
    return (unsigned)(get(tree, name) - tree->entry);
}

/* ---------------------------------------------------------------- entries */

START_TEST(open_lists_files_folders_and_links)
{
    struct pl_tree tree;
    put("b.py", "print()\n", 0640);
    put_folder("a", 0750);
    put("a/run", "#!/bin/sh\n", 0755);
    put_folder("empty", 0755);
    ck_assert_int_eq(symlinkat("../b.py", top, "a/link"), 0);
    ck_assert_int_eq(symlinkat("/nowhere", top, "dangling"), 0);
    ck_assert_int_eq(symlinkat("loop", top, "loop"), 0);
    struct timespec when[2] = {{1000000000, 5}, {1000000000, 5}};
    ck_assert_int_eq(utimensat(top, "b.py", when, 0), 0);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    ck_assert_uint_eq(tree.n, 7);
    ck_assert_uint_eq(tree.n_stored, 7);
    ck_assert_uint_eq(tree.n_issue, 0);
    ck_assert_uint_eq(tree.container_bytes, 0);
    ck_assert_uint_eq(tree.unpacked_bytes, 18);
    for (uint32_t i = 0; i < tree.n; i++) {
        ck_assert_uint_eq(tree.entry[i].stored, i);
        ck_assert_uint_eq(tree.entry[i].flags & PL_ENTRY_IMPLIED, 0);
    }
    ck_assert_int_eq(get(&tree, "b.py")->mode, 0640);
    ck_assert_int_eq(get(&tree, "b.py")->mtime, 1000000000);
    ck_assert_uint_eq(get(&tree, "b.py")->size, 8);
    ck_assert_int_eq(get(&tree, "a")->mode, 0750);
    ck_assert_uint_eq(get(&tree, "a")->type, PL_ENTRY_FOLDER);
    ck_assert_uint_eq(get(&tree, "a/link")->type, PL_ENTRY_LINK);
    ck_assert(pl_slice_is(get(&tree, "a/link")->link, "../b.py"));
    ck_assert(pl_slice_is(get(&tree, "loop")->link, "loop"));
    ck_assert_uint_eq(get(&tree, "empty")->type, PL_ENTRY_FOLDER);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(open_never_opens_special_files)
{
    struct pl_tree tree;
    struct seen seen;
    ck_assert_int_eq(mkfifoat(top, "fifo", 0644), 0);
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof name.sun_path, "%s/sock", folder);
    ck_assert_int_eq(bind(sock, (struct sockaddr *)&name, sizeof name), 0);
    close(sock);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    ck_assert_uint_eq(tree.n, 2);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_SPECIAL], 2);
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_WHOLE, 2));
    ck_assert_uint_eq(seen.calls[0] + seen.calls[1], 0);
    struct pl_buf buf;
    pl_buf_init(&buf, 10);
    ASSERT_FAILS(tree.ops->read(&tree, 0, 10, &buf, &err), PL_ERR_FORMAT);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(open_refuses_what_is_no_folder)
{
    struct pl_tree tree;
    char path[128];
    put("file", "x", 0644);
    snprintf(path, sizeof path, "%s/file", folder);
    ASSERT_FAILS(pl_dir_open(&tree, path, NULL, &err), PL_ERR_FORMAT);
    snprintf(path, sizeof path, "%s/missing", folder);
    ASSERT_FAILS(pl_dir_open(&tree, path, NULL, &err), PL_ERR_MISSING);
}
END_TEST

START_TEST(open_tells_bad_names)
{
    struct pl_tree tree;
    put("back\\slash", "x", 0644);
    put("esc\x1b", "x", 0644);
    put("latin\xe9", "x", 0644);
    put("caf\xc3\xa9", "x", 0644);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    ck_assert_uint_eq(tree.n_issue, 3);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_NAME_BACKSLASH], 1);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_NAME_CONTROL], 1);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_NAME_ENCODING], 1);
    pl_tree_done(&tree);
}
END_TEST

static bool take_no_git(void *ctx, struct pl_slice name, enum pl_entry_type type)
{
    unsigned *asked = ctx;
    (*asked)++;
    return !(type == PL_ENTRY_FOLDER && pl_slice_is(name, ".git")) &&
           !pl_slice_ends(name, PL_SLICE(".pyc"));
}

START_TEST(open_leaves_out_what_the_filter_refuses)
{
    struct pl_tree tree;
    unsigned asked = 0;
    struct pl_dir_filter filter = {&asked, take_no_git};
    put("a.py", "x", 0644);
    put("a.pyc", "x", 0644);
    put_folder(".git", 0755);
    put(".git/config", "x", 0644);
    ASSERT_OK(pl_dir_open(&tree, folder, &filter, &err));
    ck_assert_uint_eq(tree.n, 1);
    ck_assert_uint_eq(asked, 3); /* .git was not entered */
    pl_tree_done(&tree);
}
END_TEST

/* ---------------------------------------------------------------- walk and read */

START_TEST(walk_hands_over_what_is_wanted)
{
    struct pl_tree tree;
    struct seen seen;
    put("small", "small", 0644);
    put("empty", "", 0644);
    put("skip", "x", 0644);
    put_large("mid", 100000);
    put_large("large", (off_t)PL_MB(40));
    put_large("sparse", (off_t)5 << 30);
    put_folder("f", 0755);
    ck_assert_int_eq(symlinkat("small", top, "link"), 0);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_WHOLE, 2));
    ck_assert_uint_eq(seen.bytes[at(&tree, "small")], 5);
    ck_assert_int_eq(seen.state[at(&tree, "small")], PL_READ_WHOLE);
    ck_assert_int_eq(seen.state[at(&tree, "empty")], PL_READ_WHOLE);
    ck_assert_uint_eq(seen.calls[at(&tree, "skip")], 0);
    ck_assert_uint_eq(seen.calls[at(&tree, "f")], 0);
    ck_assert_uint_eq(seen.bytes[at(&tree, "mid")], 100000);
    ck_assert_int_eq(seen.state[at(&tree, "large")], PL_READ_START);
    ck_assert_uint_eq(seen.bytes[at(&tree, "large")], PL_LOOK_START_BYTES);
    ck_assert_int_eq(seen.state[at(&tree, "sparse")], PL_READ_START);
    ck_assert_int_eq(seen.first[at(&tree, "sparse")], 's');
    ck_assert_uint_eq(seen.bytes[at(&tree, "link")], 5);
    ck_assert(tree.walk_complete);
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_START, 2));
    ck_assert_uint_eq(seen.bytes[at(&tree, "mid")], PL_LOOK_START_BYTES);
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_CHECK, 2));
    ck_assert_uint_eq(seen.bytes[at(&tree, "mid")], 0);
    ck_assert_int_eq(seen.state[at(&tree, "mid")], PL_READ_START);
    ck_assert_uint_eq(tree.n_issue, 0);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(walk_stops_at_the_limit)
{
    struct pl_tree tree;
    struct seen seen;
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%02d", i);
        put_large(name, 30000000);
    }
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_WHOLE, 2));
    ck_assert(!tree.walk_complete);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_BOMB], 1);
    ck_assert_uint_eq(seen.calls[at(&tree, "f16")], 1);
    ck_assert_uint_eq(seen.calls[at(&tree, "f17")], 0);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(changes_are_noticed)
{
    struct pl_tree tree;
    struct seen seen;
    struct pl_buf buf;
    put("shrinks", "longer", 0644);
    put("grows", "short", 0644);
    put("vanishes", "x", 0644);
    put("link", "x", 0644);
    put("fifo", "x", 0644);
    put_folder("folder", 0755);
    put("folder/file", "x", 0644);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    put("shrinks", "l", 0644);
    put("grows", "longer now", 0644);
    unlinkat(top, "vanishes", 0);
    unlinkat(top, "link", 0);
    ck_assert_int_eq(symlinkat("grows", top, "link"), 0);
    unlinkat(top, "fifo", 0);
    ck_assert_int_eq(mkfifoat(top, "fifo", 0644), 0);
    ck_assert_int_eq(renameat(top, "folder", top, "moved"), 0);
    ck_assert_int_eq(symlinkat("moved", top, "folder"), 0);
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_WHOLE, 2));
    static const char *const name[] = {"shrinks", "grows", "vanishes",
                                       "link",    "fifo",  "folder/file"};
    pl_buf_init(&buf, 100);
    for (size_t i = 0; i < COUNT_OF(name); i++) {
        ck_assert_msg(seen.state[at(&tree, name[i])] == PL_READ_FAILED, "%s", name[i]);
        ck_assert_int_ne((int)tree.ops->read(&tree, at(&tree, name[i]), 100, &buf, &err), PL_OK);
        ck_assert_uint_eq(buf.len, 0);
    }
    ASSERT_FAILS(tree.ops->read(&tree, at(&tree, "shrinks"), 100, &buf, &err), PL_ERR_CHANGED);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_UNREADABLE], COUNT_OF(name));
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_WHOLE, 1));
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_UNREADABLE], COUNT_OF(name));
    pl_buf_done(&buf);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(read_gives_files_and_targets_within_the_limit)
{
    struct pl_tree tree;
    struct pl_buf buf;
    put("file", "content", 0644);
    ck_assert_int_eq(symlinkat("file", top, "link"), 0);
    put_folder("f", 0755);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    pl_buf_init(&buf, 100);
    ASSERT_OK(tree.ops->read(&tree, at(&tree, "file"), 7, &buf, &err));
    ASSERT_OK(tree.ops->read(&tree, at(&tree, "link"), 4, &buf, &err));
    ck_assert(pl_slice_is(pl_buf_view(&buf), "contentfile"));
    ASSERT_FAILS(tree.ops->read(&tree, at(&tree, "file"), 6, &buf, &err), PL_ERR_LIMIT);
    ASSERT_FAILS(tree.ops->read(&tree, at(&tree, "link"), 3, &buf, &err), PL_ERR_LIMIT);
    ASSERT_FAILS(tree.ops->read(&tree, at(&tree, "f"), 6, &buf, &err), PL_ERR_FORMAT);
    ASSERT_FAILS(tree.ops->read(&tree, tree.n, 6, &buf, &err), PL_ERR_INTERNAL);
    pl_buf_done(&buf);
    pl_tree_done(&tree);
}
END_TEST

/* ---------------------------------------------------------------- limits */

/* A chain of `depth` folders with names of `len` bytes, and a file at its end. */
static void put_chain(unsigned depth, size_t len)
{
    char name[256];
    int at_fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memset(name, 'd', len);
    name[len] = '\0';
    for (unsigned i = 0; i < depth; i++) {
        ck_assert_int_eq(mkdirat(at_fd, name, 0755), 0);
        int next = openat(at_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(at_fd);
        at_fd = next;
    }
    int fd = openat(at_fd, "end", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ck_assert_int_eq(write(fd, "end", 3), 3);
    close(fd);
    close(at_fd);
}

START_TEST(paths_of_twelve_thousand_bytes_are_read)
{
    struct pl_tree tree;
    struct seen seen;
    put_chain(48, 250);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    ck_assert_uint_eq(tree.n, 49);
    ck_assert_uint_gt(tree.entry[48].name.len, 12000);
    ASSERT_OK(walk(&tree, &seen, PL_LOOK_WHOLE, 2));
    ck_assert_uint_eq(seen.bytes[48], 3);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(paths_over_the_limit_are_an_error)
{
    struct pl_tree tree;
    put_chain(70, 250);
    ASSERT_FAILS(pl_dir_open(&tree, folder, NULL, &err), PL_ERR_LIMIT);
}
END_TEST

START_TEST(folders_over_the_depth_are_an_error)
{
    struct pl_tree tree;
    put_chain(PL_MAX_FOLDER_DEPTH, 1);
    ASSERT_OK(pl_dir_open(&tree, folder, NULL, &err));
    ck_assert_uint_eq(tree.n, PL_MAX_FOLDER_DEPTH + 1);
    pl_tree_done(&tree);
    empty_folder(top);
    put_chain(PL_MAX_FOLDER_DEPTH + 1, 1);
    ASSERT_FAILS(pl_dir_open(&tree, folder, NULL, &err), PL_ERR_LIMIT);
}
END_TEST

/* The process of this test alone has few descriptors and, when it can, another user. */
static int run_apart(int (*fn)(void))
{
    int status = -1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(fn());
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int with_few_descriptors(void)
{
    struct pl_tree tree;
    struct seen seen;
    for (int fd = 3; fd < 256; fd++) {
        close(fd);
    }
    struct rlimit few = {8, 8};
    if (setrlimit(RLIMIT_NOFILE, &few) != 0) {
        return 1;
    }
    if (pl_dir_open(&tree, folder, NULL, &err) != PL_OK) {
        return 2;
    }
    if (walk(&tree, &seen, PL_LOOK_WHOLE, 2) != PL_OK || !tree.walk_complete) {
        return 3;
    }
    for (uint32_t i = 0; i < tree.n; i++) {
        if (tree.entry[i].type == PL_ENTRY_FILE && seen.state[i] != PL_READ_WHOLE) {
            return 4;
        }
    }
    int result = tree.n_issue == 0 && tree.n == 6 + 30 + 30 * 2 + 1 ? 0 : 5;
    pl_tree_done(&tree);
    return result;
}

START_TEST(eight_descriptors_are_enough)
{
    put_chain(6, 10);
    for (int i = 0; i < 30; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%d", i);
        put_folder(name, 0755);
        snprintf(name, sizeof name, "f%d/a", i);
        put(name, "x", 0644);
        snprintf(name, sizeof name, "f%d/b", i);
        put(name, "x", 0644);
    }
    ck_assert_int_eq(run_apart(with_few_descriptors), 0);
}
END_TEST

static int as_nobody(void)
{
    struct pl_tree tree;
    struct seen seen;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 1;
    }
    if (pl_dir_open(&tree, folder, NULL, &err) != PL_OK) {
        return 2;
    }
    if (!(get(&tree, "closed")->flags & PL_ENTRY_UNREADABLE) ||
        get(&tree, "listed/file")->mode != PL_MODE_NONE ||
        !(get(&tree, "secret")->flags & PL_ENTRY_UNREADABLE) ||
        tree.issues_of[PL_ISSUE_UNREADABLE] != 3 || tree.n != 5) {
        return 3;
    }
    if (walk(&tree, &seen, PL_LOOK_WHOLE, 2) != PL_OK ||
        seen.state[at(&tree, "secret")] != PL_READ_FAILED ||
        seen.state[at(&tree, "open")] != PL_READ_WHOLE) {
        return 4;
    }
    if (tree.issues_of[PL_ISSUE_UNREADABLE] != 3) {
        return 5;
    }
    pl_tree_done(&tree);
    return 0;
}

START_TEST(what_may_not_be_read_is_said)
{
    put_folder("closed", 0700);
    put("closed/file", "x", 0644);
    put_folder("listed", 0755);
    put("listed/file", "x", 0644);
    put("secret", "x", 0000);
    put("open", "x", 0644);
    ck_assert_int_eq(fchmodat(top, "closed", 0000, 0), 0);
    ck_assert_int_eq(fchmodat(top, "listed", 0444, 0), 0);
    ck_assert_int_eq(fchmod(top, 0755), 0);
    ck_assert_int_eq(run_apart(as_nobody), 0);
}
END_TEST

static int root_refused(void)
{
    struct pl_tree tree;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 1;
    }
    return pl_dir_open(&tree, folder, NULL, &err) == PL_ERR_IO ? 0 : 2;
}

START_TEST(a_root_that_may_not_be_read_is_an_error)
{
    ck_assert_int_eq(fchmod(top, 0000), 0);
    int result = run_apart(root_refused);
    ck_assert_int_eq(fchmod(top, 0700), 0);
    ck_assert_int_eq(result, 0);
}
END_TEST

/* ---------------------------------------------------------------- out of memory */

static enum pl_status use_once(struct pl_err *e)
{
    struct pl_tree tree;
    struct seen seen = {.look = PL_LOOK_WHOLE};
    struct pl_sink sink = {.ctx = &seen, .want = seen_want, .entry = seen_entry, .workers = 1};
    enum pl_status status = pl_dir_open(&tree, folder, NULL, e);
    if (status == PL_OK) {
        status = tree.ops->walk(&tree, &sink, e);
        pl_tree_done(&tree);
    }
    return status;
}

START_TEST(reader_survives_every_failed_allocation)
{
    put_folder("f", 0755);
    put("f/a", "x", 0644);
    ck_assert_int_eq(symlinkat("a", top, "f/l"), 0);
    ck_assert_int_gt(oom_exhaust(use_once), 8);
}
END_TEST

int main(void)
{
    const TTest *const test[] = {
        open_lists_files_folders_and_links,
        open_never_opens_special_files,
        open_refuses_what_is_no_folder,
        open_tells_bad_names,
        open_leaves_out_what_the_filter_refuses,
        walk_hands_over_what_is_wanted,
        walk_stops_at_the_limit,
        changes_are_noticed,
        read_gives_files_and_targets_within_the_limit,
        paths_of_twelve_thousand_bytes_are_read,
        paths_over_the_limit_are_an_error,
        folders_over_the_depth_are_an_error,
        eight_descriptors_are_enough,
        what_may_not_be_read_is_said,
        a_root_that_may_not_be_read_is_an_error,
        reader_survives_every_failed_allocation,
    };
    return run_tests_in("dir", test, COUNT_OF(test), before, after);
}
