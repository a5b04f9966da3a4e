import type { QueryRuntime } from '../runtime.ts'

/** Where the program of a helper lies in the folder that is published for it, without types; `files` of a runtime lie in `driver`. */
export const helperProgram = 'shared/query-helper/main.mjs'
export const driverProgram = 'language/files/driver.mjs'

/** What a helper is made of, by its folder; they lie to each other as they do here, for they import each other. */
export function queryFolders(runtime: Pick<QueryRuntime, 'files'>): Readonly<Record<string, URL>> {
  return {
    'shared/query-helper': new URL('./query-helper/', import.meta.url),
    'language/files': runtime.files,
  }
}
