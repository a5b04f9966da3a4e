import { dirname, join } from 'node:path'
import { glob } from 'node:fs/promises'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'

const INSIDE = '/toolchain'

/** The Go that the search path names, or one in the usual places, if jobs can reach it. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  for (const program of await findPrograms()) {
    const [version, root] = (await askProgram(program, ['env', 'GOVERSION', 'GOROOT']))?.split('\n') ?? []
    if (version === undefined || root === undefined || !version.startsWith('go1.')) continue
    if (!(await host.isReachable(join(root, 'bin', 'go'))) || !(await host.isReachable(join(root, 'src')))) continue
    // What is below /usr a job sees anyway.
    const isSystem = root.startsWith('/usr/')
    return {
      found: true,
      version: version.slice('go'.length),
      paths: { root: isSystem ? root : INSIDE },
      mounts: isSystem ? [] : [{ host: root, inside: INSIDE, writable: false }],
    }
  }
  return {
    found: false,
    problem: 'Go is not installed where jobs can reach it',
    remedy: process.platform === 'darwin' ? 'brew install go' : 'apt-get install -y golang-go',
  }
}

async function findPrograms(): Promise<string[]> {
  const inPath = await findInPath('go')
  const found = inPath === undefined ? [] : [inPath]
  found.push('/usr/local/go/bin/go', '/usr/lib/go/bin/go', '/opt/homebrew/bin/go')
  for await (const folder of glob('/usr/lib/go-*/bin')) found.push(join(dirname(folder), 'bin', 'go'))
  return found
}
