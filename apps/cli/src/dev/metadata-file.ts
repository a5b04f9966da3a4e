import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { temporaryBeside, type ScriptFile } from './script-file.ts'

/** A fault of a file of the user's; the message begins with `<file>:<line>:` where the line is known. */
export class FileError extends Error {
  override readonly name = 'FileError'
}

/** The document with its comments; nothing when there is no file, or an empty one. */
export async function readMetadata(script: ScriptFile): Promise<Document.Parsed | undefined> {
  const text = await readIfThere(script.metadata)
  if (text === undefined || text.trim() === '') return undefined
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter })
  const [error] = document.errors
  const label = labelOf(script, script.metadata)
  if (error) {
    const message = error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? 'is no YAML'
    throw new FileError(place(label, lineCounter.linePos(error.pos[0]).line, message))
  }
  const value: unknown = document.toJS()
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return document
  throw new FileError(place(label, 1, 'must be a mapping with `summary`, `schema` and so on. Mend or remove it.'))
}

/** The text of a file; nothing when it is not there. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw new FileError(`${file} cannot be read (${String(code ?? error)}).`)
  }
}

/** The name of a file beside a script, from the watched folder. */
export function labelOf(script: ScriptFile, file: string): string {
  const folder = script.file.slice(0, script.file.length - script.label.length)
  return relative(folder, file)
}

/** Writes a file that nobody sees half written. */
export async function writeInOneStep(file: string, text: string): Promise<void> {
  const temporary = temporaryBeside(file)
  try {
    await writeFile(temporary, text)
    await rename(temporary, file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new FileError(`${file} cannot be written (${String(code)}).`)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** `file:line: message`. */
export function place(label: string, line: number | undefined, message: string): string {
  return `${label}${line === undefined ? '' : `:${line}`}: ${message}`
}
