// Serves one script, whatever the engine: loads it once and runs its jobs one after the other, as descriptor 3 brings them.

import fs from 'node:fs'
import net from 'node:net'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { frameOf, run } from './answer.mjs'

// As they were before the script: it may replace its own.
const exit = process.exit.bind(process)
const streams = [process.stdout, process.stderr]
/** Where a stream says of itself whether something is on its way; elsewhere it is asked to tell when nothing is. */
const isNode = !globalThis.Bun && !globalThis.Deno
const prints = [console.log.bind(console), console.error.bind(console)]
const folder = pathToFileURL(`${process.cwd()}/`)
const begin = openGate()
const channel = openChannel()
let script

for await (const { input, round, mark } of jobs()) {
  if (!begin(round)) {
    await channel.send(Buffer.from('skip 0\n'))
    continue
  }
  const job = JSON.parse(input)
  for (const name in job.env) if (process.env[name] !== job.env[name]) process.env[name] = job.env[name]
  script ??= import(new URL(job.file, folder).href)
  const answer = await run(() => script, job)
  for (const stream of streams) if (!isNode || stream.writableLength > 0) await written(stream)
  for (const print of prints) print(mark)
  const code = answer[0] === 'error' ? 1 : 0
  await channel.send(Buffer.concat([...frameOf(answer), ...frameOf(['exit', JSON.stringify({ code, signal: null })])]))
}
exit(0)

/** The mark that ends the log of each, and then each as `job <round>\n`, `<bytes>\n` and that many bytes of JSON. */
async function* jobs() {
  let rest = Buffer.alloc(0)
  let mark
  for await (const chunk of channel.chunks) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let at = 0
    for (;;) {
      const end = rest.indexOf(10, at)
      if (end < 0) break
      if (mark === undefined) {
        mark = rest.toString('latin1', at, end)
        at = end + 1
        continue
      }
      const header = rest.indexOf(10, end + 1)
      if (header < 0) break
      const over = header + 1 + Number(rest.toString('latin1', end + 1, header))
      if (rest.length < over) break
      const round = Number(rest.toString('latin1', at + 4, end))
      const input = rest.toString('utf8', header + 1, over)
      at = over
      yield { input, round, mark }
    }
    rest = rest.subarray(at)
  }
}

/** Decides with the worker whether a job that lies before this process begins: who looks second sees what the other one wrote. */
function openGate() {
  const path = `${process.cwd()}/.gate`
  const file = fs.openSync(path, 'r+')
  fs.unlinkSync(path)
  const { readSync, writeSync } = fs
  const byte = new Uint8Array(1)
  let count = 0
  return (round) => {
    count = (count + 1) & 255
    byte[0] = count
    writeSync(file, byte, 0, 1, 1)
    readSync(file, byte, 0, 1, 0)
    return byte[0] === round
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
