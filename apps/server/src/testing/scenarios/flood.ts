import { demand } from '@millrace/queue/testing/prove'
import type { Finished, WorkerServer } from '../worker-server.ts'
import type { Told } from './told.ts'

const MB = 1_048_576
/** The part of the flood that comes first, twice, for the heap to get its size. */
const WARMED_BY = 10

/** How much is printed, and what is kept of it. */
export interface FloodPlan {
  readonly printedBytes: number
  readonly logLengthMax: number
  readonly growthMbMax: number
}

/** A way to print far more than is kept. */
export interface Flood {
  readonly name: string
  /** A shell's words that print so much. */
  words(bytes: number): string
  /** Whether it is the log that is full of it. */
  readonly isLog: boolean
}

/** Lines first, which are what most jobs print. */
export const FLOODS: readonly Flood[] = [
  {
    name: 'lines',
    isLog: true,
    words: (bytes) => `yes 'a line that nobody will ever read to its end' | head -c ${bytes}; echo`,
  },
  {
    name: 'errors',
    isLog: true,
    words: (bytes) => `yes 'an error that nobody will ever read to its end' | head -c ${bytes} >&2`,
  },
  {
    name: 'a line without an end',
    isLog: true,
    words: (bytes) => `head -c ${bytes} /dev/zero | tr '\\0' x; echo`,
  },
  {
    name: 'a piece of the result without an end',
    isLog: false,
    words: (bytes) => `printf 'WM_STREAM: '; head -c ${bytes} /dev/zero | tr '\\0' x; echo`,
  },
]

/** Prints far more than is kept, alone: what the worker grows by is to come from it. */
export async function runFlood(
  { name, isLog, words }: Flood,
  server: WorkerServer,
  { printedBytes, logLengthMax, growthMbMax }: FloodPlan,
): Promise<Told> {
  let ended: Finished | undefined
  const peakOf = (bytes: number) =>
    server.memoryPeakDuring(async () => {
      ended = await server.run({ language: 'bash', content: `${words(bytes)}; echo done` })
    })
  // What a full log takes is no growth, nor that the engine's heap for what is short-lived gets its full size, once in the life of a
  // worker (96 MB at the most): it is what comes on top for all that is not kept.
  const warming = Math.max(2 * logLengthMax, printedBytes / WARMED_BY)
  const usual = Math.max(await peakOf(warming), await peakOf(warming))
  const growthMb = Math.max(0, (await peakOf(printedBytes)) - usual) / MB
  const { result, logLength = 0, durationMs = 0 } = ended ?? {}
  const isCut = logLength >= logLengthMax && logLength <= logLengthMax + 200
  return {
    figures: {
      'printed MB': Math.round(printedBytes / MB),
      [`${name}: ms`]: durationMs,
      [`${name}: worker grew by MB`]: growthMb,
    },
    faults: [
      ...demand(result === 'done', `a flood of ${name} came to ${JSON.stringify(ended)}`),
      ...demand(
        !isLog || isCut,
        `of a flood of ${name} ${logLength} characters are kept, with a bound of ${logLengthMax}`,
      ),
      ...demand(growthMb <= growthMbMax, `the worker grew by ${Math.round(growthMb)} MB by a flood of ${name}`),
    ],
  }
}
