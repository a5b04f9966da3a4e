// Descriptor 3 for engines with Node's sockets: one job in (`<bytes>\n` and that many bytes of JSON), one frame out.

import net from 'node:net'
import { frameOf } from './answer.mjs'

/** Waits for the job; `exit` ends the process when nobody has one any more. */
export function openChannel(exit) {
  const socket = new net.Socket({ fd: 3, readable: true, writable: true })
  return { job: readJob(socket, exit), send: (answer) => send(socket, answer) }
}

function readJob(socket, exit) {
  const chunks = []
  let missing = Infinity
  return new Promise((resolve) => {
    socket.once('end', () => exit(0))
    socket.once('error', () => exit(0))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      missing -= chunk.length
      if (missing === Infinity) {
        const all = Buffer.concat(chunks)
        const end = all.indexOf(10)
        if (end < 0) return
        chunks.splice(0, Infinity, all.subarray(end + 1))
        missing = Number(all.toString('latin1', 0, end)) - (all.length - end - 1)
      }
      if (missing > 0) return
      socket.pause()
      socket.removeAllListeners()
      resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')))
    })
  })
}

/** Resolves when the frame is out; rejects when the script closed the channel. */
function send(socket, answer) {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.write(Buffer.concat(frameOf(answer)), (error) => (error ? reject(error) : resolve()))
  })
}
