import { walkModules } from './walk-modules.ts'

/** Code that is written into a flow. */
export interface InlineScript {
  /** Id of its module. */
  readonly id: string
  /** Of its module, in the document. */
  readonly place: string
  readonly content: string
  readonly language: string
  /** What its relative imports start from. */
  readonly path: string | undefined
  readonly lock: string | undefined
}

/** The inline scripts of a document, in order. */
export function inlineScripts(document: unknown, flowPath: string | undefined): readonly InlineScript[] {
  const found: InlineScript[] = []
  for (const { id, path: place, value } of walkModules(document)) {
    const { type, content, language, lock, path } = value
    if (type !== 'rawscript' || typeof content !== 'string' || typeof language !== 'string') continue
    const below = flowPath === undefined ? undefined : `${flowPath}/${id}`
    const at = typeof path === 'string' && path !== '' ? path : below
    found.push({ id, place, content, language, path: at, lock: typeof lock === 'string' ? lock : undefined })
  }
  return found
}
