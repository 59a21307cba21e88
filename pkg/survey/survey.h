/*
 * The survey: every package opened and read once, every function's view laid out, its loader run.
 * Rules see only this, as const: they do no I/O.
 */
#ifndef PL_PKG_SURVEY_SURVEY_H
#define PL_PKG_SURVEY_SURVEY_H

#include "pkg/inspect/facts.h"
#include "pkg/survey/image_run.h"
#include "pkg/survey/native_load.h"
#include "pkg/survey/recognise.h"
#include "pkg/survey/view.h"

enum pl_outcome { PL_NOT_JUDGED, PL_LOADS, PL_FAILS, PL_CANNOT_TELL };

/* Why a load fails, cannot be told, or was not judged.  The text is for people and -v. */
#define PL_WHY_LIST(X)                                                                      \
    X(PL_WHY_NONE, "")                                                                      \
    X(PL_WHY_NO_RUNTIME, "no runtime is known")                                             \
    X(PL_WHY_NO_HANDLER, "no handler is known")                                             \
    X(PL_WHY_RUNTIME_UNKNOWN, "the runtime is not one we know")                             \
    X(PL_WHY_NOT_BUILT, "the package is not built")                                         \
    X(PL_WHY_UNREADABLE, "the package could not be read")                                   \
    X(PL_WHY_OPAQUE_LAYER, "a layer whose contents are not known could provide it")         \
    X(PL_WHY_NO_LOADER, "handlers of this language are not judged")                         \
    X(PL_WHY_MALFORMED, "the runtime cannot split the handler")                             \
    X(PL_WHY_RELATIVE, "a leading slash or dot makes it a relative import")                 \
    X(PL_WHY_BUILTIN, "the interpreter has a built-in module of that name")                 \
    X(PL_WHY_MODULE_MISSING, "no file for the handler's module")                            \
    X(PL_WHY_MODULE_UNREADABLE, "the module may not be read by the sandbox's user")         \
    X(PL_WHY_FUNCTION_MISSING, "the module does not define the function")                   \
    X(PL_WHY_NOT_A_FUNCTION, "the module exports it, but it is no function")                \
    X(PL_WHY_SYNTAX, "the module cannot be parsed")                                         \
    X(PL_WHY_MODULE_SYSTEM, "the module is loaded in the other module system")              \
    X(PL_WHY_CALLBACK, "a callback handler on a runtime that has none any more")            \
    X(PL_WHY_TYPESCRIPT, "only TypeScript source where JavaScript is needed")               \
    X(PL_WHY_DYNAMIC, "the module binds names at run time")                                 \
    X(PL_WHY_BINARY_MODULE, "the module is compiled")                                       \
    X(PL_WHY_NOT_TEXT, "the module holds NUL bytes or is in an encoding that is not read")  \
    X(PL_WHY_LISTED, "only a list of the layer's files is there, not what is in them")      \
    X(PL_WHY_CORRUPT, "the module's entry is damaged")                                      \
    X(PL_WHY_TOO_BIG, "more would have to be read than our limit allows")                   \
    X(PL_WHY_BOOTSTRAP_MISSING, "there is no bootstrap")                                    \
    X(PL_WHY_BOOTSTRAP_MODE, "bootstrap is not executable")                                 \
    X(PL_WHY_EXEC_FORMAT, "Linux cannot run what is started")                               \
    X(PL_WHY_INTERPRETER, "the interpreter of what is started is missing")                  \
    X(PL_WHY_START_MODE, "what is started is not executable")                               \
    X(PL_WHY_WRAPPER_MISSING, "the file that AWS_LAMBDA_EXEC_WRAPPER names is missing")     \
    X(PL_WHY_WRAPPER_MODE, "the file that AWS_LAMBDA_EXEC_WRAPPER names is not executable") \
    X(PL_WHY_REQUIRED, "what the file requires could define it")                            \
    X(PL_WHY_WRAPPER, "AWS_LAMBDA_EXEC_WRAPPER may start something else")                   \
    X(PL_WHY_NET_ASSEMBLY, "the handler's assembly is missing")                             \
    X(PL_WHY_NET_TYPE, "the assembly does not have the handler's type")                     \
    X(PL_WHY_NET_METHOD, "the type does not have the handler's method")                     \
    X(PL_WHY_NET_REFUSED, "the runtime refuses this handler")                               \
    X(PL_WHY_NET_IMAGE, "the runtime cannot load the assembly")                             \
    X(PL_WHY_NET_HOST_FILE, "the .NET host lacks a file")                                   \
    X(PL_WHY_NET_TARGET, "the package was built for something else")                        \
    X(PL_WHY_NET_SERIALIZER, "nothing says how the handler's types are serialized")         \
    X(PL_WHY_NET_BASE, "a type stands in an assembly that is not in the package")           \
    X(PL_WHY_NET_NAME, "the handler names more than a plain assembly and type")             \
    X(PL_WHY_NET_STRANGE, "the assembly's metadata is of a kind that is not read")          \
    X(PL_WHY_CLASS_MISSING, "the class path does not have the handler's class")             \
    X(PL_WHY_CLASS_NEEDS, "the class path does not have a class that it needs")             \
    X(PL_WHY_CLASS_TOO_NEW, "the class file is newer than the runtime")                     \
    X(PL_WHY_CLASS_REFUSED, "the runtime refuses it as a handler")                          \
    X(PL_WHY_JAR_PLACE, "the class is in a jar that is not on the class path")              \
    X(PL_WHY_INHERITED, "it may be inherited from a class of the runtime")                  \
    X(PL_WHY_RUNTIME_MODULE, "the runtime itself has a module of that name")                \
    X(PL_WHY_OUTSIDE, "a link leads to a place outside of the package")                     \
    X(PL_WHY_SEARCH_PATH, "the environment changes where modules are searched")             \
    X(PL_WHY_PACKAGE_JSON, "the package.json that decides about it cannot be read")         \
    X(PL_WHY_MOVES_PATH, "the code itself changes where modules are searched")              \
    X(PL_WHY_UNZIPS, "its requirements are unpacked when it starts (unzip_requirements)")

enum pl_why {
#define PL_WHY_ENUM(name, text) name,
    PL_WHY_LIST(PL_WHY_ENUM)
#undef PL_WHY_ENUM
};
const char *pl_why_text(enum pl_why why);

/* How a function's handler would be found. */
struct pl_load {
    uint8_t outcome;              /* enum pl_outcome */
    uint8_t why;                  /* enum pl_why */
    uint8_t sure;                 /* of a failure: YES, or MAYBE */
    struct pl_slice module, name; /* the handler's two parts */
    struct pl_ref at;             /* the module's entry (or bootstrap), when found */
    struct pl_spot spot;          /* line in it: the syntax error, the export */
    struct pl_ref elsewhere;      /* where it stands instead */
    struct pl_slice suggest;      /* a handler string that would work, or empty */
    struct pl_slice detail;      /* safe clause: "and it defines handler", "'(' was never closed" */
    struct pl_slice lambda_says; /* the sentence that CloudWatch would show */
    struct pl_ref *loaded;       /* entries that would surely be loaded, the module first */
    uint32_t n_loaded;
};

/* What is wrong with an import. */
enum pl_import_fault {
    PL_IMPORT_MISSING,   /* neither the package, its layers nor the runtime have it */
    PL_IMPORT_REMOVED,   /* ... but older versions of the runtime had */
    PL_IMPORT_NO_PARENT, /* relative, in a module that is in no package */
    PL_IMPORT_BEYOND,    /* relative, with more dots than there are packages */
    PL_IMPORT_SYNTAX,    /* it is there, and cannot be parsed */
    PL_IMPORT_SHIM       /* a bundler's stand-in for require, in an ES module that has none */
};

struct pl_import {
    uint8_t what;           /* enum pl_import_fault */
    uint8_t sure;           /* YES: it surely runs, in a file that is surely loaded first */
    struct pl_slice name;   /* as written; safe */
    struct pl_slice detail; /* a safe clause, or empty */
    struct pl_ref from;
    struct pl_spot at;
};

/* What the handler's own files import, followed from the module on. */
struct pl_imports {
    struct pl_import *fault;
    uint32_t n;
    bool judged;
    uint8_t why;        /* enum pl_why: missing modules cannot be told */
    struct pl_ref *own; /* the files that were followed */
    uint32_t n_own;
    struct pl_ref *library; /* Python: shared libraries that an import surely opens */
    uint32_t n_library;
};

struct pl_layer {
    const struct pl_layer_decl *decl;
    struct pl_package *package; /* NULL: opaque */
};

struct pl_function {
    const struct pl_function_decl *decl; /* of an image: handler and runtime as the image says */
    const struct pl_runtime *runtime;    /* NULL: absent or not known */
    uint8_t arch;                        /* enum pl_arch */
    struct pl_package *code;             /* NULL when there is none to look at */
    uint32_t *layer; /* indices in survey->layer, in order; PL_NO_INDEX: opaque */
    uint32_t n_layer;
    struct pl_view view;
    struct pl_load load;
    struct pl_imports imports;
    struct pl_image_run *run;       /* of a container image: how it starts; else NULL */
    struct pl_native_report native; /* what is wrong with its native code */
    struct pl_load wrapper;         /* of AWS_LAMBDA_EXEC_WRAPPER, when there is one to judge */
};

struct pl_survey {
    const struct pl_project *project; /* borrowed */
    struct pl_package *package;       /* owned */
    uint32_t n_package;
    struct pl_function *function; /* one per declaration, same order */
    uint32_t n_function;
    struct pl_layer *layer; /* one per declaration, same order */
    uint32_t n_layer;
    int32_t as_of; /* days: the day for which dates are judged */
    struct pl_arena arena;
};

struct pl_survey_options {
    unsigned workers;
    int32_t as_of;
    /* Gives the tree of a declaration that is built from sources; NULL when nobody packs here, then
     * such packages are PL_PACKAGE_SOURCE.  Exactly one of the two indices is not PL_NO_INDEX. */
    PL_STATUS(*plan_tree)
    (void *ctx, uint32_t function, uint32_t layer, struct pl_tree *ret, struct pl_err *err);
    void *ctx;
    bool hash;              /* compute sha256 of ZIP files */
    const char *image_name; /* which image of an archive that holds several; NULL: any */
    enum pl_arch image_arch;
};

/* Opens and reads every package that the project names (each distinct path once), then runs the
 * loaders.  A package that cannot be read is marked so; the survey goes on.  Fails for lack of
 * memory, or when interrupted. */
PL_STATUS pl_survey_make(struct pl_survey *ret, const struct pl_project *project,
                         const struct pl_survey_options *options, struct pl_err *err);
void pl_survey_done(struct pl_survey *survey);

/* Unpacked bytes of a function's code and its known layers; *ret_complete is false when a layer is
 * opaque or not built: then it is a lower bound. */
uint64_t pl_function_total_bytes(const struct pl_survey *survey, const struct pl_function *fn,
                                 bool *ret_complete);

#endif
