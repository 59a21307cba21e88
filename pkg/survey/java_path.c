/*
 * CustomerClassLoader.java of aws-lambda-java-runtime-interface-client (2.9.0, 2026-01-07), and of
 * the JDK what it builds on: URLClassLoader asks its parent first, takes each jar's Class-Path, and
 * the versions of multi-release jars (jdk.internal.loader.URLClassPath, JDK 17).
 */
#include "pkg/survey/java_path.h"

#include "pkg/archive/zip_read.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/jvm.h"

#include <stdlib.h>
#include <string.h>

/* A jar is read whole, so that its entries can be found. */
#define JAR_BYTES PL_MB(64)
enum { MAX_JARS = 2048, FIRST_MULTI_RELEASE = 9, JAR_SUFFIX = 4 };

static const struct pl_slice TASK = PL_SLICE_INIT("/var/task/");
static const char *const FOLDERS[] = {"/var/task/lib", "/opt/java/lib"};
enum { FOLDER_COUNT = sizeof FOLDERS / sizeof FOLDERS[0] };

/* What the JDK brings, and what stands on the system class path beside the client. */
static const struct pl_slice RUNTIME_HAS[] = {
    PL_SLICE_INIT("java/"),
    PL_SLICE_INIT("javax/"),
    PL_SLICE_INIT("jdk/"),
    PL_SLICE_INIT("sun/"),
    PL_SLICE_INIT("com/sun/"),
    PL_SLICE_INIT("org/w3c/dom/"),
    PL_SLICE_INIT("org/xml/sax/"),
    PL_SLICE_INIT("org/ietf/jgss/"),
    PL_SLICE_INIT("org/omg/"),
    PL_SLICE_INIT("netscape/"),
    PL_SLICE_INIT("com/amazonaws/services/lambda/runtime/"),
    PL_SLICE_INIT("com/amazonaws/services/lambda/crac/"),
    PL_SLICE_INIT("com/amazonaws/lambda/thirdparty/"),
    PL_SLICE_INIT("software/amazon/awssdk/"),
};
/* aws-lambda-java-events is a dependency of the function, though its package looks otherwise. */
static const struct pl_slice EVENTS =
    PL_SLICE_INIT("com/amazonaws/services/lambda/runtime/events/");

static bool runtime_may_have(struct pl_slice name)
{
    for (size_t i = 0; i < sizeof RUNTIME_HAS / sizeof RUNTIME_HAS[0]; i++) {
        if (pl_slice_starts(name, RUNTIME_HAS[i])) {
            return !pl_slice_starts(name, EVENTS);
        }
    }
    return false;
}

PL_STATUS pl_java_file(struct pl_looker *l, struct pl_slice name, struct pl_slice *ret,
                       struct pl_err *err)
{
    return pl_look_fmt(l, ret, err, "%.*s.class", PL_ARG(name));
}

static void unsure(struct pl_java_path *path, enum pl_why why)
{
    if (path->unsure == PL_WHY_NONE) {
        path->unsure = (uint8_t)why;
    }
}

/* ---------------------------------------------------------------- the list of jars */

static bool is_listed(const struct pl_java_path *path, struct pl_ref at)
{
    for (const struct pl_jar *jar = path->first; jar; jar = jar->next) {
        if (pl_ref_eq(jar->at, at)) {
            return true;
        }
    }
    return false;
}

/* Puts the jar at `place` behind `*after`; what is no file is passed over, as Java does. */
static PL_STATUS add_jar(struct pl_java_path *path, struct pl_slice place, struct pl_jar ***after,
                         struct pl_err *err)
{
    struct pl_hit hit = pl_view_find(path->l->view, PL_SLICE("/"), place);
    if (hit.how == PL_HOW_OUTSIDE) {
        unsure(path, PL_WHY_OUTSIDE);
    }
    if (hit.how != PL_HOW_FILE || is_listed(path, hit.at)) {
        return PL_OK;
    }
    if (path->n == MAX_JARS) {
        unsure(path, PL_WHY_TOO_BIG);
        return PL_OK;
    }
    struct pl_jar *jar = pl_arena_new(&path->l->scratch, 1, sizeof *jar, err);
    if (!jar) {
        return err->code;
    }
    *jar = (struct pl_jar){.at = hit.at, .place = place, .next = **after};
    **after = jar;
    *after = &jar->next;
    path->n++;
    return PL_OK;
}

struct names {
    struct pl_slice *name; /* owned */
    size_t n, cap;
};

static int compare_names(const void *left, const void *right)
{
    return pl_slice_cmp(*(const struct pl_slice *)left, *(const struct pl_slice *)right);
}

/* Notes the jars directly in `folder` of one package. */
static PL_STATUS list_folder(struct pl_looker *l, const struct pl_package *package,
                             struct pl_slice folder, struct names *names, struct pl_err *err)
{
    uint32_t first = 0;
    uint32_t end = 0;
    pl_tree_range(&package->tree, folder, &first, &end);
    for (uint32_t i = first; i < end; i++) {
        struct pl_slice name = package->tree.entry[i].name;
        name = pl_slice_sub(name, folder.len > 0 ? folder.len + 1 : 0, name.len);
        if (pl_slice_find(name, '/') < name.len || name.len <= JAR_SUFFIX ||
            !pl_slice_ends(name, PL_SLICE(".jar"))) {
            continue;
        }
        if (names->n == names->cap) {
            size_t cap = names->cap > 0 ? 2 * names->cap : 64;
            struct pl_slice *more = pl_arena_new(&l->scratch, cap, sizeof *more, err);
            if (!more) {
                return err->code;
            }
            if (names->n > 0) {
                memcpy(more, names->name, names->n * sizeof *more);
            }
            names->name = more;
            names->cap = cap;
        }
        names->name[names->n++] = name;
    }
    return PL_OK;
}

/* The names in a folder of the view, whichever mounts it is made of. */
static PL_STATUS list_view(struct pl_looker *l, const struct pl_hit *hit, struct pl_slice folder,
                           struct names *names, struct pl_err *err)
{
    if (hit->via.package && hit->at.package) {
        const struct pl_entry *entry = pl_ref_entry(hit->at);
        struct pl_slice name = entry ? entry->name : PL_SLICE("");
        return list_folder(l, hit->at.package, name, names, err);
    }
    for (uint32_t i = 0; i < l->view->n; i++) {
        const struct pl_mount *mount = &l->view->mount[i];
        if (!mount->package || !pl_slice_starts(folder, mount->at)) {
            continue;
        }
        struct pl_slice below = pl_slice_sub(folder, mount->at.len + 1, folder.len);
        if (list_folder(l, mount->package, below, names, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* A path becomes a URL without quoting: what URLs treat specially leads elsewhere. */
static bool is_plain_url(struct pl_slice name)
{
    return pl_slice_find(name, '%') == name.len && pl_slice_find(name, '#') == name.len &&
           pl_slice_find(name, '?') == name.len;
}

static PL_STATUS add_folder(struct pl_java_path *path, struct pl_slice folder,
                            struct pl_jar ***after, struct pl_err *err)
{
    struct names names = {0};
    struct pl_hit hit = pl_view_find(path->l->view, PL_SLICE("/"), folder);
    if (hit.how == PL_HOW_OUTSIDE && hit.via.package) {
        unsure(path, PL_WHY_OUTSIDE);
    }
    if (hit.how != PL_HOW_FOLDER) {
        return PL_OK;
    }
    if (list_view(path->l, &hit, folder, &names, err) != PL_OK) {
        return err->code;
    }
    if (names.n > 0) {
        qsort(names.name, names.n, sizeof *names.name, compare_names);
    }
    for (size_t i = 0; i < names.n; i++) {
        struct pl_slice place;
        if (!is_plain_url(names.name[i])) {
            unsure(path, PL_WHY_SEARCH_PATH);
            continue;
        }
        if (pl_look_fmt(path->l, &place, err, "%.*s/%.*s", PL_ARG(folder), PL_ARG(names.name[i])) !=
                PL_OK ||
            add_jar(path, place, after, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_java_path_make(struct pl_java_path *path, struct pl_looker *l, struct pl_err *err)
{
    *path = (struct pl_java_path){.l = l, .feature = l->fn->runtime->version_major};
    struct pl_jar **after = &path->first;
    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        if (add_folder(path, pl_slice_of(FOLDERS[i]), &after, err) != PL_OK) {
            return err->code;
        }
    }
    if (l->view->opaque_layer) {
        unsure(path, PL_WHY_OPAQUE_LAYER);
    }
    /* Both can put more on the class path; CLASSPATH itself the runtime sets. */
    if (pl_look_has_env(l, "AWS_LAMBDA_EXEC_WRAPPER") || pl_look_has_env(l, "JAVA_TOOL_OPTIONS") ||
        pl_look_has_env(l, "_JAVA_OPTIONS") || pl_look_has_env(l, "JDK_JAVA_OPTIONS")) {
        unsure(path, PL_WHY_SEARCH_PATH);
    }
    return PL_OK;
}

static void drop_bytes(struct pl_java_path *path, struct pl_jar *jar)
{
    path->held_bytes -= jar->bytes.len;
    pl_buf_done(&jar->bytes);
}

static void close_jar(struct pl_java_path *path, struct pl_jar *jar)
{
    if (jar->tree.ops) {
        path->entries -= jar->tree.n;
        pl_tree_done(&jar->tree);
        jar->tree = (struct pl_tree){0};
    }
    drop_bytes(path, jar);
}

void pl_java_path_done(struct pl_java_path *path)
{
    for (struct pl_jar *jar = path->first; jar; jar = jar->next) {
        close_jar(path, jar);
    }
    for (struct pl_jar *jar = path->stray; jar; jar = jar->next) {
        close_jar(path, jar);
    }
    path->first = path->stray = NULL;
}

/* ---------------------------------------------------------------- one jar */

static void give_up(struct pl_jar *jar, enum pl_why why)
{
    jar->state = PL_JAR_UNSURE;
    jar->why = (uint8_t)why;
}

/* The bytes of the jar, inflated from its package. */
static PL_STATUS read_bytes(struct pl_java_path *path, struct pl_jar *jar, struct pl_err *err)
{
    const struct pl_package *package = jar->at.package;
    const struct pl_entry *entry = pl_ref_entry(jar->at);
    uint8_t state = package->read_state ? package->read_state[jar->at.entry] : PL_READ_NOT_LOOKED;
    if (package->kind == PL_KIND_LIST) {
        give_up(jar, PL_WHY_LISTED);
        return PL_OK;
    }
    if (state == PL_READ_CORRUPT || state == PL_READ_UNSUPPORTED) {
        give_up(jar, PL_WHY_CORRUPT);
        return PL_OK;
    }
    if (entry->size > JAR_BYTES || entry->size > PL_MAX_PRODUCED - path->read_bytes) {
        give_up(jar, PL_WHY_TOO_BIG);
        return PL_OK;
    }
    pl_buf_init(&jar->bytes, JAR_BYTES);
    enum pl_status status =
        package->tree.ops->read(&package->tree, jar->at.entry, JAR_BYTES, &jar->bytes, err);
    path->held_bytes += jar->bytes.len;
    path->read_bytes += jar->bytes.len;
    if (status == PL_ERR_FORMAT || status == PL_ERR_LIMIT) {
        give_up(jar, status == PL_ERR_FORMAT ? PL_WHY_CORRUPT : PL_WHY_TOO_BIG);
        return PL_OK;
    }
    return status;
}

static void judge_tree(struct pl_jar *jar)
{
    if (jar->tree.issues_of[PL_ISSUE_NO_END_RECORD] > 0) {
        jar->state = PL_JAR_NO_ZIP;
        return;
    }
    jar->state = PL_JAR_OPEN;
    for (uint32_t i = 0; i < jar->tree.n_issue; i++) {
        enum pl_issue_kind what = (enum pl_issue_kind)jar->tree.issue[i].what;
        if (pl_issue_class(what) == PL_ISSUES_BROKEN && what != PL_ISSUE_LOCAL_MISSING &&
            what != PL_ISSUE_EMPTY) {
            give_up(jar, PL_WHY_CORRUPT);
        }
    }
}

/* Reads the jar and lists it; after this its bytes are held. */
static PL_STATUS load_jar(struct pl_java_path *path, struct pl_jar *jar, struct pl_err *err)
{
    close_jar(path, jar);
    if (read_bytes(path, jar, err) != PL_OK) {
        return err->code;
    }
    if (jar->state == PL_JAR_UNSURE) {
        drop_bytes(path, jar);
        return PL_OK;
    }
    enum pl_status status =
        pl_zip_open_memory(&jar->tree, jar->place.ptr, pl_buf_view(&jar->bytes), err);
    if (status == PL_ERR_LIMIT) {
        give_up(jar, PL_WHY_TOO_BIG);
        return PL_OK;
    }
    if (status != PL_OK) {
        return status;
    }
    path->entries += jar->tree.n;
    judge_tree(jar);
    if (path->entries > PL_MAX_ENTRIES) {
        give_up(jar, PL_WHY_TOO_BIG);
    }
    if (jar->state != PL_JAR_OPEN) {
        close_jar(path, jar);
    }
    return PL_OK;
}

/* Keeps what fits, so that a second class of a jar is there at once. */
static void keep_or_drop(struct pl_java_path *path, struct pl_jar *jar)
{
    if (path->held_bytes > PL_MAX_LOOK_BYTES) {
        drop_bytes(path, jar);
    }
}

/* An entry of an open jar, in the scratch arena. */
static PL_STATUS read_inner(struct pl_java_path *path, struct pl_jar *jar, uint32_t inner,
                            struct pl_slice *ret, uint8_t *ret_why, struct pl_err *err)
{
    struct pl_looker *l = path->l;
    *ret_why = PL_WHY_NONE;
    if (jar->bytes.len == 0 && load_jar(path, jar, err) != PL_OK) {
        return err->code;
    }
    if (jar->state != PL_JAR_OPEN || inner >= jar->tree.n) {
        *ret_why = jar->why != PL_WHY_NONE ? jar->why : PL_WHY_CORRUPT;
        return PL_OK;
    }
    size_t left = PL_MAX_LOOK_BYTES - l->bytes;
    if (l->files == PL_MAX_LOOK_FILES || jar->tree.entry[inner].size > left) {
        *ret_why = PL_WHY_TOO_BIG;
        return PL_OK;
    }
    struct pl_buf PL_CLEANUP(pl_buf_done) text = {0};
    pl_buf_init(&text, left);
    enum pl_status status = jar->tree.ops->read(&jar->tree, inner, left, &text, err);
    l->files++;
    l->bytes += text.len;
    keep_or_drop(path, jar);
    if (status == PL_ERR_FORMAT || status == PL_ERR_LIMIT) {
        *ret_why = status == PL_ERR_FORMAT ? PL_WHY_CORRUPT : PL_WHY_TOO_BIG;
        return PL_OK;
    }
    return status == PL_OK ? pl_arena_dup(&l->scratch, pl_buf_view(&text), ret, err) : status;
}

/* Class-Path: further jars, by URLs that are relative to this one. */
static PL_STATUS add_class_path(struct pl_java_path *path, struct pl_jar *jar,
                                struct pl_slice value, struct pl_err *err)
{
    struct pl_slice word;
    struct pl_jar **after = &jar->next;
    struct pl_slice folder = pl_slice_dirname(jar->place);
    while (pl_slice_next(&value, ' ', &word)) {
        struct pl_slice place;
        if (word.len == 0) {
            continue;
        }
        if (pl_slice_starts(word, PL_SLICE("file:")) || !is_plain_url(word) ||
            word.ptr[word.len - 1] == '/') {
            /* A folder, or a URL to take apart: rare, and only ever more classes. */
            unsure(path, PL_WHY_SEARCH_PATH);
            continue;
        }
        bool absolute = word.ptr[0] == '/';
        if (pl_look_fmt(path->l, &place, err, "%.*s%s%.*s", absolute ? 0 : (int)folder.len,
                        folder.ptr, absolute ? "" : "/", PL_ARG(word)) != PL_OK ||
            add_jar(path, place, &after, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS read_manifest(struct pl_java_path *path, struct pl_jar *jar, struct pl_err *err)
{
    struct pl_slice text;
    struct pl_slice value;
    uint8_t why = PL_WHY_NONE;
    uint32_t at = pl_tree_find(&jar->tree, PL_SLICE("META-INF/MANIFEST.MF"));
    if (at == PL_ENTRY_NONE) {
        return PL_OK;
    }
    /* Manifests are small; they do not count among the files that a function's look may read. */
    uint32_t files = path->l->files;
    enum pl_status status = read_inner(path, jar, at, &text, &why, err);
    path->l->files = files;
    if (status != PL_OK || why != PL_WHY_NONE) {
        return status;
    }
    if (pl_jar_attribute(text, "Multi-Release", &path->l->scratch, &value, err) != PL_OK) {
        return err->code;
    }
    jar->multi_release = pl_slice_eq_nocase(value, PL_SLICE("true"));
    if (pl_jar_attribute(text, "Class-Path", &path->l->scratch, &value, err) != PL_OK) {
        return err->code;
    }
    return add_class_path(path, jar, value, err);
}

PL_STATUS pl_java_path_open(struct pl_java_path *path, struct pl_jar *jar, struct pl_err *err)
{
    if (jar->state != PL_JAR_CLOSED) {
        return PL_OK;
    }
    if (load_jar(path, jar, err) != PL_OK) {
        return err->code;
    }
    if (jar->state != PL_JAR_OPEN) {
        return PL_OK;
    }
    enum pl_status status = read_manifest(path, jar, err);
    keep_or_drop(path, jar);
    return status;
}

/* ---------------------------------------------------------------- one class */

/* The entry that JarFile would give for a class of this runtime. */
static PL_STATUS find_in_jar(struct pl_java_path *path, const struct pl_jar *jar,
                             struct pl_slice file, uint32_t *ret, struct pl_err *err)
{
    uint32_t from = jar->multi_release ? path->feature : 0;
    for (uint32_t version = from; version >= FIRST_MULTI_RELEASE; version--) {
        struct pl_slice name;
        if (pl_look_fmt(path->l, &name, err, "META-INF/versions/%u/%.*s", version, PL_ARG(file)) !=
            PL_OK) {
            return err->code;
        }
        *ret = pl_tree_find(&jar->tree, name);
        if (*ret != PL_ENTRY_NONE) {
            return PL_OK;
        }
    }
    *ret = pl_tree_find(&jar->tree, file);
    if (*ret != PL_ENTRY_NONE && jar->tree.entry[*ret].type != PL_ENTRY_FILE) {
        *ret = PL_ENTRY_NONE;
    }
    return PL_OK;
}

static PL_STATUS search_jars(struct pl_java_path *path, struct pl_slice file,
                             struct pl_java_spot *ret, struct pl_err *err)
{
    for (struct pl_jar *jar = path->first; jar; jar = jar->next) {
        if (pl_java_path_open(path, jar, err) != PL_OK) {
            return err->code;
        }
        if (jar->state == PL_JAR_UNSURE) {
            unsure(path, (enum pl_why)jar->why);
        }
        if (jar->state != PL_JAR_OPEN) {
            continue;
        }
        uint32_t inner = PL_ENTRY_NONE;
        if (find_in_jar(path, jar, file, &inner, err) != PL_OK) {
            return err->code;
        }
        if (inner != PL_ENTRY_NONE) {
            *ret = (struct pl_java_spot){PL_JAVA_HERE, PL_WHY_NONE, jar->at, jar, inner};
            return PL_OK;
        }
    }
    return PL_OK;
}

PL_STATUS pl_java_path_find(struct pl_java_path *path, struct pl_slice name,
                            struct pl_java_spot *ret, struct pl_err *err)
{
    struct pl_slice file;
    struct pl_slice place;
    *ret = (struct pl_java_spot){.at = {NULL, PL_ENTRY_NONE}, .inner = PL_ENTRY_NONE};
    /* java.* is never looked for anywhere else. */
    if (pl_slice_starts(name, PL_SLICE("java/"))) {
        ret->where = PL_JAVA_RUNTIME;
        return PL_OK;
    }
    if (pl_java_file(path->l, name, &file, err) != PL_OK ||
        pl_look_fmt(path->l, &place, err, "%.*s%.*s", PL_ARG(TASK), PL_ARG(file)) != PL_OK) {
        return err->code;
    }
    struct pl_hit hit = pl_view_find(path->l->view, PL_SLICE("/"), place);
    if (hit.how == PL_HOW_FILE) {
        ret->where = PL_JAVA_HERE;
        ret->at = hit.at;
        return PL_OK;
    }
    if (hit.how == PL_HOW_OUTSIDE) {
        ret->where = PL_JAVA_UNSURE;
        ret->why = PL_WHY_OUTSIDE;
        return PL_OK;
    }
    if (search_jars(path, file, ret, err) != PL_OK || ret->where == PL_JAVA_HERE) {
        return ret->where == PL_JAVA_HERE ? PL_OK : err->code;
    }
    if (runtime_may_have(name)) {
        ret->where = PL_JAVA_RUNTIME;
    } else if (path->unsure != PL_WHY_NONE) {
        ret->where = PL_JAVA_UNSURE;
        ret->why = path->unsure;
    }
    return PL_OK;
}

PL_STATUS pl_java_path_read(struct pl_java_path *path, const struct pl_java_spot *spot,
                            struct pl_slice *ret, uint8_t *ret_why, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    struct pl_load unread = {.why = PL_WHY_NONE};
    if (spot->jar) {
        return read_inner(path, spot->jar, spot->inner, ret, ret_why, err);
    }
    if (pl_look_text(path->l, spot->at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret_why = pl_load_unread(&unread, looked) ? unread.why : (uint8_t)PL_WHY_NONE;
    *ret = pl_buf_view(&looked->text);
    return PL_OK;
}

PL_STATUS pl_java_path_stray(struct pl_java_path *path, uint32_t *at, struct pl_jar **ret,
                             struct pl_err *err)
{
    const struct pl_package *code = path->l->fn->code;
    *ret = NULL;
    for (; *at < code->tree.n; ++*at) {
        const struct pl_entry *entry = &code->tree.entry[*at];
        struct pl_ref ref = {code, *at};
        if (entry->type != PL_ENTRY_FILE || (entry->flags & PL_ENTRY_SHADOWED) != 0 ||
            !pl_slice_ends(entry->name, PL_SLICE(".jar")) || is_listed(path, ref)) {
            continue;
        }
        struct pl_jar *jar = pl_arena_new(&path->l->scratch, 1, sizeof *jar, err);
        if (!jar || pl_look_fmt(path->l, &jar->place, err, "%.*s", PL_ARG(entry->name)) != PL_OK) {
            return err->code;
        }
        jar->at = ref;
        jar->next = path->stray;
        path->stray = jar;
        ++*at;
        enum pl_status status = load_jar(path, jar, err);
        keep_or_drop(path, jar);
        *ret = jar;
        return status;
    }
    return PL_OK;
}
