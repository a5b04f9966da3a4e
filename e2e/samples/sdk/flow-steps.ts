// @ts-nocheck: it is bundled with the published client by the test, and run as a step of a flow.
import * as wmill from 'windmill-client'

export async function main(part: string, callee: string) {
  if (part === 'ask') {
    await wmill.setFlowUserState('cursor', { at: 1 })
    return { urls: await wmill.getResumeUrls('bob'), root: await wmill.getRootJobId() }
  }
  return {
    cursor: await wmill.getFlowUserState('cursor'),
    other: (await wmill.getFlowUserState('other')) ?? 'none',
    called: await wmill.runFlow(callee, { name: 'sync' }),
    later: await wmill.waitJob(await wmill.runFlowAsync(callee, { name: 'async' })),
  }
}
