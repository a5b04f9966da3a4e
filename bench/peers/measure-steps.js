const RUNS = 3
const STEPS = 300
const FLOWS = 16
const STEPS_OF_EACH = 100
const SHORT_FLOWS = 100

/**
 * Prints as JSON what a durable workflow of `count` steps that do nothing costs: steps a second of one workflow and of 16 at once, and
 * the median milliseconds of one of three steps.
 */
export async function measureSteps(run) {
  await run(50)
  const one = await repeat(RUNS, async () => (STEPS / (await timed(() => run(STEPS)))) * 1000)
  const many = await repeat(RUNS, async () => {
    const ms = await timed(() => Promise.all(Array.from({ length: FLOWS }, () => run(STEPS_OF_EACH))))
    return ((FLOWS * STEPS_OF_EACH) / ms) * 1000
  })
  const short = await repeat(SHORT_FLOWS, () => timed(() => run(3)))
  process.stdout.write(`${JSON.stringify({ one: median(one), many: median(many), short: median(short) })}\n`)
}

async function repeat(times, work) {
  const values = []
  for (let nth = 0; nth < times; nth += 1) values.push(await work())
  return values
}

async function timed(work) {
  const beganMs = performance.now()
  await work()
  return performance.now() - beganMs
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
