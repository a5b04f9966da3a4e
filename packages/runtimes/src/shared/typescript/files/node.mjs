// Waits on descriptor 3 for its one job, calls its entry, answers with one frame.

import { pathToFileURL } from 'node:url'
import { frameOf, OVER, run } from './answer.mjs'
import { openChannel } from './socket.mjs'

const folder = pathToFileURL(`${process.cwd()}/`)
const exit = process.exit.bind(process)
const { job, send, ask } = openChannel(exit)

const input = await job
Object.assign(process.env, input.env)
const answer = await run(() => import(new URL(input.file, folder).href), input, ask)
for (const stream of [process.stdout, process.stderr]) await written(stream)
try {
  // Listeners of the exit have it yet to come.
  await send(process.listenerCount('exit') > 0 ? frameOf(answer) : [...frameOf(answer), OVER])
} catch (error) {
  process.stderr.write(`the result could not be sent, because the script closed descriptor 3 (${error.code})\n`)
  exit(1)
}
exit(answer[0] === 'error' ? 1 : 0)

/** What was written last is still on its way, and an exit would drop it. */
function written(stream) {
  return new Promise((resolve) => (stream.destroyed ? resolve() : stream.write('', () => resolve())))
}
