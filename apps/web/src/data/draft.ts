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
  /** Path of the script or flow, or `new`. */
  readonly item: string
}

const scriptDrafts = draftStore('draft', isDraft)

/** The draft kept in this browser, if there is one that can be read. */
export const findDraft = scriptDrafts.find
/** Keeps a draft; false when the browser has no room for it. */
export const saveDraft: (key: DraftKey, draft: Draft) => boolean = scriptDrafts.save
export const dropDraft = scriptDrafts.drop

/** Drafts of one kind of item, kept in this browser under its name. */
export function draftStore<T>(name: string, isDraft: (value: unknown) => value is T) {
  const keyText = ({ email, workspace, item }: DraftKey) => `millrace:${name}:${email}:${workspace}:${item}`
  return {
    find(key: DraftKey): T | undefined {
      try {
        const value: unknown = JSON.parse(localStorage.getItem(keyText(key)) ?? 'null')
        return isDraft(value) ? value : undefined
      } catch {
        return undefined
      }
    },
    save(key: DraftKey, draft: T): boolean {
      try {
        localStorage.setItem(keyText(key), JSON.stringify(draft))
        return true
      } catch {
        return false
      }
    },
    drop(key: DraftKey): void {
      localStorage.removeItem(keyText(key))
    },
  }
}

function isDraft(value: unknown): value is KeptDraft {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['language', 'path', 'summary', 'content', 'savedAt'] as const
  return (
    texts.every((name) => typeof Reflect.get(value, name) === 'string') &&
    typeof Reflect.get(value, 'args') === 'object'
  )
}
