import { constants } from 'node:os'
import type { SandboxProcess } from '@millrace/sandbox'
import type { Exit } from '@millrace/sandbox/spec'

/** The exit that whoever forks jobs inside a box tells of one, as JSON. */
export function readExit(payload: Buffer): Exit {
  const value: unknown = JSON.parse(payload.toString('utf8'))
  const read = (key: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  const number = (key: string): number | undefined => {
    const found = read(key)
    return typeof found === 'number' ? found : undefined
  }
  const code = number('code')
  // As a shell tells of a child that a signal ended.
  const signal = signalOf(read('signal') ?? (code !== undefined && code > 128 ? code - 128 : undefined))
  return {
    code: signal ? null : (code ?? null),
    signal,
    outOfMemory: false,
    memoryPeakBytes: number('memoryPeakBytes'),
    cpuMs: number('cpuMs'),
  }
}

/** A signal by its name or number. */
function signalOf(value: unknown): NodeJS.Signals | null {
  if (value === undefined || value === null) return null
  const named = Object.entries(constants.signals).find(([name, number]) => value === name || value === number)
  return named ? (named[0] as NodeJS.Signals) : null
}

/**
 * A job that had no memory or disk left is told so, also where it went on without what was killed of it. Only the box as a whole can
 * tell, and it is ended, whatever else might run in it.
 */
export async function explainKill(exit: Exit, box: SandboxProcess): Promise<Exit> {
  return box.isExhausted() ? await box.exited : exit
}
