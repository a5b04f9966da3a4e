import { findPgBouncer } from '@millrace/db/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

const pgBouncer = findPgBouncer()
let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi({}, { pgBouncer })
})
afterAll(() => fixture.stop())
beforeEach((test) => test.skip(!pgBouncer, 'pgbouncer is not installed'))

describe('the API behind PgBouncer in transaction mode', () => {
  test('workspaces that ask at the same time see their own scripts only', async () => {
    const places = [await fixture.makeWorkspace(), await fixture.makeWorkspace(), await fixture.makeWorkspace()]
    await Promise.all(places.map((place) => deploy(place, `u/${place.username}/own`)))
    const lists = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const place = places[index % places.length]
        const reply = await fixture.call(`${place?.root}/scripts/list`, { token: place?.token ?? '' })
        return (
          reply
            .json<{ path: string }[]>()
            .map(({ path }) => path)
            .join() === `u/${place?.username}/own`
        )
      }),
    )
    expect(lists).not.toContain(false)
  })

  test('a member of another workspace gets nothing', async () => {
    const [mine, other] = [await fixture.makeWorkspace(), await fixture.makeWorkspace()]
    await deploy(mine, 'f/a/secret')
    const reply = await fixture.call(`${mine.root}/scripts/get/p/f/a/secret`, { token: other.token })
    expect(reply.statusCode).toBe(404)
    const own = await fixture.call(`${other.root}/scripts/get/p/f/a/secret`, { token: other.token })
    expect(own.statusCode).toBe(404)
  })

  test('a script is deployed, run and waited for', async () => {
    const place = await fixture.makeWorkspace()
    await deploy(place, 'f/a/hello')
    await fixture.work(['bash'], () => ({ status: 'success', resultJson: '"hello"' }))
    const reply = await fixture.call(`${place.root}/jobs/run_wait_result/p/f/a/hello`, {
      method: 'POST',
      token: place.token,
      body: {},
    })
    expect([reply.statusCode, reply.json()]).toEqual([200, 'hello'])
  })
})

async function deploy(place: Place, path: string): Promise<void> {
  const reply = await fixture.call(`${place.root}/scripts/create`, {
    method: 'POST',
    token: place.token,
    body: { path, content: 'echo hello', language: 'bash', summary: '', description: '' },
  })
  expect(reply.statusCode).toBe(201)
}
