/* What is defined once a file and what it requires are loaded. */
#include "pkg/survey/load_ruby.h"

enum { CHAIN_MAX = 16 };

/* Ruby 2.5 to 4.0: the standard library, with what became gems that are still installed with it. */
static const char LIBRARIES[] =
    "English abbrev base64 benchmark bigdecimal bundler cgi cgi-util coverage csv date debug "
    "delegate did_you_mean digest drb e2mmap erb error_highlight etc expect fcntl fiddle fileutils "
    "find forwardable gdbm getoptlong io-console io ipaddr irb json logger matrix minitest monitor "
    "mutex_m net nkf objspace observer open-uri open3 openssl optparse optionparser ostruct "
    "pathname pp prettyprint prime prism pstore psych pty racc random rbconfig rdoc readline "
    "reline resolv resolv-replace rexml rinda ripper rss rubygems scanf securerandom set "
    "shellwords "
    "singleton socket stringio strscan syslog tempfile test-unit thread thwait time timeout tmpdir "
    "tracer tsort un unicode_normalize uri weakref webrick xmlrpc yaml zlib enumerator fiber "
    "continuation rational complex";

/* Methods that every object answers to, so that send finds them: Object, Kernel, Module, Class. */
static const char CORE_METHODS[] =
    "! != !~ <=> == === =~ __id__ __method__ __callee__ __dir__ __send__ alias_method allocate "
    "ancestors abort at_exit attr attr_accessor attr_reader attr_writer autoload autoload? "
    "attached_object binding block_given? callcc caller caller_locations catch class class_eval "
    "class_exec class_variable_defined? class_variable_get class_variable_set class_variables "
    "clone const_defined? const_get const_missing const_set const_source_location constants "
    "define_method define_singleton_method deprecate_constant display dup enum_for eql? equal? "
    "eval "
    "exec exit exit! extend extended fail fork format freeze frozen? gem gem_original_require gets "
    "global_variables hash include include? included included_modules inherited initialize "
    "initialize_clone initialize_copy initialize_dup inspect instance_eval instance_exec "
    "instance_method instance_methods instance_of? instance_variable_defined? "
    "instance_variable_get instance_variable_names instance_variable_set instance_variables is_a? "
    "itself iterator? j jj kind_of? lambda load local_variables loop method method_added "
    "method_defined? method_removed method_undefined methods module_eval module_exec "
    "module_function name new nil? object_id open p pp prepend prepended prepend_features "
    "print printf private private_class_method private_constant private_instance_method "
    "private_instance_methods private_method_defined? private_methods proc protected "
    "protected_instance_methods protected_method_defined? protected_methods public "
    "public_class_method public_constant public_instance_method public_instance_methods "
    "public_method public_method_defined? public_methods public_send putc puts raise rand readline "
    "readlines refine refinements remove_class_variable remove_const remove_instance_variable "
    "remove_method require require_relative respond_to? respond_to_missing? ruby2_keywords select "
    "send set_temporary_name set_trace_func singleton_class singleton_class? singleton_method "
    "singleton_method_added singleton_method_removed singleton_method_undefined singleton_methods "
    "sleep spawn sprintf srand subclasses superclass syscall system taint tainted? tap test then "
    "throw timeout to_enum to_s trace_var trap trust undef_method undefined_instance_methods "
    "untaint untrace_var untrust untrusted? using warn yield_self Array BigDecimal Complex "
    "DelegateClass Float Hash Integer JSON Pathname Rational String URI y psych_y dclone "
    "append_features extend_object psych_to_yaml to_yaml to_json call_handler handler_file_name "
    "handler_method_name __builtin_get rake_original_const_missing xmp instance_variable_names "
    "class_attribute delegate";

/* Classes without class methods beyond those of every class that a handler could mean. */
static const char PLAIN_BASES[] = "Object BasicObject StandardError RuntimeError ArgumentError "
                                  "Exception NameError NoMethodError Comparable Enumerable Kernel";

bool pl_ruby_is_library(struct pl_slice path)
{
    struct pl_slice first = pl_slice_sub(path, 0, pl_slice_find(path, '/'));
    if (pl_slice_ends(first, PL_SLICE(".rb")) || pl_slice_ends(first, PL_SLICE(".so"))) {
        first.len -= 3;
    }
    return pl_look_word(LIBRARIES, first) || pl_slice_starts(first, PL_SLICE("aws-sdk")) ||
           pl_slice_starts(first, PL_SLICE("aws-sig")) || pl_slice_is(path, "aws-eventstream") ||
           pl_slice_is(path, "aws-partitions");
}

static enum pl_sure more_sure(enum pl_sure a, uint8_t b)
{
    return b > (uint8_t)a ? (enum pl_sure)b : a;
}

/* What no reading can rule out. */
static enum pl_sure floor_of(const struct pl_ruby_set *set, struct pl_slice name)
{
    enum pl_sure sure = PL_SURE_NO;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pl_rb *rb = set->file[i].rb;
        sure = rb->dynamic || rb->doubt || rb->not_text ? PL_SURE_MAYBE : sure;
        for (uint32_t k = 0; k < rb->n_name; k++) {
            const struct pl_rb_name *n = &rb->name[k];
            bool vague = n->kind == PL_RB_LOOSE || n->kind == PL_RB_MENTION;
            sure = vague && pl_slice_eq(n->name, name) ? PL_SURE_MAYBE : sure;
        }
    }
    return sure;
}

/* A method of this kind and owner. */
static enum pl_sure defined(const struct pl_ruby_set *set, enum pl_rb_kind kind,
                            struct pl_slice owner, struct pl_slice name)
{
    enum pl_sure sure = PL_SURE_NO;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pl_rb *rb = set->file[i].rb;
        for (uint32_t k = 0; k < rb->n_name; k++) {
            const struct pl_rb_name *n = &rb->name[k];
            if (n->kind == kind && pl_slice_eq(n->owner, owner) && pl_slice_eq(n->name, name)) {
                sure = more_sure(sure, n->sure);
            }
        }
    }
    return sure;
}

static enum pl_sure is_module(const struct pl_ruby_set *set, struct pl_slice path,
                              bool *ret_assigned)
{
    enum pl_sure sure = PL_SURE_NO;
    *ret_assigned = false;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pl_rb *rb = set->file[i].rb;
        for (uint32_t k = 0; k < rb->n_name; k++) {
            const struct pl_rb_name *n = &rb->name[k];
            bool counts =
                n->kind == PL_RB_MODULE || n->kind == PL_RB_CLASS || n->kind == PL_RB_CONSTANT;
            if (counts && pl_slice_eq(n->name, path)) {
                sure = more_sure(sure, n->sure);
                *ret_assigned = *ret_assigned || n->kind == PL_RB_CONSTANT;
            }
        }
    }
    return sure;
}

/* The module or class FROM::NAME.  Names are slices of different texts: they are compared piece by
 * piece. */
static bool find_module(const struct pl_ruby_set *set, struct pl_slice from, struct pl_slice name,
                        struct pl_slice *ret)
{
    size_t head = from.len > 0 ? from.len + 2 : 0;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pl_rb *rb = set->file[i].rb;
        for (uint32_t k = 0; k < rb->n_name; k++) {
            struct pl_slice path = rb->name[k].name;
            bool kind = rb->name[k].kind == PL_RB_MODULE || rb->name[k].kind == PL_RB_CLASS;
            if (kind && path.len == head + name.len && pl_slice_ends(path, name) &&
                pl_slice_starts(path, from)) {
                *ret = path;
                return true;
            }
        }
    }
    return false;
}

/* A name as written inside of `from`: the innermost module that has it; empty when none has. */
static struct pl_slice resolve(const struct pl_ruby_set *set, struct pl_slice from,
                               struct pl_slice name)
{
    bool assigned;
    if (pl_slice_starts(name, PL_SLICE("::"))) {
        name = pl_slice_sub(name, 2, name.len);
    }
    for (;;) {
        struct pl_slice path;
        if (find_module(set, from, name, &path)) {
            (void)is_module(set, path, &assigned);
            return assigned ? pl_slice_make(NULL, 0) : path;
        }
        if (from.len == 0) {
            return (struct pl_slice){0};
        }
        size_t colon = pl_slice_rfind(from, ':');
        from = pl_slice_sub(from, 0, colon == from.len || colon == 0 ? 0 : colon - 1);
    }
}

static enum pl_sure through_mixins(const struct pl_ruby_set *set, struct pl_slice path,
                                   struct pl_slice name, bool of_class, unsigned depth);

/* Methods of the instances of a module, those of its own mix-ins included. */
static enum pl_sure instance_method(const struct pl_ruby_set *set, struct pl_slice path,
                                    struct pl_slice name, unsigned depth)
{
    enum pl_sure sure = defined(set, PL_RB_METHOD, path, name);
    return more_sure(sure, (uint8_t)through_mixins(set, path, name, false, depth + 1));
}

static enum pl_sure class_method(const struct pl_ruby_set *set, struct pl_slice path,
                                 struct pl_slice name, unsigned depth)
{
    enum pl_sure sure = defined(set, PL_RB_SINGLETON, path, name);
    return more_sure(sure, (uint8_t)through_mixins(set, path, name, true, depth + 1));
}

/* What one superclass, include or extend of `path` brings. */
static enum pl_sure mixin_brings(const struct pl_ruby_set *set, const struct pl_rb_mixin *mixin,
                                 struct pl_slice name, bool of_class, unsigned depth)
{
    bool is_self = pl_slice_is(mixin->what, "self");
    if (mixin->kind == PL_RB_EXTEND && !of_class) {
        return PL_SURE_NO;
    }
    if (is_self) {
        return instance_method(set, mixin->owner, name, depth);
    }
    struct pl_slice what =
        mixin->what.len > 0 ? resolve(set, mixin->owner, mixin->what) : (struct pl_slice){0};
    if (what.len == 0) {
        return pl_look_word(PLAIN_BASES, mixin->what) ? PL_SURE_NO : PL_SURE_MAYBE;
    }
    switch ((enum pl_rb_mixin_kind)mixin->kind) {
    case PL_RB_SUPER:
        return of_class ? class_method(set, what, name, depth)
                        : instance_method(set, what, name, depth);
    case PL_RB_EXTEND:
        return instance_method(set, what, name, depth);
    case PL_RB_INCLUDE:
        break;
    }
    if (!of_class) {
        return instance_method(set, what, name, depth);
    }
    /* self.included may extend what includes it. */
    return defined(set, PL_RB_SINGLETON, what, PL_SLICE("included")) != PL_SURE_NO ||
                   defined(set, PL_RB_SINGLETON, what, PL_SLICE("append_features")) != PL_SURE_NO ||
                   through_mixins(set, what, PL_SLICE("included"), true, depth) != PL_SURE_NO
               ? PL_SURE_MAYBE
               : PL_SURE_NO;
}

static enum pl_sure through_mixins(const struct pl_ruby_set *set, struct pl_slice path,
                                   struct pl_slice name, bool of_class, unsigned depth)
{
    enum pl_sure sure = PL_SURE_NO;
    if (depth > CHAIN_MAX) {
        return PL_SURE_MAYBE;
    }
    for (uint32_t i = 0; i < set->n && sure != PL_SURE_YES; i++) {
        const struct pl_rb *rb = set->file[i].rb;
        for (uint32_t k = 0; k < rb->n_mixin && sure != PL_SURE_YES; k++) {
            if (pl_slice_eq(rb->mixin[k].owner, path)) {
                sure = more_sure(
                    sure, (uint8_t)mixin_brings(set, &rb->mixin[k], name, of_class, depth + 1));
            }
        }
    }
    return sure;
}

enum pl_sure pl_ruby_has_method(const struct pl_ruby_set *set, struct pl_slice name)
{
    static const char *const everywhere[] = {"", "Object", "Kernel", "BasicObject"};
    enum pl_sure sure = floor_of(set, name);
    if (pl_look_word(CORE_METHODS, name)) {
        sure = PL_SURE_MAYBE;
    }
    for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++) {
        sure = more_sure(sure, (uint8_t)instance_method(set, pl_slice_of(everywhere[i]), name, 0));
    }
    return sure;
}

enum pl_sure pl_ruby_has_class(const struct pl_ruby_set *set, struct pl_slice path)
{
    bool assigned;
    size_t colon = pl_slice_rfind(path, ':');
    struct pl_slice last = pl_slice_sub(path, colon < path.len ? colon + 1 : 0, path.len);
    enum pl_sure sure = floor_of(set, last);
    sure = more_sure(sure, (uint8_t)floor_of(set, path));
    sure = more_sure(sure, (uint8_t)is_module(set, path, &assigned));
    /* A constant of a superclass or of what is included is found through the module, too. */
    struct pl_slice outer = pl_slice_sub(path, 0, colon < path.len && colon > 0 ? colon - 1 : 0);
    for (uint32_t i = 0; i < set->n && outer.len > 0; i++) {
        const struct pl_rb *rb = set->file[i].rb;
        for (uint32_t k = 0; k < rb->n_mixin; k++) {
            bool same = pl_slice_eq(rb->mixin[k].owner, outer);
            sure = same ? more_sure(sure, PL_SURE_MAYBE) : sure;
        }
    }
    if (outer.len > 0 && sure == PL_SURE_NO) {
        (void)is_module(set, outer, &assigned);
        sure = assigned ? PL_SURE_MAYBE : sure;
    }
    return sure;
}

enum pl_sure pl_ruby_has_singleton(const struct pl_ruby_set *set, struct pl_slice path,
                                   struct pl_slice name)
{
    bool assigned = false;
    enum pl_sure sure = pl_ruby_has_method(set, name); /* send finds private methods of Object */
    sure = more_sure(sure, (uint8_t)class_method(set, path, name, 0));
    (void)is_module(set, path, &assigned);
    return assigned ? more_sure(sure, PL_SURE_MAYBE) : sure;
}
