import { access, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Mount } from '@millrace/sandbox/spec'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const SYSTEM_PROGRAMS = ['/usr/bin/python3', '/usr/local/bin/python3', '/bin/python3', '/opt/homebrew/bin/python3']
const MINOR_MIN = 9
/** Versions that are looked for by name, besides whatever `python3` is. */
const NAMED_MINORS = [10, 11, 12, 13, 14]
const NAMED_FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
/** Folders with a folder for each version, as pyenv, uv and the usual builds have them. */
const VERSION_FOLDERS = [
  join(homedir(), '.pyenv/versions'),
  join(homedir(), '.local/share/uv/python'),
  '/opt',
  '/opt/python',
  '/usr/local/lib/python-versions',
]
const QUESTION =
  'import os, sys; print(sys.version.split()[0]); print(os.path.realpath(sys.executable)); print(sys.base_prefix)'

/**
 * Every Python that a job can reach. The default (path `python`) is the system's, else the one in the search path with its
 * shim resolved; the others are paths by their version: `python3.12`. Beside them `uv`, where the host has it.
 */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const seen: string[] = []
  const usual = await findUsual(host, seen)
  const named = await findNamed(host, seen)
  const [first] = named
  const chosen = usual ?? first
  if (!chosen)
    return {
      found: false,
      problem: `no Python 3.${MINOR_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
      remedy: process.platform === 'darwin' ? 'brew install python3' : 'apt-get install -y python3',
    }

  const uv = await findUv(host)
  const all = [chosen, ...named]
  const paths = Object.fromEntries(all.map(({ minor, path }) => [`python3.${minor}`, path]).reverse())
  const folders = new Set([...all.map(({ prefix }) => prefix), ...(uv === undefined ? [] : [dirname(uv)])])
  return {
    found: true,
    version: chosen.version,
    paths: { ...paths, python: chosen.path, ...(uv === undefined ? {} : { uv }) },
    mounts: [...folders].flatMap(mountOf),
  }
}

interface FoundPython {
  readonly version: string
  readonly minor: number
  readonly path: string
  readonly prefix: string
}

async function findUsual(host: HostContext, seen: string[]): Promise<FoundPython | undefined> {
  const inPath = await findInPath('python3')
  for (const program of inPath === undefined ? SYSTEM_PROGRAMS : [...SYSTEM_PROGRAMS, inPath]) {
    const found = await askPython(program, host, seen)
    if (found) return found
  }
  return undefined
}

async function findNamed(host: HostContext, seen: string[]): Promise<FoundPython[]> {
  const known = NAMED_FOLDERS.flatMap((folder) => NAMED_MINORS.map((minor) => join(folder, `python3.${minor}`)))
  const programs = [...known, ...(await listVersions())]
  const found = await Promise.all(programs.map((program) => askIfThere(program, host, seen)))
  return found.filter((each) => each !== undefined)
}

async function listVersions(): Promise<string[]> {
  const lists = await Promise.all(
    VERSION_FOLDERS.map(async (folder) => {
      const names = await readdir(folder).catch((): string[] => [])
      return names
        .sort()
        .reverse()
        .flatMap((name) => {
          const minor = /\b3\.(\d+)/.exec(name)?.[1]
          return minor !== undefined && NAMED_MINORS.includes(Number(minor))
            ? [join(folder, name, 'bin', `python3.${minor}`)]
            : []
        })
    }),
  )
  return lists.flat()
}

/** A program that jobs cannot reach is not even asked, which takes a while for each. */
async function askIfThere(program: string, host: HostContext, seen: string[]): Promise<FoundPython | undefined> {
  const isThere = await access(program).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  if (await host.isReachable(program)) return await askPython(program, host, seen)
  seen.push(`${program} is in a private folder`)
  return undefined
}

async function askPython(program: string, host: HostContext, seen: string[]): Promise<FoundPython | undefined> {
  const answer = await askProgram(program, ['-I', '-S', '-c', QUESTION])
  const [version, path, prefix] = answer?.split('\n') ?? []
  if (version === undefined || path === undefined || prefix === undefined) return undefined
  const [major, minor = 0] = version.split('.').map(Number)
  if (major !== 3 || minor < MINOR_MIN) {
    seen.push(`${program} is ${version}`)
    return undefined
  }
  if (!(await host.isReachable(path)) || !(await host.isReachable(prefix))) {
    seen.push(`${path} is in a private folder`)
    return undefined
  }
  return { version, minor, path, prefix }
}

async function findUv(host: HostContext): Promise<string | undefined> {
  const uv = await findInPath('uv')
  return uv !== undefined && (await host.isReachable(uv)) ? uv : undefined
}

/** What a box shows anyway needs no mount. */
function mountOf(folder: string): Mount[] {
  return /^\/(?:usr|bin|lib)(?:\/|$)/.test(folder) ? [] : [{ host: folder, inside: folder, writable: false }]
}
