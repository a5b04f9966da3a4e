import type { Prepared } from '@millrace/runtimes'
import type { Exit, Limits } from '@millrace/sandbox/spec'
import type { Frame } from './frames.ts'
import type { Output } from './output.ts'

/** A failed run as clients see it. */
export interface RunError {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

/** What came of a run; `json` is valid JSON. Of a workflow that waits it says what for. */
export type RunOutcome =
  | { readonly kind: 'result'; readonly json: string; readonly waits?: boolean }
  | { readonly kind: 'error'; readonly error: RunError }

/** Everything that is known when the tree is gone. */
export interface Evidence {
  readonly frame: Frame | undefined
  /** The channel was misused, or an error of ours. */
  readonly fault: RunError | undefined
  readonly exit: Exit
  readonly output: Output
  readonly withoutFrame: Prepared['withoutFrame']
  readonly limits: Limits
}

/** An error outcome. */
export function failed(name: string, message: string, stack?: string): RunOutcome {
  return { kind: 'error', error: { name, message, ...(stack !== undefined && { stack }) } }
}

/** What is wrong with the answer of a job. */
export function faultOf(error: unknown): RunError {
  return { name: 'InvalidResult', message: error instanceof Error ? error.message : String(error) }
}

/** The honest reading of the evidence: how the process ended counts before what it said. */
export function decideOutcome({ frame, fault, exit, output, withoutFrame, limits }: Evidence): RunOutcome {
  if (exit.outOfMemory) return failed('OutOfMemory', memoryMessage(exit, limits))
  if (exit.outOfDisk) return failed('OutOfDisk', diskMessage(exit, limits))
  if (fault) return { kind: 'error', error: fault }
  if (frame?.kind === 'error') return readError(frame)
  if (exit.code !== 0) return failed('ExecutionErr', exitMessage(exit, output))
  if (frame?.kind === 'text') return { kind: 'result', json: JSON.stringify(frame.payload.toString('utf8')) }
  if (frame?.kind === 'result') return readJson(frame)
  if (frame?.kind === 'suspend') return readJson(frame, { waits: true })
  if (withoutFrame === 'last-line-of-stdout') return { kind: 'result', json: JSON.stringify(output.lastLine ?? null) }
  return failed('ExecutionErr', 'the script ended the process before main returned, so there is no result')
}

function readJson(frame: Frame, more: { readonly waits?: boolean } = {}): RunOutcome {
  const json = frame.payload.toString('utf8')
  try {
    JSON.parse(json)
    return { kind: 'result', json, ...more }
  } catch (error) {
    return failed(
      'InvalidResult',
      `the result is not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function readError(frame: Frame): RunOutcome {
  try {
    const value: unknown = JSON.parse(frame.payload.toString('utf8'))
    const read = (key: string): string | undefined => {
      const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
      return typeof found === 'string' ? found : undefined
    }
    return failed(read('name') ?? 'Error', read('message') ?? '', read('stack'))
  } catch {
    // User code wrote it: all that can be said is that there was an error.
    return failed('ExecutionErr', 'the script reported an error that cannot be read')
  }
}

function memoryMessage(exit: Exit, limits: Limits): string {
  const peak = exit.memoryPeakBytes === undefined ? '' : `, peak ${sayMb(exit.memoryPeakBytes)}`
  return `out of memory: the job needed more than its limit of ${sayMb(limits.memoryBytesMax)}${peak}`
}

function diskMessage({ fullMount }: Exit, { diskBytesMax = 0 }: Limits): string {
  if (fullMount !== undefined)
    return `out of disk: the volume at ${fullMount} has reached what the volumes of a workspace may hold together on this worker (WORKER_VOLUMES_MB)`
  return `out of disk: the job wrote more into its folder than its limit of ${sayMb(diskBytesMax)}`
}

function sayMb(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`
}

function exitMessage(exit: Exit, output: Output): string {
  const how = exit.signal ? `killed by ${exit.signal}` : `exit code ${exit.code ?? 'unknown'}`
  return output.lastWords === '' ? how : `${how}\n${output.lastWords}`
}
