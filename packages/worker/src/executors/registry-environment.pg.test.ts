import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { putSetting } from '@millrace/db/tables/setting'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RegistryEnvironment } from './registry-environment.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

test('settings of the instance stand over the environment of the server, each under the names that package managers read', async () => {
  const own = { PIP_INDEX_URL: 'https://host.example/simple', HTTPS_PROXY: 'http://proxy.example' }
  expect(await new RegistryEnvironment(base.db.kysely, own).read()).toEqual({ env: own })
  await putSetting(base.db.kysely, 'pip_index_url', 'https://set.example/simple', 'tester')
  await putSetting(base.db.kysely, 'npm_config_registry', 'https://npm.example', 'tester')
  expect(await new RegistryEnvironment(base.db.kysely, own).read()).toEqual({
    env: {
      HTTPS_PROXY: 'http://proxy.example',
      PIP_INDEX_URL: 'https://set.example/simple',
      UV_DEFAULT_INDEX: 'https://set.example/simple',
      NPM_CONFIG_REGISTRY: 'https://npm.example',
      BUN_CONFIG_REGISTRY: 'https://npm.example',
    },
  })
})
