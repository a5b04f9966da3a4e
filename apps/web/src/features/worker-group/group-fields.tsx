import type { ReactNode } from 'react'
import type { ScaleHint } from '@millrace/contracts'
import type { FieldFaults } from '../../data/field-faults.ts'
import { ChipInput } from '../../ui/chip-input.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Field, Input, inputClass } from '../../ui/input.tsx'
import { Switch } from '../../ui/switch.tsx'
import { faultOf, wrongPlaces, type GroupForm } from './group-form.ts'
import { VariableRows } from './variable-rows.tsx'

interface GroupFieldsProps {
  readonly form: GroupForm
  readonly faults: FieldFaults
  /** What holds where a limit is left empty. */
  readonly limits: ScaleHint | undefined
  readonly onChange: (part: Partial<GroupForm>) => void
}

/** Everything that a group may be given, in the order in which it is usually decided. */
export function GroupFields(props: GroupFieldsProps) {
  const { form, faults, onChange } = props
  return (
    <>
      <Section title="Jobs">
        <WordsField
          {...props}
          part="tags"
          label="Tags"
          placeholder="gpu"
          hint="Jobs with one of these tags go to this group. Empty: every language and kind."
        />
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <NumberField {...props} part="slots" label="Slots" hint="Jobs that each worker runs at once." />
          <NumberField
            {...props}
            part="exitAfterJobs"
            label="Exit after jobs"
            hint="A worker ends after so many, to start afresh."
          />
        </div>
        <SwitchField
          id="isNative"
          label="Native mode"
          hint="Only languages that need no sandboxed process, many at once."
          isOn={form.isNative}
          onChange={(isNative) => onChange({ isNative })}
        />
      </Section>
      <Section title="Environment">
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-sm font-medium">Variables</legend>
          <VariableRows rows={form.variables} faults={faults} onChange={(variables) => onChange({ variables })} />
          <p className="text-sm text-muted">Every job of this group sees them.</p>
        </fieldset>
        <WordsField
          {...props}
          part="passedVariables"
          label="Passed on from the worker"
          placeholder="HTTPS_PROXY"
          hint="Names of variables of the worker’s own environment that jobs see too."
        />
        <Field
          id="initScript"
          label="Init script"
          error={faultOf(faults, 'initScript')}
          hint="Run by bash once when a worker starts, with all its rights and outside the sandbox."
        >
          <textarea
            id="initScript"
            value={form.initScript}
            rows={3}
            spellCheck={false}
            placeholder="apt-get install -y jq"
            aria-invalid={faultOf(faults, 'initScript') !== undefined}
            onChange={(event) => onChange({ initScript: event.target.value })}
            className={classNames(inputClass, 'block max-h-96 min-h-20 resize-y py-2 font-mono text-[13px]!')}
          />
        </Field>
      </Section>
      <Section title="Scaling">
        <SwitchField
          id="isScaled"
          label="Autoscaling"
          hint="millrace autoscale starts and ends workers as the queue needs them."
          isOn={form.isScaled}
          onChange={(isScaled) => onChange({ isScaled })}
        />
        <Limits {...props} />
      </Section>
    </>
  )
}

/** Limits of the number of workers; what holds without them stands in the empty field. */
function Limits(props: GroupFieldsProps) {
  const { limits } = props
  return (
    <div className="grid grid-cols-1 gap-4 sm:grid-cols-3">
      <NumberField {...props} part="workersMin" label="Workers at least" placeholder={limits?.min_workers} />
      <NumberField {...props} part="workersMax" label="Workers at most" placeholder={limits?.max_workers} />
      <NumberField
        {...props}
        part="targetWait"
        label="Jobs wait at most, s"
        placeholder={limits && limits.target_wait_ms / 1000}
      />
    </div>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-5 border-t border-line pt-5">
      <h2 className="text-lg font-medium">{title}</h2>
      {children}
    </section>
  )
}

interface NumberFieldProps {
  readonly form: GroupForm
  readonly faults: FieldFaults
  readonly part: 'slots' | 'exitAfterJobs' | 'workersMin' | 'workersMax' | 'targetWait'
  readonly label: string
  readonly placeholder?: number | undefined
  readonly hint?: string
  readonly onChange: (part: Partial<GroupForm>) => void
}

function NumberField({ form, faults, part, label, placeholder, hint, onChange }: NumberFieldProps) {
  const fault = faultOf(faults, part)
  return (
    <Field id={part} label={label} error={fault} hint={hint}>
      <Input
        id={part}
        inputMode="decimal"
        autoComplete="off"
        value={form[part]}
        placeholder={placeholder === undefined ? undefined : String(placeholder)}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${part}-error`}
        onChange={(event) => onChange({ [part]: event.target.value })}
        className="tabular-nums"
      />
    </Field>
  )
}

interface WordsFieldProps {
  readonly form: GroupForm
  readonly faults: FieldFaults
  readonly part: 'tags' | 'passedVariables'
  readonly label: string
  readonly placeholder: string
  readonly hint: string
  readonly onChange: (part: Partial<GroupForm>) => void
}

function WordsField({ form, faults, part, label, placeholder, hint, onChange }: WordsFieldProps) {
  const fault = faultOf(faults, part)
  return (
    <Field id={part} label={label} error={fault} hint={hint}>
      <ChipInput
        id={part}
        values={form[part]}
        placeholder={placeholder}
        invalid={wrongPlaces(faults, part)}
        isInvalid={fault !== undefined}
        describedBy={fault === undefined ? undefined : `${part}-error`}
        onChange={(values) => onChange({ [part]: values })}
      />
    </Field>
  )
}

interface SwitchFieldProps {
  readonly id: string
  readonly label: string
  readonly hint: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

function SwitchField({ id, label, hint, isOn, onChange }: SwitchFieldProps) {
  return (
    <div className="flex items-start gap-3">
      <Switch id={id} isOn={isOn} onChange={onChange} />
      <div>
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        <p className="text-sm text-muted">{hint}</p>
      </div>
    </div>
  )
}
