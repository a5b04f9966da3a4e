/** The columns of rows, for `unnest`. One that says nothing of any row is null instead of an array: `unnest` fills it up, and nobody writes or reads it. */
export function columns(rows: readonly (readonly unknown[])[]): unknown[] {
  const width = rows[0]?.length ?? 0
  return Array.from({ length: width }, (_, column) => {
    const values = rows.map((row) => row[column] ?? null)
    return values.every((value) => value === null) ? null : values
  })
}
