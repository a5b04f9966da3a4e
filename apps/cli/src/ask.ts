import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Terminal } from './output/terminal.ts'

/** Asks on the terminal for a line, shown or not while it is typed; nothing when the user leaves with Ctrl-C or Ctrl-D. */
export async function ask(
  terminal: Terminal,
  question: string,
  options: { isHidden?: boolean } = {},
): Promise<string | undefined> {
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!options.isHidden) terminal.err(chunk.toString())
      done()
    },
  })
  const abort = new AbortController()
  const lines = createInterface({ input: terminal.stdin, output, terminal: true })
  lines.on('SIGINT', () => abort.abort())
  lines.on('close', () => abort.abort())
  // The terminal stops echoing when the interface is made: only then may the user be told to type.
  if (options.isHidden) terminal.err(question)
  try {
    return await lines.question(options.isHidden ? '' : question, { signal: abort.signal })
  } catch (error) {
    if (abort.signal.aborted) return undefined
    throw error
  } finally {
    lines.close()
    if (options.isHidden) terminal.err('\n')
  }
}
