/** What every script may use. */
const BASE: readonly (readonly [string, string])[] = [
  ['anyhow', '"1"'],
  ['serde', '{ version = "1", features = ["derive"] }'],
  ['serde_json', '{ version = "1", features = ["preserve_order"] }'],
]
const PROFILE = ['[profile.dev]', 'opt-level = 1', 'debug = 0', 'incremental = false']
/** How the lines of a manifest begin in a lock. */
const COMMENT = '#: '

/** A lock, taken apart; one that was made elsewhere has no manifest. */
export interface RustLock {
  readonly manifest: string | undefined
  readonly lock: string
}

/** The manifest for a source: the dependencies of its header, and those that every script has. */
export function readManifest(source: string): string {
  const own = readDependencies(source)
  const base = BASE.filter(([name]) => !own.some((line) => declares(line, name)))
  const at = own.findIndex((line) => /^\s*\[dependencies\./.test(line))
  const plain = at < 0 ? own : own.slice(0, at)
  const tables = at < 0 ? [] : own.slice(at)
  const lines = [
    '[package]',
    'name = "millrace-script"',
    'version = "0.0.0"',
    'edition = "2021"',
    '[[bin]]',
    'name = "millrace-script"',
    'path = "stub.rs"',
    ...PROFILE,
    '[dependencies]',
    ...base.map(([name, value]) => `${name} = ${value}`),
    ...plain,
    ...tables,
  ]
  return `${lines.join('\n')}\n`
}

/** Whether a source asks for more than every script has. */
export function hasDependencies(source: string): boolean {
  return readDependencies(source).length > 0
}

/** Takes a lock apart. */
export function readLock(text: string): RustLock {
  const lines = text.split(/\r?\n/)
  const manifest = lines.filter((line) => line.startsWith(COMMENT.trimEnd())).map((line) => line.slice(COMMENT.length))
  const lock = lines.filter((line) => !line.startsWith(COMMENT.trimEnd())).join('\n')
  return { manifest: manifest.length > 0 ? `${manifest.join('\n')}\n` : undefined, lock }
}

/** Lines of the section `[dependencies]` and then of the tables `[dependencies.name]` in the header "```cargo". */
function readDependencies(source: string): readonly string[] {
  const lines = source.split(/\r?\n/).map((line) => line.trim())
  const start = lines.findIndex((line) => /^\/\/!\s*```cargo\b/.test(line))
  if (start < 0) return []
  const plain: string[] = []
  const tables: string[] = []
  let section = ''
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith('//!') || /^\/\/!\s*```/.test(line)) break
    const text = line.replace(/^\/\/! ?/, '').trim()
    section = /^\[+([^\]]+)\]+/.exec(text)?.[1]?.trim() ?? section
    if (text === '' || text.startsWith('#')) continue
    if (section.startsWith('dependencies.')) tables.push(text)
    else if (section === 'dependencies' && !text.startsWith('[')) plain.push(text)
  }
  return [...plain, ...tables]
}

function declares(line: string, name: string): boolean {
  return new RegExp(`^(?:"?${name}"?\\s*[=.]|\\[dependencies\\."?${name}"?\\])`).test(line)
}

/** Whether a source asks for tokio, whose futures need its runtime. */
export function hasTokio(source: string): boolean {
  return readDependencies(source).some((line) => declares(line, 'tokio'))
}
