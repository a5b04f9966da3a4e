import { ok } from '@millrace/base/result'
import type { PreparedQuery, QueryRuntime, ScriptSource } from '../../runtime.ts'
import { err } from '@millrace/base/result'
import { connectionOf } from '../connection-argument.ts'
import type { Dialect } from './dialect.ts'
import { fillStatements } from './fill-statements.ts'
import { readSource } from './read-source.ts'

/** What all SQL languages do alike. */
export function sqlRuntime(dialect: Dialect): Pick<QueryRuntime, 'pinnedResource' | 'prepare'> {
  return {
    pinnedResource(source) {
      const read = readSource(source, dialect)
      return read.ok ? read.value.database : undefined
    },
    prepare: (script) => prepare(script, dialect),
  }
}

function prepare(script: ScriptSource, dialect: Dialect): PreparedQuery {
  const read = readSource(script.content, dialect)
  if (!read.ok) {
    const { message } = read.error
    return { bind: () => err({ name: 'SyntaxError', message }) }
  }
  const source = read.value
  return {
    bind(args, pinned) {
      const connection = dialect.resource === undefined ? ok({}) : connectionOf('database', pinned ?? args['database'])
      if (!connection.ok) return connection
      const statements = fillStatements(source, dialect, args)
      if (!statements.ok) return statements
      if (statements.value.length === 0)
        return err({ name: 'SyntaxError', message: 'the script has no statement; write one below its comments' })
      return ok({ connection: connection.value, statements: statements.value, collection: source.collection })
    },
  }
}
