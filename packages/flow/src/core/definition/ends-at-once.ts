import type { FramePointer } from '../protocol.ts'
import type { FlowModule } from './flow-module.ts'
import { findModules, type ParsedFlow } from './parse-flow.ts'

const known = new WeakMap<readonly FlowModule[], boolean>()

/** Whether a frame starts no job and waits for nothing, whatever its expressions say: it ends where it begins, unless it fails. */
export function endsAtOnce(flow: ParsedFlow, pointer: FramePointer): boolean {
  const modules = findModules(flow, pointer)
  return modules !== undefined && areAtOnce(flow, modules)
}

function areAtOnce(flow: ParsedFlow, modules: readonly FlowModule[]): boolean {
  const found = known.get(modules) ?? modules.every((module) => isAtOnce(flow, module))
  known.set(modules, found)
  return found
}

function isAtOnce(flow: ParsedFlow, module: FlowModule): boolean {
  if (module.suspend !== undefined || module.sleep !== undefined) return false
  if (module.mock?.enabled === true) return true
  const kind = flow.places.get(module.id)?.kind
  if (kind === undefined || kind.job !== undefined || kind.tools !== undefined) return false
  return kind.bodies(module.value).every((body) => areAtOnce(flow, body.modules))
}
