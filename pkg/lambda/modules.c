#include "pkg/lambda/modules.h"

#include <stdlib.h>
#include <string.h>

static const struct pl_python_module PYTHON_MODULES[] = {
#define PL_PY_MODULE(name, since, until, instead) {name, since, until, instead},
#include "pkg/lambda/python_modules.def"
#undef PL_PY_MODULE
};
enum { PYTHON_MODULE_COUNT = sizeof PYTHON_MODULES / sizeof *PYTHON_MODULES };

static int by_name(const void *key, const void *item)
{
    const struct pl_slice *name = key;
    const struct pl_python_module *module = item;
    return pl_slice_cmp(*name, pl_slice_of(module->name));
}

const struct pl_python_module *pl_python_module_find(struct pl_slice name)
{
    return bsearch(&name, PYTHON_MODULES, PYTHON_MODULE_COUNT, sizeof *PYTHON_MODULES, by_name);
}

bool pl_python_module_in(const struct pl_python_module *module, const struct pl_runtime *runtime)
{
    uint16_t minor = runtime->version_minor;
    return module->since <= minor && (module->until == 0 || minor <= module->until);
}

static bool is_one_of(const char *const *list, size_t n, struct pl_slice name)
{
    for (size_t i = 0; i < n; i++) {
        if (pl_slice_is(name, list[i])) {
            return true;
        }
    }
    return false;
}
#define ONE_OF(list, name) is_one_of(list, sizeof(list) / sizeof *(list), name)

/* AWS developer guide, "Packaging dependencies" for Python (2026-07): boto3 and botocore with what
 * these need; the runtime interface client; pip and its kin of the interpreter's installation.
 * docutils came with the older images. Some images lack some of them: this is "may be there". */
bool pl_python_brings(struct pl_slice name)
{
    static const char *const names[] = {"awscrt",
                                        "awslambdaric",
                                        "bootstrap",
                                        "boto3",
                                        "botocore",
                                        "certifi",
                                        "dateutil",
                                        "docutils",
                                        "jmespath",
                                        "lambda_runtime_client",
                                        "lambda_runtime_exception",
                                        "lambda_runtime_marshaller",
                                        "pip",
                                        "pkg_resources",
                                        "runtime_client",
                                        "s3transfer",
                                        "setuptools",
                                        "simplejson",
                                        "six",
                                        "snapshot_restore_py",
                                        "test_runtime_client",
                                        "urllib3",
                                        "wheel"};
    return ONE_OF(names, name);
}

/* module.builtinModules of Node.js 20.20.2 without the private ones (2026-11), joined with the
 * documentation's index up to Node.js 26. */
static const char *const node_builtins[] = {"assert",
                                            "async_hooks",
                                            "buffer",
                                            "child_process",
                                            "cluster",
                                            "console",
                                            "constants",
                                            "crypto",
                                            "dgram",
                                            "diagnostics_channel",
                                            "dns",
                                            "domain",
                                            "events",
                                            "fs",
                                            "http",
                                            "http2",
                                            "https",
                                            "inspector",
                                            "module",
                                            "net",
                                            "os",
                                            "path",
                                            "perf_hooks",
                                            "process",
                                            "punycode",
                                            "querystring",
                                            "readline",
                                            "repl",
                                            "stream",
                                            "string_decoder",
                                            "sys",
                                            "timers",
                                            "tls",
                                            "trace_events",
                                            "tty",
                                            "url",
                                            "util",
                                            "v8",
                                            "vm",
                                            "wasi",
                                            "worker_threads",
                                            "zlib",
                                            "_http_agent",
                                            "_http_client",
                                            "_http_common",
                                            "_http_incoming",
                                            "_http_server",
                                            "_http_outgoing",
                                            "_stream_duplex",
                                            "_stream_passthrough",
                                            "_stream_wrap",
                                            "_stream_readable",
                                            "_tls_common",
                                            "_stream_transform",
                                            "_tls_wrap",
                                            "_stream_writable"};

bool pl_node_is_builtin(struct pl_slice specifier)
{
    if (pl_slice_starts(specifier, PL_SLICE("node:"))) {
        return true; /* nothing else may have that scheme */
    }
    return ONE_OF(node_builtins, pl_slice_sub(specifier, 0, pl_slice_find(specifier, '/')));
}

/* AWS developer guide, "Building Lambda functions with Node.js" (2026-07): SDK v2 up to nodejs16.x,
 * v3 from nodejs18.x on, all clients.  What the SDK itself depends on stands somewhere below
 * /var/runtime; whether a function can load it no page says, so it counts as brought. */
bool pl_node_brings(const struct pl_runtime *runtime, struct pl_slice package)
{
    enum { SDK_V3 = 18 };
    static const char *const beside[] = {"aws-lambda-ric", "bowser", "fast-xml-parser", "strnum",
                                         "tslib"};
    if (runtime->version_major < SDK_V3) {
        return pl_slice_is(package, "aws-sdk") || pl_slice_is(package, "awslambda");
    }
    return pl_slice_starts(package, PL_SLICE("@aws-sdk/")) ||
           pl_slice_starts(package, PL_SLICE("@smithy/")) ||
           pl_slice_starts(package, PL_SLICE("@aws-crypto/")) ||
           pl_slice_starts(package, PL_SLICE("@aws/")) || ONE_OF(beside, package);
}
