/** Workflows that show the same in each language. */
export interface Samples {
  readonly name: string
  readonly language: string
  /** The first line of each of them. */
  readonly head?: string
  /** `long` characters from a step and from a task. */
  readonly large: string
  /** Of a task, of a step, and of what is not there: what is caught. */
  readonly errors: string
  /** Asks as `manager`; another address is of `other`. */
  readonly approval: string
  /** Calls the script `path` with `{who}`, under the tag. */
  readonly call: string
  /** Starts two tasks that never end. */
  readonly endless: string
  /** Starts a task that it does not come to again. */
  readonly stray: string
  /** Sleeps, and counts how often it ran by what it prints: `round`. */
  readonly sleeping: string
  /** `count` steps one after another; it prints `round` each time that it runs. */
  readonly many: string
  /** The same in a process that cannot call the server. */
  readonly alone: string
  /** No workflow: a script that calls tasks, which run as jobs while it waits. */
  readonly calling: string
}

const MANY = {
  typescript: `import { step, workflow } from 'windmill-client'
export const main = workflow(async (count: number) => {
  console.log('round')
  let sum = 0
  const begin = performance.now()
  for (let n = 0; n < count; n += 1) sum += await step('n', () => n)
  return { sum, ms: performance.now() - begin }
})`,
  python: `import time
from wmill import step, workflow
@workflow
async def main(count: int):
    print("round")
    total = 0
    begin = time.monotonic()
    for n in range(count):
        total += await step("n", lambda: n)
    return {"sum": total, "ms": (time.monotonic() - begin) * 1000}
`,
}

export const typescript: Samples = {
  name: 'Bun',
  language: 'bun',
  large: `import { step, task, workflow } from 'windmill-client'
const copy = task(async function copy(text: string) { return text + text })
export const main = workflow(async (long: number) => {
  const text = await step('text', () => 'é'.repeat(long))
  const twice = await copy(text)
  return (await step('length', () => twice.length)) === 2 * long ? twice : 'cut'
})`,
  errors: `import { step, task, taskScript, workflow } from 'windmill-client'
const bad = task(async function bad() { throw new TypeError('bad task') })
const gone = taskScript('f/nowhere/gone')
export const main = workflow(async () => {
  const caught: unknown[] = []
  for (const work of [() => bad(), () => step('bad step', () => { throw new RangeError('bad step') }), () => gone({})]) {
    try {
      await work()
    } catch (error) {
      caught.push([error.name, error.message, error.step_key, error.result.error.name])
    }
  }
  return caught
})`,
  approval: `import { getApprovalUrls, step, waitForApproval, workflow } from 'windmill-client'
export const main = workflow(async () => {
  const urls = await step('urls', async () => [await getApprovalUrls('manager'), await getApprovalUrls('other')])
  await step('tell', () => console.log('URLS ' + JSON.stringify(urls)))
  return await waitForApproval({ key: 'manager', timeout: 600, description: 'May it go on?', selfApproval: true })
})`,
  call: `import { taskScript, workflow } from 'windmill-client'
export const main = workflow(async (path: string, tag: string) => {
  const hello = taskScript(path, { tag, timeout: 60 })
  return await hello({ who: 'you' })
})`,
  endless: `import { task, workflow, parallel } from 'windmill-client'
const wait = task(async function wait(n: number) { await new Promise((resolve) => setTimeout(resolve, 600_000)) })
export const main = workflow(async () => await parallel([1, 2], wait))`,
  stray: `import { task, workflow } from 'windmill-client'
const once = task(async function once() { return 1 })
export const main = workflow(async () => (process.env['WM_FLOW_STEP_ID'] ? 'away' : await once()))`,
  sleeping: `import { sleep, step, workflow } from 'windmill-client'
export const main = workflow(async () => {
  console.log('round')
  await step('before', () => console.log('before'))
  await sleep(3600)
  return await step('after', () => 'awake')
})`,
  many: MANY.typescript,
  alone: `${MANY.typescript}
globalThis.fetch = () => Promise.reject(new Error('no server'))`,
  calling: `import { task } from 'windmill-client'
export async function double(x: number) { return 2 * x }
const doubled = task(double)
export async function main(x: number) { return [await doubled(x), ...(await Promise.all([doubled(x + 1), doubled(x + 2)]))] }`,
}

export const node: Samples = { ...typescript, name: 'Node', head: '//nodejs\n' }
export const deno: Samples = { ...typescript, name: 'Deno', language: 'deno' }

export const python: Samples = {
  name: 'Python',
  language: 'python3',
  large: `from wmill import step, task, workflow
@task
async def copy(text: str):
    return text + text
@workflow
async def main(long: int):
    text = await step("text", lambda: "é" * long)
    twice = await copy(text)
    return twice if await step("length", lambda: len(twice)) == 2 * long else "cut"
`,
  errors: `from wmill import TaskError, step, task, task_script, workflow
def fail():
    raise RangeError("bad step")
class RangeError(Exception):
    pass
@task
async def bad():
    raise TypeError("bad task")
gone = task_script("f/nowhere/gone")
@workflow
async def main():
    caught = []
    for work in (lambda: bad(), lambda: step("bad step", fail), lambda: gone()):
        try:
            await work()
        except TaskError as error:
            caught.append([type(error).__name__, str(error), error.step_key, error.result["error"]["name"]])
    return caught
`,
  approval: `import json
from wmill import get_approval_urls, step, wait_for_approval, workflow
@workflow
async def main():
    urls = await step("urls", lambda: [get_approval_urls("manager"), get_approval_urls("other")])
    await step("tell", lambda: print("URLS " + json.dumps(urls)))
    return await wait_for_approval(key="manager", timeout=600, description="May it go on?")
`,
  call: `from wmill import task_script, workflow
@workflow
async def main(path: str, tag: str):
    return await task_script(path, tag=tag, timeout=60)(who="you")
`,
  endless: `import asyncio
from wmill import parallel, task, workflow
@task
async def wait(n: int):
    await asyncio.sleep(600)
@workflow
async def main():
    return await parallel([1, 2], wait)
`,
  stray: `import os
from wmill import task, workflow
@task
async def once():
    return 1
@workflow
async def main():
    return "away" if os.environ.get("WM_FLOW_STEP_ID") else await once()
`,
  sleeping: `from wmill import sleep, step, workflow
@workflow
async def main():
    print("round")
    await step("before", lambda: print("before"))
    await sleep(3600)
    return await step("after", lambda: "awake")
`,
  many: MANY.python,
  alone: `${MANY.python}
import os
os.environ["BASE_INTERNAL_URL"] = "http://127.0.0.1:9"
`,
  calling: `from wmill import task
@task
def double(x: int):
    return 2 * x
def main(x: int):
    return [double(x), double(x + 1), double(x + 2)]
`,
}
