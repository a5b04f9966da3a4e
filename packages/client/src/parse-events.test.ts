import { expect, test } from 'vitest'
import { parseEvents } from './parse-events.ts'

async function parse(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
      controller.close()
    },
  })
  const events: string[] = []
  for await (const event of parseEvents(stream)) events.push(event)
  return events
}

test('an event may arrive in any pieces, also inside a character', async () => {
  const bytes = new TextEncoder().encode('data: {"a":"é"}\n\n')
  expect(await parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(['{"a":"é"}'])
})

test('lines end in LF, CRLF or CR, also when a chunk ends between CR and LF', async () => {
  expect(await parse('data: 1\r', '\n\r', '\ndata: 2\n\ndata:3\r\rdata: 4\n\n')).toEqual(['1', '2', '3', '4'])
})

test('several data lines are one event, comments and other fields are none', async () => {
  expect(await parse(': hello\nevent: x\nid: 4\ndata: a\ndata: b\n\n: ping\n\n')).toEqual(['a\nb'])
})

test('an event that the end of the stream cuts off is dropped', async () => {
  expect(await parse('data: 1\n\ndata: 2\n')).toEqual(['1'])
})
