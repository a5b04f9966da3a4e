import { ansible } from './ansible/index.ts'
import { bash } from './bash/index.ts'
import { bigquery } from './bigquery/index.ts'
import { bun } from './bun/index.ts'
import { bunnative } from './bunnative/index.ts'
import { csharp } from './csharp/index.ts'
import { deno } from './deno/index.ts'
import { duckdb } from './duckdb/index.ts'
import { go } from './go/index.ts'
import { graphql } from './graphql/index.ts'
import { java } from './java/index.ts'
import { mssql } from './mssql/index.ts'
import { mysql } from './mysql/index.ts'
import { nativets } from './nativets/index.ts'
import { nu } from './nu/index.ts'
import { oracledb } from './oracledb/index.ts'
import { php } from './php/index.ts'
import { postgresql } from './postgresql/index.ts'
import { powershell } from './powershell/index.ts'
import { python3 } from './python3/index.ts'
import { rlang } from './rlang/index.ts'
import { ruby } from './ruby/index.ts'
import { rust } from './rust/index.ts'
import { snowflake } from './snowflake/index.ts'
import type { Dependencies, ProcessRuntime, Runtime } from './runtime.ts'

/** Every language, in the order in which they are offered. */
export const allRuntimes: readonly Runtime[] = [
  bun,
  python3,
  deno,
  bash,
  go,
  php,
  java,
  csharp,
  rust,
  ruby,
  rlang,
  powershell,
  nu,
  ansible,
  nativets,
  bunnative,
  postgresql,
  mysql,
  duckdb,
  mssql,
  oracledb,
  bigquery,
  snowflake,
  graphql,
]

const byId = new Map(allRuntimes.map((runtime) => [runtime.id, runtime]))

/** The language with this id, as it is stored with a script. */
export function findRuntime(id: string): Runtime | undefined {
  return byId.get(id)
}

/** The language with this id where its scripts may need packages. */
export function findPackagedRuntime(id: string): PackagedRuntime | undefined {
  const runtime = findRuntime(id)
  return runtime?.kind === 'process' && hasPackages(runtime) ? runtime : undefined
}

/** A language whose scripts may need packages. */
export type PackagedRuntime = ProcessRuntime & { readonly dependencies: Dependencies }

function hasPackages(runtime: ProcessRuntime): runtime is PackagedRuntime {
  return runtime.dependencies !== undefined
}
