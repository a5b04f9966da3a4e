import type { ReactNode } from 'react'

/** Something a user can do, as data: menus, keys and the palette all read it. */
export interface Action {
  readonly id: string
  readonly title: string
  readonly icon?: ReactNode
  /** Such as `mod+enter`, `mod+k`, `?`, `g h`; `mod` is ⌘ on a Mac and Ctrl elsewhere. */
  readonly shortcut?: string
  /** Offered in the palette; a key without a place there is still in the shortcut map. */
  readonly isHidden?: boolean
  readonly perform: () => void
}
