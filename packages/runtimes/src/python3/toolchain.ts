import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const SYSTEM_PROGRAMS = ['/usr/bin/python3', '/usr/local/bin/python3', '/bin/python3', '/opt/homebrew/bin/python3']
const MINOR_MIN = 9
const QUESTION =
  'import os, sys; print(sys.version.split()[0]); print(os.path.realpath(sys.executable)); print(sys.base_prefix)'

/** The first Python that a job can reach: the system's, else the one in the search path, its shim resolved. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const inPath = await findInPath('python3')
  const seen: string[] = []
  for (const program of inPath === undefined ? SYSTEM_PROGRAMS : [...SYSTEM_PROGRAMS, inPath]) {
    const answer = await askProgram(program, ['-I', '-S', '-c', QUESTION])
    const [version, path, prefix] = answer?.split('\n') ?? []
    if (version === undefined || path === undefined || prefix === undefined) continue
    const [major, minor] = version.split('.').map(Number)
    if (major !== 3 || (minor ?? 0) < MINOR_MIN) {
      seen.push(`${program} is ${version}`)
      continue
    }
    if (!(await host.isReachable(path)) || !(await host.isReachable(prefix))) {
      seen.push(`${path} is in a private folder`)
      continue
    }
    const mounts = prefix.startsWith('/usr') ? [] : [{ host: prefix, inside: prefix, writable: false }]
    return { found: true, version, paths: { python: path }, mounts }
  }
  return {
    found: false,
    problem: `no Python 3.${MINOR_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
    remedy: process.platform === 'darwin' ? 'brew install python3' : 'apt-get install -y python3',
  }
}
