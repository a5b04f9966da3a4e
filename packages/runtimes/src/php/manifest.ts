import type { ScriptSource } from '../runtime.ts'

const LIST = /^[ \t]*\/\/[ \t]*require:[ \t]*$/m
const ENTRY = /^[ \t]*\/\/[ \t]*((?:[\w.-]+\/[\w.-]+|php|ext-[\w-]+|lib-[\w-]+))[ \t]*(?:[@:=][ \t]*(\S.*?))?[ \t]*$/
const ANNOTATION = /^[ \t]*\/\/[ \t]*composer_json:[ \t]*(\S+)[ \t]*$/m

/** A composer.json of the workspace cannot be read. */
export class UnreadableManifest extends Error {}

/** Names of the composer.json files of the workspace that a source asks for; without a word the one that holds for all. */
export function manifestNames(content: string): readonly string[] {
  const named = ANNOTATION.exec(content)?.[1]
  return named === undefined ? [''] : [named]
}

/** What the lines behind `// require:` ask for, by package; up to the first that asks for none. */
export function readRequirements(source: string): Readonly<Record<string, string>> {
  const head = LIST.exec(source)
  if (!head) return {}
  const lines = source
    .slice(head.index + head[0].length)
    .split(/\r?\n/)
    .slice(1)
  const end = lines.findIndex((line) => !ENTRY.test(line))
  const entries = (end < 0 ? lines : lines.slice(0, end)).map((line): [string, string] => {
    const [, name = '', version = '*'] = ENTRY.exec(line) ?? []
    return [name.toLowerCase(), version]
  })
  return Object.fromEntries(entries)
}

/** The workspace's file, with what the script asks for over it; undefined when nobody asks for anything. */
export function composeManifest({ content, manifests = {} }: ScriptSource): string | undefined {
  const [name = ''] = manifestNames(content)
  const manifest = readManifest(name, manifests[name] ?? '{}')
  const asked = manifest['require']
  const require = { ...(isRecord(asked) ? asked : {}), ...readRequirements(content) }
  if (Object.keys(require).length === 0) return undefined
  return `${JSON.stringify({ ...manifest, require }, undefined, 2)}\n`
}

function readManifest(name: string, text: string): Readonly<Record<string, unknown>> {
  const title = name === '' ? 'composer.json' : `${name}.composer.json`
  const manifest = parseJson(text)
  if (isRecord(manifest)) return manifest
  throw new UnreadableManifest(
    `the dependency file ${title} of the workspace is no JSON object: correct it and deploy again`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
