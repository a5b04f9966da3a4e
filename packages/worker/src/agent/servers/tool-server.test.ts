import { afterAll, beforeAll, expect, test } from 'vitest'
import { startToolPeer, type ToolPeer } from '../testing/tool-peer.ts'
import { ToolServer } from './tool-server.ts'

let peer: ToolPeer
beforeAll(async () => {
  peer = await startToolPeer()
})
afterAll(() => peer.stop())

const sending = { signal: new AbortController().signal, onLog: () => undefined }
const open = () => new ToolServer({ url: peer.url, token: 'the-token' }, sending)

test('all pages of its tools are read, in one session with the key', async () => {
  const listed = await open().listTools()
  expect(listed.ok && listed.value.map(({ name }) => name)).toEqual(['weather.now', 'break'])
  const [greeting, ...others] = peer.asked
  expect(greeting).toEqual({ method: 'initialize', key: 'Bearer the-token', session: undefined })
  expect(others.map(({ method, session }) => [method, session])).toEqual([
    ['notifications/initialized', 's1'],
    ['tools/list', 's1'],
    ['tools/list', 's1'],
  ])
})

test('the answer to a call is found in a stream of events', async () => {
  const called = await open().callTool('weather.now', { city: 'Ulm' })
  expect(called).toEqual({ ok: true, value: 'Rain: {"city":"Ulm"}' })
})

test('a tool that fails, and one that is not there, are faults', async () => {
  expect(await open().callTool('break', {})).toEqual({ ok: false, error: { name: 'ToolError', message: 'It broke.' } })
  expect(await open().callTool('none', {})).toMatchObject({
    error: { name: 'ToolServerError', message: 'tools/call: no tool none' },
  })
})
