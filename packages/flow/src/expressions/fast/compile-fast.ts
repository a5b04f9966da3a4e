import type {
  AnyNode,
  ArrayExpression,
  BinaryExpression,
  CallExpression,
  ConditionalExpression,
  Expression,
  Literal,
  LogicalExpression,
  ObjectExpression,
  Property,
  TemplateLiteral,
  UnaryExpression,
} from 'acorn'
import { literalOf } from '../reads.ts'
import { isScopeName, type ScopeName } from '../scope.ts'
import { syntaxNodes } from '../syntax-nodes.ts'
import { compileMember, type CompileContext, type FastCode } from './compile-member.ts'
import { leave } from './leave.ts'
import { BINARY, join, toText, UNARY } from './operators.ts'

/**
 * An expression as a closure over a scope, with exactly JavaScript's results, or undefined when it has a form that is the slow
 * lane's. The closure throws `ReadError` where JavaScript throws and `LeaveFastLane` where the data need the slow lane.
 */
export function compileFast(source: string, node: Expression): FastExpression | undefined {
  const code = compileShallow({ source, compile }, node)
  if (!code) return undefined
  const types = [...syntaxNodes(node)].map((found) => found.node.type)
  const buildsObjects = types.includes('ArrayExpression') || types.includes('ObjectExpression')
  return { source, code, buildsObjects }
}

/** An expression of the fast lane. */
export interface FastExpression {
  readonly source: string
  readonly code: FastCode
  /** Whether objects or lists stand in it, and not only in the data. */
  readonly buildsObjects: boolean
}

/** What is nested so deeply that the stack is too short for it here, the engine may still do. */
function compileShallow(context: CompileContext, node: Expression): FastCode | undefined {
  try {
    return compile(context, node)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function compile(context: CompileContext, node: AnyNode): FastCode | undefined {
  switch (node.type) {
    case 'ParenthesizedExpression':
      return compile(context, node.expression)
    case 'Literal':
      return compileLiteral(node)
    case 'Identifier':
      return compileName(node.name)
    case 'ChainExpression':
    case 'MemberExpression':
      return compileMember(context, node)
    case 'TemplateLiteral':
      return compileTemplate(context, node)
    case 'LogicalExpression':
      return compileLogical(context, node)
    case 'BinaryExpression':
      return compileBinary(context, node)
    case 'UnaryExpression':
      return compileUnary(context, node)
    case 'ConditionalExpression':
      return compileConditional(context, node)
    case 'ArrayExpression':
      return compileArray(context, node)
    case 'ObjectExpression':
      return compileObject(context, node)
    case 'CallExpression':
      return compileLookup(node)
    default:
      return undefined
  }
}

function compileLiteral({ value, regex, bigint }: Literal): FastCode | undefined {
  return regex || bigint ? undefined : () => value
}

const CONSTANTS: ReadonlyMap<string, unknown> = new Map([
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
])

function compileName(name: string): FastCode | undefined {
  if (isScopeName(name)) return readName(name)
  if (!CONSTANTS.has(name)) return undefined
  const value = CONSTANTS.get(name)
  return () => value
}

function readName(name: ScopeName): FastCode {
  return ({ names }) => names?.[name]?.value
}

function compileTemplate(context: CompileContext, node: TemplateLiteral): FastCode | undefined {
  const texts = node.quasis.map(({ value }) => value.cooked ?? '')
  const holes = compileAll(context, node.expressions)
  if (!holes) return undefined
  return (scope) => {
    let text = texts[0] ?? ''
    for (const [index, hole] of holes.entries()) text = join(join(text, toText(hole(scope))), texts[index + 1] ?? '')
    return text
  }
}

function compileLogical(context: CompileContext, node: LogicalExpression): FastCode | undefined {
  const left = compile(context, node.left)
  const right = compile(context, node.right)
  if (!left || !right) return undefined
  switch (node.operator) {
    case '&&':
      return (scope) => left(scope) && right(scope)
    case '||':
      return (scope) => left(scope) || right(scope)
    case '??':
      return (scope) => left(scope) ?? right(scope)
  }
}

function compileUnary(context: CompileContext, node: UnaryExpression): FastCode | undefined {
  const apply = UNARY[node.operator]
  const argument = compile(context, node.argument)
  return apply && argument && ((scope) => apply(argument(scope)))
}

function compileBinary(context: CompileContext, node: BinaryExpression): FastCode | undefined {
  const apply = BINARY[node.operator]
  const left = compile(context, node.left)
  const right = compile(context, node.right)
  if (!apply || !left || !right) return undefined
  return (scope) => apply(left(scope), right(scope))
}

function compileConditional(context: CompileContext, node: ConditionalExpression): FastCode | undefined {
  const [test, yes, no] = [node.test, node.consequent, node.alternate].map((part) => compile(context, part))
  if (!test || !yes || !no) return undefined
  return (scope) => (test(scope) ? yes(scope) : no(scope))
}

function compileArray(context: CompileContext, node: ArrayExpression): FastCode | undefined {
  const items = compileAll(context, node.elements)
  return items && ((scope) => items.map((item) => item(scope)))
}

function compileObject(context: CompileContext, node: ObjectExpression): FastCode | undefined {
  const keys = node.properties.map((property) => (property.type === 'Property' ? plainKey(property) : undefined))
  const values = compileAll(
    context,
    node.properties.map((property) => (property.type === 'Property' ? property.value : null)),
  )
  if (!values || keys.includes(undefined)) return undefined
  return (scope) => Object.fromEntries(values.map((value, index) => [keys[index] ?? leave(), value(scope)]))
}

/** The name of a property that is nothing but a name and a value. */
function plainKey({ key, computed, kind, method }: Property): string | undefined {
  if (computed || method || kind !== 'init') return undefined
  const name = key.type === 'Identifier' ? key.name : String(literalOf(key))
  // In a literal this one sets the prototype.
  return name === '__proto__' ? undefined : name
}

function compileAll(context: CompileContext, nodes: readonly (AnyNode | null)[]): readonly FastCode[] | undefined {
  const compiled = nodes.map((node) => (node ? compile(context, node) : undefined))
  return compiled.every((code) => code !== undefined) ? compiled : undefined
}

/** `variable('path')` and `resource('path')`. */
function compileLookup({ callee, arguments: given, optional }: CallExpression): FastCode | undefined {
  const path = literalOf(given[0])
  if (typeof path !== 'string' || given.length !== 1 || optional || callee.type !== 'Identifier') return undefined
  if (callee.name !== 'variable' && callee.name !== 'resource') return undefined
  const kind = callee.name === 'variable' ? 'variables' : 'resources'
  return (scope) => {
    const found = scope[kind]?.get(path)
    return found && 'value' in found ? found.value : leave()
  }
}
