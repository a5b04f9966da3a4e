import { expect, test } from 'vitest'
import { readGrammarFile } from './load-grammars.ts'
import { loadSignatureReader, toSchema } from './signatures.ts'

const asked: string[] = []

function readNoted(name: string): Promise<Uint8Array> {
  asked.push(name)
  return readGrammarFile(name)
}

// One test, for grammars stay once they are loaded: what it asks for depends on what was asked for before.
test('a reader asks for its own grammar, once, and again after it could not be had', async () => {
  const away = () => Promise.reject(new Error('the network is away'))
  await expect(loadSignatureReader('go', away)).rejects.toThrow('the network is away')

  const read = await loadSignatureReader('go', readNoted)
  expect(asked.sort()).toEqual(['tree-sitter-go.wasm', 'tree-sitter.wasm'])
  const parsed = read('package inner\n\nfunc main(name string) {}')
  expect(parsed.ok && toSchema(parsed.value).required).toEqual(['name'])
  expect(read('package inner\n\nfunc main(')).toMatchObject({ ok: false, error: { line: 3 } })

  await Promise.all(['bun', 'go', 'deno', 'rlang'].map((id) => loadSignatureReader(id, readNoted)))
  expect(asked.slice(2)).toEqual(['tree-sitter-typescript.wasm'])
})

test('what names no folder of a language is refused', async () => {
  for (const id of ['../bun', 'bun/../go', ''])
    await expect(loadSignatureReader(id, readNoted)).rejects.toThrow('is no id of a language')
  for (const id of ['cobol', 'shared'])
    await expect(loadSignatureReader(id, readNoted)).rejects.toThrow(`/${id}/signature.ts`)
})
