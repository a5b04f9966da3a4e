//nodejs
import { step, workflow } from 'windmill-client'

export const main = workflow(async (count: number) => {
  let sum = 0
  const beganMs = performance.now()
  for (let n = 0; n < count; n += 1) sum += await step('n', () => n)
  return { sum, ms: performance.now() - beganMs }
})
