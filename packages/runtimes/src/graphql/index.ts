import { err, ok } from '@millrace/base/result'
import type { PreparedQuery, QueryRuntime, ScriptSource } from '../runtime.ts'
import { connectionOf } from '../shared/connection-argument.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { readOperation } from './operation.ts'
import { API, parseSignature } from './signature.ts'

const STARTER = `query hello($name: String!, $times: Int = 1) {
  hello(name: $name, times: $times)
}
`

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
