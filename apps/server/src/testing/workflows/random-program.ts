import { below, seededRandom, type Random } from '@millrace/queue/testing/seeded-random'

/** A workflow in TypeScript that calls `at(…)` where it might be interrupted, and what it gives. */
export interface Program {
  readonly content: string
  /** Which one it is of those that are written there. */
  readonly which: number
  readonly result: unknown
}

interface Part {
  readonly code: string
  readonly value: unknown
}

const HEAD = `import { parallel, sleep, step, task, waitForApproval, workflow } from 'windmill-client@1.818.0'

let where = ''
async function at(point: string): Promise<void> {
  await fetch(where + process.env['WM_WORKER_GROUP'] + '/' + encodeURIComponent(point))
}

const double = task(async function double(point: string, x: number) {
  await at(point)
  return 2 * x
})
const fail = task(async function fail(point: string) {
  await at(point)
  throw new TypeError('failed at ' + point)
})
const shaky = task(async function shaky(point: string, x: number) {
  await at(point)
  if (!process.env['WM_FLOW_STEP_ID']?.includes('#')) throw new Error('the first time')
  return x
}, { retry: { attempts: 5 } })
`

/** So many share a file, which is built once. */
const OF_ONE_FILE = 25

/** One for each seed, and the same for the same seed. */
export function randomPrograms(seeds: readonly number[]): readonly Program[] {
  const files = Math.ceil(seeds.length / OF_ONE_FILE)
  return Array.from({ length: files }, (_, nth) => seeds.slice(nth * OF_ONE_FILE, (nth + 1) * OF_ONE_FILE)).flatMap(
    fileOf,
  )
}

function fileOf(seeds: readonly number[]): readonly Program[] {
  const bodies = seeds.map((seed) => randomBody(seededRandom(seed)))
  const content = `${HEAD}
const programs: readonly ((given: unknown[]) => Promise<void>)[] = [${bodies
    .map(
      ({ code }) => `
  async (given) => {
    ${code}
  },`,
    )
    .join('')}
]

export const main = workflow(async (to: string, which: number) => {
  where = to
  const given: unknown[] = []
  await at('begin')
  await programs[which](given)
  return given
})
`
  return bodies.map(({ value: result }, which) => ({ content, which, result }))
}

function randomBody(random: Random): Part {
  const parts = Array.from({ length: 2 + below(random, 4) }, (_, nth) => randomPart(random, nth))
  const lines = parts.flatMap(({ code }, nth) => [code, `await at('after ${nth}')`])
  return { code: lines.join('\n    '), value: parts.map(({ value }) => value) }
}

function randomPart(random: Random, nth: number): Part {
  const x = below(random, 100)
  const kinds: readonly (() => Part)[] = [
    () => ({
      code: `given.push(await step('step${nth}', async () => { await at('step${nth}'); return ${x} }))`,
      value: x,
    }),
    () => ({
      code: `given.push(await step('no${nth}', async () => { await at('no${nth}'); throw new RangeError('x${x}') }).catch((error) => error.message))`,
      value: `x${x}`,
    }),
    () => ({ code: `given.push(await double('double${nth}', ${x}))`, value: 2 * x }),
    () => ({
      code: `try { await fail('fail${nth}') } catch (error) { given.push([error.name, error.message]) }`,
      value: ['TaskError', `failed at fail${nth}`],
    }),
    () => ({
      code: `given.push(await parallel([0, 1, 2], (n) => double('all${nth}.' + n, n + ${x}), { concurrency: 2 }))`,
      value: [0, 1, 2].map((n) => 2 * (n + x)),
    }),
    () => ({ code: `await sleep(3600)\n  given.push('slept')`, value: 'slept' }),
    () => ({ code: `given.push((await waitForApproval({ key: 'ask${nth}' })).value)`, value: { nth: `ask${nth}` } }),
    () => ({
      code: `given.push(await Promise.all([step('one${nth}', async () => { await at('one${nth}'); return 1 }), step('two${nth}', async () => { await at('two${nth}'); return 2 })]))`,
      value: [1, 2],
    }),
    () => ({ code: `given.push(await shaky('shaky${nth}', ${x}))`, value: x }),
  ]
  const made = kinds[below(random, kinds.length)]?.()
  if (!made) throw new Error('there is no such part')
  return made
}
