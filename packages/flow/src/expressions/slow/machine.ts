import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from 'quickjs-emscripten-core'
import { Deadline } from './deadline.ts'
import { tookTooLong } from './guest-fault.ts'
import { GUEST_PRELUDE } from './guest-prelude.ts'
import type { GuestAnswer, GuestFault, GuestLimits, GuestTask } from './guest-task.ts'
import { MemoryImage, type Memory } from './memory-image.ts'
import { readAnswer, readError } from './read-answer.ts'

/** What JSON may take in the guest: a list of empty lists takes the most. */
const BYTES_PER_REQUEST_CHAR = 32

/** Of the program's own stack of 5 MB: enough for data nested some thousand levels deep. */
const STACK_BYTES = 1024 * 1024

/** Memory that was grown stays so; a machine with more than this is replaced. */
const WORN_BYTES = 128 * 1024 * 1024

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
  readonly #memory: Memory
  readonly #image: MemoryImage
  readonly #limits: GuestLimits

  private constructor(parts: {
    runtime: QuickJSRuntime
    context: QuickJSContext
    memory: Memory
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
    return new Machine({ runtime, context: runtime.newContext(), memory: module.getWasmMemory(), limits })
  }

  /** Whether it should be replaced by a fresh one. */
  get isWorn(): boolean {
    return this.#memory.buffer.byteLength > WORN_BYTES
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
    this.#runtime.setMemoryLimit(this.#limits.memoryBytes + request.length * BYTES_PER_REQUEST_CHAR)
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
    // What is left is to read the answer, which has its own bound.
    this.#runtime.setMemoryLimit(-1)
    const said = context.callFunction(settled.value, context.undefined)
    return said.error ? readError(context, said.error, this.#limits) : readAnswer(context, said.value, this.#limits)
  }
}

/** The reader of this engine may know less of the language than the one that let it pass. */
function asSyntax(fault: GuestFault): GuestFault {
  return fault.message.startsWith('SyntaxError') ? { ...fault, fault: 'syntax' } : fault
}
