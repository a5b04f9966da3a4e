import type { Variable } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Braces, Trash2 } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { ownerText, useMember, whyNotWritable } from '../../data/member.ts'
import { variableReference } from '../../data/reference.ts'
import { useDeleteVariable, variableQuery } from '../../data/variables.ts'
import { ownPath } from '../../items/item-fields.tsx'
import { textOfVariable, VariableForm } from '../../items/variable-form.tsx'
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

/** One variable: what it is, and to change it. */
export function VariablePanel({ workspace, path, onOpen, onClose }: PanelProps & { readonly path: string }) {
  const { data: variable, error } = useQuery(variableQuery(workspace, path))
  return (
    <SidePanel
      label={`Variable ${path}`}
      title={path}
      marks={
        <>
          <CopyButton text={path} label="Copy path" />
          <CopyButton
            text={variableReference(path)}
            label={`Copy ${variableReference(path)}`}
            icon={<Braces size={14} />}
          />
        </>
      }
      onClose={onClose}
    >
      {error && <ProblemNote title="This variable cannot be shown." {...describeError(error)} />}
      {!variable && !error && <Skeleton rows={6} />}
      {variable && (
        <>
          <Facts variable={variable} />
          <VariableForm
            workspace={workspace}
            variable={variable}
            start={textOfVariable(variable)}
            keptAs={`variable ${workspace} ${path}`}
            onSaved={(saved) => saved !== path && onOpen(saved)}
            actions={<DeleteVariable workspace={workspace} path={path} onDeleted={onClose} />}
          />
        </>
      )}
    </SidePanel>
  )
}

function Facts({ variable }: { readonly variable: Variable }) {
  return (
    <p className="-mt-4 text-sm text-muted">
      {ownerText(variable.path)} · {variable.edited_by}, <TimeAgo at={variable.edited_at} />
      {variable.expires_at !== undefined && (
        <>
          {' · '}
          <span className={variable.is_expired ? 'text-failed' : ''}>
            {variable.is_expired ? 'expired ' : 'expires '}
            <TimeAgo at={variable.expires_at} />
          </span>
        </>
      )}
    </p>
  )
}

interface DeleteVariableProps {
  readonly workspace: string
  readonly path: string
  readonly onDeleted: () => void
}

function DeleteVariable({ workspace, path, onDeleted }: DeleteVariableProps) {
  const remove = useDeleteVariable(workspace)
  const whyNot = whyNotWritable(useMember(workspace), path)
  const fail = (title: string) => (error: unknown) => showToast(title, { detail: describeError(error).message })

  function perform() {
    remove.mutate(path, {
      onSuccess(restore) {
        const undo = restore && (() => void restore().catch(fail(`Variable ${path} was not brought back.`)))
        showToast(`Deleted variable ${path}`, undo ? { action: { title: 'Undo', perform: undo } } : {})
        onDeleted()
      },
      onError: fail(`Variable ${path} was not deleted.`),
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

/** A variable that is yet to be made. */
export function NewVariablePanel({ workspace, onOpen, onClose }: PanelProps) {
  const member = useMember(workspace)
  return (
    <SidePanel label="New variable" title="New variable" onClose={onClose}>
      {member ? (
        <VariableForm
          workspace={workspace}
          variable={undefined}
          start={{ path: ownPath(member.username), description: '', labels: [], isSecret: false, value: '' }}
          keptAs={`variable ${workspace}`}
          onSaved={onOpen}
        />
      ) : (
        <Skeleton rows={6} />
      )}
    </SidePanel>
  )
}
