/* The parts of the .NET loader; for its own files only. */
#ifndef PL_PKG_SURVEY_LOAD_DOTNET_H
#define PL_PKG_SURVEY_LOAD_DOTNET_H

#include "pkg/inspect/net.h"
#include "pkg/lambda/handler.h"
#include "pkg/survey/look.h"

/* An assembly of the package. */
struct pl_dotnet_assembly {
    bool there;
    uint8_t looked; /* enum pl_looked_state */
    struct pl_ref at;
    struct pl_net net; /* when looked is TEXT */
};

/* What the host's two files say; the slices live in the scratch arena. */
struct pl_dotnet_host {
    struct pl_ref deps, config; /* package NULL: not there */
    bool config_read, deps_read;
    bool self_contained;         /* it brings its own runtime */
    bool rolls;                  /* may run on a later major version */
    struct pl_slice framework;   /* name of the framework that matters */
    struct pl_slice version;     /* "8.0.0" */
    struct pl_slice target, rid; /* of deps.json: "v8.0", "linux-x64" */
    bool listed;                 /* deps.json lists the handler's assembly */
};

/* One handler string, tried. */
struct pl_dotnet_try {
    struct pl_looker *l;
    struct pl_slice handler;
    struct pl_dotnet_handler part;
    struct pl_slice main; /* the name under which the host's files are looked for */
    struct pl_dotnet_host host;
    struct pl_dotnet_assembly own;      /* the handler's assembly */
    uint32_t type;                      /* its TypeDef row, 0: not found */
    struct pl_dotnet_assembly declares; /* where the method was found */
    uint32_t declaring_type, method;
};

/* Does with `handler` what the runtime would; fills *t and *load, without suggestions. */
PL_STATUS pl_dotnet_try(struct pl_dotnet_try *t, struct pl_looker *l, struct pl_slice handler,
                        struct pl_load *load, struct pl_err *err);

/* The file at /var/task/NAME followed by `suffix`, links followed; *ret_at untouched when there is
 * no such file. */
PL_STATUS pl_dotnet_file(struct pl_looker *l, struct pl_slice name, const char *suffix,
                         bool *ret_there, struct pl_ref *ret_at, struct pl_err *err);
PL_STATUS pl_dotnet_open(struct pl_looker *l, struct pl_slice name, struct pl_dotnet_assembly *ret,
                         struct pl_err *err);

/* deps.json and runtimeconfig.json, by the rules of bootstrap.sh; sets an outcome when one is
 * missing. */
PL_STATUS pl_dotnet_host_files(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err);
/* Reads what was found. */
PL_STATUS pl_dotnet_host_read(struct pl_dotnet_try *t, struct pl_err *err);
/* Was it built for what this runtime is?  Sets a failure of the given certainty, or nothing. */
PL_STATUS pl_dotnet_target(struct pl_dotnet_try *t, enum pl_sure sure, struct pl_load *load,
                           struct pl_err *err);

/* Type, method, signature, serializer; the assembly is open. */
PL_STATUS pl_dotnet_method(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err);
/* The last of these; part of pl_dotnet_method. */
PL_STATUS pl_dotnet_signature(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err);
enum pl_dotnet_step {
    PL_DOTNET_NEXT,   /* *assembly and *type have moved to it */
    PL_DOTNET_END,    /* System.Object, or nothing */
    PL_DOTNET_UNKNOWN /* it stands where we cannot look */
};
/* From a token of *assembly to the type it means; from a type to its base. */
PL_STATUS pl_dotnet_resolve(struct pl_looker *l, struct pl_dotnet_assembly *assembly,
                            struct pl_net_token token, uint32_t *type, enum pl_dotnet_step *ret,
                            struct pl_err *err);
PL_STATUS pl_dotnet_base(struct pl_looker *l, struct pl_dotnet_assembly *assembly, uint32_t *type,
                         enum pl_dotnet_step *ret, struct pl_err *err);

/* A PowerShell host's script and function. */
PL_STATUS pl_dotnet_script(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err);

/* For a failure: where it stands instead, and a handler string that works. */
PL_STATUS pl_dotnet_suggest(const struct pl_dotnet_try *failed, struct pl_load *load,
                            struct pl_err *err);

#endif
