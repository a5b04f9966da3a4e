import { Problem } from '@millrace/base/problem'
import { covers, isOpenTo, type ParsedTag } from './custom-tag.ts'

const TAG_LENGTH_MAX = 255

/** What the settings of the instance say of tags. */
export interface TagRules {
  readonly customTags: readonly ParsedTag[]
  /** Workspaces whose jobs get `<language>-<workspace>` when they name no tag. */
  readonly defaultsOf: 'none' | 'all' | ReadonlySet<string>
}

/** What a job brings. */
export interface TagWish {
  readonly workspace: string
  /** As the call or the script names it; it may hold `$workspace` and `$args[name]`. */
  readonly tag: string | undefined
  /** What it runs under without a tag: its language, or its kind when it runs no code. */
  readonly fallback: { readonly language: string } | { readonly kind: string }
  readonly args: Readonly<Record<string, unknown>>
}

/** The tag of the job's row, with nothing left to fill in; throws `tag.unresolved` and `tag.restricted`. */
export function resolveTag(wish: TagWish, rules: TagRules): string {
  const tag = wish.tag === undefined ? defaultTag(wish, rules) : fillIn(wish.tag, wish)
  requireAllowed(tag, wish.workspace, rules)
  return tag
}

/** The tag of a workspace's jobs in a language that name none. */
function defaultTag({ workspace, fallback }: TagWish, { defaultsOf }: TagRules): string {
  if ('kind' in fallback) return fallback.kind
  const isOwn = defaultsOf === 'all' || (defaultsOf !== 'none' && defaultsOf.has(workspace))
  return isOwn ? `${fallback.language}-${workspace}` : fallback.language
}

function fillIn(tag: string, { workspace, args }: TagWish): string {
  if (!tag.includes('$')) return tag
  const filled = tag
    .replaceAll('$workspace', () => workspace)
    .replace(/\$args\[([^\]]*)\]/g, (_whole, path: string) => {
      const text = textAt(args, path)
      if (text !== undefined) return text
      throw new Problem(
        'tag.unresolved',
        `The tag "${tag}" takes the argument "${path}", which must be a text, a number or a boolean: send it, or run with another tag.`,
      )
    })
  if (filled.length <= TAG_LENGTH_MAX && !/[\s,()\0]/.test(filled)) return filled
  throw new Problem(
    'tag.unresolved',
    `The tag "${tag}" becomes no word of at most ${TAG_LENGTH_MAX} characters without spaces, commas and parentheses: send other arguments, or run with another tag.`,
  )
}

/** A dotted path leads into nested objects. */
function textAt(args: Readonly<Record<string, unknown>>, path: string): string | undefined {
  let value: unknown = args
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Reflect.get(value, name)
  }
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

function requireAllowed(tag: string, workspace: string, { customTags }: TagRules): void {
  const dedicated = /^([\w-]+):[ufg]\//.exec(tag)
  if (dedicated && dedicated[1] !== workspace)
    throw new Problem(
      'tag.restricted',
      `The tag "${tag}" is kept for a script of the workspace ${dedicated[1]}: use another one.`,
    )
  const covering = customTags.filter((custom) => covers(custom, tag))
  if (covering.length === 0 || covering.some((custom) => isOpenTo(custom, workspace))) return
  throw new Problem(
    'tag.restricted',
    `The tag "${tag}" is kept for other workspaces than ${workspace}: use another one, or ask a superadmin to open it.`,
  )
}
