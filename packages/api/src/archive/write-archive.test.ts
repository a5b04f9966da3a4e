import { spawnSync } from 'node:child_process'
import { inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ArchiveFile } from './archive-file.ts'
import { writeTar } from './write-tar.ts'
import { writeZip } from './write-zip.ts'

const files: readonly ArchiveFile[] = [
  { name: 'f/a/short.sh', content: 'echo "hé"\n' },
  { name: `f/a/${'long/'.repeat(48)}é.script.json`, content: '{}' },
  { name: 'f/a/empty.py', content: '' },
  { name: 'f/a/block.sql', content: 'x'.repeat(512) },
  { name: `f/${'n'.repeat(91)}.script`, content: 'exactly 100 bytes of name' },
]

async function written(write: (files: AsyncIterable<ArchiveFile>) => AsyncIterable<Buffer>): Promise<Buffer> {
  async function* all() {
    yield* files
  }
  const pieces: Buffer[] = []
  for await (const piece of write(all())) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('tar reads what is written, names of any length included', async () => {
  const input = await written(writeTar)
  const listed = spawnSync('tar', ['-tf', '-', '--quoting-style=literal'], { input, encoding: 'utf8' })
  expect([listed.stderr, listed.stdout.trim().split('\n')]).toEqual(['', files.map(({ name }) => name)])
  for (const { name, content } of files)
    expect(spawnSync('tar', ['-xOf', '-', name], { input, encoding: 'utf8' }).stdout).toBe(content)
})

test('a zip holds what its directory says', async () => {
  expect(readZip(await written(writeZip))).toEqual(files)
})

/** Goes by the directory at the end, as readers do. */
function readZip(zip: Buffer): readonly ArchiveFile[] {
  const end = zip.length - 22
  expect(zip.readUInt32LE(end)).toBe(0x06054b50)
  let at = zip.readUInt32LE(end + 16)
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const nameEnd = at + 46 + zip.readUInt16LE(at + 28)
    const name = zip.toString('utf8', at + 46, nameEnd)
    const entry = zip.readUInt32LE(at + 42)
    const start = entry + 30 + zip.readUInt16LE(entry + 26)
    const content = inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20))).toString()
    expect([zip.toString('utf8', entry + 30, start), Buffer.byteLength(content)]).toEqual([
      name,
      zip.readUInt32LE(at + 24),
    ])
    at = nameEnd
    return { name, content }
  })
}
