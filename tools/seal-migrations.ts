import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectFiles } from './checks/project-files.ts'
import { MIGRATIONS, readSeals, SEALED, sealOf } from './checks/migrations.ts'

/** Appends a seal for each migration that has none; one that was sealed before is never sealed anew. */
function sealMigrations(root: string): readonly string[] {
  const sealed = new Set(readSeals(root).map((seal) => seal.slice(66)))
  const files = projectFiles(root, ['.sql']).filter((file) => file.startsWith(`${MIGRATIONS}/`))
  const fresh = files.map((file) => file.slice(MIGRATIONS.length + 1)).filter((name) => !sealed.has(name))
  for (const name of fresh) appendFileSync(join(root, SEALED), `${sealOf(root, name)}\n`)
  return fresh
}

const fresh = sealMigrations(fileURLToPath(new URL('..', import.meta.url)))
console.log(fresh.length === 0 ? 'every migration is sealed already' : `sealed ${fresh.join(', ')}`)
