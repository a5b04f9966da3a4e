/** What the comments at the top of a script ask for. */
export interface Annotations {
  /** `//nodejs`: runs on Node. */
  readonly nodejs: boolean
  /** `//nobundling`: packages are read from their folder while the job runs, not bundled ahead. */
  readonly nobundling: boolean
  /** `//package_json: <name>`: dependency files of the workspace. */
  readonly packageJson: readonly string[]
}

/** Reads the comment lines before the first line of code; a word that is no annotation is a comment. */
export function readAnnotations(source: string): Annotations {
  const words = new Set<string>()
  const packageJson: string[] = []
  for (const line of source.split('\n')) {
    const text = line.trim()
    if (text === '' || text.startsWith('#!')) continue
    if (!text.startsWith('//')) break
    const comment = text.slice(2).trim()
    const named = /^package_json:\s*(.*)$/.exec(comment)
    if (named?.[1] !== undefined) packageJson.push(...named[1].split(/[\s,]+/).filter((name) => name !== ''))
    else words.add(comment)
  }
  return {
    nodejs: words.has('nodejs'),
    nobundling: words.has('nobundling'),
    packageJson,
  }
}
