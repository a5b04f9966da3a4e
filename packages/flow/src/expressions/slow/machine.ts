import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from 'quickjs-emscripten-core'
import { BoundedMemory } from './bounded-memory.ts'
import { Deadline } from './deadline.ts'
import { outOfMemory, tookTooLong } from './guest-fault.ts'
import { GUEST_PRELUDE } from './guest-prelude.ts'
import type { GuestAnswer, GuestFault, GuestLimits, GuestTask } from './guest-task.ts'
import { MemoryImage } from './memory-image.ts'
import { readAnswer, readError } from './read-answer.ts'

/** What JSON may take in the guest: a list of empty lists takes the most. */
const BYTES_PER_REQUEST_CHAR = 32

/** Of the program's own stack of 5 MB: enough for data nested some thousand levels deep. */
const STACK_BYTES = 1024 * 1024

const THREW_NULL = 'threw null'

const JOBS_AT_ONCE = 1000

/**
 * A JavaScript engine in WebAssembly. Every evaluation begins with the memory as it was right after the start, byte by byte: it
 * cannot see anything of one before, and what it breaks or leaves behind is gone with it. To lay the memory takes a few
 * microseconds, a context of its own for each evaluation some hundred.
 */
export class Machine {
  readonly #runtime: QuickJSRuntime
  readonly #context: QuickJSContext
  readonly #prepare: QuickJSHandle
  readonly #memory: BoundedMemory
  readonly #image: MemoryImage
  readonly #limits: GuestLimits

  private constructor(parts: {
    runtime: QuickJSRuntime
    context: QuickJSContext
    memory: BoundedMemory
    limits: GuestLimits
  }) {
    this.#runtime = parts.runtime
    this.#context = parts.context
    this.#memory = parts.memory
    this.#limits = parts.limits
    this.#prepare = this.#context.unwrapResult(this.#context.evalCode(GUEST_PRELUDE, 'prelude'))
    this.#image = new MemoryImage(parts.memory)
  }

  static async start(limits: GuestLimits): Promise<Machine> {
    const module = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'))
    const runtime = module.newRuntime({ maxStackSizeBytes: STACK_BYTES })
    return new Machine({
      runtime,
      context: runtime.newContext(),
      memory: new BoundedMemory(module.getWasmMemory()),
      limits,
    })
  }

  /** Memory that was grown for large data stays so; a machine that has more than an expression may use is to be replaced. */
  get isWorn(): boolean {
    return this.#memory.size > this.#bytesMax
  }

  get #bytesMax(): number {
    return this.#image.end + this.#limits.memoryBytes
  }

  /** Throws only when the engine itself broke: it is of no further use then. */
  run(task: GuestTask): GuestAnswer {
    const answer = this.#evaluate(task)
    this.#runtime.removeInterruptHandler()
    this.#image.lay()
    return answer
  }

  #evaluate({ code, request }: GuestTask): GuestAnswer {
    const context = this.#context
    this.#memory.limit(this.#bytesMax + request.length * BYTES_PER_REQUEST_CHAR)
    const start = context.callFunction(this.#prepare, context.undefined, context.newString(request))
    if (start.error) return readError(context, start.error, this.#limits)

    const deadline = new Deadline(this.#limits.timeMs)
    this.#runtime.setInterruptHandler(() => deadline.isOver())
    const answer = this.#compileAndCall(code, start.value)
    return deadline.wasOver ? tookTooLong(this.#limits) : answer
  }

  #compileAndCall(code: string, start: QuickJSHandle): GuestAnswer {
    const context = this.#context
    const made = context.evalCode(code, 'expression')
    if (made.error) return asSyntax(readError(context, made.error, this.#limits))
    const settled = context.callFunction(start, context.undefined, made.value)
    if (settled.error) return readError(context, settled.error, this.#limits)

    while (this.#runtime.hasPendingJob()) {
      const ran = this.#runtime.executePendingJobs(JOBS_AT_ONCE)
      if (ran.error) return readError(context, ran.error, this.#limits)
    }
    return this.#readAnswer(settled.value)
  }

  #readAnswer(settled: QuickJSHandle): GuestAnswer {
    const context = this.#context
    const { wasRefused } = this.#memory
    // The answer has its own bound, and to read it takes memory too.
    this.#memory.limit(Number.POSITIVE_INFINITY)
    const said = context.callFunction(settled, context.undefined)
    if (said.error) return readError(context, said.error, this.#limits)
    const answer = readAnswer(context, said.value, this.#limits)
    // Without memory for an error the engine throws null.
    return wasRefused && answer.kind === 'fault' && answer.message === THREW_NULL ? outOfMemory(this.#limits) : answer
  }
}

/** The reader of this engine may know less of the language than the one that let it pass. */
function asSyntax(fault: GuestFault): GuestFault {
  return fault.message.startsWith('SyntaxError') ? { ...fault, fault: 'syntax' } : fault
}
