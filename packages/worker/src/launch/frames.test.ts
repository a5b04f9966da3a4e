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

  test('frames of a stream arrive in parts and in order, as views of what came', () => {
    const text = 'x'.repeat(300)
    const mixed = Buffer.concat([
      frame('stdout', text),
      frame('exit', '{}'),
      frame('stderr', ''),
      frame('stdout', text),
    ])
    for (let size = 1; size <= mixed.length; size += 1) {
      const reader = new FrameReader(1000, /^(stdout|stderr|exit) (\d{1,12})$/)
      const chunks = Array.from({ length: Math.ceil(mixed.length / size) }, (_, index) =>
        Buffer.from(mixed.subarray(index * size, (index + 1) * size)),
      )
      const frames = chunks.flatMap((chunk) => reader.push(chunk))
      const said = frames.map(({ kind, payload }) => (kind === 'stdout' ? payload.toString() : `<${kind} ${payload}>`))
      expect(said.join('')).toBe(`${text}<exit {}><stderr >${text}`)
      if (chunks.length === 1)
        expect(new Set(frames.filter(({ kind }) => kind === 'stdout').map(({ payload }) => payload.buffer)).size).toBe(
          1,
        )
    }
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
