import type { Flow } from '@millrace/contracts'
import { useEffect, useRef, useState } from 'react'
import type { DraftKey } from '../../data/draft.ts'
import { writeFlow } from '../../data/flow-document.ts'
import { flowDrafts, type FlowDraft } from '../../data/flow-draft.ts'
import { STARTER } from './document/starter.ts'

const SAVE_AFTER_MS = 400

export interface FlowDraftState {
  readonly draft: FlowDraft
  /** When the draft that was found at the start was kept; absent when the editor began afresh. */
  readonly restoredAt: string | undefined
  readonly isChanged: boolean
  /** False when the browser has no room for the draft. */
  readonly isKept: boolean
  readonly change: (part: Partial<FlowDraft>) => void
  readonly discard: () => void
  /** Forgets the kept draft, once it is deployed. */
  readonly forget: () => void
}

/** What is being typed, kept in the browser a moment after each change. */
export function useFlowDraft(key: DraftKey, origin: FlowDraft): FlowDraftState {
  const [found] = useState(() => flowDrafts.find(key))
  const [draft, setDraft] = useState<FlowDraft>(found ?? origin)
  const [restoredAt, setRestoredAt] = useState(found && !isSame(found, origin) ? found.savedAt : undefined)
  const [isKept, setKept] = useState(true)
  const isForgotten = useRef(false)
  const isChanged = !isSame(draft, origin)

  useEffect(() => {
    const save = () => {
      if (isForgotten.current) return
      if (isChanged) setKept(flowDrafts.save(key, { ...draft, savedAt: new Date().toISOString() }))
      else flowDrafts.drop(key)
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
      flowDrafts.drop(key)
    },
  }
}

function isSame(left: FlowDraft, right: FlowDraft): boolean {
  return left.source === right.source && left.path === right.path
}

/** Where an editor of an existing flow begins. */
export function draftOfFlow(flow: Flow): FlowDraft {
  return { path: flow.path, source: writeFlow(flow), args: {}, parentVersion: flow.version_id, savedAt: flow.edited_at }
}

/** Where an editor of a new flow begins: with two steps that run. */
export function draftOfNewFlow(username: string): FlowDraft {
  return { path: `u/${username}/my_flow`, source: STARTER, args: {}, parentVersion: undefined, savedAt: '' }
}
