import { createContext, use, useEffect, useMemo, useRef, useSyncExternalStore, type ReactNode } from 'react'
import type { Action } from './action.ts'
import { isBareKey, matchesShortcut } from './shortcut.ts'

/** What the pages on screen offer; a page's actions go before those of the frame around it. */
class ActionRegistry {
  #groups: readonly (readonly Action[])[] = []
  readonly #listeners = new Set<() => void>()
  #all: readonly Action[] = []

  add(group: readonly Action[]): () => void {
    this.#replace([group, ...this.#groups])
    return () => this.#replace(this.#groups.filter((each) => each !== group))
  }

  readonly all = (): readonly Action[] => this.#all

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #replace(groups: readonly (readonly Action[])[]): void {
    this.#groups = groups
    this.#all = groups.flat()
    for (const listener of this.#listeners) listener()
  }
}

const RegistryContext = createContext(new ActionRegistry())

/** Holds the actions of all below it and listens to their keys. */
export function ActionProvider({ children }: { readonly children: ReactNode }) {
  const registry = useMemo(() => new ActionRegistry(), [])
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const action = registry.all().find((each) => each.shortcut && matchesShortcut(each.shortcut, event))
      if (!action?.shortcut || event.defaultPrevented) return
      if (isElsewhere(action.shortcut, event.target)) return
      event.preventDefault()
      event.stopPropagation()
      action.perform()
    }
    // In the capture phase, for Monaco has its own meaning for ⌘Enter.
    window.addEventListener('keydown', onKeyDown, { capture: true })
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true })
  }, [registry])
  return <RegistryContext value={registry}>{children}</RegistryContext>
}

/** Offers actions while the component is on screen; they may change with every render. */
export function useActions(actions: readonly Action[]): void {
  const registry = use(RegistryContext)
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  const shape = actions.map((action) => `${action.id}|${action.title}|${action.shortcut ?? ''}`).join('\n')
  useEffect(() => {
    const group = latest.current.map((action) => ({
      ...action,
      perform: () => latest.current.find((each) => each.id === action.id)?.perform(),
    }))
    return registry.add(group)
  }, [registry, shape])
}

export function useAllActions(): readonly Action[] {
  const registry = use(RegistryContext)
  return useSyncExternalStore(registry.subscribe, registry.all)
}

/** Whether what has the focus has its own meaning for the key. */
function isElsewhere(shortcut: string, target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (shortcut === 'escape') return isInDialog(target)
  if (!isBareKey(shortcut)) return false
  return isTyping(target) || isInDialog(target) || (shortcut === 'enter' && isPressed(target))
}

function isTyping(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox'
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName)
}

function isInDialog(target: HTMLElement): boolean {
  return target.closest('[role=dialog],[role=alertdialog],[role=menu],[role=listbox]') !== null
}

/** Enter presses what has the focus. */
function isPressed(target: HTMLElement): boolean {
  return ['A', 'BUTTON', 'SUMMARY'].includes(target.tagName)
}
