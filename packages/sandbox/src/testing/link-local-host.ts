import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Answers `open` to whoever connects, and to each packet at the port of names. */
const PROGRAM = `
const [address, ports] = process.argv.slice(1)
const answer = (socket) => socket.on('error', () => undefined).end('open')
const listening = ports.split(',').map((port) => new Promise((resolve) => {
  require('node:net').createServer(answer).listen(Number(port), address, resolve)
}))
const names = require('node:dgram').createSocket('udp4')
names.on('message', (_, { port, address }) => names.send('open', port, address))
listening.push(new Promise((resolve) => names.bind(53, address, resolve)))
Promise.all(listening).then(() => process.stdout.write('ready'))`

/** Ports at which it answers: that of names, and that of credentials. */
export const linkLocalPorts = { names: 53, credentials: 80 } as const

/**
 * Another machine at a link-local address, as a cloud's metadata service is: a network namespace, a pair of interfaces, and a
 * process that answers there. Rejects where we may not make these.
 */
export class LinkLocalHost {
  readonly address: string
  readonly #name: string
  readonly #child: ChildProcess

  private constructor(address: string, name: string, child: ChildProcess) {
    this.address = address
    this.#name = name
    this.#child = child
  }

  static async open(): Promise<LinkLocalHost> {
    const name = `mr${process.pid}x${randomInt(1000)}`
    const prefix = `169.254.${64 + randomInt(64)}.${4 * randomInt(64)}`
    const at = (last: number) => prefix.replace(/\d+$/, (first) => String(Number(first) + last))
    const [ours, theirs] = [`${name}a`, `${name}b`]
    await ip('netns', 'add', name)
    try {
      await ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', name)
      await ip('addr', 'add', `${at(1)}/30`, 'dev', ours)
      await ip('link', 'set', ours, 'up')
      await ip('-n', name, 'addr', 'add', `${at(2)}/30`, 'dev', theirs)
      await ip('-n', name, 'link', 'set', theirs, 'up')
      const ports = Object.values(linkLocalPorts).join(',')
      const child = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', PROGRAM, at(2), ports], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
      return new LinkLocalHost(at(2), name, child)
    } catch (error) {
      await ip('netns', 'delete', name)
      throw error
    }
  }

  /** Takes it away, and the rules of routing that name it. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    const { stdout } = await ip('rule', 'show')
    for (const line of stdout.split('\n').filter((rule) => rule.includes(` to ${this.address} `)))
      await ip('rule', 'delete', 'pref', line.split(':')[0] ?? '', 'to', this.address)
    // The interfaces go with it.
    await ip('netns', 'delete', this.#name)
  }
}

async function ip(...words: readonly string[]): Promise<{ readonly stdout: string }> {
  return await execute('ip', words)
}
