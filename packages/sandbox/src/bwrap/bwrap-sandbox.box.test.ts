import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { openCgroups } from '../cgroup/cgroups.ts'
import { guardMetadata } from '../metadata-guard.ts'
import { testSandbox } from '../suite.ts'
import { openBwrapSandbox } from './bwrap-sandbox.ts'

// What depends on the host is asked of it in the suite's own tests.
const everything = {
  files: true,
  processes: true,
  network: true,
  user: true,
  memory: true,
  cpu: openCgroups()?.boundsCpu ?? false,
  nested: true,
  calls: true,
  metadata: await guardMetadata(),
}
const subject = { module: new URL('./bwrap-sandbox.ts', import.meta.url), opener: 'openBwrapSandbox' }

describe('bubblewrap', () => {
  testSandbox(subject, everything)
})
describe('bubblewrap without control groups', () => {
  testSandbox({ ...subject, options: { cgroups: false } }, { ...everything, cpu: false })
})

describe('the system call filter', () => {
  test('a job can make no namespace, which would widen the kernel that it reaches', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-filter-'))
    await chmod(folder, 0o755)
    const sandbox = await openBwrapSandbox({ folder })
    const box = await sandbox.start({
      argv: ['/usr/bin/unshare', '--map-root-user', '/usr/bin/id'],
      env: {},
      cwd: '/tmp',
      mounts: [],
      network: 'none',
      limits: { memoryBytesMax: 64e6, processesMax: 8, fileBytesMax: 1e6, openFilesMax: 64 },
    })
    const [exit, said] = await Promise.all([box.exited, text(box.stderr)])
    await sandbox.removeFolder(folder)
    expect(exit.code).toBe(1)
    expect(said).toContain('Operation not permitted')
  })
})
