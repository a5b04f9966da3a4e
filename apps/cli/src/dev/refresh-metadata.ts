import { isDeepStrictEqual } from 'node:util'
import type { Client } from '@millrace/client'
import { FormSchema, type SignatureReply } from '@millrace/contracts'
import type { Document } from 'yaml'
import { FileError, place, readMetadata, writeInOneStep } from './metadata-file.ts'
import type { ScriptFile } from './script-file.ts'
import { nameLock } from './write-lock.ts'

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
  const document = before ?? (await newMetadata(script, signature))
  document.set('schema', document.createNode(schema))
  await writeInOneStep(script.metadata, document.toString({ singleQuote: true, lineWidth: 0 }))
  return { ...found, written: before ? 'changed' : 'created' }
}

/** What a new script has beside its schema, in the order in which a checkout keeps it. */
async function newMetadata(script: ScriptFile, { has_preprocessor }: SignatureReply): Promise<Document> {
  const { Document } = await import('yaml')
  const lock = await nameLock(script)
  return new Document({
    summary: '',
    description: '',
    ...(lock !== undefined && { lock }),
    kind: 'script',
    ...(has_preprocessor && { has_preprocessor }),
  })
}
