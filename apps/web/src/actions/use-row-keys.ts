import { useState } from 'react'
import { useActions } from './action-registry.tsx'

interface RowKeys {
  /** What a row is, for the shortcut map: `variable`. */
  readonly noun: string
  readonly ids: readonly string[]
  /** The id of a row's element. */
  readonly elementId: (id: string) => string
  readonly onOpen: (id: string) => void
}

/** j and k move over rows, Enter opens the one they are at; its id. */
export function useRowKeys({ noun, ids, elementId, onOpen }: RowKeys): string | undefined {
  const [chosen, setChosen] = useState<string | undefined>()
  const place = chosen === undefined ? -1 : ids.indexOf(chosen)

  function move(step: number) {
    const next = ids[Math.max(0, Math.min(ids.length - 1, place + step))]
    if (next === undefined) return
    setChosen(next)
    document.getElementById(elementId(next))?.scrollIntoView({ block: 'nearest' })
  }

  useActions([
    { id: `${noun}.next`, title: `Next ${noun}`, shortcut: 'j', isHidden: true, perform: () => move(1) },
    { id: `${noun}.previous`, title: `Previous ${noun}`, shortcut: 'k', isHidden: true, perform: () => move(-1) },
    ...(place < 0 || chosen === undefined
      ? []
      : [
          {
            id: `${noun}.open`,
            title: `Open the chosen ${noun}`,
            shortcut: 'enter',
            isHidden: true,
            perform: () => onOpen(chosen),
          },
        ]),
  ])
  return place < 0 ? undefined : chosen
}
