import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseSandbox } from '@millrace/sandbox'

/** Why this host cannot hold jobs within bounds of memory, if it cannot. */
export async function whyNoBox(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-choice-'))
  // The users of boxes must be able to enter it.
  await chmod(folder, 0o755)
  try {
    const choice = await chooseSandbox('auto', { folder })
    if (!choice.found) return choice.problem
    return choice.sandbox.isolation.memory ? undefined : 'this host has no control groups that we could make'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
