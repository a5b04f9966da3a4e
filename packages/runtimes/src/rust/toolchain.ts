import { join } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const INSIDE = '/toolchain'
const SYSTEM_PROGRAMS = [
  '/usr/bin/rustc',
  '/usr/local/bin/rustc',
  '/opt/homebrew/bin/rustc',
  '/usr/local/cargo/bin/rustc',
]
/** Older ones cannot read the index and the manifests of today's packages. */
const MINOR_MIN = 75

/** A rustc and a cargo that jobs can reach; those of rustup are in a private home as a rule. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const inPath = await findInPath('rustc')
  const seen: string[] = []
  for (const program of inPath === undefined ? SYSTEM_PROGRAMS : [...SYSTEM_PROGRAMS, inPath]) {
    const [, version, minor] = /^rustc (1\.(\d+)\.\S+)/.exec((await askProgram(program, ['--version'])) ?? '') ?? []
    const root = await askProgram(program, ['--print', 'sysroot'])
    if (version === undefined || root === undefined) continue
    if (Number(minor) < MINOR_MIN) {
      seen.push(`${program} is ${version}`)
      continue
    }
    if (!(await host.isReachable(join(root, 'bin', 'cargo'))) || !(await host.isReachable(join(root, 'lib')))) {
      seen.push(`${root} has no cargo that jobs can reach`)
      continue
    }
    // What is below /usr a job sees anyway.
    const isSystem = root === '/usr' || root.startsWith('/usr/')
    return {
      found: true,
      version,
      paths: { root: isSystem ? root : INSIDE },
      mounts: isSystem ? [] : [{ host: root, inside: INSIDE, writable: false }],
    }
  }
  return {
    found: false,
    problem: `no Rust 1.${MINOR_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${[...new Set(seen)].join('; ')})` : ''}`,
    remedy:
      process.platform === 'darwin' ? 'brew install rust' : 'apt-get install -y cargo-web || apt-get install -y cargo',
  }
}
