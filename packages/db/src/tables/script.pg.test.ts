import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { listDeployedLanguages } from './script.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

test('languages of scripts that may run are listed with their tags, those first that ran last', async () => {
  const { kysely } = base.db
  await kysely.insertInto('workspace').values({ id: 'w', name: 'w', owner: 't@example.org' }).execute()
  const deploy = async (language: string, more: { tag?: string; archived?: boolean } = {}) => {
    const hash = newId().replaceAll('-', '').slice(-16)
    const script = { workspace_id: 'w', hash, path: `f/a/${hash}`, content: '', language, created_by: 't', ...more }
    await kysely.insertInto('script').values(script).execute()
  }
  const run = async (language: string) => {
    const job = { id: newId(), workspace_id: 'w', kind: 'script', language, tag: language, created_by: 't' }
    await kysely
      .insertInto('job')
      .values({ ...job, email: 't@example.org', permissioned_as: 'u/t' })
      .execute()
  }
  for (const language of ['a-idle', 'b-first', 'c-last']) await deploy(language)
  await deploy('b-first')
  await deploy('c-last', { tag: 'gpu' })
  await deploy('d-gone', { archived: true })
  for (const language of ['c-last', 'b-first', 'd-gone', 'c-last']) await run(language)

  expect(await listDeployedLanguages(kysely)).toEqual([
    { language: 'c-last', tag: 'c-last' },
    { language: 'c-last', tag: 'gpu' },
    { language: 'b-first', tag: 'b-first' },
    { language: 'a-idle', tag: 'a-idle' },
  ])
})
