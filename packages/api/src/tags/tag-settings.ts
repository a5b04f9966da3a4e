import type { instanceSettings } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import { loadSettings } from '@millrace/db/tables/setting'
import type { z } from 'zod'
import { parseCustomTag } from './custom-tag.ts'
import type { TagRules } from './resolve-tag.ts'

/** What another server set is followed after so long. */
const FRESH_MS = 1000

type Values = { readonly [K in keyof typeof instanceSettings]?: z.output<(typeof instanceSettings)[K]> }

/** The settings that say something of tags, remembered for a second: each call that enqueues asks for them. */
export class TagSettings {
  readonly #db: Queryable
  #loading: Promise<TagRules> | undefined
  #untilMs = 0

  constructor(db: Queryable) {
    this.#db = db
  }

  rules(): Promise<TagRules> {
    if (this.#loading && performance.now() < this.#untilMs) return this.#loading
    const loading = this.#load()
    this.#loading = loading
    this.#untilMs = performance.now() + FRESH_MS
    loading.catch(() => this.#forgetIf(loading))
    return loading
  }

  /** They were set by this server: the next call reads them. */
  forget(): void {
    this.#loading = undefined
  }

  #forgetIf(loading: Promise<TagRules>): void {
    if (this.#loading === loading) this.#loading = undefined
  }

  async #load(): Promise<TagRules> {
    const found = await loadSettings(this.#db, [
      'custom_tags',
      'default_tags_per_workspace',
      'default_tags_workspaces',
    ] satisfies (keyof Values)[])
    // They were parsed when they were set.
    const values = Object.fromEntries(found) as Values
    return { customTags: (values.custom_tags ?? []).map(parseCustomTag), defaultsOf: defaultsOf(values) }
  }
}

function defaultsOf(values: Values): TagRules['defaultsOf'] {
  if (!values.default_tags_per_workspace) return 'none'
  return values.default_tags_workspaces ? new Set(values.default_tags_workspaces) : 'all'
}
