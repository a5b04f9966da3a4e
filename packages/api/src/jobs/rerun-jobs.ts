import { Problem } from '@millrace/base/problem'
import { FlowValue, type BatchRerun, type RerunOptions } from '@millrace/contracts'
import { loadRerunnableJobs, type RerunnableJob } from '@millrace/db/tables/finished-jobs'
import type { NewJob } from '@millrace/queue'
import { flowJob, flowPreviewJob } from '../flows/flow-job.ts'
import type { WorkspaceContext } from '../http/implement.ts'
import { isObject, parseJson } from '../http/parse-json.ts'
import { authorize } from '../policy/authorize.ts'
import { batchJob } from './batch-job.ts'
import { previewJob, scriptJob } from './new-job.ts'
import type { Args } from './read-args.ts'

/** Jobs that are looked up together and enqueued in one call. */
const CHUNK = 50

/** A job that is enqueued, or a sentence that says why not. */
type Line = { readonly job: NewJob } | { readonly error: string }

/** Runs finished jobs again, in order: a line for each, as they are enqueued. */
export async function* rerunJobs(cx: WorkspaceContext, wish: BatchRerun): AsyncGenerator<string, void, undefined> {
  for (let at = 0; at < wish.job_ids.length && !cx.gone.aborted; at += CHUNK) {
    const ids = wish.job_ids.slice(at, at + CHUNK)
    const rows = await cx.inside((tx) => loadRerunnableJobs(tx, cx.workspace, ids))
    const byId = new Map(rows.map((row) => [row.id, row]))
    const lines = await Promise.all(ids.map((id) => toLine(cx, wish, { id, row: byId.get(id) })))
    const made = await cx.queue.enqueue(lines.flatMap((line) => ('job' in line ? [line.job] : [])))
    let nth = 0
    yield lines.map((line) => ('job' in line ? `${made[nth++] ?? ''}\n` : `Error: ${line.error}\n`)).join('')
  }
}

interface Old {
  readonly id: string
  readonly row: RerunnableJob | undefined
}

async function toLine(cx: WorkspaceContext, wish: BatchRerun, { id, row }: Old): Promise<Line> {
  if (!row) return { error: `there is no finished job ${id} in this workspace` }
  try {
    const byPath = row.kind === 'flow' ? wish.flow_options_by_path : wish.script_options_by_path
    const options = byPath?.[row.script_path ?? '']
    return { job: await newJob(cx, row, options) }
  } catch (error) {
    if (error instanceof Problem) return { error: `job ${id}: ${error.message}` }
    throw error
  }
}

async function newJob(cx: WorkspaceContext, row: RerunnableJob, options: RerunOptions | undefined): Promise<NewJob> {
  if (row.args === null && row.language !== null)
    throw new Problem('request.invalid', 'Its arguments were deleted after its end: start a new run with others.')
  const args = { ...readArgs(row), ...staticArgs(options) }
  switch (row.kind) {
    case 'script': {
      const isLatest = options?.use_latest_version === true || row.script_hash === null
      const which = isLatest ? { path: row.script_path ?? '' } : { hash: row.script_hash ?? '' }
      return await scriptJob(cx, which, {}, args)
    }
    case 'preview': {
      authorize({ action: 'job.preview', isSafeMethod: false, caller: cx.caller, member: cx.member, path: undefined })
      const { raw_code: content, language, script_path: path, tag } = row
      return await previewJob(cx, { content, language, path, tag }, {}, args)
    }
    case 'flow': {
      const { script_path: path, script_hash: hash } = row
      if (path === null) throw new Problem('request.invalid', 'The path of its flow is not known.')
      const isLatest = options?.use_latest_version === true || hash === null
      return await flowJob(cx, isLatest ? { path } : { path, hash }, {}, args)
    }
    case 'flowpreview': {
      authorize({ action: 'job.preview', isSafeMethod: false, caller: cx.caller, member: cx.member, path: undefined })
      const { script_path: path, tag } = row
      const value = FlowValue.parse(parseJson(row.raw_code ?? 'null', 'flow'))
      return await flowPreviewJob(cx, { value, path, tag }, {}, args)
    }
    case 'noop':
      return { ...(await batchJob(cx, { kind: 'noop', tag: row.tag })), args }
    case 'identity':
      return await previewJob(cx, { kind: 'identity', tag: row.tag }, {}, args)
    default:
      throw new Problem('request.invalid', `Jobs of kind "${row.kind}" cannot be run again: start a new one.`)
  }
}

function readArgs({ args }: RerunnableJob): Args {
  const value: unknown = args === null ? {} : parseJson(args, 'arguments')
  return isObject(value) ? value : {}
}

function staticArgs(options: RerunOptions | undefined): Args {
  const transforms = Object.entries(options?.input_transforms ?? {})
  const other = transforms.find(([, transform]) => transform.type !== 'static')
  if (other)
    throw new Problem(
      'request.invalid',
      `The argument "${other[0]}" is set by "${other[1].type}": only "static" values can be set for a rerun.`,
    )
  return Object.fromEntries(transforms.map(([name, transform]) => [name, transform.value]))
}
