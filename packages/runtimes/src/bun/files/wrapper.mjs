// Waits on descriptor 3 for its one job (`<bytes>\n` and that many bytes of JSON), calls `main`, answers with one frame.
// node:fs would take a third of the time that Bun itself takes to start.

const channel = Bun.file(3)
/** The working folder at the start; a sandbox that cannot mount has another place for it. */
const folder = process.cwd()

const input = JSON.parse(await readJob())
// To make them takes longer than a small job, and console.log needs neither.
const streams = input.usesStreams ? [process.stdout, process.stderr] : []
Object.assign(Bun.env, input.env)
await answer(await run(input))

async function run({ argNames, args, dates }) {
  try {
    const script = await import(`${folder}/main.ts`)
    if (typeof script.main !== 'function') throw new Error('the script exports no function main')
    if (!argNames) throw new Error('the parameters of main could not be read from the source')
    const given = argNames.map((name) => readArg(args, name, dates))
    const value = await collect(await script.main(...given))
    return ['result', encode(value)]
  } catch (error) {
    return ['error', JSON.stringify(describe(error))]
  }
}

function readArg(args, name, dates) {
  if (!Object.hasOwn(args, name)) return undefined
  const value = args[name]
  return dates.includes(name) && typeof value === 'string' ? new Date(value) : value
}

async function collect(value) {
  if (typeof value?.[Symbol.asyncIterator] !== 'function') return value
  const items = []
  for await (const item of value) items.push(item)
  return items
}

function encode(value) {
  try {
    return JSON.stringify(value, jsonValue) ?? 'null'
  } catch (error) {
    throw new TypeError(`main returned a value that is no JSON: ${error.message}`, { cause: error })
  }
}

function jsonValue(_key, value) {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
}

function describe(thrown) {
  const faults = thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors : [thrown]
  const [first] = faults
  if (first?.position) return { name: 'SyntaxError', message: faults.map(describePlace).join('\n'), stack: '' }
  if (!(thrown instanceof Error) && typeof thrown?.message !== 'string') {
    return {
      name: 'Error',
      message: typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown)),
      stack: '',
    }
  }
  return {
    name: String(thrown.name ?? 'Error'),
    message: thrown.message,
    stack: userFrames(String(thrown.stack ?? '')),
  }
}

function describePlace({ message, position }) {
  if (!position?.line) return message
  return `${message} (${position.file.replace(`${folder}/`, '')}:${position.line}:${position.column})`
}

function userFrames(stack) {
  const isOurs = (line) =>
    line.includes(import.meta.path) ||
    /^\s*at (?:async )?(?:processTicks|moduleEvaluation|loadAndEvaluate|requestImport|asyncModule|link|evaluate)/.test(
      line,
    )
  return stack
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n')
}

async function answer([kind, text]) {
  const body = new TextEncoder().encode(text)
  const header = new TextEncoder().encode(`${kind} ${body.length}\n`)
  try {
    await Bun.write(channel, new Blob([header, body]))
  } catch (error) {
    await Bun.write(
      Bun.stderr,
      `the result could not be sent, because the script closed descriptor 3 (${error.code})\n`,
    )
    process.exit(1)
  }
  for (const stream of streams) await endOf(stream)
  process.exit(kind === 'error' ? 1 : 0)
}

/** What was written last is still on its way, and an exit would drop it. */
function endOf(stream) {
  if (stream.destroyed) return undefined
  return new Promise((resolve) => stream.once('close', resolve).once('error', resolve).end(resolve))
}

async function readJob() {
  const reader = channel.stream().getReader()
  const decoder = new TextDecoder()
  const chunks = []
  let header = ''
  let missing = Infinity
  while (missing > 0) {
    const { value, done } = await reader.read()
    // Nobody has a job for us any more.
    if (done) process.exit(0)
    let rest = value
    if (missing === Infinity) {
      const end = value.indexOf(10)
      header += decoder.decode(end < 0 ? value : value.subarray(0, end))
      if (end < 0) continue
      missing = Number(header)
      rest = value.subarray(end + 1)
    }
    chunks.push(rest)
    missing -= rest.length
  }
  return new Blob(chunks).text()
}
