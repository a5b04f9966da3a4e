/** What is chosen of a list, and from where shift reaches. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly anchor: string | undefined
}

export const NOTHING: Selection = { ids: new Set(), anchor: undefined }

/** Chooses a row or lets it go; with `isRange` all rows from the last one that was chosen by itself. */
export function toggleRow(
  selection: Selection,
  shown: readonly string[],
  row: { readonly id: string; readonly isRange: boolean },
): Selection {
  const isChosen = !selection.ids.has(row.id)
  const [from, to] = [shown.indexOf(selection.anchor ?? ''), shown.indexOf(row.id)]
  const isStretch = row.isRange && from >= 0 && to >= 0
  const rows = isStretch ? shown.slice(Math.min(from, to), Math.max(from, to) + 1) : [row.id]
  return { ids: withRows(selection.ids, rows, isStretch || isChosen), anchor: isStretch ? selection.anchor : row.id }
}

/** Chooses all rows that are shown, or lets them go. */
export function toggleShown(selection: Selection, shown: readonly string[], isChosen: boolean): Selection {
  return { ids: withRows(selection.ids, shown, isChosen), anchor: undefined }
}

function withRows(ids: ReadonlySet<string>, rows: readonly string[], isChosen: boolean): ReadonlySet<string> {
  const next = new Set(ids)
  for (const id of rows) {
    if (isChosen) next.add(id)
    else next.delete(id)
  }
  return next
}
