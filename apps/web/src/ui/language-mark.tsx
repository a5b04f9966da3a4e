interface LanguageMarkProps {
  readonly label: string
  /** A mark of one to three letters; anything longer is replaced by the label's beginning. */
  readonly icon: string
}

/** A language's two letters in a small square. */
export function LanguageMark({ label, icon }: LanguageMarkProps) {
  const mark = icon.length <= 3 ? icon : label.slice(0, 2)
  return (
    <span
      title={label}
      className="inline-flex size-6 shrink-0 items-center justify-center rounded-md bg-accent-soft font-mono text-[11px] font-semibold text-accent"
    >
      <span aria-hidden>{mark}</span>
      <span className="sr-only">{label}</span>
    </span>
  )
}
