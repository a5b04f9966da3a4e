import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allRuntimes, loadGrammars } from '@millrace/runtimes'
import { chooseSandbox, type Sandbox } from '@millrace/sandbox'
import { hasEscapes, runEscapes, type Tried } from '@millrace/worker/escapes'
import type { Config } from '../config.ts'
import { makeToolchainFinder } from '../roles/worker.ts'

interface LanguageEscapes {
  readonly language: string
  readonly tried: readonly Tried[]
}

/**
 * Tries every way out of the box that we know, from real jobs of each language that has the means, and prints what came of
 * it. Returns 0 when none succeeds, else 1.
 */
export async function tryEscapes(
  config: Config,
  flags: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-doctor-'))
  await chmod(folder, 0o755)
  try {
    const choice = await chooseSandbox(config.sandbox.mode, { folder: join(folder, 'sandbox') })
    if (!choice.found) {
      print(`${choice.problem}\n${choice.remedy}`)
      return 1
    }
    const found = await tryLanguages(config, choice.sandbox, folder)
    if (flags.includes('--json')) print(JSON.stringify(found, undefined, 2))
    else for (const line of render(choice.sandbox, found)) print(line)
    return found.some(({ tried }) => tried.some(({ verdict }) => verdict === 'achieved')) ? 1 : 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function tryLanguages(config: Config, sandbox: Sandbox, folder: string): Promise<readonly LanguageEscapes[]> {
  await loadGrammars()
  const findToolchain = makeToolchainFinder(config, sandbox)
  const place = join(folder, 'escapes')
  await mkdir(place, { mode: 0o755 })
  const found: LanguageEscapes[] = []
  for (const runtime of allRuntimes.filter(hasEscapes)) {
    const toolchain = await findToolchain(runtime)
    if (!toolchain.found) continue
    const host = { databaseSockets: [], linkLocal: undefined }
    const tried = await runEscapes({ sandbox, runtime, toolchain, folder: place, host })
    found.push({ language: runtime.info.label, tried })
  }
  return found
}

/** A line for each language, then one for each attempt that was not refused. */
function render(sandbox: Sandbox, found: readonly LanguageEscapes[]): string[] {
  const count = (tried: readonly Tried[], verdict: Tried['verdict']) =>
    String(tried.filter((each) => each.verdict === verdict).length).padStart(9)
  const rows = found.map(
    ({ language, tried }) =>
      `${language.padEnd(14)}${count(tried, 'refused')}${count(tried, 'achieved')}${count(tried, 'untried')}`,
  )
  const open = found.flatMap(({ language, tried }) =>
    tried
      .filter(({ verdict }) => verdict !== 'refused')
      .map((each) => `${each.verdict === 'achieved' ? 'OUT ' : '?   '} ${language}: ${explain(each, sandbox)}`),
  )
  return [`Attempts to get out of ${sandbox.id}:`, `${''.padEnd(14)}  refused achieved  untried`, ...rows, ...open]
}

function explain({ name, tries, needs, verdict, detail }: Tried, sandbox: Sandbox): string {
  if (verdict === 'untried') return `${name} could not be tried: ${detail || 'a tool for it is missing'}`
  const isKnown = !sandbox.isolation[needs]
  return `a job ${tries} (${name})${isKnown ? `; this sandbox does not isolate ${needs} on this host` : ''}`
}
