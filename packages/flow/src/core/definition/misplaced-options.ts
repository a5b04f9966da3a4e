import type { StepKind } from '../steps/step-kind.ts'
import { findFieldRule, saysNothing, type FieldScope } from './field-rules.ts'
import type { FlowModule } from './flow-module.ts'
import { ModuleOptions } from './options.ts'

/** An option that stands where it cannot be carried out. */
export interface MisplacedOption {
  readonly option: string
  readonly message: string
}

/** Options of a module that its kind could not carry out, with what to do instead; none is passed over in silence. */
export function misplacedOptions(module: FlowModule, kind: StepKind): readonly MisplacedOption[] {
  const found: MisplacedOption[] = []
  for (const [option, schema] of Object.entries(ModuleOptions)) {
    const rule = findFieldRule(schema)
    const value: unknown = Reflect.get(module, option)
    if (rule?.kind !== 'acted' || value === undefined || value === false) continue
    const message = kind.passesOn?.includes(option) === true ? undefined : whyMisplaced(module, kind, rule.on)
    if (message !== undefined) found.push({ option, message })
  }
  return found
}

/** What a module that is a tool of an agent cannot be or have: it is a job, which nothing is carried out around. */
export function toolFaults(module: FlowModule, kind: StepKind): readonly MisplacedOption[] {
  if (kind.job === undefined)
    return [{ option: 'value.type', message: `is ${kind.id}: a tool is a script, a rawscript or a flow` }]
  const around = Object.entries(ModuleOptions).filter(([option, schema]) => {
    const rule = findFieldRule(schema)
    return rule?.kind === 'acted' && rule.on !== 'jobs' && !saysNothing(Reflect.get(module, option))
  })
  const message = 'is for a step, and a tool is called by its agent: set it on the agent, or in a flow that is the tool'
  return [...around.map(([option]) => ({ option, message })), ...misplacedOptions(module, kind)]
}

function whyMisplaced(module: FlowModule, kind: StepKind, on: FieldScope): string | undefined {
  switch (on) {
    case 'any':
      return undefined
    case 'jobs': {
      if (kind.job !== undefined) return undefined
      const instead = kind.bodies(module.value).length > 0 ? 'set it on the steps inside' : 'leave it out'
      return `is for a step that is a job, and ${kind.id} is none: ${instead}`
    }
    case 'scripts':
      return kind.mayStandApart === true ? undefined : `is for a script or a rawscript, and ${kind.id} is none`
    case 'repeating':
      if (kind.isRepeating === true) return undefined
      return `is for loops and branchall, and ${kind.id} has no iterations: use stop_after_if`
  }
}
