/** A file of an archive; its name is a path with slashes. */
export interface ArchiveFile {
  readonly name: string
  readonly content: string
}

/** A file of readable JSON. */
export function jsonFile(name: string, value: unknown): ArchiveFile {
  return { name, content: JSON.stringify(value, null, 2) }
}

/** Without fields that say nothing. */
export function onlySet(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))
}
