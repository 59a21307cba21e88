"""Python packages: good, broken and strange ones."""

import pathlib
import py_compile
import tempfile

from common import Cases

DEF = "def handler(event, context):\n    return 1\n"

NEWER = {
    "type": "type Event = dict\n",
    "parameters of a function": "def first[T](a: list[T]) -> T:\n    return a[0]\n",
    "parameters of a class": "class Box[T: (int, str)]:\n    pass\n",
    "quotes in an f-string": "name = {'a': 1}\nx = f'{name['a']}'\n",
    "line in an f-string": "x = f'{\n1\n}'\n",
    "backslash in an f-string": "x = f'{\"\\n\".join([])}'\n",
    "comment in an f-string": "x = f'''{1 # one\n}'''\n",
    "except without parentheses": "try:\n    pass\nexcept KeyError, ValueError:\n    pass\n",
    "template": "x = t'{1}'\n",
    "lazy import": "lazy import json\n",
}
NOT_NEWER = {
    "match": "match 1:\n    case 1 | 2: pass\n    case _: pass\n",
    "walrus": "if (n := 1):\n    pass\n",
    "with in brackets": "import io\nwith (io.StringIO() as a, io.StringIO() as b):\n    pass\n",
    "except*": "try:\n    pass\nexcept* ValueError:\n    pass\n",
    "star in a subscript": "a = (1,)\nb = {(1,): 2}\nc = b[*a]\n",
    "soft keywords as names": "match = type = case = lazy = t = len\nx = match([*'a']) + type([1])\n",
    "f-strings": "a = {'b': 1}\nx = f\"{a['b']!r:>{3}}\\n\" f'{{' rf'\\{1}'\n",
}


def bytecode(source):
    """A .pyc of the interpreter that runs this script."""
    with tempfile.TemporaryDirectory() as top:
        path = pathlib.Path(top) / "app.py"
        path.write_text(source)
        made = pathlib.Path(py_compile.compile(str(path), doraise=True))
        return made.read_bytes()


# One file app.py, handler app.handler: ways in which a name is bound, or is not.
BINDS = {
    "def": DEF,
    "async def": "async def handler(e, c):\n    return 1\n",
    "class": "class handler:\n    def __init__(self, e, c): pass\n",
    "class and instance": "class H:\n    def __call__(self, e, c): return 1\nhandler = H()\n",
    "method": "class H:\n    def go(self, e, c): return 1\nhandler = H().go\n",
    "lambda": "handler = lambda e, c: 1\n",
    "alias": "def main(e, c): return 1\nhandler = main\n",
    "chained": "def main(e, c): return 1\nother = handler = main\n",
    "annotated": "from typing import Callable\nhandler: Callable = lambda e, c: 1\n",
    "annotation only": "from typing import Callable\nhandler: Callable\n",
    "tuple": "a, handler = 1, (lambda e, c: 1)\n",
    "nested tuple": "(a, (b, handler)) = 1, (2, lambda e, c: 1)\n",
    "list target": "[a, handler] = [1, lambda e, c: 1]\n",
    "starred": "a, *handler = 1, 2, 3\n",
    "walrus": "print((handler := lambda e, c: 1))\n",
    "walrus in if": "if (handler := (lambda e, c: 1)): pass\n",
    "with as": "import contextlib\nwith contextlib.nullcontext(print) as handler: pass\n",
    "with as tuple": "import contextlib\nwith contextlib.nullcontext((1, print)) as (a, handler): pass\n",
    "with in brackets": "import contextlib\nwith (\n    contextlib.nullcontext(1) as a,\n"
                        "    contextlib.nullcontext(print) as handler,\n):\n    pass\n",
    "import": "import json as handler\n",
    "from import": "from json import dumps as handler\n",
    "from import in brackets": "from json import (\n    loads,\n    dumps as handler,  # this one\n)\n",
    "import dotted binds first": "import os.path\nhandler = os.path.join\n",
    "import named handler": "import logging.handlers\nhandler = logging.handlers\n",
    "decorated": "import functools\ndef d(f):\n    return functools.wraps(f)(lambda *a: f(*a))\n@d\n" + DEF,
    "decorated twice": "def d(n):\n    return lambda f: f\n@d(1)\n@d(\n    2,\n)\n" + DEF,
    "partial": "import functools\nhandler = functools.partial(print, 1)\n",
    "conditional": "import os\nif os.name == 'posix':\n    def handler(e, c): return 1\n"
                   "else:\n    def handler(e, c): return 2\n",
    "try import": "try:\n    import nowhere\n    def handler(e, c): return 1\n"
                  "except ImportError:\n    def handler(e, c): return 2\n",
    "try else": "try:\n    x = 1\nexcept ValueError:\n    handler = 1\nelse:\n    handler = print\n",
    "try finally": "try:\n    x = 1\nfinally:\n    handler = print\n",
    "docstring with def": '"""\ndef other(e, c): pass\n"""\n' + DEF,
    "string before def": "x = '''\n  \"\"\"\n'''\n" + DEF,
    "semicolons": "x = 1; handler = lambda e, c: x; y = 2\n",
    "one line class": "class A: x = 1; y = 2\nhandler = A\n",
    "backslash": "handler = \\\n    lambda e, c: 1\n",
    "brackets over lines": "handler = (\n    lambda e,\n    c: 1\n)\n",
    "tabs": "def handler(e, c):\n\tif e:\n\t\treturn 1\n\treturn 2\n",
    "form feed": "\x0cimport os\n\x0c\n" + DEF,
    "crlf": DEF.replace("\n", "\r\n"),
    "cr only": DEF.replace("\n", "\r"),
    "no last newline": "handler = print",
    "comment last": DEF + "# the end",
    "bom": b"\xef\xbb\xbf" + DEF.encode(),
    "utf-8 cookie": "# -*- coding: utf-8 -*-\nx = 'Grüße'\n" + DEF,
    "latin-1 cookie": b"# -*- coding: latin-1 -*-\nx = 'Gr\xfc\xdfe'\n" + DEF.encode(),
    "cp1252 cookie": b"# vim: set fileencoding=cp1252 :\nx = '\x80'\n" + DEF.encode(),
    "cookie on line two": b"#!/usr/bin/env python3\n# coding: latin-1\nx = '\xe9'\n" + DEF.encode(),
    "shebang": "#!/usr/bin/env python3\n" + DEF,
    "unicode names": "größe = 1\ndef handler(e, c): return größe\n",
    "match": "match 1:\n    case 1:\n        handler = print\n    case _:\n        handler = len\n",
    "f-string": "n = 'x'\ns = f'{n!r:>{10}} {{}}'\n" + DEF,
    "f-string with quotes": "d = {'a': 1}\ns = f\"{d['a']}\"\n" + DEF,
    "triple f-string": "s = f'''\n{1 +\n2}\n'''\n" + DEF,
    "raw and bytes": "a = r'\\'\nb = rb'\\x'\nc = b'\\''\n".replace("r'\\'\n", "r'\\\\'\n") + DEF,
    "type hints": "def handler(event: dict[str, 'int'], context: 'object') -> dict[str, int]:\n    return {}\n",
    "generic bases": "class B: pass\nclass C(B, metaclass=type): pass\nhandler = C\n",
    "def over lines": "def handler(\n    event,\n    context,\n):\n    return 1\n",
    "nested def is not it": "def outer():\n    def handler(e, c): pass\n",
    "class member is not it": "class A:\n    def handler(self, e, c): pass\n",
    "comment is not it": "# def handler(e, c): pass\nx = 1\n",
    "docstring is not it": '"""\ndef handler(e, c):\n    pass\n"""\nx = 1\n',
    "other name": "def lambda_handler(event, context):\n    return 1\n",
    "other case": "def Handler(event, context):\n    return 1\n",
    "longer name": "def handler2(event, context):\n    return 1\n",
    "attribute is not it": "class A: pass\na = A()\na.handler = print\n",
    "item is not it": "d = {}\nd['handler'] = print\n",
    "keyword argument is not it": "d = dict(handler=print)\n",
    "parameter is not it": "def f(handler): pass\n",
    "augmented attribute": "class A: handler = 1\nA.handler += 1\n",
    "comprehension variable is not it": "x = [handler for handler in (1, 2)]\n",
    "lambda parameter is not it": "f = lambda handler: handler\n",
    "deleted": DEF + "del handler\n",
    "deleted and bound again": DEF + "del handler\nhandler = print\n",
    "deleted in a tuple": DEF + "x = 1\ndel (x, handler)\n",
    "except name is gone": "try:\n    1 / 0\nexcept ZeroDivisionError as handler:\n    pass\n",
    "main guard": "if __name__ == '__main__':\n    def handler(e, c): pass\n",
    "if false": "if False:\n    def handler(e, c): pass\n",
    "if zero": "if 0:\n    handler = 1\n",
    "if true": "if True:\n    def handler(e, c): pass\n",
    "empty": "",
    "comment only": "# nothing\n",
    "pass only": "pass\n",
    "all without it": DEF + "__all__ = []\n",
    "private names": "def _handler(e, c): pass\nhandler = _handler\n",
    "ellipsis body": "def handler(e, c): ...\n",
    "powertools style": "class Router:\n    def get(self, p):\n        return lambda f: f\n"
                        "    def resolve(self, e, c): return 1\napp = Router()\n"
                        "@app.get('/x/<id>')\ndef x(id): return id\n"
                        "def handler(event, context):\n    return app.resolve(event, context)\n",
    "mangum style": "class Mangum:\n    def __init__(self, app, lifespan='off'): pass\n"
                    "    def __call__(self, e, c): pass\napp = object()\nhandler = Mangum(app, lifespan='off')\n",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass handler:\n    a: int = 1\n    b: str = ''\n",
    "deep nesting": "x = " + "(" * 50 + "1" + ")" * 50 + "\n" + DEF,
    "long line": "x = '" + "y" * 200000 + "'\n" + DEF,
    "many functions": "".join(f"def f{n}(): pass\n" for n in range(3000)) + DEF,
}

# Anything may be made at run time: Plimsoll may say that it cannot tell.
DYNAMIC = {
    "unknown encoding": b"# coding: no-such-thing\n" + DEF.encode(),
    "walrus in call default": "def f(x=(handler := len)): pass\n",
    "walrus in comprehension": "x = [handler := y for y in (1, 2)]\n",
    "walrus in while": "while (handler := print) is None: pass\n",
    "global in function not called": "def f():\n    global handler\n    handler = print\n",
    "global in function called": "def f():\n    global handler\n    handler = print\nf()\n",
    "if type checking": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from json import x as handler\n",
    "match capture": "match print:\n    case handler: pass\n",
    "while true": "while True:\n    handler = print\n    break\n",
    "for tuple target": "for i, handler in enumerate([print]): pass\n",
    "for target": "for handler in (print,): pass\n",
    "globals item": "globals()['handler'] = print\n",
    "globals update": "globals().update(handler=print)\n",
    "globals item computed": "globals()['hand' + 'ler'] = print\n",
    "vars item": "vars()['handler'] = print\n",
    "locals item": "locals()['handler'] = print\n",
    "exec": "exec('def handler(e, c): pass')\n",
    "setattr on module": "import sys\nsetattr(sys.modules[__name__], 'handler', print)\n",
    "module getattr": "def __getattr__(name):\n    return print\n",
    "module getattr refuses": "def __getattr__(name):\n    raise AttributeError(name)\n",
    "sys.modules replaced": "import sys\nclass M:\n    handler = print\nsys.modules[__name__] = M()\n",
    "globals item of another": "globals()['other'] = print\n",
    "loop over names": "for n in ('a', 'handler'):\n    globals()[n] = print\n",
    "unknown branch": "import os\nif os.environ.get('NO_SUCH_THING'):\n    def handler(e, c): pass\n",
    "unknown branch taken": "import os\nif not os.environ.get('NO_SUCH_THING'):\n    def handler(e, c): pass\n",
    "empty loop": "for handler in ():\n    pass\n",
    "try that fails before": "try:\n    1 / 0\n    handler = print\nexcept ZeroDivisionError:\n    pass\n",
    "deleted in a branch": DEF + "import os\nif os.name == 'posix':\n    del handler\n",
    "deleted through globals": DEF + "del globals()['handler']\n",
    "globals pop": DEF + "globals().pop('handler')\n",
    "import hook": "import importlib\nhandler = importlib.import_module('json').dumps\n",
}

# What a tokenizer sees for certain, and the parser's word for it.
SYNTAX = {
    "bracket not closed": "x = (1,\n" + DEF,
    "bracket never opened": "x = 1)\n" + DEF,
    "brackets crossed": "x = (1]\n" + DEF,
    "string not closed": "x = 'abc\n" + DEF,
    "triple string not closed": DEF + "x = '''abc\n",
    "merge marks": "<<<<<<< HEAD\n" + DEF + "=======\n>>>>>>> other\n",
    "unexpected indent": "x = 1\n  y = 2\n" + DEF,
    "dedent to nowhere": "def f():\n        x = 1\n    y = 2\n" + DEF,
    "no block": "def f():\nx = 1\n" + DEF,
    "no block at the end": "def handler(e, c):\n",
    "tabs and blanks mixed": "if True:\n        x = 1\n\ty = 2\n" + DEF,
    "python 2 print": DEF + "print 'x'\n",
    "backslash and blank": "x = 1 + \\ \n  2\n" + DEF,
    "stray character": "x = 1 $ 2\n" + DEF,
    "question mark": "x = 1 ? 2\n" + DEF,
    "non-ascii quote": "x = \u201cabc\u201d\n" + DEF,
    "f-string not closed": "x = f'{1\n" + DEF,
    "eof in brackets": DEF + "x = {'a': [1, 2\n",
    "no-break space": "x =\u00a01\n" + DEF,
    "not utf-8": b"x = '\xe9'\n" + DEF.encode(),
    "html": "<html>\n<body>it's</body>\n</html>\n",
}

GRAMMAR = {
    "bom and another cookie": b"\xef\xbb\xbf# coding: latin-1\n" + DEF.encode(),
    "javascript": "exports.handler = async () => { return 1; };\n",
    "octal of python 2": "x = 0777\n" + DEF,
    "python 2 except": "try:\n    pass\nexcept ValueError, e:\n    pass\n" + DEF,
    "def without colon": "def handler(e, c)\n    return 1\n",
    "two operands": "x = 1 2\n" + DEF,
    "operator at the end": "x = 1 +\n" + DEF,
    "assignment to a call": "f() = 1\n" + DEF,
    "return outside": DEF + "return 1\n",
    "break outside": DEF + "break\n",
    "keyword as name": "class = 1\n" + DEF,
    "else alone": "else:\n    pass\n" + DEF,
    "positional behind keyword": "f(a=1, 2)\n" + DEF,
    "await outside": DEF + "await x\n",
    "nonlocal at the top": "nonlocal x\n" + DEF,
    "except star and except": "try:\n    pass\nexcept* ValueError:\n    pass\nexcept KeyError:\n    pass\n" + DEF,
    "duplicate argument": "def f(a, a): pass\n" + DEF,
    "missing comma": "x = {'a': 1 'b': 2}\n" + DEF,
    "future import late": "x = 1\nfrom __future__ import annotations\n" + DEF,
    "python 3.12 type": "type X = int\n" + DEF,
    "exec statement": "exec 'x'\n" + DEF,
    "backticks": "x = `1`\n" + DEF,
    "star import in def": "def f():\n    from json import *\n" + DEF,
}


def one_file(cases):
    for table, kind in ((BINDS, "plain"), (DYNAMIC, "strange"), (SYNTAX, "plain"), (GRAMMAR, "grammar")):
        for name, text in table.items():
            cases.add(name, "app.handler", {"app.py": text}, kind)
    cases.add("nul byte", "app.handler", {"app.py": b"x = '\0'\n" + DEF.encode()}, "strange")
    cases.add("utf-16", "app.handler", {"app.py": DEF.encode("utf-16")}, "strange")
    cases.add("utf-7 cookie", "app.handler", {"app.py": "# coding: utf-7\n" + DEF}, "strange")
    cases.add("binary rubbish", "app.handler", {"app.py": bytes(range(128, 256)) * 9}, "strange")


def places(cases):
    app = {"app.py": DEF}
    cases.add("folder with slash", "src/app.handler", {"src/app.py": DEF})
    cases.add("folder with dot", "src.app.handler", {"src/app.py": DEF})
    cases.add("folder with init", "src.app.handler", {"src/__init__.py": "", "src/app.py": DEF})
    cases.add("three deep", "a/b/c.handler", {"a/b/c.py": DEF})
    cases.add("eight deep", "a/b/c/d/e/f/g/h.handler", {"a/b/c/d/e/f/g/h.py": DEF})
    cases.add("function in init", "app.handler", {"app/__init__.py": DEF})
    cases.add("init of a subfolder", "a.b.handler", {"a/b/__init__.py": DEF})
    cases.add("dash in folder", "my-fn/app.handler", {"my-fn/app.py": DEF})
    cases.add("dash in file", "my-app.handler", {"my-app.py": DEF})
    cases.add("digit first", "1app.handler", {"1app.py": DEF})
    cases.add("keyword as module", "lambda.handler", {"lambda.py": DEF})
    cases.add("unicode module", "größe.handler", {"größe.py": DEF})
    cases.add("package beats module", "app.handler", {"app.py": "", "app/__init__.py": DEF})
    cases.add("empty package hides module", "app.handler", {"app.py": DEF, "app/__init__.py": ""})
    cases.add("module beats namespace", "app.handler", {"app.py": DEF, "app/other.py": ""})
    cases.add("module hides folder", "app.sub.handler", {"app.py": DEF, "app/sub.py": DEF})
    cases.add("namespace has no function", "app.handler", {"app/other.py": DEF})
    cases.add("init lacks the function", "app.handler", {"app/__init__.py": "", "app/handler2.py": DEF})
    cases.add("init imports it", "app.handler", {"app/__init__.py": "from .core import handler\n",
                                                "app/core.py": DEF})
    cases.add("init imports a submodule of the name", "app.handler",
              {"app/__init__.py": "from . import handler\n", "app/handler.py": DEF})
    cases.add("submodule bound by another import", "app.handler",
              {"app/__init__.py": "from .handler import x\n", "app/handler.py": "x = 1\n"})
    cases.add("no such file", "main.handler", app)
    cases.add("one folder too deep", "app.handler", {"src/app.py": DEF})
    cases.add("in a folder of the name", "app.handler", {"app/app.py": DEF})
    cases.add("other case of the file", "App.handler", app)
    cases.add("other extension", "app.handler", {"app.txt": DEF})
    cases.add("javascript beside", "index.handler", {"index.js": "exports.handler = 1\n"})
    cases.add("empty package", "app.handler", {"README": "x"})
    cases.add("folder missing", "src.app.handler", app)
    cases.add("method of a class", "app.H.handler", {"app.py": "class H:\n    def handler(e, c): pass\n"})
    cases.add("suffix in the handler", "app.py.handler", app)
    cases.add("pyc only", "app.handler", {"app.pyc": bytecode(DEF)}, "strange")
    cases.add("pyc only without it", "app.handler", {"app.pyc": bytecode("x = 1\n")}, "strange")
    cases.add("pyc in pycache only", "app.handler", {"__pycache__/app.cpython-311.pyc": bytecode(DEF)})
    cases.add("pyc beside py", "app.handler", {"app.py": DEF, "app.pyc": bytecode("x = 1\n")})
    cases.add("pyc that is none", "app.handler", {"app.pyc": b"nonsense"}, "strange")
    cases.add("extension that is none", "app.handler", {"app.so": b"\x7fELF"}, "strange")
    cases.add("extension of another python", "app.handler",
              {"app.cpython-39-x86_64-linux-gnu.so": b"\x7fELF"})
    cases.add("extension for arm", "app.handler", {"app.cpython-311-aarch64-linux-gnu.so": b"\x7fELF"})
    cases.add("extension for windows", "app.handler", {"app.cp311-win_amd64.pyd": b"MZ"})
    cases.add("zip inside", "app.handler", {"app.zip": b"PK"})
    cases.add("folder named like the file", "app.handler", {"app.py/": b"", "app.py/x.txt": "x"})
    cases.add("unreadable", "app.handler", {"app.py": (DEF, 0o000)})
    cases.add("readable by owner only", "app.handler", {"app.py": (DEF, 0o600)})
    cases.add("unreadable package", "a.app.handler", {"a/__init__.py": ("", 0o600), "a/app.py": DEF})
    cases.add("executable", "app.handler", {"app.py": (DEF, 0o755)})
    for name, text in NEWER.items():
        cases.add(f"syntax of a newer Python: {name}", "app.handler", {"app.py": text + DEF})
    for name, text in NOT_NEWER.items():
        cases.add(f"syntax that this Python has: {name}", "app.handler", {"app.py": text + DEF})
    cases.add("syntax error in the package", "a.app.handler", {"a/__init__.py": "x = (\n", "a/app.py": DEF})
    cases.add("syntax error in the function's package", "a.handler", {"a/__init__.py": "x = (\n" + DEF})
    cases.add("package of the name of a folder with dash", "a-b.c.handler", {"a-b/c.py": DEF})
    cases.add("dot in a folder", "v1.2/app.handler", {"v1.2/app.py": DEF})
    cases.add("init in pyc", "a.app.handler", {"a/__init__.pyc": bytecode(""), "a/app.py": DEF})


def imports(cases):
    cases.add("relative import", "pkg.app.handler",
              {"pkg/__init__.py": "", "pkg/app.py": "from .core import handler\n", "pkg/core.py": DEF})
    cases.add("relative import in a namespace", "pkg.app.handler",
              {"pkg/app.py": "from .core import handler\n", "pkg/core.py": DEF})
    cases.add("relative from the parent", "a.b.app.handler",
              {"a/core.py": DEF, "a/b/app.py": "from ..core import handler\n"})
    cases.add("star import", "app.handler", {"app.py": "from core import *\n", "core.py": DEF})
    cases.add("star import of a package", "app.handler",
              {"app.py": "from core import *\n", "core/__init__.py": DEF})
    cases.add("relative star import", "pkg.app.handler",
              {"pkg/app.py": "from .core import *\n", "pkg/core.py": DEF})
    cases.add("star import with all", "app.handler",
              {"app.py": "from core import *\n", "core.py": DEF + "__all__ = ['handler']\n"})
    cases.add("star import left out of all", "app.handler",
              {"app.py": "from core import *\n", "core.py": DEF + "__all__ = ['x']\nx = 1\n"}, "strange")
    cases.add("star import without it", "app.handler",
              {"app.py": "from core import *\n", "core.py": "x = 1\n"}, "strange")
    cases.add("star import through two", "app.handler",
              {"app.py": "from a import *\n", "a.py": "from b import *\n", "b.py": DEF})
    cases.add("star import of a standard module", "app.handler",
              {"app.py": "from math import *\nhandler = sqrt\n"})
    cases.add("star import, underscore", "app._handler",
              {"app.py": "from core import *\n", "core.py": "def _handler(e, c): pass\n"}, "strange")
    cases.add("star import and own", "app.handler", {"app.py": "from core import *\n" + DEF, "core.py": ""})
    cases.add("parent runs first", "pkg.app.handler",
              {"pkg/__init__.py": "import sys\n", "pkg/app.py": DEF})
    cases.add("absolute from own package", "pkg.app.handler",
              {"pkg/__init__.py": "", "pkg/app.py": "from pkg.core import handler\n", "pkg/core.py": DEF})
    cases.add("cycle that works", "a.handler", {"a.py": DEF + "import b\n", "b.py": "import a\n"})
    cases.add("optional import", "app.handler",
              {"app.py": "try:\n    import nowhere\nexcept ImportError:\n    nowhere = None\n" + DEF})
    cases.add("future", "app.handler", {"app.py": '"""doc"""\nfrom __future__ import annotations\n' + DEF})
    cases.add("dependency missing", "app.handler", {"app.py": "import no_such_module\n" + DEF}, "inner")
    cases.add("submodule missing", "app.handler", {"app.py": "import json.nothing\n" + DEF}, "inner")
    cases.add("name missing in dependency", "app.handler", {"app.py": "from json import nothing\n" + DEF},
              "inner")
    cases.add("relative import at the root", "app.handler",
              {"app.py": "from .core import x\n" + DEF, "core.py": "x = 1\n"}, "inner")
    cases.add("dependency has a syntax error", "app.handler",
              {"app.py": "import core\n" + DEF, "core.py": "x = (\n"})
    cases.add("dependency of a dependency has newer syntax", "app.handler",
              {"app.py": "from lib import core\n" + DEF, "lib/__init__.py": "import lib.base\n",
               "lib/core.py": "", "lib/base.py": NEWER["type"]})
    cases.add("optional dependency has newer syntax", "app.handler",
              {"app.py": "try:\n    import core\nexcept Exception:\n    pass\n" + DEF, "core.py": NEWER["type"]})
    cases.add("a name hides the submodule with newer syntax", "app.handler",
              {"app.py": "from lib import core\n" + DEF, "lib/__init__.py": "core = 1\n",
               "lib/core.py": NEWER["type"]})
    cases.add("the runtime's own module hides one with newer syntax", "app.handler",
              {"app.py": "import string, json.decoder\n" + DEF, "string.py": NEWER["type"],
               "json/__init__.py": "(", "json/decoder.py": "("})
    cases.add("newer syntax where sys.path is moved", "app.handler",
              {"app.py": "import sys\nsys.path.insert(0, '/var/task/old')\nimport core\n" + DEF,
               "core.py": NEWER["type"], "old/core.py": ""}, "inner")
    cases.add("raises", "app.handler", {"app.py": "raise ValueError('x')\n" + DEF}, "inner")
    cases.add("exits", "app.handler", {"app.py": "import sys\nsys.exit(1)\n" + DEF}, "inner")
    cases.add("name error", "app.handler", {"app.py": DEF + "x = y\n"}, "inner")
    cases.add("dependency of the handler's package", "pkg.app.handler",
              {"pkg/__init__.py": "import no_such\n", "pkg/app.py": DEF}, "inner")


def layers(cases):
    site = "python/lib/python3.11/site-packages"
    other = {"README": "x"}
    cases.add("layer python", "app.handler", other, layer={"python/app.py": DEF})
    cases.add("layer site-packages", "app.handler", other, layer={f"{site}/app.py": DEF})
    cases.add("layer of another version", "app.handler", other,
              layer={"python/lib/python3.9/site-packages/app.py": DEF})
    cases.add("layer at the root", "app.handler", other, layer={"app.py": DEF})
    cases.add("code beats layer", "app.handler", {"app.py": DEF}, layer={"python/app.py": "x = 1\n"})
    cases.add("code without it beats layer", "app.handler", {"app.py": "x = 1\n"}, layer={"python/app.py": DEF})
    cases.add("namespace over code and layer", "ns.b.handler", {"ns/a.py": DEF}, layer={"python/ns/b.py": DEF})
    cases.add("package in code hides the layer's", "ns.b.handler", {"ns/__init__.py": ""},
              layer={"python/ns/b.py": DEF})
    cases.add("namespace in code, package in layer", "ns.b.handler", {"ns/a.py": DEF},
              layer={"python/ns/__init__.py": "", "python/ns/b.py": DEF})
    cases.add("star import from layer", "app.handler", {"app.py": "from core import *\n"},
              layer={"python/core.py": DEF})
    cases.add("wrapper in a layer", "wrap.pkg.handler", other, layer={"python/wrap/pkg.py": DEF})
    cases.add("both places of a layer", "app.handler", other,
              layer={"python/app.py": "x = 1\n", f"{site}/app.py": DEF})


def handlers(cases):
    app = {"app.py": DEF}
    for name, handler in (("no dot", "app"), ("slash, no dot", "src/app")):
        cases.add(name, handler, app)
    for name, handler in (("empty function", "app."), ("dots only", ".."), ("dot first", ".app.handler"),
                          ("empty module", ".handler"), ("slash first", "/app.handler"),
                          ("dot slash", "./app.handler"), ("two dots", "app..handler"),
                          ("parent", "../app.handler"), ("two slashes", "src//app.handler"),
                          ("ends in a slash", "app.handler/"), ("backslash", "src\\app.handler"),
                          ("colon", "app:handler"), ("absolute", "/var/task/app.handler"),
                          ("slash behind the dot", "app.x/handler"), ("brackets", "app.handler()"),
                          ("dunder", "app.__name__"), ("dunder doc", "app.__doc__"),
                          ("dunder file", "app.__file__"), ("dunder class", "app.__class__"),
                          ("builtin name", "app.print"), ("dunder builtins", "app.__builtins__"),
                          ("dunder dict", "app.__dict__")):
        cases.add(f"handler: {name}", handler, {**app, "src/app.py": DEF}, "strange")
    for name in ("time", "sys", "itertools", "_io", "gc", "builtins", "marshal", "errno", "posix",
                 "_thread", "atexit", "faulthandler"):
        cases.add(f"built-in {name}", f"{name}.handler", {f"{name}.py": DEF})
    cases.add("built-in package", "time/app.handler", {"time/app.py": DEF})
    cases.add("built-in in a folder", "src/time.handler", {"src/time.py": DEF})
    for name in ("calendar", "test", "code", "parser", "site-packages", "app_time", "user",
                 "service", "function", "lambda_function", "main", "handler", "index"):
        cases.add(f"module {name}", f"{name}.handler", {f"{name}.py": DEF})
    for name in ("json", "token", "decimal", "math", "numbers", "logging", "os", "types", "string", "random", "email", "http", "queue"):
        cases.add(f"standard module {name}", f"{name}.handler", {f"{name}.py": DEF}, "strange")
    cases.add("standard module, none of ours", "json.dumps", {"README": "x"}, "strange")
    cases.add("standard module, no such function", "json.handler", {"README": "x"}, "strange")


def dependencies(cases):
    """What the handler's own files import: PL309, PL321, PL322."""
    lib = {"lib/__init__.py": "", "lib/a.py": "x = 1\n", "lib/sub/__init__.py": "from ..a import x\n"}
    loads = {
        "absolute": "import lib.a, lib.sub\n",
        "from": "from lib import a, sub\nfrom lib.a import x as y\n",
        "namespace": "import space.deep.mod\n",
        "standard library": "import os.path, xml.etree.ElementTree, concurrent.futures\nimport email.mime.text as m\n",
        "private library": "import _thread, _collections_abc, __future__\n",
        "optional": "try:\n    import no_such\nexcept ImportError:\n    no_such = None\n",
        "optional else": "try:\n    import no_such\nexcept ImportError:\n    pass\nelse:\n    import no_such.sub\n",
        "optional suppress": "import contextlib\nwith contextlib.suppress(ImportError):\n    import no_such\n",
        "in a function": "def late():\n    import no_such\n",
        "in a method": "class C:\n    def m(self):\n        from no_such import x\n",
        "type checking": "import typing\nif typing.TYPE_CHECKING:\n    from no_such import X\n",
        "by version": "import sys\nif sys.version_info < (3, 8):\n    import importlib_metadata\n",
        "by platform": "import sys\nif sys.platform == 'win32':\n    import winreg_x\n",
        "main only": "if __name__ == '__main__':\n    import no_such\n",
        "path changed": "import sys, os\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendored'))\nimport hidden\n",
        "modules set": "import sys, types\nsys.modules['made'] = types.ModuleType('made')\nimport made\n",
        "package sets its path": "import moved.inner\n",
        "name of a package": "from lib import *\nfrom lib.sub import x\n",
        "still there": "import imp, asyncore, distutils.version, cgi\n",
        "caught error": "try:\n    import no_such\nexcept Exception:\n    pass\n",
        "caught bare": "try:\n    import no_such\nexcept:\n    pass\n",
        "behind an exit": "import os\nif not os.environ.get('X'):\n    pass\nelse:\n    import no_such\n",
        "relative guarded": "try:\n    from . import lib\nexcept ImportError:\n    import lib\n",
        "package set": "__package__ = 'lib'\nfrom . import a\n",
        "in a string": "x = 'import no_such'\n# import no_such\n",
        "lazy loader": "import importlib.util\nno = importlib.util.find_spec('no_such')\n",
    }
    extra = {"space/deep/mod.py": "", "vendored/hidden.py": "",
             "moved/__init__.py": "import os\n__path__.append(os.path.join(os.path.dirname(__file__), 'x'))\n",
             "moved/x/inner.py": ""}
    for name, text in loads.items():
        cases.add(f"imports {name}", "app.handler", {"app.py": text + DEF, **lib, **extra})
    fails = {
        "missing": "import no_such_module\n",
        "missing from": "from no_such_module import x\n",
        "missing dotted": "import no_such_module.sub.deep\n",
        "missing as": "import os, no_such_module as n\n",
        "missing behind others": "import lib.a\nfrom lib import sub\nimport no_such_module\n",
        "missing in a class": "class C:\n    import no_such_module\n",
        "missing in a with": "import threading\nwith threading.Lock():\n    import no_such_module\n",
        "missing in a finally": "try:\n    pass\nfinally:\n    import no_such_module\n",
        "missing uncaught": "try:\n    import no_such_module\nexcept KeyError:\n    pass\n",
        "missing if true": "if True:\n    import no_such_module\n",
        "missing part of own": "import lib.none\n",
        "missing part of own from": "from lib.none import x\n",
        "missing part of a namespace": "import space.none\n",
        "missing part of a module": "import lib.a.none\n",
        "missing star": "from no_such_module import *\n",
        "missing with a semicolon": "import os; import no_such_module\n",
        "missing in brackets": "from no_such_module import (\n    a,\n    b,\n)\n",
        "missing over lines": "import \\\n    no_such_module\n",
        "later version": "import annotationlib\n",
        "removed binhex": "import binhex\n",
        "removed formatter": "import formatter\n",
        "removed parser": "import parser\n",
        "removed symbol": "from symbol import sym_name\n",
        "removed macpath": "import macpath\n",
        "removed dummy_threading": "import dummy_threading as threading\n",
        "relative at the root": "from . import lib\n",
        "relative module at the root": "from .lib import a\n",
        "two dots at the root": "from .. import lib\n",
        "in a helper": "import helper\n",
        "in a helper of a package": "import deep.one\n",
        "in an init": "import bad.fine\n",
        "relative in a helper": "import dotted\n",
    }
    extra.update({"helper.py": "import os\nimport no_such_module\n", "deep/__init__.py": "",
                  "deep/one.py": "from . import two\n", "deep/two.py": "from .three import x\n",
                  "deep/three.py": "import no_such_module\nx = 1\n",
                  "bad/__init__.py": "import no_such_module\n", "bad/fine.py": "",
                  "dotted.py": "from . import lib\n"})
    for name, text in fails.items():
        cases.add(f"imports {name}", "app.handler", {"app.py": text + DEF, **lib, **extra})
    package = {"a/b/__init__.py": "", "a/c.py": "x = 1\n"}
    for name, text in {"up": "from .. import c\n", "up and down": "from ..c import x\n"}.items():
        cases.add(f"imports {name}", "a.b.app.handler", {"a/b/app.py": text + DEF, **package})
    cases.add("imports beyond", "a.b.app.handler", {"a/b/app.py": "from ... import c\n" + DEF, **package})
    cases.add("imports far beyond", "a.app.handler", {"a/app.py": "from ....x import c\n" + DEF, **package})
    cases.add("imports beside", "a/app.handler", {"a/app.py": "import c\n" + DEF, **package})
    cases.add("imports from a layer", "app.handler", {"app.py": "import dep.x\n" + DEF},
              layer={"python/dep/__init__.py": "", "python/dep/x.py": ""})
    cases.add("imports from a versioned layer", "app.handler", {"app.py": "import dep\n" + DEF},
              layer={"python/lib/python3.11/site-packages/dep.py": ""})
    cases.add("imports from another version's layer", "app.handler", {"app.py": "import dep\n" + DEF},
              layer={"python/lib/python3.12/site-packages/dep.py": ""})


def all_cases():
    cases = Cases()
    for fill in (one_file, places, imports, dependencies, layers, handlers):
        fill(cases)
    return cases.all
