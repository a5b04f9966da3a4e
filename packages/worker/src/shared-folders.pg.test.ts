import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { Notifier, Queue } from '@millrace/queue'
import { openPlainSandbox } from '@millrace/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SharedFolders } from './shared-folders.ts'

let base: TestDatabase
let dataDir: string
beforeAll(async () => {
  base = await createTestDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'millrace-shared-'))
  await chmod(dataDir, 0o755)
})
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
  await base.drop()
})

const open = async () => {
  const sandbox = await openPlainSandbox({ folder: dataDir })
  return await SharedFolders.open({ db: base.db, log: silentLogger, sandbox, dataDir })
}

test('all processes on a data folder are one place, also those that open it at the same time', async () => {
  const places = (await Promise.all([open(), open(), open()])).map(({ place }) => place)
  expect(new Set([...places, (await open()).place]).size).toBe(1)
})

test('a folder is there as long as the flow is under way that it is for, and then it goes', async () => {
  const folders = await open()
  await folders.start()
  const queue = new Queue(base.db, new Notifier(base.db.options, silentLogger))
  const id = newId()
  const job = { workspaceId: 'admins', kind: 'noop', tag: newId(), createdBy: 't', email: 't', permissionedAs: 'u/t' }
  await queue.enqueue([{ ...job, id }])
  const { place } = folders
  const [alive, inner, gone] = [id, `${id}/../l.0`, newId()].map((folder) => folders.pathOf({ place, folder }))
  for (const folder of [alive, inner, gone]) await mkdir(folder ?? '')

  await folders.sweep()
  const left = (await readdir(join(dataDir, 'shared'))).map((name) => join(dataDir, 'shared', name))
  expect(new Set(left)).toEqual(new Set([alive, inner]))
  await queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 't' })
  await folders.sweep()
  expect(await readdir(join(dataDir, 'shared'))).toEqual([])
  await folders.stop()
})
