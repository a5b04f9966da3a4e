import type { Exit } from '@millrace/sandbox/spec'
import { describe, expect, test } from 'vitest'
import { decideOutcome, type Evidence } from './outcome.ts'
import { Output } from './output.ts'

const clean: Exit = { code: 0, signal: null, outOfMemory: false, memoryPeakBytes: undefined, cpuMs: undefined }
const limits = { memoryBytesMax: 64 * 1_048_576, processesMax: 10, fileBytesMax: 1, openFilesMax: 10 }

function evidence(more: Partial<Evidence>): Evidence {
  return {
    frame: undefined,
    fault: undefined,
    exit: clean,
    output: new Output(() => undefined),
    withoutFrame: 'error',
    limits,
    ...more,
  }
}

const result = { kind: 'result', payload: Buffer.from('{"b":1,"a":2}') }

describe('decideOutcome', () => {
  test('a result frame and a clean exit are the result, as it was written', () => {
    expect(decideOutcome(evidence({ frame: result }))).toEqual({ kind: 'result', json: '{"b":1,"a":2}' })
  })

  test('a result counts for nothing when the process then fails', () => {
    const output = new Output(() => undefined)
    output.stderr('boom\n')
    expect(decideOutcome(evidence({ frame: result, exit: { ...clean, code: 3 }, output }))).toEqual({
      kind: 'error',
      error: { name: 'ExecutionErr', message: 'exit code 3\nboom' },
    })
  })

  test('out of memory is told with limit and peak, whatever else was said', () => {
    const exit = {
      ...clean,
      code: null,
      signal: 'SIGKILL' as const,
      outOfMemory: true,
      memoryPeakBytes: 63 * 1_048_576,
    }
    expect(decideOutcome(evidence({ frame: result, exit }))).toMatchObject({
      error: { name: 'OutOfMemory', message: expect.stringMatching(/limit of 64 MB, peak 63 MB/) },
    })
  })

  test('out of disk is told with its limit, whatever else was said', () => {
    const exit = { ...clean, code: null, signal: 'SIGKILL' as const, outOfDisk: true }
    const bounded = { ...limits, diskBytesMax: 16 * 1_048_576 }
    expect(decideOutcome(evidence({ frame: result, exit, limits: bounded }))).toMatchObject({
      error: { name: 'OutOfDisk', message: expect.stringMatching(/limit of 16 MB/) },
    })
  })

  test('a result that is no JSON fails, and an error that cannot be read still fails', () => {
    expect(decideOutcome(evidence({ frame: { kind: 'result', payload: Buffer.from('NaN') } }))).toMatchObject({
      error: { name: 'InvalidResult' },
    })
    expect(decideOutcome(evidence({ frame: { kind: 'error', payload: Buffer.from('{') } }))).toMatchObject({
      error: { name: 'ExecutionErr' },
    })
  })

  test('without a frame the last line is the result where the language says so, else a failure', () => {
    const output = new Output(() => undefined)
    output.stdout('a\nb\n')
    expect(decideOutcome(evidence({ output, withoutFrame: 'last-line-of-stdout' }))).toEqual({
      kind: 'result',
      json: '"b"',
    })
    expect(decideOutcome(evidence({ withoutFrame: 'last-line-of-stdout' }))).toEqual({ kind: 'result', json: 'null' })
    expect(decideOutcome(evidence({ output }))).toMatchObject({
      error: { message: expect.stringMatching(/no result/) },
    })
  })

  test('a signal is named', () => {
    expect(decideOutcome(evidence({ exit: { ...clean, code: null, signal: 'SIGSEGV' } }))).toMatchObject({
      error: { message: 'killed by SIGSEGV' },
    })
  })
})
