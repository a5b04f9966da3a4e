import { sqlSignature } from '../shared/sql/read-source.ts'
import { dialect } from './dialect.ts'

/** The declared arguments of the statements, after the database that they go to. */
export function parseSignature(source: string): ReturnType<typeof sqlSignature> {
  return sqlSignature(source, dialect)
}
