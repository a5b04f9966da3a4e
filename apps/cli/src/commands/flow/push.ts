import { ApiError, followJob, type Client } from '@millrace/client'
import { FlowOptions, ItemPath, type Flow } from '@millrace/contracts'
import { defineCommand } from '../../command.ts'
import { exit, UsageError } from '../../exit.ts'
import { flowPathOf, readFlow, type FlowFile } from '../../flow/read-flow.ts'
import { printJson } from '../../output/print-job.ts'
import type { Terminal } from '../../output/terminal.ts'

export const pushFlow = defineCommand({
  words: ['file|folder'],
  flags: {
    path: { value: 'path', help: 'u/<user>/<name> or f/<folder>/<name>; else from where the file lies' },
    message: { value: 'text', help: 'what this version changes' },
  },
  notes: [
    'Creates the flow, or a new version of it. A folder such as f/tools/report.flow has a flow.yaml, in which `!inline <file>` stands',
    'for the text of another file. Waits until the inline scripts are locked; Ctrl-C ends the waiting alone.',
  ],
  async run({ terminal, session, wantsJson }, { flags, words: [file = ''] }) {
    const flow = await readFlow(file)
    const path = flags.path ?? flowPathOf(file)
    if (path === undefined || !ItemPath.safeParse(path).success)
      throw new UsageError('Say where the flow goes by --path, such as --path f/tools/report.')
    const client = await session.signedInClient()
    const workspace = await session.workspace()

    const before = await findFlow(client, workspace, path)
    await deploy(client, { workspace, path, flow, before, message: flags.message })
    const lockError = await awaitLocks(client, terminal, workspace, path)
    const { version_id: version } = await client.flows.getFlowByPath({ workspace, path, query: {} })
    if (wantsJson) printJson(terminal, { path, version, lockError })
    else terminal.out(`${path} ${before && !before.archived ? 'has a new version' : 'is created'}: ${version}\n`)
    if (lockError === undefined) return exit.success
    terminal.err(
      `millrace: its inline scripts could not be locked, so the version before goes on to serve:\n${lockError}\n`,
    )
    return exit.jobFailed
  },
})

interface Deployment {
  readonly workspace: string
  readonly path: string
  readonly flow: FlowFile
  readonly before: Flow | undefined
  readonly message: string | undefined
}

async function deploy(client: Client, { workspace, path, flow, before, message }: Deployment): Promise<void> {
  const { summary, description, value, schema } = flow
  const body = {
    ...(before && FlowOptions.parse(before)),
    ...FlowOptions.parse(flow),
    summary,
    description,
    value,
    schema,
    ...(message !== undefined && { deployment_message: message }),
  }
  if (before && !before.archived)
    await client.flows.updateFlow({ workspace, path, body: { ...body, parent_version: before.version_id } })
  else await client.flows.createFlow({ workspace, body: { ...body, path } })
}

async function findFlow(client: Client, workspace: string, path: string): Promise<Flow | undefined> {
  try {
    return await client.flows.getFlowByPath({ workspace, path, query: {} })
  } catch (error) {
    if (ApiError.is(error) && error.code === 'flow.not_found') return undefined
    throw error
  }
}

/** Waits until the inline scripts are locked and passes that log on; why they could not be. */
async function awaitLocks(
  client: Client,
  terminal: Terminal,
  workspace: string,
  path: string,
): Promise<string | undefined> {
  const stop = new AbortController()
  const forget = terminal.onInterrupt(() => stop.abort())
  try {
    const { job_id: id } = await client.flows.getFlowDeploymentStatus({ workspace, path })
    if (id === undefined) return undefined
    await followJob(client, workspace, id, {
      signal: stop.signal,
      onUpdate: (update) => update.new_logs && terminal.err(update.new_logs),
    })
    return (await client.flows.getFlowDeploymentStatus({ workspace, path })).lock_error_logs
  } catch (error) {
    if (stop.signal.aborted) return undefined
    throw error
  } finally {
    forget()
  }
}
