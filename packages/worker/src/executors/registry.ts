import { SourceCompleter } from './complete-source.ts'
import type { Executor } from './executor.ts'
import { identity } from './identity.ts'
import { noop } from './noop.ts'
import { preview, script, type ScriptTools } from './script.ts'

const withoutCode: readonly Executor[] = [noop, identity]

/** Tags of jobs that run no code: their kinds. */
export const kindTags: readonly string[] = withoutCode.filter((each) => each.ownTag).map((each) => each.kind)

/** Everything that a job can be, by the word in its row. */
export function makeExecutors(tools: ScriptTools): ReadonlyMap<string, Executor> {
  const completer = new SourceCompleter(tools)
  const all: readonly Executor[] = [...withoutCode, script(tools, completer), preview(tools, completer)]
  return new Map(all.map((executor) => [executor.kind, executor]))
}
