import { describe } from 'vitest'
import { openCgroups } from '../cgroup/cgroups.ts'
import { testSandbox } from '../suite.ts'

const subject = { module: new URL('./plain-sandbox.ts', import.meta.url), opener: 'openPlainSandbox' }
const isolation = {
  files: false,
  processes: false,
  network: false,
  user: false,
  memory: true,
  cpu: openCgroups()?.boundsCpu ?? false,
  nested: false,
  calls: false,
  metadata: false,
}

describe('plain', () => {
  testSandbox(subject, isolation)
})
