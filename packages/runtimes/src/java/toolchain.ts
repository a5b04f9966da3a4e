import { dirname, join } from 'node:path'
import { glob, realpath } from 'node:fs/promises'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'
import { compileWrapper } from './compile-wrapper.ts'
import { placeJdk } from './place-jdk.ts'

const INSIDE = '/toolchain'
const VERSION_MIN = 17
/** Where Maven's own libraries are, which find packages without Maven's configuration. */
const MAVEN_FOLDERS = ['/usr/share/maven/lib', '/usr/local/maven/lib', '/opt/maven/lib']

/** A JDK (17 or newer) that jobs can reach, and the libraries of Maven if they are there. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const seen: string[] = []
  for (const root of await findRoots()) {
    const version = (await askProgram(join(root, 'bin', 'javac'), ['-version']))?.replace(/^javac /, '')
    if (version === undefined) continue
    if (Number.parseInt(version, 10) < VERSION_MIN) {
      seen.push(`${root} is ${version}`)
      continue
    }
    if (!(await host.isReachable(join(root, 'lib', 'modules')))) {
      seen.push(`${root} is in a private folder`)
      continue
    }
    const jdk = await placeJdk(root, join(host.toolchainFolder, 'jdk'))
    const wrapper = await compileWrapper(root, join(host.toolchainFolder, 'wrapper'))
    const maven = await findMaven(host)
    return {
      found: true,
      version,
      paths: { root: `${INSIDE}/jdk`, wrapper: `${INSIDE}/wrapper`, maven: maven ?? '' },
      mounts: [
        { host: jdk, inside: `${INSIDE}/jdk`, writable: false },
        { host: wrapper, inside: `${INSIDE}/wrapper`, writable: false },
        ...(maven === undefined || maven.startsWith('/usr/') ? [] : [{ host: maven, inside: maven, writable: false }]),
      ],
    }
  }
  return {
    found: false,
    problem: `no JDK ${VERSION_MIN} or newer that jobs can reach${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
    remedy:
      process.platform === 'darwin' ? 'brew install openjdk maven' : 'apt-get install -y default-jdk-headless maven',
  }
}

async function findRoots(): Promise<string[]> {
  const inPath = await findInPath('javac')
  const found = inPath === undefined ? [] : [dirname(dirname(await realpath(inPath)))]
  for (const pattern of ['/usr/lib/jvm/*/bin/javac', '/opt/*/bin/javac', '/opt/homebrew/opt/openjdk/bin/javac']) {
    for await (const program of glob(pattern)) found.push(dirname(dirname(await realpath(program))))
  }
  return [...new Set(found)]
}

async function findMaven(host: HostContext): Promise<string | undefined> {
  for (const folder of MAVEN_FOLDERS) if (await host.isReachable(folder)) return folder
  return undefined
}
