import { readFile } from 'node:fs/promises'
import { UsageError } from './exit.ts'
import type { Terminal } from './output/terminal.ts'

/** Arguments from `--data`: JSON, `@file`, or `@-` for standard input; nothing given is no arguments. */
export async function readData(terminal: Terminal, data: string | undefined): Promise<Record<string, unknown>> {
  if (data === undefined) return {}
  const text = data.startsWith('@') ? await readSource(terminal, data.slice(1)) : data
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--data is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new UsageError('--data must be a JSON object of arguments by name, such as \'{"name": "World"}\'.')
}

/** All of standard input as text. */
export async function readStdin(terminal: Terminal): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

async function readSource(terminal: Terminal, path: string): Promise<string> {
  if (path === '-') return readStdin(terminal)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--data: ${path} cannot be read (${error instanceof Error ? error.message : String(error)}).`)
  }
}
