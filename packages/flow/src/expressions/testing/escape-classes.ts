/** A published way out of an evaluator of JavaScript: of those of n8n, of `vm` and `vm2`, and of evaluators that read the source. */
export interface EscapeClass {
  readonly name: string
  /** An expression that gives the host's global object, a function of the host, or an object of it, where it works. */
  readonly way: string
}

/** A hundred ways to get hold of the constructor of functions come to the same: what counts is whose function it is. */
const BY_CONSTRUCTOR: readonly EscapeClass[] = [
  { name: 'constructor of this (CVE-2025-68613)', way: `this.constructor.constructor('return process')()` },
  { name: 'this of a sloppy function', way: '(function () { return this })()' },
  {
    name: 'name in a template (bypass of CVE-2025-68613)',
    way: 'results[`constructor`][`constructor`]("return this")()',
  },
  { name: 'name put together', way: 'results["const" + "ructor"]["const" + "ructor"]("return this")()' },
  { name: 'name by an escape', way: 'results.\\u0063onstructor.constructor("return this")()' },
  { name: 'name taken apart', way: '(({ constructor: { constructor: make } }) => make("return this")())(results)' },
  { name: 'name as a default', way: '((make = results.constructor.constructor) => make("return this")())()' },
  {
    name: 'name that changes (check, then use)',
    way: 'results[{ n: 0, toString() { return this.n++ ? "x" : "constructor" } }]',
  },
  { name: 'name in a list', way: 'results[["constructor"]][["constructor"]]("return this")()' },
  {
    name: 'with statement (CVE-2026-1470)',
    way: 'Function("with (this) { return constructor.constructor(`return this`)() }")()',
  },
  { name: 'tagged template', way: 'results.constructor.constructor`return this```' },
  { name: 'apply by reflection', way: 'Reflect.apply(results.constructor.constructor, null, ["return this"])()' },
  { name: 'construct by reflection', way: 'Reflect.construct(Function, ["return this"])()' },
  { name: 'bound constructor', way: 'Function.prototype.constructor.bind(null, "return this")()()' },
  { name: 'constructor of a number', way: 'flow_input.x.constructor.constructor("return this")()' },
  { name: 'constructor of a text', way: '"".at.constructor("return this")()' },
  { name: 'constructor of our function', way: 'variable.constructor("return this")()' },
  { name: 'prototype of our function', way: 'resource.__proto__.constructor("return globalThis")()' },
  {
    name: 'own constructor put back',
    way: '(delete results.constructor, results.constructor.constructor("return this")())',
  },
  { name: 'async function', way: 'await Object.getPrototypeOf(async () => {}).constructor("return globalThis")()' },
  { name: 'generator', way: 'Object.getPrototypeOf(function* () {}).constructor("return globalThis")().next().value' },
  {
    name: 'async generator',
    way: '(await Object.getPrototypeOf(async function* () {}).constructor("yield globalThis")().next()).value',
  },
  { name: 'indirect eval', way: '(0, eval)("globalThis")' },
  {
    name: 'look up of a getter',
    way: '({}).__lookupGetter__("__proto__").call(variable).constructor("return this")()',
  },
  {
    name: 'definition of a getter',
    way: '(results.__defineGetter__("z", variable.constructor("return this")), results.z)',
  },
  { name: 'class that extends a function', way: 'new (class extends Function {})("return this")()' },
  {
    name: 'new.target',
    way: '(function () { return new.target.constructor("return this")() }).call.constructor("return this")()',
  },
]

/** Where the host calls the guest back, or throws at it, what it gives may be its own. */
const BY_CALLS_OF_THE_HOST: readonly EscapeClass[] = [
  { name: 'caller of arguments', way: '(function f() { return f.caller ?? arguments.callee?.caller })()' },
  {
    name: 'error of the host',
    way: '(() => { try { variable("gone") } catch (error) { return error.constructor.constructor("return this")() } })()',
  },
  {
    name: 'error of the engine',
    way: '(() => { try { null.x } catch (error) { return error.constructor.constructor("return this")() } })()',
  },
  {
    name: 'error of a stack that is full',
    way: '(() => { const deep = () => { try { return deep() } catch (error) { return error } }; return deep().constructor.constructor("return this")() })()',
  },
  {
    name: 'error of a rejected import',
    way: 'await import("child_process").catch((error) => error.constructor.constructor("return this")())',
  },
  { name: 'import as a function', way: 'await import("node:process")' },
  {
    name: 'frames of a stack (CVE-2022-36067)',
    way: '(() => { let seen; globalThis.Error = { prepareStackTrace: (_, frames) => { seen = frames } }; try { null.x } catch (error) { error.stack } return seen?.[0]?.getThis?.() ?? globalThis })()',
  },
  {
    name: 'frames of a stack, own',
    way: '(() => { let seen; Error.prepareStackTrace = (_, frames) => { seen = frames; return frames }; new Error().stack; return seen?.[0]?.getFunction?.() ?? seen ?? globalThis })()',
  },
  {
    name: 'frames of a captured stack',
    way: '(() => { const o = {}; Error.captureStackTrace?.(o); return o.stack?.constructor.constructor("return this")() ?? globalThis })()',
  },
  {
    name: 'name of an error that is a symbol',
    way: '(() => { const error = new Error(); error.name = Symbol(); try { error.stack; String(error) } catch (other) { return other.constructor.constructor("return this")() } return globalThis })()',
  },
  {
    name: 'species of a promise (CVE-2023-37466)',
    way: '(() => { let seen; const p = (async () => {})(); p.constructor = { [Symbol.species]: class { constructor(run) { run((v) => { seen = v }, (e) => { seen = e }) } } }; p.then(); return seen?.constructor?.constructor?.("return this")() ?? globalThis })()',
  },
  {
    name: 'species of a list',
    way: '(() => { const list = [1]; list.constructor = { [Symbol.species]: function () { return list } }; list.map(() => globalThis); return list[0] })()',
  },
  {
    name: 'thenable that is awaited',
    way: 'await { then(resolve) { resolve(resolve.constructor("return this")()) } }',
  },
  {
    name: 'thenable that is the result',
    way: '({ then(resolve) { resolve([typeof resolve.constructor("return process")()]) } })',
  },
  {
    name: 'custom inspection (CVE-2023-37903)',
    way: '({ [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) { return inspect.constructor("return process")() } })',
  },
  {
    name: 'text of a result',
    way: '({ toJSON(key) { return [typeof key.constructor.constructor("return process")(), typeof this.constructor.constructor("return process")()] } })',
  },
  {
    name: 'getter of a result',
    way: '({ get a() { return typeof this.constructor.constructor("return process")() } })',
  },
  {
    name: 'traps of a result',
    way: 'new Proxy({}, { get: (target, key, self) => target.constructor.constructor("return this")(), ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) })',
  },
  { name: 'traps that throw', way: 'new Proxy({}, { ownKeys() { throw globalThis } })' },
  {
    name: 'primitive of a path',
    way: 'variable({ toString() { return this.constructor.constructor("return process")() } })',
  },
  {
    name: 'property of all objects',
    way: '(() => { let seen = globalThis; Object.defineProperty(Object.prototype, "then", { get() { seen = this; return undefined }, configurable: true }); return seen })()',
  },
  {
    name: 'property of all lists',
    way: '(() => { let seen = globalThis; Object.defineProperty(Array.prototype, 0, { set(value) { seen = value }, configurable: true }); variable("gone2"); return seen })()',
  },
  {
    name: 'replaced call',
    way: '(() => { let seen = globalThis; Function.prototype.call = function (...all) { seen = all[0] ?? seen }; Function.prototype.apply = Function.prototype.call; return seen })()',
  },
  {
    name: 'replaced JSON',
    way: '(() => { JSON.parse = JSON.stringify = function () { return this }; return globalThis })()',
  },
  {
    name: 'clean-up of garbage',
    way: '(() => { let seen = globalThis; if (typeof FinalizationRegistry === "function") new FinalizationRegistry((held) => { seen = held }).register({}, 1); return seen })()',
  },
  {
    name: 'shared memory',
    way: 'typeof SharedArrayBuffer === "undefined" ? globalThis : [new SharedArrayBuffer(8).byteLength]',
  },
  { name: 'machine code', way: 'typeof WebAssembly === "undefined" ? globalThis : WebAssembly' },
]

/** Where the source is put into other source, it may end that; where data are, they may become source. */
const BY_TEXT: readonly EscapeClass[] = [
  { name: 'end of the function around it', way: '1 })()); globalThis; ((async () => { return (1' },
  { name: 'end of the list around it', way: '1); return globalThis; (1' },
  { name: 'comment to the end of the line', way: 'globalThis //' },
  { name: 'comment of HTML', way: '<!-- \nglobalThis' },
  { name: 'comment that is not over', way: 'globalThis /*' },
  { name: 'separator of lines', way: '"\u2028"; globalThis' },
  { name: 'template that ends ours', way: '`${globalThis}`; globalThis' },
  { name: 'data that look like source (CVE-2026-27493)', way: 'flow_input.evil' },
  { name: 'data in a template', way: '`${flow_input.evil}`' },
  { name: 'data as the name of a property', way: 'results[flow_input.evil]' },
  { name: 'prototype in data', way: 'JSON.parse(flow_input.polluting)' },
  {
    name: 'prototype set by data',
    way: '(() => { const all = {}; const { a, b, c } = JSON.parse(flow_input.path); all[a][b] = c; return ({}).polluted })()',
  },
]

export const ESCAPE_CLASSES: readonly EscapeClass[] = [...BY_CONSTRUCTOR, ...BY_CALLS_OF_THE_HOST, ...BY_TEXT]

/** What they may read. */
export const ESCAPE_INPUT = {
  x: 1,
  evil: 'this.constructor.constructor("return process")().env',
  polluting: '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
  path: '{"a": "__proto__", "b": "polluted", "c": true}',
}
