#include "pkg/base/file.h"
#include "pkg/base/os.h"
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int __real_pl_os_open_unnamed(const char *dir);
int __wrap_pl_os_open_unnamed(const char *dir);

/* As on file systems that have no unnamed files; the linker sends the calls through here. */
static bool no_unnamed;

int __wrap_pl_os_open_unnamed(const char *dir)
{
    if (no_unnamed) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return __real_pl_os_open_unnamed(dir);
}

static char root[64];

/* A path inside this test's folder; three may be in use at once. */
static const char *in_root(const char *name)
{
    static char path[3][512];
    static unsigned turn;
    turn = (turn + 1) % 3;
    (void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", root, name);
    return path[turn];
}

static void make_root(void)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(root, sizeof(root), "%s/plimsoll-file-XXXXXX",
                   base && strlen(base) < 30 ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) {
        (void)unlink(path);
        return;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char inner[1024];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        struct stat st;
        if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode)) {
            (void)chmod(inner, 0700);
            remove_tree(inner);
        } else {
            (void)unlink(inner);
        }
    }
    (void)closedir(dir);
    (void)rmdir(path);
}

static void drop_root(void)
{
    remove_tree(root);
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(fd), 0);
}

static void assert_content(const char *path, const char *expected)
{
    struct pl_err err;
    struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = 1000};
    ASSERT_OK(pl_file_read(path, &buf, &err));
    ck_assert_str_eq(buf.data, expected);
}

static unsigned entries_of(const char *path)
{
    unsigned n = 0;
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    while (readdir(dir)) {
        n++;
    }
    (void)closedir(dir);
    return n - 2;
}

START_TEST(reads_whole_files_to_the_byte)
{
    static const size_t size[] = {0, 1, 4095, 65535, 65536, 65537, 300000};
    for (size_t i = 0; i < COUNT_OF(size); i++) {
        struct pl_err err;
        const char *path = in_root("f");
        char *text = malloc(size[i] + 1);
        ck_assert_ptr_nonnull(text);
        memset(text, 'x', size[i]);
        text[size[i]] = '\0';
        put(path, text);
        struct pl_buf buf;
        pl_buf_init(&buf, size[i]); /* exactly enough */
        ASSERT_OK(pl_file_read(path, &buf, &err));
        ck_assert_uint_eq(buf.len, size[i]);
        ck_assert_str_eq(buf.data, text);
        pl_buf_done(&buf);
        if (size[i] > 0) {
            pl_buf_init(&buf, size[i] - 1);
            ASSERT_FAILS(pl_file_read(path, &buf, &err), PL_ERR_LIMIT);
            ck_assert_uint_eq(buf.len, 0);
            pl_buf_done(&buf);
        }
        free(text);
    }
}
END_TEST

START_TEST(read_appends_and_takes_back_on_failure)
{
    struct pl_err err;
    struct pl_buf buf;
    pl_buf_init(&buf, 8);
    put(in_root("f"), "12345");
    ASSERT_OK(pl_buf_text(&buf, "abc", &err));
    ASSERT_OK(pl_file_read(in_root("f"), &buf, &err));
    ck_assert_str_eq(buf.data, "abc12345");
    ASSERT_FAILS(pl_file_read(in_root("f"), &buf, &err), PL_ERR_LIMIT);
    ck_assert_str_eq(buf.data, "abc12345");

    int fd = open(in_root("f"), O_RDONLY);
    buf.len = 6;
    buf.data[6] = '\0';
    ASSERT_FAILS(pl_file_read_fd(fd, "f", &buf, &err), PL_ERR_LIMIT);
    ck_assert_str_eq(buf.data, "abc123");
    ck_assert_int_eq(close(fd), 0);
    pl_buf_done(&buf);
}
END_TEST

START_TEST(reads_a_pipe_even_a_non_blocking_one)
{
    int fd[2];
    ck_assert_int_eq(pipe(fd), 0);
    ck_assert_int_eq(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)close(fd[0]);
        for (int i = 0; i < 5; i++) {
            struct timespec time = {.tv_nsec = 10000000};
            (void)nanosleep(&time, NULL);
            if (write(fd[1], "part", 4) != 4) {
                _exit(1);
            }
        }
        _exit(0);
    }
    ck_assert_int_eq(close(fd[1]), 0);
    struct pl_err err;
    struct pl_buf buf;
    pl_buf_init(&buf, 20);
    ASSERT_OK(pl_file_read_fd(fd[0], "pipe", &buf, &err));
    ck_assert_str_eq(buf.data, "partpartpartpartpart");
    pl_buf_done(&buf);
    ck_assert_int_eq(close(fd[0]), 0);
}
END_TEST

START_TEST(refuses_what_is_no_file_and_never_hangs)
{
    struct pl_err err;
    int fd = -7;
    ck_assert_int_eq(mkfifo(in_root("fifo"), 0644), 0);
    ASSERT_FAILS(pl_file_open(in_root("fifo"), &fd, &err), PL_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.msg, "is a FIFO"));
    ASSERT_FAILS(pl_file_open(root, &fd, &err), PL_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.msg, "is a folder"));
    ASSERT_FAILS(pl_file_open("/dev/null", &fd, &err), PL_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.msg, "is a device"));
    ASSERT_FAILS(pl_file_open(in_root("none"), &fd, &err), PL_ERR_MISSING);
    ASSERT_FAILS(pl_file_open("", &fd, &err), PL_ERR_MISSING);
    ck_assert_int_eq(symlink("loop", in_root("loop")), 0);
    ASSERT_FAILS(pl_file_open(in_root("loop"), &fd, &err), PL_ERR_IO);
    ck_assert_int_eq(err.sys, ELOOP);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", root);
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(sock, (const struct sockaddr *)&address, sizeof(address)), 0);
    ASSERT_FAILS(pl_file_open(in_root("sock"), &fd, &err), PL_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.msg, "is a socket"));
    ck_assert_int_eq(close(sock), 0);
    ck_assert_int_eq(fd, -7);
}
END_TEST

START_TEST(opened_files_block_again)
{
    struct pl_err err;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    put(in_root("f"), "x");
    ASSERT_OK(pl_file_open(in_root("f"), &fd, &err));
    ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}
END_TEST

START_TEST(pread_and_pwrite_are_whole_or_fail)
{
    struct pl_err err;
    char text[8] = "";
    put(in_root("f"), "0123456789");
    int fd PL_CLEANUP(pl_fd_close) = open(in_root("f"), O_RDWR);
    ASSERT_OK(pl_file_pread(fd, "f", text, 4, 6, &err));
    ck_assert_str_eq(text, "6789");
    ASSERT_FAILS(pl_file_pread(fd, "f", text, 4, 7, &err), PL_ERR_CHANGED);
    ASSERT_FAILS(pl_file_pread(fd, "f", text, 1, UINT64_MAX, &err), PL_ERR_CHANGED);
    ASSERT_OK(pl_file_pread(fd, "f", text, 0, 100, &err));
    ASSERT_OK(pl_file_pwrite(fd, "f", "xy", 2, 9, &err));
    ASSERT_FAILS(pl_file_pwrite(fd, "f", "xy", 2, INT64_MAX, &err), PL_ERR_IO);
    assert_content(in_root("f"), "012345678xy");
    ASSERT_FAILS(pl_file_pwrite(-1, "f", "xy", 2, 0, &err), PL_ERR_IO);
}
END_TEST

START_TEST(a_full_disk_is_said)
{
    struct pl_err err;
    int fd PL_CLEANUP(pl_fd_close) = open("/dev/full", O_WRONLY);
    if (fd >= 0) {
        ASSERT_FAILS(pl_file_pwrite(fd, "full", "x", 1, 0, &err), PL_ERR_IO);
        ck_assert_int_eq(err.sys, ENOSPC);
    }
}
END_TEST

START_TEST(mkdirs_makes_what_is_missing)
{
    struct pl_err err;
    struct stat st;
    ASSERT_OK(pl_file_mkdirs(in_root("a/b//c/"), &err));
    ck_assert(stat(in_root("a/b/c"), &st) == 0 && S_ISDIR(st.st_mode));
    ASSERT_OK(pl_file_mkdirs(in_root("a/b/c"), &err));
    ASSERT_OK(pl_file_mkdirs("/", &err));
    ck_assert_int_eq(symlink("a", in_root("link")), 0);
    ASSERT_OK(pl_file_mkdirs(in_root("link/d"), &err));
    ck_assert_int_eq(stat(in_root("a/d"), &st), 0);
    put(in_root("file"), "");
    ASSERT_FAILS(pl_file_mkdirs(in_root("file"), &err), PL_ERR_IO);
    ASSERT_FAILS(pl_file_mkdirs(in_root("file/x"), &err), PL_ERR_IO);
    ASSERT_FAILS(pl_file_mkdirs("", &err), PL_ERR_MISSING);
}
END_TEST

static void write_out(const char *path, const char *text)
{
    struct pl_err err;
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    ASSERT_OK(pl_out_begin(&out, path, &err));
    ASSERT_OK(pl_file_pwrite(out.fd, path, text, strlen(text), 0, &err));
    ASSERT_OK(pl_out_commit(&out, &err));
    ck_assert_int_eq(out.fd, -1);
    ck_assert_ptr_null(out.path);
}

START_TEST(out_appears_whole_with_the_mode_of_the_umask)
{
    struct stat st;
    mode_t old = umask(027);
    write_out(in_root("new"), "hello");
    (void)umask(old);
    assert_content(in_root("new"), "hello");
    ck_assert_int_eq(stat(in_root("new"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0640);
    ck_assert_uint_eq(entries_of(root), 1);
    write_out(in_root("new"), "again");
    assert_content(in_root("new"), "again");
    ck_assert_uint_eq(entries_of(root), 1);
}
END_TEST

START_TEST(old_file_stands_until_commit)
{
    struct pl_err err;
    struct pl_out out = PL_OUT_NONE;
    put(in_root("f"), "old");
    ASSERT_OK(pl_out_begin(&out, in_root("f"), &err));
    ASSERT_OK(pl_file_pwrite(out.fd, "f", "new", 3, 0, &err));
    char text[4] = "";
    ASSERT_OK(pl_file_pread(out.fd, "f", text, 3, 0, &err)); /* it can be read back */
    ck_assert_str_eq(text, "new");
    assert_content(in_root("f"), "old");
    pl_out_abort(&out);
    pl_out_abort(&out);
    pl_out_abort(NULL);
    assert_content(in_root("f"), "old");
    ck_assert_uint_eq(entries_of(root), 1);
}
END_TEST

START_TEST(out_refuses_folders_and_special_files)
{
    struct pl_err err;
    struct pl_out out = PL_OUT_NONE;
    ck_assert_int_eq(mkfifo(in_root("fifo"), 0644), 0);
    ck_assert_int_eq(mkdir(in_root("dir"), 0755), 0);
    ASSERT_FAILS(pl_out_begin(&out, in_root("fifo"), &err), PL_ERR_IO);
    ASSERT_FAILS(pl_out_begin(&out, in_root("dir"), &err), PL_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.msg, "is a folder"));
    ASSERT_FAILS(pl_out_begin(&out, in_root("dir/"), &err), PL_ERR_IO);
    ASSERT_FAILS(pl_out_begin(&out, in_root("new/"), &err), PL_ERR_IO);
    ASSERT_FAILS(pl_out_begin(&out, "/dev/null", &err), PL_ERR_IO);
    ASSERT_FAILS(pl_out_begin(&out, "", &err), PL_ERR_USAGE);
    ASSERT_FAILS(pl_out_begin(&out, in_root("none/f"), &err), PL_ERR_MISSING);
    ASSERT_FAILS(pl_out_begin(&out, in_root("fifo/f"), &err), PL_ERR_MISSING);
    ASSERT_FAILS(pl_out_commit(&out, &err), PL_ERR_INTERNAL);
    ck_assert_int_eq(out.fd, -1);
    ck_assert_ptr_null(out.path);
}
END_TEST

START_TEST(commit_into_what_became_a_folder_leaves_no_litter)
{
    struct pl_err err;
    struct pl_out out = PL_OUT_NONE;
    ASSERT_OK(pl_out_begin(&out, in_root("f"), &err));
    ck_assert_int_eq(mkdir(in_root("f"), 0755), 0);
    ASSERT_FAILS(pl_out_commit(&out, &err), PL_ERR_IO);
    ck_assert_int_eq(out.fd, -1);
    ck_assert_uint_eq(entries_of(root), 1);
    ck_assert_uint_eq(entries_of(in_root("f")), 0);
}
END_TEST

START_TEST(links_stay_links)
{
    struct pl_err err;
    struct stat st;
    struct pl_out out = PL_OUT_NONE;
    ck_assert_int_eq(mkdir(in_root("real"), 0755), 0);
    put(in_root("real/f"), "old");
    ck_assert_int_eq(symlink("real/f", in_root("link")), 0);
    ck_assert_int_eq(symlink("link", in_root("link2")), 0);
    write_out(in_root("link2"), "new");
    assert_content(in_root("real/f"), "new");
    ck_assert(lstat(in_root("link"), &st) == 0 && S_ISLNK(st.st_mode));
    ck_assert(lstat(in_root("link2"), &st) == 0 && S_ISLNK(st.st_mode));
    ck_assert_uint_eq(entries_of(in_root("real")), 1);

    ck_assert_int_eq(symlink(in_root("real/made"), in_root("dangling")), 0);
    write_out(in_root("dangling"), "made");
    assert_content(in_root("real/made"), "made");
    ck_assert_int_eq(symlink("nowhere/f", in_root("lost")), 0);
    ASSERT_FAILS(pl_out_begin(&out, in_root("lost"), &err), PL_ERR_MISSING);
    ck_assert_int_eq(symlink("loop", in_root("loop")), 0);
    ASSERT_FAILS(pl_out_begin(&out, in_root("loop"), &err), PL_ERR_IO);
    ck_assert_int_eq(symlink("real", in_root("to-dir")), 0);
    ASSERT_FAILS(pl_out_begin(&out, in_root("to-dir"), &err), PL_ERR_IO);
}
END_TEST

START_TEST(names_of_any_length_work)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    for (int i = 0; i < 2; i++) { /* the second time through a temporary name */
        write_out(in_root(name), i == 0 ? "one" : "two");
    }
    assert_content(in_root(name), "two");
    ck_assert_uint_eq(entries_of(root), 1);
    struct pl_err err;
    struct pl_out out = PL_OUT_NONE;
    static char longest[20001];
    memset(longest, 'p', 20000);
    ASSERT_FAILS(pl_out_begin(&out, longest, &err), PL_ERR_LIMIT);
}
END_TEST

/* The name of the one temporary in the folder; empty when there is none. */
static void find_temporary(char ret[300])
{
    ret[0] = '\0';
    DIR *dir = opendir(root);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (pl_out_is_temporary(entry->d_name)) {
            (void)snprintf(ret, 300, "%s", entry->d_name);
        }
    }
    (void)closedir(dir);
}

START_TEST(without_unnamed_files_a_temporary_stands_beside)
{
    struct pl_err err;
    struct stat st;
    struct pl_out out = PL_OUT_NONE;
    struct pl_out second = PL_OUT_NONE;
    char name[300];
    no_unnamed = true;
    put(in_root("f"), "old");
    ASSERT_OK(pl_out_begin(&out, in_root("f"), &err));
    ASSERT_OK(pl_out_begin(&second, in_root("f"), &err)); /* another name, no quarrel */
    find_temporary(name);
    ck_assert_str_ne(name, "");
    ck_assert_uint_eq(entries_of(root), 3);
    ASSERT_OK(pl_file_pwrite(out.fd, "f", "new", 3, 0, &err));
    assert_content(in_root("f"), "old");
    ASSERT_OK(pl_out_commit(&out, &err));
    assert_content(in_root("f"), "new");
    pl_out_abort(&second);
    ck_assert_uint_eq(entries_of(root), 1);

    mode_t old = umask(077);
    write_out(in_root("private"), "x");
    (void)umask(old);
    ck_assert_int_eq(stat(in_root("private"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);

    ASSERT_OK(pl_out_begin(&out, in_root("dir"), &err));
    ck_assert_int_eq(mkdir(in_root("dir"), 0755), 0);
    ASSERT_FAILS(pl_out_commit(&out, &err), PL_ERR_IO);
    ck_assert_uint_eq(entries_of(root), 3);
    ASSERT_FAILS(pl_out_begin(&out, in_root("none/f"), &err), PL_ERR_MISSING);
}
END_TEST

START_TEST(relative_paths_work)
{
    char before[1024];
    ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
    ck_assert_int_eq(chdir(root), 0);
    write_out("plain", "a");
    write_out("./dotted", "b");
    ck_assert_int_eq(chdir(before), 0);
    assert_content(in_root("plain"), "a");
    assert_content(in_root("dotted"), "b");
}
END_TEST

/* Killed at any moment: either file is whole, and the folder holds nothing else for long. */
START_TEST(two_writers_never_mix)
{
    char big[20000];
    memset(big, 'b', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    put(in_root("f"), "start");
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    for (int i = 0; i < 30; i++) {
        write_out(in_root("f"), child == 0 ? "small" : big);
        struct pl_err err;
        struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = 100000};
        ASSERT_OK(pl_file_read(in_root("f"), &buf, &err));
        ck_assert(pl_slice_is(pl_buf_view(&buf), "small") || pl_slice_is(pl_buf_view(&buf), big));
    }
    if (child == 0) {
        _exit(0);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(entries_of(root), 1);
}
END_TEST

START_TEST(temporaries_are_known_by_name)
{
    static const char *const yes[] = {".f.zip.plimsoll-123-0.tmp", ".a.plimsoll-1-999.tmp",
                                      ".a-b.plimsoll-1-2.plimsoll-1-2.tmp"};
    static const char *const no[] = {"",
                                     ".",
                                     ".tmp",
                                     "f.zip.plimsoll-123-0.tmp",
                                     ".f.zip.plimsoll-123-0.tmp2",
                                     ".f.zip.plimsoll-123-.tmp",
                                     ".f.zip.plimsoll-12x-0.tmp",
                                     ".f.zip.plimsoll-0.tmp",
                                     ".plimsoll-1-2.tmp",
                                     ".f.plimsol-1-2.tmp"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        ck_assert_msg(pl_out_is_temporary(yes[i]), "%s", yes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(no); i++) {
        ck_assert_msg(!pl_out_is_temporary(no[i]), "%s", no[i]);
    }
}
END_TEST

/* A number that no process has: its own has ended and was waited for. */
static long dead_pid(void)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    return (long)pid;
}

/* Puts a temporary of a process in the folder, `age` seconds old, and packs the name again. */
static bool survives(const char *output, long pid, time_t age)
{
    struct pl_err err;
    struct pl_out out = PL_OUT_NONE;
    char name[100];
    struct stat st;
    (void)snprintf(name, sizeof name, ".f.zip.plimsoll-%ld-0.tmp", pid);
    put(in_root(name), "half");
    const struct timespec at = {.tv_sec = time(NULL) - age};
    const struct timespec times[2] = {at, at};
    ck_assert_int_eq(utimensat(AT_FDCWD, in_root(name), times, 0), 0);
    ASSERT_OK(pl_out_begin(&out, in_root(output), &err));
    pl_out_abort(&out);
    bool is_there = stat(in_root(name), &st) == 0;
    (void)unlink(in_root(name));
    return is_there;
}

START_TEST(what_a_killed_process_left_is_removed_when_it_is_old)
{
    long dead = dead_pid();
    ck_assert(!survives("f.zip", dead, 3600));
    ck_assert(survives("f.zip", dead, 60));
    ck_assert(survives("f.zip", (long)getpid(), 3600));
    ck_assert(survives("other.zip", dead, 3600));
}
END_TEST

START_TEST(file_times_have_their_seconds)
{
    const struct stat st = {.st_mtim = {.tv_sec = 5, .tv_nsec = 7}, .st_ctim = {.tv_sec = -1}};
    ck_assert_int_eq(pl_os_mtime_ns(&st), INT64_C(5000000007));
    ck_assert_int_eq(pl_os_ctime_ns(&st), INT64_C(-1000000000));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        reads_whole_files_to_the_byte,
        read_appends_and_takes_back_on_failure,
        reads_a_pipe_even_a_non_blocking_one,
        refuses_what_is_no_file_and_never_hangs,
        opened_files_block_again,
        pread_and_pwrite_are_whole_or_fail,
        a_full_disk_is_said,
        mkdirs_makes_what_is_missing,
        out_appears_whole_with_the_mode_of_the_umask,
        old_file_stands_until_commit,
        out_refuses_folders_and_special_files,
        commit_into_what_became_a_folder_leaves_no_litter,
        links_stay_links,
        names_of_any_length_work,
        without_unnamed_files_a_temporary_stands_beside,
        what_a_killed_process_left_is_removed_when_it_is_old,
        relative_paths_work,
        two_writers_never_mix,
        temporaries_are_known_by_name,
        file_times_have_their_seconds,
    };
    return run_tests_in("file", tests, COUNT_OF(tests), make_root, drop_root);
}
