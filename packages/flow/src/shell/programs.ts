import { err, type Result } from '@millrace/base/result'
import type { Connection } from '@millrace/db'
import type { ClaimedJob } from '@millrace/queue'
import type { FlowSource } from './flow-source.ts'
import type { FlowProgram, ReadProgram } from './program.ts'

/** Those that were used last. */
const PROGRAMS_KEPT = 1000
/** Jobs that say which flow it is; those of iterations and branches do not. */
const ownKinds = new Set(['flow', 'flowpreview'])

/** What says which program a flow has. */
export type FlowRun = Pick<ClaimedJob, 'id' | 'workspaceId' | 'kind' | 'scriptHash' | 'rawCode'>

/** The programs of flows that run, by the job that says which it is; those of deployed versions are read once. */
export class Programs {
  readonly #db: Connection
  readonly #flows: FlowSource
  readonly #read: ReadProgram
  readonly #known = new Map<string, Result<FlowProgram, string>>()

  constructor(db: Connection, flows: FlowSource, read: ReadProgram) {
    this.#db = db
    this.#flows = flows
    this.#read = read
  }

  /** The error is a sentence about the flow. */
  async find(flowId: string): Promise<Result<FlowProgram, string>> {
    const known = this.#known.get(flowId)
    if (known) return this.#keep(flowId, known)
    const { rows } = await this.#db.query<{
      workspace_id: string
      kind: string
      script_path: string | null
      script_hash: string | null
      raw_code: string | null
    }>({
      name: 'flow-of-job',
      text: 'select workspace_id, kind, script_path, script_hash, raw_code from job where id = $1',
      values: [flowId],
    })
    const [job] = rows
    if (!job) return err('its job is not there any more')
    return await this.#findOf({
      id: flowId,
      workspaceId: job.workspace_id,
      kind: job.kind,
      scriptHash: job.script_hash ?? undefined,
      rawCode: job.raw_code ?? undefined,
    })
  }

  /** Reads the program of a flow whose job is in hand, so that nobody looks for it. */
  async learn(job: FlowRun): Promise<void> {
    if (ownKinds.has(job.kind) && !this.#known.has(job.id)) await this.#findOf(job)
  }

  async #findOf({ id, workspaceId, kind, scriptHash = '', rawCode }: FlowRun): Promise<Result<FlowProgram, string>> {
    const program = kind === 'flow' ? await this.#findDeployed(workspaceId, scriptHash) : this.#readRaw(rawCode)
    return this.#keep(id, program)
  }

  async #findDeployed(workspace: string, version: string): Promise<Result<FlowProgram, string>> {
    const key = `${workspace}/${version}`
    const known = this.#known.get(key)
    if (known) return known
    const text = await this.#flows.findDefinition(workspace, version)
    if (text === undefined) return err(`version ${version} of it is not there any more`)
    return this.#keep(key, this.#readRaw(text))
  }

  #readRaw(text: string | undefined): Result<FlowProgram, string> {
    if (text === undefined) return err('it was sent without its value')
    try {
      return this.#read(JSON.parse(text))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return err(`it is no JSON: ${error.message}`)
    }
  }

  #keep(key: string, program: Result<FlowProgram, string>): Result<FlowProgram, string> {
    this.#known.delete(key)
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= PROGRAMS_KEPT) this.#known.delete(oldest)
    this.#known.set(key, program)
    return program
  }
}
