import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { allRuntimes } from '@millrace/runtimes'
import { chooseSandbox, openPlainSandbox } from '@millrace/sandbox'
import type { Config } from '../config.ts'
import { describeSandbox, makeToolchainFinder } from '../roles/worker.ts'
import { tryEscapes } from './escapes.ts'
import { checkDatabase, checkFolder, type Finding } from './findings.ts'

/**
 * What this machine can run and isolate, one line each, with the one command or setting that mends a gap. Returns 0 when
 * everything is there, else 1. With `--sandbox` it tries to get out of the box instead.
 */
export async function examine(
  config: Config,
  flags: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  if (flags.includes('--sandbox')) return await tryEscapes(config, flags, print)
  const findings: Finding[] = [
    { subject: 'node', ok: true, fact: process.version },
    await checkFolder(config),
    await checkDatabase(config),
    ...(await checkSandboxAndLanguages(config)),
  ]
  if (flags.includes('--json')) print(JSON.stringify(findings, undefined, 2))
  else for (const finding of findings) print(render(finding))
  return findings.every((finding) => finding.ok) ? 0 : 1
}

async function checkSandboxAndLanguages(config: Config): Promise<readonly Finding[]> {
  const folder = config.sandbox.folder ?? join(tmpdir(), `millrace-doctor-${process.getuid?.() ?? 0}`)
  const choice = await chooseSandbox(config.sandbox.mode, { folder })
  const sandbox = choice.found ? choice.sandbox : await openPlainSandbox({ folder })
  const findToolchain = makeToolchainFinder(config, sandbox)
  const languages = await Promise.all(
    allRuntimes.map(async (runtime): Promise<Finding> => {
      const toolchain = await findToolchain(runtime)
      if (toolchain.found) return { subject: runtime.info.label, ok: true, fact: toolchain.version }
      return { subject: runtime.info.label, ok: false, fact: toolchain.problem, remedy: toolchain.remedy }
    }),
  )
  if (!choice.found)
    return [{ subject: 'sandbox', ok: false, fact: choice.problem, remedy: choice.remedy }, ...languages]
  const { isolation, id } = choice.sandbox
  const gives = Object.entries(isolation).filter(([, given]) => given)
  const lacks = Object.entries(isolation).filter(([, given]) => !given)
  const fact = `${id}: isolates ${gives.map(([name]) => name).join(', ') || 'nothing'}${lacks.length > 0 ? `; not ${lacks.map(([name]) => name).join(', ')}` : ''}`
  const { isolated, notice } = describeSandbox(choice.sandbox)
  return [{ subject: 'sandbox', ok: isolated, fact, ...(notice && { remedy: notice }) }, ...languages]
}

function render({ subject, ok, fact, remedy }: Finding): string {
  const line = `${ok ? 'ok  ' : 'GAP '} ${subject.padEnd(12)} ${fact}`
  return remedy ? `${line}\n     ${''.padEnd(12)} → ${remedy}` : line
}
