import type { ResolveTools } from '../resolve-args.ts'

/** What calls for agents take. */
export interface AgentTools extends ResolveTools {
  /** For a job that has no limit of its own. */
  readonly timeoutMs: number
}
