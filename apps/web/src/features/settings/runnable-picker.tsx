import { useQuery } from '@tanstack/react-query'
import { ChevronDown, FileCode2, Workflow, X } from 'lucide-react'
import { useState } from 'react'
import { describeError } from '../../data/client.ts'
import { flowsQuery } from '../../data/flows.ts'
import { scriptsQuery } from '../../data/scripts.ts'
import { IconButton, buttonClass } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { PickList } from '../../ui/pick-list.tsx'

interface RunnablePickerProps {
  readonly workspace: string
  /** `script/<path>` or `flow/<path>`; empty for none. */
  readonly value: string
  readonly onChange: (value: string) => void
}

/** One of the scripts and flows of a workspace, or none. */
export function RunnablePicker({ workspace, value, onChange }: RunnablePickerProps) {
  const [isOpen, setOpen] = useState(false)
  const [text, setText] = useState('')
  const scripts = useQuery({ ...scriptsQuery(workspace), enabled: isOpen })
  const flows = useQuery({ ...flowsQuery(workspace), enabled: isOpen })
  const error = scripts.error ?? flows.error
  const all = scripts.data &&
    flows.data && [
      ...scripts.data.map(({ path, summary }) => ({ id: `script/${path}`, path, summary })),
      ...flows.data.map(({ path, summary }) => ({ id: `flow/${path}`, path, summary })),
    ]
  const wanted = text.trim().toLowerCase()
  const items = all
    ?.filter(({ path, summary }) => `${path} ${summary}`.toLowerCase().includes(wanted))
    .map(({ id, path, summary }) => ({ id, title: path, detail: summary || undefined, icon: iconOf(id) }))

  return (
    <div className="flex items-center gap-1">
      <PickList
        label="Search scripts and flows"
        isOpen={isOpen}
        onOpenChange={setOpen}
        text={text}
        onText={setText}
        items={items}
        onPick={onChange}
        emptyText="No script or flow matches."
        error={error ? describeError(error).message : undefined}
        trigger={
          <button
            type="button"
            className={classNames(buttonClass('plain', 'form'), 'min-w-0 flex-1 justify-start sm:max-w-md')}
          >
            {value !== '' && <span className="text-muted">{iconOf(value)}</span>}
            <span className={classNames('min-w-0 flex-1 truncate text-left', value === '' && 'text-muted')}>
              {value === '' ? 'Nobody: choose a script or a flow' : value.slice(value.indexOf('/') + 1)}
            </span>
            <ChevronDown size={14} className="shrink-0 text-muted" aria-hidden />
          </button>
        }
      />
      {value !== '' && (
        <IconButton label="Tell nobody" onClick={() => onChange('')}>
          <X size={14} aria-hidden />
        </IconButton>
      )}
    </div>
  )
}

function iconOf(id: string) {
  return id.startsWith('flow/') ? <Workflow size={14} aria-hidden /> : <FileCode2 size={14} aria-hidden />
}
