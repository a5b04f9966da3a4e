// Runs the code of a workflow from its checkpoint to where it waits, or to its end, with the client that its script has.

/** What came of it: `result` or `suspend`, and the value. */
export async function runWorkflow(client, body, checkpoint) {
  if (!client?.WorkflowCtx || !client.StepSuspend || !client.setWorkflowCtx)
    throw new Error('this version of windmill-client has no workflows: import a newer one')
  const context = new (watched(client.WorkflowCtx))(checkpoint)
  client.setWorkflowCtx(context)
  const end = await Promise.race([follow(client, body, context), stalled(checkpoint)])
  await context.inlineSteps()
  if (context.misuse) throw context.misuse
  return end
}

async function follow(client, body, context) {
  let value
  try {
    value = await body()
  } catch (error) {
    const failure = context._takePendingStepFailure?.()
    if (failure) throw failure.error
    if (error instanceof client.StepSuspend || error?.name === 'StepSuspend') return suspended(error)
    const swallowed = context._takePendingSuspend?.()
    if (swallowed) return suspended(swallowed)
    throw error
  }
  const failure = context._takePendingStepFailure?.()
  if (failure) throw failure.error
  const swallowed = context._takePendingSuspend?.()
  if (swallowed) return suspended(swallowed)
  const steps = context._flushPending()
  if (steps.length > 0) return { kind: 'suspend', value: { mode: steps.length > 1 ? 'parallel' : 'sequential', steps } }
  if (context.executing !== undefined) throw strayed(context.executing)
  context._warnUnobservedTaskFailures?.()
  return { kind: 'result', value }
}

function suspended({ dispatchInfo }) {
  if (dispatchInfo.mode === 'step_complete') return { kind: 'result', value: dispatchInfo.result }
  return { kind: 'suspend', value: dispatchInfo }
}

/** A task whose workflow does not come to it waits for what nobody brings. */
function stalled({ _executing_key: executing }) {
  if (executing === undefined) return new Promise(() => undefined)
  return new Promise((_, reject) => {
    const fail = () => reject(strayed(executing))
    globalThis.process?.once?.('beforeExit', fail)
    globalThis.addEventListener?.('beforeunload', fail)
  })
}

function strayed(key) {
  return workflowError(
    `the workflow did not come to its task "${key}" again: what decides which steps it takes must be its arguments, or come from a step`,
  )
}

function workflowError(message) {
  const error = new Error(message)
  error.name = 'WorkflowError'
  return error
}

/** The client's context, which also holds that a checkpoint stands for what the code takes it for, and knows the steps under way. */
function watched(WorkflowCtx) {
  return class extends WorkflowCtx {
    executing
    misuse
    #kinds
    #asking
    #inline = new Set()

    constructor(checkpoint) {
      super(checkpoint)
      this.executing = checkpoint._executing_key
      this.#kinds = checkpoint.kinds ?? {}
      this.completed = new Proxy(this.completed, { has: (steps, key) => this.#isOver(steps, key) })
    }

    /** Resolves when no inline step is under way, so that none is cut off by a step beside it that waits. */
    async inlineSteps() {
      if (this.executing === undefined) await Promise.allSettled(this.#inline)
    }

    _nextStep(...args) {
      return this.#ask('task', () => super._nextStep(...args))
    }

    _retryBackoff(...args) {
      return this.#ask('sleep', () => super._retryBackoff(...args))
    }

    _sleep(...args) {
      return this.#ask('sleep', () => super._sleep(...args))
    }

    _waitForApproval(...args) {
      return this.#ask('approval', () => super._waitForApproval(...args))
    }

    _runInlineStep(...args) {
      const step = this.#ask('step', () => super._runInlineStep(...args))
      this.#inline.add(step)
      return step
    }

    #ask(kind, work) {
      const before = this.#asking
      this.#asking = kind
      try {
        return work()
      } finally {
        this.#asking = before
      }
    }

    #isOver(steps, key) {
      if (!Object.hasOwn(steps, key)) return false
      const kind = this.#kinds[key]
      if (kind === undefined || this.#asking === undefined || kind === this.#asking) return true
      this.misuse = workflowError(
        `the checkpoint "${key}" is that of ${wordOf(kind)}, and the workflow asks for ${wordOf(this.#asking)} of this name: call it otherwise`,
      )
      throw this.misuse
    }
  }
}

function wordOf(kind) {
  return kind === 'approval' ? 'an approval' : `a ${kind}`
}
