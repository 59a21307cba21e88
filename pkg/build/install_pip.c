/*
 * pip, told to install for Lambda instead of this machine.
 *
 * Its options say which wheels fit (--platform, --python-version, --abi), but conditions of
 * requirements ("; platform_machine == 'aarch64'", PEP 508) it reads for the Python and the machine
 * that it runs on, and has no option for that (pypa/pip#11664, read 2026-11-24).  So a few lines of
 * Python give it the target's values before it starts; where its insides differ from what they
 * expect, pip is run as it is, and that is said.
 */
#include "pkg/base/file.h"
#include "pkg/build/install_python.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

enum { SOURCES_MAX = 60 };

/* ---- conditions ---- */

/* What the lines below write when this pip keeps its markers elsewhere. */
static const char UNSET[] = "plimsoll: this pip does not let its markers be set";

/* The values are those that uv takes for --python-platform and --python-version. */
static const char WITH_MARKERS[] =
    "import sys\n"
    "if sys.path and sys.path[0] == '':\n"
    "    del sys.path[0]\n"
    "import runpy\n"
    "try:\n"
    "    import pip._vendor.packaging.markers as markers\n"
    "    here = markers.default_environment\n"
    "    here()['platform_machine']\n"
    "except Exception:\n"
    "    sys.exit('%s')\n"
    "def target():\n"
    "    there = dict(here())\n"
    "    there.update(os_name='posix', sys_platform='linux', platform_system='Linux',\n"
    "                 platform_machine='%s', platform_release='', platform_version='',\n"
    "                 implementation_name='cpython', platform_python_implementation='CPython',\n"
    "                 python_version='3.%u', python_full_version='3.%u.0',\n"
    "                 implementation_version='3.%u.0')\n"
    "    return there\n"
    "markers.default_environment = target\n"
    "sys.argv[0] = 'pip'\n"
    "runpy.run_module('pip', run_name='__main__', alter_sys=True)\n";

static bool is_target(const struct pl_install_job *job, const struct pl_tool *pip)
{
    struct utsname here;
    return pip->python_minor == job->runtime->version_minor && uname(&here) >= 0 &&
           strcmp(here.sysname, "Linux") == 0 &&
           strcmp(here.machine, pl_install_cpu(job->arch)) == 0;
}

static void warn_of_markers(struct pl_install_job *job, const struct pl_tool *pip)
{
    if (!is_target(job, pip)) {
        pl_install_say(job, true,
                       "this pip decides for the Python and the machine that it runs on which "
                       "conditional requirements count (\"; platform_machine == ...\", \"; "
                       "python_version < ...\"); use uv (tool: uv), or a pip that 'python3 -m pip' "
                       "starts, to have them right for %s on %s",
                       job->runtime->id, pl_arch_name(job->arch));
    }
}

/* ---- the command ---- */

static const char *const pip_change[] = {"PIP_NO_INPUT=1",
                                         "PIP_NO_COLOR=1",
                                         "PIP_PROGRESS_BAR=off",
                                         "PIP_DISABLE_PIP_VERSION_CHECK=1",
                                         "PIP_ROOT_USER_ACTION=ignore",
                                         "PIP_REQUIRE_VIRTUALENV=0",
                                         "PIP_USER=0",
                                         "PIP_TARGET",
                                         "PIP_PREFIX",
                                         "PIP_ROOT",
                                         "PIP_NO_BINARY",
                                         "PIP_ONLY_BINARY",
                                         "PIP_PLATFORM",
                                         "PIP_PYTHON_VERSION",
                                         "PIP_ABI",
                                         "PIP_IMPLEMENTATION",
                                         "PYTHONDONTWRITEBYTECODE=1",
                                         NULL};

/* `markers`: a program that sets them, or NULL. */
static void begin_pip(struct pl_install_args *command, const struct pl_tool *pip,
                      const char *markers, const char *verb)
{
    pl_install_add(command, pip->path.ptr);
    if (markers) {
        pl_install_add_two(command, "-c", markers);
    } else if (pip->is_module) {
        pl_install_add_two(command, "-m", "pip");
    }
    pl_install_add(command, verb);
}

/* Newest to oldest, with the names from before PEP 600 where they belong. */
static enum pl_status add_platforms(struct pl_install_args *command, struct pl_install_job *job,
                                    struct pl_err *err)
{
    static const struct {
        unsigned glibc;
        const char *name;
    } old[] = {{17, "manylinux2014"}, {12, "manylinux2010"}, {5, "manylinux1"}};
    const char *cpu = pl_install_cpu(job->arch);
    unsigned last = job->arch == PL_ARCH_ARM64 ? 17 : 5;
    for (unsigned minor = pl_install_glibc(job); minor >= last; minor--) {
        struct pl_slice text;
        if (pl_arena_fmt(&job->in->arena, &text, err, "manylinux_2_%u_%s", minor, cpu) != PL_OK) {
            return err->code;
        }
        pl_install_add_two(command, "--platform", text.ptr);
        for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
            if (old[i].glibc != minor) {
                continue;
            }
            if (pl_arena_fmt(&job->in->arena, &text, err, "%s_%s", old[i].name, cpu) != PL_OK) {
                return err->code;
            }
            pl_install_add_two(command, "--platform", text.ptr);
        }
    }
    return PL_OK;
}

/* pip's "No matching distribution found for docopt==0.6.2 (from x)": the requirement, or empty. */
static struct pl_slice requirement_without(struct pl_slice text)
{
    static const char words[] = "No matching distribution found for ";
    size_t at = pl_slice_find_text(text, pl_slice_of(words));
    if (at == text.len) {
        return PL_SLICE("");
    }
    text = pl_slice_sub(text, at + sizeof words - 1, text.len);
    text = pl_slice_sub(text, 0, pl_slice_find(text, '\n'));
    return pl_slice_trim(pl_slice_sub(text, 0, pl_slice_find_text(text, PL_SLICE(" (from "))));
}

static struct pl_slice name_of(struct pl_slice requirement)
{
    size_t n = 0;
    while (n < requirement.len && !strchr(" =<>!~;[(@", requirement.ptr[n])) {
        n++;
    }
    return pl_slice_sub(requirement, 0, n);
}

/* What one wheel is called that stands in `folder` and is not for any machine; empty: none. */
static enum pl_status find_compiled(struct pl_install_job *job, struct pl_slice folder,
                                    struct pl_slice *ret, struct pl_err *err)
{
    DIR *dir = opendir(folder.ptr);
    const struct dirent *entry;
    enum pl_status status = PL_OK;
    *ret = PL_SLICE("");
    if (!dir) {
        return pl_err_sys(err, errno, "%s", folder.ptr);
    }
    while (status == PL_OK && (entry = readdir(dir)) != NULL) {
        struct pl_slice name = pl_slice_of(entry->d_name);
        if (pl_slice_ends(name, PL_SLICE(".whl")) &&
            !pl_slice_ends(name, PL_SLICE("-none-any.whl"))) {
            status = pl_arena_dup(&job->in->arena, name, ret, err);
        }
    }
    (void)closedir(dir);
    return status;
}

/* Makes a wheel of a source distribution, into `folder`. */
static enum pl_status build_wheel(struct pl_install_job *job, const struct pl_tool *pip,
                                  struct pl_slice requirement, struct pl_slice folder,
                                  struct pl_err *err)
{
    struct pl_slice name;
    struct pl_slice whole;
    struct pl_slice compiled;
    struct pl_install_args command = {.n = 0};
    if (pl_arena_dup(&job->in->arena, name_of(requirement), &name, err) != PL_OK ||
        pl_arena_dup(&job->in->arena, requirement, &whole, err) != PL_OK) {
        return err->code;
    }
    pl_install_say(job, false, "no wheel of %s for %s on %s: trying its source distribution",
                   whole.ptr, job->runtime->id, pl_arch_name(job->arch));
    begin_pip(&command, pip, NULL, "wheel"); /* is built, and so conditional, here */
    pl_install_add(&command, "--no-deps");
    pl_install_add_two(&command, "--no-binary", name.ptr);
    pl_install_add_two(&command, "--wheel-dir", folder.ptr);
    pl_install_add_two(&command, "--", whole.ptr);
    bool failed = false;
    struct pl_slice text = PL_SLICE("");
    const struct pl_install_run run = {.argv = command.at,
                                       .change = pip_change,
                                       .folder = job->root.ptr,
                                       .ret_failed = &failed,
                                       .ret_text = &text};
    if (pl_install_run(job, &run, err) != PL_OK) {
        return err->code;
    }
    if (failed) {
        return pl_install_failed(job, "pip", text, err);
    }
    if (find_compiled(job, folder, &compiled, err) != PL_OK) {
        return err->code;
    }
    return compiled.len == 0
               ? PL_OK
               : pl_err_set(err, PL_ERR_CONFIG,
                            "%s: %s comes as source only, and what is built from it here (%s) is "
                            "for this machine; take a version that has a wheel for %s on %s, or "
                            "build it in AWS's image of the runtime and take it as a `path`",
                            job->label.ptr, whole.ptr, compiled.ptr, job->runtime->id,
                            pl_arch_name(job->arch));
}

struct pip_try {
    const struct pl_tool *pip;
    const struct pl_wanted *wanted;
    const char *markers; /* what sets them; NULL: nothing does */
    const char *wheels;  /* a folder of wheels that were built; NULL: there is none */
};

static enum pl_status run_pip(struct pl_install_job *job, const struct pip_try *how,
                              bool *ret_failed, struct pl_slice *ret_text, struct pl_err *err)
{
    struct pl_slice version;
    struct pl_install_args command = {.n = 0};
    if (pl_arena_fmt(&job->in->arena, &version, err, "%u.%u", job->runtime->version_major,
                     job->runtime->version_minor) != PL_OK) {
        return err->code;
    }
    begin_pip(&command, how->pip, how->markers, "install");
    pl_install_add_two(&command, "--target", job->tree.ptr);
    pl_install_add_two(&command, "--only-binary", ":all:");
    pl_install_add_two(&command, "--implementation", "cp");
    pl_install_add_two(&command, "--python-version", version.ptr);
    pl_install_add_two(&command, "--abi", job->runtime->abi_tag);
    pl_install_add(&command, "--no-compile");
    if (how->wheels) {
        pl_install_add_two(&command, "--find-links", how->wheels);
    }
    if (add_platforms(&command, job, err) != PL_OK) {
        return err->code;
    }
    pl_install_add_wanted(&command, how->wanted);
    const struct pl_install_run run = {.argv = command.at,
                                       .change = pip_change,
                                       .folder = job->root.ptr,
                                       .ret_failed = ret_failed,
                                       .ret_text = ret_text};
    return pl_install_run(job, &run, err);
}

static bool says(struct pl_slice text, const char *words)
{
    return pl_slice_find_text(text, pl_slice_of(words)) < text.len;
}

/* Once, with the target's markers where this pip lets them be set. */
static enum pl_status try_pip(struct pl_install_job *job, struct pip_try *how, bool *ret_failed,
                              struct pl_slice *ret_text, struct pl_err *err)
{
    if (run_pip(job, how, ret_failed, ret_text, err) != PL_OK) {
        return err->code;
    }
    if (!how->markers || !*ret_failed || !says(*ret_text, UNSET)) {
        return PL_OK;
    }
    how->markers = NULL;
    warn_of_markers(job, how->pip);
    return run_pip(job, how, ret_failed, ret_text, err);
}

enum pl_status pl_install_pip(struct pl_install_job *job, const struct pl_tool *pip,
                              const struct pl_wanted *wanted, struct pl_err *err)
{
    unsigned minor = job->runtime->version_minor;
    struct pl_slice wheels;
    struct pl_slice markers;
    struct pl_slice text = PL_SLICE("");
    struct pl_slice last = PL_SLICE("");
    struct pip_try how = {.pip = pip, .wanted = wanted};
    bool failed = false;
    if (pl_install_in_work(job, "wheels", &wheels, err) != PL_OK ||
        pl_arena_fmt(&job->in->arena, &markers, err, WITH_MARKERS, UNSET, pl_install_cpu(job->arch),
                     minor, minor, minor) != PL_OK) {
        return err->code;
    }
    if (pip->is_module) {
        how.markers = markers.ptr;
    } else {
        warn_of_markers(job, pip);
    }
    for (unsigned built = 0; built <= SOURCES_MAX; built++) {
        how.wheels = built > 0 ? wheels.ptr : NULL;
        if (try_pip(job, &how, &failed, &text, err) != PL_OK) {
            return err->code;
        }
        struct pl_slice missing = requirement_without(text);
        if (!failed || missing.len == 0 || pl_slice_eq(missing, last)) {
            break;
        }
        last = missing;
        if (build_wheel(job, pip, missing, wheels, err) != PL_OK) {
            return err->code;
        }
    }
    return failed ? pl_install_failed(job, "pip", text, err) : PL_OK;
}
