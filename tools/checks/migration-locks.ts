import type { Check, Fault } from './fault.ts'
import { MIGRATIONS } from './migrations.ts'
import { projectFiles, readProjectFile } from './project-files.ts'

/** Migrations below this number made their tables themselves. */
const FIRST = 4
const REASON_LENGTH_MIN = 12

/** What a statement does to a table that may be large and in use. */
interface Hold {
  readonly table: string
  readonly line: number
  readonly what: string
}

/**
 * A migration does not hold a table of an earlier one for as long as it takes to read or write all of it, unless it says with
 * `-- lock: <table>: <reason>` why that is short. Such a statement and the reason for it are judged together: a reason that
 * no statement needs is a fault too.
 */
export const migrationLocksCheck: Check = {
  name: 'migration-locks',
  find(root) {
    const files = projectFiles(root, ['.sql']).filter((file) => file.startsWith(`${MIGRATIONS}/`))
    if (files.length === 0) throw new Error(`the check of locks sees no migration in ${MIGRATIONS}`)
    const earlier = new Set<string>()
    return files.flatMap((file) => {
      const text = readProjectFile(root, file)
      const number = Number(file.slice(MIGRATIONS.length + 1).split('_')[0])
      const faults = number < FIRST ? [] : faultsOf(file, text, earlier)
      for (const { text: statement } of statementsOf(text)) {
        const made = /^create table (?:if not exists )?(\w+)/i.exec(statement)?.[1]
        if (made) earlier.add(made.toLowerCase())
      }
      return faults
    })
  },
}

function faultsOf(file: string, text: string, earlier: ReadonlySet<string>): readonly Fault[] {
  const reasons = reasonsOf(text)
  const holds = statementsOf(text)
    .flatMap(holdsOf)
    .filter(({ table }) => earlier.has(table))
  const untold = holds.flatMap(({ table, line, what }) => {
    if (reasons.some((reason) => reason.table === table)) return []
    return [
      { file, line, message: `${what}: do it in steps that do not, or say \`-- lock: ${table}: <why it is short>\`` },
    ]
  })
  const idle = reasons.flatMap(({ table, line, reason }) => {
    if (reason.length < REASON_LENGTH_MIN)
      return [{ file, line, message: `says nothing of why the lock of ${table} is short` }]
    if (holds.some((hold) => hold.table === table)) return []
    return [{ file, line, message: `gives a reason for a lock of ${table} that no statement takes` }]
  })
  return [...untold, ...idle]
}

function reasonsOf(text: string): readonly { table: string; reason: string; line: number }[] {
  return text.split('\n').flatMap((line, index) => {
    const [, table, reason] = /^\s*-- lock: (\w+):(.*)$/.exec(line) ?? []
    return table === undefined ? [] : [{ table, reason: reason?.trim() ?? '', line: index + 1 }]
  })
}

function holdsOf({ text, line }: Statement): readonly Hold[] {
  const index = /^create (?:unique )?index (?!concurrently)(?:if not exists )?(?:\w+ )?on (?:only )?(\w+)/i.exec(
    text,
  )?.[1]
  if (index) return [{ table: index.toLowerCase(), line, what: `builds an index while ${index} takes no writes` }]
  const written = /^(?:update (?:only )?(\w+)|delete from (?:only )?(\w+))/i.exec(text)
  const rows = written?.[1] ?? written?.[2]
  if (rows) return [{ table: rows.toLowerCase(), line, what: `writes rows of ${rows} and locks them until it commits` }]
  const whole = /^(?:cluster|vacuum full|truncate(?: table)?|lock(?: table)?(?: only)?|reindex table) (\w+)/i.exec(
    text,
  )?.[1]
  if (whole) return [{ table: whole.toLowerCase(), line, what: `takes ${whole} for itself` }]
  const [, table = '', actions = ''] = /^alter table (?:if exists )?(?:only )?(\w+) (.*)$/i.exec(text) ?? []
  return actionsOf(actions).flatMap((action) => {
    const what = harmOf(action)
    return what === undefined
      ? []
      : [{ table: table.toLowerCase(), line, what: `${what} while nobody may use ${table}` }]
  })
}

/** What an action of `alter table` does to all rows; undefined when it changes the catalogue only. */
function harmOf(action: string): string | undefined {
  if (/^alter (?:column )?\w+ (?:set data )?type\b/i.test(action)) return 'rewrites the table for a type'
  if (/^alter (?:column )?\w+ set not null/i.test(action)) return 'reads all rows for a null'
  if (/^set (?:tablespace|logged|unlogged|access method)\b/i.test(action)) return 'rewrites the table'
  if (/^add (?:constraint \w+ )?(?:check|foreign key|exclude)\b/i.test(action) && !/\bnot valid$/i.test(action))
    return 'checks a constraint of all rows'
  if (/^add (?:constraint \w+ )?(?:primary key|unique)\b/i.test(action) && !/\busing index\b/i.test(action))
    return 'builds an index'
  if (/^attach partition\b/i.test(action)) return 'checks the rows of a partition'
  if (!/^add (?:column )?(?!constraint\b|check\b|foreign\b|primary\b|unique\b|exclude\b)\w+ /i.test(action))
    return undefined
  return harmOfColumn(action)
}

function harmOfColumn(action: string): string | undefined {
  if (/\b(?:check|references|unique|primary key)\b/i.test(action))
    return 'adds a column with a constraint that all rows are read for'
  if (/\bgenerated\b|\b(?:small|big)?serial\b/i.test(action)) return 'adds a column that is computed for all rows'
  const given = /\bdefault (.*)$/i.exec(action)?.[1]
  if (given === undefined) return /\bnot null\b/i.test(action) ? 'adds a column that no row can have' : undefined
  const called = [...given.matchAll(/(\w+)\s*\(/g)].map(([, name = '']) => name.toLowerCase())
  return called.some((name) => name !== 'now')
    ? 'adds a column with a default that is computed for each row'
    : undefined
}

interface Statement {
  /** Without comments, its blanks single. */
  readonly text: string
  readonly line: number
}

/** Statements of a script; bodies in dollar quotes, strings and what stands in parentheses are not looked into for ends. */
function statementsOf(script: string): readonly Statement[] {
  const statements: Statement[] = []
  const plain = script
    .replace(/--.*$/gm, '')
    .replace(/(\$\w*\$)[\s\S]*?\1/g, blank)
    .replace(/'[^']*'/g, blank)
  let begin = 0
  for (let end = plain.indexOf(';'); end !== -1; begin = end + 1, end = plain.indexOf(';', begin)) {
    const raw = plain.slice(begin, end)
    const text = raw.replace(/\s+/g, ' ').trim()
    const lead = raw.length - raw.trimStart().length
    if (text !== '') statements.push({ text, line: plain.slice(0, begin + lead).split('\n').length })
  }
  return statements
}

/** The same lines with nothing in them. */
function blank(text: string): string {
  return `''${text.replace(/[^\n]/g, '')}`
}

/** Parts of a list at commas outside of parentheses. */
function actionsOf(list: string): readonly string[] {
  const actions: string[] = []
  let depth = 0
  let begin = 0
  for (let at = 0; at <= list.length; at += 1) {
    if (list[at] === '(') depth += 1
    if (list[at] === ')') depth -= 1
    if (at < list.length && (list[at] !== ',' || depth > 0)) continue
    actions.push(list.slice(begin, at).trim())
    begin = at + 1
  }
  return actions.filter(Boolean)
}
