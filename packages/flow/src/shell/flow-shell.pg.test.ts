import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  flowJob,
  preparePartitions,
  runFlow,
  startFlowHost,
  step,
  type Code,
  type FlowHost,
} from '../testing/flow-fixture.ts'

const tag = `t-${newId()}`
const code: Readonly<Record<string, Code>> = {
  add: ({ a, b }) => Number(a) + Number(b),
  echo: (args) => args,
  fail: ({ message }) => {
    throw new Error(String(message))
  },
  long: () => 'x'.repeat(200_000),
  twice: ({ x }) => Number(x) * 2,
}

let base: TestDatabase
let host: FlowHost
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  host = await startFlowHost({ db: base.db, tag, code })
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

const run = (value: unknown, args?: Record<string, unknown>) => runFlow(host, base.db, flowJob(tag, value, args))

describe('a sequence', () => {
  test('gives the result of its last step, and steps see what came before', async () => {
    const value = {
      modules: [
        step('a', 'add', { a: '=flow_input.x', b: 1 }),
        step('b', 'add', { a: '=results.a', b: '=previous_result' }),
      ],
    }
    expect(await run(value, { x: 20 })).toMatchObject({ status: 'success', result: 42 })
  })

  test('ends at a step that fails, which the error names', async () => {
    const { status, result } = await run({ modules: [step('a', 'fail', { message: 'no' }), step('b', 'echo')] })
    expect(status).toBe('failure')
    expect(result).toEqual({ error: { name: 'Error', message: 'no', step_id: 'a' } })
  })

  test('carries long results on', async () => {
    const { result } = await run({ modules: [step('a', 'long'), { id: 'b', value: { type: 'identity' } }] })
    expect(result).toBe('x'.repeat(200_000))
  })

  test('without steps gives its arguments back', async () => {
    expect(await run({ modules: [] }, { x: 1 })).toMatchObject({ status: 'success', result: { x: 1 } })
  })
})
