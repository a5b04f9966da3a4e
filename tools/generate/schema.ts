import { mkdtemp, rm, chmod, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openClient, startEmbeddedPostgres } from '@millrace/db'

const TARGET = new URL('../../packages/db/src/schema.generated.ts', import.meta.url)

const TYPES: Readonly<Record<string, string>> = {
  bool: 'boolean',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  float4: 'number',
  float8: 'number',
  timestamptz: 'Date',
  bytea: 'Buffer',
  json: 'unknown',
  jsonb: 'unknown',
  _text: 'string[]',
}

interface Column {
  readonly table_name: string
  readonly column_name: string
  readonly udt_name: string
  readonly is_nullable: 'YES' | 'NO'
  readonly column_default: string | null
}

/** Writes the row types of a freshly migrated database; run it after adding a migration (`npm run generate`). */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-generate-'))
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres({ folder, settings: ['fsync=off'] })
  try {
    const options = { url: server.url, poolSize: 1, applicationName: 'generate' }
    await migrate(options)
    const client = openClient(options)
    await client.connect()
    const { rows } = await client.query<Column>(
      `select table_name, column_name, udt_name, is_nullable, column_default from information_schema.columns
       where table_schema = 'public' and table_name !~ '_(default|\\d{8})$' order by table_name, ordinal_position`,
    )
    await client.end()
    await writeFile(TARGET, render(rows))
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function render(columns: readonly Column[]): string {
  const tables = Map.groupBy(columns, (column) => column.table_name)
  const interfaces = [...tables].map(
    ([table, rows]) => `export interface ${pascal(table)}Table {\n${rows.map(field).join('\n')}\n}`,
  )
  const schema = `export interface Schema {\n${[...tables.keys()].map((table) => `  ${table}: ${pascal(table)}Table`).join('\n')}\n}`
  return `// Generated from the migrations by \`npm run generate\`; do not edit.\nimport type { ColumnType, Generated } from 'kysely'\n\n${interfaces.join('\n\n')}\n\n${schema}\n`
}

function field(column: Column): string {
  return `  ${column.column_name}: ${columnType(column)}`
}

function columnType(column: Column): string {
  const isJson = column.udt_name === 'json' || column.udt_name === 'jsonb'
  const base = TYPES[column.udt_name] ?? 'string'
  const select = column.is_nullable === 'YES' && !isJson ? `${base} | null` : base
  const optional = column.column_default !== null || column.is_nullable === 'YES' ? ' | undefined' : ''
  if (isJson) return `ColumnType<unknown, string | null${optional}, string | null>`
  if (column.column_default !== null) return `Generated<${select}>`
  return column.is_nullable === 'YES' ? `ColumnType<${select}, ${select} | undefined, ${select}>` : select
}

function pascal(name: string): string {
  return name.replace(/(^|_)(\w)/g, (_, __, letter: string) => letter.toUpperCase())
}

await main()
