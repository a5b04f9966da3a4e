// Descriptor 3 for engines with Node's sockets: a job or an answer in (`<bytes>\n` and that many bytes of JSON), a frame out.

import net from 'node:net'
import { frameOf } from './answer.mjs'

/** Waits for the job; `exit` ends the process when nobody has one any more. `ask` sends a frame and gives the text of its answer. */
export function openChannel(exit) {
  const socket = new net.Socket({ fd: 3, readable: true, writable: true })
  return {
    // Without one it is not needed any more.
    job: readMessage(socket).then(
      (text) => JSON.parse(text),
      () => exit(0),
    ),
    send: (pieces) => send(socket, pieces),
    async ask(question) {
      const [answer] = await Promise.all([readMessage(socket), send(socket, frameOf(question))])
      return answer
    },
  }
}

/** The text of the next one; whoever sends it waits for an answer before the next. */
function readMessage(socket) {
  const chunks = []
  let missing = Infinity
  return new Promise((resolve, reject) => {
    socket.once('end', () => reject(new Error('the worker has closed descriptor 3')))
    socket.once('error', reject)
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
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
    socket.resume()
  })
}

/** Resolves when frames are out; rejects when the script closed the channel. */
function send(socket, pieces) {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.write(Buffer.concat(pieces), (error) => (error ? reject(error) : resolve()))
  })
}
