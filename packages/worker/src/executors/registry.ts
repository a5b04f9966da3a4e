import type { Executor } from './executor.ts'
import { identity } from './identity.ts'
import { noop } from './noop.ts'
import { preview, script, type ScriptTools } from './script.ts'

/** Everything that a job can be, by the word in its row. */
export function makeExecutors(tools: ScriptTools): ReadonlyMap<string, Executor> {
  const all: readonly Executor[] = [noop, identity, script(tools), preview(tools)]
  return new Map(all.map((executor) => [executor.kind, executor]))
}
