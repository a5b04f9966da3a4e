import { expect, test } from 'vitest'
import { withHostPaths } from './host-paths.ts'
import type { RunSpec } from './spec.ts'

const spec: RunSpec = {
  argv: ['/runtime/run', '/job', '/jobs/x', '--dir=/job/a', 'echo /job'],
  env: { PYTHONPATH: '/job:/runtime/lib', OTHER: '/usr/job' },
  cwd: '/job/sub',
  mounts: [
    { host: '/data/1', inside: '/job', writable: true },
    { host: '/files', inside: '/runtime', writable: false },
  ],
  network: 'host',
  limits: { memoryBytesMax: 1, processesMax: 1, fileBytesMax: 1, openFilesMax: 1 },
}

test('paths of mounts become the host’s and nothing else changes', () => {
  expect(withHostPaths(spec)).toEqual({
    argv: ['/files/run', '/data/1', '/jobs/x', '--dir=/data/1/a', 'echo /job'],
    env: { PYTHONPATH: '/data/1:/files/lib', OTHER: '/usr/job' },
    cwd: '/data/1/sub',
  })
})
