import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const SYSTEM_PROGRAMS = [
  '/usr/bin/ansible-playbook',
  '/usr/local/bin/ansible-playbook',
  '/opt/homebrew/bin/ansible-playbook',
]
const VERSION_MIN = 2.14

/** An Ansible whose Python and modules jobs can reach. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const inPath = await findInPath('ansible-playbook')
  const seen: string[] = []
  for (const program of inPath === undefined ? SYSTEM_PROGRAMS : [...SYSTEM_PROGRAMS, inPath]) {
    const answer = (await askProgram(program, ['--version'])) ?? ''
    const version = /\[core (\d+\.\d+[.\d]*)/.exec(answer)?.[1]
    const python = /python version = .*\((\/[^()]+)\)\s*$/m.exec(answer)?.[1]
    const modules = /ansible python module location = (\/.+)\/ansible\s*$/m.exec(answer)?.[1]
    if (version === undefined || python === undefined || modules === undefined) continue
    if (isOlder(version)) {
      seen.push(`${program} is ${version}`)
      continue
    }
    const prefix = (await askProgram(python, ['-c', 'import sys; print(sys.base_prefix)'])) ?? ''
    if (!(await host.isReachable(python)) || !(await host.isReachable(modules))) {
      seen.push(`${modules} is in a private folder`)
      continue
    }
    const places = [...new Set([prefix, modules])].filter((place) => place !== '' && !place.startsWith('/usr'))
    const mounts = places.map((place) => ({ host: place, inside: place, writable: false }))
    return { found: true, version, paths: { python, modules }, mounts }
  }
  return {
    found: false,
    problem: `no ansible-core ${VERSION_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
    remedy: process.platform === 'darwin' ? 'brew install ansible' : 'apt-get install -y ansible-core',
  }
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [majorMin = 0, minorMin = 0] = String(VERSION_MIN).split('.').map(Number)
  return major < majorMin || (major === majorMin && minor < minorMin)
}
