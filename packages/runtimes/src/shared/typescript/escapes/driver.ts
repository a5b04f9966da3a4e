// @ts-nocheck -- it is run by Bun and by Deno, whose own modules the server does not know.
// Carries out attempts to get out of the box. A line of the plan is an attempt: its name, its kind, and the words of that.
import { spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { connect } from 'node:net'

const SEPARATOR = '\x1f'
const REFUSALS = [1, 13, 38, 97]
const WAIT_MS = 300
const { O_WRONLY, O_NONBLOCK, O_NOCTTY, O_CREAT, O_EXCL } = fs.constants

const libc = await ('Deno' in globalThis ? openByDeno() : openByBun())

export async function main(plan: string) {
  for (const line of plan.split('\n')) {
    const [name, kind, ...words] = line.split(SEPARATOR)
    process.stdout.write(`~escape${SEPARATOR}${name}${SEPARATOR}${await attempt(kind, words)}\n`)
  }
}

async function attempt(kind: string, words: string[]): Promise<string> {
  try {
    return `${(await kinds[kind](...words)) ? 'achieved' : 'refused'}${SEPARATOR}`
  } catch (error) {
    return `refused${SEPARATOR}${String(error).replaceAll('\n', ' ')}`
  }
}

const kinds: Record<string, (...words: string[]) => boolean | Promise<boolean>> = {
  read,
  list: (path, needle) => (needle ? fs.readdirSync(path).includes(needle) : fs.readdirSync(path).length > 0),
  open(path) {
    fs.closeSync(fs.openSync(path, O_WRONLY | O_NONBLOCK | O_NOCTTY))
    return true
  },
  create(folder) {
    const path = `${folder}/.millrace-escape`
    fs.closeSync(fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL))
    fs.unlinkSync(path)
    return true
  },
  trace(folder, round) {
    const path = `${folder}/.millrace-trace`
    if (fs.existsSync(path)) {
      fs.unlinkSync(path)
      return true
    }
    if (round === '1') fs.writeFileSync(path, '')
    return false
  },
  symlink(path, needle) {
    fs.rmSync('way-out', { force: true })
    fs.symlinkSync(path, 'way-out')
    return read('way-out', needle)
  },
  hardlink(path) {
    fs.linkSync(path, 'way-out-too')
    fs.unlinkSync('way-out-too')
    return true
  },
  tcp: (host, port) => reach({ host, port: Number(port) }),
  unix: (path) => reach({ path }),
  abstract: (name) => reach({ path: `\0${name}` }),
  env: (needle) => run(needle, 'env') || read('/proc/self/environ', needle),
  scan: (file, needle) =>
    fs.readdirSync('/proc').some((pid) => {
      try {
        return /^\d+$/.test(pid) && read(`/proc/${pid}/${file}`, needle)
      } catch {
        return false
      }
    }),
  memory(pid, needle) {
    const stack = /^(\w+)-(\w+) .*\[stack\]$/m.exec(fs.readFileSync(`/proc/${pid}/maps`, 'utf8'))
    if (!stack) return false
    const [start, end] = [parseInt(stack[1], 16), parseInt(stack[2], 16)]
    const bytes = Buffer.alloc(end - start)
    const file = fs.openSync(`/proc/${pid}/mem`, 'r')
    fs.readSync(file, bytes, 0, bytes.length, start)
    return bytes.includes(needle)
  },
  signal(pid) {
    process.kill(Number(pid), 0)
    return true
  },
  call(number) {
    const answer = libc.syscall(BigInt(number), -1n, -1n, -1n, -1n, -1n, -1n)
    return Number(answer) >= 0 || !REFUSALS.includes(libc.errno())
  },
  socket(family, type, protocol) {
    const descriptor = libc.socket(Number(family), Number(type), Number(protocol))
    if (descriptor >= 0) libc.close(descriptor)
    return descriptor >= 0
  },
  run,
  descriptors: () => fs.readdirSync('/proc/self/fd').some(isForeign),
  leave(mark) {
    spawn('sleep', [mark], { stdio: 'ignore', detached: true }).unref()
    return false
  },
}

function run(needle: string, command: string): boolean {
  const done = spawnSync('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 })
  if (done.error) throw done.error
  return done.stdout.includes(needle)
}

function read(path: string, needle: string): boolean {
  // A pipe of somebody would hold us up.
  if (!fs.statSync(path).isFile()) return false
  const file = fs.openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(65536)
    const size = fs.readSync(file, bytes, 0, bytes.length, null)
    return needle ? bytes.subarray(0, size).includes(needle) : size > 0
  } finally {
    fs.closeSync(file)
  }
}

function reach(place: { host: string; port: number } | { path: string }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(place as never)
    socket.setTimeout(WAIT_MS, () => socket.destroy(new Error('no answer')))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', reject)
  })
}

/** A folder or a file of none of the job's places. */
function isForeign(name: string): boolean {
  try {
    const found = fs.fstatSync(Number(name))
    const target = fs.readlinkSync(`/proc/self/fd/${name}`)
    const isKnown = /^\/(job|proc|dev|usr|lib|toolchain|runtime)\//.test(target) || target === '/job'
    return (found.isDirectory() || found.isFile() || found.isBlockDevice()) && !isKnown
  } catch {
    return false
  }
}

function library(): string {
  return fs.readFileSync('/proc/self/maps', 'utf8').match(/\S*\/(libc\.so\.6|ld-musl\S*)/)?.[0] ?? 'libc.so.6'
}

async function openByBun() {
  const { dlopen, FFIType, read: peek } = await import('bun:ffi')
  const long = FFIType.i64
  const { symbols } = dlopen(library(), {
    syscall: { args: [long, long, long, long, long, long, long], returns: long },
    socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    close: { args: [FFIType.i32], returns: FFIType.i32 },
    __errno_location: { args: [], returns: FFIType.ptr },
  })
  return { ...symbols, errno: () => peek.i32(symbols.__errno_location()) }
}

function openByDeno() {
  const { symbols } = Deno.dlopen(library(), {
    syscall: { parameters: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64'], result: 'i64' },
    socket: { parameters: ['i32', 'i32', 'i32'], result: 'i32' },
    close: { parameters: ['i32'], result: 'i32' },
    __errno_location: { parameters: [], result: 'pointer' },
  })
  return { ...symbols, errno: () => new Deno.UnsafePointerView(symbols.__errno_location()).getInt32() }
}
