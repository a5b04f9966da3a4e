import { DBOS } from '@dbos-inc/dbos-sdk'
import { measureSteps } from './measure-steps.js'

// Arguments: the URL of a PostgreSQL that it may make a schema in; its socket is a parameter, and DBOS asks for a host all the same.
const [url = ''] = process.argv.slice(2)
const systemDatabaseUrl = url.replace('@/', '@localhost/')
DBOS.setConfig({ name: 'peers', systemDatabaseUrl, logLevel: 'error', runAdminServer: false })
const run = DBOS.registerWorkflow(
  async (count) => {
    for (let at = 0; at < count; at += 1) await DBOS.runStep(() => Promise.resolve(at), { name: 'step' })
  },
  { name: 'steps' },
)
await DBOS.launch()
await measureSteps(run)
await DBOS.shutdown()
