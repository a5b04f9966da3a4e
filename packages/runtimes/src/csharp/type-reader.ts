import { partsOf, type Node } from '../grammar.ts'
import { snakeCase } from '../shared/snake-case.ts'
import type { ArgType, Property } from '../signature.ts'

/** A type, and whether null may stand in its place. */
export interface DeclaredType {
  readonly typ: ArgType
  readonly isNullable: boolean
}

const TEXT: ArgType = { str: null }
const ANY_OBJECT: ArgType = { object: { name: null, props: [] } }
const DEPTH_MAX = 5

const NAMED: Readonly<Record<string, ArgType>> = {
  string: TEXT,
  char: TEXT,
  bool: 'bool',
  byte: 'bytes',
  sbyte: 'int',
  short: 'int',
  ushort: 'int',
  int: 'int',
  uint: 'int',
  long: 'int',
  ulong: 'int',
  float: 'float',
  double: 'float',
  decimal: 'float',
  object: ANY_OBJECT,
  dynamic: 'unknown',
  String: TEXT,
  Char: TEXT,
  Boolean: 'bool',
  Byte: 'bytes',
  SByte: 'int',
  Int16: 'int',
  UInt16: 'int',
  Int32: 'int',
  UInt32: 'int',
  Int64: 'int',
  UInt64: 'int',
  BigInteger: 'int',
  Single: 'float',
  Double: 'float',
  Decimal: 'float',
  Object: ANY_OBJECT,
  Guid: TEXT,
  Uri: TEXT,
  TimeSpan: TEXT,
  DateTime: 'datetime',
  DateTimeOffset: 'datetime',
  DateOnly: 'date',
}
const LISTS = new Set([
  'List',
  'IList',
  'IEnumerable',
  'ICollection',
  'IReadOnlyList',
  'IReadOnlyCollection',
  'HashSet',
  'Queue',
  'Stack',
])
const MAPS = new Set(['Dictionary', 'IDictionary', 'IReadOnlyDictionary', 'SortedDictionary'])
const DECLARATIONS = ['class_declaration', 'struct_declaration', 'record_declaration', 'enum_declaration']

/** Reads the types of one source; the classes, structures, records and enumerations that it declares are known. */
export class TypeReader {
  readonly #declared = new Map<string, Node>()

  constructor(root: Node) {
    for (const node of root.descendantsOfType(DECLARATIONS)) {
      const name = node?.childForFieldName('name')?.text
      if (node && name !== undefined) this.#declared.set(name, node)
    }
  }

  read(type: Node | null | undefined, depth = 0): DeclaredType {
    const inner = innerOfNullable(type)
    if (inner) return { typ: this.#readPlain(inner, depth), isNullable: true }
    return { typ: this.#readPlain(type, depth), isNullable: false }
  }

  /** The name of `Suit.Hearts` where this source declares it. */
  readCase(expression: Node): unknown {
    if (expression.type !== 'member_access_expression') return undefined
    const owner = this.#declared.get(expression.childForFieldName('expression')?.text ?? '')
    const name = expression.childForFieldName('name')?.text
    return owner?.type === 'enum_declaration' && casesOf(owner).includes(name ?? '') ? name : undefined
  }

  #readPlain(type: Node | null | undefined, depth: number): ArgType {
    switch (type?.type) {
      case 'predefined_type':
      case 'identifier':
        return this.#readNamed(type.text, depth)
      case 'qualified_name': {
        const last = type.childForFieldName('name')
        return this.#readPlain(last, depth)
      }
      case 'array_type':
        return this.#readArray(type, depth)
      case 'generic_name':
        return this.#readGeneric(type, depth)
      case 'nullable_type':
        return this.read(type, depth).typ
      default:
        return 'unknown'
    }
  }

  /** `byte[]` is a file; `int[,]` has no form. */
  #readArray(type: Node, depth: number): ArgType {
    const element = type.childForFieldName('type')
    if (type.childForFieldName('rank')?.text.includes(',')) return 'unknown'
    if (element?.text === 'byte' || element?.text === 'Byte') return 'bytes'
    return { list: this.#readPlain(element, depth) }
  }

  #readGeneric(type: Node, depth: number): ArgType {
    const [head, list] = partsOf(type)
    const name = head?.text ?? ''
    const [first] = list ? partsOf(list) : []
    return LISTS.has(name) ? { list: this.#readPlain(first, depth) } : this.#readNamed(name, depth)
  }

  #readNamed(name: string, depth: number): ArgType {
    const declared = this.#declared.get(name)
    if (declared) return depth < DEPTH_MAX ? this.#readDeclared(declared, depth + 1) : ANY_OBJECT
    const known = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
    if (known !== undefined) return known
    if (LISTS.has(name)) return { list: 'unknown' }
    return MAPS.has(name) ? ANY_OBJECT : { resource: snakeCase(name) }
  }

  #readDeclared(declaration: Node, depth: number): ArgType {
    if (declaration.type === 'enum_declaration') return { str: casesOf(declaration) }
    const body = declaration.childForFieldName('body')
    const members = (body ? partsOf(body) : []).flatMap((member) => this.#readMember(member, depth))
    const header = partsOf(declaration).find(({ type }) => type === 'parameter_list')
    const parameters = (header ? partsOf(header) : []).filter(({ type }) => type === 'parameter')
    return { object: { name: null, props: [...parameters.map((each) => this.#readProperty(each, depth)), ...members] } }
  }

  #readMember(member: Node, depth: number): Property[] {
    const modifiers = partsOf(member).flatMap((part) => (part.type === 'modifier' ? [part.text] : []))
    if (!modifiers.includes('public') || modifiers.includes('static') || modifiers.includes('const')) return []
    if (member.type === 'property_declaration') return [this.#readProperty(member, depth)]
    if (member.type !== 'field_declaration') return []
    const variables = partsOf(member).find(({ type }) => type === 'variable_declaration')
    const { typ } = this.read(variables?.childForFieldName('type'), depth)
    const names = (variables ? partsOf(variables) : []).filter(({ type }) => type === 'variable_declarator')
    return names.map((each) => ({ key: each.childForFieldName('name')?.text ?? '', typ }))
  }

  #readProperty(node: Node, depth: number): Property {
    const key = node.childForFieldName('name')?.text ?? ''
    return { key, typ: this.read(node.childForFieldName('type'), depth).typ }
  }
}

/** What `T?` and `Nullable<T>` may hold. */
function innerOfNullable(type: Node | null | undefined): Node | undefined {
  if (type?.type === 'nullable_type') return type.childForFieldName('type') ?? undefined
  if (type?.type !== 'generic_name') return undefined
  const [head, list] = partsOf(type)
  return head?.text === 'Nullable' && list ? partsOf(list)[0] : undefined
}

function casesOf(declaration: Node): string[] {
  const body = declaration.childForFieldName('body')
  return (body ? partsOf(body) : [])
    .filter(({ type }) => type === 'enum_member_declaration')
    .map((member) => member.childForFieldName('name')?.text ?? '')
}
