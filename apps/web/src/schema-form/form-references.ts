import { createContext, type ReactNode } from 'react'

/** What is to be made from within a form, and what to do when it is there. */
export interface NewItem {
  readonly kind: 'variable' | 'resource'
  /** The type of a resource that is wanted; empty for any. */
  readonly type: string
  /** What has been typed into the field, which may become the value of a variable. */
  readonly value: string
  readonly isSecret: boolean
  readonly onMade: (path: string) => void
  readonly onClose: () => void
}

/** Where variables and resources come from that a form refers to. */
export interface FormReferences {
  readonly workspace: string
  /** Draws the making of one above the page. */
  readonly drawNewItem: (item: NewItem) => ReactNode
}

/** Without it a form offers no variables, and paths of resources are typed. */
export const FormReferences = createContext<FormReferences | undefined>(undefined)
