import type { Node } from '../grammar.ts'
import { snakeCase } from '../shared/snake-case.ts'
import type { ArgType, Property } from '../signature.ts'
import { javaPartsOf } from './syntax.ts'

/** A type, and whether null may stand in its place. */
export interface DeclaredType {
  readonly typ: ArgType
  readonly isNullable: boolean
}

const TEXT: ArgType = { str: null }
const ANY_OBJECT: ArgType = { object: { name: null, props: [] } }
const DEPTH_MAX = 5

const PRIMITIVES: Readonly<Record<string, ArgType>> = {
  byte: 'bytes',
  short: 'int',
  int: 'int',
  long: 'int',
  float: 'float',
  double: 'float',
  boolean: 'bool',
  char: TEXT,
}
const BOXED: Readonly<Record<string, ArgType>> = {
  Byte: 'bytes',
  Short: 'int',
  Integer: 'int',
  Long: 'int',
  Float: 'float',
  Double: 'float',
  Boolean: 'bool',
  Character: TEXT,
}
const NAMED: Readonly<Record<string, ArgType>> = {
  String: TEXT,
  CharSequence: TEXT,
  UUID: TEXT,
  Object: ANY_OBJECT,
  BigInteger: 'int',
  Number: 'float',
  BigDecimal: 'float',
  Date: 'datetime',
  Instant: 'datetime',
  LocalDateTime: 'datetime',
  OffsetDateTime: 'datetime',
  ZonedDateTime: 'datetime',
  LocalDate: 'date',
}
const LISTS = new Set(['List', 'ArrayList', 'LinkedList', 'Collection', 'Iterable', 'Set', 'HashSet', 'LinkedHashSet'])
const MAPS = new Set(['Map', 'HashMap', 'LinkedHashMap', 'TreeMap', 'SortedMap'])

/** Reads the types of one source; the classes, records and enumerations that it declares are known. */
export class TypeReader {
  readonly #declared = new Map<string, Node>()

  constructor(root: Node) {
    for (const node of root.descendantsOfType(['class_declaration', 'record_declaration', 'enum_declaration'])) {
      const name = node?.childForFieldName('name')?.text
      if (node && name !== undefined) this.#declared.set(name, node)
    }
  }

  read(type: Node | null | undefined, depth = 0): DeclaredType {
    if (!type) return { typ: 'unknown', isNullable: false }
    const name = type.type === 'scoped_type_identifier' ? (type.text.split('.').at(-1) ?? '') : type.text
    const boxed = Object.hasOwn(BOXED, name) ? BOXED[name] : undefined
    if (boxed !== undefined) return { typ: boxed, isNullable: true }
    if (type.type === 'generic_type') return this.#readGeneric(type, depth)
    return { typ: this.#readPlain(type, name, depth), isNullable: false }
  }

  #readPlain(type: Node, name: string, depth: number): ArgType {
    switch (type.type) {
      case 'integral_type':
      case 'floating_point_type':
      case 'boolean_type':
        return PRIMITIVES[name] ?? 'unknown'
      case 'array_type':
        return this.#readArray(type, depth)
      case 'annotated_type':
        return this.read(javaPartsOf(type).at(-1), depth).typ
      case 'type_identifier':
      case 'scoped_type_identifier':
        return this.#readNamed(name, depth)
      default:
        return 'unknown'
    }
  }

  /** `byte[]` is a file. */
  #readArray(type: Node, depth: number): ArgType {
    const element = type.childForFieldName('element')
    const dimensions = (type.childForFieldName('dimensions')?.text.match(/\[/g) ?? []).length
    const isFile = element?.text === 'byte'
    let typ = this.read(element, depth).typ
    for (let count = isFile ? 1 : 0; count < dimensions; count++) typ = { list: typ }
    return typ
  }

  #readGeneric(type: Node, depth: number): DeclaredType {
    const [head, args] = javaPartsOf(type)
    const name = head?.text.split('.').at(-1) ?? ''
    const [first] = args ? javaPartsOf(args) : []
    if (name === 'Optional') return { typ: this.read(first, depth).typ, isNullable: true }
    if (LISTS.has(name)) return { typ: { list: this.read(first, depth).typ }, isNullable: false }
    return { typ: this.#readNamed(name, depth), isNullable: false }
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
    const body = declaration.childForFieldName('body')
    const members = body ? javaPartsOf(body) : []
    if (declaration.type === 'enum_declaration') {
      const constants = members.filter(({ type }) => type === 'enum_constant')
      return { str: constants.map((constant) => constant.childForFieldName('name')?.text ?? '') }
    }
    const components = declaration.childForFieldName('parameters')
    const props = components
      ? javaPartsOf(components).map((component) => this.#readComponent(component, depth))
      : members.filter(({ type }) => type === 'field_declaration').flatMap((field) => this.#readField(field, depth))
    return { object: { name: null, props } }
  }

  #readComponent(component: Node, depth: number): Property {
    const key = component.childForFieldName('name')?.text ?? ''
    return { key, typ: this.read(component.childForFieldName('type'), depth).typ }
  }

  #readField(field: Node, depth: number): Property[] {
    const modifiers = javaPartsOf(field).find(({ type }) => type === 'modifiers')?.text ?? ''
    if (/\bstatic\b/.test(modifiers)) return []
    const { typ } = this.read(field.childForFieldName('type'), depth)
    const names = field.childrenForFieldName('declarator').map((each) => each?.childForFieldName('name')?.text)
    return names.filter((name) => name !== undefined).map((key) => ({ key, typ }))
  }
}
