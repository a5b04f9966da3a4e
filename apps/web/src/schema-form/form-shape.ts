import type { FormSchema } from '@millrace/contracts'
import type { RJSFSchema, UiSchema } from '@rjsf/utils'

/** A schema as the form library takes it, with what to draw for each part. */
export interface FormShape {
  readonly schema: RJSFSchema
  readonly uiSchema: UiSchema
}

/** A choice of a union: its label, the members that mark it (`kind: "a"`), and the form of the rest. */
export interface UnionChoice extends FormShape {
  readonly label: string
  readonly tags: Readonly<Record<string, string>>
}

type Node = Readonly<Record<string, unknown>>

/** What a parameter without a usable default of its own is given by parsers that met a call. */
export const COMPUTED_DEFAULT = '<function call>'

/** Says nothing, but is not empty: for an empty schema the form library draws no field. */
const ANY_VALUE: RJSFSchema = { $comment: 'any value' }

const COMPUTED_HINT = 'Computed by the script when left empty'
const NUMBER_LIMITS = { min: 'minimum', max: 'maximum' } as const
const KEPT = ['title', 'description', 'enum', 'minimum', 'maximum', 'pattern', 'minLength', 'maxLength'] as const

/**
 * The form of a script's schema: one field a parameter, in the signature's order. Defaults are left out, for the form
 * library would put them back whenever a field is cleared; see `initialArgs`.
 */
export function toFormShape(schema: FormSchema): FormShape {
  const properties = schema.properties ?? {}
  const names = orderedNames(properties, schema.order)
  const shapes = names.map((name) => [name, toShape(asNode(properties[name]))] as const)
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(shapes.map(([name, shape]) => [name, shape.schema])),
      required: (schema.required ?? []).filter((name) => name in properties),
    },
    uiSchema: {
      ...Object.fromEntries(shapes.map(([name, shape]) => [name, shape.uiSchema])),
      'ui:order': [...names, '*'],
    },
  }
}

function orderedNames(properties: Node, order: readonly string[] = []): readonly string[] {
  const known = order.filter((name) => name in properties)
  return [...new Set([...known, ...Object.keys(properties)])]
}

function toShape(node: Node): FormShape {
  if (Array.isArray(node['oneOf'])) return unionShape(node, node['oneOf'].map(asNode))
  switch (node['type']) {
    case 'string':
      return stringShape(node)
    case 'integer':
    case 'number':
      return field(node, { type: node['type'] }, { 'ui:widget': 'numberInput' }, node['type'])
    case 'boolean':
      return field(node, { type: 'boolean' }, { 'ui:widget': 'switchInput' }, 'boolean')
    case 'array':
      return arrayShape(node)
    case 'object':
      return objectShape(node)
    case 'resource':
      return resourceShape(node, textOf(node['resourceType']) ?? '')
    default:
      return field(node, ANY_VALUE, { 'ui:field': 'jsonInput' }, 'JSON')
  }
}

function stringShape(node: Node): FormShape {
  const format = typeof node['format'] === 'string' ? node['format'] : ''
  const schema: RJSFSchema = { type: 'string' }
  if (Array.isArray(node['enum'])) return field(node, schema, { 'ui:widget': 'selectInput' }, 'one of')
  if (node['contentEncoding'] === 'base64') return field(node, schema, { 'ui:widget': 'fileInput' }, 'file')
  if (format === 'date-time') return field(node, schema, { 'ui:widget': 'instantInput' }, 'date and time')
  if (format === 'date') return field(node, schema, { 'ui:widget': 'dayInput' }, 'date')
  if (format.startsWith('resource-')) return resourceShape(node, format.slice('resource-'.length))
  if (node['password'] === true) return field(node, schema, { 'ui:widget': 'secretInput' }, 'secret')
  if (format === 'email') return field(node, { ...schema, format }, { 'ui:widget': 'textInput' }, 'e-mail')
  return field(node, schema, { 'ui:widget': 'textInput' }, format || 'string')
}

function arrayShape(node: Node): FormShape {
  const items = asNode(node['items'])
  if (Object.keys(items).length === 0)
    return field(node, { type: 'array' }, { 'ui:field': 'jsonInput' }, 'list, as JSON')
  const item = toShape(items)
  const shape = field(node, { type: 'array', items: item.schema }, {}, `list of ${typeHint(item)}`)
  return { schema: shape.schema, uiSchema: { ...shape.uiSchema, items: markItem(item.uiSchema) } }
}

function markItem(uiSchema: UiSchema): UiSchema {
  return { ...uiSchema, 'ui:options': { ...uiSchema['ui:options'], isItem: true } }
}

function objectShape(node: Node): FormShape {
  const properties = asNode(node['properties'])
  const format = typeof node['format'] === 'string' ? node['format'] : ''
  if (Object.keys(properties).length > 0) return groupShape(node, properties)
  if (format.startsWith('resource-')) return resourceShape(node, format.slice('resource-'.length))
  // A parser that cannot tell the type says `object` without naming properties.
  if (!('properties' in node)) return field(node, ANY_VALUE, { 'ui:field': 'jsonInput' }, 'JSON')
  return field(node, { type: 'object' }, { 'ui:field': 'jsonInput' }, 'object, as JSON')
}

function groupShape(node: Node, properties: Node): FormShape {
  const order = Array.isArray(node['order']) ? node['order'].map(String) : undefined
  const required = Array.isArray(node['required']) ? node['required'].map(String) : undefined
  const inner = toFormShape({ properties, ...(order && { order }), ...(required && { required }) })
  const shape = field(node, inner.schema, {}, 'object')
  return { schema: shape.schema, uiSchema: { ...inner.uiSchema, ...shape.uiSchema } }
}

function resourceShape(node: Node, resourceType: string): FormShape {
  if (typeof node['default'] === 'object' && node['default'] !== null)
    return field(node, ANY_VALUE, { 'ui:field': 'jsonInput' }, 'JSON')
  const shape = field(node, { type: 'string' }, { 'ui:widget': 'resourceInput' }, `resource ${resourceType}`.trim())
  const options = { ...shape.uiSchema['ui:options'], resourceType }
  return { schema: shape.schema, uiSchema: { ...shape.uiSchema, 'ui:options': options } }
}

/** The chosen branch alone is validated, so that its messages are about what is on screen. */
function unionShape(node: Node, branches: readonly Node[]): FormShape {
  const choices = branches.map(toChoice)
  const conditions = choices.map((choice) => ({
    if: {
      properties: Object.fromEntries(Object.entries(choice.tags).map(([name, tag]) => [name, { const: tag }])),
      required: Object.keys(choice.tags),
    },
    then: { properties: choice.schema.properties, required: choice.schema.required },
  }))
  const shape = field(node, { type: 'object', allOf: conditions }, { 'ui:field': 'unionInput' }, 'one of')
  const options = { ...shape.uiSchema['ui:options'], choices }
  return { schema: shape.schema, uiSchema: { ...shape.uiSchema, 'ui:options': options } }
}

function toChoice(branch: Node, index: number): UnionChoice {
  const properties = asNode(branch['properties'])
  const tags: Record<string, string> = {}
  const rest: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(properties)) {
    const tag = tagOf(name, asNode(member), branch['title'])
    if (tag === undefined) rest[name] = member
    else tags[name] = tag
  }
  if (Object.keys(tags).length === 0 && typeof branch['title'] === 'string') tags['label'] = branch['title']
  const required = Array.isArray(branch['required']) ? branch['required'].map(String) : []
  const inner = toFormShape({ properties: rest, required: required.filter((name) => name in rest) })
  return { ...inner, label: textOf(branch['title']) ?? Object.values(tags)[0] ?? `Choice ${index + 1}`, tags }
}

/** The members that tell a union's branches apart are `label` and `kind`, each with one legal value. */
function tagOf(name: string, member: Node, title: unknown): string | undefined {
  if (name !== 'label' && name !== 'kind') return undefined
  if (Array.isArray(member['enum']) && member['enum'].length === 1) return String(member['enum'][0])
  if (typeof member['const'] === 'string') return member['const']
  return typeof title === 'string' && name === 'label' ? title : undefined
}

function field(node: Node, base: RJSFSchema, ui: UiSchema, hint: string): FormShape {
  const kept = KEPT.filter((name) => node[name] !== undefined && node[name] !== null && node[name] !== '')
  const limits = Object.entries(NUMBER_LIMITS).filter(([name]) => typeof node[name] === 'number')
  return {
    schema: {
      ...base,
      ...Object.fromEntries(kept.map((name) => [name, node[name]])),
      ...Object.fromEntries(limits.map(([name, keyword]) => [keyword, node[name]])),
    },
    uiSchema: { ...ui, 'ui:options': { typeHint: hint }, ...placeholder(node) },
  }
}

function placeholder(node: Node): UiSchema {
  if (node['default'] === COMPUTED_DEFAULT) return { 'ui:placeholder': COMPUTED_HINT }
  return typeof node['placeholder'] === 'string' ? { 'ui:placeholder': node['placeholder'] } : {}
}

function typeHint(shape: FormShape): string {
  const hint = shape.uiSchema['ui:options']?.['typeHint']
  return typeof hint === 'string' ? hint : 'values'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
