import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openQueryHost } from '../shared/testing/open-query-host.ts'
import type { QueryHost } from '../test-query-runtime.ts'
import { oracledb } from './index.ts'

const CONNECT = 1
const REFUSE = 4

/** A listener that knows no service: it says so as one of Oracle does, and then closes. What it was asked for is kept. */
let listener: Server
let host: QueryHost
let connectString: string
const asked: string[] = []
const silence = Promise.withResolvers<void>()

beforeAll(async () => {
  listener = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (packet) => {
      if (packet[4] !== CONNECT) return socket.destroy()
      asked.push(packet.toString('latin1'))
      if (packet.includes('SILENT')) return silence.resolve()
      socket.end(refusal('(DESCRIPTION=(ERR=12514)(VSNNUM=0)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))'))
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  connectString = `127.0.0.1:${(listener.address() as AddressInfo).port}`
  host = await openQueryHost(oracledb)
})
afterAll(async () => {
  await host?.close()
  listener.close()
})
beforeEach((context) => {
  const { toolchain } = host
  context.skip(!toolchain.found, toolchain.found ? '' : toolchain.problem)
})

test('the driver speaks to a listener, whose refusal is told', async () => {
  const database = { user: 'millrace', password: 'secret', database: `${connectString}/shop` }
  expect(await host.run('SELECT 1 FROM dual', { database }).ended).toMatchObject({
    error: { name: 'ConnectionError', message: expect.stringMatching(/^cannot connect: NJS-518: .*shop/s) },
  })
  expect(asked.at(-1)).toContain('SERVICE_NAME=shop')
})

test('a cancel gives up a listener that says nothing', async () => {
  const database = {
    user: 'millrace',
    password: 'secret',
    host: '127.0.0.1',
    port: connectString.split(':')[1],
    service_name: 'SILENT',
  }
  const run = host.run('SELECT 1 FROM dual', { database })
  await silence.promise
  run.kill('SIGTERM')
  expect(await run.ended).toMatchObject({ error: { message: expect.stringContaining('it was stopped') } })
})

test('a resource that says too little is told what it lacks', async () => {
  const message = async (database: Readonly<Record<string, unknown>>) => {
    const end = await host.run('SELECT 1 FROM dual', { database }).ended
    return end.kind === 'error' ? end.error.message : end.json
  }
  expect(await message({})).toContain('the resource has no "user"')
  expect(await message({ user: 'millrace' })).toContain('the resource has no "database"')
  expect(await message({ user: 'millrace', host: 'x' })).toContain('the resource has no "service_name"')
})

/** Reasons, then what is wrong. */
function refusal(words: string): Buffer {
  const packet = Buffer.alloc(12 + words.length)
  packet.writeUInt16BE(packet.length, 0)
  packet[4] = REFUSE
  packet[8] = 34
  packet.writeUInt16BE(words.length, 10)
  packet.write(words, 12, 'latin1')
  return packet
}
