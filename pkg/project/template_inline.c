/*
 * Code that stands in the template: CloudFormation writes it to a file named index, beside a module
 * that answers to custom resources, and packs the two.
 */
#include "pkg/project/template_read.h"

#include <string.h>

/* What a Node.js or Python function finds beside its code.  The AWS CloudFormation user guide,
 * "cfn-response module", 2026-04: only functions with ZipFile get it. */
static const struct {
    const char *language, *file, *module, *text;
} pl_inline[] = {{"python", "index.py", "cfnresponse.py",
                  "SUCCESS = 'SUCCESS'\nFAILED = 'FAILED'\n"
                  "def send(event, context, responseStatus, responseData, physicalResourceId=None, "
                  "noEcho=False, reason=None):\n    pass\n"},
                 {"nodejs", "index.js", "node_modules/cfn-response/index.js",
                  "exports.SUCCESS = 'SUCCESS';\nexports.FAILED = 'FAILED';\n"
                  "exports.send = function (event, context, responseStatus, responseData, "
                  "physicalResourceId, noEcho) {};\n"}};

static struct pl_source text_source(const char *to, struct pl_slice content, struct pl_pos at)
{
    struct pl_source source = {.kind = PL_SOURCE_TEXT, .at = at};
    source.path = pl_value_given(PL_SLICE("inline code"), at);
    source.to = pl_value_given(pl_slice_of(to), at);
    source.content = pl_value_given(content, at);
    return source;
}

PL_STATUS pl_tp_read_inline(struct pl_tp *tp, struct pl_function_decl *decl, struct pl_err *err)
{
    size_t i = 0;
    if (decl->inline_code.known != PL_GIVEN || decl->runtime.known != PL_GIVEN ||
        decl->handler.known != PL_GIVEN ||
        !pl_slice_starts(decl->handler.text, PL_SLICE("index."))) {
        return PL_OK; /* PL824 says what is wrong with its handler */
    }
    while (i < 2 && !pl_slice_starts(decl->runtime.text, pl_slice_of(pl_inline[i].language))) {
        i++;
    }
    if (i == 2) {
        return PL_OK;
    }
    struct pl_pos at = decl->inline_code.at;
    bool asks =
        pl_slice_find_text(decl->inline_code.text, PL_SLICE("cfn")) < decl->inline_code.text.len;
    decl->source = pl_arena_new(&tp->project->arena, asks ? 2 : 1, sizeof *decl->source, err);
    if (!decl->source) {
        return err->code;
    }
    decl->source[0] = text_source(pl_inline[i].file, decl->inline_code.text, at);
    if (asks) {
        decl->source[1] = text_source(pl_inline[i].module, pl_slice_of(pl_inline[i].text), at);
    }
    decl->n_source = asks ? 2 : 1;
    decl->state = PL_PACKAGE_ARTIFACT;
    decl->state_why = NULL;
    return PL_OK;
}
