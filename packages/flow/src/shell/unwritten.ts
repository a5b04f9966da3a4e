import type { Json } from '../core/json.ts'
import type { ChildKey, ResultRef } from '../core/protocol.ts'
import type { Frame } from './frame.ts'
import type { Around } from './sql/load-frame.ts'
import type { StoredRef } from './sql/read-values.ts'

/** An expression names what no row says yet: the frame goes on when it does. */
export class NotWritten extends Error {}

/**
 * What an advance has come to and no row says yet: lists that loops begin with, frames that began and ended on the way. It also keeps
 * what was read, so that nothing is read twice.
 */
export class Unwritten {
  /** What was read, by reference. */
  readonly texts: Map<string, string | undefined>
  /** What takes the place of the flow's arguments. */
  input: StoredRef | undefined
  readonly #items = new Map<string, readonly Json[]>()
  readonly #results = new Map<string, string>()
  readonly #children = new Map<string, string[]>()
  readonly #iterations = new Set<string>()
  readonly #underWay = new Map<string, Frame>()
  #outside: Promise<readonly Around[]> | undefined

  constructor(texts = new Map<string, string | undefined>()) {
    this.texts = texts
  }

  keepItems(frame: string, module: string, items: readonly Json[]): void {
    this.#items.set(`${frame} ${module}`, items)
  }

  /** The items of a loop that begins in this advance. */
  itemsOf({ frame, module }: { readonly frame: string; readonly module: string }): readonly Json[] | undefined {
    return this.#items.get(`${frame} ${module}`)
  }

  /** A frame as it stands while what is below it runs. */
  keepFrame(frame: Frame): void {
    this.#underWay.set(frame.id, frame)
  }

  /** What a child gave that began and ended. */
  keepChild(frame: string, child: ChildKey & { readonly job: string }, result: string | undefined): void {
    const text = result ?? 'null'
    this.#results.set(child.job, text)
    const key = siblings(frame, child)
    const known = this.#children.get(key) ?? []
    known[child.index] = text
    this.#children.set(key, known)
    this.#iterations.add(`${frame} ${child.module} ${child.index}`)
  }

  /** The text of a reference to it; undefined where rows say it. */
  find(ref: StoredRef): string | undefined {
    if (ref.kind === 'job') return this.#results.get(ref.id)
    if (ref.kind === 'children') return this.#list(ref)
    if (ref.kind === 'before') return this.#before(ref)
    if (ref.kind === 'error' && this.#isOf(ref)) throw new NotWritten()
    return undefined
  }

  /** The frames around a frame, the inner ones first. */
  async around(frame: Frame, load: (frame: Frame) => Promise<readonly Around[]>): Promise<readonly Around[]> {
    const parent = frame.parentId === undefined ? undefined : this.#underWay.get(frame.parentId)
    if (parent) return [parent, ...(await this.around(parent, load))]
    this.#outside ??= load(frame)
    return await this.#outside
  }

  #list(ref: Extract<StoredRef, { kind: 'children' }>): string | undefined {
    const known = this.#children.get(siblings(ref.frame, ref))
    if (known === undefined) return undefined
    const texts = Array.from({ length: ref.count }, (_, index) => known[index])
    if (!texts.every((text) => text !== undefined)) throw new NotWritten()
    return `[${texts.join(',')}]`
  }

  /** Iterations over a list know nothing of each other; those of other loops are written first. */
  #before({ frame, module, index }: Extract<StoredRef, { kind: 'before' }>): string | undefined {
    if (this.itemsOf({ frame, module })) return 'null'
    if (this.#iterations.has(`${frame} ${module} ${index}`)) throw new NotWritten()
    return undefined
  }

  /** Whether it holds something of here. */
  #isOf(ref: ResultRef): boolean {
    if (ref.kind === 'job') return this.#results.has(ref.id)
    if (ref.kind === 'children') return this.#children.has(siblings(ref.frame, ref))
    return ref.kind === 'error' && ref.result !== undefined && this.#isOf(ref.result)
  }
}

function siblings(frame: string, { module, failures }: Pick<ChildKey, 'module' | 'failures'>): string {
  return `${frame} ${module} ${failures}`
}
