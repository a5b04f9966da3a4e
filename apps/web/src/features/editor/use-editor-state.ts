import type { Language, Script } from '@millrace/contracts'
import { useEffect, useRef, useState } from 'react'
import { dropDraft, findDraft, saveDraft, type Draft, type DraftKey, type KeptDraft } from '../../data/draft.ts'
import { formOfScript, isSameForm, NO_SETTINGS } from '../../data/script-settings.ts'

const SAVE_AFTER_MS = 400

export interface EditorState {
  readonly draft: Draft
  /** When the draft that was found at the start was kept; absent when the editor began afresh. */
  readonly restoredAt: string | undefined
  readonly isChanged: boolean
  /** False when the browser has no room for the draft. */
  readonly isKept: boolean
  readonly change: (part: Partial<Draft>) => void
  readonly discard: () => void
  /** Forgets the kept draft, once it is deployed. */
  readonly forget: () => void
}

/** What is being typed, kept in the browser a moment after each change. */
export function useEditorState(key: DraftKey, origin: Draft): EditorState {
  const [found] = useState(() => restore(findDraft(key), origin))
  const [draft, setDraft] = useState<Draft>(found ?? origin)
  const [restoredAt, setRestoredAt] = useState(found && !isSame(found, origin) ? found.savedAt : undefined)
  const [isKept, setKept] = useState(true)
  const isForgotten = useRef(false)
  const isChanged = !isSame(draft, origin)

  useEffect(() => {
    const save = () => {
      if (isForgotten.current) return
      if (isChanged) setKept(saveDraft(key, { ...draft, savedAt: new Date().toISOString() }))
      else dropDraft(key)
    }
    const timer = setTimeout(save, SAVE_AFTER_MS)
    window.addEventListener('pagehide', save)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('pagehide', save)
      save()
    }
    // The parts of the key never change while the editor is on screen.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [draft, isChanged])

  return {
    draft,
    restoredAt,
    isChanged,
    isKept,
    change: (part) => setDraft((current) => ({ ...current, ...part })),
    discard() {
      setDraft(origin)
      setRestoredAt(undefined)
    },
    forget() {
      isForgotten.current = true
      dropDraft(key)
    },
  }
}

function restore(kept: KeptDraft | undefined, origin: Draft): Draft | undefined {
  return kept && { ...kept, settings: { ...origin.settings, ...kept.settings } }
}

function isSame(left: Draft, right: Draft): boolean {
  return (
    isSameForm(left.settings, right.settings) &&
    left.content === right.content &&
    left.language === right.language &&
    left.summary === right.summary &&
    left.path === right.path
  )
}

/** Where an editor of an existing script begins. */
export function draftOfScript(script: Script): Draft {
  const { language, path, summary, content, hash } = script
  const settings = formOfScript(script)
  return { language, path, summary, content, args: {}, settings, parentHash: hash, savedAt: script.created_at }
}

/** Where an editor of a new script begins: with an example that runs. */
export function draftOfLanguage(language: Language, username: string): Draft {
  const path = `u/${username}/my_script`
  return {
    language: language.id,
    path,
    summary: '',
    content: language.starter,
    args: {},
    settings: NO_SETTINGS,
    parentHash: undefined,
    savedAt: '',
  }
}
