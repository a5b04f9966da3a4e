import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Output, readText } from './output.ts'

function printed(...texts: readonly string[]): Output {
  const output = new Output(() => undefined)
  for (const text of texts) output.stdout(text)
  return output
}

describe('Output', () => {
  test.each([
    [['one\ntwo\n'], 'two'],
    [['one\nt', 'wo'], 'two'],
    [['one\n\n  \n'], 'one'],
    [['one\n', '\n'], 'one'],
    [['one\n  two \n\n \n'], '  two '],
    [['o', 'n', 'e\n \n\n'], 'one'],
    [['one', '\n\n'], 'one'],
    [['one\n', ' ', '\n  \n'], 'one'],
    [['\n\none\r\n', '\r\n'], 'one\r'],
    [['one\ntwo\nthree'], 'three'],
    [['\n', ' \n'], undefined],
    [[], undefined],
  ])('the last line of %j is %j', (texts, line) => {
    expect(printed(...texts).lastLine).toBe(line)
  })

  test('stdout and stderr are passed on in the order they came', () => {
    const seen: string[] = []
    const output = new Output((text) => seen.push(text))
    output.stdout('a')
    output.stderr('b')
    output.stdout('c')
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(output.lastWords).toBe('b')
  })
})

describe('readText', () => {
  test('a character that is cut by a chunk border arrives whole', async () => {
    const stream = new PassThrough()
    let text = ''
    const ended = readText(stream, (piece) => (text += piece))
    const bytes = Buffer.from('a😀b')
    for (const byte of bytes) stream.write(Buffer.from([byte]))
    stream.end()
    await ended
    expect(text).toBe('a😀b')
  })
})
