import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, type Logger } from '@millrace/base/logger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runInitScript, type InitScript } from './init-script.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-init-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function run(text: string, more: Partial<InitScript> = {}) {
  const signal = new AbortController().signal
  return runInitScript({ text, env: {}, timeoutMs: 20_000, log: silentLogger, signal, ...more })
}

test('it runs with the worker’s environment and the group’s variables, whatever is in them', async () => {
  const file = join(folder, 'env')
  const env = { QUOTE: `it's "$HOME" \`x\`\nnext` }
  expect(await run(`printf '%s|%s' "$QUOTE" "\${PATH:+path}" > '${file}'`, { env })).toBeUndefined()
  expect(await readFile(file, 'utf8')).toBe(`${env.QUOTE}|path`)
})

test('what it prints is in the log, line by line', async () => {
  const lines: string[] = []
  const log: Logger = { ...silentLogger, info: (fields) => lines.push(String(fields['line'])) }
  expect(await run('echo one; echo two >&2; printf three', { log })).toBeUndefined()
  expect(lines.toSorted()).toEqual(['one', 'three', 'two'])
})

test('a failing one says how it ended', async () => {
  expect(await run('exit 3')).toBe('It exited with 3.')
  expect(await run('kill -KILL $$')).toBe('It was killed by SIGKILL.')
})

test('one that takes too long is ended with everything that it started', async () => {
  const file = join(folder, 'pid')
  expect(await run(`sleep 600 & echo $! > '${file}'; wait`, { timeoutMs: 1000 })).toBe('It did not end within 1 s.')
  const pid = Number(await readFile(file, 'utf8'))
  await expect.poll(() => isRunning(pid)).toBe(false)
})

test('one that leaves something in the background does not keep the worker waiting', async () => {
  const file = join(folder, 'left')
  expect(await run(`sleep 600 & echo $! > '${file}'`)).toBeUndefined()
  process.kill(Number(await readFile(file, 'utf8')), 'SIGKILL')
})

/** A killed process whose new parent does not reap it stays as a zombie. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X')
  return !/\) [ZX]/.test(stat)
}
