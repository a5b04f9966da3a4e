import { stripTypeScriptTypes } from 'node:module'
import type { PublishedFile } from '../launch/runtime-files.ts'

const IMPORT = /(\bfrom ')(\.{1,2}\/[^']+)\.ts'/g

/** A module as a helper runs it: in TypeScript each start of one would read it with a compiler, which takes longer than all else that it does. */
export function withoutTypes({ name, content }: PublishedFile): PublishedFile {
  if (!name.endsWith('.ts')) return { name, content }
  const code = stripTypeScriptTypes(content.toString('utf8')).replace(IMPORT, "$1$2.mjs'")
  return { name: name.replace(/ts$/, 'mjs'), content: Buffer.from(code) }
}
