import { parseReference, type Reference } from './reference.ts'

const CHAIN_MAX = 16
const REFERENCES_MAX = 1000
const DEPTH_MAX = 500

/** Gives what references name. Throws `InterpolationError` for what is not there or not to be seen. */
export interface ItemSource {
  variable(path: string): Promise<string>
  resource(path: string): Promise<unknown>
}

/** A reference that cannot be resolved; the message says where it stands and why. */
export class InterpolationError extends Error {
  override readonly name = 'InterpolationError'
}

/**
 * Puts values in the place of references: a string that is `$var:<path>` becomes the variable's value, one that is
 * `$res:<path>` the resource with its own references resolved. At most 16 references lead to each other and 1000 are resolved
 * in all. `where` names the value in errors.
 */
export async function interpolate(source: ItemSource, value: unknown, where: string): Promise<unknown> {
  return await new Walk(source).expand(value, { trail: where, chain: [], depth: 0 })
}

interface Step {
  /** Where we are, for errors. */
  readonly trail: string
  /** The references that led here. */
  readonly chain: readonly string[]
  readonly depth: number
}

class Walk {
  readonly #source: ItemSource
  #count = 0

  constructor(source: ItemSource) {
    this.#source = source
  }

  async expand(value: unknown, step: Step): Promise<unknown> {
    if (typeof value === 'string') {
      const reference = parseReference(value)
      return reference ? await this.#resolve(value, reference, step) : value
    }
    if (typeof value !== 'object' || value === null) return value
    if (step.depth >= DEPTH_MAX) throw failed(step, `it is nested more than ${DEPTH_MAX} deep`)
    const depth = step.depth + 1
    if (Array.isArray(value)) {
      const items: unknown[] = []
      for (const [index, item] of value.entries())
        items.push(await this.expand(item, { ...step, depth, trail: `${step.trail}[${index}]` }))
      return items
    }
    const entries: [string, unknown][] = []
    for (const [name, item] of Object.entries(value))
      entries.push([name, await this.expand(item, { ...step, depth, trail: `${step.trail}.${name}` })])
    return Object.fromEntries(entries)
  }

  async #resolve(text: string, { kind, path }: Reference, step: Step): Promise<unknown> {
    const { trail, chain, depth } = step
    const here = { trail: `${trail} → ${text}`, chain: [...chain, text], depth }
    if (chain.includes(text)) throw failed(here, 'it leads back to itself')
    if (chain.length >= CHAIN_MAX) throw failed(here, `more than ${CHAIN_MAX} references lead to each other`)
    this.#count += 1
    if (this.#count > REFERENCES_MAX) throw failed(here, `there are more than ${REFERENCES_MAX} references`)
    try {
      if (kind === 'variable') return await this.#source.variable(path)
      const found = await this.#source.resource(path)
      return await this.expand(found, here)
    } catch (error) {
      if (error instanceof InterpolationError && !error.message.startsWith(trail)) throw failed(here, error.message)
      throw error
    }
  }
}

function failed(step: Step, why: string): InterpolationError {
  return new InterpolationError(`${step.trail}: ${why}`)
}
