import { readdir, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'
import { placeProgram } from './place-program.ts'

const INSIDE = '/toolchain/program'
const VERSION_MIN = 6
const LIBRARIES = ['/usr/lib/mono/4.5', '/usr/local/lib/mono/4.5', '/opt/homebrew/lib/mono/4.5']
const SETTINGS = ['/etc', '/usr/local/etc', '/opt/homebrew/etc']
/** Parts of the class library that a script may use without asking, where the host has them. */
const OFFERED = [
  'Microsoft.CSharp',
  'System',
  'System.Core',
  'System.Data',
  'System.IO.Compression',
  'System.Net.Http',
  'System.Numerics',
  'System.Runtime.Serialization',
  'System.Security',
  'System.Web',
  'System.Web.Extensions',
  'System.Xml',
  'System.Xml.Linq',
]

/** A Mono with its compiler that jobs can reach. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const program = await findInPath('mono')
  const mono = program === undefined ? undefined : await realpath(program)
  const said = mono === undefined ? undefined : await askProgram(mono, ['--version'])
  const version = /version (\d+[\d.]*)/.exec(said ?? '')?.[1]
  const libraries = await findReachable(host, LIBRARIES, 'mcs.exe')
  const settings = await findReachable(host, SETTINGS, 'mono/config')
  if (mono === undefined || version === undefined || libraries === undefined || settings === undefined) {
    return missing('no Mono with its compiler mcs that jobs can reach')
  }
  if (Number.parseInt(version, 10) < VERSION_MIN)
    return missing(`Mono is ${version}, which is older than ${VERSION_MIN}`)
  if (!(await host.isReachable(mono))) return missing(`${mono} is in a private folder`)

  const compiler = `${libraries}/mcs.exe`
  const folder = await placeProgram({ program: mono, compiler, settings }, host.toolchainFolder)
  const present = new Set(await readdir(libraries))
  const prefix = dirname(dirname(mono))
  return {
    found: true,
    version,
    paths: {
      mono,
      compiler,
      program: INSIDE,
      references: OFFERED.filter((name) => present.has(`${name}.dll`)).join(','),
    },
    mounts: [
      { host: folder, inside: INSIDE, writable: false },
      ...(prefix === '/usr' ? [] : [{ host: prefix, inside: prefix, writable: false }]),
    ],
  }
}

async function findReachable(host: HostContext, folders: readonly string[], file: string): Promise<string | undefined> {
  for (const folder of folders) if (await host.isReachable(`${folder}/${file}`)) return folder
  return undefined
}

function missing(problem: string): Toolchain {
  const packages = 'mono-mcs libmono-system-net-http4.0-cil ca-certificates-mono'
  const remedy = process.platform === 'darwin' ? 'brew install mono' : `apt-get install -y ${packages}`
  return { found: false, problem, remedy }
}
