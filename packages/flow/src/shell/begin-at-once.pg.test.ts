import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import type { ClaimedJob } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flowJob, preparePartitions, runFlow, startFlowHost, step, type FlowHost } from '../testing/flow-fixture.ts'

const tag = `t-${newId()}`
/** Steps that ran, in order, and whether each began in the transaction that wrote it. */
const began: { readonly module: string | undefined; readonly asWritten: boolean }[] = []

let base: TestDatabase
let host: FlowHost
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  host = await startFlowHost({
    db: base.db,
    tag,
    slots: 1,
    code: {
      async look({ give }, job: ClaimedJob) {
        const { rows } = await base.db.pool.query<{ as_written: boolean }>(
          'select q.xmin = j.xmin as as_written from job_queue q join job j using (id) where id = $1',
          [job.id],
        )
        began.push({ module: job.options.step?.module, asWritten: rows[0]?.as_written ?? false })
        return give ?? null
      },
    },
  })
  // From here on the worker knows that nothing is ready.
  await runFlow(host, base.db, flowJob(tag, { modules: [step('warm', 'look')] }))
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

describe('F71 a flow that begins as its job is written', () => {
  test('gives its slot on to its steps: none of them is claimed', async () => {
    began.length = 0
    const modules = ['a', 'b', 'c'].map((id) => step(id, 'look'))
    expect((await runFlow(host, base.db, flowJob(tag, { modules }))).status).toBe('success')
    expect(began).toEqual(['a', 'b', 'c'].map((module) => ({ module, asWritten: true })))
  })

  test('gives its slot on to the iterations of a loop that it begins with', async () => {
    began.length = 0
    const iterator = { type: 'javascript', expr: 'flow_input.list' }
    const value = {
      type: 'forloopflow',
      iterator,
      skip_failures: false,
      modules: [step('s', 'look', { give: '=flow_input.iter.value' })],
    }
    const { result } = await runFlow(
      host,
      base.db,
      flowJob(tag, { modules: [{ id: 'l', value }] }, { list: [5, 6, 7] }),
    )
    expect(result).toEqual([5, 6, 7])
    expect(began).toEqual(Array.from({ length: 3 }, () => ({ module: 'l', asWritten: true })))
  })

  test('sees its arguments, and what its preprocessor makes of them where a trigger started it (F40)', async () => {
    const value = {
      modules: [step('a', 'look', { give: '=[flow_input.n, flow_input.made]' })],
      preprocessor_module: step('preprocessor', 'look', { give: '={ made: flow_input.n + 1 }' }),
    }
    const plain = await runFlow(host, base.db, flowJob(tag, value, { n: 1 }))
    expect(plain.result).toEqual([1, null])
    const triggered = await runFlow(host, base.db, { ...flowJob(tag, value, { n: 1 }), triggerKind: 'webhook' })
    expect(triggered.result).toEqual([null, 2])
  })
})
