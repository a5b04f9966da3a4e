/** The step that callers wait for only, named by its id or as `results.<id>`; an empty text names none. */
export function earlyReturn(wanted: string | undefined): string | undefined {
  const name = wanted?.trim().replace(/^results\./, '')
  return name === '' ? undefined : name
}
