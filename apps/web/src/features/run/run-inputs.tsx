import { useQuery } from '@tanstack/react-query'
import { jobArgsQuery } from '../../data/jobs.ts'
import { referencesIn } from '../../data/reference.ts'
import { ReferenceLink } from '../../reference-link.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { JsonTree } from '../../ui/json-tree.tsx'

interface RunInputsProps {
  readonly workspace: string
  readonly id: string
  readonly isDeleted: boolean
}

/** What a run was called with. */
export function RunInputs({ workspace, id, isDeleted }: RunInputsProps) {
  const { data } = useQuery(jobArgsQuery(workspace, id))
  const isEmpty = typeof data !== 'object' || data === null || Object.keys(data).length === 0
  const references = referencesIn(data)
  return (
    <section aria-label="Inputs">
      <div className="flex h-8 items-center">
        <h2 className="flex-1 text-sm font-medium">Inputs</h2>
        {!isEmpty && <CopyButton text={JSON.stringify(data, null, 2)} label="Copy inputs" />}
      </div>
      {references.length > 0 && (
        <ul aria-label="Variables and resources" className="mb-2 flex flex-wrap gap-1">
          {references.map((reference) => (
            <li key={`${reference.kind} ${reference.path}`} className="max-w-full">
              <ReferenceLink workspace={workspace} reference={reference} />
            </li>
          ))}
        </ul>
      )}
      {isEmpty ? <p className="text-sm text-muted">{isDeleted ? 'Deleted.' : 'None.'}</p> : <JsonTree value={data} />}
    </section>
  )
}
