/** A custom tag, taken apart. `only` and `except` are workspaces; without both, every workspace may use it. */
export interface ParsedTag {
  /** With `$workspace` and `$args[name]` as they were written. */
  readonly pattern: string
  readonly only: readonly string[] | undefined
  readonly except: readonly string[] | undefined
}

/** Takes apart what `CustomTag` of the contracts lets in. */
export function parseCustomTag(text: string): ParsedTag {
  const at = text.indexOf('(')
  if (at < 0) return { pattern: text, only: undefined, except: undefined }
  const pattern = text.slice(0, at)
  const inside = text.slice(at + 1, -1)
  if (inside.startsWith('^')) return { pattern, only: undefined, except: inside.slice(1).split('^') }
  return { pattern, only: inside.split('+'), except: undefined }
}

/** Whether jobs of the workspace may have the tag. */
export function isOpenTo({ only, except }: ParsedTag, workspace: string): boolean {
  if (only) return only.includes(workspace)
  return !except?.includes(workspace)
}

/** Whether a job's tag is one that the pattern may become. */
export function covers({ pattern, only }: ParsedTag, tag: string): boolean {
  if (!pattern.includes('$')) return pattern === tag
  const workspaces = only ? `(?:${only.map(escape).join('|')})` : '[\\w-]+'
  const source = pattern
    .split(/(\$workspace|\$args\[[^\]]*\])/)
    .map((part) => {
      if (part === '$workspace') return workspaces
      return part.startsWith('$args[') ? '.+' : escape(part)
    })
    .join('')
  return new RegExp(`^${source}$`, 's').test(tag)
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
