import type { EditHandler, HandlerConfig } from '@millrace/contracts'

/** A handler as it is edited. */
export interface HandlerForm {
  /** `script/<path>` or `flow/<path>`; empty for none. */
  readonly path: string
  /** JSON text of an object; empty for none. */
  readonly args: string
  readonly muted_on_cancel: boolean
  readonly muted_on_user_path: boolean
  readonly muted_on_ui_runs: boolean
}

/** What may be muted, as the form asks it. */
export const mutes = [
  { name: 'muted_on_cancel', label: 'Not of jobs that are cancelled' },
  { name: 'muted_on_user_path', label: 'Not of scripts and flows below u/' },
  { name: 'muted_on_ui_runs', label: 'Not of jobs that people start in the browser' },
] as const

/** The form of a handler, or of none. */
export function formOf(config: HandlerConfig | undefined): HandlerForm {
  return {
    path: config?.path ?? '',
    args: config?.extra_args ? JSON.stringify(config.extra_args, null, 2) : '',
    muted_on_cancel: config?.muted_on_cancel ?? false,
    muted_on_user_path: config?.muted_on_user_path ?? false,
    muted_on_ui_runs: config?.muted_on_ui_runs ?? false,
  }
}

/** What is sent of a form, or why it cannot be. */
export function readForm({
  path,
  args,
  ...muted
}: HandlerForm): { readonly body: EditHandler } | { readonly fault: string } {
  if (path === '') return { body: {} }
  if (args.trim() === '') return { body: { path, ...muted } }
  const value = parsed(args)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { fault: 'Must be a JSON object, such as {"channel": "ops"}.' }
  return { body: { path, extra_args: { ...value }, ...muted } }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
