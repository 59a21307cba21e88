#include "pkg/lambda/handler.h"

#include "pkg/base/text.h"
#include "pkg/lambda/limits.h"

/* awslambdaric bootstrap.py (2026-06-26): handler.rsplit(".", 1). */
bool pl_handler_python(struct pl_slice handler, struct pl_python_handler *ret)
{
    size_t dot = pl_slice_rfind(handler, '.');
    if (dot == handler.len) {
        return false;
    }
    ret->module = pl_slice_sub(handler, 0, dot);
    ret->function = pl_slice_sub(handler, dot + 1, handler.len);
    return true;
}

/* path.basename of Node.js on POSIX: slashes at the end do not count. */
static struct pl_slice node_basename(struct pl_slice path)
{
    size_t end = path.len;
    while (end > 0 && path.ptr[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path.ptr[start - 1] != '/') {
        start--;
    }
    return pl_slice_sub(path, start, end);
}

/* The dot of a JavaScript regular expression stands for anything but a line terminator: LF, CR,
 * U+2028, U+2029 (ECMA-262, LineTerminator). */
static bool has_line_terminator(struct pl_slice s)
{
    return pl_slice_find(s, '\n') < s.len || pl_slice_find(s, '\r') < s.len ||
           pl_slice_find_text(s, PL_SLICE("\xe2\x80\xa8")) < s.len ||
           pl_slice_find_text(s, PL_SLICE("\xe2\x80\xa9")) < s.len;
}

/* aws-lambda-nodejs-runtime-interface-client, src/UserFunction.js (2025-08-13). */
enum pl_node_handler_fault pl_handler_node(struct pl_slice handler, struct pl_node_handler *ret)
{
    if (pl_slice_find_text(handler, PL_SLICE("..")) < handler.len) {
        return PL_NODE_HANDLER_DOTS;
    }
    struct pl_slice base = node_basename(handler);
    /* The first place where these bytes occur, which need not be the last component: that is what
     * the client does with "index.x/index.x". */
    size_t root = pl_slice_find_text(handler, base);
    size_t dot = pl_slice_find(base, '.');
    struct pl_slice function = pl_slice_sub(base, dot + 1, base.len);
    if (dot == base.len || has_line_terminator(function)) {
        return PL_NODE_HANDLER_BAD;
    }
    ret->root = pl_slice_sub(handler, 0, root);
    ret->module = pl_slice_sub(base, 0, dot);
    ret->function = function;
    return PL_NODE_HANDLER_OK;
}

/* Cuts the part before "::" off *rest; false when there is no "::". */
static bool before_colons(struct pl_slice *rest, struct pl_slice *ret)
{
    size_t at = pl_slice_find_text(*rest, PL_SLICE("::"));
    if (at == rest->len) {
        return false;
    }
    *ret = pl_slice_trim(pl_slice_sub(*rest, 0, at));
    *rest = pl_slice_sub(*rest, at + 2, rest->len);
    return true;
}

/* aws-lambda-dotnet, HandlerInfo.cs (2019-02-21) and bootstrap.sh (2024-12-13). */
enum pl_dotnet_handler_fault pl_handler_dotnet(struct pl_slice handler,
                                               struct pl_dotnet_handler *ret)
{
    struct pl_slice rest = handler;
    struct pl_dotnet_handler part = {0};
    if (pl_slice_find(handler, ':') == handler.len) {
        return PL_DOTNET_HANDLER_EXECUTABLE;
    }
    if (!before_colons(&rest, &part.assembly) || !before_colons(&rest, &part.type)) {
        return PL_DOTNET_HANDLER_BAD;
    }
    part.method = pl_slice_trim(rest);
    if (part.assembly.len == 0) {
        return PL_DOTNET_HANDLER_NO_ASSEMBLY;
    }
    if (part.type.len == 0) {
        return PL_DOTNET_HANDLER_NO_TYPE;
    }
    if (part.method.len == 0) {
        return PL_DOTNET_HANDLER_NO_METHOD;
    }
    *ret = part;
    return PL_DOTNET_HANDLER_OK;
}

bool pl_handler_accepted(struct pl_slice handler)
{
    size_t pos = 0;
    size_t characters = 0;
    uint32_t point = 0;
    while (pos < handler.len) {
        /* A byte that is no UTF-8 counts as one character and goes on; readers refuse it anyway. */
        bool good = pl_utf8_next(handler, &pos, &point);
        characters++;
        if (good && (point == ' ' || (point >= '\t' && point <= '\r'))) {
            return false;
        }
    }
    return characters > 0 && characters <= PL_LAMBDA_HANDLER_MAX;
}

/* aws-lambda-java-runtime-interface-client, HandlerInfo.java (2.9.0, 2026-01-07):
 * lastIndexOf("::").
 */
bool pl_handler_java(struct pl_slice handler, struct pl_java_handler *ret)
{
    size_t at = handler.len;
    for (size_t i = 1; i < handler.len; i++) {
        at = handler.ptr[i - 1] == ':' && handler.ptr[i] == ':' ? i - 1 : at;
    }
    ret->has_method = at < handler.len;
    ret->class_name = pl_slice_sub(handler, 0, at);
    ret->method = pl_slice_sub(handler, at + 2, handler.len);
    return ret->class_name.len > 0 && (!ret->has_method || ret->method.len > 0);
}
