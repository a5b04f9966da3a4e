import type { ArchiveFile } from './archive-file.ts'

const BLOCK = 512
/** What the header of a file has room for; longer names are told in a file before it. */
const NAME_BYTES_MAX = 100

/** The files as a tar of POSIX (pax), all from the beginning of time and nobody's. */
export async function* writeTar(files: AsyncIterable<ArchiveFile>): AsyncGenerator<Buffer> {
  for await (const { name, content } of files) {
    if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
      const record = Buffer.from(recordOf('path', name))
      yield Buffer.concat([header('long-name', record.length, 'x'), padded(record)])
    }
    const body = Buffer.from(content)
    yield Buffer.concat([header(name, body.length, '0'), padded(body)])
  }
  yield Buffer.alloc(2 * BLOCK)
}

function header(name: string, size: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(BLOCK)
  Buffer.from(name).copy(block, 0, 0, NAME_BYTES_MAX)
  block.write('0000777\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  // The checksum counts itself as spaces.
  block.write('        ', 148)
  block.write(type, 156)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function padded(body: Buffer): Buffer {
  const missing = (BLOCK - (body.length % BLOCK)) % BLOCK
  return Buffer.concat([body, Buffer.alloc(missing)])
}

/** `<length> key=value\n`, where the length counts its own digits. */
function recordOf(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + 1
  while (length !== bytes + String(length).length) length = bytes + String(length).length
  return `${length}${rest}`
}
