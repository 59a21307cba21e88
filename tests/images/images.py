"""The images: for every row of the decision table a yes and a no, made of real parts where there are.

    add(name, recipe, says, rules, asks, full)

`says` is what `plimsoll image config` must say, `rules` the findings of PL3 and PL7 in full, `asks` whether
the entrypoint, started, asks the Runtime API for work: True, False, or None where this machine cannot
start it. `full`: it takes a download of more than a package, or minutes.
"""

import collections

import parts as p

Row = collections.namedtuple("Row", "name recipe says rules asks full")

HANDLER = 'file {}/app.py 644 "def handler(event, context):\\n    return 1\\n"\n'
AWS = """workdir /var/task
env LAMBDA_TASK_ROOT=/var/task
env LAMBDA_RUNTIME_DIR=/var/runtime
env PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin
"""
ENTRY = r'''#!/bin/sh
if [ $# -ne 1 ]; then
  echo "entrypoint requires the handler name to be the first argument" 1>&2
  exit 142
fi
export _HANDLER="$1"
RUNTIME_ENTRYPOINT=/var/runtime/bootstrap
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
  exec /usr/local/bin/aws-lambda-rie $RUNTIME_ENTRYPOINT
else
  exec $RUNTIME_ENTRYPOINT
fi
'''
ADAPTER = b"/2020-01-01/extension/register\0/2018-06-01/runtime/invocation/next\0AWS_LAMBDA_RUNTIME_API"
LOOP = r'''import http.client, os
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
connection.request("GET", "/2018-06-01/runtime/invocation/next")
connection.getresponse()
'''
SERVE = 'import http.server\nhttp.server.HTTPServer(("127.0.0.1", 0), None).serve_forever()\n'
RUBY = r'''require "socket"
host, port = ENV.fetch("AWS_LAMBDA_RUNTIME_API").split(":")
socket = TCPSocket.new(host, port.to_i)
socket.write("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
socket.read(1)
'''
CURL = '''#!/bin/sh
# {comment}
while true; do
  curl -sS "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" || exit 1
done
'''


def script(path, text, mode="755"):
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace('"', '\\"')
    for sign in "$`":
        escaped = escaped.replace(sign, "\\x%02x" % ord(sign))
    return f'file {path} {mode} "{escaped}"\n'


def start(*words):
    quoted = ["'%s'" % word for word in words]
    return "entrypoint " + " ".join(quoted) + "\n"


class Table:
    def __init__(self, parts, keep):
        self.parts, self.keep = parts, keep
        self.rows, self.skipped = [], []

    def add(self, name, recipe, says, rules=(), asks=None, full=False):
        """`recipe` is called: a part that is missing skips the row."""
        if not self.keep(name, full):
            return
        try:
            self.rows.append(Row(name, recipe(), says, sorted(rules), asks, full))
        except p.Missing as why:
            self.skipped.append((name, str(why)))


def python_rows(t):
    parts = t.parts

    def base(client=True, to="usr/lib/python3/dist-packages", more="", work="/srv", needs=True):
        lines = "layer plain\n" + parts.python + parts.program("sh") + "link bin usr/bin\ndir tmp 777\n"
        lines += f"tree {to} {parts.awslambdaric}\n" if client else ""
        for native in parts.awslambdaric.glob("*.so") if client and needs else ():
            lines += p.copies(p.libraries(native))
        return lines + f"layer\nworkdir {work}\ndir {work}\n" + HANDLER.format(work.strip("/")) + more

    run = start("/usr/bin/python3", "-m", "awslambdaric")
    rie = ('#!/bin/sh\nif [ -z "$AWS_LAMBDA_RUNTIME_API" ]; then\n'
           '  exec /usr/local/bin/aws-lambda-rie /usr/bin/python3 -m awslambdaric "$@"\nelse\n'
           '  exec /usr/bin/python3 -m awslambdaric "$@"\nfi\n')
    main = "import sys\nfrom awslambdaric.__main__ import main\nmain([\"\", \"app.handler\"])\n"
    t.add("python-module", lambda: base() + run + "cmd app.handler\n", "yes", asks=True)
    t.add("python-by-path", lambda: base() + start("python3", "-m", "awslambdaric") + "cmd app.handler\n", "yes",
          ["PL704 info"], True)
    t.add("python-env", lambda: base() + "env PYTHONUNBUFFERED=1\n" + parts.program("env") +
          start("/usr/bin/env", "python3", "-m", "awslambdaric") + "cmd app.handler\n", "yes", asks=True)
    t.add("python-script", lambda: base(more=script("srv/start.py", main)) + start("/usr/bin/python3", "start.py"),
          "yes", asks=True)
    t.add("python-shebang", lambda: base(more=script("srv/start.py", "#!/usr/bin/python3\n" + main)) +
          start("/srv/start.py"), "yes", asks=True)
    t.add("python-wrapped", lambda: base(more=script("entry.sh", rie)) + start("/entry.sh") + "cmd app.handler\n",
          "yes", asks=True)
    t.add("python-shell-form", lambda: base() + start("/bin/sh", "-c", "exec python3 -m awslambdaric app.handler"),
          "yes", asks=True)
    t.add("python-cd", lambda: base(more=script("go.sh", "#!/bin/sh\ncd /srv\nexec python3 -m awslambdaric \"$1\"\n"),
                                    ) + "workdir /\n" + start("/go.sh") + "cmd app.handler\n", "yes", asks=True)
    t.add("python-init", lambda: base() + f"copy sbin/tini {parts.c('init', '-static')} 755\n" +
          start("/sbin/tini", "--", "/usr/bin/python3", "-m", "awslambdaric") + "cmd app.handler\n", "yes", asks=True)
    t.add("python-own-loop", lambda: base(False, more=script("srv/loop.py", LOOP, "644")) +
          start("/usr/bin/python3", "/srv/loop.py"), "yes", asks=True)
    t.add("python-beside", lambda: base(more=script("srv/serve.py", SERVE, "644")) +
          start("/usr/bin/python3", "/srv/serve.py"), "cannot tell", ["PL701 info"], False)
    t.add("python-no-client", lambda: base(False) + run + "cmd app.handler\n", "no", ["PL701 error"], False)
    t.add("python-no-handler", lambda: base() + run, "no", ["PL701 error"], False)
    t.add("python-other-version", lambda: base(more="".join(
        f"hide usr/lib/python3/dist-packages/{f.name}\n" for f in parts.awslambdaric.glob("*.so")) +
        "file usr/lib/python3/dist-packages/runtime_client.cpython-38-x86_64-linux-gnu.so 755 x\n") + run +
        "cmd app.handler\n", "no", ["PL701 warning"], False)
    t.add("python-source-only", lambda: base(more="".join(
        f"hide usr/lib/python3/dist-packages/{f.name}\n" for f in parts.awslambdaric.glob("*.so"))) + run +
        "cmd app.handler\n", "no", ["PL701 warning"], False)
    t.add("python-server", lambda: base(False, more=script("srv/serve.py", SERVE, "644")) +
          start("/usr/bin/python3", "/srv/serve.py"), "no", ["PL701 warning"], False)
    t.add("python-no-libstdcxx", lambda: base(needs=False) + run + "cmd app.handler\n", "yes", ["PL205 warning"], False)
    t.add("python-handler-gone", lambda: base() + run + "cmd gone.handler\n", "yes", ["PL301 error"], False)
    t.add("python-handler-other", lambda: base() + run + "cmd app.other\n", "yes", ["PL302 error"])
    t.add("python-debian", lambda: f"layer\ntree / {parts.debian}\n"
          f"tree usr/lib/python3/dist-packages {parts.awslambdaric}\nworkdir /srv\n" + HANDLER.format("srv") + run +
          "cmd app.handler\n", "yes", asks=True, full=True)


def node_rows(t):
    parts = t.parts

    def base(native=True, client=True):
        lines = "layer plain\n" + parts.node + parts.program("sh", "env") + "link bin usr/bin\ndir tmp 777\n"
        lines += 'layer\nworkdir /app\nfile app/index.js 644 "exports.handler = async () => 1\\n"\n'
        lines += "env NODE_VERSION=20.20.2\nenv AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1=true\n"
        if client:
            to, made = "app/node_modules/aws-lambda-ric", parts.node_client
            lines += f"tree {to} {made / 'package'}\n"
            lines += f"copy {to}/dist/rapid-client.node {made / 'rapid-client.node'} 755\n" if native else ""
            lines += "link app/node_modules/.bin/aws-lambda-ric ../aws-lambda-ric/bin/index.mjs\n"
        return lines

    ric = start("/usr/bin/node", "/app/node_modules/aws-lambda-ric/bin/index.mjs")
    loop = ('const http = require("http");\n'
            'http.get("http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/next");\n')
    t.add("node-client", lambda: base() + ric + "cmd index.handler\n", "yes", asks=True)
    t.add("node-bin", lambda: base() + start("/app/node_modules/.bin/aws-lambda-ric") + "cmd index.handler\n", "yes",
          asks=None)
    t.add("node-not-built", lambda: base(native=False) + ric + "cmd index.handler\n", "no", ["PL701 warning"], False)
    t.add("node-not-installed", lambda: base(client=False) + script("usr/bin/npx", "#!/usr/bin/env node\n") +
          start("/usr/bin/npx", "aws-lambda-ric") + "cmd index.handler\n", "no", ["PL701 warning"], False)
    t.add("node-own-loop", lambda: base(client=False) + script("app/loop.js", loop, "644") +
          start("/usr/bin/node", "loop.js"), "yes", asks=True)
    t.add("node-server", lambda: base(client=False) +
          script("app/serve.js", 'require("http").createServer(() => {}).listen(0)\n', "644") +
          start("/usr/bin/node", "serve.js"), "no", ["PL701 warning"], False)
    t.add("node-handler-gone", lambda: base() + ric + "cmd gone.handler\n", "yes", ["PL301 error"], False)


def other_rows(t):
    parts = t.parts

    def ruby(gem, text):
        lines = "layer plain\n" + parts.program("ruby", "sh", "env") + "link bin usr/bin\nlayer\nworkdir /app\n"
        lines += 'file app/app.rb 644 "def handler(event:, context:)\\nend\\n"\n'
        lines += "file usr/lib/ruby/gems/aws_lambda_ric-3.1.0/lib/aws_lambda_ric.rb 644 x\n" if gem else ""
        return lines + script("usr/bin/aws_lambda_ric", "#!/usr/bin/ruby --disable-all\n" + text)

    t.add("ruby-client", lambda: ruby(True, RUBY.replace('require "socket"\n', "")) +
          start("/usr/bin/aws_lambda_ric") + "cmd app.handler\n", "yes")
    t.add("ruby-no-gem", lambda: ruby(False, "exit 1\n") + start("/usr/bin/aws_lambda_ric") + "cmd app.handler\n",
          "no", ["PL701 error"], False)

    main = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"

    def java(client=True, path="/app/lib/*:/app/classes"):
        made = parts.java_client
        lines = "layer plain\n" + parts.java + f"layer\nworkdir /app\ndir tmp 777\ntree app/classes {made / 'classes'}\n"
        for native in parts.java_native:
            lines += p.copies(p.libraries(native))
        return lines + (f"tree app/lib {made / 'lib'}\n" if client else "") + start("/opt/jre/bin/java", "-cp", path, main)

    t.add("java-client", lambda: java() + "cmd org.example.App::handle\n", "yes", asks=True, full=True)
    t.add("java-no-client", lambda: java(False) + "cmd org.example.App::handle\n", "no", ["PL701 warning"], False,
          full=True)
    shape = "layer\ncopy usr/bin/java {elf} 755\n"
    t.add("java-shape", lambda: shape.format(elf=parts.elf()) +
          "file app/aws-lambda-java-runtime-interface-client-2.9.0.jar 644 x\n" +
          start("/usr/bin/java", "-cp", "/app/*", main) + "cmd org.example.App\n", "yes")
    t.add("java-shape-no", lambda: shape.format(elf=parts.elf()) + start("/usr/bin/java", "-cp", "/app/*", main) +
          "cmd org.example.App\n", "no", ["PL701 warning"])
    t.add("java-boot", lambda: shape.format(elf=parts.elf()) + "file app/app.jar 644 PK\n" +
          start("/usr/bin/java", "-jar", "/app/app.jar"), "no", ["PL701 warning"])
    net = "layer\ncopy usr/bin/dotnet {elf} 755\nfile app/App.dll 644 MZ\n"
    t.add("dotnet-support", lambda: net.format(elf=parts.elf()) + "file app/Amazon.Lambda.RuntimeSupport.dll 644 MZ\n" +
          start("/usr/bin/dotnet", "/app/App.dll"), "yes")
    t.add("dotnet-server", lambda: net.format(elf=parts.elf()) + start("/usr/bin/dotnet", "/app/App.dll"), "no",
          ["PL701 warning"])
    php = "layer\ncopy usr/bin/php {elf} 755\n"
    t.add("php-bref", lambda: php.format(elf=parts.elf()) +
          "file opt/bref/bootstrap.php 644 \"AWS_LAMBDA_RUNTIME_API /2018-06-01/runtime/invocation/next\"\n" +
          start("/usr/bin/php", "/opt/bref/bootstrap.php"), "yes")
    t.add("php-server", lambda: php.format(elf=parts.elf()) + "file srv/index.php 644 <?php\n" +
          start("/usr/bin/php", "/srv/index.php"), "no", ["PL701 warning"])


def compiled_rows(t):
    parts = t.parts

    def one(path, name="srv/main"):
        return f"layer\ncopy {name} {path} 755\n" + start("/" + name)

    no = ["PL701 warning"]
    t.add("c-loop", lambda: one(parts.c("loop", "-static")), "yes", asks=True)
    t.add("c-server", lambda: one(parts.c("server", "-static")), "no", no, False)
    t.add("c-glibc", lambda: one(parts.c("loop")) + p.copies(p.libraries(parts.c("loop"))), "yes", asks=True)
    t.add("c-no-glibc", lambda: one(parts.c("loop")), "no", ["PL702 error"], False)
    t.add("c-no-libc", lambda: one(parts.c("loop")) + "".join(
        f"copy {k.lstrip('/')} {v}\n" for k, v in p.libraries(parts.c("loop")).items() if "ld-" in k), "yes",
        ["PL205 warning"], False)
    t.add("musl-static", lambda: one(parts.c("loop", "-static", compiler="musl-gcc")), "yes", asks=True)
    t.add("musl-dynamic", lambda: one(parts.c("loop", compiler="musl-gcc")) +
          "copy lib/ld-musl-x86_64.so.1 /lib/x86_64-linux-musl/libc.so\n", "yes", asks=True)
    t.add("musl-no-loader", lambda: one(parts.c("loop", compiler="musl-gcc")), "no", ["PL702 error"], False)
    t.add("go", lambda: one(parts.go("lambda")), "yes", asks=True)
    t.add("go-stripped", lambda: one(parts.go("lambda", "-trimpath", "-ldflags=-s -w")), "yes", asks=True)
    t.add("go-norpc", lambda: one(parts.go("lambda", "-tags=lambda.norpc")), "yes", asks=True)
    t.add("go-server", lambda: one(parts.go("server")), "no", no, False)
    t.add("rust", lambda: one(parts.rust) + p.copies(p.libraries(parts.rust)), "yes", asks=True, full=True)
    t.add("upx", lambda: one(parts.marked("upx", b"UPX!")), "cannot tell", ["PL701 info"])
    t.add("emulator", lambda: one(parts.emulator, "usr/local/bin/aws-lambda-rie"), "no", ["PL701 error"], False, full=True)
    t.add("emulator-renamed", lambda: one(parts.emulator, "srv/start"), "no", ["PL701 error"], False, full=True)
    t.add("emulator-renamed-shape", lambda: one(parts.marked(
        "emulator", b"AWS_LAMBDA_RUNTIME_API\0/2018-06-01/runtime/invocation/\0go.amzn.com/lambda/rapid"), "srv/start"),
          "no", ["PL701 error"])
    t.add("go-old", lambda: one(parts.marked("go-old", b"_LAMBDA_SERVER_PORT")), "no", ["PL701 warning"])
    t.add("emulator-shape", lambda: one(parts.elf(), "usr/local/bin/aws-lambda-rie") + "cmd /srv/main\n", "no",
          ["PL701 error"])
    t.add("adapter", lambda: one(parts.c("server", "-static")) +
          f"copy opt/extensions/lambda-adapter {parts.c('loop', '-static', '-DEXTENSION')} 755\n", "yes", asks=True)
    t.add("adapter-mode", lambda: one(parts.c("server", "-static")) +
          f"copy opt/extensions/lambda-adapter {parts.c('loop', '-static', '-DEXTENSION')} 644\n", "no",
          ["PL701 error", "PL715 error"], False)
    t.add("adapter-machine", lambda: one(parts.c("server", "-static")) +
          f"copy opt/extensions/lambda-adapter {parts.marked('adapter', ADAPTER, 'machine=arm64')} 755\n", "no",
          ["PL701 error", "PL715 error"])
    t.add("extension-only", lambda: one(parts.c("server", "-static")) +
          f"copy opt/extensions/other {parts.marked('extension', b'/2020-01-01/extension/register')} 755\n", "no", no, False)


def script_rows(t):
    parts = t.parts

    def base(*programs):
        return "layer plain\n" + parts.program("sh", *programs) + "link bin usr/bin\nlayer\n"

    def run(text, *programs, more="", words=("/start.sh",)):
        return lambda: base(*programs) + script("start.sh", text) + more + start(*words)

    loop = lambda: f"copy srv/main {parts.c('loop', '-static')} 755\n"  # noqa: E731
    t.add("curl", run(CURL.format(comment="asks"), "curl"), "yes", asks=True)
    t.add("curl-missing", run(CURL.format(comment="asks")), "no", ["PL701 warning"], False)
    t.add("curl-comment", run("#!/bin/sh\n# $AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next\nexec /srv/serve\n",
                              more="file srv/serve 755 \"#!/bin/sh\\nsleep 1\\n\"\n"), "cannot tell", ["PL701 info"])
    for name, text, asks in (
            ("exec-args", 'exec "$@"\n', True),
            ("if-else", 'if [ -n "$AWS_LAMBDA_RUNTIME_API" ]; then exec /srv/main; fi\nexec /bin/nothing\n', True),
            ("variable", 'PROGRAM=/srv/main\nexec $PROGRAM\n', True),
            ("default", 'exec "${PROGRAM:-/srv/main}"\n', True),
            ("case", 'case "$1" in\n  /srv/*) exec "$@" ;;\n  *) exit 1 ;;\nesac\n', True),
            ("and", '[ -x /srv/main ] && exec /srv/main\nexit 1\n', True),
            ("no-exec", "/srv/main\n", True)):
        t.add(f"shell-{name}", lambda text=text: base() + loop() + script("start.sh", "#!/bin/sh\nset -e\n" + text) +
              start("/start.sh") + "cmd /srv/main\n", "yes", asks=asks)
    t.add("shell-source", lambda: base() + loop() + script("lib.sh", "exec /srv/main\n") +
          script("start.sh", "#!/bin/sh\n. /lib.sh\n") + start("/start.sh"), "cannot tell", ["PL701 info"])
    t.add("shell-emulator", lambda: base() + f"copy usr/local/bin/aws-lambda-rie {parts.elf()} 755\n" +
          script("start.sh", "#!/bin/sh\nexec /usr/local/bin/aws-lambda-rie \"$@\"\n") + start("/start.sh") +
          "cmd /srv/main\n", "no", ["PL701 error"])
    t.add("shell-server", lambda: base() + f"copy srv/serve {parts.c('server', '-static')} 755\n" +
          script("start.sh", "#!/bin/sh\nexec /srv/serve\n") + start("/start.sh"), "no", ["PL701 warning"], False)
    t.add("shell-exits", lambda: base() + script("start.sh", "#!/bin/sh\nexit 0\n") + start("/start.sh"),
          "cannot tell", ["PL701 info"], False)
    t.add("shell-carriage-return", run("#!/bin/sh\r\nexec /srv/main\r\n"), "no", ["PL702 error"], False)
    t.add("shell-no-interpreter", run("#!/usr/bin/bash\nexec /srv/main\n"), "no", ["PL702 error"], False)


def aws_rows(t):
    """Images that start as AWS's do; their bootstrap is a script that names the runtime and starts the client."""
    parts = t.parts
    loop = lambda: f"copy var/runtime/bootstrap {parts.c('loop', '-static')} 755\n"  # noqa: E731

    def base(cmd, bootstrap=loop, more=""):
        return lambda: (AWS + "layer plain\n" + parts.program("sh") + "link bin usr/bin\nlayer\ndir var/task\n" +
                        bootstrap() + script("lambda-entrypoint.sh", ENTRY) + start("/lambda-entrypoint.sh") + cmd + more)

    def layout(runtime, command, client=""):
        """A bootstrap of AWS's shape: it starts `command`, where this machine's loop stands for the interpreter."""
        text = (f"#!/bin/sh\nexport AWS_EXECUTION_ENV=AWS_Lambda_{runtime}\n"
                f'if [ -z "$AWS_LAMBDA_EXEC_WRAPPER" ]; then\n  exec {command}\nfi\nexit 127\n')
        return lambda: (script("var/runtime/bootstrap", text) + client +
                        f"copy {command.split()[0].lstrip('/')} {parts.c('loop', '-static')} 755\n")

    code = HANDLER.format("var/task")
    python = layout("python3.13", "/var/lang/bin/python3.13 /var/runtime/bootstrap.py",
                    "link var/lang/bin/python3 python3.13\nfile var/runtime/bootstrap.py 644 x\n")
    node = layout("nodejs22.x", "/var/lang/bin/node /var/runtime/index.mjs", "file var/runtime/index.mjs 644 x\n")
    ruby = layout("ruby3.4", "/var/lang/bin/ruby /var/runtime/lib/bootstrap.rb")
    java = layout("java21", "/var/lang/bin/java -classpath /var/runtime/lib/x.jar x.AWSLambda")
    dotnet = layout("dotnet8", "/var/lang/bin/dotnet exec /var/runtime/Amazon.Lambda.RuntimeSupport.dll")
    t.add("aws-provided", base("cmd any.handler\n"), "yes", asks=True)
    t.add("aws-provided-server", base("cmd any\n", lambda: f"copy var/runtime/bootstrap {parts.c('server', '-static')} 755\n"),
          "cannot tell", ["PL701 info"], False)
    t.add("aws-provided-script", base("cmd any\n", lambda: parts.program("curl") + script(
        "var/runtime/bootstrap", CURL.format(comment="asks"))), "yes", asks=True)
    t.add("aws-provided-machine", base("cmd any\n", lambda: f"copy var/runtime/bootstrap {parts.elf('machine=arm64')} 755\n"),
          "no", ["PL708 error"])
    t.add("aws-python", base("cmd app.handler\n", python, code), "yes", asks=True)
    t.add("aws-python-handler", base("cmd app.main\n", python, code), "yes", ["PL302 error"])
    t.add("aws-node", base("cmd index.handler\n", node, 'file var/task/index.js 644 "exports.handler = async () => 1\\n"\n'),
          "yes", asks=True)
    t.add("aws-node-handler", base("cmd gone.handler\n", node, 'file var/task/index.js 644 "exports.handler = async () => 1\\n"\n'),
          "yes", ["PL301 error"])
    t.add("aws-ruby", base("cmd app.handler\n", ruby, 'file var/task/app.rb 644 "def handler(event:, context:)\\nend\\n"\n'),
          "yes", asks=True)
    t.add("aws-ruby-handler", base("cmd app.main\n", ruby, 'file var/task/app.rb 644 "def handler(event:, context:)\\nend\\n"\n'),
          "yes", ["PL302 error"])
    t.add("aws-java", lambda: base("cmd org.example.App::handle\n", java, f"tree var/task {parts.java_client / 'classes'}\n")(),
          "yes", asks=True, full=True)
    t.add("aws-java-handler", base("cmd org.example.Gone::run\n", java), "yes", ["PL314 error"])
    t.add("aws-dotnet-handler", base("cmd Gone::Gone.F::Run\n", dotnet), "yes", ["PL318 error"], True)
    t.add("aws-python-files", base("cmd app.main\n", more=code + "link var/lang/bin/python3 python3.13\n"
                                   "file var/lang/bin/python3.13 755 x\n"), "yes", ["PL302 error"], True)
    t.add("aws-no-cmd", base(""), "no", ["PL701 error"], False)
    t.add("aws-two-words", base("cmd app.handler more\n"), "no", ["PL701 error"], False)
    t.add("aws-shell-form", base("cmd /bin/sh -c app.handler\n"), "no", ["PL701 error"], False)
    t.add("aws-no-bootstrap", base("cmd app.handler\n", lambda: ""), "no", ["PL701 error"], False)
    t.add("aws-bootstrap-mode", base("cmd app.handler\n", lambda: "file var/runtime/bootstrap 644 x\n"), "no",
          ["PL701 error"], False)
    t.add("aws-go", base("cmd any\n", lambda: f"copy var/runtime/bootstrap {parts.go('lambda')} 755\n"), "yes", asks=True)
    t.add("aws-wrapped", lambda: base("cmd app.handler\n")() + script(
        "mine.sh", "#!/bin/sh\nexec /lambda-entrypoint.sh \"$1\"\n") + start("/mine.sh"), "yes", asks=True)


def start_rows(t):
    parts = t.parts
    t.add("start-nothing", lambda: "layer\nfile a 644 x\n", "no", ["PL702 error"])
    t.add("start-missing", lambda: "layer\nfile a 644 x\n" + start("/srv/main"), "no", ["PL702 error"], False)
    t.add("start-not-in-path", lambda: "layer\nfile a 644 x\n" + start("main"), "no", ["PL702 error", "PL704 info"], False)
    t.add("start-mode", lambda: f"layer\ncopy srv/main {parts.c('loop', '-static')} 644\n" + start("/srv/main"), "no",
          ["PL703 error"], False)
    t.add("start-folder", lambda: "layer\ndir srv/main\n" + start("/srv/main"), "no", ["PL703 error"], False)
    t.add("start-text", lambda: "layer\nfile srv/main 755 echo\n" + start("/srv/main"), "no", ["PL703 error"])
    t.add("start-machine", lambda: f"layer\ncopy srv/main {parts.elf('machine=arm64')} 755\n" + start("/srv/main"), "no",
          ["PL708 error"])
    t.add("start-relative", lambda: f"workdir /srv\nlayer\ncopy srv/main {parts.c('loop', '-static')} 755\n" +
          start("./main"), "yes", ["PL704 warning"], True)
    t.add("start-links", lambda: f"layer\ncopy srv/real/main {parts.c('loop', '-static')} 755\nlink srv/a /srv/b\n"
          "link srv/b real/main\n" + start("/srv/a"), "yes", asks=True)
    t.add("start-loop-of-links", lambda: "layer\nlink srv/a b\nlink srv/b a\n" + start("/srv/a"), "no",
          ["PL703 error"], False)
    t.add("start-no-workdir", lambda: f"workdir /gone\nlayer\ncopy srv/main {parts.c('loop', '-static')} 755\n" +
          start("/srv/main"), "yes", ["PL710 error"])
    t.add("layers-replaced", lambda: f"layer\ncopy srv/main {parts.c('server', '-static')} 755\nlayer zstd\n"
          f"hide srv/main\nlayer gzips\ncopy srv/main {parts.c('loop', '-static')} 755\n" + start("/srv/main"), "yes",
          ["PL709 warning"], True)
    t.add("layers-hidden", lambda: f"layer\ncopy srv/main {parts.c('loop', '-static')} 755\nlayer\nopaque srv\n" +
          start("/srv/main"), "no", ["PL702 error"], False)


def table(parts, keep):
    t = Table(parts, keep)
    for fill in (python_rows, node_rows, other_rows, compiled_rows, script_rows, aws_rows, start_rows):
        fill(t)
    return t
