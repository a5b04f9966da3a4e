import { describe, expect, test } from 'vitest'
import { FrameError, FrameReader } from './frames.ts'

function frame(kind: string, payload: string): Buffer {
  const bytes = Buffer.from(payload)
  return Buffer.concat([Buffer.from(`${kind} ${bytes.length}\n`), bytes])
}

function readAll(reader: FrameReader, chunks: readonly Buffer[]): string[] {
  return chunks.flatMap((chunk) => reader.push(chunk)).map(({ kind, payload }) => `${kind}:${payload.toString()}`)
}

describe('FrameReader', () => {
  const stream = Buffer.concat([frame('result', '{"a":"ü"}'), frame('text', ''), frame('exit', '{"code":0}')])

  test('frames arrive whole however the bytes are cut', () => {
    for (let size = 1; size <= stream.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
        stream.subarray(index * size, (index + 1) * size),
      )
      expect(readAll(new FrameReader(1000), chunks)).toEqual(['result:{"a":"ü"}', 'text:', 'exit:{"code":0}'])
    }
  })

  const text = 'x'.repeat(300)
  const mixed = Buffer.concat([frame('stdout', text), frame('exit', '{}'), frame('stderr', ''), frame('stdout', text)])
  const STREAMED = /^(stdout|stderr|exit) (\d{1,12})$/

  test('frames of a stream arrive in parts and in order', () => {
    for (let size = 1; size <= mixed.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(mixed.length / size) }, (_, index) =>
        mixed.subarray(index * size, (index + 1) * size),
      )
      const said = readAll(new FrameReader(1000, STREAMED), chunks).join('')
      expect(said.replaceAll('stdout:', '')).toBe(`${text}exit:{}stderr:${text}`)
    }
  })

  test('frames of a stream are views of what came', () => {
    const parts = new FrameReader(1000, STREAMED).push(mixed).filter(({ kind }) => kind === 'stdout')
    expect(parts.map(({ payload }) => payload.buffer === mixed.buffer)).toEqual([true, true])
  })

  test.each(['garbage\n', 'result -1\n', 'result 1e3\n', 'RESULT 1\nx', `${'x'.repeat(100)}`])(
    '%j is refused',
    (bytes) => {
      expect(() => new FrameReader(1000).push(Buffer.from(bytes))).toThrow(FrameError)
    },
  )

  test('a frame past the bound is refused before it is read', () => {
    expect(() => new FrameReader(10).push(Buffer.from('result 11\n'))).toThrow(/11 bytes; at most 10/)
  })
})
