import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Client } from '@millrace/client'
import { FormSchema, type SignatureReply } from '@millrace/contracts'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { isFile } from '../source-file.ts'
import { temporaryBeside, type ScriptFile } from './script-file.ts'

/** A fault of a file of the user's; the message begins with `<file>:<line>:` where the line is known. */
export class FileError extends Error {
  override readonly name = 'FileError'
}

/** What a look at a script found. */
export interface Refreshed {
  readonly schema: FormSchema
  /** It has no `main`, so that there is nothing to run. */
  readonly isLibrary: boolean
  readonly written: 'created' | 'changed' | 'none'
}

/**
 * Has the server read the parameters of a script and writes them to its `.script.yaml` if they changed; what people added
 * to the fields there stays, and so does the rest of the file. Throws a `FileError` for a script or a file that cannot be parsed.
 */
export async function refreshMetadata(
  client: Client,
  script: ScriptFile,
  { content, signal }: { readonly content: string; readonly signal: AbortSignal },
): Promise<Refreshed> {
  const before = await readMetadata(script)
  const previous = before && FormSchema.safeParse(before.toJS()?.schema)
  const body = { language: script.language.id, content, ...(previous?.success && { previous: previous.data }) }
  const signature = await client.scripts.inferSignature({ body }, { signal })
  if (signature.error) throw new FileError(place(script.label, signature.error.line, signature.error.message))
  const { schema } = signature
  const found = { schema, isLibrary: signature.auto_kind === 'lib' }
  if (before && isDeepStrictEqual(before.toJS()?.schema, schema)) return { ...found, written: 'none' }
  // NOTE: the lock belongs here too, once the server can pin a script that is not deployed; until then one that is there stays.
  const document = before ?? (await newMetadata(script, signature))
  document.set('schema', document.createNode(schema))
  await writeInOneStep(script.metadata, document.toString({ singleQuote: true, lineWidth: 0 }))
  return { ...found, written: before ? 'changed' : 'created' }
}

/** `file:line: message`. */
export function place(label: string, line: number | undefined, message: string): string {
  return `${label}${line === undefined ? '' : `:${line}`}: ${message}`
}

/** The document with its comments; nothing when there is no file, or an empty one. */
async function readMetadata(script: ScriptFile): Promise<Document.Parsed | undefined> {
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

/** What a new script has beside its schema, in the order in which a checkout keeps it. */
async function newMetadata(script: ScriptFile, { has_preprocessor }: SignatureReply): Promise<Document> {
  const { Document } = await import('yaml')
  const hasLock = script.path !== undefined && (await isFile(script.lock))
  return new Document({
    summary: '',
    description: '',
    ...(hasLock && { lock: `!inline ${script.path}.script.lock` }),
    kind: 'script',
    ...(has_preprocessor && { has_preprocessor }),
  })
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

async function writeInOneStep(file: string, text: string): Promise<void> {
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
