import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { listVolumes, removeVolume } from '@millrace/db/tables/volume'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { openPlainSandbox } from '@millrace/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Volumes } from './launch/volumes.ts'
import { VolumeRecords } from './volume-records.ts'

let base: TestDatabase
let folder: string
beforeAll(async () => {
  base = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'millrace-volumes-'))
  await chmod(folder, 0o755)
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await base.drop()
})

async function setup() {
  const records = new VolumeRecords({ db: base.db, log: silentLogger, place: newId() })
  const own = await mkdtemp(join(folder, 'place-'))
  const sandbox = await openPlainSandbox({ folder: own })
  const volumes = new Volumes({ sandbox, folder: own, bytesMax: 1e9, ledger: records })
  const name = newId()
  const open = async () => {
    const user = { jobId: newId(), username: 'ann' }
    const asked = [{ name, inside: `/volumes/${name}` }]
    const opened = await volumes.open({ workspace: 'admins', volumes: asked, user, onLog: () => undefined })
    const host = opened?.mounts[0]?.host
    if (!opened || host === undefined) throw new Error('nobody else has it')
    return { host, close: () => opened.close() }
  }
  const noted = async () => (await listVolumes(base.db.kysely, 'admins')).find((volume) => volume.name === name)
  const remove = () => removeVolume(base.db.kysely, 'admins', name)
  return { records, volumes, open, noted, remove }
}

test('a volume is noted as soon as a job has it, with what the job leaves in it', async () => {
  const { open, noted } = await setup()
  const { host, close } = await open()
  expect(await noted()).toMatchObject({ files: 0, created_by: 'ann' })
  await writeFile(join(host, 'a'), Buffer.alloc(50_000, 1))
  await close()
  const { files, bytes } = (await noted()) ?? {}
  expect(files).toBe(1)
  expect(bytes).toBeGreaterThanOrEqual(50_000)
})

test('a volume that was removed is empty for the next job, also before its files went by themselves', async () => {
  const { open, noted, remove } = await setup()
  const first = await open()
  await writeFile(join(first.host, 'a'), 'x')
  await remove()
  await first.close()
  expect(await noted()).toBeUndefined()
  const second = await open()
  expect(await readdir(second.host)).toEqual([])
  await second.close()
  expect(await noted()).toMatchObject({ files: 0 })
})

test('the files of a volume that was removed go when no job has it, and not when it is a new one by then', async () => {
  const { records, volumes, open, noted, remove } = await setup()
  const holding = await open()
  await writeFile(join(holding.host, 'a'), 'x')
  await remove()
  const sweep = records.sweep(volumes)
  expect(await readdir(holding.host)).toEqual(['a'])
  await holding.close()
  await sweep
  await expect(readdir(holding.host)).rejects.toMatchObject({ code: 'ENOENT' })

  const next = await open()
  await writeFile(join(next.host, 'b'), 'x')
  await next.close()
  await records.sweep(volumes)
  expect(await readdir(next.host)).toEqual(['b'])
  expect(await noted()).toMatchObject({ files: 1 })
})
