/** How a step is drawn: by itself, around a body that repeats, or above branches. */
export type StepShape = 'plain' | 'loop' | 'branches'

export interface StepKind {
  readonly label: string
  /** Name of the sign; the drawing knows signs, this table knows none of them. */
  readonly sign: 'code' | 'script' | 'flow' | 'loop' | 'while' | 'branch' | 'fork' | 'pass' | 'agent' | 'other'
  readonly shape: StepShape
}

/** The kinds that look different from others; what is not here is drawn as a plain step under its own name. */
const kinds: Readonly<Record<string, StepKind>> = {
  rawscript: { label: 'Code', sign: 'code', shape: 'plain' },
  script: { label: 'Script', sign: 'script', shape: 'plain' },
  flow: { label: 'Flow', sign: 'flow', shape: 'plain' },
  forloopflow: { label: 'For loop', sign: 'loop', shape: 'loop' },
  whileloopflow: { label: 'While loop', sign: 'while', shape: 'loop' },
  branchone: { label: 'Branch to one', sign: 'branch', shape: 'branches' },
  branchall: { label: 'Branch to all', sign: 'fork', shape: 'branches' },
  identity: { label: 'Identity', sign: 'pass', shape: 'plain' },
  aiagent: { label: 'AI agent', sign: 'agent', shape: 'plain' },
}

/** The look of a kind, known or not. */
export function stepKind(type: string): StepKind {
  return Object.hasOwn(kinds, type) ? (kinds[type] ?? unknownKind(type)) : unknownKind(type)
}

function unknownKind(type: string): StepKind {
  return { label: type === '' ? 'Step' : type, sign: 'other', shape: 'plain' }
}
