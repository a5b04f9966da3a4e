import { err, ok, type Result } from '@millrace/base/result'
import type { PreparedQuery, QueryRuntime, ScriptSource, SignatureProblem } from '../runtime.ts'
import { connectionOf } from '../shared/connection-argument.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { ArgType, Signature } from '../signature.ts'
import { readOperation, type VariableType } from './operation.ts'

const STARTER = `query hello($name: String!, $times: Int = 1) {
  hello(name: $name, times: $times)
}
`

const ID = 'graphql'
/** What the server is, among the arguments. */
const API = 'api'

const SCALARS: Readonly<Record<string, ArgType>> = {
  String: { str: null },
  ID: { str: null },
  Int: 'int',
  Float: 'float',
  Boolean: 'bool',
}

/** GraphQL over HTTP. */
export const graphql: QueryRuntime = {
  kind: 'query',
  id: 'graphql',
  info: {
    label: 'GraphQL',
    extension: '.gql',
    aliases: ['.graphql'],
    editor: 'graphql',
    icon: 'GQ',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  helper: 'per-workspace',
  parseSignature,
  findToolchain: (host) => findDriver(host, []),
  pinnedResource: () => undefined,
  prepare,
}

function parseSignature(source: string): Result<Signature, SignatureProblem> {
  const read = readOperation(source)
  if (!read.ok) return read
  const variables = read.value?.variables ?? []
  const args = variables.map(({ name, type, hasDefault, defaultValue }) =>
    hasDefault || !type.isRequired ? optionalArg(name, typeOf(type), defaultValue) : requiredArg(name, typeOf(type)),
  )
  return ok({ ...librarySignature, autoKind: null, args: [requiredArg(API, { resource: ID }), ...args] })
}

/** What the document does not declare is an object: the types of its own are the server's. */
function typeOf(type: VariableType): ArgType {
  if ('list' in type) return { list: typeOf(type.list) }
  const known = Object.hasOwn(SCALARS, type.name) ? SCALARS[type.name] : undefined
  return known ?? { object: { name: null, props: [] } }
}

function prepare({ content }: ScriptSource): PreparedQuery {
  const read = readOperation(content)
  if (!read.ok) {
    const { message } = read.error
    return { bind: () => err({ name: 'SyntaxError', message }) }
  }
  const operation = read.value
  if (!operation) {
    const message = 'the script has no operation; write a query or a mutation'
    return { bind: () => err({ name: 'SyntaxError', message }) }
  }
  return {
    bind(args) {
      const connection = connectionOf(API, args[API])
      if (!connection.ok) return connection
      // What is not given is left out, so that the server's default holds.
      const given = operation.variables.filter(({ name }) => Object.hasOwn(args, name))
      const values = given.map(({ name }) => ({ name, type: undefined, value: args[name] }))
      return ok({
        // Of several operations a server runs the one that is named.
        connection: { ...connection.value, operation: operation.name ?? null },
        statements: [{ text: content, values, line: 1 }],
        collection: { statements: 'last', rows: 'all', isScalar: false, isValue: true },
      })
    },
  }
}
