import type { Variable } from '@millrace/contracts'
import { Save } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { useActions } from '../actions/action-registry.tsx'
import { describeError } from '../data/client.ts'
import { faultAt } from '../data/field-faults.ts'
import { useMember, whyNotWritable } from '../data/member.ts'
import { variableReference } from '../data/reference.ts'
import { useSaveVariable } from '../data/variables.ts'
import { Button } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Switch } from '../ui/switch.tsx'
import { showToast } from '../ui/toast.tsx'
import { itemFaults } from './item-faults.ts'
import { DescriptionField, focusFault, LabelsField, PathField, type ItemFacts } from './item-fields.tsx'
import { useKeptForm } from './use-kept-form.ts'
import { VariableValue } from './variable-value.tsx'

export interface VariableText extends ItemFacts {
  readonly isSecret: boolean
  /** Null while the value of a secret stays as it is. */
  readonly value: string | null
}

interface VariableFormProps {
  readonly workspace: string
  /** Undefined for one that is yet to be made. */
  readonly variable: Variable | undefined
  readonly start: VariableText
  /** Names what is typed, for it to be there after a look at another page. */
  readonly keptAs: string | undefined
  readonly onSaved: (path: string) => void
  /** Beside the button that saves. */
  readonly actions?: ReactNode
}

/** One variable, to be made or changed. */
export function VariableForm({ workspace, variable, start, keptAs, onSaved, actions }: VariableFormProps) {
  const formId = useId()
  const { form, before, isChanged, change, discard, settle } = useKeptForm(keptAs, start)
  const member = useMember(workspace)
  const save = useSaveVariable(workspace)
  const faults = itemFaults(save.error)
  const fields = { formId, facts: form, faults, onChange: change }
  const isMoved = variable !== undefined && form.path !== before.path
  const whyNot = whyNotWritable(member, form.path)

  function write() {
    if (save.isPending) return
    save.mutate(
      variable ? { path: variable.path, body: changesOf(form, before) } : { path: undefined, body: made(form) },
      {
        onSuccess(path) {
          settle({ ...form, value: form.isSecret ? null : form.value })
          showToast(`Saved variable ${path}`)
          onSaved(path)
        },
        onError: () => focusFault(formId),
      },
    )
  }

  useActions([
    { id: 'variable.save', title: 'Save variable', icon: <Save size={14} />, shortcut: 'mod+s', perform: write },
    // Above a form that is sent by the same key.
    { id: 'variable.send', title: 'Save variable', shortcut: 'mod+enter', isHidden: true, perform: write },
  ])

  return (
    <form
      id={formId}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (event.target === event.currentTarget) write()
      }}
      className="flex flex-col gap-4"
    >
      {save.error && faults.size === 0 && (
        <ProblemNote title="The variable was not saved." {...describeError(save.error)} />
      )}
      <PathField
        {...fields}
        whyNot={whyNot}
        autoFocus={variable === undefined}
        hint={
          isMoved && (
            <>
              What names <span className="font-mono text-[13px] break-all">{variableReference(before.path)}</span> does
              not follow.
            </>
          )
        }
      />
      <VariableValue
        key={variable?.edited_at}
        workspace={workspace}
        formId={formId}
        sealedPath={variable?.is_secret ? variable.path : undefined}
        value={form.value ?? undefined}
        isSecret={form.isSecret}
        fault={faultAt(faults, 'value')}
        onChange={(value) => change({ value })}
      />
      <div className="flex items-center gap-3">
        <Switch id={`${formId}-secret`} isOn={form.isSecret} onChange={(isSecret) => change({ isSecret })} />
        <label htmlFor={`${formId}-secret`} className="text-sm font-medium">
          Secret
        </label>
      </div>
      <DescriptionField {...fields} />
      <LabelsField {...fields} />
      <div className="flex flex-wrap items-center gap-2">
        <Button look="primary" type="submit" disabled={save.isPending || whyNot !== undefined}>
          {variable ? 'Save variable' : 'Create variable'}
        </Button>
        {variable && isChanged && (
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
    </form>
  )
}

/** Where the form of a variable begins. */
export function textOfVariable(variable: Variable): VariableText {
  const { path, description, labels = [], is_secret, value } = variable
  return { path, description, labels, isSecret: is_secret, value: is_secret ? null : (value ?? '') }
}

function made({ path, value, isSecret, description, labels }: VariableText) {
  return { path, value: value ?? '', is_secret: isSecret, description, labels: [...labels] }
}

function changesOf(form: VariableText, before: VariableText) {
  return {
    ...(form.path !== before.path && { path: form.path }),
    ...(form.value !== before.value && form.value !== null && { value: form.value }),
    ...(form.isSecret !== before.isSecret && { is_secret: form.isSecret }),
    ...(form.description !== before.description && { description: form.description }),
    ...(form.labels !== before.labels && { labels: [...form.labels] }),
  }
}
