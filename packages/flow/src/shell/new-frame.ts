import type { ClaimedJob } from '@millrace/queue'
import type { Frame } from './frame.ts'

/**
 * The frame of a flow that began as its job was written, as it would be read: nobody can have changed it. Undefined where only rows say
 * what it is.
 */
export function newFrame(job: ClaimedJob): Frame | undefined {
  const { id, asked, options, parentJob } = job
  const { step } = options
  if (!asked || job.attempt !== 1 || job.kind === 'flowframe') return undefined
  return {
    id,
    workspaceId: job.workspaceId,
    job: {
      kind: job.kind,
      scriptPath: job.scriptPath,
      scriptHash: job.scriptHash,
      createdBy: job.createdBy,
      email: job.email,
      permissionedAs: job.permissionedAs,
      rootJob: job.rootJob,
      parentJob,
      tag: job.tag,
      priority: job.priority,
      visibleToOwner: asked.visibleToOwner ?? true,
      triggerKind: asked.triggerKind,
      timeoutMs: job.timeoutMs,
      cacheTtlS: options.cacheTtlS,
      together: options.together,
      step,
    },
    flowId: id,
    pointer: { kind: 'root' },
    parentId: step && parentJob,
    module: step?.module,
    index: step?.index,
    before: { kind: 'input', frame: id },
    resumed: undefined,
    state: undefined,
    version: undefined,
    awaits: {},
    startedAt: job.startedAt,
    waitMs: 0,
    faults: 0,
    isDue: false,
    isLate: false,
    happened: [],
  }
}

/** What its expressions read and its job says, by reference. */
export function textsInHand({ id, version }: Frame, job: ClaimedJob | undefined): Map<string, string | undefined> {
  if (!job?.asked || version !== undefined) return new Map()
  return new Map([[JSON.stringify({ kind: 'input', frame: id }), job.argsJson ?? '{}']])
}
