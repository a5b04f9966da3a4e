import type { AnyNode, ChainExpression, MemberExpression } from 'acorn'
import { literalKey } from '../reads.ts'
import type { Scope } from '../scope.ts'
import { nothingToRead } from '../nothing-to-read.ts'
import { ReadError } from './leave.ts'
import { readMember, toKey } from './read-member.ts'

/** What a fast expression is compiled to. */
export type FastCode = (scope: Scope) => unknown

export interface CompileContext {
  readonly source: string
  /** Compiles what is no member. */
  compile(context: CompileContext, node: AnyNode): FastCode | undefined
}

/** What `?.` gives when there is nothing before it: the whole chain is undefined then. */
const NOTHING = Symbol('nothing')

/** `a.b`, `a['b']`, `a[index]`, and chains of them with `?.`. */
export function compileMember(context: CompileContext, node: ChainExpression | MemberExpression): FastCode | undefined {
  if (node.type === 'MemberExpression') return compileLink(context, node)
  const chain = context.compile(context, node.expression)
  if (!chain) return undefined
  return (scope) => {
    const value = chain(scope)
    return value === NOTHING ? undefined : value
  }
}

function compileLink(context: CompileContext, node: MemberExpression): FastCode | undefined {
  if (node.object.type === 'Identifier' && node.object.name === 'results') return compileResult(node)
  const base = context.compile(context, node.object)
  const key = compileKey(context, node)
  if (!base || !key) return undefined
  return (scope) => {
    const object = base(scope)
    if (object === NOTHING) return NOTHING
    if (node.optional && (object === null || object === undefined)) return NOTHING
    // JavaScript reads the key before it looks whether there is anything to read it of.
    const name = key(scope)
    if (object === null || object === undefined)
      throw new ReadError(nothingToRead(context.source, node, object), node.property.start)
    return readMember(object, name)
  }
}

/** `results.id`: an id that has no result reads as undefined, as any property that is not there. */
function compileResult(node: MemberExpression): FastCode | undefined {
  const id = literalKey(node)
  if (id === undefined) return undefined
  return ({ results }) => {
    const data = results?.get(id)
    return data ? data.value : readMember({}, id)
  }
}

function compileKey(context: CompileContext, node: MemberExpression): ((scope: Scope) => string) | undefined {
  const literal = literalKey(node)
  if (literal !== undefined) return () => literal
  const computed = node.computed ? context.compile(context, node.property) : undefined
  return computed && ((scope) => toKey(computed(scope)))
}
