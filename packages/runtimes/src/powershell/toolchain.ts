import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const MAJOR_MIN = 7
const KNOWN_PLACES = [
  '/usr/bin/pwsh',
  '/opt/microsoft/powershell/7/pwsh',
  '/usr/local/bin/pwsh',
  '/opt/homebrew/bin/pwsh',
]

/** A PowerShell of 7 or newer that jobs can reach, with the folder that it lies in. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const inPath = await findInPath('pwsh')
  const seen: string[] = []
  for (const place of [...(inPath === undefined ? [] : [inPath]), ...KNOWN_PLACES]) {
    const program = await realpath(place).catch(() => undefined)
    const said = program === undefined ? undefined : await askProgram(program, ['-NoLogo', '-NoProfile', '-Version'])
    const version = /(\d+)\.\d+[.\w-]*/.exec(said ?? '')
    if (program === undefined || !version) continue
    if (Number(version[1]) < MAJOR_MIN) seen.push(`${program} is ${version[0]}`)
    else if (!(await host.isReachable(program))) seen.push(`${program} is in a private folder`)
    else return found(program, version[0])
  }
  const why = seen.length > 0 ? ` (${[...new Set(seen)].join('; ')})` : ''
  return {
    found: false,
    problem: `no PowerShell ${MAJOR_MIN} or newer that jobs can reach${why}`,
    remedy: findRemedy(),
  }
}

function found(program: string, version: string): Toolchain {
  const folder = dirname(program)
  const isSystem = folder.startsWith('/usr/') && !folder.startsWith('/usr/local/')
  return {
    found: true,
    version,
    paths: { pwsh: program },
    mounts: isSystem ? [] : [{ host: folder, inside: folder, writable: false }],
  }
}

/** Debian and its like have it from Microsoft's own source of packages only. */
function findRemedy(): string {
  if (process.platform === 'darwin') return 'brew install powershell'
  return 'dotnet tool install PowerShell --tool-path /usr/local/bin'
}
