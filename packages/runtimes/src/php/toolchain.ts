import { realpath } from 'node:fs/promises'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const SYSTEM_PROGRAMS = ['/usr/bin/php', '/usr/local/bin/php', '/opt/homebrew/bin/php']
const VERSION_MIN = 8.1
const QUESTION = `
$files = array_map(fn($name) => ini_get('extension_dir') . '/' . strtolower($name) . '.so', get_loaded_extensions());
$shared = array_filter($files, 'is_file');
echo implode("\\n", [PHP_VERSION, PHP_SAPI, realpath(PHP_BINARY), realpath(ini_get('extension_dir')), implode(',', $shared)]);`

/** A PHP for the command line that jobs can reach, with the extensions that its host loads and none of its settings. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const inPath = await findInPath('php')
  const seen: string[] = []
  for (const program of inPath === undefined ? SYSTEM_PROGRAMS : [...SYSTEM_PROGRAMS, inPath]) {
    const answer = await askProgram(program, ['-d', 'display_errors=stderr', '-r', QUESTION])
    const [version, kind, path, folder = '', extensions = ''] = answer?.split('\n') ?? []
    if (version === undefined || kind !== 'cli' || path === undefined) continue
    if (Number.parseFloat(version) < VERSION_MIN) {
      seen.push(`${program} is ${version}`)
      continue
    }
    if (!(await host.isReachable(path))) {
      seen.push(`${path} is in a private folder`)
      continue
    }
    const composer = await findComposer(host)
    const own = [path, ...(extensions === '' ? [] : [folder]), ...(composer === undefined ? [] : [composer])]
    const places = own.filter((place) => !place.startsWith('/usr/'))
    return {
      found: true,
      version,
      paths: { php: path, extensions, composer: composer ?? '' },
      mounts: places.map((place) => ({ host: place, inside: place, writable: false })),
    }
  }
  return {
    found: false,
    problem: `no PHP ${VERSION_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
    remedy: process.platform === 'darwin' ? 'brew install php' : 'apt-get install -y php-cli',
  }
}

/** Scripts without packages do not need it. */
async function findComposer(host: HostContext): Promise<string | undefined> {
  const found = await findInPath('composer')
  const path = found === undefined ? undefined : await realpath(found)
  return path !== undefined && (await host.isReachable(path)) ? path : undefined
}
