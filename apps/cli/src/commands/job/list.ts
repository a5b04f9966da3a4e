import type { Client } from '@millrace/client'
import type { Job } from '@millrace/contracts'
import { defineCommand } from '../../command.ts'
import { exit, UsageError } from '../../exit.ts'
import { formatDuration, printJson, stateOf } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'
import { readLimit } from '../../read-limit.ts'

const STATES = ['queued', 'running', 'success', 'failure'] as const

export const listJobs = defineCommand({
  words: [],
  flags: {
    state: { value: STATES.join('|'), help: 'only jobs in this state' },
    path: { value: 'path', help: 'only runs of this script, or below it when it ends in /' },
    limit: { value: 'count', help: 'how many at most; 30 without' },
  },
  async run({ terminal, session, wantsJson }, { flags }) {
    const state = readState(flags.state)
    const query = { per_page: readLimit(flags.limit, 30), ...pathFilter(flags.path) }
    const client = await session.signedInClient()
    const jobs = await fetchJobs(client, { workspace: await session.workspace(), state, query })
    if (wantsJson) {
      printJson(terminal, jobs)
      return exit.success
    }
    const { green, red, yellow } = terminal.style.out
    const paint: Readonly<Record<string, (text: string) => string>> = { success: green, failure: red, running: yellow }
    const rows = jobs.map((job) => {
      const jobState = stateOf(job)
      const duration = job.type === 'CompletedJob' ? formatDuration(job.duration_ms) : ''
      const created = job.created_at.slice(0, 19).replace('T', ' ')
      return [
        job.id,
        paint[jobState]?.(jobState) ?? jobState,
        job.script_path ?? job.job_kind,
        created,
        duration,
        job.created_by,
      ]
    })
    terminal.out(formatTable(['id', 'state', 'path', 'created', 'duration', 'by'], rows))
    return exit.success
  },
})

type State = (typeof STATES)[number]

function readState(text: string | undefined): State | undefined {
  const state = STATES.find((candidate) => candidate === text)
  if (state === undefined && text !== undefined)
    throw new UsageError(`--state must be one of ${STATES.join(', ')}, not "${text}".`)
  return state
}

function pathFilter(path: string | undefined) {
  if (path === undefined) return {}
  return path.endsWith('/') ? { script_path_start: path } : { script_path_exact: path }
}

async function fetchJobs(
  client: Client,
  { workspace, state, query }: { workspace: string; state: State | undefined; query: { per_page: number } },
): Promise<Job[]> {
  switch (state) {
    case undefined:
      return client.jobs.listJobs({ workspace, query })
    case 'queued':
    case 'running':
      return client.jobs.listQueue({ workspace, query: { ...query, running: state === 'running' } })
    case 'success':
    case 'failure':
      return client.jobs.listCompletedJobs({ workspace, query: { ...query, success: state === 'success' } })
  }
}
