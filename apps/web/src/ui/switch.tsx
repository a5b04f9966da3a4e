import { Switch as Base } from '@base-ui/react/switch'

interface SwitchProps {
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly id?: string
  readonly label?: string
  readonly disabled?: boolean
}

export function Switch({ isOn, onChange, id, label, disabled }: SwitchProps) {
  return (
    <Base.Root
      id={id}
      aria-label={label}
      checked={isOn}
      disabled={disabled ?? false}
      onCheckedChange={(next) => onChange(next)}
      className="flex h-5 w-9 shrink-0 items-center rounded-full bg-line-strong p-0.5 transition-colors data-checked:bg-accent"
    >
      <Base.Thumb className="size-4 rounded-full bg-page transition-transform data-checked:translate-x-4" />
    </Base.Root>
  )
}
