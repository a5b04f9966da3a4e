import { newId } from '@millrace/base/ids'
import { forgetVolume, noteVolumeUse } from '@millrace/db/tables/volume'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

async function setup(member?: { isAdmin?: boolean; operator?: boolean }) {
  const { workspace, root, token } = await fixture.makeWorkspace(member)
  return {
    workspace,
    list: async () => (await fixture.call(`${root}/volumes/list`, { token })).json(),
    create: (name: string) => fixture.call(`${root}/volumes/create`, { method: 'POST', token, body: { name } }),
    remove: (name: string) => fixture.call(`${root}/volumes/delete/${name}`, { method: 'DELETE', token }),
    storage: async () => (await fixture.call(`${root}/volumes/storage`, { token })).json(),
  }
}

test('a volume is one in the list, whatever its places hold, with the job that had it last', async () => {
  const { workspace, list } = await setup()
  const [first, last] = [newId(), newId()]
  const use = { workspace, name: 'kept', username: 'ann', bytes: 2000, files: 2 }
  await noteVolumeUse(fixture.db.kysely, { ...use, place: 'a', jobId: first }, 'begin')
  await noteVolumeUse(fixture.db.kysely, { ...use, place: 'b', jobId: last, bytes: 500, files: 1 }, 'begin')
  expect(await list()).toMatchObject([
    {
      name: 'kept',
      size_bytes: 2500,
      file_count: 3,
      places: 2,
      created_by: 'ann',
      last_used_by: last,
      last_used_worker: null,
    },
  ])
})

test('the worker of the last job is told, while it runs and when it is over', async () => {
  const { workspace, list } = await setup()
  const running = Promise.withResolvers<string>()
  const held = Promise.withResolvers<void>()
  const tag = `t${newId()}`
  await fixture.work([tag], async (job) => {
    running.resolve(job.id)
    await held.promise
    return { status: 'success', resultJson: 'null' }
  })
  const about = { workspaceId: workspace, kind: 'noop', createdBy: 'ann', email: 'ann@x', permissionedAs: 'u/ann' }
  await fixture.queue.enqueue([{ ...about, tag }])
  const jobId = await running.promise
  const use = { workspace, name: 'kept', place: 'd', username: 'ann', jobId, bytes: 0, files: 0 }
  await noteVolumeUse(fixture.db.kysely, use, 'begin')
  const worker = async () => (await list())[0].last_used_worker
  const before = await worker()
  expect(before).toMatch(/./)
  const expectation = fixture.queue.expect(jobId)
  held.resolve()
  await expectation.ended(10_000, new AbortController().signal)
  expect(await worker()).toBe(before)
})

test('a volume is removed for everybody at once, and its places are told until they have done it', async () => {
  const { workspace, list, remove } = await setup()
  const placed = { workspace, name: 'kept', place: 'c' }
  const use = { ...placed, username: 'ann', jobId: newId(), bytes: 1, files: 1 }
  await noteVolumeUse(fixture.db.kysely, use, 'begin')
  expect((await remove('kept')).statusCode).toBe(200)
  await noteVolumeUse(fixture.db.kysely, use, 'end')
  expect(await list()).toEqual([])
  expect((await remove('kept')).json()).toMatchObject({ code: 'volume.not_found' })
  await noteVolumeUse(fixture.db.kysely, { ...use, username: 'bob' }, 'begin')
  await forgetVolume(fixture.db.kysely, placed)
  expect(await list()).toMatchObject([{ name: 'kept', created_by: 'bob' }])
})

test('a volume is noted by a call before a job has it, once for each name', async () => {
  const { list, create, remove, storage } = await setup()
  expect((await create('empty')).statusCode).toBe(200)
  expect((await create('empty')).json()).toMatchObject({ code: 'volume.name_taken' })
  expect((await create('../up')).json()).toMatchObject({ code: 'request.invalid' })
  expect(await list()).toMatchObject([{ name: 'empty', size_bytes: 0, places: 0, last_used_at: null }])
  await remove('empty')
  expect(await list()).toEqual([])
  expect(await storage()).toBeNull()
})

test('an operator sees volumes and removes none', async () => {
  const { list, remove } = await setup({ isAdmin: false, operator: true })
  expect(await list()).toEqual([])
  expect((await remove('any')).statusCode).toBe(403)
})
