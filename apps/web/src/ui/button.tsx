import type { ButtonHTMLAttributes } from 'react'
import { classNames } from './class-names.ts'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const LOOKS: Readonly<Record<Look, string>> = {
  primary: 'bg-accent text-on-accent font-medium hover:bg-accent-strong',
  plain: 'border border-line bg-raised text-text hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-text',
  danger: 'border border-line bg-raised text-failed hover:bg-failed-soft',
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: Look
  readonly size?: 'dense' | 'form'
}

/** The look of a button, for links that act as one. */
export function buttonClass(look: Look = 'plain', size: 'dense' | 'form' = 'dense'): string {
  return classNames(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md whitespace-nowrap transition-colors select-none',
    'disabled:pointer-events-none disabled:opacity-50',
    size === 'dense' ? 'h-7 px-2.5 text-sm' : 'h-9 px-3.5 text-base',
    LOOKS[look],
  )
}

export function Button({ look, size, className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={classNames(buttonClass(look, size), className)} {...rest} />
}

export function IconButton({ className, type = 'button', label, ...rest }: ButtonProps & { readonly label: string }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={classNames(
        'inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-text disabled:opacity-50',
        className,
      )}
      {...rest}
    />
  )
}
