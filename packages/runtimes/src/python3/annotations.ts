/** What a source declares about packages, instead of or besides what its imports say. */
export interface Declared {
  /** Requirements as written (`requests>=2`), and options of an index (`--extra-index-url …`). */
  readonly lines: readonly string[]
  /** Names of dependency files of the workspace; `''` is the one that holds for all. */
  readonly files: readonly string[]
}

/** What the comments of a source say. */
export interface Annotations {
  /** All packages of the script: nothing is inferred. */
  readonly requirements: Declared | undefined
  /** Packages besides the inferred ones. */
  readonly extra: Declared | undefined
  /** Which Python: a version specifier (`>=3.11`) or `latest`. */
  readonly python: string | undefined
  /** Packages are looked for anew. */
  readonly isUncached: boolean
  /** The result is JSON as it is: nothing is converted. */
  readonly isResultPlain: boolean
}

const FILE_NAME = /^[A-Za-z0-9_][\w-]*$/
const REQUIREMENT =
  /^(?:[A-Za-z0-9][\w.-]*\s*(?:\[[\w\s.,-]*\])?\s*(?:$|[<>=!~;@(#]|\s#).*|(?:git\+|https?:\/\/).+|--(?:extra-)?index-url\b.+|--find-links\b.+|--pre)$/
const SCRIPT_BLOCK = /^# \/\/\/ script[ \t]*\r?\n((?:#(?: [^\r\n]*)?\r?\n)+?)# \/\/\/[ \t]*$/m

/** Reads `#requirements:`, `#extra_requirements:`, a block `# /// script`, and the words at the top (`#py312`, `# py: >=3.11`). */
export function readAnnotations(source: string): Annotations {
  const requirements = readDeclared(source, 'requirements')
  // A block beside a list of requirements has no effect.
  const block = requirements ? undefined : readScriptBlock(source)
  const words = readTopWords(source)
  return {
    requirements: requirements ?? block?.dependencies,
    extra: readDeclared(source, 'extra_requirements'),
    python: words.python ?? block?.python,
    isUncached: words.flags.has('no_cache'),
    isResultPlain: words.flags.has('skip_result_postprocessing'),
  }
}

/** Requirements of a text with one a line, such as a dependency file of the workspace: without comments and blank lines. */
export function readRequirementLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

function readDeclared(source: string, word: string): Declared | undefined {
  const lines = source.split('\n')
  const head = new RegExp(`^#\\s*${word}\\s*:(.*)$`)
  const at = lines.findIndex((line) => head.test(line.trimEnd()))
  if (at < 0) return undefined
  const here = head.exec(lines[at]?.trimEnd() ?? '')?.[1]?.trim() ?? ''
  const items = here.split(',').map((item) => item.trim())
  if (here !== '' && items.every((item) => FILE_NAME.test(item)))
    return { lines: [], files: items.map((item) => (item === 'default' ? '' : item)) }
  return { lines: [...(here === '' ? [] : [here]), ...readBlock(lines.slice(at + 1))], files: [] }
}

/** The comment lines that follow, as long as they look like requirements: after an empty list, prose may come at once. */
function readBlock(lines: readonly string[]): string[] {
  const found: string[] = []
  for (const line of lines) {
    const item = /^#\s*(.*)$/.exec(line.trimEnd())?.[1]
    if (item === undefined || !REQUIREMENT.test(item)) break
    found.push(item.replace(/\s+#.*$/, ''))
  }
  return found
}

interface ScriptBlock {
  readonly dependencies: Declared | undefined
  readonly python: string | undefined
}

/** The inline metadata of PEP 723, of which two keys before the first table count. */
function readScriptBlock(source: string): ScriptBlock | undefined {
  const commented = SCRIPT_BLOCK.exec(source)?.[1]
  if (commented === undefined) return undefined
  const [toml = ''] = commented.replaceAll(/^# ?/gm, '').split(/^\[/m)
  const list = /^\s*dependencies\s*=\s*\[/m.exec(toml)
  const lines = list ? readTexts(toml.slice(list.index + list[0].length)) : undefined
  return {
    dependencies: lines ? { lines, files: [] } : undefined,
    python: /^\s*requires-python\s*=\s*["']([^"'\n]*)["']/m.exec(toml)?.[1],
  }
}

/** The texts of a TOML list up to its end. */
function readTexts(toml: string): string[] {
  const found: string[] = []
  for (const [token, double, single] of toml.matchAll(/"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|#[^\n]*|\]/g)) {
    if (token === ']') break
    const text = double?.replaceAll(/\\(.)/g, '$1') ?? single
    if (text !== undefined) found.push(text)
  }
  return found
}

interface TopWords {
  readonly python: string | undefined
  readonly flags: ReadonlySet<string>
}

/** The words of the comments that a source begins with. */
function readTopWords(source: string): TopWords {
  let python: string | undefined
  const flags = new Set<string>()
  for (const line of source.split('\n')) {
    const text = line.trim()
    if (text !== '' && !text.startsWith('#')) break
    python ??= readPython(text)
    const words = text.replace(/^#\s*/, '').split(/[\s#]+/)
    if (words.every((word) => /^[a-z0-9_]+$/.test(word))) for (const word of words) flags.add(word)
  }
  return { python, flags }
}

function readPython(comment: string): string | undefined {
  const specifier = /^#\s*py\s*:\s*(\S.*)$/.exec(comment)?.[1]
  if (specifier !== undefined) return specifier.trim()
  if (/^#.*\bpy_select_latest\b/.test(comment)) return 'latest'
  const minor = /^#\s*py3(\d{1,2})\b/.exec(comment)?.[1]
  return minor === undefined ? undefined : `==3.${minor}`
}
