import { describe, expect, test } from 'vitest'
import { testRuntime } from '../suite.ts'
import { bunSamples } from '../shared/testing/bun-samples.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { nativets } from './index.ts'

describe('every runtime', () => {
  testRuntime(nativets, bunSamples, () => openRuntimeHost(nativets))
})

test('many of them run at once, each in a process of its own', async (context) => {
  const host = await openRuntimeHost(nativets)
  try {
    if (!host.toolchain.found) return context.skip(host.toolchain.problem)
    const source = `//native\nexport async function main(n: number) { globalThis.count = (globalThis.count ?? 0) + n; await fetch('data:,x'); return globalThis.count }`
    const ends = await Promise.all([1, 2, 3, 4].map((n) => host.run(source, { args: { n } }).ended))
    expect(ends).toMatchObject([1, 2, 3, 4].map((value) => ({ value })))
  } finally {
    await host.close()
  }
})
