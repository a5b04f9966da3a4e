import { describe } from 'vitest'
import { openCgroups } from '../cgroup/cgroups.ts'
import { guardMetadata } from '../metadata-guard.ts'
import { testSandbox } from '../suite.ts'

const subject = { module: new URL('./unshare-sandbox.ts', import.meta.url), opener: 'openUnshareSandbox' }
const isolation = {
  files: true,
  processes: true,
  network: true,
  user: true,
  memory: true,
  cpu: openCgroups()?.boundsCpu ?? false,
  nested: false,
  calls: false,
  metadata: await guardMetadata(),
}

describe('unshare', () => {
  testSandbox(subject, isolation)
})
