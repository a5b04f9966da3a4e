// What a wrapper does with its one job, whatever the engine: calls the entry and makes a frame of what came of it.

/**
 * Calls the entry of a job; `load` imports its script. The answer is the kind of a frame and its text. Where the worker answers while the
 * job runs, `ask` sends it a frame and gives the text of its answer.
 */
export async function run(load, { entry, argNames, args, dates, workflow }, ask) {
  try {
    const script = await load()
    const called = script[entry]
    if (typeof called !== 'function') throw new Error(`the script exports no function ${entry}`)
    if (!argNames) throw new Error(`the parameters of ${entry} could not be read from the source`)
    const given = argNames.map((name) => readArg(args, name, dates))
    if (workflow && called._is_workflow) {
      const { runWorkflow } = await import('./workflow.mjs')
      const { keepSteps } = await import('./keep-steps.mjs')
      const body = () => called(...given)
      const { kind, value } = await keepSteps(ask, () => runWorkflow(script.__workflow_client, body, workflow))
      return [kind, encode(value)]
    }
    return ['result', encode(await collect(await called(...given)))]
  } catch (error) {
    return ['error', JSON.stringify(describe(error))]
  }
}

/** The frame of one that has nothing left to do: whoever made its box may end it, which takes less time than its own end. */
export const OVER = new TextEncoder().encode('over 0\n')

/** A frame: its header and its bytes. */
export function frameOf([kind, text]) {
  const body = new TextEncoder().encode(text)
  return [new TextEncoder().encode(`${kind} ${body.length}\n`), body]
}

function readArg(args, name, dates) {
  if (!Object.hasOwn(args, name)) return undefined
  const value = args[name]
  return dates.includes(name) && typeof value === 'string' ? new Date(value) : value
}

/** What gives one item after the other becomes a list; texts that come over time are a stream, and so the result. */
async function collect(value) {
  const isGenerator = typeof value?.next === 'function' && typeof value[Symbol.iterator] === 'function'
  if (isGenerator) return [...value]
  if (typeof value?.[Symbol.asyncIterator] !== 'function') return value
  const items = []
  for await (const item of value) {
    items.push(item)
    if (typeof item === 'string') console.log(`WM_STREAM: ${item.replaceAll('\n', '\\n')}`)
  }
  return items.length > 0 && items.every((item) => typeof item === 'string') ? null : items
}

function encode(value) {
  try {
    return JSON.stringify(value, jsonValue) ?? 'null'
  } catch (error) {
    throw new TypeError(`main returned a value that is no JSON: ${error.message}`, { cause: error })
  }
}

function jsonValue(key, value) {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map) {
    const entries = [...value]
    return entries.every(([name]) => typeof name === 'string') ? Object.fromEntries(entries) : entries
  }
  if (value instanceof Set) return [...value]
  if (value instanceof Error) return { ...value, ...describe(value) }
  const bytes = this[key]
  return bytes instanceof Uint8Array || bytes instanceof ArrayBuffer ? base64(new Uint8Array(bytes)) : value
}

function base64(bytes) {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

function describe(thrown) {
  const faults = thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors : [thrown]
  const [first] = faults
  if (first?.position) return { name: 'SyntaxError', message: faults.map(describePlace).join('\n'), stack: '' }
  if (!(thrown instanceof Error) && typeof thrown?.message !== 'string') {
    return { name: 'Error', message: typeof thrown === 'string' ? thrown : describeValue(thrown), stack: '' }
  }
  return {
    name: String(thrown.name ?? 'Error'),
    message: withoutFolder(thrown.message),
    stack: userFrames(String(thrown.stack ?? '')) + describeCause(thrown),
  }
}

function describeValue(value) {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

/** The chain of causes, each with its own stack. */
function describeCause(error) {
  let text = ''
  const seen = new Set([error])
  for (let cause = error.cause; cause !== undefined && cause !== null && !seen.has(cause); cause = cause.cause) {
    seen.add(cause)
    text += `\nCaused by: ${cause instanceof Error ? causeText(cause) : describeValue(cause)}`
  }
  return text
}

function causeText(cause) {
  const stack = userFrames(String(cause.stack ?? ''))
  const title = `${cause.name}: ${cause.message}`
  return stack.startsWith(title) ? stack : `${title}\n${stack}`
}

function describePlace({ message, position }) {
  if (!position?.line) return message
  return `${message} (${withoutFolder(position.file)}:${position.line}:${position.column})`
}

/** In terms of the script's own files. */
function withoutFolder(text) {
  return text.replaceAll(`${folder}/`, '')
}

/** The working folder at the start; a sandbox that cannot mount has another place for it. */
const folder = globalThis.Deno?.cwd() ?? process.cwd()
const OURS = import.meta.dirname
const ENGINE =
  /^\s*at (?:async )?(?:processTicks|moduleEvaluation|loadAndEvaluate|requestImport|asyncModule|link|evaluate|ModuleJob|onImport|node:internal|ext:|.*\((?:node:internal|ext:))/

function userFrames(stack) {
  return stack
    .split('\n')
    .filter((line) => !line.includes(OURS) && !ENGINE.test(line))
    .join('\n')
}
