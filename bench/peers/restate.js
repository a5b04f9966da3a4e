import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEndpointHandler, service } from '@restatedev/restate-sdk'
import { measureSteps } from './measure-steps.js'

// Arguments: an empty folder for the server's data, and the folder of its program.
const [data, programs] = process.argv.slice(2)
const host = '127.0.0.1'
const steps = service({
  name: 'steps',
  handlers: {
    run: async (ctx, count) => {
      for (let at = 0; at < count; at += 1) await ctx.run('step', () => at)
    },
  },
})
const [admin, ingress, node, port] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
const endpoint = createHttp2Server(createEndpointHandler({ services: [steps], logger: () => {} })).listen(port, host)
const settings = `${data}/restate.toml`
await writeFile(
  settings,
  `base-dir = "${data}"
log-filter = "error"
bind-address = "${host}:${node}"
advertised-address = "http://${host}:${node}"
[admin]
bind-address = "${host}:${admin}"
[ingress]
bind-address = "${host}:${ingress}"
`,
)
const server = spawn(`${programs}/restate-server`, ['--config-file', settings], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
try {
  await untilHealthy()
  await post(`http://${host}:${admin}/deployments`, { uri: `http://${host}:${port}` })
  await measureSteps((count) => post(`http://${host}:${ingress}/steps/run`, count))
} finally {
  server.kill()
  endpoint.close()
}

async function post(url, body) {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await reply.text()
  if (!reply.ok) throw new Error(text)
}

async function untilHealthy() {
  const deadlineMs = performance.now() + 30_000
  while (performance.now() < deadlineMs) {
    const reply = await fetch(`http://${host}:${admin}/health`).catch(() => undefined)
    if (reply?.ok) return
    await sleep(100)
  }
  throw new Error('the server of Restate did not start within 30 s')
}

function freePort() {
  const socket = createServer()
  const { promise, resolve } = Promise.withResolvers()
  socket.listen(0, host, () => {
    const { port } = socket.address()
    socket.close(() => resolve(port))
  })
  return promise
}
