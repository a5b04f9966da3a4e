import { describe } from 'vitest'
import { testSandbox } from '../suite.ts'

const subject = { module: new URL('./unshare-sandbox.ts', import.meta.url), opener: 'openUnshareSandbox' }
const isolation = { files: true, processes: true, network: true, user: true, memory: true, nested: false }

describe('unshare', () => {
  testSandbox(subject, isolation)
})
