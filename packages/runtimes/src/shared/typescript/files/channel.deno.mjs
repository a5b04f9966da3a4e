// Descriptor 3 by system calls: one job in (`<bytes>\n` and that many bytes of JSON), one frame out. Node's sockets, which Deno has
// too, take it longer to load than all else that it does before a job; while it waits there is nothing else for it to do.

import { frameOf } from './answer.mjs'

const LIBRARY = Deno.build.os === 'darwin' ? 'libSystem.dylib' : 'libc.so.6'
const [POLLIN, POLLOUT] = [1, 4]
const EVER = -1
/** Bytes at first; the header says how many there are. */
const PIECE = 1 << 16

const { symbols: libc } = Deno.dlopen(LIBRARY, {
  poll: { parameters: ['buffer', 'usize', 'i32'], result: 'i32' },
  read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
  write: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
})

/** The job; `exit` ends the process when nobody has one any more. */
export function readJob(exit) {
  const { rest, size } = readHeader(exit)
  const bytes = new Uint8Array(size)
  bytes.set(rest)
  for (let at = rest.length; at < size;) at += readSome(bytes.subarray(at), exit)
  return JSON.parse(new TextDecoder().decode(bytes))
}

function readHeader(exit) {
  const piece = new Uint8Array(PIECE)
  let length = 0
  for (;;) {
    length += readSome(piece.subarray(length), exit)
    const end = piece.subarray(0, length).indexOf(10)
    if (end >= 0)
      return { size: Number(new TextDecoder().decode(piece.subarray(0, end))), rest: piece.subarray(end + 1, length) }
  }
}

/** Writes the frame; false when the script closed the channel. */
export function send(answer) {
  for (const bytes of frameOf(answer)) {
    for (let at = 0; at < bytes.length;) {
      const written = call(POLLOUT, libc.write, bytes.subarray(at))
      if (written === undefined) return false
      at += written
    }
  }
  return true
}

function readSome(buffer, exit) {
  return call(POLLIN, libc.read, buffer) || exit(0)
}

/** Waits until the call does something at once, and makes it; undefined when the descriptor is not what it was. */
function call(event, make, buffer) {
  const wanted = new Int16Array([3, 0, event, 0])
  // A signal ends the wait, and tells nothing of the descriptor.
  while (libc.poll(wanted, 1n, EVER) < 0);
  const done = Number(make(3, buffer, BigInt(buffer.length)))
  return done < 0 ? undefined : done
}
