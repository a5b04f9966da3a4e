import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { beforeEach, expect, test } from 'vitest'
import { traceNetwork, whyNoTrace } from './trace-system.ts'

beforeEach(({ skip }) => {
  const why = whyNoTrace()
  skip(why !== undefined, why)
})

test('a call to the network is seen, of this process, of one that runs already and of one that starts', async () => {
  const code = `process.stdin.once('data', () => require('net').connect(11, '127.0.0.1').on('error', () => process.exit()))`
  const running = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'ignore', 'inherit'] })
  await once(running, 'spawn')
  const calls = await traceNetwork(async () => {
    await new Promise((resolve) => connect(9, '127.0.0.1').on('error', resolve))
    running.stdin.write('go')
    await once(running, 'exit')
    const later = spawn(process.execPath, ['-e', code.replace('11', '13')], { stdio: ['pipe', 'ignore', 'inherit'] })
    later.stdin.write('go')
    await once(later, 'exit')
  })
  for (const port of [9, 11, 13]) expect(calls.filter((call) => call.includes(`htons(${port})`))).not.toEqual([])
})

test('work that calls no network leaves nothing', async () => {
  expect(await traceNetwork(() => Promise.resolve())).toEqual([])
})
