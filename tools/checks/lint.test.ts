import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { fixture } from './fixture.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'millrace-lint-'))
const planted = [
  ['any.ts', 'typescript(no-explicit-any)'],
  ['cycle-a.ts', 'import(no-cycle)'],
  ['floating.ts', 'typescript(no-floating-promises)'],
  ['certain.ts', 'typescript(no-non-null-assertion)'],
  ['by-default.ts', 'import(no-default-export)'],
  ['nested.ts', 'eslint(no-nested-ternary)'],
  ['five.ts', 'eslint(max-params)'],
  ['long-file.ts', 'eslint(max-lines)'],
  ['long-function.ts', 'eslint(max-lines-per-function)'],
] as const

const Report = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) })

let found: readonly string[] = []

beforeAll(() => {
  cpSync(fixture('lint', 'bad'), folder, { recursive: true })
  cpSync(fixture('lint', 'good'), folder, { recursive: true })
  const queue = join(folder, 'packages/queue/src')
  writeFileSync(join(queue, 'long-file.ts'), 'export {}\n'.repeat(501))
  writeFileSync(join(queue, 'long-function.ts'), `export function long(): void {\n${'  void 0\n'.repeat(79)}}\n`)
  for (const file of ['.oxlintrc.json', 'tsconfig.base.json']) copyFileSync(join(root, file), join(folder, file))
  writeFileSync(join(folder, 'tsconfig.json'), '{ "extends": "./tsconfig.base.json", "include": ["packages"] }')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')

  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format=json'], { cwd: folder, encoding: 'utf8' })
  found = Report.parse(JSON.parse(stdout)).diagnostics.map(({ filename, code }) => `${filename} ${code}`)
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true }))

test.each(planted)('the planted fault in %s is found as %s', (file, rule) => {
  expect(found).toContain(`packages/queue/src/${file} ${rule}`)
})

test('a file that keeps the rules passes', () => {
  expect(found.filter((line) => line.includes('fine.ts'))).toEqual([])
})
