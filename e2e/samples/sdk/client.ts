// @ts-nocheck: it is bundled with the published client by the test, and run as a job.
import * as wmill from 'windmill-client'

export async function main(callee: string, hash: string, database: unknown) {
  const path = `f/sdk/v${callee.split('/').pop()}`
  await wmill.setVariable(path, 'first', false, 'made by a job')
  await wmill.setVariable(path, 'second')
  await wmill.setVariable(`${path}_secret`, 'correct horse', true)
  console.log(`the secret is ${await wmill.getVariable(`${path}_secret`)}, torn:`)
  process.stdout.write('correct ')
  await new Promise((resolve) => setTimeout(resolve, 300))
  process.stdout.write('horse\n')
  await wmill.setResource({ host: 'h', password: `$var:${path}_secret` }, `${path}_db`, 'postgresql')
  await wmill.setResource({ host: 'i', password: `$var:${path}_secret` }, `${path}_db`)
  const before = await wmill.getState()
  await wmill.setState({ runs: 1 })
  await wmill.setProgress(42.9)
  const id = await wmill.runScriptByPathAsync(callee, { name: 'async' })
  return {
    variable: await wmill.getVariable(path),
    resource: await wmill.getResource(`${path}_db`),
    missing: (await wmill.getResource('f/sdk/none', true)) ?? 'none',
    before: before ?? 'none',
    state: await wmill.getState(),
    progress: await wmill.getProgress(),
    byPath: await wmill.runScriptByPath(callee, { name: 'path' }),
    byHash: await wmill.runScriptByHash(hash, { name: 'hash' }),
    byHashAsync: await wmill.waitJob(await wmill.runScriptByHashAsync(hash, { name: 'later' })),
    byPathAsync: await wmill.waitJob(id),
    root: await wmill.getRootJobId(),
    email: await wmill.usernameToEmail('admin'),
    database,
  }
}
