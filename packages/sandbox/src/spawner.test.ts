import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

const ROUNDS = 12
const SPAWNER = new URL('./spawner.ts', import.meta.url).href
/** A server that asks for processes one after the other; each ends when nobody holds the other end of its input. */
const SERVER = `
import { Spawner } from '${SPAWNER}'
const spawner = new Spawner()
console.log('asks')
for (;;) await spawner.spawn({ file: '/bin/cat', argv: [], pipes: [0, 1, 3], files: {}, texts: { 4: 'x' } })`

test('the process that spawns ends with a server that is killed at any moment', async () => {
  const left: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', SERVER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(server.stdout, 'data')
    await until(() => childrenOf(server.pid).length > 0)
    await sleep(round * 7)
    const helpers = childrenOf(server.pid)
    expect(helpers).not.toEqual([])
    server.kill('SIGKILL')
    await until(() => !helpers.some(isThere))
    left.push(...helpers.filter(isThere))
  }
  for (const pid of left) process.kill(pid, 'SIGKILL')
  expect(left).toEqual([])
}, 60_000)

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries += 1) await sleep(10)
}

function childrenOf(parent: number | undefined): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => statOf(pid)?.parent === parent)
}

function isThere(pid: number): boolean {
  const stat = statOf(pid)
  return stat !== undefined && stat.state !== 'Z'
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const [state = '', parent = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}
