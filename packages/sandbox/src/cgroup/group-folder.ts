import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sleep } from '@millrace/base/time'

const NAME = /^millrace-(\d+)-\d+$/
let created = 0

/** A name that says whose group it is, so that another server can tell when its owner is gone. */
export function nextGroupName(): string {
  return `millrace-${process.pid}-${++created}`
}

/** Removes groups left by servers that died. */
export function sweepGroups(parent: string): void {
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    const owner = NAME.exec(name)?.[1]
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) tryRemove(join(parent, name))
  }
}

/** Whether a group can be made below `parent` and has the file that its controller brings. */
export function canCreate(parent: string, file: string): boolean {
  const folder = join(parent, nextGroupName())
  try {
    mkdirSync(folder)
    return existsSync(join(folder, file))
  } catch {
    return false
  } finally {
    tryRemove(folder)
  }
}

export function readNumber(path: string): number | undefined {
  const text = readText(path)
  return text === undefined || text.trim() === '' ? undefined : Number(text)
}

/** The number after a word of a file of lines `word number`. */
export function readField(path: string, word: string): number | undefined {
  const line = readText(path)
    ?.split('\n')
    .find((candidate) => candidate.startsWith(`${word} `))
  return line === undefined ? undefined : Number(line.slice(word.length + 1))
}

export function readPids(folder: string): number[] {
  const text = readText(join(folder, 'cgroup.procs')) ?? ''
  return text.split('\n').filter(Boolean).map(Number)
}

/** Writes a bound that not every kernel has; false where it has not. Those that matter were checked when the control groups were opened. */
export function tryWrite(path: string, value: string): boolean {
  try {
    writeFileSync(path, value)
    return true
  } catch {
    return false
  }
}

/** Removes groups once the last process has left them; gives up after a second, and the next server sweeps. */
export async function removeGroups(folders: readonly string[]): Promise<void> {
  let left = folders.filter((folder) => !tryRemove(folder))
  for (let waitMs = 1; left.length > 0 && waitMs < 600; waitMs *= 2) {
    await sleep(waitMs)
    left = left.filter((folder) => !tryRemove(folder))
  }
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return !existsSync(folder)
  }
}
