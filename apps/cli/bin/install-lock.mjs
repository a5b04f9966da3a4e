// Dependency-free: one install at a time in a checkout, also when an earlier one was killed.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 200

/**
 * Does the work while holding a lock. The lock is a file that names the processes it belongs to (ours, and the npm that
 * the work reports by `noteChild`, which outlives a killed parent); it is free when none of them lives.
 * @param {string} path
 * @param {(text: string) => void} say
 * @param {(noteChild: (pid: number) => void) => Promise<void>} work
 */
export async function withInstallLock(path, say, work) {
  mkdirSync(dirname(path), { recursive: true })
  let isWaiting = false
  while (!tryAcquire(path)) {
    if (!isWaiting) say('packages: waiting for another install in this folder …\n')
    isWaiting = true
    await delay(POLL_MS)
  }
  try {
    await work((pid) => replace(path, [process.pid, pid]))
  } finally {
    rmSync(path, { force: true })
  }
}

function tryAcquire(path) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, describe([process.pid]))
  try {
    // A link appears with its content in one step, where a created file could be seen empty.
    linkSync(own, path)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    removeIfStale(path)
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

function removeIfStale(path) {
  const seen = readOrNothing(path)
  if (seen === undefined || seen.split('\n').some(isAlive)) return
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  // Between the look and the rename another process may have replaced the stale lock by its own: give that one back.
  if (readOrNothing(aside) !== seen) giveBack(aside, path)
  rmSync(aside, { force: true })
}

function giveBack(aside, path) {
  try {
    linkSync(aside, path)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}

function replace(path, pids) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, describe(pids))
  renameSync(own, path)
}

function describe(pids) {
  return pids.map((pid) => `${pid} ${startOf(pid) ?? ''}`).join('\n')
}

/** A pid alone may belong to a newer process; where the system tells when it started, that must agree. */
function isAlive(line) {
  const [pidText, start] = line.split(' ')
  const pid = Number(pidText)
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return false
  }
  return !start || startOf(pid) === start
}

/** Ticks since boot, from /proc; nothing on other systems. */
function startOf(pid) {
  const stat = readOrNothing(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function readOrNothing(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
