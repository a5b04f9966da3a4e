import { useQuery } from '@tanstack/react-query'
import type { ScriptSettings, SettingErrors } from '../../../data/parse-settings.ts'
import type { SettingsForm } from '../../../data/script-settings.ts'
import { tagsQuery } from '../../../data/tags.ts'
import { formatCount, formatSpan } from '../../../ui/format-quantity.ts'
import { Switch } from '../../../ui/switch.tsx'
import { retryDelays } from './retry-delays.ts'
import { fieldId, settingGroups, type SettingGroup } from './setting-groups.ts'
import { TextSettingField } from './text-setting-field.tsx'

interface SettingsPanelProps {
  readonly id: string
  readonly workspace: string
  readonly form: SettingsForm
  readonly settings: ScriptSettings
  readonly errors: SettingErrors
  readonly onChange: (form: SettingsForm) => void
}

const TAG_LIST = 'setting-tags'

/** How a deployed script is run; tests take no more of it than the tag. */
export function SettingsPanel(props: SettingsPanelProps) {
  const { data: tags } = useQuery(tagsQuery(props.workspace))
  return (
    <section
      id={props.id}
      aria-label="Script settings"
      className="max-h-[60vh] shrink-0 overflow-y-auto border-b border-line bg-panel"
    >
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(300px,100%),1fr))] gap-x-8 gap-y-5 px-3 py-4 sm:px-4">
        {settingGroups.map((group) => (
          <Group key={group.title} group={group} {...props} />
        ))}
      </div>
      <datalist id={TAG_LIST}>
        {tags?.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
    </section>
  )
}

interface GroupProps extends Omit<SettingsPanelProps, 'id' | 'workspace'> {
  readonly group: SettingGroup
}

function Group({ group, form, settings, errors, onChange }: GroupProps) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{group.title}</legend>
      <p className="text-xs text-muted">{group.hint}</p>
      <div className="grid grid-cols-2 gap-x-3 gap-y-2">
        {group.fields.map((field) => (
          <TextSettingField
            key={field.name}
            field={field}
            value={form[field.name]}
            error={errors[field.name]}
            list={field.name === 'tag' ? TAG_LIST : undefined}
            onChange={(value) => onChange({ ...form, [field.name]: value })}
          />
        ))}
      </div>
      {group.switches?.map(({ name, label }) => (
        <label key={name} htmlFor={fieldId(name)} className="flex h-7 items-center gap-2 text-sm">
          <Switch id={fieldId(name)} isOn={form[name]} onChange={(isOn) => onChange({ ...form, [name]: isOn })} />
          {label}
        </label>
      ))}
      {group.title === 'Retry' && <Delays settings={settings} />}
    </fieldset>
  )
}

const DELAYS_SHOWN_MAX = 8

/** What the numbers of a retry amount to. */
function Delays({ settings }: { readonly settings: ScriptSettings }) {
  const delays = retryDelays(settings.retry ?? {})
  if (delays.length === 0) return null
  const shown = delays.slice(0, DELAYS_SHOWN_MAX).map(formatSpan).join(', ')
  const rest = delays.length - DELAYS_SHOWN_MAX
  const sum = delays.reduce((total, delay) => total + delay, 0)
  return (
    <p role="status" className="text-xs tabular-nums">
      <span className="text-muted">Delays</span> {shown}
      {rest > 0 && ` and ${formatCount(rest)} more`}
      <span className="text-muted">, {formatSpan(sum)} together</span>
    </p>
  )
}
