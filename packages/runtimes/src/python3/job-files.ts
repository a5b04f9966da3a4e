import type { ScriptSource } from '../runtime.ts'

/** Where a script and its modules lie in the job's folder. */
export interface JobFiles {
  readonly files: Readonly<Record<string, string>>
  /** The script's own file, and the name that it is imported by. */
  readonly file: string
  readonly module: string
}

/** A path that Python can import: of a folder or a user, without the dots that part modules. */
const IMPORTABLE = /^[fu](?:\/[^/.\p{Cc}]+){2,}$/u

/**
 * The script at its own path with its modules beside it, so that relative imports work from where they stand. A script
 * without a path that Python can import is `main.py`.
 */
export function layOut({ content, path, modules = {} }: ScriptSource): JobFiles {
  const own = path !== undefined && IMPORTABLE.test(path) ? path : 'main'
  const importable = Object.entries(modules).filter(([each]) => IMPORTABLE.test(each))
  const roots = new Set(
    [own, ...importable.map(([each]) => each)].filter((each) => each !== 'main').map((each) => each[0]),
  )
  return {
    files: {
      // Whole packages come before parts of one: nothing that is installed can take the place of the workspace.
      ...(importable.length > 0 && Object.fromEntries([...roots].map((root) => [`${root}/__init__.py`, '']))),
      ...Object.fromEntries(importable.map(([each, source]) => [`${each}.py`, source])),
      [`${own}.py`]: content,
    },
    file: `${own}.py`,
    module: own.replaceAll('/', '.'),
  }
}
