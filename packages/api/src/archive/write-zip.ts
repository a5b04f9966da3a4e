import { promisify } from 'node:util'
import { crc32, deflateRaw } from 'node:zlib'
import type { ArchiveFile } from './archive-file.ts'

const deflated = promisify(deflateRaw)
/** Names are UTF-8. */
const FLAGS = 0x0800
const DEFLATE = 8
/** 1 January 1980, the first day there is. */
const DATE = 0x21
const VERSION = 20

/** The files as a zip. */
export async function* writeZip(files: AsyncIterable<ArchiveFile>): AsyncGenerator<Buffer> {
  const directory: Buffer[] = []
  let offset = 0
  for await (const file of files) {
    const name = Buffer.from(file.name)
    const content = Buffer.from(file.content)
    const packed = await deflated(content)
    const facts = factsOf(crc32(content), packed.length, content.length, name.length)
    const entry = Buffer.concat([numbers([[4, 0x04034b50]]), facts, numbers([[2, 0]]), name, packed])
    directory.push(
      Buffer.concat([numbers([[4, 0x02014b50], [2, VERSION]]), facts, numbers(placeOf(offset)), name]), // prettier-ignore
    )
    offset += entry.length
    yield entry
  }
  const index = Buffer.concat(directory)
  const count = directory.length
  const end = numbers([[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, index.length], [4, offset], [2, 0]]) // prettier-ignore
  yield Buffer.concat([index, end])
}

/** What both the entry and the directory say of a file. */
function factsOf(crc: number, packed: number, size: number, name: number): Buffer {
  return numbers([[2, VERSION], [2, FLAGS], [2, DEFLATE], [2, 0], [2, DATE], [4, crc], [4, packed], [4, size], [2, name]]) // prettier-ignore
}

/** What the directory alone says: no extras, no comment, the first disk, no attributes, and where the entry is. */
function placeOf(offset: number): readonly (readonly [2 | 4, number])[] {
  return [[2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]] // prettier-ignore
}

/** Little-endian numbers of so many bytes each. */
function numbers(fields: readonly (readonly [2 | 4, number])[]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((total, [bytes]) => total + bytes, 0))
  let at = 0
  for (const [bytes, value] of fields) at = buffer.writeUIntLE(value, at, bytes)
  return buffer
}
