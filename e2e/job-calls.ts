import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { followJob } from '@millrace/client'
import { JobError, type CompletedJob, type Language } from '@millrace/contracts'
import { projectRoot } from './run-command.ts'
import { WORKSPACE, type Millrace } from './start-millrace.ts'

/** A job that has ended, with its whole log. */
export interface Followed {
  readonly job: CompletedJob
  readonly log: string
}

/** Source of `e2e/samples/<name>` in a language: what every language must be able to do. */
export function readSample(name: string, language: Language): Promise<string> {
  return readFile(join(projectRoot, 'e2e/samples', `${name}${language.extension}`), 'utf8')
}

/** Deploys a script at a path of its own. */
export async function deployScript(millrace: Millrace, language: string, content: string) {
  const path = `u/admin/s${randomUUID().slice(0, 8)}`
  const hash = await millrace.client.scripts.createScript({ workspace: WORKSPACE, body: { path, language, content } })
  return { path, hash }
}

/** Code that is run without deploying it. */
export interface PreviewRun {
  readonly language: string
  readonly content: string
  readonly args?: Readonly<Record<string, unknown>>
  /** Seconds. */
  readonly timeout?: number
}

/** Starts a preview and gives the job's id. */
export function startPreview(millrace: Millrace, { language, content, args, timeout }: PreviewRun): Promise<string> {
  const body = { language, content, args: { ...args } }
  return millrace.client.jobs.runScriptPreview({ workspace: WORKSPACE, query: { timeout }, body })
}

/** Starts a preview and follows it to its end. */
export async function runPreview(millrace: Millrace, run: PreviewRun): Promise<Followed> {
  return follow(millrace, await startPreview(millrace, run))
}

/** Follows a job to its end by the stream of updates, as the web and the command line do. */
export async function follow(millrace: Millrace, id: string): Promise<Followed> {
  let log = ''
  const job = await followJob(millrace.client, WORKSPACE, id, {
    onUpdate: ({ new_logs }) => (log += new_logs ?? ''),
  })
  return { job, log }
}

/** Resolves when the log of a running job has this text; throws when the job ends before. */
export async function untilLogged(millrace: Millrace, id: string, text: string): Promise<void> {
  let log = ''
  for await (const event of millrace.client.jobs.getJobUpdatesSse({ workspace: WORKSPACE, id })) {
    if (event.type !== 'update') continue
    log += event.new_logs ?? ''
    if (log.includes(text)) return
    if (event.completed) break
  }
  throw new Error(`The job ended before it printed "${text}". Its log: ${log}`)
}

/** The error of a failed job; throws when its result is none. */
export function errorOf(job: CompletedJob): { name: string; message: string; stack?: string | undefined } {
  return JobError.parse(job.result).error
}
