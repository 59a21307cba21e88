module.exports = { handler, handler2: async function(e){}, 'h3': 3, async h4(e, c) {}, get g() { return 1 }, n: { a: () => 1 } };
async function handler(event) { return /}/.test(event) }
