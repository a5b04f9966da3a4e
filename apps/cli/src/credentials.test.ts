import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readCredentials, writeCredentials } from './credentials.ts'

async function setup(): Promise<{ folder: string; file: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'millrace-cli-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const folder = join(parent, 'millrace')
  return { folder, file: join(folder, 'credentials.json') }
}

const credentials = { current: 'http://a', servers: { 'http://a': { token: 't', email: 'a@b.c', workspace: 'w' } } }

test('what is written is read back, and nobody else may read it', async () => {
  const { folder, file } = await setup()

  await writeCredentials(folder, credentials)

  expect(await readCredentials(folder)).toEqual(credentials)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['credentials.json'])
})

test('without a file there are no sign-ins', async () => {
  const { folder } = await setup()
  expect(await readCredentials(folder)).toEqual({ servers: {} })
})

test('a file that others can read is refused with what to do', async () => {
  const { folder, file } = await setup()
  await writeCredentials(folder, credentials)
  await chmod(file, 0o640)

  await expect(readCredentials(folder)).rejects.toThrow(`chmod 600 ${file}`)
})

test('a file that is broken or a symbolic link is refused with what to do', async () => {
  const { folder, file } = await setup()
  await writeCredentials(folder, credentials)
  await writeFile(file, '{"servers": 1}')
  await expect(readCredentials(folder)).rejects.toThrow('millrace login')

  await rm(file)
  await symlink('/dev/null', file)
  await expect(readCredentials(folder)).rejects.toThrow('ELOOP')
})
