/*
 * Modules that a runtime has without anybody packing them: the standard library, the AWS SDK and
 * what else the images are known to bring.  Data with source and date; python_modules.def.
 */
#ifndef PL_PKG_LAMBDA_MODULES_H
#define PL_PKG_LAMBDA_MODULES_H

#include "pkg/lambda/runtimes.h"

struct pl_python_module {
    const char *name;
    uint8_t since, until; /* 3.N; until 0: not removed */
    const char *instead;  /* what takes its place, or NULL */
};

/* A top-level module of the standard library in any version from 3.6 on, or NULL. */
const struct pl_python_module *pl_python_module_find(struct pl_slice name);
/* Does the interpreter's own library have it? */
bool pl_python_module_in(const struct pl_python_module *module, const struct pl_runtime *runtime);
/* boto3 and its kin, the runtime client: brought by every Python runtime of Lambda, or by some. */
bool pl_python_brings(struct pl_slice name);

/* Is the specifier a module that is part of Node.js ("fs", "fs/promises", "node:test")? */
bool pl_node_is_builtin(struct pl_slice specifier);
/* Is the package ("@aws-sdk/client-s3") part of what the runtime's image brings, or may be? */
bool pl_node_brings(const struct pl_runtime *runtime, struct pl_slice package);

#endif
