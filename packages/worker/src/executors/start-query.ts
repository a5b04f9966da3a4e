import { err, ok, type Result } from '@millrace/base/result'
import type { ClaimedJob, RunContext } from '@millrace/queue'
import type { FoundToolchain, QueryProblem, QueryRuntime } from '@millrace/runtimes'
import type { Run } from '../launch/index.ts'
import { resolveReferences } from '../resolve-args.ts'
import type { ScriptTools } from './script.ts'

/** A job of a query language, about to start. */
export interface QueryStart {
  readonly tools: Pick<ScriptTools, 'db' | 'vault' | 'queries' | 'limits'>
  readonly runtime: QueryRuntime
  readonly toolchain: FoundToolchain
  readonly job: ClaimedJob
  readonly context: RunContext
  readonly content: string
  /** With their references resolved. */
  readonly args: Readonly<Record<string, unknown>>
}

/** Binds the arguments and hands the statements to a helper; an error says why there is nothing to run. */
export async function startQuery({
  tools,
  runtime,
  toolchain,
  job,
  context,
  content,
  args,
}: QueryStart): Promise<Result<Run, QueryProblem>> {
  const path = runtime.pinnedResource(content)
  const named = path === undefined ? {} : { database: `$res:${path}` }
  const pinned = await resolveReferences(tools, job, named)
  if (!pinned.ok) return err({ name: 'UnresolvedArgument', message: pinned.error })
  const bound = runtime.prepare({ content, path: job.scriptPath }).bind(args, pinned.value['database'])
  if (!bound.ok) return bound
  return ok(
    tools.queries.run({
      runtime,
      toolchain,
      workspaceId: job.workspaceId,
      request: bound.value,
      limits: tools.limits,
      onLog: (text) => context.log.write(text),
    }),
  )
}
