import { partsOf, type Node } from '../grammar.ts'
import type { ArgType } from '../signature.ts'
import { readLiteral } from './literal.ts'

/** A type, and whether null may stand in its place. */
export interface DeclaredType {
  readonly typ: ArgType
  readonly isNullable: boolean
}

/** Names of PHP's own types are the same in capitals. */
const NAMED: Readonly<Record<string, ArgType>> = {
  int: 'int',
  float: 'float',
  string: { str: null },
  bool: 'bool',
  true: 'bool',
  false: 'bool',
  array: { list: { str: null } },
  object: { object: { name: null, props: [] } },
  stdclass: { object: { name: null, props: [] } },
  mixed: 'unknown',
  iterable: 'unknown',
  callable: 'unknown',
  self: 'unknown',
  static: 'unknown',
  datetime: 'datetime',
  datetimeimmutable: 'datetime',
  datetimeinterface: 'datetime',
}

/** Reads the types of one source; the enumerations that it declares are known, imported ones never followed. */
export class TypeReader {
  readonly #enums = new Map<string, ReadonlyMap<string, unknown>>()

  constructor(statements: readonly Node[]) {
    for (const statement of statements) {
      const name = statement.childForFieldName('name')?.text
      if (statement.type === 'enum_declaration' && name !== undefined) {
        this.#enums.set(name.toLowerCase(), readCases(statement))
      }
    }
  }

  read(type: Node): DeclaredType {
    switch (type.type) {
      case 'primitive_type':
      case 'named_type':
        return { typ: this.#readNamed(type.text), isNullable: isNull(type) }
      case 'optional_type': {
        const [inner] = partsOf(type)
        return { typ: inner ? this.read(inner).typ : 'unknown', isNullable: true }
      }
      case 'union_type':
        return this.#readUnion(partsOf(type))
      case 'disjunctive_normal_form_type':
        return { typ: 'unknown', isNullable: partsOf(type).some(isNull) }
      default:
        return { typ: 'unknown', isNullable: false }
    }
  }

  /** The JSON value of `Suit::Hearts` where this source declares it. */
  readCase(expression: Node): unknown {
    if (expression.type !== 'class_constant_access_expression') return undefined
    const [name, constant] = partsOf(expression)
    return this.#enums.get(lastPart(name?.text ?? '').toLowerCase())?.get(constant?.text ?? '')
  }

  #readUnion(members: readonly Node[]): DeclaredType {
    const present = members.filter((member) => !isNull(member))
    const [only] = present
    const isNullable = present.length < members.length
    return { typ: only && present.length === 1 ? this.read(only).typ : 'unknown', isNullable }
  }

  #readNamed(written: string): ArgType {
    const name = lastPart(written).toLowerCase()
    const cases = this.#enums.get(name)
    if (cases) {
      const texts = [...cases.values()].filter((value) => typeof value === 'string')
      return texts.length === cases.size ? { str: texts } : 'int'
    }
    if (name === 'null') return 'unknown'
    return (Object.hasOwn(NAMED, name) ? NAMED[name] : undefined) ?? { resource: name }
  }
}

/** `\Foo\Bar` → `Bar` */
function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('\\') + 1)
}

function isNull(type: Node): boolean {
  return type.text.toLowerCase() === 'null'
}

/** What stands for each case: its value, or its name where the cases have none. */
function readCases(declaration: Node): ReadonlyMap<string, unknown> {
  const cases = partsOf(declaration.childForFieldName('body') ?? declaration).filter(({ type }) => type === 'enum_case')
  return new Map(
    cases.map((node) => {
      const name = node.childForFieldName('name')?.text ?? ''
      const value = node.childForFieldName('value')
      return [name, (value && readLiteral(value)?.value) ?? name]
    }),
  )
}
