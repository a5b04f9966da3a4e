import { partsOf, type Node } from '../grammar.ts'
import type { ArgType, Property } from '../signature.ts'
import { readLiteral, readText } from './literal.ts'

/** A type, and whether `None` may stand in its place. */
export interface DeclaredType {
  readonly typ: ArgType
  readonly isNullable: boolean
}

const ANY_OBJECT: ArgType = { object: { name: null, props: [] } }
const NAMED: Readonly<Record<string, ArgType>> = {
  int: 'int',
  str: { str: null },
  float: 'float',
  bool: 'bool',
  bytes: 'bytes',
  datetime: 'datetime',
  date: 'date',
  dict: ANY_OBJECT,
  Dict: ANY_OBJECT,
  object: ANY_OBJECT,
  list: { list: { str: null } },
  List: { list: { str: null } },
  sql: 'sql',
  S3Object: { resource: 's3_object' },
}
const LISTS = new Set(['list', 'List', 'Sequence', 'Iterable'])
const OBJECTS = new Set(['dict', 'Dict', 'Mapping', 'MutableMapping', 'defaultdict', 'OrderedDict'])
const MODELS = new Set(['BaseModel', 'NamedTuple', 'Struct'])
/** Types that refer to themselves end here, and so do types of types of types without end. */
const DEPTH_MAX = 8
const READS_MAX = 2_000

/** A type with its parts in brackets: `Literal["a"]`. */
interface Generic {
  readonly name: string
  readonly parts: readonly Node[]
}

/** Reads the types of one source; the classes that it declares are known, imported ones never followed. */
export class TypeReader {
  readonly #classes = new Map<string, { readonly node: Node; readonly isDataclass: boolean }>()
  readonly #literals = new Map<string, Node>()
  #reads = 0

  constructor(root: Node) {
    for (const statement of partsOf(root)) this.#declare(statement)
  }

  read(type: Node): DeclaredType {
    return this.#readType(type, 0)
  }

  #declare(statement: Node): void {
    const node = (statement.type === 'decorated_definition' && statement.childForFieldName('definition')) || statement
    const name = node.childForFieldName('name')?.text
    if (node.type === 'class_definition' && name !== undefined) {
      const isDataclass = statement.id !== node.id && /@\s*(?:\w+\.)*dataclass\b/.test(statement.text)
      this.#classes.set(name, { node, isDataclass })
      return
    }
    const [assignment] = partsOf(statement)
    if (statement.type !== 'expression_statement' || assignment?.type !== 'assignment') return
    const right = assignment.childForFieldName('right')
    const left = assignment.childForFieldName('left')?.text
    if (right && left !== undefined && asGeneric(right)?.name === 'Literal') this.#literals.set(left, right)
  }

  #readType(node: Node, depth: number): DeclaredType {
    if (depth > DEPTH_MAX || ++this.#reads > READS_MAX) return required('unknown')
    const generic = asGeneric(node)
    if (generic) return this.#readGeneric(generic, depth)
    switch (node.type) {
      case 'type':
      case 'parenthesized_expression': {
        const [inner] = partsOf(node)
        return inner ? this.#readType(inner, depth) : required('unknown')
      }
      case 'identifier':
        return required(this.#readNamed(node.text, depth))
      case 'attribute':
      case 'member_type':
        return required(this.#readNamed(node.text.split('.').at(-1) ?? node.text, depth))
      case 'binary_operator':
      case 'union_type':
        return this.#readUnion(alternativesOf(node), depth)
      case 'none':
        return { typ: 'unknown', isNullable: true }
      default:
        return required('unknown')
    }
  }

  #readUnion(alternatives: readonly Node[], depth: number): DeclaredType {
    const present = alternatives.filter((node) => node.text !== 'None')
    const isNullable = present.length < alternatives.length
    const [only] = present
    if (!only || present.length > 1) return { typ: 'unknown', isNullable }
    const read = this.#readType(only, depth + 1)
    return { typ: read.typ, isNullable: isNullable || read.isNullable }
  }

  #readGeneric({ name, parts }: Generic, depth: number): DeclaredType {
    const [first] = parts
    if (name === 'Optional' && first) return { typ: this.#readType(first, depth + 1).typ, isNullable: true }
    if (name === 'Union') return this.#readUnion(parts, depth)
    if ((name === 'Annotated' || name === 'Required') && first) return this.#readType(first, depth + 1)
    if (name === 'Literal') return required(readChoices(parts))
    if (LISTS.has(name) && first) return required({ list: this.#readType(first, depth + 1).typ })
    if (OBJECTS.has(name)) return required(ANY_OBJECT)
    return required('unknown')
  }

  #readNamed(name: string, depth: number): ArgType {
    const declared = this.#classes.get(name)
    if (declared) return this.#readClass(name, declared, depth)
    const literal = this.#literals.get(name)
    if (literal) return this.#readType(literal, depth + 1).typ
    const known = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
    if (known !== undefined) return known
    if (name.startsWith('DynSelect_')) return { dynselect: name.slice('DynSelect_'.length) }
    if (name.startsWith('DynMultiselect_')) return { dynmultiselect: name.slice('DynMultiselect_'.length) }
    return { resource: name }
  }

  /** A `TypedDict` names a resource type; an enumeration gives its values; a class of fields is an object. */
  #readClass(name: string, declared: { readonly node: Node; readonly isDataclass: boolean }, depth: number): ArgType {
    const bases = basesOf(declared.node)
    if (bases.some((base) => base.endsWith('Enum'))) return readEnum(declared.node)
    if (bases.includes('TypedDict')) return { resource: name }
    if (!declared.isDataclass && !this.#isModel(bases, depth)) return { resource: name }
    const fields = partsOf(declared.node.childForFieldName('body') ?? declared.node)
    return { object: { name: null, props: fields.flatMap((field) => this.#readField(field, depth)) } }
  }

  #isModel(bases: readonly string[], depth: number): boolean {
    if (depth > DEPTH_MAX) return false
    return bases.some((base) => {
      const parent = this.#classes.get(base)
      return MODELS.has(base) || (parent !== undefined && this.#isModel(basesOf(parent.node), depth + 1))
    })
  }

  #readField(statement: Node, depth: number): Property[] {
    const [assignment] = partsOf(statement)
    const type = assignment?.childForFieldName('type')
    const key = assignment?.childForFieldName('left')?.text
    if (assignment?.type !== 'assignment' || !type || key === undefined) return []
    return [{ key, typ: this.#readType(type, depth + 1).typ }]
  }
}

function required(typ: ArgType): DeclaredType {
  return { typ, isNullable: false }
}

/** `Literal["a"]`, whether the grammar sees a type or an expression in it. */
function asGeneric(node: Node): Generic | undefined {
  const [first, ...rest] = partsOf(node)
  if (!first || (node.type !== 'generic_type' && node.type !== 'subscript')) return undefined
  const name = first.text.split('.').at(-1) ?? first.text
  if (node.type === 'subscript')
    return { name, parts: rest.flatMap((part) => (part.type === 'tuple' ? partsOf(part) : [part])) }
  return { name, parts: rest.flatMap(partsOf).map((part) => partsOf(part)[0] ?? part) }
}

/** `A | B | C`, which the grammar nests to the left. */
function alternativesOf(node: Node): Node[] {
  if (node.type === 'type') return partsOf(node).flatMap(alternativesOf)
  if (node.type === 'union_type') return partsOf(node).flatMap(alternativesOf)
  if (node.type !== 'binary_operator' || node.childForFieldName('operator')?.text !== '|') return [node]
  return partsOf(node).flatMap(alternativesOf)
}

function readChoices(parts: readonly Node[]): ArgType {
  const texts = parts.map((part) => (part.type === 'string' ? readText(part) : undefined))
  const known = texts.filter((text) => text !== undefined)
  return known.length > 0 && known.length === texts.length ? { str: known } : 'unknown'
}

function basesOf(node: Node): string[] {
  const given = node.childForFieldName('superclasses')
  return given ? partsOf(given).map((base) => base.text.split('.').at(-1) ?? base.text) : []
}

/** The values of an enumeration, or the names of its members when the values are no texts. */
function readEnum(node: Node): ArgType {
  const choices = partsOf(node.childForFieldName('body') ?? node).flatMap((statement) => {
    const [assignment] = partsOf(statement)
    const left = assignment?.childForFieldName('left')
    const right = assignment?.childForFieldName('right')
    if (assignment?.type !== 'assignment' || left?.type !== 'identifier' || !right) return []
    const value = readLiteral(right)?.value
    return [typeof value === 'string' ? value : left.text]
  })
  return { str: choices }
}
