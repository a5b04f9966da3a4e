import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const SYSTEM_PROGRAMS = ['/usr/bin/ruby', '/usr/local/bin/ruby', '/opt/homebrew/bin/ruby']
const VERSION_MIN = 3
const QUESTION = `
bundle = begin
  Gem.bin_path('bundler', 'bundle')
rescue StandardError, LoadError
  ''
end
puts RUBY_VERSION, File.realpath(RbConfig.ruby), File.realpath(RbConfig::CONFIG['prefix']), RbConfig::CONFIG['ruby_version'], bundle`

/** A Ruby that jobs can reach, and its Bundler where it has one. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const inPath = await findInPath('ruby')
  const seen: string[] = []
  for (const program of inPath === undefined ? SYSTEM_PROGRAMS : [...SYSTEM_PROGRAMS, inPath]) {
    const answer = await askProgram(program, ['--disable=rubyopt', '-e', QUESTION])
    const [version, path, prefix, api, bundle = ''] = answer?.split('\n') ?? []
    if (version === undefined || path === undefined || prefix === undefined || api === undefined) continue
    if (Number.parseInt(version, 10) < VERSION_MIN) {
      seen.push(`${program} is ${version}`)
      continue
    }
    if (!(await host.isReachable(path)) || !(await host.isReachable(prefix))) {
      seen.push(`${path} is in a private folder`)
      continue
    }
    const mounts = prefix.startsWith('/usr') ? [] : [{ host: prefix, inside: prefix, writable: false }]
    return { found: true, version, paths: { ruby: path, api, bundle }, mounts }
  }
  return {
    found: false,
    problem: `no Ruby ${VERSION_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
    remedy: process.platform === 'darwin' ? 'brew install ruby' : 'apt-get install -y ruby ruby-bundler',
  }
}
