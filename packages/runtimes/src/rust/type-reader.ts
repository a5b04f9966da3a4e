import type { Node } from '../grammar.ts'
import { snakeCase } from '../shared/snake-case.ts'
import type { ArgType, Property } from '../signature.ts'
import { rustPartsOf } from './syntax.ts'

/** A type, and whether an argument of it may be left out. */
export interface DeclaredType {
  readonly typ: ArgType
  readonly isOptional: boolean
}

const TEXT: ArgType = { str: null }
const ANY_OBJECT: ArgType = { object: { name: null, props: [] } }
const DEPTH_MAX = 5
const INTEGERS = ['i8', 'i16', 'i32', 'i64', 'i128', 'isize', 'u8', 'u16', 'u32', 'u64', 'u128', 'usize']
const NAMED: ReadonlyMap<string, ArgType> = new Map<string, ArgType>([
  ...INTEGERS.map((name): [string, ArgType] => [name, 'int']),
  ['f32', 'float'],
  ['f64', 'float'],
  ['bool', 'bool'],
  ['char', TEXT],
  ['str', TEXT],
  ['String', TEXT],
  ['Value', 'unknown'],
  ['NaiveDate', 'date'],
  ['NaiveDateTime', 'datetime'],
  ['DateTime', 'datetime'],
  ['HashMap', ANY_OBJECT],
  ['BTreeMap', ANY_OBJECT],
  ['Map', ANY_OBJECT],
])
const LISTS = new Set(['Vec', 'VecDeque', 'HashSet', 'BTreeSet'])
const WRAPPERS = new Set(['Box', 'Rc', 'Arc', 'Cow'])

/** Reads the types of one source; the structures and enumerations that it declares are known. */
export class TypeReader {
  readonly #declared = new Map<string, Node>()

  constructor(root: Node) {
    for (const node of rustPartsOf(root)) {
      const name = node.childForFieldName('name')?.text
      const isType = node.type === 'struct_item' || node.type === 'enum_item'
      if (isType && name !== undefined) this.#declared.set(name, node)
    }
  }

  read(type: Node | null | undefined, depth = 0): DeclaredType {
    if (type?.type === 'generic_type') return this.#readGeneric(type, depth)
    return { typ: type ? this.#readPlain(type, depth) : 'unknown', isOptional: false }
  }

  #readPlain(type: Node, depth: number): ArgType {
    switch (type.type) {
      case 'primitive_type':
      case 'type_identifier':
      case 'scoped_type_identifier':
        return this.#readNamed(lastName(type), depth)
      case 'reference_type':
        return this.read(type.childForFieldName('type'), depth).typ
      case 'array_type':
        return { list: this.read(type.childForFieldName('element'), depth).typ }
      default:
        return 'unknown'
    }
  }

  #readGeneric(type: Node, depth: number): DeclaredType {
    const name = lastName(type.childForFieldName('type') ?? type)
    const given = rustPartsOf(type.childForFieldName('type_arguments') ?? type)
    const first = given.find((argument) => argument.type !== 'lifetime')
    if (name === 'Option') return { typ: this.read(first, depth).typ, isOptional: true }
    if (WRAPPERS.has(name)) return this.read(first, depth)
    if (LISTS.has(name)) return { typ: { list: this.read(first, depth).typ }, isOptional: false }
    return { typ: this.#readNamed(name, depth), isOptional: false }
  }

  #readNamed(name: string, depth: number): ArgType {
    const declared = this.#declared.get(name)
    if (!declared) return NAMED.get(name) ?? { resource: snakeCase(name) }
    if (depth >= DEPTH_MAX) return ANY_OBJECT
    return declared.type === 'enum_item' ? readEnum(declared) : this.#readStruct(declared, depth + 1)
  }

  /** Fields go by the name that serde gives them. */
  #readStruct(declaration: Node, depth: number): ArgType {
    const body = declaration.childForFieldName('body')
    if (body?.type !== 'field_declaration_list') return 'unknown'
    const props: Property[] = []
    let attributes = ''
    for (const part of rustPartsOf(body)) {
      if (part.type === 'attribute_item') attributes += part.text
      if (part.type !== 'field_declaration') continue
      const name = part.childForFieldName('name')?.text.replace(/^r#/, '') ?? ''
      const key = /\bserde\s*\([^)]*\brename\s*=\s*"([^"]*)"/.exec(attributes)?.[1] ?? name
      props.push({ key, typ: this.read(part.childForFieldName('type'), depth).typ })
      attributes = ''
    }
    return { object: { name: null, props } }
  }
}

/** A choice, where no variant holds anything. */
function readEnum(declaration: Node): ArgType {
  const variants = rustPartsOf(declaration.childForFieldName('body') ?? declaration)
  const plain = variants.filter(({ type }) => type === 'enum_variant')
  if (plain.some((variant) => variant.childForFieldName('body'))) return 'unknown'
  if (/rename/.test(declaration.text) || /rename_all/.test(declaration.previousNamedSibling?.text ?? ''))
    return 'unknown'
  return { str: plain.map((variant) => variant.childForFieldName('name')?.text ?? '') }
}

function lastName(type: Node): string {
  return type.text.split('::').at(-1) ?? ''
}
