// Dependency-free: npm as a child, its output kept for the case that it fails.
import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { SetupError } from './setup-error.mjs'

const LOCK_REFUSED = /npm ci.*can only install|not in sync/i
const KEPT_LINES = 300
const FIRST_LINES = 10
const LAST_LINES = 6

/** What `npm start` leaves in the environment that would change what the inner npm does, or for which folder. */
const PARENT_ONLY =
  /^npm_(lifecycle_|package_|command$|node_execpath$|execpath$|config_(global|local_prefix|prefix|workspaces?|include_workspace_root|omit|include|only|also|production|dev|dry_run|package_lock_only|node_gyp|user_agent|noproxy$))/i

/** npm failed; the message has its output and what to do. */
export class NpmError extends SetupError {
  constructor(message, isLockRefused) {
    super(message)
    /** `npm ci` holds package-lock.json for incomplete or older than a package.json. */
    this.isLockRefused = isLockRefused
  }
}

/**
 * Runs npm in a folder; rejects with an `NpmError` that has the last lines of its output and what to do.
 * @param {{ root: string, args: string[], noteChild?: (pid: number) => void, pathFirst?: string }} options
 */
export async function runNpm({ root, args, noteChild, pathFirst }) {
  const lines = []
  const child = spawn('npm', args, {
    cwd: root,
    env: childEnvironment(pathFirst),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  if (child.pid !== undefined) noteChild?.(child.pid)
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      lines.push(...text.split('\n').filter((line) => line.trim() !== ''))
      lines.splice(0, Math.max(0, lines.length - KEPT_LINES))
    })
  }
  const end = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.code === 'ENOENT' ? 'npm was not found' : error.message))
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `it ended with ${signal ?? `code ${code}`}`))
  })
  if (end === undefined) return
  const isLockRefused = lines.some((line) => LOCK_REFUSED.test(line))
  throw new NpmError(describeFailure({ root, args, end, lines }), isLockRefused)
}

function childEnvironment(pathFirst) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !PARENT_ONLY.test(name)))
  if (pathFirst) env.PATH = `${pathFirst}${delimiter}${env.PATH ?? ''}`
  return env
}

function describeFailure({ root, args, end, lines }) {
  const output = excerptOf(lines)
    .map((line) => `  ${line}`)
    .join('\n')
  const advice = adviceFor(end, lines.join('\n'), `npm ${args.join(' ')}`)
  return `\`npm ${args.join(' ')}\` in ${root} failed: ${end}.${output ? `\n${output}` : ''}\n${advice}`
}

/** Where the error begins, which npm may bury under its usage, and the end. */
function excerptOf(lines) {
  const start = Math.max(
    0,
    lines.findIndex((line) => /^npm (error|ERR!)/.test(line)),
  )
  const error = lines.slice(start)
  if (error.length <= FIRST_LINES + LAST_LINES) return lines.slice(-FIRST_LINES - LAST_LINES)
  return [...error.slice(0, FIRST_LINES), '…', ...error.slice(-LAST_LINES)]
}

function adviceFor(end, output, command) {
  if (end.includes('not found')) return 'Install npm (it comes with Node from nodejs.org) and run the command again.'
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ERR_SOCKET_TIMEOUT/.test(output))
    return 'The npm registry cannot be reached: check the network, and `npm config get registry` and `proxy`; then run the command again.'
  if (/ENOSPC/.test(output)) return 'The disk is full: make room and run the command again.'
  if (/EACCES|EPERM|EROFS/.test(output))
    return 'This user may not write there: run the command as the owner of the folder, or give the folder to this user.'
  return `Run \`${command}\` yourself to see all of its output.`
}
