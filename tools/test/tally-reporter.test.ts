import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Tally, TALLY_FILE_VARIABLE } from './tally.ts'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const reporter = fileURLToPath(new URL('./tally-reporter.ts', import.meta.url))

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-tally-'))
  symlinkSync(modules, join(folder, 'node_modules'), 'dir')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('passes are counted, failures named, skips listed with their reason', { timeout: 30_000 }, () => {
  const tally = tallyOf({
    'a.test.ts': `
      import { expect, test } from 'vitest'
      test('adds', () => expect(1 + 1).toBe(2))
      test('lies', () => expect(1 + 1).toBe(3))
      test('needs go', (test) => test.skip(true, 'go is not installed'))
      test.skip('is silent', () => undefined)`,
    'b.test.ts': `throw new Error('before any test')`,
  })
  expect(tally.passed).toBe(1)
  expect([...tally.failed].sort()).toEqual(['a.test.ts > lies', 'b.test.ts'])
  expect(tally.skipped).toEqual([
    { file: 'a.test.ts', name: 'needs go', reason: 'go is not installed' },
    { file: 'a.test.ts', name: 'is silent' },
  ])
})

function tallyOf(files: Readonly<Record<string, string>>): Tally {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const file = join(folder, 'tally.json')
  const vitest = join(modules, 'vitest/vitest.mjs')
  const args = [vitest, 'run', '--root', folder, '--no-cache', `--reporter=${reporter}`]
  spawnSync(process.execPath, args, { cwd: folder, env: { ...process.env, [TALLY_FILE_VARIABLE]: file } })
  return Tally.parse(JSON.parse(readFileSync(file, 'utf8')))
}
