export { aboveWorkspaces, connectionOf, leaveWorkspace } from './above-workspaces.ts'
export { closeDatabase, inSnapshot, inTransaction, inWorkspace, openClient, openDatabase } from './database.ts'
export type {
  Connection,
  Database,
  DatabaseOptions,
  Queryable,
  Sender,
  Through,
  WorkspaceTransaction,
} from './database.ts'
export { findBinaries } from './embedded/binaries.ts'
export { startEmbeddedPostgres, EmbeddedPostgresError } from './embedded/embedded-postgres.ts'
export type { EmbeddedPostgres } from './embedded/embedded-postgres.ts'
export type { LockHolder } from './lock-holders.ts'
export { migrate, MigrationError, readMigrations } from './migrate.ts'
export { queryJointly } from './query-jointly.ts'
export type { JointAnswers } from './query-jointly.ts'
export type { Schema } from './schema.generated.ts'
export { poolers } from './session-settings.ts'
export type { Pooler } from './session-settings.ts'
export { findScriptVersion } from './tables/script-version.ts'
export type { ScriptVersion } from './tables/script-version.ts'
