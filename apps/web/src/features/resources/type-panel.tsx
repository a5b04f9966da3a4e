import type { ResourceType } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { useIsOperator } from '../../data/member.ts'
import { resourceTypesQuery, useDeleteResourceType } from '../../data/resource-types.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { SidePanel } from '../../ui/side-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { showToast } from '../../ui/toast.tsx'
import { TypeForm } from './type-form.tsx'

interface PanelProps {
  readonly workspace: string
  readonly onOpen: (name: string) => void
  readonly onClose: () => void
}

/** One type: its schema, to read and for who may to change. */
export function TypePanel({ workspace, name, onOpen, onClose }: PanelProps & { readonly name: string }) {
  const { data, error } = useQuery(resourceTypesQuery(workspace))
  const isOperator = useIsOperator(workspace)
  const type = data?.find((each) => each.name === name)
  const whyNot = type && whyNotChangeable(type, workspace, isOperator)
  return (
    <SidePanel
      label={`Type ${name}`}
      title={type?.display_name ?? name}
      marks={<CopyButton text={name} label="Copy name" />}
      onClose={onClose}
    >
      {error && <ProblemNote title="This type cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={6} />}
      {data && !type && <p className="text-muted">There is no type of this name.</p>}
      {type && (
        <>
          <p className="-mt-4 text-sm text-muted">
            <span className="font-mono text-[13px]">{name}</span> · {type.created_by}, <TimeAgo at={type.edited_at} />
          </p>
          {whyNot !== undefined && <p className="rounded-md bg-panel px-3 py-2 text-sm">{whyNot}</p>}
          <TypeForm
            key={name}
            workspace={workspace}
            type={type}
            isReadOnly={whyNot !== undefined}
            onSaved={onOpen}
            actions={<DeleteType workspace={workspace} type={type} onDeleted={onClose} />}
          />
        </>
      )}
    </SidePanel>
  )
}

/** A type that is yet to be made. */
export function NewTypePanel({ workspace, onOpen, onClose }: PanelProps) {
  return (
    <SidePanel label="New type" title="New type" onClose={onClose}>
      <TypeForm workspace={workspace} type={undefined} onSaved={onOpen} />
    </SidePanel>
  )
}

function whyNotChangeable(type: ResourceType, workspace: string, isOperator: boolean): string | undefined {
  if (isOperator) return 'Operators see types; developers of the workspace change them.'
  if (type.workspace_id === workspace) return undefined
  return `It is kept in the workspace ${type.workspace_id} for all workspaces, and changed there. A type of the same name here goes before it.`
}

interface DeleteTypeProps {
  readonly workspace: string
  readonly type: ResourceType
  readonly onDeleted: () => void
}

function DeleteType({ workspace, type, onDeleted }: DeleteTypeProps) {
  const remove = useDeleteResourceType(workspace)
  const { name } = type
  const fail = (title: string) => (error: unknown) => showToast(title, { detail: describeError(error).message })

  function perform() {
    remove.mutate(type, {
      onSuccess(restore) {
        const undo = () => void restore().catch(fail(`Type ${name} was not brought back.`))
        showToast(`Deleted type ${name}`, { action: { title: 'Undo', perform: undo } })
        onDeleted()
      },
      onError: fail(`Type ${name} was not deleted.`),
    })
  }

  return (
    <Button look="danger" className="ml-auto" disabled={remove.isPending} onClick={perform}>
      <Trash2 size={14} aria-hidden /> Delete
    </Button>
  )
}
