import { afterAll, beforeAll, expect, test } from 'vitest'
import { whyNoBox } from '../testing/why-no-box.ts'
import { WorkerServer } from '../testing/worker-server.ts'

let server: WorkerServer | undefined
let why: string | undefined
beforeAll(async () => {
  why = await whyNoBox()
  if (why === undefined) server = await WorkerServer.start({})
})
afterAll(() => server?.close())

const script = (id: string, language: string, content: string, inputs: Readonly<Record<string, string>>) => ({
  id,
  value: {
    type: 'rawscript',
    language,
    content,
    input_transforms: Object.fromEntries(
      Object.entries(inputs).map(([name, expr]) => [name, { type: 'javascript', expr }]),
    ),
  },
})

test('a worker process takes a flow through steps in several languages, a loop among them', async (task) => {
  task.skip(why !== undefined, why)
  const modules = [
    script('a', 'bash', 'name="$1"\necho "hello $name"', { name: 'flow_input.name' }),
    {
      id: 'l',
      value: {
        type: 'forloopflow',
        parallel: true,
        skip_failures: false,
        iterator: { type: 'javascript', expr: 'results.a.split(" ")' },
        modules: [
          script('s', 'bun', 'export function main(word: string, at: number) { return word.toUpperCase() + at }', {
            word: 'flow_input.iter.value',
            at: 'flow_input.iter.index',
          }),
        ],
      },
    },
    script('z', 'bun', 'export const main = 1; export function preprocessor() {}', {}),
  ]
  const good = await server?.runFlow({ modules: modules.slice(0, 2) }, { name: 'world' })
  expect(good).toMatchObject({ status: 'success', result: ['HELLO0', 'WORLD1'] })
  const bad = await server?.runFlow({ modules }, { name: 'world' })
  expect(bad).toMatchObject({ status: 'failure', result: { error: { step_id: 'z' } } })
})

test('steps of a flow with same_worker find in ./shared what others left there, also at the same time (F45)', async (task) => {
  task.skip(why !== undefined, why)
  const writer = (id: string) => script(id, 'bash', `echo ${id} >> ./shared/all; ls shared`, {})
  const branches = ['b', 'c', 'd'].map((id) => ({ modules: [writer(id)] }))
  const modules = [
    writer('a'),
    { id: 'p', value: { type: 'branchall', parallel: true, branches } },
    script(
      'z',
      'bun',
      'export async function main() { return (await Bun.file("shared/all").text()).split("\\n").toSorted() }',
      {},
    ),
  ]
  const shared = await server?.runFlow({ modules, same_worker: true }, {})
  expect(shared).toMatchObject({ status: 'success', result: ['', 'a', 'b', 'c', 'd'] })
  const apart = await server?.runFlow({ modules: [writer('a')] }, {})
  expect(apart?.status).toBe('failure')
})

test('an inline step with cache_ttl runs once for the same code and arguments (F19)', async (task) => {
  task.skip(why !== undefined, why)
  const draw = (ttl: number | null, note = '') => ({
    ...script('a', 'bash', `x="$1"\necho "$x $(cat /proc/sys/kernel/random/uuid)" # ${note}`, { x: 'flow_input.x' }),
    cache_ttl: ttl,
  })
  const run = async (module: object, x: string) => (await server?.runFlow({ modules: [module] }, { x }))?.result
  const first = await run(draw(60), 'one')
  expect(first).toMatch(/^one [0-9a-f-]{36}$/)
  expect(await run(draw(60), 'one')).toBe(first)
  for (const other of [run(draw(60), 'two'), run(draw(60, 'changed'), 'one'), run(draw(null), 'one')])
    expect(await other).not.toBe(first)
})
