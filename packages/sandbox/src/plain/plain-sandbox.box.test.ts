import { describe } from 'vitest'
import { testSandbox } from '../suite.ts'

const subject = { module: new URL('./plain-sandbox.ts', import.meta.url), opener: 'openPlainSandbox' }
const isolation = { files: false, processes: false, network: false, user: false, memory: true, nested: false }

describe('plain', () => {
  testSandbox(subject, isolation)
})
