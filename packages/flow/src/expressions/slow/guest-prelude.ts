import { SCOPE_NAMES } from '../scope.ts'

/**
 * JavaScript that runs in the guest before any expression: it gives the function `prepare(request)`, which parses what the
 * expression may read and gives `start(made)`, which calls the compiled expression and gives `settled()`: the answer as a text
 * whose first letter says what it is, or undefined while it waits. What the guest's own code uses is taken beforehand, since
 * expressions may change everything global; what they break is theirs only, as the memory is laid anew for the next one.
 */
export const GUEST_PRELUDE = `(() => {
  'use strict'
  const { parse, stringify } = JSON
  const { hasOwn } = Object
  const { apply } = Reflect
  const { push } = Array.prototype
  const { slice } = String.prototype
  const { then } = Promise.prototype
  const text = String
  const Failure = Error
  const NAMES = ${JSON.stringify(SCOPE_NAMES)}
  const MESSAGE_CHARS_MAX = 2000
  const NEEDS_MAX = 100

  Math.random = randomFrom(1)

  return function prepare(requestText) {
    const request = parse(requestText)
    Math.random = randomFrom(request.seed)
    return (made) => start(request, made)
  }

  function start({ names, results, variables, resources }, made) {
    const needs = { __proto__: null, variables: [], resources: [] }
    const parameters = [...NAMES.map((name) => names[name]), results, lookUp(variables, needs.variables), lookUp(resources, needs.resources)]
    let answer
    const evaluate = async () => {
      let said
      try {
        said = sayValue(await apply(made, undefined, parameters))
      } catch (error) {
        said = sayError(error)
      }
      const isInNeed = needs.variables.length > 0 || needs.resources.length > 0
      answer = isInNeed ? 'N' + stringify(needs) : said
    }
    apply(then, evaluate(), [undefined, () => { answer = 'E' }])
    return () => answer
  }

  function lookUp(known, missing) {
    return (path) => {
      const key = text(path)
      if (!hasOwn(known, key)) {
        if (missing.length < NEEDS_MAX) apply(push, missing, [key])
        throw new Failure('the value of ' + key + ' is being fetched')
      }
      const found = known[key]
      if (hasOwn(found, 'refusal')) throw new Failure(found.refusal)
      return found.value
    }
  }

  function sayValue(value) {
    if (typeof value === 'function') return 'J' + 'a function'
    if (typeof value === 'symbol') return 'J' + 'a symbol'
    if (typeof value === 'bigint') return 'J' + 'a BigInt'
    let said
    try {
      said = stringify(value)
    } catch (error) {
      const described = describe(error)
      return described.name === 'TypeError' ? 'J' + described.message : 'E' + stringify(described)
    }
    return said === undefined ? 'Vnull' : 'V' + said
  }

  function sayError(error) {
    return 'E' + stringify(describe(error))
  }

  function describe(error) {
    if (!(error instanceof Failure)) return { __proto__: null, name: '', message: 'threw ' + short(error), stack: '' }
    return { __proto__: null, name: part(error, 'name'), message: part(error, 'message'), stack: part(error, 'stack') }
  }

  function part(error, key) {
    try {
      return apply(slice, text(error[key]), [0, MESSAGE_CHARS_MAX])
    } catch {
      return ''
    }
  }

  function short(value) {
    try {
      return apply(slice, typeof value === 'string' ? value : text(stringify(value)), [0, MESSAGE_CHARS_MAX])
    } catch {
      return 'what cannot be shown'
    }
  }

  // Memory is the same at every start, so the engine's own numbers would be too.
  function randomFrom(seed) {
    let state = seed
    return function random() {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
    }
  }
})()`
