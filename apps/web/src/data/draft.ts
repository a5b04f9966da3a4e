import type { SettingsForm } from './script-settings.ts'

/** What somebody has typed into an editor and not deployed yet. */
export interface Draft {
  readonly language: string
  readonly path: string
  readonly summary: string
  readonly content: string
  readonly args: Readonly<Record<string, unknown>>
  readonly settings: SettingsForm
  /** The version it grew from; absent for a new script. */
  readonly parentHash: string | undefined
  readonly savedAt: string
}

/** A draft as it was kept, maybe before there were as many settings. */
export type KeptDraft = Omit<Draft, 'settings'> & { readonly settings?: Partial<SettingsForm> }

export interface DraftKey {
  readonly email: string
  readonly workspace: string
  /** Path of the script, or `new`. */
  readonly item: string
}

function keyText({ email, workspace, item }: DraftKey): string {
  return `millrace:draft:${email}:${workspace}:${item}`
}

/** The draft kept in this browser, if there is one that can be read. */
export function findDraft(key: DraftKey): KeptDraft | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyText(key)) ?? 'null')
    return isDraft(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Keeps a draft; false when the browser has no room for it. */
export function saveDraft(key: DraftKey, draft: Draft): boolean {
  try {
    localStorage.setItem(keyText(key), JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

export function dropDraft(key: DraftKey): void {
  localStorage.removeItem(keyText(key))
}

function isDraft(value: unknown): value is KeptDraft {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['language', 'path', 'summary', 'content', 'savedAt'] as const
  return (
    texts.every((name) => typeof Reflect.get(value, name) === 'string') &&
    typeof Reflect.get(value, 'args') === 'object'
  )
}
