__exportStar(require("./x"), exports);
Object.defineProperty(exports, "handler", { enumerable: true, get: function () { return x_1.handler; } });
Object.assign(module.exports, { a() {} }, require("y"));
(function (factory) { if (typeof module === "object") { var v = factory(require, exports); } })(function (require, exports) { exports.b = 1; });
this.c = 1; exports = module.exports = { "d": 1, [e]: 2, ...f, get g() { return 1 } };
