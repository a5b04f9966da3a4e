import { existsSync, lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceCopy, replaceFile } from './replace-file.ts'

/** Files of `/etc` that programs need to find libraries, names, time and certificates, none of them secret. */
const COPIED = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'hosts',
  'nsswitch.conf',
  'host.conf',
  'gai.conf',
  'localtime',
  'timezone',
]
const COPIED_TOO = [
  'alternatives',
  'services',
  'protocols',
  'mime.types',
  'os-release',
  'bash.bashrc',
  'inputrc',
  'ca-certificates.conf',
]
/** What must be current while we run is shown as it is; every view costs a third of a millisecond a start. */
const SHOWN = ['ssl', 'pki', 'resolv.conf']

const USER_NAME = 'job'
/** The user that a job sees itself as. */
export const INSIDE_UID = 1000

/** A link or a read-only view that makes up a box's root. */
export type SystemEntry =
  | { readonly kind: 'link'; readonly target: string; readonly inside: string }
  | { readonly kind: 'view'; readonly host: string; readonly inside: string }

/**
 * Makes the box's `/etc` below `folder`, which boxes of another process may be using, and lists what a box shows of the system: `/usr`, the old names for its parts, and
 * a few files of `/etc`. Never the whole root.
 */
export async function prepareSystemFolders(folder: string): Promise<readonly SystemEntry[]> {
  const etc = join(folder, 'etc')
  await mkdir(etc, { recursive: true, mode: 0o755 })
  await chmod(etc, 0o755)
  for (const name of [...COPIED, ...COPIED_TOO]) await copyIfThere(join('/etc', name), join(etc, name))
  await replaceFile(join(etc, 'passwd'), passwd())
  await replaceFile(join(etc, 'group'), `root:x:0:\n${USER_NAME}:x:${INSIDE_UID}:\nnogroup:x:65534:\n`)

  const shown = SHOWN.filter((name) => existsSync(join('/etc', name)))
  for (const name of shown) await makePlace(join(etc, name), name)
  return [
    { kind: 'view', host: '/usr', inside: '/usr' },
    ...['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].flatMap(asOnHost),
    { kind: 'view', host: etc, inside: '/etc' },
    ...shown.map((name) => ({ kind: 'view', host: join('/etc', name), inside: join('/etc', name) }) as const),
  ]
}

function passwd(): string {
  const users = [
    'root:x:0:0:root:/:/usr/sbin/nologin',
    `${USER_NAME}:x:${INSIDE_UID}:${INSIDE_UID}:${USER_NAME}:/tmp:/bin/sh`,
  ]
  return [...users, 'nobody:x:65534:65534:nobody:/:/usr/sbin/nologin', ''].join('\n')
}

function asOnHost(name: string): SystemEntry[] {
  const path = `/${name}`
  const found = find(path)
  if (!found) return []
  if (found.isSymbolicLink()) return [{ kind: 'link', target: readlinkSync(path), inside: path }]
  return [{ kind: 'view', host: path, inside: path }]
}

async function copyIfThere(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return
  const isLink = lstatSync(from).isSymbolicLink()
  await replaceCopy(isLink ? realpathSync(from) : from, to)
}

async function makePlace(place: string, name: string): Promise<void> {
  if (name === 'resolv.conf') await writeFile(place, '')
  else await mkdir(place, { recursive: true })
}

function find(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}
