/* The grammar of handler settings, language by language, as the runtime clients read them. */
#ifndef PL_PKG_LAMBDA_HANDLER_H
#define PL_PKG_LAMBDA_HANDLER_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

/* Python, awslambdaric bootstrap.py: rsplit(".", 1). */
struct pl_python_handler {
    struct pl_slice module;   /* as written: "a/b" or "a.b" */
    struct pl_slice function; /* may be "" for "app." */
};
/* False: no dot at all (Runtime.MalformedHandlerName). */
bool pl_handler_python(struct pl_slice handler, struct pl_python_handler *ret);

/* Node.js, UserFunction.js: basename, module root, first dot of the basename. */
struct pl_node_handler {
    struct pl_slice root;     /* "src/api/" or "" */
    struct pl_slice module;   /* "app" */
    struct pl_slice function; /* "handler" or "a.b.handler" */
};
enum pl_node_handler_fault { PL_NODE_HANDLER_OK, PL_NODE_HANDLER_DOTS, PL_NODE_HANDLER_BAD };
enum pl_node_handler_fault pl_handler_node(struct pl_slice handler, struct pl_node_handler *ret);

/* .NET, bootstrap.sh and HandlerInfo.cs: with a colon ASSEMBLY::TYPE::METHOD, cut at the first two
 * "::"; without one the name of an executable. */
struct pl_dotnet_handler {
    struct pl_slice assembly, type, method;
};
enum pl_dotnet_handler_fault {
    PL_DOTNET_HANDLER_OK,
    PL_DOTNET_HANDLER_EXECUTABLE, /* no colon: no fault, and no parts */
    PL_DOTNET_HANDLER_BAD,
    PL_DOTNET_HANDLER_NO_ASSEMBLY,
    PL_DOTNET_HANDLER_NO_TYPE,
    PL_DOTNET_HANDLER_NO_METHOD
};
enum pl_dotnet_handler_fault pl_handler_dotnet(struct pl_slice handler,
                                               struct pl_dotnet_handler *ret);

/* Java, HandlerInfo.java: cut at the last "::". */
struct pl_java_handler {
    struct pl_slice class_name; /* "com.example.Handler" */
    struct pl_slice method;     /* "" without one */
    bool has_method;
};
/* False: an empty part ("Invalid handler"). */
bool pl_handler_java(struct pl_slice handler, struct pl_java_handler *ret);

/* At most 128 characters, no white space, not empty (botocore Handler). */
bool pl_handler_accepted(struct pl_slice handler);

#endif
