import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Check, Fault } from './fault.ts'
import { projectFiles, readProjectFile } from './project-files.ts'

const ROOTS = /^(apps|packages|docs|tools|e2e|bench|examples)\//
/** `<kind>`, `NNNN` and `*` stand for names that a reader chooses. */
const PLACEHOLDER = /[<>*…{}]|NNNN|\s/

/** Files that documents name in backticks, and files that they link to, exist. */
export const docsCheck: Check = {
  name: 'docs',
  find(root) {
    const documents = projectFiles(root, ['.md']).filter((file) => !file.startsWith('.changeset/'))
    if (documents.length === 0) throw new Error('the check of documents sees none')
    return documents.flatMap((file) => faultsOf(root, file))
  },
}

function faultsOf(root: string, file: string): readonly Fault[] {
  const lines = readProjectFile(root, file).split('\n')
  return lines.flatMap((text, index) =>
    [...namedFiles(text), ...linkedFiles(file, text)]
      .filter((named) => !existsSync(join(root, named)))
      .map((named) => ({ file, line: index + 1, message: `names ${named}, which does not exist` })),
  )
}

function namedFiles(text: string): readonly string[] {
  const quoted = [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
  return quoted
    .filter((name) => ROOTS.test(name) && !PLACEHOLDER.test(name))
    .map((name) => name.replace(/(:\d+)?$/, ''))
}

function linkedFiles(file: string, text: string): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => (match[1] ?? '').replace(/#.*$/, ''))
  return targets
    .filter((target) => target !== '' && !/^[a-z]+:|^\//.test(target))
    .map((target) => posix.normalize(posix.join(posix.dirname(file), target)))
}
