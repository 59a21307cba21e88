"""The packages of the Java conformance test: sources, what is packed, and the handler."""
import io
import zipfile
from dataclasses import dataclass, field

IMPORTS = """package demo;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.*;
import java.util.*;
import java.util.function.*;
"""

# One type per line: the file is named after the first public one.
TYPES = """
public class Plain implements RequestHandler<String, String> { public String handleRequest(String e, Context c) { return e; } public String other(Map<String, String> e) { return ""; } }
public class Stream implements RequestStreamHandler { public void handleRequest(InputStream i, OutputStream o, Context c) { } }
public class Both implements RequestHandler<String, String>, RequestStreamHandler { public String handleRequest(String e, Context c) { return e; } public void handleRequest(InputStream i, OutputStream o, Context c) { } }
public class Child extends Plain { }
public class GrandChild extends Child { public int more(int n) { return n; } }
public abstract class Template<I, O> implements RequestHandler<I, O> { public abstract O run(I in); public O handleRequest(I e, Context c) { return run(e); } }
public class Concrete extends Template<Map<String, Object>, String> { public String run(Map<String, Object> e) { return ""; } }
public class RawChild extends Template { public Object run(Object e) { return ""; } }
public class Raw implements RequestHandler { public Object handleRequest(Object e, Context c) { return e; } }
public class Unbound<T> implements RequestHandler<T, String> { public String handleRequest(T e, Context c) { return ""; } }
public class Bound<T extends Number> implements RequestHandler<T, String> { public String handleRequest(T e, Context c) { return ""; } }
public class Lists implements RequestHandler<List<Map<String, Integer>>, Map<String, List<Long>>> { public Map<String, List<Long>> handleRequest(List<Map<String, Integer>> e, Context c) { return null; } }
public class Arrays2 implements RequestHandler<String[], int[]> { public int[] handleRequest(String[] e, Context c) { return null; } }
public interface Extended extends RequestHandler<String, String> { default String handleRequest(String e, Context c) { return e; } }
public class ByInterface implements Extended { }
public class ByDefault implements Helper { public void close() { } }
public interface Helper extends AutoCloseable { default String assist(String e) { return e; } static String only(String e) { return e; } }
public class Pojo { public String handle(String e, Context c) { return e; } public String one(String e) { return e; } public String none() { return ""; } public void context(Context c) { } public String two(String a, String b) { return a; } public String contextFirst(Context c, String e) { return e; } public String three(String a, String b, Context c) { return a; } public void four(InputStream i, OutputStream o, Context c, int n) { } public void streams(InputStream i, OutputStream o) { } public void streams3(InputStream i, OutputStream o, Context c) { } public void in(InputStream i) { } public void out(OutputStream o) { } public void inContext(InputStream i, Context c) { } public void outContext(OutputStream o, Context c) { } public void outIn(OutputStream o, InputStream i) { } public void inString(InputStream i, String s) { } public void in3(InputStream i, InputStream j, Context c) { } String hidden(String e) { return e; } private String secret(String e) { return e; } protected String guarded(String e) { return e; } public static String fixed(String e, Context c) { return e; } public int number(int n) { return n; } public long wide(long a, Context c) { return a; } public double array(double[][] a, Context c) { return 0; } public String over(String a, String b) { return a; } public String over(String a, Context c) { return a; } public String many(String... a) { return ""; } public <T> T generic(T e, Context c) { return e; } }
public class PojoChild extends Pojo { public String two(String a) { return a; } }
public class NoConstructor { public NoConstructor(String x) { } public String handle(String e, Context c) { return e; } public static String fixed(String e) { return e; } }
public class PrivateConstructor implements RequestHandler<String, String> { private PrivateConstructor() { } public String handleRequest(String e, Context c) { return e; } }
public class ProtectedConstructor { protected ProtectedConstructor() { } public String handle(String e) { return e; } }
public class PackageConstructor implements RequestStreamHandler { PackageConstructor() { } public void handleRequest(InputStream i, OutputStream o, Context c) { } }
public class TwoConstructors { public TwoConstructors() { } public TwoConstructors(int n) { } public String handle(String e) { return e; } }
public abstract class Abstract implements RequestHandler<String, String> { public String helper(String e) { return e; } public static String fixed(String e) { return e; } }
public interface Interface { String handle(String e); static String fixed(String e) { return e; } default String assist(String e) { return e; } }
public enum Enum2 { ONE; public String handle(String e) { return e; } public static String fixed(String e) { return e; } }
public record Record0() { public String handle(String e) { return e; } }
public record Record1(String a) { public String handle(String e) { return e; } }
public final class Final { public final String handle(String e) { return e; } }
public class Outer { public class Inner implements RequestHandler<String, String> { public String handleRequest(String e, Context c) { return e; } } public static class Nested implements RequestHandler<String, String> { public String handleRequest(String e, Context c) { return e; } } static class Quiet implements RequestHandler<String, String> { public Quiet() { } public String handleRequest(String e, Context c) { return e; } } private static class Private { public Private() { } public String handle(String e) { return e; } } protected static class Guarded { public Guarded() { } public String handle(String e) { return e; } } public static class Deep { public static class Deeper { public String handle(String e) { return e; } } } }
public class JdkChild extends ArrayList<String> { public String handle(String e) { return e; } }
public class FunctionHandler implements Function<String, String> { public String apply(String e) { return e; } }
public class SupplierHandler implements Supplier<String> { public String get() { return ""; } }
public class Thrower { public String handle(String e) throws IOException { return e; } }
public class WideNames { public String h\u00e4ndle(String e) { return e; } public String $x(String e) { return e; } public String _y(String e) { return e; } }
public class Big { static final long A = 1L << 40; static final double B = 3.5; static final float F = 2.5f; static final String S = "a" + "\\u0000" + "z"; public Supplier<String> lambda = () -> S; public String handle(String e) { return e + A + B + F; } public String text(int n) { return switch (n) { case 1 -> "one"; default -> "more" + n; }; } }
public class Needs implements RequestHandler<Event, Reply> { public Reply handleRequest(Event e, Context c) { return null; } }
public class NeedsInMethod { public String handle(String e, Context c) { return e; } public Event event(Event e) { return e; } }
public class NeedsInPrivate { public String handle(String e, Context c) { return e; } private Event event(Event e) { return e; } }
public class NeedsInBody { public String handle(String e, Context c) { return "" + new Event(); } }
public class NeedsBase extends Base { public String handle(String e, Context c) { return e; } }
public class NeedsInterface implements Marker { public String handle(String e, Context c) { return e; } }
public class NeedsArray { public String handle(Event[][] e, Context c) { return ""; } }
public class NeedsList { public String handle(List<String> e, Context c) { return ""; } }
public class Base { public String inherited(String e) { return e; } public static String fixed(String e) { return e; } }
public interface Marker { }
public class Event { public String name; }
public class Reply { public String name; }
class Hidden { public Hidden() { } public String handle(String e) { return e; } }
class HiddenHandler implements RequestHandler<String, String> { public HiddenHandler() { } public String handleRequest(String e, Context c) { return e; } }
class HiddenBase { public String handle(String e) { return e; } }
public class OfHidden extends HiddenBase { }
"""


def type_name(line):
    words = line.split("(")[0].split("{")[0].replace("<", " ").split()
    for word in ("class", "interface", "enum", "record"):
        if word in words:
            return words[words.index(word) + 1]
    raise ValueError(line)


SOURCES = {"17": {}}
NAMES = []
for line in TYPES.strip().splitlines():
    NAMES.append(type_name(line))
    SOURCES["17"][f"demo/{NAMES[-1]}.java"] = IMPORTS + line + "\n"
SOURCES["17"]["Root.java"] = ("import com.amazonaws.services.lambda.runtime.*;\npublic class Root { "
                              "public String handle(String e, Context c) { return e; } }\n")
SOURCES["8"] = {"old/Old.java": "package old; public class Old { public String handle(String e) "
                                "{ Runnable r = () -> { }; return e; } }\n"}

METHODS = ["handleRequest", "handle", "one", "none", "context", "two", "contextFirst", "three", "four",
           "streams", "streams3", "in", "out", "inContext", "outContext", "outIn", "inString", "in3",
           "hidden", "secret", "guarded", "fixed", "number", "wide", "array", "over", "many",
           "generic", "toString", "wait", "equals", "getClass", "clone", "finalize", "<init>"]


@dataclass
class Case:
    name: str
    handler: str
    code: dict
    layer: dict = field(default_factory=dict)


def jar(entries, manifest=None):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        if manifest is not None:
            archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n" + manifest + "\r\n")
        for name, content in sorted(entries.items()):
            archive.writestr(name, content)
    return data.getvalue()


def too_new(data, major=65, minor=0):
    return data[:4] + minor.to_bytes(2, "big") + major.to_bytes(2, "big") + data[8:]


def under(prefix, entries):
    return {prefix + name: data for name, data in entries.items()}


def strings(classes):
    """One package with everything, and handler strings of every kind."""
    every = [f"demo.{name}" for name in NAMES]
    every += [f"demo.Pojo::{method}" for method in METHODS]
    every += [f"demo.PojoChild::{method}" for method in ("handle", "two", "fixed", "missing")]
    for name, methods in {
            "Plain": "handleRequest other nope HandleRequest", "Stream": "handleRequest handle",
            "Both": "handleRequest", "Child": "handleRequest other", "GrandChild": "more other x",
            "Template": "handleRequest run", "Concrete": "handleRequest run",
            "Raw": "handleRequest", "RawChild": "handleRequest", "Unbound": "handleRequest",
            "ByInterface": "handleRequest", "ByDefault": "assist only close", "Helper": "only assist",
            "NoConstructor": "handle fixed", "PrivateConstructor": "handleRequest",
            "ProtectedConstructor": "handle", "TwoConstructors": "handle",
            "Abstract": "helper fixed handleRequest", "Interface": "handle fixed assist toString",
            "Enum2": "handle fixed valueOf values", "Record0": "handle", "Record1": "handle a",
            "Final": "handle", "FunctionHandler": "apply andThen", "SupplierHandler": "get",
            "JdkChild": "handle", "Thrower": "handle", "Big": "handle text", "Hidden": "handle",
            "HiddenHandler": "handleRequest", "OfHidden": "handle", "Lists": "handleRequest",
            "WideNames": "h\u00e4ndle $x _y", "NeedsBase": "inherited fixed handle",
            "Outer$Inner": "handleRequest", "Outer$Nested": "handleRequest missing",
            "Outer$Quiet": "handleRequest", "Outer$Private": "handle", "Outer$Guarded": "handle",
            "Outer$Deep$Deeper": "handle", "Outer.Nested": "handleRequest"}.items():
        every += [f"demo.{name}::{method}" for method in methods.split()]
    every += ["demo.Outer$Nested", "demo.Outer$Inner", "demo.Outer.Nested", "demo.Outer$Missing",
              "Root::handle", "Root", "old.Old::handle", "demo.Plain.handleRequest", "demo/Plain",
              "demo/Plain::handleRequest", "demo.Plain:handleRequest", "demo.Plain#handleRequest",
              "demo.plain::handleRequest", "Demo.Plain::handleRequest", "Plain::handleRequest",
              "demo.Plain.class", "demo.Plain::", "::handleRequest", "::", "demo.Plain::a::b",
              "demo.Plain:::handleRequest", "demo..Plain", ".demo.Plain", "demo.Plain.", "demo", "x",
              "demo.Plain::handleRequest()", "index.handler", "app.handler"]
    return [Case("everything", handler, classes) for handler in every]


def places(classes):
    """The same class wherever somebody may put it."""
    plain = {"demo/Plain.class": classes["demo/Plain.class"]}
    child = {"demo/Child.class": classes["demo/Child.class"]}
    app, main = jar(plain), "demo.Plain::handleRequest"
    new = {"demo/Plain.class": too_new(plain["demo/Plain.class"])}
    made = [
        ("root", plain, {}), ("lib jar", {"lib/app.jar": app}, {}), ("jar at root", {"app.jar": app}, {}),
        ("jar too deep", {"lib/more/app.jar": app}, {}), ("layer", {"x.txt": b"x"}, {"java/lib/a.jar": app}),
        ("layer lib", {"x.txt": b"x"}, {"lib/a.jar": app}), ("layer java", {"x.txt": b"x"}, {"java/a.jar": app}),
        ("layer classes", {"x.txt": b"x"}, under("java/", plain)), ("jar upper case", {"lib/APP.JAR": app}, {}),
        ("jar without name", {"lib/.jar": app}, {}), ("Lib", {"Lib/app.jar": app}, {}),
        ("zip suffix", {"lib/app.zip": app}, {}), ("classes in lib", under("lib/", plain), {}),
        ("classes folder", under("classes/", plain), {}), ("boot", under("BOOT-INF/classes/", plain), {}),
        ("boot jar", {"lib/app.jar": jar(under("BOOT-INF/classes/", plain))}, {}),
        ("web", under("WEB-INF/classes/", plain), {}), ("source only", {"demo/Plain.java": b"class"}, {}),
        ("jar in jar", {"lib/app.jar": jar({"lib/in.jar": app})}, {}), ("nothing", {"x.txt": b"x"}, {}),
        ("garbage jar", {"lib/app.jar": b"this is no jar"}, {}), ("empty jar", {"lib/app.jar": b""}, {}),
        ("garbage and good", {"lib/a.jar": b"no jar", "lib/b.jar": app}, {}),
        ("jar without entries", {"lib/app.jar": jar({})}, {}), ("flat", {"Plain.class": plain["demo/Plain.class"]}, {}),
        ("wrong folder", {"other/Plain.class": plain["demo/Plain.class"]}, {}),
        ("first jar wins", {"lib/a.jar": app, "lib/b.jar": jar(new)}, {}),
        ("second jar loses", {"lib/a.jar": jar(new), "lib/b.jar": app}, {}),
        ("root wins", {**plain, "lib/b.jar": jar(new)}, {}), ("code before layer", {"lib/z.jar": app}, {"java/lib/a.jar": jar(new)}),
        ("too new", new, {}), ("too new in jar", {"lib/app.jar": jar(new)}, {}),
        ("too new in layer", {"x.txt": b"x"}, {"java/lib/a.jar": jar(new)}),
        ("much too new", {"demo/Plain.class": too_new(plain["demo/Plain.class"], 200)}, {}),
        ("preview", {"demo/Plain.class": too_new(plain["demo/Plain.class"], 61, 65535)}, {}),
        ("old", {"demo/Plain.class": too_new(plain["demo/Plain.class"], 55)}, {}),
        ("class-path", {"lib/a.jar": jar({}, "Class-Path: ../app.jar\r\n"), "app.jar": app}, {}),
        ("class-path beside", {"lib/a.jar": jar({}, "Class-Path: more/b.jar none.jar\r\n"), "lib/more/b.jar": app}, {}),
        ("class-path folded", {"lib/a.jar": jar({}, "Class-Path: none.jar mo\r\n re/b.jar\r\n"), "lib/more/b.jar": app}, {}),
        ("multi-release", {"lib/a.jar": jar(under("META-INF/versions/11/", plain), "Multi-Release: true\r\n")}, {}),
        ("multi-release later", {"lib/a.jar": jar(under("META-INF/versions/21/", plain), "Multi-Release: true\r\n")}, {}),
        ("multi-release not said", {"lib/a.jar": jar(under("META-INF/versions/11/", plain), "")}, {}),
        ("multi-release both", {"lib/a.jar": jar({**new, **under("META-INF/versions/9/", plain)}, "Multi-Release: true\r\n")}, {}),
        ("multi-release exploded", {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\nMulti-Release: true\r\n\r\n", **under("META-INF/versions/11/", plain)}, {}),
        ("many jars", {f"lib/l{n:03}.jar": jar({f"x{n}.txt": b"x"}) for n in range(80)} | {"lib/zz.jar": app}, {}),
        ("truncated", {"demo/Plain.class": plain["demo/Plain.class"][:200]}, {}),
        ("truncated head", {"demo/Plain.class": plain["demo/Plain.class"][:7]}, {}),
        ("empty class", {"demo/Plain.class": b""}, {}), ("text class", {"demo/Plain.class": b"public class Plain {}"}, {}),
        ("longer", {"demo/Plain.class": plain["demo/Plain.class"] + b"x"}, {}),
        ("truncated in jar", {"lib/a.jar": jar({"demo/Plain.class": plain["demo/Plain.class"][:300]})}, {}),
    ]
    cases = [Case(name, main, code, layer) for name, code, layer in made]
    for name, code, layer in [
            ("base missing", child, {}), ("base in jar", {**child, "lib/b.jar": app}, {}),
            ("base in layer", child, {"java/lib/b.jar": app}), ("base at root jar", {**child, "b.jar": app}, {}),
            ("base too new", {**child, **new}, {}), ("child in jar, base at root", {**plain, "lib/c.jar": jar(child)}, {})]:
        cases.append(Case(name, "demo.Child::handleRequest", code, layer))
        cases.append(Case(name, "demo.Child", code, layer))
    return cases


def missing_types(classes):
    """One class alone, then with what it needs."""
    cases = []
    for name, needs, handlers in [
            ("Needs", ("Event", "Reply"), ("", "::handleRequest")), ("NeedsInMethod", ("Event",), ("::handle",)),
            ("NeedsInPrivate", ("Event",), ("::handle",)), ("NeedsInBody", ("Event",), ("::handle",)),
            ("NeedsBase", ("Base",), ("::handle", "::inherited")), ("NeedsInterface", ("Marker",), ("::handle",)),
            ("NeedsArray", ("Event",), ("::handle",)), ("ByInterface", ("Extended",), ("", "::handleRequest")),
            ("Concrete", ("Template",), ("", "::run")), ("OfHidden", ("HiddenBase",), ("::handle",))]:
        own = {f"demo/{name}.class": classes[f"demo/{name}.class"]}
        other = {f"demo/{one}.class": classes[f"demo/{one}.class"] for one in needs}
        for handler in handlers:
            cases.append(Case(f"{name} alone", f"demo.{name}{handler}", own))
            cases.append(Case(f"{name} with types", f"demo.{name}{handler}", {**own, **other}))
            cases.append(Case(f"{name}, types in a jar", f"demo.{name}{handler}",
                              {**own, "lib/types.jar": jar(other)}))
    return cases


def make(classes):
    return strings(classes) + places(classes) + missing_types(classes)
