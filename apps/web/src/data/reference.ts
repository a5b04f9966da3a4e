/** What a string of a value names instead of being one: `$var:u/ada/key`, `$res:f/team/db`. */
export interface Reference {
  readonly kind: 'variable' | 'resource'
  readonly path: string
}

const KINDS = { $var: 'variable', $res: 'resource' } as const

/** The reference that a whole string is; undefined for any other value. */
export function parseReference(value: unknown): Reference | undefined {
  if (typeof value !== 'string') return undefined
  const [, word = '', path = ''] = /^(\$var|\$res):(\S+)$/.exec(value) ?? []
  return word === '$var' || word === '$res' ? { kind: KINDS[word], path } : undefined
}

const REFERENCES_MAX = 50

/** The different references in a JSON value, in their order, at most 50. */
export function referencesIn(value: unknown): readonly Reference[] {
  const found = new Map<string, Reference>()
  const walk = (part: unknown) => {
    if (found.size >= REFERENCES_MAX) return
    const reference = parseReference(part)
    if (reference) found.set(`${reference.kind} ${reference.path}`, reference)
    else if (typeof part === 'object' && part !== null) for (const each of Object.values(part)) walk(each)
  }
  walk(value)
  return [...found.values()]
}

export function variableReference(path: string): string {
  return `$var:${path}`
}

export function resourceReference(path: string): string {
  return `$res:${path}`
}
