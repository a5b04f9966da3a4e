import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaceCopy, replaceFile } from './replace-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-replace-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('who reads a file while it is replaced has the old content, whole', async () => {
  const path = join(folder, 'filter')
  await replaceFile(path, 'old')
  const reader = await open(path)
  await replaceFile(path, 'new content')
  expect(await reader.readFile('utf8')).toBe('old')
  await reader.close()
  expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['new content', ['filter']])
})

test('a file that is there already is not written', async () => {
  const path = join(folder, 'filter')
  await replaceFile(path, 'same')
  const before = await stat(path)
  await replaceFile(path, 'same')
  expect((await stat(path)).ino).toBe(before.ino)
})

test('a folder is copied with its links as they are, again and again', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  await mkdir(join(from, 'below'), { recursive: true })
  await writeFile(join(from, 'below', 'file'), 'one', { mode: 0o755 })
  await symlink('nowhere', join(from, 'link'))
  await replaceCopy(from, to)
  await writeFile(join(from, 'below', 'file'), 'two')
  await replaceCopy(from, to)
  expect(await readFile(join(to, 'below', 'file'), 'utf8')).toBe('two')
  expect((await lstat(join(to, 'below', 'file'))).mode & 0o777).toBe(0o755)
  expect([await readlink(join(to, 'link')), await readdir(to)]).toEqual(['nowhere', ['below', 'link']])
})
