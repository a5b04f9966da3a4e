import type { WidgetProps } from '@rjsf/utils'
import { FileUp, X } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import { formatSize } from '../ui/format-quantity.ts'
import { Select } from '../ui/select.tsx'
import { Switch } from '../ui/switch.tsx'
import { ariaProps } from './text-inputs.tsx'

export function SelectInput(props: WidgetProps) {
  const values: readonly unknown[] = Array.isArray(props.schema.enum) ? props.schema.enum : []
  const options = values.map((value) => ({ value: String(value), label: String(value) }))
  return (
    <div className="flex items-center gap-1">
      <Select
        id={props.id}
        options={options}
        value={props.value === undefined || props.value === null ? undefined : String(props.value)}
        isInvalid={(props.rawErrors?.length ?? 0) > 0}
        disabled={props.disabled === true}
        className="min-w-0 flex-1"
        onChange={(chosen) => props.onChange(values.find((value) => String(value) === chosen))}
      />
      {!props.required && props.value !== undefined && (
        <IconButton label={`Clear ${props.label}`} onClick={() => props.onChange(undefined)}>
          <X size={14} />
        </IconButton>
      )}
    </div>
  )
}

export function SwitchInput(props: WidgetProps) {
  return (
    <div className="flex h-9 items-center gap-2.5">
      <Switch
        id={props.id}
        isOn={props.value === true}
        disabled={props.disabled === true}
        onChange={(isOn) => props.onChange(isOn)}
      />
      <span className="text-sm text-muted">{props.value === undefined ? 'not set' : String(props.value)}</span>
    </div>
  )
}

/** A file, sent as base64 text. */
export function FileInput(props: WidgetProps) {
  const input = useRef<HTMLInputElement>(null)
  const [name, setName] = useState<string | undefined>()
  const value = typeof props.value === 'string' ? props.value : undefined

  async function choose(file: File | undefined) {
    if (!file) return
    setName(file.name)
    props.onChange(await toBase64(file))
  }

  return (
    <div className="flex min-w-0 items-center gap-2">
      <input
        {...ariaProps(props)}
        ref={input}
        type="file"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => void choose(event.target.files?.[0])}
      />
      <Button size="form" disabled={props.disabled} onClick={() => input.current?.click()}>
        <FileUp size={16} aria-hidden /> Choose file
      </Button>
      <span className="min-w-0 truncate text-sm text-muted">
        {value === undefined ? 'No file' : `${name ?? 'Data'} · ${formatSize((value.length * 3) / 4)}`}
      </span>
      {value !== undefined && (
        <IconButton label={`Clear ${props.label}`} onClick={() => props.onChange(undefined)}>
          <X size={14} />
        </IconButton>
      )}
    </div>
  )
}

function toBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result.replace(/^[^,]*,/, '') : '')
    reader.onerror = () => reject(reader.error ?? new Error(`${file.name} cannot be read`))
    reader.readAsDataURL(file)
  })
}
