import { newId } from '@millrace/base/ids'
import { inWorkspace } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { findVariable, insertVariable } from '@millrace/db/tables/variable'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openVault, type Vault } from './open-vault.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

const workspace = 'admins'
const stored = { workspace_id: workspace, created_by: 'ann', edited_by: 'ann' }

async function keep(vault: Vault, path: string, text: string) {
  await inWorkspace(base.db, workspace, async (tx) => {
    const sealed = await vault.sealValue(tx, text, { workspace, path, version: 1 })
    await insertVariable(tx, { ...stored, path, sealed })
  })
}

async function read(vault: Vault, path: string): Promise<string> {
  const row = await findVariable(base.db.kysely, workspace, path)
  if (!row) throw new Error(`no ${path}`)
  return (await vault.openVariable(base.db.kysely, row)).value
}

test('a secret is read back, is not in its row, and cannot be read from another row or version', async () => {
  const vault = await openVault(base.db)
  await keep(vault, 'u/ann/place', 'hunter22')
  expect(await read(vault, 'u/ann/place')).toBe('hunter22')
  const row = await findVariable(base.db.kysely, workspace, 'u/ann/place')
  expect(row?.value).toBeNull()
  expect(row?.sealed?.includes('hunter22')).toBe(false)
  for (const moved of ["path = 'u/ann/other'", 'version = 2']) {
    await base.db.pool.query(`update variable set ${moved} where path like 'u/ann/%'`)
    const path = moved.startsWith('path') ? 'u/ann/other' : 'u/ann/place'
    await expect(read(vault, path)).rejects.toThrow('another place')
    await base.db.pool.query("update variable set path = 'u/ann/place', version = 1")
  }
  expect(await read(vault, 'u/ann/place')).toBe('hunter22')
  await base.db.pool.query('delete from variable')
})

test('a key of the environment takes the place of the one before, and a wrong one is told at the start', async () => {
  const first = await openVault(base.db)
  await keep(first, 'u/ann/kept', 'still here')
  const second = await openVault(base.db, { configured: 'a'.repeat(32) })
  expect(await read(second, 'u/ann/kept')).toBe('still here')
  await expect(openVault(base.db)).rejects.toThrow('MILLRACE_SECRET_KEY')
  await expect(openVault(base.db, { configured: 'b'.repeat(32) })).rejects.toThrow('MILLRACE_SECRET_KEY')
  const third = await openVault(base.db, { configured: 'b'.repeat(32), ownFile: 'a'.repeat(32) })
  expect(await read(third, 'u/ann/kept')).toBe('still here')
})

test('what a job reads is told of that job only, and once', async () => {
  const db = await createTestDatabase()
  const { jobSecrets } = await openVault(db.db)
  const [id, other] = [newId(), newId()]
  for (const value of ['one', 'two', 'one']) await jobSecrets.note(db.db.kysely, { id, workspace }, value)
  expect((await jobSecrets.valuesOf([id])).get(id)?.toSorted()).toEqual(['one', 'two'])
  expect((await jobSecrets.valuesOf([other])).size).toBe(0)
  await db.drop()
})
