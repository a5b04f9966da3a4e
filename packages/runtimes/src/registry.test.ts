import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadGrammarOf, readGrammarFile } from './load-grammars.ts'
import { allRuntimes, findRuntime } from './registry.ts'
import type { Arg } from './signature.ts'
import { loadSignatureReader } from './signatures.ts'

const here = new URL('./', import.meta.url)

test('every folder with a runtime is registered, and nothing else', () => {
  const folders = readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/index.ts`, here)))
    .map((entry) => entry.name)
  expect(allRuntimes.map((runtime) => runtime.id).sort()).toEqual(folders.sort())
})

test('a language is found by its id, and only by that', () => {
  for (const runtime of allRuntimes) expect(findRuntime(runtime.id)).toBe(runtime)
  expect(findRuntime('cobol')).toBeUndefined()
  expect(findRuntime('constructor')).toBeUndefined()
})

test('no two languages claim an extension or alias', () => {
  const claimed = allRuntimes.flatMap(({ info }) => [info.extension, ...info.aliases])
  expect(new Set(claimed).size).toBe(claimed.length)
})

// Before anything else has loaded a grammar: each must name its own.
test.each(allRuntimes.map((runtime) => [runtime.id, runtime] as const))(
  '%s: its starter has arguments, read with its own grammar alone',
  async (_id, runtime) => {
    await loadGrammarOf(runtime)
    const parsed = runtime.parseSignature(runtime.info.starter)
    const args = parsed.ok ? parsed.value.args : []
    // What statements go to comes first.
    const isServer = ({ typ }: Arg) => runtime.kind === 'query' && typeof typ === 'object' && 'resource' in typ
    expect(args.filter((arg) => !isServer(arg)).map((arg) => arg.name)).toEqual(['name', 'times'])
  },
)

describe.each(allRuntimes.map((runtime) => [runtime.id, runtime] as const))('%s', (_id, runtime) => {
  test('its signatures are read alike by what browsers load', async () => {
    const read = await loadSignatureReader(runtime.id, readGrammarFile)
    expect(read(runtime.info.starter)).toEqual(runtime.parseSignature(runtime.info.starter))
  })

  test('its files and its page are there', () => {
    expect(readdirSync(fileURLToPath(runtime.files)).length).toBeGreaterThan(0)
    expect(existsSync(new URL(`${runtime.id}/README.md`, here))).toBe(true)
  })
})
