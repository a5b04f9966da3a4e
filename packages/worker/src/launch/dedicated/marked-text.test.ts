import { expect, test } from 'vitest'
import { MarkedText } from './marked-text.ts'

const MARK = '5b2c-mark\n'

/** What lies between the marks when the text comes in pieces of a length. */
function cutIn(length: number, text: string): readonly string[] {
  const stream = new MarkedText(MARK)
  const parts = ['']
  const add = (part: string) => parts.push(`${parts.pop()}${part}`)
  for (let at = 0; at < text.length; at += length) {
    const [first = '', ...more] = stream.push(text.slice(at, at + length))
    add(first)
    parts.push(...more)
  }
  add(stream.rest())
  return parts
}

test('a text is cut at its marks, in whatever pieces it comes', () => {
  const jobs = ['one\n', '', 'two without an end', '5b2c-mar, nearly\n5b2', 'after the last 5b2c-']
  for (let length = 1; length < 60; length += 1) expect(cutIn(length, jobs.join(MARK))).toEqual(jobs)
})
