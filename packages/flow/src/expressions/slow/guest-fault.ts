import type { FaultKind } from '../evaluated.ts'
import type { Death, GuestFault, GuestLimits } from './guest-task.ts'

/** An error of the guest, as text. */
export interface GuestError {
  readonly name: string
  readonly message: string
  readonly stack: string
}

const OUT_OF_MEMORY: ReadonlySet<string> = new Set(['out of memory', 'string too long', 'invalid string length'])

/** An error of the guest as a fault of the expression, with its place in the guest's code when the stack has one. */
export function toFault(error: GuestError, limits: GuestLimits): GuestFault {
  if (OUT_OF_MEMORY.has(error.message)) return outOfMemory(limits)
  const place = placeIn(error.stack)
  if (error.message === 'stack overflow') return { ...tooDeep(), ...place }
  const said = [error.name, error.message].filter((part) => part !== '').join(': ')
  return { ...refused('threw', said === '' ? 'threw what cannot be shown' : said), ...place }
}

/** Recursion without end, or data nested some ten thousand levels deep. */
export function tooDeep(): GuestFault {
  return refused('threw', 'RangeError: Maximum call stack size exceeded')
}

export function refused(fault: FaultKind, message: string): GuestFault {
  // As a database can keep it.
  return { kind: 'fault', fault, message: message.toWellFormed().replaceAll('\u0000', '\uFFFD') }
}

export function tookTooLong({ timeMs }: GuestLimits): GuestFault {
  return refused('timeout', `it took more than ${timeMs} ms; move what takes long into a step`)
}

export function outOfMemory({ memoryBytes }: GuestLimits): GuestFault {
  const megabytes = memoryBytes / (1024 * 1024)
  return refused('memory', `it used more than ${megabytes} MB besides what it reads; move what is large into a step`)
}

/** What the death of a thread is for the task that it was at. */
export function faultOf(because: Death, limits: GuestLimits): GuestFault {
  switch (because) {
    case 'hung':
      return tookTooLong(limits)
    case 'memory':
      return outOfMemory(limits)
    case 'ended':
      return refused('lost', 'the thread that evaluates expressions ended while this one ran; try again')
  }
}

function placeIn(stack: string): Pick<GuestFault, 'line' | 'column' | 'isDirect'> {
  const frames = stack.split('\n').map((frame) => /\bexpression:(\d+):(\d+)/.exec(frame))
  const [, line, column] = frames.find((frame) => frame !== null) ?? []
  if (line === undefined || column === undefined) return {}
  return { line: Number(line), column: Number(column), isDirect: frames[0] !== null }
}
