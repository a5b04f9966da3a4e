// Descriptor 3 by system calls: a job or an answer in (`<bytes>\n` and that many bytes of JSON), a frame out. Node's sockets, which Deno
// has too, take it longer to load than all else that it does before a job; while it waits for that there is nothing else for it to do.

import { frameOf } from './answer.mjs'

const LIBRARY = Deno.build.os === 'darwin' ? 'libSystem.dylib' : 'libc.so.6'
const [POLLIN, POLLOUT] = [1, 4]
const EVER = -1
/** Bytes at first; the header says how many there are. */
const PIECE = 1 << 16

const { symbols: libc } = Deno.dlopen(LIBRARY, {
  poll: { parameters: ['buffer', 'usize', 'i32'], result: 'i32' },
  /** In another thread, while the script goes on. */
  pollAside: { name: 'poll', parameters: ['buffer', 'usize', 'i32'], result: 'i32', nonblocking: true },
  read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
  write: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
})

/** The job; `exit` ends the process when nobody has one any more. */
export function readJob(exit) {
  const text = readMessage()
  return text === undefined ? exit(0) : JSON.parse(text)
}

/** Sends a frame and gives the text of its answer, for which the rest of the script does not wait. */
export async function ask(question) {
  const answer = send(frameOf(question)) ? await readAnswer() : undefined
  if (answer === undefined) throw new Error('the worker has closed descriptor 3')
  return answer
}

/** Its first bytes tell of it; the others are there with them, or about to be. */
async function readAnswer() {
  const wanted = pollFor(POLLIN)
  while ((await libc.pollAside(wanted, 1n, EVER)) < 0);
  return readMessage()
}

/** The text of the next one; undefined at the end of the channel. */
function readMessage() {
  const header = readHeader()
  if (!header) return undefined
  const { rest, size } = header
  const bytes = new Uint8Array(size)
  bytes.set(rest)
  for (let at = rest.length; at < size;) {
    const count = call(POLLIN, libc.read, bytes.subarray(at))
    if (!count) return undefined
    at += count
  }
  return new TextDecoder().decode(bytes)
}

function readHeader() {
  const piece = new Uint8Array(PIECE)
  let length = 0
  for (;;) {
    const count = call(POLLIN, libc.read, piece.subarray(length))
    if (!count) return undefined
    length += count
    const end = piece.subarray(0, length).indexOf(10)
    if (end >= 0)
      return { size: Number(new TextDecoder().decode(piece.subarray(0, end))), rest: piece.subarray(end + 1, length) }
  }
}

/** Writes frames; false when the script closed the channel. */
export function send(pieces) {
  for (const bytes of pieces) {
    for (let at = 0; at < bytes.length;) {
      const written = call(POLLOUT, libc.write, bytes.subarray(at))
      if (written === undefined) return false
      at += written
    }
  }
  return true
}

/** Waits until the call does something at once, and makes it; undefined when the descriptor is not what it was. */
function call(event, make, buffer) {
  const wanted = pollFor(event)
  // A signal ends the wait, and tells nothing of the descriptor.
  while (libc.poll(wanted, 1n, EVER) < 0);
  const done = Number(make(3, buffer, BigInt(buffer.length)))
  return done < 0 ? undefined : done
}

/** What `poll` takes, on a buffer of its own: small arrays without one are moved when memory is tidied up, also under a call. */
function pollFor(event) {
  const wanted = new Int16Array(new ArrayBuffer(8))
  wanted.set([3, 0, event, 0])
  return wanted
}
