import type { ScriptSource } from '../runtime.ts'

/** Where a script and its modules lie in the job's folder. */
export interface JobFiles {
  readonly files: Readonly<Record<string, string>>
  /** The script's own file, and the name that it is imported by. */
  readonly file: string
  readonly module: string
}

const MAIN = 'main'

/** A path that Python can import: of a folder or a user, without the dots that part modules. */
const IMPORTABLE = /^[fu](?:\/[^/.\p{Cc}]+){2,}$/u

/**
 * The script at its own path with its modules beside it, so that relative imports work from where they stand. A script
 * without modules is `main.py` under the name of its path: to make the folders takes longer than a small script.
 */
export function layOut({ content, path, modules = {} }: ScriptSource): JobFiles {
  const own = path !== undefined && IMPORTABLE.test(path) ? path : MAIN
  const module = own.replaceAll('/', '.')
  const importable = Object.entries(modules).filter(([each]) => IMPORTABLE.test(each))
  if (importable.length === 0) return { files: { [`${MAIN}.py`]: content }, file: `${MAIN}.py`, module }
  const paths = [own, ...importable.map(([each]) => each)]
  const roots = new Set(paths.filter((each) => each !== MAIN).map((each) => each[0]))
  return {
    files: {
      // Whole packages come before parts of one: nothing that is installed can take the place of the workspace.
      ...Object.fromEntries([...roots].map((root) => [`${root}/__init__.py`, ''])),
      ...Object.fromEntries(importable.map(([each, source]) => [`${each}.py`, source])),
      [`${own}.py`]: content,
    },
    file: `${own}.py`,
    module,
  }
}
