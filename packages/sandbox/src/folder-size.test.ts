import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { measureFolders } from './folder-size.ts'

test('files of all depths count, what links name does not, and nothing past the bound is looked at', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-size-'))
  await mkdir(join(folder, 'a', 'b'), { recursive: true })
  await writeFile(join(folder, 'a', 'b', 'deep'), Buffer.alloc(100_000, 1))
  await symlink('/usr', join(folder, 'link'))
  const bytes = await measureFolders([folder, join(folder, 'missing')], 1e9)
  await writeFile(join(folder, 'top'), Buffer.alloc(50_000, 1))
  const more = await measureFolders([folder], 1e9)
  const bounded = await measureFolders([folder], 1000)
  await rm(folder, { recursive: true })
  expect(bytes).toBeGreaterThanOrEqual(100_000)
  expect(bytes).toBeLessThan(120_000)
  expect(more).toBeGreaterThanOrEqual(150_000)
  expect(bounded).toBeLessThan(more)
})
