import { expect, test } from 'vitest'
import { TimeLimit } from './follow-run.ts'

test('a limit that was stopped while its run waits has all of its time when the run begins', async () => {
  const limit = new TimeLimit(20)
  const over = new Promise<number>((resolve) => limit.listen(() => resolve(performance.now())))
  limit.start()
  limit.stop()
  expect(limit.isOver).toBe(false)
  const beganMs = performance.now()
  limit.start()
  expect((await over) - beganMs).toBeGreaterThan(15)
  expect(limit.isOver).toBe(true)
})
