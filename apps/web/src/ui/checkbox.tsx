import { useEffect, useRef } from 'react'

interface CheckboxProps {
  readonly label: string
  readonly isChecked: boolean
  /** Some of what it stands for is. */
  readonly isMixed?: boolean
  /** `isRange` when shift was held. */
  readonly onChange: (isChecked: boolean, isRange: boolean) => void
}

/** A mark of choice; the area around it takes the click too. */
export function Checkbox({ label, isChecked, isMixed = false, onChange }: CheckboxProps) {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current) box.current.indeterminate = isMixed
  }, [isMixed])
  return (
    <label className="flex h-9 w-8 cursor-pointer items-center justify-center select-none">
      <input
        ref={box}
        type="checkbox"
        aria-label={label}
        checked={isChecked}
        onChange={({ target, nativeEvent }) =>
          onChange(target.checked, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
        }
        className="size-3.5 cursor-pointer accent-accent"
      />
    </label>
  )
}
