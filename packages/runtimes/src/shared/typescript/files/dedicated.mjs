// Serves one script, whatever the engine: loads it once and runs its jobs one after the other, as descriptor 3 brings them.

import net from 'node:net'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { frameOf, run } from './answer.mjs'

// As they were before the script: it may replace its own.
const exit = process.exit.bind(process)
const prints = [console.log.bind(console), console.error.bind(console)]
const folder = pathToFileURL(`${process.cwd()}/`)
const channel = openChannel()
let script

for await (const { input, token } of jobs()) {
  Object.assign(process.env, input.env)
  script ??= import(new URL(input.file, folder).href)
  const answer = await run(() => script, input)
  const code = answer[0] === 'error' ? 1 : 0
  await channel.send(Buffer.concat([...frameOf(answer), ...frameOf(['exit', JSON.stringify({ code, signal: null })])]))
  for (const stream of [process.stdout, process.stderr]) await written(stream)
  for (const print of prints) print(token)
}
exit(0)

/** Each is `<bytes>\n`, that many bytes of JSON, and `flush <token>\n`. */
async function* jobs() {
  let rest = Buffer.alloc(0)
  for await (const chunk of channel.chunks) {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const header = rest.indexOf(10)
      if (header < 0) break
      const end = header + 1 + Number(rest.toString('latin1', 0, header))
      const flush = rest.indexOf(10, end)
      if (rest.length < end || flush < 0) break
      const input = JSON.parse(rest.toString('utf8', header + 1, end))
      const [, token] = rest.toString('latin1', end, flush).split(' ')
      rest = rest.subarray(flush + 1)
      yield { input, token }
    }
  }
}

/** Bun's sockets know no descriptor; what they lack its files have. */
function openChannel() {
  if (globalThis.Bun) {
    const file = Bun.file(3)
    return { chunks: file.stream(), send: (bytes) => Bun.write(file, bytes) }
  }
  const socket = new net.Socket({ fd: 3, readable: true, writable: true })
  const send = (bytes) =>
    new Promise((resolve, reject) => {
      socket.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  return { chunks: socket, send }
}

/** What was written last may be still on its way. */
function written(stream) {
  return new Promise((resolve) => (stream.destroyed ? resolve() : stream.write('', () => resolve())))
}
