import type { QueryRequest, QueryStatement } from '../../runtime.ts'

/** What a statement gave. A server may give several for one, and rows may be none. */
export interface RowSet {
  readonly columns: readonly string[]
  /** Values as `values.ts` makes them, in the order of `columns`. */
  readonly rows: readonly (readonly unknown[])[]
  /** There were more than `rowsMax`. */
  readonly isCapped: boolean
}

/** Bounds of a run and where it speaks. */
export interface RunContext {
  readonly rowsMax: number
  /** Of the job: one alone needs no session with the server. */
  readonly statementCount: number
  /** What the server says meanwhile, without an end of line. */
  onNotice(text: string): void
}

/** One session with a server, used by one job at a time. */
export interface Connection {
  /** No statement can run on it any more. */
  readonly isBroken: boolean
  /** Runs one statement to its end; rejects with what the server said. */
  run(statement: QueryStatement, context: RunContext): Promise<readonly RowSet[]>
  /** Asks the server to stop what runs; `run` then rejects soon. Harmless when nothing runs. */
  cancel(): Promise<void>
  /** Forgets all that the job did to the session; false when that cannot be, and nobody may use it again. */
  reset(): Promise<boolean>
  /** At once, whatever runs. */
  close(): Promise<void>
}

/** How to reach servers of one kind. */
export interface Driver {
  /** Run once when the helper has started, so that its first job finds all loaded; absent where that needs a server. */
  readonly rehearsal?: QueryRequest
  /** Rejects when the server cannot be reached or refuses; `signal` ends the attempt. */
  connect(connection: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Connection>
  /** What a server's error says besides its message. */
  describe(error: unknown, statement: QueryStatement | undefined): ErrorFacts
}

/** What helps to find a fault. */
export interface ErrorFacts {
  /** As the server has it: an SQLSTATE, a number, a word. */
  readonly code?: string | undefined
  /** In the script, from 1. */
  readonly line?: number | undefined
  /** Character of the statement, from 1. */
  readonly position?: number | undefined
  /** Further sentences: a detail, a hint. */
  readonly details?: readonly string[] | undefined
}

/** Loads an npm package by its name, from the folder of drivers; `T` is what its types say it is. */
export type LoadPackage = <T>(name: string) => T

/** Every `driver.ts` exports one of this type as `openDriver`. */
export type OpenDriver = (load: LoadPackage) => Driver
