// Waits on descriptor 3 for its one job, calls its entry, answers with one frame.

import { run } from './answer.mjs'
import { openChannel } from './socket.mjs'

const folder = new URL(`file://${encodeURI(Deno.cwd())}/`)
const exit = Deno.exit.bind(Deno)
const { job, send, ask } = openChannel(exit)

// The first module in TypeScript opens Deno's caches, which takes 150 ms where they cannot be written.
await import('data:application/typescript,export {}')
const input = await job
for (const [name, value] of Object.entries(input.env)) Deno.env.set(name, value)
const answer = await run(() => import(new URL(input.file, folder).href), input, ask)
try {
  await send(answer)
} catch (error) {
  console.error(`the result could not be sent, because the script closed descriptor 3 (${error.code})`)
  exit(1)
}
exit(answer[0] === 'error' ? 1 : 0)
