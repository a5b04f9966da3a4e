import { once } from 'node:events'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { guardMetadata } from './metadata-guard.ts'
import { Bench } from './suite-bench.ts'
import { LinkLocalHost, linkLocalPorts } from './testing/link-local-host.ts'

const { names, credentials } = linkLocalPorts
const bench = new Bench({ module: new URL('./bwrap/bwrap-sandbox.ts', import.meta.url), opener: 'openBwrapSandbox' })
let cloud: LinkLocalHost | undefined
let whyNot = ''

beforeAll(async () => {
  await bench.open()
  cloud = await LinkLocalHost.open().catch((error: unknown) => {
    whyNot = `a network namespace cannot be made here: ${String(error).split('\n')[0]}`
    return undefined
  })
})
afterAll(async () => {
  await cloud?.close()
  await bench.close()
})
beforeEach(({ skip }) => skip(cloud === undefined, whyNot))

/** What a box with the network of the host gets from a port. */
async function ask(port: number, protocol: 'tcp' | 'udp'): Promise<string> {
  const place = `/dev/${protocol}/${cloud?.address}/${port}`
  const script = `exec 9<>${place} || exit; [ ${protocol} = tcp ] || echo who >&9; read -r -t 5 -N 4 word <&9; echo "$word"`
  return (await bench.run(script, { network: 'host' })).stdout.trim()
}

test('a box does not reach a link-local address that we reach (25)', async () => {
  const socket = createConnection({ host: cloud?.address, port: credentials })
  await once(socket, 'connect')
  expect(await text(socket)).toBe('open')
  expect(bench.sandbox.isolation.metadata).toBe(true)
  expect(await Promise.all([ask(credentials, 'tcp'), ask(names, 'tcp'), ask(names, 'udp')])).toEqual(['', '', ''])
})

test('a name server among the closed addresses answers as such, and not otherwise (25)', async () => {
  expect(await guardMetadata(`nameserver ${cloud?.address}`)).toBe(true)
  expect(await Promise.all([ask(names, 'tcp'), ask(names, 'udp'), ask(credentials, 'tcp')])).toEqual([
    'open',
    'open',
    '',
  ])
})
