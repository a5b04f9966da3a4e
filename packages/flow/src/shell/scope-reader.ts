import type { Database } from '@millrace/db'
import { JsonData } from '../expressions/json-data.ts'
import type { Reads } from '../expressions/reads.ts'
import type { Lookup, Scope as Values, ScopeName } from '../expressions/scope.ts'
import type { Json } from '../core/json.ts'
import type { ResultRef, Scope } from '../core/protocol.ts'
import type { Frame } from './frame.ts'
import { findResult, loopAround, type Loop } from './look-around.ts'
import type { FlowProgram } from './program.ts'
import type { Found, References } from './references.ts'
import { loadAround, type Around } from './sql/load-frame.ts'
import { readChunks, readResults, readResumptions, type Item, type StoredRef } from './sql/read-values.ts'
import { toStored } from './stored-ref.ts'
import type { Unwritten } from './unwritten.ts'

/** What reading the scope of an expression takes. */
export interface ScopeTools {
  readonly db: Database
  readonly references: References
}

/** What an expression names cannot be read; the message says why. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

type Names = { [name in ScopeName]?: JsonData }

/** Reads for one transition of a frame what its expressions name; nothing is read twice. */
export class ScopeReader {
  readonly #tools: ScopeTools
  readonly #frame: Frame
  readonly #program: FlowProgram
  readonly #unwritten: Unwritten
  #env: Promise<JsonData> | undefined

  constructor(tools: ScopeTools, frame: Frame, program: FlowProgram, unwritten: Unwritten) {
    this.#tools = tools
    this.#frame = frame
    this.#program = program
    this.#unwritten = unwritten
  }

  /** The items of a loop that are not written yet. */
  keepItems(module: string, items: readonly Json[]): void {
    this.#unwritten.keepItems(this.#frame.id, module, items)
  }

  /** What takes the place of the flow's arguments. */
  keepInput(result: ResultRef): void {
    this.#unwritten.input = this.#stored(result)
  }

  /** The values of what an expression reads. */
  async read(reads: Reads, scope: Scope): Promise<Values> {
    const results = await this.#resultRefs(reads, scope)
    const named = this.#namedRefs(reads, scope)
    await this.#fetch([...results.values(), ...named.values()])
    const names: Names = {}
    for (const [name, ref] of named) names[name] = this.#data(ref)
    if (reads.names.has('flow_input')) names.flow_input = await this.#input(scope)
    if (reads.names.has('flow_env')) names.flow_env = await this.#flowEnv()
    Object.assign(names, this.#judged(reads, scope), await this.#resumed(reads, scope))
    return {
      names,
      results: new Map([...results].map(([id, ref]) => [id, this.#data(ref)])),
      ...(await this.lookUp([...reads.variables], [...reads.resources])),
    }
  }

  async readOne(result: ResultRef): Promise<JsonData> {
    return JsonData.ofText((await this.readText(result)) ?? 'null')
  }

  /** JSON text; undefined where there is nothing. */
  async readText(result: ResultRef): Promise<string | undefined> {
    const ref = this.#stored(result)
    await this.#fetch([ref])
    return this.#unwritten.texts.get(JSON.stringify(ref))
  }

  /** Reads the items that iterations are about and those beside them, which are asked for one by one. */
  async readItems(items: readonly Item[]): Promise<void> {
    const { texts } = this.#unwritten
    const missing = items.filter((item) => !this.#unwritten.itemsOf(item) && !texts.has(JSON.stringify(item)))
    if (missing.length === 0) return
    for (const { text, ...item } of await readChunks(this.#tools.db.pool, missing))
      texts.set(JSON.stringify(item), text)
  }

  async lookUp(
    variables: readonly string[],
    resources: readonly string[],
  ): Promise<Required<Pick<Values, 'variables' | 'resources'>>> {
    const { references } = this.#tools
    const frame = this.#frame
    const look = async (paths: readonly string[], find: (path: string) => Promise<Found>) =>
      new Map(await Promise.all(paths.map(async (path) => [path, toLookup(await find(path))] as const)))
    return {
      variables: await look(variables, (path) => references.variable(frame, path)),
      resources: await look(resources, (path) => references.resource(frame, path)),
    }
  }

  async #resultRefs(reads: Reads, scope: Scope): Promise<ReadonlyMap<string, StoredRef>> {
    if (reads.results !== 'all' && reads.results.size === 0) return new Map()
    const frame = this.#frame
    const isOwn = reads.results !== 'all' && [...reads.results].every((id) => scope.ended[id] !== undefined)
    const around = isOwn ? [] : await this.#loadAround()
    const ids = reads.results === 'all' ? allIds(scope, around) : [...reads.results]
    const refs = ids.map((id) => [id, this.#stored(findResult(frame, scope, around, id))] as const)
    return new Map(refs)
  }

  #namedRefs(reads: Reads, scope: Scope): ReadonlyMap<ScopeName, StoredRef> {
    const refs = new Map<ScopeName, StoredRef>()
    if (reads.names.has('previous_result')) refs.set('previous_result', this.#stored(scope.previous))
    if (scope.result && (reads.names.has('result') || (reads.names.has('error') && !scope.error)))
      refs.set('result', this.#stored(scope.result))
    if (scope.error && reads.names.has('error')) refs.set('error', this.#stored(scope.error.result))
    return refs
  }

  /** `error`: what is under it in the result that failed. */
  #judged(reads: Reads, { result, error }: Scope): Names {
    if (!reads.names.has('error')) return {}
    const ref = error?.result ?? result
    if (!ref) return {}
    const value = this.#data(this.#stored(ref)).value
    const found = typeof value === 'object' && value !== null && 'error' in value ? value.error : undefined
    if (found === undefined || typeof found !== 'object') return error ? { error: JsonData.ofValue(null) } : {}
    return { error: JsonData.ofValue({ ...found, ...(error && { step_id: error.step }) }) }
  }

  async #resumed(reads: Reads, { resumed }: Scope): Promise<Names> {
    const { names } = reads
    if (!resumed || !(names.has('resume') || names.has('resumes') || names.has('approvers'))) return {}
    const answers = await readResumptions(this.#tools.db.pool, resumed)
    const payloads = answers.map(({ payload }) => payload)
    return {
      resume: JsonData.ofText(payloads.at(-1) ?? 'null'),
      resumes: JsonData.ofText(`[${payloads.join(',')}]`),
      approvers: JsonData.ofValue(answers.map(({ approver }) => approver)),
    }
  }

  async #input(scope: Scope): Promise<JsonData> {
    const ref = this.#unwritten.input ?? { kind: 'input', frame: this.#frame.flowId }
    await this.#fetch([ref])
    const text = this.#data(ref).text
    const loop = await this.#loop(scope)
    if (!loop) return JsonData.ofText(text)
    const about: Item = { kind: 'item', ...loop }
    await this.readItems([about])
    const item = await this.readOne(about)
    return JsonData.ofText(withMember(text, `"iter":{"index":${loop.index},"value":${item.text}}`))
  }

  async #loop({ iteration }: Scope): Promise<Loop | undefined> {
    const { id, pointer } = this.#frame
    if (iteration) return { frame: id, ...iteration }
    if (pointer.kind === 'root') return undefined
    return loopAround(this.#frame, pointer.kind === 'body' ? [] : await this.#loadAround())
  }

  #stored(ref: ResultRef | StoredRef): StoredRef {
    const items = ref.kind === 'item' ? this.#unwritten.itemsOf(ref) : undefined
    if (ref.kind === 'input' && this.#unwritten.input) return this.#unwritten.input
    if (ref.kind === 'item' && items) return { kind: 'value', value: items[ref.index] ?? null }
    return toStored(this.#program, ref)
  }

  async #flowEnv(): Promise<JsonData> {
    this.#env ??= this.#resolveEnv()
    return await this.#env
  }

  async #resolveEnv(): Promise<JsonData> {
    const { env } = this.#program
    if (Object.keys(env).length === 0) return JsonData.ofValue({})
    const found = await this.#tools.references.resolve(this.#frame, env)
    if (!found.ok) throw new Unreadable(`flow_env: ${found.message}`)
    return JsonData.ofText(found.json)
  }

  async #loadAround(): Promise<readonly Around[]> {
    return await this.#unwritten.around(this.#frame, (frame) => loadAround(this.#tools.db.pool, frame))
  }

  async #fetch(refs: readonly StoredRef[]): Promise<void> {
    const { texts } = this.#unwritten
    const missing = new Map<string, StoredRef>()
    for (const ref of refs) {
      const key = JSON.stringify(ref)
      if (texts.has(key)) continue
      const text = ref.kind === 'value' ? JSON.stringify(ref.value) : this.#unwritten.find(ref)
      if (text === undefined && ref.kind !== 'null') missing.set(key, ref)
      else texts.set(key, text)
    }
    const found = await readResults(this.#tools.db.pool, [...missing.values()])
    for (const [at, key] of [...missing.keys()].entries()) texts.set(key, found[at])
  }

  #data(ref: StoredRef): JsonData {
    return JsonData.ofText(this.#unwritten.texts.get(JSON.stringify(ref)) ?? 'null')
  }
}

function allIds({ ended }: Scope, around: readonly Around[]): readonly string[] {
  return [...new Set([ended, ...around.map(({ state }) => state?.ended ?? {})].flatMap(Object.keys))]
}

/** An object's JSON text with a further member, which wins. */
function withMember(text: string, member: string): string {
  const body = text.slice(0, text.lastIndexOf('}'))
  return /^\s*\{\s*$/.test(body) ? `{${member}}` : `${body},${member}}`
}

function toLookup(found: Found): Lookup {
  return found.ok ? JsonData.ofText(found.json) : { refusal: found.message }
}
