import { useSyncExternalStore } from 'react'

const query = matchMedia('(min-width: 768px)')

/** Whether there is room for two columns. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches)
}

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}
