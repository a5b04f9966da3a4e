import type { FlowModule, FlowValue, FormSchema } from '@millrace/contracts'
import { UsageError } from '../exit.ts'

/** The flow up to a step, which is the last one to run; of a step inside of others, with what comes before these. */
export function flowUntil(value: FlowValue, step: string): FlowValue {
  const modules = cutList(value.modules, step)
  if (!modules) throw new UsageError(`The flow has no step "${step}".`)
  return { ...value, modules, early_return: undefined }
}

/** One step alone, which gets the arguments of the flow as its inputs; a loop or a branch runs as it is written. */
export function stepAlone(value: FlowValue, step: string): FlowValue {
  const module = findModule(value.modules, step)
  if (!module) throw new UsageError(`The flow has no step "${step}".`)
  const { input_transforms: inputs } = module.value
  const names = isObject(inputs) ? Object.keys(inputs) : []
  const given = names.map((name) => [name, { type: 'javascript', expr: `flow_input[${JSON.stringify(name)}]` }])
  const alone = {
    id: module.id,
    summary: module.summary,
    value: isObject(inputs) ? { ...module.value, input_transforms: Object.fromEntries(given) } : module.value,
  }
  return { modules: [alone], ...(value.flow_env && { flow_env: value.flow_env }) }
}

/** The arguments that a step alone takes: its inputs, of the types that the flow gives those of the same name. */
export function schemaAlone(value: FlowValue, step: string, schema: FormSchema): FormSchema {
  const inputs = findModule(value.modules, step)?.value['input_transforms']
  const names = isObject(inputs) ? Object.keys(inputs) : []
  return { properties: Object.fromEntries(names.map((name) => [name, schema.properties?.[name] ?? {}])) }
}

function cutList(modules: readonly FlowModule[], step: string): FlowModule[] | undefined {
  for (const [at, module] of modules.entries()) {
    if (module.id === step) return modules.slice(0, at + 1)
    const cut = cutInside(module, step)
    if (cut) return [...modules.slice(0, at), cut]
  }
  return undefined
}

/** Where the step is inside of a module, its list is cut. */
function cutInside(module: FlowModule, step: string): FlowModule | undefined {
  const { value } = module
  const branches = listAt(value, 'branches')
  for (const [at, branch] of branches.entries()) {
    const modules = isObject(branch) && cutList(modulesAt(branch, 'modules'), step)
    if (modules) return { ...module, value: { ...value, branches: branches.with(at, { ...branch, modules }) } }
  }
  for (const name of ['modules', 'default']) {
    const modules = cutList(modulesAt(value, name), step)
    if (modules) return { ...module, value: { ...value, [name]: modules } }
  }
  return undefined
}

function findModule(modules: readonly FlowModule[], step: string): FlowModule | undefined {
  for (const module of modules) {
    if (module.id === step) return module
    const inside = [
      ...modulesAt(module.value, 'modules'),
      ...modulesAt(module.value, 'default'),
      ...listAt(module.value, 'branches').flatMap((branch) => (isObject(branch) ? modulesAt(branch, 'modules') : [])),
    ]
    const found = findModule(inside, step)
    if (found) return found
  }
  return undefined
}

type Json = Readonly<Record<string, unknown>>

function modulesAt(node: Json, name: string): FlowModule[] {
  return listAt(node, name).filter(isModule)
}

function listAt(node: Json, name: string): unknown[] {
  const list = node[name]
  return Array.isArray(list) ? list : []
}

function isModule(node: unknown): node is FlowModule {
  return isObject(node) && typeof node['id'] === 'string' && isObject(node['value']) && 'type' in node['value']
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
