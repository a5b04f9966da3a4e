import { useQuery } from '@tanstack/react-query'
import { Database, Trash2 } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { ownerText, useMember, whyNotWritable } from '../../data/member.ts'
import { resourceReference } from '../../data/reference.ts'
import { resourceQuery, useDeleteResource } from '../../data/resources.ts'
import { resourceTypesQuery, schemaOfType, typeLabel } from '../../data/resource-types.ts'
import { ownPath } from '../../items/item-fields.tsx'
import { ResourceForm, textOfResource } from '../../items/resource-form.tsx'
import { initialArgs } from '../../schema-form/initial-args.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { SidePanel } from '../../ui/side-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { showToast } from '../../ui/toast.tsx'

interface PanelProps {
  readonly workspace: string
  readonly onOpen: (path: string) => void
  readonly onClose: () => void
}

/** One resource: what it is, and to change it. */
export function ResourcePanel({ workspace, path, onOpen, onClose }: PanelProps & { readonly path: string }) {
  const { data: resource, error } = useQuery(resourceQuery(workspace, path))
  const types = useQuery(resourceTypesQuery(workspace)).data
  const reference = resourceReference(path)
  return (
    <SidePanel
      label={`Resource ${path}`}
      title={path}
      marks={
        <>
          <CopyButton text={path} label="Copy path" />
          <CopyButton text={reference} label={`Copy ${reference}`} icon={<Database size={14} />} />
        </>
      }
      onClose={onClose}
    >
      {error && <ProblemNote title="This resource cannot be shown." {...describeError(error)} />}
      {!resource && !error && <Skeleton rows={6} />}
      {resource && (
        <>
          <p className="-mt-4 text-sm text-muted">
            {typeLabel(types, resource.resource_type)} · {ownerText(path)} · {resource.created_by},{' '}
            <TimeAgo at={resource.edited_at} />
          </p>
          <ResourceForm
            workspace={workspace}
            resource={resource}
            start={textOfResource(resource)}
            keptAs={`resource ${workspace} ${path}`}
            onSaved={(saved) => saved !== path && onOpen(saved)}
            actions={<DeleteResource workspace={workspace} path={path} onDeleted={onClose} />}
          />
        </>
      )}
    </SidePanel>
  )
}

interface DeleteResourceProps {
  readonly workspace: string
  readonly path: string
  readonly onDeleted: () => void
}

function DeleteResource({ workspace, path, onDeleted }: DeleteResourceProps) {
  const remove = useDeleteResource(workspace)
  const whyNot = whyNotWritable(useMember(workspace), path)
  const fail = (title: string) => (error: unknown) => showToast(title, { detail: describeError(error).message })

  function perform() {
    remove.mutate(path, {
      onSuccess(restore) {
        const undo = () => void restore().catch(fail(`Resource ${path} was not brought back.`))
        showToast(`Deleted resource ${path}`, { action: { title: 'Undo', perform: undo } })
        onDeleted()
      },
      onError: fail(`Resource ${path} was not deleted.`),
    })
  }

  return (
    <Button
      look="danger"
      className="ml-auto"
      disabled={remove.isPending || whyNot !== undefined}
      title={whyNot}
      onClick={perform}
    >
      <Trash2 size={14} aria-hidden /> Delete
    </Button>
  )
}

/** A resource that is yet to be made; of the type that the list is narrowed to, if it is. */
export function NewResourcePanel({ workspace, type = '', onOpen, onClose }: PanelProps & { readonly type?: string }) {
  const member = useMember(workspace)
  const types = useQuery(resourceTypesQuery(workspace))
  const schema = schemaOfType(types.data?.find(({ name }) => name === type))
  return (
    <SidePanel label="New resource" title="New resource" onClose={onClose}>
      {member && !types.isPending ? (
        <ResourceForm
          workspace={workspace}
          resource={undefined}
          start={{
            path: ownPath(member.username),
            description: '',
            labels: [],
            type,
            value: initialArgs(schema ?? {}),
          }}
          keptAs={`resource ${workspace} ${type}`}
          onSaved={onOpen}
        />
      ) : (
        <Skeleton rows={6} />
      )}
    </SidePanel>
  )
}
