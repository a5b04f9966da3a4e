import type { Logger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import { listDeployedLanguages } from '@millrace/db/tables/script'
import { findRuntime, loadGrammarOf, type Runtime, type Toolchain } from '@millrace/runtimes'
import type { Limits } from '@millrace/sandbox/spec'
import type { Launcher } from '@millrace/worker'

/** What warming takes. */
export interface WarmUp {
  readonly db: Database
  readonly launcher: Launcher
  readonly findToolchain: (runtime: Runtime) => Promise<Toolchain>
  readonly limits: Limits
  readonly log: Logger
  /** Of the jobs that the worker takes. */
  readonly tags: readonly string[]
}

/**
 * Starts the first process of each language that is deployed and served here, those used last first, so that nobody's first job
 * pays for it. What is never used costs nothing, and what runs for the first time is warm for the second.
 */
export async function warmUp(parts: WarmUp): Promise<void> {
  const { db, tags, log } = parts
  try {
    const deployed = await listDeployedLanguages(db.kysely)
    const served = deployed.filter(({ tag }) => tags.includes(tag)).map(({ language }) => language)
    for (const language of new Set(served)) await warmLanguage(parts, language)
  } catch (error) {
    log.warn({ err: error }, 'what is deployed cannot be warmed up')
  }
}

async function warmLanguage({ launcher, findToolchain, limits, log }: WarmUp, language: string): Promise<void> {
  const runtime = findRuntime(language)
  if (runtime?.kind !== 'process') return
  try {
    const toolchain = await findToolchain(runtime)
    if (!toolchain.found) {
      const { problem, remedy } = toolchain
      return log.warn({ language, problem, remedy }, 'a language that scripts are deployed in cannot run on this host')
    }
    await loadGrammarOf(runtime)
    const prepared = runtime.prepare({ content: runtime.info.starter, path: undefined }, toolchain)
    await launcher.warm({ runtime, prepared, toolchain, limits, network: 'host' })
  } catch (error) {
    log.warn({ err: error, language }, 'a language cannot be warmed up')
  }
}
