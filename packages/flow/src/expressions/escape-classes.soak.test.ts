import { afterAll, expect, test, vi } from 'vitest'
import { Expressions } from './expressions.ts'
import { fuzzEscapes } from './testing/fuzz-escapes.ts'

const SOURCES = 1_000_000
const MB = 1_048_576
/** The heap of this process and its engines, however many there were. */
const GROWTH_MB_MAX = 200

vi.setConfig({ testTimeout: 3_000_000 })

const expressions = new Expressions()
afterAll(() => expressions.stop())

test('S3 nothing of the host is reached by a million sources that are put together of known ways', async () => {
  await fuzzEscapes(expressions, SOURCES / 20)
  const before = process.memoryUsage.rss()
  const beganMs = performance.now()
  const { sources, values, timeouts } = await fuzzEscapes(expressions, SOURCES)
  const growthMb = Math.round((process.memoryUsage.rss() - before) / MB)
  const seconds = Math.round((performance.now() - beganMs) / 1000)
  console.log(
    `S3 ok: sources ${sources}, values ${values}, timeouts ${timeouts}, grew by MB ${growthMb}, seconds ${seconds}`,
  )
  expect(values).toBeGreaterThan(SOURCES / 20)
  expect(growthMb).toBeLessThan(GROWTH_MB_MAX)
})
