import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMillrace } from './run-command.ts'

/** What `millrace doctor` finds missing on this machine, by its subject (the label of a language), each with the reason. */
export async function missingToolchains(): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-doctor-'))
  const { stdout } = await runMillrace(['doctor', '--json'], { env: { MILLRACE_DATA_DIR: folder } })
  await rm(folder, { recursive: true })
  const findings: unknown = JSON.parse(stdout)
  if (!Array.isArray(findings)) throw new Error(`\`millrace doctor --json\` printed ${stdout}`)
  const gaps = findings.filter(isGap)
  return new Map(gaps.map(({ subject, fact, remedy }) => [subject, `${fact} (${remedy ?? 'no remedy'})`]))
}

interface Gap {
  readonly subject: string
  readonly ok: false
  readonly fact: string
  readonly remedy?: string
}

function isGap(value: unknown): value is Gap {
  return typeof value === 'object' && value !== null && 'ok' in value && value.ok === false && 'subject' in value
}
