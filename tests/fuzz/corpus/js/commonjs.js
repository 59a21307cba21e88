'use strict'
const x = require('x');
exports.handler = async (event, ctx) => { return 1 / 2; };
exports.a = exports.b = void 0;
exports.b = 'text';
function foo(e, c, cb) {}
exports.foo = foo;
module.exports.nested = { inner: { handler() {} } };
if (x) exports.q = 1
exports.after = () => 1
