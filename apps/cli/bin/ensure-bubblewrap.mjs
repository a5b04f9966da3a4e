// Dependency-free: bubblewrap gives jobs the better sandbox; without it Millrace isolates them by other means.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const LIMIT_MS = 60_000
const AGAIN_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * As root on Debian or Ubuntu: installs bubblewrap when it is missing, at most one attempt a day. A failure is one line.
 * @param {{ say: (text: string) => void, stateFolder: string }} options
 */
export async function ensureBubblewrap({ say, stateFolder }) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  if (isOnPath('bwrap') || !isOnPath('apt-get')) return
  const mark = join(stateFolder, 'bubblewrap-attempt')
  if (existsSync(mark) && Date.now() - statSync(mark).mtimeMs < AGAIN_AFTER_MS) return
  mkdirSync(stateFolder, { recursive: true })
  writeFileSync(mark, '')
  const startedAt = performance.now()
  say('bubblewrap: installing … ')
  const isDone = installBubblewrap(startedAt + LIMIT_MS)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  say(
    isDone ? `done in ${seconds} s\n` : 'not possible here; run `apt-get install bubblewrap` for the better sandbox\n',
  )
}

/** The package lists of a fresh machine are empty: only then, or when they are too old, they are read anew. */
function installBubblewrap(endsAt) {
  const install = ['install', '-y', '--no-install-recommends', 'bubblewrap']
  if (runApt(install, endsAt)) return true
  return runApt(['update'], endsAt) && runApt(install, endsAt)
}

function runApt(args, endsAt) {
  const timeout = Math.floor(endsAt - performance.now())
  if (timeout <= 0) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return (
    spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=10', ...args], { env, stdio: 'ignore', timeout }).status ===
    0
  )
}

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
