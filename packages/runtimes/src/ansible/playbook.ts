import { LineCounter, parseAllDocuments } from 'yaml'
import { err, ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'

/** Where a file of the job comes from: text of a resource or variable of the workspace, by its path. */
export interface FileSource {
  readonly from: 'resource' | 'variable'
  readonly path: string
  readonly target: string
  readonly mode: string | undefined
}

/** A script taken apart: what its header says, and the plays with their lines where they were. */
export interface Playbook {
  readonly header: Readonly<Record<string, unknown>>
  readonly plays: string
  readonly hasPlays: boolean
}

/** A script is an optional document with a mapping, the header, and one with a list of plays. */
export function readPlaybook(source: string): Result<Playbook, SignatureProblem> {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(source, { lineCounter })
  if (!Array.isArray(documents)) return ok({ header: {}, plays: '', hasPlays: false })
  const [problem] = documents.flatMap((document) => document.errors)
  if (problem) {
    const { line } = lineCounter.linePos(problem.pos[0])
    const [sentence = ''] = problem.message.split('\n')
    return err({ message: `${sentence.replace(/ at line .*$/, '')} (line ${line})`, line })
  }
  const values = documents.map((document): unknown => document.toJS())
  const header = isRecord(values[0]) ? values[0] : {}
  const playsAt = isRecord(values[0]) ? 1 : 0
  const plays = documents[playsAt]
  if (plays && values[playsAt] !== null && !Array.isArray(values[playsAt])) {
    const { line } = lineCounter.linePos(plays.range[0])
    return err({ message: `a playbook is a list of plays, which line ${line} does not begin`, line })
  }
  const start = playsAt === 1 ? (documents[0]?.range[2] ?? 0) : 0
  const blank = source.slice(0, start).replaceAll(/[^\n]/g, '')
  return ok({ header, plays: blank + source.slice(start), hasPlays: Array.isArray(values[playsAt]) })
}

/** Members of a list in the header that are mappings. */
export function recordsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** Files of `files` and of inventories that name a resource. */
export function filesOf(header: Playbook['header']): readonly FileSource[] {
  return recordsOf(header['files']).flatMap((entry): FileSource[] => {
    const [from, path] =
      typeof entry['variable'] === 'string'
        ? (['variable', entry['variable']] as const)
        : (['resource', entry['resource']] as const)
    const { target, mode } = entry
    if (typeof path !== 'string' || typeof target !== 'string') return []
    return [{ from, path, target, mode: typeof mode === 'string' || typeof mode === 'number' ? `${mode}` : undefined }]
  })
}

/** An inventory is an argument, or a resource of the workspace. */
export function inventoriesOf(
  header: Playbook['header'],
): readonly { readonly name: string; readonly resourceType: string; readonly path: string | undefined }[] {
  const entries = recordsOf(header['inventory'])
  return entries.map((entry, index) => {
    const usual = index === 0 ? 'inventory.ini' : `inventory-${index + 1}.ini`
    const name = typeof entry['name'] === 'string' ? entry['name'] : usual
    const resourceType = typeof entry['resource_type'] === 'string' ? entry['resource_type'] : 'ansible_inventory'
    return { name, resourceType, path: typeof entry['resource'] === 'string' ? entry['resource'] : undefined }
  })
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
