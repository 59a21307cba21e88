/* Every mistake is named with its place. */
#include "manifestcase.h"
#include "pkg/base/limits.h"

#define F "version: 1\nfunctions:\n  f:\n    sources: a\n    "
#define L "version: 1\nlayers:\n  l:\n    sources: a\n    "

static const struct {
    const char *text, *message;
} mistakes[] = {
    /* the document */
    {"", "m.yaml:1:1: the manifest is empty; it begins with version: 1"},
    {"# nothing\n", "m.yaml:1:1: the manifest is empty; it begins with version: 1"},
    {"[a]", "m.yaml:1:1: the manifest: expected a map, found a list"},
    {"text", "m.yaml:1:1: the manifest: expected a map, found text"},
    /* version and requires */
    {"functions: {}\n", "m.yaml:1:1: version: 1 is missing"},
    {"version: 2\n", "m.yaml:1:10: version: 2 is not known; plimsoll 0.1.0 reads version 1"},
    {"version: \"1\"\n", "m.yaml:1:10: version: expected the number 1, found text"},
    {"version: 1.0\n", "m.yaml:1:10: version: expected the number 1, found text"},
    {"version:\n", "m.yaml:1:9: version: expected the number 1, found nothing"},
    {"version: 1\nrequires: \">=0.2\"\n",
     "m.yaml:2:11: requires: this manifest wants plimsoll >=0.2, and this is 0.1.0"},
    {"version: 9\nrequires: \">=7.0.1\"\nnew: 1\n",
     "m.yaml:2:11: requires: this manifest wants plimsoll >=7.0.1, and this is 0.1.0"},
    {"version: 1\nrequires: 0.1\n", "m.yaml:2:11: requires: expected the oldest version that will "
                                    "do, such as \">=0.1\", found '0.1'"},
    {"version: 1\nrequires: \">=x\"\n", "m.yaml:2:11: requires: expected the oldest version that "
                                        "will do, such as \">=0.1\", found '>=x'"},
    {"version: 1\nrequires: \">=1.2.3.4\"\n", "m.yaml:2:11: requires: expected the oldest version "
                                              "that will do, such as \">=0.1\", found '>=1.2.3.4'"},
    /* unknown keys */
    {"version: 1\nfuntions: {}\n",
     "m.yaml:2:1: unknown key 'funtions' in the manifest; did you mean 'functions'?"},
    {"version: 1\nmemory: 5\n",
     "m.yaml:2:1: unknown key 'memory' in the manifest; it belongs in defaults"},
    {"version: 1\nlint: {upload: s3}\n",
     "m.yaml:2:8: unknown key 'upload' in lint; it belongs at the top"},
    {"version: 1\nQQQ: 5\n", "m.yaml:2:1: unknown key 'QQQ' in the manifest"},
    {"version: 1\n\"a\\u001bb\": 5\n", "m.yaml:2:1: unknown key 'a\\x1bb' in the manifest"},
    {F "handlr: x\n", "m.yaml:5:5: unknown key 'handlr' in function 'f'; did you mean 'handler'?"},
    {L "compatible_runtime: []\n", "m.yaml:5:5: unknown key 'compatible_runtime' in layer 'l'; did "
                                   "you mean 'compatible_runtimes'?"},
    {"version: 1\nlayers: {l: {sources: {pth: a}}}\n",
     "m.yaml:2:24: unknown key 'pth' in a source; did you mean 'path'?"},
    {F "layers: [{arn: \"arn:x\", content: y}]\n",
     "m.yaml:5:29: unknown key 'content' in a layer; did you mean 'contents'?"},
    {"version: 1\ndefaults: {handler: x}\n",
     "m.yaml:2:12: unknown key 'handler' in defaults; it belongs in functions.*"},
    /* templates and build steps */
    {"version: 1\ntemplate: no-such.yaml\n", "m.yaml:2:11: template: no-such.yaml does not exist"},
    {"version: 1\ntemplate: /t.yaml\n", "m.yaml:2:11: template: '/t.yaml' is absolute; write it "
                                        "from the manifest's folder, so that it "
                                        "means the same on every machine"},
    {"version: 1\nlayers: {l: {sources: [{run: make}]}}\n",
     "m.yaml:2:24: inputs is missing beside 'run': the files and folders that the command reads; "
     "it "
     "is run when one of them changes ([.] for the whole project)"},
    {"version: 1\nlayers: {l: {sources: [{path: a, inputs: [b]}]}}\n",
     "m.yaml:2:42: inputs: belongs to a 'run' source"},
    {"version: 1\nlayers: {l: {sources: [{run: make, inputs: [/b]}]}}\n",
     "m.yaml:2:45: inputs: '/b' is absolute; write it from the manifest's folder, so that it means "
     "the same on every machine"},
    /* what is to be installed */
    {"version: 1\nlayers: {l: {sources: [{python: {}}]}}\n",
     "m.yaml:2:33: python: one of requirements, packages and lock is missing"},
    {"version: 1\nlayers: {l: {sources: [{python: /r.txt}]}}\n",
     "m.yaml:2:33: python: '/r.txt' is absolute; write it from the manifest's folder, so that it "
     "means the same on every machine"},
    {"version: 1\nlayers: {l: {sources: [{python: a/pyproject.toml}]}}\n",
     "m.yaml:2:33: python: pyproject.toml is neither; name the uv.lock or poetry.lock beside it, "
     "or "
     "a requirements.txt"},
    {"version: 1\nlayers: {l: {sources: [{python: {lock: r.txt}}]}}\n",
     "m.yaml:2:40: lock: expected a uv.lock or poetry.lock, found 'r.txt'"},
    {"version: 1\nlayers: {l: {sources: [{python: {requirements: uv.lock}}]}}\n",
     "m.yaml:2:48: requirements: uv.lock is a lock file; name it under 'lock'"},
    {"version: 1\nlayers: {l: {sources: [{python: {lock: uv.lock, packages: [x]}}]}}\n",
     "m.yaml:2:33: python: a lock says everything; write a list of two sources to add to it"},
    {"version: 1\nlayers: {l: {sources: [{python: {lock: uv.lock, requirements: r}}]}}\n",
     "m.yaml:2:63: requirements: a lock says everything; write a list of two sources to add to "
     "it"},
    {"version: 1\nlayers: {l: {sources: [{python: {packages: [-r x]}}]}}\n",
     "m.yaml:2:45: packages: '-r x' is an option; a file of requirements may have some"},
    {"version: 1\nlayers: {l: {sources: [{python: {packages: [x], tool: poetry}}]}}\n",
     "m.yaml:2:55: tool: expected pip or uv, found 'poetry'"},
    {"version: 1\nlayers: {l: {sources: [{python: r.txt, path: a}]}}\n",
     "m.yaml:2:46: a source is one of 'path', 'archive', 'python', 'npm', 'run' and 'text'; "
     "write a list of them"},
    {"version: 1\nlayers: {l: {sources: [{python: r.txt, optional: true}]}}\n",
     "m.yaml:2:50: optional: means nothing for 'python' sources"},
    {"version: 1\nlayers: {l: {sources: [{npm: {}}]}}\n", "m.yaml:2:30: npm: package is missing"},
    {"version: 1\nlayers: {l: {sources: [{npm: web/package.json}]}}\n",
     "m.yaml:2:30: npm: name the folder of package.json"},
    {F "symlinks: follow\n",
     "m.yaml:5:5: 'symlinks' comes with a later version of plimsoll than this one (0.1.0)"},
    /* prune */
    {F "prune: [test]\n", "m.yaml:5:13: prune: 'test' is not known; did you mean 'tests'?"},
    {F "prune: [everything]\n",
     "m.yaml:5:13: prune: 'everything' is no preset; plimsoll pack --presets lists them"},
    {F "prune: tests\n", "m.yaml:5:12: prune: expected a list, found text"},
    /* compression */
    {F "compression: 9\n",
     "m.yaml:5:18: compression: expected fast, default, best, max or fit, found '9'"},
    /* pyc */
    {F "pyc: restmp\n", "m.yaml:5:10: pyc: 'restmp' is not known; did you mean 'restamp'?"},
    {F "pyc: yes\n", "m.yaml:5:10: pyc: expected keep, drop or restamp, found 'yes'"},
    {F "pyc: restamp\n    prune: [pycache]\n",
     "m.yaml:3:3: 'prune: [pycache]' leaves out what 'pyc: restamp' is for; say one of them"},
    {L "pyc: restamp\n    prune: [pycache]\n",
     "m.yaml:3:3: 'prune: [pycache]' leaves out what 'pyc: restamp' is for; say one of them"},
    /* the same name twice */
    {"version: 1\nfunctions:\n  Lib: {sources: a}\nlayers:\n  lib: {sources: b}\n",
     "m.yaml:3:3: functions: the name 'Lib' is taken by the layer in line 5: both would be written "
     "to Lib.zip (some file systems ignore case)"},
    {"version: 1\nfunctions:\n  a: {sources: a}\n  A: {sources: b}\n",
     "m.yaml:4:3: functions: the name 'A' is taken by the function in line 3: both would be "
     "written "
     "to A.zip (some file systems ignore case)"},
    /* names */
    {"version: 1\nfunctions:\n  \"\": {sources: a}\n", "m.yaml:3:3: functions: a name is empty"},
    {"version: 1\nfunctions:\n  a/b: {sources: a}\n",
     "m.yaml:3:3: functions: the name 'a/b' becomes the name of a file; use letters, digits, '.', "
     "'_' and '-'"},
    {"version: 1\nlayers:\n  .l: {sources: a}\n",
     "m.yaml:3:3: layers: the name '.l' begins with a dot; it becomes the name of a file"},
    {"version: 1\nlayers:\n  \"l\\nm\": {sources: a}\n",
     "m.yaml:3:3: layers: the name 'l\\nm' becomes the name of a file; use letters, digits, '.', "
     "'_' and '-'"},
    /* wrong kinds */
    {"version: 1\nfunctions: []\n", "m.yaml:2:12: functions: expected a map, found a list"},
    {"version: 1\nfunctions:\n  f: x\n", "m.yaml:3:6: function 'f': expected a map, found text"},
    {"version: 1\nfunctions:\n  f:\n", "m.yaml:3:5: function 'f': expected a map, found nothing"},
    {"version: 1\nlayers:\n  l: [a]\n", "m.yaml:3:6: layer 'l': expected a map, found a list"},
    {F "memory: [1]\n", "m.yaml:5:13: memory: expected a whole number, found a list"},
    {F "memory: 512MB\n", "m.yaml:5:13: memory: expected a whole number, found '512MB'"},
    {F "memory: 1.5\n", "m.yaml:5:13: memory: expected a whole number, found '1.5'"},
    {F "memory: \"512\"\n",
     "m.yaml:5:13: memory: expected a whole number, found '512'; write it without quotes"},
    {F "memory: 99999999999999999999\n",
     "m.yaml:5:13: memory: expected a whole number, found '99999999999999999999'"},
    {F "timeout:\n", "m.yaml:5:13: timeout: expected a whole number, found nothing"},
    {F "handler: {a: b}\n", "m.yaml:5:14: handler: expected text, found a map"},
    {F "handler: \"\"\n", "m.yaml:5:14: handler: expected text, found an empty one"},
    {F "handler: \"a\\0b\"\n", "m.yaml:5:14: handler: holds a NUL character"},
    {F "handler: !Sub x\n", "m.yaml:5:14: handler: the tag !Sub has no meaning in a manifest"},
    {F "layers: imaging\n", "m.yaml:5:13: layers: expected a list, found text"},
    {F "exclude: \"*.md\"\n", "m.yaml:5:14: exclude: expected a list, found text"},
    {F "exclude: [[a]]\n", "m.yaml:5:15: exclude: expected a pattern, found a list"},
    {F "exclude: [\"\"]\n", "m.yaml:5:15: exclude: expected a pattern, found an empty one"},
    {F "exclude: [\"  \"]\n", "m.yaml:5:15: exclude: expected a pattern, found an empty one"},
    {F "exclude: [\"a\\nb\"]\n",
     "m.yaml:5:15: exclude: a pattern is one line; write a list of them"},
    {F "include: []\n", "m.yaml:5:14: include: an empty list would let nothing in"},
    {L "compatible_runtimes: python3.13\n",
     "m.yaml:5:26: compatible_runtimes: expected a list, found text"},
    /* words */
    {F "architecture: amd64\n",
     "m.yaml:5:19: architecture: 'amd64' is not known; did you mean 'x86_64'?"},
    {F "architecture: AArch64\n",
     "m.yaml:5:19: architecture: 'AArch64' is not known; did you mean 'arm64'?"},
    {F "architecture: arm_64\n",
     "m.yaml:5:19: architecture: 'arm_64' is not known; did you mean 'arm64'?"},
    {F "architecture: sparc\n",
     "m.yaml:5:19: architecture: expected x86_64 or arm64, found 'sparc'"},
    {F "upload: ftp\n", "m.yaml:5:13: upload: expected direct or s3, found 'ftp'"},
    {"version: 1\nlint: {ignore: [{rule: PL1}]}\n",
     "m.yaml:2:17: ignore: 'reason' is missing; say why PL1 is accepted"},
    {"version: 1\nlint: {ignore: [{reason: x}]}\n", "m.yaml:2:17: ignore: 'rule' is missing"},
    {"version: 1\nlint: {ignore: [{rule: PL1, reason: x, expires: soon}]}\n",
     "m.yaml:2:49: expires: expected a date such as 2027-01-31, found 'soon'"},
    {"version: 1\nlint: {fail_on: eror}\n",
     "m.yaml:2:17: fail_on: 'eror' is no level; did you mean 'error'?"},
    {"version: 1\nlint: {severity: {PL1: wraning}}\n",
     "m.yaml:2:24: severity: 'wraning' is no level; did you mean 'warning'?"},
    {"version: 1\nlint: {select: []}\n", "m.yaml:2:16: select: an empty list would leave no rule"},
    {"version: 1\nlint: {rules_as_of: new}\n",
     "m.yaml:2:21: rules_as_of: expected a version such as \"0.1\", found 'new'"},
    /* sources */
    {"version: 1\nfunctions:\n  f: {memory: 1}\n",
     "m.yaml:3:3: function 'f': sources is missing; it says what goes in"},
    {"version: 1\nlayers:\n  l: {}\n",
     "m.yaml:3:3: layer 'l': sources is missing; it says what goes in"},
    {"version: 1\nfunctions:\n  f: {sources: []}\n",
     "m.yaml:3:16: sources: an empty list would pack nothing"},
    {"version: 1\nfunctions:\n  f:\n    sources:\n",
     "m.yaml:4:13: sources: expected a path, a map or a list of them, found nothing"},
    {"version: 1\nfunctions:\n  f: {sources: [[a]]}\n",
     "m.yaml:3:17: sources: expected a path or a map, found a list"},
    {"version: 1\nfunctions:\n  f: {sources: \"\"}\n",
     "m.yaml:3:16: path: expected a path, found an empty one"},
    {"version: 1\nfunctions:\n  f: {sources: /abs}\n",
     "m.yaml:3:16: path: '/abs' is absolute; write it from the manifest's folder, so that it means "
     "the same on every machine"},
    {"version: 1\nfunctions:\n  f: {sources: {to: x}}\n",
     "m.yaml:3:16: path is missing in this source"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, to: /x}}\n",
     "m.yaml:3:30: to: '/x' is absolute; it is a folder in the ZIP"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, to: x/../..}}\n",
     "m.yaml:3:30: to: 'x/../..' leaves the ZIP"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, to: 'x\\y'}}\n",
     "m.yaml:3:30: to: 'x\\y' has a backslash; folders in a ZIP are separated by /"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, text: {to: b, content: c}}}\n",
     "m.yaml:3:32: a source is one of 'path', 'archive', 'python', 'npm', 'run' and 'text'; "
     "write a list of them"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b/, content: c}}}\n",
     "m.yaml:3:28: to: 'b/' is a folder; name the file"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: ., content: c}}}\n",
     "m.yaml:3:28: to: '.' is a folder; name the file"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b, content: [SECRET]}}}\n",
     "m.yaml:3:40: content: expected text, found a list"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b, content: }}}\n",
     "m.yaml:3:40: content: expected text, found nothing"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {content: b}}}\n",
     "m.yaml:3:23: text: to is missing"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b}}}\n",
     "m.yaml:3:23: text: content is missing"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b, content: ''}, strip: 1}}\n",
     "m.yaml:3:52: strip: means nothing for 'text' sources"},
    {"version: 1\nfunctions:\n  f: {sources: {archive: /a}}\n",
     "m.yaml:3:26: archive: '/a' is absolute; write it from the manifest's folder, so that it "
     "means the same on every machine"},
    {"version: 1\nfunctions:\n  f: {sources: {archive: a.zip, symlinks: auto}}\n",
     "m.yaml:3:43: symlinks: means nothing for 'archive' sources"},
    {"version: 1\nfunctions:\n  f: {sources: [a, {extension: a}]}\n",
     "m.yaml:3:20: extension: Lambda looks for extensions below /opt; make it a source of a layer"},
    {"version: 1\nlayers:\n  l: {sources: {extension: a, to: b}}\n",
     "m.yaml:3:28: extension: what else is said of the source stands inside of it"},
    {"version: 1\nlayers:\n  l: {sources: {extension: {extension: a}}}\n",
     "m.yaml:3:28: extension: stands in another one"},
    {"version: 1\nlayers:\n  l: {sources: {extension: {to: a}}}\n",
     "m.yaml:3:28: path is missing in this source"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, strip: -1}}\n",
     "m.yaml:3:33: strip: expected a number of folders, found '-1'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, strip: 9999}}\n",
     "m.yaml:3:33: strip: expected a number of folders, found '9999'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, mode: 0o755}}\n",
     "m.yaml:3:32: mode: expected permissions such as \"0755\" or \"0644\", found '0o755'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, mode: '4755'}}\n",
     "m.yaml:3:32: mode: expected permissions such as \"0755\" or \"0644\", found '4755'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, mode: '0600'}}\n",
     "m.yaml:3:32: mode: '0600' keeps Lambda's user from reading the file; everybody must be able "
     "to, as with \"0644\""},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, symlinks: folow}}\n",
     "m.yaml:3:36: symlinks: 'folow' is not known; did you mean 'follow'?"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, symlinks: never}}\n",
     "m.yaml:3:36: symlinks: expected auto, follow, preserve or error, found 'never'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, optional: 1}}\n",
     "m.yaml:3:36: optional: expected true or false, found text"},
    /* layers of a function */
    {"version: 1\nlayers: {imaging: {sources: a}}\nfunctions: {f: {sources: a, layers: "
     "[imagin]}}\n",
     "m.yaml:3:38: layers: there is no layer 'imagin'; did you mean 'imaging'?"},
    {F "layers: [x]\n",
     "m.yaml:5:14: layers: there is no layer 'x' in this manifest; a path has a / "
     "or ends in .zip"},
    {F "layers: [[x]]\n",
     "m.yaml:5:14: layers: expected the name of a layer, a path or an ARN, found a list"},
    {F "layers: [{contents: x}]\n", "m.yaml:5:14: layers: arn is missing in this layer"},
    {F "layers: [{arn: imaging}]\n", "m.yaml:5:20: arn: 'imaging' does not begin with arn:"},
    {"version: 1\ndefaults: {layers: [x]}\n",
     "m.yaml:2:21: layers: there is no layer 'x' in this manifest; a path has a / or ends in .zip"},
    /* environment: a key is named, a value never */
    {F "environment: [SECRET]\n", "m.yaml:5:18: environment: expected a map, found a list"},
    {F "environment: {TOKEN: [SECRET]}\n",
     "m.yaml:5:26: environment: TOKEN is a list; expected text"},
    {F "environment: {TOKEN: }\n",
     "m.yaml:5:26: environment: TOKEN has no value; write \"\" for an empty one"},
    {F "environment: {TOKEN: ~}\n",
     "m.yaml:5:26: environment: TOKEN has no value; write \"\" for an empty one"},
    {F "environment: {TOKEN: \"SECRET\\0\"}\n",
     "m.yaml:5:26: environment: TOKEN holds a NUL character"},
    {F "environment: {TOKEN: !SECRET SECRET}\n",
     "m.yaml:5:26: environment: TOKEN has a tag, which has no meaning in a manifest"},
    {F "environment: {\"\": SECRET}\n", "m.yaml:5:19: environment: a name is empty"},
};

START_TEST(mistakes_are_named_with_their_place)
{
    struct pl_project project = {.n_function = 77};
    struct pl_err err = {.msg = ""};
    ck_assert_int_eq(parse(&project, mistakes[_i].text, &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg, mistakes[_i].message);
    ck_assert_ptr_null(strstr(err.msg, "SECRET"));
    ck_assert_msg(project.n_function == 77, "an output is untouched on failure");
}
END_TEST

/* What the YAML reader says; the manifest adds nothing. */
static const struct {
    const char *text, *place;
} bad_yaml[] = {
    {"version: 1\nversion: 1\n", "m.yaml:2:1: "},
    {F "memory: 1\n    memory: 2\n", "m.yaml:6:5: "},
    {"version: 1\nfunctions:\n\tf: {}\n", "m.yaml:3:1: "},
    {"version: 1\nfunctions: &a {f: *a}\n", "m.yaml:2:19: "},
    {"version: 1\nlint: *nowhere\n", "m.yaml:2:7: "},
    {"version: 1\n---\nversion: 1\n", "m.yaml:2:1: "},
    {"version: 1\nlint: {\n", "m.yaml:3:1: "},
};

START_TEST(bad_yaml_has_a_place)
{
    struct pl_project project;
    struct pl_err err = {.msg = ""};
    ck_assert_int_eq(parse(&project, bad_yaml[_i].text, &err), PL_ERR_CONFIG);
    ck_assert_msg(strncmp(err.msg, bad_yaml[_i].place, strlen(bad_yaml[_i].place)) == 0,
                  "%s, not at %s", err.msg, bad_yaml[_i].place);
}
END_TEST

START_TEST(hundred_kilobytes_of_brackets_are_refused)
{
    enum { N = 100 * 1024 };
    char *text = malloc(N);
    ck_assert_ptr_nonnull(text);
    struct pl_project project;
    struct pl_err err = {.msg = ""};
    memset(text, '[', N);
    ck_assert_int_eq(pl_manifest_parse(&project, "m.yaml", pl_slice_make(text, N), &err),
                     PL_ERR_CONFIG);
    ck_assert_msg(strncmp(err.msg, "m.yaml:1:", 9) == 0, "%s", err.msg);
    free(text);
}
END_TEST

START_TEST(names_have_a_limit)
{
    char name[142];
    char text[400];
    struct pl_project project;
    struct pl_err err;
    memset(name, 'n', sizeof name);
    name[140] = '\0';
    (void)snprintf(text, sizeof text, "version: 1\nfunctions: {%s: {sources: a}}\n", name);
    good(&project, text);
    pl_project_done(&project);
    name[140] = 'n';
    name[141] = '\0';
    (void)snprintf(text, sizeof text, "version: 1\nfunctions: {%s: {sources: a}}\n", name);
    ck_assert_int_eq(parse(&project, text, &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg,
                     "m.yaml:2:13: functions: the name "
                     "'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...' is "
                     "longer than 140 characters");
}
END_TEST

START_TEST(many_variables_are_refused)
{
    struct pl_buf text;
    struct pl_err err;
    struct pl_project project;
    pl_buf_init(&text, PL_MB(1));
    ck_assert_int_eq(pl_buf_text(&text, F "environment:\n", &err), PL_OK);
    for (int i = 0; i < 1001; i++) {
        ck_assert_int_eq(pl_buf_fmt(&text, &err, "      K%d: v\n", i), PL_OK);
    }
    ck_assert_int_eq(parse(&project, text.data, &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg, "m.yaml:6:7: environment: has 1001 variables; 1000 are the most");
    pl_buf_done(&text);
}
END_TEST

int main(void)
{
    const struct manifest_loop loop[] = {
        {mistakes_are_named_with_their_place, COUNT_OF(mistakes)},
        {bad_yaml_has_a_place, COUNT_OF(bad_yaml)},
        {hundred_kilobytes_of_brackets_are_refused, 0},
        {names_have_a_limit, 0},
        {many_variables_are_refused, 0},
    };
    return run_loops("manifest_mistakes", loop, COUNT_OF(loop));
}
