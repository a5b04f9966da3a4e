import type { WorkspaceResource } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Save } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { useActions } from '../actions/action-registry.tsx'
import { describeError } from '../data/client.ts'
import { faultAt } from '../data/field-faults.ts'
import { useMember, whyNotWritable } from '../data/member.ts'
import { resourceReference } from '../data/reference.ts'
import { useSaveResource } from '../data/resources.ts'
import { resourceTypesQuery, schemaOfType } from '../data/resource-types.ts'
import { initialArgs } from '../schema-form/initial-args.ts'
import { Button } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { showToast } from '../ui/toast.tsx'
import { itemFaults } from './item-faults.ts'
import { DescriptionField, focusFault, LabelsField, PathField, type ItemFacts } from './item-fields.tsx'
import { ResourceValue } from './resource-value.tsx'
import { TypePicker } from './type-picker.tsx'
import { useKeptForm } from './use-kept-form.ts'

export interface ResourceText extends ItemFacts {
  /** Empty until one is chosen. */
  readonly type: string
  readonly value: unknown
}

interface ResourceFormProps {
  readonly workspace: string
  /** Undefined for one that is yet to be made. */
  readonly resource: WorkspaceResource | undefined
  readonly start: ResourceText
  /** Whether the type of a new one is not to be chosen. */
  readonly isTypeGiven?: boolean
  /** Names what is typed, for it to be there after a look at another page. */
  readonly keptAs: string | undefined
  readonly onSaved: (path: string) => void
  /** Beside the button that saves. */
  readonly actions?: ReactNode
}

/** One resource, to be made or changed. */
export function ResourceForm(props: ResourceFormProps) {
  const { workspace, resource, isTypeGiven = false, onSaved, actions } = props
  const formId = useId()
  const { form, before, isChanged, change, discard, settle } = useKeptForm(props.keptAs, props.start)
  const member = useMember(workspace)
  const types = useQuery(resourceTypesQuery(workspace))
  const schema = schemaOfType(types.data?.find(({ name }) => name === form.type))
  const save = useSaveResource(workspace)
  const faults = itemFaults(save.error)
  const fields = { formId, facts: form, faults, onChange: change }
  const isMoved = resource !== undefined && form.path !== before.path
  const isTyped = form.type !== ''
  const whyNot = whyNotWritable(member, form.path)

  function write(value: unknown) {
    if (save.isPending) return
    const next = { ...form, value }
    save.mutate(
      resource ? { path: resource.path, body: changesOf(next, before) } : { path: undefined, body: made(next) },
      {
        onSuccess(path) {
          settle(next)
          showToast(`Saved resource ${path}`)
          onSaved(path)
        },
        onError: () => focusFault(formId),
      },
    )
  }

  const send = () => document.querySelector<HTMLFormElement>(`form[id="${formId}"]`)?.requestSubmit()
  useActions([
    {
      id: 'resource.save',
      title: 'Save resource',
      icon: <Save size={14} />,
      shortcut: 'mod+s',
      perform: send,
    },
    // Above a form that is sent by the same key.
    { id: 'resource.send', title: 'Save resource', shortcut: 'mod+enter', isHidden: true, perform: send },
  ])

  return (
    <div className="flex flex-col gap-4">
      {save.error && faults.size === 0 && (
        <ProblemNote title="The resource was not saved." {...describeError(save.error)} />
      )}
      {!resource && !isTypeGiven && (
        <TypePicker
          workspace={workspace}
          id={`${formId}-type`}
          value={form.type}
          fault={faultAt(faults, 'resource_type')}
          onChange={(type) =>
            change({ type, value: initialArgs(schemaOfType(types.data?.find(({ name }) => name === type)) ?? {}) })
          }
        />
      )}
      {isTyped && (
        <>
          <PathField
            {...fields}
            whyNot={whyNot}
            autoFocus={resource === undefined}
            hint={
              isMoved && (
                <>
                  What names <span className="font-mono text-[13px] break-all">{resourceReference(before.path)}</span>{' '}
                  does not follow.
                </>
              )
            }
          />
          {types.isPending ? (
            <Skeleton rows={3} />
          ) : (
            <ResourceValue
              key={form.type}
              formId={formId}
              schema={schema}
              value={form.value}
              onChange={(value) => change({ value })}
              onSubmit={write}
            />
          )}
          <div className="flex flex-col gap-4 border-t border-line pt-4">
            <DescriptionField {...fields} />
            <LabelsField {...fields} />
          </div>
        </>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button
          look="primary"
          type="submit"
          form={formId}
          disabled={save.isPending || !isTyped || whyNot !== undefined}
        >
          {resource ? 'Save resource' : 'Create resource'}
        </Button>
        {resource && isChanged && (
          <Button
            look="quiet"
            onClick={() => {
              discard()
              save.reset()
            }}
          >
            Discard changes
          </Button>
        )}
        {actions}
      </div>
    </div>
  )
}

/** Where the form of a resource begins. */
export function textOfResource(resource: WorkspaceResource): ResourceText {
  const { path, description, labels = [], resource_type: type, value } = resource
  return { path, description, labels, type, value }
}

function made({ path, type, value, description, labels }: ResourceText) {
  return { path, resource_type: type, value, description, labels: [...labels] }
}

function changesOf(form: ResourceText, before: ResourceText) {
  return {
    ...(form.path !== before.path && { path: form.path }),
    ...(form.description !== before.description && { description: form.description }),
    ...(form.labels !== before.labels && { labels: [...form.labels] }),
    ...(JSON.stringify(form.value) !== JSON.stringify(before.value) && { value: form.value }),
  }
}
