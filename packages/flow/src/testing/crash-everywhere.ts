import { isDeepStrictEqual } from 'node:util'
import { demand, type Proof } from '@millrace/queue/testing/prove'
import { below, seededRandom } from '@millrace/queue/testing/seeded-random'
import { failPoints, type FailPoint } from '../shell/failpoint.ts'
import { crashFlows, wholeStories, type CrashHouse, type CrashStory } from './crash-flows.ts'
import { shapes, type Shape } from './crash-shapes.ts'

/** Flows that die with one process, each at a point of its own, and such processes beside each other. */
const SIZE = 16
const AT_ONCE = 4
/** Runs that are watched to learn which points there are. */
const WATCHED = 16
/** Where a run does not come each time is tried so much more often. */
const TRIES = 2

/** Where runs of a shape die, and how often they did. */
export interface CrashPlace {
  readonly point: FailPoint
  /** At the how manieth time that a run comes there. */
  readonly nth: number
  /** Whether every run that was watched came there. */
  readonly isCertain: boolean
  hits: number
  tries: number
  /** Of the tries, those that say nothing. */
  cutShort: number
}

/** R3: runs of a shape die at each point of each transition, so many times each. */
export async function crashEverywhere(house: CrashHouse, shape: Shape, times: number) {
  const faults: string[] = []
  const places = await findPlaces(house, shape, faults)
  const triesMax = times * TRIES
  const wanted = (nth: number, isCertain: boolean) => {
    if (isCertain) return times
    return nth === 1 ? 1 : 0
  }
  const next = (): CrashPlace[] => {
    const open = places.filter(({ hits, tries, cutShort }) => hits < times && tries - cutShort < triesMax)
    const chosen: CrashPlace[] = []
    // By turns, so that one process dies at different points.
    for (const place of open.sort((one, other) => one.tries - other.tries).slice(0, SIZE)) {
      place.tries += 1
      chosen.push(place)
    }
    return chosen
  }
  const work = async () => {
    for (let chosen = next(); chosen.length > 0; chosen = next()) {
      const plans = chosen.map(({ point, nth }) => ({ shapes: [shape], point, nth }))
      const stories = await crashFlows(house, plans)
      for (const [index, place] of chosen.entries()) {
        if (stories[index]?.hasCrashed) place.hits += 1
        if (stories[index]?.isCutShort) place.cutShort += 1
      }
      faults.push(...stories.flatMap(findFaults))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  for (const { point, nth, isCertain, hits, tries } of places)
    // How often exactly a run comes to a point depends on what it takes in at once; to each point it comes.
    faults.push(...demand(hits >= wanted(nth, isCertain), `"${point}" ${nth}: ${hits} crashes in ${tries} runs`))
  return { places, faults }
}

/** What a shape comes to, from runs that nothing happens to. */
async function findPlaces(house: CrashHouse, shape: Shape, faults: string[]): Promise<readonly CrashPlace[]> {
  const plans = Array.from({ length: WATCHED }, () => ({ shapes: [shape], nth: 0 }))
  // The first ones are slower than any that follow, and come to points more often.
  await crashFlows(house, plans)
  const watched = await crashFlows(house, plans)
  if (watched.some(({ isCutShort }) => isCutShort)) return await findPlaces(house, shape, faults)
  faults.push(...watched.flatMap(findFaults))
  return failPoints.flatMap((point) => {
    const visits = watched.map((story) => story.visits.get(point) ?? 0)
    const least = Math.min(...visits)
    return Array.from({ length: Math.max(...visits) }, (_, index) => {
      return { point, nth: index + 1, isCertain: index < least, hits: 0, tries: 0, cutShort: 0 }
    })
  })
}

function findFaults({ plan, flows }: CrashStory): readonly string[] {
  const whole = wholeStories([plan])
  return flows
    .filter((flow, index) => !isDeepStrictEqual(flow, whole[index]))
    .map((flow) => `after "${plan.point}" ${plan.nth}: ${JSON.stringify(flow)}`)
}

/** R3: a shell that has flows of all shapes in hand, whose transitions go out together, dies at any point; so many times each. */
export async function crashTogether(house: CrashHouse, times: number, seed: number): Promise<Proof> {
  const random = seededRandom(seed)
  const crowd = [...shapes, ...shapes]
  const [calm] = await crashFlows(house, [{ shapes: crowd, nth: 0 }])
  const faults = calm ? [...findFaults(calm)] : ['there is no story']
  const hits = new Map<FailPoint, number>()
  const rounds = Array.from({ length: times }, () => failPoints).flat()
  const work = async () => {
    for (let point = rounds.pop(); point; point = rounds.pop()) {
      // How often it comes there differs from run to run.
      const nth = 1 + below(random, Math.ceil((calm?.visits.get(point) ?? 0) / 2))
      const [story] = await crashFlows(house, [{ shapes: crowd, point, nth }])
      if (story?.hasCrashed) hits.set(point, (hits.get(point) ?? 0) + 1)
      faults.push(...(story ? findFaults(story) : []))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  for (const point of failPoints)
    faults.push(
      ...demand((hits.get(point) ?? 0) > times / 2, `${hits.get(point) ?? 0} crashes of ${times} at "${point}"`),
    )
  return { figures: { flows: crowd.length, ...Object.fromEntries(hits) }, faults }
}
