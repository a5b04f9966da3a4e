// The thread that evaluates: it holds nothing but the inputs and an engine, and answers batches. It says before each evaluation
// which one comes, in memory that both sides see, so that the other side knows which one it was when this thread hangs or dies.
import { parentPort, workerData } from 'node:worker_threads'
import { invariant } from '@millrace/base/invariant'
import { refused, tooDeep } from './guest-fault.ts'
import type { GuestAnswer, GuestTask } from './guest-task.ts'
import { Machine } from './machine.ts'
import type { ThreadData } from './thread.ts'

const { limits, progress } = workerData as ThreadData
const port = parentPort
invariant(port, 'this file is a thread')

let machine = await Machine.start(limits)
port.on('message', (tasks: readonly GuestTask[]) => void answerAll(tasks))
port.postMessage('ready')

async function answerAll(tasks: readonly GuestTask[]): Promise<void> {
  const answers: GuestAnswer[] = []
  for (const [index, task] of tasks.entries()) {
    Atomics.store(progress, 0, index)
    answers.push(await answer(task))
  }
  Atomics.store(progress, 0, tasks.length)
  port?.postMessage(answers)
}

async function answer(task: GuestTask): Promise<GuestAnswer> {
  try {
    const answered = machine.run(task)
    if (machine.isWorn) machine = await Machine.start(limits)
    return answered
  } catch (error) {
    // The engine gave up in the middle and cannot be used any more.
    const isBroken = error instanceof Error && error.name === 'RuntimeError'
    if (!isBroken && !(error instanceof RangeError)) throw error
    machine = await Machine.start(limits)
    return error instanceof RangeError ? tooDeep() : refused('lost', `the engine broke: ${error.message}`)
  }
}
