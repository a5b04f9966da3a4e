import { readFile, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { listFields, type ListedField } from '@millrace/flow/fields'
import { projectFiles, readProjectFile } from '../checks/project-files.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TARGET = fileURLToPath(new URL('../../docs/reference/open-flow.md', import.meta.url))
const FOLDER = 'docs/reference'

/** A test as it is written, with what is around it; it cites rules by its title or by that of its group. */
interface WrittenTest {
  readonly file: string
  readonly title: string
  readonly cited: ReadonlySet<string>
  readonly text: string
}

/**
 * Writes `docs/reference/open-flow.md`: of every field of the OpenFlow schema the rules that act on it with a test, why it is only kept,
 * or the sentence with which it is refused. It fails where a field has none of these, or where no test that cites the rule names the
 * field. With `--check` it only says whether the file is fresh.
 */
async function main(isCheck: boolean): Promise<void> {
  const text = await format(render(), { ...(await resolveConfig(TARGET)), parser: 'markdown' })
  if (!isCheck) return await writeFile(TARGET, text)
  if (text === (await readFile(TARGET, 'utf8'))) return
  console.error('docs/reference/open-flow.md is stale: run `npm run generate:open-flow`.')
  process.exitCode = 1
}

function render(): string {
  const tests = readTests()
  const objects = Map.groupBy(listFields(), ({ object }) => object)
  const sections = [...objects].map(
    ([object, fields]) =>
      `## ${titleOf(object)}\n\n| field | what becomes of it |\n| --- | --- |\n${fields
        .map((field) => `| \`${field.path}\` | ${tell(field, tests)} |`)
        .join('\n')}\n`,
  )
  return `# OpenFlow, field by field

Every field of the documents of flows: the rules of [packages/flow/SPEC.md](../../packages/flow/SPEC.md) that act on it, with a test that
cites them and has the field; or that it is kept and changes nothing about a run; or the sentence with which a flow that has it is
refused, when it is deployed or previewed. Fields that are in no table are kept. This page is written by \`npm run generate:open-flow\`.

${sections.join('\n')}`
}

function titleOf(object: string): string {
  if (object === 'document') return 'The value of a flow'
  return object === 'module' ? 'A module' : `A module of the type ${object}`
}

function tell(field: ListedField, tests: readonly WrittenTest[]): string {
  const { rule } = field
  switch (rule?.kind) {
    case undefined:
      throw new Error(`${field.object}: nobody said what becomes of ${field.path}`)
    case 'kept':
      return `kept: ${rule.why}`
    case 'refused':
      return `refused: “${rule.sentence}”`
    case 'acted': {
      const test = findTest(field, rule.rules, tests)
      const where = `[${escape(test.title)}](${relative(FOLDER, test.file)})`
      return `${rule.rules.join(', ')}${SCOPES[rule.on]}: ${where}`
    }
  }
}

const SCOPES = {
  any: '',
  jobs: ' (of a step that is a job, and refused elsewhere)',
  scripts: ' (of a script or rawscript, and refused elsewhere)',
  repeating: ' (of loops and branchall, and refused elsewhere)',
} as const

/** A test that cites one of the rules and names the field; one that names it itself before one whose file does. */
function findTest({ object, path }: ListedField, rules: readonly string[], tests: readonly WrittenTest[]): WrittenTest {
  const name = new RegExp(`\\b${path.slice(path.lastIndexOf('.') + 1)}\\b`)
  const citing = tests.filter(({ cited }) => rules.some((rule) => cited.has(rule)))
  const files = new Map(citing.map(({ file }) => [file, readProjectFile(ROOT, file)]))
  const own = citing.filter(({ file }) => file.includes(`/${object}/`))
  const found =
    own.find(({ text }) => name.test(text)) ??
    citing.find(({ text }) => name.test(text)) ??
    [...own, ...citing].find(({ file }) => name.test(files.get(file) ?? ''))
  if (!found) throw new Error(`${object}: no test that cites ${rules.join(' or ')} names ${path}`)
  return found
}

function readTests(): readonly WrittenTest[] {
  const files = projectFiles(ROOT, ['.test.ts']).filter((file) => /^(packages|apps)\//.test(file))
  return files.flatMap((file) => testsOf(file, readProjectFile(ROOT, file)))
}

/** Cuts a file where its tests and groups begin. */
function testsOf(file: string, source: string): readonly WrittenTest[] {
  const tests: WrittenTest[] = []
  let group: ReadonlySet<string> = new Set()
  for (const text of source.split(/^(?=[ \t]*(?:test|describe)\b)/m)) {
    const titles = [...text.matchAll(/'((?:[^'\\\n]|\\.)*\bF\d+\b(?:[^'\\\n]|\\.)*)'/g)].map(([, title = '']) => title)
    const cited = new Set(titles.flatMap((title) => title.match(/\bF\d+\b/g) ?? []))
    if (/^[ \t]*describe\b/.test(text)) group = cited
    const title = titles[0] ?? /'([^'\n]*)'/.exec(text)?.[1] ?? ''
    if (/^[ \t]*test\b/.test(text)) tests.push({ file, title, cited: new Set([...cited, ...group]), text })
  }
  return tests.filter(({ cited }) => cited.size > 0)
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/ \(F[^)]*\)$/g, '')
}

await main(process.argv.includes('--check'))
