// What the runtime client of Lambda's Node.js says of one package, as a line of JSON.
//
//     node FLAGS client.mjs CLIENT TASK HANDLER
//
// CLIENT is the client's bundle, whose loader is asked directly: the rest of it talks to the Runtime
// API.  3.x exports nothing of its loader and 4.x starts itself, so a copy beside it is given an export.
import { existsSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";

const [client, task, handler] = process.argv.slice(2);

function opened() {
    const copy = client.replace(/\.mjs$/, ".opened.mjs");
    if (existsSync(copy)) {
        return copy;
    }
    let text = readFileSync(client, "utf8");
    const old = text.includes('"UserFunction.js"(exports');
    const start = /\nignition\(\);\s*$/;
    if (!old && !(start.test(text) && text.includes("\nvar UserFunctionLoader = class"))) {
        throw new Error("a client of a shape that is not known");
    }
    text = old
        ? text + "\nexport const __load = (task, handler) => UserFunction.load(task, handler)\n" +
          "    .then((fn) => UserFunction.getHandlerMetadata(fn));\n"
        : text.replace(start, "\n") +
          "export const __load = async (task, handler) => (setupGlobals(),\n" +
          "    errorOnDeprecatedCallback((await UserFunctionLoader.load(task, handler)).metadata));\n";
    const whole = `${copy}.${process.pid}`;
    writeFileSync(whole, text);
    renameSync(whole, copy);
    return copy;
}

function kind(error) {
    if (typeof error !== "object" || error === null) {
        return String(error);
    }
    return error.code || error.name || "Error";
}

const { __load } = await import(opened());
const say = (outcome, message) => {
    process.removeAllListeners("exit");
    writeSync(1, JSON.stringify([outcome, String(message)]) + "\n");
    process.kill(process.pid, "SIGKILL");  // nothing of the package runs any further
};
if (task) {
    if (process.getuid() === 0) {
        process.setgroups([]);
        process.setgid(65534);
        process.setuid(65534);
    }
    process.chdir(task);
    process.on("exit", () => say("never", "the module's promise is not settled"));
    console.log = console.warn = console.error = console.info = () => {};
    try {
        await __load(task, handler);
        say("loads", "");
    } catch (error) {
        say(kind(error), error && error.message);
    }
}
