// Waits on descriptor 3 for its one job, calls its entry, answers with one frame. Called with the word `node`, it has what Node
// has at hand before the job comes.

import { frameOf, OVER, run } from './answer.mjs'
import { ask, readJob, send } from './channel.deno.mjs'

const folder = new URL(`file://${encodeURI(Deno.cwd())}/`)
const exit = Deno.exit.bind(Deno)

// What a process does for the first time takes long, and need not wait for the job: the first module in TypeScript opens Deno's
// caches (150 ms where they cannot be written), and the first one of Node's brings all of them.
await run(() => import('./rehearsal.ts'), { entry: 'main', argNames: ['text'], args: { text: '' }, dates: [] })
if (Deno.args.includes('node')) await import('node:process')
const input = readJob(exit)
for (const [name, value] of Object.entries(input.env)) Deno.env.set(name, value)
const answer = await run(() => import(new URL(input.file, folder).href), input, ask)
tellExit()
if (!send([...frameOf(answer), OVER])) {
  console.error('the result could not be sent, because the script closed descriptor 3')
  exit(1)
}
exit(answer[0] === 'error' ? 1 : 0)

/** Lets listeners of the exit act before the answer says that nothing is left to do, as the exit itself would, once. */
function tellExit() {
  const told = Symbol.for('Deno.isUnloadDispatched')
  if (globalThis[told]) return
  globalThis[told] = true
  globalThis.dispatchEvent(new Event('unload'))
}
