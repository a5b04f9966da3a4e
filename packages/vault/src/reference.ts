/** What a string of a value names instead of being one. */
export interface Reference {
  readonly kind: 'variable' | 'resource'
  readonly path: string
}

const KINDS = { $var: 'variable', $res: 'resource' } as const

/** The reference that a whole string is; undefined for any other text. */
export function parseReference(text: string): Reference | undefined {
  const [, word = '', path = ''] = /^(\$var|\$res):(\S+)$/.exec(text) ?? []
  return word === '$var' || word === '$res' ? { kind: KINDS[word], path } : undefined
}

/** Whether JSON text may have references in it: most has none, and need not be walked. */
export function mayHaveReferences(json: string): boolean {
  return json.includes('"$var:') || json.includes('"$res:')
}
