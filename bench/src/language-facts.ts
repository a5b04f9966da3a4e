import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { median, repeat } from './stats.ts'

const BARE_SPAWNS = 30

const Facts = z.strictObject({
  /** Bound of the steady p50 in milliseconds; none where nobody has set one. */
  steadyMsMax: z.number().optional(),
  /** Isolated jobs a second on two cores. */
  jobsPerSMin: z.number().optional(),
  /** Its statements go to a server, and PostgreSQL will do: it is given that of the product. */
  server: z.boolean().optional(),
  /** Scripts with a process of their own, of which one is measured after the other. */
  dedicated: z.array(z.string()).optional(),
  /** Its steps of flows are measured: a script that computes Fibonacci numbers, and bounds of three steps and of a loop of 40. */
  inFlows: z
    .strictObject({ fibo: z.string(), threeStepsMsMax: z.number().optional(), loopMsMax: z.number().optional() })
    .optional(),
  /** Workflows whose steps run in their own process, of which one is measured after the other. */
  workflows: z.array(z.string()).optional(),
  /** The shortest run of the same interpreter, for comparison. */
  bare: z.tuple([z.string()], z.string()).optional(),
})

/** What `bench/languages.json` says of a language. */
export type LanguageFacts = z.infer<typeof Facts>

/** By the id of the language. */
export async function languageFacts(): Promise<ReadonlyMap<string, LanguageFacts>> {
  const text = await readFile(new URL('../languages.json', import.meta.url), 'utf8')
  return new Map(Object.entries(z.record(z.string(), Facts).parse(JSON.parse(text))))
}

/**
 * Milliseconds from spawn to exit without isolation, queue or HTTP; undefined when there is no such program, neither in the folder of
 * toolchains that the product placed there nor on this machine.
 */
export async function bareSpawnMs(
  [name, ...args]: readonly [string, ...string[]],
  toolchains: string,
): Promise<number | undefined> {
  try {
    const placed = await readdir(toolchains, { recursive: true }).catch(() => [])
    const own = placed.find((path) => basename(path) === name)
    const program = own === undefined ? name : join(toolchains, own)
    const times = await repeat(BARE_SPAWNS, async () => {
      const beganMs = performance.now()
      await once(spawn(program, args, { stdio: 'ignore' }), 'exit')
      return performance.now() - beganMs
    })
    return median(times)
  } catch {
    // Not installed on this machine under this name: there is nothing to compare with.
    return undefined
  }
}
