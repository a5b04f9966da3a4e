import * as client from 'windmill-client'
import { beforeAll, expect, test } from 'vitest'
import { loadGrammars } from '../../load-grammars.ts'
import { clientExport, mayBeWorkflow } from './workflow-client.ts'

interface End {
  readonly kind: 'result' | 'suspend'
  readonly value: unknown
}

type Run = (client: unknown, body: () => Promise<unknown>, checkpoint: object) => Promise<End>

const path = new URL('./files/workflow.mjs', import.meta.url).href
const { runWorkflow } = (await import(path)) as { readonly runWorkflow: Run }
const { parallel, sleep, step, task } = client
const double = task(async function double(x: number) {
  return 2 * x
})

beforeAll(() => loadGrammars())

async function run(body: () => Promise<unknown>, checkpoint: object = {}): Promise<End> {
  return await runWorkflow(client, body, checkpoint)
}

test('a round ends with what is missing', async () => {
  const body = async () => [await double(1), await parallel([2, 3], double)]
  const first = await run(body)
  expect(first).toMatchObject({
    kind: 'suspend',
    value: { mode: 'sequential', steps: [{ key: 'double', args: { x: 1 } }] },
  })
  const second = await run(body, { completed_steps: { double: 2 }, kinds: { double: 'task' } })
  expect(second).toMatchObject({ value: { mode: 'parallel', steps: [{ key: 'double_2' }, { key: 'double_3' }] } })
  const over = { completed_steps: { double: 2, double_2: 4, double_3: 6 }, kinds: {} }
  expect(await run(body, over)).toEqual({ kind: 'result', value: [2, [4, 6]] })
})

test('what a catch has swallowed is waited for all the same, and so is what nobody awaits', async () => {
  const swallowing = async () => {
    try {
      await sleep(60)
    } catch {
      return 'swallowed'
    }
    return 'slept'
  }
  expect(await run(swallowing)).toMatchObject({ kind: 'suspend', value: { mode: 'sleep', seconds: 60 } })
  const careless = async () => {
    void double(1)
    return 'over'
  }
  expect(await run(careless)).toMatchObject({ kind: 'suspend', value: { mode: 'sequential' } })
})

test('W6 a run for a task ends with what the task gives, whatever is beside it', async () => {
  const body = async () => await Promise.all([double(4), double(5), step('aside', () => 1)])
  const task = { completed_steps: {}, kinds: {}, _executing_key: 'double_2' }
  expect(await run(body, task)).toEqual({ kind: 'result', value: 10 })
  await expect(run(async () => 'away', task)).rejects.toThrow('did not come to its task "double_2" again')
})

test('W8 a checkpoint that stands for another kind of step fails the round, caught or not', async () => {
  const checkpoint = { completed_steps: { x: 1 }, kinds: { x: 'sleep' } }
  const sentence = 'the checkpoint "x" is that of a sleep, and the workflow asks for a step of this name'
  await expect(run(async () => await step('x', () => 2), checkpoint)).rejects.toThrow(sentence)
  const caught = async () => {
    try {
      return await step('x', () => 2)
    } catch {
      return 3
    }
  }
  await expect(run(caught, checkpoint)).rejects.toThrow(sentence)
})

test('a script that may be a workflow gets the client that it imports, under the name of its lock', () => {
  const source = "import { workflow } from 'windmill-client@1.800.0'\nexport const main = workflow(async () => 1)"
  expect(mayBeWorkflow(source)).toBe(true)
  expect(clientExport(source, () => 'windmill-client', undefined)).toBe(
    '\nexport * as __workflow_client from "windmill-client"\n',
  )
  expect(clientExport(source, () => undefined, undefined)).toContain('"windmill-client@1.800.0"')
  expect(clientExport("import x from 'windmill-client'\nx.workflows()", () => undefined, undefined)).toBe('')
})
