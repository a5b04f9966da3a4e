import type { ArgType } from '../../signature.ts'

/**
 * How arguments are declared in a comment and named in the text:
 *  - `number`: `-- $1 name (type)` and `$1` · `name`: `-- $name (type)` and `$name`
 *  - `question`: `-- ? name (type)` and `?` by position, or `-- :name (type)` and `:name`
 *  - `colon`: `-- :name (type)` and `:name`
 *  - `at`: `-- @name (type)` and `@name`; with a second word (`-- @P1 name (type)`) that is the argument's name.
 */
export type PlaceholderStyle = 'number' | 'name' | 'question' | 'colon' | 'at'

/** How a source is cut into statements; `batch` sends all of it at once, but for what stands between lines `GO`. */
export type Splitting = 'semicolon' | 'batch'

/** Which words keep a `BEGIN … END` together: none, those after `ATOMIC`, any that begins no transaction, or PL/SQL. */
export type Blocks = 'none' | 'atomic' | 'compound' | 'plsql'

/** What tells one SQL from another to who reads it. */
export interface Dialect {
  readonly placeholders: PlaceholderStyle
  /** How the driver wants them: `$1`, `?`, or by the name that the text has. */
  readonly binding: 'numbered' | 'question' | 'named'
  readonly splitting: Splitting
  readonly blocks: Blocks
  /** The resource type of the argument `database`; undefined where statements need no connection. */
  readonly resource: string | undefined
  /** `#` begins a comment that ends with its line. */
  readonly hashComments: boolean
  /** `//` does too; false when absent. */
  readonly slashComments?: boolean
  readonly nestedComments: boolean
  /** `$$ … $$` and `$tag$ … $tag$` are texts. */
  readonly dollarQuotes: boolean
  /** A backslash hides the next character of a text: always, only in `E'…'`, or never. */
  readonly backslash: 'always' | 'escape-text' | 'never'
  /** `[name]` is a name. */
  readonly brackets: boolean
  /** `'''…'''` and `"""…"""` are texts. */
  readonly tripleQuotes: boolean
  /** `q'[ … ]'` is a text. */
  readonly quoteOperator: boolean
  /** `DELIMITER //` on a line of its own says what ends a statement from here on. */
  readonly delimiterCommand: boolean
  /** Types of arguments in the words of the language, in lower case and without lengths; another one is a text. */
  readonly types: Readonly<Record<string, ArgType>>
  /** What the server calls a type that is ours. */
  readonly castAs?: Readonly<Record<string, string>>
}
