import { LOCK_TAG } from '@millrace/queue'
import { agent } from './agent.ts'
import { SourceCompleter } from './complete-source.ts'
import { dependencies } from './dependencies.ts'
import type { Executor } from './executor.ts'
import { AGENT_KIND, FLOW_TAG, type FlowShell } from '@millrace/flow'
import { flowDependencies } from './flow-dependencies.ts'
import { frames } from './frame.ts'
import { identity } from './identity.ts'
import type { LockTools } from './make-lock.ts'
import { noop } from './noop.ts'
import { preview, script, type ScriptTools } from './script.ts'

/** Everything that executors work with. */
export interface ExecutorTools extends ScriptTools, LockTools {
  readonly shell: FlowShell
}

/** Tags of jobs that are not named after a language. */
export const kindTags: readonly string[] = [noop.kind, identity.kind, LOCK_TAG, FLOW_TAG, AGENT_KIND]

/** Everything that a job can be, by the word in its row. */
export function makeExecutors(tools: ExecutorTools): ReadonlyMap<string, Executor> {
  const completer = new SourceCompleter(tools)
  const all: readonly Executor[] = [
    noop,
    identity,
    dependencies(tools, completer),
    flowDependencies(tools, completer),
    script(tools, completer),
    preview(tools, completer),
    agent(tools),
    ...frames(tools.shell),
  ]
  return new Map(all.map((executor) => [executor.kind, executor]))
}
