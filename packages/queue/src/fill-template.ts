/** What a template is filled in with. */
export interface TemplateValues {
  readonly workspace: string
  readonly args: Readonly<Record<string, unknown>>
}

/**
 * Fills `$workspace` and `$args[path]` in; a dotted path leads into nested objects. `missing` says what stands for an argument
 * that is absent, or throws.
 */
export function fillTemplate(
  template: string,
  { workspace, args }: TemplateValues,
  missing: (path: string) => string,
): string {
  if (!template.includes('$')) return template
  return template
    .replaceAll('$workspace', () => workspace)
    .replace(/\$args\[([^\]]*)\]/g, (_whole, path: string) => textAt(args, path.trim()) ?? missing(path))
}

/** A text, number or boolean as it is, other values as JSON; undefined for none. */
function textAt(args: Readonly<Record<string, unknown>>, path: string): string | undefined {
  let value: unknown = args
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Reflect.get(value, name)
  }
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
