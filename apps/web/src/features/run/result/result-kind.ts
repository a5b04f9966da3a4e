export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** What a result is, and with it how it is shown. */
export type ResultKind =
  | { readonly kind: 'empty' }
  | { readonly kind: 'error'; readonly name: string; readonly message: string; readonly stack: string | undefined }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'html' | 'markdown'; readonly text: string }
  | { readonly kind: 'image'; readonly url: string; readonly name: string | undefined }
  | { readonly kind: 'file'; readonly url: string; readonly name: string }
  | { readonly kind: 'several'; readonly results: readonly unknown[] }
  | { readonly kind: 'json'; readonly value: unknown }

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
}

/** The kind of a result: single-key objects say it themselves, lists of objects are tables, the rest is JSON. */
export function resultKind(value: unknown): ResultKind {
  if (value === undefined || value === null) return { kind: 'empty' }
  if (typeof value === 'string') return { kind: 'text', text: value }
  if (Array.isArray(value))
    return isObjectList(value) ? { kind: 'table', table: objectTable(value) } : { kind: 'json', value }
  if (typeof value !== 'object') return { kind: 'json', value }
  return errorKind(value) ?? richKind(value) ?? { kind: 'json', value }
}

function errorKind(value: object): ResultKind | undefined {
  const error: unknown = Reflect.get(value, 'error')
  if (typeof error !== 'object' || error === null || Object.keys(value).length > 1) return undefined
  const { name, message, stack } = { name: undefined, message: undefined, stack: undefined, ...error }
  if (typeof message !== 'string' && typeof name !== 'string') return undefined
  return {
    kind: 'error',
    name: String(name ?? 'Error'),
    message: String(message ?? ''),
    stack: typeof stack === 'string' ? stack : undefined,
  }
}

function richKind(value: object): ResultKind | undefined {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value)
  const names = entries.map(([name]) => name).filter((name) => name !== 'filename')
  const name = names[0]
  if (names.length !== 1 || name === undefined) return undefined
  const content: unknown = Reflect.get(value, name)
  if (name === 'render_all' && Array.isArray(content)) return { kind: 'several', results: content }
  return (
    tableKind(name, content) ?? textKind(name, content) ?? binaryKind(name, content, Reflect.get(value, 'filename'))
  )
}

function tableKind(name: string, content: unknown): ResultKind | undefined {
  if (name === 'table-row-object' && Array.isArray(content) && isObjectList(content))
    return { kind: 'table', table: objectTable(content) }
  if (name === 'table-row' && isRows(content)) return { kind: 'table', table: rowTable(content) }
  if (name === 'table-col' && isColumns(content)) return { kind: 'table', table: columnTable(content) }
  return undefined
}

function textKind(name: string, content: unknown): ResultKind | undefined {
  if (typeof content !== 'string') return undefined
  if (name === 'html') return { kind: 'html', text: content }
  if (name === 'markdown' || name === 'md') return { kind: 'markdown', text: content }
  if (name === 'svg')
    return { kind: 'image', url: `data:image/svg+xml;utf8,${encodeURIComponent(content)}`, name: undefined }
  return undefined
}

function binaryKind(name: string, content: unknown, outerName: unknown): ResultKind | undefined {
  const { data, fileName } = base64Of(content, outerName)
  if (data === undefined) return undefined
  const type = IMAGE_TYPES[name]
  if (type) return { kind: 'image', url: `data:${type};base64,${data}`, name: fileName }
  if (name === 'pdf')
    return { kind: 'file', url: `data:application/pdf;base64,${data}`, name: fileName ?? 'result.pdf' }
  if (name === 'file')
    return { kind: 'file', url: `data:application/octet-stream;base64,${data}`, name: fileName ?? 'result' }
  return undefined
}

function base64Of(
  content: unknown,
  outerName: unknown,
): { readonly data: string | undefined; readonly fileName: string | undefined } {
  const inner =
    typeof content === 'object' && content !== null
      ? { content: undefined, filename: outerName, ...content }
      : { content, filename: outerName }
  const data = typeof inner.content === 'string' && /^[\w+/=\s-]+$/.test(inner.content) ? inner.content : undefined
  return { data, fileName: typeof inner.filename === 'string' ? inner.filename : undefined }
}

function isObjectList(value: readonly unknown[]): value is readonly object[] {
  return value.length > 0 && value.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))
}

function objectTable(rows: readonly object[]): Table {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return { columns, rows: rows.map((row) => columns.map((column): unknown => Reflect.get(row, column))) }
}

function isRows(value: unknown): value is readonly (readonly unknown[])[] {
  return Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row))
}

/** The first row names the columns. */
function rowTable([head = [], ...rows]: readonly (readonly unknown[])[]): Table {
  return { columns: head.map(String), rows }
}

function isColumns(value: unknown): value is Readonly<Record<string, readonly unknown[]>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((column) => Array.isArray(column))
}

function columnTable(byName: Readonly<Record<string, readonly unknown[]>>): Table {
  const columns = Object.keys(byName)
  const height = Math.max(0, ...Object.values(byName).map((column) => column.length))
  const rows = Array.from({ length: height }, (_, index) => columns.map((column) => byName[column]?.[index]))
  return { columns, rows }
}
