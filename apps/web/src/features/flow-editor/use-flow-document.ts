import { ApiError } from '@millrace/client'
import { FlowFault, type FormSchema, type Language } from '@millrace/contracts'
import { openFlowSchema } from '@millrace/flow/definition'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { readFlowTree, walkSteps } from '../../flow-graph/core/flow-tree.ts'
import { problemsOfFaults, readDocument, type DocumentProblem } from './document/read-document.ts'
import { suggest } from './document/suggest.ts'

const TYPING_PAUSE_MS = 150
const NO_PROBLEMS: readonly DocumentProblem[] = []

/** The document as it is typed, a pause after each change: its drawing, its form, and what is wrong with it. */
export function useFlowDocument(source: string, refusals: readonly unknown[]) {
  const settled = useDelayed(source)
  const document = useMemo(() => readDocument(settled), [settled])
  const tree = useStable(document.value, readFlowTree)
  const schema = useStable<FormSchema>(document.schema, (schemaValue) => schemaValue as FormSchema)
  const refused = useMemo(() => refusals.flatMap((error) => faultsOf(error)), [refusals])
  const [refusedFor, setRefusedFor] = useState({ refused, settled })
  if (refusedFor.refused !== refused) setRefusedFor({ refused, settled })
  const isRefusalOld = refusedFor.settled !== settled
  const problems = useMemo(() => {
    const ofServer = isRefusalOld ? NO_PROBLEMS : problemsOfFaults(refused, document)
    const known = new Set(document.problems.map(({ path }) => path))
    return [...document.problems, ...ofServer.filter(({ path }) => !known.has(path))]
  }, [document, refused, isRefusalOld])
  const faulty = useMemo(() => {
    const steps = [...walkSteps(tree)]
    const keys = problems.flatMap(({ path = '' }) => steps.findLast((step) => isAt(path, step.path))?.key ?? [])
    return new Set(keys)
  }, [problems, tree])
  return { document, tree, schema, problems, faulty, isSettled: settled === source }
}

/** What may stand at the cursor, with the languages that the server has. */
export function useSuggest(languages: readonly Language[]) {
  const schema = useMemo(() => withLanguages(languages.map(({ id }) => id)), [languages])
  return useCallback((text: string, line: number, column: number) => suggest(schema, text, line, column), [schema])
}

function withLanguages(ids: readonly string[]): Readonly<Record<string, unknown>> {
  const add = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && 'language' in value && 'content' in value
      ? { ...value, language: { type: 'string', enum: ids } }
      : value
  return JSON.parse(JSON.stringify(openFlowSchema(), add))
}

function isAt(path: string, step: string): boolean {
  return path === step || path.startsWith(`${step}.`)
}

function faultsOf(error: unknown): readonly FlowFault[] {
  if (!ApiError.is(error) || typeof error.detail !== 'object' || error.detail === null) return []
  const faults: unknown = Reflect.get(error.detail, 'faults')
  return FlowFault.array().safeParse(faults).data ?? []
}

/** Made anew only where the value reads otherwise, so that what hangs on it rests while somebody types elsewhere. */
function useStable<T>(value: unknown, make: (value: unknown) => T): T {
  const text = JSON.stringify(value ?? null)
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => make(JSON.parse(text)), [text])
}

function useDelayed(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
