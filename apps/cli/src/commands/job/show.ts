import type { Job } from '@millrace/contracts'
import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { formatDuration, printJson, stateOf } from '../../output/print-job.ts'

export const showJob = defineCommand({
  words: ['id'],
  flags: {},
  async run({ terminal, session, wantsJson }, { words: [id = ''] }) {
    const client = await session.signedInClient()
    const query = { no_logs: true, no_code: true }
    const job = await client.jobs.getJob({ workspace: await session.workspace(), id, query })
    if (wantsJson) printJson(terminal, job)
    else terminal.out(formatJob(job, terminal.style.out.dim))
    return exit.success
  },
})

function formatJob(job: Job, dim: (text: string) => string): string {
  const rows: [string, string | undefined][] = [
    ['id', job.id],
    ['state', stateOf(job)],
    ['script', job.script_path],
    ['kind', job.language ? `${job.job_kind}, ${job.language}` : job.job_kind],
    ['by', job.created_by],
    ['created', job.created_at],
    ['started', job.started_at],
    ['duration', job.type === 'CompletedJob' ? formatDuration(job.duration_ms) : undefined],
    ['peak memory', job.mem_peak ? `${Math.round(job.mem_peak / 1024)} MB` : undefined],
    ['tag', job.tag],
    ['cancelled by', job.canceled_by && `${job.canceled_by}${job.canceled_reason ? `: ${job.canceled_reason}` : ''}`],
  ]
  const lines = rows.filter(([, value]) => value).map(([name, value]) => `${dim(name.padEnd(13))}${value}\n`)
  const args = job.args === undefined ? '' : `\n${dim('arguments')}\n${JSON.stringify(job.args, undefined, 2)}\n`
  const result =
    job.type === 'CompletedJob' ? `\n${dim('result')}\n${JSON.stringify(job.result ?? null, undefined, 2)}\n` : ''
  return lines.join('') + args + result
}
