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

export function variableReference(path: string): string {
  return `$var:${path}`
}

export function resourceReference(path: string): string {
  return `$res:${path}`
}
