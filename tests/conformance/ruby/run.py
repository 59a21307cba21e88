#!/usr/bin/env python3
"""Packages for Ruby, loaded as the runtime's client does by a real Ruby, and judged by Plimsoll.

    tests/conformance/ruby/run.py --program PLIMSOLL

What loads must have no error, what fails must have the matching one. "Cannot tell" agrees with both;
it is counted, and rare on ordinary code.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED, LEAST, VAGUE = 77, 150, 0.03
RULES = {"PL301": "module", "PL302": "function", "PL303": "malformed", "PL305": "syntax"}
ARGS = "(event:, context:)"

# Ways to define what `app.handler` finds.
TOP = [
    f"def handler{ARGS}\n  1\nend\n",
    "def handler event:, context:\n  1\nend\n",
    f"def handler{ARGS} = 1\n",
    f"def handler{ARGS}; 1; end\n",
    "def handler(**options)\n  options\nend\n",
    "def handler(*)\n  1\nend\n",
    f"private\ndef handler{ARGS}\n  1\nend\n",
    f"private def handler{ARGS}\n  1\nend\n",
    f"begin\n  def handler{ARGS}\n    1\n  end\nend\n",
    f"class Object\n  def handler{ARGS}\n    1\n  end\nend\n",
    f"module Kernel\n  def handler{ARGS}\n    1\n  end\nend\n",
    f"module Api\n  def handler{ARGS} = 1\nend\ninclude Api\n",
    f"require 'json'\nrequire 'time'\nLOG = []\ndef helper(x)\n  x.map do |y| y end\nend\n"
    f"def handler{ARGS}\n  {{statusCode: 200, body: JSON.generate([1])}}\nend\n",
    f"X = 5\nif X > 3\n  X2 = 1\nend\ndef handler{ARGS}\n  X2 ? 1 : 0\nend\n",
    f"def other(a, b = {{}}, *c)\n  while a do a = b end\n  a\nend\ndef handler{ARGS}\n  1\nend\n",
    f"class Service\n  def initialize\n    @x = 1 if true\n  end\n  attr_reader :x\nend\n"
    f"def handler{ARGS}\n  Service.new.x\nend\n",
]
# Ways to define what `app.Api.handler` finds.
MODULE = [
    f"module Api\n  def self.handler{ARGS}\n    1\n  end\nend\n",
    f"class Api\n  def self.handler{ARGS}\n    1\n  end\nend\n",
    f"class Api\n  class << self\n    def handler{ARGS}\n      1\n    end\n  end\nend\n",
    f"class Api\n  class <<self\n    private\n    def handler{ARGS} = 1\n  end\nend\n",
    f"module Api\n  module_function\n\n  def handler{ARGS}\n    1\n  end\nend\n",
    f"module Api\n  module_function def handler{ARGS} = 1\nend\n",
    f"module Api\n  def handler{ARGS}\n    1\n  end\n  module_function :handler\nend\n",
    f"module Api\n  extend self\n  def handler{ARGS}\n    1\n  end\nend\n",
    f"module Api\n  def Api.handler{ARGS}\n    1\n  end\nend\n",
    f"class Api; end\ndef Api.handler{ARGS}\n  1\nend\n",
    f"class Base\n  def self.handler{ARGS}\n    1\n  end\nend\nclass Api < Base\nend\n",
    f"module Shared\n  def handler{ARGS} = 1\nend\nclass Api\n  extend Shared\nend\n",
    f"module Api; def self.other; end; end\nmodule Api; def self.handler{ARGS}; 1; end; end\n",
    f"class Api < StandardError\n  def self.handler{ARGS}\n    1\n  end\nend\n",
    f"class Api\n  def self.other\n    [1].each {{ |x| x }}\n  end\n  private_class_method def self.handler{ARGS} = 1\nend\n",
    f"class Api\nend\ndef handler{ARGS}\n  1\nend\n",
    f"class Api\n  def call\n    if true then 1 else 2 end\n  end\n  def self.handler{ARGS}\n    new.call\n  end\nend\n",
]
# What may stand before it and confuse a reader.
STRANGE = [
    "TEXT = <<~EOS\n  def nothing\n  'unclosed\nEOS\n", "A = <<-X + <<~'Y'\nend\n  X\n  end\n  Y\n",
    "B = %w[a b if end]\nC = %q{def {nested} 'x}\n", "D = /['\"#]/ =~ 'x'\n", "E = 10 / 2 # '\nF = E /2\n",
    "G = \"a #{[1].map { |x| \"#{x}'\" }.join(\"}\")} b\"\n", "H = ?' \nI = ?\"\n", "J = :'a b'\nK = :\"end\"\n",
    "=begin\ndef nothing\n'\n=end\n", "L = {if: 1, end: 2, class: 3, 'def': 4}\n", "M = [1,\n  2].first rescue nil\n",
    "i = 0\ni += 1 while i < 3\n", "i = 0\nuntil i > 2 do i += 1 end\n", "for q in [1, 2] do q end\n",
    "N = if true then 1 else 2 end\n", "O = case 1\n    when 1 then 2\n    else 3\n    end\n",
    "P = begin\n  1\nrescue StandardError => e\n  2\nensure\n  3\nend\n", "Q = ->(x) do x end\nR = -> { 1 }\n",
    "def self.if(x) = x\ndef end?; end\n", "S = $; ; T = $'\nU = $\" ? 1 : 2\n", "V = %r{/'(}.source rescue 1\nW = 1\n".replace("(", ""),
    "Y = `true`\n", "Z = 5 % 3\nZ2 = Z %2\n", "def +(x) = x\ndef [](x)\n  x\nend\ndef x=(y)\n  @x = y\nend\n",
    "class Foo\n  def ==(o) = true\n  def !; end\n  def `(c) = c\nend\n", "AA = true ? :a : :b\nAB = true ? 'x' : \"y\"\n",
    "AC = [*1..3].sum\nAD = (1..)\n", "AE = \"\\\"#{1}\\\\\"\n", "puts [1, 2].map do |x|\n  x\nend if false\n",
    "AF = 1 if defined?(String) and not false\n", "AG = {\n  a: ->(x) { x },\n  b: proc do |y| y end\n}\n",
    "case [1, [2]]\nin [a, [b]] if a == 1\n  a\nelse\n  0\nend\n", "AH = 'a' \\\n  'b'\n", "BEGIN { AI = 1 }\n",
    "def kw(if:, end: 1) = binding.local_variable_get(:if)\n", "AJ = %i[a b]\nAK = %(x (y) 'z)\n",
    "alias old_puts puts\nundef_method = 1\n", "AL = <<~\"A B\"\n  text\nA B\n", "return_value = 3\nAM = return_value /1\n",
]
SYNTAX = [
    "X = 'never closed\n", "X = \"never closed #{1}\n", "X = <<~EOS\n  text\n",
    "<<<<<<< HEAD\nX = 1\n=======\nX = 2\n>>>>>>> branch\n", "X = %w[a b\n", "X = \"a\" + 'b\n",
]
MALFORMED = ["app", "a.b.c.d", "app.", "...", "src/app", "app/handler", "a.B.c.d.e"]


def cases():
    """(name, files, handler, ordinary)"""
    for i, text in enumerate(TOP):
        yield f"top {i}", {"app.rb": text}, "app.handler", True
        yield f"top {i}, wrong method", {"app.rb": text}, "app.lambda_handler", True
    for i, text in enumerate(MODULE):
        yield f"module {i}", {"app.rb": text}, "app.Api.handler", True
        yield f"module {i}, wrong method", {"app.rb": text}, "app.Api.process", True
        yield f"module {i}, wrong module", {"app.rb": text}, "app.Nothing.handler", True
    for i, text in enumerate(MODULE[:10]):
        nested = "module Outer\n" + text + "end\n"
        yield f"nested {i}", {"app.rb": nested}, "app.Outer::Api.handler", True
        yield f"nested {i}, not outside", {"app.rb": nested}, "app.Api.handler", True
    for i, text in enumerate(STRANGE):
        yield f"strange {i}", {"app.rb": text + TOP[0]}, "app.handler", False
        yield f"strange {i}, missing", {"app.rb": text + "def other; end\n"}, "app.handler", False
    for i, text in enumerate(SYNTAX):
        yield f"syntax {i}", {"app.rb": TOP[0] + text}, "app.handler", True
    for handler in MALFORMED:
        yield f"malformed {handler}", {"app.rb": TOP[0]}, handler, True
    yield from layouts()


def layouts():
    good, helper = TOP[0], f"module Helper\n  def self.handler{ARGS} = 1\nend\n"
    yield "in a folder", {"src/app.rb": good}, "src/app.handler", True
    yield "one folder too deep", {"src/app.rb": good}, "app.handler", True
    yield "with suffix", {"app.rb": good}, "app.rb.handler", True
    yield "other case", {"App.rb": good}, "app.handler", True
    yield "a folder of that name", {"app/x.rb": good}, "app.handler", True
    yield "no file", {"readme.txt": "x"}, "app.handler", True
    yield "a dot in the folder", {"v1.2/app.rb": good}, "v1.2/app.handler", True
    yield "empty file", {"app.rb": ""}, "app.handler", True
    yield "empty method", {"app.rb": good}, "app..handler", True
    yield "dot at the end", {"app.rb": good}, "app.handler.", True
    yield "no file name", {"app.rb": good}, ".handler", True
    yield "absolute", {"app.rb": good}, "/nowhere/app.handler", True
    yield "relative", {"app.rb": "require_relative 'lib/x'\n", "lib/x.rb": good}, "app.handler", True
    yield "relative, missing", {"app.rb": "require_relative 'lib/x'\n", "lib/x.rb": "X = 1\n"}, "app.handler", True
    yield "required", {"app.rb": "require 'x'\n", "x.rb": good}, "app.handler", True
    yield "required class", {"app.rb": "require 'x'\n", "x.rb": helper}, "app.Helper.handler", True
    yield "required twice", {"app.rb": "require './x'\nrequire_relative 'y'\n", "x.rb": "require_relative 'y'\n",
                             "y.rb": helper}, "app.Helper.handler", True
    yield "a circle", {"app.rb": "require_relative 'x'\n", "x.rb": "require_relative 'app'\n"}, "app.handler", True
    yield "in a layer", {"/ruby/lib/app.rb": good}, "app.handler", True
    yield "required from a layer", {"app.rb": "require 'x'\n", "/ruby/lib/x.rb": good}, "app.handler", True
    yield "lib on the path", {"app.rb": "$LOAD_PATH.unshift(File.join(__dir__, 'lib'))\nrequire 'x'\n",
                              "lib/x.rb": good}, "app.handler", False
    yield "all of a folder", {"app.rb": "Dir[File.join(__dir__, 'lib', '*.rb')].each { |f| require f }\n",
                              "lib/x.rb": good}, "app.handler", False
    yield "behind the end", {"app.rb": "X = 1\n__END__\n" + good}, "app.handler", True
    yield "in a comment", {"app.rb": "# def handler; end\n"}, "app.handler", True
    yield "only of main", {"app.rb": f"def self.handler{ARGS} = 1\n"}, "app.handler", True
    yield "only in a class", {"app.rb": f"class Api\n  def handler{ARGS} = 1\nend\n"}, "app.handler", True
    yield "of instances", {"app.rb": f"class Api\n  def handler{ARGS} = 1\nend\n"}, "app.Api.handler", True
    yield "small letter", {"app.rb": good}, "app.api.handler", True
    yield "define_method", {"app.rb": "define_singleton_method(:x) { }\nObject.define_method(:handler) { |**o| 1 }\n"}, \
        "app.handler", False
    yield "eval", {"app.rb": "eval 'def ' + 'hand' + 'ler(event:, context:) = 1'\n"}, "app.handler", False
    yield "alias", {"app.rb": f"def other{ARGS} = 1\nalias handler other\n"}, "app.handler", False
    yield "alias_method", {"app.rb": f"class Api\n  class << self\n    def other{ARGS} = 1\n    alias_method :handler, :other\n"
                           "  end\nend\n"}, "app.Api.handler", False
    yield "method_missing", {"app.rb": "class Api\n  def self.method_missing(*) = 1\nend\n"}, "app.Api.handler", False
    yield "Class.new", {"app.rb": f"Api = Class.new do\n  def self.handler{ARGS} = 1\nend\n"}, "app.Api.handler", False
    yield "Struct.new", {"app.rb": f"Api = Struct.new(:a) do\n  def self.handler{ARGS} = 1\nend\n"}, "app.Api.handler", False
    yield "an object", {"app.rb": f"class A\n  def handler{ARGS} = 1\nend\nApi = A.new\n"}, "app.Api.handler", False
    yield "class_eval", {"app.rb": f"class Api; end\nApi.singleton_class.class_eval do\n  def handler{ARGS} = 1\nend\n"}, \
        "app.Api.handler", False
    yield "included hook", {"app.rb": "module Mix\n  def self.included(base) = base.extend(Methods)\n  module Methods\n"
                            f"    def handler{ARGS} = 1\n  end\nend\nclass Api\n  include Mix\nend\n"}, "app.Api.handler", False
    yield "in a branch", {"app.rb": f"if true\n  def handler{ARGS} = 1\nend\n"}, "app.handler", False
    yield "never run", {"app.rb": f"if false\n  def handler{ARGS} = 1\nend\n"}, "app.handler", False
    yield "missing end", {"app.rb": "def handler\n  if true\n    1\nend\n"}, "app.handler", False
    yield "byte-order mark", {"app.rb": "\ufeff" + good}, "app.handler", False
    yield "CRLF", {"app.rb": good.replace("\n", "\r\n")}, "app.handler", True
    yield "other letters", {"app.rb": "# Grüße\n" + good}, "app.handler", True


def client(task, layer, handler):
    done = subprocess.run(["ruby", "--disable-did_you_mean", HERE / "driver.rb", task, layer, handler],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, LC_ALL="C.UTF-8"))
    return done.stdout.strip().split("\n")[-1]


def judge(program, task, layer, handler):
    command = [program, "lint", "--runtime", "ruby3.4", "--handler", handler, "--format", "json"]
    command += ["--layer", layer] if any(os.scandir(layer)) else []
    done = subprocess.run(command + [task], capture_output=True, text=True, timeout=60)
    report = json.loads(done.stdout)
    errors = {RULES.get(f["rule"], f["rule"]) for f in report["findings"] if f["severity"] == "error"}
    if errors:
        return "+".join(sorted(errors))
    vague = any(skip["rule"] in ("PL301", "PL302") for skip in report["skipped"])
    return "cannot tell" if vague else "loads"


def run(program, folder, files, handler):
    task, layer = os.path.join(folder, "task"), os.path.join(folder, "layer")
    os.makedirs(task)
    os.makedirs(layer)
    for name, text in files.items():
        path = pathlib.Path(layer + name if name.startswith("/") else os.path.join(task, name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return client(task, layer, handler), judge(program, task, layer, handler)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    args = parser.parse_args()
    if not shutil.which("ruby"):
        print("SKIPPED: ruby is not installed: Ruby handlers were not tried with a real Ruby")
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    count, wrong, vague = collections.Counter(), [], collections.Counter()
    for name, files, handler, ordinary in cases():
        with tempfile.TemporaryDirectory() as folder:
            real, ours = run(os.path.abspath(args.program), folder, files, handler)
        count[ordinary] += 1
        vague[ordinary] += ours == "cannot tell"
        if ours == "cannot tell" and ordinary:
            print(f"cannot tell: {name} ({handler}); the client: {real}")
        if ours not in (real, "cannot tell"):
            wrong.append((name, handler, real, ours))
    for row in wrong:
        print("%-30s %-24s client: %-10s plimsoll: %s" % row)
    print(f"{sum(count.values())} packages, {len(wrong)} disagreements; cannot tell: "
          f"{vague[True]} of {count[True]} ordinary ones, {vague[False]} of {count[False]} strange ones")
    few = sum(count.values()) < LEAST
    return 1 if wrong or few or vague[True] >= VAGUE * count[True] else 0


if __name__ == "__main__":
    sys.exit(main())
