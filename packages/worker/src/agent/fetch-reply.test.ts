import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { fetchReply } from './fetch-reply.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function ask(url: string, { signal = new AbortController().signal, isRepeatable = false } = {}) {
  return fetchReply({ url, headers: {}, body: {}, secrets: [] }, { signal, isRepeatable, onLog: () => undefined })
}

test('what may have been carried out is not sent again, unless it may be repeated', async () => {
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(asked.length === 3 ? 200 : 500, { 'retry-after': '0' }).end('{"message":"out of order"}')
  })
  expect(await ask(url)).toMatchObject({
    error: { name: 'ServerError', message: expect.stringContaining('out of order') },
  })
  expect(asked).toHaveLength(1)
  expect(await ask(url, { isRepeatable: true })).toMatchObject({ value: { status: 200 } })
  expect(asked).toHaveLength(3)
})

test('a reply without an end is given up', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200)
    const write = () => {
      while (response.write(Buffer.alloc(1_048_576)));
    }
    response.on('drain', write)
    write()
  })
  expect(await ask(url)).toMatchObject({ error: { name: 'ReplyTooLong' } })
})

test('a redirection is not followed: the key stays where it was sent', async () => {
  const elsewhere: string[] = []
  const other = await serve((request, response) => {
    elsewhere.push(request.url ?? '')
    response.end('{}')
  })
  const url = await serve((_request, response) => response.writeHead(307, { location: other }).end())
  expect(await ask(url)).toMatchObject({ error: { name: 'ServerError' } })
  expect(elsewhere).toEqual([])
})

test('nobody answers, or the job is told to stop', async () => {
  expect(await ask('http://127.0.0.1:1/')).toMatchObject({ error: { name: 'ServerUnreachable' } })
  const stop = new AbortController()
  const url = await serve(() => stop.abort())
  expect(await ask(url, { signal: stop.signal, isRepeatable: true })).toMatchObject({ error: { name: 'Canceled' } })
})
