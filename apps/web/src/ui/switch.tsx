interface SwitchProps {
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly id?: string
  readonly label?: string
  readonly disabled?: boolean
}

/** A checkbox that looks like what it is: on or off, at once. */
export function Switch({ isOn, onChange, id, label, disabled }: SwitchProps) {
  return (
    <input
      type="checkbox"
      role="switch"
      id={id}
      aria-label={label}
      checked={isOn}
      disabled={disabled}
      onChange={(event) => onChange(event.target.checked)}
      className="relative h-5 w-9 shrink-0 cursor-pointer appearance-none rounded-full bg-line-strong transition-colors before:absolute before:top-0.5 before:left-0.5 before:size-4 before:rounded-full before:bg-page before:transition-transform checked:bg-accent checked:before:translate-x-4 disabled:opacity-50"
    />
  )
}
