import type { FormSchema, SignatureReply } from '@millrace/contracts'
import { loadSignatureReader, toSchema, type ReadSignature } from '@millrace/runtimes/signatures'

/** Addresses of the grammars, of which only those are fetched that a reader asks for. */
const addresses: Readonly<Record<string, string>> = import.meta.glob(
  '../../../../node_modules/@vscode/tree-sitter-wasm/wasm/*.wasm',
  { eager: true, query: '?url', import: 'default' },
)
const addressOf = new Map(Object.entries(addresses).map(([path, address]) => [path.split('/').at(-1), address]))

const GRAMMAR_MS_MAX = 20_000

const readers = new Map<string, Promise<ReadSignature>>()

/** Reads a source in this browser, in the words of the server; throws when the reader of its language cannot be loaded. */
export async function readSignature(
  language: string,
  content: string,
  previous: FormSchema | undefined,
): Promise<SignatureReply> {
  const read = await loadReader(language)
  const parsed = read(content)
  if (!parsed.ok) {
    const { message, line } = parsed.error
    const error = { message, ...(line !== undefined && { line }) }
    return { schema: {}, auto_kind: null, has_preprocessor: false, error }
  }
  const { autoKind, hasPreprocessor } = parsed.value
  return { schema: toSchema(parsed.value, previous), auto_kind: autoKind, has_preprocessor: hasPreprocessor }
}

/** One load for each language and page; a failed one is not tried again before the page is loaded anew. */
function loadReader(language: string): Promise<ReadSignature> {
  const known = readers.get(language)
  if (known) return known
  const loading = loadSignatureReader(language, fetchGrammarFile)
  readers.set(language, loading)
  return loading
}

async function fetchGrammarFile(name: string): Promise<Uint8Array> {
  const address = addressOf.get(name)
  if (address === undefined) throw new Error(`${name} is no file of the package of grammars`)
  const reply = await fetch(address, { signal: AbortSignal.timeout(GRAMMAR_MS_MAX) })
  if (!reply.ok) throw new Error(`${address} was answered with ${reply.status}`)
  return new Uint8Array(await reply.arrayBuffer())
}
