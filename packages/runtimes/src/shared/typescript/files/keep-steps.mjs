// Inline steps of a workflow by descriptor 3: the worker keeps each in one commit, where the client would call the server for it.

const CALL = /\/jobs\/wac\/inline_checkpoint\/[^/]+$/

/** Runs `work` with the client's calls that keep a step answered by `ask`, one after the other; without it they go out as they are. */
export async function keepSteps(ask, work) {
  if (!ask) return await work()
  const { fetch } = globalThis
  let last = Promise.resolve()
  globalThis.fetch = (address, options) => {
    if (typeof address !== 'string' || typeof options?.body !== 'string' || !CALL.test(address))
      return fetch(address, options)
    last = last.then(() => ask(['step', options.body]))
    return last.then(toResponse)
  }
  try {
    return await work()
  } finally {
    globalThis.fetch = fetch
  }
}

/** As the server says it. */
function toResponse(answer) {
  const { isKept, ...body } = JSON.parse(answer)
  return Response.json(body, { status: isKept ? 200 : 409 })
}
