import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.millrace', 'coverage'])
/** What the checks are tested with breaks rules on purpose. */
const FIXTURES = 'tools/checks/fixtures'

/** Paths of all our files below `root`, relative to it, sorted; installed, built and planted ones are left out. */
export function projectFiles(root: string, endings: readonly string[] = []): readonly string[] {
  const found: string[] = []
  collect(root, '', found)
  return found.filter((file) => endings.length === 0 || endings.some((ending) => file.endsWith(ending))).sort()
}

/** The text of a project file. */
export function readProjectFile(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Whether a file is a test, a suite, or what tests share (`test-….ts`, `testing/`). */
export function isTestFile(file: string): boolean {
  return /\.(test|test-d|spec)\.[a-z]+$|(^|\/)(suite|test-[a-z-]+)\.ts$|\/testing\//.test(file)
}

function collect(root: string, folder: string, found: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isFile()) found.push(path)
    if (entry.isDirectory() && !SKIPPED.has(entry.name) && path !== FIXTURES) collect(root, path, found)
  }
}
