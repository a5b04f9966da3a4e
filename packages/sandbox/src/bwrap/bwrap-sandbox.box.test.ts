import { describe } from 'vitest'
import { testSandbox } from '../suite.ts'

const everything = { files: true, processes: true, network: true, user: true, memory: true, nested: true }
const subject = { module: new URL('./bwrap-sandbox.ts', import.meta.url), opener: 'openBwrapSandbox' }

describe('bubblewrap', () => testSandbox(subject, everything))
describe('bubblewrap without control groups', () =>
  testSandbox({ ...subject, options: { cgroups: false } }, everything))
