import { partsOf, type Node } from '../../grammar.ts'
import { snakeCase } from '../snake-case.ts'
import type { ArgType, Property } from '../../signature.ts'
import { readText } from './literal.ts'

/** A type, and whether nothing may stand in its place. */
export interface DeclaredType {
  readonly typ: ArgType
  readonly isNullable: boolean
}

const NAMED: Readonly<Record<string, ArgType>> = {
  // The grammar takes it for a name.
  bigint: 'int',
  Date: 'datetime',
  Base64: 'bytes',
  Email: 'email',
  Sql: 'sql',
  S3Object: { resource: 's3_object' },
}
const PREDEFINED: Readonly<Record<string, ArgType>> = {
  number: 'float',
  string: { str: null },
  boolean: 'bool',
  object: { object: { name: null, props: [] } },
}
/** Types that refer to themselves end here, and so do types of types of types without end. */
const DEPTH_MAX = 8
const READS_MAX = 2_000

/** Reads the types of one source; types that it declares are followed, those of other files never. */
export class TypeReader {
  readonly #declared = new Map<string, Node>()
  #reads = 0

  constructor(root: Node) {
    for (const statement of partsOf(root)) {
      const node = (statement.type === 'export_statement' && statement.childForFieldName('declaration')) || statement
      const name = node.childForFieldName('name')?.text
      const isType = node.type === 'type_alias_declaration' || node.type === 'interface_declaration'
      if (isType && name !== undefined) this.#declared.set(name, node)
    }
  }

  /** The type behind a `: T`. */
  readAnnotation(annotation: Node): DeclaredType {
    const [node] = partsOf(annotation)
    if (!node) return { typ: 'unknown', isNullable: false }
    return { typ: this.#read(node, 0), isNullable: node.type === 'union_type' && membersOf(node).some(isNothing) }
  }

  #read(node: Node, depth: number): ArgType {
    if (depth > DEPTH_MAX || ++this.#reads > READS_MAX) return 'unknown'
    switch (node.type) {
      case 'predefined_type':
        return PREDEFINED[node.text] ?? 'unknown'
      case 'literal_type':
      case 'union_type':
        return this.#readUnion(membersOf(node), depth)
      case 'parenthesized_type':
      case 'readonly_type': {
        const [inner] = partsOf(node)
        return inner ? this.#read(inner, depth) : 'unknown'
      }
      case 'array_type': {
        const [item] = partsOf(node)
        return { list: item ? this.#read(item, depth + 1) : 'unknown' }
      }
      case 'object_type':
        return { object: { name: null, props: this.#readProperties(node, depth) } }
      case 'type_identifier':
        return this.#readNamed(node.text, depth)
      case 'nested_type_identifier':
        return readForeign(node.childForFieldName('name')?.text ?? node.text)
      case 'generic_type':
        return this.#readGeneric(node, depth)
      default:
        return 'unknown'
    }
  }

  #readUnion(members: readonly Node[], depth: number): ArgType {
    const present = members.filter((member) => !isNothing(member))
    const [only] = present
    if (only && present.length === 1 && only.type !== 'literal_type') return this.#read(only, depth)

    const texts = present.flatMap(textOf)
    const isText = (member: Node) => member.text === 'string' || textOf(member).length > 0
    if (texts.length > 0 && present.every(isText)) return { str: texts }
    return this.#readVariants(present, depth) ?? 'unknown'
  }

  /** A union of objects that each say by a literal `label` or `kind` which one they are. */
  #readVariants(members: readonly Node[], depth: number): ArgType | undefined {
    const variants = members.map((member) => {
      const body = this.#bodyOf(member, 0)
      const label = body && labelOf(body)
      return body && label !== undefined ? { label, properties: this.#readProperties(body, depth + 1) } : undefined
    })
    const labelled = variants.filter((variant) => variant !== undefined)
    return labelled.length > 0 && labelled.length === members.length ? { oneof: labelled } : undefined
  }

  /** The braces of an object type, an interface, or an alias of one. */
  #bodyOf(node: Node, depth: number): Node | undefined {
    if (node.type === 'object_type' || node.type === 'interface_body') return node
    if (node.type === 'parenthesized_type') {
      const [inner] = partsOf(node)
      return inner && this.#bodyOf(inner, depth)
    }
    const declared = node.type === 'type_identifier' ? this.#declared.get(node.text) : undefined
    if (!declared || depth > DEPTH_MAX) return undefined
    const body = declared.childForFieldName('body') ?? declared.childForFieldName('value')
    return body ? this.#bodyOf(body, depth + 1) : undefined
  }

  #readNamed(name: string, depth: number): ArgType {
    const declared = this.#declared.get(name)
    if (!declared) return readForeign(name)
    const body = declared.childForFieldName('body')
    if (body) return { object: { name: snakeCase(name), props: this.#readProperties(body, depth + 1) } }
    const value = declared.childForFieldName('value')
    if (!value) return 'unknown'
    if (value.type !== 'object_type') return this.#read(value, depth + 1)
    return { object: { name: snakeCase(name), props: this.#readProperties(value, depth + 1) } }
  }

  #readGeneric(node: Node, depth: number): ArgType {
    const named = node.childForFieldName('name')
    const name = named?.childForFieldName('name')?.text ?? named?.text ?? ''
    const given = node.childForFieldName('type_arguments')
    const [first] = given ? partsOf(given) : []
    const [text] = first ? textOf(first) : []
    if (name === 'Resource' && text !== undefined) return { resource: text }
    return this.#declared.has(name) ? this.#readNamed(name, depth) : readForeign(name)
  }

  #readProperties(body: Node, depth: number): Property[] {
    return partsOf(body).flatMap((member) => {
      const name = member.childForFieldName('name')
      if (member.type !== 'property_signature' || !name) return []
      const [type] = partsOf(member.childForFieldName('type') ?? member).filter((part) => part.id !== name.id)
      const key = name.type === 'string' ? readText(name) : name.text
      return [{ key, typ: type ? this.#read(type, depth + 1) : 'unknown' }]
    })
  }
}

/** A name that this source does not declare. */
function readForeign(name: string): ArgType {
  const known = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
  if (known !== undefined) return known
  if (name.startsWith('DynSelect_')) return { dynselect: name.slice('DynSelect_'.length) }
  if (name.startsWith('DynMultiselect_')) return { dynmultiselect: name.slice('DynMultiselect_'.length) }
  return { resource: snakeCase(name) }
}

/** `A | B | C`, which the grammar nests to the left. */
function membersOf(node: Node): Node[] {
  if (node.type !== 'union_type') return [node]
  return partsOf(node).flatMap((part) => (part.type === 'union_type' ? membersOf(part) : [part]))
}

function isNothing(node: Node): boolean {
  return node.text === 'null' || node.text === 'undefined'
}

/** The text of a string literal type, as a list of one. */
function textOf(node: Node): string[] {
  const [inner] = partsOf(node)
  return node.type === 'literal_type' && inner?.type === 'string' ? [readText(inner)] : []
}

function labelOf(body: Node): string | undefined {
  for (const name of ['label', 'kind']) {
    const member = partsOf(body).find((part) => part.childForFieldName('name')?.text === name)
    const annotation = member?.childForFieldName('type')
    const [type] = annotation ? partsOf(annotation) : []
    const [text] = type ? textOf(type) : []
    if (text !== undefined) return text
  }
  return undefined
}
