import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Check, Fault } from './fault.ts'
import { projectFiles, readProjectFile } from './project-files.ts'

export const MIGRATIONS = 'packages/db/migrations'
/** `<sha256>  <name>` for each migration that has been released to anyone; `tools/seal-migrations.ts` appends to it. */
export const SEALED = 'tools/checks/migrations.sealed'

/** Tables with a workspace that are read before a workspace is known; each is guarded by its own key. */
const INSTANCE_WIDE = new Set(['token'])

/** Migrations are numbered without gaps and never edited, and what a workspace owns has row-level security. */
export const migrationsCheck: Check = {
  name: 'migrations',
  find(root) {
    const files = projectFiles(root, ['.sql']).filter((file) => file.startsWith(`${MIGRATIONS}/`))
    if (files.length === 0) throw new Error(`the check of migrations sees none in ${MIGRATIONS}`)
    return [...files.flatMap(nameFaults), ...sealFaults(root, files), ...securityFaults(root, files)]
  },
}

/** The line that seals a migration. */
export function sealOf(root: string, name: string): string {
  const text = readProjectFile(root, `${MIGRATIONS}/${name}`)
  return `${createHash('sha256').update(text).digest('hex')}  ${name}`
}

/** Lines of the seal file; none when there is no such file. */
export function readSeals(root: string): readonly string[] {
  if (!existsSync(join(root, SEALED))) return []
  return readProjectFile(root, SEALED).split('\n').filter(Boolean)
}

function nameFaults(file: string, index: number): readonly Fault[] {
  const number = String(index + 1).padStart(4, '0')
  const name = file.slice(MIGRATIONS.length + 1)
  if (new RegExp(`^${number}(_[a-z0-9]+)+\\.sql$`).test(name)) return []
  return [{ file, message: `must be named ${number}_noun_change.sql: numbers have no gaps and no doubles` }]
}

function sealFaults(root: string, files: readonly string[]): readonly Fault[] {
  const seals = readSeals(root)
  const gone = seals.flatMap((seal) => {
    const file = `${MIGRATIONS}/${seal.split('  ')[1]}`
    return files.includes(file) ? [] : [{ file, message: 'was sealed and is gone; restore it' }]
  })
  const changed = files.flatMap((file) => {
    const seal = sealOf(root, file.slice(MIGRATIONS.length + 1))
    if (seals.includes(seal)) return []
    const isSealed = seals.some((other) => other.endsWith(seal.slice(64)))
    if (isSealed) return [{ file, message: 'was edited after it was sealed; restore it and add a new migration' }]
    return [{ file, message: 'is not sealed; run `npm run migrations:seal` when it is final' }]
  })
  return [...gone, ...changed]
}

function securityFaults(root: string, files: readonly string[]): readonly Fault[] {
  const scripts = files.map((file) => ({ file, text: withoutComments(readProjectFile(root, file)) }))
  const all = scripts.map(({ text }) => text).join('\n')
  const owned = new Set<string>()
  return scripts.flatMap(({ file, text }) =>
    createdTables(text).flatMap(({ name, parent, body }) => {
      if (INSTANCE_WIDE.has(name)) return []
      if (!/\bworkspace_id\b/.test(body) && !(parent && owned.has(parent))) return []
      owned.add(name)
      return ['enable', 'force']
        .filter((verb) => !new RegExp(`alter table ${name} ${verb} row level security`, 'i').test(all))
        .map((verb) => ({
          file,
          message: `creates ${name} for workspaces but does not ${verb} its row level security`,
        }))
    }),
  )
}

function createdTables(text: string): readonly { name: string; parent: string | undefined; body: string }[] {
  const statements = text.matchAll(/create table (?:if not exists )?(\w+)(?: partition of (\w+)|\s*\()([^;]*);/gi)
  return [...statements].map(([, name = '', parent, body = '']) => ({ name, parent, body }))
}

function withoutComments(text: string): string {
  return text.replace(/--.*$/gm, '')
}
