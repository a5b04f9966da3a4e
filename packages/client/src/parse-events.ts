/**
 * The `data` of each server-sent event of a byte stream. Comments and other fields are ignored, an event that the end of
 * the stream cuts off is dropped, as the standard says. The stream is cancelled when the reader leaves early.
 */
export async function* parseEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let data: string[] = []
  for await (const line of readLines(stream)) {
    if (line.startsWith('data:')) {
      data.push(line.startsWith('data: ') ? line.slice(6) : line.slice(5))
    } else if (line === '' && data.length > 0) {
      yield data.join('\n')
      data = []
    }
  }
}

/** Lines that are complete; they end in LF, CRLF or CR. */
async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let parts: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const text = decoder.decode(value, { stream: true })
      parts.push(text)
      if (!/[\r\n]/.test(text)) continue
      const { lines, rest } = splitLines(parts.join(''))
      parts = [rest]
      yield* lines
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** A CR at the very end stays with the rest: its LF may come with the next chunk. */
function splitLines(text: string): { lines: string[]; rest: string } {
  const held = text.endsWith('\r') ? '\r' : ''
  const lines = text.slice(0, text.length - held.length).split(/\r\n|\r|\n/)
  const rest = (lines.pop() ?? '') + held
  return { lines, rest }
}
