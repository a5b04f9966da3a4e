// Waits on descriptor 3 for its one job (`<bytes>\n` and that many bytes of JSON), calls `main`, answers with one frame.
// node:fs would take a third of the time that Bun itself takes to start.

import { frameOf, OVER, run } from './answer.mjs'

const channel = Bun.file(3)
/** The working folder at the start; a sandbox that cannot mount has another place for it. */
const folder = process.cwd()

const reader = channel.stream().getReader()

// What a process does for the first time takes long, and need not wait for the job.
await run(() => import('./rehearsal.ts'), { entry: 'main', argNames: ['text'], args: { text: '' }, dates: [] })
const input = JSON.parse((await readMessage()) ?? leave())
// To make them takes longer than a small job, and console.log needs neither.
const streams = input.usesStreams ? [process.stdout, process.stderr] : []
Object.assign(Bun.env, input.env)
await answer(await run(() => import(`${folder}/${input.file}`), input, ask))

async function answer(said) {
  for (const stream of streams) await endOf(stream)
  try {
    // Listeners of the exit have it yet to come.
    await send(process.listenerCount('exit') > 0 ? frameOf(said) : [...frameOf(said), OVER])
  } catch (error) {
    await Bun.write(
      Bun.stderr,
      `the result could not be sent, because the script closed descriptor 3 (${error.code})\n`,
    )
    process.exit(1)
  }
  process.exit(said[0] === 'error' ? 1 : 0)
}

/** What was written last is still on its way, and an exit would drop it. */
function endOf(stream) {
  if (stream.destroyed) return undefined
  return new Promise((resolve) => stream.once('close', resolve).once('error', resolve).end(resolve))
}

/** Nobody has a job for us any more. */
function leave() {
  process.exit(0)
}

/** Sends a frame and gives the text of the worker's answer. */
async function ask(question) {
  await send(frameOf(question))
  const answer = await readMessage()
  if (answer === undefined) throw new Error('the worker has closed descriptor 3')
  return answer
}

async function send(pieces) {
  await Bun.write(channel, new Blob(pieces))
}

/** The job, or an answer: `<bytes>\n` and that many bytes; undefined at the end of the stream. */
async function readMessage() {
  const decoder = new TextDecoder()
  const chunks = []
  let header = ''
  let missing = Infinity
  while (missing > 0) {
    const { value, done } = await reader.read()
    if (done) return undefined
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
