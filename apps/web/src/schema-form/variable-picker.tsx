import { useQuery } from '@tanstack/react-query'
import { Braces, LockKeyhole, Plus, Type } from 'lucide-react'
import { use, useDeferredValue, useState } from 'react'
import { describeError } from '../data/client.ts'
import { variableReference } from '../data/reference.ts'
import { variablesQuery } from '../data/variables.ts'
import { IconButton } from '../ui/button.tsx'
import { PickList } from '../ui/pick-list.tsx'
import { FormReferences } from './form-references.ts'

interface VariablePickerProps {
  /** The id of the field's control, which has the focus afterwards. */
  readonly id: string
  /** The field. */
  readonly label: string
  readonly value: string
  readonly isSecret?: boolean
  readonly disabled?: boolean
  readonly onPick: (reference: string) => void
}

/** A button at the end of a field that puts a variable in place of its text. */
export function VariablePicker(props: VariablePickerProps) {
  const references = use(FormReferences)
  return references ? <Picker {...props} references={references} /> : null
}

function Picker(props: VariablePickerProps & { readonly references: FormReferences }) {
  const { references, id, label, isSecret = false } = props
  const [isOpen, setOpen] = useState(false)
  const [isMaking, setMaking] = useState(false)
  const [text, setText] = useState('')
  const query = variablesQuery(references.workspace, { text: useDeferredValue(text.trim()) })
  const { data, error } = useQuery({ ...query, enabled: isOpen })

  function pick(path: string) {
    setMaking(false)
    props.onPick(variableReference(path))
    requestAnimationFrame(() => document.getElementById(id)?.focus())
  }

  return (
    <>
      <PickList
        align="end"
        label="Search variables"
        isOpen={isOpen}
        onOpenChange={setOpen}
        text={text}
        onText={setText}
        items={data?.map((variable) => ({
          id: variable.path,
          title: variable.path,
          detail: variable.description,
          icon: variable.is_secret ? <LockKeyhole size={14} aria-label="Secret" /> : <Type size={14} aria-hidden />,
        }))}
        emptyText={text === '' ? 'There are no variables yet.' : 'No variable matches.'}
        error={error ? describeError(error).message : undefined}
        onPick={pick}
        actions={[
          {
            id: 'new',
            title: props.value === '' ? 'New variable' : 'New variable with this value',
            icon: <Plus size={14} aria-hidden />,
            perform: () => setMaking(true),
          },
        ]}
        trigger={
          <IconButton label={`Use a variable for ${label}`} disabled={props.disabled}>
            <Braces size={14} aria-hidden />
          </IconButton>
        }
      />
      {isMaking &&
        references.drawNewItem({
          kind: 'variable',
          type: '',
          value: props.value,
          isSecret,
          onMade: pick,
          onClose: () => setMaking(false),
        })}
    </>
  )
}
