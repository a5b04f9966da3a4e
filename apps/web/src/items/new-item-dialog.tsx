import { useQuery } from '@tanstack/react-query'
import { memberQuery } from '../data/member.ts'
import { resourceTypesQuery, schemaOfType, typeLabel } from '../data/resource-types.ts'
import type { NewItem } from '../schema-form/form-references.ts'
import { initialArgs } from '../schema-form/initial-args.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { ownPath } from './item-fields.tsx'
import { ResourceForm } from './resource-form.tsx'
import { VariableForm } from './variable-form.tsx'

interface NewItemDialogProps {
  readonly workspace: string
  readonly item: NewItem
}

/** Makes a variable or a resource from within a form, which has it then. */
export function NewItemDialog({ workspace, item }: NewItemDialogProps) {
  const member = useQuery(memberQuery(workspace))
  const types = useQuery(resourceTypesQuery(workspace))
  const facts = { path: ownPath(member.data?.username), description: '', labels: [] }
  const type = types.data?.find(({ name }) => name === item.type)
  const name = item.type === '' ? 'resource' : `${typeLabel(types.data, item.type)} resource`
  const isReady = !member.isPending && (item.kind === 'variable' || !types.isPending)
  const cancel = (
    <Button look="quiet" onClick={item.onClose}>
      Cancel
    </Button>
  )
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => isOpen || item.onClose()}
      title={item.kind === 'variable' ? 'New variable' : `New ${name}`}
      isSticky
      className="flex max-h-[80vh] flex-col"
    >
      <div className="min-h-0 overflow-y-auto p-4">
        {!isReady && <Skeleton rows={4} />}
        {isReady && item.kind === 'variable' && (
          <VariableForm
            workspace={workspace}
            variable={undefined}
            start={{ ...facts, value: item.value, isSecret: item.isSecret }}
            keptAs={undefined}
            onSaved={item.onMade}
            actions={cancel}
          />
        )}
        {isReady && item.kind === 'resource' && (
          <ResourceForm
            workspace={workspace}
            resource={undefined}
            isTypeGiven={item.type !== ''}
            start={{ ...facts, type: item.type, value: initialArgs(schemaOfType(type) ?? {}) }}
            keptAs={undefined}
            onSaved={item.onMade}
            actions={cancel}
          />
        )}
      </div>
    </Dialog>
  )
}
