/** What the list of scripts is narrowed by, as it stands in its URL. */
export interface HomeSearch {
  readonly q?: string
  readonly language?: string
  readonly archived?: boolean
}
