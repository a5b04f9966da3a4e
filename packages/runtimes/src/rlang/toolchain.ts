import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const SYSTEM_PROGRAMS = ['/usr/bin/R', '/usr/local/bin/R', '/opt/homebrew/bin/R']
const MAJOR_MIN = 4
const QUESTION = `cat(paste(R.version$major, R.version$minor, sep = "."), R.home(), R.home("share"),
  Sys.getenv("LD_LIBRARY_PATH"), paste(.libPaths(), collapse = ":"), sep = "\\n")`

/** An R that jobs can reach, with the packages that the host has for everybody. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const inPath = await findInPath('R')
  const seen: string[] = []
  for (const program of inPath === undefined ? SYSTEM_PROGRAMS : [...SYSTEM_PROGRAMS, inPath]) {
    const answer = await askProgram(program, [
      '--no-echo',
      '--no-save',
      '--no-restore',
      '--no-init-file',
      '-e',
      QUESTION,
    ])
    const [version, home, share, loadPath = '', libraries = ''] = answer?.split('\n') ?? []
    if (version === undefined || home === undefined || share === undefined) continue
    if (Number.parseInt(version, 10) < MAJOR_MIN) {
      seen.push(`${program} is ${version}`)
      continue
    }
    if (!(await host.isReachable(`${home}/bin/exec/R`))) {
      seen.push(`${home} is in a private folder`)
      continue
    }
    const isOutside = (folder: string) => folder !== '' && !folder.startsWith('/usr/')
    const own = await makeHome(home, version, host.toolchainFolder)
    const places = [...new Set([own, home, share, ...libraries.split(':')])].filter(isOutside)
    const mounts = places.map((place) => ({ host: place, inside: place, writable: false }))
    return { found: true, version, paths: { home: own, share, loadPath, libraries }, mounts }
  }
  return {
    found: false,
    problem: `no R ${MAJOR_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
    remedy: process.platform === 'darwin' ? 'brew install r' : 'apt-get install -y r-base-core',
  }
}

/**
 * Debian keeps the settings of R in `/etc`, which no job sees. Then R gets a home of links to its own, with a copy of them,
 * and a starter that knows it (installing packages starts R by that).
 */
async function makeHome(home: string, version: string, folder: string): Promise<string> {
  const settings = await realpath(join(home, 'etc', 'Renviron')).catch(() => home)
  if (!settings.startsWith('/etc/')) return home
  const own = join(folder, `home-${version}`)
  if (existsSync(join(own, 'complete'))) return own
  await rm(own, { recursive: true, force: true })
  await mkdir(join(own, 'bin'), { recursive: true, mode: 0o755 })
  for (const name of await readdir(home))
    if (name !== 'etc' && name !== 'bin') await symlink(join(home, name), join(own, name))
  await cp(join(home, 'etc'), join(own, 'etc'), { recursive: true, dereference: true })
  for (const name of await readdir(join(home, 'bin')))
    if (name !== 'R') await symlink(join(home, 'bin', name), join(own, 'bin', name))
  const starter = await readFile(join(home, 'bin', 'R'), 'utf8')
  await writeFile(
    join(own, 'bin', 'R'),
    starter.replace(/^R_HOME_DIR=.*$/m, () => `R_HOME_DIR=${own}`),
    { mode: 0o755 },
  )
  await writeFile(join(own, 'complete'), '')
  return own
}
