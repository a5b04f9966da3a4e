/** A module in a document, and where it stands there. */
export interface PlacedModule {
  readonly id: string
  readonly value: Readonly<Record<string, unknown>>
  /** The whole module: its options stand beside id and value. */
  readonly module: Readonly<Record<string, unknown>>
  /** Such as `modules[2].value.branches[0].modules[1]`. */
  readonly path: string
  /** The types of the modules around it, from the outside in. */
  readonly inside: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

/** Every module of a document, in the order in which it is written, containers before what is in them; what is no module is passed over. */
export function* walkModules(document: unknown): Generator<PlacedModule, void, undefined> {
  if (!isObject(document)) return
  if (document['preprocessor_module'] !== undefined)
    yield* walkModule(document['preprocessor_module'], 'preprocessor_module', [])
  yield* walkList(document['modules'], 'modules', [])
  if (document['failure_module'] !== undefined) yield* walkModule(document['failure_module'], 'failure_module', [])
}

/** The document with another value in the place of each module's that `change` answers for. */
export function mapModules(document: unknown, change: (module: PlacedModule) => Json | undefined): unknown {
  const changed = new Map<unknown, Json>()
  for (const module of walkModules(document)) {
    const value = change(module)
    if (value) changed.set(module.value, value)
  }
  return changed.size === 0 ? document : replace(document, changed)
}

function replace(node: unknown, changed: ReadonlyMap<unknown, Json>): unknown {
  const other = changed.get(node)
  if (other) return other
  if (Array.isArray(node)) return node.map((each) => replace(each, changed))
  if (!isObject(node)) return node
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replace(value, changed)]))
}

function* walkList(list: unknown, path: string, inside: readonly string[]): Generator<PlacedModule, void, undefined> {
  if (!Array.isArray(list)) return
  for (const [at, module] of list.entries()) yield* walkModule(module, `${path}[${at}]`, inside)
}

function* walkModule(
  module: unknown,
  path: string,
  inside: readonly string[],
): Generator<PlacedModule, void, undefined> {
  if (!isObject(module) || !isObject(module['value'])) return
  const { id, value } = module
  yield { id: typeof id === 'string' ? id : '', value, module, path, inside }
  const within = [...inside, String(value['type'])]
  yield* walkList(value['modules'], `${path}.value.modules`, within)
  if (Array.isArray(value['branches']))
    for (const [at, branch] of value['branches'].entries())
      if (isObject(branch)) yield* walkList(branch['modules'], `${path}.value.branches[${at}].modules`, within)
  yield* walkList(value['default'], `${path}.value.default`, within)
  yield* walkList(value['tools'], `${path}.value.tools`, within)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
