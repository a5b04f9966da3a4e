import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram } from '../shared/program.ts'

const PROGRAMS = ['/usr/bin/bash', '/bin/bash', '/usr/local/bin/bash', '/opt/homebrew/bin/bash']
const VERSION_MIN = 4.4

/** A Bash of 4.4 or newer that jobs can reach. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  for (const program of PROGRAMS) {
    const version = /version (\d+\.\d+[.\d]*)/.exec((await askProgram(program, ['--version'])) ?? '')?.[1]
    if (version === undefined || Number.parseFloat(version) < VERSION_MIN || !(await host.isReachable(program)))
      continue
    const isSystem = program.startsWith('/usr/') || program.startsWith('/bin/')
    const mounts = isSystem ? [] : [{ host: program, inside: program, writable: false }]
    return { found: true, version, paths: { bash: program }, mounts }
  }
  return {
    found: false,
    problem: `no Bash ${VERSION_MIN} or newer that jobs can reach`,
    remedy: process.platform === 'darwin' ? 'brew install bash' : 'apt-get install -y bash',
  }
}
