import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Save, Trash2 } from 'lucide-react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import { fieldFaults } from '../../data/field-faults.ts'
import { scaleHintQuery } from '../../data/queue.ts'
import { useDeleteGroup, useSaveGroup, type GroupConfig } from '../../data/workers.ts'
import { links } from '../../links.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { showToast } from '../../ui/toast.tsx'
import { GroupFields } from './group-fields.tsx'
import { applyGroupForm, otherFaults } from './group-form.ts'
import { useGroupForm } from './use-group-form.ts'

const DEFAULT_GROUP = 'default'

interface GroupEditorProps {
  readonly workspace: string
  /** Undefined for one that is yet to be named. */
  readonly group: string | undefined
  readonly config: GroupConfig | null
}

/** What the workers of a group are given; they follow at once. */
export function GroupEditor({ workspace, group, config }: GroupEditorProps) {
  const navigate = useNavigate()
  const state = useGroupForm(group, config)
  const limits = useQuery(scaleHintQuery).data?.find((hint) => hint.group === group)
  const save = useSaveGroup()
  const faults = fieldFaults(save.error)
  const isNew = group === undefined
  const name = group ?? state.name.trim()
  const nameFault = faults.get('name') ?? (save.error instanceof NameTaken ? save.error.message : undefined)
  const others = otherFaults(new Map([...faults].filter(([field]) => field !== 'name')))
  const toWorkers = () => void navigate({ to: links.workers, params: { workspace } })

  function write() {
    if (save.isPending) return
    const change = (current: GroupConfig | null) => {
      if (isNew && current !== null) throw new NameTaken(name)
      return applyGroupForm(current, state.form, state.before)
    }
    save.mutate(
      { group: name, change },
      {
        onSuccess(written) {
          state.settle(written)
          showToast(`Saved group ${name}`)
          if (isNew) toWorkers()
        },
        onError: () => requestAnimationFrame(showFirstFault),
      },
    )
  }

  useActions([{ id: 'group.save', title: 'Save group', icon: <Save size={14} />, shortcut: 'mod+s', perform: write }])

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        write()
      }}
      className="mx-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-6"
    >
      <header className="flex flex-wrap items-end gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <Link to={links.workers} params={{ workspace }} className="text-sm text-accent hover:underline">
            Workers
          </Link>
          <h1 className="text-xl font-semibold break-all">{group ?? 'New worker group'}</h1>
        </div>
        <div className="flex gap-2">
          {state.isChanged && (
            <Button
              look="quiet"
              onClick={() => {
                state.discard()
                save.reset()
              }}
            >
              Discard changes
            </Button>
          )}
          {!isNew && config !== null && <DeleteGroup group={group} onDeleted={toWorkers} />}
          <Button look="primary" type="submit" disabled={save.isPending}>
            Save group
          </Button>
        </div>
      </header>
      {save.error && faults.size === 0 && nameFault === undefined && (
        <ProblemNote title="The group was not saved." {...describeError(save.error)} />
      )}
      {others.length > 0 && <ProblemNote title="The group was not saved." message={others.join('\n')} />}
      {isNew && (
        <Field id="name" label="Name" error={nameFault} hint="Workers join it with WORKER_GROUP.">
          <Input
            id="name"
            autoFocus
            autoComplete="off"
            spellCheck={false}
            placeholder="gpu"
            value={state.name}
            aria-invalid={nameFault !== undefined}
            aria-describedby={nameFault === undefined ? undefined : 'name-error'}
            onChange={(event) => state.rename(event.target.value)}
            className="max-w-xs"
          />
        </Field>
      )}
      <GroupFields form={state.form} faults={faults} limits={limits} onChange={state.change} />
    </form>
  )
}

/** A group that is there already is not written over as if it were new. */
class NameTaken extends Error {
  override readonly name = 'NameTaken'

  constructor(group: string) {
    super(`There is a group ${group} already: choose another name, or edit that one.`)
  }
}

function showFirstFault(): void {
  const field = document.querySelector<HTMLElement>('main [aria-invalid=true]')
  field?.scrollIntoView({ block: 'center' })
  field?.focus()
}

function DeleteGroup({ group, onDeleted }: { readonly group: string; readonly onDeleted: () => void }) {
  const remove = useDeleteGroup()
  const restore = useSaveGroup()
  const isDefault = group === DEFAULT_GROUP
  const fail = (title: string) => (error: unknown) => showToast(title, { detail: describeError(error).message })

  function perform() {
    remove.mutate(group, {
      onSuccess(config) {
        const bringBack = () =>
          void restore
            .mutateAsync({ group, change: () => ({ ...config }) })
            .catch(fail(`Group ${group} was not brought back.`))
        showToast(isDefault ? `Reset group ${group}` : `Deleted group ${group}`, {
          action: { title: 'Undo', perform: bringBack },
        })
        onDeleted()
      },
      onError: fail(`Group ${group} was not deleted.`),
    })
  }

  return (
    <Button look="danger" disabled={remove.isPending} onClick={perform}>
      <Trash2 size={14} aria-hidden /> {isDefault ? 'Reset group' : 'Delete group'}
    </Button>
  )
}
