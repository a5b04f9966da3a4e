import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseSandbox } from './choose-sandbox.ts'

test('automatic choice takes bubblewrap where it holds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-choice-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  expect(choice).toMatchObject({ found: true, sandbox: { id: 'bwrap' } })
  await rm(folder, { recursive: true })
})

test.runIf(process.platform === 'linux')(
  'a way that this host has not is refused with what to do, never replaced',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-choice-'))
    const choice = await chooseSandbox('sandbox-exec', { folder })
    expect(choice).toMatchObject({ found: false, remedy: expect.stringContaining('SANDBOX_MODE=none') })
    await rm(folder, { recursive: true })
  },
)
